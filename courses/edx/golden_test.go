package edx_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/edx"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestGolden compares every answer with a file in which it is laid out for people.
func TestGolden(t *testing.T) {
	every, pace, demo := compile(read(t, everyCase)), compile(read(t, atOwnPace)), compile(readSample(t))
	for _, c := range []struct {
		name   string // says who and when
		course *outline.Course
		facts  *outline.Facts
		at     time.Time
		o      outline.Options
	}{
		{"anonymous", every, &outline.Facts{}, z("02-01 12:00"), outline.Options{UnenrolledAccess: true}},
		{"enrolled-before-start", every, anna(), time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), outline.Options{}},
		{"enrolled-open", every, anna(), z("02-01 12:00").Add(time.Microsecond), outline.Options{}},
		{"beta-tester", every, with(anna(), func(f *outline.Facts) { f.Schedule.Beta = true }), z("02-27 00:00"), outline.Options{}},
		{"extension", every, with(anna(), func(f *outline.Facts) {
			f.Schedule.Overrides = []schedule.Override{{Block: id("sequential/gone"), At: z("02-20 00:00")}}
		}), z("02-01 12:00"), outline.Options{}},
		{"gate-opened", every, with(anna(), func(f *outline.Facts) {
			f.Progress = map[key.BlockID]outline.Progress{id("sequential/lesson"): {Earned: 2, Possible: 3}}
		}), z("02-01 12:00"), outline.Options{}},
		{"exam-running", every, with(anna(), func(f *outline.Facts) {
			f.Exams = map[key.BlockID]outline.Attempt{id("sequential/exam"): {Started: z("03-10 12:00")}}
		}), z("03-10 12:30"), outline.Options{}},
		{"staff", every, &outline.Facts{Learner: annaID, Staff: true}, z("02-01 12:00"), outline.Options{}},
		{"self-paced", pace, anna(), z("02-05 00:00"), outline.Options{}},
		{"bundled-course", demo, anna(), z("02-01 12:00"), outline.Options{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, p := c.course.Evaluate(c.facts, c.at, c.o), page()
			if c.facts.Learner == "" {
				p.Username, p.UserID, p.Completed, p.Resume = "", 0, nil, key.BlockID{}
			}
			golden(t, c.name+".outline.json", edx.NewCourseOutline(v, p))
			golden(t, c.name+".home.json", edx.NewHome(v, p, services(), deadlines()))
			golden(t, c.name+".navigation.json", edx.NewNavigation(v, p))
			if dates, err := edx.NewDates(v, p, deadlines()); err == nil {
				golden(t, c.name+".dates.json", dates)
			} else if c.name != "anonymous" {
				t.Error(err)
			}
			asked := "depth=3&requested_fields=children&block_counts=problem,video"
			if c.name == "enrolled-open" || c.name == "staff" || c.name == "self-paced" {
				asked = "depth=all&requested_fields=" + fields
			}
			blocks, err := edx.NewBlocks(v, p, id("course/course"), query(t, asked))
			if err != nil {
				golden(t, c.name+".blocks.json", err.Error())
				return
			}
			golden(t, c.name+".blocks.json", blocks)
		})
	}
}

// TestGoldenSequencePages compares the pages of subsections that are open, wait for another one, are hidden after their date, or are an exam.
func TestGoldenSequencePages(t *testing.T) {
	every := compile(read(t, everyCase))
	exam := with(anna(), func(f *outline.Facts) {
		f.Exams = map[key.BlockID]outline.Attempt{id("sequential/exam"): {Started: z("03-10 12:00")}}
	})
	staff := &outline.Facts{Learner: annaID, Staff: true}
	for _, c := range []struct {
		name, sequence string
		facts          *outline.Facts
		at             time.Time
	}{
		{"open", "lesson", anna(), z("02-01 12:00")},
		{"waits", "next", anna(), z("02-01 12:00")},
		{"waits-staff", "next", staff, z("02-01 12:00")},
		{"hidden", "gone", anna(), z("02-01 12:00")},
		{"hidden-staff", "gone", staff, z("02-01 12:00")},
		{"exam-not-started", "exam", anna(), z("03-10 12:30")},
		{"exam-running", "exam", exam, z("03-10 12:30")},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := page()
			p.Bookmarked, p.Resume = map[key.BlockID]bool{id("vertical/do"): true}, id("problem/p1")
			s, err := edx.NewSequencePage(every.Evaluate(c.facts, c.at, outline.Options{}), p, id("sequential/"+c.sequence))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, c.name+".sequence.json", s)
		})
	}
	for _, block := range []string{"sequential/team", "sequential/absent", "vertical/read", "chapter/w1"} {
		_, err := edx.NewSequencePage(every.Evaluate(anna(), z("02-01 12:00"), outline.Options{}), page(), id(block))
		if _, missing := errors.AsType[*edx.NotFoundError](err); !missing {
			t.Errorf("%s: %v", block, err)
		}
	}
}

// TestGoldenResets compares what is answered when deadlines were shifted, or could not be.
func TestGoldenResets(t *testing.T) {
	pace, now := compile(read(t, atOwnPace)), z("04-01 00:00")
	shifted := with(anna(), func(f *outline.Facts) { f.Schedule.Anchor = now })
	before, after := pace.Evaluate(anna(), now, outline.Options{}), pace.Evaluate(shifted, now, outline.Options{})
	golden(t, "shifted.reset.json", edx.NewReset(before, after, page()))
	golden(t, "nothing.reset.json", edx.NewReset(before, before, page()))
	golden(t, "all.reset.json", edx.NewResetAll([]key.Course{pace.Course}, nil))
	golden(t, "missed.deadlines.json", edx.NewDeadlinesInfo(before, page(), deadlines()))
	golden(t, "shifted.deadlines.json", edx.NewDeadlinesInfo(after, page(), deadlines()))
	golden(t, "all.user-dates.json", edx.NewUserDates(after, edx.UserDatesQuery{}))
	golden(t, "due.user-dates.json", edx.NewUserDates(before, edx.UserDatesQuery{Types: []string{"sequential"}, Fields: []string{"due"}}))
	golden(t, "one.user-dates.json", edx.NewUserDates(before, edx.UserDatesQuery{Blocks: []key.BlockID{id("course/course")}, Fields: []string{"start"}}))
}

func TestGoldenWithReasons(t *testing.T) {
	p := page()
	p.Reasons = true
	v := compile(read(t, everyCase)).Evaluate(anna(), z("02-01 12:00"), outline.Options{})
	golden(t, "reasons.outline.json", edx.NewCourseOutline(v, p))
}

// fields are all that can be asked for but what shows gated or exam content.
const fields = "children,graded,format,start,due,has_score,weight,show_correctness,hide_from_toc,icon_class,visible_to_staff_only,hide_after_due," +
	"completion,complete,resume_block,has_scheduled_content,contains_gated_content"

func query(t testing.TB, text string) *edx.BlocksQuery {
	t.Helper()
	values, err := url.ParseQuery("username=anna&" + text)
	if err != nil {
		t.Fatal(err)
	}
	q, err := edx.ParseBlocksQuery(values, false)
	if err != nil {
		t.Fatal(err)
	}
	return &q
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	text, err := edx.Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// golden compares the JSON of a value with a file, in which it is indented and nothing else.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, encode(t, value), "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (- file, + now):\n%s", name, diff)
	}
}
