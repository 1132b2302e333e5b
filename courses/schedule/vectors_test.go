package schedule_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"lectern/courses/schedule"
)

// vector is a line of testdata/vectors.jsonl; n is the number of the worked example.
type vector struct {
	N                  int
	Abs, Anchor, End   time.Time
	Created            time.Time
	Rel                string
	MaxRel             string `json:"max_rel"`
	Rows               []vectorRow
	Want               *time.Time
	Ours               *time.Time `json:"want_ours"`
	Spacing            *struct{ Weeks, Sections int }
	WantSecond         string `json:"want_second"`
	WantLast           int64  `json:"want_last_us"`
	Wall, Zone, Notice string
}

type vectorRow struct {
	Abs time.Time
	Rel string
}

func TestVectors(t *testing.T) {
	file, err := os.Open("testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		t.Run(fmt.Sprint(v.N), func(t *testing.T) {
			switch {
			case v.Spacing != nil:
				v.spacing(t)
			case v.Zone != "":
				v.zone(t)
			default:
				v.resolve(t)
			}
		})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func (v *vector) resolve(t *testing.T) {
	c := paced()
	if v.Rel != "" {
		c = selfPaced(func(c *schedule.Course) { c.Blocks[theLesson].Weeks = weeksOf(t, v.Rel) })
	} else {
		c.Blocks[theLesson].Due = schedule.On(v.Abs)
	}
	c.End = v.End
	l := schedule.Learner{Anchor: v.Anchor, Created: v.Created}
	for _, row := range v.Rows {
		o := schedule.Override{Block: lesson, At: row.Abs}
		if row.Rel != "" {
			o.By = time.Duration(weeksOf(t, row.Rel)) * schedule.Week
		}
		l.Overrides = append(l.Overrides, o)
	}
	want := v.Want
	if v.Ours != nil {
		want = v.Ours
	}
	got := lessonOf(c, l).Due.Time()
	if want == nil && !got.IsZero() || want != nil && !got.Equal(*want) {
		t.Errorf("due at %v, want %v", got, want)
	}
}

func weeksOf(t *testing.T, text string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "w"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (v *vector) spacing(t *testing.T) {
	n := v.Spacing.Sections
	if v.WantLast != 0 { // the rule of Open edX; ours ends with the course
		if got := roundedStep(v.Spacing.Weeks, n) * int64(n); got != v.WantLast {
			t.Errorf("by the rule of Open edX the last is due after %d µs, want %d", got, v.WantLast)
		}
		if got, whole := schedule.Spread(schedule.Length(v.Spacing.Weeks), n-1, n), schedule.Length(v.Spacing.Weeks); got != whole {
			t.Errorf("the last is due after %v, want %v", got, whole)
		}
		return
	}
	if got := strings.TrimSuffix(strings.Fields(spread(v.Spacing.Weeks, n))[1], "0s"); got != v.WantSecond {
		t.Errorf("the second is due after %s, want %s", got, v.WantSecond)
	}
}

func (v *vector) zone(t *testing.T) {
	wall, err := time.Parse("2006-01-02T15:04", v.Wall)
	if err != nil {
		t.Fatal(err)
	}
	got, notice := schedule.Local(wall, mustZone(t, v.Zone))
	if !got.Equal(*v.Want) || string(notice) != v.Notice {
		t.Errorf("got %v %q, want %v %q", got, notice, v.Want, v.Notice)
	}
}
