package learner_test

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// Invariant: what is read of many courses at once is what is read of each.
func TestAccessInManyCoursesIsAccessInEach(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ann, bob := open(t, uri), learner.NewID(), learner.NewID()
		ask := map[key.Course]learner.AccessQuery{{Org: "Org", Code: "Nobody", Run: "R"}: {Done: true, Passed: true}}
		for i := range 3 {
			course := key.Course{Org: "Org", Code: fmt.Sprint("C", i), Run: "R"}
			ask[course] = learner.AccessQuery{Done: i > 0, Passed: i > 1}
			must(t, db.CreateCohort(t.Context(), learner.ID{}, course, learner.CohortPayload{Name: "Red", Assignment: "manual", Partition: 100, Group: int64(i)}))
			for _, user := range []learner.ID{ann, bob} {
				at := learner.Target{Learner: user, Course: course}
				_, err := db.Enrol(t.Context(), learner.Enrolment{Target: at})
				must(t, err)
				_, err = db.AssignCohort(t.Context(), at, "Red")
				must(t, err)
				_, err = db.Grant(t.Context(), learner.ID{}, user, "beta_testers", course.String())
				must(t, err)
				at.Block = key.BlockID{Type: "problem", Name: fmt.Sprint("p", i)}
				must(t, db.Extend(t.Context(), at, learner.Extension{Due: time.Date(2030, 1, 1+i, 0, 0, 0, 0, time.UTC)}))
				one := 1.0
				_, err = db.Submit(t.Context(), at, learner.AttemptPayload{Earned: &one, Possible: 2})
				must(t, err)
			}
		}
		for _, user := range []learner.ID{ann, learner.NewID()} {
			got, err := db.AccessIn(t.Context(), user, ask)
			must(t, err)
			if len(got) != len(ask) {
				t.Fatalf("%d courses, want %d", len(got), len(ask))
			}
			for course, query := range ask {
				want, err := db.Access(t.Context(), course, []learner.ID{user}, query)
				must(t, err)
				if diff := gocmp.Diff(want[user], got[course]); diff != "" {
					t.Errorf("%s (-alone +among others):\n%s", course, diff)
				}
			}
		}
	})
}
