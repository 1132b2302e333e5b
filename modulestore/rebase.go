package modulestore

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"lectern/modulestore/key"
)

// Rebased says what UpdateFrom has done.
type Rebased struct {
	Version Version // the new head; if nothing was changed, the present one
	Changed bool
	// Merged says that others had changed the content of the course since the author saw it. Report tells what, else it is nil.
	Merged bool
	Report *Diff
}

// UpdateFrom is Update for an author who saw the version base of a course: f changes an Edit that starts from there. If others have changed the course
// since, the change is merged into the head; tags, branches and orders are those of the head. If the changes do not go together, nothing is
// written and a *ConflictError says what the three sides have.
func (s *Store) UpdateFrom(ctx context.Context, base Version, f func(*Edit) error) (Rebased, error) {
	var report *Diff
	v, changed, err := s.Update(ctx, base.Course, func(e *Edit) error {
		report = nil
		head, _ := e.Base()
		if head.Commit == base.Commit {
			return f(e)
		}
		err := e.rebase(base, f)
		if err == nil && head.Roots.content() != base.Roots.content() {
			report, err = s.Diff(ctx, base, head, DiffOptions{})
		}
		return err
	})
	switch {
	case err != nil:
		return Rebased{}, err
	case !changed:
		return Rebased{Version: v}, nil
	}
	return Rebased{Version: v, Changed: true, Merged: report != nil, Report: report}, nil
}

// rebase makes the changes of f to the version base, and merges them into the head, from which e starts.
func (e *Edit) rebase(base Version, f func(*Edit) error) error {
	head, existed := e.Base()
	switch {
	case existed && head.Deleted():
		return fmt.Errorf("%s: %w", e.course, &DeletedError{head})
	case base.Seq > 0:
		known, err := e.store.numbered(e.ctx, head, base.Seq)
		if err != nil || known.Commit != base.Commit {
			return errors.Join(err, invalid(fmt.Errorf("%s is no version that the head comes from", base)))
		}
	}
	mine := e.store.newEdit(e.ctx, e.course, base, base.Seq > 0)
	next, err := mine.run(f)
	if err != nil || next.roots == base.Roots {
		return err
	}
	if mine.refs != nil {
		if head.Roots.Refs != base.Roots.Refs {
			return fmt.Errorf("%s: tags, branches and orders: %w", e.course, ErrConflict)
		}
		e.SetRefs(mine.refs)
	}
	ours := mergeSide{roots: next.roots, trees: make(map[ID]*Tree), bodies: mine.bodies, files: mine.files}
	for _, t := range next.trees {
		ours.trees[t.root] = t.tree
	}
	e.author, e.op, e.message, e.blocks, e.title = mine.author, mine.op, mine.message, mine.blocks, mine.title
	conflicts, err := e.merge(base.Roots, ours)
	if err == nil && len(conflicts) > 0 {
		err = &ConflictError{Course: e.course, Base: base, Theirs: head, Conflicts: conflicts}
	}
	return err
}

// mergeSide is the side of a merge that is brought in, and what of it is not stored yet.
type mergeSide struct {
	roots  Roots
	trees  map[ID]*Tree // by root
	bodies map[ID]*Body
	files  *Files
}

// merge brings the content of ours into e, the base of which is theirs; base is what the two have in common. With conflicts e is of no use.
func (e *Edit) merge(base Roots, ours mergeSide) (conflicts []Conflict, err error) {
	theirs := e.base.Roots
	maps.Copy(e.bodies, ours.bodies)
	draft, err := e.mergeBranch(Draft, base.Draft, ours.roots.Draft, ours)
	if err != nil {
		return nil, err
	}
	conflicts = conflictsOf(Draft, draft)
	if base.Draft == base.Published && theirs.Draft == theirs.Published && ours.roots.Draft == ours.roots.Published {
		if be := e.branches[Draft]; be != nil && be.changed {
			err = e.setTree(Published, be.tree)
		}
		conflicts = conflictsOf(BothBranches, conflicts)
	} else {
		var more []Conflict
		more, err = e.mergeBranch(Published, base.Published, ours.roots.Published, ours)
		conflicts = joinConflicts(conflicts, conflictsOf(Published, more))
	}
	if err != nil {
		return nil, err
	}
	more, err := e.mergeFiles(base.Files, ours)
	return append(conflicts, more...), err
}

// mergeBranch merges one tree, given by their roots, into that of e.
func (e *Edit) mergeBranch(branch Branch, base, our ID, ours mergeSide) ([]Conflict, error) {
	their, err := e.base.Roots.branch(branch)
	if err != nil || our == base || our == their {
		return nil, err
	}
	var trees [3]*Tree
	for i, root := range []ID{base, their, our} {
		if trees[i], err = e.store.sideTree(e.ctx, root, ours.trees); err != nil {
			return nil, fmt.Errorf("merge the %s branch: %w", branch, err)
		}
	}
	if base == their {
		return nil, e.setTree(branch, trees[2])
	}
	m := newTreeMerge(trees[0], trees[1], trees[2])
	bodies, err := e.store.sideBodies(e.ctx, trees, m.bothChanged(), ours.bodies)
	if err != nil {
		return nil, fmt.Errorf("merge the %s branch: %w", branch, err)
	}
	merged, err := m.run(func(id ID) (*Body, error) { return bodies[id], nil })
	if err != nil || len(merged.conflicts) > 0 {
		return merged.conflicts, err
	}
	maps.Copy(e.bodies, merged.bodies)
	return nil, e.setTree(branch, merged.tree)
}

// sideTree gives a tree by its root: an empty one for none, or one of those that are not stored yet.
func (s *Store) sideTree(ctx context.Context, root ID, fresh map[ID]*Tree) (*Tree, error) {
	if root.IsZero() {
		return &Tree{}, nil
	}
	if t := fresh[root]; t != nil {
		return t, nil
	}
	t, err := s.tree(ctx, root)
	if err != nil {
		return nil, err
	}
	return t.tree, nil
}

// sideBodies loads the bodies of blocks of all trees that are not among the fresh ones, and adds those.
func (s *Store) sideBodies(ctx context.Context, trees [3]*Tree, ids []key.BlockID, fresh map[ID]*Body) (map[ID]*Body, error) {
	bodies := make(map[ID]*Body)
	maps.Copy(bodies, fresh)
	for _, t := range trees {
		var stored []key.BlockID
		for _, id := range ids {
			if b := t.Blocks[id]; b != nil && bodies[b.Body] == nil {
				stored = append(stored, id)
			}
		}
		if len(stored) == 0 {
			continue
		}
		found, err := s.bodies(ctx, t, stored)
		if err != nil {
			return nil, err
		}
		for id, body := range found {
			bodies[t.Blocks[id].Body] = body
		}
	}
	return bodies, nil
}

// setTree replaces a branch. The bodies of t must be stored or among those of e.
func (e *Edit) setTree(branch Branch, t *Tree) error {
	be, err := e.branch(branch)
	if err != nil {
		return err
	}
	be.tree, be.changed, be.lent, be.added = t, true, true, make(map[key.BlockID]bool)
	return nil
}

func (e *Edit) mergeFiles(base ID, ours mergeSide) ([]Conflict, error) {
	their, our := e.base.Roots.Files, ours.roots.Files
	if our == base || our == their {
		return nil, nil
	}
	var records [3]*Files
	for i, root := range []ID{base, their, our} {
		switch {
		case root.IsZero():
			records[i] = &Files{}
		case root == our && ours.files != nil:
			records[i] = ours.files
		default:
			var err error
			if records[i], err = e.store.loadFiles(e.ctx, root); err != nil {
				return nil, fmt.Errorf("merge the record of files: %w", err)
			}
		}
	}
	if base == their {
		e.SetFiles(records[2])
		return nil, nil
	}
	merged, conflicts := mergeFiles(records[0], records[1], records[2])
	e.SetFiles(merged)
	return conflicts, nil
}

// BlockHash names what a block itself says: its record, policy and texts and the keys of its children, but not what those say. It is the same on
// every machine, and a client who shows it can say what state of the block an edit is meant for. body is nil if the block has none.
func BlockHash(b *Block, body *Body) ID {
	e := newFacetEncoder("block")
	e.id("e", ElementHash(b, body))
	if policy, ok := FacetHash(PolicyFacet, b, body); ok {
		e.id("p", policy)
	}
	if body != nil {
		e.attrs("t", body.Texts)
	}
	return e.object(kindFacet).ID
}

// Match refuses an edit whose author saw another state of a block than the edit starts from, with a *StaleError. want is the BlockHash of the block
// as the author saw it; zero for one that must not exist.
func (e *Edit) Match(ctx context.Context, branch Branch, id key.BlockID, want ID) error {
	var present ID
	if b := e.Tree(branch).Blocks[id]; b != nil {
		body, err := e.Body(ctx, branch, id)
		if err != nil {
			return err
		}
		present = BlockHash(b, body)
	}
	if present == want {
		return e.err
	}
	stale := &StaleError{Course: e.course, Branch: branch, Block: id, Present: present}
	if e.existed && e.base.Branch == "" {
		var err error
		if stale.Changed, err = e.store.lastChange(ctx, e.base, id); err != nil {
			return err
		}
	}
	return stale
}
