package modulestore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// Move takes a block of the draft, with all below it, out of one parent, or if that is zero out of all, and makes it a child of another one.
// position is the number of children that it stands behind then, -1 for all. An orphan comes back into the outline this way. The pointer at the block
// keeps its spelling, and loose markup of both parents stays where it stood.
func (e *Edit) Move(ctx context.Context, id, from, to key.BlockID, position int) error {
	be, l, err := e.drafted()
	if err != nil {
		return err
	}
	b, err := e.block(l, id)
	if err != nil {
		return err
	}
	sources, err := e.sources(l, id, from)
	if err != nil {
		return err
	}
	if err := mayMove(l, id, to, sources); err != nil {
		return invalid(err)
	}
	entry := Child{ID: id}
	if len(sources) > 0 {
		entry = entryOf(l.tree.Blocks[sources[0]], id)
	}
	parent, err := e.parentFor(l, to, id)
	if err != nil {
		return err
	}
	if slices.Contains(sources, to) {
		parent = withoutChild(parent, id)
	}
	if parent, err = insertAt(parent, position, entry); err != nil {
		return err
	}
	t := be.change()
	for _, source := range sources {
		t.Blocks[source] = withoutChild(t.Blocks[source], id)
	}
	t.Blocks[to] = parent
	if !slices.Contains(sources, to) {
		t.Blocks[id] = placeless(b)
	}
	return e.PublishOutline(ctx, append([]key.BlockID{to, id}, sources...)...)
}

// sources are the parents that a block is to leave.
func (e *Edit) sources(l *layout, id, from key.BlockID) ([]key.BlockID, error) {
	all := l.parents(id)
	if from.IsZero() {
		return all, nil
	}
	if _, err := e.block(l, from); err != nil {
		return nil, err
	}
	if !slices.Contains(all, from) {
		return nil, invalid(fmt.Errorf("%s is not a child of %s", id, from))
	}
	return []key.BlockID{from}, nil
}

func mayMove(l *layout, id, to key.BlockID, sources []key.BlockID) error {
	switch {
	case id == l.tree.Root:
		return fmt.Errorf("%s is the root and cannot be moved", id)
	case id == to:
		return fmt.Errorf("%s cannot be moved into itself", id)
	case slices.Contains(subtree(l.tree, id), to):
		return fmt.Errorf("%s cannot be moved into %s, which stands in it", id, to)
	case lists(l.tree.Blocks[to], id) && !slices.Contains(sources, to):
		return fmt.Errorf("%s is a child of %s already", id, to)
	}
	return nil
}

// entryOf is the first place of a child in the list of its parent.
func entryOf(parent *Block, child key.BlockID) Child {
	return parent.Children[slices.IndexFunc(parent.Children, func(c Child) bool { return c.ID == child })]
}

// Reorder puts the children of a block of the draft into another order, which names each child as often as the block lists it. Loose markup
// stays where it stands: before the child that is the third, say, whichever that is.
func (e *Edit) Reorder(ctx context.Context, parent key.BlockID, order []key.BlockID) error {
	be, l, err := e.drafted()
	if err != nil {
		return err
	}
	b, err := e.block(l, parent)
	if err != nil {
		return err
	}
	rest := slices.Clone(b.Children)
	next := *b
	next.Children = nil
	var extra []key.BlockID
	for _, id := range order {
		i := slices.IndexFunc(rest, func(c Child) bool { return c.ID == id })
		if i < 0 {
			extra = append(extra, id)
			continue
		}
		next.Children = append(next.Children, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	if err := orderFault(parent, rest, extra); err != nil {
		return invalid(err)
	}
	be.change().Blocks[parent] = &next
	return e.PublishOutline(ctx, parent)
}

// orderFault says what an order leaves out and has too many.
func orderFault(parent key.BlockID, missing []Child, extra []key.BlockID) error {
	var parts []string
	if len(missing) > 0 {
		names := make([]string, len(missing))
		for i, c := range missing {
			names[i] = c.ID.String()
		}
		parts = append(parts, "lacks "+strings.Join(names, ", "))
	}
	if len(extra) > 0 {
		names := make([]string, len(extra))
		for i, id := range extra {
			names[i] = id.String()
		}
		parts = append(parts, "has too many: "+strings.Join(names, ", "))
	}
	if len(parts) == 0 {
		return nil
	}
	return fmt.Errorf("the new order must name each child of %s once for each place: it %s", parent, strings.Join(parts, ", and "))
}
