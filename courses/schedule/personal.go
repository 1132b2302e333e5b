package schedule

import "time"

// UpgradeDays is how long learners can upgrade where nothing else is said.
const UpgradeDays = 21

// UpgradeDelay is what a site, an organisation or a course says of the deadline to upgrade.
type UpgradeDelay struct {
	Decides bool // what is said above does not hold
	Off     bool // there is no such deadline
	Days    int
}

// UpgradeLimit gives the number of days that holds, of what the site, the organisation and the course say, in that order; ok is false without such a deadline.
func UpgradeLimit(levels ...UpgradeDelay) (days int, ok bool) {
	for _, l := range levels {
		if l.Decides {
			days, ok = l.Days, !l.Off
		}
	}
	if !ok {
		return 0, false
	}
	return days, true
}

// UpgradeDeadline is that number of days after the learner could begin, but not after the end of the offer. In a course that is instructor-paced, or without a
// number of days, it is the end of the offer.
func UpgradeDeadline(selfPaced bool, enrolled, courseStart, offerEnds time.Time, days int, ok bool) time.Time {
	if !selfPaced || !ok {
		return offerEnds
	}
	deadline := later(enrolled, courseStart).Add(time.Duration(days) * 24 * time.Hour)
	if !offerEnds.IsZero() && offerEnds.Before(deadline) {
		return offerEnds
	}
	return deadline
}

// AccessExpiry is when a learner who audits a course with a limited time loses access. It does not move when the learner shifts dates.
func AccessExpiry(enrolled, courseStart time.Time, weeks int) time.Time {
	return later(enrolled, courseStart).Add(Length(weeks))
}

// ShownStart is the start that a learner is shown; enrolment is true if it is that of the enrolment.
func ShownStart(selfPaced bool, enrolled, courseStart time.Time) (start time.Time, enrolment bool) {
	if selfPaced && enrolled.After(courseStart) {
		return enrolled, true
	}
	return courseStart, false
}

// ShownEnd reports whether a learner is shown the end of the course: in a self-paced course with relative dates only if it is less than a year away.
func ShownEnd(selfPaced, relative bool, end, now time.Time) bool {
	if end.IsZero() {
		return false
	}
	return !selfPaced || !relative || end.Before(now.Add(365*24*time.Hour))
}

// ExamTime is how long a learner has for a timed exam that is begun now: not beyond the due date, to which whole minutes are left.
func ExamTime(limit time.Duration, due, now time.Time) time.Duration {
	if due.IsZero() || !now.Add(limit).After(due) {
		return limit
	}
	return max(due.Sub(now).Truncate(time.Minute), 0)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
