package sqlitestore_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

// today is the generation of tests that are about something else.
const today modulestore.Generation = 20_000

func TestConformance(t *testing.T) {
	var dirs sync.Map
	openIn := func(t *testing.T, dir string) modulestore.Backend {
		db := open(t, dir)
		dirs.Store(modulestore.Backend(db), dir)
		return db
	}
	fresh := func(t *testing.T) modulestore.Backend { return openIn(t, t.TempDir()) }
	again := func(t *testing.T, b modulestore.Backend) modulestore.Backend {
		dir, _ := dirs.Load(b)
		return openIn(t, dir.(string))
	}
	storetest.RunBackend(t, fresh, again)
	storetest.RunStore(t, fresh)
}

func TestOpen(t *testing.T) {
	t.Run("a folder that is not there is created, with everything above it", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a", "b", "c")
		if sqlitestore.Exists(dir) {
			t.Error("Exists before Open")
		}
		mustClose(t, filled(t, dir))
		if !sqlitestore.Exists(dir) {
			t.Error("does not exist after Open")
		}
		wantFilled(t, open(t, dir))
	})
	t.Run("only the user can read what is created", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("no such rights")
		}
		dir := filepath.Join(t.TempDir(), "store")
		filled(t, dir) // left open: the files beside the databases count too
		files := 0
		walk := func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			if files++; info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return nil
		}
		if err := filepath.WalkDir(dir, walk); err != nil {
			t.Fatal(err)
		}
		if files != 7 {
			t.Errorf("saw %d files, want the folder and three for each database", files)
		}
	})
	t.Run("a relative folder and odd characters in its name are fine", func(t *testing.T) {
		t.Chdir(t.TempDir())
		for _, name := range []string{"data", "with space", "per%41cent", "ques?tion=1&mode=memory", "ha#sh", "ünï 한", "co:lon"} {
			dir := filepath.Join("top", name)
			mustClose(t, filled(t, dir))
			if _, err := os.Stat(filepath.Join(dir, "store.db")); err != nil {
				t.Error(err)
			}
			wantFilled(t, open(t, dir))
		}
	})
	t.Run("closing leaves nothing but the two files", func(t *testing.T) {
		dir := t.TempDir()
		mustClose(t, filled(t, dir))
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != 2 {
			t.Errorf("%v, %v", files, err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		want    error
		says    string
	}{
		{"a file in place of the folder", func(t *testing.T, dir string) {
			must(t, os.Remove(dir))
			must(t, os.WriteFile(dir, []byte("text"), 0o600))
		}, modulestore.ErrInvalid, "is a file, not a folder"},
		{"a file of a newer format", func(t *testing.T, dir string) {
			mustClose(t, filled(t, dir))
			execute(t, dir, "store.db", `UPDATE meta SET value = 7 WHERE name = 'format'`)
		}, modulestore.ErrInvalid, "store.db was written in format 7 by a newer version"},
		{"chunks of a newer format", func(t *testing.T, dir string) {
			mustClose(t, filled(t, dir))
			execute(t, dir, "chunks.db", `UPDATE meta SET value = 3 WHERE name = 'format'`)
		}, modulestore.ErrInvalid, "chunks.db was written in format 3 by a newer version"},
		{"a file of an older format", func(t *testing.T, dir string) {
			mustClose(t, filled(t, dir))
			execute(t, dir, "store.db", `UPDATE meta SET value = 1 WHERE name = 'format'`)
		}, modulestore.ErrInvalid, "store.db was written by an earlier development version of this program: export with that and import again"},
		{"a file that does not say its format", func(t *testing.T, dir string) {
			mustClose(t, filled(t, dir))
			execute(t, dir, "store.db", `DELETE FROM meta`)
		}, modulestore.ErrCorrupt, "store.db does not say its format"},
		{"a database of another program", func(t *testing.T, dir string) {
			execute(t, dir, "store.db", `CREATE TABLE objects (id BLOB)`)
		}, modulestore.ErrInvalid, "store.db belongs to another program"},
		{"a file that is no database", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "store.db"), []byte(strings.Repeat("no database ", 1000)), 0o600))
		}, modulestore.ErrCorrupt, "store.db is damaged"},
		{"chunks that are no database", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "chunks.db"), []byte(strings.Repeat("no database ", 1000)), 0o600))
		}, modulestore.ErrCorrupt, "chunks.db is damaged"},
		{"a store that lost its chunks", func(t *testing.T, dir string) {
			mustClose(t, filled(t, dir))
			must(t, os.Remove(filepath.Join(dir, "chunks.db")))
		}, modulestore.ErrCorrupt, "chunks.db is missing or empty"},
		{"chunks that lost their store", func(t *testing.T, dir string) {
			mustClose(t, filled(t, dir))
			must(t, os.Remove(filepath.Join(dir, "store.db")))
		}, modulestore.ErrCorrupt, "store.db is missing or empty"},
		{"a store that was cut to nothing", func(t *testing.T, dir string) {
			mustClose(t, filled(t, dir))
			must(t, os.Truncate(filepath.Join(dir, "store.db"), 0))
		}, modulestore.ErrCorrupt, "store.db is missing or empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.prepare(t, dir)
			for range 2 { // the first attempt must not repair what is lost into an empty store
				db, err := sqlitestore.Open(t.Context(), dir)
				if err == nil {
					mustClose(t, db)
				}
				if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("Open = %v\nwant %v and %q", err, c.want, c.says)
				}
			}
		})
	}
	t.Run("a cancelled context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := sqlitestore.Open(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
			t.Errorf("Open = %v", err)
		}
	})
}

func TestManyOpenAtOnce(t *testing.T) {
	for range 5 {
		dir := filepath.Join(t.TempDir(), "new")
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				db, err := sqlitestore.Open(t.Context(), dir)
				if err != nil {
					t.Error(err)
					return
				}
				c := key.Course{Org: "Org", Code: fmt.Sprint(i), Run: "Run"}
				if err := db.Append(t.Context(), c, "title", modulestore.Entry{Seq: 1}); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got, err := open(t, dir).Contexts(t.Context()); err != nil || len(got) != 8 {
			t.Errorf("%d courses, %v", len(got), err)
		}
	}
}

func TestPutCancelledOnTheWayStoresNothing(t *testing.T) {
	t.Parallel()
	for wait := 200 * time.Microsecond; ; wait = wait * 3 / 2 {
		db := open(t, t.TempDir())
		objects := pages(rand.New(rand.NewPCG(1, 1)), 2000)
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		err := db.Put(ctx, today, objects)
		cancel()
		seen := 0
		for _, err := range db.All(t.Context()) {
			must(t, err)
			seen++
		}
		mustClose(t, db)
		if err == nil {
			if seen != len(objects) {
				t.Errorf("%d of %d objects after success", seen, len(objects))
			}
			return
		}
		if !errors.Is(err, context.DeadlineExceeded) || seen != 0 {
			t.Fatalf("%d objects after %v", seen, err)
		}
	}
}

// A write lock that another process holds is waited for, and the wait can be cancelled.
func TestOtherWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir)
	course := key.Course{Org: "Org", Code: "Waits", Run: "Run"}
	other := raw(t, dir, "store.db")
	lock := func() (release func()) {
		tx, err := other.Begin()
		must(t, err)
		_, err = tx.Exec(`UPDATE meta SET value = value`)
		must(t, err)
		return func() { must(t, tx.Rollback()) }
	}

	t.Run("a short one is waited for", func(t *testing.T) {
		release := lock()
		time.AfterFunc(300*time.Millisecond, release)
		must(t, db.Append(t.Context(), course, "title", modulestore.Entry{Seq: 1}))
	})
	t.Run("the wait ends with the context", func(t *testing.T) {
		defer lock()()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := db.Append(ctx, course, "title", modulestore.Entry{Seq: 2})
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 2*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
	t.Run("readers do not wait", func(t *testing.T) {
		defer lock()()
		if head, err := db.Head(t.Context(), course); err != nil || head.Seq != 1 {
			t.Errorf("Head = %d, %v", head.Seq, err)
		}
	})
	t.Run("a long one is an error that says what to do", func(t *testing.T) {
		if testing.Short() {
			t.Skip("takes five seconds")
		}
		defer lock()()
		err := db.Append(t.Context(), course, "title", modulestore.Entry{Seq: 2})
		if err == nil || !strings.Contains(err.Error(), "another process is writing to "+filepath.Join(dir, "store.db")) {
			t.Errorf("Append = %v", err)
		}
	})
}

// One edit stores about five objects of 1 to 4 KB, 12 KB together when they are compressed, and a log entry.
func TestEditsGrowTheFilesLittle(t *testing.T) {
	t.Parallel()
	const edits, limit = 300, 20 << 10
	dir := t.TempDir()
	db := open(t, dir)
	random := rand.New(rand.NewPCG(1, 2))
	must(t, db.Put(t.Context(), today, pages(random, 4000)))
	mustClose(t, db)
	before := folderSize(t, dir)
	db = open(t, dir)
	course := key.Course{Org: "Org", Code: "Code", Run: "Run"}
	for seq := uint64(1); seq <= edits; seq++ {
		var objects []modulestore.Object
		for range 5 {
			objects = append(objects, page(noise(random, 1000+random.IntN(2800))))
		}
		must(t, db.Put(t.Context(), today, objects))
		id := objects[0].ID
		e := modulestore.Entry{Seq: seq, Commit: id, Prev: id, Roots: modulestore.Roots{Draft: id, Published: id, Files: id},
			Author: "somebody@example.org", Time: time.Now(), Operation: "edit", Message: "Changed the title of a unit"}
		must(t, db.Append(t.Context(), course, "A course", e))
	}
	open := (folderSize(t, dir) - before) / edits
	mustClose(t, db)
	closed := (folderSize(t, dir) - before) / edits
	t.Logf("an edit adds %d bytes, with the write-ahead log of an open store %d", closed, open)
	if closed > limit {
		t.Errorf("an edit adds %d bytes, want at most %d", closed, limit)
	}
}

func BenchmarkPut4000(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		b.StopTimer()
		db, objects := open(b, b.TempDir()), pages(random, 4000)
		b.StartTimer()
		must(b, db.Put(b.Context(), today, objects))
		b.StopTimer()
		mustClose(b, db)
		b.StartTimer()
	}
}

func BenchmarkGet200(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	db, objects := open(b, b.TempDir()), pages(random, 20_000)
	must(b, db.Put(b.Context(), today, objects))
	ids := make([]modulestore.ID, 200)
	for b.Loop() {
		for i := range ids {
			ids[i] = objects[random.IntN(len(objects))].ID
		}
		if _, err := db.Get(b.Context(), modulestore.KindPage, ids); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	db, course := open(b, b.TempDir()), key.Course{Org: "Org", Code: "Code", Run: "Run"}
	seq := uint64(0)
	for b.Loop() {
		seq++
		e := modulestore.Entry{Seq: seq, Author: "author", Time: time.Now(), Operation: "edit", Message: "message"}
		must(b, db.Append(b.Context(), course, "title", e))
	}
}

func BenchmarkEditCosts(b *testing.B) {
	storetest.EditCosts(b, func(b *testing.B) storetest.Storage {
		dir := b.TempDir()
		return storetest.Storage{
			Open: func() modulestore.Backend { return open(b, dir) },
			Size: func() int64 { return folderSize(b, dir) },
		}
	})
}

func TestPruningRemovesNothingThatAVersionNeeds(t *testing.T) {
	storetest.Plainly(t)
	rapid.Check(t, func(rt *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }
		storetest.Seasons(t, open(t, t.TempDir()), choose, rt.Fatalf)
	})
}

func TestAThousandEditsCostLittleAndArePruned(t *testing.T) {
	if testing.Short() {
		t.Skip("a large course")
	}
	dir := t.TempDir()
	storetest.PruneCosts(t, storetest.Storage{
		Open: func() modulestore.Backend { return open(t, dir) },
		Size: func() int64 { return folderSize(t, dir) },
	})
}

// BenchmarkOperations prints the table of what operations cost.
func BenchmarkOperations(b *testing.B) {
	storetest.PrintOperations(b, os.Stdout, "SQLite", open(b, b.TempDir()), 5000, nil)
}

// BenchmarkPutMedia stores 20 MB that do not compress, in files of 100 KB.
func BenchmarkPutMedia(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	b.SetBytes(20e6)
	for b.Loop() {
		b.StopTimer()
		db := open(b, b.TempDir())
		var objects []modulestore.Object
		for range 200 {
			objects = append(objects, chunk(noise(random, 100_000)))
		}
		b.StartTimer()
		must(b, db.Put(b.Context(), today, objects))
		b.StopTimer()
		mustClose(b, db)
		b.StartTimer()
	}
}

func open(t testing.TB, dir string) *sqlitestore.DB {
	t.Helper()
	db, err := sqlitestore.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// The content of a filled store.
var (
	filledPages  = pages(rand.New(rand.NewPCG(3, 4)), 50)
	filledChunk  = chunk([]byte(strings.Repeat("a file of the course\n", 100)))
	filledCourse = key.Course{Org: "Org", Code: "Filled", Run: "Run"}
)

// filled makes a store with a little of everything.
func filled(t testing.TB, dir string) *sqlitestore.DB {
	t.Helper()
	db := open(t, dir)
	must(t, db.Put(t.Context(), today, append(filledPages, filledChunk)))
	must(t, db.Bury(t.Context(), modulestore.Tombstone{ID: modulestore.ID{1}, Kind: modulestore.KindChunk}))
	must(t, db.Append(t.Context(), filledCourse, "Filled", modulestore.Entry{Seq: 1, Commit: filledPages[0].ID}))
	return db
}

func wantFilled(t testing.TB, db *sqlitestore.DB) {
	t.Helper()
	got, err := db.Get(t.Context(), modulestore.KindChunk, []modulestore.ID{filledChunk.ID})
	if err != nil || len(got) != 1 {
		t.Errorf("%d chunks, %v", len(got), err)
	}
	if head, err := db.Head(t.Context(), filledCourse); err != nil || head.Commit != filledPages[0].ID {
		t.Errorf("Head = %v, %v", head, err)
	}
}

// raw opens a file of the store without this package.
func raw(t testing.TB, dir, name string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, name))
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t testing.TB, dir, name, statement string, args ...any) {
	t.Helper()
	db := raw(t, dir, name)
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatal(err)
	}
	must(t, db.Close())
}

// pages makes n objects of about 2 KB, of which a third is hashes.
func pages(random *rand.Rand, n int) []modulestore.Object {
	text := strings.Repeat("the quick brown fox jumps over the lazy dog and ", 100)
	all := make([]modulestore.Object, n)
	for i := range all {
		size := 600 + random.IntN(2600)
		all[i] = page(append(noise(random, size/3), text[random.IntN(100):][:size*2/3]...))
	}
	return all
}

func page(data []byte) modulestore.Object {
	return modulestore.Object{ID: sha256.Sum256(append([]byte{'p'}, data...)), Kind: modulestore.KindPage, Data: data}
}

func chunk(data []byte) modulestore.Object {
	return modulestore.Object{ID: sha256.Sum256(append([]byte{'b'}, data...)), Kind: modulestore.KindChunk, Data: data}
}

func noise(random *rand.Rand, n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

func folderSize(t testing.TB, dir string) (size int64) {
	t.Helper()
	files, err := os.ReadDir(dir)
	must(t, err)
	for _, f := range files {
		info, err := f.Info()
		must(t, err)
		size += info.Size()
	}
	return size
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustClose(t testing.TB, db *sqlitestore.DB) {
	t.Helper()
	must(t, db.Close())
}
