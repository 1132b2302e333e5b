package main

import (
	"context"
	"fmt"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
)

// What a command may do to the data folder: reading never creates one.
const (
	toRead  = false
	toWrite = true
)

// withStore opens the store, hands it to use and closes it again.
func (a *app) withStore(ctx context.Context, write bool, use func(*modulestore.Store) error) (err error) {
	if !write && !sqlitestore.Exists(a.dataDir) {
		return fmt.Errorf("%w at %s", errNoStore, a.dataDir)
	}
	db, err := sqlitestore.Open(ctx, a.dataDir)
	if err != nil {
		return err
	}
	store := modulestore.New(db)
	defer func() {
		if closeErr := store.Close(); err == nil {
			err = closeErr
		}
	}()
	return use(store)
}

// withVersion opens the store to read one version of a course.
func (a *app) withVersion(ctx context.Context, course, version string, use func(*modulestore.Store, modulestore.Version) error) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		v, err := store.Version(ctx, c, version)
		if err != nil {
			return err
		}
		return use(store, v)
	})
}
