package main

import (
	"context"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// authorTree is the --json form of a course's outline.
type authorTree struct {
	Course  string `json:"course"`
	Version uint64 `json:"version"`
	Commit  string `json:"commit"`
	Time    string `json:"time"`
	Branch  string `json:"branch"`
	Title   string `json:"title"`
	Outline *node  `json:"outline"`
	// Detached are the blocks without a place in the outline: about pages, tabs, updates.
	Detached []*node `json:"detached"`
}

// node is one place in the outline.
type node struct {
	ID       string `json:"id"`
	UsageKey string `json:"usage_key"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	// Draft says how the draft differs from what is published: new, changed, removed, or empty where it does not.
	Draft  string `json:"draft,omitempty"`
	Broken string `json:"broken,omitempty"` // the rule that says why the block was not understood
	// SecondPlace marks a further place of a block whose children are listed at its first one.
	SecondPlace bool    `json:"second_place,omitempty"`
	Children    []*node `json:"children,omitempty"`
}

func (a *app) showOutline(ctx context.Context, store *modulestore.Store, s *modulestore.Snapshot) error {
	o, err := outlineOf(ctx, store, s)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(o)
	}
	if !a.quiet {
		a.printf("%s, %s (%s) of %s, branch %s\n", o.Course, s.Version().Name(), s.Version().Commit.Short(), o.Time, o.Branch)
	}
	a.printNode(o.Outline, 0)
	if len(o.Detached) > 0 {
		a.printf("without a place in the outline:\n")
		for _, n := range o.Detached {
			a.printNode(n, 1)
		}
	}
	return nil
}

func outlineOf(ctx context.Context, store *modulestore.Store, s *modulestore.Snapshot) (*authorTree, error) {
	v, tree := s.Version(), s.Tree()
	b := &outlineBuilder{course: v.Course, tree: tree, seen: make(map[key.BlockID]bool, len(tree.Blocks))}
	var err error
	if b.drafts, err = draftsOf(ctx, store, v); err != nil {
		return nil, err
	}
	if b.titles, err = titlesOf(ctx, s); err != nil {
		return nil, err
	}
	o := &authorTree{
		Course: v.Course.String(), Version: v.Seq, Commit: v.Commit.String(), Time: timeText(v.Time), Branch: string(s.Branch()),
		Title: b.titles[tree.Root], Outline: b.node(tree.Root), Detached: []*node{},
	}
	for _, id := range tree.Detached {
		o.Detached = append(o.Detached, b.node(id))
	}
	return o, nil
}

// outlineBuilder follows the children of a tree. A block is followed at its first place alone, so that neither a cycle nor a block
// with many places can make the outline endless.
type outlineBuilder struct {
	course key.Course
	tree   *modulestore.Tree
	titles map[key.BlockID]string
	drafts map[key.BlockID]string
	seen   map[key.BlockID]bool
}

func (b *outlineBuilder) node(id key.BlockID) *node {
	n := &node{
		ID: id.String(), UsageKey: b.course.Block(id).String(), Type: id.Type,
		Title: b.titles[id], Draft: b.drafts[id], SecondPlace: b.seen[id],
	}
	block := b.tree.Blocks[id]
	if block == nil {
		return n
	}
	n.Broken = block.Broken
	if n.SecondPlace {
		return n
	}
	b.seen[id] = true
	for _, child := range block.Children {
		n.Children = append(n.Children, b.node(child.ID))
	}
	return n
}

// draftsOf says of every block whose draft is not what is published how it differs.
func draftsOf(ctx context.Context, store *modulestore.Store, v modulestore.Version) (map[key.BlockID]string, error) {
	published, err := store.Snapshot(ctx, v, modulestore.Published)
	if err != nil {
		return nil, err
	}
	draft, err := store.Snapshot(ctx, v, modulestore.Draft)
	if err != nil || draft.Root() == published.Root() {
		return nil, err
	}
	differs := make(map[key.BlockID]string)
	for id, block := range draft.Tree().Blocks {
		if old, ok := published.Block(id); !ok {
			differs[id] = "new"
		} else if !sameBlock(old, block) {
			differs[id] = "changed"
		}
	}
	for id := range published.Tree().Blocks {
		if _, ok := draft.Block(id); !ok {
			differs[id] = "removed"
		}
	}
	return differs, nil
}

// titlesOf gives the display names of all blocks. Bodies are read only for those whose display name is so long that it stands there.
func titlesOf(ctx context.Context, s *modulestore.Snapshot) (map[key.BlockID]string, error) {
	titles := make(map[key.BlockID]string, len(s.Tree().Blocks))
	var long []key.BlockID
	for id, block := range s.Tree().Blocks {
		titles[id] = titleOf(block, nil)
		if hasLongTitle(block) {
			long = append(long, id)
		}
	}
	if len(long) == 0 {
		return titles, nil
	}
	bodies, err := s.Bodies(ctx, long)
	if err != nil {
		return nil, err
	}
	for _, id := range long {
		titles[id] = titleOf(s.Tree().Blocks[id], bodies[id])
	}
	return titles, nil
}

func hasLongTitle(b *modulestore.Block) bool {
	for _, list := range [][]modulestore.Attr{b.Attrs, b.Policy} {
		for _, at := range list {
			if at.Name == "display_name" && at.Long {
				return true
			}
		}
	}
	return false
}

func (a *app) printNode(n *node, depth int) {
	line := strings.Repeat("  ", depth) + n.ID
	if n.Title != "" {
		line += "  " + n.Title
	}
	for _, mark := range n.marks() {
		line += "  [" + mark + "]"
	}
	a.printf("%s\n", line)
	for _, child := range n.Children {
		a.printNode(child, depth+1)
	}
}

func (n *node) marks() []string {
	var marks []string
	if n.Draft != "" {
		marks = append(marks, "draft: "+n.Draft)
	}
	if n.Broken != "" {
		marks = append(marks, "broken: "+n.Broken)
	}
	if n.SecondPlace {
		marks = append(marks, "second place")
	}
	return marks
}
