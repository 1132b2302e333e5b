package modulestore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// maxDepth is the number of blocks inside each other that a tree may have. Courses have five or six.
const maxDepth = 1000

// maxPlaces is the number of entries that all lists of children of a tree may have together.
const maxPlaces = 1 << 20

var (
	errTooDeep  = fmt.Errorf("more than %d blocks inside each other", maxDepth)
	errTooLarge = fmt.Errorf("more than %d children in one tree", maxPlaces)
)

// normalTree returns t without unreachable blocks and with Detached in order: sorted, each there, none listed by a block.
// Equal content has one normal tree, and only normal trees are stored. t is not changed.
func normalTree(t *Tree) *Tree {
	reached := make(map[key.BlockID]*Block, len(t.Blocks))
	listed := make(map[key.BlockID]bool, len(t.Detached))
	for _, id := range t.Detached {
		listed[id] = id == t.Root || t.Blocks[id] == nil
	}
	t.Walk(func(b *Block, _ key.BlockID) bool {
		reached[b.ID] = b
		for i := range b.Children {
			if _, ok := listed[b.Children[i].ID]; ok {
				listed[b.Children[i].ID] = true
			}
		}
		return true
	})
	normal := *t
	normal.Blocks, normal.Detached = reached, nil
	for id, has := range listed {
		if !has {
			normal.Detached = append(normal.Detached, id)
		}
	}
	slices.SortFunc(normal.Detached, compareBlockIDs)
	return &normal
}

func compareBlockIDs(a, b key.BlockID) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name))
}

// index answers who lists whom in one tree. Children that are in no tree (dangling) are in it like others.
type index struct {
	// first is the parent that lists a block first in document order; the root and detached blocks have none.
	first map[key.BlockID]key.BlockID
	// more are the other places, in document order; a parent that lists a child twice is there too.
	more map[key.BlockID][]key.BlockID
}

// indexTree walks a normal tree once. It fails if the tree has no root, contains itself, is too deep or is not normal.
func indexTree(t *Tree) (*index, error) {
	w := indexer{
		index: index{first: make(map[key.BlockID]key.BlockID, len(t.Blocks))},
		tree:  t,
		tops:  map[key.BlockID]bool{t.Root: true},
	}
	for _, id := range t.Detached {
		w.tops[id] = true
	}
	for _, id := range append([]key.BlockID{t.Root}, t.Detached...) {
		b := t.Blocks[id]
		if b == nil {
			return nil, fmt.Errorf("block %s is missing at the top of the tree", id)
		}
		if err := w.walk(b); err != nil {
			return nil, err
		}
	}
	if w.visited != len(t.Blocks) {
		return nil, fmt.Errorf("%d blocks cannot be reached from the root", len(t.Blocks)-w.visited)
	}
	return &w.index, nil
}

type indexer struct {
	index
	tree    *Tree
	tops    map[key.BlockID]bool // root and detached blocks
	path    []key.BlockID        // from the top to the block that is being visited
	visited int
	places  int
}

func (w *indexer) walk(b *Block) error {
	if len(w.path) == maxDepth {
		return fmt.Errorf("block %s: %w", b.ID, errTooDeep)
	}
	w.visited++
	w.path = append(w.path, b.ID)
	for i := range b.Children {
		if err := w.child(b.ID, b.Children[i].ID); err != nil {
			return err
		}
	}
	w.path = w.path[:len(w.path)-1]
	return nil
}

func (w *indexer) child(parent, id key.BlockID) error {
	if w.places++; w.places > maxPlaces {
		return errTooLarge
	}
	if slices.Contains(w.path, id) {
		return w.cycle(id)
	}
	if w.tops[id] {
		return fmt.Errorf("block %s lists %s, which must have no parent", parent, id)
	}
	if _, known := w.first[id]; known {
		if w.more == nil {
			w.more = make(map[key.BlockID][]key.BlockID)
		}
		w.more[id] = append(w.more[id], parent)
		return nil
	}
	w.first[id] = parent
	if b := w.tree.Blocks[id]; b != nil {
		return w.walk(b)
	}
	return nil
}

func (w *indexer) cycle(id key.BlockID) error {
	var names []string
	for _, step := range w.path[slices.Index(w.path, id):] {
		names = append(names, step.String())
	}
	return fmt.Errorf("a block contains itself: %s > %s", strings.Join(names, " > "), id)
}

// shared reports whether any block has more than one place in the tree.
func (ix *index) shared() bool { return len(ix.more) > 0 }

// parents lists the parents of a block, the first in document order first.
func (ix *index) parents(id key.BlockID) []key.BlockID {
	first, ok := ix.first[id]
	if !ok {
		return nil
	}
	list := []key.BlockID{first}
	for _, p := range ix.more[id] {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// path lists the blocks from the root, or from a detached block, down to id.
func (ix *index) path(id key.BlockID) []key.BlockID {
	list := []key.BlockID{id}
	for parent, ok := ix.first[id]; ok; parent, ok = ix.first[parent] {
		list = append(list, parent)
	}
	slices.Reverse(list)
	return list
}
