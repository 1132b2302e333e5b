package modulestore

import (
	"cmp"
	"maps"
	"slices"

	"lectern/modulestore/key"
)

// Compare lists what differs between two trees, each as a Snapshot has it, in the order of Diff.Changes. body gives the body of a
// name; it is asked for those alone that differ. The roots count as the same block even if the trees are of two courses.
func Compare(a, b *Tree, body func(ID) (*Body, error), o DiffOptions) ([]Change, error) {
	c := newComparison(a, b, o)
	err := c.run(body)
	return c.changes, err
}

// comparison compares an old tree a with a new tree b.
type comparison struct {
	a, b     *layout
	branch   Branch
	options  DiffOptions
	body     func(ID) (*Body, error)
	rootName string                    // of the old tree, if it is another
	moved    map[key.BlockID]bool      // blocks of both trees
	pointers map[key.BlockID][2][]Attr // children that are pointed at with another spelling
	owner    map[key.BlockID]int       // added and removed blocks: the change that tells of them
	changes  []Change
	err      error
}

// layout is a tree with the places of its blocks.
type layout struct {
	tree *Tree
	// order lists the blocks in document order, and what parents list without there being such a block.
	order []key.BlockID
	// places are where a block is listed, in document order; none for the root and detached blocks.
	places map[key.BlockID][]place
}

type place struct {
	parent key.BlockID
	index  int
}

func newLayout(t *Tree) *layout {
	l := &layout{tree: t, places: make(map[key.BlockID][]place, len(t.Blocks))}
	t.Walk(func(b *Block, _ key.BlockID) bool {
		l.order = append(l.order, b.ID)
		for i := range b.Children {
			id := b.Children[i].ID
			if t.Blocks[id] == nil && len(l.places[id]) == 0 {
				l.order = append(l.order, id)
			}
			l.places[id] = append(l.places[id], place{b.ID, i})
		}
		return true
	})
	return l
}

// presence says how much of a block a tree has.
type presence int

const (
	absent presence = iota
	listed          // a parent lists it, but there is no such block
	present
)

func (l *layout) presence(id key.BlockID) presence {
	switch {
	case l.tree.Blocks[id] != nil:
		return present
	case len(l.places[id]) > 0:
		return listed
	}
	return absent
}

func newComparison(a, b *Tree, o DiffOptions) *comparison {
	c := &comparison{
		options: o, branch: BothBranches,
		moved:    make(map[key.BlockID]bool),
		pointers: make(map[key.BlockID][2][]Attr),
		owner:    make(map[key.BlockID]int),
	}
	if a.Root != b.Root {
		c.rootName = a.Root.Name
		a = withRoot(a, b.Root)
	}
	c.a, c.b = newLayout(a), newLayout(b)
	return c
}

// withRoot gives a tree with its root under another key, unless that is of another type or taken.
func withRoot(t *Tree, id key.BlockID) *Tree {
	if t.Blocks[t.Root] == nil || t.Root.Type != id.Type || t.Blocks[id] != nil {
		return t
	}
	root := *t.Blocks[t.Root]
	root.ID = id
	other := *t
	other.Root, other.Blocks = id, maps.Clone(t.Blocks)
	delete(other.Blocks, t.Root)
	other.Blocks[id] = &root
	return &other
}

// differingBodies lists the blocks of both trees whose bodies are not the same.
func (c *comparison) differingBodies() []key.BlockID {
	ids := []key.BlockID{}
	for id, now := range c.b.tree.Blocks {
		if old := c.a.tree.Blocks[id]; old != nil && old.Body != now.Body {
			ids = append(ids, id)
		}
	}
	return ids
}

func (c *comparison) run(body func(ID) (*Body, error)) error {
	c.body = body
	for _, id := range c.b.order {
		c.compareChildren(c.a.tree.Blocks[id], c.b.tree.Blocks[id])
	}
	for _, id := range c.b.order {
		old, now := c.a.presence(id), c.b.presence(id)
		switch {
		case old < now:
			c.appeared(ChangeAdded, c.b, c.a, id)
		case old == now:
			c.both(id)
		}
	}
	for _, id := range c.a.order {
		if c.a.presence(id) > c.b.presence(id) {
			c.appeared(ChangeRemoved, c.a, c.b, id)
		}
	}
	return c.err
}

// add starts a change whose block stands in l.
func (c *comparison) add(kind ChangeKind, l *layout, id key.BlockID) *Change {
	change := Change{Kind: kind, Branch: c.branch, Block: id, Path: l.path(id), Missing: l.presence(id) != present}
	if b := l.tree.Blocks[id]; b != nil {
		change.Title = displayName(b)
	}
	c.changes = append(c.changes, change)
	return &c.changes[len(c.changes)-1]
}

// path names the blocks above id.
func (l *layout) path(id key.BlockID) []string {
	names := []string{}
	for places := l.places[id]; len(places) > 0; places = l.places[id] {
		id = places[0].parent
		names = append(names, cmp.Or(displayName(l.tree.Blocks[id]), id.String()))
	}
	slices.Reverse(names)
	return names
}

func (l *layout) shown(id key.BlockID) (list []Place) {
	for _, p := range l.places[id] {
		list = append(list, Place{Parent: p.parent, Title: displayName(l.tree.Blocks[p.parent]), Position: p.index + 1})
	}
	return list
}

// appeared tells of a block that l has and other has not, seen in the direction of the kind. One whose parents are all like
// that is counted in the change of its first parent.
func (c *comparison) appeared(kind ChangeKind, l, other *layout, id key.BlockID) {
	places := l.places[id]
	gone := func(p place) bool { return other.tree.Blocks[p.parent] == nil }
	if len(places) > 0 && !slices.ContainsFunc(places, func(p place) bool { return !gone(p) }) {
		owner := c.owner[places[0].parent]
		c.owner[id] = owner
		if l.presence(id) == present {
			c.changes[owner].Below++
		}
		return
	}
	c.owner[id] = len(c.changes)
	change := c.add(kind, l, id)
	change.From, change.To = c.a.shown(id), c.b.shown(id)
}

// compareChildren finds the children that two versions of a block list in another order or with another spelling.
func (c *comparison) compareChildren(old, now *Block) {
	if old == nil || now == nil || old == now {
		return
	}
	oldAt := make(map[occurrence]int, len(old.Children))
	for i, o := range occurrences(old.Children) {
		oldAt[o] = i
	}
	var common []key.BlockID
	var at []int // in the old list
	for i, o := range occurrences(now.Children) {
		j, ok := oldAt[o]
		if !ok {
			continue
		}
		common, at = append(common, o.id), append(at, j)
		if was, is := old.Children[j].Spelling, now.Children[i].Spelling; !slices.Equal(was, is) {
			c.pointers[o.id] = [2][]Attr{was, is}
		}
	}
	for i, stays := range longestIncreasing(at) {
		if !stays {
			c.moved[common[i]] = true
		}
	}
}

// occurrence tells the entries of a list apart that name the same child.
type occurrence struct {
	id  key.BlockID
	nth int
}

func occurrences(children []Child) []occurrence {
	seen := make(map[key.BlockID]int, len(children))
	list := make([]occurrence, len(children))
	for i := range children {
		id := children[i].ID
		list[i] = occurrence{id, seen[id]}
		seen[id]++
	}
	return list
}

// longestIncreasing marks the numbers of a longest increasing subsequence of different numbers.
func longestIncreasing(numbers []int) []bool {
	var ends []int // ends[n] is the index of the least number that ends an increasing subsequence of n+1 numbers
	before := make([]int, len(numbers))
	for i, n := range numbers {
		length, _ := slices.BinarySearchFunc(ends, n, func(end, n int) int { return cmp.Compare(numbers[end], n) })
		before[i] = -1
		if length > 0 {
			before[i] = ends[length-1]
		}
		if length == len(ends) {
			ends = append(ends, i)
		} else {
			ends[length] = i
		}
	}
	marked := make([]bool, len(numbers))
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = before[i] {
			marked[i] = true
		}
	}
	return marked
}

// elsewhere reports whether a block of both trees has other parents. Parents that only one tree has do not count, unless the
// block has no others: they have changes of their own.
func (c *comparison) elsewhere(id key.BlockID) bool {
	old, now := c.a.places[id], c.b.places[id]
	if slices.EqualFunc(old, now, func(p, q place) bool { return p.parent == q.parent }) {
		return false
	}
	was, is := lasting(old, c.b), lasting(now, c.a)
	return len(was) == 0 || !slices.Equal(was, is)
}

// lasting lists the parents among places that the other tree has, sorted.
func lasting(places []place, other *layout) (parents []key.BlockID) {
	for _, p := range places {
		if other.tree.Blocks[p.parent] != nil {
			parents = append(parents, p.parent)
		}
	}
	slices.SortFunc(parents, compareBlockIDs)
	return parents
}
