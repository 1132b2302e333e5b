package grading

import "time"

// ShowCorrectness is the setting show_correctness of a subsection.
type ShowCorrectness string

const (
	ShowAlways           ShowCorrectness = "always"
	ShowPastDue          ShowCorrectness = "past_due"
	ShowNever            ShowCorrectness = "never"
	ShowNeverButGradeDue ShowCorrectness = "never_but_include_grade" // the grade, once it is past due, and never what was right
)

// ShowAnswers reports whether a learner may see now what was right and wrong. due is when the learner can earn nothing more (zero: never); staff see what
// is not shown never. A setting of another name shows always, as in Open edX.
func ShowAnswers(show ShowCorrectness, due, at time.Time, staff bool) bool {
	switch show {
	case ShowNever, ShowNeverButGradeDue:
		return false
	case ShowPastDue:
		return staff || past(due, at)
	default:
		return true
	}
}

// ShowGrade reports whether a learner may see the grade of the subsection now. It says nothing of whether it counts: it does.
func ShowGrade(show ShowCorrectness, due, at time.Time, staff bool) bool {
	if show == ShowNeverButGradeDue {
		return past(due, at)
	}
	return ShowAnswers(show, due, at, staff)
}

// past reports whether nothing is left to wait for. At the very instant of the due date there still is.
func past(due, at time.Time) bool { return due.IsZero() || at.After(due) }
