package courses

import (
	"context"
	"fmt"
	"time"

	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Mode is how much is made anew when grades are recalculated.
type Mode string

const (
	// Keep makes the grades of courses anew from those of subsections as they are stored: after a change of the policy.
	Keep Mode = "keep"
	// Attempted grades subsections anew by what is published now; what blocks were worth when learners tried them stands.
	Attempted Mode = "attempted"
	// All grades subsections anew as if the content had always been as it is now.
	All Mode = "all"
)

// what gives the mark of a mode.
func (m Mode) what() (learner.What, error) {
	switch m {
	case Keep:
		return learner.DueCourse, nil
	case Attempted:
		return learner.DueSubsections, nil
	case All:
		return learner.DueAfresh, nil
	}
	return 0, fmt.Errorf("grades cannot be recalculated by %q: say %s, %s or %s", m, Keep, Attempted, All)
}

// previewBatch is the number of learners that are read at a time.
const previewBatch = 100

// Preview tells what Recalculate would do, and does nothing: it calls each with every learner whose percent, letter or pass would change, and sums them up.
// policy takes the place of the one that is published; nil: that one. What is due anyway is among the changes, and a frozen course is taken as if it were
// not.
func (g *Gradebook) Preview(ctx context.Context, course key.Course, mode Mode, policy *grading.Policy, each func(learner.ID, grading.Change) error) (tally grading.Tally, err error) {
	what, err := mode.what()
	if err != nil {
		return tally, err
	}
	c, err := g.Course(ctx, course)
	if err != nil {
		return tally, err
	}
	if policy == nil {
		policy = c.Policy
	}
	for after := int64(0); ; {
		users, next, err := g.Learners.Known(ctx, course, after, previewBatch)
		if err != nil {
			return tally, err
		}
		facts, err := g.Learners.Facts(ctx, course, users, true, needsAttempts(policy))
		if err != nil {
			return tally, err
		}
		for _, user := range users {
			change := g.preview(c, policy, facts[user], what)
			tally.Add(change)
			if change.Any() {
				if err := each(user, change); err != nil {
					return tally, err
				}
			}
		}
		if after = next; next == 0 {
			return tally, nil
		}
	}
}

func (g *Gradebook) preview(c *Course, policy *grading.Policy, f *learner.GradeFacts, what learner.What) grading.Change {
	now := g.Learners.Now()
	f.Frozen = false
	marks := f.Marks
	f.Marks = nil
	change := grading.Change{Learner: f.Learner.String(), Before: c.Grade(f, now).Record.Outcome}
	f.Marks = map[key.BlockID]learner.What{{}: what}
	for id, m := range marks {
		f.Marks[id] |= m
	}
	change.After = c.gradeBy(policy, f, now).Record.Outcome
	return change
}

// Recalculate makes the grades of a course anew, and gives them with what they were before.
func (g *Gradebook) Recalculate(ctx context.Context, course key.Course, mode Mode) ([]learner.Graded, error) {
	what, err := mode.what()
	if err != nil {
		return nil, err
	}
	if err := g.Learners.Regrade(ctx, course, nil, what); err != nil {
		return nil, err
	}
	return g.Project(ctx, course)
}

// Stale is a subsection that learners were graded in when it was another one: blocks were added, removed or made worth something else since.
type Stale struct {
	Subsection key.BlockID
	Title      string
	Learners   int
	Removed    bool // the subsection is published no more
}

// Stale lists the subsections whose stored grades do not follow from what is published now. They stay until a learner answers there, or Recalculate makes
// them anew.
func (g *Gradebook) Stale(ctx context.Context, course key.Course) (list []Stale, err error) {
	c, err := g.Course(ctx, course)
	if err != nil {
		return nil, err
	}
	counts, err := g.Learners.Pools(ctx, course)
	if err != nil {
		return nil, err
	}
	now := make(map[key.BlockID]*Subsection, len(c.Subsections))
	for i := range c.Subsections {
		now[c.Subsections[i].Key] = &c.Subsections[i]
	}
	for _, count := range counts {
		s := now[count.Subsection]
		if s != nil && s.Pool == count.Pool {
			continue
		}
		if n := len(list); n == 0 || list[n-1].Subsection != count.Subsection {
			list = append(list, Stale{Subsection: count.Subsection, Removed: s == nil})
			if s != nil {
				list[n].Title = s.Title
			}
		}
		list[len(list)-1].Learners += count.Learners
	}
	return list, nil
}

// GradeAsOf gives the grade of a learner as it follows from a version of a course, a policy (nil: that of the version) and what had happened up to an
// instant. What is stored as the learner's grade has no part in it, so the same arguments always give the same grade.
func (g *Gradebook) GradeAsOf(ctx context.Context, user learner.ID, v modulestore.Version, policy *grading.Policy, upto learner.HLC) (*Result, error) {
	c, err := g.CourseAt(ctx, v)
	if err != nil {
		return nil, err
	}
	if policy == nil {
		policy = c.Policy
	}
	facts, err := g.Learners.FactsAsOf(ctx, user, v.Course, upto)
	if err != nil {
		return nil, err
	}
	r := c.gradeBy(policy, facts, time.UnixMilli(upto.Milliseconds()).UTC())
	return &r, nil
}

// Policy gives a policy that grades were made with, by its hash. ok is false for one that is not known here.
func (g *Gradebook) Policy(ctx context.Context, hash learner.Hash) (p *grading.Policy, ok bool, err error) {
	text, ok, err := g.Learners.Policy(ctx, hash)
	if err != nil || !ok {
		return nil, false, err
	}
	p, _ = grading.ParsePolicy(text)
	return p, true, nil
}
