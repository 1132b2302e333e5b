package courses_test

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// rowsOf lists the rows of a table as they are stored.
func rowsOf(t testing.TB, uri, table string) (lines []string) {
	t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(uri, "postgres:") {
		driver = "pgx"
	}
	db, err := sql.Open(driver, uri)
	must(t, err)
	defer db.Close()
	rows, err := db.Query("SELECT * FROM " + table)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		must(t, rows.Scan(to...))
		lines = append(lines, fmt.Sprint(values...))
	}
	must(t, rows.Err())
	slices.Sort(lines)
	return lines
}

// Invariant: a policy changes the grades of courses without a touch of those of subsections.
func TestAPolicyChangesTheCourseAlone(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		files := courseOf([]work{{"a", "HW", 0, 0}, {"b", "Exam", 0, 0}}, policyOf(`"Pass": 0.6`, "HW .5 1 0", "Exam .5 1 0"))
		g, course := gradebook(t, uri, files)
		ann, bob := learner.NewID(), learner.NewID()
		answer(t, g.Learners, ann, course, "a", 2, 2)
		answer(t, g.Learners, bob, course, "b", 2, 2)
		project(t, g, course, ann)
		subsections := rowsOf(t, uri, "subsection_grade")
		const text = `{"GRADER": [{"type": "HW", "weight": 0.8, "min_count": 1, "drop_count": 0}, {"type": "Exam", "weight": 0.2, "min_count": 1, "drop_count": 0}], "GRADE_CUTOFFS": {"Pass": 0.6}}`
		policy, problems := courses.CheckPolicy([]byte(text))
		if len(problems) != 0 {
			t.Errorf("%v", problems)
		}
		var changes []grading.Change
		tally, err := g.Preview(t.Context(), course, courses.Keep, policy, func(_ learner.ID, c grading.Change) error { changes = append(changes, c); return nil })
		must(t, err)
		if want := (grading.Tally{Changed: 2, Raised: 1, Lowered: 1, Letters: 1, NowPassing: 1}); tally != want || len(changes) != 2 {
			t.Errorf("%+v %+v", tally, changes)
		}
		if r := project(t, g, course, ann); r.Record.Percent != 0.5 {
			t.Errorf("a preview has changed a grade: %+v", r.Record)
		}
		files["policies/run/grading_policy.json"] = text
		republish(t, g, files)
		graded, err := g.Recalculate(t.Context(), course, courses.Keep)
		must(t, err)
		passing := 0
		for _, each := range graded {
			if courses.Change(each).NowPassing() {
				passing++
			}
		}
		r := project(t, g, course, ann)
		if passing != 1 || r.Record.Percent != 0.8 || r.Record.PassedAt.IsZero() || r.Record.Versions.Policy != policy.Hash() {
			t.Errorf("%d pass now: %+v", passing, r.Record)
		}
		if diff := gocmp.Diff(subsections, rowsOf(t, uri, "subsection_grade")); diff != "" {
			t.Errorf("grades of subsections (-before +after):\n%s", diff)
		}
		var hash learner.Hash
		_, err = hex.Decode(hash[:], []byte(policy.Hash()))
		must(t, err)
		if kept, ok, err := g.Policy(t.Context(), hash); err != nil || !ok || kept.Hash() != policy.Hash() {
			t.Errorf("the policy is not kept: %v %v", ok, err)
		}
	})
}

func TestABadPolicyIsReportedWithItsPlace(t *testing.T) {
	_, problems := courses.CheckPolicy([]byte("{\"GRADER\": [\n  {\"type\": \"HW\", \"weight\": 0.5, \"min_count\": 1, \"drop_count\": 0}], \"GRADE_CUTOFFS\": {\"Pass\": 50}}"))
	var rules []string
	for _, p := range problems {
		rules = append(rules, p.Rule)
		if p.Line == 0 || p.Column == 0 || p.Message == "" || p.Fix == "" {
			t.Errorf("%+v", p)
		}
	}
	if !slices.Contains(rules, "grading.weights") || !slices.Contains(rules, "grading.cutoffs") {
		t.Errorf("%v", problems)
	}
}

// Invariant: whatever happens, no grade of a frozen course changes; what it would be is kept beside it.
func TestAFrozenCourseKeepsItsGrades(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		files := courseOf([]work{{"a", "HW", 0, 0}, {"b", "HW", 0, 0}}, policyOf(`"Pass": 0.5`, "HW 1 2 0"))
		g, course := gradebook(t, uri, files)
		ann, late := learner.NewID(), learner.NewID()
		answer(t, g.Learners, ann, course, "a", 1, 2)
		before := project(t, g, course, ann).Record
		subsections := rowsOf(t, uri, "subsection_grade")
		must(t, g.Freeze(t.Context(), course, time.Time{}))
		at, one := learner.Target{Learner: ann, Course: course, Block: problem("a")}, 1.0
		for _, c := range []struct {
			name string
			do   func() error
		}{
			{"an answer", func() error { answer(t, g.Learners, ann, course, "a", 2, 2); return nil }},
			{"another answer", func() error { answer(t, g.Learners, ann, course, "b", 2, 2); return nil }},
			{"events of another device", func() error {
				device := open(t, filepath.Join(t.TempDir(), "device.db"))
				answer(t, device, ann, course, "b", 1, 2)
				events, err := device.Log(t.Context(), learner.Stream{Learner: ann, Org: course.Org, Kind: learner.StateStream}, device.Device(), 1, 10)
				must(t, err)
				_, err = g.Learners.Merge(t.Context(), events)
				return err
			}},
			{"a score of staff", func() error { return g.Learners.SetScore(t.Context(), at, 2, 2, "") }},
			{"an override", func() error {
				return g.SetGrade(t.Context(), learner.Target{Learner: ann, Course: course, Block: subsection("sa")}, learner.OverridePayload{EarnedGraded: &one})
			}},
			{"a fresh start", func() error { return g.Learners.DeleteState(t.Context(), at) }},
			{"everything made anew", func() error { _, err := g.Recalculate(t.Context(), course, courses.All); return err }},
			{"a rebuild", func() error { _, err := g.Learners.Rebuild(t.Context(), nil); return err }},
			{"a first answer of somebody else", func() error { answer(t, g.Learners, late, course, "a", 2, 2); return nil }},
		} {
			must(t, c.do())
			r := project(t, g, course, ann).Record
			if r.Outcome != before.Outcome || !r.PassedAt.Equal(before.PassedAt) || r.Versions != before.Versions {
				t.Errorf("%s changes a frozen grade: %+v", c.name, r)
			}
		}
		if diff := gocmp.Diff(subsections, rowsOf(t, uri, "subsection_grade")); diff != "" {
			t.Errorf("grades of subsections (-before +after):\n%s", diff)
		}
		if r := project(t, g, course, late).Record; r.Percent != 0 || r.Shadow == nil || r.Shadow.Percent != 0.5 {
			t.Errorf("%+v", r)
		}
		shadow := project(t, g, course, ann).Record.Shadow
		if shadow == nil {
			t.Fatal("what the grade would be is not kept")
		}
		_, err := g.Accept(t.Context(), course, ann)
		must(t, err)
		if r := project(t, g, course, ann).Record; r.Outcome != shadow.Outcome || r.Shadow != nil {
			t.Errorf("accepted %+v, is %+v", shadow, r)
		}
		if r := project(t, g, course, late).Record; r.Percent != 0 {
			t.Errorf("somebody else was accepted: %+v", r)
		}
		must(t, g.Unfreeze(t.Context(), course))
		if r := project(t, g, course, late).Record; r.Percent != 0.5 || !r.Passed || r.Shadow != nil {
			t.Errorf("%+v", r)
		}
	})
}

// What is published changes nothing by itself; authors choose what of it does.
func TestANewVersionOfTheCourse(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		for i, c := range []struct {
			mode    courses.Mode
			percent float64 // of the subsection
			points  grading.Points
		}{
			{courses.Keep, 0.5, grading.Points{Earned: 1, Possible: 2}},
			{courses.Attempted, 0.25, grading.Points{Earned: 1, Possible: 4}}, // the new problem counts, the one that was tried weighs as it did
			{courses.All, 0.4167, grading.Points{Earned: 5, Possible: 12}},
		} {
			t.Run(string(c.mode), func(t *testing.T) {
				files := courseOf([]work{{"a", "HW", 0, 0}}, onePass)
				files["course.xml"] = fmt.Sprintf(`<course org="Org" course="New%d" url_name="run"/>`, i)
				g, course := gradebookOn(t, db, files)
				ann := learner.NewID()
				answer(t, db, ann, course, "a", 1, 2)
				first := project(t, g, course, ann)
				head, err := g.Courses.Head(t.Context(), course)
				must(t, err)
				files["course/run.xml"] = strings.Replace(files["course/run.xml"], `<problem url_name="a">`, `<problem url_name="new">`+choice(2)+`</problem><problem url_name="a" weight="10">`, 1)
				republish(t, g, files)
				if r := project(t, g, course, ann); r.Record != first.Record || r.Grade.Subsections[0].Percent() != 0.5 {
					t.Errorf("a new version changes a grade by itself: %+v", r.Record)
				}
				stale, err := g.Stale(t.Context(), course)
				must(t, err)
				if len(stale) != 1 || stale[0].Subsection != subsection("sa") || stale[0].Learners != 1 {
					t.Errorf("%+v", stale)
				}
				_, err = g.Recalculate(t.Context(), course, c.mode)
				must(t, err)
				s := project(t, g, course, ann).Grade.Subsections[0]
				if s.Percent() != c.percent || s.Points() != c.points {
					t.Errorf("%+v", s)
				}
				if stale, err = g.Stale(t.Context(), course); err != nil || (len(stale) == 0) != (c.mode != courses.Keep) {
					t.Errorf("%+v %v", stale, err)
				}
				was, err := g.GradeAsOf(t.Context(), ann, head, nil, learner.MakeHLC(time.Now().UnixMilli()+1, 0))
				must(t, err)
				if was.Grade.Outcome != first.Grade.Outcome || was.Grade.Versions != first.Grade.Versions {
					t.Errorf("as of the first version: %+v", was.Grade.Outcome)
				}
				if never, err := g.GradeAsOf(t.Context(), ann, head, nil, 0); err != nil || never.Grade.Attempted {
					t.Errorf("before anything happened: %+v %v", never, err)
				}
			})
		}
	})
}

// outcome is what must not depend on how a grade came about.
type outcome struct {
	grading.Outcome
	Points []grading.Points
	Done   int
	Bits   string
}

func outcomes(t testing.TB, g *courses.Gradebook, course key.Course, users []learner.ID) (list []outcome) {
	t.Helper()
	for _, user := range users {
		r := project(t, g, course, user)
		o := outcome{Outcome: r.Record.Outcome, Done: r.Progress.Course().Done, Bits: fmt.Sprint(r.Progress.Bits())}
		for _, s := range r.Grade.Subsections {
			o.Points = append(o.Points, s.Points(), s.AllPoints())
		}
		list = append(list, o)
	}
	return list
}

// Invariant: grades that were made step by step, from events in any order, are those that are made from scratch, in both databases, and as of now.
func TestGradesDoNotDependOnHowTheyCameAbout(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, grouped)
		devices := []*learner.DB{open(t, filepath.Join(t.TempDir(), "a.db")), open(t, filepath.Join(t.TempDir(), "b.db"))}
		fresh := courses.NewGradebook(g.Courses, open(t, filepath.Join(t.TempDir(), "fresh.db")))
		rapid.Check(t, func(r *rapid.T) {
			users := []learner.ID{learner.NewID(), learner.NewID()}
			for _, db := range devices {
				for range rapid.IntRange(0, 12).Draw(r, "events") {
					_, err := db.Append(t.Context(), anyEvent(r, course, rapid.SampledFrom(users).Draw(r, "learner")))
					must(t, err)
				}
			}
			mergeInPieces(t, r, g, course, devices, users)
			stored := outcomes(t, g, course, users)
			_, err := g.Learners.Rebuild(t.Context(), nil)
			must(t, err)
			if diff := gocmp.Diff(stored, outcomes(t, g, course, users)); diff != "" {
				r.Errorf("(-step by step +rebuilt):\n%s", diff)
			}
			for _, db := range devices {
				for _, user := range append(users, learner.ID{}) {
					_, err := fresh.Learners.Merge(t.Context(), logOf(t, db, course, user))
					must(t, err)
				}
			}
			if diff := gocmp.Diff(stored, outcomes(t, fresh, course, users)); diff != "" {
				r.Errorf("(-step by step +from scratch):\n%s", diff)
			}
			head, err := g.Courses.Head(t.Context(), course)
			must(t, err)
			for i, user := range users {
				now, err := g.GradeAsOf(t.Context(), user, head, nil, 1<<62)
				must(t, err)
				if now.Grade.Outcome != stored[i].Outcome {
					r.Errorf("as of now %+v, stored %+v", now.Grade.Outcome, stored[i])
				}
			}
		})
	})
}

func logOf(t testing.TB, db *learner.DB, course key.Course, user learner.ID) []learner.Event {
	t.Helper()
	events, err := db.Log(t.Context(), learner.Stream{Learner: user, Org: course.Org, Kind: learner.StateStream}, db.Device(), 1, 1000)
	must(t, err)
	return events
}

// mergeInPieces merges the logs of devices a few events at a time, and has grades made now and then.
func mergeInPieces(t testing.TB, r *rapid.T, g *courses.Gradebook, course key.Course, devices []*learner.DB, users []learner.ID) {
	t.Helper()
	var parts [][]learner.Event
	for _, db := range devices {
		for _, user := range append(users, learner.ID{}) {
			parts = append(parts, logOf(t, db, course, user))
		}
	}
	for {
		parts = slices.DeleteFunc(parts, func(p []learner.Event) bool { return len(p) == 0 })
		if len(parts) == 0 {
			return
		}
		i := rapid.IntRange(0, len(parts)-1).Draw(r, "part")
		n := rapid.IntRange(1, len(parts[i])).Draw(r, "piece")
		_, err := g.Learners.Merge(t.Context(), parts[i][:n])
		must(t, err)
		parts[i] = parts[i][n:]
		if rapid.Bool().Draw(r, "grade") {
			_, err := g.Project(t.Context(), course)
			must(t, err)
		}
	}
}

func anyEvent(r *rapid.T, course key.Course, user learner.ID) learner.NewEvent {
	n := learner.NewEvent{
		Stream: learner.Stream{Learner: user, Org: course.Org, Kind: learner.StateStream}, Course: course, Epoch: int64(rapid.IntRange(0, 1).Draw(r, "epoch")),
		Block: problem(fmt.Sprint("p", rapid.IntRange(1, 4).Draw(r, "problem"))),
	}
	set := func(kind, format string, args ...any) { n.Kind, n.Payload = kind, fmt.Appendf(nil, format, args...) }
	earned := rapid.IntRange(0, 4).Draw(r, "earned")
	switch rapid.IntRange(0, 9).Draw(r, "kind") {
	default:
		set(learner.KindAttempt, `{"earned":%d,"possible":4}`, earned)
	case 0:
		set(learner.KindAttempt, `{"possible":4}`)
	case 1:
		set(learner.KindStaffScore, `{"earned":%d,"possible":4}`, earned)
	case 2:
		n.Epoch = 1
		set(learner.KindDelete, `{}`)
	case 3:
		set(learner.KindCompletion, `{"value":%v}`, float64(earned)/4)
	case 4:
		n.Block = subsection("s")
		set(learner.KindOverride, `{"earned_graded":%d,"possible_graded":4}`, earned)
	case 5:
		n.Stream.Learner = learner.ID{}
		set(learner.KindCohort, `{"name":"C%d","assignment":"manual","partition":100,"group":%d}`, earned%2, 1+earned/2)
	case 6:
		set(learner.KindMember, `{"cohort":"C%d"}`, earned%2)
	case 7:
		set(learner.KindEnrolment, `{"active":%t,"mode":"audit"}`, earned > 0)
	}
	return n
}

func TestAGradebookIsReadInPages(t *testing.T) {
	g, course := gradebook(t, filepath.Join(t.TempDir(), "state.db"), oneSubsection)
	for range 30 {
		user := learner.NewID()
		_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: user, Course: course}})
		must(t, err)
		answer(t, g.Learners, user, course, "p", 4, 4)
	}
	_, err := g.Project(t.Context(), course)
	must(t, err)
	seen := 0
	for after := int64(0); ; {
		rows, next, err := g.Rows(t.Context(), course, after, 20)
		must(t, err)
		for _, row := range rows {
			if row.Record.Percent != 0.44 || row.Grade.Subsections[0].GradedOnly.Earned != 10 || row.Pending || row.Mode != "audit" {
				t.Fatalf("%+v", row)
			}
			seen++
		}
		if after = next; next == 0 {
			break
		}
	}
	if seen != 30 {
		t.Errorf("%d rows", seen)
	}
}
