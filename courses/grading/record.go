package grading

import "time"

// Record is what is kept of a learner's grade in a course.
type Record struct {
	Outcome
	Versions Versions
	PassedAt time.Time // first pass; never taken back
	FailedAt time.Time // when a learner who had passed fell below; zero while passing
	Shadow   *Shadow   // what the grade would be, had the course not been frozen, where that differs
}

// Shadow is an outcome that does not hold, because the course is frozen.
type Shadow struct {
	Outcome
	Versions Versions
}

// Next gives the record after a grade was computed at an instant. In a frozen course percent, letter and pass stay as they are, and what would have become
// of them is kept beside as the shadow, for staff to accept or leave.
func (r Record) Next(g *Grade, at time.Time, frozen bool) Record {
	if frozen {
		r.Shadow = nil
		if g.Outcome != r.Outcome {
			r.Shadow = &Shadow{g.Outcome, g.Versions}
		}
		return r
	}
	return r.settle(g.Outcome, g.Versions, at)
}

// Accept makes the shadow the grade.
func (r Record) Accept(at time.Time) Record {
	if r.Shadow == nil {
		return r
	}
	return r.settle(r.Shadow.Outcome, r.Shadow.Versions, at)
}

func (r Record) settle(o Outcome, v Versions, at time.Time) Record {
	switch {
	case o.Passed:
		r.FailedAt = time.Time{}
		if r.PassedAt.IsZero() {
			r.PassedAt = at
		}
	case r.Passed:
		r.FailedAt = at
	}
	r.Outcome, r.Versions, r.Shadow = o, v, nil
	return r
}
