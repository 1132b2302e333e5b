package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
)

var kills = flag.Int("kills", 100, "how often TestKilledCommandsLoseNothing kills a command")

// TestKilledCommandsLoseNothing kills imports, edits and restores at random moments, as a battery that dies does, and looks at the store
// after each: every version that a command acknowledged is there, the history has no gap, and everything that is named is whole.
func TestKilledCommandsLoseNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: -short was given")
	}
	k := newKiller(t)
	for attempts := 0; k.killed < *kills; attempts++ {
		if attempts > 10**kills {
			t.Fatalf("only %d of %d commands could be killed in the middle", k.killed, attempts)
		}
		k.step()
	}
	if len(k.acknowledged) == 0 {
		t.Error("no version was acknowledged: the test proves nothing")
	}
	t.Logf("%d kills in the middle of a command, %d versions acknowledged, %d in the history", k.killed, len(k.acknowledged), k.last)
}

// killer drives the program against one data folder.
type killer struct {
	t            *testing.T
	program      string
	data         string
	course       key.Course
	folders      []string                 // two states of the course to import in turn
	edits        []string                 // files for one block
	durations    map[string]time.Duration // of a command that nobody kills
	acknowledged map[uint64]bool
	commits      map[uint64]string // of every version seen
	last         uint64
	killed       int
}

func newKiller(t *testing.T) *killer {
	program, err := exec.LookPath("lectern")
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{
		t: t, program: program, data: filepath.Join(t.TempDir(), "data"),
		course:       key.Course{Org: "Lectern", Code: "ByExample", Run: "2026"},
		durations:    make(map[string]time.Duration),
		acknowledged: make(map[uint64]bool),
		commits:      make(map[uint64]string),
	}
	for i, text := range []string{"<p>one</p>", "<p>two</p>"} {
		folder := filepath.Join(t.TempDir(), "course")
		if err := os.CopyFS(folder, sample.Course()); err != nil {
			t.Fatal(err)
		}
		k.write(filepath.Join(folder, "about", "overview.html"), text)
		k.folders = append(k.folders, folder)
		edit := filepath.Join(t.TempDir(), "edit.xml")
		k.write(edit, fmt.Sprintf(`<problem display_name="edit %d"><p>killed?</p></problem>`, i))
		k.edits = append(k.edits, edit)
	}
	k.measure("import", "import", k.folders[0])
	k.measure("edit", "edit", k.course.String(), "problem/import-command", "-f", k.edits[0])
	k.measure("restore", "restore", k.course.String(), "1")
	k.check()
	return k
}

func (k *killer) write(path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// measure runs a command to its end, to know how long it takes and what it acknowledges.
func (k *killer) measure(kind string, args ...string) {
	started := time.Now()
	out, err := k.command(context.Background(), args).Output()
	if err != nil {
		k.t.Fatalf("lectern %v: %v", args, err)
	}
	k.durations[kind] = time.Since(started)
	k.acknowledge(out)
}

func (k *killer) command(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, k.program, append(args, "--data", k.data, "--json")...)
	cmd.Cancel = func() error { return cmd.Process.Kill() }
	return cmd
}

func (k *killer) acknowledge(out []byte) {
	var answer struct{ Version uint64 }
	if err := json.Unmarshal(out, &answer); err != nil {
		k.t.Fatalf("the answer is no JSON: %v\n%s", err, out)
	}
	k.acknowledged[answer.Version] = true
}

// step runs one command, kills it at a moment within one and a half times its usual length, and checks the store.
func (k *killer) step() {
	kind, args := k.choose()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.Int64N(int64(k.durations[kind]*3/2))))
	defer cancel()
	out, err := k.command(ctx, args).Output()
	switch {
	case err == nil:
		k.acknowledge(out)
	case ctx.Err() == nil:
		k.t.Fatalf("lectern %v failed by itself: %v", args, err)
	default:
		k.killed++
	}
	k.check()
}

func (k *killer) choose() (kind string, args []string) {
	switch rand.IntN(3) {
	case 0:
		return "import", []string{"import", k.folders[rand.IntN(len(k.folders))]}
	case 1:
		return "edit", []string{"edit", k.course.String(), "problem/import-command", "-f", k.edits[rand.IntN(len(k.edits))]}
	}
	return "restore", []string{"restore", k.course.String(), fmt.Sprint(1 + rand.Uint64N(k.last))}
}

// checkLog compares the history with all that was seen of it before: versions stay what they were, and none is missing.
func (k *killer) checkLog(store *modulestore.Store, head modulestore.Version) {
	log, err := store.Log(k.t.Context(), k.course, 0, int(head.Seq)+1)
	if err != nil {
		k.t.Fatal(err)
	}
	seen := make(map[uint64]string, len(log))
	for _, v := range log {
		seen[v.Seq] = v.Commit.String()
	}
	for seq, commit := range k.commits {
		if seen[seq] != commit {
			k.t.Fatalf("version %d was %s and is %q now", seq, commit, seen[seq])
		}
	}
	for seq := range k.acknowledged {
		if seen[seq] == "" {
			k.t.Fatalf("version %d was acknowledged and is not there", seq)
		}
	}
	k.commits = seen
}

// check opens the store as the next command would and looks at all of it.
func (k *killer) check() {
	ctx := k.t.Context()
	db, err := sqlitestore.Open(ctx, k.data)
	if err != nil {
		k.t.Fatalf("opening the store after a kill: %v", err)
	}
	store := modulestore.New(db)
	defer func() {
		if err := store.Close(); err != nil {
			k.t.Error(err)
		}
	}()
	head, err := store.Head(ctx, k.course)
	if err != nil {
		k.t.Fatalf("the head after a kill: %v", err)
	}
	if head.Seq != k.last && head.Seq != k.last+1 && k.last != 0 {
		k.t.Fatalf("the head is version %d; it was %d before one command", head.Seq, k.last)
	}
	k.last = head.Seq
	k.checkLog(store, head)
	report, err := store.Verify(ctx, nil)
	if err != nil {
		k.t.Fatalf("verifying after a kill: %v", err)
	}
	if len(report.Faults) > 0 {
		k.t.Fatalf("the store is damaged after a kill: %v", report.Faults)
	}
}
