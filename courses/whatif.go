package courses

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"lectern/courses/learner"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// WhatIf is a change of the dates of a course that nobody has made yet. Shift comes first, then single dates.
type WhatIf struct {
	Shift func(time.Time) time.Time // moves every date that authors have set; nil: none
	Dates []DateChange
}

// DateChange gives a block another date.
type DateChange struct {
	Block key.BlockID
	Field string    // start, due, or, of the course, end
	At    time.Time // zero: none
}

// dates gives all that dates depend on in a course, with the policy that holds.
func (c *Course) dates() schedule.Course {
	return c.Outline.Policy.On(c.Outline.Dates)
}

// changed gives the dates of the course as they would be.
func (w *WhatIf) changed(c *Course) (schedule.Course, error) {
	d := c.dates()
	d.Blocks = slices.Clone(d.Blocks)
	if w.Shift != nil {
		move := func(t *time.Time) {
			if !t.IsZero() {
				*t = w.Shift(*t)
			}
		}
		move(&d.End)
		for i := range d.Blocks {
			move(&d.Blocks[i].Start.At)
			move(&d.Blocks[i].Due.At)
		}
	}
	for _, change := range w.Dates {
		place, ok := c.Outline.Find(change.Block)
		switch {
		case !ok:
			return d, fmt.Errorf("the outline of %s has no block %s", c.Content.Version, change.Block)
		case change.Field == "start":
			d.Blocks[place].Start = schedule.Own{Set: true, At: change.At}
		case change.Field == "due":
			d.Blocks[place].Due = schedule.Own{Set: true, At: change.At}
		case change.Field == "end" && place == 0:
			d.End = change.At
		default:
			return d, fmt.Errorf("%s has no date %q: say start or due, and for the course start or end", change.Block, change.Field)
		}
	}
	return d, nil
}

// Moved is a date that would be another one, and for how many learners.
type Moved struct {
	Block    key.BlockID
	Title    string
	Kind     schedule.Kind
	From, To schedule.Instant // none: there is no such date
	Cohort   string           // whose due date comes, or goes; empty for all others
	Learners int
}

// Simulation is what a change of dates would do.
type Simulation struct {
	// Moves are dates of the course, its sections and subsections, in course order; those of one block by instant.
	Moves []Moved
	// LeftOut are moves that are not among them, since there are too many: different learners have different dates.
	LeftOut int
	// Learners is how many there are, Affected for how many some date moves.
	Learners, Affected int
	// Problems are what would be odd in the dates, and is not now.
	Problems []schedule.Problem
}

// simulated is the depth to which dates are compared: that of subsections.
const simulated = 2

// Simulate tells which dates would move, and for whom: for some learners, or for all who are enrolled if users is nil. In a course without any, and without a
// database of learners, it is about somebody without dates of their own. At most so many moves are kept; learners are read some at a time. Nothing is written.
func (g *Gradebook) Simulate(ctx context.Context, course key.Course, w WhatIf, users []learner.ID, limit int) (*Simulation, error) {
	c, err := g.Course(ctx, course)
	if err != nil {
		return nil, err
	}
	s, err := newSimulation(c, &w, limit)
	if err != nil {
		return nil, err
	}
	switch {
	case g.Learners == nil:
	case users != nil:
		err = s.read(ctx, g, users)
	default:
		err = s.readAll(ctx, g)
	}
	if err != nil {
		return nil, err
	}
	return s.finish(), nil
}

// simulation collects moves.
type simulation struct {
	Simulation
	course        *Course
	before, after *schedule.Plan
	limit         int
	moves         map[Moved]int // by all but the number of learners
}

func newSimulation(c *Course, w *WhatIf, limit int) (*simulation, error) {
	changed, err := w.changed(c)
	if err != nil {
		return nil, err
	}
	_, known, err := schedule.Compile(c.dates())
	if err != nil {
		return nil, err
	}
	after, problems, err := schedule.Compile(changed)
	if err != nil {
		return nil, err
	}
	s := &simulation{course: c, before: c.Outline.Plan.To(simulated), after: after.To(simulated), limit: limit, moves: make(map[Moved]int)}
	for _, p := range problems {
		same := func(k schedule.Problem) bool { return k.Code == p.Code && k.Block == p.Block }
		if !slices.ContainsFunc(known, same) {
			s.Problems = append(s.Problems, p)
		}
	}
	return s, nil
}

// simulatedAtOnce is the number of learners that are read at a time.
const simulatedAtOnce = 100

func (s *simulation) readAll(ctx context.Context, g *Gradebook) error {
	for after := int64(0); ; {
		listed, next, err := g.Learners.List(ctx, s.course.Content.Key, after, simulatedAtOnce)
		if err != nil {
			return err
		}
		users := make([]learner.ID, len(listed))
		for i := range listed {
			users[i] = listed[i].Learner
		}
		if err := s.read(ctx, g, users); err != nil {
			return err
		}
		if after = next; next == 0 {
			return nil
		}
	}
}

func (s *simulation) read(ctx context.Context, g *Gradebook, users []learner.ID) error {
	all, err := g.access(ctx, s.course, users, false)
	if err != nil {
		return err
	}
	learners := make([]schedule.Learner, len(users))
	for i, user := range users {
		f, err := s.course.facts(all[user], g.Learners.Now())
		if err != nil {
			return err
		}
		learners[i] = f.Schedule
	}
	s.add(learners)
	return nil
}

// add compares the dates of some learners.
func (s *simulation) add(learners []schedule.Learner) {
	affected, opens := make(map[string]bool), make(map[Moved]bool)
	for _, m := range schedule.Simulate(s.before, s.after, learners) {
		for _, id := range m.Learners {
			affected[id] = true
		}
		place, _ := s.course.Outline.Find(m.Block)
		k := Moved{Block: m.Block, Title: s.course.Outline.Nodes[place].Title, Kind: m.Kind, From: m.From, To: m.To, Cohort: m.Group}
		if m.Kind == schedule.Release { // what opens with the block that it stands in goes without saying
			above := k
			above.Block, above.Title, above.Learners, k.Learners = key.BlockID{}, "", len(m.Learners), 0
			if parent := s.course.Outline.Nodes[place].Parent; parent >= 0 {
				above.Block = s.course.Outline.Nodes[parent].ID
			}
			implied := opens[above]
			above.Block = m.Block
			opens[above] = true
			if implied {
				continue
			}
		}
		if _, known := s.moves[k]; !known && len(s.moves) >= s.limit {
			s.LeftOut++
			continue
		}
		s.moves[k] += len(m.Learners)
	}
	s.Learners += len(learners)
	s.Affected += len(affected)
}

func (s *simulation) finish() *Simulation {
	if s.Learners == 0 {
		s.add([]schedule.Learner{{}})
		s.Learners, s.Affected = 0, 0
		for k := range s.moves {
			s.moves[k] = 0
		}
	}
	for k, learners := range s.moves {
		k.Learners = learners
		s.Moves = append(s.Moves, k)
	}
	place := func(m Moved) int { at, _ := s.course.Outline.Find(m.Block); return at }
	slices.SortFunc(s.Moves, func(a, b Moved) int {
		return cmp.Or(place(a)-place(b), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Cohort, b.Cohort))
	})
	return &s.Simulation
}

// Starting gives the change that lets a course begin at an instant, and everything else as much earlier or later. ok is false for a course without a start.
func (c *Course) Starting(at time.Time) (w WhatIf, ok bool) {
	start := c.Outline.Plan.Start().Time()
	by := at.Sub(start)
	return WhatIf{Shift: func(t time.Time) time.Time { return t.Add(by) }}, !start.IsZero()
}
