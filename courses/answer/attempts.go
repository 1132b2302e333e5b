package answer

import (
	"fmt"
	"math"
	"time"
)

// Situation is what the rules of a problem look at besides its settings.
type Situation struct {
	Attempts   int       // attempts used
	Max        *int      // attempts allowed to this learner where that is not what the problem says
	Correct    bool      // the score that counts is full
	HintsTaken int       // how often the learner asked for a hint
	Due        time.Time // with extension and grace period; zero: never due
	Last       time.Time // of the last attempt; zero: none
	Now        time.Time
	Staff      bool // the viewer may see everything that is shown at all
}

// Verdict is an answer to "may I?", with the rule that gave it.
type Verdict struct {
	Yes  bool
	Rule string
}

// The rules by which MaySubmit refuses, but for the one that names a time.
const (
	RuleUsed = "all attempts are used"
	RuleDue  = "the due date has passed"
)

// MaySubmit says whether another attempt counts now.
func (s Settings) MaySubmit(at Situation) Verdict {
	switch left := s.Wait - at.Now.Sub(at.Last); {
	case s.usedAll(at):
		return Verdict{false, RuleUsed}
	case pastDue(at):
		return Verdict{false, RuleDue}
	case !at.Last.IsZero() && left > 0:
		return Verdict{false, fmt.Sprintf("the next attempt is possible in %d seconds", int(math.Ceil(left.Seconds())))}
	}
	return Verdict{true, "attempts are left"}
}

// Limit is how many attempts a learner has, nil for any number.
func (s Settings) Limit(at Situation) *int {
	if at.Max != nil {
		return at.Max
	}
	return s.MaxAttempts
}

func (s Settings) usedAll(at Situation) bool {
	most := s.Limit(at)
	return most != nil && at.Attempts >= *most
}

// pastDue is false where nothing is due. At the very instant of the due date it is not yet past.
func pastDue(at Situation) bool { return !at.Due.IsZero() && at.Now.After(at.Due) }
