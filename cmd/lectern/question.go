package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lectern/courses"
	"lectern/courses/answer"
	"lectern/courses/grading"
	"lectern/courses/learner"
)

// shownQuestion is the --json form of a question as a learner sees it.
type shownQuestion struct {
	Course   string       `json:"course"`
	Version  uint64       `json:"version"`
	Block    string       `json:"block"`
	UsageKey string       `json:"usage_key"`
	Title    string       `json:"title"`
	Markup   string       `json:"markup,omitempty"`
	Fields   []askedField `json:"fields"`
	Possible float64      `json:"possible"`
	shownStanding
	Hints     []string            `json:"hints"`
	HintsLeft int                 `json:"hints_left"`
	Answers   map[string][]string `json:"answers,omitempty"`   // by field, if they were asked for and may be seen
	Solutions []string            `json:"solutions,omitempty"` // likewise
}

type askedField struct {
	Field    string        `json:"field"`
	ID       string        `json:"id"`
	Kind     string        `json:"kind"`
	Possible float64       `json:"possible"`
	Ungraded string        `json:"ungraded,omitempty"` // why it cannot be graded
	Choices  []askedChoice `json:"choices,omitempty"`
}

type askedChoice struct {
	Name string `json:"name"`
	Text string `json:"text"` // markup
}

// shownStanding is how a learner stands with a problem.
type shownStanding struct {
	Attempts int     `json:"attempts"`
	Limit    *int    `json:"attempts_allowed"` // null: any number
	Due      *string `json:"due"`              // null: never
	// Earned is what counts, null for never attempted, not graded, and not to be seen.
	Earned  *float64 `json:"earned"`
	State   string   `json:"state"`             // never attempted, attempted, ungraded
	Refused string   `json:"refused,omitempty"` // why no answer is taken now
}

// stateOf tells the states of a problem apart that have no points to show.
func stateOf(score *learner.Score) string {
	switch {
	case score == nil:
		return "never attempted"
	case score.Earned == nil:
		return "ungraded"
	}
	return "attempted"
}

func standingOf(q *courses.Question, s courses.Standing) shownStanding {
	shown := shownStanding{Attempts: s.Attempts, Limit: s.Limit, State: stateOf(s.Score)}
	if !s.Due.IsZero() {
		due := timeText(s.Due)
		shown.Due = &due
	}
	if p := q.Counts(s); p != nil {
		shown.Earned = &p.Earned
	}
	if s.May != nil {
		shown.Refused = s.May.Error()
	}
	return shown
}

// unseen are the reasons for which a learner does not even see a question.
var unseen = []courses.Refusal{
	courses.NotEnrolled, courses.NotForLearner, courses.NotOpen, courses.ExamNotStarted, courses.ExamOver, courses.ExamWatched,
}

func hidden(err error) bool {
	refused, ok := errors.AsType[*courses.RefusedError](err)
	return ok && slices.Contains(unseen, refused.Reason)
}

func (a *app) showQuestion(q *courses.Question, s courses.Standing, show bool) error {
	if hidden(s.May) {
		return s.May
	}
	shown := q.Problem.Shown(s.Situation)
	if a.json {
		return a.printJSON(questionOf(q, s, shown, show))
	}
	a.printf("%s  (%s)\n\n", titled(q), q.Block.String())
	text := plainWith(q.Problem.ForLearner(), func(id string) string { return askedText(q, id, s.Seed) })
	fmt.Fprintf(a.out, "%s\n\n", safeLines(text))
	if err := a.table(standingRows(q, s, shown)); err != nil {
		return err
	}
	a.printAside(q, shown, show)
	return nil
}

func titled(q *courses.Question) string {
	if q.Title == "" {
		return q.Block.Name
	}
	return q.Title
}

func questionOf(q *courses.Question, s courses.Standing, shown answer.Shown, show bool) shownQuestion {
	j := shownQuestion{
		Course: q.Course.Content.Key.String(), Version: q.Course.Content.Version.Seq, Block: q.Block.String(), UsageKey: q.Course.Content.Key.Block(q.Block).String(), Title: q.Title,
		Markup: q.Problem.ForLearner(), Fields: []askedField{}, Possible: q.Worth().Possible, shownStanding: standingOf(q, s),
		Hints: append([]string{}, shown.Hints...), HintsLeft: shown.HintsLeft,
	}
	for i := range q.Problem.Parts {
		part := &q.Problem.Parts[i]
		field := askedField{Field: q.FieldName(part), ID: part.ID, Kind: string(part.Kind), Possible: part.Possible, Ungraded: part.Ungraded}
		for _, c := range part.Draw(s.Seed) {
			field.Choices = append(field.Choices, askedChoice{c.Name, c.Text})
		}
		j.Fields = append(j.Fields, field)
	}
	if show {
		j.Answers, j.Solutions = shown.Answers, shown.Solutions
	}
	return j
}

// asks is what a field of a kind takes, as people say it.
var asks = map[answer.Kind]string{
	answer.MultipleChoice: "one of", answer.Checkboxes: "any of", answer.Dropdown: "one of", answer.Numerical: "a number", answer.Text: "a text",
	answer.Image: "a place in the picture, as [120,45]", answer.Other: "anything",
}

// askedText is a field of a question, with its choices.
func askedText(q *courses.Question, id string, seed int64) string {
	part, ok := q.Field(id)
	if !ok {
		return ""
	}
	lines := []string{fmt.Sprintf("  %s  %s", q.FieldName(part), asks[part.Kind])}
	if part.Ungraded != "" {
		lines[0] += "  [not graded: it " + part.Ungraded + "]"
	}
	choices, width := part.Draw(seed), 0
	for _, c := range choices {
		width = max(width, len(c.Name))
	}
	for _, c := range choices {
		line := "       " + c.Name
		if text := plainLine(c.Text); text != c.Name {
			line = fmt.Sprintf("       %-*s  %s", width, c.Name, text)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func standingRows(q *courses.Question, s courses.Standing, shown answer.Shown) [][]string {
	rows := [][]string{{"attempts", attemptsText(s)}, {"due", dueText(s.Due)}, {"score", scoreText(q, s, shown)}}
	if n := len(shown.Hints) + shown.HintsLeft; n > 0 {
		rows = append(rows, []string{"hints", fmt.Sprintf("%d of %d shown", len(shown.Hints), n)})
	}
	if s.May != nil {
		rows = append(rows, []string{"closed", s.May.Error()})
	}
	return rows
}

func attemptsText(s courses.Standing) string {
	if s.Limit == nil {
		return strconv.Itoa(s.Attempts) + " used, no limit"
	}
	return fmt.Sprintf("%d of %d used", s.Attempts, *s.Limit)
}

func dueText(due time.Time) string {
	if due.IsZero() {
		return "never"
	}
	return timeText(due)
}

// scoreText says what counts at a problem, and tells apart what a zero can mean.
func scoreText(q *courses.Question, s courses.Standing, shown answer.Shown) string {
	counts := q.Counts(s)
	switch {
	case counts != nil:
		return pointsText(*counts)
	case s.Score == nil:
		return "never attempted, worth " + pointsWord(q.Worth().Possible)
	case !shown.Correctness.Yes:
		return "not shown: " + shown.Correctness.Rule
	}
	return "not graded, worth " + pointsWord(s.Score.Possible)
}

// pointsText gives points with at most two decimals: "1.5 of 2 points".
func pointsText(p grading.Points) string { return decimals(p.Earned) + " of " + pointsWord(p.Possible) }

func pointsWord(f float64) string {
	if f == 1 {
		return "1 point"
	}
	return decimals(f) + " points"
}

// decimals gives a number with as many decimals as it needs, and two at most.
func decimals(f float64) string {
	return strconv.FormatFloat(grading.TwoDecimals(f), 'f', -1, 64)
}

// printAside prints hints, and what is right if that was asked for.
func (a *app) printAside(q *courses.Question, shown answer.Shown, show bool) {
	for i, hint := range shown.Hints {
		a.printf("\nhint %d: %s\n", i+1, plainLine(hint))
	}
	switch {
	case !show:
	case !shown.Answer.Yes:
		a.printf("\nright answers are not shown: %s\n", shown.Answer.Rule)
	default:
		a.printf("\n")
		for i := range q.Problem.Parts {
			if right, ok := shown.Answers[q.Problem.Parts[i].ID]; ok {
				a.printf("right at %s: %s\n", q.FieldName(&q.Problem.Parts[i]), plainLine(strings.Join(right, " or ")))
			}
		}
		for _, solution := range shown.Solutions {
			fmt.Fprintf(a.out, "%s\n", safeLines(plainText(solution)))
		}
	}
}

// listedProblem is the --json form of a problem in a list.
type listedProblem struct {
	Block    string  `json:"block"`
	Title    string  `json:"title"`
	Possible float64 `json:"possible"`
	Ungraded int     `json:"ungraded_fields"`
	shownStanding
}

func (a *app) listProblems(ctx context.Context, g *courses.Gradebook, c *courses.Course, user learner.ID, now time.Time) error {
	list, rows := []listedProblem{}, [][]string{}
	access, err := g.Access(ctx, c, user)
	if err != nil {
		return err
	}
	for i := range c.Content.Blocks {
		b := &c.Content.Blocks[i]
		if b.ID.Type != "problem" {
			continue
		}
		q, err := c.Ask(ctx, b.ID)
		if refused, ok := errors.AsType[*courses.RefusedError](err); ok {
			rows = append(rows, []string{b.ID.String(), b.Title, "", "not understood"})
			list = append(list, listedProblem{Block: b.ID.String(), Title: b.Title, shownStanding: shownStanding{State: "not understood", Refused: refused.Text}})
			continue
		} else if err != nil {
			return err
		}
		at := q.Standing(access, now, 0)
		if refused, ok := errors.AsType[*courses.RefusedError](at.May); ok && refused.Reason == courses.NotEnrolled {
			return refused
		}
		if hidden(at.May) {
			continue
		}
		listed := listedProblem{Block: q.Block.String(), Title: q.Title, Possible: q.Worth().Possible, shownStanding: standingOf(q, at)}
		for _, part := range q.Problem.Parts {
			if part.Ungraded != "" {
				listed.Ungraded++
			}
		}
		list = append(list, listed)
		rows = append(rows, []string{listed.Block, listed.Title, attemptsText(at), scoreText(q, at, q.Problem.Shown(at.Situation))})
	}
	switch {
	case a.json:
		return a.printJSON(map[string]any{"course": c.Content.Key.String(), "version": c.Content.Version.Seq, "problems": list})
	case len(list) == 0:
		a.printf("%s has no problem that is open to the learner\n", c.Content.Key.String())
		return nil
	}
	return a.table(rows)
}

// answeredQuestion is the --json form of what became of an answer.
type answeredQuestion struct {
	Course string `json:"course"`
	Block  string `json:"block"`
	Graded bool   `json:"graded"`
	// Shown says whether the learner may know what is right, by Rule; if not, there are no points and no fields but ungraded ones.
	Shown     bool                `json:"correctness_shown"`
	Rule      string              `json:"rule"`
	Points    *grading.Points     `json:"points"` // of this answer, weighted
	Counts    *grading.Points     `json:"counts"` // at the problem
	Fields    []answeredField     `json:"fields"`
	Attempts  int                 `json:"attempts"`
	Limit     *int                `json:"attempts_allowed"`
	Answers   map[string][]string `json:"answers,omitempty"`
	Solutions []string            `json:"solutions,omitempty"`
	// Subsection are the grades of the subsections that the problem is in: one, as a rule.
	Subsection []reachedSubsection `json:"subsections"`
}

type answeredField struct {
	Field    string   `json:"field"`
	ID       string   `json:"id"`
	State    string   `json:"state"`
	Reason   string   `json:"reason,omitempty"`
	Earned   *float64 `json:"earned"` // before the weight
	Possible float64  `json:"possible"`
	Feedback []string `json:"feedback,omitempty"` // markup
}

func (a *app) printAnswered(q *courses.Question, done *courses.Answered, report *courses.Report, show bool) error {
	if a.json {
		j := answeredOf(q, done, show)
		j.Subsection = subsectionsOf(q, report)
		return a.printJSON(j)
	}
	a.printf("%s: %s (%s)\n", q.Block.String(), answeredText(done), attemptsText(done.Standing))
	for i, part := range done.Parts {
		if len(q.Problem.Parts) > 1 || part.State == answer.Ungraded {
			a.printf("  %s  %s\n", partName(q, &done.Parts[i]), partText(part))
		}
		for _, f := range part.Feedback {
			for _, text := range f.Texts {
				a.printf("     %s\n", strings.TrimSpace(f.Label+" "+plainLine(text)))
			}
		}
	}
	if done.Counts != nil && done.Points != nil && *done.Counts != *done.Points {
		a.printf("what counts: %s (%s)\n", pointsText(*done.Counts), methodText(q, done))
	}
	for _, s := range subsectionsOf(q, report) {
		if !s.Hidden {
			a.printf("%s: %s\n", s.Title, s.text())
		}
	}
	if show {
		a.printAside(q, done.Shown, show)
	}
	return nil
}

// answeredText sums up what became of an answer.
func answeredText(done *courses.Answered) string {
	switch {
	case !done.Shown.Correctness.Yes:
		return "the answer is kept; " + done.Shown.Correctness.Rule
	case done.Points == nil:
		return "the answer is kept, and is not graded"
	case done.Points.Earned >= done.Points.Possible:
		return "correct, " + pointsText(*done.Points)
	case done.Points.Earned > 0:
		return "partly correct, " + pointsText(*done.Points)
	}
	return "incorrect, " + pointsText(*done.Points)
}

func methodText(q *courses.Question, done *courses.Answered) string {
	if done.Score.Source == "staff" {
		return "set by staff"
	}
	return strings.ReplaceAll(string(q.Problem.Settings.GradingMethod), "_", " ")
}

// partName is the short name of the field that was judged, or what kind of question has none.
func partName(q *courses.Question, part *answer.PartResult) string {
	if field, ok := q.Field(part.ID); ok {
		return q.FieldName(field)
	}
	return "?"
}

func partText(part answer.PartResult) string {
	text := string(part.State)
	if part.Reason != "" {
		text += ": it " + part.Reason
	}
	if part.State == answer.Partial {
		text += ", " + pointsText(part.Points)
	}
	return text
}

func answeredOf(q *courses.Question, done *courses.Answered, show bool) answeredQuestion {
	j := answeredQuestion{
		Course: q.Course.Content.Key.String(), Block: q.Block.String(), Graded: done.Graded, Shown: done.Shown.Correctness.Yes, Rule: done.Shown.Correctness.Rule,
		Points: done.Points, Counts: done.Counts, Fields: []answeredField{}, Attempts: done.Attempts, Limit: done.Limit,
	}
	for i, part := range done.Parts {
		field := answeredField{Field: partName(q, &done.Parts[i]), ID: part.ID, State: string(part.State), Reason: part.Reason, Possible: part.Points.Possible}
		if part.State != answer.Ungraded {
			field.Earned = &part.Points.Earned
		}
		for _, f := range part.Feedback {
			field.Feedback = append(field.Feedback, f.Texts...)
		}
		j.Fields = append(j.Fields, field)
	}
	if show {
		j.Answers, j.Solutions = done.Shown.Answers, done.Shown.Solutions
	}
	return j
}
