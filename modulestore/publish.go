package modulestore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// PublishOptions say how much is published.
type PublishOptions struct {
	// Alone brings the block's own record and, of its children, those that are published already.
	Alone bool
}

// Publish makes a version in which a block is published as Edit.Publish does; the zero block is the whole course. changed is false if it is published
// already.
func (s *Store) Publish(ctx context.Context, c key.Course, id key.BlockID, o PublishOptions, author string) (v Version, changed bool, err error) {
	return s.change(ctx, c, func(e *Edit) error {
		draft, err := e.branch(Draft)
		if err != nil {
			return err
		}
		block := cmp.Or(id, draft.tree.Root)
		e.describePublish(draft.tree, block, o, author, block.String())
		return e.Publish(ctx, block, o)
	})
}

// change is Update of a course that exists.
func (s *Store) change(ctx context.Context, c key.Course, f func(*Edit) error) (v Version, changed bool, err error) {
	return s.Update(ctx, c, func(e *Edit) error {
		base, ok := e.Base()
		switch {
		case !ok:
			return s.explain(ctx, c, ErrNotFound)
		case base.Deleted():
			return fmt.Errorf("%s: %w", c, &DeletedError{base})
		}
		return f(e)
	})
}

// describePublish says that a block is published; the root with all below it is the whole course.
func (e *Edit) describePublish(draft *Tree, id key.BlockID, o PublishOptions, author, message string) {
	operation := opPublish
	if o.Alone {
		operation = opPublishAlone
	}
	e.Describe(author, operation, message)
	if o.Alone || id != draft.Root {
		e.About(id)
	}
}

// Publish brings a block of the draft, with all below it, into the published branch; the root brings the whole course. Blocks above
// it must be published. It stands among its published siblings as in the draft. What has moved leaves its old place; what has several parents
// stays where another published one lists it. What was published below it and is not in the draft any more disappears, unless another published block lists it.
func (e *Edit) Publish(ctx context.Context, id key.BlockID, o PublishOptions) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	draft, err := e.branch(Draft)
	if err != nil {
		return err
	}
	return e.publish(draft.tree, id, o)
}

// publish brings a block of a draft, which may be that of another version, into the published branch.
func (e *Edit) publish(draft *Tree, id key.BlockID, o PublishOptions) error {
	be, err := e.branch(Published)
	if err != nil {
		return err
	}
	if draft.Blocks[id] == nil {
		return fmt.Errorf("%s: block %s in the draft: %w", e.course, id, ErrNotFound)
	}
	p := &publisher{branchEdit: be, draft: newLayout(draft), before: be.tree}
	return e.settlingDrafts(func() error {
		if id == draft.Root && !o.Alone {
			p.whole()
			return nil
		}
		if err := p.check(id); err != nil {
			return invalid(err)
		}
		p.blocks(id, o.Alone)
		p.place(id)
		return nil
	})
}

// publisher changes the published branch to what a draft has.
type publisher struct {
	*branchEdit
	draft  *layout
	before *Tree // the published branch until now
}

// whole publishes the course. Drafts without a place in it stay drafts.
func (p *publisher) whole() {
	t := *p.draft.tree
	t.Blocks = maps.Clone(t.Blocks)
	for id, b := range t.Blocks {
		t.Blocks[id] = placeless(b)
	}
	t.Detached = slices.DeleteFunc(slices.Clone(t.Detached), func(id key.BlockID) bool { return !p.standsAlone(id) })
	p.tree, p.lent, p.changed = &t, true, true
	clear(p.added)
}

// standsAlone reports whether a block may be published without a parent.
func (p *publisher) standsAlone(id key.BlockID) bool {
	return fields.Detached(id.Type) || slices.Contains(p.before.Detached, id)
}

// check refuses a block that would have no place in the published branch.
func (p *publisher) check(id key.BlockID) error {
	switch {
	case id == p.draft.tree.Root:
		return nil
	case p.before.Blocks[p.before.Root] == nil:
		return fmt.Errorf("%s cannot be published before %s; publish that", id, p.draft.tree.Root)
	case len(p.draft.places[id]) == 0 && !p.standsAlone(id):
		return fmt.Errorf("the draft of %s has no place in the course; give it a parent first", id)
	}
	c := ancestry{draft: p.draft, published: normalTree(p.before).Blocks, known: make(map[key.BlockID]key.BlockID)}
	if above := c.missing(id); !above.IsZero() {
		return fmt.Errorf("%s cannot be published before %s, in which it stands; publish that", id, above)
	}
	return nil
}

// ancestry looks whether the blocks above those of a draft are published.
type ancestry struct {
	draft     *layout
	published map[key.BlockID]*Block
	known     map[key.BlockID]key.BlockID
}

// missing returns the topmost block above id that is not published. It is zero if the blocks above one of its places are.
func (a *ancestry) missing(id key.BlockID) (first key.BlockID) {
	if above, ok := a.known[id]; ok {
		return above
	}
	a.known[id] = id // a block that contains itself is no way up
	for _, place := range a.draft.places[id] {
		above := a.missing(place.parent)
		if above.IsZero() && a.published[place.parent] == nil {
			above = place.parent
		}
		if first = cmp.Or(first, above); above.IsZero() {
			first = above
			break
		}
	}
	a.known[id] = first
	return first
}

// blocks copies the records of a block and, unless it comes alone, of all below it.
func (p *publisher) blocks(id key.BlockID, alone bool) {
	ids := []key.BlockID{id}
	if !alone {
		ids = subtree(p.draft.tree, id)
	}
	brought := make(map[key.BlockID]bool, len(ids))
	listed := map[key.BlockID]bool{id: true} // what gets a place by this
	for _, id := range ids {
		b := p.draft.tree.Blocks[id]
		if alone {
			b = without(b, func(child key.BlockID) bool {
				return p.draft.tree.Blocks[child] != nil && p.before.Blocks[child] == nil
			})
		}
		p.replace(placeless(b))
		brought[id] = true
		for _, c := range b.Children {
			listed[c.ID] = true
		}
	}
	p.release(brought, listed)
}

// release takes what has moved to a new place out of its old ones. A block that any published parent goes on listing has not moved; if another
// parent lists it no more, that is a change of that parent.
func (p *publisher) release(brought, listed map[key.BlockID]bool) {
	stays := make(map[key.BlockID]bool)
	for _, b := range p.before.Blocks {
		for _, c := range b.Children {
			if listed[c.ID] && lists(p.draft.tree.Blocks[b.ID], c.ID) {
				stays[c.ID] = true
			}
		}
	}
	elsewhere := make(map[key.BlockID]bool) // what published blocks list that are not brought now
	for _, b := range p.before.Blocks {
		if brought[b.ID] {
			continue
		}
		rest := without(b, func(child key.BlockID) bool { return listed[child] && !stays[child] })
		p.replace(rest)
		for _, c := range rest.Children {
			elsewhere[c.ID] = true
		}
	}
	for child := range listed {
		if p.draft.tree.Blocks[child] == nil && p.tree.Blocks[child] != nil && !elsewhere[child] {
			delete(p.change().Blocks, child) // the draft lists it, but has it no more
		}
	}
}

// place puts a block where the draft has it.
func (p *publisher) place(id key.BlockID) {
	places := p.draft.places[id]
	for _, place := range places {
		if parent := p.tree.Blocks[place.parent]; parent != nil {
			p.replace(withPublished(parent, p.draft.tree.Blocks[place.parent], id))
		}
	}
	switch {
	case id == p.draft.tree.Root:
		t := p.change()
		t.Root, t.Pointer = id, p.draft.tree.Pointer
	case len(places) == 0 && !slices.Contains(p.tree.Detached, id):
		t := p.change()
		t.Detached = append(t.Detached, id)
	}
}

// withPublished copies a published block with a child that its draft lists. All children stand in the order of the draft; those that the draft
// does not list stay after the sibling they stood after.
func withPublished(b, draft *Block, child key.BlockID) *Block {
	entries := make(map[key.BlockID]Child, len(b.Children))
	for _, c := range b.Children {
		entries[c.ID] = c
	}
	next := *b
	next.Children = nil
	for _, c := range draft.Children {
		entry, ok := entries[c.ID]
		if c.ID == child {
			entry, ok = c, true
		}
		if ok {
			next.Children = append(next.Children, entry)
		}
	}
	next.Children = withRest(next.Children, b.Children)
	own := without(draft, func(id key.BlockID) bool { _, ok := entries[id]; return !ok && id != child })
	if sameList(own.Children, next.Children) && sameSources(own.Loose, b.Loose) {
		next.Loose = own.Loose
		return &next
	}
	next.Loose = reanchored(b, next.Children)
	return &next
}

// withRest inserts those of the old children that list lacks, each after the sibling it stood after.
func withRest(list, old []Child) []Child {
	has := make(map[key.BlockID]bool, len(list))
	for _, c := range list {
		has[c.ID] = true
	}
	if !slices.ContainsFunc(old, func(c Child) bool { return !has[c.ID] }) {
		return list
	}
	at := 0
	for _, c := range old {
		if has[c.ID] {
			at = 1 + slices.IndexFunc(list, func(other Child) bool { return other.ID == c.ID })
			continue
		}
		list = slices.Insert(list, at, c)
		at++
	}
	return list
}

func sameList(a, b []Child) bool {
	return slices.EqualFunc(a, b, func(x, y Child) bool { return x.ID == y.ID })
}

// reanchored is the loose markup of b for another list of children: before the child that it stood before or, if that is not in the list, the next.
func reanchored(b *Block, children []Child) []Loose {
	at := make(map[key.BlockID]int, len(children))
	for i, c := range children {
		at[c.ID] = i
	}
	var outside, inside []Loose
	for _, l := range b.Loose {
		if l.Before < 0 {
			outside = append(outside, l)
			continue
		}
		next := len(children)
		for _, c := range b.Children[l.Before:] {
			if i, ok := at[c.ID]; ok {
				next = i
				break
			}
		}
		inside = append(inside, Loose{Before: next, Source: l.Source})
	}
	slices.SortStableFunc(inside, func(x, y Loose) int { return cmp.Compare(x.Before, y.Before) })
	return slices.Concat(outside, inside)
}

// replace gives a block another record, whose body is stored already or was put in this edit. Unlike with set, blocks that this edit has added and
// that the record does not list any more go away.
func (be *branchEdit) replace(b *Block) {
	old := be.tree.Blocks[b.ID]
	if old == b || old != nil && reflect.DeepEqual(old, b) {
		return
	}
	be.change().Blocks[b.ID] = b
	if old == nil || len(be.added) == 0 {
		return
	}
	for _, c := range old.Children {
		if !lists(b, c.ID) {
			be.forget(c.ID)
		}
	}
}
