package modulestore

import (
	"context"
	"slices"

	"lectern/modulestore/key"
)

// CopyChanges says what happened to a course when blocks of another one were brought into it, or brought up to date.
type CopyChanges struct {
	// Added, Updated and Removed are copies.
	Added, Updated, Removed []key.BlockID
	// Kept are copies of blocks that the source has no more; they were changed here, so they stay.
	Kept []key.BlockID
	// Gone are copies that were removed here, and so were not brought back.
	Gone []key.BlockID
	// Conflicts are fields that were changed here and in the source.
	Conflicts []CopyConflict
	// Markdown counts the problems whose source for the simple editor was left out, as Open edX leaves it out of copies.
	Markdown int
	// References are usage keys in the copies that name blocks which were not copied with them; they stay as they are.
	References []string
	// Dangling are children that blocks of the source list and that are not there.
	Dangling []key.BlockID
}

// CopyConflict is a field of a copy that was changed here (Ours) and in the source (Theirs), and not alike.
type CopyConflict struct {
	Block key.BlockID
	FieldConflict
}

// copying brings blocks of a source into a branch of an edit, and brings copies that are there up to date.
type copying struct {
	ctx    context.Context
	edit   *Edit
	target *branchEdit
	branch Branch
	source copySource
	// fromSource decides conflicts for the source.
	fromSource bool
	// ids says which block of the source has which copy.
	ids     map[key.BlockID]key.BlockID
	origins map[key.BlockID]*Origin // of blocks of the source that it has from a library
	done    map[key.BlockID]bool    // of the source
	changes *CopyChanges
}

// newCopying prepares to copy from one tree into a branch of an edit.
func newCopying(ctx context.Context, e *Edit, branch Branch, from key.Course, tree *Tree) (*copying, error) {
	target, err := e.branch(branch)
	if err != nil {
		return nil, err
	}
	return &copying{
		ctx: ctx, edit: e, target: target, branch: branch,
		source: copySource{
			store: e.store, course: from, tree: tree,
			pages: make(map[key.BlockID]statePage), bases: make(map[ID]*Block), bodies: make(map[ID]*Body),
		},
		ids: make(map[key.BlockID]key.BlockID), origins: make(map[key.BlockID]*Origin), done: make(map[key.BlockID]bool), changes: &CopyChanges{},
	}, nil
}

// assign finds the keys of the copies of a block and of all below it.
func (c *copying) assign(id, parent key.BlockID) { c.assignBelow(id, parent, false) }

// assignBelow is assign. What a block has drawn from a library is called in its copy as if that had drawn it itself, and comes from the library
// as before, so that the copy can be synchronised with the library, too.
func (c *copying) assignBelow(id, parent key.BlockID, drawn bool) {
	if _, ok := c.ids[id]; ok {
		return
	}
	b, source := c.source.tree.Blocks[id], c.source.course.Block(id)
	if o := b.Origin; o != nil && o.Course.Library && (drawn || drawsFromLibrary(id)) {
		c.origins[id] = o
		if drawn {
			source = o.Course.Block(o.Block)
		}
	}
	copied := c.keyBelow(source, parent)
	c.ids[id] = copied
	for _, child := range b.Children {
		if c.source.tree.Blocks[child.ID] != nil {
			c.assignBelow(child.ID, copied, drawn || drawsFromLibrary(id))
		}
	}
}

// keyBelow is the key of the copy of a block below a parent: of the one that is there, or of a new one.
func (c *copying) keyBelow(source key.Block, parent key.BlockID) key.BlockID {
	candidates := copyIDs(source, parent)
	for _, copied := range candidates {
		if c.target.tree.Blocks[copied] != nil {
			return copied
		}
	}
	return candidates[0]
}

// copyOf is the key of a child's copy below the copy of its parent.
func (c *copying) copyOf(child, parent key.BlockID) key.BlockID {
	if id, ok := c.ids[child]; ok {
		return id
	}
	return c.keyBelow(c.source.course.Block(child), parent)
}

// prefetch loads what bringing the blocks that have keys will need, in few calls of the backend.
func (c *copying) prefetch() error {
	var bases, bodies []ID
	for id, copied := range c.ids {
		source, ours := c.source.tree.Blocks[id], c.target.tree.Blocks[copied]
		switch {
		case ours == nil && c.needsBody(source):
			bodies = append(bodies, source.Body)
		case ours == nil, ours.Origin != nil && ours.Origin.Base == c.source.page(id).id:
		default:
			bodies = append(bodies, source.Body)
			if c.edit.bodies[ours.Body] == nil {
				bodies = append(bodies, ours.Body)
			}
			if o := ours.Origin; o != nil && o.Course == c.source.course {
				bases = append(bases, o.Base)
			}
		}
	}
	if err := c.source.loadBases(c.ctx, bases); err != nil {
		return err
	}
	for _, id := range bases {
		if b := c.source.bases[id]; b != nil {
			bodies = append(bodies, b.Body)
		}
	}
	return c.source.loadBodies(c.ctx, bodies)
}

// bring copies a block and all below it, or brings the copies up to date.
func (c *copying) bring(id key.BlockID) error {
	if c.done[id] {
		return nil
	}
	c.done[id] = true
	now, err := c.bringBlock(id)
	if err != nil {
		return err
	}
	listed := childSet(now)
	for _, child := range c.source.tree.Blocks[id].Children {
		copied, ok := c.ids[child.ID]
		switch {
		case !ok:
			c.changes.Dangling = append(c.changes.Dangling, child.ID)
		case listed[copied] || c.target.tree.Blocks[copied] != nil:
			if err := c.bring(child.ID); err != nil {
				return err
			}
		default:
			c.changes.Gone = append(c.changes.Gone, copied)
		}
	}
	return nil
}

// bringBlock copies one block, or brings its copy up to date, and returns the copy.
func (c *copying) bringBlock(id key.BlockID) (*Block, error) {
	page := c.source.page(id)
	copied := c.ids[id]
	ours := c.target.tree.Blocks[copied]
	if ours != nil && ours.Origin != nil && ours.Origin.Base == page.id {
		return ours, nil // the source has not changed
	}
	theirs, err := c.localised(c.source.bases[page.id], copied, c.changes)
	if err != nil {
		return nil, err
	}
	merged := theirs
	if ours == nil {
		c.changes.Added = append(c.changes.Added, copied)
	} else if merged, err = c.merge(ours, theirs); err != nil {
		return nil, err
	}
	b := *merged.Block
	if b.Origin = c.origins[id]; b.Origin == nil {
		b.Origin = &Origin{Course: c.source.course, Block: id, Base: page.id}
		c.edit.objects = append(c.edit.objects, page.objects...)
	}
	return &b, c.put(State{&b, merged.Body})
}

// put makes a block what s says. Without a body in s, the one that the block names is stored already.
func (c *copying) put(s State) error {
	if s.Body != nil {
		return c.edit.Put(c.branch, *s.Block, s.Body)
	}
	if err := checkBlock(s.Block); err != nil {
		return invalid(err)
	}
	c.target.set(s.Block)
	return nil
}

// merge brings what has changed in the source since the last time into a copy.
func (c *copying) merge(ours *Block, theirs State) (State, error) {
	base, err := c.base(ours)
	if err != nil {
		return State{}, err
	}
	if err := c.saveRemoved(base.Block, theirs.Block, ours); err != nil {
		return State{}, err
	}
	here := State{Block: ours, Body: c.edit.bodies[ours.Body]}
	if err := c.source.load(c.ctx, &here); err != nil {
		return State{}, err
	}
	for _, s := range []*State{&base, &theirs} {
		if err := c.source.load(c.ctx, s); err != nil {
			return State{}, err
		}
		own := *s.Block // where a copy comes from is no matter of the merge
		own.Origin, own.Children = ours.Origin, spelledAs(ours.Children, own.Children)
		s.Block = &own
	}
	merged, conflicts := c.decide(base, theirs, here)
	for _, f := range conflicts {
		c.changes.Conflicts = append(c.changes.Conflicts, CopyConflict{ours.ID, f})
	}
	if !sameState(merged, here) {
		c.changes.Updated = append(c.changes.Updated, ours.ID)
	}
	return merged, nil
}

// spelledAs gives children the spellings that they have here, which are no matter of the source.
func spelledAs(here, children []Child) []Child {
	places := make(map[key.BlockID]Child, len(here))
	for _, c := range here {
		places[c.ID] = c
	}
	children = slices.Clone(children)
	for i, c := range children {
		children[i].Spelling = places[c.ID].Spelling
	}
	return children
}

// decide merges, with conflicts as they are here unless the source is to win. mergeBlock leaves them to its second argument.
func (c *copying) decide(base, theirs, ours State) (State, []FieldConflict) {
	if c.fromSource {
		return mergeBlock(base, theirs, ours)
	}
	merged, conflicts := mergeBlock(base, ours, theirs)
	return merged, swapped(conflicts)
}

// swapped exchanges the sides of conflicts.
func swapped(conflicts []FieldConflict) []FieldConflict {
	for i := range conflicts {
		f := &conflicts[i]
		f.Theirs, f.Ours = f.Ours, f.Theirs
	}
	return conflicts
}

// base is what a copy would be if nothing had been changed here or in the source since the last time. Of a copy of unknown origin nothing is
// known: then what only one side has is taken, and what both have and not alike is a conflict.
func (c *copying) base(ours *Block) (State, error) {
	then, err := c.source.base(c.ctx, ours.Origin)
	if err != nil || then == nil {
		return State{Block: &Block{ID: ours.ID, Inline: ours.Inline}}, err
	}
	return c.localised(then, ours.ID, nil)
}

// saveRemoved finds the children that the source has no more. Those that were changed here are to stay: they are taken out of base, as if they
// had been added here.
func (c *copying) saveRemoved(base, theirs, ours *Block) error {
	var kept []key.BlockID
	there, here := childSet(theirs), childSet(ours)
	for _, child := range base.Children {
		if there[child.ID] || !here[child.ID] {
			continue
		}
		changed, err := c.changedHere(child.ID)
		switch {
		case err != nil:
			return err
		case changed && !c.fromSource:
			kept = append(kept, child.ID)
		default:
			c.changes.Removed = append(c.changes.Removed, child.ID)
		}
	}
	c.changes.Kept = append(c.changes.Kept, kept...)
	for _, id := range kept {
		*base = *withoutChild(base, id)
	}
	return nil
}

// childSet is the set of a block's children.
func childSet(b *Block) map[key.BlockID]bool {
	set := make(map[key.BlockID]bool, len(b.Children))
	for _, c := range b.Children {
		set[c.ID] = true
	}
	return set
}

// changedHere reports whether a copy or anything below it was changed since it was brought.
func (c *copying) changedHere(id key.BlockID) (bool, error) {
	for _, below := range subtree(c.target.tree, id) {
		changed, err := c.blockChangedHere(c.target.tree.Blocks[below])
		if changed || err != nil {
			return changed, err
		}
	}
	return false, nil
}

func (c *copying) blockChangedHere(ours *Block) (bool, error) {
	then, err := c.source.base(c.ctx, ours.Origin)
	if err != nil || then == nil {
		return true, err
	}
	base, err := c.localised(then, ours.ID, nil)
	if err != nil {
		return true, err
	}
	plain := *ours
	plain.Origin = nil
	return !sameState(base, State{Block: &plain}), nil
}
