package field_test

import (
	"testing"
	"time"

	"lectern/modulestore/field"
)

func TestParseDate(t *testing.T) {
	for _, c := range []struct {
		name, text, want string // want "" for no date
		zoned            bool
	}{
		{"raw with Z", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z", true},
		{"raw with a zero offset", "2015-09-01T00:00:00+00:00", "2015-09-01T00:00:00Z", true},
		{"a JSON string", `"2015-09-01T00:00:00+00:00"`, "2015-09-01T00:00:00Z", true},
		{"an offset with a colon", "2015-09-01T03:30:00+03:30", "2015-09-01T00:00:00Z", true},
		{"an offset without a colon", "2015-09-01T00:00:00-0400", "2015-09-01T04:00:00Z", true},
		{"an offset in hours", "2015-09-01T00:00:00-04", "2015-09-01T04:00:00Z", true},
		{"an offset after a blank", "2015-09-01 00:00:00 -0400", "2015-09-01T04:00:00Z", true},
		{"the letters UTC", "2015-09-01 00:00 UTC", "2015-09-01T00:00:00Z", true},
		{"lower-case letters", "2015-09-01t00:00:00z", "2015-09-01T00:00:00Z", true},
		{"a fraction", "2020-01-01T00:00:00.25Z", "2020-01-01T00:00:00.25Z", true},
		{"a fraction after a comma", "2020-01-01T00:00:00,25Z", "2020-01-01T00:00:00.25Z", true},
		{"a leap day", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z", true},
		{"no zone", "2015-09-01T10:30:00", "2015-09-01T10:30:00Z", false},
		{"no seconds", "2015-09-01T10:30", "2015-09-01T10:30:00Z", false},
		{"a blank for the T", "2015-09-01 10:30:05", "2015-09-01T10:30:05Z", false},
		{"a day alone", "2013-02-05", "2013-02-05T00:00:00Z", false},
		{"blanks around", "  2013-02-05 ", "2013-02-05T00:00:00Z", false},
		{"an American day", "02/05/2013", "2013-02-05T00:00:00Z", false},
		{"an American day with a time", "2/5/2013 14:00", "2013-02-05T14:00:00Z", false},
		{"a short month name", "Jan 2, 2006", "2006-01-02T00:00:00Z", false},
		{"a long month name", "January 2, 2006", "2006-01-02T00:00:00Z", false},
		{"a month name in capitals", "JAN 2, 2006", "2006-01-02T00:00:00Z", false},
		{"the day before the month name", "2 January 2006", "2006-01-02T00:00:00Z", false},
		{"the day before a short month name", "2 Jan 2006", "2006-01-02T00:00:00Z", false},
		{"a month name with time and zone", "Jan 2, 2006 15:04:05 +02:00", "2006-01-02T13:04:05Z", true},
		{"the first year", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", true},
		{"the last year", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", true},

		{"nothing", "", "", false},
		{"a year", "2015", "", false},
		{"milliseconds", "1420070400000", "", false},
		{"digits", "20150901", "", false},
		{"a month", "March 2015", "", false},
		{"a season", "Winter 2018", "", false},
		{"a day that does not exist", "2015-02-30", "", false},
		{"a month that does not exist", "2015-13-01", "", false},
		{"a leap day in another year", "2023-02-29", "", false},
		{"an hour that does not exist", "2015-09-01T25:00:00Z", "", false},
		{"a zone without a time", "2015-09-01Z", "", false},
		{"a zone by another name", "2015-09-01T00:00:00 CET", "", false},
		{"an offset of days", "2015-09-01T00:00:00+99:00", "", false},
		{"words after the date", "2015-09-01 at noon", "", false},
		{"the year zero", "0000-01-01T00:00:00Z", "", false},
		{"a zone that leads past the last year", "9999-12-31T23:59:59-01:00", "", false},
		{"a zone that leads before the first year", "0001-01-01T00:00:00+01:00", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, zoned, ok := field.ParseDate(c.text)
			if ok != (c.want != "") {
				t.Fatalf("ParseDate(%q) ok is %t: %v", c.text, ok, got)
			}
			if ok && (field.FormatDate(got) != c.want || zoned != c.zoned) {
				t.Errorf("ParseDate(%q) = %s, zoned %t; want %s, zoned %t", c.text, field.FormatDate(got), zoned, c.want, c.zoned)
			}
		})
	}
}

func TestFormatDate(t *testing.T) {
	tehran := time.FixedZone("", 3*3600+1800)
	for _, c := range []struct {
		name string
		t    time.Time
		want string
	}{
		{"in UTC with Z", time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), "2026-02-01T00:00:00Z"},
		{"in another zone as UTC", time.Date(2026, 2, 1, 0, 0, 0, 0, tehran), "2026-01-31T20:30:00Z"},
		{"with a fraction only where there is one", time.Date(2026, 2, 1, 0, 0, 0, 5e8, time.UTC), "2026-02-01T00:00:00.5Z"},
	} {
		if got := field.FormatDate(c.t); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
