package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/grading"
	"lectern/courses/learner"
)

type gradesOptions struct {
	user  string
	csv   string
	force bool
}

func (a *app) gradesCommand() *cobra.Command {
	var o gradesOptions
	cmd := &cobra.Command{
		Use:     "grades COURSE",
		GroupID: groupLearners,
		Short:   "List the grades of a course, and change how they are made",
		Long: `List the grades of all learners who are enrolled in a course, by name. It changes nothing.

--csv writes a table for spreadsheets, one row for each learner: percent, letter, and a column for each assignment of the policy, as a share from
0 to 1. An empty cell was never attempted, which is not the same as 0; "not in the course" is what a learner does not have. A text
that a spreadsheet would take for a formula has an apostrophe before it.

The other commands say what a policy would change, make grades anew, freeze them, and set them by hand.`,
		Example: `  lectern grades course-v1:Lectern+ByExample+2026
  lectern grades course-v1:Lectern+ByExample+2026 --csv grades.csv
  lectern grades recalculate course-v1:Lectern+ByExample+2026 --dry-run`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runGrades(cmd.Context(), args[0], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.user, "user", "", "`name` of a learner: only that one")
	flags.StringVar(&o.csv, "csv", "", "write a table to this `file`, or to standard output for -")
	flags.BoolVar(&o.force, "force", false, "with --csv: replace the file if it exists")
	cmd.AddCommand(a.gradesPolicyCommand(), a.gradesRecalculateCommand(), a.gradesFreezeCommand(), a.gradesUnfreezeCommand(), a.gradesAcceptCommand(),
		a.gradesOverrideCommand())
	return cmd
}

func (a *app) runGrades(ctx context.Context, course string, o gradesOptions) error {
	if o.csv != "" && a.json {
		return &usageError{message: "--csv and --json do not go together", advice: "leave one of them out"}
	}
	return a.withGrades(ctx, course, toRead, func(g *courses.Gradebook, c *courses.Course) error {
		b := &book{Gradebook: g, course: c, columns: c.Columns()}
		err := b.list(ctx, o.user)
		switch {
		case err != nil:
			return err
		case o.csv == "-":
			return b.writeCSV(ctx, a.out)
		case o.csv != "":
			if err := createFile(o.csv, o.force, func(w io.Writer) error { return b.writeCSV(ctx, w) }); err != nil {
				return err
			}
			if !a.quiet {
				a.printf("%s: %s\n", o.csv, plural(len(b.learners), "learner"))
			}
			return nil
		case a.json:
			return a.printBookJSON(ctx, b)
		}
		return a.printBook(ctx, b)
	})
}

// book is the grades of a course, to be written row by row.
type book struct {
	*courses.Gradebook
	course   *courses.Course
	columns  []courses.Column
	learners []learner.Listed // ordered by name
}

// gradesPage is the number of learners whose grades are read at a time.
const gradesPage = 100

// list finds the learners: all who are enrolled, or one.
func (b *book) list(ctx context.Context, user string) error {
	key := b.course.Content.Key
	for after := int64(0); ; {
		page, next, err := b.Learners.List(ctx, key, after, gradesPage)
		if err != nil {
			return err
		}
		b.learners = append(b.learners, page...)
		if after = next; next == 0 {
			break
		}
	}
	slices.SortFunc(b.learners, learner.Listed.Compare)
	if user == "" {
		return nil
	}
	u, err := b.Learners.FindUser(ctx, user)
	if err != nil {
		return err
	}
	b.learners = slices.DeleteFunc(b.learners, func(l learner.Listed) bool { return l.Learner != u.ID })
	if len(b.learners) == 0 {
		return &courses.RefusedError{Reason: courses.NotEnrolled, Text: fmt.Sprintf("%s is not enrolled in %s", u.Name, key)}
	}
	return nil
}

// rows calls each with the grades of every learner, in order.
func (b *book) rows(ctx context.Context, each func(*courses.Row) error) error {
	for some := range slices.Chunk(b.learners, gradesPage) {
		rows, err := b.RowsOf(ctx, b.course.Content.Key, some)
		if err != nil {
			return err
		}
		for i := range rows {
			if err := each(&rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// nameOf is the name of a learner, or the id of one who has no account here.
func nameOf(l learner.Listed) string { return cmp.Or(l.Name, l.Learner.String()) }

func (a *app) printBook(ctx context.Context, b *book) error {
	rows := [][]string{{"learner", "percent", "grade", ""}}
	passed, pending := 0, 0
	err := b.rows(ctx, func(r *courses.Row) error {
		if r.Record.Passed {
			passed++
		}
		if r.Pending {
			pending++
		}
		rows = append(rows, []string{nameOf(r.Listed), percentText(r.Record.Percent), gradeWord(r.Record.Outcome), strings.Join(rowMarks(r), ", ")})
		return nil
	})
	if err != nil {
		return err
	}
	if len(b.learners) == 0 {
		a.printf("nobody is enrolled in %s\n", b.course.Content.Key.String())
		return nil
	}
	if err := a.table(rows); err != nil || a.quiet {
		return err
	}
	a.printf("\n%s, %d passed\n", plural(len(b.learners), "learner"), passed)
	if pending > 0 {
		a.printf("%s to be graded anew; lectern grades recalculate %s does it\n", waiting(pending), b.course.Content.Key.String())
	}
	return a.printStale(ctx, b)
}

func waiting(n int) string {
	if n == 1 {
		return "1 learner waits"
	}
	return plural(n, "learner") + " wait"
}

// printStale lists what was published anew since learners were graded in it.
func (a *app) printStale(ctx context.Context, b *book) error {
	stale, err := b.Stale(ctx, b.course.Content.Key)
	for _, s := range stale {
		what := "is another one than when " + plural(s.Learners, "learner") + " got a grade in it; recalculate with --mode attempted or all counts it as it is now"
		if s.Removed {
			what = "is not published any more; " + plural(s.Learners, "learner") + " had a grade in it"
		}
		a.printf("%s %s\n", titleOr(s.Title, s.Subsection.String()), what)
	}
	return err
}

func gradeWord(o grading.Outcome) string {
	switch {
	case o.Letter != "":
		return o.Letter
	case o.Passed:
		return "passed"
	}
	return "-"
}

func rowMarks(r *courses.Row) (marks []string) {
	switch s := r.Record.Shadow; {
	case s != nil:
		marks = append(marks, "frozen; would be "+outcomeText(s.Outcome, true))
	case !r.Grade.Attempted:
		marks = append(marks, "never attempted")
	}
	if r.Pending {
		marks = append(marks, "to be graded anew")
	}
	return marks
}

// bookRow is the --json form of a learner's grades.
type bookRow struct {
	Learner     string        `json:"learner"`
	ID          string        `json:"id"`
	Mode        string        `json:"mode"`
	Percent     float64       `json:"percent"`
	Letter      string        `json:"letter"`
	Passed      bool          `json:"passed"`
	Attempted   bool          `json:"attempted"`
	Shadow      *shownOutcome `json:"shadow"`
	Pending     bool          `json:"pending"`
	Assignments []bookCell    `json:"assignments"`
}

// bookCell is what a learner has in a column. Percent is null for what was never attempted, is not in the learner's course, or not written yet.
type bookCell struct {
	Label      string        `json:"label"`
	Type       string        `json:"type"`
	Subsection string        `json:"subsection,omitempty"`
	Average    bool          `json:"average,omitempty"`
	State      grading.State `json:"state,omitempty"`
	Percent    *float64      `json:"percent"`
	Dropped    bool          `json:"dropped,omitempty"`
}

func (a *app) printBookJSON(ctx context.Context, b *book) error {
	list := []bookRow{}
	err := b.rows(ctx, func(r *courses.Row) error {
		row := bookRow{
			Learner: r.Name, ID: r.Learner.String(), Mode: r.Mode, Percent: r.Record.Percent, Letter: r.Record.Letter, Passed: r.Record.Passed,
			Attempted: r.Grade.Attempted, Pending: r.Pending, Assignments: []bookCell{},
		}
		if s := r.Record.Shadow; s != nil {
			shadow := outcomeOf(s.Outcome)
			row.Shadow = &shadow
		}
		for _, column := range b.columns {
			row.Assignments = append(row.Assignments, bookCellOf(r, column))
		}
		list = append(list, row)
		return nil
	})
	if err != nil {
		return err
	}
	return a.printJSON(map[string]any{
		"course": b.course.Content.Key.String(), "version": b.course.Content.Version.Seq, "policy": b.course.Policy.Hash(), "learners": list,
	})
}

func bookCellOf(r *courses.Row, column courses.Column) bookCell {
	value := r.Cell(column)
	cell := bookCell{Label: column.Label, Type: column.Type, Average: column.Average, State: value.State, Dropped: value.Dropped}
	if !column.Subsection.IsZero() {
		cell.Subsection = column.Subsection.String()
	}
	if value.State == grading.Attempted {
		cell.Percent = &value.Percent
	}
	return cell
}

// writeCSV writes the grades as a table, a row at a time.
func (b *book) writeCSV(ctx context.Context, out io.Writer) error {
	w := csv.NewWriter(out)
	header := []string{"learner", "id", "mode", "percent", "letter", "passed", "pending"}
	taken := make(map[string]bool)
	for _, name := range header {
		taken[name] = true
	}
	for _, column := range b.columns {
		label := column.Label
		for n := 2; taken[label]; n++ {
			label = fmt.Sprintf("%s (%d)", column.Label, n)
		}
		taken[label] = true
		header = append(header, noFormula(label))
	}
	if err := w.Write(header); err != nil {
		return err
	}
	err := b.rows(ctx, func(r *courses.Row) error {
		row := []string{
			noFormula(r.Name), r.Learner.String(), noFormula(r.Mode), share(r.Record.Percent), noFormula(r.Record.Letter), yesNo(r.Record.Passed), yesNo(r.Pending),
		}
		for _, column := range b.columns {
			row = append(row, csvCell(r.Cell(column)))
		}
		return w.Write(row)
	})
	w.Flush()
	return cmp.Or(err, w.Error())
}

// csvCell is empty for what was never attempted, so that it is not taken for 0.
func csvCell(c courses.Cell) string {
	switch c.State {
	case grading.Attempted:
		return share(c.Percent)
	case grading.Excluded:
		return "not in the course"
	}
	return ""
}

func share(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// noFormula keeps a spreadsheet from taking a text for a formula.
func noFormula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}
