package learner_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses/flag"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

func open(t testing.TB, uri string) *learner.DB {
	t.Helper()
	db, err := learner.Open(context.Background(), uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var demo = key.Course{Org: "Org", Code: "Code", Run: "Run"}

// happening makes a random event of one of a few learners.
func happening(random *rand.Rand, learners []learner.ID) learner.NewEvent {
	n := learner.NewEvent{
		Stream: learner.Stream{Learner: learners[random.IntN(len(learners))], Org: "Org", Kind: learner.StateStream},
		Course: demo, Block: key.BlockID{Type: "problem", Name: fmt.Sprint("p", random.IntN(3))}, Epoch: int64(random.IntN(3)),
	}
	earned := float64(random.IntN(4))
	var payload any
	switch random.IntN(26) {
	case 0:
		n.Kind, payload = learner.KindEnrolment, learner.EnrolmentPayload{Active: random.IntN(2) == 0, Mode: []string{"audit", "verified"}[random.IntN(2)]}
	case 1, 2, 3:
		methods := []grading.GradingMethod{"", grading.FirstScore, grading.HighestScore, grading.AverageScore}
		a := learner.AttemptPayload{Possible: 4, Method: methods[random.IntN(4)], Limit: random.IntN(3), Strict: random.IntN(2) == 0}
		if random.IntN(5) > 0 {
			a.Earned = &earned
		}
		if late := int64(random.IntN(2) * 1000); random.IntN(2) == 0 {
			a.Due, a.Late, a.Evidence = &late, &late, grading.Evidence(1+random.IntN(5))
		}
		n.Kind, payload = learner.KindAttempt, a
	case 4:
		n.Kind, payload = learner.KindState, learner.StatePayload{Fields: map[string]any{fmt.Sprint("f", random.IntN(3)): random.IntN(9)}}
	case 5:
		n.Kind, payload = learner.KindCompletion, learner.CompletionPayload{Value: float64(random.IntN(5)) / 4}
	case 6:
		n.Kind, payload = learner.KindBookmark, learner.BookmarkPayload{Present: random.IntN(2) == 0}
	case 7:
		n.Kind, payload = learner.KindStaffScore, learner.StaffScorePayload{Earned: &earned, Possible: 4}
	case 8:
		g := learner.GroupPayload{Partition: 100, Group: int64(random.IntN(3))}
		if lost := int64(9); random.IntN(3) == 0 {
			g.Lost, g.Reason = &lost, "the group was deleted"
		}
		n.Kind, payload = learner.KindGroup, g
	case 9:
		n.Kind, n.Epoch, payload = learner.KindDelete, 1+n.Epoch, struct{}{}
	case 10:
		n.Kind, payload = learner.KindAccount, learner.AccountPayload{Name: fmt.Sprint("Name ", random.IntN(3))}
	case 11:
		n.Kind, payload = learner.KindRole, learner.RolePayload{Role: "staff", Scope: []string{"", demo.String()}[random.IntN(2)], Granted: random.IntN(2) == 0}
	case 12:
		n.Kind, payload = learner.KindReset, struct{}{}
	case 13:
		n.Kind, payload = learner.KindPosition, learner.PositionPayload{Inner: fmt.Sprint(random.IntN(9))}
	case 14:
		n.Stream.Learner, n.Kind = learner.ID{}, learner.KindCohort
		payload = learner.CohortPayload{Name: fmt.Sprint("C", random.IntN(2)), Assignment: "random", Partition: 100, Group: int64(random.IntN(3))}
	case 15:
		n.Kind, payload = learner.KindMember, learner.MemberPayload{Cohort: fmt.Sprint("C", random.IntN(2))}
	case 16:
		due := random.Int64N(1000)
		n.Kind, n.Actor, payload = learner.KindDue, learners[0], learner.DuePayload{Due: []*int64{nil, &due}[random.IntN(2)]}
	case 17:
		n.Kind, payload = learner.KindSchedule, learner.SchedulePayload{Start: random.Int64N(1000)}
	case 18:
		n.Kind, n.Actor, payload = learner.KindOverride, learners[1], learner.OverridePayload{EarnedAll: &earned, PossibleAll: &earned}
	case 19:
		n.Kind, payload = learner.KindExamStart, learner.ExamStartPayload{Allowed: random.Int64N(1000)}
	case 20:
		n.Kind, payload = learner.KindExamSubmit, struct{}{}
	case 21:
		n.Kind, n.Epoch, payload = learner.KindExamReset, 1+n.Epoch, learner.ExamResetPayload{Reason: "ill"}
	case 22:
		n.Kind, n.Actor, payload = learner.KindAllowance, learners[1], learner.AllowancePayload{Percent: random.Int64N(100)}
		if random.IntN(2) == 0 {
			n.Block = key.BlockID{}
		}
	case 23:
		f := learner.FlagPayload{Flag: "f", Scope: flag.Org, Key: "Org", Share: flag.Share(random.IntN(4) - 1)}
		if n.Course, n.Block = (key.Course{}), (key.BlockID{}); random.IntN(2) == 0 {
			f.Scope, f.Key, n.Stream.Org = flag.User, "", ""
		} else {
			n.Stream.Learner = learner.ID{}
		}
		n.Kind, n.Actor, payload = learner.KindFlag, learners[0], f
	case 24:
		n.Kind, payload = learner.KindGate, struct{}{}
	case 25:
		due := random.Int64N(1000)
		n.Stream.Learner, n.Kind, n.Actor = learner.ID{}, learner.KindCohortDue, learners[0]
		payload = learner.CohortDuePayload{Cohort: fmt.Sprint("C", random.IntN(2)), DuePayload: learner.DuePayload{Due: []*int64{nil, &due}[random.IntN(2)]}}
	}
	n.Payload, _ = json.Marshal(payload)
	return n
}

// dump lists all rows of the projections, with learners, blocks and devices by their names.
func dump(t *testing.T, uri string) (lines []string) {
	t.Helper()
	driver := "pgx"
	if !strings.HasPrefix(uri, "postgres:") {
		driver = "sqlite"
	}
	db, err := sql.Open(driver, uri)
	must(t, err)
	defer db.Close()
	names := make(map[string]map[string]string)
	for column, query := range map[string]string{
		"user_ref": "SELECT user_ref, learner_id FROM ref_user", "device_ref": "SELECT device_ref, device_id FROM ref_device",
		"block_ref": "SELECT block_ref, block_name FROM ref_block", "course_ref": "SELECT course_ref, course_key FROM ref_course",
	} {
		names[column] = make(map[string]string)
		rows, err := db.Query(query)
		must(t, err)
		for rows.Next() {
			var number, name any
			must(t, rows.Scan(&number, &name))
			names[column][fmt.Sprint(number)] = shown(name)
		}
		must(t, rows.Err())
	}
	names["actor_ref"], names["staff_device"], names["submitted_device"] = names["user_ref"], names["device_ref"], names["device_ref"]
	for _, table := range learner.Projected {
		rows, err := db.Query("SELECT * FROM " + table)
		must(t, err)
		columns, err := rows.Columns()
		must(t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			must(t, rows.Scan(into...))
			line := table
			for i, v := range values {
				text := shown(v)
				if name, ok := names[columns[i]][text]; ok {
					text = name
				}
				line += " " + columns[i] + "=" + text
			}
			lines = append(lines, line)
		}
		must(t, rows.Err())
	}
	slices.Sort(lines)
	return lines
}

func shown(v any) string {
	if b, ok := v.([]byte); ok {
		if len(b) == 16 {
			return fmt.Sprintf("%x", b)
		}
		return string(b)
	}
	return fmt.Sprint(v)
}

// Events of several devices, in any order and some of them twice, come to the same rows, and those are what the log gives from the beginning.
func TestProjectionsDoNotDependOnTheOrderOfEvents(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		random := rand.New(rand.NewPCG(1, uint64(len(uri))))
		learners := []learner.ID{learner.NewID(), learner.NewID(), learner.NewID()}
		var parts [][]learner.Event // of one stream and device each
		for device := range 3 {
			db := open(t, filepath.Join(t.TempDir(), "device.db"))
			skew := time.Duration(random.Int64N(int64(20*24*time.Hour))) - 10*24*time.Hour
			start := time.Date(2026, 5, 1, 8, device, 0, 0, time.UTC).Add(skew)
			db.Now = func() time.Time { start = start.Add(time.Duration(random.IntN(3)) * time.Second); return start }
			for range 90 {
				_, err := db.Append(t.Context(), happening(random, learners))
				must(t, err)
			}
			parts = append(parts, logsOf(t, db, learners)...)
		}
		var first []string
		for round := range 3 {
			target := uri
			if round > 0 {
				target = filepath.Join(t.TempDir(), "state.db")
			}
			db := open(t, target)
			own := func() {}
			if round == 0 { // adds events of its own meanwhile, which the others get with the rest
				own = func() {
					_, err := db.Append(t.Context(), happening(random, learners))
					must(t, err)
				}
			}
			mergeShuffled(t, db, random, parts, own)
			got := dump(t, target)
			if round == 0 {
				first = got
				parts = append(parts, logsOf(t, db, learners)...)
			}
			if diff := gocmp.Diff(first, got); diff != "" {
				t.Fatalf("round %d (-first +now):\n%.3000s", round, diff)
			}
			_, err := db.Rebuild(t.Context(), nil)
			must(t, err)
			if diff := gocmp.Diff(first, dump(t, target)); diff != "" {
				t.Fatalf("round %d (-incremental +rebuilt):\n%.3000s", round, diff)
			}
		}
		if len(first) < 20 {
			t.Errorf("only %d rows", len(first))
		}
	})
}

// logsOf gives what a database has written about each learner, and as staff.
func logsOf(t *testing.T, db *learner.DB, learners []learner.ID) (parts [][]learner.Event) {
	t.Helper()
	for _, l := range slices.Concat([]learner.ID{{}}, learners) {
		parts = append(parts, logOf(t, db, l, "Org"), logOf(t, db, l, ""))
	}
	return parts
}

// mergeShuffled merges pieces of the parts in a random order, each twice now and then, and calls own between them.
func mergeShuffled(t *testing.T, db *learner.DB, random *rand.Rand, parts [][]learner.Event, own func()) {
	t.Helper()
	at := make([]int, len(parts))
	total, done := 0, 0
	for _, p := range parts {
		total += len(p)
	}
	for done < total {
		i := random.IntN(len(parts))
		from, to := max(0, at[i]-random.IntN(3)), min(len(parts[i]), at[i]+random.IntN(8))
		report, err := db.Merge(t.Context(), parts[i][from:to])
		must(t, err)
		if report.Known != at[i]-from && to > at[i] || report.Missing > 0 || len(report.Quarantine) > 0 {
			t.Fatalf("%+v", report)
		}
		done += report.Added
		own()
		at[i] = max(at[i], to)
	}
}
