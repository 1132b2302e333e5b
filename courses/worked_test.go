package courses_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lectern/courses"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// work is a subsection with one problem of its name, and what a learner earns in it; possible 0: the learner does not try.
type work struct {
	name, format     string
	earned, possible float64
}

// courseOf makes a course of one chapter with these subsections.
func courseOf(list []work, policy string) map[string]string {
	var s strings.Builder
	s.WriteString(`<course display_name="Made" start="2020-01-01T00:00:00Z"><chapter url_name="c">`)
	for _, w := range list {
		fmt.Fprintf(&s, `<sequential url_name="s%s" format="%s" graded="true"><vertical url_name="u%[1]s"><problem url_name="%[1]s">%[3]s</problem></vertical></sequential>`,
			w.name, w.format, choice(2))
	}
	s.WriteString(`</chapter></course>`)
	return map[string]string{
		"course.xml": `<course org="Org" course="C" url_name="run"/>`, "course/run.xml": s.String(), "policies/run/grading_policy.json": policy,
	}
}

// policyOf makes a policy of lines "name weight min_count drop_count".
func policyOf(cutoffs string, types ...string) string {
	var list []string
	for _, line := range types {
		var name string
		var weight float64
		var count, drop int
		_, _ = fmt.Sscan(line, &name, &weight, &count, &drop)
		list = append(list, fmt.Sprintf(`{"type": %q, "weight": %v, "min_count": %d, "drop_count": %d}`, name, weight, count, drop))
	}
	return `{"GRADER": [` + strings.Join(list, ",") + `], "GRADE_CUTOFFS": {` + cutoffs + `}}`
}

// project makes all grades and gives the one that is stored, with what it is made of.
func project(t testing.TB, g *courses.Gradebook, course key.Course, user learner.ID) *courses.Report {
	t.Helper()
	_, err := g.Project(t.Context(), course)
	must(t, err)
	r, err := g.Report(t.Context(), user, course)
	must(t, err)
	if r.Pending {
		t.Error("something is due after all was graded")
	}
	return r
}

func TestWorkedExamplesThroughTheDatabase(t *testing.T) {
	wholeCourse := []work{
		{"h1", "HW", 8, 10}, {"h2", "HW", 5, 6}, {"h3", "HW", 0, 10}, {"h4", "HW", 9, 12}, {"l1", "Lab", 7, 9}, {"l2", "Lab", 13, 15}, {"e", "Exam", 41, 60},
	}
	const pass = `"Pass": 0.5`
	examples := []struct {
		name   string
		work   []work
		policy string
		want   grading.Outcome
		total  string
	}{
		{"E2 a whole course", wholeCourse, policyOf(`"Pass": 0.75`, "HW .25 5 2", "Lab .25 2 0", "Exam .5 1 0"), grading.Outcome{Percent: .75, Letter: "Pass", Passed: true}, "0.745821"},
		{"E2 with letters", wholeCourse, policyOf(`"A": 0.9, "B": 0.8, "C": 0.7`, "HW .25 5 2", "Lab .25 2 0", "Exam .5 1 0"), grading.Outcome{Percent: .75, Letter: "C", Passed: true}, "0.745821"},
		{"E3 69.44 is 69", []work{{"a", "HW", 6944, 10000}}, policyOf(pass, "HW 1 1 0"), grading.Outcome{Percent: .69, Letter: "Pass", Passed: true}, "0.694400"},
		{"E3 69.45 is 70", []work{{"a", "HW", 6945, 10000}}, policyOf(pass, "HW 1 1 0"), grading.Outcome{Percent: .70, Letter: "Pass", Passed: true}, "0.694500"},
		{"E3 49.45 is 50", []work{{"a", "HW", 4945, 10000}}, policyOf(pass, "HW 1 1 0"), grading.Outcome{Percent: .50, Letter: "Pass", Passed: true}, "0.494500"},
		{"E4 percents are not rounded twice", []work{{"a", "HW", 2, 3}, {"b", "HW", 1, 4}}, policyOf(pass, "HW .75 2 0"), grading.Outcome{Percent: .34}, "0.343762"},
		{"E5 the last of the tied is dropped", []work{{"a", "HW", 1, 2}, {"b", "HW", 1, 2}, {"c", "HW", 1, 2}, {"d", "HW", 1, 1}}, policyOf(pass, "HW 1 4 1"), grading.Outcome{Percent: .67, Letter: "Pass", Passed: true}, "0.666667"},
		{"E6 all are dropped", []work{{"a", "HW", 9, 10}, {"b", "HW", 8, 10}}, policyOf(pass, "HW 1 2 2"), grading.Outcome{}, "0.000000"},
		{"E7 placeholders eat drops", []work{{"a", "HW", 9, 10}, {"b", "HW", 8, 10}}, policyOf(pass, "HW 1 4 2"), grading.Outcome{Percent: .85, Letter: "Pass", Passed: true}, "0.850000"},
		{"E7 and two more change nothing", []work{{"a", "HW", 9, 10}, {"b", "HW", 8, 10}, {"c", "HW", 2, 10}, {"d", "HW", 3, 10}}, policyOf(pass, "HW 1 4 2"), grading.Outcome{Percent: .85, Letter: "Pass", Passed: true}, "0.850000"},
		{"E8 extra credit", []work{{"a", "HW", 1, 1}, {"b", "Exam", 1, 1}}, policyOf(pass, "HW .6 1 0", "Exam .5 1 0"), grading.Outcome{Percent: 1.1, Letter: "Pass", Passed: true}, "1.100000"},
		{"E9 .03125 is .0312", []work{{"a", "HW", 1, 32}}, policyOf(pass, "HW 1 1 0"), grading.Outcome{Percent: .03}, "0.031200"},
		{"E9 .12355 is .1236", []work{{"a", "HW", 12355, 100000}}, policyOf(pass, "HW 1 1 0"), grading.Outcome{Percent: .12}, "0.123600"},
		{"E9 .12345 is .1234", []work{{"a", "HW", 12345, 100000}}, policyOf(pass, "HW 1 1 0"), grading.Outcome{Percent: .12}, "0.123400"},
		{"an untried subsection counts as 0", []work{{"a", "HW", 1, 1}, {"b", "HW", 0, 0}}, policyOf(pass, "HW 1 1 0"), grading.Outcome{Percent: .5, Letter: "Pass", Passed: true}, "0.500000"},
	}
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		for i, c := range examples {
			t.Run(c.name, func(t *testing.T) {
				files := courseOf(c.work, c.policy)
				files["course.xml"] = fmt.Sprintf(`<course org="Org" course="C%d" url_name="run"/>`, i)
				g, course := gradebookOn(t, db, files)
				ann := learner.NewID()
				for _, w := range c.work {
					if w.possible > 0 {
						answer(t, db, ann, course, w.name, w.earned, w.possible)
					}
				}
				r := project(t, g, course, ann)
				if got := r.Record.Outcome; got != c.want {
					t.Errorf("stored is %+v, not %+v", got, c.want)
				}
				if total := fmt.Sprintf("%.6f", r.Grade.Total); total != c.total {
					t.Errorf("the total is %s, not %s", total, c.total)
				}
			})
		}
	})
}

var onePass = policyOf(`"Pass": 0.5`, "HW 1 1 0")

// E10: what staff left open is filled in, and stands when the author makes the subsection worth more.
func TestOverridesHold(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		files := courseOf([]work{{"a", "HW", 0, 0}}, onePass)
		g, course := gradebook(t, uri, files)
		ann, four := learner.NewID(), 4.0
		answer(t, g.Learners, ann, course, "a", 3, 5)
		project(t, g, course, ann)
		at := learner.Target{Learner: ann, Course: course, Block: subsection("sa"), Actor: learner.NewID()}
		must(t, g.SetGrade(t.Context(), at, learner.OverridePayload{EarnedGraded: &four, Reason: "kind"}))
		if s := project(t, g, course, ann).Grade.Subsections[0]; s.Points() != (grading.Points{Earned: 4, Possible: 5}) || s.GradedOnly.Earned != 3 {
			t.Errorf("%+v", s)
		}
		files["course/run.xml"] = strings.Replace(files["course/run.xml"], `<problem url_name="a">`, `<problem url_name="a" weight="8">`, 1)
		republish(t, g, files)
		_, err := g.Recalculate(t.Context(), course, courses.All)
		must(t, err)
		if s := project(t, g, course, ann).Grade.Subsections[0]; s.Points() != (grading.Points{Earned: 4, Possible: 5}) || s.GradedOnly.Possible != 8 {
			t.Errorf("%+v", s)
		}
		_, err = g.Learners.ClearOverride(t.Context(), at, "")
		must(t, err)
		if s := project(t, g, course, ann).Grade.Subsections[0]; s.Percent() != 0.6 || s.Points().Possible != 8 {
			t.Errorf("%+v", s)
		}
		other := at
		other.Block = problem("a")
		if err := g.SetGrade(t.Context(), other, learner.OverridePayload{EarnedGraded: &four}); err == nil {
			t.Error("the grade of a problem is set as if it were a subsection")
		}
	})
}

// E11: nobody can take a learner who earned nothing for one who never tried.
func TestZeroIsNotNever(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, courseOf([]work{{"a", "HW", 0, 0}}, onePass))
		never, wrong, deleted := learner.NewID(), learner.NewID(), learner.NewID()
		for _, user := range []learner.ID{never, wrong, deleted} {
			_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: user, Course: course}})
			must(t, err)
		}
		answer(t, g.Learners, wrong, course, "a", 0, 2)
		answer(t, g.Learners, deleted, course, "a", 1, 2)
		must(t, g.Learners.DeleteState(t.Context(), learner.Target{Learner: deleted, Course: course, Block: problem("a")}))
		_, err := g.Project(t.Context(), course)
		must(t, err)
		facts, err := g.Learners.Facts(t.Context(), course, []learner.ID{never, wrong, deleted}, false, false)
		must(t, err)
		for _, c := range []struct {
			name            string
			user            learner.ID
			row, course     bool
			state           grading.State
			attemptedCourse bool
		}{
			{"never tried: nothing is stored", never, false, false, grading.NeverAttempted, false},
			{"tried and earned nothing", wrong, true, true, grading.Attempted, true},
			{"the only score was deleted: zeros are stored, without a first try", deleted, true, true, grading.NeverAttempted, false},
		} {
			f := facts[c.user]
			_, row := f.Subsections[subsection("sa")]
			r, err := g.Report(t.Context(), c.user, course)
			must(t, err)
			s := r.Grade.Subsections[0]
			if row != c.row || (f.Grade != nil) != c.course || s.State() != c.state || r.Grade.Attempted != c.attemptedCourse || s.Points() != (grading.Points{Possible: 2}) {
				t.Errorf("%s: row %t, grade %+v, %+v", c.name, row, f.Grade, s)
			}
		}
		rows, _, err := g.Rows(t.Context(), course, 0, 10)
		must(t, err)
		for _, row := range rows {
			if row.Grade.Attempted != (row.Learner == wrong) || row.Record.Percent != 0 || row.Pending {
				t.Errorf("%+v", row)
			}
		}
	})
}

// E12: .6 in time and .9 at all give .75 where half of late work counts.
func TestLateWorkCountsByTheFactor(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		files := courseOf([]work{{"a", "HW", 0, 0}}, `{"GRADER": [{"type": "HW", "weight": 1, "min_count": 1, "drop_count": 0, "late_factor": 0.5}], "GRADE_CUTOFFS": {"Pass": 0.5}}`)
		files["course/run.xml"] = strings.Replace(files["course/run.xml"], `<sequential `, `<sequential due="2026-05-01T00:00:00Z" `, 1)
		g, course := gradebook(t, uri, files)
		now := time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC)
		g.Learners.Now = func() time.Time { return now }
		ann := learner.NewID()
		answer(t, g.Learners, ann, course, "a", 6, 10)
		now = now.AddDate(0, 0, 2)
		answer(t, g.Learners, ann, course, "a", 9, 10)
		r := project(t, g, course, ann)
		if r.Record.Percent != 0.75 || r.Grade.Subsections[0].Percent() != 0.9 {
			t.Errorf("%+v", r.Record)
		}
		must(t, g.Learners.Extend(t.Context(), learner.Target{Learner: ann, Course: course, Block: subsection("sa")}, learner.Extension{Due: now.AddDate(0, 0, 1)}))
		if r := project(t, g, course, ann); r.Record.Percent != 0.9 {
			t.Errorf("with an extension: %+v", r.Record)
		}
	})
}

// grouped is a course of which the cohorts A and B see different problems.
var grouped = map[string]string{
	"course.xml": `<course org="Org" course="C" url_name="run"/>`,
	"course/run.xml": `<course display_name="Groups" start="2020-01-01T00:00:00Z"><chapter url_name="c"><sequential url_name="s" format="HW" graded="true"><vertical url_name="u">
		<problem url_name="p1">` + choice(4) + `</problem><problem url_name="p2">` + choice(2) + `</problem><problem url_name="p3">` + choice(6) + `</problem>
		</vertical></sequential></chapter></course>`,
	"policies/run/policy.json": `{"course/run": {"user_partitions": [{"id": 100, "name": "Content", "scheme": "cohort", "version": 3, "active": true, "parameters": {}, "description": "",
		"groups": [{"id": 1, "name": "A", "version": 1}, {"id": 2, "name": "B", "version": 1}]}]},
		"problem/p2": {"group_access": {"100": [1]}}, "problem/p3": {"group_access": {"100": [2]}}}`,
	"policies/run/grading_policy.json": onePass,
}

// join puts a learner into a cohort that is linked to a group.
func join(t testing.TB, db *learner.DB, user learner.ID, course key.Course, name string, group int64) {
	t.Helper()
	state := learner.Stream{Org: course.Org, Kind: learner.StateStream}
	_, err := db.Append(t.Context(), learner.NewEvent{
		Stream: state, Kind: learner.KindCohort, Course: course, Payload: fmt.Appendf(nil, `{"name":%q,"assignment":"manual","partition":100,"group":%d}`, name, group),
	})
	must(t, err)
	state.Learner = user
	_, err = db.Append(t.Context(), learner.NewEvent{Stream: state, Kind: learner.KindMember, Course: course, Payload: fmt.Appendf(nil, `{"cohort":%q}`, name)})
	must(t, err)
}

// E13: a learner's points are over the learner's own tree, and a score of what is not in it any more stays on record.
func TestBlocksOfAnotherGroupDoNotCount(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, grouped)
		ann := learner.NewID()
		join(t, g.Learners, ann, course, "A", 1)
		answer(t, g.Learners, ann, course, "p2", 2, 2)
		if s := project(t, g, course, ann).Grade.Subsections[0]; s.Points() != (grading.Points{Earned: 2, Possible: 6}) {
			t.Errorf("in A: %+v", s)
		}
		join(t, g.Learners, ann, course, "B", 2)
		r := project(t, g, course, ann)
		if s := r.Grade.Subsections[0]; s.Points() != (grading.Points{Possible: 10}) || s.State() != grading.NeverAttempted {
			t.Errorf("in B: %+v", s)
		}
		facts, err := g.Learners.Facts(t.Context(), course, []learner.ID{ann}, true, false)
		must(t, err)
		if f := facts[ann]; f.Subsections[subsection("s")].Graded != (grading.Points{Possible: 10}) || *f.Scores[problem("p2")].Earned != 2 {
			t.Errorf("stored: %+v", f)
		}
		// The cohort itself is linked to another group: everybody in it is graded anew.
		join(t, g.Learners, learner.NewID(), course, "B", 1)
		if s := project(t, g, course, ann).Grade.Subsections[0]; s.Points() != (grading.Points{Earned: 2, Possible: 6}) {
			t.Errorf("in B as A: %+v", s)
		}
	})
}
