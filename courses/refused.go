package courses

import (
	"fmt"
	"strings"
	"time"

	"lectern/courses/answer"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/modulestore/key"
)

// Refusal is why an answer is not taken, or an exam not started.
type Refusal string

const (
	NotAProblem   Refusal = "not-a-problem"
	NotUnderstood Refusal = "not-understood" // the problem, by this program
	NotAnAnswer   Refusal = "not-an-answer"  // to this question
	NotEnrolled   Refusal = "not-enrolled"
	NotForLearner Refusal = "not-for-the-learner"
	NotOpen       Refusal = "not-open" // yet
	Locked        Refusal = "locked"   // by something else than time: see the text
	Ended         Refusal = "ended"    // the course
	AttemptsUsed  Refusal = "attempts-used"
	PastDue       Refusal = "past-due"
	TooSoon       Refusal = "too-soon" // after the last attempt

	ExamNotStarted Refusal = "exam-not-started"
	ExamOver       Refusal = "exam-over" // handed in, or by itself, while others may still begin it
	ExamPast       Refusal = "exam-past" // the same, after its due date
	ExamWatched    Refusal = "exam-watched"
	NotAnExam      Refusal = "not-an-exam" // that can be started here
)

// RefusedError says why an answer is not taken, or an exam not started. Nothing was written.
type RefusedError struct {
	Reason Refusal
	Text   string
}

func (e *RefusedError) Error() string { return e.Text }

func refuse(reason Refusal, format string, args ...any) error {
	return &RefusedError{reason, fmt.Sprintf(format, args...)}
}

// refusal tells why a learner cannot answer the question in a situation; nil if the answer is taken.
func (q *Question) refusal(a *learner.Access, at answer.Situation) error {
	if err := q.Course.notIn(a, at.Now); err != nil {
		return err
	}
	if err := q.closed(a, at.Now); err != nil {
		return err
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

// notIn tells why a learner can do nothing in the course at an instant; nil for one who is enrolled while it lasts.
func (c *Course) notIn(a *learner.Access, now time.Time) error {
	course := c.Content.Key
	switch end, _ := c.Content.Setting(0, "end").Value.Time(); {
	case a.Enrolment == nil:
		return refuse(NotEnrolled, "the learner is not enrolled in %s", course)
	case !a.Enrolment.Active:
		return refuse(NotEnrolled, "the learner is not enrolled in %s any more", course)
	case !end.IsZero() && !now.Before(end):
		return refuse(Ended, "%s ended on %s", course, instantText(end))
	}
	return nil
}

// closed tells why the outline of a learner does not let them open the block of the question; nil if it does.
func (q *Question) closed(a *learner.Access, now time.Time) error {
	view, err := q.Course.View(a, now, ViewOptions{})
	if err != nil {
		return err
	}
	if view.Outline.Lifted() {
		return nil
	}
	node, ok := q.Course.Outline.Find(q.Block)
	if !ok || !q.Course.tree(a.GradeFacts, now).visible[q.at] && view.Outline.Verdict(node).Exists {
		return refuse(NotForLearner, "%s is not in the course of this learner: it is for another group, or another one was drawn", q.Block)
	}
	if view.Outline.Verdict(node).Accessible {
		return q.outsideExam(view, node)
	}
	return notOpen(view, node, q.Block)
}

// notOpen tells why the outline of a learner does not let them open a block.
func notOpen(view *View, node int, id key.BlockID) error {
	var why []string
	reason, opens := NotOpen, time.Time{}
	for _, r := range view.Outline.Reasons(node) {
		switch {
		case r.Effect == outline.Removes:
			reason = NotForLearner
		case r.Effect != outline.Closes:
			continue
		case r.Opens.IsZero() && reason == NotOpen:
			reason = Locked
		case r.Opens.After(opens):
			opens = r.Opens
		}
		why = append(why, r.String())
	}
	if reason == NotOpen {
		return refuse(NotOpen, "%s opens on %s", id, instantText(opens))
	}
	return refuse(reason, "%s is not open to the learner: %s", id, strings.Join(why, "; "))
}

func instantText(t time.Time) string { return t.UTC().Format(time.RFC3339) }
