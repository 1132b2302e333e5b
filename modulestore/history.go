package modulestore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lectern/modulestore/key"
)

// minHex is the number of hex digits of a commit that name a version.
const minHex = 8

// Head returns the last version of c, or a *DeletedError if that deletes it.
func (s *Store) Head(ctx context.Context, c key.Course) (Version, error) {
	v, err := s.last(ctx, c)
	if err == nil && v.Deleted() {
		return Version{}, fmt.Errorf("%s: %w", c, s.deletion(ctx, v))
	}
	return v, err
}

// deletion is the error for a version without content: a *DeletedError with the version that deleted the course, or ErrNotFound alone if what that
// deleted was given up since. Versions that changed only what is kept beside the content may have come after it.
func (s *Store) deletion(ctx context.Context, v Version) error {
	v, err := s.deletedBy(ctx, v)
	if err != nil {
		return err
	}
	_, refs, err := s.lastRefs(ctx, v.Course)
	if err != nil {
		return err
	}
	if refs.IsPruned(v.Seq - 1) {
		return fmt.Errorf("%w: deleted by version %d, and the content of version %d was given up since", ErrNotFound, v.Seq, v.Seq-1)
	}
	return &DeletedError{v}
}

// deletedBy finds the version that deleted the course, for one without content.
func (s *Store) deletedBy(ctx context.Context, v Version) (Version, error) {
	for v.Seq > 1 {
		list, err := s.Log(ctx, v.Course, v.Seq-1, batchObjects)
		if err != nil {
			return v, err
		}
		for _, before := range list {
			if !before.Deleted() {
				return v, nil
			}
			v = before
		}
	}
	return v, nil
}

func (s *Store) last(ctx context.Context, c key.Course) (Version, error) {
	e, err := s.backend.Head(ctx, c)
	if err != nil {
		return Version{}, s.explain(ctx, c, err)
	}
	return Version{Course: c, Entry: e}, nil
}

// lastRefs returns the last version of c, with what it keeps beside its content.
func (s *Store) lastRefs(ctx context.Context, c key.Course) (head Version, refs *Refs, err error) {
	if head, err = s.last(ctx, c); err != nil {
		return head, nil, err
	}
	refs, err = s.Refs(ctx, head)
	return head, refs, err
}

// explain names the course that err is about, and if it does not exist, one that is spelled nearly like it.
func (s *Store) explain(ctx context.Context, c key.Course, err error) error {
	if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDuplicate) {
		return fmt.Errorf("%s: %w", c, err)
	}
	all, listErr := s.backend.Contexts(ctx)
	if listErr != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	for _, other := range all {
		if other.Course != c && other.Course.Fold() == c.Fold() {
			return fmt.Errorf("%s: %w; there is %s", c, err, other.Course)
		}
	}
	return fmt.Errorf("%s: %w", c, err)
}

// Log returns at most n versions of c from number from downwards, newest first; from 0 means from the last one.
func (s *Store) Log(ctx context.Context, c key.Course, from uint64, n int) ([]Version, error) {
	entries, err := s.backend.Log(ctx, c, from, n)
	if err == nil && len(entries) == 0 && n > 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, s.explain(ctx, c, err)
	}
	versions := make([]Version, len(entries))
	for i, e := range entries {
		versions[i] = Version{Course: c, Entry: e}
	}
	return versions, nil
}

// logAfter returns the versions of c with a number above after, oldest first.
func (s *Store) logAfter(ctx context.Context, c key.Course, after uint64) (versions []Version, err error) {
	for from := uint64(0); ; {
		list, err := s.Log(ctx, c, from, batchObjects)
		if err != nil && (len(versions) == 0 || !errors.Is(err, ErrNotFound)) {
			return nil, err
		}
		for _, v := range list {
			if v.Seq > after {
				versions = append(versions, v)
			}
		}
		if len(list) == 0 || list[len(list)-1].Seq <= after+1 {
			break
		}
		from = list[len(list)-1].Seq - 1
	}
	slices.Reverse(versions)
	return versions, nil
}

// Version finds the version of c that spec names: "" or "head" for the last one, a version number, head~N for N versions
// before the last, the name of a tag or a side branch, or at least eight hex digits of its commit. It finds versions of a deleted course, too, the
// one that deletes it included.
// For a version whose content was given up it returns a *PrunedError.
func (s *Store) Version(ctx context.Context, c key.Course, spec string) (Version, error) {
	head, err := s.last(ctx, c)
	if err != nil {
		return Version{}, err
	}
	v, err := s.versionNamed(ctx, head, spec)
	if err != nil || v.Seq == head.Seq {
		return v, err
	}
	refs, err := s.Refs(ctx, head)
	if err != nil {
		return Version{}, err
	}
	if err := s.checkKept(ctx, v, refs); err != nil {
		return Version{}, err
	}
	return v, nil
}

func (s *Store) versionNamed(ctx context.Context, head Version, spec string) (Version, error) {
	c := head.Course
	if spec == "" || spec == "head" {
		return head, nil
	}
	if back, ok := strings.CutPrefix(spec, "head~"); ok {
		n, err := strconv.ParseUint(back, 10, 64)
		if err != nil {
			return Version{}, badSpec(c, spec, "what follows head~ must be a number")
		}
		if n >= head.Seq {
			return Version{}, fmt.Errorf("%s version %s: %w: the last one is %d", c, spec, ErrNotFound, head.Seq)
		}
		return s.numbered(ctx, head, head.Seq-n)
	}
	n, err := strconv.ParseUint(spec, 10, 64)
	if err == nil && n >= 1 && n <= head.Seq {
		return s.numbered(ctx, head, n)
	}
	if err == nil && len(spec) < minHex {
		return Version{}, fmt.Errorf("%s version %s: %w: the last one is %d", c, spec, ErrNotFound, head.Seq)
	}
	if checkRefName(spec) == nil {
		return s.byName(ctx, head, spec)
	}
	return s.byCommit(ctx, head, spec)
}

// byName finds the version that a tag or a side branch names.
func (s *Store) byName(ctx context.Context, head Version, name string) (Version, error) {
	refs, err := s.Refs(ctx, head)
	if err != nil {
		return Version{}, err
	}
	if i := refs.tagIndex(name); i >= 0 {
		return s.numbered(ctx, head, refs.Tags[i].Version)
	}
	if i := refs.branchIndex(name); i >= 0 {
		return refs.Branches[i].at(head.Course), nil
	}
	if len(name) < minHex && isHex(strings.ToLower(name)) {
		return Version{}, badSpec(head.Course, name, "this is too short for a commit, and no tag or branch has this name")
	}
	return Version{}, badSpec(head.Course, name, "no tag or branch has this name")
}

func badSpec(c key.Course, spec, reason string) error {
	return fmt.Errorf("%s version %q: %w: %s; a version is head, head~2, a number, a tag, a branch, or at least %d hex digits of its commit",
		c, spec, ErrInvalid, reason, minHex)
}

func (s *Store) numbered(ctx context.Context, head Version, n uint64) (Version, error) {
	if n == head.Seq {
		return head, nil
	}
	list, err := s.Log(ctx, head.Course, n, 1)
	if err != nil {
		return Version{}, err
	}
	if len(list) == 0 || list[0].Seq != n {
		return Version{}, fmt.Errorf("%s version %d: %w: the log has a gap", head.Course, n, ErrCorrupt)
	}
	return list[0], nil
}

func (s *Store) byCommit(ctx context.Context, head Version, spec string) (found Version, err error) {
	prefix := strings.ToLower(spec)
	switch {
	case strings.Trim(prefix, "0123456789abcdef") != "" || len(prefix) > 2*len(ID{}):
		return found, badSpec(head.Course, spec, "this is none")
	case len(prefix) < minHex:
		return found, badSpec(head.Course, spec, "this is too short")
	}
	for from := head.Seq; from > 0; {
		list, err := s.Log(ctx, head.Course, from, batchObjects)
		if err != nil {
			return Version{}, err
		}
		if len(list) == 0 {
			break
		}
		for _, v := range list {
			if !strings.HasPrefix(v.Commit.String(), prefix) {
				continue
			}
			if found.Seq != 0 {
				return Version{}, badSpec(head.Course, spec, fmt.Sprintf("both %d and %d begin like this", v.Seq, found.Seq))
			}
			found = v
		}
		from = list[len(list)-1].Seq - 1
	}
	if found.Seq == 0 {
		return found, fmt.Errorf("%s version %s: %w: no commit begins like this", head.Course, spec, ErrNotFound)
	}
	return found, nil
}

// lastChange finds the version that changed a block last, among the last ones up to v; nil if the log does not tell.
func (s *Store) lastChange(ctx context.Context, v Version, id key.BlockID) (*Version, error) {
	list, err := s.Log(ctx, v.Course, v.Seq, batchObjects)
	if err != nil {
		return nil, err
	}
	for i := range list {
		switch {
		case i+1 < len(list) && list[i].Roots.content() == list[i+1].Roots.content():
			// It has changed tags, branches or orders alone.
		case slices.Contains(list[i].Blocks, id):
			return &list[i], nil
		case len(list[i].Blocks) == 0:
			return nil, nil // it may have been this one
		}
	}
	return nil, nil
}
