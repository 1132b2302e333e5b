package learner_test

import (
	"slices"
	"testing"
	"time"

	"lectern/courses/flag"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// apart is something that two devices do without knowing of each other, the first an hour before the second by their clocks.
type apart struct {
	first, second func(db *learner.DB) error
	check         func(t *testing.T, db *learner.DB, p *learner.Page)
}

func points(t *testing.T, p *learner.Page, attempts int64, earned float64) {
	t.Helper()
	s := p.Scores[problem(p.Learner).Block]
	if s.Attempts != attempts || s.Earned == nil || *s.Earned != earned {
		t.Errorf("%+v, want %d attempts and %v points", s, attempts, earned)
	}
}

// rulesOfMerging has for each kind of data what becomes of it, for one learner.
func rulesOfMerging(t *testing.T, ann learner.ID) map[string]apart {
	ctx, at := t.Context(), problem(ann)
	answer := func(earned float64, more learner.AttemptPayload) func(*learner.DB) error {
		more.Earned, more.Possible = &earned, 4
		return func(db *learner.DB) error { _, err := db.Submit(ctx, at, more); return err }
	}
	both := func(list ...func(*learner.DB) error) func(*learner.DB) error {
		return func(db *learner.DB) error {
			for _, do := range list {
				if err := do(db); err != nil {
					return err
				}
			}
			return nil
		}
	}
	fresh := func(db *learner.DB) error { return db.DeleteState(ctx, at) }
	override := func(earned float64) func(*learner.DB) error {
		return func(db *learner.DB) error {
			return db.Override(ctx, at, learner.OverridePayload{EarnedAll: &earned, PossibleAll: &earned})
		}
	}
	put := func(fields map[string]any) func(*learner.DB) error {
		return func(db *learner.DB) error { _, err := db.PutState(ctx, at, learner.AnyRev, fields); return err }
	}
	complete := func(value float64) func(*learner.DB) error {
		return func(db *learner.DB) error { _, err := db.Complete(ctx, at, value); return err }
	}
	enrol := func(mode string) func(*learner.DB) error {
		return func(db *learner.DB) error {
			_, err := db.Enrol(ctx, learner.Enrolment{Target: at, Mode: mode})
			return err
		}
	}
	upgrade := func(db *learner.DB) error {
		_, err := db.Enrol(ctx, learner.Enrolment{Target: at, Mode: "audit"})
		if err == nil {
			_, err = db.ChangeMode(ctx, learner.Enrolment{Target: at, Mode: "verified"})
		}
		return err
	}
	leave := func(db *learner.DB) error { _, err := db.Unenrol(ctx, learner.Enrolment{Target: at}); return err }
	bookmark := func(present bool, note string) func(*learner.DB) error {
		return func(db *learner.DB) error { _, err := db.Bookmark(ctx, at, present, note); return err }
	}
	cohort := func(name string) func(*learner.DB) error {
		return func(db *learner.DB) error {
			if err := db.CreateCohort(ctx, learner.ID{}, demo, learner.CohortPayload{Name: name, Assignment: "manual"}); err != nil {
				return err
			}
			_, err := db.AssignCohort(ctx, at, name)
			return err
		}
	}
	group := func(n int64) func(*learner.DB) error {
		return func(db *learner.DB) error { _, err := db.AssignGroup(ctx, at, 100, n); return err }
	}
	regroup := func(lost, n int64) func(*learner.DB) error {
		return func(db *learner.DB) error { _, err := db.Reassign(ctx, at, 100, lost, n, "deleted"); return err }
	}
	grant := func(db *learner.DB) error { _, err := db.Grant(ctx, learner.ID{}, ann, "staff", ""); return err }
	revoke := func(db *learner.DB) error { _, err := db.Revoke(ctx, learner.ID{}, ann, "staff", ""); return err }
	due := func(day int) func(*learner.DB) error {
		return func(db *learner.DB) error {
			return db.Extend(ctx, at, learner.Extension{Due: time.Date(2026, 6, day, 0, 0, 0, 0, time.UTC)})
		}
	}
	cohortDue := func(day int) func(*learner.DB) error {
		return func(db *learner.DB) error {
			return db.ExtendCohort(ctx, learner.CohortTarget{Course: demo, Cohort: "Red", Block: at.Block}, learner.Extension{Due: time.Date(2026, 6, day, 0, 0, 0, 0, time.UTC)})
		}
	}
	begin := func(day int) func(*learner.DB) error {
		return func(db *learner.DB) error {
			_, err := db.SetSchedule(ctx, at, time.Date(2026, 6, day, 0, 0, 0, 0, time.UTC))
			return err
		}
	}
	rule := func(share flag.Share) func(*learner.DB) error {
		return func(db *learner.DB) error {
			_, err := db.SetFlag(ctx, learner.ID{}, flag.Rule{Flag: "f", Scope: flag.Course, Key: demo.String(), Share: share})
			return err
		}
	}
	account := func(name string) func(*learner.DB) error {
		return func(db *learner.DB) error { _, err := db.AddUser(ctx, name, ""); return err }
	}
	score := func(earned float64) func(*learner.DB) error {
		return func(db *learner.DB) error { return db.SetScore(ctx, at, earned, 4, "") }
	}
	position := func(inner string) func(*learner.DB) error {
		return func(db *learner.DB) error { _, err := db.SetPosition(ctx, at, inner); return err }
	}
	problems := func(t *testing.T, db *learner.DB, what string) int {
		t.Helper()
		list, err := db.Problems(ctx)
		must(t, err)
		return len(slices.DeleteFunc(list, func(p learner.Problem) bool { return p.What != what }))
	}
	start := func(allowed time.Duration) func(*learner.DB) error {
		return func(db *learner.DB) error {
			_, err := db.StartExam(ctx, at, func(time.Time) (time.Duration, error) { return allowed, nil })
			return err
		}
	}
	handIn := func(db *learner.DB) error { _, err := db.SubmitExam(ctx, at); return err }
	reset := func(db *learner.DB) error { _, err := db.ResetExam(ctx, at, ""); return err }
	extra := func(minutes int64) func(*learner.DB) error {
		return func(db *learner.DB) error {
			_, err := db.AllowTime(ctx, at, learner.AllowancePayload{Minutes: minutes})
			return err
		}
	}
	exam := func(want string) func(*testing.T, *learner.DB, *learner.Page) {
		return func(t *testing.T, db *learner.DB, _ *learner.Page) { examIs(t, db, at, want) }
	}
	return map[string]apart{
		"exam: the first start holds, with the time that it gave, and staff is told": {start(2 * time.Hour), start(time.Hour), func(t *testing.T, db *learner.DB, _ *learner.Page) {
			examIs(t, db, at, "1: 08:00 for 2h0m0s")
			list, err := db.Problems(ctx)
			must(t, err)
			if !slices.ContainsFunc(list, func(p learner.Problem) bool { return p.What == "exam" && p.Learner == ann }) {
				t.Errorf("staff is told only of %+v", list)
			}
		}},
		"exam: it is handed in when it was first":                      {both(start(time.Hour), handIn), both(start(time.Hour), handIn), exam("1: 08:00 for 1h0m0s, handed in 08:00")},
		"exam: a reset starts it afresh, whatever another device does": {both(start(time.Hour), reset), both(start(time.Hour), handIn), exam("")},
		"exam: two resets are one":                                     {both(start(time.Hour), reset), both(start(time.Hour), reset, start(time.Minute)), exam("2: 09:00 for 1m0s")},
		"exam: extra time: the latest decision":                        {extra(30), extra(10), exam("+10m0s")},
		"attempts: all count, in the order of their clocks": {answer(3, learner.AttemptPayload{}), answer(2, learner.AttemptPayload{}),
			func(t *testing.T, _ *learner.DB, p *learner.Page) { points(t, p, 2, 2) }},
		"attempts: those above the limit are kept and counted apart": {answer(3, learner.AttemptPayload{Limit: 1}), answer(2, learner.AttemptPayload{Limit: 1, Strict: true}),
			func(t *testing.T, _ *learner.DB, p *learner.Page) {
				points(t, p, 2, 3)
				if s := p.Scores[at.Block]; s.OverLimit != 1 {
					t.Errorf("%+v", s)
				}
			}},
		"attempts: those from before a fresh start elsewhere do not count": {both(fresh, answer(1, learner.AttemptPayload{})), answer(4, learner.AttemptPayload{}),
			func(t *testing.T, _ *learner.DB, p *learner.Page) { points(t, p, 1, 1) }},
		"attempts: two fresh starts are one": {both(fresh, answer(1, learner.AttemptPayload{})), both(fresh, answer(2, learner.AttemptPayload{})),
			func(t *testing.T, _ *learner.DB, p *learner.Page) { points(t, p, 2, 2) }},
		"score: it is never merged, the grading method makes it of all attempts": {
			answer(3, learner.AttemptPayload{Method: grading.HighestScore}), answer(2, learner.AttemptPayload{Method: grading.HighestScore}),
			func(t *testing.T, _ *learner.DB, p *learner.Page) { points(t, p, 2, 3) }},
		"score: the latest of staff stands, also against later attempts": {both(score(1), score(4)), answer(2, learner.AttemptPayload{}),
			func(t *testing.T, _ *learner.DB, p *learner.Page) { points(t, p, 1, 4) }},
		"override: the latest stands, and both are listed": {override(1), override(2), func(t *testing.T, db *learner.DB, p *learner.Page) {
			if o := p.Overrides[at.Block]; o.EarnedAll == nil || *o.EarnedAll != 2 {
				t.Errorf("%+v", o)
			}
			if n := problems(t, db, "override"); n != 2 {
				t.Errorf("%d are listed", n)
			}
		}},
		"completion: the most of the epoch": {complete(0.75), complete(0.5), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if c := p.Completion[at.Block]; c != 0.75 {
				t.Error(c)
			}
		}},
		"completion: what is of an earlier epoch does not count": {both(fresh, complete(0.25)), complete(1), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if c := p.Completion[at.Block]; c != 0.25 {
				t.Error(c)
			}
		}},
		"state: different fields are both there, of one the later value": {put(map[string]any{"a": 1, "b": 1}), put(map[string]any{"b": 2, "c": 2}),
			func(t *testing.T, _ *learner.DB, p *learner.Page) {
				f := p.State[at.Block].Fields
				if len(f) != 3 || string(f["a"]) != "1" || string(f["b"]) != "2" || string(f["c"]) != "2" {
					t.Errorf("%s", f)
				}
			}},
		"state: a later removal holds": {put(map[string]any{"a": 1, "b": 1}), put(map[string]any{"a": nil}), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if f := p.State[at.Block].Fields; len(f) != 1 || string(f["b"]) != "1" {
				t.Errorf("%s", f)
			}
		}},
		"bookmark: the latest": {both(bookmark(true, "x"), bookmark(false, "")), bookmark(true, "y"), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if p.Bookmarks[at.Block] != "y" {
				t.Error(p.Bookmarks)
			}
		}},
		"position: that of each device, the newest first": {position("1"), position("2"), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if len(p.Positions) != 2 || p.Positions[0].Inner != "2" {
				t.Errorf("%+v", p.Positions)
			}
		}},
		"enrolment: the latest decision": {enrol("verified"), both(enrol("audit"), leave), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if p.Enrolment == nil || p.Enrolment.Active || p.Enrolment.Mode != "audit" {
				t.Errorf("%+v", p.Enrolment)
			}
		}},
		"cohort: one in a course, the latest": {cohort("A"), cohort("B"), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if p.Cohort != "B" {
				t.Error(p.Cohort)
			}
		}},
		"experiment: the first, since it was seen": {group(1), group(2), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if p.Groups[100] != 1 {
				t.Error(p.Groups)
			}
		}},
		"experiment: what took the place of a group that was lost stands before all assignments, the latest of it": {
			both(group(1), regroup(1, 3)), both(group(2), regroup(2, 4), regroup(4, 5)), func(t *testing.T, _ *learner.DB, p *learner.Page) {
				if p.Groups[100] != 5 {
					t.Error(p.Groups)
				}
			}},
		"experiment: what took the place of a group that was lost stands also before what was assigned elsewhere later": {
			both(group(1), regroup(1, 3)), group(2), func(t *testing.T, _ *learner.DB, p *learner.Page) {
				if p.Groups[100] != 3 {
					t.Error(p.Groups)
				}
			}},
		"role: the latest grant or revocation": {both(grant, revoke), grant, func(t *testing.T, db *learner.DB, _ *learner.Page) {
			if roles, err := db.Roles(ctx, ann); err != nil || len(roles) != 1 {
				t.Errorf("%v, %v", roles, err)
			}
		}},
		"due date: the latest decision": {due(9), due(5), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if p.Due[at.Block].Day() != 5 {
				t.Error(p.Due)
			}
		}},
		"due date of a cohort: the latest decision": {both(cohort("Red"), cohortDue(9)), both(cohort("Red"), cohortDue(5)), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if p.CohortDue[at.Block].Day() != 5 {
				t.Error(p.CohortDue)
			}
		}},
		"schedule: the latest of an upgrade and a shift": {both(enrol("audit"), begin(9)), upgrade, func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if !p.Anchor.Equal(p.Enrolment.Since) {
				t.Error(p.Anchor, p.Enrolment.Since)
			}
		}},
		"schedule: the latest": {both(enrol("audit"), begin(9)), both(enrol("audit"), begin(5)), func(t *testing.T, _ *learner.DB, p *learner.Page) {
			if p.Anchor.Day() != 5 {
				t.Error(p.Anchor)
			}
		}},
		"flag: all rules are kept, the newest is the last": {rule(flag.On), rule(1000), func(t *testing.T, db *learner.DB, _ *learner.Page) {
			rules, err := db.FlagRules(ctx)
			must(t, err)
			if len(rules) != 2 || rules[0].Share != flag.On || rules[1].Share != 1000 {
				t.Errorf("%+v", rules)
			}
		}},
		"account: two of one name are both kept, and listed": {account("Ann"), account("ANN"), func(t *testing.T, db *learner.DB, _ *learner.Page) {
			if n := problems(t, db, "name"); n != 2 {
				t.Errorf("%d are listed", n)
			}
		}},
	}
}

func TestRulesOfMerging(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		targets := []*learner.DB{open(t, uri), device(t, 0)}
		for name := range rulesOfMerging(t, learner.ID{}) {
			t.Run(name, func(t *testing.T) {
				ann, early := learner.NewID(), time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
				c := rulesOfMerging(t, ann)[name]
				var logs [][]learner.Event
				for i, do := range []func(*learner.DB) error{c.first, c.second} {
					db := device(t, 0)
					db.Now = func() time.Time { return early.Add(time.Duration(i) * time.Hour) }
					must(t, do(db))
					logs = append(logs, slices.Concat(everything(t, db, ann)...))
				}
				for i, db := range targets { // one of them hears of the second device first
					for j := range logs {
						report, err := db.Merge(t.Context(), logs[(i+j+1)%2])
						must(t, err)
						if report.Missing+report.Bad+len(report.Quarantine) > 0 {
							t.Fatalf("%+v", report)
						}
					}
					c.check(t, db, page(t, db, ann))
				}
			})
		}
	})
}

// everything gives all that a database itself has written, a part for each stream. The account Ann is found by its name.
func everything(t *testing.T, db *learner.DB, learners ...learner.ID) [][]learner.Event {
	t.Helper()
	if u, err := db.FindUser(t.Context(), "Ann"); err == nil {
		learners = append(learners, u.ID)
	}
	return logsOf(t, db, learners)
}

// Two teachers who overrode a grade apart are listed until one has seen both and decides.
func TestConcurrentOverridesAreListedUntilSomebodyHasSeenBoth(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		hub, one, two, ann := open(t, uri), device(t, 0), device(t, time.Minute), learner.NewID()
		at := learner.Target{Learner: ann, Course: demo, Block: key.BlockID{Type: "sequential", Name: "s"}}
		set := func(db *learner.DB, earned float64) {
			t.Helper()
			must(t, db.Override(t.Context(), at, learner.OverridePayload{EarnedAll: &earned, PossibleAll: &earned}))
		}
		sync := func(from, to *learner.DB) {
			t.Helper()
			_, err := to.Merge(t.Context(), logOf(t, from, ann, "Org"))
			must(t, err)
		}
		check := func(what string, want int) {
			t.Helper()
			list, err := hub.Problems(t.Context())
			must(t, err)
			if len(list) != want {
				t.Errorf("%s: %+v", what, list)
			}
		}
		set(one, 1)
		sync(one, hub)
		check("one teacher", 0)
		set(one, 2)
		sync(one, two)
		sync(one, hub)
		set(two, 3)
		sync(two, hub)
		check("one after the other", 0)
		set(one, 4) // does not know of 3
		sync(one, hub)
		check("apart", 2)
		set(hub, 5)
		check("whoever has seen both decides", 0)
		_, err := hub.Rebuild(t.Context(), nil)
		must(t, err)
		check("also after a rebuild", 0)
	})
}
