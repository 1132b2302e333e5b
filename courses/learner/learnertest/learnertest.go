// Package learnertest gives tests empty databases for learner state, on each engine.
package learnertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Engines runs a test on an empty database of each engine: SQLite in a folder of the test, and PostgreSQL at LECTERN_TEST_POSTGRES_URI or, without
// that, on a server that is started for them.
func Engines(t *testing.T, test func(t *testing.T, uri string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "state.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, Postgres(t)) })
}

// server gives the address of the PostgreSQL that all tests of a package use. The first test that wants one starts it.
var server = sync.OnceValues(func() (string, error) {
	if uri := os.Getenv("LECTERN_TEST_POSTGRES_URI"); uri != "" {
		return uri, nil
	}
	uri, stop, err := start()
	if err == nil {
		stopServer = stop
	}
	return uri, err
})

// stopServer ends the server that was started.
var stopServer = func() {}

// Main runs the tests of a package, and ends the server that they have started. It is called by TestMain.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for a TestMain with more to do: it gives the exit code.
func Run(m *testing.M) int {
	defer func() { stopServer() }()
	return m.Run()
}

var databases atomic.Int64

// Postgres gives the address of an empty database that is dropped when the test ends. Without a server the test is left out, or
// fails where everything must run (LECTERN_REQUIRE_ALL).
func Postgres(t testing.TB) string {
	t.Helper()
	server, err := server()
	switch {
	case err != nil && os.Getenv("LECTERN_REQUIRE_ALL") != "":
		t.Fatalf("there is no PostgreSQL, and nothing may be left out here: %v", err)
	case err != nil:
		t.Skipf("left out: %v", err)
	}
	name := fmt.Sprintf("lectern_test_%d_%d", os.Getpid(), databases.Add(1))
	do(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { do(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func do(t testing.TB, server, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err == nil {
		_, err = db.ExecContext(context.Background(), statement)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// start runs a server until stop is called. It listens on a socket in a folder of its own alone.
func start() (uri string, stop func(), err error) {
	bin, err := programs()
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "lectern-pg-")
	if err != nil {
		return "", nil, err
	}
	s := &process{bin: bin, dir: dir}
	if err := s.start(); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s.uri(), s.stop, nil
}

// programs finds the folder of initdb and postgres.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	list, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Sort(list)
	if len(list) == 0 {
		return "", errors.New("the programs of PostgreSQL (initdb, postgres) cannot be found: install them, or set LECTERN_TEST_POSTGRES_URI")
	}
	return list[len(list)-1], nil
}

type process struct {
	bin, dir string
	postgres *exec.Cmd
	once     sync.Once
}

// command makes a command for the user that PostgreSQL runs as, which must not be root.
func (p *process) command(name string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	if os.Getuid() != 0 {
		return cmd, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr, os.Chown(p.dir, int(uid), int(gid))); err != nil {
			return nil, err
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return cmd, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody")
}

func (p *process) start() error {
	data := filepath.Join(p.dir, "data")
	initdb, err := p.command("initdb", "--pgdata="+data, "--username=lectern", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	if err != nil {
		return err
	}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if p.postgres, err = p.command("postgres", "-D", data, "-k", p.dir, "-c", "listen_addresses=", "-c", "max_connections=200"); err != nil {
		return err
	}
	if err := p.postgres.Start(); err != nil {
		return err
	}
	for range 600 {
		if err := p.ping(); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.stop()
	return errors.New("PostgreSQL does not start")
}

func (p *process) uri() string {
	q := url.Values{"host": {p.dir}, "user": {"lectern"}, "sslmode": {"disable"}}
	return "postgres:///postgres?" + q.Encode()
}

func (p *process) ping() error {
	db, err := sql.Open("pgx", p.uri())
	if err != nil {
		return err
	}
	return errors.Join(db.Ping(), db.Close())
}

func (p *process) stop() {
	p.once.Do(func() {
		_ = p.postgres.Process.Signal(syscall.SIGINT) // a fast shutdown
		_ = p.postgres.Wait()
		_ = os.RemoveAll(p.dir)
	})
}
