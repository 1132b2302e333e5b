package main

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

type datesFlags struct {
	lookFlags
	ics   string
	site  string
	force bool
}

func (a *app) datesCommand() *cobra.Command {
	var f datesFlags
	cmd := &cobra.Command{
		Use:     "dates COURSE",
		GroupID: groupLearners,
		Short:   "List the dates of a learner in a course, or write a calendar",
		Long: `List all dates of a course in order, as they hold for a learner: when things open and are due, and where each date comes from: the course, an
extension, the learner's cohort, weeks from where the learner began. Without --user it is somebody without dates of their own. It changes nothing.

--ics writes an iCalendar file, for calendar programs: to standard output, or with --ics=FILE into a file. Its events have names that stay the
same and tell when they were changed, so that a calendar which is read again moves them; dates that there are not any more are cancelled for 90
days. --site is the domain in the names.

In a self-paced course, due dates count from where each learner began; lectern dates reset lets one begin anew.`,
		Example: `  lectern dates course-v1:Lectern+ByExample+2026 --user anna
  lectern dates course-v1:Lectern+ByExample+2026 --user anna --ics=anna.ics --site learn.example.org`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runDates(cmd.Context(), args[0], f)
		},
	}
	flags := cmd.Flags()
	f.lookFlags.add(flags)
	flags.StringVar(&f.ics, "ics", "", "write a calendar to this `file`, or to standard output")
	flags.Lookup("ics").NoOptDefVal = "-"
	flags.StringVar(&f.site, "site", "lectern.invalid", "`domain` of the site, for the names of events")
	flags.BoolVar(&f.force, "force", false, "with --ics: replace the file if it exists")
	cmd.AddCommand(a.datesResetCommand())
	return cmd
}

// shownDates is the --json form of the dates of a learner.
type shownDates struct {
	Course    string      `json:"course"`
	User      string      `json:"user,omitempty"`
	At        string      `json:"at"`
	SelfPaced bool        `json:"self_paced"`
	Start     string      `json:"start,omitempty"` // where due dates count from
	Missed    bool        `json:"missed"`
	MissedAt  string      `json:"missed_at,omitempty"`
	MayReset  bool        `json:"may_reset"`
	Dates     []shownDate `json:"dates"`
}

// shownDate is one of them. Source, From and Weeks say where a due date comes from.
type shownDate struct {
	At     string   `json:"at"`
	Kind   string   `json:"kind"`
	Block  string   `json:"block"`
	Title  string   `json:"title"`
	Format string   `json:"format,omitempty"`
	Graded bool     `json:"graded"`
	Past   bool     `json:"past"`
	Done   bool     `json:"done"`
	Source string   `json:"source,omitempty"`
	From   string   `json:"from,omitempty"`
	Cohort string   `json:"cohort,omitempty"`
	Weeks  int      `json:"weeks,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

func (a *app) runDates(ctx context.Context, course string, f datesFlags) error {
	switch {
	case f.ics != "" && a.json:
		return together("--ics", "--json")
	case !isDomain(f.site):
		return &usageError{message: fmt.Sprintf("%q is no domain", f.site), advice: "write it as learn.example.org, without a path"}
	}
	return a.look(ctx, course, f.lookFlags, toRead, func(l *looking) error {
		o := courses.ViewOptions{}
		o.UnenrolledAccess, o.Lift = true, l.user.ID.IsZero() // dates of the course are no secret from whoever has its store
		d, err := l.Dates(ctx, l.user.ID, l.course, l.at, o)
		switch {
		case err != nil:
			return err
		case f.ics != "":
			return a.writeCalendar(ctx, l, d, o, f)
		case a.json:
			return a.printJSON(l.shown(d))
		}
		return a.printDates(l, d)
	})
}

// isDomain reports whether a text can be the name of a site.
func isDomain(text string) bool {
	other := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '-' }
	return text != "" && !strings.ContainsFunc(text, other)
}

// calendar makes the calendar. It says nothing of who the learner is.
func (l *looking) calendar(ctx context.Context, d *courses.Dates, o courses.ViewOptions, site string) (*schedule.Calendar, error) {
	id, title := "", d.Outline.Course.Title
	if !l.user.ID.IsZero() {
		id = l.user.ID.String()
	}
	told, err := l.Calendar(ctx, l.user.ID, l.course, l.at, o)
	if err != nil {
		return nil, err
	}
	return &schedule.Calendar{Site: site, Learner: id, Title: title, Courses: []schedule.CourseDates{{Key: l.course, Title: title, Dates: told}}}, nil
}

// writeCalendar writes the calendar to where it was asked for.
func (a *app) writeCalendar(ctx context.Context, l *looking, d *courses.Dates, o courses.ViewOptions, f datesFlags) error {
	c, err := l.calendar(ctx, d, o, f.site)
	switch {
	case err != nil:
		return err
	case f.ics == "-":
		return c.Write(a.out)
	}
	if err := createFile(f.ics, f.force, c.Write); err != nil {
		return err
	}
	if !a.quiet {
		a.printf("%s: %s\n", f.ics, plural(len(d.List), "date"))
	}
	return nil
}

func (l *looking) shown(d *courses.Dates) *shownDates {
	s := &shownDates{
		Course: l.course.String(), User: l.user.Name, At: l.text(l.at), SelfPaced: d.Outline.Course.Plan.SelfPaced(), Start: l.text(d.Start),
		Missed: d.Missed.Deadlines, MissedAt: blockText(d.MissedAt), MayReset: !d.Start.IsZero() && d.Outline.Facts.Enrolled && d.Missed.MayReset(), Dates: []shownDate{},
	}
	for i := range d.List {
		e := &d.List[i]
		shown := shownDate{
			At: l.text(e.At), Kind: string(e.Kind), Block: e.Block.String(), Title: e.Title, Format: e.Format, Graded: e.Graded, Past: e.At.Before(l.at), Done: e.Done,
			From: blockText(e.From), Cohort: e.Cohort, Weeks: e.Weeks, Notes: e.Flags.Names(),
		}
		if e.Kind == schedule.Due {
			shown.Source = e.Source.String()
		}
		s.Dates = append(s.Dates, shown)
	}
	return s
}

func blockText(id key.BlockID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// happens says what happens at a date.
var happens = map[schedule.Kind]string{
	schedule.Release: "opens", schedule.Due: "due", schedule.Close: "closes", schedule.CourseStart: "starts", schedule.CourseEnd: "ends",
	schedule.AccessExpires: "access ends",
}

func (a *app) printDates(l *looking, d *courses.Dates) error {
	if !a.quiet {
		a.printf("%s (%s) for %s on %s\n", d.Outline.Course.Title, l.course.String(), l.who(), l.text(l.at))
	}
	var rows [][]string
	for i := range d.List {
		e := &d.List[i]
		rows = append(rows, []string{l.text(e.At), happens[e.Kind], e.Block.String(), e.Title, sourceText(e), l.standing(d, e)})
	}
	if err := a.table(rows); err != nil {
		return err
	}
	switch {
	case a.quiet:
	case len(rows) == 0:
		a.printf("no dates\n")
	case d.Missed.Deadlines && d.Missed.Off:
		a.printf("deadlines were missed, first that of %s; lectern flags explain %s tells why they cannot be shifted\n", d.MissedAt.String(), courses.FeatureDatesReset)
	case d.Missed.Deadlines:
		a.printf("deadlines were missed, first that of %s; lectern dates reset COURSE --user NAME shifts them\n", d.MissedAt.String())
	case !d.Start.IsZero():
		a.printf("deadlines count from %s\n", l.text(d.Start))
	}
	return nil
}

// standing says how far the learner is at a due date that has passed.
func (l *looking) standing(d *courses.Dates, e *courses.Dated) string {
	switch {
	case e.Kind != schedule.Due || !d.Outline.Facts.Enrolled || !e.Graded:
		return ""
	case e.Done:
		return "done"
	case e.At.Before(l.at):
		return "missed"
	}
	return ""
}

// sourceText says where a due date comes from.
func sourceText(e *courses.Dated) string {
	of := ""
	if e.Kind != schedule.Due {
		return ""
	}
	if e.From != e.Block && !e.From.IsZero() {
		of = ", of " + e.From.String()
	}
	switch e.Source {
	case schedule.FromAnchor:
		if e.Weeks > 0 {
			return plural(e.Weeks, "week") + " from the learner's start" + of
		}
		return "spread over the course from the learner's start" + of
	case schedule.FromGroup:
		return "of the cohort " + e.Cohort + of
	case schedule.FromLearner, schedule.FromDuration:
		return "extension" + of
	}
	return "of the course" + of
}

func (a *app) datesResetCommand() *cobra.Command {
	var o acting
	var f lookFlags
	cmd := &cobra.Command{
		Use:   "reset COURSE",
		Short: "Let a learner of a self-paced course begin anew now",
		Long: `Let a learner of a self-paced course begin anew now: all due dates that count from where the learner began move as far, those of finished work
too. Extensions stay. Where the feature dates.reset is off (lectern flags) it is refused. What it does is stored in the database of learners.`,
		Example: `  lectern dates reset course-v1:Lectern+ByExample+2026 --user anna`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.user == "" {
				return &usageError{message: "dates reset needs a learner", advice: "say --user NAME"}
			}
			return a.runDatesReset(cmd.Context(), args[0], f, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.user, "user", "", "`name` of the learner")
	flags.StringVar(&f.zone, "zone", "UTC", "`place` whose clocks count, such as Europe/Paris")
	o.addFlag(cmd)
	return cmd
}

// resetDates is the --json form of what a reset did.
type resetDates struct {
	Course string `json:"course"`
	User   string `json:"user"`
	Before string `json:"before,omitempty"` // where due dates counted from
	Start  string `json:"start"`
	Moved  int    `json:"moved"`
}

func (a *app) runDatesReset(ctx context.Context, course string, f lookFlags, o acting) error {
	return a.look(ctx, course, f, toWrite, func(l *looking) error {
		actor, err := o.user(ctx, l.Learners)
		if err != nil {
			return err
		}
		before, after, err := l.Shift(ctx, learner.Target{Learner: l.user.ID, Course: l.course, Actor: actor})
		if err != nil {
			return err
		}
		done := resetDates{Course: l.course.String(), User: l.user.Name, Before: l.text(before.Start), Start: l.text(after.Start), Moved: moved(before, after)}
		if a.json {
			return a.printJSON(done)
		}
		a.printf("%s: %s of %s moved, they count from %s\n", done.Course, plural(done.Moved, "due date"), done.User, done.Start)
		return nil
	})
}

// moved counts the due dates that are others than before.
func moved(before, after *courses.Dates) (n int) {
	due := func(d *courses.Dates) map[key.BlockID]time.Time {
		all := make(map[key.BlockID]time.Time)
		for i := range d.List {
			if e := &d.List[i]; e.Kind == schedule.Due {
				all[e.Block] = e.At
			}
		}
		return all
	}
	was, is := due(before), due(after)
	for id, at := range is {
		if !at.Equal(was[id]) {
			n++
		}
	}
	for id := range was {
		if _, still := is[id]; !still {
			n++
		}
	}
	return n
}
