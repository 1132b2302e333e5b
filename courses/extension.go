package courses

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"lectern/courses/learner"
	"lectern/courses/schedule"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// DueWithout gives when a block is due for a learner without an extension of that very block; the zero time if that cannot be told, such as for somebody who
// has nowhere to count from. It fails for a block that has no due date, and so none to extend.
func (g *Gradebook) DueWithout(ctx context.Context, at learner.Target) (time.Time, error) {
	c, err := g.Course(ctx, at.Course)
	if err != nil {
		return time.Time{}, err
	}
	all, err := g.access(ctx, c, []learner.ID{at.Learner}, false)
	if err != nil {
		return time.Time{}, err
	}
	l := scheduled(all[at.Learner].GradeFacts)
	l.Overrides = others(l.Overrides, at.Block)
	return c.due(&l, at.Block)
}

// DueWithoutCohort gives when a block is due for those who are in a cohort without the cohort's date of that very block, as DueWithout does for a learner. In a
// self-paced course each of them has another date, so that it cannot be told.
func (g *Gradebook) DueWithoutCohort(ctx context.Context, at learner.CohortTarget) (time.Time, error) {
	c, err := g.Course(ctx, at.Course)
	if err != nil {
		return time.Time{}, err
	}
	all, err := g.Learners.CohortExtensions(ctx, at.Course)
	if err != nil {
		return time.Time{}, err
	}
	var l schedule.Learner
	for _, x := range all {
		if x.Cohort == at.Cohort {
			l.Groups = append(l.Groups, schedule.Override{Block: x.Block, At: x.Due, Group: x.Cohort})
		}
	}
	l.Groups = others(l.Groups, at.Block)
	return c.due(&l, at.Block)
}

func others(list []schedule.Override, block key.BlockID) []schedule.Override {
	return slices.DeleteFunc(list, func(o schedule.Override) bool { return o.Block == block })
}

// due gives when a block is due for a learner. It fails for a block that has no due date.
func (c *Course) due(l *schedule.Learner, block key.BlockID) (time.Time, error) {
	place, ok := c.Outline.Find(block)
	if !ok {
		return time.Time{}, modulestore.NotFound("the published branch of %s has no block %s in its outline", c.Content.Version, block)
	}
	longer := schedule.Override{Block: block, By: time.Second}
	if err := c.Outline.Plan.CheckOverride(l, longer, true); errors.Is(err, schedule.ErrNoDate) {
		return time.Time{}, fmt.Errorf("%s has no due date, so there is none to extend; lectern set COURSE BLOCK due=… gives it one", block)
	}
	d := c.Outline.Plan.One(l, place)
	return d.Due.Time(), nil
}
