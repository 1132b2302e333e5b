package modulestore

import (
	"errors"
	"maps"
	"reflect"

	"lectern/modulestore/key"
)

// keepOrigins gives the blocks of new trees the origins that the blocks of their keys had.
func (e *Edit) keepOrigins(published, draft *Tree) (newPublished, newDraft *Tree) {
	if published == nil && draft == nil || e.base.Deleted() {
		return published, draft
	}
	before := make(map[Branch]*Tree)
	for _, b := range []Branch{Draft, Published} {
		before[b] = &Tree{}
		root, err := e.base.Roots.branch(b)
		if err != nil || root.IsZero() {
			continue
		}
		t, err := e.store.tree(e.ctx, root)
		switch {
		case err == nil:
			before[b] = t.tree
		case !errors.Is(err, ErrCorrupt): // to replace what is damaged repairs it
			e.fail(err)
			return published, draft
		}
	}
	ofPublished := origins(published, before[Published], before[Draft])
	ofDraft := origins(draft, before[Draft], before[Published])
	newPublished = withOrigins(published, ofPublished)
	if published == draft && reflect.DeepEqual(ofPublished, ofDraft) {
		return newPublished, newPublished // one tree stays one
	}
	return newPublished, withOrigins(draft, ofDraft)
}

// origins finds the origins for those blocks of a tree that have none: in the same branch before, or if that had no such block, in the other.
func origins(t, same, other *Tree) map[key.BlockID]*Origin {
	found := make(map[key.BlockID]*Origin)
	add := func(old *Block) {
		if b := t.Blocks[old.ID]; b != nil && b.Origin == nil && old.Origin != nil {
			found[old.ID] = old.Origin
		}
	}
	if t == nil {
		return found
	}
	for _, old := range same.Blocks {
		add(old)
	}
	for id, old := range other.Blocks {
		if same.Blocks[id] == nil {
			add(old)
		}
	}
	return found
}

func withOrigins(t *Tree, origins map[key.BlockID]*Origin) *Tree {
	if len(origins) == 0 {
		return t
	}
	out := *t
	out.Blocks = maps.Clone(t.Blocks)
	for id, o := range origins {
		b := *t.Blocks[id]
		b.Origin = o
		out.Blocks[id] = &b
	}
	return &out
}
