// Package contenttest makes courses for the tests of packages about learners.
package contenttest

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"lectern/courses/content"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/sqlitestore"
)

// Files makes a file tree of an OLX course from the text of each file.
func Files(texts map[string]string) fs.FS {
	files := make(fstest.MapFS, len(texts))
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// Store imports a course into a new store.
func Store(t testing.TB, source importer.Source) (*modulestore.Store, modulestore.Version) {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	t.Cleanup(func() { _ = store.Close() })
	report, err := importer.Run(t.Context(), store, source, importer.Options{Author: "test", Limits: importer.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	version, err := store.Head(t.Context(), report.Course)
	if err != nil {
		t.Fatal(err)
	}
	return store, version
}

// Course imports a course and reads its published branch.
func Course(t testing.TB, source importer.Source) *content.Course {
	t.Helper()
	store, version := Store(t, source)
	snapshot, err := store.Snapshot(t.Context(), version, modulestore.Published)
	if err != nil {
		t.Fatal(err)
	}
	course, err := content.Read(t.Context(), snapshot)
	if err != nil {
		t.Fatal(err)
	}
	return course
}
