package schedule

import (
	"cmp"
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
	Learners []string
}

// Simulate tells which dates move for which learners when one plan takes the place of another: a course that starts later, a section more, another end.
// Moves are in the order of the new plan's blocks, then come blocks that it does not have. A block opens when all above it have; it closes with its due
// date, so Close is only told when grace alone moves it.
func Simulate(before, after *Plan, learners []Learner) []Move {
	s := simulation{before: before, after: after, moves: make(map[move]int)}
	if before.end != after.end {
		s.list = append(s.list, Move{Block: after.blocks[0].ID, Kind: CourseEnd, From: before.end, To: after.end, Learners: ids(learners)})
	}
	was, gone := s.match(before, after)
	var old, now []Dates
	for i := range learners {
		old, now = before.Resolve(&learners[i], old), after.Resolve(&learners[i], now)
		for place := range now {
			d := Dates{}
			if was[place] >= 0 {
				d = old[was[place]]
			}
			s.compare(place, after.blocks[place].ID, &d, &now[place], &learners[i])
		}
		for j, place := range gone {
			s.compare(len(now)+j, before.blocks[place].ID, &old[place], &Dates{}, &learners[i])
		}
	}
	for _, m := range slices.SortedFunc(maps.Keys(s.moves), move.compare) {
		s.list = append(s.list, s.found[s.moves[m]])
	}
	return s.list
}

type simulation struct {
	before, after *Plan
	list          []Move
	found         []Move
	moves         map[move]int // their places in found
}

// move is what is the same for the learners of a Move.
type move struct {
	place    int
	kind     Kind
	from, to Instant
	group    string
}

func (m move) compare(other move) int {
	return cmp.Or(cmp.Compare(m.place, other.place), cmp.Compare(m.kind, other.kind), cmp.Compare(m.from, other.from), cmp.Compare(m.to, other.to),
		cmp.Compare(m.group, other.group))
}

// match gives for each place of the new plan that of the old one, or Nowhere, and the places of the old one that have none in the new.
func (s *simulation) match(before, after *Plan) (was, gone []int) {
	for _, b := range after.blocks {
		place, ok := before.Find(b.ID)
		if !ok {
			place = Nowhere
		}
		was = append(was, place)
	}
	for i, b := range before.blocks {
		if _, ok := after.Find(b.ID); !ok {
			gone = append(gone, i)
		}
	}
	return was, gone
}

func (s *simulation) compare(place int, id key.BlockID, from, to *Dates, l *Learner) {
	s.add(id, move{place, Release, from.EffectiveStart, to.EffectiveStart, ""}, l)
	switch {
	case from.Due != to.Due:
		s.add(id, move{place, Due, from.Due, to.Due, s.group(from, to, l)}, l)
	case from.Close != to.Close:
		s.add(id, move{place, Close, from.Close, to.Close, s.group(from, to, l)}, l)
	}
}

// group names the group whose due date comes, or goes.
func (s *simulation) group(from, to *Dates, l *Learner) string {
	switch {
	case to.Source == FromGroup:
		return l.GroupOf(s.after.blocks[to.DueFrom].ID)
	case to.Due == 0 && from.Source == FromGroup:
		return l.GroupOf(s.before.blocks[from.DueFrom].ID)
	}
	return ""
}

func (s *simulation) add(id key.BlockID, m move, l *Learner) {
	if m.from == m.to {
		return
	}
	at, ok := s.moves[m]
	if !ok {
		at = len(s.found)
		s.moves[m] = at
		s.found = append(s.found, Move{Block: id, Kind: m.kind, From: m.from, To: m.to, Group: m.group})
	}
	s.found[at].Learners = append(s.found[at].Learners, l.ID)
}

func ids(learners []Learner) []string {
	var list []string
	for i := range learners {
		list = append(list, learners[i].ID)
	}
	return list
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
