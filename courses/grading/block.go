package grading

import (
	"time"

	"lectern/modulestore/key"
)

// ScoredBlock is a block that can give points, with all that is known of one learner's score in it.
type ScoredBlock struct {
	Key     key.BlockID
	Title   string
	Content Worth // in the version of the content that is graded

	// Recorded is what the block was worth when the learner was graded last; nil if never, or if the grade is to follow the content. What is
	// recorded holds against later changes of the content, as long as the course team does not ask for more.
	Recorded *Worth

	// Submission is a score in weighted points (of a peer assessment for instance). One with nothing possible is ignored.
	Submission *Score

	// State is a score in raw points, with what was possible when the learner tried.
	State *Score

	Excluded bool // not in this learner's course: for another group, or taken out; its score stays on record
}

// Worth is what a block can give.
type Worth struct {
	Weight   *float64 // points that the raw points are scaled to; nil: they count as they are
	Possible *float64 // raw points; nil: not known, and the block is left out of the grade
	Ungraded bool     // the block itself says graded="false"; what its subsection says is another matter
}

// Score is what a learner has got for a block.
type Score struct {
	Points
	Attempted time.Time // first try; zero: this is no try, such as a score that was taken back
	InTime    *float64  // earned by the best try before the due date; nil: the same, or not judged
}

// Source is where the score of a block comes from: the first of these that there is.
type Source string

const (
	FromSubmission Source = "submission"
	FromState      Source = "state"
	FromRecord     Source = "record"  // nothing earned, of what was possible when last graded
	FromContent    Source = "content" // nothing earned, of what is possible now
)

// BlockGrade is what a block adds to its subsection.
type BlockGrade struct {
	Key            key.BlockID
	Title          string
	State          State
	Source         Source
	Raw            Points // of a submission the same as Points
	Points         Points // weighted
	Graded         bool   // counts towards the graded points; never where nothing can be earned
	FirstAttempted time.Time
	Unusable       bool // there is a score that is no number; it was passed over

	lateGain, lateLoss float64 // weighted; see SubsectionGrade
	worth              Worth
}

// Recorded is what the block was worth in this grade: what a later one takes as ScoredBlock.Recorded. It is in the list that BasisOf names.
func (b *BlockGrade) Recorded() Worth {
	possible := b.Raw.Possible
	return Worth{Weight: b.worth.Weight, Possible: &possible, Ungraded: !b.Graded && b.Points.Possible > 0}
}

// grade finds the score that holds and weighs it; ok is false when nothing is known of what the block can give.
func (b *ScoredBlock) grade() (g BlockGrade, ok bool) {
	g = BlockGrade{Key: b.Key, Title: b.Title, worth: b.Content}
	if b.Recorded != nil {
		g.worth = *b.Recorded
	}
	score, weight, ok := b.score(&g)
	if !ok {
		return g, false
	}
	g.Raw, g.Points = score.Points, score.Points.Weighted(weight)
	g.Graded = g.Points.Possible > 0 && !g.worth.Ungraded
	g.FirstAttempted = score.Attempted
	switch {
	case b.Excluded:
		g.State = Excluded
	case g.FirstAttempted.IsZero():
		g.State = NeverAttempted
	default:
		g.State = Attempted
	}
	if score.InTime != nil && finite(*score.InTime) {
		inTime := Points{*score.InTime, score.Possible}.Weighted(weight)
		g.lateGain = max(0, g.Points.Earned-inTime.Earned)
		g.lateLoss = max(0, inTime.Earned-g.Points.Earned)
	}
	return g, true
}

// score gives the score that holds, and the weight that is still to be applied to it.
func (b *ScoredBlock) score(g *BlockGrade) (s Score, weight *float64, ok bool) {
	if b.Submission != nil && b.Submission.Possible != 0 {
		if b.Submission.usable() {
			g.Source = FromSubmission
			return *b.Submission, nil, true
		}
		g.Unusable = true
	}
	if b.State != nil {
		if b.State.usable() {
			g.Source = FromState
			return *b.State, g.worth.Weight, true
		}
		g.Unusable = true
	}
	g.Source = FromContent
	if b.Recorded != nil {
		g.Source = FromRecord
	}
	if g.worth.Possible == nil {
		return Score{}, nil, false
	}
	return Score{Points: Points{0, *g.worth.Possible}}, g.worth.Weight, true
}
