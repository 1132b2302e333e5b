package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/modulestore/key"
)

func (a *app) examCommand() *cobra.Command {
	return groupOf(&cobra.Command{
		Use:     "exam",
		GroupID: groupLearners,
		Short:   "Start and hand in timed exams, reset them, and give more time",
		Long: `Start, hand in and reset timed exams of learners, and give learners more time for them. A timed exam is a subsection with
is_time_limited: a learner starts it once, and answers are taken from then on until its time is over (default_time_limit_minutes,
and what the learner gets more), it is due, or it is handed in. There is no grace. What has to be proctored is shown and cannot
be started. What these commands do is stored in the database of learners; list reads it and changes nothing.`,
		Example: `  lectern exam start course-v1:Lectern+ByExample+2026 sequential/check-and-import --user anna
  lectern exam list course-v1:Lectern+ByExample+2026`,
	}, a.examListCommand(), a.examStartCommand(), a.examSubmitCommand(), a.examResetCommand(), a.examAllowCommand())
}

// shownExam is the --json form of an exam as a learner has it.
type shownExam struct {
	Kind  string            `json:"kind"` // timed, proctored or practice
	State outline.ExamState `json:"state"`
	// Seconds is the time for it, 0 without a limit.
	Seconds int64  `json:"seconds"`
	Until   string `json:"until,omitempty"` // of one that is running
	Ended   string `json:"ended,omitempty"` // of one that is submitted
	Over    bool   `json:"over,omitempty"`  // it ended by itself
}

func examOf(e *outline.ExamView, clock func(time.Time) string) *shownExam {
	x := &shownExam{Kind: e.Kind(), State: e.State, Seconds: int64(e.Allowed / time.Second), Over: e.Over}
	if !e.Until.IsZero() {
		x.Until = clock(e.Until)
	}
	if !e.Ended.IsZero() {
		x.Ended = clock(e.Ended)
	}
	return x
}

// text says how far the learner is with it.
func (x *shownExam) text() string { return x.Kind + " exam: " + x.state() }

func (x *shownExam) state() string {
	limit := "no limit of time"
	if x.Seconds > 0 {
		limit = lasting(time.Duration(x.Seconds) * time.Second)
	}
	switch {
	case x.State == outline.ExamRunning && x.Until == "":
		return "running, " + limit
	case x.State == outline.ExamRunning:
		return "running until " + x.Until
	case x.State == outline.ExamSubmitted && x.Over:
		return "over since " + x.Ended
	case x.State == outline.ExamSubmitted:
		return "submitted on " + x.Ended
	case x.State == outline.ExamPastDue:
		return "past due, not started"
	}
	return strings.ReplaceAll(string(x.State), "_", " ") + ", " + limit
}

// lasting is a duration in words.
func lasting(d time.Duration) string {
	if d%time.Minute == 0 {
		return plural(int(d/time.Minute), "minute")
	}
	return strings.TrimSuffix(plural(int(d/time.Minute), "minute")+" "+plural(int(d%time.Minute/time.Second), "second"), " 0 seconds")
}

// sat is the --json form of what was done about an exam.
type sat struct {
	Course string `json:"course"`
	Name   string `json:"name"`
	Block  string `json:"block"` // empty: all exams of the course
	Title  string `json:"title,omitempty"`
	*shownExam
	Minutes int64 `json:"extra_minutes,omitempty"`
	Percent int64 `json:"extra_percent,omitempty"`
	Changed bool  `json:"changed"`
}

type examOptions struct {
	acting
	name, reason string
}

func (o *examOptions) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.name, "user", "", "`name` of the learner")
	o.addFlag(cmd)
}

// sits does something about exams of a learner, makes the grades that follow, and prints it.
func (a *app) sits(
	ctx context.Context, course, block string, o examOptions, do func(*courses.Gradebook, learner.Target) (*courses.Sitting, error), say func(*sat) string,
) error {
	if o.name == "" {
		return &usageError{message: "no learner is named", advice: "name one with --user NAME"}
	}
	c, err := courseOfLearners(course)
	if err != nil {
		return err
	}
	var ids []key.BlockID
	if block != "" {
		if _, ids, err = courseAndBlocks(course, []string{block}); err != nil {
			return err
		}
	}
	return a.withGrades(ctx, course, toWrite, func(g *courses.Gradebook, _ *courses.Course) error {
		u, _, err := enrolledUser(ctx, g.Learners, c, o.name)
		if err != nil {
			return err
		}
		actor, err := o.user(ctx, g.Learners)
		if err != nil {
			return err
		}
		at := learner.Target{Learner: u.ID, Course: c, Actor: actor}
		if ids != nil {
			at.Block = ids[0]
		}
		s, err := do(g, at)
		if err != nil {
			return err
		}
		if _, err := g.Project(ctx, c); err != nil {
			return fmt.Errorf("it is stored, but the grades could not be made: %w", err)
		}
		done := &sat{Course: c.String(), Name: u.Name, Title: s.Title, Minutes: s.Extra.Minutes, Percent: s.Extra.Percent, Changed: s.Changed}
		if !s.Block.IsZero() {
			done.Block, done.shownExam = s.Block.String(), examOf(&s.ExamView, timeText)
		}
		if a.json {
			return a.printJSON(done)
		}
		a.printf("%s\n", say(done))
		return nil
	})
}

func (a *app) examStartCommand() *cobra.Command {
	var o examOptions
	cmd := &cobra.Command{
		Use:   "start COURSE SUBSECTION --user NAME",
		Short: "Start an exam for a learner",
		Long: `Start a timed exam for a learner who is enrolled. The time for it is fixed then: its limit and what the learner gets more, but not beyond
the due date; then whole minutes until that. An exam that is running goes on as it is. One that has ended is not started
again; lectern exam reset allows that. The start is stored in the database of learners.`,
		Example: "  lectern exam start course-v1:Lectern+ByExample+2026 sequential/check-and-import --user anna",
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			do := func(g *courses.Gradebook, at learner.Target) (*courses.Sitting, error) {
				return g.StartExam(cmd.Context(), at)
			}
			return a.sits(cmd.Context(), args[0], args[1], o, do, func(s *sat) string {
				if !s.Changed {
					return fmt.Sprintf("%s: %s has started it already, it is %s", s.Block, s.Name, s.state())
				}
				return fmt.Sprintf("%s: started for %s, %s", s.Block, s.Name, s.state())
			})
		},
	}
	o.add(cmd)
	return cmd
}

func (a *app) examSubmitCommand() *cobra.Command {
	var o examOptions
	cmd := &cobra.Command{
		Use:   "submit COURSE SUBSECTION --user NAME",
		Short: "Hand an exam in for a learner",
		Long: `Hand in an exam that a learner has started: from then on it takes no answers. This is stored in the database of learners. An exam that has ended,
by itself too, stays as it is.`,
		Example: "  lectern exam submit course-v1:Lectern+ByExample+2026 sequential/check-and-import --user anna",
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			do := func(g *courses.Gradebook, at learner.Target) (*courses.Sitting, error) {
				return g.SubmitExam(cmd.Context(), at)
			}
			return a.sits(cmd.Context(), args[0], args[1], o, do, func(s *sat) string {
				if !s.Changed {
					return fmt.Sprintf("%s: for %s it is %s, nothing changed", s.Block, s.Name, s.state())
				}
				return fmt.Sprintf("%s: %s has handed it in", s.Block, s.Name)
			})
		},
	}
	o.add(cmd)
	return cmd
}

func (a *app) examResetCommand() *cobra.Command {
	var o examOptions
	var afresh bool
	cmd := &cobra.Command{
		Use:   "reset COURSE SUBSECTION --user NAME",
		Short: "Let a learner start an exam again",
		Long: `Let a learner start an exam again that they have started before. What they answered stays and counts, and attempts at problems are used up; with
--afresh they begin afresh with all problems of the exam, too. The reset is stored in the database of
learners; what was before stays in the history in any case.`,
		Example: `  lectern exam reset course-v1:Lectern+ByExample+2026 sequential/check-and-import --user anna --reason 'power failure' --as ben
  lectern exam reset course-v1:Lectern+ByExample+2026 sequential/check-and-import --user anna --afresh`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			do := func(g *courses.Gradebook, at learner.Target) (*courses.Sitting, error) {
				return g.ResetExam(cmd.Context(), at, o.reason, afresh)
			}
			return a.sits(cmd.Context(), args[0], args[1], o, do, func(s *sat) string {
				if !s.Changed {
					return fmt.Sprintf("%s: %s has not started it, nothing changed", s.Block, s.Name)
				}
				return fmt.Sprintf("%s: %s can start it again", s.Block, s.Name)
			})
		},
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.reason, "reason", "", "`text` for the history")
	cmd.Flags().BoolVar(&afresh, "afresh", false, "also take away what the learner has answered in it")
	return cmd
}

type allowOptions struct {
	examOptions
	minutes, percent int64
	remove           bool
}

func (a *app) examAllowCommand() *cobra.Command {
	var o allowOptions
	cmd := &cobra.Command{
		Use:   "allow COURSE [SUBSECTION] --user NAME",
		Short: "Give a learner more time for exams than others have",
		Long: `Give a learner more time for one exam, or for all exams of the course if no SUBSECTION is named: --minutes, or --percent of the time
that each takes. What is given for one exam takes the place of what is given for all. It holds for what the learner starts from
then on: an exam that is running keeps its time. --remove takes it back. It is stored in the database of learners.`,
		Example: `  lectern exam allow course-v1:Lectern+ByExample+2026 --user anna --percent 25 --reason dyslexia
  lectern exam allow course-v1:Lectern+ByExample+2026 sequential/check-and-import --user anna --minutes 30`,
		Args: takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return a.runExamAllow(cmd.Context(), append(args, "")[:2], o)
		},
	}
	flags := cmd.Flags()
	o.add(cmd)
	flags.Int64Var(&o.minutes, "minutes", 0, "`number` of minutes more")
	flags.Int64Var(&o.percent, "percent", 0, "`number` of percent more")
	flags.StringVar(&o.reason, "reason", "", "`text` for the history")
	flags.BoolVar(&o.remove, "remove", false, "take the extra time back")
	return cmd
}

func (o *allowOptions) check() error {
	switch {
	case o.minutes != 0 && o.percent != 0:
		return together("--minutes", "--percent")
	case o.remove && o.minutes+o.percent != 0:
		return together("--remove", "extra time")
	case !o.remove && o.minutes+o.percent == 0:
		return &usageError{message: "allow needs a time", advice: "say --minutes 30 or --percent 25, or --remove to take it back"}
	case o.minutes < 0 || o.minutes > learner.MaxExtraMinutes:
		return &usageError{message: fmt.Sprintf("%d minutes cannot be given", o.minutes), advice: fmt.Sprintf("say 1 to %d", int64(learner.MaxExtraMinutes))}
	case o.percent < 0 || o.percent > learner.MaxExtraPercent:
		return &usageError{message: fmt.Sprintf("%d percent cannot be given", o.percent), advice: fmt.Sprintf("say 1 to %d", int64(learner.MaxExtraPercent))}
	}
	return nil
}

func (a *app) runExamAllow(ctx context.Context, args []string, o allowOptions) error {
	given := learner.AllowancePayload{Minutes: o.minutes, Percent: o.percent, Reason: o.reason}
	do := func(g *courses.Gradebook, at learner.Target) (*courses.Sitting, error) {
		if !at.Block.IsZero() {
			return g.AllowTime(ctx, at, given)
		}
		changed, err := g.Learners.AllowTime(ctx, at, given)
		return &courses.Sitting{Extra: given, Changed: changed}, err
	}
	return a.sits(ctx, args[0], args[1], o.examOptions, do, func(s *sat) string {
		what := s.Block
		if what == "" {
			what = "all exams of " + s.Course
		}
		text := fmt.Sprintf("%s: %s gets %s", what, s.Name, extraText(learner.AllowancePayload{Minutes: s.Minutes, Percent: s.Percent}))
		switch {
		case !s.Changed:
			text += ", as before"
		case s.shownExam != nil && s.State == outline.ExamRunning:
			text += "; what is running keeps its time, " + s.state()
		}
		return text
	})
}

func extraText(a learner.AllowancePayload) string {
	switch {
	case a.Minutes > 0:
		return plural(int(a.Minutes), "minute") + " more"
	case a.Percent > 0:
		return fmt.Sprintf("%d %% more time", a.Percent)
	}
	return "no more time than others"
}

func (a *app) examListCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "list COURSE",
		Short:   "List who has started which exam, and who has more time",
		Long:    "List the attempts of learners at exams of a course, those that were reset too, and the extra time that learners have. It changes nothing.",
		Example: "  lectern exam list course-v1:Lectern+ByExample+2026 --user anna",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withGrades(cmd.Context(), args[0], toRead, func(g *courses.Gradebook, c *courses.Course) error {
				return a.listExams(cmd.Context(), g, c, name)
			})
		},
	}
	cmd.Flags().StringVar(&name, "user", "", "`name` of one learner (default all)")
	return cmd
}

// listedSitting is the --json form of an attempt in a list.
type listedSitting struct {
	Name    string `json:"name"`
	Block   string `json:"block"`
	Attempt int64  `json:"attempt"`
	Started string `json:"started"`
	Ended   string `json:"ended,omitempty"`
	Seconds int64  `json:"seconds"`         // the time for it, 0 without a limit
	Devices int64  `json:"devices"`         // above 1: it was started on several that did not know of each other
	State   string `json:"state"`           // as of an exam, or reset
	Until   string `json:"until,omitempty"` // of one that is running
}

// listedAllowance is the --json form of extra time in a list.
type listedAllowance struct {
	Name    string `json:"name"`
	Block   string `json:"block,omitempty"` // none: all exams
	Minutes int64  `json:"minutes,omitempty"`
	Percent int64  `json:"percent,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

func (a *app) listExams(ctx context.Context, g *courses.Gradebook, c *courses.Course, name string) error {
	others := func(learner.User) bool { return false }
	if name != "" {
		u, err := g.Learners.FindUser(ctx, name)
		if err != nil {
			return err
		}
		others = func(o learner.User) bool { return o.ID != u.ID }
	}
	exams, err := g.Exams(ctx, c)
	if err != nil {
		return err
	}
	extra, err := g.Learners.Allowances(ctx, c.Content.Key)
	if err != nil {
		return err
	}
	exams = slices.DeleteFunc(exams, func(x courses.ListedExam) bool { return others(x.User) })
	extra = slices.DeleteFunc(extra, func(x learner.CourseAllowance) bool { return others(x.User) })
	slices.SortStableFunc(exams, func(x, y courses.ListedExam) int { return byName(x.User, y.User) })
	slices.SortStableFunc(extra, func(x, y learner.CourseAllowance) int { return byName(x.User, y.User) })
	return a.printExams(c.Content.Key, exams, extra)
}

func (a *app) printExams(c key.Course, exams []courses.ListedExam, extra []learner.CourseAllowance) error {
	attempts, allowances := []listedSitting{}, []listedAllowance{}
	var rows [][]string
	for _, x := range exams {
		l, state := listedOf(x)
		attempts = append(attempts, l)
		rows = append(rows, []string{l.Name, l.Block, fmt.Sprintf("attempt %d", l.Attempt), "started " + l.Started, state})
	}
	for _, x := range extra {
		block := "all exams"
		l := listedAllowance{Name: x.User.Name, Minutes: x.Minutes, Percent: x.Percent, Reason: x.Reason}
		if !x.Block.IsZero() {
			block, l.Block = x.Block.String(), x.Block.String()
		}
		allowances = append(allowances, l)
		rows = append(rows, []string{l.Name, block, extraText(x.AllowancePayload), x.Reason, ""})
	}
	if a.json {
		return a.printJSON(map[string]any{"course": c.String(), "attempts": attempts, "allowances": allowances})
	}
	if len(rows) == 0 && !a.quiet {
		a.printf("nobody has started an exam of %s, or has more time for one\n", c.String())
	}
	return a.table(rows)
}

// listedOf gives an attempt, and its state in words.
func listedOf(x courses.ListedExam) (l listedSitting, state string) {
	l = listedSitting{
		Name: x.User.Name, Block: x.Block.String(), Attempt: x.Attempt.Number, Started: timeText(x.Attempt.Started), Seconds: int64(x.Attempt.Allowed / time.Second),
		Devices: x.Attempt.Starts,
	}
	if end := x.Attempt.End(); !end.IsZero() {
		l.Ended = timeText(end)
	}
	switch {
	case x.Reset:
		l.State = "reset"
		return l, "reset"
	case x.View == nil:
		l.State = "unpublished"
		return l, "no exam any more as the course is published"
	}
	now := examOf(x.View, timeText)
	l.State, l.Until, l.Ended = string(now.State), now.Until, now.Ended
	if state = now.state(); l.Devices > 1 {
		state += fmt.Sprintf(", started on %d devices apart", l.Devices)
	}
	return l, state
}
