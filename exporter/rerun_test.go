package exporter_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"

	"github.com/google/go-cmp/cmp"

	"lectern/exporter"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
)

var bundled = importer.Source{FS: sample.Course(), Name: "sample"}

func importSource(t *testing.T, store *modulestore.Store, source importer.Source, as key.Course) *importer.Report {
	t.Helper()
	report, err := importer.Run(t.Context(), store, source, importer.Options{Course: as, Limits: importer.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// rerunOf makes a rerun of a source in its own store.
func rerunOf(t *testing.T, source importer.Source) (store *modulestore.Store, of, report *importer.Report) {
	t.Helper()
	store = newStore(t)
	of = importSource(t, store, source, key.Course{})
	from, err := store.Head(t.Context(), of.Course)
	if err != nil {
		t.Fatal(err)
	}
	to := key.Course{Org: "NewOrg", Code: "New.Code", Run: "new_run"}
	if of.Course.Library {
		to = key.Course{Library: true, Org: "NewOrg", Code: "New.Code", Run: of.Course.Run}
	}
	if _, err := store.Rerun(t.Context(), from, to, "test"); err != nil {
		t.Fatal(err)
	}
	again := *of
	again.Course = to
	return store, of, &again
}

// TestARerunExportsUnderItsOwnKey checks with the bundled course, and with the sample courses where they are, that what leaves the store is
// the source under another name and nothing else.
func TestARerunExportsUnderItsOwnKey(t *testing.T) {
	storetest.Plainly(t)
	t.Run("bundled", func(t *testing.T) { checkRerun(t, bundled) })
	t.Run("corpus", func(t *testing.T) {
		for _, archive := range storetest.Corpus(t) {
			if info, err := os.Stat(archive); err != nil || info.Size() > 2<<20 {
				continue // the small ones show all there is to see
			}
			t.Run(filepath.Base(archive), func(t *testing.T) {
				checkRerun(t, importer.Source{Path: archive})
				backUnderItsOldKey(t, archive)
			})
		}
	})
}

func checkRerun(t *testing.T, source importer.Source) {
	for _, canonical := range []bool{false, true} {
		o := exporter.Options{Canonical: canonical}
		store, of, rerun := rerunOf(t, source)
		exported := export(t, store, rerun, o)
		other := newStore(t)
		again := importPath(t, other, writeTemp(t, "rerun.tar.gz", exported))
		if again.Course != rerun.Course {
			t.Fatalf("canonical %v: the export comes in as %s", canonical, again.Course)
		}
		if diff := cmp.Diff([]any{of.Counts, of.DraftView}, []any{again.Counts, again.DraftView}); diff != "" {
			t.Errorf("canonical %v: other counts (-source +rerun):\n%s", canonical, diff)
		}
		checkFiles(t, of.Course, rerun.Course, unpack(t, export(t, store, of, o)), unpack(t, exported))
		if second := export(t, other, again, o); !bytes.Equal(exported, second) {
			t.Errorf("canonical %v: importing the export and exporting it again gives other bytes", canonical)
		}
	}
}

// checkFiles checks that only the files that say the key differ, and that names differ only in the run.
func checkFiles(t *testing.T, from, to key.Course, source, rerun map[string]string) {
	t.Helper()
	renamed := make(map[string]string)
	for path, text := range source {
		folder := from.Root().Type + "/" // that Archive wraps a course in
		rel, wrapped := strings.CutPrefix(path, folder)
		if !wrapped {
			folder, rel = "", path
		}
		if dir, base, _ := strings.Cut(rel, "/"); !from.Library && rel == "course/"+from.Run+".xml" {
			rel = "course/" + to.Run + ".xml"
		} else if rest, ok := strings.CutPrefix(base, from.Run+"/"); ok && dir != "static" && !from.Library {
			rel = dir + "/" + to.Run + "/" + rest
		}
		renamed[folder+rel] = text
	}
	for path, text := range renamed {
		now, ok := rerun[path]
		switch base := filepath.Base(path); {
		case !ok:
			t.Errorf("the rerun lacks %s", path)
		case now != text && base != "course.xml" && base != "library.xml" && base != "policy.json":
			t.Errorf("%s has other bytes", path)
		}
	}
	for path := range rerun {
		if _, ok := renamed[path]; !ok {
			t.Errorf("the rerun has %s, which the source has not", path)
		}
	}
}

// unpack gives the texts of an archive's files by path.
func unpack(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(data)
	}
}

// backUnderItsOldKey imports the export of a rerun under the source's key again: then it is the source in all that an independent program can see.
func backUnderItsOldKey(t *testing.T, archive string) {
	for _, canonical := range []bool{false, true} {
		store, of, rerun := rerunOf(t, importer.Source{Path: archive})
		exported := writeTemp(t, "rerun.tar.gz", export(t, store, rerun, exporter.Options{Canonical: canonical}))
		other := newStore(t)
		back := importSource(t, other, importer.Source{Path: exported}, of.Course)
		compareTrees(t, archive, writeTemp(t, "back.tar.gz", export(t, other, back, exporter.Options{Canonical: canonical})))
	}
}

func TestAnEditedRerunStillSaysItsKey(t *testing.T) {
	store, _, rerun := rerunOf(t, bundled)
	if _, _, err := store.Retitle(t.Context(), rerun.Course, "Another year", "test"); err != nil {
		t.Fatal(err)
	}
	before := unpack(t, export(t, store, &importer.Report{Course: key.Course{Org: "Lectern", Code: "ByExample", Run: "2026"}}, exporter.Options{}))
	files := unpack(t, export(t, store, rerun, exporter.Options{}))
	definition, old := files["course/course/new_run.xml"], before["course/course/2026.xml"]
	children := old[strings.Index(old, "\n"):]
	if !strings.Contains(definition, `display_name="Another year"`) || !strings.HasSuffix(definition, children) {
		t.Errorf("the definition is not the old one with another title:\n%s", definition)
	}
	if want := `<course url_name="new_run" org="NewOrg" course="New.Code"/>`; files["course/course.xml"] != want {
		t.Errorf("course.xml is %s, want %s", files["course/course.xml"], want)
	}
}

// olxSources are small courses that say their key in odd ways.
var olxSources = map[string]map[string]string{
	"a course that is defined in its root file": {
		"course.xml":               "<?xml version=\"1.0\"?>\n<course org=\"O\" course=\"C\" url_name=\"r\"  display_name=\"T\">\n <chapter url_name=\"a\"><html url_name=\"x\">X</html></chapter>\n</course>\n",
		"policies/r/policy.json":   "{\"course/r\": {\"graceperiod\": \"1 day\"},\n \"chapter/a\": {\"start\": \"2026-01-01T00:00:00Z\"}}",
		"policies/new_run/x.json":  "{}",
		"about/r/overview.html":    "<p>About</p>",
		"about/new_run/other.html": "<p>Of another run</p>",
	},
	"a course whose root file goes by its title and leaves the key out": {
		"course.xml":    `<course display_name="My course"><chapter url_name="a"/></course>`,
		"chapter/a.xml": `<chapter/>`,
	},
	"a definition that repeats the key, and a slug": {
		"course.xml":            `<course slug="r" org="O" course="C"/>`,
		"course/r.xml":          "<course url_name=\"r\" org=\"O\" course=\"C\" display_name=\"T\"/>\n",
		"policies/r.json":       `{"course/r": {"graceperiod": "1 day"}}`,
		"policies/new_run.json": `{"course/new_run": {"display_name": "Not mine"}}`,
	},
	"a folder beside other files": {
		"README.md":        "Read me",
		"c/course.xml":     `<course url_name="r" org="O" course="C"/>`,
		"c/course/r.xml":   `<course display_name="T"/>`,
		"other/course.txt": "",
	},
}

func TestOddRootsAreRerun(t *testing.T) {
	for name, files := range olxSources {
		t.Run(name, func(t *testing.T) {
			for _, canonical := range []bool{false, true} {
				o := exporter.Options{Canonical: canonical}
				store, of, rerun := rerunOf(t, importer.Source{FS: mapFS(files), Name: "files"})
				exported := export(t, store, rerun, o)
				other := newStore(t)
				again := importPath(t, other, writeTemp(t, "rerun.tar.gz", exported))
				if again.Course != rerun.Course {
					t.Fatalf("the export comes in as %s", again.Course)
				}
				second := export(t, other, again, o)
				if diff := cmp.Diff(unpack(t, exported), unpack(t, second)); diff != "" {
					t.Errorf("canonical %v: importing the export and exporting it again (-first +second):\n%s", canonical, diff)
				}
				checkKept(t, store, rerun.Course, other)
				if before, after := rules(of), rules(again); len(after) > len(before) {
					t.Errorf("the rerun has the problems %q, its source %q", after, before)
				}
			}
		})
	}
}

func rules(r *importer.Report) (list []string) {
	for _, p := range r.Problems {
		list = append(list, p.Rule)
	}
	return list
}

// checkKept checks that a rerun has the same blocks and policies after a round trip as before.
func checkKept(t *testing.T, store *modulestore.Store, c key.Course, other *modulestore.Store) {
	t.Helper()
	var all [2][]string
	for i, s := range []*modulestore.Store{store, other} {
		v, err := s.Head(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := s.Snapshot(t.Context(), v, modulestore.Draft)
		if err != nil {
			t.Fatal(err)
		}
		snapshot.Tree().Walk(func(b *modulestore.Block, parent key.BlockID) bool {
			line := b.ID.String() + " in " + parent.String()
			for _, p := range b.Policy {
				line += " " + p.Name + "=" + p.Value
			}
			all[i] = append(all[i], line)
			return true
		})
		slices.Sort(all[i])
	}
	if diff := cmp.Diff(all[0], all[1]); diff != "" {
		t.Errorf("the rerun after a round trip (-before +after):\n%s", diff)
	}
}

func mapFS(files map[string]string) fstest.MapFS {
	fsys := make(fstest.MapFS)
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}
