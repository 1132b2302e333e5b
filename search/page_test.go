package search

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"

	"lectern/search/query"
)

// asOften takes a small course into a store under several keys.
func asOften(t testing.TB, keys []string) *Index {
	t.Helper()
	store := newStore(t)
	for _, k := range keys {
		imported(t, store, files(small), k)
	}
	return filled(t, store)
}

func TestRunsOfOneCourseDoNotHideTheCoursesAfterThem(t *testing.T) {
	keys := []string{"course-v1:Org+A+run"}
	for i := range 9 {
		keys = append(keys, fmt.Sprintf("course-v1:Org+C+run%d", i))
	}
	x := asOften(t, append(keys, "course-v1:Org+Z+run"))
	for _, order := range []Order{Relevance, Newest} {
		r := Request{Kind: Catalog, Scope: Scope{Everything: true}, Order: order, Size: 1}
		var got []string
		for page := 0; page < 12; page++ {
			result := searched(t, x, r, "molecules")
			for _, h := range result.Hits {
				got = append(got, h.Course.Code)
			}
			if r.After = result.Next; r.After == "" {
				break
			}
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, []string{"A", "C", "Z"}) {
			t.Errorf("%s: the pages together have %v", order, got)
		}
	}
}

func TestAPageOfAnIndexThatIsGoneIsToldOnce(t *testing.T) {
	x := asOften(t, []string{""})
	r := Request{Kind: Content, Scope: Scope{Everything: true}, Size: 1}
	q, _ := query.Parse("orbitils")
	r.After = query.Cursor{Generation: 1, Search: q.Fingerprint(string(Content), string(Relevance)), Keys: []string{"1"}}.String()
	if result := searched(t, x, r, "orbitils"); !result.Relaxed || len(result.Notes) != 1 || len(result.Hits) != 1 {
		t.Errorf("relaxed %t, notes %q, %d hits", result.Relaxed, result.Notes, len(result.Hits))
	}
}

func TestTheNewestComeFirstAndThoseWithoutADateLast(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(many(23)), "")
	x := filled(t, store)
	err := x.Use(Content, func(index bleve.Index) error {
		b := index.NewBatch()
		for i := range 23 {
			d := document{id: fmt.Sprintf("block-v1:Org+Many+run+type@html+block@t%03d", i), analyzer: "en", fields: map[string]any{fieldAll: "common", fieldContext: "course-v1:Org+Many+run"}}
			if i%3 > 0 { // dates that are equal, and none
				d.fields[fieldModified] = time.Date(2026, 1, i%3, 0, 0, 0, 0, time.UTC)
			}
			if err := put(index, b, &d); err != nil {
				return err
			}
		}
		return index.Batch(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	for size := range 9 {
		r := Request{Kind: Content, Scope: Scope{Everything: true}, Order: Newest, Size: size + 1}
		var days []int
		for {
			result := searched(t, x, r, "common")
			for _, h := range result.Hits {
				var n int
				_, _ = fmt.Sscanf(h.Block.Name, "t%d", &n)
				days = append(days, n%3)
			}
			if r.After = result.Next; r.After == "" {
				break
			}
		}
		if want := slices.Concat(slices.Repeat([]int{2}, 7), slices.Repeat([]int{1}, 8), slices.Repeat([]int{0}, 8)); !slices.Equal(days, want) {
			t.Errorf("pages of %d: %v", size+1, days)
		}
	}
}
