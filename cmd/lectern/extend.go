package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/modulestore/key"
)

type extendOptions struct {
	acting
	due, zone, reason string
	cohort            string
	remove, force     bool
}

func (a *app) extendCommand() *cobra.Command {
	var o extendOptions
	cmd := &cobra.Command{
		Use:     "extend COURSE [USER [SUBSECTION] | --cohort NAME [SUBSECTION]]",
		GroupID: groupLearners,
		Short:   "Give a learner or a cohort more time, or list who has it",
		Long: `Give a learner more time for a subsection: a due date of the learner's own (--due), or take it back (--remove). With --cohort it does so
for all who are in a cohort, as long as they are in it; who has a date of their own keeps that. Without a SUBSECTION it lists the due dates
that learners and cohorts of the course, or this one, have of their own, and changes nothing. What it does is stored in the database of learners.

SUBSECTION is a usage key, or a type and a name; it must be published and have a due date. The new date must be later than the one that
holds for the learner or the cohort now, or --force says that it is meant all the same. A time is one with its offset, or what clocks show in --zone.`,
		Example: `  lectern extend course-v1:Lectern+ByExample+2026 anna sequential/check-and-import --due 2035-09-15T22:00:00Z --reason ill
  lectern extend course-v1:Lectern+ByExample+2026 --cohort Evening sequential/check-and-import --due 2035-09-20T20:00 --zone Europe/Paris
  lectern extend course-v1:Lectern+ByExample+2026
  lectern extend course-v1:Lectern+ByExample+2026 anna sequential/check-and-import --remove`,
		Args: takes(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.cohort != "" && len(args) > 2:
				return &usageError{message: "both a learner and a cohort are named", advice: "leave one out"}
			case o.cohort != "" && len(args) == 2:
				return a.runExtendCohort(cmd.Context(), args[0], args[1], o)
			case len(args) < 3:
				return a.runExtensions(cmd.Context(), args, o)
			}
			return a.runExtend(cmd.Context(), args[0], args[1], args[2], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.due, "due", "", "`time` at which it is due for the learner, or the cohort")
	flags.StringVar(&o.zone, "zone", "UTC", "`place` whose clocks count, such as Europe/Paris")
	flags.StringVar(&o.cohort, "cohort", "", "`name` of a cohort, in place of a USER")
	flags.StringVar(&o.reason, "reason", "", "`text` for the history")
	flags.BoolVar(&o.remove, "remove", false, "take the date of the learner, or the cohort, back")
	flags.BoolVar(&o.force, "force", false, "also if the date is not later than the present one")
	o.addFlag(cmd)
	return cmd
}

// extension is the --json form of a due date that a learner or a cohort has, or had.
type extension struct {
	Course   string `json:"course"`
	Name     string `json:"name,omitempty"`   // of the learner
	Cohort   string `json:"cohort,omitempty"` // or of the cohort
	Learners *int64 `json:"learners,omitempty"`
	Block    string `json:"block"`
	Due      string `json:"due,omitempty"`    // none: the one for everybody
	Before   string `json:"before,omitempty"` // for the learner, or those in the cohort
	Reason   string `json:"reason,omitempty"`
	Changed  bool   `json:"changed"`
}

// whom names the learner, or the cohort.
func (x *extension) whom() string {
	if x.Cohort != "" {
		return "the cohort " + x.Cohort
	}
	return x.Name
}

// listedExtension is one due date of a list.
type listedExtension struct {
	Name   string `json:"name,omitempty"`
	Cohort string `json:"cohort,omitempty"`
	Block  string `json:"block"`
	Due    string `json:"due"`
	Reason string `json:"reason,omitempty"`
}

func (a *app) runExtend(ctx context.Context, course, user, block string, o extendOptions) error {
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
		u, _, err := enrolledUser(ctx, db, c, user)
		if err != nil {
			return err
		}
		actor, err := o.user(ctx, db)
		if err != nil {
			return err
		}
		page, err := db.Page(ctx, u.ID, c)
		if err != nil {
			return err
		}
		at := learner.Target{Learner: u.ID, Course: c, Block: ids[0], Actor: actor}
		was, err := g.DueWithout(ctx, at)
		if err != nil && !o.remove { // what was given can be taken back, whatever became of the block
			return err
		}
		done := extension{Course: c.String(), Name: u.Name, Block: ids[0].String(), Reason: o.reason, Changed: true}
		if own, ok := page.Due[ids[0]]; ok {
			done.Before = timeText(own)
		} else if !was.IsZero() {
			done.Before = timeText(was)
		}
		if o.remove {
			done.Changed, err = db.Unextend(ctx, at, o.reason)
		} else {
			done.Due = timeText(due)
			err = db.Extend(ctx, at, learner.Extension{Due: due, Was: was, Reason: o.reason, Force: o.force})
		}
		if err != nil {
			return err
		}
		return a.printExtended(done)
	})
}

// date is the date that is asked for; zero where one is taken back.
func (o *extendOptions) date() (time.Time, error) {
	switch {
	case o.remove && o.due != "":
		return time.Time{}, together("--due", "--remove")
	case o.remove:
		return time.Time{}, nil
	case o.due == "":
		return time.Time{}, &usageError{message: "extend needs a date", advice: "say --due 2026-09-01T22:00:00Z, or --remove to take one back"}
	}
	if _, err := parseZone(o.zone); err != nil {
		return time.Time{}, err
	}
	return parseTimeIn("--due", o.due, o.zone)
}

func (a *app) printExtended(x extension) error {
	own, learners := "their", ""
	if x.Learners != nil {
		own, learners = "its", fmt.Sprintf(" (%s)", plural(int(*x.Learners), "learner"))
	}
	switch {
	case a.json:
		return a.printJSON(x)
	case x.Due != "":
		before := ""
		if x.Before != "" {
			before = ", was " + x.Before
		}
		a.printf("%s: due on %s for %s%s%s\n", x.Block, x.Due, x.whom(), learners, before)
	case x.Changed:
		a.printf("%s: %s%s has no due date of %s own any more, was %s\n", x.Block, x.whom(), learners, own, x.Before)
	default:
		a.printf("%s: %s has no due date of %s own, nothing changed\n", x.Block, x.whom(), own)
	}
	return nil
}

func (a *app) runExtensions(ctx context.Context, args []string, o extendOptions) error {
	if o.due != "" || o.remove {
		return &usageError{message: "no subsection is named", advice: "usage: lectern extend COURSE USER SUBSECTION --due TIME"}
	}
	c, err := key.ParseCourse(args[0])
	if err != nil {
		return err
	}
	return a.withLearners(ctx, toRead, func(db *learner.DB) error {
		var only learner.User
		if len(args) > 1 {
			if only, err = db.FindUser(ctx, args[1]); err != nil {
				return err
			}
		}
		list, err := a.extensions(ctx, db, c, only, o.cohort)
		if err != nil {
			return err
		}
		var rows [][]string
		for _, x := range list {
			who := x.Name
			if x.Cohort != "" {
				who = "cohort " + x.Cohort
			}
			rows = append(rows, []string{who, x.Block, x.Due, x.Reason})
		}
		if a.json {
			return a.printJSON(map[string]any{"course": c.String(), "extensions": list})
		}
		if len(list) == 0 && !a.quiet {
			a.printf("no extensions in %s\n", c.String())
		}
		return a.table(rows)
	})
}

// extensions lists the due dates of all cohorts and learners of a course, or those of one of them. A course without any must be one that the store has.
func (a *app) extensions(ctx context.Context, db *learner.DB, c key.Course, only learner.User, cohort string) ([]listedExtension, error) {
	ofCohorts, err := db.CohortExtensions(ctx, c)
	if err != nil {
		return nil, err
	}
	ofLearners, err := db.Extensions(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(ofCohorts)+len(ofLearners) == 0 {
		if err := a.mustKnow(ctx, c); err != nil {
			return nil, err
		}
	}
	if cohort != "" {
		cohorts, err := db.Cohorts(ctx, c)
		if err != nil {
			return nil, err
		}
		if err := knownCohort(c, cohorts, cohort); err != nil {
			return nil, err
		}
	}
	list := []listedExtension{}
	for _, x := range ofCohorts {
		if only.ID.IsZero() && (cohort == "" || x.Cohort == cohort) {
			list = append(list, listedExtension{"", x.Cohort, x.Block.String(), timeText(x.Due), x.Reason})
		}
	}
	slices.SortStableFunc(ofLearners, func(x, y learner.CourseExtension) int { return byName(x.User, y.User) })
	for _, x := range ofLearners {
		if cohort == "" && (only.ID.IsZero() || x.User.ID == only.ID) {
			list = append(list, listedExtension{x.User.Name, "", x.Block.String(), timeText(x.Due), x.Reason})
		}
	}
	return list, nil
}
