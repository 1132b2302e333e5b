package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"

	"lectern/modulestore/key"
)

// searching searches over and over until it is stopped, and tells how often, and how often it found nothing or failed.
func searching(t *testing.T, x *Index, word string) (stop func() (searches, failures int64)) {
	ctx, cancel := context.WithCancel(t.Context())
	var searches, failures atomic.Int64
	var all sync.WaitGroup
	all.Go(func() {
		for ctx.Err() == nil {
			err := x.Use(Content, func(index bleve.Index) error {
				q := bleve.NewMatchQuery(word)
				q.SetField(fieldAllX)
				result, err := index.SearchInContext(context.Background(), bleve.NewSearchRequest(q))
				if err == nil && result.Total == 0 {
					err = errors.New("nothing was found")
				}
				return err
			})
			searches.Add(1)
			time.Sleep(time.Millisecond)
			if err != nil {
				failures.Add(1)
			}
		}
	})
	return func() (int64, int64) { cancel(); all.Wait(); return searches.Load(), failures.Load() }
}

func TestARebuildTakesInWhatIsPublishedMeanwhile(t *testing.T) {
	e := newEditing(t, large(300))
	before := filesOf(t, e.index.shelf.folder, Content, ".")
	stop := searching(t, e.index, "particular")
	var publishing sync.WaitGroup
	publishing.Go(func() {
		for i := range 5 {
			e.retitle("chapter/c0", fmt.Sprint("Section ", i))
			e.create("vertical", fmt.Sprint("n", i), "sequential/s0")
			e.publish(fmt.Sprint("vertical/n", i))
			e.update()
		}
	})
	report, err := e.index.Rebuild(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	publishing.Wait()
	if searches, failures := stop(); failures > 0 || searches == 0 {
		t.Errorf("%d of %d searches failed", failures, searches)
	}
	if report.Counts[Content].Written < 300 {
		t.Errorf("the rebuild wrote %v", report.Counts)
	}
	e.update()
	sameAsRebuilt(t, e.store, e.index, "a rebuild under publishes")
	if after := filesOf(t, e.index.shelf.folder, Content, "."); len(after) != 1 || after[0] == before[0] {
		t.Errorf("the folders were %v and are %v", before, after)
	}
}

func TestARebuildThatIsCancelledLeavesEverything(t *testing.T) {
	e := newEditing(t, small)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := e.index.Rebuild(ctx, func(Progress) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the rebuild gives %v", err)
	}
	if folders := filesOf(t, e.index.shelf.folder, Content, "."); len(folders) != 1 {
		t.Errorf("the folders are %v", folders)
	}
	sameAsRebuilt(t, e.store, e.index, "a cancelled rebuild")
}

func TestASearchKeepsItsIndexThroughARebuild(t *testing.T) {
	e := newEditing(t, small)
	err := e.index.Use(Content, func(index bleve.Index) error {
		if _, err := e.index.Rebuild(t.Context(), nil); err != nil {
			return err
		}
		n, err := index.DocCount()
		if err == nil && n == 0 {
			err = errors.New("the index is empty")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if folders := filesOf(t, e.index.shelf.folder, Content, "."); len(folders) != 1 {
		t.Errorf("when the search has ended the folders are %v", folders)
	}
}

func TestAfterARestartTheNewIndexIsThere(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(small), "")
	folder := filepath.Join(t.TempDir(), "search")
	x := reopened(t, store, folder)
	updateAll(t, x)
	if _, err := x.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = opened(t, store, folder)
	if report := updateAll(t, x); report.Changed() {
		t.Errorf("the update wrote %v", report.Counts)
	}
	sameAsRebuilt(t, store, x, "a restart")
}

func TestAFollowerTakesInEveryCourse(t *testing.T) {
	store := newStore(t)
	first := imported(t, store, files(small), "")
	x := opened(t, store, filepath.Join(t.TempDir(), "search"))
	ctx, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	var failed atomic.Pointer[error]
	following.Go(func() {
		x.Follow(ctx, FollowOptions{Every: 10 * time.Millisecond, Told: func(_ *Report, err error) {
			if err != nil {
				failed.Store(&err)
			}
		}})
	})
	until := func(what string, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not within 20 s", what)
			}
		}
	}
	is := func(c key.Course, there bool) func() bool {
		return func() bool { _, ok := x.Stamp(Content, c); return ok == there }
	}
	until("a course that was there", is(first, true))
	second := imported(t, store, files(large(30)), "")
	until("a course that comes", is(second, true))
	retitle(t, store, first, "chapter/one", "Matter")
	until("a new title", func() bool { return len(found(t, x, Content, fieldTitleX, "matter")) == 1 })
	if _, err := store.Delete(t.Context(), second, "test"); err != nil {
		t.Fatal(err)
	}
	until("a course that goes", is(second, false))
	_ = x.Use(Content, func(bleve.Index) error { panic("a segment is damaged") })
	until("a damaged index", func() bool { return x.Use(Content, func(bleve.Index) error { return nil }) == nil })
	stop()
	following.Wait()
	if err := failed.Load(); err != nil {
		t.Error(*err)
	}
	sameAsRebuilt(t, store, x, "following")
}

func TestAFollowerThatIsToldTakesInAtOnce(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	ctx, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	changed, taken := make(chan struct{}), make(chan struct{}, 8)
	following.Go(func() {
		x.Follow(ctx, FollowOptions{Every: time.Hour, Changed: changed, Told: func(*Report, error) { taken <- struct{}{} }})
	})
	changed <- struct{}{} // the follower has begun to wait
	retitle(t, store, c, "chapter/one", "Matter")
	changed <- struct{}{}
	select {
	case <-taken:
	case <-time.After(20 * time.Second):
		t.Error("not within 20 s")
	}
	stop()
	following.Wait()
	if len(found(t, x, Content, fieldTitleX, "matter")) != 1 {
		t.Error("the new title is not found")
	}
}

func TestARebuildAsksForRoom(t *testing.T) {
	e := newEditing(t, small)
	if _, known := freeSpace(e.index.shelf.folder); !known {
		t.Skip("the system does not tell")
	}
	path := filepath.Join(filesOf(t, e.index.shelf.folder, Content, "store")[0], "large")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<43), f.Close()); err != nil { // a file of holes
		t.Skip(err)
	}
	if _, err := e.index.Rebuild(t.Context(), nil); !errors.Is(err, ErrNoSpace) {
		t.Errorf("the rebuild gives %v", err)
	}
}
