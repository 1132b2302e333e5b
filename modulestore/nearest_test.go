package modulestore

import (
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
