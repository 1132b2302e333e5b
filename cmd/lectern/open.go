package main

import (
	"context"
	"fmt"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/mongostore"
	"lectern/modulestore/sqlitestore"
)

// What a command may do to the store: reading never creates a data folder.
const (
	toRead  = false
	toWrite = true
)

// place is where the courses are: a folder, or the URI of a server.
func (a *app) place() string {
	if a.storeURI == embedded {
		return a.dataDir
	}
	return a.storeURI
}

// placeName is a place as it can be shown, without passwords.
func placeName(place string) string {
	if mongostore.Is(place) {
		return mongostore.WithoutSecret(place)
	}
	return place
}

// openStore opens the store at a place.
func openStore(ctx context.Context, place string, write bool) (*modulestore.Store, error) {
	if mongostore.Is(place) {
		db, err := mongostore.Open(ctx, place)
		if err != nil {
			return nil, err
		}
		return modulestore.New(db), nil
	}
	switch exists := sqlitestore.Exists(place); {
	case !exists && write:
		return modulestore.New(&firstWrite{dir: place}), nil
	case !exists:
		return nil, fmt.Errorf("%w at %s", errNoStore, place)
	}
	db, err := sqlitestore.Open(ctx, place)
	if err != nil {
		return nil, err
	}
	return modulestore.New(db), nil
}

// withStore opens the store, hands it to use and closes it again.
func (a *app) withStore(ctx context.Context, write bool, use func(*modulestore.Store) error) error {
	return withStoreAt(ctx, a.place(), write, use)
}

func withStoreAt(ctx context.Context, place string, write bool, use func(*modulestore.Store) error) (err error) {
	store, err := openStore(ctx, place, write)
	if err != nil {
		return err
	}
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
