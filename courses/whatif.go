package courses

import (
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

// Moved is a date of the course, a section or a subsection that would be another one, and for whom.
type Moved struct {
	Block    key.BlockID
	Title    string
	Kind     schedule.Kind
	From, To schedule.Instant // none: there is no such date
	Cohort   string           // whose due date comes, or goes; empty for all others
	Learners []learner.Listed // by name
}

// Simulation is what a change of dates would do.
type Simulation struct {
	// Moves is the number of dates that would move, those counted apart that go elsewhere for others.
	Moves int
	// Learners is how many there are, Affected for how many some date moves.
	Learners, Affected int
	// Problems are what would be odd in the dates, and is not now.
	Problems []schedule.Problem
}

// simulated is the depth to which dates are compared: that of subsections.
const simulated = 2

// Simulate tells which dates would move, and for whom: for some learners, or for all who are enrolled if users is nil. In a course without any, and without a
// database of learners, it is about somebody without dates of their own. Each move is handed to each, in course order, those of one block by kind and
// instant; what is handed over is not kept. Nothing is written.
func (g *Gradebook) Simulate(ctx context.Context, course key.Course, w WhatIf, users []learner.Listed, each func(*Moved)) (*Simulation, error) {
	c, err := g.Course(ctx, course)
	if err != nil {
		return nil, err
	}
	s, err := newSimulation(c, &w)
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
	s.run(each)
	return &s.Simulation, nil
}

// simulation is one in the making.
type simulation struct {
	Simulation
	course        *Course
	before, after *schedule.Plan
	class         []pupil // by name
}

// pupil is a learner and what their dates depend on.
type pupil struct {
	listed learner.Listed
	dates  schedule.Learner
}

func newSimulation(c *Course, w *WhatIf) (*simulation, error) {
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
	s := &simulation{course: c, before: c.Outline.Plan.To(simulated), after: after.To(simulated)}
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
		if err := s.read(ctx, g, listed); err != nil {
			return err
		}
		if after = next; next == 0 {
			return nil
		}
	}
}

func (s *simulation) read(ctx context.Context, g *Gradebook, listed []learner.Listed) error {
	users := make([]learner.ID, len(listed))
	for i := range listed {
		users[i] = listed[i].Learner
	}
	all, err := g.access(ctx, s.course, users, false)
	if err != nil {
		return err
	}
	for i, user := range users {
		f, err := s.course.facts(all[user], g.Learners.Now())
		if err != nil {
			return err
		}
		s.class = append(s.class, pupil{listed[i], f.Schedule})
	}
	return nil
}

// run compares the dates of all.
func (s *simulation) run(each func(*Moved)) {
	slices.SortFunc(s.class, func(a, b pupil) int { return a.listed.Compare(b.listed) })
	s.Learners = len(s.class)
	learners := make([]schedule.Learner, max(s.Learners, 1)) // without any it is about somebody without dates of their own
	for i := range s.class {
		learners[i] = s.class[i].dates
	}
	affected, opens := make([]bool, s.Learners), make(map[opening]int)
	for m := range schedule.Simulate(s.before, s.after, learners) {
		place, _ := s.course.Outline.Find(m.Block)
		n := &s.course.Outline.Nodes[place]
		if m.Kind == schedule.Release {
			opens[opening{place, m.From, m.To}] = len(m.Learners)
			if opens[opening{n.Parent, m.From, m.To}] == len(m.Learners) {
				continue // what opens with the block that it stands in goes without saying
			}
		}
		s.Moves++
		moved := Moved{Block: m.Block, Title: n.Title, Kind: m.Kind, From: m.From, To: m.To, Cohort: m.Group}
		if s.Learners > 0 {
			for _, i := range m.Learners {
				affected[i] = true
				moved.Learners = append(moved.Learners, s.class[i].listed)
			}
		}
		each(&moved)
	}
	for _, is := range affected {
		if is {
			s.Affected++
		}
	}
}

// opening is a move of the release of a block.
type opening struct {
	place    int
	from, to schedule.Instant
}

// Starting gives the change that lets a course begin at an instant, and everything else as much earlier or later. ok is false for a course without a start.
func (c *Course) Starting(at time.Time) (w WhatIf, ok bool) {
	start := c.Outline.Plan.Start().Time()
	by := at.Sub(start)
	return WhatIf{Shift: func(t time.Time) time.Time { return t.Add(by) }}, !start.IsZero()
}
