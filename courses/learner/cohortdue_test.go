package learner_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

var may = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// cohorts makes cohorts of the demo course, each with one learner, who comes back in their order.
func cohorts(t *testing.T, db *learner.DB, names ...string) (users []learner.ID) {
	t.Helper()
	for _, name := range names {
		must(t, db.CreateCohort(t.Context(), learner.ID{}, demo, learner.CohortPayload{Name: name, Assignment: "manual"}))
		user := learner.NewID()
		_, err := db.Enrol(t.Context(), learner.Enrolment{Target: problem(user)})
		must(t, err)
		_, err = db.AssignCohort(t.Context(), problem(user), name)
		must(t, err)
		users = append(users, user)
	}
	return users
}

func TestDatesOfCohorts(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx := open(t, uri), t.Context()
		red := learner.CohortTarget{Course: demo, Cohort: "Red", Block: problem(learner.ID{}).Block, Actor: learner.NewID()}
		green, nowhere, whole := red, red, red
		green.Cohort, nowhere.Course, whole.Block = "Green", key.Course{}, key.BlockID{}
		extend := func(at learner.CohortTarget, to time.Time, force bool) func() (bool, error) {
			return func() (bool, error) {
				return always(db.ExtendCohort(ctx, at, learner.Extension{Due: to, Was: may, Reason: "the network was down", Force: force}))
			}
		}
		run(t, []step{{"a course without cohorts", extend(red, may.AddDate(0, 0, 7), false), "no other"}})
		users := cohorts(t, db, "Red", "Blue")
		run(t, []step{
			{"a cohort that there is not", extend(green, may.AddDate(0, 0, 7), false), `no cohort "Green", only Blue, Red`},
			{"no course", extend(nowhere, may.AddDate(0, 0, 7), false), "no course is named"},
			{"no block", extend(whole, may.AddDate(0, 0, 7), false), "needs a cohort and a block"},
			{"no date", extend(red, time.Time{}, false), "needs a date"},
			{"a date that is not later than the one for all", extend(red, may, false), "later"},
			{"a later one", extend(red, may.AddDate(0, 0, 7), false), "changed"},
			{"one between the two", extend(red, may.AddDate(0, 0, 3), false), "due on 2026-05-08T00:00:00Z already"},
			{"one between the two that is forced", extend(red, may.AddDate(0, 0, 3), true), "changed"},
		})
		want := []learner.CohortExtension{{Cohort: "Red", Block: red.Block, Due: may.AddDate(0, 0, 3), Reason: "the network was down"}}
		list, err := db.CohortExtensions(ctx, demo)
		must(t, err)
		if diff := gocmp.Diff(want, list); diff != "" {
			t.Error(diff)
		}
		facts, err := db.Facts(ctx, demo, users, false, false)
		must(t, err)
		access, err := db.Access(ctx, demo, users, learner.AccessQuery{})
		must(t, err)
		for i, want := range []time.Time{may.AddDate(0, 0, 3), {}} {
			past, err := db.FactsAsOf(ctx, users[i], demo, learner.MakeHLC(time.Now().Add(time.Hour).UnixMilli(), 0))
			must(t, err)
			for read, p := range map[string]*learner.Page{"page": page(t, db, users[i]), "facts": facts[users[i]].Page, "access": access[users[i]].Page, "the past": past.Page} {
				if got := p.CohortDue[red.Block]; !got.Equal(want) {
					t.Errorf("learner %d, %s: %v, want %v", i, read, got, want)
				}
			}
		}
		run(t, []step{
			{"it is taken back", func() (bool, error) { return db.UnextendCohort(ctx, red, "") }, "changed"},
			{"once", func() (bool, error) { return db.UnextendCohort(ctx, red, "") }, ""},
			{"where there is none", func() (bool, error) { return db.UnextendCohort(ctx, green, "") }, ""},
		})
		if p := page(t, db, users[0]); len(p.CohortDue) != 0 {
			t.Error(p.CohortDue)
		}
		before := dump(t, uri)
		_, err = db.Rebuild(ctx, nil)
		must(t, err)
		if diff := gocmp.Diff(before, dump(t, uri)); diff != "" {
			t.Errorf("(-before +rebuilt):\n%s", diff)
		}
		stray := learner.NewEvent{Stream: learner.Stream{Learner: users[0], Org: "Org", Kind: learner.StateStream}, Kind: learner.KindCohortDue, Course: demo, Block: red.Block}
		stray.Payload, _ = json.Marshal(learner.CohortDuePayload{Cohort: "Red"})
		if _, err := db.Append(ctx, stray); err == nil || !strings.Contains(err.Error(), "without a learner") {
			t.Errorf("in the stream of a learner: %v", err)
		}
	})
}

// Whoever is, or comes, under a date of a cohort is graded anew, and nobody else.
func TestADateOfACohortIsGradedForThoseInIt(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx := open(t, uri), t.Context()
		users := cohorts(t, db, "Red", "Blue")
		names := map[learner.ID]string{users[0]: "red", users[1]: "blue"}
		at := learner.CohortTarget{Course: demo, Cohort: "Red", Block: problem(learner.ID{}).Block}
		grade := func() (seen map[string]map[key.BlockID]learner.What) {
			seen = make(map[string]map[key.BlockID]learner.What)
			for {
				n, _, err := db.GradeDue(ctx, demo, learner.Grader{Limit: 10, Grade: func(f *learner.GradeFacts) learner.GradeResult {
					seen[names[f.Learner]] = f.Marks
					return learner.GradeResult{}
				}})
				must(t, err)
				if n == 0 {
					return seen
				}
			}
		}
		grade()
		whole := map[key.BlockID]learner.What{{}: learner.DueSubsections}
		block := map[key.BlockID]learner.What{at.Block: learner.DueSubsections}
		other := at
		other.Block.Name = "p2"
		both := map[key.BlockID]learner.What{at.Block: learner.DueSubsections, other.Block: learner.DueSubsections}
		for _, c := range []struct {
			name string
			do   func() error
			want map[string]map[key.BlockID]learner.What
		}{
			{"a date", func() error { return db.ExtendCohort(ctx, at, learner.Extension{Due: may}) }, map[string]map[key.BlockID]learner.What{"red": block}},
			{"it is taken back", func() error { _, err := db.UnextendCohort(ctx, at, ""); return err }, map[string]map[key.BlockID]learner.What{"red": block}},
			{"dates of two blocks", func() error {
				return errors.Join(db.ExtendCohort(ctx, at, learner.Extension{Due: may}), db.ExtendCohort(ctx, other, learner.Extension{Due: may}))
			}, map[string]map[key.BlockID]learner.What{"red": both}},
			{"somebody joins", func() error { _, err := db.AssignCohort(ctx, problem(users[1]), "Red"); return err }, map[string]map[key.BlockID]learner.What{"blue": whole}},
			{"somebody leaves", func() error { _, err := db.AssignCohort(ctx, problem(users[0]), ""); return err }, map[string]map[key.BlockID]learner.What{"red": whole}},
			{"nothing", func() error { return nil }, map[string]map[key.BlockID]learner.What{}},
		} {
			must(t, c.do())
			facts, err := db.Facts(ctx, demo, users, false, false)
			must(t, err)
			for user, name := range names {
				if _, due := c.want[name]; due && !facts[user].Pending() {
					t.Errorf("%s: nothing is due for %s", c.name, name)
				}
			}
			if diff := gocmp.Diff(c.want, grade()); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
	})
}
