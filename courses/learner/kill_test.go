package learner_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// writerURI names, in the environment, the database that the test binary writes to for ever in place of running tests.
const writerURI = "LECTERN_TEST_LEARNER_WRITER"

func TestMain(m *testing.M) {
	runAsWriter()
	learnertest.Main(m)
}

// killed are the learners that the writer writes about.
var killed = []learner.ID{{1}, {2}, {3}}

// writeForEver adds answers and tells of each when it is durable: "learner number".
func writeForEver(uri string) error {
	db, err := learner.Open(context.Background(), uri)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for l, id := range killed {
		go func() {
			for {
				events, err := db.Append(context.Background(), answerBy(id), answerBy(id))
				if err != nil {
					failed <- err
					return
				}
				for _, e := range events {
					fmt.Printf("%d %d\n", l, e.Seq)
				}
			}
		}()
	}
	return <-failed
}

func answerBy(id learner.ID) learner.NewEvent {
	return learner.NewEvent{
		Stream: learner.Stream{Learner: id, Org: "Org", Kind: learner.StateStream}, Kind: learner.KindAttempt, Course: demo,
		Block: key.BlockID{Type: "problem", Name: fmt.Sprint("p", rand.IntN(5))}, Payload: []byte(`{"earned":1,"possible":2}`),
	}
}

// A program that is killed has lost nothing that it has told of, has nothing twice, and what follows from the log is complete.
func TestKilledWriter(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		_, err := learner.Migrate(t.Context(), uri)
		must(t, err)
		told := make([]uint64, len(killed))
		for range 5 {
			killProcess(t, writerURI+"="+uri, func(l int, seq uint64) { told[l] = max(told[l], seq) })
		}
		db := open(t, uri)
		for l, id := range killed {
			events := logOf(t, db, id, "Org")
			if uint64(len(events)) < told[l] || told[l] == 0 {
				t.Errorf("learner %d: %d events, %d were durable", l, len(events), told[l])
			}
			for i, e := range events {
				if e.Seq != uint64(i+1) || i > 0 && e.Prev != events[i-1].Hash {
					t.Fatalf("learner %d: the event at %d has number %d", l, i, e.Seq)
				}
			}
			attempts := 0
			for _, s := range page(t, db, id).Scores {
				attempts += int(s.Attempts)
			}
			if attempts != len(events) || len(events)%2 != 0 {
				t.Errorf("learner %d: %d attempts follow from %d events", l, attempts, len(events))
			}
		}
		before := dump(t, uri)
		_, err = db.Rebuild(t.Context(), nil)
		must(t, err)
		if diff := gocmp.Diff(before, dump(t, uri)); diff != "" {
			t.Errorf("(-before +rebuilt):\n%.2000s", diff)
		}
	})
}

// killProcess runs the test binary with a variable in its environment for a moment, and passes on what it tells of learners.
func killProcess(t *testing.T, variable string, told func(l int, n uint64)) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), variable)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	var stop <-chan time.Time
	for lines.Scan() {
		var l int
		var seq uint64
		if n, err := fmt.Sscan(lines.Text(), &l, &seq); n != 2 || err != nil {
			break // the last line was cut
		}
		told(l, seq)
		if stop == nil {
			stop = time.After(time.Duration(rand.IntN(150)) * time.Millisecond)
		}
		select {
		case <-stop:
			_ = cmd.Process.Kill()
		default:
		}
	}
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the writer ended by itself: %v\n%s", err, stderr.String())
	}
}
