package learner_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// step is an operation on a database with what it must do: change something, change nothing, or fail with a word in its message.
type step struct {
	name string
	do   func() (bool, error)
	want string // "changed", "" for nothing, else part of the message
}

func run(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		changed, err := s.do()
		switch {
		case s.want == "changed" || s.want == "":
			if err != nil || changed != (s.want == "changed") {
				t.Errorf("%s: changed %v, %v", s.name, changed, err)
			}
		case err == nil || changed || !strings.Contains(err.Error(), s.want):
			t.Errorf("%s: changed %v, %v, want an error with %q", s.name, changed, err, s.want)
		}
	}
}

func problem(user learner.ID) learner.Target {
	return learner.Target{Learner: user, Course: demo, Block: key.BlockID{Type: "problem", Name: "p1"}}
}

// always is an operation that reports an error alone.
func always(err error) (bool, error) { return err == nil, err }

func TestEnrolment(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann := open(t, uri), t.Context(), learner.NewID()
		as := func(mode string) learner.Enrolment {
			return learner.Enrolment{Target: learner.Target{Learner: ann, Course: demo}, Mode: mode, Source: "staff"}
		}
		run(t, []step{
			{"who is not enrolled cannot be unenrolled", func() (bool, error) { return db.Unenrol(ctx, as("")) }, ""},
			{"who is not enrolled has no mode to change", func() (bool, error) { return db.ChangeMode(ctx, as("verified")) }, "enrol instead"},
			{"nobody is enrolled without an id", func() (bool, error) { return db.Enrol(ctx, learner.Enrolment{Target: learner.Target{Course: demo}}) }, "no learner"},
			{"a course is needed", func() (bool, error) { return db.Enrol(ctx, learner.Enrolment{Target: learner.Target{Learner: ann}}) }, "no course"},
			{"a learner is enrolled", func() (bool, error) { return db.Enrol(ctx, as("verified")) }, "changed"},
			{"who is enrolled stays as is", func() (bool, error) { return db.Enrol(ctx, as("verified")) }, ""},
			{"enrolling does not change the mode", func() (bool, error) { return db.Enrol(ctx, as("audit")) }, "change the mode"},
			{"a mode is changed", func() (bool, error) { return db.ChangeMode(ctx, as("honor")) }, "changed"},
			{"the same mode is no change", func() (bool, error) { return db.ChangeMode(ctx, as("honor")) }, ""},
			{"a learner leaves", func() (bool, error) { return db.Unenrol(ctx, as("")) }, "changed"},
		})
		if e := page(t, db, ann).Enrolment; e == nil || e.Active || e.Mode != "honor" {
			t.Errorf("who left is %+v: the mode stays on record", e)
		}
		run(t, []step{{"who comes back has the mode that is asked for", func() (bool, error) { return db.Enrol(ctx, as("audit")) }, "changed"}})
		if e := page(t, db, ann).Enrolment; e == nil || !e.Active || e.Mode != "audit" {
			t.Errorf("who came back is %+v", e)
		}
		history, err := db.EnrolmentHistory(ctx, ann, demo)
		must(t, err)
		got := ""
		for _, h := range history {
			got += fmt.Sprint(" ", h.Active, " ", h.Mode)
		}
		if got != " true verified true honor false honor true audit" {
			t.Errorf("history:%s", got)
		}
	})
}

func TestEnrolAll(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		var list []learner.Line
		for range 600 {
			list = append(list, learner.Line{Enrolment: learner.Enrolment{Target: learner.Target{Learner: learner.NewID(), Course: demo}}})
		}
		list[7] = learner.Line{Enrolment: learner.Enrolment{Target: learner.Target{Course: demo}}}
		list[8] = list[6]
		list[9] = list[6]
		list[9].Mode = "verified"
		results, err := db.EnrolAll(t.Context(), list)
		must(t, err)
		for i, r := range results {
			if wantErr := i == 7 || i == 9; r.Changed != (!wantErr && i != 8) || (r.Err != nil) != wantErr {
				t.Errorf("row %d: %+v", i, r)
			}
		}
		counts, err := db.EnrolmentCounts(t.Context(), demo)
		must(t, err)
		if len(counts) != 1 || counts[0] != (learner.EnrolmentCount{Mode: "audit", Active: 597}) {
			t.Errorf("%+v", counts)
		}
	})
}

func TestUsersAndRoles(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx := open(t, uri), t.Context()
		ann, err := db.AddUser(ctx, "Ann", "ann@example.org")
		must(t, err)
		if _, err := db.AddUser(ctx, " aNN ", ""); err == nil || !strings.Contains(err.Error(), `"Ann"`) {
			t.Errorf("a name that differs in case: %v", err)
		}
		if _, err := db.AddUser(ctx, " ", ""); err == nil {
			t.Error("an empty name")
		}
		if u, err := db.FindUser(ctx, "ANN"); err != nil || u != ann {
			t.Errorf("%+v, %v", u, err)
		}
		if _, err := db.FindUser(ctx, "Bob"); !errors.Is(err, learner.ErrNoUser) {
			t.Error(err)
		}
		if all, err := db.UsersOf(ctx, []learner.ID{learner.NewID(), ann.ID}); err != nil || len(all) != 1 || all[ann.ID] != ann {
			t.Errorf("by ids: %+v, %v", all, err)
		}
		var group sync.WaitGroup
		made := make(chan learner.User, 20)
		for range 20 {
			group.Go(func() {
				if u, err := db.AddUser(ctx, "Cem", ""); err == nil {
					made <- u
				}
			})
		}
		group.Wait()
		if len(made) != 1 {
			t.Errorf("%d accounts have one name", len(made))
		}
		run(t, []step{
			{"a role is granted", func() (bool, error) { return db.Grant(ctx, learner.ID{}, ann.ID, "staff", demo.String()) }, "changed"},
			{"twice is once", func() (bool, error) { return db.Grant(ctx, learner.ID{}, ann.ID, "staff", demo.String()) }, ""},
			{"in an organisation", func() (bool, error) { return db.Grant(ctx, learner.ID{}, ann.ID, "staff", "org:Org") }, "changed"},
			{"everywhere", func() (bool, error) { return db.Grant(ctx, learner.ID{}, ann.ID, "admin", "") }, "changed"},
			{"in something unknown", func() (bool, error) { return db.Grant(ctx, learner.ID{}, ann.ID, "staff", "somewhere") }, "org:NAME"},
			{"what was not granted is not revoked", func() (bool, error) { return db.Revoke(ctx, learner.ID{}, ann.ID, "beta", "") }, ""},
			{"a role is revoked", func() (bool, error) { return db.Revoke(ctx, learner.ID{}, ann.ID, "admin", "") }, "changed"},
		})
		roles, err := db.Roles(ctx, ann.ID)
		must(t, err)
		if len(roles) != 2 || roles[0] != (learner.Role{Role: "staff", Scope: demo.String()}) {
			t.Errorf("%+v", roles)
		}
	})
}

func TestCohortsGroupsAndDates(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann := open(t, uri), t.Context(), learner.NewID()
		at, day := problem(ann), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		create := func(name string) (bool, error) {
			return always(db.CreateCohort(ctx, learner.ID{}, demo, learner.CohortPayload{Name: name, Assignment: "manual"}))
		}
		extend := func(to time.Time, force bool) (bool, error) {
			return always(db.Extend(ctx, at, learner.Extension{Due: to, Was: day, Force: force}))
		}
		_, err := db.Enrol(ctx, learner.Enrolment{Target: at})
		must(t, err)
		run(t, []step{
			{"a course without cohorts", func() (bool, error) { return db.AssignCohort(ctx, at, "A") }, "no other"},
			{"a cohort", func() (bool, error) { return create("A") }, "changed"},
			{"a cohort that is there", func() (bool, error) { return create("A") }, "already"},
			{"another cohort", func() (bool, error) { return create("B") }, "changed"},
			{"an unknown cohort", func() (bool, error) { return db.AssignCohort(ctx, at, "C") }, "only A, B"},
			{"into a cohort", func() (bool, error) { return db.AssignCohort(ctx, at, "A") }, "changed"},
			{"into it again", func() (bool, error) { return db.AssignCohort(ctx, at, "A") }, ""},
			{"into another", func() (bool, error) { return db.AssignCohort(ctx, at, "B") }, "changed"},
			{"an extension that is not later than the date for all", func() (bool, error) { return extend(day, false) }, "later"},
			{"an extension", func() (bool, error) { return extend(day.Add(48*time.Hour), false) }, "changed"},
			{"a shorter one", func() (bool, error) { return extend(day.Add(24*time.Hour), false) }, "later"},
			{"a shorter one that is forced", func() (bool, error) { return extend(day.Add(24*time.Hour), true) }, "changed"},
			{"a schedule", func() (bool, error) { return db.SetSchedule(ctx, at, day) }, "changed"},
			{"the same schedule", func() (bool, error) { return db.SetSchedule(ctx, at, day) }, ""},
		})
		for i, group := range []int64{2, 3} {
			if got, err := db.AssignGroup(ctx, at, 100, group); err != nil || got != 2 {
				t.Errorf("assignment %d: %d, %v, the stored one stands", i, got, err)
			}
		}
		regroup := func(lost, group, want int64, reason string) func() (bool, error) {
			return func() (bool, error) {
				got, err := db.Reassign(ctx, at, 100, lost, group, reason)
				if err == nil && got != want {
					err = fmt.Errorf("group %d, want %d", got, want)
				}
				return err == nil, err
			}
		}
		run(t, []step{
			{"a group in place of one that is not the learner's", regroup(1, 3, 2, "deleted"), "changed"},
			{"a group in place of the learner's, for no reason", regroup(2, 3, 3, ""), "reason"},
			{"a group in place of itself", regroup(2, 2, 2, "deleted"), "another"},
			{"a group in place of the learner's", regroup(2, 3, 3, "deleted"), "changed"},
			{"again", regroup(2, 3, 3, "deleted"), "changed"},
			{"the replacement was deleted, too", regroup(3, 2, 2, "deleted"), "changed"},
			{"where there is none", func() (bool, error) { _, err := db.Reassign(ctx, at, 101, 1, 2, "deleted"); return always(err) }, "assign one"},
		})
		p := page(t, db, ann)
		if p.Cohort != "B" || !p.Due[at.Block].Equal(day.Add(24*time.Hour)) || !p.Anchor.Equal(day) || p.Groups[100] != 2 {
			t.Errorf("%+v", p)
		}
		run(t, []step{
			{"the extension is taken back", func() (bool, error) { return db.Unextend(ctx, at, "") }, "changed"},
			{"once", func() (bool, error) { return db.Unextend(ctx, at, "") }, ""},
		})
		if p := page(t, db, ann); len(p.Due) != 0 {
			t.Errorf("%+v", p.Due)
		}
	})
}

func TestAnswersScoresAndFreshStarts(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann := open(t, uri), t.Context(), learner.NewID()
		at := problem(ann)
		answer := func(earned float64) learner.Result {
			t.Helper()
			r, err := db.Submit(ctx, at, learner.AttemptPayload{Earned: &earned, Possible: 4})
			must(t, err)
			return r
		}
		check := func(what string, attempts int64, earned float64) {
			t.Helper()
			s := page(t, db, ann).Scores[at.Block]
			if s.Attempts != attempts || s.Earned == nil && earned >= 0 || s.Earned != nil && *s.Earned != earned {
				t.Errorf("%s: %+v", what, s)
			}
		}
		if s, ok := page(t, db, ann).Scores[at.Block]; ok {
			t.Errorf("never attempted is no score: %+v", s)
		}
		answer(0)
		check("zero is a score", 1, 0)
		if r := answer(3); r.Attempts != 2 || *r.Earned != 3 {
			t.Errorf("%+v", r)
		}
		changed, err := db.Reset(ctx, at)
		must(t, err)
		check("after a reset the score stays", 0, 3)
		if again, err := db.Reset(ctx, at); err != nil || again || !changed {
			t.Errorf("reset %v, again %v, %v", changed, again, err)
		}
		must(t, db.SetScore(ctx, at, 4, 4, "kind"))
		check("staff sets a score", 0, 4)
		answer(1)
		check("the score of staff stands", 1, 4)
		cleared, err := db.ClearScore(ctx, at, "")
		must(t, err)
		check("and is taken back", 1, 1)
		if again, err := db.ClearScore(ctx, at, ""); err != nil || again || !cleared {
			t.Errorf("cleared %v, again %v, %v", cleared, again, err)
		}
		_, err = db.Complete(ctx, at, 1)
		must(t, err)
		must(t, db.DeleteState(ctx, at))
		check("after a fresh start there is no score", 0, -1)
		if c := page(t, db, ann).Completion[at.Block]; c != 0 {
			t.Errorf("completion %v after a fresh start", c)
		}
		if r := answer(2); r.Attempts != 1 || r.Epoch != 1 {
			t.Errorf("%+v", r)
		}
		if _, err := db.Submit(ctx, at, learner.AttemptPayload{Possible: -1}); err == nil {
			t.Error("points below 0 are refused")
		}
		two := 2.0
		must(t, db.Override(ctx, at, learner.OverridePayload{EarnedAll: &two, PossibleAll: &two}))
		if o := page(t, db, ann).Overrides[at.Block]; o.EarnedAll == nil || *o.EarnedAll != 2 {
			t.Errorf("%+v", o)
		}
		if err := db.Override(ctx, at, learner.OverridePayload{}); err == nil {
			t.Error("an override without points")
		}
		_, err = db.ClearOverride(ctx, at, "")
		must(t, err)
		if len(page(t, db, ann).Overrides) != 0 {
			t.Error("an override is taken back")
		}
	})
}

func TestStateIsNeverLost(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann := open(t, uri), t.Context(), learner.NewID()
		at := problem(ann)
		rev, err := db.PutState(ctx, at, 0, map[string]any{"a": 1})
		must(t, err)
		var stale *learner.StaleError
		if _, err := db.PutState(ctx, at, 0, map[string]any{"a": 2}); !errors.As(err, &stale) || stale.Have != rev {
			t.Errorf("a stale revision: %v", err)
		}
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				if _, err := db.PutState(ctx, at, learner.AnyRev, map[string]any{fmt.Sprint("f", i): i}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		s := page(t, db, ann).State[at.Block]
		if len(s.Fields) != 21 || s.Rev != 21 {
			t.Errorf("%d fields, revision %d", len(s.Fields), s.Rev)
		}
		if _, err := db.PutState(ctx, at, learner.AnyRev, nil); err == nil {
			t.Error("no fields")
		}
	})
}

func TestPositionsAndBookmarks(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann := open(t, uri), t.Context(), learner.NewID()
		now := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
		db.Now = func() time.Time { return now }
		at := problem(ann)
		move := func(after time.Duration, inner string) func() (bool, error) {
			return func() (bool, error) { now = now.Add(after); return db.SetPosition(ctx, at, inner) }
		}
		run(t, []step{
			{"a position", move(0, "1"), "changed"},
			{"another at once", move(time.Second, "2"), ""},
			{"ten seconds after the first", move(9*time.Second, "3"), "changed"},
			{"what is not there is not removed", func() (bool, error) { return db.Bookmark(ctx, at, false, "") }, ""},
			{"a bookmark", func() (bool, error) { return db.Bookmark(ctx, at, true, "here") }, "changed"},
			{"the same", func() (bool, error) { return db.Bookmark(ctx, at, true, "here") }, ""},
			{"completion", func() (bool, error) { return db.Complete(ctx, at, 0.5) }, "changed"},
			{"less completion", func() (bool, error) { return db.Complete(ctx, at, 0.25) }, ""},
			{"too much completion", func() (bool, error) { return db.Complete(ctx, at, 1.5) }, "0 to 1"},
		})
		p := page(t, db, ann)
		if len(p.Positions) != 1 || p.Positions[0].Inner != "3" || p.Bookmarks[at.Block] != "here" || p.Completion[at.Block] != 0.5 {
			t.Errorf("%+v", p)
		}
	})
}

func page(t *testing.T, db *learner.DB, user learner.ID) *learner.Page {
	t.Helper()
	p, err := db.Page(t.Context(), user, demo)
	must(t, err)
	return p
}

// Two programs on one server write about the same learners at the same time: no number is given twice, none is left out, and nobody waits for ever.
func TestTwoProgramsOnOneServer(t *testing.T) {
	uri := learnertest.Postgres(t)
	programs := []*learner.DB{open(t, uri), open(t, uri)}
	learners := []learner.ID{learner.NewID(), learner.NewID(), learner.NewID(), learner.NewID()}
	const each = 40
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range each {
				at := problem(learners[(i+n)%len(learners)])
				at.Block.Name = fmt.Sprint("p", n)
				earned := 1.0
				if _, err := programs[i%2].Submit(t.Context(), at, learner.AttemptPayload{Earned: &earned, Possible: 1}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	total := 0
	for _, l := range learners {
		events, err := programs[0].Log(t.Context(), learner.Stream{Learner: l, Org: "Org", Kind: learner.StateStream}, programs[0].Device(), 1, 1000)
		must(t, err)
		total += len(events)
		for i, e := range events {
			if e.Seq != uint64(i+1) || i > 0 && (e.Prev != events[i-1].Hash || e.HLC <= events[i-1].HLC) {
				t.Fatalf("event %d has number %d, clock %d", i, e.Seq, e.HLC)
			}
		}
	}
	if total != 8*each {
		t.Errorf("%d events, want %d", total, 8*each)
	}
	before := dump(t, uri)
	_, err := programs[1].Rebuild(t.Context(), nil)
	must(t, err)
	if after := dump(t, uri); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Error("a rebuild gives other rows")
	}
}

// An answer whose due date is known is judged when it is received, and its score keeps the judgement of the attempt that the points come from.
func TestAnswersAreJudgedByTheirDueDate(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, now := open(t, uri), time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		db.Now = func() time.Time { return now }
		type attempt struct {
			earned float64
			late   time.Duration // after the due date; below 0 is in time
			judged bool
		}
		type timing struct {
			late     time.Duration
			evidence grading.Evidence
		}
		inTime, late, open := attempt{1, -time.Minute, true}, attempt{3, time.Minute, true}, attempt{2, 0, false}
		received, minute, none := timing{0, grading.Received}, timing{time.Minute, grading.Claimed}, timing{}
		for name, c := range map[string]struct {
			method   grading.GradingMethod
			attempts []attempt
			want     timing
		}{
			"in time":                            {"", []attempt{inTime}, received},
			"to the millisecond":                 {"", []attempt{{1, 0, true}}, received},
			"late":                               {"", []attempt{late}, minute},
			"nobody judges":                      {"", []attempt{open}, none},
			"the last counts":                    {grading.LastScore, []attempt{inTime, late}, minute},
			"the last counts, and is not judged": {grading.LastScore, []attempt{late, open}, none},
			"the first counts":                   {grading.FirstScore, []attempt{inTime, late}, received},
			"the highest counts":                 {grading.HighestScore, []attempt{inTime, late, open}, minute},
			"an average comes from the last":     {grading.AverageScore, []attempt{late, inTime}, received},
		} {
			ann := learner.NewID()
			at := problem(ann)
			for _, a := range c.attempts {
				answer := learner.AttemptPayload{Earned: &a.earned, Possible: 4, Method: c.method}
				if due := now.Add(-a.late).UnixMilli(); a.judged {
					answer.Due = &due
				}
				_, err := db.Submit(t.Context(), at, answer)
				must(t, err)
			}
			check := func(what string, s learner.Score, want timing) {
				if got := (timing{s.LateBy, s.Evidence}); got != want {
					t.Errorf("%s, %s: %+v, want %+v", name, what, got, want)
				}
			}
			check("the page", page(t, db, ann).Scores[at.Block], c.want)
			past, err := db.FactsAsOf(t.Context(), ann, demo, learner.MakeHLC(now.Add(time.Hour).UnixMilli(), 0))
			must(t, err)
			check("the past", past.Scores[at.Block], c.want)
			must(t, db.SetScore(t.Context(), at, 4, 4, "well done"))
			check("set by staff", page(t, db, ann).Scores[at.Block], none)
		}
		early := int64(-1)
		for _, wrong := range []learner.AttemptPayload{{Possible: 1, Late: &early, Evidence: grading.Claimed}, {Possible: 1, Evidence: grading.Received}, {Possible: 1, Evidence: 6}} {
			n := learner.NewEvent{Stream: learner.Stream{Learner: learner.NewID(), Org: "Org", Kind: learner.StateStream}, Course: demo, Kind: learner.KindAttempt}
			var err error
			n.Payload, err = json.Marshal(wrong)
			must(t, err)
			if _, err := db.Append(t.Context(), n); err == nil || !strings.Contains(err.Error(), "lateness") {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
	})
}

func TestAnAnswerIsRefusedByWhatStandsWhenItIsItsTurn(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann := open(t, uri), t.Context(), learner.NewID()
		at, full, used := problem(ann), 1.0, errors.New("all attempts are used")
		once := learner.Submission{AttemptPayload: learner.AttemptPayload{Earned: &full, Possible: 1, Limit: 2}, Done: 1, May: func(so learner.Tries) error {
			switch {
			case so.Attempts >= 2:
				return used
			case so.Attempts == 1 && (so.Last.IsZero() || so.Earned == nil || *so.Earned != 1):
				t.Errorf("the second answer is told of %+v", so)
			}
			return nil
		}}
		var all sync.WaitGroup
		var taken, refused atomic.Int64
		for range 8 {
			all.Go(func() {
				switch _, err := db.Answer(ctx, at, once); {
				case err == nil:
					taken.Add(1)
				case errors.Is(err, used):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		p := page(t, db, ann)
		if s := p.Scores[at.Block]; taken.Load() != 2 || refused.Load() != 6 || s.Attempts != 2 || s.OverLimit != 0 {
			t.Errorf("%d answers were taken and %d refused, and stored is %+v", taken.Load(), refused.Load(), s)
		}
		if p.Completion[at.Block] != 1 {
			t.Error("who has answered is done with the block")
		}
		log, err := db.Log(ctx, learner.Stream{Learner: ann, Org: demo.Org, Kind: learner.StateStream}, db.Device(), 1, 100)
		must(t, err)
		if len(log) != 3 {
			t.Errorf("the log has %d events, not two answers and one completion", len(log))
		}
		must(t, db.DeleteState(ctx, at))
		if _, err := db.Answer(ctx, at, once); err != nil {
			t.Errorf("after a fresh start: %v", err)
		}
		if p := page(t, db, ann); p.Completion[at.Block] != 1 || p.Scores[at.Block].Attempts != 1 {
			t.Errorf("after a fresh start: %+v", p)
		}
	})
}
