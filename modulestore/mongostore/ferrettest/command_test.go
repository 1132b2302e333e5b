package ferrettest

import (
	"bytes"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func TestCommands(t *testing.T) {
	bin := program(t)
	for _, c := range []struct {
		name string
		test func(t *testing.T, bin string)
	}{
		{"those that change something do and say the same", commandsThatChange},
		{"those that only read say the same", commandsThatRead},
		{"what is copied to MongoDB and from there to another folder is what it was", copyThereAndBack},
		{"an empty database holds no courses", emptyDatabase},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, bin) })
	}
}

// storeScripts are the scripts that use each call of a backend: lists of courses, logs, all objects, sweeps, tombstones. The others ask for the
// same in other orders.
var storeScripts = []string{"branch", "courses_log", "delete", "import", "prune", "purge", "restore", "verify"}

// TestScripts runs the scripts of the command line, which say what each command prints and does, with all courses on the server. With -short
// only storeScripts.
func TestScripts(t *testing.T) {
	uri, err := url.Parse(newDatabase(t))
	must(t, err)
	prefix := uri.Path[1:]
	uri.Path += "_"
	which := "^TestScripts$"
	if testing.Short() {
		which += "/^(" + strings.Join(storeScripts, "|") + ")$"
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run="+which, "-v", "./cmd/lectern")
	cmd.Dir = "../../.."
	cmd.Env = append(os.Environ(), "LECTERN_TEST_MONGODB_URI=", "LECTERN_TEST_STORE="+uri.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, name := range storeScripts {
		if !bytes.Contains(out, []byte("--- PASS: TestScripts/"+name+" ")) {
			t.Errorf("the script %s did not run", name)
		}
	}
	t.Logf("%d scripts passed, %d are about folders", bytes.Count(out, []byte("--- PASS: TestScripts/")), bytes.Count(out, []byte("--- SKIP: TestScripts/")))
	dropAll(t, *uri, prefix)
}

// dropAll drops the databases whose names begin with prefix.
func dropAll(t *testing.T, server url.URL, prefix string) {
	server.Path = "/"
	client, err := mongo.Connect(options.Client().ApplyURI(server.String()))
	must(t, err)
	names, err := client.ListDatabaseNames(t.Context(), bson.D{})
	must(t, errors.Join(err, client.Disconnect(t.Context())))
	for _, name := range names {
		if strings.HasPrefix(name, prefix) {
			server.Path = "/" + name
			drop(t, server)
		}
	}
}

// program builds lectern.
func program(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "lectern")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./cmd/lectern")
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// lectern is the program with the flags that say where the courses are.
type lectern struct {
	t     *testing.T
	bin   string
	store []string
}

// run gives what the command prints, on both streams, and its exit code.
func (l lectern) run(args ...string) string {
	l.t.Helper()
	cmd := exec.CommandContext(l.t.Context(), l.bin, append(args, l.store...)...)
	cmd.Env = append(os.Environ(), serverVariable+"=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); cmd.ProcessState == nil {
		l.t.Fatal(err)
	}
	return out.String() + cmd.ProcessState.String()
}

const (
	sampleFolder = "../../../importer/sample/course"
	sampleKey    = "course-v1:Lectern+ByExample+2026"
)

// wantSame compares what a command prints, as alter leaves it.
func wantSame(t *testing.T, a, b lectern, alter func(string) string, args ...string) {
	t.Helper()
	x, y := alter(a.run(args...)), alter(b.run(args...))
	if x != y {
		t.Errorf("lectern %s\n--- with %s:\n%.2000s\n--- with %s:\n%.2000s", strings.Join(args, " "), a.store[0], x, b.store[0], y)
	}
}

func asItIs(s string) string { return s }

// withoutTimes leaves out what differs from one import to the next: times, commits and durations.
func withoutTimes(s string) string { return variable.ReplaceAllString(s, "*") }

var variable = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:]+Z|\b[0-9a-f]{12}\b|\b[0-9a-f]{64}\b|\d+\.\d s\b|"seconds": [\d.e-]+`)

func commandsThatChange(t *testing.T, bin string) {
	sqlite := lectern{t, bin, []string{"--data", filepath.Join(t.TempDir(), "data")}}
	mongo := lectern{t, bin, []string{"--store", newDatabase(t)}}
	for _, args := range [][]string{
		{"import", sampleFolder, "--json"},
		{"import", sampleFolder},
		{"import", sampleFolder, "--course", "course-v1:LECTERN+byexample+2026"},
		{"import", sampleFolder, "--course", "course-v1:Another+Key+2026"},
		{"courses"},
		{"verify"},
		{"delete", sampleKey, "--yes"},
		{"courses"},
		{"show", sampleKey},
		{"restore", sampleKey, "1"},
		{"show", sampleKey},
		{"log", sampleKey},
	} {
		wantSame(t, sqlite, mongo, withoutTimes, args...)
	}
}

func commandsThatRead(t *testing.T, bin string) {
	folder, uri := filepath.Join(t.TempDir(), "data"), newDatabase(t)
	sqlite, mongo := lectern{t, bin, []string{"--data", folder}}, lectern{t, bin, []string{"--store", uri}}
	sqlite.run("import", sampleFolder)
	sqlite.run("copy", "--to", uri) // so that times and commits are the same
	for _, args := range [][]string{
		{"courses"},
		{"courses", "--json"},
		{"show", sampleKey},
		{"show", sampleKey, "--json"},
		{"show", sampleKey, "video/half-a-minute"},
		{"show", sampleKey, "html/nowhere"},
		{"show", "course-v1:LECTERN+byexample+2026"},
		{"log", sampleKey},
		{"log", sampleKey, "--json"},
		{"log", "course-v1:No+Such+Course"},
		{"export", sampleKey, "-o", "-"},
		{"export", sampleKey, "-o", "-", "--canonical", "--branch", "draft"},
		{"check", sampleKey},
		{"verify"},
		{"verify", "--json"},
	} {
		wantSame(t, sqlite, mongo, asItIs, args...)
	}
}

func copyThereAndBack(t *testing.T, bin string) {
	first, second, uri := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second"), newDatabase(t)
	here, there := lectern{t, bin, []string{"--data", first}}, lectern{t, bin, []string{"--data", second}}
	here.run("import", sampleFolder)
	for _, way := range [][]string{{"copy", "--to", uri}, {"copy", "--from", uri, "--to", second}} {
		for _, want := range []string{"1 new version up to version 1, ", "up to date at version 1"} {
			if out := here.run(way...); !strings.Contains(out, want) {
				t.Errorf("%v: %s, want %q", way, out, want)
			}
		}
	}
	for _, args := range [][]string{{"courses"}, {"log", sampleKey, "--json"}, {"verify"}} {
		wantSame(t, here, there, asItIs, args...)
	}
}

func emptyDatabase(t *testing.T, bin string) {
	uri := newDatabase(t)
	out := lectern{t, bin, []string{"--store", uri}}.run("courses")
	if !strings.Contains(out, "holds no courses yet") || !strings.HasSuffix(out, "exit status 0") {
		t.Error(out)
	}
}
