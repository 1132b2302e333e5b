package ferrettest

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/exporter"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

const draft = modulestore.Draft

// bothBackends opens an empty store on each backend.
func bothBackends(t *testing.T) map[string]modulestore.Backend {
	t.Helper()
	embedded, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = embedded.Close() })
	return map[string]modulestore.Backend{"SQLite": embedded, "MongoDB": open(t, newDatabase(t))}
}

// The same edits, drawn at random, give the same objects under the same names on both backends.
func TestRandomEditsAreTheSameOnBothBackends(t *testing.T) {
	edits := 60
	if testing.Short() {
		edits = 20
	}
	results := map[string][]edited{}
	for name, backend := range bothBackends(t) {
		results[name] = randomEdits(t, backend, edits)
	}
	if diff := gocmp.Diff(results["SQLite"], results["MongoDB"]); diff != "" {
		t.Errorf("(-SQLite +MongoDB):\n%.4000s", diff)
	}
}

// edited is what an edit has come to, as another reader of the store sees it.
type edited struct {
	Seq    uint64
	Roots  modulestore.Roots
	Tree   *modulestore.Tree
	Bodies map[key.BlockID]*modulestore.Body
}

func randomEdits(t *testing.T, backend modulestore.Backend, n int) (results []edited) {
	course := key.Course{Org: "Org", Code: "Same", Run: "Run"}
	random := rand.New(rand.NewPCG(1, 2))
	store := modulestore.New(backend)
	store.Now = func() time.Time { return time.UnixMilli(1_800_000_000_000) }
	tree, bodies := storetest.Sample(60, 7)
	must(t, store.Put(t.Context(), bodies))
	for i := range n {
		v, _, err := store.Update(t.Context(), course, func(e *modulestore.Edit) error {
			if i == 0 {
				e.Replace(tree, tree, nil, "")
				return nil
			}
			return randomEdit(random, e, i)
		})
		must(t, err)
		snapshot, err := modulestore.New(backend).Snapshot(t.Context(), v, draft)
		must(t, err)
		texts, err := snapshot.Bodies(t.Context(), nil)
		must(t, err)
		results = append(results, edited{v.Seq, v.Roots, snapshot.Tree(), texts})
	}
	return results
}

// randomEdit adds a block, removes one, or turns round the children of one.
func randomEdit(random *rand.Rand, e *modulestore.Edit, number int) error {
	tree := e.Tree(draft)
	var parents []*modulestore.Block
	for _, b := range tree.Blocks {
		if len(b.Children) > 0 {
			parents = append(parents, b)
		}
	}
	slices.SortFunc(parents, func(x, y *modulestore.Block) int { return cmp.Compare(x.ID.String(), y.ID.String()) })
	parent := *parents[random.IntN(len(parents))]
	parent.Children = slices.Clone(parent.Children)
	at := random.IntN(len(parent.Children))
	switch random.IntN(4) {
	case 0:
		return e.Remove(draft, parent.ID, parent.Children[at].ID)
	case 1:
		slices.Reverse(parent.Children)
		return e.Put(draft, parent, nil)
	}
	added := modulestore.Block{
		ID:    key.BlockID{Type: "html", Name: fmt.Sprint("added-", number)},
		Attrs: []modulestore.Attr{{Name: "display_name", Value: oddTexts[number%len(oddTexts)]}, {Name: "$odd.name", Value: "x"}},
	}
	parent.Children = slices.Insert(parent.Children, at, modulestore.Child{ID: added.ID, Spelling: []modulestore.Attr{{Name: "a.b", Value: "$c"}}})
	if err := e.Put(draft, parent, nil); err != nil {
		return err
	}
	return e.Put(draft, added, &modulestore.Body{Markup: oddTexts[number%len(oddTexts)], Raw: []byte{0, 255, byte(number)}})
}

// oddTexts are what a document database might change or refuse.
var oddTexts = []string{
	"plain", "日本語 😀", "line\u2028separator", "nul \x00 inside", "not UTF-8: \xff\xfe", `"quoted" \ and $where`, "e\u0301 and é", "$", " ", "1e400",
}

// A course that is imported on each backend is exported as the same bytes.
func TestAnExportIsTheSameFromBothBackends(t *testing.T) {
	for _, canonical := range []bool{false, true} {
		archives := map[string][]byte{}
		for name, backend := range bothBackends(t) {
			store := modulestore.New(backend)
			store.Now = func() time.Time { return time.UnixMilli(1_800_000_000_000) }
			report, err := importer.Run(t.Context(), store, importer.Source{FS: sample.Course(), Name: "sample"}, importer.Options{})
			must(t, err)
			again, err := importer.Run(t.Context(), store, importer.Source{FS: sample.Course(), Name: "sample"}, importer.Options{})
			must(t, err)
			if !report.Changed || again.Changed {
				t.Errorf("%s: the first import has changed = %v, the second %v", name, report.Changed, again.Changed)
			}
			head, err := store.Head(t.Context(), report.Course)
			must(t, err)
			var archive bytes.Buffer
			_, err = exporter.Archive(t.Context(), store, head, exporter.Options{Canonical: canonical}, &archive)
			must(t, err)
			archives[name] = archive.Bytes()
		}
		if !bytes.Equal(archives["SQLite"], archives["MongoDB"]) {
			t.Errorf("canonical %v: the archives have %d and %d bytes and differ", canonical, len(archives["SQLite"]), len(archives["MongoDB"]))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
