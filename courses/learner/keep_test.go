package learner_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses/flag"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
)

// device makes a database that was used elsewhere, whose clock is off.
func device(t *testing.T, skew time.Duration) *learner.DB {
	t.Helper()
	db := open(t, filepath.Join(t.TempDir(), "device.db"))
	db.Now = func() time.Time { return time.Now().Add(skew) }
	return db
}

func logOf(t *testing.T, db *learner.DB, user learner.ID, org string) []learner.Event {
	t.Helper()
	events, err := db.Log(t.Context(), learner.Stream{Learner: user, Org: org, Kind: learner.StateStream}, db.Device(), 1, 10_000)
	must(t, err)
	return events
}

func submit(t *testing.T, db *learner.DB, user learner.ID, earned float64) {
	t.Helper()
	_, err := db.Submit(t.Context(), problem(user), learner.AttemptPayload{Earned: &earned, Possible: 4})
	must(t, err)
}

func raw(t *testing.T, uri string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if !strings.HasPrefix(uri, "postgres:") {
		driver = "sqlite"
	}
	db, err := sql.Open(driver, uri)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestBadAndUnknownEventsAreKept(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, from, ann := open(t, uri), device(t, 0), learner.NewID()
		submit(t, from, ann, 2)
		_, err := from.Append(t.Context(), learner.NewEvent{
			Stream: learner.Stream{Learner: ann, Org: "Org", Kind: learner.StateStream}, Kind: "from.the.future", Payload: []byte(`{"a":1}`),
		})
		must(t, err)
		// The device runs another program, which writes what this one does not understand.
		events := learner.Rewrite(logOf(t, from, ann, "Org"), 0, []byte(`{"possible":"many"}`))
		report, err := db.Merge(t.Context(), events)
		must(t, err)
		if report.Added != 2 || report.Bad != 1 || report.Unknown != 1 {
			t.Fatalf("%+v", report)
		}
		if got := page(t, db, ann).Scores; len(got) != 0 {
			t.Errorf("a bad answer counts: %+v", got)
		}
		problems, err := db.Problems(t.Context())
		must(t, err)
		want := []learner.Problem{
			{What: "bad event", Learner: ann, Device: from.Device(), Seq: 1, Detail: learner.KindAttempt},
			{What: "unknown event", Learner: ann, Device: from.Device(), Seq: 2, Detail: "from.the.future"},
		}
		if diff := gocmp.Diff(want, problems); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		kept, err := db.Log(t.Context(), events[0].Stream, from.Device(), 1, 10)
		must(t, err)
		if len(kept) != 2 || string(kept[0].Payload) != `{"possible":"many"}` || kept[1].Kind != "from.the.future" || kept[1].Hash != events[1].Hash {
			t.Errorf("%+v", kept)
		}
	})
}

func TestForksAndForgeriesAreKeptApart(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, from, ann := open(t, uri), device(t, 0), learner.NewID()
		submit(t, from, ann, 1)
		submit(t, from, ann, 2)
		events := logOf(t, from, ann, "Org")
		_, err := db.Merge(t.Context(), events)
		must(t, err)
		fork := learner.Rewrite(events[1:], 0, []byte(`{"possible":4,"earned":4}`))
		forged := events[0]
		forged.Payload = []byte(`{}`)
		foreign := learner.Replace(events[0], func(e *learner.Event) { e.Stream.Org = "Other" })
		for range 2 { // a second time changes nothing
			report, err := db.Merge(t.Context(), []learner.Event{fork[0], forged, foreign})
			must(t, err)
			if report.Added != 0 || len(report.Quarantine) != 3 {
				t.Fatalf("%+v", report)
			}
		}
		if got := page(t, db, ann).Scores[problem(ann).Block]; *got.Earned != 2 || got.Attempts != 2 {
			t.Errorf("%+v", got)
		}
		kept, err := db.Quarantined(t.Context())
		must(t, err)
		if len(kept) != 3 || string(kept[0].Event.Payload) != `{"possible":4,"earned":4}` {
			t.Errorf("%+v", kept)
		}
	})
}

// Whatever the clocks of devices say, all attempts count, and a clock that is far ahead is not followed.
func TestWrongClocks(t *testing.T) {
	const year = 365 * 24 * time.Hour
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ann := open(t, uri), learner.NewID()
		submit(t, db, ann, 1)
		for i, skew := range []time.Duration{-10 * year, 10 * year, 23 * time.Hour} {
			from := device(t, skew)
			submit(t, from, ann, 2)
			submit(t, from, ann, 3)
			_, err := db.Merge(t.Context(), logOf(t, from, ann, "Org"))
			must(t, err)
			submit(t, db, ann, 1)
			if got := page(t, db, ann).Scores[problem(ann).Block]; got.Attempts != int64(4+3*i) {
				t.Errorf("a clock that is %s off: %d attempts", skew, got.Attempts)
			}
		}
		list := logOf(t, db, ann, "Org")
		ahead := time.Until(time.UnixMilli(list[len(list)-1].HLC.Milliseconds()))
		if ahead < 22*time.Hour || ahead > 24*time.Hour {
			t.Errorf("the clock is %s ahead: one of 23 hours is followed, one of ten years is not", ahead)
		}
		problems, err := db.Problems(t.Context())
		must(t, err)
		if len(problems) != 1 || problems[0].What != "clock" {
			t.Errorf("%+v", problems)
		}
		again := open(t, uri)
		submit(t, again, ann, 1)
		list = logOf(t, again, ann, "Org")
		if ahead := time.Until(time.UnixMilli(list[len(list)-1].HLC.Milliseconds())); ahead > 24*time.Hour {
			t.Errorf("after it is opened again, the clock is %s ahead", ahead)
		}
	})
}

func TestARestoredBackupIsAnotherDevice(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ann := open(t, uri), learner.NewID()
		submit(t, db, ann, 1)
		id, err := learner.NewDevice(t.Context(), uri)
		must(t, err)
		restored := open(t, uri)
		if restored.Device() != id || id == db.Device() {
			t.Errorf("the device is %s, was %s", restored.Device(), db.Device())
		}
		submit(t, restored, ann, 2)
		if events := logOf(t, restored, ann, "Org"); len(events) != 1 || events[0].Seq != 1 {
			t.Errorf("%+v", events)
		}
		if got := page(t, restored, ann).Scores[problem(ann).Block]; got.Attempts != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// Numbers that do not fit into 32 bits are as good as others.
func TestNumbersAbove32Bits(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, file := open(t, uri), raw(t, uri)
		const start = math.MaxInt32 - 9
		for table, column := range map[string]string{"ref_user": "user_ref", "ref_course": "course_ref", "ref_block": "block_ref", "stream": "stream_ref"} {
			var err error
			if strings.HasPrefix(uri, "postgres:") {
				_, err = file.Exec(fmt.Sprintf(`ALTER TABLE %s ALTER COLUMN %s RESTART WITH %d`, table, column, start))
			} else {
				row := map[string]string{
					"ref_user": "learner_id) VALUES (%d, x'00')", "ref_course": "course_key, org) VALUES (%d, '', '')",
					"ref_block": "course_ref, block_type, block_name) VALUES (%d, 0, '', '')", "stream": "user_ref, org, kind) VALUES (%d, -1, '', '')",
				}[table]
				_, err = file.Exec(fmt.Sprintf("INSERT INTO "+table+" ("+column+", "+row, start))
			}
			must(t, err)
		}
		for range 20 {
			ann := learner.NewID()
			submit(t, db, ann, 3)
			if got := page(t, db, ann).Scores[problem(ann).Block]; got.Attempts != 1 {
				t.Fatalf("%+v", got)
			}
		}
		var most int64
		must(t, file.QueryRow(`SELECT MAX(user_ref) FROM attempt`).Scan(&most))
		if most <= math.MaxInt32 {
			t.Errorf("the largest number is %d", most)
		}
		before := dump(t, uri)
		_, err := db.Rebuild(t.Context(), nil)
		must(t, err)
		if diff := gocmp.Diff(before, dump(t, uri)); diff != "" {
			t.Errorf("(-before +rebuilt):\n%.2000s", diff)
		}
	})
}

func TestEraseLeavesNothingOfALearner(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx := open(t, uri), t.Context()
		ann, err := db.AddUser(ctx, "Ann", "")
		must(t, err)
		bob := learner.NewID()
		at := problem(ann.ID)
		for _, user := range []learner.ID{ann.ID, bob} {
			_, err := db.Enrol(ctx, learner.Enrolment{Target: problem(user)})
			must(t, err)
		}
		submit(t, db, ann.ID, 3)
		before := logOf(t, db, ann.ID, "Org")
		_, err = db.PutState(ctx, at, learner.AnyRev, map[string]any{"a": 1})
		must(t, err)
		_, err = db.SetPosition(ctx, at, "1")
		must(t, err)
		_, err = db.Grant(ctx, learner.ID{}, ann.ID, "staff", "")
		must(t, err)
		byAnn := problem(bob)
		byAnn.Actor = ann.ID
		must(t, db.Extend(ctx, byAnn, learner.Extension{Due: time.Now()}))
		days, err := db.EnrolmentDays(ctx, demo)
		must(t, err)
		file := raw(t, uri)
		var number int64
		must(t, file.QueryRow(`SELECT user_ref FROM account`).Scan(&number))

		must(t, db.Erase(ctx, ann.ID))
		for _, c := range columnsOf(t, file, uri) {
			if !strings.HasSuffix(c.column, "user_ref") && c.column != "actor_ref" {
				continue
			}
			var n int
			must(t, file.QueryRow(fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s = %d", c.table, c.column, number)).Scan(&n))
			if n > 0 {
				t.Errorf("%s.%s names the learner %d times", c.table, c.column, n)
			}
		}
		after, err := db.EnrolmentDays(ctx, demo)
		must(t, err)
		if diff := gocmp.Diff(days, after); diff != "" || len(days) != 1 || days[0].Joined != 2 {
			t.Errorf("enrolments over time (-before +after):\n%s", diff)
		}
		if _, err := db.Submit(ctx, at, learner.AttemptPayload{}); !errors.Is(err, learner.ErrErased) {
			t.Errorf("an answer of who was erased: %v", err)
		}
		if report, err := db.Merge(ctx, before); err != nil || report.Erased != len(before) || report.Added != 0 {
			t.Errorf("%+v, %v", report, err)
		}
		if p := page(t, db, bob); p.Due[at.Block].IsZero() || !p.Enrolment.Active {
			t.Errorf("what was done to others stays: %+v", p)
		}
		must(t, db.Erase(ctx, ann.ID)) // again
		_, err = db.Rebuild(ctx, nil)
		must(t, err)
	})
}

// Reading a page takes as many statements for three hundred rows as for none.
func TestReadsTakeAFixedNumberOfStatements(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		var users []learner.ID
		count := func(read func() error) int64 {
			before := db.Statements()
			must(t, read())
			return db.Statements() - before
		}
		reads := map[string]func() error{
			"Pages":           func() error { _, err := db.Pages(t.Context(), users, demo, true); return err },
			"List":            func() error { _, _, err := db.List(t.Context(), demo, 0, 100); return err },
			"Facts":           func() error { _, err := db.Facts(t.Context(), demo, users, true, false); return err },
			"EnrolmentCounts": func() error { _, err := db.EnrolmentCounts(t.Context(), demo); return err },
			"Problems":        func() error { _, err := db.Problems(t.Context()); return err },
			"Quarantined":     func() error { _, err := db.Quarantined(t.Context()); return err },
			"FlagRules":       func() error { _, err := db.FlagRules(t.Context()); return err },
			"Roles":           func() error { _, err := db.Roles(t.Context(), users[0]); return err },
			"UsersOf":         func() error { _, err := db.UsersOf(t.Context(), users); return err },
			"History":         func() error { _, err := db.EnrolmentHistory(t.Context(), users[0], demo); return err },
			"EnrolmentDays":   func() error { _, err := db.EnrolmentDays(t.Context(), demo); return err },
		}
		fill := func(learners, blocks int) {
			for range learners {
				user := learner.NewID()
				users = append(users, user)
				_, err := db.Enrol(t.Context(), learner.Enrolment{Target: problem(user)})
				must(t, err)
				_, err = db.SetFlag(t.Context(), user, flag.Rule{Flag: "f", Scope: flag.User, Key: user.String(), Share: flag.On})
				must(t, err)
				_, err = db.Grant(t.Context(), user, users[0], "staff", fmt.Sprint("org:O", len(users)))
				must(t, err)
				for i := range blocks {
					at := problem(user)
					at.Block.Name = fmt.Sprint("p", i)
					earned := float64(i)
					_, err := db.Submit(t.Context(), at, learner.AttemptPayload{Earned: &earned, Possible: 50})
					must(t, err)
				}
			}
		}
		fill(1, 1)
		first := make(map[string]int64)
		for name, read := range reads {
			first[name] = count(read)
		}
		fill(9, 20)
		for name, read := range reads {
			if got := count(read); got != first[name] {
				t.Errorf("%s: %d statements, %d with one row", name, got, first[name])
			}
		}
		var seen []learner.ID
		for after, more := int64(0), true; more; more = after != 0 {
			rows, next, err := db.List(t.Context(), demo, after, 3)
			must(t, err)
			for _, r := range rows {
				seen = append(seen, r.Learner)
			}
			after = next
		}
		if diff := gocmp.Diff(users, seen); diff != "" {
			t.Errorf("(-enrolled +seen):\n%s", diff)
		}
		facts, err := db.Facts(t.Context(), demo, users, true, false)
		must(t, err)
		for i, user := range users {
			if want := min(1+19*i, 20); len(facts[user].Scores) != want {
				t.Errorf("learner %d: %d scores, want %d", i, len(facts[user].Scores), want)
			}
		}
	})
}
