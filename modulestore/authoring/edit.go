package authoring

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// Change is one block as somebody has written it anew.
type Change struct {
	Block key.BlockID
	// File names the text in messages; its ending .html says that the text of an html pair is meant, not its element.
	File string
	Data []byte
	// DraftOnly leaves what learners see as it is.
	DraftOnly bool
	// Base is the version that the author saw, if it may no longer be the head: what others have changed since is kept. Branch is the side branch to
	// change instead of the course. At most one of them is set.
	Base   *modulestore.Version
	Branch string
	// IfMatch is the BlockHash of the block as the author saw it: the edit is refused if it is another one now. nil is not checked.
	IfMatch *modulestore.ID
	Author  string
	Message string
}

// EditReport says what an edit did.
type EditReport struct {
	Course   key.Course    `json:"course"`
	Block    string        `json:"block"`
	Version  uint64        `json:"version"`
	Changed  bool          `json:"changed"`
	Problems []olx.Problem `json:"problems"`
}

// RefusedError says that the text of an edit has errors; nothing has changed.
type RefusedError struct {
	Block    key.BlockID
	New      bool // it was to be made
	Problems []olx.Problem
}

func (e *RefusedError) Error() string {
	var first olx.Problem
	n := 0
	for _, p := range e.Problems {
		if p.Severity == olx.Error {
			if n == 0 {
				first = p
			}
			n++
		}
	}
	done := "changed"
	if e.New {
		done = "made"
	}
	if n == 1 {
		return fmt.Sprintf("%s was not %s: %s", e.Block, done, first)
	}
	return fmt.Sprintf("%s was not %s: %s (and %d more)", e.Block, done, first, n-1)
}

// Edit replaces one block by what its new OLX says, in one version: in the draft and, unless DraftOnly is set, in what is published.
// The text is checked as an import is; with an error in it nothing changes.
func Edit(ctx context.Context, store *modulestore.Store, course key.Course, change Change) (*EditReport, error) {
	if len(change.Data) > olx.MaxXMLBytes {
		return nil, fmt.Errorf("%s has %d bytes; a block may have at most %d", change.File, len(change.Data), olx.MaxXMLBytes)
	}
	report := &EditReport{Course: course, Block: change.Block.String()}
	branches := []modulestore.Branch{modulestore.Draft, modulestore.Published}
	if change.DraftOnly {
		branches = branches[:1]
	}
	version, changed, err := makeVersion(ctx, store, course, change, func(e *modulestore.Edit) error {
		if err := e.Existing(); err != nil {
			return err
		}
		base, _ := e.Base()
		files, err := store.Files(ctx, base)
		if err != nil {
			return err
		}
		report.Problems = []olx.Problem{} // this may be a second try
		found := false
		for _, branch := range branches {
			if e.Tree(branch).Blocks[change.Block] == nil {
				continue
			}
			found = true
			if change.IfMatch != nil {
				if err := e.Match(ctx, branch, change.Block, *change.IfMatch); err != nil {
					return err
				}
			}
			problems, err := applyChange(ctx, e, branch, course, change, files)
			if err != nil {
				return err
			}
			for _, p := range problems {
				if !slices.Contains(report.Problems, p) { // else both branches have it
					report.Problems = append(report.Problems, p)
				}
			}
		}
		if !found {
			return modulestore.NotFound("%s has no block %s", course, change.Block)
		}
		message := change.Message
		if message == "" {
			message = "edit of " + change.Block.String()
		}
		e.Describe(change.Author, "edit", message)
		e.About(change.Block)
		return nil
	})
	if err != nil {
		return nil, err
	}
	report.Version, report.Changed = version.Seq, changed
	return report, nil
}

// makeVersion makes a version of what the change says it is made from.
func makeVersion(
	ctx context.Context, store *modulestore.Store, course key.Course, change Change, f func(*modulestore.Edit) error,
) (modulestore.Version, bool, error) {
	switch {
	case change.Base != nil:
		r, err := store.UpdateFrom(ctx, *change.Base, f)
		return r.Version, r.Changed, err
	case change.Branch != "":
		return store.UpdateBranch(ctx, course, change.Branch, f)
	}
	return store.Update(ctx, course, f)
}

// applyChange makes the change in one branch.
func applyChange(ctx context.Context, e *modulestore.Edit, branch modulestore.Branch, course key.Course, change Change, files *modulestore.Files) ([]olx.Problem, error) {
	tree := e.Tree(branch)
	body, err := e.Body(ctx, branch, change.Block)
	if err != nil {
		return nil, err
	}
	if _, hasText := body.Text("data"); hasText && (strings.HasSuffix(change.File, ".html") || field.Detached(change.Block.Type)) {
		return nil, replaceText(e, branch, tree, body, change)
	}
	fragment, err := olx.DecodeBlock(tree, change.Block, body, change.File, change.Data)
	if err != nil {
		return nil, err
	}
	root, err := e.Body(ctx, branch, tree.Root)
	if err != nil {
		return nil, err
	}
	fragment.Check(course, tree, root, relativePaths(files))
	for _, p := range fragment.Problems {
		if p.Severity == olx.Error {
			return nil, &RefusedError{Block: change.Block, Problems: fragment.Problems}
		}
	}
	for _, b := range fragment.Blocks {
		if err := e.Put(branch, *b, fragment.Bodies[b.Body]); err != nil {
			return nil, err
		}
	}
	return fragment.Problems, nil
}

// replaceText replaces the text of an html pair, an about page, a tab or an update.
func replaceText(e *modulestore.Edit, branch modulestore.Branch, tree *modulestore.Tree, old *modulestore.Body, change Change) error {
	if !utf8.Valid(change.Data) {
		return fmt.Errorf("%s is not UTF-8; save it as UTF-8", change.File)
	}
	body := *old
	body.Texts = nil
	for _, t := range old.Texts {
		if t.Name == "data" {
			t.Value = string(change.Data)
		}
		body.Texts = append(body.Texts, t)
	}
	return e.Put(branch, *tree.Blocks[change.Block], &body)
}

// relativePaths are the files of the course's folder.
func relativePaths(files *modulestore.Files) []string {
	prefix := ""
	if files.Root != "" {
		prefix = files.Root + "/"
	}
	var list []string
	for _, f := range files.Entries {
		if rel, ok := strings.CutPrefix(f.Path, prefix); ok {
			list = append(list, rel)
		}
	}
	return list
}
