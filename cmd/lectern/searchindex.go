package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lectern/courses"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search"
)

// searchName is the folder of the search index in the data folder.
const searchName = "search"

func (a *app) searchFolder() string { return filepath.Join(a.dataDir, searchName) }

// withSearch opens the store and the search index, hands them to use and closes them again.
func (a *app) withSearch(ctx context.Context, use func(*search.Index, *modulestore.Store) error) error {
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		return a.withIndex(ctx, store, func(x *search.Index) error { return use(x, store) })
	})
}

// withIndex opens the search index of a store.
func (a *app) withIndex(ctx context.Context, store *modulestore.Store, use func(*search.Index) error) error {
	p := a.indexProgress()
	defer p.end()
	x, err := search.Open(ctx, search.Options{
		Folder: a.searchFolder(), Store: store, Classes: courses.NewGradebook(store, nil).Classes, ClassesVersion: courses.ClassesVersion, Progress: p.tell,
	})
	if err != nil {
		return err
	}
	return errors.Join(use(x), x.Close())
}

// freshen takes into the index what has changed in the store. If that fails, what is there can be searched all the same, unless there is nothing.
func (a *app) freshen(ctx context.Context, x *search.Index) error {
	report, err := x.UpdateAll(ctx)
	if err != nil && (ctx.Err() != nil || !x.Ready()) {
		return err
	}
	if err != nil {
		a.warn("the search index could not be brought up to date, so what has changed since is not found: %s", err)
	}
	for _, failed := range report.Failed {
		a.warn("%s could not be read, so it is found as it was before, or not at all: %s", failed.Course, failed.Err)
	}
	return nil
}

// warn tells of something that keeps nobody from going on.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.stderr, "lectern: %s\n", safe(fmt.Sprintf(format, args...)))
}

// indexedImport is what an import tells of the search index; its --json form, too.
type indexedImport struct {
	Indexes map[string]written `json:"indexes"`
	// Left counts what cannot be found, or not all of it; lectern reindex COURSE lists that.
	Left int `json:"left"`
	// Behind says why the index does not have the import; the next search takes it in.
	Behind string `json:"behind,omitempty"`
}

// indexImport brings the index to the last version of one course. That it could not is no failure: the import is done, and the next search makes up for it.
func (a *app) indexImport(ctx context.Context, store *modulestore.Store, course key.Course) *indexedImport {
	shown := &indexedImport{Indexes: make(map[string]written)}
	err := a.withIndex(ctx, store, func(x *search.Index) error {
		report, err := updateOne(ctx, x, store, course)
		if err != nil {
			return err
		}
		indexed := shownIndexing(report)
		shown.Indexes, shown.Left = indexed.Indexes, len(indexed.Left)
		return nil
	})
	switch {
	case errors.Is(err, errManyCourses):
		shown.Behind = err.Error()
	case errors.Is(err, context.Canceled):
		shown.Behind = "stopped"
	case err != nil:
		shown.Behind = err.Error()
	}
	return shown
}

// errManyCourses leaves the making of a whole index to a command that is about that.
var errManyCourses = errors.New("the index is still to be made, of all courses")

// updateOne takes in one course. Where there is no index yet it makes one, if the course is the only one.
func updateOne(ctx context.Context, x *search.Index, store *modulestore.Store, course key.Course) (*search.Report, error) {
	if x.Ready() {
		return x.Update(ctx, course)
	}
	list, err := store.Courses(ctx)
	if err != nil {
		return nil, err
	}
	if len(list) > 1 {
		return nil, errManyCourses
	}
	return x.UpdateAll(ctx)
}

// unindex brings the index, if there is one, to a store from which something was taken; what it must not keep says which work is asked for.
func (a *app) unindex(ctx context.Context, store *modulestore.Store, otherwise string, update func(*search.Index) error) {
	if _, err := os.Stat(a.searchFolder()); errors.Is(err, os.ErrNotExist) {
		return
	}
	if err := a.withIndex(ctx, store, update); err != nil {
		a.warn("%s: %s", otherwise, err)
	}
}

// moment is how long work goes on without being shown.
const moment = 300 * time.Millisecond

// indexProgress shows the making of indexes, which tell of themselves side by side: as one, as far as the last of them has come.
type indexProgress struct {
	mu    sync.Mutex
	line  *progress
	began time.Time
	done  map[search.Kind]int
}

func (a *app) indexProgress() *indexProgress {
	return &indexProgress{line: a.progress(), began: time.Now(), done: make(map[search.Kind]int)}
}

func (p *indexProgress) tell(now search.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done[now.Kind] = now.Done
	if time.Since(p.began) < moment {
		return
	}
	least := now.Done
	for _, done := range p.done {
		least = min(least, done)
	}
	p.line.show("index", int64(least), int64(now.Total), "courses")
}

func (p *indexProgress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.end()
}
