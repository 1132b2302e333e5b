package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"

	"lectern/courses/learner"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
	"lectern/search"
	"lectern/search/query"
)

// places are the words of parts of the course of ruled that have a text, a title, a unit, a subsection and a section, as far as those belong to them.
func places(kinds string, names ...string) (words []string) {
	for _, name := range names {
		for _, kind := range strings.Fields(kinds) {
			words = append(words, "zq"+name+strings.Trim(kind, "-"))
		}
	}
	return words
}

const (
	wholeSection    = "- title unit subsection section"
	wholeSubsection = "- title unit subsection"
	wholeUnit       = "- title unit"
	wholeText       = "- title"
)

// canaries is a store with the course of ruled, and one like it that the learner is not in.
type canaries struct {
	*searchable
	course key.Course
	user   learner.ID
	at     time.Time
	// What a learner finds, what is in the index and kept from them, and what is not to be in an index for learners at all.
	seen, kept, absent []string
}

func newCanaries(t testing.TB) *canaries {
	c := &canaries{searchable: newSearchable(t), at: instants[1]}
	c.course = c.files(ruled("Mine", ""))
	other := ruled("Other", "")
	for name, text := range other {
		other[name] = strings.NewReplacer("zq", "zqother", "Zq", "Zqother").Replace(text)
	}
	c.files(other)
	id := func(text string) key.BlockID {
		id, err := key.ParseBlockID(text)
		must(t, err)
		return id
	}
	_, _, err := c.store.Update(t.Context(), c.course, func(e *modulestore.Edit) error {
		e.Describe("test", "edit", "")
		if err := e.Change(t.Context(), id("html/draft"), modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: "Zqdraftonly"}); err != nil {
			return err
		}
		return e.Delete(t.Context(), id("vertical/udeleted"), modulestore.DeleteOptions{})
	})
	must(t, err)
	_, _, err = c.store.Unpublish(t.Context(), c.course, id("vertical/uunpublished"), "test")
	must(t, err)
	c.update()

	c.user = learner.NewID()
	target := learner.Target{Learner: c.user, Course: c.course}
	c.grade.Learners.Now = func() time.Time { return instants[1] }
	_, err = c.grade.Learners.Enrol(t.Context(), learner.Enrolment{Target: target})
	must(t, err)
	_, err = c.grade.Learners.AssignGroup(t.Context(), target, 102, 1)
	must(t, err)

	c.seen = append(append(places(wholeSection, "open"), places(wholeUnit, "alpha")...), places(wholeText, "plaintext")...)
	c.seen = append(c.seen, "zqspoken", "zqparle", "zqlistedtab", "zqhandouts", "zqproblem", "zqexamsubsection", "zqdraft", "zqdrafttitle")
	c.kept = append(places(wholeSection, "staffsection", "latersection", "unlistedsection"), places(wholeSubsection, "staffsubsection", "betasubsection", "pastdue", "gated")...)
	c.kept = append(c.kept, places(wholeUnit, "staffunit", "laterunit", "greenunit", "redunit", "verifiedunit", "omega")...)
	c.kept = append(c.kept, places(wholeText, "stafftext", "greentext", "randomtext", "conditionaltext")...)
	c.kept = append(c.kept, "zqexamtitle", "zqexamunit", "zqsecretfilmtitle", "zqsecretspoken", "zqsecretparle")
	for _, w := range append(c.seen[:len(c.seen):len(c.seen)], c.kept...) {
		c.kept = append(c.kept, "zqother"+strings.TrimPrefix(w, "zq"))
	}
	c.absent = append(append(places(wholeUnit, "unpublished"), places(wholeUnit, "deleted")...), "zqdraftonly", "zqhiddentab", "zqhiddentabtitle", "zqstafftab", "zqstafftabtitle",
		"zqoverview", "zqsolution", "zqhint")
	for i := range secretPlaces {
		c.absent = append(c.absent, secretWord(i))
	}
	return c
}

// finds reports whether a word finds something, as it is.
func (c *canaries) finds(r search.Request, word string) bool {
	c.Helper()
	r.Size = 10
	found := c.askIn(r, word)
	return found.Total > 0 && !found.Relaxed
}

func TestLearnersFindNoCanary(t *testing.T) {
	storetest.Plainly(t)
	c := newCanaries(t)
	mine, err := findable(t.Context(), c.grade, c.user, c.at, "")
	must(t, err)
	nobody, err := findable(t.Context(), c.grade, learner.ID{}, c.at, "")
	must(t, err)
	for _, w := range c.seen {
		if !c.finds(search.Request{Kind: search.Content, Scope: mine}, w) {
			t.Errorf("the learner does not find %s, so that the test proves nothing", w)
		}
	}
	for name, scope := range map[string]search.Scope{"a learner": mine, "nobody": nobody} {
		all := c.askIn(search.Request{Kind: search.Content, Scope: scope}, "").Total
		for _, w := range append(c.kept[:len(c.kept):len(c.kept)], c.absent...) {
			c.keepsBack(name, scope, w, all)
		}
	}
	c.tellsNothing(mine)
}

// keepsBack looks for a word in every way.
func (c *canaries) keepsBack(name string, scope search.Scope, w string, all int) {
	c.Helper()
	neighbour := w[:len(w)-1] + "z"
	if w[len(w)-1] == 'z' {
		neighbour = w[:len(w)-1] + "y"
	}
	for _, try := range []struct {
		text   string
		typing bool
	}{
		{w, false}, {strings.ToUpper(w), false}, {`"` + w + `"`, false}, {`"reads ` + w + `"`, false}, {`"` + w + ` about"`, false}, {w + " type:html", false}, {w + " in:" + c.usage("rules"), false},
		{neighbour, false}, {w[:3] + w[4:], false}, {w + "s", false}, {w, true}, {w[:len(w)-1], true}, {"reading " + w[:len(w)-2], true},
	} {
		r := c.askIn(search.Request{Kind: search.Content, Scope: scope, Size: search.MaxSize, Typing: try.typing, Facets: search.FacetNames(search.Content)}, try.text)
		if text := told(c, r); r.Total > 0 && !try.typing || strings.Contains(text, w) {
			c.Errorf("%s who looks for %s (typing: %t) finds %d: %s", name, try.text, try.typing, r.Total, text)
		}
	}
	if r := c.askIn(search.Request{Kind: search.Content, Scope: scope}, "-"+w); r.Total != all {
		c.Errorf("%s finds %d documents, and %d without %s", name, all, r.Total, w)
	}
}

func (c *canaries) usage(name string) string {
	return c.course.Block(key.BlockID{Type: "chapter", Name: name}).String()
}

// told is all that an answer tells beside the question, in lower case.
func told(t testing.TB, r *search.Result) string {
	t.Helper()
	corrected := ""
	if r.Corrected != nil {
		corrected = r.Corrected.String()
	}
	text, err := json.Marshal([]any{r.Hits, r.Facets, corrected})
	must(t, err)
	return strings.ToLower(string(text))
}

// tellsNothing reads everything that a learner can find, with all facets, and looks for words that are not for them.
func (c *canaries) tellsNothing(scope search.Scope) {
	c.Helper()
	for _, order := range []search.Order{search.Newest, search.Relevance} {
		text := map[search.Order]string{search.Newest: "", search.Relevance: "everybody reads"}[order]
		r := search.Request{Kind: search.Content, Scope: scope, Size: search.MaxSize, Order: order, Facets: search.FacetNames(search.Content)}
		for {
			r.Query, _ = query.Parse(text)
			found, err := c.index.Search(c.Context(), r)
			must(c, err)
			said := told(c, found)
			for _, w := range append(c.kept[:len(c.kept):len(c.kept)], c.absent...) {
				if strings.Contains(said, w) {
					c.Errorf("what is told has %s: %s", w, said)
				}
			}
			if r.After = found.Next; found.Next == "" {
				break
			}
		}
	}
	drawn := 0
	for _, w := range []string{"zqbank0", "zqbank1", "zqbank2", "zqitem0", "zqitem1", "zqitem2"} {
		if c.finds(search.Request{Kind: search.Content, Scope: scope}, w) {
			drawn++
		}
	}
	if drawn != 2 {
		c.Errorf("of two banks, from which one problem each is drawn, %d are found", drawn)
	}
}

func TestAuthorsFindCanaries(t *testing.T) {
	c := newCanaries(t)
	author := search.Request{Kind: search.Studio, Scope: search.Scope{Everything: true}}
	gone := map[string]bool{"zqoverview": true}
	for _, w := range places(wholeUnit, "deleted") {
		gone[w] = true
	}
	for i, source := range secretPlaces { // what nobody reads: styles, comments, tolerances, names
		if strings.Contains(source, "<style") || strings.Contains(source, "<!--") || strings.Contains(source, "$CANARY") || strings.Contains(source, "default=") || strings.Contains(source, "explanation-id=\"CANARY") {
			gone[secretWord(i)] = true
		}
	}
	for _, w := range append(append(c.kept, c.absent...), c.seen...) {
		if w == "zqdrafttitle" || w == "zqotherdrafttitle" {
			continue // another one took its place
		}
		if found := c.finds(author, w); found == gone[w] {
			t.Errorf("%s is found by authors: %t", w, found)
		}
	}
}

// What learners must not find anywhere is in no dictionary of their index, so that nothing that reads one can tell it.
func TestTheIndexForLearnersHasNoSecretWord(t *testing.T) {
	c := newCanaries(t)
	terms := c.terms(search.Content)
	for _, w := range append(c.seen, c.kept...) {
		if !terms[w] {
			t.Errorf("%s is in no dictionary, so that the test proves nothing", w)
		}
	}
	for _, w := range c.absent {
		for term := range terms {
			if strings.Contains(term, w) {
				t.Errorf("the index for learners has %s", term)
			}
		}
	}
}

// terms are the words of all fields of an index.
func (c *canaries) terms(k search.Kind) map[string]bool {
	all := make(map[string]bool)
	must(c, c.index.Use(k, func(index bleve.Index) error {
		fields, err := index.Fields()
		if err != nil {
			return err
		}
		for _, field := range fields {
			dict, err := index.FieldDict(field)
			if err != nil {
				return err
			}
			for {
				entry, err := dict.Next()
				if err != nil {
					return err
				}
				if entry == nil {
					break
				}
				all[strings.ToLower(entry.Term)] = true
			}
			if err := dict.Close(); err != nil {
				return err
			}
		}
		return nil
	}))
	return all
}

func TestAStartThatPassesBringsHitsWithoutAnyWrite(t *testing.T) {
	c := newCanaries(t)
	before, there := c.index.Stamp(search.Content, c.course)
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]bool{start.Add(-time.Second): false, start: true} {
		scope, err := findable(t.Context(), c.grade, c.user, at, "")
		must(t, err)
		for _, w := range places(wholeSection, "latersection") {
			if found := c.finds(search.Request{Kind: search.Content, Scope: scope}, w); found != want {
				t.Errorf("at %s %s is found: %t", at, w, found)
			}
		}
	}
	if after, _ := c.index.Stamp(search.Content, c.course); !there || after != before {
		t.Errorf("the stamp was %+v and is %+v", before, after)
	}
	if report := c.update(); report.Changed() {
		t.Errorf("something was written: %v", report.Counts)
	}
}
