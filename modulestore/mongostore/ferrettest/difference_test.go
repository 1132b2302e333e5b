package ferrettest

import (
	"cmp"
	"crypto/sha256"
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
	"lectern/modulestore/olx"
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

// The same history of all operations, drawn at random, comes to the same on both backends.
func TestHistoriesAreTheSameOnBothBackends(t *testing.T) {
	histories := 5
	if testing.Short() {
		histories = 1
	}
	for seed := range histories {
		told := map[string][]string{}
		first, second := bothBackends(t), bothBackends(t)
		for name := range first {
			random := rand.New(rand.NewPCG(uint64(seed), 3))
			told[name] = storetest.Histories(t, first[name], second[name], random.IntN, t.Fatalf)
		}
		if diff := gocmp.Diff(told["SQLite"], told["MongoDB"]); diff != "" {
			t.Errorf("history %d (-SQLite +MongoDB):\n%.4000s", seed, diff)
		}
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

// Every sample course, imported on each backend, gives the same report and is exported as the same bytes. That these are right is tested on SQLite.
func TestCoursesAreTheSameOnBothBackends(t *testing.T) {
	archives := map[string]importer.Source{"the bundled course": {FS: sample.Course(), Name: "sample"}}
	t.Run("the bundled course", func(t *testing.T) { sameCourse(t, archives["the bundled course"]) })
	t.Run("corpus", func(t *testing.T) {
		for _, path := range storetest.Corpus(t) {
			t.Run(filepath.Base(path), func(t *testing.T) { sameCourse(t, importer.Source{Path: path, Name: filepath.Base(path)}) })
		}
	})
}

// moved is what becomes of a course on its way through a store.
type moved struct {
	Report, Again              *importer.Report
	Faithful, Canonical, Draft [sha256.Size]byte
}

func sameCourse(t *testing.T, source importer.Source) {
	results := map[string]moved{}
	for name, backend := range bothBackends(t) {
		store := modulestore.New(backend)
		store.Now = func() time.Time { return time.UnixMilli(1_800_000_000_000) }
		m := moved{Report: imported(t, store, source), Again: imported(t, store, source)}
		if !m.Report.Changed || m.Again.Changed {
			t.Errorf("%s: the first import has changed = %v, the second %v", name, m.Report.Changed, m.Again.Changed)
		}
		head, err := store.Head(t.Context(), m.Report.Course)
		must(t, err)
		m.Faithful = exported(t, store, head, exporter.Options{})
		m.Canonical = exported(t, store, head, exporter.Options{Canonical: true})
		m.Draft = exported(t, store, head, exporter.Options{Branch: olx.Draft})
		results[name] = m
	}
	if diff := gocmp.Diff(results["SQLite"], results["MongoDB"]); diff != "" {
		t.Errorf("(-SQLite +MongoDB):\n%.4000s", diff)
	}
}

func imported(t *testing.T, store *modulestore.Store, source importer.Source) *importer.Report {
	t.Helper()
	report, err := importer.Run(t.Context(), store, source, importer.Options{})
	must(t, err)
	report.Seconds = 0
	return report
}

func exported(t *testing.T, store *modulestore.Store, v modulestore.Version, o exporter.Options) (sum [sha256.Size]byte) {
	t.Helper()
	h := sha256.New()
	_, err := exporter.Archive(t.Context(), store, v, o, h)
	must(t, err)
	h.Sum(sum[:0])
	return sum
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
