package courses

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/modulestore/key"
)

// Result is the grade and the progress of one learner.
type Result struct {
	Grade grading.Grade // as it follows from the subsections
	// Record is what holds. It differs from Grade in a frozen course, and where nothing is due.
	Record   grading.Record
	Progress *grading.Rollup
	// Store is what is to be stored where something is due.
	Store learner.GradeResult
}

// Grade makes the grade and progress of a learner from facts that hold what the learner has done. Where something is due it is made anew; all else is as it
// is stored. It is a pure function of its arguments.
func (c *Course) Grade(f *learner.GradeFacts, at time.Time) Result { return c.gradeBy(c.Policy, f, at) }

// gradeBy is Grade with another policy.
func (c *Course) gradeBy(policy *grading.Policy, f *learner.GradeFacts, at time.Time) Result {
	g := &grader{c: c, f: f, at: at, tree: c.tree(f, at), late: needsAttempts(policy)}
	g.asked()
	var r Result
	r.Grade = policy.Grade(grading.Versions{Content: c.version().String(), Policy: policy.Hash()}, g.subsections())
	if f.Grade != nil {
		r.Record = f.Grade.Record
	}
	if g.any.Holds(learner.DueCourse) {
		r.Record = r.Record.Next(&r.Grade, at, g.frozen)
		if f.Grade != nil || r.Grade.NeedsRow() || len(f.Subsections) > 0 || len(g.rows) > 0 {
			record := r.Record
			r.Store.Grade = &record
		}
	} else if f.Grade == nil {
		r.Record.Outcome, r.Record.Versions = r.Grade.Outcome, r.Grade.Versions
	}
	r.Store.Subsections, r.Store.Bases = g.rows, g.bases
	r.Progress = g.progress(&r.Store)
	return r
}

// needsAttempts reports whether a policy looks at when each attempt was made.
func needsAttempts(p *grading.Policy) bool {
	for i := range p.Types {
		if p.Types[i].LateFactor != nil {
			return true
		}
	}
	return false
}

// grader grades one learner.
type grader struct {
	c      *Course
	f      *learner.GradeFacts
	at     time.Time
	tree   *tree
	late   bool
	frozen bool                 // what is made does not hold
	due    map[int]learner.What // by subsection
	any    learner.What
	rows   map[key.BlockID]learner.StoredSubsection
	bases  map[learner.Hash][]byte
}

// asked finds out what is due.
func (g *grader) asked() {
	g.due = make(map[int]learner.What)
	whole := g.f.Marks[key.BlockID{}]
	for id, what := range g.f.Marks {
		g.any |= what
		if what.Holds(learner.DueSubsections) {
			for _, n := range g.c.within[id] {
				g.due[n] |= what
			}
		}
	}
	g.frozen = g.f.Frozen && !g.any.Holds(learner.DueAccept)
	if g.frozen && g.any.Holds(learner.DueCourse) {
		whole |= learner.DueSubsections // nothing of it is stored, so that it follows from the events alone
	}
	if whole.Holds(learner.DueSubsections) {
		for n := range g.c.Subsections {
			g.due[n] |= whole
		}
	}
}

// subsections gives the grades of all subsections, in course order, and notes what is to be stored.
func (g *grader) subsections() []grading.SubsectionGrade {
	list := make([]grading.SubsectionGrade, len(g.c.Subsections))
	for n := range list {
		s := &g.c.Subsections[n]
		stored, has := g.f.Subsections[s.Key]
		what := g.due[n]
		computed := g.subsection(s, what.Holds(learner.DueAfresh))
		switch {
		case what == 0 && has:
			list[n] = asStored(computed, &stored)
		default:
			list[n] = computed
			if what != 0 && !g.frozen && (has || computed.NeedsRow(g.deleted(s), g.scored(s))) {
				g.store(s, &computed)
			}
		}
	}
	return list
}

// asStored gives a grade with the points that are stored. The blocks are left out where the points are not theirs.
func asStored(g grading.SubsectionGrade, stored *learner.StoredSubsection) grading.SubsectionGrade {
	if g.All != stored.All || g.GradedOnly != stored.Graded || g.Basis != stored.Basis.String() {
		g.Blocks = nil
	}
	g.All, g.GradedOnly, g.FirstAttempted, g.LateGain, g.LateLoss = stored.All, stored.Graded, stored.FirstAttempted, stored.LateGain, stored.LateLoss
	g.Basis = stored.Basis.String()
	return g
}

// subsection computes a grade. afresh leaves out what blocks were worth when they were tried.
func (g *grader) subsection(s *Subsection, afresh bool) grading.SubsectionGrade {
	in := &grading.Subsection{
		Key: s.Key, Title: s.Title, Format: s.Format, Graded: s.Graded, Excluded: !g.tree.visible[s.At],
		Hidden: !grading.ShowGrade(s.Show, g.c.closes(s.At, g.f), g.at, false), Blocks: make([]grading.ScoredBlock, len(s.Scored)),
	}
	if o, ok := g.f.Overrides[s.Key]; ok {
		in.Override = &grading.Override{
			All: grading.SetPoints{Earned: o.EarnedAll, Possible: o.PossibleAll}, Graded: grading.SetPoints{Earned: o.EarnedGraded, Possible: o.PossibleGraded}, Reason: o.Reason,
		}
	}
	var recorded map[key.BlockID]grading.Worth
	if stored, has := g.f.Subsections[s.Key]; has && !afresh {
		recorded = decodeBasis(g.f.Bases[stored.Basis])
	}
	for i := range s.Scored {
		b := &s.Scored[i]
		in.Blocks[i] = grading.ScoredBlock{Key: b.Key, Title: b.Title, Content: b.Worth, Excluded: !g.tree.visible[b.At]}
		if score, ok := g.f.Scores[b.Key]; ok {
			in.Blocks[i].State = g.score(b, &score)
			if worth, ok := recorded[b.Key]; ok {
				in.Blocks[i].Recorded = &worth
			}
		}
	}
	return grading.GradeSubsection(in)
}

// score gives the score of a block as package grading takes it. What is not graded yet has earned nothing so far.
func (g *grader) score(b *Scored, score *learner.Score) *grading.Score {
	s := &grading.Score{Points: grading.Points{Possible: score.Possible}, Attempted: score.First}
	if score.Earned != nil {
		s.Earned = *score.Earned
	}
	if !g.late || score.Source != "attempt" {
		return s
	}
	due := g.c.handIn(b.At, g.f)
	if due.IsZero() {
		return s
	}
	best := 0.0
	for _, try := range g.f.Attempts[b.Key] {
		if !try.At.After(due) && try.Possible > 0 {
			best = max(best, try.Earned/try.Possible)
		}
	}
	inTime := best * s.Possible
	s.InTime = &inTime
	return s
}

// deleted reports whether a score in the subsection was taken back.
func (g *grader) deleted(s *Subsection) bool {
	for i := range s.Scored {
		if g.f.Deleted[s.Scored[i].Key] {
			return true
		}
	}
	return false
}

// scored reports whether there is a score in the subsection, such as one that staff gave to a learner who never tried.
func (g *grader) scored(s *Subsection) bool {
	for i := range s.Scored {
		if _, ok := g.f.Scores[s.Scored[i].Key]; ok {
			return true
		}
	}
	return false
}

// store notes a grade that is to be stored, with the list that it was made of.
func (g *grader) store(s *Subsection, computed *grading.SubsectionGrade) {
	if g.rows == nil {
		g.rows, g.bases = make(map[key.BlockID]learner.StoredSubsection), make(map[learner.Hash][]byte)
	}
	row := learner.StoredSubsection{
		All: computed.All, Graded: computed.GradedOnly, FirstAttempted: computed.FirstAttempted, LateGain: computed.LateGain, LateLoss: computed.LateLoss,
		Content: g.c.version(), Pool: s.Pool,
	}
	var list []basisEntry
	for i := range computed.Blocks {
		if b := &computed.Blocks[i]; b.State != grading.Excluded {
			w := b.Recorded()
			list = append(list, basisEntry{b.Key.Type, b.Key.Name, w.Weight, w.Possible, w.Ungraded})
		}
	}
	if len(list) > 0 {
		_, _ = hex.Decode(row.Basis[:], []byte(computed.Basis))
		g.bases[row.Basis] = encodeBasis(list)
	}
	g.rows[s.Key] = row
}

// decodeBasis reads a list of blocks with what each was worth.
func decodeBasis(body []byte) map[key.BlockID]grading.Worth {
	var list []basisEntry
	if json.Unmarshal(body, &list) != nil {
		return nil
	}
	worth := make(map[key.BlockID]grading.Worth, len(list))
	for _, e := range list {
		worth[key.BlockID{Type: e.Type, Name: e.Name}] = grading.Worth{Weight: e.Weight, Possible: e.Possible, Ungraded: e.Ungraded}
	}
	return worth
}

// progress rolls up what the learner has completed, and notes it where it is due.
func (g *grader) progress(store *learner.GradeResult) *grading.Rollup {
	completed := make(map[key.BlockID]float64, len(g.f.Completion)+len(g.f.Scores))
	for id, value := range g.f.Completion {
		completed[id] = value
	}
	for id := range g.f.Scores {
		completed[id] = grading.OnScore(false)
	}
	rollup := g.tree.outline.Progress(completed)
	if g.any != 0 {
		course := rollup.Course()
		store.Progress = &learner.StoredProgress{
			Content: g.c.version(), Leaves: g.c.outline.Progress(completed).Bits(), Done: course.Done, Total: course.Leaves, Units: course.Units,
		}
	}
	return rollup
}
