package grading

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Policy says how subsections make the grade of a course.
type Policy struct {
	Types    []AssignmentType // in the order of the file; a type that is there twice counts twice, as in Open edX
	Cutoffs  []Cutoff         // in the order of the file, which decides between two of the same percent
	Rounding Rounding         // empty: LegacyRounding
}

// AssignmentType is one entry of GRADER: homework, labs, the final exam. Its subsections count the same, whatever points they give.
type AssignmentType struct {
	Name      string  // the format of its subsections, byte for byte
	MinCount  int     // how many to count on; those not written yet count as 0
	DropCount int     // how many of the lowest not to count
	Weight    float64 // share of the course grade; weights are used as they are and need not add up to 1

	// LateFactor is the part of an improvement that counts when it came after the due date: x + c*(y-x) for x in time and y at all. Nil: all of
	// it, since Open edX knows no such rule.
	LateFactor *float64

	// What follows changes labels and lists only, never a number.

	ShortLabel      string // empty: Name
	Category        string // empty: Name
	ShowOnlyAverage bool
	HideAverage     bool
	StartingIndex   *int // number of the first label; nil: 1
}

// MaxCount is the largest MinCount that is used.
const MaxCount = 1000

// slots is how many entries the type has when n of its subsections are written.
func (t *AssignmentType) slots(n int) int { return max(n, min(t.MinCount, MaxCount)) }

// drops is how many of k entries are dropped.
func (t *AssignmentType) drops(k int) int { return min(max(t.DropCount, 0), k) }

// Cutoff is the least percent, from 0 to 1, that earns a letter.
type Cutoff struct {
	Letter string
	Least  float64
}

// DefaultPolicy is the policy of a course without one.
func DefaultPolicy() *Policy { return &Policy{Types: defaultTypes(), Cutoffs: defaultCutoffs()} }

func defaultTypes() []AssignmentType {
	return []AssignmentType{
		{Name: "Homework", ShortLabel: "HW", MinCount: 12, DropCount: 2, Weight: 0.15},
		{Name: "Lab", MinCount: 12, DropCount: 2, Weight: 0.15},
		{Name: "Midterm Exam", ShortLabel: "Midterm", MinCount: 1, Weight: 0.3},
		{Name: "Final Exam", ShortLabel: "Final", MinCount: 1, Weight: 0.4},
	}
}

func defaultCutoffs() []Cutoff { return []Cutoff{{"Pass", 0.5}} }

// Hash names the policy by all that can change a number or a letter. Labels are no part of it.
func (p *Policy) Hash() string {
	var b strings.Builder
	for _, t := range p.Types {
		fmt.Fprintf(&b, "type %q %d %d %v", t.Name, t.MinCount, t.DropCount, t.Weight)
		if t.LateFactor != nil {
			fmt.Fprintf(&b, " late %v", *t.LateFactor)
		}
		b.WriteByte('\n')
	}
	for _, c := range p.Cutoffs {
		fmt.Fprintf(&b, "cutoff %q %v\n", c.Letter, c.Least)
	}
	if p.Rounding == HalfUpRounding {
		fmt.Fprintf(&b, "rounding %s\n", p.Rounding)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// Outcome is what comes of a course grade.
type Outcome struct {
	Percent float64 // to two decimals; above 1 where weights add up to more
	Letter  string  // empty below all cut-offs
	Passed  bool    // at or above the lowest cut-off that is more than 0
}

// Outcome rounds a total and finds its letter.
func (p *Policy) Outcome(total float64) Outcome {
	o := Outcome{Percent: p.Rounding.Round(total)}
	var best, lowest *Cutoff
	for i := range p.Cutoffs {
		c := &p.Cutoffs[i]
		if o.Percent >= c.Least && (best == nil || c.Least > best.Least) {
			best = c
		}
		if c.Least > 0 && (lowest == nil || c.Least < lowest.Least) {
			lowest = c
		}
	}
	if best != nil {
		o.Letter = best.Letter
	}
	o.Passed = lowest != nil && o.Percent >= lowest.Least
	return o
}
