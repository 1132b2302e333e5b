package learner_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
)

func TestVerifyFindsWhatIsNotAsItWasWritten(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, from, ann, bob := open(t, uri), device(t, 0), learner.NewID(), learner.NewID()
		for range 3 {
			submit(t, db, ann, 1)
			submit(t, db, bob, 2)
		}
		submit(t, from, ann, 2)
		_, err := db.Merge(t.Context(), learner.Rewrite(logOf(t, from, ann, "Org"), 0, []byte(`{"possible":"many"}`)))
		must(t, err)
		verify := func() (faults []string) {
			t.Helper()
			n, err := db.Verify(t.Context(), func(f learner.Fault) {
				who := map[learner.ID]string{ann: "ann", bob: "bob"}[f.Stream.Learner]
				here := f.Device == db.Device()
				faults = append(faults, fmt.Sprintf("%s %d here=%v damaged=%v %s", who, f.Seq, here, f.Damaged, f.Detail))
			}, nil)
			must(t, err)
			if n < 6 {
				t.Errorf("%d events", n)
			}
			return faults
		}
		if got := verify(); len(got) != 1 || !strings.HasPrefix(got[0], "ann 1 here=false damaged=false an event of kind attempt: json:") {
			t.Errorf("an event that nobody understands is no damage: %q", got)
		}
		change := func(statement string) {
			t.Helper()
			driver := "pgx"
			if !strings.HasPrefix(uri, "postgres") {
				driver = "sqlite"
			}
			raw, err := sql.Open(driver, uri)
			must(t, err)
			_, err = raw.ExecContext(t.Context(), statement)
			must(t, err)
			must(t, raw.Close())
		}
		const bobs = ` WHERE stream_ref = (SELECT MAX(stream_ref) FROM event) AND seq = `
		change(`UPDATE event SET wall_ms = wall_ms + 1` + bobs + `1`)
		got := strings.Join(verify(), "\n")
		if !strings.Contains(got, "bob 1 here=true damaged=true it was changed after it was written") || strings.Count(got, "\n") != 1 {
			t.Errorf("a changed event: %s", got)
		}
		change(`DELETE FROM event` + bobs + `2`)
		if got := strings.Join(verify(), "\n"); !strings.Contains(got, "bob 3 here=true damaged=true event 2 before it is missing") {
			t.Errorf("a missing event: %s", got)
		}
	})
}
