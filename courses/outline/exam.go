package outline

import (
	"strings"
	"time"

	"lectern/courses/schedule"
)

// ExamState is how far a learner is with an exam.
type ExamState string

// The states of exams.
const (
	ExamNotStarted ExamState = "not_started"
	ExamReady      ExamState = "ready" // all is prepared, the clock does not run yet
	ExamRunning    ExamState = "running"
	ExamSubmitted  ExamState = "submitted" // by the learner, or because the time was over
	ExamPastDue    ExamState = "past_due"  // it can no more be started
	ExamLocked     ExamState = "locked"    // the learner cannot open it
)

// words is a state as people read it.
func (s ExamState) words() string { return strings.ReplaceAll(string(s), "_", " ") }

// Attempt is what is known of a learner and an exam, also before it begins.
type Attempt struct {
	Extra     time.Duration // more time than others
	Ready     bool
	Started   time.Time
	Allowed   time.Duration // as it was when the exam was started; 0: worked out anew
	Submitted time.Time
}

// ExamView is an exam as one learner has it at an instant. It is for the exam to decide what can be opened: the outline hides no exam because of an attempt.
type ExamView struct {
	Exam
	State   ExamState
	Due     time.Time     // for this learner; zero: none
	Until   time.Time     // of a running exam: its last instant; zero: it does not end
	Ended   time.Time     // of one that is submitted
	Over    bool          // it ended by itself, nobody handed it in before
	Allowed time.Duration // the time for it if it is started now, or that it was started with; 0 of an exam without a limit, and when it is too late
}

// exam works out an exam by itself, whether or not it can be opened.
func (c *Case) exam(node int) ExamView {
	n := &c.Course.Nodes[node]
	due := c.date(node).Due
	a := c.Facts.Exams[n.ID]
	v := ExamView{Exam: n.Exam, State: ExamNotStarted, Due: due.Time()}
	started, submitted := schedule.At(a.Started), schedule.At(a.Submitted)
	if started == never || c.at < started {
		switch {
		case due != never && c.at > due:
			v.State = ExamPastDue
		case a.Ready:
			v.State = ExamReady
		}
		v.Allowed = allowed(n.Exam.Limit, a.Extra, c.at, due)
		return v
	}
	v.State, v.Allowed = ExamRunning, a.Allowed
	if v.Allowed <= 0 {
		v.Allowed = allowed(n.Exam.Limit, a.Extra, started, due)
	}
	until := due
	if n.Exam.Limit > 0 || a.Allowed > 0 {
		until = started.Add(v.Allowed)
	}
	switch over := until != never && c.at > until; {
	case submitted != never && c.at >= submitted && (until == never || submitted <= until):
		v.State, v.Ended = ExamSubmitted, submitted.Time()
		return v
	case over:
		v.State, v.Ended, v.Over = ExamSubmitted, until.Time(), true
		return v
	}
	v.Until = until.Time()
	return v
}

// allowed is the time for an exam that starts at an instant: its limit and what the learner gets more, but not beyond the due date.
func allowed(limit, extra time.Duration, start, due schedule.Instant) time.Duration {
	if limit <= 0 {
		return 0
	}
	return schedule.ExamTime(limit+max(extra, 0), due.Time(), start.Time())
}

// examNotes notes the state of exams. It takes nothing away.
type examNotes struct {
	exams []int
}

func specialExams(o *Outline) Rule {
	if exams := o.Exams(); exams != nil {
		return examNotes{exams}
	}
	return nil
}

// Exams gives the exams of a course, in document order.
func (o *Outline) Exams() (list []int) {
	for _, s := range o.Sequences {
		if o.Nodes[s].Exam.Is() {
			list = append(list, s)
		}
	}
	return list
}

// ExamOf gives the exam that a block is, or is in; ok is false for what is in none.
func (o *Outline) ExamOf(node int) (exam int, ok bool) {
	for node != absent && o.Nodes[node].Level > SequenceLevel {
		node = o.Nodes[node].Parent
	}
	return node, node != absent && o.Nodes[node].Level == SequenceLevel && o.Nodes[node].Exam.Is()
}

func (r examNotes) Mark(c *Case, m *Marks) {
	for _, node := range r.exams {
		a := c.Facts.Exams[c.Course.Nodes[node].ID]
		now := c.exam(node)
		for _, i := range [...]schedule.Instant{
			schedule.At(a.Started), schedule.At(a.Submitted), schedule.At(now.Due) + tick, schedule.At(now.Until) + tick,
			// of those that are missing tick is left, which is long ago
		} {
			if i <= c.at {
				continue
			}
			then := *c
			then.at = i
			if e := then.exam(node); e.State != now.State || !e.Until.Equal(now.Until) {
				m.until(i)
			}
		}
	}
}

func (r examNotes) Explain(c *Case, node int) []Reason {
	n := &c.Course.Nodes[node]
	if n.Level != SequenceLevel || !n.Exam.Is() {
		return nil
	}
	v := c.exam(node)
	switch v.State {
	case ExamRunning, ExamSubmitted, ExamPastDue:
		return []Reason{{Code: ExamWindow, Effect: Notes, At: n.ID, Exam: v.State, Opens: v.Until, Since: v.Ended}}
	default:
		return nil
	}
}
