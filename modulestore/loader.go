package modulestore

import (
	"context"
	"fmt"
	"slices"

	"lectern/modulestore/key"
)

// maxLevels is the number of pages below each other that a tree may have: segments, and segments of segments, included.
const maxLevels = 4 * maxDepth

// loadTree reads a tree level by level, with one call of the backend each.
func (s *Store) loadTree(ctx context.Context, root ID) (*pagedTree, error) {
	pages, err := s.loadPages(ctx, []ID{root})
	if err != nil {
		return nil, err
	}
	return assemble(root, pages)
}

// loadPages reads the pages of trees level by level.
func (s *Store) loadPages(ctx context.Context, roots []ID) (map[ID]*page, error) {
	pages := make(map[ID]*page)
	level := roots
	for n := 0; len(level) > 0; n++ {
		if n > maxLevels {
			return nil, fmt.Errorf("page %s: %w: %w", roots[0].Short(), ErrCorrupt, errTooDeep)
		}
		objects, err := s.get(ctx, KindPage, level)
		if err != nil {
			return nil, err
		}
		for id, data := range objects {
			if pages[id], err = decodePage(data); err != nil {
				return nil, fmt.Errorf("page %s: %w", id.Short(), err)
			}
		}
		level = nextLevel(pages, level)
	}
	return pages, nil
}

// nextLevel lists the pages that the pages of a level lead to and that are not there yet. Pages may be missing.
func nextLevel(pages map[ID]*page, level []ID) (next []ID) {
	for _, id := range level {
		if pages[id] == nil {
			continue
		}
		for _, l := range pages[id].Links {
			if !l.bare() && pages[l.Page] == nil {
				next = append(next, l.Page)
			}
		}
	}
	return unique(next)
}

// assemble joins pages to the tree that starts at root. It does not change or keep the pages.
func assemble(root ID, pages map[ID]*page) (*pagedTree, error) {
	a := &assembler{
		pagedTree: pagedTree{
			root:  root,
			tree:  &Tree{Blocks: make(map[key.BlockID]*Block)},
			heads: make(map[key.BlockID]ID),
			lists: make(map[key.BlockID]cutList),
		},
		pages: pages,
	}
	if err := a.run(); err != nil {
		return nil, fmt.Errorf("tree %s: %w: %w", root.Short(), ErrCorrupt, err)
	}
	return &a.pagedTree, nil
}

type assembler struct {
	pagedTree
	pages   map[ID]*page
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
	var children []Child
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
	sub := a.pages[l.Page]
	if sub.Run != nil || !sub.inner() || sub.Blocks[0].ID != l.ID || sub.blocks() != l.Blocks {
		a.fail("page %s is not the subtree of %s", l.Page.Short(), l.ID)
		return l.ID
	}
	a.heads[l.ID] = l.Page
	a.add(sub)
	return l.ID
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
