package courses

import (
	"fmt"
	"time"

	"lectern/courses/answer"
	"lectern/courses/content"
	"lectern/courses/learner"
)

// Refusal is why an answer is not taken.
type Refusal string

const (
	NotAProblem   Refusal = "not-a-problem"
	NotUnderstood Refusal = "not-understood" // the problem, by this program
	NotAnAnswer   Refusal = "not-an-answer"  // to this question
	NotEnrolled   Refusal = "not-enrolled"
	NotForLearner Refusal = "not-for-the-learner"
	NotOpen       Refusal = "not-open" // yet
	Ended         Refusal = "ended"    // the course
	AttemptsUsed  Refusal = "attempts-used"
	PastDue       Refusal = "past-due"
	TooSoon       Refusal = "too-soon" // after the last attempt
)

// RefusedError says why an answer is not taken. Nothing was written.
type RefusedError struct {
	Reason Refusal
	Text   string
}

func (e *RefusedError) Error() string { return e.Text }

func refuse(reason Refusal, format string, args ...any) error {
	return &RefusedError{reason, fmt.Sprintf(format, args...)}
}

// refusal tells why a learner cannot answer the question in a situation; nil if the answer is taken.
func (q *Question) refusal(f *learner.GradeFacts, at answer.Situation) error {
	course := q.Course.Content.Key
	switch start, end := q.Course.start(q.at), q.end(); {
	case f.Enrolment == nil:
		return refuse(NotEnrolled, "the learner is not enrolled in %s", course)
	case !f.Enrolment.Active:
		return refuse(NotEnrolled, "the learner is not enrolled in %s any more", course)
	case q.staffOnly():
		return refuse(NotForLearner, "%s is for staff only", q.Block)
	case !q.Course.tree(f, at.Now).visible[q.at]:
		return refuse(NotForLearner, "%s is not in the course of this learner: it is for another group, or another one was drawn", q.Block)
	case at.Now.Before(start):
		return refuse(NotOpen, "%s opens on %s", q.Block, instantText(start))
	case !end.IsZero() && !at.Now.Before(end):
		return refuse(Ended, "%s ended on %s", course, instantText(end))
	}
	verdict := q.Problem.Settings.MaySubmit(at)
	switch {
	case verdict.Yes:
		return nil
	case verdict.Rule == answer.RuleUsed:
		return refuse(AttemptsUsed, "%s takes no more answers of the learner: %s (%d of %d)", q.Block, verdict.Rule, at.Attempts, *q.Problem.Settings.Limit(at))
	case verdict.Rule == answer.RuleDue:
		return refuse(PastDue, "%s takes no more answers of the learner: %s (%s)", q.Block, verdict.Rule, instantText(at.Due))
	}
	return refuse(TooSoon, "%s was answered just now: %s", q.Block, verdict.Rule)
}

func (q *Question) end() time.Time {
	end, _ := q.Course.Content.Setting(0, "end").Value.Time()
	return end
}

func (q *Question) staffOnly() bool {
	for at := q.at; at != content.NotSet; at = q.Course.Content.Blocks[at].Parent {
		if q.Course.Content.Setting(at, "visible_to_staff_only").Value.Bool() {
			return true
		}
	}
	return false
}

func instantText(t time.Time) string { return t.UTC().Format(time.RFC3339) }
