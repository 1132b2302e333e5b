package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/grading"
)

func (a *app) progressCommand() *cobra.Command {
	var user string
	var explain bool
	cmd := &cobra.Command{
		Use:     "progress COURSE --user NAME",
		GroupID: groupLearners,
		Short:   "Show what a learner has reached in a course",
		Long: `Show how much of each section, subsection and unit a learner has done, the points and percent of each subsection, the grade of
the course, and where the learner goes on. "never attempted" is not the same as 0 points, and "not in the course" is what
the learner does not have: it counts nowhere. --explain says how the grade came about, down to the points of each block.

Answers that are not graded yet are graded for what is shown, and not stored: it changes nothing.`,
		Example: `  lectern progress course-v1:Lectern+ByExample+2026 --user anna
  lectern progress course-v1:Lectern+ByExample+2026 --user anna --explain`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runProgress(cmd.Context(), args[0], user, explain)
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "`name` of the learner")
	cmd.Flags().BoolVar(&explain, "explain", false, "say how the grade came about")
	return cmd
}

func (a *app) runProgress(ctx context.Context, course, user string, explain bool) error {
	if user == "" {
		return &usageError{message: "progress needs a learner", advice: "name one with --user NAME"}
	}
	return a.withGrades(ctx, course, toRead, func(g *courses.Gradebook, c *courses.Course) error {
		u, err := g.Learners.FindUser(ctx, user)
		if err != nil {
			return err
		}
		r, err := g.Report(ctx, u.ID, c.Content.Key)
		if err != nil {
			return err
		}
		switch {
		case a.json:
			return a.printJSON(reachedOf(r, u.Name, explain))
		case r.Learner.Enrolment == nil:
			return fmt.Errorf("%s was never enrolled in %s", u.Name, c.Content.Key)
		case explain:
			fmt.Fprint(a.out, safeLines(r.Grade.Explain().String()))
			return nil
		}
		return a.printReached(r, u.Name)
	})
}

// reached is the --json form of what a learner has reached in a course.
type reached struct {
	Course   string        `json:"course"`
	Version  uint64        `json:"version"`
	Learner  string        `json:"learner"`
	Enrolled bool          `json:"enrolled"`
	Percent  float64       `json:"percent"` // 0 to 1
	Letter   string        `json:"letter"`
	Passed   bool          `json:"passed"`
	PassedAt *string       `json:"passed_at"`
	State    grading.State `json:"state"`
	// Shown is the grade without the subsections that are hidden from the learner now.
	Shown shownOutcome `json:"shown"`
	// Shadow is what the grade would be, had the course not been frozen; null where that is the same.
	Shadow  *shownOutcome `json:"shadow"`
	Pending bool          `json:"pending"` // something was not graded yet: here it is, in the store it is not
	Done    doneOf        `json:"done"`
	Resume  *resumePlace  `json:"resume"` // null in a course without anything to do
	Parts   []reachedPart `json:"parts"`
	Explain *grading.Line `json:"explain,omitempty"`
}

type shownOutcome struct {
	Percent float64 `json:"percent"`
	Letter  string  `json:"letter"`
	Passed  bool    `json:"passed"`
}

// doneOf is how much of a part is done.
type doneOf struct {
	Done       int     `json:"done"`
	Of         int     `json:"of"`
	Share      float64 `json:"share"`
	UnitsDone  int     `json:"units_done"`
	UnitsTodo  int     `json:"units_to_do"`
	UnitsGated int     `json:"units_locked"`
}

type resumePlace struct {
	Block  string `json:"block"`
	Inner  string `json:"inner,omitempty"`
	Device string `json:"device,omitempty"`
}

type reachedPart struct {
	Block    string             `json:"block"`
	Type     string             `json:"type"`
	Title    string             `json:"title"`
	Excluded bool               `json:"excluded"`
	Opens    *string            `json:"opens"` // null: it is open
	Done     doneOf             `json:"done"`
	Grade    *reachedSubsection `json:"grade"`
	Exam     *shownExam         `json:"exam,omitempty"`
}

// reachedSubsection is the grade of a subsection.
type reachedSubsection struct {
	Block    string          `json:"block"`
	Title    string          `json:"title"`
	Format   string          `json:"format"`
	Graded   bool            `json:"graded"`
	State    grading.State   `json:"state"`
	Points   *grading.Points `json:"points"` // null where there are none to count
	Percent  *float64        `json:"percent"`
	Hidden   bool            `json:"hidden"` // the learner may not see it now
	Override bool            `json:"override"`
}

func outcomeOf(o grading.Outcome) shownOutcome { return shownOutcome{o.Percent, o.Letter, o.Passed} }

func doneOfProgress(p grading.Progress) doneOf {
	return doneOf{p.Done, p.Leaves, p.Share(), p.Units.Complete, p.Units.Incomplete, p.Units.Locked}
}

func reachedOf(r *courses.Report, name string, explain bool) reached {
	j := reached{
		Course: r.Course.Content.Key.String(), Version: r.Course.Content.Version.Seq, Learner: name,
		Enrolled: r.Learner.Enrolment != nil && r.Learner.Enrolment.Active,
		Percent:  r.Record.Percent, Letter: r.Record.Letter, Passed: r.Record.Passed, State: courseState(r), Shown: outcomeOf(r.Grade.Shown), Pending: r.Pending,
		Done: doneOfProgress(r.Progress.Course()), Parts: []reachedPart{},
	}
	if !r.Record.PassedAt.IsZero() {
		at := timeText(r.Record.PassedAt)
		j.PassedAt = &at
	}
	if r.Record.Shadow != nil {
		shadow := outcomeOf(r.Record.Shadow.Outcome)
		j.Shadow = &shadow
	}
	if !r.Resume.Block.IsZero() {
		j.Resume = &resumePlace{r.Resume.Block.String(), r.Resume.Inner, r.Resume.Device}
	}
	for _, p := range r.Parts() {
		part := reachedPart{Block: p.Block.String(), Type: p.Block.Type, Title: p.Title, Excluded: p.Excluded, Done: doneOfProgress(p.Progress)}
		if !p.Opens.IsZero() {
			opens := timeText(p.Opens)
			part.Opens = &opens
		}
		if p.Grade != nil {
			s := subsectionOf(p.Grade)
			part.Grade = &s
		}
		if p.Exam != nil {
			part.Exam = examOf(p.Exam, timeText)
		}
		j.Parts = append(j.Parts, part)
	}
	if explain {
		line := r.Grade.Explain()
		j.Explain = &line
	}
	return j
}

func courseState(r *courses.Report) grading.State {
	if r.Grade.Attempted {
		return grading.Attempted
	}
	return grading.NeverAttempted
}

// subsectionOf gives the points that count: the graded ones of a subsection that counts, all of another.
func subsectionOf(g *grading.SubsectionGrade) reachedSubsection {
	s := reachedSubsection{
		Block: g.Key.String(), Title: g.Title, Format: g.Format, Graded: g.Graded, State: g.State(), Hidden: g.Hidden, Override: g.Override != nil,
	}
	points := g.AllPoints()
	if g.Graded {
		points = g.Points()
	}
	if s.State != grading.Excluded && points.Possible > 0 {
		percent := points.Percent()
		s.Points, s.Percent = &points, &percent
	}
	return s
}

func subsectionsOf(q *courses.Question, r *courses.Report) []reachedSubsection {
	list := []reachedSubsection{}
	for _, g := range r.Subsections(q.Block) {
		list = append(list, subsectionOf(g))
	}
	return list
}

// pointsColumn tells the states apart that a zero can mean.
func (s *reachedSubsection) pointsColumn() string {
	switch {
	case s.Points == nil:
		return ""
	case s.State == grading.NeverAttempted && !s.Override:
		return "never attempted, " + pointsWord(s.Points.Possible)
	}
	return pointsText(*s.Points)
}

func (s *reachedSubsection) percentColumn() string {
	if s.Percent == nil || s.State == grading.NeverAttempted && !s.Override {
		return ""
	}
	return percentText(*s.Percent)
}

// text says in one line what was reached.
func (s *reachedSubsection) text() string {
	if s.Points == nil {
		return "nothing in it counts for the learner"
	}
	if percent := s.percentColumn(); percent != "" {
		return s.pointsColumn() + ", " + percent
	}
	return s.pointsColumn()
}

// percentText gives a share of 1 as percent, with two decimals at most.
func percentText(share float64) string { return decimals(share*100) + " %" }

func (a *app) printReached(r *courses.Report, name string) error {
	course := r.Course.Content
	a.printf("%s in %s (%s)\n\n", name, course.Blocks[0].Title, course.Key.String())
	var rows [][]string
	for _, p := range r.Parts() {
		rows = append(rows, partRow(p))
	}
	if err := a.table(rows); err != nil {
		return err
	}
	a.printf("\n")
	return a.table(a.courseRows(r))
}

func partRow(p courses.Part) []string {
	row := []string{strings.Repeat("  ", p.Depth-1) + titleOr(p.Title, p.Block.Name), "", "", "", ""}
	switch {
	case p.Excluded:
		row[1] = "not in the course"
		return row
	case p.Progress.Leaves > 0:
		row[1] = fmt.Sprintf("%d of %d done", p.Progress.Done, p.Progress.Leaves)
	}
	var marks []string
	if p.Grade != nil {
		s := subsectionOf(p.Grade)
		row[2], row[3] = s.pointsColumn(), s.percentColumn()
		marks = subsectionMarks(s)
	}
	if p.Exam != nil {
		marks = append(marks, examOf(p.Exam, timeText).text())
	}
	if !p.Opens.IsZero() {
		marks = append(marks, "opens on "+timeText(p.Opens))
	}
	row[4] = strings.Join(marks, ", ")
	return row
}

func titleOr(title, name string) string {
	if title == "" {
		return name
	}
	return title
}

func subsectionMarks(s reachedSubsection) (marks []string) {
	switch {
	case s.Graded && s.Format != "":
		marks = append(marks, s.Format)
	case !s.Graded:
		marks = append(marks, "not graded")
	}
	if s.Override {
		marks = append(marks, "set by staff")
	}
	if s.Hidden {
		marks = append(marks, "hidden from the learner")
	}
	return marks
}

func (a *app) courseRows(r *courses.Report) [][]string {
	done := r.Progress.Course()
	rows := [][]string{
		{"done", fmt.Sprintf("%d of %d, %d of %s", done.Done, done.Leaves, done.Units.Complete, plural(done.Units.Complete+done.Units.Incomplete, "unit"))},
		{"grade", outcomeText(r.Record.Outcome, r.Grade.Attempted)},
	}
	if r.Grade.Shown != r.Grade.Outcome {
		rows = append(rows, []string{"shown", outcomeText(r.Grade.Shown, true) + " (without what is hidden from the learner)"})
	}
	if r.Record.Shadow != nil {
		rows = append(rows, []string{"frozen", "it would be " + outcomeText(r.Record.Shadow.Outcome, true)})
	}
	if r.Pending && r.Grade.Attempted { // who has only been enrolled is not in the grade book either way
		rows = append(rows, []string{"pending", "something new is counted here that is not in the grade book yet; lectern grades recalculate COURSE brings it there"})
	}
	if !r.Resume.Block.IsZero() {
		title := ""
		if at, ok := r.Course.Content.Find(r.Resume.Block); ok {
			title = r.Course.Content.Blocks[at].Title
		}
		rows = append(rows, []string{"resume", strings.TrimSpace(r.Resume.Block.String() + "  " + title)})
	}
	return rows
}

// outcomeText gives percent, letter and pass.
func outcomeText(o grading.Outcome, attempted bool) string {
	text := percentText(o.Percent)
	if o.Letter != "" {
		text += ", " + o.Letter
	}
	switch {
	case o.Passed:
		text += ", passed"
	case !attempted:
		text += ", nothing that counts was attempted"
	default:
		text += ", not passed"
	}
	return text
}
