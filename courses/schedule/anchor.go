package schedule

import (
	"slices"
	"time"
)

// Step is something by which a learner may begin a course anew.
type Step struct {
	At   time.Time
	Mode string // in which the learner is enrolled from then on; empty: the learner has shifted the dates
}

// free are the modes of enrolment without a certificate that is paid for.
var free = []string{"audit", "honor"}

// Anchor gives the instant from which the relative dates of a learner are counted who came first at some time. Steps are in the order in which they happened.
// Who changes to another mode or shifts the dates begins anew; who changes back to a free mode has the dates of their first beginning; who leaves and returns
// goes on where they were. The start of the course comes in when dates are resolved (Plan.Begins): an author who moves it changes no anchor.
func Anchor(first time.Time, steps []Step) time.Time {
	anchor, mode := first, ""
	for _, s := range steps {
		switch {
		case s.Mode == "":
			anchor = s.At
			continue
		case mode == "" || s.Mode == mode:
		case slices.Contains(free, s.Mode):
			anchor = first
		default:
			anchor = s.At
		}
		mode = s.Mode
	}
	return anchor
}

// Begins gives the instant from which the relative dates of a learner are counted in the course: not before it starts. It is none for who has no anchor.
func (p *Plan) Begins(l *Learner) Instant {
	if l.Anchor.IsZero() {
		return 0
	}
	return max(At(l.Anchor), p.start)
}
