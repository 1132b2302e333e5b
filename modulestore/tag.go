package modulestore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// Tags lists the tags of a course, sorted by name.
func (s *Store) Tags(ctx context.Context, c key.Course) ([]Tag, error) {
	head, err := s.last(ctx, c)
	if err != nil {
		return nil, err
	}
	refs, err := s.Refs(ctx, head)
	if err != nil {
		return nil, err
	}
	return refs.Tags, nil
}

// Tag gives a version of the main line of c a name, which may be given wherever a version is named. A name that a tag or a side branch has
// already is refused: a tag never comes to name another version.
func (s *Store) Tag(ctx context.Context, c key.Course, name string, v Version, author string) error {
	_, err := s.updateRefs(ctx, c, author, "tag", func(e *Edit, r *Refs) (string, error) {
		if v.Course != c || v.Branch != "" || v.Seq == 0 {
			return "", invalid(fmt.Errorf("a tag names a numbered version of the course, which %s is not", v))
		}
		if err := r.checkFree(name); err != nil {
			return "", err
		}
		r.Tags = append(r.Tags, Tag{Name: name, Version: v.Seq, Author: author, Time: e.store.now()})
		slices.SortFunc(r.Tags, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
		return fmt.Sprintf("%s is %s", name, v.Name()), nil
	})
	return err
}

// Untag removes a tag. The version stays.
func (s *Store) Untag(ctx context.Context, c key.Course, name, author string) error {
	_, err := s.updateRefs(ctx, c, author, "tag", func(_ *Edit, r *Refs) (string, error) {
		i := r.tagIndex(name)
		if i < 0 {
			return "", fmt.Errorf("tag %s: %w", name, ErrNotFound)
		}
		was := r.Tags[i].Version
		r.Tags = slices.Delete(r.Tags, i, i+1)
		return fmt.Sprintf("%s is no longer version %d", name, was), nil
	})
	return err
}
