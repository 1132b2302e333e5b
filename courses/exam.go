package courses

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// exams gives what is known of a learner and the exams of the course, in the form that outlines are made of.
func (c *Course) exams(a *learner.Access) map[key.BlockID]outline.Attempt {
	list := c.Outline.Exams()
	if list == nil {
		return nil
	}
	all := make(map[key.BlockID]outline.Attempt, len(list))
	for _, node := range list {
		n := &c.Outline.Nodes[node]
		begun := a.Exams[n.ID]
		all[n.ID] = outline.Attempt{
			Extra: a.Allowance(n.ID).Extra(n.Exam.Limit), Started: begun.Started, Allowed: begun.Allowed, Submitted: begun.Submitted,
		}
	}
	return all
}

// handIn gives the last instant at which work of a learner in a block is in time: that of the exam that it is in, once the learner has begun it, else that of
// everything.
func (c *Course) handIn(at int, f *learner.GradeFacts) time.Time {
	if place, ok := c.Outline.Find(c.Content.Blocks[at].ID); ok {
		if exam, ok := c.Outline.ExamOf(place); ok {
			if until := f.Exams[c.Outline.Nodes[exam].ID].Until(); !until.IsZero() {
				return until
			}
		}
	}
	return c.closes(at, f)
}

// ends gives the last instant at which a learner can answer anything in a block: an exam that has begun goes on where its due date is moved to before its end.
func (c *Course) ends(at int, f *learner.GradeFacts) time.Time {
	closes, until := c.closes(at, f), c.handIn(at, f)
	if !closes.IsZero() && until.After(closes) {
		return until
	}
	return closes
}

// outsideExam tells why a question that is open takes no answer of a learner because of the exam that it is in; nil if there is none, or it is running.
func (q *Question) outsideExam(v *View, node int) error {
	place, in := v.Outline.Course.ExamOf(node)
	exam, _ := v.Outline.Exam(place)
	if !in || !exam.Timed && !exam.Proctored || exam.State == outline.ExamRunning && exam.Held() {
		return nil
	}
	err := notRunning(v.Outline.Course.Nodes[place].ID, &exam)
	if due := exam.Due; err.Reason == ExamOver && !due.IsZero() && v.Outline.At.After(due) {
		err.Reason = ExamPast
	}
	err.Text = fmt.Sprintf("%s takes no answer of the learner: %s", q.Block, err.Text)
	return err
}

// notRunning says why an exam that the learner may open does not run for them.
func notRunning(id key.BlockID, exam *outline.ExamView) *RefusedError {
	refused := func(reason Refusal, format string, args ...any) *RefusedError {
		return &RefusedError{reason, fmt.Sprintf("the exam "+format, args...)}
	}
	switch {
	case exam.Proctored:
		return refused(ExamWatched, "%s has to be proctored, and that is not done here", id)
	case exam.State == outline.ExamSubmitted && exam.Over:
		return refused(ExamOver, "%s is over: its time ended on %s", id, instantText(exam.Ended))
	case exam.State == outline.ExamSubmitted:
		return refused(ExamOver, "%s was handed in on %s", id, instantText(exam.Ended))
	case exam.State == outline.ExamPastDue:
		return refused(PastDue, "%s was due on %s, and the learner has not started it", id, instantText(exam.Due))
	case exam.Limit > 0 && exam.Allowed <= 0:
		return refused(PastDue, "%s is due on %s: less than a minute is left", id, instantText(exam.Due))
	}
	return refused(ExamNotStarted, "%s has not been started", id)
}

// examsOf gives the exams of the course as a learner has them, by their places in the outline.
func (g *Gradebook) examsOf(ctx context.Context, c *Course, user learner.ID, at time.Time) (map[int]*outline.ExamView, error) {
	list := c.Outline.Exams()
	if list == nil {
		return nil, nil
	}
	v, err := g.View(ctx, user, c.Content.Key, at, ViewOptions{AsLearner: true})
	if err != nil {
		return nil, err
	}
	all := make(map[int]*outline.ExamView, len(list))
	for _, node := range list {
		exam, _ := v.Outline.Exam(node)
		all[node] = &exam
	}
	return all, nil
}

// Sitting is an exam as one learner has it.
type Sitting struct {
	Block key.BlockID
	Title string
	outline.ExamView
	Extra   learner.AllowancePayload // more time than others have
	Changed bool                     // by what was asked for
}

// exam finds the place of an exam that learners begin and end here.
func (c *Course) exam(id key.BlockID) (node int, err error) {
	node, ok := c.Outline.Find(id)
	switch {
	case !ok:
		return node, modulestore.NotFound("the published branch of %s has no block %s in its outline", c.Content.Version, id)
	case c.Outline.Nodes[node].Exam.Proctored:
		return node, notRunning(id, &outline.ExamView{Exam: c.Outline.Nodes[node].Exam})
	case !c.Outline.Nodes[node].Exam.Held():
		return node, refuse(NotAnExam, "%s is no timed exam", id)
	}
	return node, nil
}

// sitting gives an exam as a learner has it at an instant.
func (c *Course) sitting(a *learner.Access, node int, at time.Time, changed bool) (*Sitting, error) {
	v, err := c.View(a, at, ViewOptions{AsLearner: true})
	if err != nil {
		return nil, err
	}
	n := &c.Outline.Nodes[node]
	exam, _ := v.Outline.Exam(node)
	return &Sitting{Block: n.ID, Title: n.Title, ExamView: exam, Extra: a.Allowance(n.ID), Changed: changed}, nil
}

// sits does something about an exam of a learner, and gives the exam as the learner has it afterwards.
func (g *Gradebook) sits(ctx context.Context, at learner.Target, do func(c *Course, a *learner.Access, node int) (changed bool, err error)) (*Sitting, error) {
	c, err := g.Course(ctx, at.Course)
	if err != nil {
		return nil, err
	}
	node, err := c.exam(at.Block)
	if err != nil {
		return nil, err
	}
	before, err := g.Access(ctx, c, at.Learner)
	if err != nil {
		return nil, err
	}
	changed, err := do(c, before, node)
	if err != nil {
		return nil, err
	}
	after, err := g.Access(ctx, c, at.Learner)
	if err != nil {
		return nil, err
	}
	return c.sitting(after, node, g.Learners.Now(), changed)
}

// StartExam begins an exam for a learner, who has the time from then on that the exam gives now, with what the learner gets more, but not beyond the due
// date. One that is running goes on as it is. What cannot be begun is refused, with a RefusedError.
func (g *Gradebook) StartExam(ctx context.Context, at learner.Target) (*Sitting, error) {
	s, err := g.sits(ctx, at, func(c *Course, a *learner.Access, node int) (bool, error) {
		at.Content = c.version()
		return g.Learners.StartExam(ctx, at, func(now time.Time) (time.Duration, error) { return c.mayStart(a, node, now) })
	})
	if err != nil || s.State == outline.ExamRunning {
		return s, err
	}
	return nil, notRunning(s.Block, &s.ExamView)
}

// mayStart gives the time that a learner has for an exam that begins at an instant, or tells why they cannot begin it.
func (c *Course) mayStart(a *learner.Access, node int, now time.Time) (time.Duration, error) {
	if err := c.notIn(a, now); err != nil {
		return 0, err
	}
	v, err := c.View(a, now, ViewOptions{AsLearner: true})
	if err != nil {
		return 0, err
	}
	n := &c.Outline.Nodes[node]
	if !v.Outline.Verdict(node).Accessible {
		return 0, notOpen(v, node, n.ID)
	}
	exam, _ := v.Outline.Exam(node)
	begins := exam.State == outline.ExamNotStarted || exam.State == outline.ExamReady
	if !begins || exam.Limit > 0 && exam.Allowed <= 0 {
		return 0, notRunning(n.ID, &exam)
	}
	return exam.Allowed, nil
}

// SubmitExam hands an exam in for a learner. What has ended already stays as it is.
func (g *Gradebook) SubmitExam(ctx context.Context, at learner.Target) (*Sitting, error) {
	return g.sits(ctx, at, func(c *Course, a *learner.Access, node int) (bool, error) {
		switch s, err := c.sitting(a, node, g.Learners.Now(), false); {
		case err != nil:
			return false, err
		case s.State == outline.ExamSubmitted:
			return false, nil
		case s.State != outline.ExamRunning:
			return false, notRunning(at.Block, &s.ExamView)
		}
		return g.Learners.SubmitExam(ctx, at)
	})
}

// ResetExam lets a learner begin an exam again; afresh takes away what the learner has done in it, too. What was before stays in the log. One that was not
// begun stays as it is.
func (g *Gradebook) ResetExam(ctx context.Context, at learner.Target, reason string, afresh bool) (*Sitting, error) {
	return g.sits(ctx, at, func(c *Course, _ *learner.Access, node int) (bool, error) {
		var blocks []key.BlockID
		if exam := c.Outline.Nodes[node].Place; afresh {
			c.below(exam, func(i int) {
				if i != exam {
					blocks = append(blocks, c.Content.Blocks[i].ID)
				}
			})
		}
		return g.Learners.ResetExam(ctx, at, reason, blocks...)
	})
}

// AllowTime gives a learner more time for an exam, in place of what the learner was given for all exams of the course.
func (g *Gradebook) AllowTime(ctx context.Context, at learner.Target, extra learner.AllowancePayload) (*Sitting, error) {
	return g.sits(ctx, at, func(c *Course, _ *learner.Access, node int) (bool, error) {
		if c.Outline.Nodes[node].Exam.Limit <= 0 && extra.Any() {
			return false, refuse(NotAnExam, "the exam %s has no limit of time, so there is nothing to add to", at.Block)
		}
		return g.Learners.AllowTime(ctx, at, extra)
	})
}

// ListedExam is an attempt of a learner at an exam, in a list.
type ListedExam struct {
	learner.CourseExam
	// View is the exam as the learner has it now; nil of an attempt that was reset, and of what is published no more.
	View *outline.ExamView
}

// listedAtOnce is the number of learners that are read at a time.
const listedAtOnce = 100

// Exams lists the attempts at exams of a course, learner by learner, those that were reset among them.
func (g *Gradebook) Exams(ctx context.Context, c *Course) (list []ListedExam, err error) {
	attempts, err := g.Learners.ExamAttempts(ctx, c.Content.Key)
	if err != nil {
		return nil, err
	}
	var users []learner.ID
	for _, a := range attempts {
		list = append(list, ListedExam{CourseExam: a})
		if n := len(users); n == 0 || users[n-1] != a.User.ID {
			users = append(users, a.User.ID)
		}
	}
	now, views := g.Learners.Now(), make(map[learner.ID]*View)
	for some := range slices.Chunk(users, listedAtOnce) {
		all, err := g.access(ctx, c, some, false)
		if err != nil {
			return nil, err
		}
		for user, a := range all {
			if views[user], err = c.View(a, now, ViewOptions{AsLearner: true}); err != nil {
				return nil, err
			}
		}
	}
	for i := range list {
		l := &list[i]
		if node, ok := c.Outline.Find(l.Block); ok && !l.Reset {
			if exam, ok := views[l.User.ID].Outline.Exam(node); ok {
				l.View = &exam
			}
		}
	}
	return list, nil
}
