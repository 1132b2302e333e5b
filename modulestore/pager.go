package modulestore

import (
	"fmt"
	"maps"
	"slices"

	"lectern/modulestore/key"
)

// The sizes in bytes by which a tree is cut into pages; like the rule in cut.go they are a part of the format.
const (
	// ownPage is the size of a subtree from which it has a page of its own. At 3 KB even a chapter whose subsections are
	// all a little smaller, and so share its page, can be changed for 12 KB of compressed objects.
	ownPage = 3 << 10
	// longList is the size of a list of children above which it is cut into segments.
	longList = 6 << 10
)

// maxObject is the largest object. A document database has a limit of 16 MB.
const maxObject = 12 << 20

// pagedTree is a tree together with the pages it is stored as. It is immutable.
type pagedTree struct {
	root  ID
	tops  []ID  // the pages that the first one leads to
	tree  *Tree // normal
	index *index
	// heads are the pages of the subtrees that have one of their own, without the root.
	heads map[key.BlockID]ID
	// lists are the lists of children that are cut, by parent; the zero id has the list of detached blocks.
	lists map[key.BlockID]cutList
	// sizes is empty in a tree that was loaded: only writers need it.
	sizes map[key.BlockID]size
}

// size is what the pager has to know of a subtree: the sum of its records and the number of its blocks, both without
// blocks that are stored elsewhere.
type size struct{ bytes, blocks int }

// cutList is a list of children that is stored in segments.
type cutList struct {
	segments []segment
	upper    []ID // pages whose entries are segments
}

type segment struct {
	page     ID
	children []Child
}

// pageIDs are all pages of the tree.
func (p *pagedTree) pageIDs() map[ID]bool {
	ids := map[ID]bool{p.root: true}
	for _, id := range p.heads {
		ids[id] = true
	}
	for _, list := range p.lists {
		for i := range list.segments {
			ids[list.segments[i].page] = true
		}
		for _, id := range list.upper {
			ids[id] = true
		}
	}
	return ids
}

// pageTree cuts a tree into pages and returns those it had to encode. The pages depend on nothing but the content of the tree;
// base, which may be nil, is a tree with much in common, and spares the work for subtrees that are the same blocks.
func pageTree(t *Tree, base *pagedTree) (*pagedTree, []Object, error) {
	p := &pager{}
	if err := p.arrange(t, base); err != nil {
		return nil, nil, err
	}
	// Which place of a shared block holds it can change with an edit anywhere, so trees with such blocks start afresh.
	if base != nil && base.tree.Root == t.Root && !base.index.shared() && !p.index.shared() {
		p.reuse(base)
	} else {
		p.heads = make(map[key.BlockID]ID)
		p.lists = make(map[key.BlockID]cutList)
		p.sizes = make(map[key.BlockID]size, len(p.tree.Blocks))
	}
	p.rootPage()
	return &p.pagedTree, p.objects, p.err
}

// arrange finds the place of every block.
func (p *pager) arrange(t *Tree, base *pagedTree) (err error) {
	if base != nil && sameShape(t, base.tree) {
		p.tree, p.index = t, base.index
		return nil
	}
	p.tree = normalTree(t)
	p.index, err = indexTree(p.tree)
	return err
}

// sameShape reports whether t has the same blocks in the same places as base, whatever they say.
func sameShape(t, base *Tree) bool {
	if t.Root != base.Root || !slices.Equal(t.Detached, base.Detached) {
		return false
	}
	for _, id := range replacedBlocks(t, base) {
		now, old := t.Blocks[id], base.Blocks[id]
		if now == nil || old == nil ||
			!slices.EqualFunc(now.Children, old.Children, func(a, b Child) bool { return a.ID == b.ID }) {
			return false
		}
	}
	return true
}

// replacedBlocks are the blocks that one of two trees has and the other has not.
func replacedBlocks(t, base *Tree) (ids []key.BlockID) {
	kept := 0
	for id, b := range t.Blocks {
		old := base.Blocks[id]
		if old != b {
			ids = append(ids, id)
		}
		if old != nil {
			kept++
		}
	}
	if kept == len(base.Blocks) { // as after most edits: looking all of them up again would take as long
		return ids
	}
	for id := range base.Blocks {
		if t.Blocks[id] == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

type pager struct {
	pagedTree
	old     map[key.BlockID]cutList // lists of the base whose parent has changed
	changed map[key.BlockID]bool
	objects []Object
	scratch encoder
	err     error
}

// reuse takes over what base knows of subtrees that have not changed. No block may be shared.
func (p *pager) reuse(base *pagedTree) {
	p.changed = make(map[key.BlockID]bool)
	for _, id := range replacedBlocks(p.tree, base.tree) {
		for ok := true; ok && !p.changed[id]; id, ok = p.index.first[id] {
			p.changed[id] = true
		}
	}
	p.heads = maps.Clone(base.heads)
	p.lists = maps.Clone(base.lists)
	p.old = base.lists
	if p.sizes = maps.Clone(base.sizes); p.sizes == nil {
		p.sizes = make(map[key.BlockID]size, len(p.tree.Blocks))
	}
	delete(p.lists, key.BlockID{}) // detached blocks, which the root page holds
	for id := range p.changed {
		delete(p.heads, id)
		delete(p.lists, id)
		delete(p.sizes, id)
	}
}

func (p *pager) rootPage() {
	pg := page{Pointer: p.tree.Pointer}
	p.add(&pg, p.tree.Root)
	detached := make([]Child, len(p.tree.Detached))
	for i, id := range p.tree.Detached {
		detached[i].ID = id
	}
	pg.Detached = p.list(&pg, key.BlockID{}, detached).Refs
	p.root, p.tops = p.emit(&pg), pg.below()
}

// page returns the page whose first block is id.
func (p *pager) page(id key.BlockID) ID {
	head, ok := p.heads[id]
	if !ok {
		var pg page
		p.add(&pg, id)
		head = p.emit(&pg)
		p.heads[id] = head
	}
	return head
}

func (p *pager) emit(pg *page) ID {
	o := pg.object()
	if len(o.Data) > maxObject && p.err == nil {
		p.err = fmt.Errorf("a page of %d MB is too large; the limit is %d MB", len(o.Data)>>20, maxObject>>20)
		if len(pg.Blocks) > 0 {
			p.err = fmt.Errorf("block %s: %w", pg.Blocks[0].ID, p.err)
		}
	}
	p.objects = append(p.objects, o)
	return o.ID
}

// add puts a block and the part of its subtree that has no page of its own into pg, and returns the reference to it.
func (p *pager) add(pg *page, id key.BlockID) (ref int) {
	b := p.tree.Blocks[id]
	ref = len(pg.Blocks)
	pg.Blocks = append(pg.Blocks, record{Block: *b})
	list := p.list(pg, id, b.Children)
	pg.Blocks[ref].run = list
	return ref
}

// list puts the children of a block into pg, or links to the segments that hold them.
func (p *pager) list(pg *page, parent key.BlockID, children []Child) run {
	links := p.segments(parent, children)
	if links == nil {
		return p.run(pg, parent, children, 0, len(children))
	}
	var r run
	for _, l := range links {
		r.Refs = append(r.Refs, pg.link(l))
	}
	return r
}

// run puts the children in [from, to) into pg.
func (p *pager) run(pg *page, parent key.BlockID, children []Child, from, to int) (r run) {
	for i := from; i < to; i++ {
		c := &children[i]
		switch {
		case p.bare(parent, children, i):
			r.Refs = append(r.Refs, pg.link(link{ID: c.ID}))
		case p.size(c.ID).bytes >= ownPage:
			r.Refs = append(r.Refs, pg.link(link{ID: c.ID, Page: p.page(c.ID), Blocks: p.size(c.ID).blocks}))
		default:
			r.Refs = append(r.Refs, p.add(pg, c.ID))
		}
		if len(c.Spelling) > 0 {
			r.Spellings = append(r.Spellings, spelling{At: i - from, Attrs: c.Spelling})
		}
	}
	return r
}

func (p *page) link(l link) (ref int) {
	p.Links = append(p.Links, l)
	return -len(p.Links)
}

// bare reports whether this place in the list only names the child: it is in no tree, or stored at an earlier place.
func (p *pager) bare(parent key.BlockID, children []Child, i int) bool {
	id := children[i].ID
	if p.tree.Blocks[id] == nil {
		return true
	}
	if len(p.index.more[id]) == 0 {
		return false
	}
	return p.index.first[id] != parent ||
		slices.ContainsFunc(children[:i], func(c Child) bool { return c.ID == id })
}

// size measures a subtree.
func (p *pager) size(id key.BlockID) size {
	if s, ok := p.sizes[id]; ok {
		return s
	}
	b := p.tree.Blocks[id]
	whole := run{Refs: make([]int, len(b.Children))}
	for i := range b.Children {
		if s := b.Children[i].Spelling; len(s) > 0 {
			whole.Spellings = append(whole.Spellings, spelling{At: i, Attrs: s})
		}
	}
	s := size{blocks: 1}
	s.bytes = p.measure(func(e *encoder) { e.record(&record{Block: *b, run: whole}) })
	for i := range b.Children {
		if p.bare(id, b.Children, i) {
			s.bytes += p.linkSize(link{ID: b.Children[i].ID})
			continue
		}
		child := p.size(b.Children[i].ID)
		s.bytes += child.bytes
		s.blocks += child.blocks
	}
	p.sizes[id] = s
	return s
}

func (p *pager) measure(write func(*encoder)) int {
	p.scratch.buf = p.scratch.buf[:0]
	at := p.scratch.begin()
	write(&p.scratch)
	p.scratch.end(at)
	return len(p.scratch.buf)
}

func (p *pager) linkSize(l link) int {
	return p.measure(func(e *encoder) { e.link(&l) })
}

// listSize is what the list would add to the page of its parent if it were not cut.
func (p *pager) listSize(parent key.BlockID, children []Child) (sum int) {
	for i := range children {
		id := children[i].ID
		switch {
		case p.bare(parent, children, i):
			sum += p.linkSize(link{ID: id})
		case p.size(id).bytes >= ownPage:
			sum += p.linkSize(link{ID: id, Page: ID{1}, Blocks: 1})
		default:
			sum += p.size(id).bytes
		}
	}
	return sum
}

// segments cuts a list of children that is too long and returns links to its pieces, nil if it stays in one piece.
func (p *pager) segments(parent key.BlockID, children []Child) []link {
	if len(children) <= minCut || p.listSize(parent, children) <= longList {
		return nil
	}
	pieces := cut(len(children), maxCut, func(i int) string { return cutKey(children[i].ID) })
	if len(pieces) == 1 {
		return nil
	}
	old := make(map[key.BlockID]segment)
	for _, s := range p.old[parent].segments {
		old[s.children[0].ID] = s
	}
	var list cutList
	links := make([]link, len(pieces))
	for i, c := range pieces {
		part := children[c.from:c.to]
		s, ok := old[part[0].ID]
		if !ok || !p.same(s.children, part) {
			pg := page{Run: new(run)}
			*pg.Run = p.run(&pg, parent, children, c.from, c.to)
			s = segment{page: p.emit(&pg), children: part}
		}
		list.segments = append(list.segments, s)
		links[i] = link{Page: s.page, Blocks: p.blocks(parent, children, c)}
	}
	links = p.upper(&list, links)
	p.lists[parent] = list
	return links
}

// upper cuts a list of segments as long as it is too long itself. A piece has the key of its first child.
func (p *pager) upper(list *cutList, links []link) []link {
	keys := make([]string, len(links))
	for i, s := range list.segments {
		keys[i] = cutKey(s.children[0].ID)
	}
	for len(links) > longestCut {
		pieces := cut(len(links), maxUpperCut, func(i int) string { return keys[i] })
		if len(pieces) == 1 {
			break
		}
		for i, c := range pieces {
			pg := page{Run: new(run)}
			above := link{}
			for _, l := range links[c.from:c.to] {
				pg.Run.Refs = append(pg.Run.Refs, pg.link(l))
				above.Blocks += l.Blocks
			}
			above.Page = p.emit(&pg)
			list.upper = append(list.upper, above.Page)
			links[i], keys[i] = above, keys[c.from]
		}
		links, keys = links[:len(pieces)], keys[:len(pieces)]
	}
	return links
}

// same reports whether a piece of a list is what it was: the same children, and nothing in them has changed.
func (p *pager) same(old, now []Child) bool {
	return slices.EqualFunc(old, now, func(a, b Child) bool {
		return a.ID == b.ID && !p.changed[b.ID] && slices.Equal(a.Spelling, b.Spelling)
	})
}

// blocks counts the blocks that a piece of a list holds.
func (p *pager) blocks(parent key.BlockID, children []Child, c span) (n int) {
	for i := c.from; i < c.to; i++ {
		if !p.bare(parent, children, i) {
			n += p.size(children[i].ID).blocks
		}
	}
	return n
}

func cutKey(id key.BlockID) string { return id.Type + "\x00" + id.Name }
