package learner_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
)

// A device whose clock is years ahead has enrolled somebody and taken an answer. Once its clock is corrected, histories, days and what was known at some time
// are what they would be with a right clock; and what it writes after it was revoked is in none of them.
func TestHistoriesFollowCorrectedClocksAndRevocations(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		ctx, hub, lost, ann := t.Context(), open(t, uri), device(t, 0), learner.NewID()
		noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		const ahead = 11 * 365 * 24 * time.Hour
		at := func(h time.Duration) { // hours after noon
			hub.Now = func() time.Time { return noon.Add(h * time.Hour) }
			lost.Now = func() time.Time { return noon.Add(h*time.Hour + ahead) }
		}
		bring := func() {
			_, err := hub.Merge(ctx, logOf(t, lost, ann, "Org"))
			must(t, err)
		}
		asOf := func(h time.Duration) (mode string, attempts int64) {
			f, err := hub.FactsAsOf(ctx, ann, demo, learner.MakeHLC(noon.Add(h*time.Hour).UnixMilli(), 0))
			must(t, err)
			if f.Enrolment != nil {
				mode = f.Enrolment.Mode
			}
			return mode, f.Scores[problem(ann).Block].Attempts
		}
		check := func(what string, h time.Duration, wantMode string, wantAttempts int64) {
			t.Helper()
			if mode, attempts := asOf(h); mode != wantMode || attempts != wantAttempts {
				t.Errorf("%s: %d hours after noon: %q with %d attempts, want %q with %d", what, h, mode, attempts, wantMode, wantAttempts)
			}
		}

		at(1)
		_, err := lost.Enrol(ctx, learner.Enrolment{Target: problem(ann)})
		must(t, err)
		submit(t, lost, ann, 1)
		at(2)
		bring()
		check("the clock is wrong", 3, "", 0)
		at(4)
		_, err = hub.ChangeMode(ctx, learner.Enrolment{Target: problem(ann), Mode: "verified"})
		must(t, err)
		if p := page(t, hub, ann); p.Enrolment.Mode != "audit" {
			t.Errorf("before the correction the device's word is the last: %+v", p.Enrolment)
		}
		must(t, hub.CorrectClock(ctx, learner.ID{}, learner.ClockPayload{
			Device: lost.Device().String(), From: 1, To: learner.MakeHLC(noon.Add(2*ahead).UnixMilli(), 0), Offset: -ahead.Milliseconds(),
		}))
		check("corrected", 0, "", 0)
		check("corrected", 2, "audit", 1)
		check("corrected", 5, "verified", 1)
		history, err := hub.EnrolmentHistory(ctx, ann, demo)
		must(t, err)
		want := []learner.EnrolmentChange{
			{EnrolmentPayload: learner.EnrolmentPayload{Active: true, Mode: "audit"}, At: noon.Add(time.Hour)},
			{EnrolmentPayload: learner.EnrolmentPayload{Active: true, Mode: "verified"}, At: noon.Add(4 * time.Hour)},
		}
		if diff := gocmp.Diff(want, history); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
		wantDays := []learner.EnrolmentDay{{Day: "2026-05-01", Mode: "audit", Joined: 1, Left: 1}, {Day: "2026-05-01", Mode: "verified", Joined: 1}}
		days, err := hub.EnrolmentDays(ctx, demo)
		must(t, err)
		if diff := gocmp.Diff(wantDays, days); diff != "" {
			t.Errorf("days (-want +got):\n%s", diff)
		}
		if p := page(t, hub, ann); p.Enrolment.Mode != "verified" || !p.Enrolment.First.Equal(noon.Add(time.Hour)) || !p.Enrolment.Since.Equal(noon.Add(4*time.Hour)) {
			t.Errorf("%+v", p.Enrolment)
		}

		at(6)
		_, err = hub.RevokeDevice(ctx, learner.ID{}, lost.Device(), "lost")
		must(t, err)
		at(7)
		submit(t, lost, ann, 2)
		bring()
		check("revoked, what came before stays", 5, "verified", 1)
		check("revoked, what came after does not count", 8, "verified", 1)
		at(9)
		_, err = hub.ReinstateDevice(ctx, learner.ID{}, lost.Device(), "found")
		must(t, err)
		check("reinstated", 8, "verified", 2)
		check("reinstated", 5, "verified", 1)

		must(t, hub.Erase(ctx, ann))
		after, err := hub.EnrolmentDays(ctx, demo)
		must(t, err)
		if diff := gocmp.Diff(wantDays, after); diff != "" {
			t.Errorf("days after the learner was erased (-want +got):\n%s", diff)
		}
	})
}

// An event of the log that somebody has damaged is reported where it is needed, and keeps nobody from being erased.
func TestADamagedLog(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, ann, bob := open(t, uri), t.Context(), learner.NewID(), learner.NewID()
		for _, id := range []learner.ID{ann, bob} {
			_, err := db.Enrol(ctx, learner.Enrolment{Target: problem(id)})
			must(t, err)
		}
		_, err := raw(t, uri).Exec(`UPDATE event SET payload = CAST('{broken' AS ` + map[bool]string{true: "bytea", false: "BLOB"}[learner.Is(uri)] +
			`) WHERE stream_ref = (SELECT MIN(stream_ref) FROM stream)`)
		must(t, err)
		_, historyErr := db.EnrolmentHistory(ctx, ann, demo)
		_, daysErr := db.EnrolmentDays(ctx, demo)
		for what, err := range map[string]error{"history": historyErr, "days": daysErr} {
			if !errors.Is(err, learner.ErrDamaged) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := db.EnrolmentHistory(ctx, bob, demo); err != nil {
			t.Errorf("that of another learner: %v", err)
		}
		must(t, db.Erase(ctx, ann))
		days, err := db.EnrolmentDays(ctx, demo)
		if err != nil || len(days) != 1 || days[0].Joined != 1 {
			t.Errorf("%+v, %v", days, err)
		}
	})
}

func TestFilesThatAreNoDatabase(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"a text": func(path string) error {
			return os.WriteFile(path, []byte("This is a text, and no database by any means."), 0o600)
		},
		"a cut-off file":  func(path string) error { return os.WriteFile(path, []byte("SQLite format 3\x00\x10\x00"), 0o600) },
		"a folder":        func(path string) error { return os.Mkdir(path, 0o700) },
		"a dangling link": func(path string) error { return os.Symlink(filepath.Join(path, "none", "at all"), path) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			must(t, make(path))
			db, err := learner.Open(t.Context(), path)
			if err == nil {
				_ = db.Close()
				t.Fatal("it opens")
			}
			if !strings.Contains(err.Error(), path+": it ") {
				t.Errorf("%q does not say where it is and what to do", err)
			}
		})
	}
}

func TestNamesThatAreOneForPeople(t *testing.T) {
	for name, c := range map[string]struct {
		one, other string
		same       bool
	}{
		"case":                        {"Anna", "aNNA", true},
		"space around":                {"anna", "  anna\t", true},
		"space inside":                {"Anna Grün", "anna   grün", true},
		"an accent put on afterwards": {"Jos\u00e9", "Jose\u0301", true},
		"a wide letter":               {"\uff21nna", "anna", true},
		"a sharp s":                   {"STRASSE", "straße", true},
		"an accent":                   {"Jose", "José", false},
		"a space":                     {"annagrün", "anna grün", false},
		"another letter":              {"anna", "anne", false},
	} {
		if got := learner.FoldName(c.one) == learner.FoldName(c.other); got != c.same {
			t.Errorf("%s: %q and %q are one: %v", name, c.one, c.other, got)
		}
		if fold := learner.FoldName(c.one); learner.FoldName(fold) != fold {
			t.Errorf("%s: folded twice %q is another", name, fold)
		}
	}
}
