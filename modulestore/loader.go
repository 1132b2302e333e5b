package modulestore

import (
	"context"
	"fmt"
	"slices"

	"lectern/modulestore/key"
)

// maxLevels is the number of pages below each other that a tree may have: segments, and segments of segments, included.
const maxLevels = 4 * maxDepth

// loadTree reads a tree level by level, with one call of the backend each. Subtrees that a tree in memory has, too, are not read again: when
// somebody else has changed a block, the pages on the way to it are all that is read.
func (s *Store) loadTree(ctx context.Context, root ID) (*pagedTree, error) {
	pages := make(map[ID]*page)
	if err := s.loadLevel(ctx, pages, []ID{root}); err != nil {
		return nil, err
	}
	near := s.trees.nearest(pages[root])
	if err := s.loadBelow(ctx, pages, []ID{root}, near); err != nil {
		return nil, err
	}
	return assemble(root, pages, near)
}

// loadPages reads all pages of trees.
func (s *Store) loadPages(ctx context.Context, roots []ID) (map[ID]*page, error) {
	pages := make(map[ID]*page)
	if err := s.loadLevel(ctx, pages, roots); err != nil {
		return nil, err
	}
	return pages, s.loadBelow(ctx, pages, roots, nil)
}

// loadBelow reads what the pages of a level lead to, level by level, but not what near has.
func (s *Store) loadBelow(ctx context.Context, pages map[ID]*page, level []ID, near *pagedTree) error {
	for n := 0; ; n++ {
		next := nextLevel(pages, level, near)
		switch {
		case len(next) == 0:
			return nil
		case n == maxLevels:
			return fmt.Errorf("page %s: %w: %w", next[0].Short(), ErrCorrupt, errTooDeep)
		}
		if err := s.loadLevel(ctx, pages, next); err != nil {
			return err
		}
		level = next
	}
}

func (s *Store) loadLevel(ctx context.Context, pages map[ID]*page, level []ID) error {
	objects, err := s.get(ctx, KindPage, level)
	if err != nil {
		return err
	}
	for id, data := range objects {
		if pages[id], err = decodePage(data); err != nil {
			return fmt.Errorf("page %s: %w", id.Short(), err)
		}
	}
	return nil
}

// nextLevel lists the pages that the pages of a level lead to and that neither are there yet nor belong to subtrees that near has. Pages may be missing.
func nextLevel(pages map[ID]*page, level []ID, near *pagedTree) (next []ID) {
	for _, id := range level {
		if pages[id] == nil {
			continue
		}
		for i := range pages[id].Links {
			if l := &pages[id].Links[i]; !l.bare() && pages[l.Page] == nil && !near.has(l) {
				next = append(next, l.Page)
			}
		}
	}
	return unique(next)
}

// has reports whether p has the subtree that l leads to. p may be nil.
func (p *pagedTree) has(l *link) bool {
	return p != nil && !l.segment() && !l.bare() && p.heads[l.ID] == l.Page && p.tree.Blocks[l.ID] != nil
}

// common counts the links of a page that lead to what p has: subtrees, or segments of the children of its root.
func (p *pagedTree) common(pg *page) (n int) {
	segments := make(map[ID]bool)
	for _, s := range p.lists[p.tree.Root].segments {
		segments[s.page] = true
	}
	for _, id := range p.lists[p.tree.Root].upper {
		segments[id] = true
	}
	for i := range pg.Links {
		if l := &pg.Links[i]; p.has(l) || l.segment() && segments[l.Page] {
			n++
		}
	}
	return n
}

// assemble joins pages to the tree that starts at root. It does not change or keep the pages. Subtrees that near has are taken from there; it may be
// nil, and no block of it may be shared.
func assemble(root ID, pages map[ID]*page, near *pagedTree) (*pagedTree, error) {
	a := &assembler{
		pagedTree: pagedTree{
			root:  root,
			tops:  pages[root].below(),
			tree:  &Tree{Blocks: make(map[key.BlockID]*Block, blocksOf(pages, near))},
			heads: make(map[key.BlockID]ID),
			lists: make(map[key.BlockID]cutList),
		},
		pages: pages,
		near:  near,
	}
	if near != nil && near.sizes != nil {
		a.sizes = make(map[key.BlockID]size)
	}
	if err := a.run(); err != nil {
		return nil, fmt.Errorf("tree %s: %w: %w", root.Short(), ErrCorrupt, err)
	}
	return &a.pagedTree, nil
}

// blocksOf is about the number of blocks of a tree that is to be made of pages and of what near has.
func blocksOf(pages map[ID]*page, near *pagedTree) (n int) {
	for _, pg := range pages {
		n += len(pg.Blocks)
	}
	if near != nil {
		n = max(n, len(near.tree.Blocks))
	}
	return n
}

type assembler struct {
	pagedTree
	pages   map[ID]*page
	near    *pagedTree
	nesting int // of segments
	places  int
	err     error
}

func (a *assembler) run() (err error) {
	first := a.pages[a.root]
	if first.Run != nil {
		return fmt.Errorf("the first page is a segment")
	}
	a.tree.Root, a.tree.Pointer = first.Blocks[0].ID, first.Pointer
	for _, c := range a.expand(first, &run{Refs: first.Detached}, key.BlockID{}) {
		a.tree.Detached = append(a.tree.Detached, c.ID)
	}
	a.add(first)
	if a.err != nil {
		return a.err
	}
	if !slices.IsSortedFunc(a.tree.Detached, compareBlockIDs) {
		return fmt.Errorf("detached blocks are out of order")
	}
	a.index, err = indexTree(a.tree)
	return err
}

// add takes the blocks of a page into the tree, with everything below them.
func (a *assembler) add(pg *page) {
	for i := range pg.Blocks {
		b := pg.Blocks[i].Block
		b.Children = a.expand(pg, &pg.Blocks[i].run, b.ID)
		if a.err != nil {
			return
		}
		if a.tree.Blocks[b.ID] != nil {
			a.fail("block %s is stored twice", b.ID)
			return
		}
		a.tree.Blocks[b.ID] = &b
	}
}

func (a *assembler) fail(message string, args ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(message, args...)
	}
}

// expand turns references into children and takes the pages that they lead to into the tree.
func (a *assembler) expand(pg *page, r *run, parent key.BlockID) []Child {
	if len(r.Refs) == 0 {
		return nil
	}
	children := make([]Child, 0, len(r.Refs)) // as large as it has to be: trees stay in memory
	spellings := r.Spellings
	for i, ref := range r.Refs {
		if a.err != nil {
			return nil
		}
		if pg.isSegment(ref) {
			children = append(children, a.segment(&pg.Links[-1-ref], parent)...)
			continue
		}
		if a.places++; a.places > maxPlaces {
			a.fail("%w", errTooLarge)
			return nil
		}
		c := Child{ID: a.child(pg, ref)}
		if len(spellings) > 0 && spellings[0].At == i {
			c.Spelling = spellings[0].Attrs
			spellings = spellings[1:]
		}
		children = append(children, c)
	}
	return children
}

func (a *assembler) child(pg *page, ref int) key.BlockID {
	if ref >= 0 {
		return pg.Blocks[ref].ID
	}
	l := &pg.Links[-1-ref]
	if l.bare() {
		return l.ID
	}
	if a.near.has(l) {
		a.reuse(l)
		return l.ID
	}
	sub := a.pages[l.Page]
	if sub.Run != nil || !sub.inner() || sub.Blocks[0].ID != l.ID || sub.blocks() != l.Blocks {
		a.fail("page %s is not the subtree of %s", l.Page.Short(), l.ID)
		return l.ID
	}
	a.heads[l.ID] = l.Page
	a.add(sub)
	return l.ID
}

// reuse takes over the subtree that l leads to. Since no block of it is shared, it is what can be reached from its root.
func (a *assembler) reuse(l *link) {
	n := 0
	below := Tree{Root: l.ID, Blocks: a.near.tree.Blocks}
	below.Walk(func(b *Block, _ key.BlockID) bool {
		if a.tree.Blocks[b.ID] != nil {
			a.fail("block %s is stored twice", b.ID)
			return false
		}
		a.tree.Blocks[b.ID] = b
		n++
		a.places += len(b.Children)
		if head, ok := a.near.heads[b.ID]; ok {
			a.heads[b.ID] = head
		}
		if list, ok := a.near.lists[b.ID]; ok {
			a.lists[b.ID] = list
		}
		if s, ok := a.near.sizes[b.ID]; ok {
			a.sizes[b.ID] = s
		}
		return true
	})
	if n != l.Blocks {
		a.fail("page %s is not the subtree of %s", l.Page.Short(), l.ID)
	}
}

// segment returns the part of the children of parent that l leads to.
func (a *assembler) segment(l *link, parent key.BlockID) []Child {
	seg := a.pages[l.Page]
	if seg.Run == nil || seg.blocks() != l.Blocks {
		a.fail("page %s is not a segment of the children of %s", l.Page.Short(), parent)
		return nil
	}
	if a.nesting++; a.nesting > maxNesting {
		a.fail("%w", errTooDeep)
		return nil
	}
	children := a.expand(seg, seg.Run, parent)
	a.nesting--
	list := a.lists[parent]
	if seg.isSegment(seg.Run.Refs[0]) {
		list.upper = append(list.upper, l.Page)
	} else {
		list.segments = append(list.segments, segment{page: l.Page, children: children})
	}
	a.lists[parent] = list
	a.add(seg)
	return children
}
