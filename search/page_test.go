package search

import (
	"fmt"
	"slices"
	"testing"

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
	var keys []string
	for i := range 9 {
		keys = append(keys, fmt.Sprintf("course-v1:Org+C+run%d", i))
	}
	x := asOften(t, append(keys, "course-v1:Org+A+run", "course-v1:Org+Z+run"))
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
