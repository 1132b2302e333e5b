package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"lectern/courses/learner/learnertest"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/search"
)

func TestMain(m *testing.M) {
	testscript.Main(withServers{m}, map[string]func(){"lectern": main})
}

// withServers makes the program that tests start, and in the end stops the servers that they have started.
type withServers struct{ *testing.M }

func (m withServers) Run() int {
	remove, err := plainProgram()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove()
	return learnertest.Run(m.M)
}

// TestScripts runs the scripts in testdata/script: what users type, and what they see. LECTERN_TEST_STORE may name a server, as
// mongodb://HOST/PREFIX; then each script has its courses there, in a database whose name begins with PREFIX, and not in a folder.
func TestScripts(t *testing.T) { runScripts(t, "*", func(*testscript.Env) {}) }

// TestScriptsOnPostgres runs the scripts about learners, learners_*.txtar, again with each script's learners in a database of a server.
func TestScriptsOnPostgres(t *testing.T) {
	learnertest.Postgres(t) // leaves the test out where there is none
	runScripts(t, "learners_*", func(env *testscript.Env) { env.Setenv("LECTERN_DB", learnertest.Postgres(t)) })
}

func runScripts(t *testing.T, names string, setup func(*testscript.Env)) {
	t.Helper()
	server := os.Getenv("LECTERN_TEST_STORE")
	files, err := filepath.Glob("testdata/script/" + names + ".txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("scripts: %v, %v", files, err)
	}
	testscript.Run(t, testscript.Params{
		Files: files,
		Setup: func(env *testscript.Env) error {
			if setup(env); server == "" {
				return nil
			}
			store, err := url.Parse(server)
			if err == nil {
				store.Path = fmt.Sprint(store.Path, databases.Add(1))
				env.Setenv("LECTERN_STORE", store.String())
				env.Setenv(firstStore, store.String())
			}
			return err
		},
		// "folder" is true where the store is one; scripts use it for what only that has.
		Condition: func(name string) (bool, error) {
			if name != "folder" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return server == "", nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     scriptExits,
			"json":      scriptJSON,
			"store":     scriptStore,
			"bytes":     scriptBytes,
			"sample":    scriptSample,
			"damage":    scriptDamage,
			"tables":    scriptTables,
			"learnerdb": scriptLearnerDB,
			"roster":    scriptRoster,
			"calendar":  scriptCalendar,
			"cutindex":  scriptCutIndex,
			"takeindex": scriptTakeIndex,
		},
	})
}

var databases atomic.Int64

// firstStore is the variable that holds the store of a script if that is not a folder.
const firstStore = "FIRST_STORE"

// scriptStore is the command "store NAME": what follows has its courses in another store, which is empty at first. "store" alone goes back.
func scriptStore(ts *testscript.TestScript, _ bool, args []string) {
	name := strings.Join(args, "")
	if ts.Getenv(firstStore) == "" {
		ts.Setenv("LECTERN_DATA", name)
		return
	}
	store, err := url.Parse(ts.Getenv(firstStore))
	ts.Check(err)
	store.Path += name
	ts.Setenv("LECTERN_STORE", store.String())
}

// scriptExits is the command "exits CODE PROGRAM ARGUMENTS…": the program ends with that exit code.
func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	if failed, ok := errors.AsType[*exec.ExitError](ts.Exec(args[1], args[2:]...)); ok {
		code = failed.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// scriptJSON is the command "json PATH WANT": standard output of the last program is one JSON value, and the member at PATH
// (names and indexes, with slashes between them) is WANT. The member of a list or object named length is their number.
func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json PATH WANT")
	}
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	decoder.UseNumber()
	var value any
	ts.Check(decoder.Decode(&value))
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("standard output holds more than one JSON value")
	}
	for name := range strings.SplitSeq(args[0], "/") {
		value = member(ts, value, name)
	}
	if got := fmt.Sprint(value); (got == args[1]) == neg {
		ts.Fatalf("%s is %q", args[0], got)
	}
}

func member(ts *testscript.TestScript, value any, name string) any {
	switch v := value.(type) {
	case map[string]any:
		if name == "length" {
			return len(v)
		}
		if _, ok := v[name]; !ok {
			ts.Fatalf("there is no member %s among %d", name, len(v))
		}
		return v[name]
	case []any:
		if name == "length" {
			return len(v)
		}
		i, err := strconv.Atoi(name)
		if err != nil || i >= len(v) {
			ts.Fatalf("there is no element %s among %d", name, len(v))
		}
		return v[i]
	}
	ts.Fatalf("%v has no member %s", value, name)
	return nil
}

// scriptBytes is the command "bytes FILE GO-STRING": it writes a file that a script cannot hold as text.
func scriptBytes(ts *testscript.TestScript, _ bool, args []string) {
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[1], `"`, `\"`) + `"`)
	ts.Check(err)
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o777))
	ts.Check(os.WriteFile(path, []byte(text), 0o666))
}

// scriptSample is the command "sample DIR": it writes the bundled course to a new folder.
func scriptSample(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), sample.Course()))
}

// scriptDamage is the command "damage DATA COURSE": it appends a version to a course whose objects are not there.
func scriptDamage(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	course, err := key.ParseCourse(args[1])
	ts.Check(err)
	db, err := sqlitestore.Open(ctx, ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	head, err := db.Head(ctx, course)
	ts.Check(err)
	lost := modulestore.ID{1, 2, 3}
	ts.Check(db.Append(ctx, course, "Damaged", modulestore.Entry{
		Seq: head.Seq + 1, Prev: head.Commit, Commit: lost, Time: time.Now().UTC(),
		Roots: modulestore.Roots{Draft: lost, Published: lost, Files: lost},
	}))
}

// scriptCutIndex is the command "cutindex": every file of the search index that holds documents loses its second half, as a disk that fills up leaves it.
func scriptCutIndex(ts *testscript.TestScript, _ bool, _ []string) {
	files, err := filepath.Glob(ts.MkAbs("lectern-data/search/*/store/*.zap"))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("there is no search index")
	}
	for _, file := range files {
		info, err := os.Stat(file)
		ts.Check(err)
		ts.Check(os.Truncate(file, info.Size()/2))
	}
}

// scriptTakeIndex is the command "takeindex": another process, that of the test, has the search index open until the script ends.
func scriptTakeIndex(ts *testscript.TestScript, _ bool, _ []string) {
	x, err := search.Open(context.Background(), search.Options{Folder: ts.MkAbs("lectern-data/search")})
	ts.Check(err)
	ts.Defer(func() { _ = x.Close() })
}

// scriptTables is the command "tables VERSION DIRTY": the tables of learners say that they have that version, and whether a migration has failed in the middle.
func scriptTables(ts *testscript.TestScript, _ bool, args []string) {
	scriptLearnerDB(ts, false, []string{fmt.Sprintf("UPDATE schema_migrations SET version = %s, dirty = %s", args[0], args[1])})
}

// scriptLearnerDB is the command "learnerdb STATEMENT": it changes the database of learners behind the program's back.
func scriptLearnerDB(ts *testscript.TestScript, _ bool, args []string) {
	driver, uri := "pgx", ts.Getenv("LECTERN_DB")
	if uri == "" {
		driver, uri = "sqlite", ts.MkAbs("lectern-data/state.db")
	}
	db, err := sql.Open(driver, uri)
	ts.Check(err)
	_, err = db.Exec(args[0])
	ts.Check(err)
	ts.Check(db.Close())
}

// scriptRoster is the command "roster FILE LINES": it writes a list of that many learners.
func scriptRoster(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := []byte("name\n")
	for i := range n {
		text = fmt.Appendf(text, "learner %d\n", i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o666))
}

// chances are what differs in a calendar from run to run.
var chances = regexp.MustCompile(`UID:[0-9a-f]{32}|(DTSTAMP|LAST-MODIFIED):\d{8}T\d{6}Z`)

// scriptCalendar is the command "calendar FILE": standard output of the last program is that calendar, with numbers for the names of events, without the times at which they
// were made, and with the ends of lines of this file.
func scriptCalendar(ts *testscript.TestScript, _ bool, args []string) {
	names := make(map[string]string)
	got := chances.ReplaceAllStringFunc(strings.ReplaceAll(ts.ReadFile("stdout"), "\r\n", "\n"), func(text string) string {
		field, _, _ := strings.Cut(text, ":")
		if field != "UID" {
			return field + ":"
		}
		if names[text] == "" {
			names[text] = fmt.Sprint("UID:", len(names)+1)
		}
		return names[text]
	})
	if want := ts.ReadFile(args[0]); got != want {
		ts.Fatalf("the calendar is not %s:\n%s", args[0], got)
	}
}

// lectern runs a command in this process.
func lectern(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, strings.NewReader(""), &out, &err, nil)
	return code, out.String(), err.String()
}

func TestACancelledImportChangesNothingAndSaysSo(t *testing.T) {
	dir := t.TempDir()
	data, course := filepath.Join(dir, "data"), filepath.Join(dir, "course")
	if err := os.CopyFS(course, sample.Course()); err != nil {
		t.Fatal(err)
	}
	versions := 0
	// importStopped imports a course with a page that no version has yet, stops it at that look at the context, and reports whether
	// it was done before that.
	importStopped := func(at int64) (looks int64, done bool) {
		page := fmt.Appendf(nil, "<p>%d</p>\n", time.Now().UnixNano())
		if err := os.WriteFile(filepath.Join(course, "html", "log-text.html"), page, 0o666); err != nil {
			t.Fatal(err)
		}
		ctx := stopAfter(t.Context(), at)
		code, stdout, stderr := lectern(ctx, "import", course, "--data", data)
		switch {
		case code == exitDone:
			versions++
		case code != exitFailed || stdout != "" || stderr != "lectern: stopped; nothing has changed\n":
			t.Fatalf("stopped at look %d: exit code %d, printed %q and %q", at, code, stdout, stderr)
		}
		if got := versionsIn(t, data); got != versions {
			t.Fatalf("stopped at look %d with exit code %d: there are %d versions, want %d", at, code, got, versions)
		}
		return at - ctx.looks.Load(), code == exitDone
	}
	late, done := importStopped(math.MaxInt64)
	if !done {
		t.Fatal("the first import was stopped")
	}
	// Close in on the moment of the commit, and look closely there.
	early := int64(0)
	for late-early > 1 {
		middle := (early + late) / 2
		if _, done := importStopped(middle); done {
			late = middle
		} else {
			early = middle
		}
	}
	for at := max(1, early-8); at < late+8; at++ {
		importStopped(at)
	}
	if early < 10 {
		t.Errorf("no import was stopped after %d looks", early)
	}
	if code, _, stderr := lectern(t.Context(), "verify", "--data", data); code != exitDone {
		t.Errorf("verify after stopped imports: %s", stderr)
	}
}

func versionsIn(t *testing.T, data string) int {
	t.Helper()
	code, stdout, stderr := lectern(t.Context(), "log", "course-v1:Lectern+ByExample+2026", "--data", data)
	if code != exitDone {
		t.Fatal(stderr)
	}
	return strings.Count(stdout, "\n")
}

// stopAfter gives a context that is cancelled once somebody has looked at it n times: at about the same place in each run.
func stopAfter(parent context.Context, n int64) *watched {
	ctx, cancel := context.WithCancel(parent)
	w := &watched{Context: ctx, cancel: cancel}
	w.looks.Store(n)
	return w
}

type watched struct {
	context.Context
	cancel context.CancelFunc
	looks  atomic.Int64 // that are left
}

func (w *watched) look() {
	if w.looks.Add(-1) == 0 {
		w.cancel()
	}
}

func (w *watched) Err() error {
	w.look()
	return w.Context.Err()
}

func (w *watched) Done() <-chan struct{} {
	w.look()
	return w.Context.Done()
}

func TestWhatCannotBePrintedIsAFailure(t *testing.T) {
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"version"}, strings.NewReader(""), brokenWriter{}, &stderr, nil)
	if code != exitFailed || !strings.Contains(stderr.String(), "writing the result: the disk is full") {
		t.Errorf("exit code %d, %s", code, stderr.String())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestEveryCommandSaysWhatItChangesAndHasAnExample(t *testing.T) {
	root := (&app{env: map[string]string{}}).rootCommand()
	root.InitDefaultHelpCmd()
	var names []string
	for _, c := range withSubs(root.Commands()) {
		if c.Parent() == root {
			names = append(names, c.Name())
		}
		if !strings.HasPrefix(strings.TrimSpace(c.Example), "lectern ") && c.Name() != "completion" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		says := []string{"changes nothing", "adds one version", "is stored in the data folder", "is stored in the database of learners"}
		long := strings.ReplaceAll(c.Long, "\n", " ")
		if !slices.ContainsFunc(says, func(s string) bool { return strings.Contains(long, s) }) {
			t.Errorf("%s does not say what it changes", c.CommandPath())
		}
	}
	want := []string{
		"add", "answer", "branch", "check", "cohort", "completion", "copy", "copy-block", "courses", "dates", "delete", "demo", "diff", "discard", "drafts", "duplicate",
		"edit", "enroll", "exam", "export", "extend", "flags", "grades", "help", "import", "log", "merge", "migrate", "move", "orphans", "outline", "progress", "prune", "publish", "purge", "reindex", "remove",
		"reorder", "replace", "rerun", "restore", "search", "set", "shift-dates", "show", "simulate", "sync", "tag", "unpublish", "user", "verify", "version",
	}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("the commands are %v, want %v", names, want)
	}
}

// withSubs gives commands, each followed by those that it holds.
func withSubs(list []*cobra.Command) (all []*cobra.Command) {
	for _, c := range list {
		all = append(append(all, c), c.Commands()...)
	}
	return all
}
