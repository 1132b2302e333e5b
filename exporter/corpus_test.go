package exporter_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/exporter"
	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/olx"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

// newStore opens an embedded store in a folder of the test's own.
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

func importPath(t *testing.T, store *modulestore.Store, path string) *importer.Report {
	t.Helper()
	report, err := importer.Run(t.Context(), store, importer.Source{Path: path}, importer.Options{Author: "test", Limits: importer.DefaultLimits()})
	if err != nil {
		t.Fatalf("importing %s: %v", path, err)
	}
	return report
}

// export writes the head of the course that the report names and returns the archive's bytes.
func export(t *testing.T, store *modulestore.Store, report *importer.Report, o exporter.Options) []byte {
	t.Helper()
	v, err := store.Head(t.Context(), report.Course)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := exporter.Archive(t.Context(), store, v, o, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeTemp(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRealCoursesSurviveARoundTrip is the promise of the product on real archives, judged by an independent program.
func TestRealCoursesSurviveARoundTrip(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			store := newStore(t)
			report := importPath(t, store, archive)
			if !report.Changed || report.Version != 1 {
				t.Errorf("first import: changed %v, version %d", report.Changed, report.Version)
			}
			if again := importPath(t, store, archive); again.Changed || again.Version != 1 {
				t.Errorf("the same archive again: changed %v, version %d; want false, 1", again.Changed, again.Version)
			}
			for _, canonical := range []bool{false, true} {
				checkRoundTrip(t, store, report, archive, exporter.Options{Canonical: canonical})
			}
		})
	}
}

func checkRoundTrip(t *testing.T, store *modulestore.Store, report *importer.Report, archive string, o exporter.Options) {
	t.Helper()
	first := export(t, store, report, o)
	exported := writeTemp(t, "exported.tar.gz", first)
	compareTrees(t, archive, exported)
	if !o.Canonical {
		if diff := cmp.Diff(archiveFiles(t, archive), archiveFiles(t, exported)); diff != "" {
			t.Errorf("the faithful export is another set of files (-imported +exported):\n%s", diff)
		}
	}
	other := newStore(t)
	second := export(t, other, importPath(t, other, exported), o)
	if !bytes.Equal(first, second) {
		t.Errorf("canonical %v: importing the export and exporting it again gives other bytes", o.Canonical)
	}
}

// compareTrees lets the independent judge compare two archives: it fails on anything changed, missing or extra.
func compareTrees(t *testing.T, original, exported string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "python3", storetest.Compare(t), original, exported).CombinedOutput()
	if err != nil {
		t.Errorf("comparing with the original: %v\n%s", err, out)
	}
}

// archiveFiles reads an archive into hashes by path below the folder of the root file.
func archiveFiles(t *testing.T, path string) map[string]modulestore.ID {
	t.Helper()
	store := newStore(t)
	report := importPath(t, store, path)
	v, err := store.Head(t.Context(), report.Course)
	if err != nil {
		t.Fatal(err)
	}
	files, err := store.Files(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	list := make(map[string]modulestore.ID)
	for _, f := range files.Entries {
		list[f.Path] = f.Blob.ID
	}
	return list
}

func TestEveryBranchOfADraftCourseExports(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		if filepath.Base(archive) != "studio-advanced.tar.gz" {
			continue
		}
		store := newStore(t)
		report := importPath(t, store, archive)
		for branch, blocks := range map[olx.Branch]int{olx.Both: 909, olx.Published: 909, olx.Draft: 914} {
			exported := writeTemp(t, "exported.tar.gz", export(t, store, report, exporter.Options{Branch: branch}))
			other := newStore(t)
			again := importPath(t, other, exported)
			if again.Counts.Blocks != blocks {
				t.Errorf("branch %s: %d blocks, want %d", branch, again.Counts.Blocks, blocks)
			}
			if wantDrafts := map[bool]int{true: 4}[branch == olx.Both]; again.Counts.Drafts != wantDrafts {
				t.Errorf("branch %s: %d drafts, want %d", branch, again.Counts.Drafts, wantDrafts)
			}
		}
	}
}

func TestACancelledImportChangesNothing(t *testing.T) {
	for _, archive := range storetest.Corpus(t) {
		for _, stage := range []importer.Stage{importer.Unpack, importer.Checked, importer.Stored} {
			store := newStore(t)
			ctx, cancel := context.WithCancel(t.Context())
			_, err := importer.Run(ctx, store, importer.Source{Path: archive}, importer.Options{
				Limits: importer.DefaultLimits(),
				Progress: func(p importer.Progress) {
					if p.Stage == stage {
						cancel()
					}
				},
			})
			cancel()
			if err == nil {
				t.Errorf("%s cancelled in stage %s: no error", filepath.Base(archive), stage)
			}
			if courses, err := store.Courses(t.Context()); err != nil || len(courses) != 0 {
				t.Errorf("%s cancelled in stage %s: courses %v, %v", filepath.Base(archive), stage, courses, err)
			}
		}
	}
}
