package grading

import "math"

// GradingMethod is the setting grading_method of a problem: which of several attempts counts.
type GradingMethod string

const (
	LastScore    GradingMethod = "last_score"
	FirstScore   GradingMethod = "first_score"
	HighestScore GradingMethod = "highest_score"
	AverageScore GradingMethod = "average_score"
)

// Score gives what counts of the attempts, which stand in their order. Where their possible points differ, as after an edit of the problem, shares are
// compared. The average has two decimals and the points of the last attempt as its possible ones. A method of another name is LastScore. Without
// attempts ok is false.
func (m GradingMethod) Score(attempts []Points) (score Points, ok bool) {
	if len(attempts) == 0 {
		return Points{}, false
	}
	score = attempts[len(attempts)-1]
	switch m {
	case FirstScore:
		score = attempts[0]
	case HighestScore:
		score = attempts[0]
		for _, a := range attempts[1:] {
			if a.share() > score.share() {
				score = a
			}
		}
	case AverageScore:
		sum := 0.0
		for _, a := range attempts {
			sum += a.share()
		}
		score.Earned = TwoDecimals(sum * score.Possible / float64(len(attempts)))
	}
	return score, true
}

// TwoDecimals rounds points to two decimals, halves up.
func TwoDecimals(f float64) float64 { return math.Floor(f*100+0.5) / 100 }
