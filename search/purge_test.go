package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2"

	"lectern/modulestore"
)

// What is taken down is found no more once its course is renewed, though no version says that anything has changed. A new index has no trace of it: words that only deleted
// documents had stay in the files of the old one until bleve puts them together.
func TestWhatIsPurgedLeavesTheIndex(t *testing.T) {
	const canary = "kanarienvogel"
	store := newStore(t)
	c := imported(t, store, files(with(small, map[string]string{
		"about/overview.html": `<p>All about ` + canary + `.</p>`,
		"tabs/syllabus.html":  `<p>Weekly ` + canary + `.</p>`,
	})), "")
	x := filled(t, store)
	asked := func(k Kind) int {
		return searched(t, x, Request{Kind: k, Scope: Scope{Everything: true}}, canary).Total
	}
	if asked(Content) != 1 || asked(Catalog) != 1 {
		t.Fatalf("before: %d and %d hits, want one of each", asked(Content), asked(Catalog))
	}
	head, err := store.Head(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"about/overview", "static_tab/syllabus"} {
		if _, err := store.PurgeBlock(t.Context(), head, block(t, name), modulestore.PurgeOptions{Author: "test", Reason: "a name"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := x.Renew(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		if n := asked(k); n != 0 {
			t.Errorf("%s: %d hits after the course was renewed", k, n)
		}
	}
	if _, err := x.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		for field, words := range vocabulary(t, x, k) {
			if slices.Contains(words, canary) {
				t.Errorf("the field %s of the new %s index has the word", field, k)
			}
		}
	}
}

// The text of a long page is kept once it was shown, and not shown any more when the page was taken down, even before the index knows of it.
func TestWhatIsPurgedIsNotShownAnyMore(t *testing.T) {
	const canary = "kanarienvogel"
	store := newStore(t)
	c := imported(t, store, files(with(small, map[string]string{"tabs/syllabus.html": "<p>" + strings.Repeat("Weekly ", 2*longBody/7) + canary + ".</p>"})), "")
	x := filled(t, store)
	asked := func() string {
		found := searched(t, x, Request{Kind: Content, Scope: Scope{Everything: true}}, canary)
		return fmt.Sprint(found.Hits)
	}
	for range 2 {
		if !strings.Contains(asked(), "<mark>"+canary+"</mark>") {
			t.Fatalf("before: %s", asked())
		}
	}
	if len(x.shown.texts) == 0 {
		t.Fatal("the text is not kept, so nothing is tested")
	}
	head, err := store.Head(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.PurgeBlock(t.Context(), head, block(t, "static_tab/syllabus"), modulestore.PurgeOptions{Author: "test", Reason: "a name"}); err != nil {
		t.Fatal(err)
	}
	if hits := asked(); strings.Contains(hits, canary) {
		t.Errorf("after: %s", hits)
	}
}

// vocabulary lists the words of the fields of an index, those of deleted documents too.
func vocabulary(t *testing.T, x *Index, k Kind) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	err := x.Use(k, func(index bleve.Index) error {
		fields, err := index.Fields()
		if err != nil {
			return err
		}
		for _, f := range fields {
			if all[f], err = valuesOf(index, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all[fieldAllX]) == 0 && k != Studio {
		t.Fatalf("the %s index has no words", k)
	}
	return all
}
