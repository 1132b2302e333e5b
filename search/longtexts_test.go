package search

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// page is an html block of about so many bytes.
func page(name, word string, size int) (*modulestore.Block, *modulestore.Body) {
	body := &modulestore.Body{Markup: "<p>" + strings.Repeat(word+" ", size/(len(word)+1)) + "</p>"}
	var id modulestore.ID
	copy(id[:], fmt.Sprint(name, word, size))
	return &modulestore.Block{ID: key.BlockID{Type: "html", Name: name}, Body: id}, body
}

func TestTextsOfLongBodiesAreKept(t *testing.T) {
	var kept longTexts
	b, body := page("a", "word", 2*longBody)
	want := extract.Block(b, body)
	for range 2 {
		if got := kept.block(b, body); !cmp.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	}
	if len(kept.texts) != 1 {
		t.Errorf("%d texts are kept, want one", len(kept.texts))
	}
	named := *b
	named.Attrs = []modulestore.Attr{{Name: "display_name", Value: "Another title"}}
	if got := kept.block(&named, body); got.Title != "Another title" {
		t.Errorf("with another title it is %q", got.Title)
	}
	if other, otherBody := page("a", "other", 2*longBody); !strings.Contains(kept.block(other, otherBody).Body, "other") {
		t.Error("another body of the block has the text of the first one")
	}
	if short, shortBody := page("b", "word", 100); kept.block(short, shortBody).Body == "" || len(kept.texts) != 3 {
		t.Errorf("%d texts are kept after a short one, want three", len(kept.texts))
	}
}

func TestKeptTextsHaveALimit(t *testing.T) {
	var kept longTexts
	for i := range 3 * keptText / (100 << 10) {
		kept.block(page(fmt.Sprint(i), "word", 100<<10))
		size := 0
		for _, text := range kept.texts {
			size += len(text.Body) + len(text.Hidden)
		}
		if size > keptText || size != kept.size {
			t.Fatalf("%d bytes are kept, counted as %d, and at most %d may be", size, kept.size, keptText)
		}
	}
}
