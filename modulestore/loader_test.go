package modulestore

import (
	"errors"
	"strings"
	"testing"

	"lectern/modulestore/key"
)

// Pages that are sound one by one do not always make a tree: whoever writes to the database can put any pages together.
func TestPagesThatMakeNoTree(t *testing.T) {
	root, week, quiz := key.BlockID{Type: "course", Name: "2026"}, key.BlockID{Type: "chapter", Name: "week"}, key.BlockID{Type: "problem", Name: "quiz"}
	leaf := func(id key.BlockID) page { return page{Blocks: []record{{Block: Block{ID: id}}}} }
	// above makes a page of a block whose children are links.
	above := func(id key.BlockID, links ...link) page {
		r := record{Block: Block{ID: id}}
		for i := range links {
			r.Refs = append(r.Refs, -1-i)
		}
		return page{Blocks: []record{r}, Links: links}
	}
	segmentOf := func(links ...link) page {
		p := page{Run: &run{}, Links: links}
		for i := range links {
			p.Run.Refs = append(p.Run.Refs, -1-i)
		}
		return p
	}
	id := func(p page) ID { return p.object().ID }
	// deep makes segments in segments.
	deep := segmentOf(link{ID: quiz})
	deepPages := []page{deep}
	for range maxNesting + 1 {
		deep = segmentOf(link{Page: id(deep)})
		deepPages = append(deepPages, deep)
	}
	// wide makes a list that doubles with each segment above.
	wide := segmentOf(link{ID: quiz}, link{ID: quiz})
	for range 40 {
		wide.Links = append(wide.Links, wide.Links[0])
		wide.Run.Refs = append(wide.Run.Refs, -len(wide.Links))
	}
	widePages := []page{wide}
	for range 12 {
		l := link{Page: id(wide)}
		wide = segmentOf(l, l, l, l)
		widePages = append(widePages, wide)
	}
	withPointer := leaf(week)
	withPointer.Pointer = []Attr{{Name: "url_name"}}
	unsorted := leaf(root)
	unsorted.Blocks = append(unsorted.Blocks, leaf(week).Blocks[0], leaf(key.BlockID{Type: "about", Name: "a"}).Blocks[0])
	unsorted.Detached = []int{1, 2}
	listed := above(root, link{ID: week})
	listed.Blocks = append(listed.Blocks, leaf(week).Blocks[0])
	listed.Detached = []int{1}

	for _, c := range []struct {
		name  string
		pages []page // the first is the root
		want  string
	}{
		{"the first page is a segment", []page{segmentOf(link{ID: quiz})}, "the first page is a segment"},
		{"a block is stored in two pages", []page{
			above(root, link{ID: week, Page: id(above(week, link{ID: quiz, Page: id(leaf(quiz)), Blocks: 1})), Blocks: 2}, link{ID: quiz, Page: id(leaf(quiz)), Blocks: 1}),
			above(week, link{ID: quiz, Page: id(leaf(quiz)), Blocks: 1}), leaf(quiz),
		}, "block problem/quiz is stored twice"},
		{"a link has another key than the page", []page{above(root, link{ID: week, Page: id(leaf(quiz)), Blocks: 1}), leaf(quiz)}, "is not the subtree of chapter/week"},
		{"a link counts other blocks than the page", []page{above(root, link{ID: week, Page: id(leaf(week)), Blocks: 2}), leaf(week)}, "is not the subtree of chapter/week"},
		{"a link to a subtree leads to a segment", []page{above(root, link{ID: week, Page: id(segmentOf(link{ID: quiz})), Blocks: 1}), segmentOf(link{ID: quiz})},
			"is not the subtree of chapter/week"},
		{"a link to a segment leads to a subtree", []page{above(root, link{Page: id(leaf(week)), Blocks: 1}), leaf(week)}, "is not a segment of the children of course/2026"},
		{"a page below the first has a pointer", []page{above(root, link{ID: week, Page: id(withPointer), Blocks: 1}), withPointer}, "is not the subtree of chapter/week"},
		{"segments are nested without end", append([]page{above(root, link{Page: id(deep)})}, deepPages...), "inside each other"},
		{"lists double and double", append([]page{above(root, link{Page: id(wide)})}, widePages...), "children in one tree"},
		{"a block lists itself from below", []page{above(root, link{ID: week, Page: id(above(week, link{ID: root})), Blocks: 1}), above(week, link{ID: root})},
			"a block contains itself: course/2026 > chapter/week > course/2026"},
		{"detached blocks are out of order", []page{unsorted}, "detached blocks are out of order"},
		{"a detached block is listed", []page{listed}, "block course/2026 lists chapter/week, which must have no parent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages := make(map[ID]*page)
			for _, p := range c.pages {
				o := p.object()
				var err error
				if pages[o.ID], err = decodePage(o.Data); err != nil {
					t.Fatalf("a page is not sound by itself: %v", err)
				}
			}
			_, err := assemble(id(c.pages[0]), pages, nil)
			if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one that is ErrCorrupt and says %q", err, c.want)
			}
		})
	}
}

func TestTreesInMemoryAreBounded(t *testing.T) {
	cache := newTreeCache(25)
	var trees []*pagedTree
	for i := range 4 {
		trees = append(trees, shelf{}.mustPage(t, course(9, i), nil)) // ten blocks each
	}
	has := func(want ...bool) {
		t.Helper()
		for i, w := range want {
			cache.mu.Lock()
			_, ok := cache.trees[trees[i].root]
			cache.mu.Unlock()
			if ok != w {
				t.Errorf("tree %d is kept: %v, want %v", i, ok, w)
			}
		}
	}
	cache.put(trees[0])
	cache.put(trees[1])
	has(true, true, false, false)
	cache.get(trees[0].root) // now the other one is the oldest
	cache.put(trees[2])
	has(true, false, true, false)
	cache.put(shelf{}.mustPage(t, course(100, 1), nil)) // larger than the cache: alone in it
	has(false, false, false, false)
	cache.put(trees[3])
	has(false, false, false, true)

	known := trees[3]
	loaded := *known
	loaded.sizes = nil
	cache.put(&loaded)
	if got, _ := cache.get(known.root); got != known {
		t.Error("a loaded tree took the place of one that knows its sizes")
	}
}
