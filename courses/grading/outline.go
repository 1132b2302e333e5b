package grading

import (
	"slices"

	"lectern/modulestore/key"
)

// Access is whether a learner may open a block, apart from what stands above it.
type Access int

const (
	Open       Access = iota
	Locked            // to be seen, not to be opened: gated content
	Unreleased        // not there yet; where progress is to count what is still to come, it is given as Open
)

// Block is a block of a course as one learner, or a group of learners alike, has it. Blocks that they do not have are absent.
type Block struct {
	Key      key.BlockID
	Mode     Mode
	Access   Access
	Children []key.BlockID
}

// Outline is a course made ready for roll-ups: made once, used for every learner who has these blocks, also at the same time.
type Outline struct {
	blocks []block
	index  map[key.BlockID]int
	leaves []int // blocks that are counted, in document order
	units  []int // outermost verticals, in document order
}

type block struct {
	Block
	children []int
	parent   int  // the first; -1 of the root
	open     bool // reached from the root through open blocks
	locked   bool // has gated content
	leaves   []span
	units    []span
}

// span is a range of leaf or unit numbers. A subtree is one span, unless some of it stood elsewhere before.
type span struct{ from, to int }

// NewOutline makes an outline. The first block is the root; children that are absent are passed over, and so are pointers back to a block above.
func NewOutline(blocks []Block) *Outline {
	o := &Outline{blocks: make([]block, 0, len(blocks)), index: make(map[key.BlockID]int, len(blocks))}
	for _, b := range blocks {
		if _, again := o.index[b.Key]; !again {
			o.index[b.Key] = len(o.blocks)
			o.blocks = append(o.blocks, block{Block: b, parent: -1})
		}
	}
	if len(o.blocks) > 0 {
		o.link()
		o.reach(0)
		o.numberLeaves(0, make([]bool, len(o.blocks)))
		o.numberUnits(0, make([]bool, len(o.blocks)))
	}
	return o
}

// link finds the children of each block in document order. A child that is above its parent is left out.
func (o *Outline) link() {
	const unseen, above, left = 0, 1, 2
	state := make([]int, len(o.blocks))
	var visit func(i int)
	visit = func(i int) {
		state[i] = above
		b := &o.blocks[i]
		for _, id := range b.Children {
			c, found := o.index[id]
			if !found || state[c] == above {
				continue
			}
			b.children = append(b.children, c)
			if state[c] == unseen {
				o.blocks[c].parent = i
				visit(c)
			}
			b.locked = b.locked || o.blocks[c].locked
		}
		b.locked = b.locked || b.Access == Locked
		state[i] = left
	}
	visit(0)
}

// reach marks what can be opened, block by block from the root.
func (o *Outline) reach(i int) {
	b := &o.blocks[i]
	if b.Access != Open || b.open {
		return
	}
	b.open = true
	for _, c := range b.children {
		o.reach(c)
	}
}

// numberLeaves numbers the completable blocks that can be opened, and gives each aggregator above them its leaves.
func (o *Outline) numberLeaves(i int, seen []bool) []span {
	b := &o.blocks[i]
	switch {
	case !b.open || seen[i]:
	case b.Mode == Completable:
		b.leaves = []span{{len(o.leaves), len(o.leaves) + 1}}
		o.leaves = append(o.leaves, i)
	case b.Mode == Aggregator:
		for _, c := range b.children {
			b.leaves = append(b.leaves, o.numberLeaves(c, seen)...)
		}
		b.leaves = union(b.leaves)
	}
	seen[i] = true
	return b.leaves
}

// numberUnits numbers the outermost verticals, the locked ones too, and gives each aggregator above them its units.
func (o *Outline) numberUnits(i int, seen []bool) []span {
	b := &o.blocks[i]
	switch {
	case b.Access == Unreleased || b.Mode != Aggregator || seen[i]:
	case b.Key.Type == "vertical":
		b.units = []span{{len(o.units), len(o.units) + 1}}
		o.units = append(o.units, i)
	default:
		for _, c := range b.children {
			b.units = append(b.units, o.numberUnits(c, seen)...)
		}
		b.units = union(b.units)
	}
	seen[i] = true
	return b.units
}

// union joins spans that touch.
func union(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return a.from - b.from })
	var joined []span
	for _, s := range list {
		if last := len(joined) - 1; last >= 0 && s.from <= joined[last].to {
			joined[last].to = max(joined[last].to, s.to)
		} else {
			joined = append(joined, s)
		}
	}
	return joined
}
