package main

import (
	"context"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the program needs no files of the system

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/authoring"
)

type shiftFlags struct {
	sweepFlags
	by    string
	start string
	zone  string
}

func (a *app) shiftDatesCommand() *cobra.Command {
	var o authoring.ShiftOptions
	var f shiftFlags
	cmd := &cobra.Command{
		Use:     "shift-dates COURSE",
		GroupID: groupCourses,
		Short:   "Shift all dates of a course",
		Long: `Shift all dates of a course: start, due and end, enrolment, the steps of open response assessments and the
discussion's blackouts. It shows every date before and after and changes nothing; with --apply it makes one new version, in the
draft and in what is published.

--by takes weeks, days, hours and minutes: 7d, -2w, 36h. --start moves the course to begin on a day, at the time of
day at which it begins now, and everything else as far. With --zone, clocks in that place show the same times before and after
a change to summer time. Dates keep the form they are written in; what cannot be read is left alone and listed.`,
		Example: `  lectern shift-dates course-v1:Lectern+ByExample+2026 --by 52w
  lectern shift-dates course-v1:Lectern+ByExample+2026 --start 2027-01-15 --zone Europe/Paris --apply
  lectern shift-dates course-v1:Lectern+ByExample+2026 --by -1d --only due --below chapter/tour`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runShiftDates(cmd.Context(), args[0], o, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.by, "by", "", "`distance` such as 7d, -2w or 36h")
	flags.StringVar(&f.start, "start", "", "`day` on which the course is to begin, as YYYY-MM-DD")
	flags.StringVar(&f.zone, "zone", "", "`place` whose clocks count, such as Europe/Paris (default UTC)")
	flags.StringSliceVar(&o.Only, "only", nil, "only the dates of these `names`, such as due")
	f.add(cmd)
	return cmd
}

// distance reads the flags that say how far to shift.
func (f *shiftFlags) distance(o *authoring.ShiftOptions) (err error) {
	switch {
	case (f.by == "") == (f.start == ""):
		return &usageError{message: "shift-dates needs either --by or --start", advice: "say --by 7d, or --start 2027-01-15"}
	case f.by != "":
		o.By, err = authoring.ParseShift(f.by)
	default:
		if o.StartOn, err = time.Parse(time.DateOnly, f.start); err != nil {
			return &usageError{message: fmt.Sprintf("%q is no day", f.start), advice: "write it as YYYY-MM-DD"}
		}
	}
	if err != nil {
		return asUsage(err)
	}
	// An empty name would be UTC, and Local whatever this machine is set to.
	if o.Zone, err = time.LoadLocation(f.zone); err != nil || f.zone == "Local" {
		return &usageError{message: fmt.Sprintf("there is no time zone %q", f.zone), advice: "write it as Europe/Paris or America/New_York"}
	}
	return nil
}

func (a *app) runShiftDates(ctx context.Context, course string, o authoring.ShiftOptions, f shiftFlags) error {
	c, below, err := f.parse(course)
	if err != nil {
		return err
	}
	if err := f.distance(&o); err != nil {
		return err
	}
	o.Below, o.DraftOnly, o.Preview, o.Author, o.Message = below, f.draft, !f.apply, a.by(f.author), f.message
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		report, err := authoring.ShiftDates(ctx, store, c, o)
		if err != nil {
			return asUsage(err)
		}
		if a.json {
			return a.printJSON(report)
		}
		return a.printShift(report)
	})
}

func (a *app) printShift(r *authoring.ShiftReport) error {
	var rows [][]string
	for _, b := range r.Blocks {
		for _, d := range b.Items {
			rows = append(rows, []string{blockLine(b.Block, "", b.Branch), dateName(d.Part, d.Field), d.From, "->", d.To})
		}
	}
	for _, b := range r.Left {
		for _, d := range b.Items {
			rows = append(rows, []string{blockLine(b.Block, "", b.Branch), dateName(d.Part, d.Field), d.Value, "left", d.Reason})
		}
	}
	if err := a.table(rows); err != nil {
		return err
	}
	a.printBroken(r.Broken, "looked into")
	shifted := fmt.Sprintf("%s in %s by %s", plural(r.Dates, "date"), plural(len(r.Blocks), "block"), r.By)
	left := ""
	if r.DatesLeft > 0 {
		left = fmt.Sprintf(", %d left alone", r.DatesLeft)
	}
	switch {
	case r.Dates == 0:
		a.printf("%s has no date to shift%s; no new version\n", r.Course.String(), left)
	case r.Preview:
		a.printf("%s%s; nothing has changed yet, --apply shifts them\n", shifted, left)
	default:
		a.printf("%s shifted%s: version %d\n", shifted, left, r.Version)
	}
	return nil
}

// dateName says which date of a block is meant.
func dateName(part authoring.Part, name string) string {
	if part == authoring.InPolicy {
		return strings.TrimSpace(name + " (policy)")
	}
	return name
}
