package courses_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/courses/outline"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// sat is a course with exams of every kind.
var sat = map[string]string{
	"course.xml": `<course org="Org" course="Sat" url_name="run"/>`,
	"course/run.xml": `<course display_name="Sat" start="2026-01-01T00:00:00Z" end="2026-12-01T00:00:00Z" graceperiod="1 hours"><chapter url_name="c">
		<sequential url_name="timed" due="2026-03-01T00:00:00Z" is_time_limited="true" default_time_limit_minutes="60" format="Exam" graded="true"><vertical url_name="u1">
			<problem url_name="one">` + number + `</problem><problem url_name="two" max_attempts="1">` + number + `</problem></vertical></sequential>
		<sequential url_name="free" is_time_limited="true" due="2026-03-01T00:00:00Z"><vertical url_name="u2"><problem url_name="three">` + number + `</problem></vertical></sequential>
		<sequential url_name="watched" is_time_limited="true" is_proctored_enabled="true" default_time_limit_minutes="60"><vertical url_name="u3">
			<problem url_name="four">` + number + `</problem></vertical></sequential>
		<sequential url_name="later" start="2026-06-01T00:00:00Z" is_time_limited="true" default_time_limit_minutes="60"><vertical url_name="u4">
			<problem url_name="five">` + number + `</problem></vertical></sequential>
		<sequential url_name="gone" is_time_limited="true" default_time_limit_minutes="60" due="2026-02-20T00:00:00Z" hide_after_due="true"><vertical url_name="u5">
			<problem url_name="six">` + number + `</problem></vertical></sequential>
		<sequential url_name="plain" due="2026-03-01T00:00:00Z"><vertical url_name="u6"><problem url_name="seven">` + number + `</problem></vertical></sequential>
		</chapter></course>`,
	"policies/run/grading_policy.json": policyOf(`"Pass": 0.5`, "Exam 1 1 0"),
}

// sitting is a learner in that course, at a time that tests set.
type sitting struct {
	*class
}

func newSitting(t *testing.T, uri string) *sitting {
	t.Helper()
	g, id := gradebook(t, uri, sat)
	course, err := g.Course(t.Context(), id)
	must(t, err)
	c := &class{T: t, Gradebook: g, course: course, ann: learner.NewID(), now: time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC)}
	g.Learners.Now = func() time.Time { return c.now }
	c.enrol(true)
	return &sitting{class: c}
}

func (s *sitting) at(name string) learner.Target {
	return learner.Target{Learner: s.ann, Course: s.key(), Block: subsection(name)}
}

// do runs a step such as "09:30 start timed", on the first of February if no other day is written before it.
func (s *sitting) do(step string) (*courses.Sitting, error) {
	s.Helper()
	words := strings.Fields(step)
	if strings.Contains(words[0], "-") {
		day, err := time.Parse("2006-01-02", words[0])
		must(s.T, err)
		s.now, words = day, words[1:]
	}
	clock, err := time.Parse("15:04", words[0])
	must(s.T, err)
	s.now = time.Date(s.now.Year(), s.now.Month(), s.now.Day(), clock.Hour(), clock.Minute(), 0, 0, time.UTC)
	ctx := s.Context()
	switch words[1] {
	case "start":
		return s.StartExam(ctx, s.at(words[2]))
	case "submit":
		return s.SubmitExam(ctx, s.at(words[2]))
	case "reset":
		return s.ResetExam(ctx, s.at(words[2]), "ill", false)
	case "afresh":
		return s.ResetExam(ctx, s.at(words[2]), "ill", true)
	case "more":
		var minutes int64
		_, err := fmt.Sscan(words[3], &minutes)
		must(s.T, err)
		return s.AllowTime(ctx, s.at(words[2]), learner.AllowancePayload{Minutes: minutes})
	case "percent":
		_, err := s.Learners.AllowTime(ctx, learner.Target{Learner: s.ann, Course: s.key()}, learner.AllowancePayload{Percent: 50})
		return nil, err
	case "extend":
		return nil, s.Learners.Extend(ctx, s.at(words[2]), learner.Extension{Due: date(4, 1)})
	case "answer":
		_, err := s.answer(words[2], "42")
		return nil, err
	}
	s.Fatalf("what is %q?", step)
	return nil, nil
}

// text says how an exam is.
func text(e outline.ExamView) string {
	switch e.State {
	case outline.ExamRunning:
		return "running until " + e.Until.Format("01-02 15:04")
	case outline.ExamSubmitted:
		return map[bool]string{false: "handed in ", true: "over "}[e.Over] + e.Ended.Format("01-02 15:04")
	}
	return fmt.Sprintf("%s %s", e.State, e.Allowed)
}

func TestWhatBecomesOfAnExam(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []string // the last one is that of which the result is checked
		want  string   // how the exam is, or a part of the error
	}{
		{"it runs for its time", []string{"09:00 start timed"}, "running until 02-01 10:00"},
		{"extra time comes on top", []string{"08:00 more timed 30", "09:00 start timed"}, "running until 02-01 10:30"},
		{"also in percent, for all exams", []string{"08:00 percent", "09:00 start timed"}, "running until 02-01 10:30"},
		{"what is given for one exam takes the place of that for all", []string{"08:00 percent", "08:00 more timed 10", "09:00 start timed"}, "running until 02-01 10:10"},
		{"extra time that comes later changes nothing of it", []string{"09:00 start timed", "09:30 more timed 10"}, "running until 02-01 10:00"},
		{"it does not go beyond the due date", []string{"2026-02-28 23:30 start timed"}, "running until 03-01 00:00"},
		{"nor with extra time", []string{"08:00 more timed 600", "2026-02-28 23:30 start timed"}, "running until 03-01 00:00"},
		{"but for who was given more time there", []string{"08:00 extend timed", "2026-02-28 23:30 start timed"}, "running until 03-01 00:30"},
		{"one without a limit runs until it is due", []string{"09:00 start free"}, "running until 03-01 00:00"},
		{"to begin it again changes nothing", []string{"09:00 start timed", "09:30 start timed"}, "running until 02-01 10:00"},
		{"it is handed in", []string{"09:00 start timed", "09:30 submit timed"}, "handed in 02-01 09:30"},
		{"when its time is over there is nothing to hand in", []string{"09:00 start timed", "10:30 submit timed"}, "over 02-01 10:00"},
		{"and nothing to begin", []string{"09:00 start timed", "10:30 start timed"}, "is over: its time ended on 2026-02-01T10:00:00Z"},
		{"nor after it was handed in", []string{"09:00 start timed", "09:30 submit timed", "09:40 start timed"}, "was handed in on 2026-02-01T09:30:00Z"},
		{"but when staff resets it", []string{"09:00 start timed", "09:30 submit timed", "09:40 reset timed", "11:00 start timed"}, "running until 02-01 12:00"},
		{"what was not begun is not handed in", []string{"09:00 submit timed"}, "sequential/timed has not been started"},
		{"nor reset", []string{"09:00 reset timed"}, "not_started 1h0m0s"},
		{"after the due date it cannot begin", []string{"2026-03-01 00:01 start timed"}, "was due on 2026-03-01T00:00:00Z, and the learner has not started it"},
		{"nor in the last minute before", []string{"2026-03-01 00:00 start timed"}, "less than a minute is left"},
		{"nor before it opens", []string{"09:00 start later"}, "opens on 2026-06-01T00:00:00Z"},
		{"nor what is hidden since it was due", []string{"2026-02-21 00:00 start gone"}, "hidden since"},
		{"nor after the end of the course", []string{"2026-12-01 09:00 start later"}, "ended on 2026-12-01T00:00:00Z"},
		{"what has to be proctored is shown, and not held", []string{"09:00 start watched"}, "has to be proctored"},
		{"what is no exam cannot be begun", []string{"09:00 start plain"}, "sequential/plain is no timed exam"},
		{"what is not there, neither", []string{"09:00 start nothing"}, "has no block sequential/nothing"},
		{"without a limit there is nothing to add to", []string{"09:00 more free 10"}, "no limit of time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSitting(t, t.TempDir()+"/state.db")
			var got *courses.Sitting
			var err error
			var events int
			for i, step := range c.steps {
				events = s.events()
				if got, err = s.do(step); err != nil && i < len(c.steps)-1 {
					t.Fatalf("%s: %v", step, err)
				}
			}
			switch {
			case err != nil && (!strings.Contains(err.Error(), c.want) || s.events() > events):
				t.Errorf("got %v, want %q; %d events were written", err, c.want, s.events()-events)
			case err == nil && text(got.ExamView) != c.want:
				t.Errorf("the exam is %q, want %q", text(got.ExamView), c.want)
			}
		})
	}
}

func TestAnswersAreTakenWhileTheirExamRuns(t *testing.T) {
	for _, c := range []struct {
		name   string
		steps  []string
		answer string
		reason courses.Refusal // empty: it is taken
		want   string
	}{
		{"not before it was begun", nil, "09:00 answer one", courses.ExamNotStarted, "problem/one takes no answer of the learner: the exam sequential/timed has not been started"},
		{"from then on", []string{"09:00 start timed"}, "09:00 answer one", "", ""},
		{"up to its last instant", []string{"09:00 start timed"}, "10:00 answer one", "", ""},
		{"and not after it", []string{"09:00 start timed"}, "10:01 answer one", courses.ExamOver, "is over: its time ended on 2026-02-01T10:00:00Z"},
		{"with extra time longer", []string{"08:00 percent", "09:00 start timed"}, "10:30 answer one", "", ""},
		{"not after it was handed in", []string{"09:00 start timed", "09:30 submit timed"}, "09:31 answer one", courses.ExamOver, "was handed in on 2026-02-01T09:30:00Z"},
		{"but when it was begun again", []string{"09:00 start timed", "09:30 submit timed", "09:40 reset timed", "10:00 start timed"}, "10:30 answer one", "", ""},
		{"there is no grace", []string{"2026-02-28 23:30 start timed"}, "2026-03-01 00:01 answer one", courses.ExamPast, "its time ended on 2026-03-01T00:00:00Z"},
		{"who did not begin it is late as with everything else", nil, "2026-03-01 00:01 answer one", courses.PastDue, "was due on 2026-03-01T00:00:00Z"},
		{"another exam that runs does not matter", []string{"09:00 start timed"}, "09:30 answer three", courses.ExamNotStarted, "sequential/free has not been started"},
		{"elsewhere all is as ever, with grace", []string{"09:00 start timed"}, "2026-03-01 01:00 answer seven", "", ""},
		{"what has to be proctored takes none", nil, "09:00 answer four", courses.ExamWatched, "has to be proctored"},
		{"what is locked is so before all", nil, "09:00 answer five", courses.NotOpen, "opens on 2026-06-01"},
		{"attempts are used up in exams, too", []string{"09:00 start timed", "09:10 answer two"}, "09:20 answer two", courses.AttemptsUsed, ""},
		{"and stay so after a reset", []string{"09:00 start timed", "09:10 answer two", "09:20 reset timed", "09:30 start timed"}, "09:40 answer two", courses.AttemptsUsed, ""},
		{"but for one that starts afresh", []string{"09:00 start timed", "09:10 answer two", "09:20 afresh timed", "09:30 start timed"}, "09:40 answer two", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSitting(t, t.TempDir()+"/state.db")
			for _, step := range c.steps {
				_, err := s.do(step)
				must(t, err)
			}
			events := s.events()
			_, err := s.do(c.answer)
			refused, ok := errors.AsType[*courses.RefusedError](err)
			switch {
			case c.reason == "" && err != nil:
				t.Error(err)
			case c.reason != "" && (!ok || refused.Reason != c.reason || !strings.Contains(refused.Text, c.want)):
				t.Errorf("got %v (%+v), want %s: %s", err, refused, c.reason, c.want)
			case c.reason != "" && s.events() > events:
				t.Error("it was refused, and something was written")
			}
		})
	}
	t.Run("from staff nothing is withheld", func(t *testing.T) {
		s := newSitting(t, t.TempDir()+"/state.db")
		s.grant("staff")
		if _, err := s.do("09:00 answer one"); err != nil {
			t.Error(err)
		}
	})
	t.Run("an exam that has begun goes on where its due date is moved to before its end", func(t *testing.T) {
		s := newSitting(t, t.TempDir()+"/state.db")
		_, err := s.do("09:00 start timed")
		must(t, err)
		must(t, s.Learners.Extend(t.Context(), s.at("timed"), learner.Extension{Due: s.now.Add(10 * time.Minute), Force: true}))
		if _, err := s.do("09:50 answer one"); err != nil {
			t.Error(err)
		}
		if _, err := s.do("10:01 answer one"); err == nil {
			t.Error("it took an answer after its end")
		}
	})
}

// What is stored about exams is in all that follows from it: outline, dates, report and list, on both databases.
func TestExamsAreShownAsTheyAre(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		s := newSitting(t, uri)
		for _, step := range []string{"08:00 percent", "09:00 start free", "09:00 submit free", "09:05 reset free", "09:10 start timed", "09:20 answer one"} {
			_, err := s.do(step)
			must(t, err)
		}
		project(t, s.Gradebook, s.key(), s.ann)
		check := func(want []string) {
			t.Helper()
			v := view(t, s.Gradebook, s.ann, s.key(), s.now, courses.ViewOptions{})
			dates, err := s.Dates(t.Context(), s.ann, s.key(), s.now, courses.ViewOptions{})
			must(t, err)
			report, err := s.Report(t.Context(), s.ann, s.key())
			must(t, err)
			var inReport []string
			for _, p := range report.Parts() {
				if p.Exam != nil {
					inReport = append(inReport, p.Block.Name+" "+text(*p.Exam))
				}
			}
			list := func(v *courses.View) (list []string) {
				for _, node := range v.Outline.Course.Exams() {
					e, _ := v.Outline.Exam(node)
					list = append(list, v.Outline.Course.Nodes[node].ID.Name+" "+text(e))
				}
				return list
			}
			if diff := gocmp.Diff([][]string{want, want, want}, [][]string{list(v), list(dates.View), inReport}); diff != "" {
				t.Errorf("outline, dates and report:\n%s", diff)
			}
		}
		rest := []string{"free not_started 0s", "watched not_started 1h30m0s", "later locked 1h30m0s", "gone not_started 1h30m0s"}
		check(append([]string{"timed running until 02-01 10:40"}, rest...))
		v := view(t, s.Gradebook, s.ann, s.key(), s.now, courses.ViewOptions{})
		if end := time.Date(2026, 2, 1, 10, 40, 0, 0, time.UTC); !v.Outline.NextChange.Equal(schedule.At(end).Add(time.Microsecond).Time()) {
			t.Errorf("something changes on %v, want: after %v", v.Outline.NextChange, end)
		}
		s.now = s.now.Add(2 * time.Hour)
		events := rowsOf(t, uri, "event")
		check(append([]string{"timed over 02-01 10:40"}, rest...))
		list, err := s.Exams(t.Context(), s.course)
		must(t, err)
		var got []string
		for _, e := range list {
			line := fmt.Sprint(e.Block.Name, " ", e.Attempt.Number, " ", e.Reset)
			if e.View != nil {
				line += " " + text(*e.View)
			}
			got = append(got, line)
		}
		if want := []string{"free 1 true", "timed 1 false over 02-01 10:40"}; !slices.Equal(got, want) {
			t.Errorf("the list is %q, want %q", got, want)
		}
		if now := rowsOf(t, uri, "event"); len(now) != len(events) {
			t.Error("that the time is over was written by a read")
		}
	})
}

// Answers of another device count if they are in time by the exam, whichever of the logs comes first.
func TestAnswersAreLateByTheirExam(t *testing.T) {
	g, course := gradebook(t, t.TempDir()+"/state.db", sat)
	c, err := g.Course(t.Context(), course)
	must(t, err)
	c.Policy.Types[0].LateFactor = new(0.5)
	start := time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC)
	percents := make(map[string]float64)
	for _, first := range []string{"exam", "answers"} {
		ann := learner.NewID()
		device := open(t, filepath.Join(t.TempDir(), "device.db"))
		device.Now = func() time.Time { return start }
		exam := learner.Target{Learner: ann, Course: course, Block: subsection("timed")}
		g.Learners.Now = func() time.Time { return start }
		_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: ann, Course: course}})
		must(t, err)
		do := map[string]func(){
			"exam": func() {
				_, err := g.StartExam(t.Context(), exam)
				must(t, err)
			},
			"answers": func() {
				device.Now = func() time.Time { return start.Add(2 * time.Hour) }
				answer(t, device, ann, course, "one", 1, 1)
				events, err := device.Log(t.Context(), learner.Stream{Learner: ann, Org: "Org", Kind: learner.StateStream}, device.Device(), 1, 10)
				must(t, err)
				_, err = g.Learners.Merge(t.Context(), events)
				must(t, err)
			},
		}
		second := map[string]string{"exam": "answers", "answers": "exam"}[first]
		for _, what := range []string{first, second} {
			do[what]()
			_, err := g.Project(t.Context(), course)
			must(t, err)
		}
		r, err := g.Report(t.Context(), ann, course)
		must(t, err)
		percents[first] = r.Record.Percent
	}
	if percents["exam"] != percents["answers"] || percents["exam"] != 0.25 {
		t.Errorf("half of the points, by half for late work, are %v", percents)
	}
}

// Wherever a program is stopped that makes grades: either the grade is still due, or what it opens is open.
func TestAGateIsNotForgottenWhereverAProgramStops(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, paced(""))
		var calls atomic.Int64
		var called atomic.Pointer[func(int64)]
		g.Learners.Now = func() time.Time { // set once: a write that nobody waits for any more may still ask for the time
			if f := called.Load(); f != nil {
				(*f)(calls.Add(1))
			}
			return date(1, 10)
		}
		for stops := int64(1); ; stops++ {
			user := learner.NewID()
			_, err := g.Learners.Enrol(t.Context(), learner.Enrolment{Target: learner.Target{Learner: user, Course: course}})
			must(t, err)
			answer(t, g.Learners, user, course, "p", 2, 2)
			ctx, stop := context.WithCancel(t.Context())
			calls.Store(0)
			called.Store(new(func(n int64) {
				if n == stops {
					stop()
				}
			}))
			_, err = g.Project(ctx, course)
			stop()
			called.Store(nil)
			facts, factsErr := g.Learners.Facts(t.Context(), course, []learner.ID{user}, false, false)
			must(t, factsErr)
			if !facts[user].Pending() && !stored(t, g, course, user) {
				t.Fatalf("stopped at %d, by %v: the grade is made and the gate is not stored", stops, err)
			}
			if calls.Load() < stops {
				must(t, err)
				if stops < 3 {
					t.Fatalf("it was stopped at %d places only", stops)
				}
				return
			}
			_, err = g.Project(t.Context(), course)
			must(t, err)
			if !stored(t, g, course, user) {
				t.Fatalf("stopped at %d, then run again: the gate is not stored", stops)
			}
		}
	})
}

// stored reports whether it is stored that the second subsection is open.
func stored(t *testing.T, g *courses.Gradebook, course key.Course, user learner.ID) bool {
	t.Helper()
	all, err := g.Learners.Access(t.Context(), course, []learner.ID{user}, learner.AccessQuery{Done: true})
	must(t, err)
	_, ok := all[user].Opened[subsection("second")]
	return ok
}
