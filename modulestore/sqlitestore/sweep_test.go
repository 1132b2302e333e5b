package sqlitestore_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/sqlitestore"
)

func TestSweepGivesSpaceBack(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	random := rand.New(rand.NewPCG(5, 6))
	live := make(map[modulestore.ID]bool)
	for i := range 40 {
		objects := append(pages(random, 50), chunk(noise(random, 100_000)), chunk(noise(random, 1000)))
		must(t, db.Put(t.Context(), 10, objects))
		for _, o := range objects {
			live[o.ID] = i%4 == 0
		}
	}
	mustClose(t, db)
	size := func() (sum int64) {
		for _, name := range []string{"store.db", "chunks.db"} {
			info, err := os.Stat(filepath.Join(dir, name))
			must(t, err)
			sum += info.Size()
		}
		return sum
	}
	before := size()
	db = open(t, dir)
	isLive := func(_ modulestore.Kind, id modulestore.ID) bool { return live[id] }
	dry, err := db.Sweep(t.Context(), 11, true, isLive)
	must(t, err)
	swept, err := db.Sweep(t.Context(), 11, false, isLive)
	must(t, err)
	after := size()
	if swept.File == 0 || before-after != swept.File {
		t.Errorf("the files shrank by %d bytes, Sweep says %d", before-after, swept.File)
	}
	if swept.Stored != dry.Stored || swept.File < swept.Stored*9/10 {
		t.Errorf("%d stored bytes were removed, %d in the dry run, and the files shrank by %d", swept.Stored, dry.Stored, swept.File)
	}
	if swept.Kinds[modulestore.KindChunk].Bytes != 30*101_000 {
		t.Errorf("what was swept is %+v", swept.Kinds)
	}
	for _, name := range []string{"store.db", "chunks.db"} {
		var verdict string
		must(t, raw(t, dir, name).QueryRow(`PRAGMA integrity_check`).Scan(&verdict))
		if verdict != "ok" {
			t.Errorf("%s: %s", name, verdict)
		}
	}
	for o, err := range db.All(t.Context()) {
		must(t, err)
		if !live[o.ID] {
			t.Fatalf("%s is still there", o.ID)
		}
		delete(live, o.ID)
	}
	for id, left := range live {
		if left {
			t.Fatalf("%s is gone", id)
		}
	}
}

// A writer that brings what is there already, as when an archive is imported again, writes once a day.
func TestWhatIsThereIsStampedOnceADay(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	objects := append(pages(rand.New(rand.NewPCG(7, 8)), 20), chunk([]byte("a chunk")), chunk([]byte("another")))
	put := func(g modulestore.Generation) { must(t, db.Put(t.Context(), g, objects)) }
	has := func(g modulestore.Generation) {
		for kind, ids := range map[modulestore.Kind][]modulestore.ID{modulestore.KindPage: {objects[0].ID, objects[1].ID}, modulestore.KindChunk: {objects[20].ID}} {
			_, err := db.Has(t.Context(), g, kind, ids)
			must(t, err)
		}
	}
	// The number of a connection changes when another one has written.
	var files []*sql.Conn
	for _, name := range []string{"store.db", "chunks.db"} {
		watch, err := raw(t, dir, name).Conn(t.Context())
		must(t, err)
		defer watch.Close()
		files = append(files, watch)
	}
	versions := func() (list [2]int) {
		for i, watch := range files {
			must(t, watch.QueryRowContext(t.Context(), `PRAGMA data_version`).Scan(&list[i]))
		}
		return list
	}
	put(10)
	for _, c := range []struct {
		name   string
		write  func(modulestore.Generation)
		g      modulestore.Generation
		writes bool
	}{
		{"put on the same day", put, 10, false},
		{"asked for on the same day", has, 10, false},
		{"put by a clock that is late", put, 9, false},
		{"asked for by a clock that is late", has, 9, false},
		{"asked for on the next day", has, 11, true},
		{"put on the next day", put, 11, true},
		{"put on the next day again", put, 11, false},
	} {
		before := versions()
		c.write(c.g)
		if after := versions(); (after[0] != before[0]) != c.writes || (after[1] != before[1]) != c.writes {
			t.Errorf("%s: the states of the files were %v and are %v; writes: %v", c.name, before, after, c.writes)
		}
	}
}

// Between the look of a writer and its transaction another process may change what it saw.
func TestWritersThatComeSecond(t *testing.T) {
	o := body([]byte("the object"))
	insert := `INSERT INTO objects (id, kind, packing, size, generation, data) VALUES (?, ?, 0, ?, 10, ?)`
	remove := `DELETE FROM objects WHERE id = ?`
	for _, c := range []struct {
		name  string
		first func(db *sqlitestore.DB) error // what was there
		other func(tx *sql.Tx) error         // what the other process does
		call  func(db *sqlitestore.DB) ([]modulestore.ID, error)
		lost  bool
	}{
		{
			"what is swept before it is renewed is stored again",
			func(db *sqlitestore.DB) error { return db.Put(t.Context(), 10, []modulestore.Object{o}) },
			func(tx *sql.Tx) error { _, err := tx.Exec(remove, o.ID[:]); return err },
			func(db *sqlitestore.DB) ([]modulestore.ID, error) {
				return nil, db.Put(t.Context(), 20, []modulestore.Object{o})
			}, false,
		},
		{
			"what is swept before it is renewed is missing to those who ask",
			func(db *sqlitestore.DB) error { return db.Put(t.Context(), 10, []modulestore.Object{o}) },
			func(tx *sql.Tx) error { _, err := tx.Exec(remove, o.ID[:]); return err },
			func(db *sqlitestore.DB) ([]modulestore.ID, error) {
				return db.Has(t.Context(), 20, o.Kind, []modulestore.ID{o.ID})
			}, true,
		},
		{
			"what another writer with a late clock stores first is renewed",
			func(*sqlitestore.DB) error { return nil },
			func(tx *sql.Tx) error {
				_, err := tx.Exec(insert, o.ID[:], int(o.Kind), len(o.Data), o.Data)
				return err
			},
			func(db *sqlitestore.DB) ([]modulestore.ID, error) {
				return nil, db.Put(t.Context(), 20, []modulestore.Object{o})
			}, false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			db := open(t, dir)
			must(t, c.first(db))
			tx, err := raw(t, dir, "store.db").Begin()
			must(t, err)
			must(t, c.other(tx))
			time.AfterFunc(100*time.Millisecond, func() { _ = tx.Commit() })
			missing, err := c.call(db)
			must(t, err)
			if (len(missing) > 0) != c.lost {
				t.Errorf("missing are %v", missing)
			}
			_, err = db.Sweep(t.Context(), 20, false, func(modulestore.Kind, modulestore.ID) bool { return false })
			must(t, err)
			got, err := db.Get(t.Context(), o.Kind, []modulestore.ID{o.ID})
			if err != nil || (len(got) == 0) != c.lost {
				t.Errorf("%d objects after a sweep, %v", len(got), err)
			}
		})
	}
}

// What was taken down cannot be found in the files, whatever they went through before.
func TestNoByteIsLeftOfWhatWasTakenDown(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	random := rand.New(rand.NewPCG(9, 10))
	var bodies, chunks []modulestore.Object
	for range 300 {
		bodies = append(bodies, body(noise(random, 20+random.IntN(8000))))
	}
	for range 60 {
		chunks = append(chunks, chunk(noise(random, 20+random.IntN(60_000))))
	}
	// Rows come and go, so that SQLite moves them and leaves pages free.
	for day := range modulestore.Generation(6) {
		for _, o := range append(bodies, chunks...) {
			if random.IntN(2) == 0 {
				must(t, db.Put(t.Context(), day, []modulestore.Object{o}))
			}
		}
		_, err := db.Sweep(t.Context(), day, false, func(modulestore.Kind, modulestore.ID) bool { return random.IntN(2) == 0 })
		must(t, err)
	}
	for _, o := range append(bodies[:20], chunks[:20]...) {
		must(t, db.Put(t.Context(), 6, []modulestore.Object{o}))
		if !findable(t, dir, o.Data) {
			t.Fatal("this test does not find what is stored")
		}
		must(t, db.Bury(t.Context(), modulestore.Tombstone{ID: o.ID, Kind: o.Kind}))
		if findable(t, dir, o.Data) {
			t.Errorf("%s %s of %d bytes is still in the files", o.Kind, o.ID.Short(), len(o.Data))
		}
	}
}

// findable reports whether a file of the store has a piece of data, which is noise and so is stored as it is.
func findable(t *testing.T, dir string, data []byte) bool {
	t.Helper()
	const piece = 16
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	for _, path := range files {
		content, err := os.ReadFile(path)
		must(t, err)
		for at := 0; at+piece <= len(data); at += max(piece, len(data)/40) {
			if bytes.Contains(content, data[at:at+piece]) {
				return true
			}
		}
	}
	return false
}

// As long as somebody reads the file as it was before, it has to keep the bytes: that must not be taken for success.
func TestTakingDownWaitsForReaders(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five seconds")
	}
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir)
	o := chunk(noise(rand.New(rand.NewPCG(11, 12)), 50_000))
	must(t, db.Put(t.Context(), 10, []modulestore.Object{o}))
	reader, err := raw(t, dir, "chunks.db").Begin()
	must(t, err)
	var n int
	must(t, reader.QueryRow(`SELECT count(*) FROM objects`).Scan(&n))
	grave := modulestore.Tombstone{ID: o.ID, Kind: o.Kind}
	err = db.Bury(t.Context(), grave)
	if err == nil || !strings.Contains(err.Error(), "its bytes may still be in "+filepath.Join(dir, "chunks.db")) {
		t.Errorf("Bury = %v", err)
	}
	if got, err := db.Get(t.Context(), o.Kind, []modulestore.ID{o.ID}); err != nil || len(got) > 0 {
		t.Errorf("%d objects, %v", len(got), err)
	}
	must(t, reader.Rollback())
	must(t, db.Bury(t.Context(), grave))
	if findable(t, dir, o.Data) {
		t.Error("the bytes are still there")
	}
}

func body(data []byte) modulestore.Object {
	return modulestore.Object{ID: sha256.Sum256(append([]byte{'c'}, data...)), Kind: modulestore.KindBody, Data: data}
}
