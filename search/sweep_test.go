package search

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whether an index is looked through as a whole or in parts, the same is found: as many, the same hits with the same scores in the same order, and the same counts.
func TestPartsOfAnIndexAddUpToAllOfIt(t *testing.T) {
	checks(t, 15)
	rapid.Check(t, func(rt *rapid.T) {
		g := newGeneration(t, Studio)
		for range rapid.IntRange(1, 6).Draw(rt, "batches") {
			batch := rapid.SliceOfNDistinct(someDocuments(), 0, 60, func(d document) string { return d.id }).Draw(rt, "batch")
			gone := rapid.SliceOf(rapid.SampledFrom([]string{"d01", "d02", "d50", "d98"})).Draw(rt, "gone")
			if err := apply(g, batch, gone...); err != nil {
				rt.Fatal(err)
			}
		}
		for _, text := range []string{"common", "rare", "common rare", `"common rare"`, "comon", "common -rare", "rare type:html", "nothing"} {
			r := Request{Size: rapid.IntRange(0, MaxSize).Draw(rt, "size"), Facets: FacetNames(Studio)}
			g.many = math.MaxUint64
			whole, wholeFacets, err := counted(t, g, r, text)
			if err != nil {
				rt.Fatal(err)
			}
			g.many = 0
			parts, partsFacets, err := counted(t, g, r, text)
			if err != nil {
				rt.Fatal(err)
			}
			if whole.result.Total != parts.result.Total || whole.result.Next == "" != (parts.result.Next == "") {
				rt.Fatalf("%s: %d hits in all, %d in the parts", text, whole.result.Total, parts.result.Total)
			}
			if diff := cmp.Diff(wholeFacets, partsFacets); diff != "" {
				rt.Fatalf("%s: the facets (-all +parts)\n%s", text, diff)
			}
			if diff := cmp.Diff(ranking(whole), ranking(parts)); diff != "" {
				rt.Fatalf("%s: the hits (-all +parts)\n%s", text, diff)
			}
		}
	})
}

type ranked struct {
	ID    string
	Score float64
}

func ranking(s *run) (list []ranked) {
	for _, h := range s.hits {
		list = append(list, ranked{h.ID, h.Score})
	}
	return list
}
