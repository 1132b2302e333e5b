package edxsearch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore/key"
	"lectern/search"
	"lectern/search/edxsearch"
)

var update = flag.Bool("update", false, "write golden files anew")

var course = key.Course{Org: "Org", Code: "Bio", Run: "2026"}

func block(typ, name string) key.BlockID { return key.BlockID{Type: typ, Name: name} }

// above is where all blocks of these tests are, one level deeper than a location tells.
var above = []search.Crumb{
	{Block: block("chapter", "one"), Title: "Cells"}, {Block: block("sequential", "walls"), Title: "Walls & membranes"}, {Block: block("vertical", "u")},
	{Block: block("split_test", "s"), Title: "Two ways"},
}

func hit(typ, kind, lang, title, snippet string) search.Hit {
	b := block(typ, "x")
	return search.Hit{
		ID: course.Block(b).String(), Course: course, Block: b, Kind: kind, Lang: lang, Title: title, TitleHTML: title, SnippetHTML: snippet, CourseTitle: "Biology",
		Above: above, Score: 1.5,
	}
}

func TestGolden(t *testing.T) {
	french := hit("video", "Video", "fr", "Un film", "la <mark>paroi</mark> de la feuille")
	french.ID, french.Score = french.ID+"#fr", 2.5
	section := hit("chapter", "Sequence", "en", "Cells", "")
	section.TitleHTML, section.Above = "<mark>Cells</mark>", nil
	for _, c := range []struct {
		name   string
		result search.Result
	}{
		{"courseware", search.Result{
			Total: 12, Took: 7 * time.Millisecond,
			Hits: []search.Hit{
				french, hit("html", "Text", "en", "Walls", "if a &lt; b the <mark>cell</mark> bursts"),
				hit("problem", "CAPA", "en", "Quiz", "Which <mark>cell</mark> is it?"), section,
			},
			Facets: []search.Facet{
				{Name: search.FacetKind, Values: []search.Value{{Value: "Text", Count: 9}, {Value: "Video", Count: 2, Selected: true}}, Other: 1},
				{Name: search.FacetOrg, Values: []search.Value{{Value: "Org", Count: 12}}},
			},
		}},
		{"discovery", search.Result{
			Total: 2, Took: 3 * time.Millisecond,
			Hits: []search.Hit{
				{
					ID: course.String(), Course: course, Block: course.Root(), Title: "Biology", TitleHTML: "Biology", SnippetHTML: "All about <mark>cells</mark>.", Score: 4,
					About: &search.About{Short: "Life.", Start: time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC), Language: "en", Pacing: "self", Subjects: []string{"Science"}},
				},
				{ID: "course-v1:Org+Bio+2027", Course: key.Course{Org: "Org", Code: "Bio", Run: "2027"}, Block: course.Root(), Title: "Biology", About: &search.About{Pacing: "instructor"}},
			},
			Facets: []search.Facet{{Name: search.FacetLang, Values: []search.Value{{Value: "en", Count: 1}}}},
		}},
		{"nothing", search.Result{}},
	} {
		t.Run(c.name, func(t *testing.T) { golden(t, c.name+".json", edxsearch.NewResults(&c.result)) })
	}
}

// golden compares the JSON of a value with a file in which it is laid out for people.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
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
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestNoHitHasMoreOfABlockThanItsSnippet(t *testing.T) {
	for _, kind := range []string{"CAPA", "Word Cloud", "", "Sequence"} {
		h := hit("problem", kind, "en", "Quiz", "a <mark>word</mark>")
		r := edxsearch.NewResults(&search.Result{Hits: []search.Hit{h}})
		content := r.Results[0].Data.(*edxsearch.Block).Content
		if diff := cmp.Diff(map[string]string{"display_name": "Quiz"}, content); diff != "" {
			t.Errorf("content of type %q (-want +got):\n%s", kind, diff)
		}
	}
}

func TestFormsBecomeRequests(t *testing.T) {
	for _, c := range []struct {
		name, form string
		course     key.Course
		query      string
		windows    string // offset and size of each request
	}{
		{"a word, with the usual page", "search_string=cell", key.Course{}, "cell", "[0 20]"},
		{"a page further on", "search_string=cell&page_size=10&page_index=3", key.Course{}, "cell", "[30 10]"},
		{"a page larger than that of one search", "search_string=cell&page_size=100&page_index=1", key.Course{}, "cell", "[100 50][150 50]"},
		{"one course", "search_string=cell", course, "cell course:course-v1:Org+Bio+2026", "[0 20]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := edxsearch.ParseCourseware(fields(t, c.form), c.course)
			if err != nil {
				t.Fatal(err)
			}
			check(t, list, search.Content, c.query, c.windows)
		})
	}
	list, err := edxsearch.ParseDiscovery(fields(t, "org=A&org=B&language=fr&subject=Art&page_size=60"))
	if err != nil {
		t.Fatal(err)
	}
	check(t, list, search.Catalog, "lang:fr org:A org:B tag:Art", "[0 50][50 10]")
	if len(list[0].Facets) == 0 || len(list[1].Facets) > 0 {
		t.Errorf("facets are counted %d and %d times, want the first request to count them", len(list[0].Facets), len(list[1].Facets))
	}
}

func fields(t *testing.T, form string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(form)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func check(t *testing.T, list []search.Request, k search.Kind, query, windows string) {
	t.Helper()
	var got strings.Builder
	for _, r := range list {
		fmt.Fprintf(&got, "[%d %d]", r.Offset, r.Size)
		if r.Kind != k || r.Query.String() != query {
			t.Errorf("asks %s for %q, want %s and %q", r.Kind, r.Query, k, query)
		}
	}
	if got.String() != windows {
		t.Errorf("asks for %s, want %s", got.String(), windows)
	}
}

func TestMistakesOfTheCallerHaveStatus400(t *testing.T) {
	for _, form := range []string{
		"", "search_string=", "search_string=x&page_size=0", "search_string=x&page_size=101", "search_string=x&page_size=ten", "search_string=x&page_index=-1",
		"search_string=x&page_index=900", "search_string=x&page_index=9223372036854775807",
	} {
		_, err := edxsearch.ParseCourseware(fields(t, form), key.Course{})
		if err == nil {
			t.Errorf("%q was taken", form)
			continue
		}
		if status, f := edxsearch.NewFailure(err); status != 400 || f.Error == "" {
			t.Errorf("%q is answered with %d %q", form, status, f.Error)
		}
	}
	if status, _ := edxsearch.NewFailure(fmt.Errorf("%w: type more", search.ErrTooBroad)); status != 400 {
		t.Errorf("a search that is too broad is answered with %d", status)
	}
	secret := errors.New("open /srv/secret: no such file")
	if status, f := edxsearch.NewFailure(secret); status != 500 || strings.Contains(f.Error, "secret") {
		t.Errorf("a failure is answered with %d %q", status, f.Error)
	}
}
