package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/modulestore"
	"lectern/modulestore/authoring"
	"lectern/modulestore/key"
)

type simulateFlags struct {
	shift, start, end, dates string
	user, zone               string
	limit, names             int
}

func (a *app) simulateCommand() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:     "simulate COURSE",
		GroupID: groupLearners,
		Short:   "Show which dates would move, and for whom, if those of a course were others",
		Long: `Show every date of the course, its sections and subsections that would move, and for whom of those who are enrolled, if authors changed
dates: all of them by a distance (--shift), all of them so that the course begins at another time (--start), its end (--end), or single ones. It
counts extensions of learners and cohorts, beta testers and where each learner began. It changes nothing.

--dates names a file of comma-separated values with the header block,field,value: a block as type/name, start, due or (of the course) end, and a
time, or nothing for no date. --user looks at one learner alone. --limit is how many moves are listed, and --names how
many learners are named for each; the rest is counted.`,
		Example: `  lectern simulate course-v1:Lectern+ByExample+2026 --shift 7d
  lectern simulate course-v1:Lectern+ByExample+2026 --start 2027-01-15T09:00 --zone Europe/Paris`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runSimulate(cmd.Context(), args[0], f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.shift, "shift", "", "move all dates by this `distance`, such as 7d, -2w or 36h")
	flags.StringVar(&f.start, "start", "", "`time` at which the course begins; all dates move as far")
	flags.StringVar(&f.end, "end", "", "`time` at which the course ends")
	flags.StringVar(&f.dates, "dates", "", "`file` of single dates")
	flags.StringVar(&f.user, "user", "", "`name` of a learner: only that one")
	flags.StringVar(&f.zone, "zone", "UTC", "`place` whose clocks count, such as Europe/Paris")
	flags.IntVar(&f.limit, "limit", 1000, "`number` of moves that are listed")
	flags.IntVar(&f.names, "names", 5, "`number` of learners that are named for each move")
	return cmd
}

// simulatedMove is the --json form of a date that would be another one.
type simulatedMove struct {
	Block    string   `json:"block"`
	Title    string   `json:"title"`
	Kind     string   `json:"kind"`
	From     string   `json:"from,omitempty"` // none: there is no such date
	To       string   `json:"to,omitempty"`
	Cohort   string   `json:"cohort,omitempty"` // whose due date comes, or goes
	Learners int      `json:"learners"`
	Names    []string `json:"names"` // of the first of them
}

// simulatedProblem is what would be odd.
type simulatedProblem struct {
	Code    string `json:"code"`
	Block   string `json:"block"`
	Message string `json:"message"`
}

func (a *app) runSimulate(ctx context.Context, course string, f simulateFlags) error {
	c, err := courseOfLearners(course)
	if err != nil {
		return err
	}
	l := &looking{course: c}
	if l.zone, err = parseZone(f.zone); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		if _, err := store.Head(ctx, c); err != nil {
			return err
		}
		simulate := func(db *learner.DB) error {
			l.Gradebook = courses.NewGradebook(store, db)
			return a.simulate(ctx, l, f)
		}
		err := a.withLearners(ctx, toRead, simulate)
		if errors.Is(err, learner.ErrNoTables) && f.user == "" {
			return simulate(nil) // nobody has dates of their own
		}
		return err
	})
}

func (f *simulateFlags) check() error {
	given := 0
	for _, flag := range []string{f.shift, f.start, f.end, f.dates} {
		if flag != "" {
			given++
		}
	}
	switch {
	case given == 0:
		return &usageError{message: "simulate needs a change", advice: "say --shift 7d, --start TIME, --end TIME or --dates FILE"}
	case f.shift != "" && f.start != "":
		return together("--shift", "--start")
	case f.limit < 1:
		return &usageError{message: fmt.Sprintf("--limit %d lists nothing", f.limit), advice: "say 1 or more"}
	case f.names < 0:
		return &usageError{message: fmt.Sprintf("nobody can name %d learners", f.names), advice: "say --names 0 or more"}
	}
	return nil
}

func (a *app) simulate(ctx context.Context, l *looking, f simulateFlags) error {
	c, err := l.Course(ctx, l.course)
	if err != nil {
		return err
	}
	w, err := f.whatIf(c)
	if err != nil {
		return err
	}
	var users []learner.Listed
	if f.user != "" {
		u, err := l.Learners.FindUser(ctx, f.user)
		if err != nil {
			return err
		}
		users = []learner.Listed{{Learner: u.ID, Name: u.Name}}
	}
	p := &movesPrinter{app: a, looking: l, flags: f}
	done, err := l.Simulate(ctx, l.course, w, users, p.print)
	if err == nil {
		err = p.finish(done)
	}
	return err
}

// whatIf reads what shall be changed.
func (f *simulateFlags) whatIf(c *courses.Course) (w courses.WhatIf, err error) {
	switch {
	case f.shift != "":
		by, err := authoring.ParseShift(f.shift)
		if err != nil {
			return w, asUsage(err)
		}
		w.Shift = func(t time.Time) time.Time { return t.UTC().AddDate(0, 0, by.Days).Add(by.Rest) }
	case f.start != "":
		at, err := parseTimeIn("--start", f.start, f.zone)
		if err != nil {
			return w, err
		}
		var ok bool
		if w, ok = c.Starting(at); !ok {
			return w, fmt.Errorf("%s has no start that could be moved; lectern set COURSE course/NAME start=… gives it one", c.Content.Key)
		}
	}
	if f.dates != "" {
		if w.Dates, err = readDates(f.dates, f.zone); err != nil {
			return w, err
		}
	}
	if f.end != "" {
		at, err := parseTimeIn("--end", f.end, f.zone)
		if err != nil {
			return w, err
		}
		w.Dates = append(w.Dates, courses.DateChange{Block: c.Content.Blocks[0].ID, Field: "end", At: at})
	}
	return w, nil
}

// readDates reads a file of dates.
func readDates(path, zone string) (list []courses.DateChange, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.FieldsPerRecord, r.TrimLeadingSpace = 3, true
	for line := 1; ; line++ {
		row, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, &usageError{message: fmt.Sprintf("%s: %v", path, err), advice: "its lines are block,field,value"}
		case line == 1 && strings.EqualFold(strings.Join(row, ","), "block,field,value"):
			continue
		}
		change, err := dateChange(row, zone, fmt.Sprintf("%s, line %d", path, line))
		if err != nil {
			return nil, err
		}
		list = append(list, change)
	}
}

func dateChange(row []string, zone, place string) (change courses.DateChange, err error) {
	if change.Block, err = key.ParseBlockID(row[0]); err != nil {
		return change, &usageError{message: fmt.Sprintf("%s: %v", place, err), advice: "write a block as type/name"}
	}
	change.Field = strings.TrimSpace(row[1])
	if strings.TrimSpace(row[2]) != "" {
		change.At, err = parseTimeIn(place, row[2], zone)
	}
	return change, err
}

// movesPrinter prints moves as they come, up to the limit.
type movesPrinter struct {
	*app
	*looking
	flags  simulateFlags
	listed int
	rows   [][]string // that are still to be printed
	err    error
}

// tableRows is the number of rows that have their columns in common.
const tableRows = 500

func (p *movesPrinter) print(m *courses.Moved) {
	if p.listed == p.flags.limit || p.err != nil {
		return
	}
	p.listed++
	named := m.Learners[:min(len(m.Learners), p.flags.names)]
	names := make([]string, len(named))
	for i := range named {
		names[i] = nameOf(named[i])
	}
	from, to := p.text(m.From.Time()), p.text(m.To.Time())
	if p.json {
		p.printMember(simulatedMove{m.Block.String(), m.Title, string(m.Kind), from, to, m.Cohort, len(m.Learners), names})
		return
	}
	who := strings.Join(names, ", ")
	if others := len(m.Learners) - len(names); others > 0 && len(names) > 0 {
		who += fmt.Sprintf(" and %d more", others)
	}
	number := plural(len(m.Learners), "learner")
	if m.Cohort != "" {
		number += " of the cohort " + m.Cohort
	}
	p.rows = append(p.rows, []string{m.Block.String(), happens[m.Kind], dateOr(from), "->", dateOr(to), number, who})
	if len(p.rows) == tableRows {
		p.flush()
	}
}

func (p *movesPrinter) flush() {
	p.err = errors.Join(p.err, p.table(p.rows))
	p.rows = p.rows[:0]
}

// simulated is what follows the moves in the --json form.
type simulated struct {
	Learners int                `json:"learners"`
	Affected int                `json:"affected"`
	LeftOut  int                `json:"left_out"`
	Problems []simulatedProblem `json:"problems"`
}

// printMember prints a move as a member of the list in the one object of the --json form.
func (p *movesPrinter) printMember(m simulatedMove) {
	before := ","
	if p.listed == 1 {
		before = p.head()
	}
	text, err := jsonText(m, "    ")
	_, _ = p.out.WriteString(before + "\n    " + text)
	p.err = err
}

// head is what comes before the moves in the --json form.
func (p *movesPrinter) head() string {
	return fmt.Sprintf("{\n  \"course\": %q,\n  \"moves\": [", p.course.String())
}

// finish prints what follows the moves.
func (p *movesPrinter) finish(s *courses.Simulation) error {
	if p.json {
		return p.finishJSON(s)
	}
	if p.flush(); p.err != nil {
		return p.err
	}
	for _, problem := range s.Problems {
		p.printf("%s: %s (%s)\n", problem.Block.String(), problem.Message, problem.Code)
	}
	if p.quiet {
		return nil
	}
	if left := s.Moves - p.listed; left > 0 {
		p.printf("and %s not listed; --limit lists more\n", plural(left, "move"))
	}
	p.printf("%s would move for %d of %s; nothing has changed\n", plural(s.Moves, "date"), s.Affected, plural(s.Learners, "learner"))
	return nil
}

func (p *movesPrinter) finishJSON(s *courses.Simulation) error {
	end := "\n  ]"
	if p.listed == 0 {
		end = p.head() + "]"
	}
	rest := simulated{Learners: s.Learners, Affected: s.Affected, LeftOut: s.Moves - p.listed, Problems: []simulatedProblem{}}
	for _, problem := range s.Problems {
		rest.Problems = append(rest.Problems, simulatedProblem{problem.Code, problem.Block.String(), problem.Message})
	}
	text, err := jsonText(rest, "")
	if err = errors.Join(p.err, err); err != nil {
		return err
	}
	_, err = p.out.WriteString(end + "," + strings.TrimPrefix(text, "{") + "\n")
	return err
}

// dateOr is a date, or that there is none.
func dateOr(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
