package outline

import (
	"cmp"
	"slices"

	"lectern/courses/schedule"
)

// rungs is after how many steps of a ladder a mask is kept, a compromise between room and time.
const rungs = 64

// ladder tells which blocks are closed at an schedule.Instant, where each closes or opens at one of its own. The steps are sorted so that those in
// effect come first.
type ladder struct {
	after bool // a step is in effect after its instant; otherwise before it
	steps []step
	masks []Mask // masks[i]: the blocks of the first (i+1)·rungs steps
}

type step struct {
	node, end int
	at        schedule.Instant
}

func newLadder(after bool, steps []step, blocks int) ladder {
	l := ladder{after: after, steps: steps}
	slices.SortStableFunc(l.steps, func(a, b step) int {
		if after {
			return cmp.Compare(a.at, b.at)
		}
		return cmp.Compare(b.at, a.at)
	})
	sum := NewMask(blocks)
	for i, s := range l.steps {
		sum.AddSpan(s.node, s.end)
		if (i+1)%rungs == 0 {
			l.masks = append(l.masks, slices.Clone(sum))
		}
	}
	return l
}

// holds reports whether a date has its effect at an instant.
func (l *ladder) holds(date, at schedule.Instant) bool {
	if l.after {
		return date != never && at > date
	}
	return date != never && at < date
}

// change gives the schedule.Instant after at from which the effect of a date is another one; never if there is none.
func (l *ladder) change(date, at schedule.Instant) schedule.Instant {
	switch {
	case date == never:
		return never
	case l.after && date >= at:
		return date + tick
	case !l.after && date > at:
		return date
	default:
		return never
	}
}

// count is how many steps are in effect.
func (l *ladder) count(at schedule.Instant) int {
	n, _ := slices.BinarySearchFunc(l.steps, at, func(s step, at schedule.Instant) int {
		if l.holds(s.at, at) {
			return -1
		}
		return 1
	})
	return n
}

// add adds the blocks of the first steps to a mask.
func (l *ladder) add(m Mask, count int) {
	full := count / rungs
	if full > 0 {
		m.Add(l.masks[full-1])
	}
	for _, s := range l.steps[full*rungs : count] {
		m.AddSpan(s.node, s.end)
	}
}

// next gives when the first of the steps changes that skip does not leave out. count is that of the same instant.
func (l *ladder) next(at schedule.Instant, count int, skip func(node int) bool) schedule.Instant {
	for i := range l.steps {
		k := count + i // those that are to come into effect
		if !l.after {
			k = count - 1 - i // those that are to go out of it
		}
		if k < 0 || k >= len(l.steps) {
			break
		}
		if !skip(l.steps[k].node) {
			return l.change(l.steps[k].at, at)
		}
	}
	return never
}
