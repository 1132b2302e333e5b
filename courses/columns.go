package courses

import (
	"cmp"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

// Column is a column of the grade report of a course. The columns follow from the policy and the course alone: they are the same for every learner.
type Column struct {
	Label string // by the policy: "HW 03", "HW Avg", "Midterm"
	Type  string // the assignment type
	// Subsection is whose percent it is; zero for an average, and for an assignment that is not written yet.
	Subsection key.BlockID
	Average    bool

	at int // place of the type in the policy
}

// Columns lists the assignments of each type of the policy, in course order, and their average where there is more than one.
func (c *Course) Columns() (list []Column) {
	one, written := 1.0, make([]grading.SubsectionGrade, 0, len(c.Subsections))
	for i := range c.Subsections {
		s := &c.Subsections[i]
		if g := (grading.SubsectionGrade{Key: s.Key, Title: s.Title, Format: s.Format, Graded: s.Graded}); s.scores() {
			g.GradedOnly.Possible = one
			written = append(written, g)
		}
	}
	grade := c.Policy.Grade(grading.Versions{}, written)
	for at := range grade.Types {
		t := &grade.Types[at]
		for i, e := range t.Entries {
			column := Column{Label: t.Label(i), Type: t.Type.Name, at: at}
			if e.Subsection != nil {
				column.Subsection = e.Subsection.Key
			}
			list = append(list, column)
		}
		if len(t.Entries) > 1 {
			list = append(list, Column{Label: cmp.Or(t.Type.ShortLabel, t.Type.Name) + " Avg", Type: t.Type.Name, Average: true, at: at})
		}
	}
	return list
}

// scores reports whether anybody can earn points in the subsection that count.
func (s *Subsection) scores() bool {
	for i := range s.Scored {
		w := &s.Scored[i].Worth
		if !w.Ungraded && (w.Possible == nil || *w.Possible > 0) && (w.Weight == nil || *w.Weight > 0) {
			return true
		}
	}
	return false
}

// Cell is what a learner has in a column. It has a percent only where it was attempted; an average is, and so is what was set by hand.
type Cell struct {
	State   grading.State
	Percent float64 // 0 to 1
	Dropped bool
}

// Cell gives what the learner has in a column of the course.
func (r *Row) Cell(c Column) Cell {
	t := &r.Grade.Types[c.at]
	switch {
	case c.Average:
		return Cell{State: grading.Attempted, Percent: t.Average}
	case c.Subsection.IsZero():
		return Cell{State: grading.Missing}
	}
	for _, e := range t.Entries {
		if e.Subsection != nil && e.Subsection.Key == c.Subsection {
			if e.Subsection.Override != nil {
				e.State = grading.Attempted
			}
			return Cell{e.State, e.Percent, e.Dropped}
		}
	}
	for i := range r.Grade.Subsections {
		if s := &r.Grade.Subsections[i]; s.Key == c.Subsection && !s.Excluded {
			return Cell{State: grading.NeverAttempted} // nothing can be earned in it so far
		}
	}
	return Cell{State: grading.Excluded}
}
