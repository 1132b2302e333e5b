package schedule_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/schedule"
)

func TestWhatIf(t *testing.T) {
	early, late := enrolledAt("2025-12-20 10:00"), enrolledAt("01-10 08:00")
	early.ID, late.ID = "early", "late"
	learners := []schedule.Learner{early, late}
	for _, c := range []struct {
		name          string
		before, after schedule.Course
		want          []string
	}{
		{"nothing is changed", selfPaced(), selfPaced(), nil},
		{"the course starts a week later", selfPaced(), selfPaced().StartingAt(z("01-08 00:00")), []string{
			"course/course release 01-01 00:00 -> 01-08 00:00: early late",
			"chapter/one due 01-15 00:00 -> 01-22 00:00: early",
			"chapter/one release 01-01 00:00 -> 01-08 00:00: early late",
			"sequential/lesson due 01-15 00:00 -> 01-22 00:00: early",
			"sequential/lesson release 01-01 00:00 -> 01-08 00:00: early late",
			"problem/p due 01-15 00:00 -> 01-22 00:00: early",
			"problem/p release 01-01 00:00 -> 01-08 00:00: early late",
		}},
		{"the course gets an end that is too early for some", selfPaced(), selfPaced(ends("01-20 00:00")), []string{
			"course/course course_end none -> 01-20 00:00: early late",
			"chapter/one due 01-24 08:00 -> none: late",
			"sequential/lesson due 01-24 08:00 -> none: late",
			"problem/p due 01-24 08:00 -> none: late",
		}},
		{"grace alone", paced(due("05-01 00:00")), paced(due("05-01 00:00"), grace(time.Hour)), []string{
			"sequential/lesson close 05-01 00:00 -> 05-01 01:00: early late",
			"problem/p close 05-01 00:00 -> 05-01 01:00: early late",
		}},
		{"a block that is gone", paced(due("05-01 00:00")), func() schedule.Course {
			c := paced(due("05-01 00:00"))
			c.Blocks = c.Blocks[:3]
			return c
		}(), []string{
			"problem/p due 05-01 00:00 -> none: early late",
			"problem/p release 01-01 00:00 -> none: early late",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for m := range schedule.Simulate(compile(c.before), compile(c.after), learners) {
				var names []string
				for _, i := range m.Learners {
					names = append(names, learners[i].ID)
				}
				got = append(got, fmt.Sprintf("%s %s %s -> %s: %s", m.Block, m.Kind, short(m.From), short(m.To), strings.Join(names, " ")))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the moves differ (-want +got):\n%s", diff)
			}
		})
	}
}

func short(i schedule.Instant) string {
	if i == 0 {
		return i.String()
	}
	return i.Time().Format("01-02 15:04")
}

func TestAnInstant(t *testing.T) {
	for _, at := range []time.Time{{}, z("1970-01-01 00:00"), z("1969-12-31 23:59"), z("9999-12-31 23:59"), z("0001-01-02 00:00"),
		z("2026-01-01 12:34:56").Add(789 * time.Microsecond)} {
		if got := schedule.At(at).Time(); !got.Equal(at) {
			t.Errorf("%v comes back as %v", at, got)
		}
	}
	if schedule.At(z("1970-01-01 00:00")) == 0 {
		t.Error("1970 is none")
	}
	if none := schedule.Instant(0); none.Add(time.Hour) != 0 || none.String() != "none" {
		t.Errorf("an hour after none is %v", none.Add(time.Hour))
	}
	if a, b := schedule.At(z("1969-01-01 00:00")), schedule.At(z("1971-01-01 00:00")); a >= b || a.Add(2*365*24*time.Hour) != b || b.Add(-2*365*24*time.Hour) != a {
		t.Errorf("%v is not two years before %v", a, b)
	}
}
