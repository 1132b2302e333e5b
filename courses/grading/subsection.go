package grading

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"lectern/modulestore/key"
)

// Subsection is what the grade of one subsection depends on.
type Subsection struct {
	Key      key.BlockID
	Title    string
	Format   string // its assignment type
	Graded   bool   // counts in the course
	Blocks   []ScoredBlock
	Override *Override
	Excluded bool // not in this learner's course
	Hidden   bool // the learner may not see the grade now; see ShowGrade
}

// SubsectionGrade is the grade of one subsection. It is what is stored: the course grade follows from it and the policy alone.
type SubsectionGrade struct {
	Key      key.BlockID
	Title    string
	Format   string
	Graded   bool
	Excluded bool
	Hidden   bool

	All            Points    // of all blocks, as computed
	GradedOnly     Points    // of the graded blocks, as computed
	FirstAttempted time.Time // of any block; zero: never
	Override       *Override // holds in place of what was computed

	// LateGain is the part of the graded points that late work brought, LateLoss what late work spoiled. Only a policy with a LateFactor looks at them.
	LateGain, LateLoss float64

	Basis  string       // hash of the list of blocks that the points are made of; see BasisOf
	Blocks []BlockGrade // may be absent in a grade that was stored: explanations then stop at the subsection
}

// GradeSubsection adds up the points of a subsection.
func GradeSubsection(s *Subsection) SubsectionGrade {
	g := SubsectionGrade{
		Key: s.Key, Title: s.Title, Format: s.Format, Graded: s.Graded, Excluded: s.Excluded, Hidden: s.Hidden, Override: s.Override,
		Blocks: make([]BlockGrade, 0, len(s.Blocks)),
	}
	for i := range s.Blocks {
		if b, ok := s.Blocks[i].grade(); ok {
			g.Blocks = append(g.Blocks, b)
			g.add(&g.Blocks[len(g.Blocks)-1])
		}
	}
	g.Basis = BasisOf(g.Blocks)
	return g
}

// GradeSubsections adds up the points of each subsection.
func GradeSubsections(list []Subsection) []SubsectionGrade {
	grades := make([]SubsectionGrade, len(list))
	for i := range list {
		grades[i] = GradeSubsection(&list[i])
	}
	return grades
}

func (g *SubsectionGrade) add(b *BlockGrade) {
	if b.State == Excluded {
		return
	}
	g.All = g.All.plus(b.Points)
	if b.Graded {
		g.GradedOnly = g.GradedOnly.plus(b.Points)
		g.LateGain += b.lateGain
		g.LateLoss += b.lateLoss
	}
	if first := b.FirstAttempted; !first.IsZero() && (g.FirstAttempted.IsZero() || first.Before(g.FirstAttempted)) {
		g.FirstAttempted = first
	}
}

// State tells an untried subsection from one that earned nothing.
func (g *SubsectionGrade) State() State {
	switch {
	case g.Excluded:
		return Excluded
	case g.FirstAttempted.IsZero():
		return NeverAttempted
	default:
		return Attempted
	}
}

// Points are the graded points that hold: those of the override where it has some.
func (g *SubsectionGrade) Points() Points {
	if g.Override == nil {
		return g.GradedOnly
	}
	return g.Override.Graded.over(g.GradedOnly)
}

// AllPoints are the points of all blocks that hold.
func (g *SubsectionGrade) AllPoints() Points {
	if g.Override == nil {
		return g.All
	}
	return g.Override.All.over(g.All)
}

// Percent is the share of the graded points, to four decimals, all late work counted.
func (g *SubsectionGrade) Percent() float64 { return g.Points().Percent() }

// discounted are the points that hold under a late factor. What staff set is not discounted.
func (g *SubsectionGrade) discounted(late *float64) (p Points, discount float64) {
	p = g.Points()
	if late == nil || g.overridden() {
		return p, 0
	}
	discount = float64((1-min(max(*late, 0), 1))*g.LateGain) - g.LateLoss
	return Points{p.Earned - discount, p.Possible}, discount
}

func (g *SubsectionGrade) overridden() bool { return g.Override != nil && !g.Override.Graded.empty() }

// NeedsRow reports whether the grade is worth storing: without a try, an override, a score that was just deleted or a grading that was asked for there is
// nothing to keep, and the grade can be computed from the content.
func (g *SubsectionGrade) NeedsRow(scoreDeleted, asked bool) bool {
	return !g.FirstAttempted.IsZero() || g.Override != nil || scoreDeleted || asked
}

// Override is a grade that staff set by hand. It holds against whatever the learner does, until it is taken away.
type Override struct {
	All, Graded SetPoints
	Actor       string
	Reason      string
	System      string // that set it: a gradebook, a proctoring service
	At          time.Time
}

// SetPoints are points of which each part may be left as it was.
type SetPoints struct{ Earned, Possible *float64 }

func (s SetPoints) empty() bool { return s.Earned == nil && s.Possible == nil }

// over gives the points that hold where computed was computed. What is no number is left as it was.
func (s SetPoints) over(computed Points) Points {
	set := computed
	if s.Earned != nil {
		set.Earned = *s.Earned
	}
	if s.Possible != nil {
		set.Possible = *s.Possible
	}
	if !set.usable() {
		return computed
	}
	return set
}

// Filled gives the override as it is to be stored: parts that staff left open are those of the grade at this time, so that 4 of 5 stays 4 of 5 when the author
// makes the subsection worth 8. Points of which nothing is set stay open.
func (o Override) Filled(g *SubsectionGrade) Override {
	o.All, o.Graded = o.All.filled(g.All), o.Graded.filled(g.GradedOnly)
	return o
}

func (s SetPoints) filled(computed Points) SetPoints {
	if s.empty() {
		return s
	}
	p := s.over(computed)
	return SetPoints{&p.Earned, &p.Possible}
}

// BasisOf gives the hash of the exact list of blocks, weights, points and graded marks that a grade was made of. Equal lists have equal
// hashes on every device; excluded blocks are no part of them. Without blocks it is empty.
func BasisOf(blocks []BlockGrade) string {
	list := make([]byte, 0, 64*len(blocks))
	for i := range blocks {
		if b := &blocks[i]; b.State != Excluded {
			list = b.appendBasis(list)
		}
	}
	if len(list) == 0 {
		return ""
	}
	sum := sha256.Sum256(list)
	return hex.EncodeToString(sum[:])
}

// appendBasis writes one line: the block, its weight or "-", its raw points, and whether it is graded.
func (b *BlockGrade) appendBasis(list []byte) []byte {
	list = strconv.AppendQuote(list, b.Key.Type)
	list = strconv.AppendQuote(append(list, '/'), b.Key.Name)
	list = append(list, ' ')
	if b.worth.Weight == nil {
		list = append(list, '-')
	} else {
		list = strconv.AppendFloat(list, *b.worth.Weight, 'g', -1, 64)
	}
	list = append(list, ' ')
	list = strconv.AppendFloat(list, b.Raw.Possible, 'g', -1, 64)
	list = append(list, ' ')
	list = strconv.AppendBool(list, b.Graded)
	return append(list, '\n')
}
