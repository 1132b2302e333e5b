package main

import (
	"context"
	"slices"

	"lectern/courses"
	"lectern/courses/learner"
)

func (a *app) runExtendCohort(ctx context.Context, course, block string, o extendOptions) error {
	c, ids, err := courseAndBlocks(course, []string{block})
	if err != nil {
		return err
	}
	due, err := o.date()
	if err != nil {
		return err
	}
	return a.withGrades(ctx, course, toWrite, func(g *courses.Gradebook, _ *courses.Course) error {
		db := g.Learners
		cohorts, err := db.Cohorts(ctx, c)
		if err != nil {
			return err
		}
		if err := knownCohort(c, cohorts, o.cohort); err != nil {
			return err
		}
		actor, err := o.user(ctx, db)
		if err != nil {
			return err
		}
		at := learner.CohortTarget{Course: c, Cohort: o.cohort, Block: ids[0], Actor: actor}
		was, err := g.DueWithoutCohort(ctx, at)
		if err != nil && !o.remove { // what was given can be taken back, whatever became of the block
			return err
		}
		before, err := cohortDate(ctx, db, at)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(cohorts, func(n learner.Cohort) bool { return n.Name == o.cohort })
		done := extension{Course: c.String(), Cohort: o.cohort, Learners: &cohorts[i].Members, Block: ids[0].String(), Reason: o.reason, Changed: true}
		switch {
		case !before.Due.IsZero():
			done.Before = timeText(before.Due)
		case !was.IsZero():
			done.Before = timeText(was)
		}
		if o.remove {
			done.Changed, err = db.UnextendCohort(ctx, at, o.reason)
		} else {
			done.Due = timeText(due)
			err = db.ExtendCohort(ctx, at, learner.Extension{Due: due, Was: was, Reason: o.reason, Force: o.force})
		}
		if err != nil {
			return err
		}
		return a.printExtended(done)
	})
}

// cohortDate is the date that a cohort has of a block; zero for none.
func cohortDate(ctx context.Context, db *learner.DB, at learner.CohortTarget) (learner.CohortExtension, error) {
	all, err := db.CohortExtensions(ctx, at.Course)
	for _, x := range all {
		if x.Cohort == at.Cohort && x.Block == at.Block {
			return x, err
		}
	}
	return learner.CohortExtension{}, err
}
