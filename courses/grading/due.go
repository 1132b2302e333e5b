package grading

import "time"

// DueDate is all that decides when work of one learner is due. Zero times mean that there is none.
type DueDate struct {
	Absolute time.Time      // of the content
	Relative *time.Duration // of the content, in place of Absolute, counted from Start
	Start    time.Time      // of the learner's schedule
	Group    time.Time      // extension of the learner's cohort or track
	Learner  time.Time      // extension of the learner alone; it holds before that of the group
	Grace    time.Duration
}

// Effective is the last instant at which work is in time; zero if work is never late. An extension can only extend: one that would be earlier than the
// date of the content has no effect.
func (d DueDate) Effective() time.Time {
	due := d.Absolute
	if d.Relative != nil && !d.Start.IsZero() {
		due = d.Start.Add(*d.Relative)
	}
	if due.IsZero() {
		return due
	}
	extension := d.Learner
	if extension.IsZero() {
		extension = d.Group
	}
	if extension.After(due) {
		due = extension
	}
	return due.Add(max(d.Grace, 0))
}

// LateBy tells how late work is that was handed in at an instant: 0 when it is in time.
func (d DueDate) LateBy(at time.Time) time.Duration {
	due := d.Effective()
	if past := at.Sub(due); !due.IsZero() && past > 0 {
		return past
	}
	return 0
}
