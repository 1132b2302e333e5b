package modulestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Unpublish makes a version in which a block is not published, as Edit.Unpublish does.
func (s *Store) Unpublish(ctx context.Context, c key.Course, id key.BlockID, author string) (v Version, changed bool, err error) {
	return s.change(ctx, c, func(e *Edit) error {
		e.Describe(author, "unpublish", id.String())
		e.About(id)
		return e.Unpublish(ctx, id)
	})
}

// Discard makes a version in which the draft of a block is what is published, as Edit.Discard does; the zero block is the whole course. changed is
// false if it is so already.
func (s *Store) Discard(ctx context.Context, c key.Course, id key.BlockID, author string) (v Version, changed bool, err error) {
	return s.change(ctx, c, func(e *Edit) error {
		published, err := e.branch(Published)
		if err != nil {
			return err
		}
		block := cmp.Or(id, published.tree.Root)
		if block.IsZero() {
			return invalid(fmt.Errorf("%s has never been published; delete it instead", c))
		}
		e.Describe(author, "discard", block.String())
		if block != published.tree.Root {
			e.About(block)
		}
		return e.Discard(ctx, block)
	})
}

// Unpublish takes a block out of the published branch, with what hangs below it alone. Its draft stays as it is. Blocks of the outline, and pages
// that have no drafts, are always published.
func (e *Edit) Unpublish(ctx context.Context, id key.BlockID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	be, err := e.branch(Published)
	if err != nil {
		return err
	}
	if be.tree.Blocks[id] == nil {
		return fmt.Errorf("%s: block %s in the published branch: %w", e.course, id, ErrNotFound)
	}
	if err := mayUnpublish(id, be.tree.Root); err != nil {
		return invalid(fmt.Errorf("%s: %w", id, err))
	}
	t := be.change()
	below := subtree(t, id)
	for _, b := range t.Blocks {
		be.replace(withoutChild(b, id))
	}
	t.Detached = slices.DeleteFunc(t.Detached, func(other key.BlockID) bool { return other == id })
	left := normalTree(t).Blocks
	for _, b := range below {
		if left[b] == nil {
			delete(t.Blocks, b) // so that no later step of the edit takes it for published
		}
	}
	return nil
}

// Errors of Unpublish.
var (
	errAlwaysPublished = errors.New("a section is always published; set visible_to_staff_only or a start date instead")
	errPageIsPublished = errors.New("a page is always published; delete it instead")
)

func mayUnpublish(id, root key.BlockID) error {
	switch {
	case id == root, fields.AlwaysPublished(id.Type) && !fields.Detached(id.Type):
		return errAlwaysPublished
	case fields.Detached(id.Type):
		return errPageIsPublished
	}
	return nil
}

// Discard makes the draft of a block, and of all below it, what is published; the root makes it of the whole course. The block stays where the draft
// has it; if the draft has it no more, it comes back to its published place. What was moved out of the block comes back, what was moved
// into it goes back to where it is published, and what was never published disappears.
func (e *Edit) Discard(ctx context.Context, id key.BlockID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	published, err := e.branch(Published)
	if err != nil {
		return err
	}
	be, err := e.branch(Draft)
	if err != nil {
		return err
	}
	old := normalTree(published.tree)
	switch {
	case old.Blocks[id] == nil && be.tree.Blocks[id] == nil:
		return fmt.Errorf("%s: block %s: %w", e.course, id, ErrNotFound)
	case old.Blocks[id] == nil:
		return invalid(fmt.Errorf("%s has never been published; delete it instead", id))
	case id == old.Root:
		be.tree, be.lent, be.changed = old, true, true
		clear(be.added)
		return nil
	}
	return e.settlingDrafts(func() error {
		r := newRestorer(be, old)
		be.forget(id)
		below := subtree(old, id)
		for _, b := range below {
			be.replace(old.Blocks[b])
		}
		if err := r.settle(below); err != nil {
			return fmt.Errorf("discard the changes of %s: %w", id, err)
		}
		return nil
	})
}
