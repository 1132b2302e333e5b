package sqlitestore_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(authorFolder); dir != "" {
		fmt.Fprintln(os.Stderr, writeAs(os.Getenv(authorName), dir))
		os.Exit(1)
	}
	if dir := os.Getenv(writerDir); dir != "" {
		fmt.Fprintln(os.Stderr, writeForEver(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestDamagedPayload(t *testing.T) {
	text := strings.Repeat("A unit with a text that compresses. ", 40)
	o := page([]byte(text))
	dir := t.TempDir()
	db := open(t, dir)
	must(t, db.Put(t.Context(), today, []modulestore.Object{o}))
	file := raw(t, dir, "store.db")
	var payload []byte
	var packing, size int
	must(t, file.QueryRow(`SELECT data, packing, size FROM objects`).Scan(&payload, &packing, &size))
	if packing == 0 {
		t.Fatal("the object was not compressed")
	}
	check := func(what string, mayBeIntact bool) {
		t.Helper()
		got, err := db.Get(t.Context(), o.Kind, []modulestore.ID{o.ID})
		if mayBeIntact && err == nil && len(got) == 1 && bytes.Equal(got[0].Data, o.Data) {
			return
		}
		if !errors.Is(err, modulestore.ErrCorrupt) || !strings.Contains(err.Error(), o.ID.String()) {
			t.Errorf("%s: Get = %d objects, %v, want ErrCorrupt and the id", what, len(got), err)
		}
	}
	set := func(column string, value any) {
		t.Helper()
		_, err := file.Exec(`UPDATE objects SET `+column+` = ?`, value)
		must(t, err)
	}
	for at := range payload {
		damaged := bytes.Clone(payload)
		damaged[at] ^= 1 << (at % 8)
		set("data", damaged)
		check(fmt.Sprint("byte ", at), at < 6) // the head of a frame has bits that mean nothing
	}
	for _, cut := range []int{0, 1, len(payload) / 2, len(payload) - 1} {
		set("data", payload[:cut])
		check(fmt.Sprint("cut to ", cut), false)
	}
	set("data", append(bytes.Clone(payload), payload...))
	check("twice as long", false)
	set("data", payload)
	for _, wrong := range []int{-1, 0, size - 1, size + 1, 1 << 40} {
		set("size", wrong)
		check(fmt.Sprint("size ", wrong), false)
	}
	set("size", size)
	for _, wrong := range []int{0, 2, 255} {
		set("packing", wrong)
		check(fmt.Sprint("packing ", wrong), false)
	}
	set("packing", packing)
	check("repaired", true)
}

func TestDamagedRows(t *testing.T) {
	head := func(db *sqlitestore.DB) error { _, err := db.Head(t.Context(), filledCourse); return err }
	list := func(db *sqlitestore.DB) error { _, err := db.Contexts(t.Context()); return err }
	walk := func(db *sqlitestore.DB) (last error) {
		for _, err := range db.All(t.Context()) {
			last = err
		}
		return last
	}
	get := func(db *sqlitestore.DB) error {
		_, err := db.Get(t.Context(), modulestore.KindPage, []modulestore.ID{filledPages[0].ID})
		return err
	}
	for _, c := range []struct {
		name, statement string
		read            func(db *sqlitestore.DB) error
	}{
		{"an id that is too short", `UPDATE objects SET id = x'0102' WHERE row = 20`, walk},
		{"a kind that is no byte", `UPDATE objects SET kind = 1000 WHERE row = 20`, walk},
		{"a kind that is no byte, read", `UPDATE objects SET kind = -1`, get},
		{"a commit that is no id", `UPDATE reflog SET commit_id = x''`, head},
		{"a course that is no key", `UPDATE contexts SET course = 'no key'`, list},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			db := filled(t, dir)
			execute(t, dir, "store.db", c.statement)
			if err := c.read(db); !errors.Is(err, modulestore.ErrCorrupt) {
				t.Errorf("%v, want ErrCorrupt", err)
			}
		})
	}
}

// Whatever is cut off a file, reading the rest ends in an error or without some of the objects, and what is still given is
// right.
func TestTruncatedFile(t *testing.T) {
	whole := t.TempDir()
	mustClose(t, filled(t, whole))
	if complete, err := readEverything(t, whole); !complete {
		t.Fatalf("the whole store is not complete: %v", err)
	}
	for _, name := range []string{"store.db", "chunks.db"} {
		content, err := os.ReadFile(filepath.Join(whole, name))
		must(t, err)
		for part := range 20 {
			size := len(content) * part / 20
			t.Run(fmt.Sprint(name, " cut to ", size), func(t *testing.T) {
				dir := t.TempDir()
				must(t, os.CopyFS(dir, os.DirFS(whole)))
				must(t, os.Truncate(filepath.Join(dir, name), int64(size)))
				complete, err := readEverything(t, dir)
				if complete || err != nil && !errors.Is(err, modulestore.ErrCorrupt) {
					t.Errorf("complete is %t, %v", complete, err)
				}
			})
		}
	}
}

// readEverything opens a filled store and reads it in all ways, up to the first error.
func readEverything(t *testing.T, dir string) (complete bool, err error) {
	db, err := sqlitestore.Open(t.Context(), dir)
	if err != nil {
		return false, err
	}
	defer db.Close()
	walked := 0
	for _, err := range db.All(t.Context()) {
		if err != nil {
			return false, err
		}
		walked++
	}
	read := 0
	for _, o := range append(filledPages, filledChunk) {
		got, err := db.Get(t.Context(), o.Kind, []modulestore.ID{o.ID})
		if err != nil {
			return false, err
		}
		if len(got) == 1 && !bytes.Equal(got[0].Data, o.Data) {
			t.Errorf("object %s has wrong bytes", o.ID)
		}
		read += len(got)
	}
	if _, err := db.Head(t.Context(), filledCourse); err != nil {
		return false, err
	}
	buried, err := db.Tombstones(t.Context())
	if err != nil {
		return false, err
	}
	courses, err := db.Contexts(t.Context())
	return len(courses) == 1 && len(buried) == 1 && walked == 51 && read == 51, err
}

// writerDir is the environment variable that makes the test binary a process that writes until it is killed.
const writerDir = "LECTERN_TEST_WRITER_DIR"

var killCourse = key.Course{Org: "Org", Code: "Kill", Run: "Run"}

// version gives the objects of one version of killCourse and its entry.
func version(seq uint64) ([]modulestore.Object, modulestore.Entry) {
	random := rand.New(rand.NewPCG(seq, 0))
	stamp := binary.BigEndian.AppendUint64(nil, seq)
	objects := []modulestore.Object{
		page(append(noise(random, 1000+random.IntN(3000)), stamp...)),
		page(append(noise(random, 100), stamp...)),
		chunk(append(noise(random, random.IntN(100_000)), stamp...)),
	}
	roots := modulestore.Roots{Draft: objects[0].ID, Published: objects[1].ID, Files: objects[2].ID}
	return objects, modulestore.Entry{Seq: seq, Commit: objects[1].ID, Roots: roots}
}

// writeForEver appends version after version, prints the number of each when it is acknowledged, and sweeps what it leaves lying about.
func writeForEver(dir string) error {
	ctx := context.Background()
	db, err := sqlitestore.Open(ctx, dir)
	if err != nil {
		return err
	}
	head, err := db.Head(ctx, killCourse)
	if err != nil && !errors.Is(err, modulestore.ErrNotFound) {
		return err
	}
	for seq := head.Seq + 1; ; seq++ {
		garbage, _ := version(seq << 32)
		if err := db.Put(ctx, today-1, garbage); err != nil {
			return err
		}
		objects, entry := version(seq)
		if err := db.Put(ctx, today, objects); err != nil {
			return err
		}
		if seq%5 == 0 {
			if _, err := db.Sweep(ctx, today, false, func(modulestore.Kind, modulestore.ID) bool { return false }); err != nil {
				return err
			}
		}
		if err := db.Append(ctx, killCourse, "title", entry); err != nil {
			return err
		}
		fmt.Println(seq)
	}
}

// A process that is killed at any moment, in a sweep too, loses nothing that it acknowledged. (What a power cut would lose does
// not show here: the operating system lives on.)
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acknowledged := uint64(0)
	for kill := range 10 {
		acknowledged = max(acknowledged, writeAndKill(t, dir, time.Duration(rand.IntN(100))*time.Millisecond))
		head := checkVersions(t, dir, acknowledged)
		t.Logf("kill %d: acknowledged %d, head %d", kill, acknowledged, head)
	}
	for _, name := range []string{"store.db", "chunks.db"} {
		var verdict string
		must(t, raw(t, dir, name).QueryRow(`PRAGMA integrity_check`).Scan(&verdict))
		if verdict != "ok" {
			t.Errorf("%s: %s", name, verdict)
		}
	}
}

// writeAndKill starts a writer, kills it some time after its first version and gives the last number it acknowledged.
func writeAndKill(t *testing.T, dir string, after time.Duration) (last uint64) {
	t.Helper()
	writer := exec.CommandContext(t.Context(), os.Args[0])
	writer.Env = append(os.Environ(), writerDir+"="+dir)
	writer.Stderr = os.Stderr
	output, err := writer.StdoutPipe()
	must(t, err)
	must(t, writer.Start())
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if last == 0 {
			time.AfterFunc(after, func() { _ = writer.Process.Kill() })
		}
		last, err = strconv.ParseUint(lines.Text(), 10, 64)
		must(t, err)
	}
	if err := writer.Wait(); writer.ProcessState.Exited() {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	return last
}

// checkVersions checks that the log has no gap, holds what was acknowledged and refers to nothing that is missing.
func checkVersions(t *testing.T, dir string, acknowledged uint64) (head uint64) {
	t.Helper()
	db := open(t, dir)
	defer mustClose(t, db)
	log, err := db.Log(t.Context(), killCourse, 0, 1<<30)
	must(t, err)
	head = uint64(len(log))
	if head < acknowledged {
		t.Errorf("%d versions, but %d were acknowledged", head, acknowledged)
	}
	for i, e := range log {
		objects, want := version(head - uint64(i))
		want.Time = e.Time
		if !reflect.DeepEqual(e, want) {
			t.Fatalf("entry %d of the log is version %d, %s", i, e.Seq, e.Commit.Short())
		}
		for _, o := range objects {
			got, err := db.Get(t.Context(), o.Kind, []modulestore.ID{o.ID})
			if err != nil || len(got) != 1 || !bytes.Equal(got[0].Data, o.Data) {
				t.Fatalf("version %d: %d objects of one, %v", e.Seq, len(got), err)
			}
		}
	}
	return head
}
