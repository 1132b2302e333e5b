package sqlitestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"modernc.org/sqlite"
	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// today is the generation of tests that are about something else.
const today modulestore.Generation = 20_000

func TestPackingIsLossless(t *testing.T) {
	c := mustCodec(t)
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]modulestore.Kind{modulestore.KindPage, modulestore.KindChunk}).Draw(t, "kind")
		piece := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "piece")
		data := bytes.Repeat(piece, rapid.IntRange(0, 200).Draw(t, "times"))
		p, packed := c.pack(kind, data)
		if len(packed) > len(data) {
			t.Fatalf("%d bytes became %d", len(data), len(packed))
		}
		got, err := c.unpack(p, len(data), packed)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes, %v, want %d", len(got), err, len(data))
		}
	})
}

func TestPacking(t *testing.T) {
	c := mustCodec(t)
	prose := strings.Repeat("The unit explains how plants turn light into sugar. ", 3000)
	random := randomBytes(1, 200_000)
	media := append([]byte("\x89PNG\r\n\x1a\n"+strings.Repeat("header ", 5000)), random...)
	for _, test := range []struct {
		name string
		kind modulestore.Kind
		data []byte
		want packing
	}{
		{"a page is compressed", modulestore.KindPage, []byte(prose[:2000]), zipped},
		{"a page of control characters is compressed too", modulestore.KindPage, make([]byte, 2000), zipped},
		{"what does not get smaller stays as it is", modulestore.KindPage, random, asItIs},
		{"short objects stay as they are", modulestore.KindPage, []byte(prose[:minZipped-1]), asItIs},
		{"a chunk of text is compressed", modulestore.KindChunk, []byte(prose), zipped},
		{"a chunk of text in any script is compressed", modulestore.KindChunk, []byte(strings.Repeat("光合作用 φωτοσύνθεση\r\n\t", 500)), zipped},
		{"a short chunk of text is compressed", modulestore.KindChunk, []byte(prose[:500]), zipped},
		{"a chunk of media is not even tried", modulestore.KindChunk, media, asItIs},
		{"an empty chunk stays as it is", modulestore.KindChunk, nil, asItIs},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, packed := c.pack(test.kind, test.data); got != test.want {
				t.Errorf("packing %d, %d bytes of %d", got, len(packed), len(test.data))
			}
		})
	}
}

// A size in the file that is too small does not let the payload grow beyond it.
func TestUnpackingIsBounded(t *testing.T) {
	c := mustCodec(t)
	_, packed := c.pack(modulestore.KindPage, make([]byte, maxObject))
	if _, err := c.unpack(zipped, 1000, packed); !errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		t.Errorf("%v, want ErrDecoderSizeExceeded", err)
	}
}

func FuzzUnpack(f *testing.F) {
	c := mustCodec(f)
	_, packed := c.pack(modulestore.KindPage, []byte(strings.Repeat("some text ", 100)))
	f.Add(byte(zipped), 1000, packed)
	f.Add(byte(zipped), 1<<40, packed)
	f.Add(byte(asItIs), 3, []byte("abc"))
	f.Fuzz(func(t *testing.T, p byte, size int, packed []byte) {
		data, err := c.unpack(packing(p), size, packed)
		if err == nil && len(data) != size {
			t.Errorf("%d bytes instead of %d", len(data), size)
		}
	})
}

func TestObjectsAreLimited(t *testing.T) {
	db := openTemp(t)
	o := modulestore.Object{ID: modulestore.ID{1}, Kind: modulestore.KindPage, Data: make([]byte, maxObject+1)}
	if err := db.Put(t.Context(), today, []modulestore.Object{o}); !errors.Is(err, modulestore.ErrInvalid) {
		t.Errorf("Put = %v, want ErrInvalid", err)
	}
	o.Data = o.Data[1:]
	if err := db.Put(t.Context(), today, []modulestore.Object{o}); err != nil {
		t.Error(err)
	}
	if got, err := db.Get(t.Context(), o.Kind, []modulestore.ID{o.ID}); err != nil || len(got) != 1 || !bytes.Equal(got[0].Data, o.Data) {
		t.Errorf("%d objects, %v", len(got), err)
	}
}

// A full disk fails one call, says so, and the store works again when there is space.
func TestFullDisk(t *testing.T) {
	db := openTemp(t)
	object := func(i int) []modulestore.Object {
		return []modulestore.Object{{ID: modulestore.ID{byte(i)}, Kind: modulestore.KindPage, Data: randomBytes(i, 100_000)}}
	}
	limit := func(pages int) {
		if _, err := db.store.write.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(100)
	stored := 0
	var err error
	for ; err == nil; stored++ {
		err = db.Put(t.Context(), today, object(stored))
	}
	stored--
	if !strings.Contains(err.Error(), "is full: free some space") || !strings.Contains(err.Error(), db.store.path) {
		t.Errorf("Put = %v", err)
	}
	if has, err := db.Has(t.Context(), today, modulestore.KindPage, []modulestore.ID{{0}, {byte(stored)}}); err != nil || len(has) != 1 || has[0] != (modulestore.ID{byte(stored)}) {
		t.Errorf("%d were stored, missing are %v, %v", stored, has, err)
	}
	limit(1 << 20)
	if err := db.Put(t.Context(), today, object(stored)); err != nil {
		t.Error(err)
	}
}

func TestReadOnlyFile(t *testing.T) {
	db := openTemp(t)
	if _, err := db.store.write.Exec(`PRAGMA query_only = 1`); err != nil {
		t.Fatal(err)
	}
	err := db.Append(t.Context(), key.Course{Org: "Org", Code: "Code", Run: "Run"}, "", modulestore.Entry{Seq: 1})
	if err == nil || !strings.Contains(err.Error(), "cannot be written: check the rights") {
		t.Errorf("Append = %v", err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{dir, dir + "/new"} {
		_, err := Open(t.Context(), sub)
		if err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("Open = %v", err)
		}
	}
}

// A key that key.ParseCourse does not give back would make the list of courses unreadable for ever.
func TestAppendRefusesUnreadableKeys(t *testing.T) {
	db := openTemp(t)
	for _, c := range []key.Course{{}, {Org: "Org", Code: "a b", Run: "Run"}, {Org: "Org+More", Code: "Code", Run: "Run"}} {
		if err := db.Append(t.Context(), c, "", modulestore.Entry{Seq: 1}); !errors.Is(err, modulestore.ErrInvalid) {
			t.Errorf("Append to %q = %v, want ErrInvalid", c, err)
		}
	}
	if courses, err := db.Contexts(t.Context()); err != nil || len(courses) != 0 {
		t.Errorf("%v, %v", courses, err)
	}
}

// The write-ahead log does not grow with the number of writes.
func TestWriteAheadLogStaysSmall(t *testing.T) {
	db := openTemp(t)
	largest := int64(0)
	for i := range 300 {
		o := modulestore.Object{ID: modulestore.ID{byte(i), byte(i >> 8)}, Kind: modulestore.KindPage, Data: randomBytes(i, 30_000)}
		if err := db.Put(t.Context(), today, []modulestore.Object{o}); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(db.store.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, info.Size())
	}
	if limit := int64(2 * db.store.checkpoint * db.store.pageSize); largest > limit {
		t.Errorf("it had %d bytes, want at most %d", largest, limit)
	}
}

func TestSettings(t *testing.T) {
	db := openTemp(t)
	for _, f := range []*file{db.store, db.chunks} {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "busy_timeout": fmt.Sprint(busyStep.Milliseconds()), "page_size": fmt.Sprint(f.pageSize),
		} {
			var got string
			if err := f.write.QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s is %s, %v, want %s", f.path, pragma, got, err, want)
			}
		}
		if _, err := f.read.Exec(`DELETE FROM objects`); code(err) == 0 {
			t.Errorf("a connection that reads wrote: %v", err)
		}
	}
}

func TestErrorsAreTypedAndPlain(t *testing.T) {
	db := openTemp(t)
	course := key.Course{Org: "Org", Code: "Code", Run: "Run"}
	other := key.Course{Org: "org", Code: "CODE", Run: "run"}
	if err := db.Append(t.Context(), course, "", modulestore.Entry{Seq: 1, Commit: modulestore.ID{1}}); err != nil {
		t.Fatal(err)
	}
	_, notFound := db.Head(t.Context(), key.Course{Org: "Org", Code: "None", Run: "Run"})
	for _, c := range []struct {
		err, want error
		says      string
	}{
		{notFound, modulestore.ErrNotFound, "course course-v1:Org+None+Run: not found"},
		{db.Append(t.Context(), other, "", modulestore.Entry{Seq: 1}), modulestore.ErrDuplicate,
			"add a version of course-v1:org+CODE+run: the store has course-v1:Org+Code+Run: key is taken by another spelling"},
		{db.Append(t.Context(), course, "", modulestore.Entry{Seq: 1}), modulestore.ErrConflict, "version 1 is 010000000000 already"},
		{db.Append(t.Context(), course, "", modulestore.Entry{Seq: 3}), modulestore.ErrConflict, "version 3 cannot follow version 1"},
	} {
		if !errors.Is(c.err, c.want) || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%v\nwant %v and %q", c.err, c.want, c.says)
		}
	}
	// The engine's own error stays inside for those who need its code.
	_, err := db.store.write.Exec(`nonsense`)
	var failure *sqlite.Error
	if !errors.As(db.store.explain(context.Background(), "test", err), &failure) {
		t.Errorf("%v hides the error of SQLite", err)
	}
}

func openTemp(t testing.TB) *DB {
	t.Helper()
	db, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustCodec(t testing.TB) *codec {
	t.Helper()
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func randomBytes(seed, n int) []byte {
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}
