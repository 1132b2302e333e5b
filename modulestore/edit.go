package modulestore

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"lectern/modulestore/key"
)

// Edit is a version in the making: the head of the course with changes that nobody else sees. It is used by one goroutine
// and not after the function it was handed to has returned.
//
// If the store fails while an Edit loads a tree, the tree is empty and Update returns the failure, whatever the
// function says.
type Edit struct {
	ctx      context.Context
	store    *Store
	course   key.Course
	base     Version
	existed  bool
	branches map[Branch]*branchEdit
	bodies   map[ID]*Body // put in this edit
	files    *Files       // nil: as in the base
	roots    *Roots       // of the version that is restored, instead of all that
	parents  []ID         // commits beside the base that the version comes from
	title    string
	author   string
	op       string
	message  string
	blocks   []key.BlockID // see About
	refs     *Refs         // nil: as in the base
	objects  []Object      // more that the version needs
	err      error
}

// branchEdit is one branch of an edit.
type branchEdit struct {
	base    *pagedTree // nil if the branch is new or was replaced
	tree    *Tree
	changed bool
	// lent says that the block map is in other hands and must be copied before it is changed.
	lent bool
	// added are blocks that were not in the base. One that nobody lists in the end becomes detached.
	added map[key.BlockID]bool
}

func (s *Store) newEdit(ctx context.Context, c key.Course, base Version, existed bool) *Edit {
	return &Edit{
		ctx: ctx, store: s, course: c, base: base, existed: existed, op: "edit",
		branches: make(map[Branch]*branchEdit),
		bodies:   make(map[ID]*Body),
	}
}

// Base returns the version that the edit starts from; ok is false if the course does not exist yet.
func (e *Edit) Base() (v Version, ok bool) { return e.base, e.existed }

// Describe says who makes the version, by what operation ("edit" if it is not called), and why.
func (e *Edit) Describe(author, operation, message string) {
	e.author, e.op, e.message = author, operation, message
}

// About says which blocks the operation was asked to change. Without it, or with more than MaxEntryBlocks of them, the version is about
// the whole course.
func (e *Edit) About(blocks ...key.BlockID) { e.blocks = append(e.blocks, blocks...) }

// ComesFrom says that the version also comes from another one, of the same course or not. A later merge of the two starts there.
func (e *Edit) ComesFrom(v Version) { e.parents = append(e.parents, v.Commit) }

func (e *Edit) about() []key.BlockID {
	if len(e.blocks) > MaxEntryBlocks {
		return nil
	}
	return e.blocks
}

// Tree returns a branch with all changes made so far; empty if there is no such branch. What it returned does not change with
// later calls of Put and Remove, which therefore copy the block map once after each call of Tree.
func (e *Edit) Tree(b Branch) *Tree {
	be, err := e.branch(b)
	if err != nil {
		e.fail(err)
		return &Tree{Blocks: make(map[key.BlockID]*Block)}
	}
	be.lent = true
	return be.tree
}

func (e *Edit) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// branch loads a branch when it is first used.
func (e *Edit) branch(b Branch) (*branchEdit, error) {
	if be, ok := e.branches[b]; ok {
		return be, nil
	}
	root, err := e.base.Roots.branch(b)
	if err != nil {
		return nil, err
	}
	be := &branchEdit{tree: &Tree{Blocks: make(map[key.BlockID]*Block)}, added: make(map[key.BlockID]bool)}
	if !root.IsZero() {
		if be.base, err = e.store.tree(e.ctx, root); err != nil {
			return nil, fmt.Errorf("%s: the %s branch: %w", e.base, b, err)
		}
		be.tree, be.lent = be.base.tree, true
	}
	e.branches[b] = be
	return be, nil
}

// change returns the tree of a branch for changing.
func (be *branchEdit) change() *Tree {
	if be.lent {
		own := *be.tree
		own.Blocks, own.Detached = maps.Clone(own.Blocks), slices.Clone(own.Detached)
		be.tree, be.lent = &own, false
	}
	be.changed = true
	return be.tree
}

// Body returns the body of a block as it is after the changes made so far, nil if it has none.
func (e *Edit) Body(ctx context.Context, branch Branch, id key.BlockID) (*Body, error) {
	be, err := e.branch(branch)
	if err != nil {
		return nil, err
	}
	if b := be.tree.Blocks[id]; b != nil {
		if body, ok := e.bodies[b.Body]; ok {
			return body, nil
		}
	}
	bodies, err := e.store.bodies(ctx, be.tree, []key.BlockID{id})
	if err != nil {
		return nil, fmt.Errorf("%s: the %s branch: %w", e.course, branch, err)
	}
	return bodies[id], nil
}

// Put creates a block or replaces its own record and its body; b.Body is set from body, which may be nil for none. Neither may
// be changed afterwards. The children are those that b lists, which may come later or not at all. The first block of an empty branch
// becomes its root. A new block that no block lists when the edit ends becomes a detached one; a block that was there and is not
// listed any more disappears with all below it.
func (e *Edit) Put(branch Branch, b Block, body *Body) error {
	be, err := e.branch(branch)
	if err != nil {
		return err
	}
	b.Body = ID{}
	if err := checkBlock(&b); err != nil {
		return invalid(err)
	}
	if err := checkBody(&b, body); err != nil {
		return invalid(err)
	}
	if !body.IsZero() {
		o := body.Object()
		if len(o.Data) > maxObject {
			return invalid(fmt.Errorf("block %s: its body has %d MB; the limit is %d MB", b.ID, len(o.Data)>>20, maxObject>>20))
		}
		b.Body = o.ID
		e.bodies[o.ID] = body
	}
	be.set(&b)
	return nil
}

// set creates or replaces a block.
func (be *branchEdit) set(b *Block) {
	t := be.change()
	if t.Root.IsZero() {
		t.Root = b.ID
	}
	if t.Blocks[b.ID] == nil {
		be.added[b.ID] = true
	}
	t.Blocks[b.ID] = b
}

func invalid(err error) error { return fmt.Errorf("%w: %w", ErrInvalid, err) }

// Remove takes child out of the list of parent, and out of the tree if no other block lists it. With a zero parent it removes a
// detached block.
func (e *Edit) Remove(branch Branch, parent, child key.BlockID) error {
	be, err := e.branch(branch)
	if err != nil {
		return err
	}
	if parent.IsZero() {
		i := slices.Index(be.tree.Detached, child)
		if i < 0 && !be.added[child] {
			return invalid(fmt.Errorf("block %s is not a detached block of the %s branch", child, branch))
		}
		t := be.change()
		t.Detached = slices.DeleteFunc(t.Detached, func(id key.BlockID) bool { return id == child })
		be.forget(child)
		return nil
	}
	b := be.tree.Blocks[parent]
	if b == nil {
		return invalid(fmt.Errorf("there is no block %s in the %s branch to remove %s from", parent, branch, child))
	}
	without := withoutChild(b, child)
	if len(without.Children) == len(b.Children) {
		return invalid(fmt.Errorf("block %s is not a child of %s in the %s branch", child, parent, branch))
	}
	be.change().Blocks[parent] = without
	be.forget(child)
	return nil
}

// forget keeps blocks that were added under a removed one from becoming detached.
func (be *branchEdit) forget(top key.BlockID) {
	if len(be.added) > 0 {
		below := Tree{Root: top, Blocks: be.tree.Blocks}
		below.Walk(func(b *Block, _ key.BlockID) bool {
			delete(be.added, b.ID)
			return true
		})
	}
}

// withoutChild copies b without child; loose markup stays where it stood.
func withoutChild(b *Block, child key.BlockID) *Block {
	return without(b, func(id key.BlockID) bool { return id == child })
}

// without is b itself, or if any of its children is to be dropped, a copy without those; loose markup stays where it stood.
func without(b *Block, drop func(child key.BlockID) bool) *Block {
	if !slices.ContainsFunc(b.Children, func(c Child) bool { return drop(c.ID) }) {
		return b
	}
	rest := *b
	rest.Children = nil
	moved := make([]int, len(b.Children)+1) // where loose markup before each child goes
	for i, c := range b.Children {
		moved[i] = len(rest.Children)
		if !drop(c.ID) {
			rest.Children = append(rest.Children, c)
		}
	}
	moved[len(b.Children)] = len(rest.Children)
	rest.Loose = slices.Clone(b.Loose)
	for i, l := range rest.Loose {
		if l.Before >= 0 {
			rest.Loose[i].Before = moved[l.Before]
		}
	}
	return &rest
}

// SetFiles replaces the record of the archive; nil for none.
func (e *Edit) SetFiles(f *Files) {
	if e.files = f; f == nil {
		e.files = &Files{}
	}
}

// Replace sets the whole version, as an import does. A nil tree is a branch that does not exist; without trees and files the
// version deletes the course. Bodies and blobs must have been Put before. title names the course in lists; it may be left
// empty for the name that the root displays. None of the arguments may be changed afterwards.
//
// Archives cannot say where a block was copied from. So a block without an Origin keeps that of the block of its key that was there before.
func (e *Edit) Replace(published, draft *Tree, files *Files, title string) {
	published, draft = e.keepOrigins(published, draft)
	e.branches[Published] = &branchEdit{tree: published, changed: true, lent: true}
	e.branches[Draft] = &branchEdit{tree: draft, changed: true, lent: true}
	for _, be := range e.branches {
		be.added = make(map[key.BlockID]bool)
		if be.tree == nil {
			be.tree = &Tree{}
		}
	}
	e.SetFiles(files)
	e.title = title
}

// listTitle names the course in lists: as Replace said, or as its root is displayed. It is empty only for a deleted course.
func (e *Edit) listTitle(next Roots) string {
	switch {
	case next.content() == Roots{}:
		return ""
	case e.title != "":
		return e.title
	}
	for _, branch := range []Branch{Draft, Published} {
		be, err := e.branch(branch)
		if err != nil {
			continue // the title is no reason to refuse an edit
		}
		if root := be.tree.Blocks[be.tree.Root]; root != nil {
			if name := displayName(root); name != "" {
				return name
			}
		}
	}
	return e.course.String()
}

// displayName is the name that people see; the policy file goes before the element.
func displayName(b *Block) (name string) {
	if source, ok := b.PolicyEntry("display_name", nil); ok && json.Unmarshal([]byte(source), &name) == nil && name != "" {
		return name
	}
	name, _ = b.Attr("display_name", nil)
	return name
}
