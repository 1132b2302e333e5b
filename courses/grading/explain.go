package grading

import (
	"fmt"
	"strconv"
	"strings"
)

// Rule is how the value of a line follows from the lines below it. Lines aside are shown and do not count.
type Rule string

const (
	Given   Rule = "given"   // from outside: nothing below explains it
	Sum     Rule = "sum"     // of the lines below
	Mean    Rule = "mean"    // the sum of the lines below, divided by By
	Times   Rule = "times"   // the line below, times By
	Share   Rule = "share"   // the first line below divided by the second, to four decimals; see Points.Percent
	Rounded Rule = "rounded" // the line below, rounded by the policy; see Rounding.Round
)

// Line is one line of an explanation.
type Line struct {
	Text  string
	Value float64
	Rule  Rule
	By    float64
	Aside bool
	Lines []Line
}

// String gives the line and those below it, one a row, indented; what stands aside is in brackets.
func (l Line) String() string {
	var b strings.Builder
	l.write(&b, 0)
	return b.String()
}

func (l Line) write(b *strings.Builder, depth int) {
	form := "%s%s  %s\n"
	if l.Aside {
		form = "%s[%s  %s]\n"
	}
	fmt.Fprintf(b, form, strings.Repeat("    ", depth), number(l.Value), l.Text)
	for _, below := range l.Lines {
		below.write(b, depth+1)
	}
}

// number writes at most six decimals, for people.
func number(f float64) string {
	s := strconv.FormatFloat(f, 'f', 6, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func aside(value float64, format string, args ...any) Line {
	return Line{Text: fmt.Sprintf(format, args...), Value: value, Rule: Given, Aside: true}
}

// Explain tells how the grade came about, from the points of each block to the percent.
func (g *Grade) Explain() Line {
	total := Line{Text: "total of the assignment types", Value: g.Total, Rule: Sum}
	for i := range g.Types {
		total.Lines = append(total.Lines, g.Types[i].explain())
	}
	for i := range g.Subsections {
		if s := &g.Subsections[i]; !g.counted(s) {
			total.Lines = append(total.Lines, aside(s.Percent(), "%s counts nowhere: %s", s.name(), s.whyNot()))
		}
	}
	root := Line{Text: "course grade, " + g.verdict() + g.roundingText(), Value: g.Percent, Rule: Rounded, Lines: []Line{total}}
	if g.Shown != g.Outcome {
		root.Lines = append(root.Lines, aside(g.Shown.Percent, "is what the learner sees, without the grades that are hidden now"))
	}
	return root
}

func (g *Grade) verdict() string {
	s := "not passed"
	if g.Passed {
		s = "passed"
	}
	if g.Letter != "" {
		s = g.Letter + ", " + s
	}
	if !g.Attempted {
		s += ", nothing attempted"
	}
	return s
}

func (g *Grade) roundingText() string {
	if g.Rounding == HalfUpRounding {
		return ": the total rounded to whole percent, halves up"
	}
	return ": the total and 0.0005, rounded to whole percent"
}

// counted reports whether the subsection is an entry of some type.
func (g *Grade) counted(s *SubsectionGrade) bool {
	if !s.counts() {
		return false
	}
	for i := range g.Types {
		if g.Types[i].Type.Name == s.Format {
			return true
		}
	}
	return false
}

func (g *SubsectionGrade) whyNot() string {
	switch {
	case g.Excluded:
		return "it is not in this learner's course"
	case !g.Graded:
		return "it is not graded"
	case g.Points().Possible <= 0:
		return "nothing can be earned in it"
	default:
		return fmt.Sprintf("the policy has no assignment type %q", g.Format)
	}
}

func (g *SubsectionGrade) name() string {
	if g.Title != "" {
		return fmt.Sprintf("%q", g.Title)
	}
	return g.Key.String()
}

func (t *TypeGrade) explain() Line {
	kept := 0
	average := Line{Value: t.Average, Rule: Mean}
	for i := range t.Entries {
		if !t.Entries[i].Dropped {
			kept++
		}
		average.Lines = append(average.Lines, t.explainEntry(i))
	}
	average.By = float64(kept)
	switch dropped := len(t.Entries) - kept; {
	case len(t.Entries) == 0:
		average.Text = "average: there are no assignments of this type"
	case kept == 0:
		average.Text = fmt.Sprintf("average: all of %d are dropped, so the type gives nothing", dropped)
	default:
		average.Text = fmt.Sprintf("average of %d, %d dropped", kept, dropped)
	}
	return Line{
		Text: fmt.Sprintf("%s, with weight %s", t.Type.Name, number(t.Type.Weight)), Value: t.Points, Rule: Times, By: t.Type.Weight, Lines: []Line{average},
	}
}

func (t *TypeGrade) explainEntry(i int) Line {
	e := &t.Entries[i]
	line := Line{Value: e.Percent, Rule: Given, Aside: e.Dropped, Text: t.Label(i) + " is not written yet and counts as 0"}
	if s := e.Subsection; s != nil {
		line = s.explain(t.Type.LateFactor)
		line.Text, line.Aside = t.Label(i)+" "+line.Text, e.Dropped
	}
	if e.Dropped {
		line.Text += fmt.Sprintf("; dropped: the lowest %d of %d do not count", t.Type.drops(len(t.Entries)), len(t.Entries))
	}
	return line
}

// explain tells how the percent of the subsection came about under a late factor.
func (g *SubsectionGrade) explain(late *float64) Line {
	points, discount := g.discounted(late)
	earned := Line{Text: "points earned", Value: points.Earned, Rule: Given}
	possible := Line{Text: "points possible", Value: points.Possible, Rule: Given}
	switch {
	case g.overridden():
		earned.Text = "points earned, set by staff" + g.Override.by()
		earned.Lines = []Line{aside(g.GradedOnly.Earned, "points earned as computed, of %s possible", number(g.GradedOnly.Possible))}
	case len(g.Blocks) > 0:
		g.explainBlocks(&earned, &possible)
	}
	if discount != 0 {
		computed := earned
		computed.Value = g.GradedOnly.Earned
		earned = Line{Text: "points earned, late work discounted", Value: points.Earned, Rule: Sum, Lines: []Line{
			computed, {Text: fmt.Sprintf("late work, of which %s counts", number(*late)), Value: -discount, Rule: Given},
		}}
	}
	text := g.name()
	if g.State() == NeverAttempted {
		text += ", never attempted"
	}
	return Line{Text: text, Value: points.Percent(), Rule: Share, Lines: []Line{earned, possible}}
}

func (g *SubsectionGrade) explainBlocks(earned, possible *Line) {
	earned.Rule, possible.Rule = Sum, Sum
	for i := range g.Blocks {
		b := &g.Blocks[i]
		counts := b.Graded && b.State != Excluded
		earned.Lines = append(earned.Lines, Line{Text: b.text(), Value: b.Points.Earned, Rule: Given, Aside: !counts})
		if counts {
			possible.Lines = append(possible.Lines, Line{Text: b.name(), Value: b.Points.Possible, Rule: Given})
		}
	}
}

func (b *BlockGrade) name() string {
	if b.Title != "" {
		return fmt.Sprintf("%q", b.Title)
	}
	return b.Key.String()
}

// text says of the points of a block where they come from.
func (b *BlockGrade) text() string {
	s := b.name()
	if b.Raw != b.Points {
		s += fmt.Sprintf(", %s of %s scaled to %s", number(b.Raw.Earned), number(b.Raw.Possible), number(b.Points.Possible))
	}
	switch {
	case b.State == Excluded:
		s += ", not in this learner's course"
	case b.State == NeverAttempted:
		s += ", never attempted"
	}
	if !b.Graded {
		s += ", not graded"
	}
	if b.Unusable {
		s += ", a score that is no number passed over"
	}
	return s
}

func (o *Override) by() string {
	s := ""
	if o.Actor != "" {
		s += " (" + o.Actor + ")"
	}
	if o.Reason != "" {
		s += ": " + o.Reason
	}
	return s
}
