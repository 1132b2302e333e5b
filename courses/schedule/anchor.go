package schedule

import "time"

// Step is something that happens to an enrolment.
type Step struct {
	Kind StepKind
	At   time.Time
}

// StepKind is what happens.
type StepKind uint8

// The kinds of steps.
const (
	Enrolled StepKind = iota // for the first time
	Left
	Returned   // in the same mode
	Upgraded   // to another mode, but not to audit
	Downgraded // to audit
	Reset      // the learner shifted the dates
)

// Anchor gives the instant from which the relative dates of a learner are counted, and when the learner came first. Steps are in the order in which
// they happened. Who returns goes on where they were, unless they were away for restart or longer (0: never). The start of the course comes in when dates are resolved:
// an author who moves it changes no anchor.
func Anchor(steps []Step, restart time.Duration) (anchor, created time.Time) {
	var left time.Time
	for _, s := range steps {
		switch s.Kind {
		case Enrolled:
			anchor, created = s.At, s.At
		case Left:
			left = s.At
		case Returned:
			if restart > 0 && !left.IsZero() && s.At.Sub(left) >= restart {
				anchor = s.At
			}
		case Upgraded, Reset:
			anchor = s.At
		case Downgraded:
			anchor = created
		}
	}
	return anchor, created
}
