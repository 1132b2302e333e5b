package modulestore

import (
	"context"
	"fmt"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// CopyOptions say how to copy a block.
type CopyOptions struct {
	// Position is the place among the children of the parent, from 1; 0 is the end. A copy that is there already stays where it is.
	Position int
	Author   string
	// Assets adds the static files that the copies link to, as far as the course has none of their name.
	Assets bool
}

// CopyBlockReport says what CopyBlock has done.
type CopyBlockReport struct {
	Version Version // of the course that was copied to
	Changed bool
	Block   key.BlockID // the copy
	CopyChanges
	Assets CopiedAssets
}

// CopyBlock copies a block of a version, with all below it, into the draft of a course, below parent; into both branches of a library, which
// has no drafts. Each copy gets the key that CopyID gives it, and an Origin. Bodies are not stored again. A block that was copied there
// before is not copied twice: its copy is brought up to date, and what was changed in it meanwhile stays.
func (s *Store) CopyBlock(ctx context.Context, from Version, branch Branch, id key.BlockID, to key.Course, parent key.BlockID, o CopyOptions) (CopyBlockReport, error) {
	report, err := s.copyBlock(ctx, from, branch, id, to, parent, o)
	if err != nil {
		return CopyBlockReport{}, fmt.Errorf("copy %s of %s to %s: %w", id, from, parent, err)
	}
	return report, nil
}

func (s *Store) copyBlock(ctx context.Context, from Version, branch Branch, id key.BlockID, to key.Course, parent key.BlockID, o CopyOptions) (CopyBlockReport, error) {
	source, err := s.Snapshot(ctx, from, branch)
	if err != nil {
		return CopyBlockReport{}, err
	}
	tree := source.Tree()
	switch {
	case tree.Blocks[id] == nil:
		return CopyBlockReport{}, fmt.Errorf("the %s branch has no such block: %w", branch, ErrNotFound)
	case id == tree.Root || fields.Detached(id.Type):
		return CopyBlockReport{}, invalid(fmt.Errorf("a %s cannot stand below another block", id.Type))
	}
	links, err := source.staticLinks(ctx, id)
	if err != nil {
		return CopyBlockReport{}, err
	}
	var report CopyBlockReport
	v, changed, err := s.Update(ctx, to, func(e *Edit) error {
		report = CopyBlockReport{Block: id}
		if err := s.mustBeThere(ctx, e); err != nil {
			return err
		}
		for _, b := range draftsOf(to) {
			c, err := newCopying(ctx, e, b, from.Course, tree)
			if err != nil {
				return err
			}
			if report.Block, err = c.copyBelow(id, parent, o.Position); err != nil {
				return err
			}
			report.CopyChanges = *c.changes
		}
		if report.Assets, err = e.copyAssets(ctx, from, links, o.Assets); err != nil {
			return err
		}
		e.Describe(o.Author, "copy", fmt.Sprintf("%s of %s", id, from))
		e.About(report.Added...)
		e.About(report.Updated...)
		return nil
	})
	report.Version, report.Changed = v, changed
	return report, err
}

// mustBeThere refuses to edit a course that does not exist.
func (s *Store) mustBeThere(ctx context.Context, e *Edit) error {
	base, ok := e.Base()
	switch {
	case !ok:
		return s.explain(ctx, e.course, ErrNotFound)
	case base.Deleted():
		return fmt.Errorf("%s: %w", e.course, &DeletedError{base})
	}
	return nil
}

// draftsOf are the branches in which a change that is not published yet is made.
func draftsOf(c key.Course) []Branch {
	if c.Library {
		return []Branch{Draft, Published}
	}
	return []Branch{Draft}
}

// copyBelow copies a block below a parent and returns the copy's key.
func (c *copying) copyBelow(id, parent key.BlockID, position int) (key.BlockID, error) {
	p := c.target.tree.Blocks[parent]
	switch {
	case p == nil:
		return id, fmt.Errorf("the %s branch of %s has no block %s: %w", c.branch, c.edit.course, parent, ErrNotFound)
	case !fields.Container(parent.Type) || p.Broken != "":
		return id, invalid(fmt.Errorf("%s cannot have blocks below it", parent))
	case position < 0 || position > len(p.Children)+1:
		return id, invalid(fmt.Errorf("%s has no place %d: it has %d children", parent, position, len(p.Children)))
	case position == 0:
		position = len(p.Children) + 1
	}
	c.assign(id, parent)
	if err := c.prefetch(); err != nil {
		return id, err
	}
	copied := c.ids[id]
	if there := c.target.tree.Blocks[copied] != nil && !slices.Contains(c.target.tree.Detached, copied); !there {
		c.target.set(insertChild(p, position-1, Child{ID: copied}))
	}
	return copied, c.bring(id)
}
