package modulestore

import (
	"context"
	"fmt"
	"slices"

	"lectern/modulestore/key"
)

// DeletedError says that a course has been deleted. errors.Is finds ErrNotFound in it.
type DeletedError struct {
	Version Version // the one that deletes the course
}

func (e *DeletedError) Error() string {
	return fmt.Sprintf("deleted by version %d; restoring version %d brings it back", e.Version.Seq, e.Version.Seq-1)
}

// Unwrap returns ErrNotFound.
func (e *DeletedError) Unwrap() error { return ErrNotFound }

// Delete makes a version of c that has no content. The course is in no list then, and Head and Snapshot report a *DeletedError;
// its earlier versions stay, Restore brings one back, and an import begins it anew.
func (s *Store) Delete(ctx context.Context, c key.Course, author string) (Version, error) {
	v, _, err := s.Update(ctx, c, func(e *Edit) error {
		base, ok := e.Base()
		switch {
		case !ok:
			return s.explain(ctx, c, ErrNotFound)
		case base.Deleted():
			return fmt.Errorf("%s: %w", c, s.deletion(ctx, base))
		}
		e.Describe(author, "delete", "")
		e.Replace(nil, nil, nil, "")
		return nil
	})
	return v, err
}

// Restore makes a new version of c with content of the version from, so that a restore can be undone by another one. changed is
// false, and nothing is written, if the head has that content.
//
// Without a block the new version has all of from: both trees and the record of files. With a block it is the head with that block and all
// below it as they were in from, in each branch in which from has it. The block stays where the head has it; if it is gone, it comes
// back to its old place, whose parent must still be there. What has moved into it or out of it since goes back, too, and
// what was made in it since is removed.
func (s *Store) Restore(ctx context.Context, c key.Course, from Version, block key.BlockID, author string) (v Version, changed bool, err error) {
	switch {
	case from.Course != c:
		return Version{}, false, invalid(fmt.Errorf("%s is no version of %s", from, c))
	case from.Deleted():
		return Version{}, false, invalid(fmt.Errorf("%s has nothing to restore: it deletes the course", from))
	case block.IsZero():
		return s.restoreAll(ctx, from, author)
	}
	return s.restoreBlock(ctx, from, block, author)
}

func (s *Store) restoreAll(ctx context.Context, from Version, author string) (Version, bool, error) {
	title, err := s.complete(ctx, from)
	if err != nil {
		return Version{}, false, fmt.Errorf("restore %s: %w", from, err)
	}
	return s.Update(ctx, from.Course, func(e *Edit) error {
		if err := e.checkKept(from); err != nil {
			return err
		}
		e.Describe(author, "restore", from.Name())
		e.roots, e.title = &from.Roots, title
		return nil
	})
}

// complete makes sure that everything of a version is there, and returns its title for lists.
func (s *Store) complete(ctx context.Context, v Version) (title string, err error) {
	if err := s.secure(ctx, v.Roots.references()); err != nil {
		return "", s.explainLoss(ctx, v, err)
	}
	title = v.Course.String()
	for _, root := range unique([]ID{v.Roots.Published, v.Roots.Draft}) {
		if root.IsZero() {
			continue
		}
		t, err := s.tree(ctx, root)
		if err != nil {
			return "", err
		}
		if name := displayName(t.tree.Blocks[t.tree.Root]); name != "" {
			title = name
		}
	}
	return title, nil
}

// secure makes sure that everything in refs and below is there, and stays there while a version is made that needs it. Content that was taken
// down need not be there.
func (s *Store) secure(ctx context.Context, refs []reference) (err error) {
	w := newWalker(func(kind Kind, ids []ID, found func(ID, decoded)) error {
		for batch := range slices.Chunk(ids, batchObjects) {
			if err := s.mustHave(ctx, kind, batch); err != nil {
				return err
			}
			if !kind.refers() {
				continue
			}
			if err := s.load(ctx, kind, batch, found); err != nil {
				return err
			}
		}
		return nil
	})
	if w.buried, err = s.buried(ctx); err != nil {
		return err
	}
	return w.walk(refs)
}

// mustHave makes sure that objects are there and stay there.
func (s *Store) mustHave(ctx context.Context, kind Kind, ids []ID) error {
	for batch := range slices.Chunk(unique(ids), batchObjects) {
		missing, err := s.backend.Has(ctx, s.generation(), kind, batch)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return s.missing(ctx, kind, missing[0])
		}
	}
	return nil
}
