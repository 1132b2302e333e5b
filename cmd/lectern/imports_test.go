package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// direction is the rule that allowedImports spells out.
const direction = "imports go one way: cmd -> server -> {importer, exporter, search, courses} -> modulestore -> {field, key}; " +
	"importer, exporter and modulestore/authoring meet in olx, search and courses never import each other, backends know the store's types alone"

// allowedImports lists for every package of the program which other packages of it may be imported. A package that is not here has
// no place in the design yet; a new arrow is a decision, to be recorded in docs/decisions.
var allowedImports = map[string][]string{
	"modulestore/key":         {},
	"modulestore/field":       {},
	"modulestore":             {"modulestore/key", "modulestore/field"},
	"modulestore/olx":         {"modulestore", "modulestore/key", "modulestore/field"},
	"modulestore/sqlitestore": {"modulestore", "modulestore/key"},
	"modulestore/mongostore":  {"modulestore", "modulestore/key"},
	"modulestore/storetest":   {"modulestore", "modulestore/key"},
	"importer":                {"modulestore", "modulestore/olx", "modulestore/key", "modulestore/field"},
	"importer/sample":         {},
	"courses/answer":          {"courses/grading"},
	"courses/grading":         {"modulestore/key", "modulestore/field"},
	"courses/learner":         {"courses/flag", "courses/grading", "courses/schedule", "modulestore/key"},
	"courses/partition":       {"modulestore/key"},
	"courses/schedule":        {"modulestore/key"},
	"courses/outline":         {"courses/content", "courses/partition", "courses/schedule", "modulestore", "modulestore/key", "modulestore/field"},
	"courses/edx":             {"courses/content", "courses/grading", "courses/outline", "courses/partition", "courses/schedule", "modulestore/key"},
	"courses/content":         {"modulestore", "modulestore/key", "modulestore/field"},
	"courses/permission":      {"modulestore/key"},
	"courses/flag":            {},
	"courses": {
		"courses/answer", "courses/content", "courses/flag", "courses/grading", "courses/learner", "courses/outline", "courses/partition", "courses/permission", "courses/schedule",
		"modulestore", "modulestore/key", "modulestore/field",
	},
	"search/api":       {"search", "modulestore/key"},
	"search/edxsearch": {"search", "search/query", "modulestore/key"},
	"search/extract":   {"modulestore", "modulestore/key", "modulestore/field"},
	"search/quality":   {},
	"search/query":     {},
	"search":           {"search/extract", "search/query", "modulestore", "modulestore/key", "modulestore/field"},
	// Only tests import these.
	"courses/learner/learnertest": {},
	"courses/content/contenttest": {"courses/content", "importer", "modulestore", "modulestore/sqlitestore"},
	"exporter":                    {"modulestore", "modulestore/olx", "modulestore/key", "modulestore/field"},
	"modulestore/authoring":       {"modulestore", "modulestore/olx", "modulestore/key", "modulestore/field"},
	"cmd/lectern": {
		"importer", "importer/sample", "exporter", "modulestore/authoring", "courses", "courses/answer", "courses/content", "courses/flag", "courses/grading", "courses/learner",
		"courses/outline", "courses/partition", "courses/permission", "courses/schedule", "search", "search/api", "search/query",
		"modulestore", "modulestore/olx", "modulestore/key", "modulestore/field", "modulestore/sqlitestore", "modulestore/mongostore",
	},
}

// onlyIn is the rule that soleImporters spells out.
const onlyIn = "every technology is a leaf: a module from outside is imported by the packages named for it and no others"

// soleImporters lists for every module from outside which packages may import it. The packages of some are still to be written.
var soleImporters = map[string][]string{
	"modernc.org/sqlite":                     {"modulestore/sqlitestore", "courses/learner"},
	"github.com/jackc/pgx/v5":                {"courses/learner", "courses/learner/learnertest"},
	"github.com/golang-migrate/migrate/v4":   {"courses/learner"},
	"go.mongodb.org/mongo-driver/v2":         {"modulestore/mongostore"},
	"github.com/blevesearch/bleve/v2":        {"search"},
	"github.com/blevesearch/bleve_index_api": {"search"},
	"github.com/RoaringBitmap/roaring/v2":    {"search"}, // sets of documents, as bleve has them
	"github.com/gorilla/mux":                 {"server"},
	"github.com/spf13/cobra":                 {"cmd/lectern"},
	"github.com/spf13/pflag":                 {"cmd/lectern"},
	"golang.org/x/term":                      {"cmd/lectern"},
	"golang.org/x/net":                       {"search/extract", "search"},
	"golang.org/x/text":                      {"modulestore/key", "modulestore/olx", "importer", "courses/learner", "search/extract", "search/query"},
	"golang.org/x/sync":                      {"modulestore", "importer"},
	"github.com/arran4/golang-ical":          {"courses/schedule"},
	"github.com/klauspost/compress":          {"modulestore/sqlitestore", "modulestore/storetest", "importer", "exporter"},
	"github.com/rogpeppe/go-internal":        {"modulestore"}, // its line diff; tests use more of it
	"github.com/google/go-cmp":               {"modulestore/storetest"},
}

// listedPackage is what "go list -json" tells of a package.
type listedPackage struct {
	ImportPath string
	Imports    []string
}

func goList(t *testing.T, args ...string) []listedPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.String())
	}
	var list []listedPackage
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

const module = "lectern/"

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range goList(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := allowedImports[name]
		if !known {
			t.Errorf("%s is not in the table of packages: give it a place in allowedImports\nthe rule: %s", name, direction)
			continue
		}
		for _, imported := range p.Imports {
			if inner, ok := strings.CutPrefix(imported, module); ok && !slices.Contains(allowed, inner) {
				t.Errorf("%s must not import %s\nthe rule: %s", name, inner, direction)
			}
		}
	}
}

func TestEveryTechnologyIsALeaf(t *testing.T) {
	for _, p := range goList(t, module+"...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(first, ".") {
				continue // of the standard library, or our own
			}
			outside, known := moduleOf(imported)
			switch {
			case !known:
				t.Errorf("%s imports %s, whose module is not in the table: give it a place in soleImporters\nthe rule: %s", name, imported, onlyIn)
			case !slices.Contains(soleImporters[outside], name):
				t.Errorf("%s must not import %s, which is for %v\nthe rule: %s", name, imported, soleImporters[outside], onlyIn)
			}
		}
	}
}

func moduleOf(path string) (string, bool) {
	for outside := range maps.Keys(soleImporters) {
		if path == outside || strings.HasPrefix(path, outside+"/") {
			return outside, true
		}
	}
	return "", false
}

// unwanted are packages that must not be part of the program, however they might come in.
var unwanted = map[string]string{
	"testing":                             "helpers for tests belong into _test.go files and storetest",
	"lectern/courses/learner/learnertest": "helpers for tests belong into _test.go files and storetest",
	"lectern/modulestore/storetest":       "helpers for tests belong into _test.go files and storetest",
	"github.com/mattn/go-sqlite3":         "it registers the name sqlite3 that other modules use too, and needs a C compiler",
	"github.com/ncruces/go-sqlite3":       "it registers the name sqlite3 that other modules use too",
}

func TestTheProgramHoldsNothingUnwanted(t *testing.T) {
	for _, p := range goList(t, "-deps", module+"cmd/lectern") {
		if why, found := unwanted[p.ImportPath]; found {
			t.Errorf("cmd/lectern depends on %s: %s", p.ImportPath, why)
		}
	}
}

func TestTheTableOfPackagesIsSound(t *testing.T) {
	for name, allowed := range allowedImports {
		for _, inner := range allowed {
			if _, known := allowedImports[inner]; !known {
				t.Errorf("%s may import %s, which is not in the table", name, inner)
			}
			if slices.Contains(allowedImports[inner], name) {
				t.Errorf("%s and %s may import each other\nthe rule: %s", name, inner, direction)
			}
		}
	}
}
