package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore/key"
	"lectern/search"
	"lectern/search/api"
	"lectern/search/query"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestGolden(t *testing.T) {
	course := key.Course{Org: "Org", Code: "Bio", Run: "2026"}
	film := key.BlockID{Type: "video", Name: "film"}
	asked, _ := query.Parse(`celsl type:video`)
	meant, _ := query.Parse(`cells type:video`)
	r := &search.Result{
		Query: asked, Notes: []query.Note{"A note."}, Relaxed: true, Corrected: &meant, Total: 12, Next: "AZ", Withheld: 1, Took: 1234567 * time.Nanosecond,
		Hits: []search.Hit{
			{
				ID: course.Block(film).String() + "#fr", Course: course, CourseTitle: "Biology", Block: film, Lang: "fr", Title: "Film", TitleHTML: "Film",
				SnippetHTML: "a &lt; <mark>b</mark>", Above: []search.Crumb{{Block: key.BlockID{Type: "chapter", Name: "one"}, Title: "Cells"}, {Block: key.BlockID{Type: "vertical", Name: "u"}}},
				At: 73900 * time.Millisecond, Timed: true, Score: 4.5,
			},
			{
				ID: course.String(), Course: course, CourseTitle: "Biology", Block: course.Root(), Title: "Biology", TitleHTML: "Biology", Runs: 2, Score: 1,
				About: &search.About{Short: " Life. ", Start: time.Date(2026, 1, 1, 9, 0, 0, 0, time.FixedZone("", 3600)), Pacing: "self"},
			},
		},
		Facets: []search.Facet{{Name: search.FacetType, Values: []search.Value{{Value: "video", Count: 11, Selected: true}}, Other: 1}, {Name: search.FacetOrg}},
	}
	golden(t, "testdata/found.json", api.NewFound(r, func(h *search.Hit) string { return "/read/" + h.ID }))
	golden(t, "testdata/nothing.json", api.NewFound(&search.Result{}, nil))
}

func golden(t *testing.T, path string, value any) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
