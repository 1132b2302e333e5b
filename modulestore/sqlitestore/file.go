package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"lectern/modulestore"
)

// format is the version of the tables below. A file with another one is refused.
const format = 2

const (
	// busyWait is how long a writer waits for another process that writes.
	busyWait = 5 * time.Second
	// busyStep is how long SQLite itself waits. It does not look at contexts while it does, so the rest is a loop here.
	busyStep = 50 * time.Millisecond
	// readers is the number of connections that read at the same time.
	readers = 4
)

// tuning holds what differs between the files.
type tuning struct {
	pageSize   int // bytes; only a new file takes it
	checkpoint int // pages in the write-ahead log from which it is moved into the file
	schema     string
}

const objectsSchema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE objects (
	row        INTEGER PRIMARY KEY,
	id         BLOB NOT NULL UNIQUE,
	kind       INTEGER NOT NULL,
	packing    INTEGER NOT NULL, -- 0 as it is, 1 zstd
	size       INTEGER NOT NULL, -- before packing
	generation INTEGER NOT NULL, -- before data, so that a new stamp is written without it
	data       BLOB NOT NULL
) STRICT;
CREATE TABLE tombstones (
	id     BLOB PRIMARY KEY,
	kind   INTEGER NOT NULL,
	size   INTEGER NOT NULL,
	author TEXT NOT NULL,
	reason TEXT NOT NULL,
	time   INTEGER NOT NULL -- milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;`

const reflogSchema = `
CREATE TABLE reflog (
	course    TEXT NOT NULL,
	seq       INTEGER NOT NULL,
	commit_id BLOB NOT NULL,
	prev      BLOB NOT NULL,
	draft     BLOB NOT NULL,
	published BLOB NOT NULL,
	files     BLOB NOT NULL,
	refs      BLOB NOT NULL,
	author    TEXT NOT NULL,
	time      INTEGER NOT NULL, -- milliseconds since 1970, UTC
	operation TEXT NOT NULL,
	message   TEXT NOT NULL,
	blocks    BLOB NOT NULL, -- type and name of each, both ended by a zero byte
	PRIMARY KEY (course, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE contexts (
	course TEXT PRIMARY KEY,
	fold   TEXT NOT NULL UNIQUE,
	seq    INTEGER NOT NULL,
	title  TEXT NOT NULL,
	time   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`

// Larger pages make a smaller file (of a store with many edits by a tenth from 4 to 8 KiB) but more bytes that an edit
// writes (by two thirds). The first matters for chunks, the second for all else; the log follows the size of a usual Put.
var (
	storeTuning  = tuning{pageSize: 4 << 10, checkpoint: 256, schema: objectsSchema + reflogSchema}
	chunksTuning = tuning{pageSize: 16 << 10, checkpoint: 2048, schema: objectsSchema}
)

// file is one SQLite file with a table of objects.
type file struct {
	path string
	tuning
	codec *codec

	write *sql.DB // one connection; its transactions take the write lock at once
	read  *sql.DB

	find, lack, list, buried                   *sql.Stmt // on read
	insert, renew, vanished, sweep, bury, drop *sql.Stmt // on write
}

// openFile opens the file, or creates an empty one. Before its first use it needs initialise.
func openFile(ctx context.Context, path string, t tuning, c *codec) (*file, error) {
	f := &file{path: path, tuning: t, codec: c}
	if err := f.openWriter(ctx); err != nil {
		return nil, errors.Join(f.explain(ctx, "open store", err), f.release())
	}
	return f, nil
}

func (f *file) openWriter(ctx context.Context) (err error) {
	_, missing := os.Stat(f.path)
	f.write, err = f.connect(1, "_txlock=immediate", busyStep,
		"synchronous(FULL)",
		"secure_delete(ON)", // see Bury
		fmt.Sprintf("page_size(%d)", f.pageSize),
		fmt.Sprintf("wal_autocheckpoint(%d)", f.checkpoint),
		fmt.Sprintf("journal_size_limit(%d)", f.checkpoint*f.pageSize))
	if err != nil {
		return err
	}
	if err := patiently(func() error { return f.write.PingContext(ctx) }); err != nil {
		return err
	}
	if errors.Is(missing, fs.ErrNotExist) {
		// The files that SQLite puts beside this one take over its rights.
		return os.Chmod(f.path, 0o600)
	}
	return nil
}

// connect makes a pool of connections that are set up alike and stay open.
func (f *file) connect(n int, option string, busy time.Duration, pragmas ...string) (*sql.DB, error) {
	path := filepath.ToSlash(f.path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/...
	}
	query := option + "&_busy_timeout=" + strconv.FormatInt(busy.Milliseconds(), 10)
	for _, p := range pragmas {
		query += "&_pragma=" + url.QueryEscape(p)
	}
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: query}).String())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return pool, nil
}

func prepare(ctx context.Context, pool *sql.DB, query string, stmt **sql.Stmt) error {
	return patiently(func() (err error) {
		*stmt, err = pool.PrepareContext(ctx, query)
		return err
	})
}

// initialise creates the tables of a new file and makes the file ready for use.
func (f *file) initialise(ctx context.Context) error {
	found, err := f.format(ctx, f.write)
	if err == nil && found == 0 {
		err = f.create(ctx)
	}
	if err != nil {
		return f.explain(ctx, "open store", err)
	}
	if f.read, err = f.connect(readers, "mode=rw", busyWait, "query_only(1)"); err != nil {
		return err
	}
	return f.explain(ctx, "open store", errors.Join(
		prepare(ctx, f.read, findSQL, &f.find),
		prepare(ctx, f.read, lackingSQL, &f.lack),
		prepare(ctx, f.read, walkSQL, &f.list),
		prepare(ctx, f.read, buriedSQL, &f.buried),
		prepare(ctx, f.write, insertSQL, &f.insert),
		prepare(ctx, f.write, renewSQL, &f.renew),
		prepare(ctx, f.write, lackingSQL, &f.vanished),
		prepare(ctx, f.write, sweepSQL, &f.sweep),
		prepare(ctx, f.write, burySQL, &f.bury),
		prepare(ctx, f.write, dropSQL, &f.drop),
	))
}

func (f *file) create(ctx context.Context) error {
	// Only an empty file takes it. See shrink.
	err := patiently(func() error {
		_, err := f.write.ExecContext(ctx, `PRAGMA auto_vacuum = INCREMENTAL`)
		return err
	})
	if err != nil {
		return err
	}
	if err := f.useWAL(ctx); err != nil {
		return err
	}
	return f.update(ctx, "create the tables", func(tx *sql.Tx) error {
		// Another process may have been faster.
		if found, err := f.format(ctx, tx); err != nil || found > 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, f.schema); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ('format', ?)`, format)
		return err
	})
}

// format gives the version of the tables, 0 for a file that has none yet. Files that this program cannot read are an error.
func (f *file) format(ctx context.Context, on querier) (version int, err error) {
	var tables, meta int
	err = ask(ctx, on, `SELECT count(*), count(iif(name = 'meta', 1, NULL)) FROM sqlite_schema`, &tables, &meta)
	switch {
	case err != nil || tables == 0:
		return 0, err
	case meta == 0:
		return 0, fmt.Errorf("%s belongs to another program: choose another data folder: %w", f.path, modulestore.ErrInvalid)
	}
	err = ask(ctx, on, `SELECT coalesce(max(value), 0) FROM meta WHERE name = 'format'`, &version)
	switch {
	case err != nil:
		return 0, err
	case version < 1:
		return 0, fmt.Errorf("%s does not say its format: put it back from a backup: %w", f.path, modulestore.ErrCorrupt)
	case version < format:
		return 0, fmt.Errorf("%s was written by an earlier development version of this program: export with that and import again: %w",
			f.path, modulestore.ErrInvalid)
	case version > format:
		return 0, fmt.Errorf("%s was written in format %d by a newer version of this program; this one knows formats up to %d: use the newer one: %w",
			f.path, version, format, modulestore.ErrInvalid)
	}
	return version, nil
}

// querier is a *sql.DB or a *sql.Tx.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// ask reads one row.
func ask(ctx context.Context, on querier, query string, dest ...any) error {
	return patiently(func() error { return on.QueryRowContext(ctx, query).Scan(dest...) })
}

// isUsed reports whether the file holds an object.
func (f *file) isUsed(ctx context.Context) (used bool, err error) {
	if found, err := f.format(ctx, f.write); err != nil || found == 0 {
		return false, err
	}
	err = ask(ctx, f.write, `SELECT EXISTS (SELECT 1 FROM objects)`, &used)
	return used, err
}

func (f *file) useWAL(ctx context.Context) error {
	var mode string
	err := ask(ctx, f.write, `PRAGMA journal_mode = WAL`, &mode)
	if err == nil && mode != "wal" {
		return fmt.Errorf("%s cannot have a write-ahead log, as on a network drive: use a folder on a local disk: %w", f.path, modulestore.ErrInvalid)
	}
	return err
}

// update runs do in a write transaction; doing is for messages. Nothing of it is seen unless it returns nil.
func (f *file) update(ctx context.Context, doing string, do func(tx *sql.Tx) error) error {
	var tx *sql.Tx
	err := patiently(func() (err error) {
		tx, err = f.write.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return f.explain(ctx, doing, err)
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return f.explain(ctx, doing, err)
	}
	return f.explain(ctx, doing, tx.Commit())
}

// patiently repeats do while another process holds the file: it writes, or it creates the file or closes it as the last.
// do looks at the context.
func patiently(do func() error) error {
	for deadline := time.Now().Add(busyWait); ; time.Sleep(time.Millisecond) {
		err := do()
		if !isBusy(err) || time.Now().After(deadline) {
			return err
		}
	}
}

// query calls scan for every row.
func (f *file) query(ctx context.Context, doing string, stmt *sql.Stmt, args []any, scan func(*sql.Rows) error) error {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return f.explain(ctx, doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return f.explain(ctx, doing, err)
		}
	}
	return f.explain(ctx, doing, rows.Err())
}

// close moves the write-ahead log into the file, as far as no other process needs it, and closes the file.
func (f *file) close() error {
	_, err := f.write.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	return errors.Join(f.explain(context.Background(), "close store", err), f.release())
}

func (f *file) release() error {
	var errs []error
	for _, pool := range []*sql.DB{f.read, f.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// syncFolder makes the names of new entries durable. Windows does that by itself and cannot be asked.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// scanID reads a column that holds an id.
type scanID struct{ id *modulestore.ID }

// Scan implements sql.Scanner.
func (s scanID) Scan(value any) error {
	b, ok := value.([]byte)
	if !ok || len(b) != len(s.id) {
		return fmt.Errorf("an id is not %d bytes: %w", len(s.id), modulestore.ErrCorrupt)
	}
	copy(s.id[:], b)
	return nil
}
