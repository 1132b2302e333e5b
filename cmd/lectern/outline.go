package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/outline"
)

type outlineFlags struct {
	lookFlags
	explain bool
	as      string
	country string
}

func (a *app) outlineCommand() *cobra.Command {
	var f outlineFlags
	cmd := &cobra.Command{
		Use:     "outline COURSE",
		GroupID: groupLearners,
		Short:   "Show what a learner gets of a course, when, and why not",
		Long: `Show the sections, subsections and units of a course as a learner has them: what is open, when the rest opens, what is locked and by what, and
what is due when. Without --user it is somebody who is not signed in. Staff, and whoever asks
for every reason, get a list of what is odd in the course, too. It changes nothing.

Without a user, --as staff shows what somebody gets who is enrolled and in no group. --at asks for any instant: 2026-09-01T08:00:00+02:00, or 2026-09-01T08:00 by the clocks of --zone. What is known of the learner is what is
stored now. --explain shows also what the learner is not told of, and every reason, with its code. --as staff withholds
nothing; --as learner shows somebody who is staff what a learner would get. --country says where the learner is, for courses that may not be
used in some countries.`,
		Example: `  lectern outline course-v1:Lectern+ByExample+2026 --as staff
  lectern outline course-v1:Lectern+ByExample+2026 --user anna --at 2026-09-01T08:00 --zone Europe/Paris
  lectern outline course-v1:Lectern+ByExample+2026 --user anna --explain`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runOutline(cmd.Context(), args[0], f)
		},
	}
	flags := cmd.Flags()
	f.lookFlags.add(flags)
	flags.BoolVar(&f.explain, "explain", false, "show every reason, and what is not there for the learner")
	addCountry(flags, &f.country)
	flags.StringVar(&f.as, "as", "", "show it as `staff` or learner (default as the user has it)")
	return cmd
}

// learnerOutline is the --json form of what a learner gets of a course.
type learnerOutline struct {
	Course     string         `json:"course"`
	Version    uint64         `json:"version"`
	Title      string         `json:"title"`
	User       string         `json:"user,omitempty"`
	Enrolled   bool           `json:"enrolled"`
	Staff      bool           `json:"staff"` // nothing is withheld
	At         string         `json:"at"`
	NextChange string         `json:"next_change,omitempty"`
	State      string         `json:"state"`
	Opens      string         `json:"opens,omitempty"`
	Reasons    []shownReason  `json:"reasons,omitempty"`
	Sections   []*outlinePart `json:"sections"`
	Issues     []shownIssue   `json:"issues,omitempty"` // for who sees everything, or asks for every reason
}

// shownIssue is something in the course that its authors cannot have meant.
type shownIssue struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Block    string `json:"block"`
	Text     string `json:"text"`
}

// outlinePart is a section, subsection or unit of it.
type outlinePart struct {
	ID       string `json:"id"`
	UsageKey string `json:"usage_key"`
	Title    string `json:"title"`
	// State is open, opens (later, at Opens), locked, hidden (not listed) or removed (the learner is not told of it).
	State     string         `json:"state"`
	Opens     string         `json:"opens,omitempty"`
	Due       string         `json:"due,omitempty"`
	DueSource string         `json:"due_source,omitempty"`
	Exam      *shownExam     `json:"exam,omitempty"`
	Reasons   []shownReason  `json:"reasons,omitempty"`
	Children  []*outlinePart `json:"children,omitempty"`
}

// shownReason is why a learner gets a block, or does not.
type shownReason struct {
	Code   string `json:"code"`
	Effect string `json:"effect"` // notes, hides, closes or removes
	At     string `json:"at"`     // the block that has the rule
	Text   string `json:"text"`
	Opens  string `json:"opens,omitempty"`
}

func (a *app) runOutline(ctx context.Context, course string, f outlineFlags) error {
	o := courses.ViewOptions{AsLearner: f.as == "learner", Country: f.country}
	if o.UnenrolledAccess, o.Lift = true, f.as == "staff"; f.as != "" && !o.Lift && !o.AsLearner {
		return &usageError{message: fmt.Sprintf("nobody looks at a course as %q", f.as), advice: "say --as staff or --as learner"}
	}
	if err := checkCountry(f.country); err != nil {
		return err
	}
	return a.look(ctx, course, f.lookFlags, toRead, func(l *looking) error {
		v, err := l.View(ctx, l.user.ID, l.course, l.at, o)
		if err != nil {
			return err
		}
		s := &showing{looking: l, view: v.Outline, explain: f.explain}
		shown := s.outline(v)
		if a.json {
			return a.printJSON(shown)
		}
		a.printLearnerOutline(s, shown)
		return nil
	})
}

// showing makes the forms that are shown of a view.
type showing struct {
	*looking
	view    *outline.View
	explain bool
}

func (s *showing) outline(v *courses.View) *learnerOutline {
	f := v.Outline.Facts
	o := &learnerOutline{
		Course: s.course.String(), Version: v.Course.Content.Version.Seq, Title: v.Outline.Course.Title, User: s.user.Name, Enrolled: f.Enrolled, Staff: v.Outline.Lifted(),
		At: s.text(v.Outline.At), NextChange: s.text(v.Outline.NextChange), Sections: []*outlinePart{},
	}
	o.State, o.Opens = s.state(0)
	if s.explain || o.State != "open" {
		o.Reasons = s.reasons(0)
	}
	for i := 1; i < len(v.Outline.Course.Nodes); i = v.Outline.Course.Nodes[i].End {
		if p := s.part(i); p != nil {
			o.Sections = append(o.Sections, p)
		}
	}
	if s.explain || o.Staff {
		for _, i := range v.Outline.Course.Issues {
			o.Issues = append(o.Issues, shownIssue{string(i.Code), i.Severity.String(), i.Block.String(), i.Message()})
		}
	}
	return o
}

// part is a section and what is in it, down to units; nil for what is not shown.
func (s *showing) part(node int) *outlinePart {
	n := &s.view.Course.Nodes[node]
	if verdict := s.view.Verdict(node); !s.explain && !verdict.Listed || n.Level > outline.UnitLevel {
		return nil
	}
	p := &outlinePart{ID: n.ID.String(), UsageKey: s.course.Block(n.ID).String(), Title: n.Title}
	p.State, p.Opens = s.state(node)
	if d := s.view.Dates(node); d.Due != 0 && (n.Level == outline.SequenceLevel || int(d.DueFrom) == node) {
		p.Due, p.DueSource = s.text(d.Due.Time()), d.Source.String()
	}
	if exam, ok := s.view.Exam(node); ok {
		p.Exam = examOf(&exam, s.text)
	}
	if s.explain || p.State != "open" {
		p.Reasons = s.reasons(node)
	}
	for i := node + 1; i < n.End; i = s.view.Course.Nodes[i].End {
		if child := s.part(i); child != nil {
			p.Children = append(p.Children, child)
		}
	}
	return p
}

// state is what the learner gets of a block, in one word, and when it opens if time alone opens it.
func (s *showing) state(node int) (state, opens string) {
	switch verdict := s.view.Learner(node); {
	case !verdict.Exists:
		return "removed", ""
	case !verdict.Accessible:
		if at := s.opens(node); !at.IsZero() {
			return "opens", s.text(at)
		}
		return "locked", ""
	case !verdict.Listed:
		return "hidden", ""
	}
	return "open", ""
}

// opens is when the last reason is gone that closes a block; zero if not all of them go with time.
func (s *showing) opens(node int) (latest time.Time) {
	for _, r := range s.view.Reasons(node) {
		switch {
		case r.Effect != outline.Closes:
		case r.Opens.IsZero():
			return time.Time{}
		case r.Opens.After(latest):
			latest = r.Opens
		}
	}
	return latest
}

// reasons are those of a block which are not those of the block above it, too.
func (s *showing) reasons(node int) (list []shownReason) {
	list = s.allReasons(node)
	if parent := s.view.Course.Nodes[node].Parent; parent >= 0 {
		above := s.allReasons(parent)
		list = slices.DeleteFunc(list, func(r shownReason) bool { return slices.Contains(above, r) })
	}
	return list
}

func (s *showing) allReasons(node int) (list []shownReason) {
	told := s.view.Told(node)
	if s.explain || node == 0 {
		told = s.view.Reasons(node)
	}
	for _, r := range told {
		list = append(list, shownReason{string(r.Code), r.Effect.String(), r.At.String(), s.sentence(r), s.text(r.Opens)})
	}
	return list
}

// sentence says a reason, with the date by the clocks that count.
func (s *showing) sentence(r outline.Reason) string {
	text := r.String()
	for _, t := range []time.Time{r.Opens, r.Since} {
		if !t.IsZero() {
			text = strings.ReplaceAll(text, strings.TrimSuffix(t.UTC().Format(time.DateTime), ":00")+" UTC", s.text(t))
		}
	}
	return text
}

func (a *app) printLearnerOutline(s *showing, o *learnerOutline) {
	if !a.quiet {
		a.printf("%s (%s) for %s on %s\n", o.Title, o.Course, s.who(), o.At)
	}
	switch marks := marksOf(o.State, o.Opens, o.Reasons); {
	case o.State == "removed":
		a.printf("nothing of the course is there:\n")
	case marks != nil:
		a.printf("the whole course: %s\n", strings.Join(marks, ", "))
	}
	a.printReasons(s, o.Reasons, 1)
	for _, p := range o.Sections {
		a.printPart(s, p, o.State, 0)
	}
	for _, i := range o.Issues {
		a.printf("%s %s: %s\n", i.Severity, i.Code, i.Text)
	}
	switch {
	case a.quiet:
	case o.NextChange != "":
		a.printf("something changes on %s\n", o.NextChange)
	default:
		a.printf("time alone changes nothing any more\n")
	}
}

// printPart prints a block and what is in it. What it is like because of the block above, whose state is given, is not said again.
func (a *app) printPart(s *showing, p *outlinePart, above string, depth int) {
	line := strings.Repeat("  ", depth) + p.ID
	if p.Title != "" {
		line += "  " + p.Title
	}
	marks := marksOf(p.State, p.Opens, p.Reasons)
	if p.State == above && !slices.ContainsFunc(p.Reasons, func(r shownReason) bool { return r.Effect != outline.Notes.String() }) {
		marks = nil
	}
	if p.Due != "" {
		marks = append(marks, "due "+p.Due)
	}
	if p.Exam != nil {
		marks = append(marks, p.Exam.text())
	}
	for _, mark := range marks {
		line += "  [" + mark + "]"
	}
	a.printf("%s\n", line)
	a.printReasons(s, p.Reasons, depth+1)
	for _, child := range p.Children {
		a.printPart(s, child, p.State, depth+1)
	}
}

// marksOf says in words what a learner gets; nil for what is open.
func marksOf(state, opens string, reasons []shownReason) []string {
	switch state {
	case "open":
		return nil
	case "opens":
		return []string{"opens " + opens}
	case "locked":
		var why []string
		for _, r := range reasons {
			if r.Effect == outline.Closes.String() {
				why = append(why, r.Text)
			}
		}
		return []string{strings.TrimSuffix("locked: "+strings.Join(why, "; "), ": ")}
	}
	return []string{state}
}

// printReasons prints all reasons where they are asked for, and for the course those that take it away.
func (a *app) printReasons(s *showing, list []shownReason, depth int) {
	for _, r := range list {
		switch {
		case s.explain:
			a.printf("%s- %s: %s\n", strings.Repeat("  ", depth), r.Code, r.Text)
		case r.Effect == outline.Removes.String():
			a.printf("%s%s\n", strings.Repeat("  ", depth), r.Text)
		}
	}
}
