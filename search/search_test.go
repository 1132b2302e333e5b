package search

import (
	"slices"
	"strings"
	"testing"

	"lectern/modulestore/key"
	"lectern/search/query"
)

// searched asks for a text, and fails the test if that cannot be carried out.
func searched(t testing.TB, x *Index, r Request, text string) *Result {
	t.Helper()
	var notes []query.Note
	r.Query, notes = query.Parse(text)
	if r.Size == 0 {
		r.Size = 10
	}
	result, err := x.Search(t.Context(), r)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	result.Notes = append(notes, result.Notes...)
	return result
}

// names gives the hits by their blocks, best first.
func names(r *Result) (list []string) {
	for i := range r.Hits {
		list = append(list, r.Hits[i].Block.Name)
	}
	return list
}

func TestWhatIsTypedFindsWhatIsMeant(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(small), "")
	x := filled(t, store)
	for _, c := range []struct {
		name, text string
		kind       Kind
		want       []string
		relaxed    bool
	}{
		{"a word of a text", "clouds", Content, []string{"h"}, false},
		{"a word in another form", "cloud", Content, []string{"h"}, false},
		{"a word of a title", "welcome", Content, []string{"h"}, false},
		{"all words, wherever they stand", "clouds welcome", Content, []string{"h"}, false},
		{"the words of what is above", "atoms orbitals", Content, []string{"h"}, false},
		{"a phrase", `"are clouds"`, Content, []string{"h"}, false},
		{"words side by side the other way round", `"clouds are"`, Content, nil, false},
		{"a typo", "orbitils", Content, []string{"h"}, true},
		{"most of the words", "orbitals clouds elephants", Content, []string{"h"}, true},
		{"a word that nothing has", "elephants", Content, nil, false},
		{"stop words alone", "are", Content, []string{"h"}, false},
		{"not a word", "atoms -orbitals", Content, []string{"one", "a", "u", "p"}, false},
		{"a type", "atoms type:problem", Content, []string{"p"}, false},
		{"not a type", "atoms -type:problem -type:html", Content, []string{"one", "a", "u"}, false},
		{"a course by its organisation", "clouds course:org", Content, []string{"h"}, false},
		{"a course that is not there", "clouds course:other", Content, nil, false},
		{"inside a section", "in:block-v1:Org+C+run+type@chapter+block@two type:html", Content, []string{"g"}, false},
		{"a key of a course", "course-v1:Org+C+run type:problem", Content, []string{"p"}, false},
		{"a draft", "clouds", Studio, []string{"h"}, false},
		{"the end of a URL", "g", Studio, []string{"g"}, false},
		{"a course", "molecules", Catalog, []string{"run"}, false},
		{"the beginning of the name of a course", "chem", Catalog, []string{"run"}, false},
		{"the number of a course", "c", Catalog, []string{"run"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := searched(t, x, Request{Kind: c.kind, Scope: Scope{Everything: true}}, c.text)
			got := names(r)
			if c.kind == Catalog && len(got) > 0 {
				got = []string{r.Hits[0].Course.Run}
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) || r.Total != len(c.want) || r.Relaxed != c.relaxed {
				t.Errorf("found %v, %d in total, relaxed %t; want %v, relaxed %t (notes %q)", got, r.Total, r.Relaxed, c.want, c.relaxed, r.Notes)
			}
		})
	}
}

func TestNobodyFindsWhatTheirScopeDoesNotAllow(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	section := func(name string) key.BlockID { return key.BlockID{Type: "chapter", Name: name} }
	first := Scope{Courses: []Access{{Course: c, Classes: []key.BlockID{section("one")}}}}
	for _, s := range []struct {
		name  string
		scope Scope
		want  []string
	}{
		{"nothing", Scope{}, nil},
		{"one class", first, []string{"a", "h", "one", "p", "u"}},
		{"a class that is not there", Scope{Courses: []Access{{Course: c, Classes: []key.BlockID{section("three")}}}}, nil},
		{"all of another course", Scope{Courses: []Access{{Course: course(t, "course-v1:Org+D+run"), All: true}}}, nil},
		{"all", Scope{Courses: []Access{{Course: c, All: true}}}, []string{"a", "b", "g", "h", "one", "p", "syllabus", "two", "u", "v"}},
		{"everything", Scope{Everything: true}, []string{"a", "b", "g", "h", "one", "p", "syllabus", "two", "u", "v"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			r := searched(t, x, Request{Kind: Content, Scope: s.scope, Size: MaxSize, Facets: []FacetName{FacetType, FacetOrg}}, "")
			got := names(r)
			slices.Sort(got)
			if !slices.Equal(got, s.want) || r.Total != len(s.want) || r.Withheld != 0 {
				t.Errorf("found %v, %d in total, %d withheld; want %v", got, r.Total, r.Withheld, s.want)
			}
			counted := 0
			for _, v := range r.Facets[0].Values {
				counted += v.Count
			}
			if counted != len(s.want) {
				t.Errorf("types count %d", counted)
			}
		})
	}
	for _, text := range []string{"sodium", "sodiun", "chlor", `"sodium chloride"`, "salts", "in:block-v1:Org+C+run+type@chapter+block@two"} {
		r := searched(t, x, Request{Kind: Content, Scope: first, Facets: FacetNames(Content)}, text)
		if r.Total != 0 || len(r.Hits) != 0 || r.Corrected != nil || strings.Contains(strings.ToLower(strings.Join(names(r), " ")), "sodium") {
			t.Errorf("%s finds %d, %v, corrected %v", text, r.Total, names(r), r.Corrected)
		}
	}
	titles := Scope{Courses: []Access{{Course: c, All: true, TitlesOnly: true}}}
	if r := searched(t, x, Request{Kind: Content, Scope: titles}, "crystals"); len(r.Hits) != 1 || r.Hits[0].SnippetHTML != "" {
		t.Errorf("by its title: %+v", r.Hits)
	}
	if r := searched(t, x, Request{Kind: Content, Scope: titles}, "sodium"); r.Total != 0 {
		t.Errorf("a text of which the title alone is public: %+v", r.Hits)
	}
}
