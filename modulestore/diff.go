package modulestore

import (
	"context"
	"fmt"

	"lectern/modulestore/key"
)

// BothBranches stands for the draft and the published branch where something is true of both.
const BothBranches Branch = "both"

// Diff says what differs between two versions. It is empty if both have the same content.
type Diff struct {
	From, To Version
	// Changes of blocks stand in the document order of the new trees, with the removed blocks at the end. A block has at most one
	// change of each kind in each branch.
	Changes []Change
	// Files are sorted by path. Files that define blocks are not listed where a change of their blocks says what has changed.
	Files []FileChange
}

// Empty reports whether nothing differs.
func (d *Diff) Empty() bool { return len(d.Changes) == 0 && len(d.Files) == 0 }

// ChangeKind says what has happened to a block or a file.
type ChangeKind string

// The kinds of changes, in the order in which those of one block are listed.
const (
	ChangeAdded   ChangeKind = "added"
	ChangeRemoved ChangeKind = "removed"
	// ChangeMoved: another parent lists the block, or it stands elsewhere among its siblings.
	ChangeMoved ChangeKind = "moved"
	// ChangeBroken: the block is not understood any more, or it is again, or for another reason not.
	ChangeBroken   ChangeKind = "broken"
	ChangeRenamed  ChangeKind = "renamed"
	ChangeDates    ChangeKind = "dates"
	ChangeSettings ChangeKind = "settings"
	// ChangeContent: the markup, a text, the comments or, in a broken block, the bytes.
	ChangeContent ChangeKind = "content"
	// ChangeReformatted: the same is written in another way.
	ChangeReformatted ChangeKind = "reformatted"
	// ChangeReplaced: a file has other bytes.
	ChangeReplaced ChangeKind = "replaced"
)

// Change is one change of one block.
type Change struct {
	Kind   ChangeKind
	Branch Branch // Draft, Published or BothBranches
	Block  key.BlockID
	Title  string // as displayed; in the new version unless the block was removed
	// Path names the blocks above it from the root down, by title or, where there is none, by key.
	Path []string
	// Missing says that there is no such block: a parent lists something that does not exist.
	Missing bool
	// Below counts the blocks that were added or removed together with it. They have no entries of their own.
	Below int
	// From and To are the places of a block that was added, removed or moved; none where it is detached or did not exist.
	From, To []Place
	// Fields are what has another text in a block that was renamed, got other dates or settings, broke or was reformatted.
	Fields []FieldChange
	// Texts are the parts of the content that have changed.
	Texts []TextChange
}

// Place is where a block is listed.
type Place struct {
	Parent   key.BlockID
	Title    string // of the parent
	Position int    // 1 for the first child
}

// FieldChange is one attribute or the like with its old and new text.
type FieldChange struct {
	Name string
	// In says where the text stands: InAttribute, InPolicy, InPointer or InSource.
	In       string
	From, To *string // nil where it does not exist
}

// The values of FieldChange.In.
const (
	InAttribute = "attribute" // of the element that defines the block
	InPolicy    = "policy"    // an entry of the policy file, as JSON
	InPointer   = "pointer"   // the element that points at the definition
	InSource    = "source"    // how the block is written: its name, order, place of definition
)

// TextChange is one part of a block's content: "markup", "comments" (all that stands between children), "source" (of a broken
// block), or the name of a text or attribute.
type TextChange struct {
	Name             string
	FromSize, ToSize int // bytes
	FromHash, ToHash ID  // SHA-256 of the text; zero where there is none
	// Diff is a unified diff, shortened if it is long; only if it was asked for and the text is UTF-8.
	Diff string
}

// FileChange is one change of a file of the archive.
type FileChange struct {
	Kind     ChangeKind // ChangeAdded, ChangeRemoved, ChangeReplaced or ChangeReformatted
	Path     string
	Asset    bool // it stands under static/
	From, To Blob // zero where there is none
}

// DiffOptions say how much a comparison tells.
type DiffOptions struct {
	Text bool // with a unified diff of each text
}

// Diff compares two versions of one course or of two.
func (s *Store) Diff(ctx context.Context, a, b Version, o DiffOptions) (*Diff, error) {
	branches, err := s.compareBranches(ctx, a, b, o)
	if err != nil {
		return nil, err
	}
	d := &Diff{From: a, To: b, Changes: mergeBranches(branches)}
	if a.Roots.Files == b.Roots.Files {
		return d, nil
	}
	old, err := s.Files(ctx, a)
	if err != nil {
		return nil, err
	}
	now, err := s.Files(ctx, b)
	if err != nil {
		return nil, err
	}
	d.Files = compareFiles(old, now, branches)
	return d, nil
}

// compareBranches compares the branches in which two versions differ. Where both versions have no drafts, one comparison stands for
// both branches.
func (s *Store) compareBranches(ctx context.Context, a, b Version, o DiffOptions) (list []*comparison, err error) {
	branches := []Branch{Draft, Published}
	if a.Roots.Draft == a.Roots.Published && b.Roots.Draft == b.Roots.Published {
		branches = []Branch{BothBranches}
	}
	for _, branch := range branches {
		from, to := a.Roots.Draft, b.Roots.Draft
		if branch == Published {
			from, to = a.Roots.Published, b.Roots.Published
		}
		if from == to {
			continue
		}
		c, err := s.compare(ctx, from, to, branch, o)
		if err != nil {
			return nil, fmt.Errorf("compare %s with %s: %w", a, b, s.explainLoss(ctx, b, s.explainLoss(ctx, a, err)))
		}
		list = append(list, c)
	}
	return list, nil
}

// compare compares two trees. A zero root is a tree of no blocks.
func (s *Store) compare(ctx context.Context, from, to ID, branch Branch, o DiffOptions) (*comparison, error) {
	trees := [2]*Tree{{}, {}}
	for i, root := range []ID{from, to} {
		if root.IsZero() {
			continue
		}
		t, err := s.tree(ctx, root)
		if err != nil {
			return nil, err
		}
		trees[i] = t.tree
	}
	c := newComparison(trees[0], trees[1], o)
	c.branch = branch
	bodies := make(map[ID]*Body)
	differ := c.differingBodies()
	for _, l := range []*layout{c.a, c.b} {
		found, err := s.bodies(ctx, l.tree, differ)
		if err != nil {
			return nil, err
		}
		for id, body := range found {
			bodies[l.tree.Blocks[id].Body] = body
		}
	}
	return c, c.run(func(id ID) (*Body, error) { return bodies[id], nil })
}
