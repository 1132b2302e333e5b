package courses

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// datePolicy is what holds for the dates of all courses: learners of self-paced ones have due dates, counted from where each of them began, and authors can
// say after how many weeks.
var datePolicy = outline.Policy{Relative: true, CustomWeeks: true}

// scheduled gives what the dates of a learner depend on.
func scheduled(f *learner.GradeFacts) schedule.Learner {
	l := schedule.Learner{ID: f.Learner.String(), Anchor: f.Anchor}
	if f.Enrolment != nil {
		l.Created = f.Enrolment.First
	}
	for id, due := range f.CohortDue {
		l.Groups = append(l.Groups, schedule.Override{Block: id, At: due, Group: f.Cohort})
	}
	for id, due := range f.Due {
		l.Overrides = append(l.Overrides, schedule.Override{Block: id, At: due})
	}
	return l
}

// closes gives the last instant at which work of a learner in a block is in time: the due date and grace, of which there is none in exams. Zero: it is never
// late.
func (c *Course) closes(at int, f *learner.GradeFacts) time.Time {
	place, ok := c.Outline.Find(c.Content.Blocks[at].ID)
	if !ok {
		return time.Time{} // it stands where no learner gets it
	}
	l := scheduled(f)
	d := c.Outline.Plan.One(&l, place)
	if _, ok := c.Outline.ExamOf(place); ok {
		return d.Due.Time()
	}
	return d.Close.Time()
}

// Dated is a date in the list of a learner, and where it comes from.
type Dated struct {
	schedule.Entry
	// Source is the rule of a due date, From the block whose date or extension it is. Weeks is after how many weeks it is due that the author has set, 0 for
	// dates that are spread over the course.
	Source schedule.Source
	From   key.BlockID
	Cohort string // whose date it is; empty for others
	Weeks  int
	Flags  schedule.Flags
	Done   bool // there is nothing graded left to do in it
}

// Dates are all dates of a course for one learner.
type Dates struct {
	*View
	List []Dated
	// Missed says whether deadlines were missed, and MissedAt in which subsection first.
	Missed   schedule.Missed
	MissedAt key.BlockID
	// Start is where due dates are counted from in a self-paced course; zero in others, and for nobody.
	Start time.Time
}

// Dates lists the dates of a course as a learner may know them. Who is not enrolled has none of their own.
func (g *Gradebook) Dates(ctx context.Context, user learner.ID, course key.Course, at time.Time, o ViewOptions) (*Dates, error) {
	v, err := g.view(ctx, user, course, at, o, true)
	if err != nil {
		return nil, err
	}
	mayShift := true
	if v.Learner != nil && v.Outline.Course.Plan.SelfPaced() {
		if mayShift, err = g.has(ctx, FeatureDatesReset, v); err != nil {
			return nil, err
		}
	}
	return v.dates(mayShift), nil
}

func (v *View) dates(mayShift bool) *Dates {
	d := &Dates{View: v}
	c, plan := v.Outline.Course, v.Outline.Course.Plan
	all := v.resolve()
	if plan.SelfPaced() {
		d.Start = plan.Begins(&v.Outline.Facts.Schedule).Time()
	}
	for _, e := range v.entries(all) {
		place, _ := c.Find(e.Block)
		dated := Dated{Entry: e}
		if e.Kind == schedule.Due {
			own := &all[place]
			dated.Source, dated.Flags, dated.Done = own.Source, own.Flags, v.complete(place)
			if own.DueFrom != schedule.Nowhere {
				dated.From = c.Nodes[own.DueFrom].ID
			}
			switch own.Source {
			case schedule.FromAnchor:
				dated.Weeks = plan.Block(place).Weeks
			case schedule.FromGroup:
				dated.Cohort = v.Outline.Facts.Schedule.GroupOf(dated.From)
			}
		}
		d.List = append(d.List, dated)
	}
	d.Missed = plan.Missed(all, schedule.At(v.Outline.At), schedule.Standing{
		Active: v.Outline.Facts.Enrolled, ResetsOff: !mayShift, Warn: true, Complete: v.complete, Gated: v.gated,
	})
	if d.Missed.Place != schedule.Nowhere {
		d.MissedAt = c.Nodes[d.Missed.Place].ID
	}
	return d
}

// resolve gives the learner's dates of all blocks.
func (v *View) resolve() []schedule.Dates {
	return v.Outline.Course.Plan.Resolve(&v.Outline.Facts.Schedule, nil)
}

// entries lists the dates that the learner may know of.
func (v *View) entries(all []schedule.Dates) []schedule.Entry {
	listed := func(i int) bool { return v.Outline.Verdict(i).Exists }
	return v.Outline.Course.Plan.Entries(all, schedule.Listing{Listed: listed, Others: v.bounds()})
}

// bounds are start and end of the course, and when the learner's access ends.
func (v *View) bounds() (list []schedule.Entry) {
	c := v.Outline.Course
	if !v.Outline.Verdict(0).Exists {
		return nil
	}
	add := func(kind schedule.Kind, at time.Time) {
		if !at.IsZero() {
			list = append(list, schedule.Entry{Kind: kind, Block: c.Nodes[0].ID, Title: c.Title, At: at})
		}
	}
	add(schedule.CourseStart, v.Outline.Dates(0).Start.Time())
	add(schedule.CourseEnd, c.Plan.End().Time())
	add(schedule.AccessExpires, v.Outline.Facts.AccessEnds)
	return list
}

// complete reports whether nothing graded is left to do in a block.
func (v *View) complete(place int) bool {
	return v.Learner != nil && v.Outline.Done(place, v.done)
}

// done reports whether the learner has completed a leaf.
func (v *View) done(id key.BlockID) bool {
	_, scored := v.Learner.Scores[id]
	return scored || v.Learner.Completion[id] >= 1
}

// gated reports whether a block holds something for those alone who have full access, among whom the learner is not.
func (v *View) gated(place int) bool {
	c := v.Outline.Course
	for i := place; i < c.Nodes[place].End; i++ {
		ofGate := func(r partition.Rule) bool { return r.Partition == partition.ContentGateID }
		if slices.ContainsFunc(c.Nodes[i].Access, ofGate) && !v.Outline.Learner(i).Exists {
			return true
		}
	}
	return false
}

// ErrNoShift is the cause when the deadlines of a learner cannot be shifted.
var ErrNoShift = errors.New("the deadlines cannot be shifted")

// Shift begins the schedule of a learner in a self-paced course anew now: all deadlines that count from it move, those of finished work too. Extensions stay.
// It gives the dates before and after.
func (g *Gradebook) Shift(ctx context.Context, at learner.Target) (before, after *Dates, err error) {
	now := g.Learners.Now().UTC().Truncate(time.Millisecond)
	if before, err = g.Dates(ctx, at.Learner, at.Course, now, ViewOptions{AsLearner: true}); err != nil {
		return nil, nil, err
	}
	plan := before.Outline.Course.Plan
	switch end := plan.End().Time(); {
	case !plan.SelfPaced():
		err = fmt.Errorf("%w: %s is instructor-paced, its dates are the same for everybody; lectern extend gives one learner more time", ErrNoShift, at.Course)
	case !before.Outline.Facts.Enrolled:
		err = fmt.Errorf("%w: the learner is not enrolled in %s", ErrNoShift, at.Course)
	case !end.IsZero() && now.After(end):
		err = fmt.Errorf("%w: %s ended on %s", ErrNoShift, at.Course, instantText(end))
	case before.Missed.Off:
		err = fmt.Errorf("%w: %s is off for the learner in %s; lectern flags explain tells by which rule", ErrNoShift, FeatureDatesReset, at.Course)
	case !before.Missed.MayReset():
		err = fmt.Errorf("%w: %s holds content that needs full access", ErrNoShift, before.MissedAt)
	}
	if err != nil {
		return nil, nil, err
	}
	if _, err = g.Learners.SetSchedule(ctx, at, now); err != nil {
		return nil, nil, err
	}
	after, err = g.Dates(ctx, at.Learner, at.Course, now, ViewOptions{AsLearner: true})
	return before, after, err
}
