package modulestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// TakenError says that a key cannot be given to a new course. errors.Is finds ErrDuplicate in it.
type TakenError struct {
	Wanted key.Course
	// By is the course that has the key, perhaps in another spelling, perhaps deleted.
	By      key.Course
	Deleted bool
}

func (e *TakenError) Error() string {
	switch {
	case e.By != e.Wanted:
		return fmt.Sprintf("%s is too much like %s, which exists", e.Wanted, e.By)
	case e.Deleted:
		return fmt.Sprintf("%s has existed and was deleted; its history keeps the key", e.Wanted)
	}
	return fmt.Sprintf("%s exists already", e.Wanted)
}

// Unwrap returns ErrDuplicate.
func (e *TakenError) Unwrap() error { return ErrDuplicate }

// Rerun makes a course of its own from a version of another one. Its first version has the same content, which is not stored again: a state, a
// commit and a log entry are all that is written. The commit comes from that of from, so that the two courses have an ancestor in common.
//
// What the files of the archive say of the course's key is not changed; package olx shows it under the new key.
func (s *Store) Rerun(ctx context.Context, from Version, to key.Course, author string) (Version, error) {
	v, err := s.rerun(ctx, from, to, author)
	if err != nil {
		return Version{}, fmt.Errorf("rerun of %s: %w", from, err)
	}
	return v, nil
}

func (s *Store) rerun(ctx context.Context, from Version, to key.Course, author string) (Version, error) {
	if from.Deleted() {
		return Version{}, &DeletedError{from}
	}
	if err := checkRerun(from.Course, to); err != nil {
		return Version{}, err
	}
	if err := s.checkFree(ctx, to); err != nil {
		return Version{}, err
	}
	title, err := s.complete(ctx, from)
	if err != nil {
		return Version{}, err
	}
	v, _, err := s.Update(ctx, to, func(e *Edit) error {
		if base, ok := e.Base(); ok {
			return &TakenError{Wanted: to, By: to, Deleted: base.Deleted()}
		}
		roots := from.Roots.content()
		e.roots, e.title = &roots, title
		e.ComesFrom(from)
		e.Describe(author, "rerun", "of "+from.String())
		return nil
	})
	return v, err
}

// checkRerun refuses keys that the new course cannot have.
func checkRerun(from, to key.Course) error {
	switch {
	case from.Library && !to.Library:
		return invalid(fmt.Errorf("%s is a library and cannot become the course %s", from, to))
	case to.Library && !from.Library:
		return invalid(fmt.Errorf("%s is a course and cannot become the library %s", from, to))
	case to.Library:
		return nil
	}
	// A run is part of paths, and a key in the old form may have parts that the new form refuses.
	_, err := key.NewCourse(to.Org, to.Code, to.Run)
	if err != nil || !fs.ValidPath("course/"+strings.ReplaceAll(to.Run, ":", "/")) {
		return invalid(fmt.Errorf("%s cannot stand in course.xml and in the names of files", to))
	}
	return nil
}

// checkFree looks for a course that has the key, in any spelling. A course that comes into being meanwhile is found by the backend.
func (s *Store) checkFree(ctx context.Context, c key.Course) error {
	all, err := s.AllCourses(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Course.Fold() == c.Fold() {
			return &TakenError{Wanted: c, By: other.Course, Deleted: other.Title == ""}
		}
	}
	return nil
}

// Retitle gives a course another title: its root another display name, in both branches. changed is false if it
// has that title already.
func (s *Store) Retitle(ctx context.Context, c key.Course, title, author string) (v Version, changed bool, err error) {
	if strings.TrimSpace(title) == "" {
		return Version{}, false, invalid(errors.New("a title must have a letter or a sign"))
	}
	return s.Update(ctx, c, func(e *Edit) error {
		if err := s.mustBeThere(ctx, e); err != nil {
			return err
		}
		e.Describe(author, "edit", "title "+title)
		for _, branch := range []Branch{Draft, Published} {
			t := e.Tree(branch)
			root := t.Blocks[t.Root]
			if root == nil {
				continue
			}
			body, err := e.Body(ctx, branch, root.ID)
			if err != nil {
				return err
			}
			b, body := withSetting(*root, body, "display_name", title)
			if err := e.Put(branch, b, body); err != nil {
				return err
			}
			e.About(root.ID)
		}
		return nil
	})
}

// withSetting sets a field that is a text wherever a block says it, in its policy and in its element; in the element if it does not say it.
func withSetting(b Block, body *Body, name, text string) (Block, *Body) {
	def, ok := fields.Lookup(b.ID.Type, name)
	if !ok {
		def = fields.Def{Name: name}
	}
	value := fields.StringValue(text)
	content := Body{}
	if body != nil {
		content = *body
	}
	_, inPolicy := b.PolicyEntry(name, body)
	_, inElement := b.Attr(name, body)
	if inPolicy {
		b.Policy, content.Policy = SplitLong(withAttr(JoinLong(b.Policy, content.Policy), name, def.ToPolicy(value)))
	}
	if inElement || !inPolicy {
		source := def.ToAttribute(value)
		if fields.PureXBlock(b.ID.Type) {
			source, _ = def.ToPure(value) // a text is never null
		}
		b.Attrs, content.Attrs = SplitLong(withAttr(JoinLong(b.Attrs, content.Attrs), name, source))
	}
	return b, &content
}
