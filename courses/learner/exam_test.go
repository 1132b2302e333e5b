package learner_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// examIs checks the present attempt at an exam, and the extra time for one of an hour.
func examIs(t *testing.T, db *learner.DB, at learner.Target, want string) {
	t.Helper()
	all, err := db.Access(t.Context(), at.Course, []learner.ID{at.Learner}, learner.AccessQuery{Exams: true})
	must(t, err)
	a, got := all[at.Learner], ""
	if e, ok := a.Exams[at.Block]; ok {
		got = fmt.Sprintf("%d: %s for %s", e.Number, e.Started.Format("15:04"), e.Allowed)
		if !e.Submitted.IsZero() {
			got += e.Submitted.Format(", handed in 15:04")
		}
	}
	if extra := a.Allowance(at.Block).Extra(time.Hour); extra != 0 {
		got += "+" + extra.String()
	}
	if got != want {
		t.Errorf("the exam is %q, want %q", got, want)
	}
}

func examOf(user learner.ID) learner.Target {
	return learner.Target{Learner: user, Course: demo, Block: key.BlockID{Type: "sequential", Name: "exam"}}
}

// anHour allows an hour whenever it is asked.
func anHour(time.Time) (time.Duration, error) { return time.Hour, nil }

func TestAttemptsAtExams(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann := open(t, uri), t.Context(), learner.NewID()
		at, now := examOf(ann), time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
		db.Now = func() time.Time { return now }
		_, err := db.Enrol(ctx, learner.Enrolment{Target: at})
		must(t, err)
		question := problem(ann).Block
		submit(t, db, ann, 1)
		allow := func(at learner.Target, minutes, percent int64) func() (bool, error) {
			return func() (bool, error) {
				return db.AllowTime(ctx, at, learner.AllowancePayload{Minutes: minutes, Percent: percent})
			}
		}
		whole := at
		whole.Block = key.BlockID{}
		for _, s := range []struct {
			name string
			do   func() (bool, error)
			want string // "", "changed" or a part of the error
			exam string
		}{
			{"what was not begun cannot be handed in", func() (bool, error) { return db.SubmitExam(ctx, at) }, "", ""},
			{"nor begun again", func() (bool, error) { return db.ResetExam(ctx, at, "") }, "", ""},
			{"who may not begin it does not", func() (bool, error) {
				return db.StartExam(ctx, at, func(time.Time) (time.Duration, error) { return 0, errors.New("it is locked") })
			}, "it is locked", ""},
			{"extra time for all exams", allow(whole, 0, 25), "changed", "+15m0s"},
			{"the same again", allow(whole, 0, 25), "", "+15m0s"},
			{"extra time for one exam takes its place", allow(at, 40, 0), "changed", "+40m0s"},
			{"taken back", allow(at, 0, 0), "changed", "+15m0s"},
			{"both cannot be", allow(at, 10, 10), "minutes", "+15m0s"},
			{"nor less time than others have", allow(at, -10, 0), "minutes", "+15m0s"},
			{"taken back, too", allow(whole, 0, 0), "changed", ""},
			{"what is not there is not taken back", allow(whole, 0, 0), "", ""},
			{"it begins", func() (bool, error) { return db.StartExam(ctx, at, anHour) }, "changed", "1: 08:10 for 1h0m0s"},
			{"once", func() (bool, error) { return db.StartExam(ctx, at, anHour) }, "", "1: 08:10 for 1h0m0s"},
			{"extra time comes too late for what has begun", allow(at, 30, 0), "changed", "1: 08:10 for 1h0m0s+30m0s"},
			{"it is handed in", func() (bool, error) { return db.SubmitExam(ctx, at) }, "changed", "1: 08:10 for 1h0m0s, handed in 08:13+30m0s"},
			{"once only", func() (bool, error) { return db.SubmitExam(ctx, at) }, "", "1: 08:10 for 1h0m0s, handed in 08:13+30m0s"},
			{"and not begun again", func() (bool, error) { return db.StartExam(ctx, at, anHour) }, "", "1: 08:10 for 1h0m0s, handed in 08:13+30m0s"},
			{"but for staff, with or without what was answered", func() (bool, error) {
				return db.ResetExam(ctx, at, "ill", question, key.BlockID{Type: "problem", Name: "other"})
			},
				"changed", "+30m0s"},
			{"then it begins anew", func() (bool, error) { return db.StartExam(ctx, at, anHour) }, "changed", "2: 08:17 for 1h0m0s+30m0s"},
		} {
			now = now.Add(time.Minute)
			if s.want == "changed" && strings.HasPrefix(s.exam, "1: 08:10") && !strings.Contains(s.exam, "handed") && !strings.Contains(s.exam, "+") {
				now = time.Date(2026, 5, 1, 8, 10, 0, 0, time.UTC)
			}
			run(t, []step{{s.name, s.do, s.want}})
			examIs(t, db, at, s.exam)
		}
		if got, ok := page(t, db, ann).Scores[question]; ok {
			t.Errorf("the exam was begun anew, and there is an answer from before: %+v", got)
		}
		if log := logOf(t, db, ann, "Org"); slices.ContainsFunc(log, func(e learner.Event) bool { return e.Block.Name == "other" }) {
			t.Error("a problem that was never tried is begun afresh")
		}
		before := dump(t, uri)
		_, err = db.Rebuild(ctx, nil)
		must(t, err)
		if diff := gocmp.Diff(before, dump(t, uri)); diff != "" {
			t.Errorf("(-before +rebuilt):\n%.2000s", diff)
		}
		list, err := db.ExamAttempts(ctx, demo)
		must(t, err)
		if len(list) != 2 || !list[0].Reset || list[0].Attempt.Number != 1 || list[1].Reset || list[1].Attempt.Number != 2 || list[1].User.ID != ann {
			t.Errorf("the list is %+v", list)
		}
		extra, err := db.Allowances(ctx, demo)
		must(t, err)
		if len(extra) != 1 || extra[0].Minutes != 30 || extra[0].Block != at.Block || extra[0].User.ID != ann {
			t.Errorf("the extra time is %+v", extra)
		}
		asOf, err := db.FactsAsOf(ctx, ann, demo, learner.MakeHLC(time.Date(2026, 5, 1, 8, 12, 0, 0, time.UTC).UnixMilli(), 0))
		must(t, err)
		if e := asOf.Exams[at.Block]; e.Number != 1 || !e.Submitted.IsZero() {
			t.Errorf("two minutes after the first start it was %+v", e)
		}
	})
}

// The instant that ends an exam is the first of the two that can.
func TestTheEndOfAnExam(t *testing.T) {
	at := func(hour, minute int) time.Time { return time.Date(2026, 5, 1, hour, minute, 0, 0, time.UTC) }
	for _, c := range []struct {
		name string
		exam learner.ExamAttempt
		want time.Time
	}{
		{"its time", learner.ExamAttempt{Started: at(8, 0), Allowed: time.Hour}, at(9, 0)},
		{"it is handed in before", learner.ExamAttempt{Started: at(8, 0), Allowed: time.Hour, Submitted: at(8, 30)}, at(8, 30)},
		{"it is handed in after its time, on a device that began it later", learner.ExamAttempt{Started: at(8, 0), Allowed: time.Hour, Submitted: at(9, 30)}, at(9, 0)},
		{"without a limit only who hands it in ends it", learner.ExamAttempt{Started: at(8, 0), Submitted: at(9, 30)}, at(9, 30)},
		{"or nobody", learner.ExamAttempt{Started: at(8, 0)}, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.exam.End(); !got.Equal(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// Two devices without a network, on which a learner and staff do whatever they like with an exam: whichever part of which log comes first, the result is one.
func TestAttemptsOfTwoDevicesMergeToOneResultInAnyOrder(t *testing.T) {
	checks(t, "20")
	learnertest.Engines(t, func(t *testing.T, uri string) {
		targets := []node{{open(t, uri), uri}}
		for range 2 {
			file := filepath.Join(t.TempDir(), "state.db")
			targets = append(targets, node{open(t, file), file})
		}
		devices := []*learner.DB{device(t, 0), device(t, 0)}
		now := time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
		for _, db := range devices {
			db.Now = func() time.Time { return now }
		}
		rapid.Check(t, func(rt *rapid.T) {
			at := examOf(learner.NewID())
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(rt, "minutes")) * time.Minute) // at one instant the device decides
				db := devices[rapid.IntRange(0, 1).Draw(rt, "device")]
				var err error
				switch rapid.IntRange(0, 5).Draw(rt, "what") {
				case 0, 1:
					allowed := time.Duration(rapid.IntRange(1, 3).Draw(rt, "allowed")) * time.Minute
					_, err = db.StartExam(t.Context(), at, func(time.Time) (time.Duration, error) { return allowed, nil })
				case 2, 3:
					_, err = db.SubmitExam(t.Context(), at)
				case 4:
					_, err = db.ResetExam(t.Context(), at, "")
				case 5:
					_, err = db.AllowTime(t.Context(), at, learner.AllowancePayload{Minutes: rapid.Int64Range(0, 3).Draw(rt, "extra")})
				}
				if err != nil {
					rt.Fatal(err)
				}
			}
			random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 0))
			for _, target := range targets {
				var logs [][]learner.Event
				for _, db := range devices {
					logs = append(logs, logOf(t, db, at.Learner, "Org"))
				}
				for len(logs[0])+len(logs[1]) > 0 {
					i := random.IntN(2)
					n := random.IntN(len(logs[i]) + 1)
					report, err := target.Merge(t.Context(), logs[i][:n])
					if err != nil || report.Added != n || report.Bad > 0 {
						rt.Fatalf("%+v, %v", report, err)
					}
					logs[i] = logs[i][n:]
				}
			}
			want := dump(t, uri)
			for _, other := range targets[1:] {
				if diff := gocmp.Diff(want, dump(t, other.uri)); diff != "" {
					rt.Fatalf("(-first +other):\n%.2000s", diff)
				}
			}
		})
		_, err := targets[0].Rebuild(t.Context(), nil)
		must(t, err)
		if diff := gocmp.Diff(dump(t, targets[1].uri), dump(t, uri)); diff != "" {
			t.Errorf("(-merged +rebuilt):\n%.2000s", diff)
		}
	})
}
