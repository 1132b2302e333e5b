package schedule

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"lectern/modulestore/key"
)

// Move is a date that is another one in another plan, and for whom.
type Move struct {
	Block    key.BlockID
	Kind     Kind    // Release, Due, Close or CourseEnd
	From, To Instant // none: there is no such date
	Group    string  // whose due date To is, or From where there is none any more; empty for all others
	Learners []int   // their places in the list, in its order
}

// Simulate tells which dates move for which learners when one plan takes the place of another: a course that starts later, a section more, another end. Moves
// come in the order of the new plan's blocks, then those of blocks that it does not have, and no more than those of one block are held at a time. A block
// opens when all above it have; it closes with its due date, so Close is only told when grace alone moves it.
func Simulate(before, after *Plan, learners []Learner) iter.Seq[Move] {
	return func(yield func(Move) bool) {
		if before.end != after.end && !yield(Move{Block: after.blocks[0].ID, Kind: CourseEnd, From: before.end, To: after.end, Learners: all(learners)}) {
			return
		}
		for now := range after.blocks {
			id := after.blocks[now].ID
			was, ok := before.Find(id)
			if !ok {
				was = Nowhere
			}
			if !moves(id, before, was, after, now, learners, yield) {
				return
			}
		}
		for was := range before.blocks {
			id := before.blocks[was].ID
			if _, still := after.Find(id); !still && !moves(id, before, was, after, Nowhere, learners, yield) {
				return
			}
		}
	}
}

func all(learners []Learner) []int {
	list := make([]int, len(learners))
	for i := range list {
		list[i] = i
	}
	return list
}

// moves tells of the moves of one block.
func moves(id key.BlockID, before *Plan, was int, after *Plan, now int, learners []Learner, yield func(Move) bool) bool {
	found := make(map[move][]int)
	for i := range learners {
		from, to := before.at(was, &learners[i]), after.at(now, &learners[i])
		note := func(kind Kind, from, to Instant, group string) {
			if m := (move{kind, from, to, group}); from != to {
				found[m] = append(found[m], i)
			}
		}
		note(Release, from.EffectiveStart, to.EffectiveStart, "")
		group := groupOf(before, &from, after, &to, &learners[i])
		note(Due, from.Due, to.Due, group)
		if from.Due == to.Due {
			note(Close, from.Close, to.Close, group)
		}
	}
	for _, m := range slices.SortedFunc(maps.Keys(found), move.compare) {
		if !yield(Move{id, m.kind, m.from, m.to, m.group, found[m]}) {
			return false
		}
	}
	return true
}

// at gives the dates at a place, none at all at Nowhere.
func (p *Plan) at(place int, l *Learner) Dates {
	if place == Nowhere {
		return Dates{}
	}
	return p.One(l, place)
}

// move is what is the same for the learners of a Move of a block.
type move struct {
	kind     Kind
	from, to Instant
	group    string
}

func (m move) compare(other move) int {
	return cmp.Or(cmp.Compare(m.kind, other.kind), cmp.Compare(m.from, other.from), cmp.Compare(m.to, other.to), cmp.Compare(m.group, other.group))
}

// NextChange gives the first instant after at from which something is otherwise, as far as these dates go: a block opens, is past due, closed or hidden.
// None: nothing changes any more.
func NextChange(dates []Dates, at Instant) Instant {
	var next Instant
	sooner := func(i Instant) {
		if i > at && (next == 0 || i < next) {
			next = i
		}
	}
	for i := range dates {
		d := &dates[i]
		sooner(d.EffectiveStart)
		for _, last := range [...]Instant{d.Due, d.Close, d.HiddenAfter} {
			if last != 0 {
				sooner(last + 1)
			}
		}
	}
	return next
}

// groupOf names the group whose due date comes, or goes.
func groupOf(before *Plan, from *Dates, after *Plan, to *Dates, l *Learner) string {
	switch {
	case to.Source == FromGroup:
		return l.GroupOf(after.blocks[to.DueFrom].ID)
	case to.Due == 0 && from.Source == FromGroup:
		return l.GroupOf(before.blocks[from.DueFrom].ID)
	}
	return ""
}
