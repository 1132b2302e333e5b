package modulestore

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore/key"
)

// shelf keeps the pages that tests make, as a backend would.
type shelf map[ID][]byte

func (s shelf) put(objects []Object) {
	for _, o := range objects {
		s[o.ID] = o.Data
	}
}

// load reads a tree back.
func (s shelf) load(t rapid.TB, root ID) *pagedTree {
	t.Helper()
	pages := make(map[ID]*page)
	for level := []ID{root}; len(level) > 0; level = nextLevel(pages, level, nil) {
		for _, id := range level {
			data, ok := s[id]
			if !ok {
				t.Fatalf("page %s was never stored", id.Short())
			}
			p, err := decodePage(data)
			if err != nil {
				t.Fatalf("page %s: %v", id.Short(), err)
			}
			pages[id] = p
		}
	}
	loaded, err := assemble(root, pages, nil)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// mustPage cuts a tree and stores its pages.
func (s shelf) mustPage(t rapid.TB, tree *Tree, base *pagedTree) *pagedTree {
	t.Helper()
	paged, objects, err := pageTree(tree, base)
	if err != nil {
		t.Fatal(err)
	}
	s.put(objects)
	return paged
}

func TestPagesGiveTheTreeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tree := someTree(rt, 80)
		s := shelf{}
		paged := s.mustPage(rt, tree, nil)
		loaded := s.load(rt, paged.root)
		if diff := cmp.Diff(tree, loaded.tree); diff != "" {
			rt.Fatalf("the tree read back is another one (-written +read):\n%s", diff)
		}
		if diff := cmp.Diff(paged.pageIDs(), loaded.pageIDs()); diff != "" {
			rt.Fatalf("the loaded tree knows other pages (-written +read):\n%s", diff)
		}
		if got := len(paged.pageIDs()); got != len(s) {
			rt.Fatalf("the tree knows %d pages, %d were made", got, len(s))
		}
	})
}

func TestPagesDependOnContentAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := shelf{}
		now := s.mustPage(rt, someTree(rt, 120), nil)
		for step := range rapid.IntRange(1, 5).Draw(rt, "edits") {
			if rapid.Bool().Draw(rt, "load again") {
				now = s.load(rt, now.root)
			}
			now = s.mustPage(rt, someEdit(rt, now.tree, step), now)

			fresh := shelf{}
			whole := fresh.mustPage(rt, now.tree, nil)
			if whole.root != now.root {
				rt.Fatalf("the root is %s after the edit and %s for the same tree made at once", now.root.Short(), whole.root.Short())
			}
			if diff := cmp.Diff(whole.pageIDs(), now.pageIDs()); diff != "" {
				rt.Fatalf("the edited tree knows other pages (-at once +edited):\n%s", diff)
			}
			if diff := cmp.Diff(now.tree, s.load(rt, now.root).tree); diff != "" {
				rt.Fatalf("the edited tree is another one when it is read back (-edited +read):\n%s", diff)
			}
		}
	})
}

// someEdit makes one change of a kind that editors make, anywhere in the tree.
func someEdit(t *rapid.T, tree *Tree, step int) *Tree {
	next := *tree
	next.Blocks = maps.Clone(tree.Blocks)
	next.Detached = slices.Clone(tree.Detached)
	ids := slices.SortedFunc(maps.Keys(tree.Blocks), compareBlockIDs)
	id := rapid.SampledFrom([]key.BlockID{rapid.SampledFrom(ids).Draw(t, "any"), tree.Root, longest(tree)}).Draw(t, "block")
	b := *next.Blocks[id]
	b.Children = slices.Clone(b.Children)
	switch rapid.IntRange(0, 8).Draw(t, "edit") {
	case 0: // other content
		children := b.Children
		b = *someBlock(t, id)
		b.Children = children
	case 1: // new children
		for i := range rapid.SampledFrom([]int{1, 1, 30}).Draw(t, "new") {
			child := key.BlockID{Type: "html", Name: fmt.Sprintf("new%d-%d", step, i)}
			next.Blocks[child] = someBlock(t, child)
			at := rapid.IntRange(0, len(b.Children)).Draw(t, "at")
			b.Children = slices.Insert(b.Children, at, Child{ID: child})
		}
	case 2: // fewer children
		if len(b.Children) > 0 {
			at := rapid.IntRange(0, len(b.Children)-1).Draw(t, "at")
			b.Children = slices.Delete(b.Children, at, min(len(b.Children), at+rapid.SampledFrom([]int{1, 5, 100}).Draw(t, "removed")))
		}
	case 3: // the children in another order
		slices.Reverse(b.Children)
	case 4: // a dangling child comes to life
		child := key.BlockID{Type: "html", Name: "nowhere1"}
		next.Blocks[child] = someBlock(t, child)
	case 5: // another spelling of a child
		if len(b.Children) > 0 {
			b.Children[rapid.IntRange(0, len(b.Children)-1).Draw(t, "at")].Spelling = []Attr{{Name: "spelling", Value: fmt.Sprint(step)}}
		}
	case 6: // new detached blocks
		for i := range rapid.SampledFrom([]int{1, 40}).Draw(t, "new") {
			child := key.BlockID{Type: "about", Name: fmt.Sprintf("%d-%d", step, i)}
			next.Blocks[child] = someBlock(t, child)
			next.Detached = append(next.Detached, child)
		}
	case 7: // fewer detached blocks
		next.Detached = next.Detached[:rapid.IntRange(0, len(next.Detached)).Draw(t, "left")]
	case 8: // another root, above the old one or below it
		next.Root, next.Detached = id, nil
		if rapid.Bool().Draw(t, "above") {
			next.Root = key.BlockID{Type: "course", Name: fmt.Sprint(step)}
			next.Blocks[next.Root] = &Block{ID: next.Root, Children: []Child{{ID: tree.Root}}}
		}
	}
	if len(b.Children) == 0 {
		b.Children = nil
	}
	next.Blocks[id] = &b
	return &next
}

// longest is a block with the most children.
func longest(tree *Tree) key.BlockID {
	return slices.MaxFunc(slices.SortedFunc(maps.Keys(tree.Blocks), compareBlockIDs), func(a, b key.BlockID) int {
		return len(tree.Blocks[a].Children) - len(tree.Blocks[b].Children)
	})
}

func TestOrderOfEditsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := shelf{}
		base := s.mustPage(rt, someTree(rt, 60), nil)
		ids := slices.SortedFunc(maps.Keys(base.tree.Blocks), compareBlockIDs)
		changed := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, 6, rapid.ID).Draw(rt, "changed")
		records := make(map[key.BlockID]*Block)
		for _, id := range changed {
			records[id] = someBlock(rt, id)
			records[id].Children = base.tree.Blocks[id].Children
		}
		var roots []ID
		for range 2 {
			now := base
			for _, id := range rapid.Permutation(changed).Draw(rt, "order") {
				next := *now.tree
				next.Blocks = maps.Clone(next.Blocks)
				next.Blocks[id] = records[id]
				now = s.mustPage(rt, &next, now)
			}
			roots = append(roots, now.root)
		}
		if roots[0] != roots[1] {
			rt.Fatalf("the same edits in another order give root %s, not %s", roots[1].Short(), roots[0].Short())
		}
	})
}

// course is a root with leaves of that many bytes of attributes.
func course(leaves, bytes int) *Tree {
	root := &Block{ID: key.BlockID{Type: "library", Name: "library"}}
	tree := &Tree{Root: root.ID, Blocks: map[key.BlockID]*Block{root.ID: root}}
	for i := range leaves {
		leaf := &Block{ID: key.BlockID{Type: "problem", Name: fmt.Sprintf("p%06d", i)}, Attrs: []Attr{padding(bytes)}}
		tree.Blocks[leaf.ID] = leaf
		root.Children = append(root.Children, Child{ID: leaf.ID})
	}
	return tree
}

func TestWhereATreeIsCut(t *testing.T) {
	// leafSize is the size of a leaf of course with so much padding.
	leafSize := func(bytes int) int { return recordSize(course(1, bytes), "problem") }
	toSize := func(size int) int { return size - leafSize(1) + 1 }
	for _, c := range []struct {
		name     string
		tree     *Tree
		heads    int
		segments int
		upper    int
	}{
		{"a small tree is one page", course(3, 10), 0, 0, 0},
		{"a subtree a byte short of 3 KB stays in the page of its parent", course(1, toSize(ownPage-1)), 0, 0, 0},
		{"a subtree of 3 KB is a page of its own", course(1, toSize(ownPage)), 1, 0, 0},
		{"a list of 6 KB stays in one piece", course(24, toSize(longList/24)), 0, 0, 0},
		{"a list of more than 6 KB is cut", course(24, toSize(longList/24+1)), 0, 2, 0},
		{"eight children are never cut", course(8, toSize(ownPage-1)), 0, 0, 0},
		{"a list is not cut into one piece", course(9, toSize(ownPage-1)), 0, 0, 0},
		{"links count in a list as what they take", course(90, 4000), 90, 5, 0},
		{"32 segments stand in one list", course(660, 100), 0, 32, 0},
		{"more segments are cut again", course(700, 100), 0, 35, 4},
		{"a list of 10,000 children", course(10000, 100), 0, 444, 23},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shelf{}
			paged := s.mustPage(t, c.tree, nil)
			list := paged.lists[c.tree.Root]
			if len(paged.heads) != c.heads || len(list.segments) != c.segments || len(list.upper) != c.upper {
				t.Errorf("cut into %d subtrees, %d segments and %d pages of segments; want %d, %d and %d",
					len(paged.heads), len(list.segments), len(list.upper), c.heads, c.segments, c.upper)
			}
			if diff := cmp.Diff(c.tree, s.load(t, paged.root).tree); diff != "" {
				t.Errorf("the tree read back is another one (-written +read):\n%s", diff)
			}
		})
	}
}

// recordSize measures the first block of that type.
func recordSize(tree *Tree, kind string) int {
	p := &pager{pagedTree: pagedTree{tree: tree, index: &index{}, sizes: make(map[key.BlockID]size)}}
	for id := range tree.Blocks {
		if id.Type == kind {
			return p.size(id).bytes
		}
	}
	return 0
}

func TestAnEditRewritesOnlyItsPath(t *testing.T) {
	tree := course(10000, 100)
	s := shelf{}
	base := s.mustPage(t, tree, nil)
	next := *tree
	next.Blocks = maps.Clone(tree.Blocks)
	id := tree.Blocks[tree.Root].Children[5000].ID
	next.Blocks[id] = &Block{ID: id, Attrs: []Attr{{Name: "display_name", Value: "changed"}}}

	for name, from := range map[string]*pagedTree{"after an edit": base, "after loading": derive(s.load(t, base.root), &next)} {
		edited, objects, err := pageTree(&next, from)
		if err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for _, o := range objects {
			bytes += len(o.Data)
		}
		// The segment, the pages of segments (which are always encoded), the root.
		if most := 1 + len(edited.lists[tree.Root].upper) + 1; len(objects) > most {
			t.Errorf("%s, one edit encodes %d pages (%d bytes), want at most %d", name, len(objects), bytes, most)
		}
	}
}

// derive makes the loaded tree share the blocks of t, as an edit would.
func derive(loaded *pagedTree, t *Tree) *pagedTree {
	for id := range loaded.tree.Blocks {
		if b := t.Blocks[id]; cmp.Equal(b, loaded.tree.Blocks[id]) {
			loaded.tree.Blocks[id] = b
		}
	}
	return loaded
}

func TestSharedBlocksAreStoredOnce(t *testing.T) {
	a, b, c := blockID(1), blockID(2), blockID(3)
	tree := &Tree{Root: blockID(0), Blocks: map[key.BlockID]*Block{
		blockID(0): {ID: blockID(0), Children: []Child{{ID: a}, {ID: b}, {ID: c}}},
		a:          {ID: a, Attrs: []Attr{padding(4000)}, Children: []Child{{ID: c, Spelling: []Attr{{Name: "parent_sequential_url", Value: "x"}}}}},
		b:          {ID: b, Children: []Child{{ID: c}, {ID: c}, {ID: key.BlockID{Type: "html", Name: "nowhere"}}}},
		c:          {ID: c, Attrs: []Attr{padding(100)}},
	}}
	s := shelf{}
	loaded := s.load(t, s.mustPage(t, tree, nil).root)
	if diff := cmp.Diff(tree, loaded.tree); diff != "" {
		t.Errorf("the tree read back is another one (-written +read):\n%s", diff)
	}
	if diff := cmp.Diff([]key.BlockID{a, b, blockID(0)}, loaded.index.parents(c)); diff != "" {
		t.Errorf("parents of the shared block (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]key.BlockID{blockID(0), a, c}, loaded.index.path(c)); diff != "" {
		t.Errorf("path of the shared block (-want +got):\n%s", diff)
	}
}

func TestTreesThatCannotBeStored(t *testing.T) {
	block := func(i int, children ...int) *Block {
		b := &Block{ID: blockID(i)}
		for _, c := range children {
			b.Children = append(b.Children, Child{ID: blockID(c)})
		}
		return b
	}
	tree := func(blocks ...*Block) *Tree {
		t := &Tree{Root: blockID(0), Blocks: make(map[key.BlockID]*Block)}
		for _, b := range blocks {
			t.Blocks[b.ID] = b
		}
		return t
	}
	chain := tree(block(0, 1))
	for i := 1; i <= maxDepth; i++ {
		chain.Blocks[blockID(i)] = block(i, i+1)
	}
	cycleBeside := tree(block(0), block(1, 2), block(2, 1))
	cycleBeside.Detached = []key.BlockID{blockID(1), blockID(2)}
	large := tree(block(0))
	large.Blocks[blockID(0)].Loose = []Loose{{Source: padding(maxObject).Value}}
	for _, c := range []struct {
		name string
		tree *Tree
		want string
	}{
		{"the root is missing", tree(block(1)), "block vertical/b0 is missing at the top of the tree"},
		{"the root lists itself", tree(block(0, 0)), "a block contains itself: vertical/b0 > vertical/b0"},
		{"a block lists one above it", tree(block(0, 1), block(1, 2), block(2, 1)),
			"a block contains itself: problem/b1 > sequential/b2 > problem/b1"},
		{"detached blocks list each other", cycleBeside, "2 blocks cannot be reached from the root"},
		{"blocks are too deep", chain, "block problem/b1000: more than 1000 blocks inside each other"},
		{"a page is too large", large, "block vertical/b0: a page of 12 MB is too large; the limit is 12 MB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := pageTree(c.tree, nil); err == nil || err.Error() != c.want {
				t.Errorf("got error %v, want %s", err, c.want)
			}
		})
	}
}
