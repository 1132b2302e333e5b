package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

func (a *app) gradesPolicyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "policy COURSE [FILE]",
		Short: "Check a grading policy, and say whose grade it would change",
		Long: `Check a grading policy, that of the course or one in a file, and list what is odd in it with line and column; then list
the learners whose grade it would change. The exit code is 1 if there are errors in it. It changes nothing: the policy of a course
is part of its archive (grading_policy.json), and grades follow a new one with lectern grades recalculate.`,
		Example: "  lectern grades policy course-v1:Lectern+ByExample+2026",
		Args:    takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runGradesPolicy(cmd.Context(), args)
		},
	}
}

// policyReport is the --json form of what a policy is like and would change.
type policyReport struct {
	Course   string          `json:"course"`
	Policy   string          `json:"policy"` // its hash
	Problems []policyProblem `json:"problems"`
	*changes
}

type policyProblem struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Fix      string `json:"fix"`
}

func (a *app) runGradesPolicy(ctx context.Context, args []string) error {
	return a.withGrades(ctx, args[0], toRead, func(g *courses.Gradebook, c *courses.Course) error {
		policy, problems, name := c.Policy, c.PolicyProblems, "grading_policy.json"
		if len(args) > 1 {
			text, err := os.ReadFile(args[1])
			if err != nil {
				return err
			}
			policy, problems = courses.CheckPolicy(text)
			name = args[1]
		}
		report := policyReport{Course: c.Content.Key.String(), Policy: policy.Hash(), Problems: []policyProblem{}}
		broken := false
		for _, p := range problems {
			broken = broken || p.Severity == field.Error
			report.Problems = append(report.Problems, policyProblem{p.Rule, p.Severity.String(), p.Path, p.Line, p.Column, p.Message, p.Fix})
			if !a.json {
				a.printf("%s:%s; %s\n", name, p.String(), p.Fix)
			}
		}
		if !broken {
			var err error
			if report.changes, err = a.preview(ctx, g, c, courses.Keep, policy); err != nil {
				return err
			}
		}
		switch {
		case a.json:
			if err := a.printJSON(report); err != nil {
				return err
			}
		case !broken:
			if err := a.printGradeChanges(report.changes, false); err != nil {
				return err
			}
		}
		if broken {
			return errFindings
		}
		return nil
	})
}

// changes are what something does to the grades of a course.
type changes struct {
	Changed    int            `json:"changed"`
	Raised     int            `json:"raised"`
	Lowered    int            `json:"lowered"`
	Letters    int            `json:"letters"`
	NowPassing int            `json:"now_passing"`
	NowFailing int            `json:"now_failing"`
	Learners   []changedGrade `json:"learners"`
}

type changedGrade struct {
	Learner string       `json:"learner"`
	Before  shownOutcome `json:"before"`
	After   shownOutcome `json:"after"`
}

func changedOf(name string, c grading.Change) changedGrade {
	return changedGrade{name, outcomeOf(c.Before), outcomeOf(c.After)}
}

func changesOf(t grading.Tally, list []changedGrade) *changes {
	return &changes{t.Changed, t.Raised, t.Lowered, t.Letters, t.NowPassing, t.NowFailing, list}
}

// namesIn gives the names of those who are enrolled in a course.
func namesIn(ctx context.Context, g *courses.Gradebook, c *courses.Course) (func(learner.ID) string, error) {
	b := &book{Gradebook: g, course: c}
	if err := b.list(ctx, ""); err != nil {
		return nil, err
	}
	names := make(map[learner.ID]string, len(b.learners))
	for _, l := range b.learners {
		names[l.Learner] = l.Name
	}
	return func(id learner.ID) string { return nameOf(learner.Listed{Learner: id, Name: names[id]}) }, nil
}

// preview tells what a policy or a recalculation would change.
func (a *app) preview(ctx context.Context, g *courses.Gradebook, c *courses.Course, mode courses.Mode, policy *grading.Policy) (*changes, error) {
	name, err := namesIn(ctx, g, c)
	if err != nil {
		return nil, err
	}
	list := []changedGrade{}
	tally, err := g.Preview(ctx, c.Content.Key, mode, policy, func(id learner.ID, change grading.Change) error {
		list = append(list, changedOf(name(id), change))
		return nil
	})
	return changesOf(tally, list), err
}

// printGraded prints the grades that were made anew.
func (a *app) printGraded(ctx context.Context, g *courses.Gradebook, c *courses.Course, graded []learner.Graded) error {
	name, err := namesIn(ctx, g, c)
	if err != nil {
		return err
	}
	list, tally := []changedGrade{}, grading.Tally{}
	for _, one := range graded {
		change := courses.Change(one)
		if tally.Add(change); change.Any() {
			list = append(list, changedOf(name(one.Learner), change))
		}
	}
	if a.json {
		return a.printJSON(changesOf(tally, list))
	}
	return a.printGradeChanges(changesOf(tally, list), true)
}

// printGradeChanges prints whose grade has changed or, if nothing was done yet, would change; and how many that are.
func (a *app) printGradeChanges(c *changes, done bool) error {
	rows := make([][]string, len(c.Learners))
	for i, l := range c.Learners {
		rows[i] = []string{l.Learner, changedText(l.Before), "->", changedText(l.After)}
	}
	if err := a.table(rows); err != nil {
		return err
	}
	verb := "would change"
	if done {
		verb = "changed"
	}
	if c.Changed == 0 {
		a.printf("no grade %s\n", verb)
		return nil
	}
	a.printf("%s %s: %d higher, %d lower, %d now passing, %d now failing\n", plural(c.Changed, "grade"), verb, c.Raised, c.Lowered, c.NowPassing, c.NowFailing)
	return nil
}

func changedText(o shownOutcome) string {
	return strings.TrimSpace(percentText(o.Percent) + " " + o.Letter)
}

func (a *app) gradesRecalculateCommand() *cobra.Command {
	var mode string
	var dry bool
	cmd := &cobra.Command{
		Use:   "recalculate COURSE",
		Short: "Make the grades of a course anew",
		Long: `Make the grades of a course anew, by what is published now. --mode says how much: keep takes the grades of subsections as they are, after a change of
the policy; attempted grades subsections anew too, with what problems were worth when they were tried; all takes the content as if it had always been
as it is. With --dry-run it lists whose grade would change, and changes nothing. A grade in a frozen course stays; what it would be is kept beside it.

Grades follow from answers, so nothing of what learners did is changed. They are stored with the learners: what is stored in the data folder, or in
the database of --db.`,
		Example: `  lectern grades recalculate course-v1:Lectern+ByExample+2026 --dry-run
  lectern grades recalculate course-v1:Lectern+ByExample+2026 --mode attempted`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runRecalculate(cmd.Context(), args[0], courses.Mode(mode), dry)
		},
	}
	cmd.Flags().StringVar(&mode, "mode", string(courses.Keep), "how `much`: keep, attempted or all")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "list what would change, and change nothing")
	return cmd
}

func (a *app) runRecalculate(ctx context.Context, course string, mode courses.Mode, dry bool) error {
	if mode != courses.Keep && mode != courses.Attempted && mode != courses.All {
		return &usageError{message: fmt.Sprintf("there is no mode %q", mode), advice: "choose keep, attempted or all"}
	}
	return a.withGrades(ctx, course, !dry, func(g *courses.Gradebook, c *courses.Course) error {
		if dry {
			found, err := a.preview(ctx, g, c, mode, nil)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(found)
			}
			return a.printGradeChanges(found, false)
		}
		graded, err := g.Recalculate(ctx, c.Content.Key, mode)
		if err != nil {
			return err
		}
		return a.printGraded(ctx, g, c, graded)
	})
}

func (a *app) gradesFreezeCommand() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   "freeze COURSE",
		Short: "Keep all grades of a course as they are",
		Long: `Keep percent, letter and pass of all learners of a course as they are, from now on or from a time on. Answers are taken as before; what they would
make of a grade is kept beside it, for lectern grades accept. That a course is frozen is stored in the data folder, or in the database of --db.`,
		Example: "  lectern grades freeze course-v1:Lectern+ByExample+2026",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runFreeze(cmd.Context(), args[0], at)
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "from this `time` on, such as 2026-09-01T08:00:00Z (default now)")
	return cmd
}

func (a *app) runFreeze(ctx context.Context, course, at string) error {
	from, err := timeOr(at, time.Time{})
	if err != nil {
		return err
	}
	return a.withGrades(ctx, course, toWrite, func(g *courses.Gradebook, c *courses.Course) error {
		if _, err := g.Project(ctx, c.Content.Key); err != nil { // what is due already counts
			return err
		}
		if from.IsZero() {
			from = g.Learners.Now()
		}
		if err := g.Freeze(ctx, c.Content.Key, from); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"course": c.Content.Key.String(), "frozen_from": timeText(from)})
		}
		a.printf("the grades of %s are frozen from %s on\n", c.Content.Key.String(), timeText(from))
		return nil
	})
}

func (a *app) gradesUnfreezeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "unfreeze COURSE",
		Short: "Let the grades of a frozen course follow the answers again",
		Long: `Let the grades of a frozen course follow what has happened again, and make them anew. They are stored with the learners: what is stored in the
data folder, or in the database of --db.`,
		Example: "  lectern grades unfreeze course-v1:Lectern+ByExample+2026",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withGrades(cmd.Context(), args[0], toWrite, func(g *courses.Gradebook, c *courses.Course) error {
				if err := g.Unfreeze(cmd.Context(), c.Content.Key); err != nil {
					return err
				}
				if a.json {
					return a.printJSON(map[string]any{"course": c.Content.Key.String(), "frozen_from": nil})
				}
				a.printf("the grades of %s follow the answers again\n", c.Content.Key.String())
				return nil
			})
		},
	}
}

func (a *app) gradesAcceptCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "accept COURSE NAME…",
		Short: "Make what waits beside frozen grades hold, for some learners",
		Long: `Make what waits beside the grades of a frozen course hold, for the learners who are named. The course stays frozen. Grades are stored with the
learners: what is stored in the data folder, or in the database of --db.`,
		Example: "  lectern grades accept course-v1:Lectern+ByExample+2026 anna",
		Args:    takes(2, maxArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runAccept(cmd.Context(), args[0], args[1:])
		},
	}
}

func (a *app) runAccept(ctx context.Context, course string, names []string) error {
	return a.withGrades(ctx, course, toWrite, func(g *courses.Gradebook, c *courses.Course) error {
		var users []learner.ID
		for _, name := range names {
			u, err := g.Learners.FindUser(ctx, name)
			if err != nil {
				return err
			}
			users = append(users, u.ID)
		}
		graded, err := g.Accept(ctx, c.Content.Key, users...)
		if err != nil {
			return err
		}
		return a.printGraded(ctx, g, c, graded)
	})
}

type overrideOptions struct {
	acting
	user   string
	reason string
	clear  bool
}

func (a *app) gradesOverrideCommand() *cobra.Command {
	var o overrideOptions
	cmd := &cobra.Command{
		Use:   "override COURSE SUBSECTION EARNED/POSSIBLE",
		Short: "Set the grade of a learner in a subsection by hand",
		Long: `Set the points of a learner in a subsection by hand. They hold against whatever the learner does, until --clear takes them back. EARNED alone leaves
what is possible as it is. It is written down with its reason, and stored with the learners: what is stored in the data folder, or in the database of --db.`,
		Example: `  lectern grades override course-v1:Lectern+ByExample+2026 sequential/check-and-import 2/3 --user anna --reason "handed in on paper"
  lectern grades override course-v1:Lectern+ByExample+2026 sequential/check-and-import --user anna --clear`,
		Args: takes(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runOverride(cmd.Context(), args, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.user, "user", "", "`name` of the learner")
	flags.StringVar(&o.reason, "reason", "", "why, for the history")
	flags.BoolVar(&o.clear, "clear", false, "take the grade back that was set by hand")
	o.addFlag(cmd)
	return cmd
}

func (a *app) runOverride(ctx context.Context, args []string, o overrideOptions) error {
	var set learner.OverridePayload
	switch {
	case o.user == "":
		return &usageError{message: "override needs a learner", advice: "name one with --user NAME"}
	case o.clear == (len(args) > 2):
		return &usageError{message: "override needs either points or --clear", advice: "write EARNED/POSSIBLE, such as 2/3"}
	case !o.clear && o.reason == "":
		return &usageError{message: "a grade that is set by hand needs a reason", advice: "say why with --reason"}
	case !o.clear:
		var err error
		if set, err = pointsOf(args[2]); err != nil {
			return err
		}
	}
	set.Reason = o.reason
	return a.withGrades(ctx, args[0], toWrite, func(g *courses.Gradebook, c *courses.Course) error {
		s, err := subsectionNamed(c, args[1])
		if err != nil {
			return err
		}
		u, err := g.Learners.FindUser(ctx, o.user)
		if err != nil {
			return err
		}
		by, err := o.acting.user(ctx, g.Learners)
		if err != nil {
			return err
		}
		at := learner.Target{Learner: u.ID, Course: c.Content.Key, Block: s.Key, Actor: by}
		report, err := g.Report(ctx, u.ID, c.Content.Key)
		if err != nil {
			return err
		}
		if report.Learner.Enrolment == nil {
			return &courses.RefusedError{Reason: courses.NotEnrolled, Text: fmt.Sprintf("%s was never enrolled in %s", u.Name, c.Content.Key)}
		}
		if o.clear {
			changed, err := g.Learners.ClearOverride(ctx, at, o.reason)
			if err == nil && !changed {
				err = fmt.Errorf("no grade of %s in %s was set by hand", u.Name, s.Key)
			}
			if err != nil {
				return err
			}
		} else if err := g.SetGrade(ctx, at, set); err != nil {
			return err
		}
		graded, err := g.Project(ctx, c.Content.Key)
		if err != nil {
			return err
		}
		return a.printGraded(ctx, g, c, graded)
	})
}

// pointsOf reads points that are set: 2/3, or 2 alone. They are those that count and all others.
func pointsOf(text string) (set learner.OverridePayload, err error) {
	earned, possible, both := strings.Cut(text, "/")
	e, err := strconv.ParseFloat(earned, 64)
	p := e
	if err == nil && both {
		p, err = strconv.ParseFloat(possible, 64)
	}
	if err != nil || !(e >= 0 && e <= 1e9) || !(p >= 0 && p <= 1e9) || both && p == 0 {
		return set, &usageError{message: fmt.Sprintf("%q are no points", text), advice: "write EARNED/POSSIBLE, such as 2/3"}
	}
	set.EarnedAll, set.EarnedGraded = &e, &e
	if both {
		set.PossibleAll, set.PossibleGraded = &p, &p
	}
	return set, nil
}

// subsectionNamed finds a subsection of a course by its usage key, sequential/NAME or NAME.
func subsectionNamed(c *courses.Course, text string) (*courses.Subsection, error) {
	id := key.BlockID{Type: "sequential", Name: text}
	if strings.ContainsAny(text, ":/@") {
		var err error
		if id, err = blockOf(c.Content.Key, text); err != nil {
			return nil, err
		}
	}
	for i := range c.Subsections {
		if c.Subsections[i].Key == id {
			return &c.Subsections[i], nil
		}
	}
	return nil, &usageError{message: fmt.Sprintf("%s is no subsection of %s", id, c.Content.Key), advice: "lectern progress COURSE --user NAME --json lists them"}
}
