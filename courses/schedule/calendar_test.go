package schedule_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

var update = flag.Bool("update", false, "write golden files anew")

var calendarCourse = key.Course{Org: "Org", Code: "C", Run: "R"}

func entry(kind schedule.Kind, block key.BlockID, title, at string) schedule.Entry {
	return schedule.Entry{Kind: kind, Block: block, Title: title, At: z(at)}
}

func written(t *testing.T, dates ...schedule.Tracked) string {
	t.Helper()
	c := schedule.Calendar{Site: "learn.example.org", Learner: "00112233445566778899aabbccddeeff", Title: "My courses", Courses: []schedule.CourseDates{{
		Key: calendarCourse, Title: "Physics; an introduction, 1", Dates: dates,
		Link: func(t schedule.Tracked) string {
			if t.Block.IsZero() {
				return ""
			}
			return "https://learn.example.org/courses/" + t.Block.Name
		},
	}}}
	var out bytes.Buffer
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTheCalendarOfALearner(t *testing.T) {
	first := schedule.Track(nil, []schedule.Entry{
		entry(schedule.CourseStart, key.BlockID{}, "", "01-01 00:00"),
		entry(schedule.Due, lesson, "Kräfte, und was sie tun; mit \\ und\nUmbruch "+strings.Repeat("– sehr lang ", 8), "05-01 23:59"),
		entry(schedule.Due, id("sequential", "gone"), "Gone", "05-02 23:59"),
	}, z("01-01 08:00"), 0)
	second := schedule.Track(first, []schedule.Entry{first[0].Entry, entry(schedule.Due, lesson, first[1].Title, "05-08 23:59")}, z("02-01 08:00"), 1)
	got := written(t, second...)
	const golden = "testdata/calendar.golden.ics"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the calendar differs (-want +got):\n%s", diff)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(got, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("the line %q is longer than 75 bytes, or broken", line)
		}
	}
	cal, err := ics.ParseCalendar(strings.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(cal.Events()); n != 3 {
		t.Errorf("%d events are read back", n)
	}
}

func TestACalendarIsTheSameUntilSomethingChanges(t *testing.T) {
	list := []schedule.Entry{entry(schedule.Due, lesson, "Lesson", "05-01 23:59"), entry(schedule.Due, section, "Week", "05-01 23:59")}
	first := schedule.Track(nil, list, z("01-01 08:00"), 7)
	again := schedule.Track(first, []schedule.Entry{list[1], list[0], list[0]}, z("03-01 08:00"), 8)
	if a, b := written(t, first...), written(t, again...); a != b {
		t.Errorf("the calendar differs without a change:\n%s", cmp.Diff(a, b))
	}
}

func TestChangesOfACalendarRaiseItsSequence(t *testing.T) {
	at := func(text string) []schedule.Entry {
		return []schedule.Entry{entry(schedule.Due, lesson, "Lesson", text)}
	}
	var state []schedule.Tracked
	for i, c := range []struct {
		name      string
		current   []schedule.Entry
		now       string
		sequence  int
		changed   string
		cancelled bool
	}{
		{"a new date", at("05-01 23:59"), "01-01 00:00", 0, "01-01 00:00", false},
		{"the same date", at("05-01 23:59"), "01-02 00:00", 0, "01-01 00:00", false},
		{"another date", at("05-08 23:59"), "01-03 00:00", 12, "01-03 00:00", false},
		{"no date", nil, "01-04 00:00", 13, "01-04 00:00", true},
		{"still none", nil, "02-04 00:00", 13, "01-04 00:00", true},
		{"a date again", at("05-08 23:59"), "02-05 00:00", 15, "02-05 00:00", false},
		{"none again", nil, "02-06 00:00", 16, "02-06 00:00", true},
	} {
		state = schedule.Track(state, c.current, z(c.now), 10+i)
		if len(state) != 1 {
			t.Fatalf("%s: %d dates", c.name, len(state))
		}
		if got := state[0]; got.Sequence != c.sequence || !got.Changed.Equal(z(c.changed)) || got.Cancelled != c.cancelled {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	end := z("02-06 00:00").Add(schedule.KeepCancelled)
	if told := schedule.Told(state, end); len(told) != 1 {
		t.Errorf("within three months it is not told of")
	}
	if told := schedule.Told(state, end.Add(time.Second)); len(told) != 0 {
		t.Errorf("after three months it is still told of: %+v", told)
	}
}

func TestNothingBreaksOutOfACalendar(t *testing.T) {
	title := "A\r\nBEGIN:VEVENT\r\nUID:x\x00\xff"
	got := written(t, schedule.Track(nil, []schedule.Entry{entry(schedule.Due, key.BlockID{Type: "sequential", Name: "x\r\nURL:y"}, title, "05-01 23:59")},
		z("01-01 00:00"), 0)...)
	cal, err := ics.ParseCalendar(strings.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(got, "\r\nURL:") + strings.Count(got, "\r\nBEGIN:VEVENT"); n != 2 || len(cal.Events()) != 1 {
		t.Errorf("a title or a link has become a line of its own:\n%s", got)
	}
}

func TestWhichDatesAreListed(t *testing.T) {
	c := paced(due("05-01 00:00"), grace(time.Hour), starts(theLesson, "04-01 00:00"))
	c.Blocks = append(c.Blocks,
		schedule.Block{ID: id("sequential", "second"), Parent: theSection, Title: "Second", Due: schedule.On(z("04-01 00:00"))},
		schedule.Block{ID: id("vertical", "u"), Parent: 4, Due: schedule.On(z("02-01 00:00"))})
	l, p := anna(), compile(c)
	for _, tc := range []struct {
		name    string
		listing schedule.Listing
		want    []string
	}{
		{"all", schedule.Listing{}, []string{"04-01 00:00 due Second", "04-01 00:00 release Lesson", "05-01 00:00 due Lesson"}},
		{"with grace", schedule.Listing{Grace: true}, []string{"04-01 00:00 due Second", "04-01 00:00 release Lesson", "05-01 00:00 due Lesson",
			"05-01 01:00 close Lesson"}},
		{"only what the learner may know of", schedule.Listing{Listed: func(place int) bool { return place != theLesson }}, []string{"04-01 00:00 due Second"}},
		{"with dates of the course", schedule.Listing{Others: []schedule.Entry{entry(schedule.CourseEnd, key.BlockID{}, "The end", "04-15 00:00")}},
			[]string{"04-01 00:00 due Second", "04-01 00:00 release Lesson", "04-15 00:00 course_end The end", "05-01 00:00 due Lesson"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, e := range p.Entries(p.Resolve(&l, nil), tc.listing) {
				got = append(got, e.At.Format("01-02 15:04")+" "+string(e.Kind)+" "+e.Title)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("the entries differ (-want +got):\n%s", diff)
			}
		})
	}
}
