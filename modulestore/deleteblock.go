package modulestore

import (
	"context"
	"fmt"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// DeleteOptions say from where a block is deleted.
type DeleteOptions struct {
	// From is the one parent that the block is taken from, zero for all.
	From key.BlockID
}

// Delete takes a block out of the draft, with all below it that no other block lists. A block without drafts and what stands directly in one,
// such as a unit, is deleted for learners, too; what stands inside a unit stays published until the unit is published. It also takes away a
// child that does not exist.
func (e *Edit) Delete(ctx context.Context, id key.BlockID, o DeleteOptions) error {
	_, l, err := e.drafted()
	if err != nil {
		return err
	}
	if len(l.places[id]) == 0 {
		if _, err := e.block(l, id); err != nil {
			return err
		}
	}
	if id == l.tree.Root {
		return invalid(fmt.Errorf("%s is the root; to take the whole course away, use delete COURSE", id))
	}
	parents, err := e.sources(l, id, o.From)
	if err != nil {
		return err
	}
	if err := e.removeFrom(Draft, id, parents); err != nil {
		return err
	}
	if HasNoDrafts(id.Type) || len(parents) == 0 {
		published, err := e.branch(Published)
		if err != nil {
			return err
		}
		published.tidy()
		if from := newLayout(published.tree); from.presence(id) != absent {
			places := slices.DeleteFunc(from.parents(id), func(p key.BlockID) bool { return !o.From.IsZero() && p != o.From })
			if err := e.removeFrom(Published, id, places); err != nil {
				return err
			}
		}
	}
	return e.PublishOutline(ctx, parents...)
}

// removeFrom takes a block out of parents of a branch, or if there are none from the detached blocks, if it is there.
func (e *Edit) removeFrom(b Branch, id key.BlockID, parents []key.BlockID) error {
	for _, parent := range parents {
		if err := e.Remove(b, parent, id); err != nil {
			return err
		}
	}
	if be := e.branches[b]; len(parents) == 0 && slices.Contains(be.tree.Detached, id) {
		return e.Remove(b, key.BlockID{}, id)
	}
	return nil
}

// Orphans lists the blocks without a place in the outline that should have one: all detached ones but pages, updates and the like.
func Orphans(t *Tree) (list []key.BlockID) {
	for _, id := range t.Detached {
		if !fields.Detached(id.Type) {
			list = append(list, id)
		}
	}
	return list
}

// DeleteOrphans deletes the orphans of the draft, and of those that are published the ones that the draft has no place for. It returns
// them.
func (e *Edit) DeleteOrphans(ctx context.Context) ([]key.BlockID, error) {
	draft, _, err := e.drafted()
	if err != nil {
		return nil, err
	}
	published, err := e.branch(Published)
	if err != nil {
		return nil, err
	}
	published.tidy()
	orphans := Orphans(draft.tree)
	if err := e.removeAll(Draft, orphans); err != nil {
		return nil, err
	}
	draft.tidy()
	gone := slices.DeleteFunc(Orphans(published.tree), func(id key.BlockID) bool { return draft.tree.Blocks[id] != nil })
	if err := e.removeAll(Published, gone); err != nil {
		return nil, err
	}
	all := slices.Concat(orphans, gone)
	slices.SortFunc(all, compareBlockIDs)
	return slices.Compact(all), e.PublishOutline(ctx)
}

// removeAll removes detached blocks.
func (e *Edit) removeAll(b Branch, ids []key.BlockID) error {
	for _, id := range ids {
		if err := e.Remove(b, key.BlockID{}, id); err != nil {
			return err
		}
	}
	return nil
}

// DanglingChild is a child that a block lists and that does not exist.
type DanglingChild struct {
	Parent   key.BlockID
	Position int // 1 for the first child
	Child    key.BlockID
}

// Dangling lists the children that do not exist, in document order. The operations of authors leave them where they are.
func Dangling(t *Tree) (list []DanglingChild) {
	t.Walk(func(b *Block, _ key.BlockID) bool {
		for i, c := range b.Children {
			if t.Blocks[c.ID] == nil {
				list = append(list, DanglingChild{Parent: b.ID, Position: i + 1, Child: c.ID})
			}
		}
		return true
	})
	return list
}
