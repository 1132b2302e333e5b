package search

import (
	"fmt"
	"runtime"
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
			size += sizeOf(text)
		}
		if size > keptText || size != kept.size {
			t.Fatalf("%d bytes are kept, counted as %d, and at most %d may be", size, kept.size, keptText)
		}
	}
}

func TestWhatIsKeptTakesNoMoreRoomThanIsCounted(t *testing.T) {
	const others = 4 << 20 // what else the process may come to use meanwhile
	for name, markup := range map[string]string{
		"nothing but blanks":   strings.Repeat(" ", 20*longBody),
		"text between blanks":  "word" + strings.Repeat(" ", 20*longBody) + "word",
		"nothing that is read": "<script>" + strings.Repeat("x ", 10*longBody) + "</script>",
	} {
		t.Run(name, func(t *testing.T) {
			var kept longTexts
			before := heap()
			for i := range 100 {
				b, body := page(fmt.Sprint(i), "word", 100)
				body.Markup = markup
				b.Attrs = []modulestore.Attr{{Name: "display_name", Value: strings.Repeat(" ", 10*longBody) + "A title"}}
				kept.block(b, body)
			}
			if used := heap() - before; used > kept.size+others {
				t.Errorf("%d bytes are in use, counted as %d", used, kept.size)
			}
			if kept.size < 100*(len("A title")+100) {
				t.Errorf("%d texts are counted as %d bytes", len(kept.texts), kept.size)
			}
		})
	}
}

// heap is how many bytes are in use.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
