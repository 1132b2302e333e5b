package main

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
)

// firstWrite is the backend of a data folder that does not exist yet. It makes the folder when something is to be stored for the first
// time, so that an import that is refused leaves nothing behind.
type firstWrite struct {
	dir string

	mu sync.Mutex
	db *sqlitestore.DB // nil until then
}

func (f *firstWrite) opened() *sqlitestore.DB {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.db
}

func (f *firstWrite) open(ctx context.Context) (*sqlitestore.DB, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.db == nil {
		db, err := sqlitestore.Open(ctx, f.dir)
		if err != nil {
			return nil, err
		}
		f.db = db
	}
	return f.db, nil
}

func (f *firstWrite) Put(ctx context.Context, g modulestore.Generation, objects []modulestore.Object) error {
	db, err := f.open(ctx)
	if err != nil {
		return err
	}
	return db.Put(ctx, g, objects)
}

func (f *firstWrite) Append(ctx context.Context, c key.Course, title string, e modulestore.Entry) error {
	db, err := f.open(ctx)
	if err != nil {
		return err
	}
	return db.Append(ctx, c, title, e)
}

func (f *firstWrite) Bury(ctx context.Context, t modulestore.Tombstone) error {
	db, err := f.open(ctx)
	if err != nil {
		return err
	}
	return db.Bury(ctx, t)
}

func (f *firstWrite) Get(ctx context.Context, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.Object, error) {
	if db := f.opened(); db != nil {
		return db.Get(ctx, kind, ids)
	}
	return nil, nil
}

func (f *firstWrite) Has(ctx context.Context, g modulestore.Generation, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.ID, error) {
	if db := f.opened(); db != nil {
		return db.Has(ctx, g, kind, ids)
	}
	return ids, nil
}

func (f *firstWrite) Head(ctx context.Context, c key.Course) (modulestore.Entry, error) {
	if db := f.opened(); db != nil {
		return db.Head(ctx, c)
	}
	return modulestore.Entry{}, fmt.Errorf("course %s: %w", c, modulestore.ErrNotFound)
}

func (f *firstWrite) Log(ctx context.Context, c key.Course, from uint64, n int) ([]modulestore.Entry, error) {
	if db := f.opened(); db != nil {
		return db.Log(ctx, c, from, n)
	}
	return nil, nil
}

func (f *firstWrite) Contexts(ctx context.Context) ([]modulestore.Context, error) {
	if db := f.opened(); db != nil {
		return db.Contexts(ctx)
	}
	return nil, nil
}

func (f *firstWrite) All(ctx context.Context) iter.Seq2[modulestore.Object, error] {
	if db := f.opened(); db != nil {
		return db.All(ctx)
	}
	return func(func(modulestore.Object, error) bool) {}
}

func (f *firstWrite) Sweep(ctx context.Context, before modulestore.Generation, dry bool, live func(modulestore.Kind, modulestore.ID) bool) (modulestore.Swept, error) {
	if db := f.opened(); db != nil {
		return db.Sweep(ctx, before, dry, live)
	}
	return modulestore.Swept{}, nil
}

func (f *firstWrite) Tombstones(ctx context.Context) ([]modulestore.Tombstone, error) {
	if db := f.opened(); db != nil {
		return db.Tombstones(ctx)
	}
	return nil, nil
}

func (f *firstWrite) Close() error {
	if db := f.opened(); db != nil {
		return db.Close()
	}
	return nil
}
