package modulestore

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Create, Change, Move, Reorder, Duplicate, Delete and DeleteOrphans are what authors do. They change the draft. Blocks that have no drafts,
// which are the course, its sections and subsections, and pages without a place in the outline, are published at once, each by itself: of
// its children, those that are published already. A published unit thus moves in the outline at once, with the content that is published;
// what stands inside a unit waits until somebody publishes the unit. A library has no drafts at all.

// drafted returns the draft, which has content and no block that cannot be reached, with the places of its blocks.
func (e *Edit) drafted() (*branchEdit, *layout, error) {
	be, err := e.branch(Draft)
	switch {
	case err != nil:
		return nil, nil, err
	case len(be.tree.Blocks) == 0 && e.existed && e.base.Deleted():
		return nil, nil, fmt.Errorf("%s: %w", e.course, &DeletedError{e.base})
	case len(be.tree.Blocks) == 0:
		return nil, nil, fmt.Errorf("%s: its draft: %w", e.course, ErrNotFound)
	}
	be.tidy()
	return be, newLayout(be.tree), nil
}

// tidy makes a changed branch what it is if the edit ends here.
func (be *branchEdit) tidy() {
	if !be.changed || len(be.tree.Blocks) == 0 {
		return
	}
	be.tree, be.lent = normalTree(be.result()), false
}

// block finds a block of the draft.
func (e *Edit) block(l *layout, id key.BlockID) (*Block, error) {
	if b := l.tree.Blocks[id]; b != nil {
		return b, nil
	}
	err := fmt.Errorf("%s: block %s in the draft: %w", e.course, id, ErrNotFound)
	if places := l.places[id]; len(places) > 0 {
		err = fmt.Errorf("%w; %s lists it all the same", err, places[0].parent)
	}
	return nil, err
}

// parentFor finds the block of the draft that is to have a further child.
func (e *Edit) parentFor(l *layout, id, child key.BlockID) (*Block, error) {
	parent, err := e.block(l, id)
	switch {
	case err != nil:
		return nil, err
	case !fields.Container(id.Type):
		return nil, invalid(fmt.Errorf("%s cannot have children: blocks of type %s have none", id, id.Type))
	case parent.Broken != "":
		return nil, invalid(fmt.Errorf("%s cannot have further children: its definition was not understood (%s)", id, parent.Broken))
	case fields.Detached(child.Type):
		return nil, invalid(fmt.Errorf("%s cannot stand in %s: blocks of type %s have no place in the outline", child, id, child.Type))
	}
	return parent, nil
}

// insertAt copies a parent with a further child behind position others; -1 is behind all.
func insertAt(parent *Block, position int, c Child) (*Block, error) {
	switch {
	case position == -1:
		position = len(parent.Children)
	case position < 0 || position > len(parent.Children):
		return nil, invalid(fmt.Errorf("%s cannot stand behind %d children of %s, which has %d", c.ID, position, parent.ID, len(parent.Children)))
	}
	return insertChild(parent, position, c), nil
}

// insertChild copies b with a further child; loose markup stays with the child that it stands before.
func insertChild(b *Block, at int, c Child) *Block {
	with := *b
	with.Children = slices.Insert(slices.Clone(b.Children), at, c)
	with.Loose = slices.Clone(b.Loose)
	for i, l := range with.Loose {
		if l.Before >= at {
			with.Loose[i].Before++
		}
	}
	return &with
}

// withNew is a parent with a new child; nil for a new block without a parent.
func (e *Edit) withNew(l *layout, parent, id key.BlockID, position int) (*Block, error) {
	if parent.IsZero() {
		return nil, nil
	}
	b, err := e.parentFor(l, parent, id)
	if err != nil {
		return nil, err
	}
	return insertAt(b, position, Child{ID: id})
}

// attach gives a new block its place: in what withNew returned, or among those that have no parent.
func (be *branchEdit) attach(parent *Block, id key.BlockID) {
	t := be.change()
	if parent != nil {
		t.Blocks[parent.ID] = parent
		return
	}
	t.Detached = append(t.Detached, id)
}

// parents lists the blocks that list id, the first in document order first.
func (l *layout) parents(id key.BlockID) (list []key.BlockID) {
	for _, p := range l.places[id] {
		if !slices.Contains(list, p.parent) {
			list = append(list, p.parent)
		}
	}
	return list
}

// Parents returns the blocks of a branch that list id, the primary one first: that which comes first in document order. There are none for the
// root and detached blocks.
func (e *Edit) Parents(b Branch, id key.BlockID) ([]key.BlockID, error) {
	be, err := e.branch(b)
	if err != nil {
		return nil, err
	}
	be.tidy()
	return newLayout(be.tree).parents(id), nil
}

// HasNoDrafts reports whether blocks of a type are published as soon as they are changed.
func HasNoDrafts(blockType string) bool {
	return fields.AlwaysPublished(blockType) || fields.Detached(blockType)
}

// PublishOutline publishes those of the blocks that have no drafts, each by itself, parents first as they are given; in a library, everything.
// A block whose parents are all unpublished stays a draft with them. The operations of authors do this themselves; it is for changes
// that are made by Put and Remove.
func (e *Edit) PublishOutline(ctx context.Context, ids ...key.BlockID) error {
	draft, l, err := e.drafted()
	if err != nil {
		return err
	}
	if e.course.Library {
		return e.Publish(ctx, draft.tree.Root, PublishOptions{})
	}
	published, err := e.branch(Published)
	if err != nil {
		return err
	}
	for _, id := range ids {
		published.tidy()
		if l.tree.Blocks[id] == nil || !HasNoDrafts(id.Type) || !canStand(l, published.tree, id) {
			continue
		}
		if err := e.Publish(ctx, id, PublishOptions{Alone: true}); err != nil {
			return err
		}
	}
	return nil
}

// canStand reports whether a block of the draft would have a place in the published tree.
func canStand(draft *layout, published *Tree, id key.BlockID) bool {
	switch places := draft.places[id]; {
	case len(published.Blocks) == 0:
		return false // a course without published branch stays one
	case id == draft.tree.Root:
		return true
	case len(places) == 0:
		return fields.Detached(id.Type) || slices.Contains(published.Detached, id)
	default:
		return slices.ContainsFunc(places, func(p place) bool { return published.Blocks[p.parent] != nil })
	}
}

// freshName makes a name that no other block has, of the form that Studio gives: 32 hex digits.
func freshName() string {
	name := make([]byte, 16)
	rand.Read(name) // never fails
	return hex.EncodeToString(name)
}
