package modulestore

import (
	"context"
	"fmt"
	"slices"
)

// An edit may need what only other versions have: an old one, one of a side branch or of another course. Prune may give such a version up, and remove
// what it had, while the edit is made. So whatever a new version needs is in its base, stored by the edit, or borrowed: looked for again before
// the version is appended, and thereby spared by a sweep.

// borrow says what the new version needs of other versions beside the bodies of blocks and what those were copied from, which are found without it.
func (e *Edit) borrow(refs ...reference) { e.borrowed = append(e.borrowed, refs...) }

// hold makes sure that a version stays with all that it has when the new version names it as a side branch does.
func (e *Edit) hold(v Version) error {
	if v.Course == e.course && v.numbered() {
		return e.checkKept(v) // and it is kept by being named
	}
	listed, err := e.listsCommit(v)
	if err == nil && !listed {
		e.borrow(append(v.Roots.references(), v.line())...)
	}
	return err
}

// holdLine makes sure that the commits up to a version stay when the new version comes from it, too.
func (e *Edit) holdLine(v Version) error {
	listed, err := e.listsCommit(v)
	if err == nil && !listed && !v.numbered() { // a log keeps its commits for ever
		e.borrow(v.line())
	}
	return err
}

// listsCommit reports whether a side branch of the edited course stands at a version.
func (e *Edit) listsCommit(v Version) (bool, error) {
	refs, err := e.Refs()
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(refs.Branches, func(b SideBranch) bool { return b.Commit == v.Commit }), nil
}

// numbered reports whether a version is one of the main line.
func (v Version) numbered() bool { return v.Branch == "" && v.Seq > 0 }

// line is the commit of a version, with those before it that no log keeps.
func (v Version) line() reference {
	return reference{kind: KindCommit, id: v.Commit, alone: v.numbered()}
}

// findBorrowed adds what blocks of the new trees name that neither the base has nor the edit stores. What an import needs it has stored itself.
func (e *Edit) findBorrowed(next *outcome) {
	if e.replaced {
		return
	}
	var named []reference
	for _, t := range next.trees {
		for _, b := range t.tree.Blocks {
			if !e.inBase(b) {
				named = append(named, b.references()...)
			}
		}
	}
	if len(named) == 0 {
		return
	}
	known := e.namedInBase()
	for i := range next.objects {
		known[next.objects[i].ID] = true
	}
	for _, r := range named {
		if !r.id.IsZero() && !known[r.id] {
			known[r.id] = true
			next.borrowed = append(next.borrowed, r)
		}
	}
}

// inBase reports whether the base has the very record.
func (e *Edit) inBase(b *Block) bool {
	for _, be := range e.branches {
		if be.base != nil && be.base.tree.Blocks[b.ID] == b {
			return true
		}
	}
	return false
}

// namedInBase are the objects that blocks of the base name.
func (e *Edit) namedInBase() map[ID]bool {
	known := make(map[ID]bool)
	for _, be := range e.branches {
		if be.base == nil {
			continue
		}
		for _, b := range be.base.tree.Blocks {
			if known[b.Body] = true; b.Origin != nil {
				known[b.Origin.Base] = true
			}
		}
	}
	return known
}

// putForNow stores the objects of a version that is to be appended next, and makes sure that what it borrows is there. If that took so long that a
// sweep may have removed some again, as on a machine that was asleep, it does so once more.
func (s *Store) putForNow(ctx context.Context, next *outcome) error {
	began := s.generation()
	err := s.putOnce(ctx, next)
	if err == nil && s.generation() > began+1 {
		err = s.putOnce(ctx, next)
	}
	return err
}

func (s *Store) putOnce(ctx context.Context, next *outcome) error {
	if len(next.borrowed) > 0 {
		if err := s.secure(ctx, next.borrowed); err != nil {
			return fmt.Errorf("what it takes from another version: %w", err)
		}
	}
	return s.Put(ctx, next.objects)
}
