package search

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/search/query"
)

// newGeneration makes an empty index.
func newGeneration(t testing.TB, k Kind) *generation {
	t.Helper()
	m, err := newMapping(k)
	if err != nil {
		t.Fatal(err)
	}
	configure()
	g, err := createGeneration(k, filepath.Join(t.TempDir(), "index"), "schema", m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.close() })
	return g
}

// apply puts some documents and takes others away, in one batch.
func apply(g *generation, list []document, gone ...string) error {
	b := g.index.NewBatch()
	for i := range list {
		d := document{id: list[i].id, analyzer: Exact, fields: maps.Clone(list[i].fields)}
		if err := put(g.index, b, &d); err != nil {
			return err
		}
	}
	for _, id := range gone {
		b.Delete(id)
	}
	return g.apply(b)
}

// counted carries out a search without showing its hits.
func counted(t testing.TB, g *generation, r Request, text string) (*run, []Facet, error) {
	r.Kind, r.Scope = g.kind, Scope{Everything: true}
	r.Query, _ = query.Parse(text)
	if err := r.check(); err != nil {
		return nil, nil, err
	}
	s := &run{Request: r, generation: g, index: g.index, result: &Result{Query: r.Query}}
	if err := errors.Join(s.limit(), s.prepare(nil)); err != nil {
		return nil, nil, err
	}
	var err error
	if s.start, err = s.begin(); err != nil {
		return nil, nil, err
	}
	found, err := s.find(t.Context())
	if err != nil {
		return nil, nil, err
	}
	s.result.Total = int(found.Total)
	facets, err := s.facets(t.Context())
	return s, facets, err
}

// scan counts a facet of some documents.
func scan(list []document, f FacetName, limit int) Facet {
	counts := make(map[string]int)
	for _, d := range list {
		switch v := d.fields[f.field(Studio)].(type) {
		case string:
			counts[v]++
		case []string:
			for _, v := range slices.Compact(slices.Sorted(slices.Values(v))) {
				counts[v]++
			}
		}
	}
	facet := Facet{Name: f}
	for v, n := range counts {
		facet.Values = append(facet.Values, Value{Value: v, Count: n})
	}
	slices.SortFunc(facet.Values, func(a, b Value) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Value, b.Value)) })
	for len(facet.Values) > limit {
		facet.Other += facet.Values[len(facet.Values)-1].Count
		facet.Values = facet.Values[:len(facet.Values)-1]
	}
	return facet
}

// newestFirst gives the ids of some documents.
func newestFirst(list []document) (ids []string) {
	date := func(d document) time.Time { at, _ := d.fields[fieldModified].(time.Time); return at }
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b document) int { return cmp.Or(date(b).Compare(date(a)), cmp.Compare(a.id, b.id)) })
	for _, d := range list {
		ids = append(ids, d.id)
	}
	return ids
}

// someDocuments gives documents of few ids, values and dates, so that many are equal.
func someDocuments() *rapid.Generator[document] {
	several := rapid.SliceOfN(rapid.SampledFrom([]string{"", "art", "math", "physics", "ἀριθμός"}), 0, 3)
	return rapid.Custom(func(t *rapid.T) document {
		text := rapid.SampledFrom([]string{"common", "common rare"}).Draw(t, "text")
		d := document{id: fmt.Sprintf("d%02d", rapid.IntRange(0, 99).Draw(t, "id")), analyzer: Exact, fields: map[string]any{
			fieldAll: text, fieldAllX: text,
			fieldType:    rapid.SampledFrom([]string{"html", "problem", "video"}).Draw(t, "type"),
			fieldContext: fmt.Sprint("c", rapid.IntRange(0, maxValues+20).Draw(t, "course")),
			fieldSubject: several.Draw(t, "subjects"), fieldResponses: several.Draw(t, "responses"),
		}}
		if day := rapid.IntRange(-1, 3).Draw(t, "day"); day >= 0 { // a time before 1970 is a date, too
			d.fields[fieldModified] = time.Date(1969, 12, 30+day, 0, 0, 0, day, time.UTC)
		}
		return d
	})
}

func TestFacetsAndTheNewestAreThoseOfAScanOfAllDocuments(t *testing.T) {
	checks(t, 15)
	rapid.Check(t, func(rt *rapid.T) {
		g, have := newGeneration(t, Studio), make(map[string]document)
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			batch := rapid.SliceOfNDistinct(someDocuments(), 0, 60, func(d document) string { return d.id }).Draw(rt, "batch")
			var gone []string
			for _, id := range slices.Sorted(maps.Keys(have)) {
				if n := rapid.IntRange(0, 9).Draw(rt, "deleted"); n == 0 && !slices.ContainsFunc(batch, func(d document) bool { return d.id == id }) {
					gone = append(gone, id)
				}
			}
			if err := apply(g, batch, gone...); err != nil {
				rt.Fatal(err)
			}
			for _, d := range batch {
				have[d.id] = d
			}
			for _, id := range gone {
				delete(have, id)
			}
			checkScan(rt, t, g, slices.Collect(maps.Values(have)))
		}
	})
}

// checkScan compares searches with a scan of all that an index has.
func checkScan(rt *rapid.T, t *testing.T, g *generation, all []document) {
	only := func(field, value string) (list []document) {
		for _, d := range all {
			if d.fields[field] == value {
				list = append(list, d)
			}
		}
		return list
	}
	facets := []FacetName{FacetType, FacetSubject, FacetResponses, FacetCourse, FacetLang}
	for _, c := range []struct {
		text  string
		among []document
	}{{"", all}, {"rare", only(fieldAll, "common rare")}, {"type:html", only(fieldType, "html")}} {
		text, among := c.text, c.among
		r := Request{Size: rapid.IntRange(1, MaxSize).Draw(rt, "size"), Offset: rapid.SampledFrom([]int{0, 0, 1, 20, 100}).Draw(rt, "offset"), Order: Newest, Facets: facets}
		want := newestFirst(among)
		checkNewest(rt, t, g, r, text, want[min(r.Offset, len(want)):])
		_, got, err := counted(t, g, r, text)
		if err != nil {
			rt.Fatal(err)
		}
		for i, f := range facets {
			expected := scan(among, f, maxValues)
			if text == "type:html" && f == FacetType { // as if it were not chosen
				expected = scan(all, f, maxValues)
				for i := range expected.Values {
					expected.Values[i].Selected = expected.Values[i].Value == "html"
				}
			}
			if diff := gocmp.Diff(expected, got[i]); diff != "" {
				rt.Errorf("%q: %s (-want +got):\n%s", text, f, diff)
			}
		}
	}
}

// checkNewest turns the pages of a search.
func checkNewest(rt *rapid.T, t *testing.T, g *generation, r Request, text string, want []string) {
	var got []string
	for {
		s, _, err := counted(t, g, r, text)
		if err != nil {
			rt.Fatal(err)
		}
		for _, h := range s.hits {
			got = append(got, h.ID)
		}
		if r.After = s.result.Next; r.After == "" {
			break
		}
	}
	if diff := gocmp.Diff(want, got); len(want)+len(got) > 0 && diff != "" {
		rt.Errorf("%q, pages of %d from %d on (-want +got):\n%s", text, r.Size, r.Offset, diff)
	}
}

func TestAHitIsCountedOnceWhenMoreAreLookedForThatAreAsGood(t *testing.T) {
	g := newGeneration(t, Studio)
	var list []document
	for i := range window + equals + 10 {
		list = append(list, document{id: fmt.Sprint("d", i), analyzer: Exact, fields: map[string]any{fieldAll: "common", fieldAllX: "common", fieldContext: fmt.Sprintf("c%02d", i%(maxValues+10))}})
	}
	if err := apply(g, list); err != nil {
		t.Fatal(err)
	}
	_, facets, err := counted(t, g, Request{Size: 1, Order: Relevance, Facets: []FacetName{FacetCourse}}, "common")
	if want := []Facet{scan(list, FacetCourse, maxValues)}; err != nil || want[0].Other == 0 || !reflect.DeepEqual(want, facets) {
		t.Errorf("%v (-want +got):\n%s", err, gocmp.Diff(want, facets))
	}
}

func TestASearchCountsOneStateOfAnIndexThatIsWritten(t *testing.T) {
	g := newGeneration(t, Studio)
	const documents, states = 30, 40
	state := func(n int) (list []document) {
		for i := range documents {
			at := time.Date(2026, 1, 1+n, 0, 0, i%3, 0, time.UTC)
			list = append(list, document{id: fmt.Sprintf("d%02d", i), analyzer: Exact, fields: map[string]any{
				fieldType: fmt.Sprint("state", n), fieldSubject: []string{"all", fmt.Sprint("state", n), fmt.Sprint("part", i%2)}, fieldModified: at,
			}})
		}
		return list
	}
	if err := apply(g, state(0)); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var searching sync.WaitGroup
	for range 3 {
		searching.Go(func() {
			for n := 0; ; {
				select {
				case <-done:
					return
				default:
				}
				s, facets, err := counted(t, g, Request{Size: 20, Facets: []FacetName{FacetType, FacetSubject}}, "")
				if err != nil || len(facets[0].Values) != 1 {
					t.Errorf("facets %v: %v", facets, err)
					return
				}
				value := facets[0].Values[0].Value
				_, _ = fmt.Sscanf(value, "state%d", &n)
				want := []Facet{
					{Name: FacetType, Values: []Value{{Value: value, Count: documents}}},
					{Name: FacetSubject, Values: []Value{{Value: "all", Count: documents}, {Value: value, Count: documents}, {Value: "part0", Count: documents / 2}, {Value: "part1", Count: documents / 2}}},
				}
				var ids []string
				for _, h := range s.hits {
					ids = append(ids, h.ID)
				}
				if diff := gocmp.Diff(want, facets) + gocmp.Diff(newestFirst(state(n))[:20], ids); diff != "" {
					t.Errorf("state %d (-want +got):\n%s", n, diff)
					return
				}
			}
		})
	}
	for n := 1; n <= states; n++ {
		if err := apply(g, state(n)); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	searching.Wait()
	if _, _, err := counted(t, g, Request{Facets: []FacetName{FacetType, FacetSubject}}, ""); err != nil {
		t.Fatal(err)
	}
	if made := len(g.columns.made); made > 3*10 { // each state was a segment of its own
		t.Errorf("%d columns are kept", made)
	}
}
