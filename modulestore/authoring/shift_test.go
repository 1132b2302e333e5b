package authoring

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lectern/modulestore/field"
)

func TestDistancesBetweenDates(t *testing.T) {
	tests := []struct {
		text   string
		want   Shift
		string string
	}{
		{"7d", Shift{Days: 7}, "7d"},
		{"+7d", Shift{Days: 7}, "7d"},
		{"-2w", Shift{Days: -14}, "-14d"},
		{"36h", Shift{Rest: 36 * time.Hour}, "36h"},
		{"-1d12h", Shift{Days: -1, Rest: -12 * time.Hour}, "-1d12h"},
		{"1w2d3h4m5s", Shift{Days: 9, Rest: 3*time.Hour + 4*time.Minute + 5*time.Second}, "9d3h4m5s"},
		{"90m", Shift{Rest: 90 * time.Minute}, "1h30m"},
		{"0d", Shift{}, "0d"},
	}
	for _, tt := range tests {
		got, err := ParseShift(tt.text)
		if err != nil || got != tt.want || got.String() != tt.string {
			t.Errorf("%s is read as %+v (%s), %v; want %+v (%s)", tt.text, got, got, err, tt.want, tt.string)
		}
		if again, err := ParseShift(got.String()); err != nil || again != got {
			t.Errorf("%s is written %s, which is read as %+v, %v", tt.text, got, again, err)
		}
	}
	for _, text := range []string{"", "d", "7", "7 d", "1.5d", "7D", "d7", "--7d", "7d-1h", "4000000d", "99999999999999999999d", "2000000h", "3660000h"} {
		if got, err := ParseShift(text); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

func TestADateKeepsItsSpelling(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	day, hours := Shift{Days: 1}, Shift{Rest: 36 * time.Hour}
	tests := []struct {
		name string
		text string
		by   Shift
		zone *time.Location
		want string
	}{
		{"UTC", "2015-12-31T23:00:00Z", day, time.UTC, "2016-01-01T23:00:00Z"},
		{"an offset", "2015-12-31T23:00:00+00:00", day, time.UTC, "2016-01-01T23:00:00+00:00"},
		{"an offset without colon, and a blank", "2015-09-01 01:00 -0400", day, time.UTC, "2015-09-02 01:00 -0400"},
		{"no zone and no seconds", "2015-09-01T10:30", day, time.UTC, "2015-09-02T10:30"},
		{"a day alone", "2016-02-28", day, time.UTC, "2016-02-29"},
		{"a fraction", "2015-09-01T10:30:00.250Z", hours, time.UTC, "2015-09-02T22:30:00.250Z"},
		{"an American day", "09/30/2015", day, time.UTC, "10/01/2015"},
		{"an American day without zeros", "9/30/2015 9:05 UTC", day, time.UTC, "10/1/2015 9:05 UTC"},
		{"a month in letters", "Sep 30, 2015", day, time.UTC, "Oct 1, 2015"},
		{"a month in full", "30 September 2015 10:00", day, time.UTC, "1 October 2015 10:00"},
		{"a JSON string", `"2015-09-01T00:00:00+00:00"`, day, time.UTC, `"2015-09-02T00:00:00+00:00"`},
		{"blanks around it", " 2015-09-01 ", day, time.UTC, " 2015-09-02 "},
		{"hours go over midnight of the zone that is spelled", "2015-09-01T20:00:00-04:00", Shift{Rest: 5 * time.Hour}, time.UTC, "2015-09-02T01:00:00-04:00"},
		{"clocks of a place across summer time", "2026-03-20T08:00:00Z", Shift{Days: 14}, paris, "2026-04-03T07:00:00Z"},
		{"hours are hours across summer time", "2026-03-28T12:00:00Z", Shift{Rest: 24 * time.Hour}, paris, "2026-03-29T12:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from, _, ok := field.ParseDate(tt.text)
			if !ok {
				t.Fatal("no date")
			}
			if got, ok := respell(tt.text, tt.by.from(from, tt.zone)); !ok || got != tt.want {
				t.Errorf("got %q, %v, want %q", got, ok, tt.want)
			}
		})
	}
	for name, text := range map[string]string{"a day alone has no hours": "2015-09-01", "a form that nobody writes back": "SEP 1, 2015"} {
		from, _, ok := field.ParseDate(text)
		if got, can := respell(text, from.Add(36*time.Hour)); !ok || can {
			t.Errorf("%s: %s became %s", name, text, got)
		}
	}
}

// someDate draws a date in one of the forms that archives have and that lose nothing when they are written anew.
var someDate = rapid.Custom(func(t *rapid.T) string {
	instant := time.Unix(rapid.Int64Range(-30_000_000_000, 200_000_000_000).Draw(t, "seconds"), 0).UTC()
	layout := rapid.SampledFrom([]string{"2006-01-02", "01/02/2006", "Jan 2, 2006"}).Draw(t, "day")
	zone := ""
	if gap := rapid.SampledFrom([]string{"", "T", " ", "  "}).Draw(t, "gap"); gap != "" {
		layout += gap + rapid.SampledFrom([]string{"15:04", "15:04:05", "15:04:05.000"}).Draw(t, "clock")
		zone = rapid.SampledFrom([]string{"", "Z", "+00:00", "-0430", "+14", " UTC"}).Draw(t, "zone")
	}
	text := instant.Format(layout) + zone
	if rapid.IntRange(0, 3).Draw(t, "quoted") == 0 {
		text = `"` + text + `"`
	}
	return text
})

func TestADateComesBackAsItWasSpelled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := someDate.Draw(t, "date")
		from, _, ok := field.ParseDate(text)
		if !ok {
			t.Fatalf("%s is no date", text)
		}
		by := Shift{Days: rapid.IntRange(-40_000, 40_000).Draw(t, "days")}
		to := by.from(from, time.UTC)
		there, ok := respell(text, to)
		if !ok {
			t.Fatalf("%s cannot be shifted by %s", text, by)
		}
		if read, _, _ := field.ParseDate(there); !read.Equal(to) {
			t.Fatalf("%s by %s is %s", text, by, there)
		}
		if back, ok := respell(there, by.Back().from(to, time.UTC)); !ok || back != text {
			t.Fatalf("%s by %s is %s, and back %s", text, by, there, back)
		}
	})
}
