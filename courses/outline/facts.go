package outline

import (
	"cmp"
	"time"

	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// Facts are all that decides what one learner gets of one course. They are not changed while a [View] of them is in use.
type Facts struct {
	Learner  string // id; empty: nobody is signed in
	Staff    bool   // nothing is withheld; to look at the course as a learner does, make it false
	Enrolled bool
	Groups   partition.Memberships // see partition.Set.Groups

	// Schedule is what dates depend on: extensions, and where relative dates are counted from.
	Schedule schedule.Learner
	// AccessEnds is the last schedule.Instant at which the learner may open anything; zero: it does not end.
	AccessEnds time.Time

	// Progress is how far the learner is in blocks that others wait for: see Course.Awaited. Nothing is done in those that are absent.
	Progress map[key.BlockID]Progress
	// Opened tells since when a block with prerequisites is open to the learner, and the entrance exam passed. It stays so whatever becomes of scores.
	Opened map[key.BlockID]time.Time
	// SkipsExam lets a learner in without the entrance exam.
	SkipsExam bool
	// Passed are other courses that the learner has passed.
	Passed map[key.Course]bool
	// Exams are attempts at exams.
	Exams map[key.BlockID]Attempt
	// Drawn is what was drawn for the learner out of item banks, as far as it is stored: what the learner has tried among it, at least.
	Drawn map[key.BlockID][]key.BlockID
	// Embargoed learners may not use the course where they are: see Outline.Embargoes.
	Embargoed bool
}

// Progress is how far a learner is in a block, among what the learner has of it.
type Progress struct {
	Earned, Possible float64 // points that count for the grade
	Completed        float64 // sum over the parts that can be completed, from 0 to 1 each
	Completable      int     // how many those are; 0: the block counts as completed
}

// Score is the percentage of points; 0 where there are none to earn.
func (p Progress) Score() float64 {
	if p.Possible <= 0 {
		return 0
	}
	return p.Earned * 100 / p.Possible
}

// Completion is the percentage that is completed.
func (p Progress) Completion() float64 {
	if p.Completable <= 0 {
		return 100
	}
	return p.Completed * 100 / float64(p.Completable)
}

// scored compares without dividing, which would round.
func (p Progress) scored(percent float64) bool {
	return percent <= 0 || p.Possible > 0 && p.Earned*100 >= percent*p.Possible
}

func (p Progress) completed(percent float64) bool {
	return percent <= 0 || p.Completable <= 0 || p.Completed*100 >= percent*float64(p.Completable)
}

// Met reports whether somebody who is so far may pass the gate. known is false when nothing is known of the progress: then nothing is done.
func (g Gate) Met(p Progress, known bool) bool {
	if !known {
		p = Progress{Completable: 1}
	}
	return p.scored(float64(g.MinScore)) && p.completed(float64(g.MinCompletion))
}

// Policy is what a site and its catalogue decide about the dates of a course.
type Policy struct {
	Relative    bool // self-paced courses have due dates, counted from where each learner began
	CustomWeeks bool // and authors can say after how many weeks
	Weeks       int  // to complete a course that does not say; 0: unknown
	LaterOnly   bool // extensions that would shorten have no effect
}

// On gives the dates of a course as they are by the policy.
func (p Policy) On(d schedule.Course) schedule.Course {
	d.Relative, d.CustomWeeks, d.Weeks, d.LaterOnly = p.Relative, p.CustomWeeks, cmp.Or(d.Weeks, p.Weeks), p.LaterOnly
	return d
}

// Options are what a site, or the one who looks, has decided. They are the same for all learners of an evaluation.
type Options struct {
	// UnenrolledAccess lets people who are not enrolled into courses that are public.
	UnenrolledAccess bool
	// IgnoreStarts opens everything before its start.
	IgnoreStarts bool
	// Lift withholds nothing from the one who looks at what the learner gets, and keeps every reason. Without it, staff who look at a course as somebody
	// see what that learner sees.
	Lift bool
	// Preview is set when somebody else looks at the course as the learner: the end of the learner's access does not lock them out.
	Preview bool
}
