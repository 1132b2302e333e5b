package outline

import (
	"slices"

	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// courseRule takes the whole course or nothing. judge gives the one reason and until when it stays as it is, and is all there is to such a rule.
type courseRule struct {
	all   Mask
	judge func(*Case) (r Reason, holds bool, until schedule.Instant)
}

func wholeCourse(o *Outline, judge func(*Case) (Reason, bool, schedule.Instant)) Rule {
	return courseRule{o.Mask(0), judge}
}

func (r courseRule) Mark(c *Case, m *Marks) {
	reason, holds, until := r.judge(c)
	m.until(until)
	if holds {
		m.add(reason.Effect, r.all)
	}
}

func (r courseRule) Explain(c *Case, _ int) []Reason {
	reason, holds, _ := r.judge(c)
	if !holds {
		return nil
	}
	reason.At = c.Course.Nodes[0].ID
	return []Reason{reason}
}

// open reports whether people who are not enrolled are let in at all.
func (c *Case) open() bool { return c.Options.UnenrolledAccess && c.Course.Visibility != Private }

func authentication(o *Outline) Rule {
	return wholeCourse(o, func(c *Case) (Reason, bool, schedule.Instant) {
		return Reason{Code: NotAuthenticated, Effect: Closes}, c.Facts.Learner == "" && !c.Facts.Enrolled && !c.open(), never
	})
}

// enrollment: who is not enrolled gets nothing of a private course, sees what there is in one with a public outline, and all of a public one.
func enrollment(o *Outline) Rule {
	return wholeCourse(o, func(c *Case) (Reason, bool, schedule.Instant) {
		switch {
		case c.Facts.Enrolled:
			return Reason{}, false, never
		case !c.open():
			return Reason{Code: NotEnrolled, Effect: Removes, Public: c.Course.Visibility}, true, never
		default:
			return Reason{Code: OutlineOnly, Effect: Closes, Public: c.Course.Visibility}, c.Course.Visibility == PublicOutline, never
		}
	})
}

// accessDuration: access ends after its last instant.
func accessDuration(o *Outline) Rule {
	return wholeCourse(o, func(c *Case) (Reason, bool, schedule.Instant) {
		ends := schedule.At(c.Facts.AccessEnds)
		switch {
		case ends == never || c.Options.Preview:
			return Reason{}, false, never
		case c.at <= ends:
			return Reason{}, false, ends + tick
		default:
			return Reason{Code: AccessExpired, Effect: Closes, Since: ends.Time()}, true, never
		}
	})
}

// courseSchedule: the course opens at its start, for beta testers earlier. Without a start it does not open.
func courseSchedule(o *Outline) Rule {
	return wholeCourse(o, func(c *Case) (Reason, bool, schedule.Instant) {
		start := c.date(0).Start
		switch {
		case c.Options.IgnoreStarts:
			return Reason{}, false, never
		case start == never:
			return Reason{Code: CourseStartUnsetCode, Effect: Closes}, true, never
		case c.at >= start:
			return Reason{}, false, never
		}
		r := Reason{Code: CourseNotStarted, Effect: Closes, Opens: start.Time(), BetaShift: c.shift(), From: o.Nodes[0].ID, Own: c.overridden(0, true)}
		return r, true, start
	})
}

// coursePrerequisites: other courses must be passed first. Nobody can know what people have passed who are not signed in; they are let in.
func coursePrerequisites(o *Outline) Rule {
	if len(o.Courses) == 0 {
		return nil
	}
	return wholeCourse(o, func(c *Case) (Reason, bool, schedule.Instant) {
		passed := func(k key.Course) bool { return c.Facts.Passed[k] }
		if c.Facts.Learner == "" || !slices.ContainsFunc(o.Courses, func(k key.Course) bool { return !passed(k) }) {
			return Reason{}, false, never
		}
		return Reason{Code: CoursePrerequisiteUnmet, Effect: Closes, Courses: slices.DeleteFunc(slices.Clone(o.Courses), passed)}, true, never
	})
}

func embargo(o *Outline) Rule {
	return wholeCourse(o, func(c *Case) (Reason, bool, schedule.Instant) {
		return Reason{Code: Embargo, Effect: Closes}, c.Facts.Embargoed, never
	})
}
