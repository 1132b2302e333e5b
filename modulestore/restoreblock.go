package modulestore

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"lectern/modulestore/key"
)

func (s *Store) restoreBlock(ctx context.Context, from Version, id key.BlockID, author string) (Version, bool, error) {
	old := make(map[Branch]*Tree)
	for branch, root := range map[Branch]ID{Draft: from.Roots.Draft, Published: from.Roots.Published} {
		if root.IsZero() {
			continue
		}
		t, err := s.tree(ctx, root)
		if err != nil {
			return Version{}, false, fmt.Errorf("restore %s: the %s branch: %w", from, branch, s.explainLoss(ctx, from, err))
		}
		if t.tree.Blocks[id] != nil {
			old[branch] = t.tree
		}
	}
	if len(old) == 0 {
		return Version{}, false, fmt.Errorf("%s: block %s: %w", from, id, ErrNotFound)
	}
	if err := s.secure(ctx, originsBelow(old, id)); err != nil {
		return Version{}, false, fmt.Errorf("restore %s of %s: %w", id, from, err)
	}
	return s.Update(ctx, from.Course, func(e *Edit) error {
		if base, _ := e.Base(); base.Deleted() {
			return fmt.Errorf("%s: %w", from.Course, s.deletion(ctx, base))
		}
		if err := e.checkKept(from); err != nil {
			return err
		}
		e.Describe(author, "restore", fmt.Sprintf("%s of %s", id, from.Name()))
		e.About(id)
		for _, branch := range []Branch{Draft, Published} {
			if old[branch] == nil {
				continue
			}
			if err := e.restore(ctx, branch, old[branch], id); err != nil {
				return fmt.Errorf("restore %s of %s: the %s branch: %w", id, from, branch, err)
			}
		}
		return nil
	})
}

// originsBelow lists what copied blocks in the subtrees of id were copied from: the one thing that a restore needs and does not write anew.
func originsBelow(trees map[Branch]*Tree, id key.BlockID) (list []reference) {
	for _, t := range trees {
		for _, id := range subtree(t, id) {
			if o := t.Blocks[id].Origin; o != nil {
				list = append(list, reference{kind: KindPage, id: o.Base})
			}
		}
	}
	return list
}

// restore makes block id of a branch, and all below it, what they are in the tree old.
func (e *Edit) restore(ctx context.Context, branch Branch, old *Tree, id key.BlockID) error {
	be, err := e.branch(branch)
	if err != nil {
		return err
	}
	if len(be.tree.Blocks) == 0 {
		return invalid(fmt.Errorf("the head has no such branch; restore the whole version"))
	}
	below := subtree(old, id)
	bodies, err := e.store.bodies(ctx, old, below)
	if err != nil {
		return err
	}
	r := newRestorer(be, old)
	for _, b := range below {
		if err := e.Put(branch, *old.Blocks[b], bodies[b]); err != nil {
			return err
		}
	}
	return r.settle(below)
}

// subtree lists a block and all below it.
func subtree(t *Tree, top key.BlockID) (ids []key.BlockID) {
	part := Tree{Root: top, Blocks: t.Blocks}
	part.Walk(func(b *Block, _ key.BlockID) bool {
		ids = append(ids, b.ID)
		return true
	})
	return ids
}

// restorer puts blocks of a branch back to the places that they have in an old tree.
type restorer struct {
	*branchEdit
	before *Tree // the branch before the restore, which makes a copy of it
	old    *layout
}

func newRestorer(be *branchEdit, old *Tree) *restorer {
	be.lent = true // before must stay as it is
	return &restorer{branchEdit: be, before: be.tree, old: newLayout(old)}
}

// settle finds the places of a block and all below it, whose records are those of the old tree.
func (r *restorer) settle(below []key.BlockID) error {
	r.takeBack(below[1:])
	brought, err := r.bringBack(below[0])
	r.takeBack(brought)
	return err
}

// takeBack takes blocks away from the parents that did not list them.
func (r *restorer) takeBack(ids []key.BlockID) {
	now := newLayout(r.tree)
	for _, id := range ids {
		for _, p := range now.places[id] {
			if !lists(r.old.tree.Blocks[p.parent], id) {
				r.change().Blocks[p.parent] = withoutChild(r.tree.Blocks[p.parent], id)
			}
		}
	}
}

func lists(b *Block, child key.BlockID) bool {
	return b != nil && slices.ContainsFunc(b.Children, func(c Child) bool { return c.ID == child })
}

// bringBack gives block id its old place if it has none, and also what the branch had until now and would lose by the restore, as far
// as the old tree has it.
func (r *restorer) bringBack(id key.BlockID) (brought []key.BlockID, err error) {
	now := normalTree(r.tree)
	for _, lost := range r.old.order {
		had := lost == id || r.before.Blocks[lost] != nil
		if now.Blocks[lost] != nil || !had {
			continue
		}
		if err := r.attach(lost, now); err != nil {
			return nil, err
		}
		brought = append(brought, lost)
		now = normalTree(r.tree)
	}
	return brought, nil
}

// attach puts a block to its old places in the tree now.
func (r *restorer) attach(id key.BlockID, now *Tree) error {
	places := r.old.places[id]
	switch {
	case len(places) == 0 && id == r.old.tree.Root:
		return invalid(fmt.Errorf("%s was the root of the course, which has another one now; restore the whole version", id))
	case len(places) == 0:
		t := r.change()
		t.Detached = append(t.Detached, id)
		return nil
	}
	attached := false
	for _, p := range places {
		if parent := now.Blocks[p.parent]; parent != nil {
			r.change().Blocks[p.parent] = withChild(parent, r.old.tree.Blocks[p.parent], id)
			attached = true
		}
	}
	if !attached {
		return invalid(fmt.Errorf("the old place of %s is gone with %s; restore that first", id, places[0].parent))
	}
	return nil
}

// withChild copies b with a child that its version old lists, after the same sibling as there. If the child is all that b lacks, that is old.
func withChild(b, old *Block, child key.BlockID) *Block {
	if reflect.DeepEqual(withoutChild(old, child), b) {
		return old
	}
	i := slices.IndexFunc(old.Children, func(c Child) bool { return c.ID == child })
	at := 0
	for before := i - 1; before >= 0 && at == 0; before-- {
		at = 1 + slices.IndexFunc(b.Children, func(c Child) bool { return c.ID == old.Children[before].ID })
	}
	return insertChild(b, at, old.Children[i])
}
