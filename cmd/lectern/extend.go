package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/modulestore/key"
)

type extendOptions struct {
	acting
	due, reason   string
	remove, force bool
}

func (a *app) extendCommand() *cobra.Command {
	var o extendOptions
	cmd := &cobra.Command{
		Use:     "extend COURSE [USER [SUBSECTION]]",
		GroupID: groupLearners,
		Short:   "Give a learner more time, or list who has it",
		Long: `Give a learner more time for a subsection: a due date of the learner's own (--due), or take it back (--remove). Without a SUBSECTION
it lists the due dates that learners of the course, or this one, have of their own, and changes nothing. What it does is stored
in the database of learners.

SUBSECTION is a usage key, or a type and a name; it must be published and have a due date. The new date must be later than the one that
holds for the learner now, or --force says that it is meant all the same. A time without a zone is UTC.`,
		Example: `  lectern extend course-v1:Lectern+ByExample+2026 anna sequential/check-and-import --due 2035-09-15T22:00:00Z --reason ill
  lectern extend course-v1:Lectern+ByExample+2026
  lectern extend course-v1:Lectern+ByExample+2026 anna sequential/check-and-import --remove`,
		Args: takes(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 3 {
				return a.runExtensions(cmd.Context(), args, o)
			}
			return a.runExtend(cmd.Context(), args[0], args[1], args[2], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.due, "due", "", "`time` at which it is due for the learner")
	flags.StringVar(&o.reason, "reason", "", "`text` for the history")
	flags.BoolVar(&o.remove, "remove", false, "take the learner's own date back")
	flags.BoolVar(&o.force, "force", false, "also if the date is not later than the present one")
	o.addFlag(cmd)
	return cmd
}

// extension is the --json form of a due date that a learner has, or had.
type extension struct {
	Course  string `json:"course"`
	Name    string `json:"name"`
	Block   string `json:"block"`
	Due     string `json:"due,omitempty"`    // none: the one for everybody
	Before  string `json:"before,omitempty"` // for the learner
	Reason  string `json:"reason,omitempty"`
	Changed bool   `json:"changed"`
}

// listedExtension is one due date of a list.
type listedExtension struct {
	Name   string `json:"name"`
	Block  string `json:"block"`
	Due    string `json:"due"`
	Reason string `json:"reason,omitempty"`
}

func (a *app) runExtend(ctx context.Context, course, user, block string, o extendOptions) error {
	c, ids, err := courseAndBlocks(course, []string{block})
	if err != nil {
		return err
	}
	switch {
	case o.remove && o.due != "":
		return together("--due", "--remove")
	case !o.remove && o.due == "":
		return &usageError{message: "extend needs a date", advice: "say --due 2026-09-01T22:00:00Z, or --remove to take one back"}
	}
	var due time.Time
	if !o.remove {
		if due, err = parseTime(o.due); err != nil {
			return err
		}
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

func (a *app) printExtended(x extension) error {
	switch {
	case a.json:
		return a.printJSON(x)
	case x.Due != "":
		before := ""
		if x.Before != "" {
			before = ", was " + x.Before
		}
		a.printf("%s: due on %s for %s%s\n", x.Block, x.Due, x.Name, before)
	case x.Changed:
		a.printf("%s: %s has no due date of their own any more, was %s\n", x.Block, x.Name, x.Before)
	default:
		a.printf("%s: %s has no due date of their own, nothing changed\n", x.Block, x.Name)
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
		all, err := db.Extensions(ctx, c)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			if err := a.mustKnow(ctx, c); err != nil {
				return err
			}
		}
		slices.SortStableFunc(all, func(x, y learner.CourseExtension) int { return byName(x.User, y.User) })
		list := []listedExtension{}
		var rows [][]string
		for _, x := range all {
			if !only.ID.IsZero() && x.User.ID != only.ID {
				continue
			}
			list = append(list, listedExtension{x.User.Name, x.Block.String(), timeText(x.Due), x.Reason})
			rows = append(rows, []string{x.User.Name, x.Block.String(), timeText(x.Due), x.Reason})
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
