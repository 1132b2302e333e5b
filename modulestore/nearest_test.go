package modulestore

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// loadNear reads a tree of which near is in memory, and gives the pages that had to be read.
func (s shelf) loadNear(t rapid.TB, root ID, near *pagedTree) (loaded *pagedTree, pages map[ID]*page) {
	t.Helper()
	pages = make(map[ID]*page)
	if near != nil && near.index.shared() {
		near = nil
	}
	for level := []ID{root}; len(level) > 0; level = nextLevel(pages, level, near) {
		for _, id := range level {
			p, err := decodePage(s[id])
			if err != nil {
				t.Fatalf("page %s: %v", id.Short(), err)
			}
			pages[id] = p
		}
	}
	loaded, err := assemble(root, pages, near)
	if err != nil {
		t.Fatal(err)
	}
	return loaded, pages
}

func TestWhatIsTakenFromATreeInMemoryIsWhatWouldBeRead(t *testing.T) {
	spared := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := shelf{}
		now := s.mustPage(rt, someTree(rt, 120), nil)
		for step := range rapid.IntRange(1, 5).Draw(rt, "edits") {
			near := now
			if rapid.Bool().Draw(rt, "load again") {
				near = s.load(rt, now.root)
			}
			now = s.mustPage(rt, someEdit(rt, now.tree, step), now)
			want := s.load(rt, now.root)
			got, pages := s.loadNear(rt, now.root, near)
			spared += len(want.pageIDs()) - len(pages)
			for id, known := range got.sizes {
				if measured := now.sizes[id]; known != measured {
					rt.Fatalf("the size of %s is %v, want %v", id, known, measured)
				}
			}
			got.sizes = nil
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(pagedTree{}, index{}, cutList{}, segment{})); diff != "" {
				rt.Fatalf("(-read +with what was in memory):\n%s", diff)
			}
			// What is edited next must not depend on how it was loaded.
			if rapid.Bool().Draw(rt, "go on with it") {
				got, _ = s.loadNear(rt, now.root, near)
				now = got
			}
		}
	})
	if spared == 0 {
		t.Error("no page was spared: the test tests nothing")
	}
}

// A cache finds the tree that has most in common with a page, whatever else it keeps, and forgets those that it gives up.
func TestTheNearestTreeInMemoryIsFound(t *testing.T) {
	s := shelf{}
	cache := newTreeCache(3000)
	for i := range 4 {
		cache.put(s.mustPage(t, course(200, i), nil))
	}
	base := s.mustPage(t, course(1000, 7), nil)
	cache.put(base)
	other := s.mustPage(t, course(1000, 8), nil)
	edited := *base.tree.Blocks[base.tree.Root]
	edited.Attrs = append(slices.Clone(edited.Attrs), Attr{Name: "edited", Value: "yes"})
	tree := *base.tree
	tree.Blocks = maps.Clone(base.tree.Blocks)
	tree.Blocks[edited.ID] = &edited
	first := func(p *pagedTree) *page {
		t.Helper()
		decoded, err := decodePage(s[p.root])
		if err != nil {
			t.Fatal(err)
		}
		return decoded
	}
	changed := s.mustPage(t, &tree, base)
	if near := cache.nearest(first(changed)); near != base {
		t.Errorf("the nearest tree is %v, want the one that was edited", near)
	}
	if loaded := s.load(t, base.root); !slices.Equal(loaded.tops, base.tops) || len(base.tops) == 0 {
		t.Errorf("as it was read, the first page leads to %d pages; as it was written, to %d", len(loaded.tops), len(base.tops))
	}
	cache.put(other)
	cache.put(s.mustPage(t, course(2500, 9), nil)) // takes the place of all others
	if near := cache.nearest(first(changed)); near != nil || len(cache.trees) != 1 {
		t.Errorf("%d trees are kept, and one that was given up is found: %v", len(cache.trees), near != nil)
	}
	for top, trees := range cache.byTop {
		for _, kept := range trees {
			if cache.trees[kept.root] != kept {
				t.Errorf("page %s still leads to a tree that was given up", top.Short())
			}
		}
	}
}
