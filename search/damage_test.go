package search

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2"
)

// the files of the current index of a kind that a pattern matches.
func filesOf(t *testing.T, folder string, k Kind, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(folder, string(k)+"-*", pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("no %s of the %s index (%v)", pattern, k, err)
	}
	return list
}

func write(t *testing.T, path string, change func(data []byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsNoticedAndTheIndexIsMadeAgain(t *testing.T) {
	const segment, bolt, meta = "store/*.zap", "store/root.bolt", "index_meta.json"
	half := func(data []byte) []byte { return data[:len(data)/2] }
	zeros := func(data []byte) []byte { clear(data[len(data)/4 : len(data)/2]); return data }
	nothing := func([]byte) []byte { return nil }
	garbage := func(data []byte) []byte { return []byte(strings.Repeat("garbage ", len(data)/8)) }
	each := func(pattern string, change func([]byte) []byte) func(t *testing.T, folder string) {
		return func(t *testing.T, folder string) {
			for _, path := range filesOf(t, folder, Content, pattern) {
				write(t, path, change)
			}
		}
	}
	gone := func(pattern string) func(t *testing.T, folder string) {
		return func(t *testing.T, folder string) {
			for _, path := range filesOf(t, folder, Content, pattern) {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, folder string)
		sound  bool // it is no damage
		older  bool // or the index may be as it was before, which the update takes from there
	}{
		{"nothing", func(*testing.T, string) {}, true, false},
		{"a segment that is cut short", each(segment, half), false, false},
		{"a segment with zeros in it", each(segment, zeros), false, false},
		{"an empty segment", each(segment, nothing), false, false},
		{"a segment of garbage", each(segment, garbage), false, false},
		{"no segment", gone(segment), false, true},
		{"a list of segments that is garbage", each(bolt, garbage), false, false},
		{"a list of segments that is cut short", each(bolt, func(data []byte) []byte { return data[:4*os.Getpagesize()] }), false, false},
		{"an empty list of segments", each(bolt, nothing), false, false},
		{"no list of segments", gone(bolt), false, false},
		{"a description that is garbage", each(meta, garbage), false, false},
		{"an empty description", each(meta, nothing), false, false},
		{"no description", gone(meta), false, false},
		{"no folder", gone("."), false, false},
		{"a file of the operating system", func(t *testing.T, folder string) {
			bolt := filesOf(t, folder, Content, bolt)[0]
			if err := os.WriteFile(filepath.Join(filepath.Dir(bolt), "._000000000001.zap"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, true, false},
		{"nothing that says what is current", func(t *testing.T, folder string) {
			if err := os.Remove(filepath.Join(folder, currentName)); err != nil {
				t.Fatal(err)
			}
		}, false, false},
		{"garbage that says what is current", func(t *testing.T, folder string) {
			write(t, filepath.Join(folder, currentName), garbage)
		}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := newStore(t)
			imported(t, store, files(small), "")
			folder := filepath.Join(t.TempDir(), "search")
			x := opened(t, store, folder)
			updateAll(t, x)
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
			c.damage(t, folder)
			x = opened(t, store, folder)
			err := x.Use(Content, func(bleve.Index) error { return nil })
			if c.sound != (err == nil) && !c.older || err != nil && !errors.Is(err, ErrNotReady) {
				t.Errorf("a search gives %v", err)
			}
			if report := updateAll(t, x); report.Changed() == c.sound {
				t.Errorf("the update wrote %v", report.Counts)
			}
			sameAsRebuilt(t, store, x, c.name)
		})
	}
}

func TestZerosInTheListOfSegmentsDoNoLastingHarm(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	folder := filepath.Join(t.TempDir(), "search")
	for _, page := range []int{0, 2, 3, 5} {
		x := reopened(t, store, folder)
		updateAll(t, x)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		write(t, filesOf(t, folder, Content, "store/root.bolt")[0], func(data []byte) []byte {
			clear(data[page*os.Getpagesize() : (page+1)*os.Getpagesize()])
			return data
		})
		x = reopened(t, store, folder)
		retitle(t, store, c, "chapter/one", fmt.Sprint("Matter ", page))
		_, _ = x.UpdateAll(t.Context()) // it may notice now
		_ = x.Close()
		x = reopened(t, store, folder)
		updateAll(t, x)
		sameAsRebuilt(t, store, x, fmt.Sprint("zeros in page ", page))
		_ = x.Close()
	}
}

func TestFoldersThatAreNotCurrentAreDeleted(t *testing.T) {
	store := newStore(t)
	folder := filepath.Join(t.TempDir(), "search")
	for _, name := range []string{"content-99", "studio-7", "catalog-1"} {
		if err := os.MkdirAll(filepath.Join(folder, name, "store"), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(folder, "notes"), 0o750); err != nil {
		t.Fatal(err)
	}
	x := opened(t, store, folder)
	updateAll(t, x)
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		kind, _, _ := strings.Cut(e.Name(), "-")
		names = append(names, kind)
	}
	if got := strings.Join(names, " "); got != "CURRENT catalog content lock notes studio" {
		t.Errorf("the folder has %s", got)
	}
}

func TestAnotherSchemaMakesTheIndexAgain(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	folder := filepath.Join(t.TempDir(), "search")
	x := opened(t, store, folder)
	updateAll(t, x)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x, err := Open(t.Context(), Options{Folder: folder, Store: store, Classes: sections, ClassesVersion: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if len(found(t, x, Content, fieldAllX, "orbitals")) != 1 {
		t.Error("the old index is not searched until there is a new one")
	}
	retitle(t, store, c, "chapter/one", "Matter")
	if report, err := x.Update(t.Context(), c); err != nil || report.Changed() {
		t.Errorf("the old index was written to: %v %v", report.Counts, err)
	}
	if report := updateAll(t, x); report.Counts[Content].Written != 10 {
		t.Errorf("the rebuild wrote %v", report.Counts)
	}
	sameAsRebuilt(t, store, x, "another schema")
}

func TestAPanicInASearchSpoilsTheIndex(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(small), "")
	x := filled(t, store)
	err := x.Use(Content, func(bleve.Index) error { panic("a segment is damaged") })
	if !errors.Is(err, ErrDamaged) {
		t.Fatalf("the search gives %v", err)
	}
	if err := x.Use(Content, func(bleve.Index) error { return nil }); !errors.Is(err, ErrDamaged) {
		t.Errorf("the next search gives %v", err)
	}
	if err := x.Use(Studio, func(bleve.Index) error { return nil }); err != nil {
		t.Errorf("a search in another index gives %v", err)
	}
	if report := updateAll(t, x); report.Counts[Content].Written != 10 || report.Counts[Studio].Written != 0 {
		t.Errorf("the update wrote %v", report.Counts)
	}
	sameAsRebuilt(t, store, x, "a panic")
}

func TestOneProcessHasTheIndexes(t *testing.T) {
	store := newStore(t)
	folder := filepath.Join(t.TempDir(), "search")
	x := opened(t, store, folder)
	_, err := Open(t.Context(), Options{Folder: folder, Store: store})
	if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), folder) {
		t.Fatalf("the second Open gives %v", err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Options{Folder: folder, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}
