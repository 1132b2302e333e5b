package outline

import (
	"iter"
	"time"
)

// Change is an schedule.Instant at which a learner gets something else than before.
type Change struct {
	At     time.Time
	Blocks []BlockChange // in document order
}

// BlockChange is what becomes of a block.
type BlockChange struct {
	Node    int
	Was, Is Verdict
}

// Timeline gives what changes for a learner after one schedule.Instant and until another, if the facts stay as they are. It is about what the learner
// gets, whoever looks.
func (c *Course) Timeline(f *Facts, from, to time.Time, o Options) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		before, after := c.newView(), c.newView()
		before.evaluate(c, f, from, o)
		for at := before.NextChange; !at.IsZero() && !at.After(to); at = before.NextChange {
			after.evaluate(c, f, at, o)
			if list := differences(before, after); list != nil && !yield(Change{at, list}) {
				return
			}
			before, after = after, before
		}
	}
}

func differences(a, b *View) (list []BlockChange) {
	for i := range a.Course.Nodes {
		if was, is := a.Learner(i), b.Learner(i); was != is {
			list = append(list, BlockChange{i, was, is})
		}
	}
	return list
}
