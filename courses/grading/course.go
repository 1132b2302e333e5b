package grading

import (
	"cmp"
	"slices"

	"lectern/modulestore/key"
)

// Versions names what a grade was computed from, by hashes, so that it can be computed again.
type Versions struct {
	Content string // the version of the course
	Policy  string // see Policy.Hash
}

// Grade is the grade of one learner in one course, with all that it is made of.
type Grade struct {
	Outcome
	Shown       Outcome // the same without the subsections that are hidden from the learner now
	Total       float64 // before rounding
	Attempted   bool    // some subsection was
	Types       []TypeGrade
	Subsections []SubsectionGrade // in course order, each once
	Versions    Versions
	Rounding    Rounding
}

// TypeGrade is what an assignment type adds to the grade.
type TypeGrade struct {
	Type    *AssignmentType
	Entries []Entry // those that are written in course order, then the missing ones
	Average float64 // of the entries that are not dropped
	Points  float64 // Average times Weight
}

// Entry is one assignment of a type.
type Entry struct {
	Subsection *SubsectionGrade // nil for one that is not written yet
	State      State
	Percent    float64
	Dropped    bool
}

// Grade computes the grade of a course from the grades of its subsections, given in course order. A subsection that comes twice counts once.
// The grade points into the policy and the subsections: neither may be changed while it is used.
func (p *Policy) Grade(versions Versions, subsections []SubsectionGrade) Grade {
	g := Grade{Versions: versions, Rounding: p.Rounding, Subsections: once(subsections), Types: make([]TypeGrade, len(p.Types))}
	hidden := false
	for i := range g.Subsections {
		s := &g.Subsections[i]
		g.Attempted = g.Attempted || s.State() == Attempted
		hidden = hidden || s.Hidden
	}
	g.Total = p.total(g.Types, g.Subsections, true)
	g.Outcome = p.Outcome(g.Total)
	g.Shown = g.Outcome
	if hidden {
		g.Shown = p.Outcome(p.total(make([]TypeGrade, len(p.Types)), g.Subsections, false))
	}
	return g
}

// NeedsRow reports whether the grade is worth storing.
func (g *Grade) NeedsRow() bool {
	return g.Attempted || slices.ContainsFunc(g.Subsections, func(s SubsectionGrade) bool { return s.Override != nil })
}

// once leaves out subsections that came before.
func once(list []SubsectionGrade) []SubsectionGrade {
	seen := make(map[key.BlockID]struct{}, len(list))
	for i := range list {
		seen[list[i].Key] = struct{}{}
	}
	if len(seen) == len(list) {
		return list
	}
	clear(seen)
	var kept []SubsectionGrade
	for i := range list {
		if _, again := seen[list[i].Key]; !again {
			seen[list[i].Key] = struct{}{}
			kept = append(kept, list[i])
		}
	}
	return kept
}

// total grades each type and adds up what they give.
func (p *Policy) total(types []TypeGrade, subsections []SubsectionGrade, all bool) (total float64) {
	for i := range types {
		t := &types[i]
		t.Type = &p.Types[i]
		t.collect(subsections, all)
		t.grade()
		total += t.Points
	}
	return total
}

// counts reports whether the subsection is an assignment at all: graded, there for this learner, and with something to earn.
func (g *SubsectionGrade) counts() bool { return g.Graded && !g.Excluded && g.Points().Possible > 0 }

// collect makes the entries of the type, without hidden subsections unless all is set.
func (t *TypeGrade) collect(subsections []SubsectionGrade, all bool) {
	counts := func(s *SubsectionGrade) bool { return s.Format == t.Type.Name && s.counts() && (all || !s.Hidden) }
	n := 0
	for i := range subsections {
		if counts(&subsections[i]) {
			n++
		}
	}
	t.Entries = make([]Entry, 0, t.Type.slots(n))
	for i := range subsections {
		if s := &subsections[i]; counts(s) {
			points, _ := s.discounted(t.Type.LateFactor)
			t.Entries = append(t.Entries, Entry{Subsection: s, State: s.State(), Percent: points.Percent()})
		}
	}
	for len(t.Entries) < t.Type.slots(n) {
		t.Entries = append(t.Entries, Entry{State: Missing})
	}
}

// grade drops the lowest entries and averages the others. Of equal entries the last are dropped first; when all are dropped, the average is 0.
func (t *TypeGrade) grade() {
	drops := t.Type.drops(len(t.Entries))
	if drops > 0 {
		order := make([]int, len(t.Entries))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.Entries[b].Percent, t.Entries[a].Percent) })
		for _, i := range order[len(order)-drops:] {
			t.Entries[i].Dropped = true
		}
	}
	sum := 0.0
	for i := range t.Entries {
		if !t.Entries[i].Dropped {
			sum += t.Entries[i].Percent
		}
	}
	if kept := len(t.Entries) - drops; kept > 0 {
		t.Average = sum / float64(kept)
	}
	t.Points = float64(t.Average * t.Type.Weight)
}
