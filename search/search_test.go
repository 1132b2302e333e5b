package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
		{"a word twice", "clouds orbitals clouds", Content, []string{"h"}, false},
		{"a phrase of one word again and again, as far as its second", `"clouds clouds clouds"`, Content, nil, false},
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

// many makes a course of n texts, each with the word common, in two sections.
func many(n int) map[string]string {
	texts := map[string]string{}
	var b [2]strings.Builder
	for i := range n {
		name := fmt.Sprintf("t%03d", i)
		fmt.Fprintf(&b[i%2], `<html url_name="%s" display_name="Text %d"/>`, name, i)
		texts["html/"+name+".xml"] = fmt.Sprintf(`<html filename="%s" display_name="Text %d"/>`, name, i)
		texts["html/"+name+".html"] = "<p>" + strings.Repeat("common ", 1+i%7) + fmt.Sprintf("word%d</p>", i)
	}
	section := func(name, inner string) string {
		return fmt.Sprintf(`<chapter url_name="%[1]s"><sequential url_name="q%[1]s"><vertical url_name="v%[1]s">%[2]s</vertical></sequential></chapter>`, name, inner)
	}
	texts["course.xml"] = `<course org="Org" course="Many" url_name="run" language="en">` + section("one", b[0].String()) + section("two", b[1].String()) + `</course>`
	return texts
}

func TestPagesFollowEachOtherWithoutGapsOrRepeats(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(many(137)), "")
	x := filled(t, store)
	for _, order := range []Order{Relevance, Newest} {
		for _, size := range []int{7, 10, 50} {
			t.Run(fmt.Sprint(order, size), func(t *testing.T) {
				r := Request{Kind: Content, Scope: Scope{Everything: true}, Order: order, Size: size}
				seen := make(map[string]bool)
				for page := 0; ; page++ {
					result := searched(t, x, r, "common")
					if result.Total != 137 {
						t.Fatalf("%d in total on page %d", result.Total, page)
					}
					for _, h := range result.Hits {
						if seen[h.ID] {
							t.Errorf("%s is on two pages", h.ID)
						}
						seen[h.ID] = true
					}
					if r.After = result.Next; r.After == "" {
						break
					}
					if len(result.Hits) != size {
						t.Fatalf("page %d has %d hits and is not the last", page, len(result.Hits))
					}
				}
				if len(seen) != 137 {
					t.Errorf("%d hits on all pages", len(seen))
				}
			})
		}
	}
	first := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, "common")
	for name, r := range map[string]Request{
		"another search's page":   {Kind: Content, Scope: Scope{Everything: true}, After: first.Next, Order: Newest},
		"what is no page":         {Kind: Content, Scope: Scope{Everything: true}, After: "nonsense"},
		"too large a page":        {Kind: Content, Scope: Scope{Everything: true}, Size: 51},
		"too far":                 {Kind: Content, Scope: Scope{Everything: true}, Offset: 1001},
		"an order that is none":   {Kind: Content, Scope: Scope{Everything: true}, Order: "random"},
		"a facet of another kind": {Kind: Catalog, Scope: Scope{Everything: true}, Facets: []FacetName{FacetState}},
	} {
		r.Query, _ = query.Parse("common")
		if _, err := x.Search(t.Context(), r); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFacetsCountWhatAnotherChoiceWouldFind(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(small), "")
	imported(t, store, files(small), "course-v1:Org+D+run")
	x := filled(t, store)
	r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}, Facets: []FacetName{FacetCourse, FacetType, FacetOffline}},
		"atoms course:course-v1:Org+D+run type:problem")
	if r.Total != 1 {
		t.Fatalf("%d hits", r.Total)
	}
	want := []Facet{
		{Name: FacetCourse, Values: []Value{{"course-v1:Org+C+run", 1, false}, {"course-v1:Org+D+run", 1, true}}},
		{Name: FacetType, Values: []Value{{"chapter", 1, false}, {"html", 1, false}, {"problem", 1, true}, {"sequential", 1, false}, {"vertical", 1, false}}},
		{Name: FacetOffline, Values: []Value{{"t", 1, false}}},
	}
	if diff := cmp.Diff(want, r.Facets); diff != "" {
		t.Error(diff)
	}
}

func TestSnippetsAreTextWithMarks(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(with(small, map[string]string{
		"course.xml": `<course org="Org" course="C" url_name="run" language="en"><chapter url_name="one"><sequential url_name="a"><vertical url_name="u">
			<html url_name="h" display_name="A &lt;b&gt;bold&lt;/b&gt; title"><![CDATA[<p>if a &lt; b &amp;&amp; b &gt; c then &lt;script&gt;orbit&lt;/script&gt;</p>]]></html>
			<video url_name="v" display_name="Talk" transcripts="{&quot;en&quot;: &quot;talk.srt&quot;, &quot;fr&quot;: &quot;parole.srt&quot;}"/>
		</vertical></sequential></chapter></course>`,
		"static/talk.srt":   "1\n00:00:01,000 --> 00:00:04,000\nWelcome to all.\n\n2\n00:01:15,000 --> 00:01:20,000\nNow the satellites move.\n",
		"static/parole.srt": "1\n00:00:01,000 --> 00:00:04,000\nBienvenue à tous.\n\n2\n00:01:15,000 --> 00:01:20,000\nLes satellites bougent.\n",
	})), "")
	x := filled(t, store)
	everything := Request{Kind: Content, Scope: Scope{Everything: true}}
	h := searched(t, x, everything, "orbit bold").Hits[0]
	if want := "A &lt;b&gt;<mark>bold</mark>&lt;/b&gt; title"; h.TitleHTML != want {
		t.Errorf("title %s, want %s", h.TitleHTML, want)
	}
	if want := "&lt;script&gt;<mark>orbit</mark>&lt;/script&gt;"; !strings.Contains(h.SnippetHTML, want) {
		t.Errorf("snippet %s, want %s in it", h.SnippetHTML, want)
	}
	talk := searched(t, x, everything, "satellites move")
	if len(talk.Hits) != 1 || !talk.Hits[0].Timed || talk.Hits[0].At != 73*time.Second {
		t.Errorf("a talk: %+v", talk.Hits)
	}
	parole := searched(t, x, everything, "satellites lang:fr")
	if len(parole.Hits) != 1 || parole.Hits[0].Lang != "fr" || parole.Hits[0].At != 73*time.Second || parole.Hits[0].Block.Name != "v" {
		t.Errorf("a talk in French: %+v", parole.Hits)
	}
	if r := searched(t, x, everything, "talk"); r.Total != 1 {
		t.Errorf("its title finds it %d times", r.Total)
	}
}

func TestCorrectionsAreOfferedForWhatMayBeFoundAlone(t *testing.T) {
	texts := many(40)
	for name := range texts {
		if strings.HasSuffix(name, ".html") {
			texts[name] += "<p>photosynthesis</p>"
		}
	}
	store := newStore(t)
	c := imported(t, store, files(texts), "")
	x := filled(t, store)
	r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, "phutosynthesis")
	if !r.Relaxed || r.Corrected == nil || r.Corrected.String() != "photosynthesis" {
		t.Errorf("relaxed %t, corrected %v", r.Relaxed, r.Corrected)
	}
	r = searched(t, x, Request{Kind: Content, Scope: Scope{Courses: []Access{{Course: c, Classes: []key.BlockID{{Type: "chapter", Name: "three"}}}}}}, "phutosynthesis")
	if r.Total != 0 || r.Corrected != nil {
		t.Errorf("who may find nothing is told of %v", r.Corrected)
	}
}

func TestTitlesAreSuggestedAsSomebodyTypes(t *testing.T) {
	store := newStore(t)
	imported(t, store, files(small), "")
	x := filled(t, store)
	for text, want := range map[string]string{"cry": "g", "Crystals": "g", "wel": "h", "orb": "", "ele": "u", "sal": "v"} {
		r := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}, Typing: true}, text)
		if got := strings.Join(names(r), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
