package courses_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// inCohort makes a cohort that stands for no group, and puts learners into it.
func inCohort(t testing.TB, db *learner.DB, course key.Course, name string, users ...learner.ID) {
	t.Helper()
	must(t, db.CreateCohort(t.Context(), learner.ID{}, course, learner.CohortPayload{Name: name, Assignment: "manual"}))
	for _, user := range users {
		_, err := db.AssignCohort(t.Context(), learner.Target{Learner: user, Course: course}, name)
		must(t, err)
	}
}

// due gives the due date of a block in the list of a learner.
func due(t testing.TB, g *courses.Gradebook, user learner.ID, course key.Course, block key.BlockID) (found courses.Dated) {
	t.Helper()
	d, err := g.Dates(t.Context(), user, course, g.Learners.Now(), courses.ViewOptions{})
	must(t, err)
	i := slices.IndexFunc(d.List, func(e courses.Dated) bool { return e.Kind == schedule.Due && e.Block == block })
	if i < 0 {
		return found
	}
	return d.List[i]
}

func TestTheLearnersOwnDateComesBeforeTheCohortsAndThatBeforeTheCourses(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		first, chapter := subsection("first"), key.BlockID{Type: "chapter", Name: "c"}
		type given struct {
			block key.BlockID
			due   time.Time
		}
		db := open(t, uri)
		for i, c := range []struct {
			name        string
			settings    string
			cohort, own []given
			want        time.Time
			source      schedule.Source
			from        key.BlockID
		}{
			{"the date of the course", "", nil, nil, date(3, 1), schedule.FromContent, first},
			{"that of the cohort", "", []given{{first, date(3, 8)}}, nil, date(3, 8), schedule.FromGroup, first},
			{"the last one of the cohort", "", []given{{first, date(3, 8)}, {first, date(3, 5)}}, nil, date(3, 5), schedule.FromGroup, first},
			{"the learner's own, also when it is earlier", "", []given{{first, date(3, 8)}}, []given{{first, date(3, 6)}}, date(3, 6), schedule.FromLearner, first},
			{"one date for all in a self-paced course", `self_paced="true"`, []given{{first, date(3, 8)}}, nil, date(3, 8), schedule.FromGroup, first},
			{"also after the end of the course", `end="2026-03-05T00:00:00Z"`, []given{{first, date(3, 8)}}, nil, date(3, 8), schedule.FromGroup, first},
			{"that of a block above does not hold for one with a date of its own", `due="2026-02-01T00:00:00Z"`, []given{{chapter, date(3, 8)}}, nil, date(3, 1), schedule.FromContent, first},
		} {
			t.Run(c.name, func(t *testing.T) {
				files := paced(c.settings)
				files["course.xml"] = strings.Replace(files["course.xml"], `course="C"`, `course="C`+string(rune('a'+i))+`"`, 1)
				g, course := gradebookOn(t, db, files)
				ann, ben := enrolled(t, g, course, date(1, 10)), enrolled(t, g, course, date(1, 10))
				inCohort(t, db, course, "Evening", ann)
				without := due(t, g, ben, course, first)
				for _, x := range c.cohort {
					must(t, db.ExtendCohort(t.Context(), learner.CohortTarget{Course: course, Cohort: "Evening", Block: x.block}, learner.Extension{Due: x.due, Force: true}))
				}
				for _, x := range c.own {
					must(t, db.Extend(t.Context(), learner.Target{Learner: ann, Course: course, Block: x.block}, learner.Extension{Due: x.due, Force: true}))
				}
				got := due(t, g, ann, course, first)
				if !got.At.Equal(c.want) || got.Source != c.source || got.From != c.from || (got.Cohort != "") != (c.source == schedule.FromGroup) {
					t.Errorf("got %+v, want %v by %v", got, c.want, c.source)
				}
				if got := due(t, g, ben, course, first); got != without {
					t.Errorf("somebody in no cohort: %+v, want %+v", got, without)
				}
				q, err := sure(g.Course(t.Context(), course)).Ask(t.Context(), problem("p"))
				must(t, err)
				s, err := g.Standing(t.Context(), q, ann, date(1, 10), 0)
				must(t, err)
				if want := c.want.Add(time.Hour); !s.Due.Equal(want) {
					t.Errorf("answers are taken until %v, want %v: the date and grace", s.Due, want)
				}
			})
		}
	})
}

// sure gives a value that is there unless the test itself is wrong.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A date of a cohort is about work that was done, too: who is, comes or goes gets the grade that follows.
func TestLatenessFollowsTheCohort(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		files := courseOf([]work{{"a", "HW", 0, 0}}, `{"GRADER": [{"type": "HW", "weight": 1, "min_count": 1, "drop_count": 0, "late_factor": 0.5}], "GRADE_CUTOFFS": {"Pass": 0.5}}`)
		files["course/run.xml"] = strings.Replace(files["course/run.xml"], `<sequential `, `<sequential due="2026-05-01T00:00:00Z" `, 1)
		g, course := gradebook(t, uri, files)
		ann := enrolled(t, g, course, date(4, 1))
		inCohort(t, g.Learners, course, "Evening", ann)
		g.Learners.Now = func() time.Time { return date(4, 30) }
		answer(t, g.Learners, ann, course, "a", 6, 10)
		g.Learners.Now = func() time.Time { return date(5, 2) }
		answer(t, g.Learners, ann, course, "a", 9, 10)
		at := learner.CohortTarget{Course: course, Cohort: "Evening", Block: subsection("sa")}
		into := func(name string) func() error {
			return func() error {
				_, err := g.Learners.AssignCohort(t.Context(), learner.Target{Learner: ann, Course: course}, name)
				return err
			}
		}
		for _, c := range []struct {
			name string
			do   func() error
			want float64
		}{
			{"late work counts by half", func() error { return nil }, 0.75},
			{"the cohort gets more time", func() error {
				return g.Learners.ExtendCohort(t.Context(), at, learner.Extension{Due: date(5, 3)})
			}, 0.9},
			{"the learner leaves it", into(""), 0.75},
			{"and comes back", into("Evening"), 0.9},
			{"the date is taken back", func() error { _, err := g.Learners.UnextendCohort(t.Context(), at, ""); return err }, 0.75},
		} {
			must(t, c.do())
			if r, err := g.Report(t.Context(), ann, course); err != nil || r.Grade.Percent != c.want {
				t.Errorf("%s: read before it is graded, %v, %v, want %v", c.name, r.Grade.Percent, err, c.want)
			}
			if r := project(t, g, course, ann); r.Record.Percent != c.want {
				t.Errorf("%s: %v, want %v", c.name, r.Record.Percent, c.want)
			}
		}
	})
}

func TestWhatADateOfACohortWouldExtend(t *testing.T) {
	for _, c := range []struct {
		name, settings, block string
		before                time.Time // another date of the cohort, of the course
		want                  time.Time
		wrong                 string
	}{
		{"the date of the course", "", "sequential/first", time.Time{}, date(3, 1), ""},
		{"one that is inherited", `due="2026-02-01T00:00:00Z"`, "sequential/second", time.Time{}, date(2, 1), ""},
		{"another one of the same cohort", `due="2026-02-01T00:00:00Z"`, "sequential/second", date(2, 9), date(2, 9), ""},
		{"in a self-paced course each learner has another", `self_paced="true"`, "sequential/first", time.Time{}, time.Time{}, ""},
		{"none", "", "sequential/second", time.Time{}, time.Time{}, "no due date, so there is none to extend"},
		{"a block that there is not", "", "sequential/third", time.Time{}, time.Time{}, "has no block sequential/third in its outline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, course := gradebook(t, t.TempDir()+"/state.db", paced(c.settings))
			inCohort(t, g.Learners, course, "Evening")
			at := learner.CohortTarget{Course: course, Cohort: "Evening", Block: sure(key.ParseBlockID(c.block))}
			if !c.before.IsZero() {
				other := at
				other.Block = sure(g.Course(t.Context(), course)).Outline.Nodes[0].ID
				must(t, g.Learners.ExtendCohort(t.Context(), other, learner.Extension{Due: c.before}))
			}
			got, err := g.DueWithoutCohort(t.Context(), at)
			switch {
			case c.wrong == "" && (err != nil || !got.Equal(c.want)):
				t.Errorf("%v, %v, want %v", got, err, c.want)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("%v, want %q", err, c.wrong)
			}
		})
	}
}

func TestTheModeOfEnrolmentMovesWhereDatesCountFrom(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, paced(`self_paced="true"`))
		user := enrolled(t, g, course, date(1, 10))
		to := func(mode string) func(learner.Target) error {
			return func(at learner.Target) error {
				_, err := g.Learners.ChangeMode(t.Context(), learner.Enrolment{Target: at, Mode: mode})
				return err
			}
		}
		for _, c := range []struct {
			name string
			at   time.Time
			do   func(learner.Target) error
			want time.Time
		}{
			{"from the first enrolment", date(1, 10), func(learner.Target) error { return nil }, date(1, 17)},
			{"who leaves", date(1, 15), func(at learner.Target) error {
				_, err := g.Learners.Unenrol(t.Context(), learner.Enrolment{Target: at})
				return err
			}, date(1, 17)},
			{"and returns in the same mode goes on", date(1, 20), func(at learner.Target) error {
				_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: at})
				return err
			}, date(1, 17)},
			{"an upgrade begins anew", date(2, 1), to("verified"), date(2, 8)},
			{"going back to audit does not", date(2, 3), to("audit"), date(1, 17)},
			{"a shift does", date(2, 10), func(at learner.Target) error { _, _, err := g.Shift(t.Context(), at); return err }, date(2, 17)},
			{"until the next upgrade", date(2, 11), to("verified"), date(2, 18)},
		} {
			g.Learners.Now = func() time.Time { return c.at }
			must(t, c.do(learner.Target{Learner: user, Course: course}))
			v := view(t, g, user, course, c.at, courses.ViewOptions{Options: outline.Options{Lift: true}})
			node, _ := v.Outline.Course.Find(subsection("first"))
			if got := v.Outline.Dates(node).Due.Time(); !got.Equal(c.want) {
				t.Errorf("%s: due %v, want %v", c.name, got, c.want)
			}
		}
		want := rowsOf(t, uri, "enrolment")
		_, err := g.Learners.Rebuild(t.Context(), nil)
		must(t, err)
		if got := rowsOf(t, uri, "enrolment"); !slices.Equal(got, want) {
			t.Errorf("rebuilt: %v, want %v", got, want)
		}
	})
}
