package grading

import "iter"

// Learner is one learner's grades of subsections before and after a change, in course order.
type Learner struct {
	ID     string
	Before []SubsectionGrade
	After  []SubsectionGrade // nil: the same as before, as when only the policy changes
}

// Change is what a change of policy, content or scores does to one learner. Whoever tells learners that they pass or fail tells it on a change alone.
type Change struct {
	Learner       string
	Before, After Outcome
}

// Any reports whether something changes at all.
func (c Change) Any() bool { return c.Before != c.After }

// Letter reports whether the letter changes.
func (c Change) Letter() bool { return c.Before.Letter != c.After.Letter }

// NowPassing reports whether a failing learner passes.
func (c Change) NowPassing() bool { return !c.Before.Passed && c.After.Passed }

// NowFailing reports whether a passing learner fails.
func (c Change) NowFailing() bool { return c.Before.Passed && !c.After.Passed }

// Recalculate previews a change: it gives the learners whose outcome changes, in the order they come, and changes nothing. It holds one learner at a
// time, so a course of any size can be streamed through it. Before and after may be the same policy.
func Recalculate(before, after *Policy, learners iter.Seq[Learner]) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		for l := range learners {
			later := l.After
			if later == nil {
				later = l.Before
			}
			c := Change{l.ID, before.Grade(Versions{}, l.Before).Outcome, after.Grade(Versions{}, later).Outcome}
			if c.Any() && !yield(c) {
				return
			}
		}
	}
}

// Tally sums up changes.
type Tally struct {
	Changed    int // learners whose percent, letter or pass changes
	Raised     int // percent
	Lowered    int
	Letters    int // letter changes
	NowPassing int
	NowFailing int
}

// Add counts one change.
func (t *Tally) Add(c Change) {
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	count(&t.Changed, c.Any())
	count(&t.Raised, c.After.Percent > c.Before.Percent)
	count(&t.Lowered, c.After.Percent < c.Before.Percent)
	count(&t.Letters, c.Letter())
	count(&t.NowPassing, c.NowPassing())
	count(&t.NowFailing, c.NowFailing())
}
