package grading

import (
	"slices"

	"lectern/modulestore/key"
)

// Position is where a learner was on one device.
type Position struct {
	Device  string
	Block   key.BlockID
	Inner   string // second of a video, page, tab
	Clock   int64  // hybrid logical clock
	Suspect bool   // the clock of the device cannot be trusted
}

// Place is where a learner goes on.
type Place struct {
	Block  key.BlockID
	Inner  string // only in the very block that the learner left
	Device string // that the learner left; empty at the start of the course
}

// Resume finds where a learner goes on: the newest position of a device whose clock can be trusted, of two at the same time that of the device with the
// greater name. If the block cannot be opened now, it is the next sibling that can, else the first leaf of the nearest part above that can, else the
// first of the course. then is the outline that the position was made in (nil: the same); it tells where a block stood that is gone.
func (o *Outline) Resume(then *Outline, positions []Position) Place {
	var newest *Position
	for i := range positions {
		if p := &positions[i]; !p.Suspect && (newest == nil || p.Clock > newest.Clock || p.Clock == newest.Clock && p.Device > newest.Device) {
			newest = p
		}
	}
	if newest == nil {
		return Place{Block: o.start()}
	}
	if o.opens(newest.Block) {
		return Place{newest.Block, newest.Inner, newest.Device}
	}
	if at, found := o.near(o, newest.Block); found {
		return Place{Block: at, Device: newest.Device}
	}
	if then != nil {
		if at, found := o.near(then, newest.Block); found {
			return Place{Block: at, Device: newest.Device}
		}
	}
	return Place{Block: o.start()}
}

// opens reports whether a learner may open the block.
func (o *Outline) opens(id key.BlockID) bool {
	i, found := o.index[id]
	return found && o.blocks[i].open
}

// near finds what is nearest to where a block stands in the outline was, and can be opened in o. The course itself is not near.
func (o *Outline) near(was *Outline, id key.BlockID) (key.BlockID, bool) {
	i, found := was.index[id]
	if !found || was.blocks[i].parent < 0 {
		return key.BlockID{}, false
	}
	parent := &was.blocks[was.blocks[i].parent]
	after := parent.children[slices.Index(parent.children, i)+1:]
	for _, c := range after {
		if sibling := was.blocks[c].Key; o.opens(sibling) {
			return sibling, true
		}
	}
	for parent.parent >= 0 {
		if j, found := o.index[parent.Key]; found && o.blocks[j].open {
			if leaf, found := o.firstLeaf(j); found {
				return leaf, true
			}
		}
		parent = &was.blocks[parent.parent]
	}
	return key.BlockID{}, false
}

// firstLeaf finds the first block without children below i that can be opened.
func (o *Outline) firstLeaf(i int) (key.BlockID, bool) {
	seen := make(map[int]bool)
	var visit func(i int) (key.BlockID, bool)
	visit = func(i int) (key.BlockID, bool) {
		b := &o.blocks[i]
		if !b.open || seen[i] {
			return key.BlockID{}, false
		}
		seen[i] = true
		if len(b.children) == 0 && b.Mode != Aggregator {
			return b.Key, true
		}
		for _, c := range b.children {
			if leaf, found := visit(c); found {
				return leaf, true
			}
		}
		return key.BlockID{}, false
	}
	return visit(i)
}

// start is the first leaf of the course, or the course itself while there is none.
func (o *Outline) start() key.BlockID {
	if len(o.blocks) == 0 {
		return key.BlockID{}
	}
	if leaf, found := o.firstLeaf(0); found {
		return leaf
	}
	return o.blocks[0].Key
}
