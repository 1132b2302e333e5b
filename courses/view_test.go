package courses_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// paced is a course of two subsections, the second of which waits for the first, and has rules about groups that cannot be read.
func paced(settings string) map[string]string {
	return map[string]string{
		"course.xml": `<course org="Org" course="C" url_name="run"/>`,
		"course/run.xml": `<course display_name="Paced" start="2026-01-01T00:00:00Z" days_early_for_beta="7" enable_subsection_gating="true" ` + settings + `>
			<chapter url_name="c"><sequential url_name="first" format="HW" graded="true" due="2026-03-01T00:00:00Z" relative_weeks_due="1" graceperiod="1 hours">
			<vertical url_name="u"><problem url_name="p">` + choice(2) + `</problem></vertical></sequential>
			<sequential url_name="second" format="HW" graded="true" relative_weeks_due="2" required_prereq="sequential/first" min_score="50" min_completion="0">
			<vertical url_name="v"><problem url_name="q">` + choice(2) + `</problem></vertical>
			<vertical url_name="closed" group_access="{not json"><html url_name="h">Text</html></vertical></sequential></chapter></course>`,
		"policies/run/grading_policy.json": policyOf(`"Pass": 0.5`, "HW 1 2 0"),
	}
}

func date(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC)
}

// enrolled adds a learner who enrolled at an instant. From then on it is that instant.
func enrolled(t testing.TB, g *courses.Gradebook, course key.Course, at time.Time) learner.ID {
	t.Helper()
	g.Learners.Now = func() time.Time { return at }
	user := learner.NewID()
	_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: user, Course: course}})
	must(t, err)
	return user
}

func view(t testing.TB, g *courses.Gradebook, user learner.ID, course key.Course, at time.Time, o courses.ViewOptions) *courses.View {
	t.Helper()
	v, err := g.View(t.Context(), user, course, at, o)
	must(t, err)
	return v
}

// states lists the blocks below the section with what the learner gets of each.
func states(v *courses.View) (list []string) {
	for i, n := range v.Outline.Course.Nodes {
		if n.Level == outline.SequenceLevel || n.Level == outline.UnitLevel {
			verdict := v.Outline.Verdict(i)
			list = append(list, fmt.Sprintf("%s %t %t", n.ID.Name, verdict.Exists, verdict.Accessible))
		}
	}
	return list
}

func TestWhatALearnerGetsFollowsFromWhatIsStored(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, paced(""))
		user := enrolled(t, g, course, date(1, 10))
		locked := []string{"first true true", "u true true", "second true false", "v true false", "closed false false"}
		unseen := []string{"first false false", "u false false", "second false false", "v false false", "closed false false"}
		early := []string{"first true false", "u true false", "second true false", "v true false", "closed false false"}
		for _, c := range []struct {
			name string
			role string // given to the learner first
			at   time.Time
			user learner.ID
			o    courses.ViewOptions
			want []string
		}{
			{"a learner: what has rules that cannot be read is for nobody", "", date(2, 1), user, courses.ViewOptions{}, locked},
			{"before the start everything is closed", "", date(1, 1).AddDate(0, 0, -3), user, courses.ViewOptions{}, early},
			{"somebody who is not signed in gets nothing of a private course", "", date(2, 1), learner.ID{}, courses.ViewOptions{}, unseen},
			{"nor does who is not enrolled", "", date(2, 1), learner.NewID(), courses.ViewOptions{}, unseen},
			{"a beta tester is early", "beta_testers", date(1, 1).AddDate(0, 0, -3), user, courses.ViewOptions{}, locked},
			{"from staff nothing is withheld", "staff", date(1, 1).AddDate(-1, 0, 0), user, courses.ViewOptions{},
				[]string{"first true true", "u true true", "second true true", "v true true", "closed true true"}},
			{"but for what staff asks to be shown as a learner", "", date(2, 1), user, courses.ViewOptions{AsLearner: true}, locked},
		} {
			t.Run(c.name, func(t *testing.T) {
				if c.role != "" {
					_, err := g.Learners.Grant(t.Context(), learner.ID{}, user, c.role, course.String())
					must(t, err)
				}
				if diff := gocmp.Diff(c.want, states(view(t, g, c.user, course, c.at, c.o))); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

// Invariant: an opened gate stays open.
func TestWhatWasOpenedStaysOpen(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, paced(""))
		user := enrolled(t, g, course, date(1, 10))
		open := func() bool {
			return slices.Contains(states(view(t, g, user, course, date(2, 1), courses.ViewOptions{})), "v true true")
		}
		answer(t, g.Learners, user, course, "p", 1, 2)
		if !open() {
			t.Error("half of the points open the gate, and it is closed")
		}
		project(t, g, course, user)
		at := learner.Target{Learner: user, Course: course, Block: problem("p")}
		must(t, g.Learners.SetScore(t.Context(), at, 0, 2, "wrong"))
		project(t, g, course, user)
		if !open() {
			t.Error("the score was taken back, and the gate is closed")
		}
		events := len(rowsOf(t, uri, "event"))
		project(t, g, course, user)
		if now := len(rowsOf(t, uri, "event")); now != events {
			t.Errorf("a gate that is open was opened again: %d events, then %d", events, now)
		}
		_, err := g.Learners.Rebuild(t.Context(), nil)
		must(t, err)
		if !open() {
			t.Error("after a rebuild of all tables the gate is closed")
		}
	})
}

func TestDueDatesHaveOneRule(t *testing.T) {
	for _, c := range []struct {
		name     string
		settings string
		enrolled time.Time
		change   func(*learner.DB, learner.Target) error
		want     time.Time
		source   schedule.Source
	}{
		{"the date of the course", "", date(1, 10), nil, date(3, 1), schedule.FromContent},
		{"an extension", "", date(1, 10), func(db *learner.DB, at learner.Target) error {
			return db.Extend(t.Context(), at, learner.Extension{Due: date(4, 1)})
		}, date(4, 1), schedule.FromLearner},
		{"a week from where the learner began", `self_paced="true"`, date(1, 10), nil, date(1, 17), schedule.FromAnchor},
		{"not before the course starts", `self_paced="true"`, date(1, 1).AddDate(0, -1, 0), nil, date(1, 8), schedule.FromAnchor},
		{"from where the learner began anew", `self_paced="true"`, date(1, 10), func(db *learner.DB, at learner.Target) error {
			_, err := db.SetSchedule(t.Context(), at, date(2, 10))
			return err
		}, date(2, 17), schedule.FromAnchor},
		{"never after the end of the course", `self_paced="true" end="2026-01-25T00:00:00Z"`, date(1, 10), func(db *learner.DB, at learner.Target) error {
			_, err := db.SetSchedule(t.Context(), at, date(1, 20))
			return err
		}, date(1, 25), schedule.FromAnchor},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, course := gradebook(t, t.TempDir()+"/state.db", paced(c.settings))
			user := enrolled(t, g, course, c.enrolled)
			at := learner.Target{Learner: user, Course: course, Block: subsection("first")}
			if c.change != nil {
				must(t, c.change(g.Learners, at))
			}
			d, err := g.Dates(t.Context(), user, course, date(1, 10), courses.ViewOptions{})
			must(t, err)
			i := slices.IndexFunc(d.List, func(e courses.Dated) bool { return e.Kind == schedule.Due && e.Block == at.Block })
			if i < 0 || !d.List[i].At.Equal(c.want) || d.List[i].Source != c.source {
				t.Errorf("got %+v, want %v by %v", d.List, c.want, c.source)
			}
			q, err := d.Course.Ask(t.Context(), problem("p"))
			must(t, err)
			s, err := g.Standing(t.Context(), q, user, date(1, 10), 0)
			must(t, err)
			if want := c.want.Add(time.Hour); !s.Due.Equal(want) {
				t.Errorf("answers are taken until %v, want %v: the date and grace", s.Due, want)
			}
		})
	}
}

func TestShiftedDeadlines(t *testing.T) {
	g, course := gradebook(t, t.TempDir()+"/state.db", paced(`self_paced="true" end="2026-12-31T00:00:00Z"`))
	user := enrolled(t, g, course, date(1, 10))
	g.Learners.Now = func() time.Time { return date(2, 10) }
	answer(t, g.Learners, user, course, "p", 2, 2)
	before, after, err := g.Shift(t.Context(), learner.Target{Learner: user, Course: course})
	must(t, err)
	if !before.Missed.Deadlines || before.MissedAt != subsection("second") {
		t.Errorf("missed is %+v at %v, want the first that is not done", before.Missed, before.MissedAt)
	}
	if after.Missed.Deadlines || !before.Start.Equal(date(1, 10)) || !after.Start.Equal(date(2, 10)) {
		t.Errorf("from %v to %v, missed %v", before.Start, after.Start, after.Missed)
	}
	for _, c := range []struct {
		name, settings, want string
		user                 func(*courses.Gradebook, key.Course) learner.ID
	}{
		{"dates of an instructor-paced course are the same for all", "", "is instructor-paced", nil},
		{"a course that has ended", `self_paced="true" end="2026-01-05T00:00:00Z"`, "ended on 2026-01-05T00:00:00Z", nil},
		{"somebody who is not enrolled", `self_paced="true"`, "not enrolled", func(*courses.Gradebook, key.Course) learner.ID { return learner.NewID() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			uri := t.TempDir() + "/state.db"
			g, course := gradebook(t, uri, paced(c.settings))
			user := enrolled(t, g, course, date(1, 10))
			if c.user != nil {
				user = c.user(g, course)
			}
			events := rowsOf(t, uri, "event")
			_, _, err := g.Shift(t.Context(), learner.Target{Learner: user, Course: course})
			if !errors.Is(err, courses.ErrNoShift) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if now := rowsOf(t, uri, "event"); len(now) != len(events) {
				t.Errorf("%d events were written", len(now)-len(events))
			}
		})
	}
}

// Invariant: what a simulation says of a learner is what a publication of these dates would do.
func TestSimulations(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, paced(""))
		users := []learner.ID{enrolled(t, g, course, date(1, 10)), enrolled(t, g, course, date(1, 10)), enrolled(t, g, course, date(1, 10))}
		must(t, g.Learners.Extend(t.Context(), learner.Target{Learner: users[0], Course: course, Block: subsection("first")}, learner.Extension{Due: date(5, 1)}))
		events := rowsOf(t, uri, "event")
		later := courses.WhatIf{Dates: []courses.DateChange{{Block: subsection("first"), Field: "due", At: date(4, 1)}}}
		var moves []courses.Moved
		simulate := func(w courses.WhatIf, users []learner.Listed) *courses.Simulation {
			moves = nil
			s, err := g.Simulate(t.Context(), course, w, users, func(m *courses.Moved) { moves = append(moves, *m) })
			must(t, err)
			if s.Moves != len(moves) {
				t.Errorf("%d moves of %d", len(moves), s.Moves)
			}
			return s
		}
		s := simulate(later, nil)
		want := []courses.Moved{{Block: subsection("first"), Title: "first", Kind: schedule.Due, From: schedule.At(date(3, 1)), To: schedule.At(date(4, 1)),
			Learners: []learner.Listed{{Learner: users[1], Mode: "audit"}, {Learner: users[2], Mode: "audit"}}}}
		slices.SortFunc(want[0].Learners, learner.Listed.Compare)
		if diff := gocmp.Diff(want, moves); diff != "" || s.Learners != 3 || s.Affected != 2 {
			t.Errorf("%+v\n%s", s, diff)
		}
		if s = simulate(later, []learner.Listed{{Learner: users[0]}}); s.Moves != 0 || s.Learners != 1 {
			t.Errorf("the extension holds, and yet %+v", moves)
		}
		week := courses.WhatIf{Shift: func(t time.Time) time.Time { return t.AddDate(0, 0, 7) }}
		if s = simulate(week, nil); s.Moves != 2 || s.Affected != 3 {
			t.Errorf("got %+v, want the start of the course and a due date", moves)
		}
		if now := rowsOf(t, uri, "event"); len(now) != len(events) {
			t.Error("a simulation has written something")
		}
	})
}
