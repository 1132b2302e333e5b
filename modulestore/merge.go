package modulestore

import (
	"maps"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// A merge has three sides: base, the last state that two lines of versions have in common; theirs, the head of the course; and ours, what is to be
// brought into it, an author's edit or another version.

// Conflict is one thing that theirs and ours have both changed since base, and not alike.
type Conflict struct {
	Branch Branch      // Draft, Published or BothBranches; empty for a file
	Block  key.BlockID // zero for a file
	Title  string      // of the block, as displayed
	Kind   ConflictKind
	// FieldConflict says which field, and what the three sides have in it. Of a block that one side has removed, and of one that both have moved,
	// these are the blocks that list it, under the name "parents"; nil where it does not exist.
	FieldConflict
}

// ConflictKind says what kind of changes do not go together.
type ConflictKind string

// The kinds of conflicts.
const (
	ConflictValue   ConflictKind = "value"              // one field has two new values
	ConflictOrder   ConflictKind = "order"              // the children have two new orders
	ConflictRemoved ConflictKind = "edited-and-removed" // one side has removed what the other has changed, moved, or put something into
	ConflictMoved   ConflictKind = "moved-twice"        // to two places
	ConflictAdded   ConflictKind = "added-twice"        // two new blocks have one key
	ConflictCycle   ConflictKind = "contains-itself"    // each side has moved one of two blocks into the other
	ConflictPlace   ConflictKind = "no-place-left"      // the sides have removed different places of a block, and so all
	ConflictFile    ConflictKind = "file"               // a file of the archive has two new contents
)

// InOutline and InFiles are values of FieldConflict.In: where a block is listed, and a file of the archive, which Name is the path of.
const (
	InOutline = "outline"
	InFiles   = "files"
)

// mergedTree is what a merge of trees comes to. With conflicts the tree is of no use.
type mergedTree struct {
	tree      *Tree // not normal
	bodies    map[ID]*Body
	conflicts []Conflict
}

// mergeTrees merges two normal trees that descend from base, by block key; any of them may be empty. What only one side has changed is as there, so
// blocks may be added, removed and moved on either side; a block that both have changed is merged by mergeBlock. The blocks that ours has left alone
// are those of theirs, not copies. body gives the body of a name; it is asked for those of blocks that both have changed.
func mergeTrees(base, theirs, ours *Tree, body func(ID) (*Body, error)) (*mergedTree, error) {
	return newTreeMerge(base, theirs, ours).run(body)
}

type treeMerge struct {
	base, theirs, ours *Tree
	they, we           *treeChanges
	result             mergedTree
}

func newTreeMerge(base, theirs, ours *Tree) *treeMerge {
	return &treeMerge{base: base, theirs: theirs, ours: ours, they: changesOf(base, theirs), we: changesOf(base, ours)}
}

// treeChanges are the blocks that differ between base and one side.
type treeChanges struct {
	// records are the blocks with another record, those that only one of the two has included.
	records map[key.BlockID]bool
	// gained and lost are the parents that list a block now and did not, and the other way round. The zero key stands for being detached.
	gained, lost map[key.BlockID][]key.BlockID
}

func changesOf(base, side *Tree) *treeChanges {
	c := &treeChanges{
		records: make(map[key.BlockID]bool),
		gained:  make(map[key.BlockID][]key.BlockID),
		lost:    make(map[key.BlockID][]key.BlockID),
	}
	for _, id := range replacedBlocks(side, base) {
		was, is := base.Blocks[id], side.Blocks[id]
		if was == nil || is == nil || !sameState(State{Block: was}, State{Block: is}) {
			c.records[id] = true
			c.parents(id, childIDs(was), childIDs(is))
		}
	}
	c.parents(key.BlockID{}, setOf(base.Detached), setOf(side.Detached))
	return c
}

func (c *treeChanges) parents(parent key.BlockID, was, is map[key.BlockID]bool) {
	for id := range is {
		if !was[id] {
			c.gained[id] = append(c.gained[id], parent)
		}
	}
	for id := range was {
		if !is[id] {
			c.lost[id] = append(c.lost[id], parent)
		}
	}
}

func childIDs(b *Block) map[key.BlockID]bool {
	if b == nil {
		return nil
	}
	ids := make(map[key.BlockID]bool, len(b.Children))
	for i := range b.Children {
		ids[b.Children[i].ID] = true
	}
	return ids
}

// moved reports whether a block has got other parents instead of old ones.
func (c *treeChanges) moved(id key.BlockID) bool { return len(c.gained[id]) > 0 && len(c.lost[id]) > 0 }

// bothChanged lists the blocks whose bodies a merge needs, sorted.
func (m *treeMerge) bothChanged() (ids []key.BlockID) {
	for id := range m.we.records {
		if m.they.records[id] {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, compareBlockIDs)
	return ids
}

func (m *treeMerge) run(body func(ID) (*Body, error)) (*mergedTree, error) {
	m.result = mergedTree{
		tree:   &Tree{Root: m.theirs.Root, Blocks: maps.Clone(m.theirs.Blocks), Detached: m.detached()},
		bodies: make(map[ID]*Body),
	}
	if m.result.tree.Blocks == nil {
		m.result.tree.Blocks = make(map[key.BlockID]*Block)
	}
	for id := range m.we.records {
		if !m.they.records[id] {
			m.set(id, m.ours.Blocks[id])
		}
	}
	for _, id := range m.bothChanged() {
		if err := m.both(id, body); err != nil {
			return nil, err
		}
	}
	m.root()
	m.places()
	m.cycles()
	if len(m.result.conflicts) == 0 {
		m.unplaced()
	}
	return &m.result, nil
}

func (m *treeMerge) set(id key.BlockID, b *Block) {
	if b == nil {
		delete(m.result.tree.Blocks, id)
		return
	}
	m.result.tree.Blocks[id] = b
}

func (m *treeMerge) conflict(kind ConflictKind, id key.BlockID, field FieldConflict) {
	c := Conflict{Block: id, Kind: kind, FieldConflict: field}
	for _, t := range []*Tree{m.theirs, m.ours} {
		if b := t.Blocks[id]; b != nil {
			c.Title = displayName(b)
			break
		}
	}
	m.result.conflicts = append(m.result.conflicts, c)
}

// both merges a block that both sides have changed.
func (m *treeMerge) both(id key.BlockID, body func(ID) (*Body, error)) error {
	var sides [3]State
	for i, t := range []*Tree{m.base, m.theirs, m.ours} {
		b := t.Blocks[id]
		if b == nil {
			continue
		}
		sides[i].Block = b
		if !b.Body.IsZero() {
			var err error
			if sides[i].Body, err = body(b.Body); err != nil {
				return err
			}
		}
	}
	base, theirs, ours := sides[0], sides[1], sides[2]
	switch {
	case theirs.Block == nil && ours.Block == nil:
		return nil
	case theirs.Block == nil || ours.Block == nil:
		m.conflict(ConflictRemoved, id, m.parents(id))
		return nil
	}
	merged, conflicts := mergeBlock(base, theirs, ours)
	for _, c := range conflicts {
		kind := ConflictValue
		switch {
		case base.Block == nil:
			kind = ConflictAdded
		case c.In == InContent && c.Name == "children":
			kind = ConflictOrder
		}
		m.conflict(kind, id, c)
	}
	m.set(id, merged.Block)
	if merged.Body != nil {
		m.result.bodies[merged.Block.Body] = merged.Body
	}
	return nil
}

// root merges what the tree says of its root.
func (m *treeMerge) root() {
	fields := blockMerge{known: true}
	name := func(t *Tree) *string {
		if t.Root.IsZero() {
			return nil
		}
		text := t.Root.String()
		return &text
	}
	if fields.pick(InOutline, "root", name(m.base), name(m.theirs), name(m.ours)) {
		m.result.tree.Root = m.ours.Root
	}
	m.result.tree.Pointer = fields.list(InPointer, m.base.Pointer, m.theirs.Pointer, m.ours.Pointer)
	for _, c := range fields.conflicts {
		m.conflict(ConflictValue, m.result.tree.Root, c)
	}
}

// detached are the blocks that are detached on both sides, or newly on one.
func (m *treeMerge) detached() (list []key.BlockID) {
	was, they, we := setOf(m.base.Detached), setOf(m.theirs.Detached), setOf(m.ours.Detached)
	for _, id := range m.theirs.Detached {
		if we[id] || !was[id] {
			list = append(list, id)
		}
	}
	for _, id := range m.ours.Detached {
		if !they[id] && !was[id] {
			list = append(list, id)
		}
	}
	return list
}

// places finds the blocks that got places which do not go together with what the other side has done to them.
func (m *treeMerge) places() {
	for _, id := range slices.SortedFunc(maps.Keys(m.we.gained), compareBlockIDs) {
		switch {
		case m.base.Blocks[id] == nil && m.theirs.Blocks[id] != nil && m.ours.Blocks[id] != nil:
			if !sameParents(m.they.gained[id], m.we.gained[id]) {
				m.conflict(ConflictAdded, id, m.parents(id))
			}
		case m.they.moved(id) && m.we.moved(id) && !sameParents(m.they.gained[id], m.we.gained[id]):
			m.conflict(ConflictMoved, id, m.parents(id))
		}
		m.movedAndRemoved(id, m.theirs, m.we)
	}
	for _, id := range slices.SortedFunc(maps.Keys(m.they.gained), compareBlockIDs) {
		m.movedAndRemoved(id, m.ours, m.they)
	}
}

// movedAndRemoved finds a block that one side has removed while the other has put it to another place and left it alone otherwise.
func (m *treeMerge) movedAndRemoved(id key.BlockID, removed *Tree, moved *treeChanges) {
	if m.base.Blocks[id] != nil && removed.Blocks[id] == nil && !moved.records[id] {
		m.conflict(ConflictRemoved, id, m.parents(id))
	}
}

func sameParents(a, b []key.BlockID) bool { return equalSets(setOf(a), setOf(b)) }

// parents tells where the three sides list a block.
func (m *treeMerge) parents(id key.BlockID) FieldConflict {
	return FieldConflict{
		In: InOutline, Name: "parents",
		Base: parentsText(m.base, id), Theirs: parentsText(m.theirs, id), Ours: parentsText(m.ours, id),
	}
}

// parentsText lists the parents of a block, one on each line; nil if there is no such block.
func parentsText(t *Tree, id key.BlockID) *string {
	if t.Blocks[id] == nil {
		return nil
	}
	var names []string
	for parent, b := range t.Blocks {
		if lists(b, id) {
			names = append(names, parent.String())
		}
	}
	slices.Sort(names)
	text := strings.Join(names, "\n")
	return &text
}

// cycles finds blocks that contain themselves, which only those can that list other children on either side. A cycle is named by its first key.
func (m *treeMerge) cycles() {
	done := make(map[key.BlockID]bool)
	var path []key.BlockID
	var visit func(id key.BlockID)
	visit = func(id key.BlockID) {
		b := m.result.tree.Blocks[id]
		if b == nil || done[id] {
			return
		}
		if i := slices.Index(path, id); i >= 0 {
			first := slices.MinFunc(path[i:], compareBlockIDs)
			m.conflict(ConflictCycle, first, m.parents(first))
			return
		}
		path = append(path, id)
		for i := range b.Children {
			visit(b.Children[i].ID)
		}
		path = path[:len(path)-1]
		done[id] = true
	}
	for _, id := range slices.SortedFunc(maps.Keys(m.we.records), compareBlockIDs) {
		visit(id)
	}
}

// unplaced finds blocks that no side has removed and that have no place in the merged tree.
func (m *treeMerge) unplaced() {
	normal := normalTree(m.result.tree)
	if len(normal.Blocks) == len(m.result.tree.Blocks) {
		return
	}
	below := make(map[key.BlockID]bool)
	var lost []key.BlockID
	for id, b := range m.result.tree.Blocks {
		if normal.Blocks[id] == nil {
			lost = append(lost, id)
			maps.Copy(below, childIDs(b))
		}
	}
	slices.SortFunc(lost, compareBlockIDs)
	for _, id := range lost {
		if !below[id] {
			m.conflict(ConflictPlace, id, m.parents(id))
		}
	}
}
