package authoring

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"lectern/exporter"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is another (-golden +now); if the change is meant, run with -update:\n%s", file, diff)
	}
}

func newStore(t *testing.T) *modulestore.Store {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// bring imports a course.
func bring(t *testing.T, store *modulestore.Store, source importer.Source) key.Course {
	t.Helper()
	report, err := importer.Run(t.Context(), store, source, importer.Options{Author: "test", Limits: importer.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	return report.Course
}

// files are a course by path.
type files map[string]string

// small imports a course of a few files; course.xml need not be among them.
func small(t *testing.T, store *modulestore.Store, f files) key.Course {
	t.Helper()
	fs := fstest.MapFS{"course.xml": &fstest.MapFile{Data: []byte(`<course url_name="r" org="O" course="C"/>`)}}
	for name, text := range f {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return bring(t, store, importer.Source{FS: fs, Name: "small"})
}

func head(t *testing.T, store *modulestore.Store, c key.Course) modulestore.Version {
	t.Helper()
	v, err := store.Head(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// exported are the files of a faithful export.
func exported(t *testing.T, store *modulestore.Store, c key.Course) files {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := exporter.Folder(t.Context(), store, head(t, store, c), exporter.Options{}, dir); err != nil {
		t.Fatal(err)
	}
	f := make(files)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		f[strings.TrimPrefix(filepath.ToSlash(path[len(dir):]), "/")] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// changed are the files of after that are not as in before.
func changed(before, after files) files {
	f := make(files)
	for name, text := range after {
		if before[name] != text {
			f[name] = text
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			f[name] = "gone"
		}
	}
	return f
}

// checks are the errors that an export of the course has when it is imported, one a line.
func checks(t *testing.T, store *modulestore.Store, c key.Course) string {
	t.Helper()
	var archive bytes.Buffer
	if _, err := exporter.Archive(t.Context(), store, head(t, store, c), exporter.Options{}, &archive); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "course.tar.gz")
	if err := os.WriteFile(path, archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := importer.Run(t.Context(), nil, importer.Source{Path: path}, importer.Options{Check: true, Limits: importer.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range report.Problems {
		if p.Severity == "error" {
			lines = append(lines, p.Rule+" "+p.Block+" "+p.File)
		}
	}
	return strings.Join(lines, "\n")
}
