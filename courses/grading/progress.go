package grading

import "lectern/modulestore/key"

// Progress is how far a learner has come in a part of a course. A block that is reached on two ways counts once.
type Progress struct {
	Earned float64 // completion of the leaves added up
	Done   int     // leaves that are complete
	Leaves int     // that can be completed, and that the learner may open
	Units  Units
}

// Units counts the units of a part of a course. A unit with gated content is locked, neither complete nor incomplete.
type Units struct{ Complete, Incomplete, Locked int }

// Share is the completion from 0 to 1, by leaves. Where nothing can be completed it is 1.
func (p Progress) Share() float64 {
	if p.Leaves == 0 {
		return 1
	}
	return p.Earned / float64(p.Leaves)
}

// Complete reports whether every leaf is done: also where there is none, so that a unit with a discussion alone holds nobody up.
func (p Progress) Complete() bool { return p.Done == p.Leaves }

// Share is the part of the units that are not locked which is complete, from 0 to 1. Where there is none it is 1.
func (u Units) Share() float64 {
	if open := u.Complete + u.Incomplete; open > 0 {
		return float64(u.Complete) / float64(open)
	}
	return 1
}

// Rollup is the progress of one learner in all parts of a course.
type Rollup struct {
	outline *Outline
	values  []float64 // by leaf
	units   []unitState
}

type unitState int

const (
	incompleteUnit unitState = iota
	completeUnit
	lockedUnit
)

// Progress rolls up what a learner has completed. Values below 0 count as 0, those above 1 as 1; blocks that are not in the outline do not count.
func (o *Outline) Progress(completed map[key.BlockID]float64) *Rollup {
	r := &Rollup{outline: o, values: make([]float64, len(o.leaves)), units: make([]unitState, len(o.units))}
	for n, i := range o.leaves {
		r.values[n] = unit(completed[o.blocks[i].Key])
	}
	for n, i := range o.units {
		switch b := &o.blocks[i]; {
		case b.locked || !b.open:
			r.units[n] = lockedUnit
		case r.leavesOf(b).Complete():
			r.units[n] = completeUnit
		}
	}
	return r
}

// Of gives the progress in a block and below it. In a block that is not there, nothing can be completed.
func (r *Rollup) Of(id key.BlockID) Progress {
	i, found := r.outline.index[id]
	if !found {
		return Progress{}
	}
	b := &r.outline.blocks[i]
	p := r.leavesOf(b)
	for _, s := range b.units {
		for _, state := range r.units[s.from:s.to] {
			switch state {
			case completeUnit:
				p.Units.Complete++
			case lockedUnit:
				p.Units.Locked++
			default:
				p.Units.Incomplete++
			}
		}
	}
	return p
}

// Course gives the progress in the whole course.
func (r *Rollup) Course() Progress {
	if len(r.outline.blocks) == 0 {
		return Progress{}
	}
	return r.Of(r.outline.blocks[0].Key)
}

func (r *Rollup) leavesOf(b *block) (p Progress) {
	for _, s := range b.leaves {
		for _, value := range r.values[s.from:s.to] {
			p.Earned += value
			p.Done += int(value) // 1 when complete
			p.Leaves++
		}
	}
	return p
}

// Bits gives a bit for each leaf of the outline, in document order from the lowest bit of the first byte: set for those that are complete.
func (r *Rollup) Bits() []byte {
	bits := make([]byte, (len(r.values)+7)/8)
	for i, value := range r.values {
		if value == 1 {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}
