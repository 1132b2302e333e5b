package schedule

// subsections stand at this depth, sections above them.
const (
	sections    = 1
	subsections = 2
)

// Standing is what the offer to shift missed deadlines depends on, besides dates.
type Standing struct {
	Active    bool // the learner is enrolled
	ResetsOff bool // the course does not allow to shift
	Warn      bool // tell of missed deadlines although it does not
	Complete  func(place int) bool
	Gated     func(place int) bool // it has content that the learner does not get
}

// Missed tells whether deadlines were missed, as Open edX does in its banner.
type Missed struct {
	Deadlines bool
	Gated     bool
	Off       bool // nobody may shift the dates of this course
	Place     int  // of the first subsection whose deadline was missed; Nowhere
}

// MayReset reports whether a learner may shift the dates. Nothing needs to be missed for it.
func (m Missed) MayReset() bool { return !m.Gated && !m.Off }

// Missed looks for the first subsection that is past due and not complete. dates are those of this plan.
func (p *Plan) Missed(dates []Dates, at Instant, s Standing) Missed {
	none := Missed{Off: s.ResetsOff, Place: Nowhere}
	switch {
	case !p.course.Relative:
		return none
	case s.ResetsOff && !s.Warn:
		none.Gated = true // so that clients offer nothing
		return none
	case !p.course.SelfPaced, !s.Active, p.end != 0 && at > p.end:
		return none
	}
	for i := range p.nodes {
		if p.nodes[i].depth == subsections && dates[i].PastDue(at) && !s.Complete(i) {
			return Missed{Deadlines: true, Gated: s.Gated(i), Off: s.ResetsOff, Place: i}
		}
	}
	return none
}
