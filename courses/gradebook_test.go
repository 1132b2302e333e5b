package courses_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lectern/courses"
	"lectern/courses/content/contenttest"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/importer"
	"lectern/modulestore/key"
)

func TestMain(m *testing.M) { learnertest.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, uri string) *learner.DB {
	t.Helper()
	db, err := learner.Open(context.Background(), uri)
	must(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// choice is a problem with a number of parts, each worth one point.
func choice(parts int) (markup string) {
	for range parts {
		markup += `<numericalresponse answer="4"><formulaequationinput/></numericalresponse>`
	}
	return markup
}

// gradebook imports a course, and opens a gradebook of it on a database.
func gradebook(t testing.TB, uri string, files map[string]string) (*courses.Gradebook, key.Course) {
	t.Helper()
	return gradebookOn(t, open(t, uri), files)
}

func gradebookOn(t testing.TB, db *learner.DB, files map[string]string) (*courses.Gradebook, key.Course) {
	t.Helper()
	store, version := contenttest.Store(t, importer.Source{FS: contenttest.Files(files)})
	return courses.NewGradebook(store, db), version.Course
}

func problem(name string) key.BlockID    { return key.BlockID{Type: "problem", Name: name} }
func subsection(name string) key.BlockID { return key.BlockID{Type: "sequential", Name: name} }

// answers submits points for problems of a learner.
func answer(t testing.TB, db *learner.DB, user learner.ID, course key.Course, block string, earned, possible float64) {
	t.Helper()
	_, err := db.Submit(t.Context(), learner.Target{Learner: user, Course: course, Block: problem(block)}, learner.AttemptPayload{Earned: &earned, Possible: possible})
	must(t, err)
}

// Raw 3 of 4 with weight 10, 1 of 2 with weight 10, and 2 of 3 without a weight.
var oneSubsection = map[string]string{
	"course.xml": `<course org="Org" course="C" url_name="run"/>`,
	"course/run.xml": `<course display_name="One" start="2020-01-01T00:00:00Z"><chapter url_name="c"><sequential url_name="s" format="HW" graded="true">
		<vertical url_name="u"><problem url_name="p" weight="10">` + choice(4) + `</problem><problem url_name="q" weight="10">` + choice(2) + `</problem>
		<problem url_name="r">` + choice(3) + `</problem></vertical></sequential></chapter></course>`,
	"policies/run/grading_policy.json": `{"GRADER": [{"type": "HW", "weight": 1, "min_count": 1, "drop_count": 0}], "GRADE_CUTOFFS": {"Pass": 0.6}}`,
}

func TestGradesFollowFromAnswers(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, oneSubsection)
		ann := learner.NewID()
		answer(t, g.Learners, ann, course, "p", 3, 4)
		answer(t, g.Learners, ann, course, "q", 1, 2)
		answer(t, g.Learners, ann, course, "r", 2, 3)
		pending, err := g.Report(t.Context(), ann, course)
		must(t, err)
		graded, err := g.Project(t.Context(), course)
		must(t, err)
		if len(graded) != 1 || !courses.Change(graded[0]).NowPassing() {
			t.Errorf("%+v", graded)
		}
		stored, err := g.Report(t.Context(), ann, course)
		must(t, err)
		if !pending.Pending || stored.Pending {
			t.Error("what is due is not told apart from what is stored")
		}
		for name, r := range map[string]*courses.Report{"computed while it is due": pending, "as it is stored": stored} {
			s := r.Grade.Subsections[0]
			if s.Percent() != 0.6304 || s.GradedOnly.Earned != 14.5 || s.GradedOnly.Possible != 23 || r.Record.Percent != 0.63 || !r.Record.Passed || r.Record.Letter != "Pass" {
				t.Errorf("%s: %+v %+v", name, s, r.Record)
			}
			if p := r.Progress.Course(); p.Done != 3 || p.Leaves != 3 {
				t.Errorf("%s: %+v", name, p)
			}
		}
	})
}

// republish makes files the next version of the course.
func republish(t testing.TB, g *courses.Gradebook, files map[string]string) {
	t.Helper()
	_, err := importer.Run(t.Context(), g.Courses, importer.Source{FS: contenttest.Files(files)}, importer.Options{Author: "test", Limits: importer.DefaultLimits()})
	must(t, err)
}

// What does not count in a grade is what the outline does not have for the learner.
func TestGradesCountWhatTheOutlineHasForTheLearner(t *testing.T) {
	g, course := gradebook(t, filepath.Join(t.TempDir(), "state.db"), map[string]string{
		"course.xml": `<course org="Org" course="C" url_name="run"/>`,
		"course/run.xml": `<course start="2020-01-01T00:00:00Z"><chapter url_name="c"><sequential url_name="s" format="HW" graded="true">
			<vertical url_name="u"><problem url_name="open">` + choice(1) + `</problem><problem url_name="staff" visible_to_staff_only="true">` + choice(1) + `</problem></vertical>
			<vertical url_name="gone" group_access="{&quot;99&quot;: [1]}"><problem url_name="others">` + choice(1) + `</problem></vertical>
			<vertical url_name="split"><split_test url_name="x"><problem url_name="child">` + choice(1) + `</problem></split_test></vertical>
			</sequential><sequential url_name="nothing" format="HW" graded="true"><vertical url_name="n" group_access="{&quot;99&quot;: [1]}"><problem url_name="hers">` + choice(1) + `</problem>
			</vertical></sequential></chapter></course>`,
		"policies/run/grading_policy.json": onePass,
	})
	ann := learner.NewID()
	_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: ann, Course: course}})
	must(t, err)
	r, err := g.Report(t.Context(), ann, course)
	must(t, err)
	v, err := g.View(t.Context(), ann, course, g.Learners.Now(), courses.ViewOptions{})
	must(t, err)
	var counted []string
	for _, s := range r.Grade.Subsections {
		has := func(id key.BlockID, state grading.State) {
			node, ok := v.Outline.Course.Find(id)
			if exists := ok && v.Outline.Learner(node).Exists; exists != (state != grading.Excluded) {
				t.Errorf("%s is %s in the grade; that the learner has it is %t", id, state, exists)
			}
		}
		has(s.Key, s.State())
		for _, b := range s.Blocks {
			has(b.Key, b.State)
			if b.State != grading.Excluded {
				counted = append(counted, b.Key.Name)
			}
		}
	}
	if !slices.Equal(counted, []string{"open"}) {
		t.Errorf("%v count", counted)
	}
}

// What has opened for beta testers is there in their progress, too.
func TestProgressKnowsWhatIsOpenEarly(t *testing.T) {
	soon := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	g, course := gradebook(t, filepath.Join(t.TempDir(), "state.db"), map[string]string{
		"course.xml": `<course org="Org" course="C" url_name="run"/>`,
		"course/run.xml": `<course start="2020-01-01T00:00:00Z" days_early_for_beta="2"><chapter url_name="c" start="` + soon + `"><sequential url_name="s">
			<vertical url_name="u"><html url_name="h"/></vertical></sequential></chapter></course>`,
	})
	ann := learner.NewID()
	_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: ann, Course: course}})
	must(t, err)
	for _, beta := range []bool{false, true} {
		if beta {
			_, err := g.Learners.Grant(t.Context(), learner.ID{}, ann, "beta_testers", course.String())
			must(t, err)
		}
		r, err := g.Report(t.Context(), ann, course)
		must(t, err)
		if opens := r.Parts()[0].Opens; opens.IsZero() != beta {
			t.Errorf("a beta tester %t: the section opens on %s", beta, opens)
		}
		if leaves := r.Progress.Course().Leaves; leaves == 1 != beta {
			t.Errorf("a beta tester %t: %d texts are open", beta, leaves)
		}
	}
}

func TestALibraryIsNoCourseForLearners(t *testing.T) {
	g, library := gradebookOn(t, nil, map[string]string{
		"library/library.xml": `<library display_name="Bank" org="Org" library="Lib"><problem url_name="p"/></library>`, "library/problem/p.xml": `<problem/>`,
	})
	now := time.Now()
	_, err := g.View(t.Context(), learner.ID{}, library, now, courses.ViewOptions{})
	_, dates := g.Dates(t.Context(), learner.ID{}, library, now, courses.ViewOptions{})
	_, calendar := g.Calendar(t.Context(), learner.ID{}, library, now, courses.ViewOptions{})
	_, moves := g.Simulate(t.Context(), library, courses.WhatIf{}, nil, func(*courses.Moved) {})
	for what, err := range map[string]error{"outline": err, "dates": dates, "calendar": calendar, "simulation": moves} {
		if !errors.Is(err, courses.ErrLibrary) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What belongs to learners alike is worked out once for all of them. It must end when something opens, and not be that of others.
func TestProgressCountsWhatIsOpenForTheLearnerAtTheTime(t *testing.T) {
	g, course := gradebook(t, filepath.Join(t.TempDir(), "state.db"), map[string]string{
		"course.xml": `<course org="Org" course="C" url_name="run"/>`,
		"course/run.xml": `<course start="2020-01-01T00:00:00Z" user_partitions="[{&quot;id&quot;: 50, &quot;name&quot;: &quot;G&quot;, &quot;scheme&quot;: &quot;cohort&quot;, &quot;version&quot;: 3,
			&quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;One&quot;}]}]"><chapter url_name="c">
			<sequential url_name="now"><vertical url_name="u"><html url_name="a"/></vertical>
				<vertical url_name="theirs" group_access="{&quot;50&quot;: [1]}"><html url_name="b"/></vertical></sequential>
			<sequential url_name="later" start="2026-06-01T00:00:00Z"><vertical url_name="w"><html url_name="d"/></vertical></sequential></chapter></course>`,
	})
	red, blue := learner.NewID(), learner.NewID()
	must(t, g.Learners.CreateCohort(t.Context(), learner.ID{}, course, learner.CohortPayload{Name: "Red", Assignment: "manual", Partition: 50, Group: 1}))
	for _, id := range []learner.ID{red, blue} {
		_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: id, Course: course}})
		must(t, err)
	}
	_, err := g.Learners.AssignCohort(t.Context(), learner.Target{Learner: red, Course: course}, "Red")
	must(t, err)
	for _, c := range []struct {
		who    string
		id     learner.ID
		at     time.Time
		leaves int
	}{
		{"of the cohort, before the second subsection opens", red, date(3, 1), 2},
		{"of no cohort", blue, date(3, 1), 1},
		{"of the cohort, at the instant of the start", red, date(6, 1), 3},
		{"of the cohort, at the last instant before it", red, date(6, 1).Add(-time.Microsecond), 2},
		{"of no cohort, later", blue, date(7, 1), 2},
		{"of no cohort, asked about earlier again", blue, date(3, 2), 1},
	} {
		g.Learners.Now = func() time.Time { return c.at }
		r, err := g.Report(t.Context(), c.id, course)
		must(t, err)
		if got := r.Parts()[0].Progress.Leaves; got != c.leaves {
			t.Errorf("%s: %d leaves, want %d", c.who, got, c.leaves)
		}
	}
}
