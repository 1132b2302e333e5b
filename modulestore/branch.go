package modulestore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/modulestore/key"
)

// maxRefName is the most bytes that the name of a side branch or a tag may have.
const maxRefName = 100

// conflictBranches is how the names of side branches begin that Merge makes.
const conflictBranches = "conflict/"

// checkRefName refuses names of side branches and tags that could be taken for another way to name a version.
func checkRefName(name string) error {
	reason := ""
	allowed := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./", r) }
	switch {
	case name == "" || len(name) > maxRefName:
		reason = fmt.Sprintf("it must have 1 to %d bytes", maxRefName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !allowed(r) }):
		reason = "it may have letters, digits and - _ . / only"
	case strings.HasPrefix(name, "-"):
		reason = "it must not begin with -"
	case name == "head" || strings.Trim(name, "0123456789") == "" || len(name) >= minHex && isHex(strings.ToLower(name)):
		reason = "it would name another version"
	}
	if reason == "" {
		return nil
	}
	return invalid(fmt.Errorf("the name %.120q cannot be used: %s", name, reason))
}

func isHex(text string) bool { return strings.Trim(text, "0123456789abcdef") == "" }

// branchIndex finds a side branch; -1 if there is none of that name.
func (r *Refs) branchIndex(name string) int {
	return slices.IndexFunc(r.Branches, func(b SideBranch) bool { return b.Name == name })
}

func (r *Refs) tagIndex(name string) int {
	return slices.IndexFunc(r.Tags, func(t Tag) bool { return t.Name == name })
}

// checkFree refuses a name that a side branch or a tag has.
func (r *Refs) checkFree(name string) error {
	if err := checkRefName(name); err != nil {
		return err
	}
	switch {
	case r.branchIndex(name) >= 0:
		return invalid(fmt.Errorf("there is a branch %s already; delete it first or choose another name", name))
	case r.tagIndex(name) >= 0:
		return invalid(fmt.Errorf("there is a tag %s already; delete it first or choose another name", name))
	}
	return nil
}

func (r *Refs) addBranch(b SideBranch) {
	r.Branches = append(r.Branches, b)
	slices.SortFunc(r.Branches, func(a, b SideBranch) int { return strings.Compare(a.Name, b.Name) })
}

// at is the version that a side branch has come to.
func (b *SideBranch) at(c key.Course) Version {
	return Version{Course: c, Branch: b.Name, Entry: Entry{
		Seq: b.Version, Commit: b.Commit, Roots: b.Roots, Author: b.Author, Time: b.Time, Operation: b.Operation, Message: b.Message,
	}}
}

// updateRefs makes a version of c that changes nothing but Refs. change gets a copy of them and returns the message for the history.
func (s *Store) updateRefs(
	ctx context.Context, c key.Course, author, operation string, change func(e *Edit, r *Refs) (message string, err error),
) (Version, error) {
	v, _, err := s.Update(ctx, c, func(e *Edit) error {
		refs, err := e.copyRefs()
		if err != nil {
			return err
		}
		message, err := change(e, refs)
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		e.Describe(author, operation, message)
		e.SetRefs(refs)
		return nil
	})
	return v, err
}

// copyRefs gives what the course, which must exist, keeps beside its content, for changing.
func (e *Edit) copyRefs() (*Refs, error) {
	if !e.existed {
		return nil, e.store.explain(e.ctx, e.course, ErrNotFound)
	}
	old, err := e.Refs()
	if err != nil {
		return nil, err
	}
	refs := *old
	refs.Tags, refs.Branches = slices.Clone(refs.Tags), slices.Clone(refs.Branches)
	return &refs, nil
}

// Branches lists the side branches of a course, sorted by name.
func (s *Store) Branches(ctx context.Context, c key.Course) ([]SideBranch, error) {
	head, err := s.last(ctx, c)
	if err != nil {
		return nil, err
	}
	refs, err := s.Refs(ctx, head)
	if err != nil {
		return nil, err
	}
	return refs.Branches, nil
}

// CreateBranch begins a side branch of c at one of its versions, and returns the version that the branch has now. The name may be given wherever
// a version is named.
func (s *Store) CreateBranch(ctx context.Context, c key.Course, name string, from Version, author string) (Version, error) {
	var made SideBranch
	_, err := s.updateRefs(ctx, c, author, "branch", func(e *Edit, r *Refs) (string, error) {
		switch {
		case from.Course != c:
			return "", invalid(fmt.Errorf("%s is no version of it", from))
		case from.Deleted():
			return "", invalid(fmt.Errorf("%s has nothing to begin a branch with: it deletes the course", from.Name()))
		case strings.HasPrefix(name, conflictBranches):
			return "", invalid(fmt.Errorf("branches under %s are made by merges that met conflicts", conflictBranches))
		}
		made = SideBranch{
			Name: name, Commit: from.Commit, Roots: from.Roots.content(), Base: from.Commit, BaseRoots: from.Roots.content(),
			Version: e.base.Seq + 1, Author: author, Time: e.store.now(), Operation: "branch", Message: "from " + from.Name(),
		}
		if i := r.branchIndex(from.Branch); i >= 0 {
			made.Base, made.BaseRoots = r.Branches[i].Base, r.Branches[i].BaseRoots
		}
		if err := r.checkFree(name); err != nil {
			return "", err
		}
		r.addBranch(made)
		return fmt.Sprintf("%s: begun at %s", name, from.Name()), nil
	})
	if err != nil {
		return Version{}, err
	}
	return made.at(c), nil
}

// DeleteBranch takes a side branch out of the list of branches. Earlier versions of the course still have it in theirs.
func (s *Store) DeleteBranch(ctx context.Context, c key.Course, name, author string) error {
	_, err := s.updateRefs(ctx, c, author, "branch", func(_ *Edit, r *Refs) (string, error) {
		i := r.branchIndex(name)
		if i < 0 {
			return "", fmt.Errorf("branch %s: %w", name, ErrNotFound)
		}
		r.Branches = slices.Delete(r.Branches, i, i+1)
		return name + ": deleted", nil
	})
	return err
}

// UpdateBranch makes the next version of a side branch, as Update does of the main line, on which it is a version that changes no content. f starts
// from the version that the branch has come to.
func (s *Store) UpdateBranch(ctx context.Context, c key.Course, name string, f func(*Edit) error) (v Version, changed bool, err error) {
	_, changed, err = s.Update(ctx, c, func(e *Edit) error {
		refs, err := e.copyRefs()
		if err != nil {
			return err
		}
		i := refs.branchIndex(name)
		if i < 0 {
			return fmt.Errorf("%s: branch %s: %w", c, name, ErrNotFound)
		}
		v = refs.Branches[i].at(c)
		mine := s.newEdit(ctx, c, v, true)
		next, err := mine.run(f)
		switch {
		case err != nil:
			return err
		case mine.refs != nil:
			return invalid(fmt.Errorf("%s has no tags, branches and orders of its own", v))
		case next.roots == v.Roots:
			return nil
		}
		entry := s.describe(mine, next)
		b := &refs.Branches[i]
		b.Commit, b.Roots, b.Version = entry.Commit, entry.Roots, e.base.Seq+1
		b.Author, b.Time, b.Operation, b.Message = entry.Author, entry.Time, entry.Operation, entry.Message
		v = b.at(c)
		e.objects = next.objects
		e.Describe(mine.author, "branch", name+": "+cmp.Or(mine.message, mine.op))
		e.SetRefs(refs)
		return nil
	})
	if err != nil {
		return Version{}, false, err
	}
	return v, changed, nil
}
