package olx

import (
	"slices"
	"strconv"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// drafts writes the folder drafts/: every block that the record has a draft of, and every unit in which the draft tree differs from
// the published one, with all that belongs to it.
func (e *encoder) drafts() error {
	t := e.v.Draft
	l := layout{tree: t, prefix: draftFolder, sources: []string{draftFolder}}
	chosen := make(map[key.BlockID]bool)
	for at := range e.places {
		if at.facet == modulestore.Element && t.Blocks[at.block] != nil && len(e.placesOf(at.block, modulestore.Element, l.sources)) > 0 {
			chosen[at.block] = true
		}
	}
	l.tree = e.chooseChanged(t, chosen)
	c := &collector{layout: l, seen: make(map[key.BlockID]bool), only: chosen}
	if len(chosen) == 0 {
		return nil
	}
	c.file(l.tree.Blocks[l.tree.Root])
	for _, id := range l.tree.Detached {
		if chosen[id] {
			c.file(l.tree.Blocks[id])
		}
	}
	root := l.tree.Blocks[l.tree.Root]
	for _, u := range c.list {
		for _, b := range u.blocks {
			if err := e.blockTexts(l, root, b); err != nil {
				return err
			}
		}
	}
	for _, u := range c.list {
		if err := e.unit(u); err != nil {
			return err
		}
	}
	return nil
}

// chooseChanged adds to chosen the units whose draft differs from what is published, with everything below them, and
// returns the tree in which their tops say where they belong.
func (e *encoder) chooseChanged(t *modulestore.Tree, chosen map[key.BlockID]bool) *modulestore.Tree {
	parents := make(map[key.BlockID]key.BlockID, len(t.Blocks))
	covered := make(map[key.BlockID]bool) // inline in a chosen block's file
	var changed []*modulestore.Block
	t.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		parents[b.ID] = parent
		covered[b.ID] = chosen[b.ID] || b.Inline && covered[parent]
		if !covered[b.ID] && !neverDraft(b.ID) && !sameBlock(b, e.v.Published.Blocks[b.ID]) {
			changed = append(changed, b)
		}
		return true
	})
	out := &modulestore.Tree{Root: t.Root, Pointer: t.Pointer, Detached: t.Detached, Blocks: t.Blocks}
	if len(changed) == 0 {
		return out
	}
	out.Blocks = make(map[key.BlockID]*modulestore.Block, len(t.Blocks))
	for id, b := range t.Blocks {
		out.Blocks[id] = b
	}
	for _, b := range changed {
		top := b.ID
		for p := parents[top]; !p.IsZero() && !neverDraft(p); p = parents[p] {
			top = p
		}
		chooseBelow(t, top, chosen)
		if parent := t.Blocks[parents[top]]; parent != nil && !isDraftRoot(out.Blocks[top]) {
			out.Blocks[top] = e.withDraftPlace(out.Blocks[top], parent)
		}
	}
	return out
}

// chooseBelow chooses a block and everything below it.
func chooseBelow(t *modulestore.Tree, from key.BlockID, chosen map[key.BlockID]bool) {
	below := &modulestore.Tree{Root: from, Blocks: t.Blocks}
	below.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if !b.Inline || b.ID == from {
			chosen[b.ID] = true
		}
		return true
	})
}

// withDraftPlace says in a draft's own element where it belongs, as Studio does.
func (e *encoder) withDraftPlace(b, parent *modulestore.Block) *modulestore.Block {
	placed := *b
	placed.Inline = false
	index := slices.IndexFunc(parent.Children, func(c modulestore.Child) bool { return c.ID == b.ID })
	placed.Attrs = append(slices.Clone(b.Attrs),
		modulestore.Attr{Name: draftParent, Value: e.v.Course.Block(parent.ID).String()},
		modulestore.Attr{Name: draftIndex, Value: strconv.Itoa(index)})
	return &placed
}

// sameBlock reports whether two blocks are equal in everything but where a draft belongs.
func sameBlock(a, b *modulestore.Block) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	return a.SourceName == b.SourceName && a.Unnamed == b.Unnamed && a.Inline == b.Inline && a.Broken == b.Broken && a.Body == b.Body &&
		slices.Equal(a.Attrs, b.Attrs) && slices.Equal(a.Policy, b.Policy) && slices.Equal(a.Loose, b.Loose) &&
		slices.EqualFunc(a.Children, b.Children, func(x, y modulestore.Child) bool { return x.ID == y.ID && slices.Equal(x.Spelling, y.Spelling) })
}
