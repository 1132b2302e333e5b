package outline

import (
	"fmt"
	"testing"
	"time"

	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

func TestGates(t *testing.T) {
	for _, c := range []struct {
		name              string
		score, completion string // asked for; "-": not written
		progress          *Progress
		met               bool
	}{
		{"equality passes", "50", "0", &Progress{Earned: 50, Possible: 100}, true},
		{"a hundredth less does not", "50", "0", &Progress{Earned: 49.99, Possible: 100}, false},
		{"thirds are compared exactly", "33", "0", &Progress{Earned: 33, Possible: 100}, true},
		{"a score that is not asked for is not looked at", "0", "100", &Progress{Possible: 10, Completed: 3, Completable: 3}, true},
		{"a prerequisite with nothing to complete is complete", "0", "100", &Progress{}, true},
		{"a gate that asks for nothing is open", "0", "0", nil, true},
		{"blanks ask for everything", "", "", &Progress{Earned: 99, Possible: 100, Completed: 99, Completable: 100}, false},
		{"and open when everything is there", "", "", &Progress{Earned: 100, Possible: 100, Completed: 100, Completable: 100}, true},
		{"a blank completion means all of it", "80", "", &Progress{Earned: 90, Possible: 100, Completed: 99, Completable: 100}, false},
		{"a score of something ungraded is none", "80", "0", &Progress{Completed: 1, Completable: 1}, false},
		{"both are needed", "1", "100", &Progress{Earned: 100, Possible: 100, Completed: 99, Completable: 100}, false},
		{"what is not written is not asked for", "-", "100", &Progress{Completed: 2, Completable: 2}, true},
		{"nor is it on the other side", "50", "-", &Progress{Earned: 5, Possible: 10, Completable: 2}, true},
		{"if neither is written, all is asked for", "-", "-", &Progress{Earned: 99, Possible: 100}, false},
		{"junk asks for everything", "half", "0", &Progress{Earned: 99, Possible: 100}, false},
		{"more than everything is everything", "150", "0", &Progress{Earned: 100, Possible: 100}, true},
		{"of whom nothing is known, nothing is done", "0", "1", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			course := compiled(b("chapter/c", b("sequential/first", graded), b("sequential/s", after("sequential/first", c.score, c.completion), b("vertical/u"))))
			f := anna()
			if c.progress != nil {
				f.Progress = map[key.BlockID]Progress{id("sequential/first"): *c.progress}
			}
			v := course.Evaluate(f, z("02-01 00:00"), Options{})
			got := v.Verdict(at(t, course.Outline, "vertical/u"))
			if !got.Listed || got.Accessible != c.met {
				t.Errorf("the unit behind the gate is %s", shown(got))
			}
			reasons, _ := v.Explain(id("sequential/s"))
			if (codes(reasons) == "prerequisite_unmet") == c.met {
				t.Errorf("the reasons are %v", reasons)
			}
		})
	}
}

func TestAnOpenedGateStaysOpen(t *testing.T) {
	course := compiled(b("chapter/c", b("sequential/first", graded), b("sequential/s", after("sequential/first", "50", "0"))))
	f := anna()
	f.Progress = map[key.BlockID]Progress{id("sequential/first"): {Earned: 1, Possible: 10}} // after a regrade
	f.Opened = map[key.BlockID]time.Time{id("sequential/s"): z("02-01 10:00")}
	s := at(t, course.Outline, "sequential/s")
	for text, want := range map[string]string{"02-01 09:59": "closed", "02-01 10:00": "open", "06-01 00:00": "open"} {
		if got := shown(course.Evaluate(f, z(text), Options{}).Verdict(s)); got != want {
			t.Errorf("on %s it is %s, want %s", text, got, want)
		}
	}
	if next := course.Evaluate(f, z("02-01 09:59"), Options{}).NextChange; !next.Equal(z("02-01 10:00")) {
		t.Errorf("the next change is at %s", next)
	}
}

func TestGatesThatHaveJustOpenedAreToBeStored(t *testing.T) {
	o := build(theCourse, courseOf(func(s *courseSettings) { s.exam, s.examID, s.examMinScore = true, "chapter/e", 50 }, b("chapter/e"), b("chapter/c",
		b("sequential/a", graded), b("sequential/b", after("sequential/a", "50", "0")), b("sequential/d", after("sequential/a", "80", "0")))))
	f := anna()
	f.Progress = map[key.BlockID]Progress{id("sequential/a"): {Earned: 5, Possible: 10}, id("chapter/e"): {Earned: 5, Possible: 10}}
	v := Compile(o, Policy{}, Standard()).Evaluate(f, z("02-01 00:00"), Options{})
	if got := fmt.Sprint(v.Opening()); got != "[chapter/e sequential/b]" {
		t.Errorf("to be stored are %s", got)
	}
	f.Opened = map[key.BlockID]time.Time{id("chapter/e"): z("01-10 00:00"), id("sequential/b"): z("01-10 00:00")}
	if got := v.Opening(); got != nil {
		t.Errorf("what is stored is to be stored again: %v", got)
	}
}

func TestGatesFindTheirPrerequisite(t *testing.T) {
	for _, text := range []string{
		"sequential/first", "block-v1:Org+C+R+type@sequential+block@first", "block-v1:Org+C+Old+type@sequential+block@first.gating", " sequential@first ",
		"i4x://Org/C/sequential/first",
	} {
		o := built(b("chapter/c", b("sequential/first", graded), b("sequential/s", after(text, "50", "0"))))
		if g := o.Nodes[at(t, o, "sequential/s")].Gates; len(g) != 1 || g[0].Of != at(t, o, "sequential/first") {
			t.Errorf("%q gives %v", text, g)
		}
	}
}

func TestTheEntranceExam(t *testing.T) {
	course := []any{b("chapter/exam", b("sequential/test")), b("chapter/c", b("sequential/s"))}
	exam := func(min float64) func(*courseSettings) {
		return func(s *courseSettings) {
			s.exam, s.examID, s.examMinScore = true, "block-v1:Org+C+R+type@chapter+block@exam", min
		}
	}
	earned := func(points float64) func(*Facts) {
		return func(f *Facts) {
			f.Progress = map[key.BlockID]Progress{id("chapter/exam"): {Earned: points, Possible: 100}}
		}
	}
	runVerdicts(t, []verdictCase{
		{"all other sections are closed until it is passed", exam(65), course, nil, Options{}, "", "sequential/s", "closed", "entrance_exam_required"},
		{"the exam itself is open", exam(65), course, nil, Options{}, "", "sequential/test", "open", ""},
		{"a lower score does not pass", exam(65), course, earned(64), Options{}, "", "sequential/s", "closed", "entrance_exam_required"},
		{"the score that is asked for passes", exam(65), course, earned(65), Options{}, "", "sequential/s", "open", ""},
		{"Studio writes the score as a fraction", exam(0.65), course, earned(64), Options{}, "", "sequential/s", "closed", "entrance_exam_required"},
		{"who may skip it gets in", exam(65), course, func(f *Facts) { f.SkipsExam = true }, Options{}, "", "sequential/s", "open", ""},
		{"once passed it stays so", exam(65), course, func(f *Facts) { f.Opened = map[key.BlockID]time.Time{id("chapter/exam"): z("01-15 00:00")} },
			Options{}, "", "sequential/s", "open", ""},
		{"an exam that is no section closes nothing", func(s *courseSettings) { exam(65)(s); s.examID = "chapter/gone" }, course, nil, Options{}, "",
			"sequential/s", "open", ""},
		{"without the switch there is none", func(s *courseSettings) { exam(65)(s); s.exam = false }, course, nil, Options{}, "", "sequential/s", "open", ""},
	})
}

func TestAwaitedBlocks(t *testing.T) {
	o := build(theCourse, courseOf(func(s *courseSettings) { s.exam, s.examID = true, "chapter/e" }, b("chapter/e"), b("chapter/c",
		b("sequential/a", graded), b("sequential/b", after("sequential/a", "50", "0")), b("sequential/d", after("sequential/a", "50", "0")))))
	if got := fmt.Sprint(Compile(o, Policy{}, Standard()).Awaited()); got != "[chapter/e sequential/a]" {
		t.Errorf("the awaited blocks are %s", got)
	}
}

func TestExams(t *testing.T) {
	const hour = time.Hour
	for _, c := range []struct {
		name    string
		parts   []any
		attempt Attempt
		extend  string
		at      string
		state   ExamState
		until   string
		allowed time.Duration
	}{
		{"before it begins", []any{timed(120)}, Attempt{}, "", "02-01 00:00", ExamNotStarted, "", 2 * hour},
		{"extra time comes on top", []any{timed(120)}, Attempt{Extra: 30 * time.Minute}, "", "02-01 00:00", ExamNotStarted, "", 2*hour + 30*time.Minute},
		{"not beyond the due date", []any{timed(120), dueOn("02-01 00:59")}, Attempt{}, "", "02-01 00:00", ExamNotStarted, "", 59 * time.Minute},
		{"nor with extra time", []any{timed(120), dueOn("02-01 00:59")}, Attempt{Extra: hour}, "", "02-01 00:00", ExamNotStarted, "", 59 * time.Minute},
		{"an extension moves that date", []any{timed(120), dueOn("02-01 00:59")}, Attempt{}, "02-02 00:00", "02-01 00:00", ExamNotStarted, "", 2 * hour},
		{"everything is prepared", []any{timed(120)}, Attempt{Ready: true}, "", "02-01 00:00", ExamReady, "", 2 * hour},
		{"it runs until the time is over", []any{timed(120)}, Attempt{Started: z("02-01 00:00")}, "", "02-01 02:00", ExamRunning, "02-01 02:00", 2 * hour},
		{"with extra time longer", []any{timed(120)}, Attempt{Started: z("02-01 00:00"), Extra: hour}, "", "02-01 02:30", ExamRunning, "02-01 03:00", 3 * hour},
		{"the time that it was begun with holds", []any{timed(10)}, Attempt{Started: z("02-01 00:00"), Allowed: hour}, "", "02-01 00:30", ExamRunning,
			"02-01 01:00", hour},
		{"when the time is over it is handed in", []any{timed(120)}, Attempt{Started: z("02-01 00:00")}, "", "02-01 02:01", ExamSubmitted, "", 2 * hour},
		{"the learner hands it in", []any{timed(120)}, Attempt{Started: z("02-01 00:00"), Submitted: z("02-01 01:00")}, "", "02-01 01:00", ExamSubmitted,
			"", 2 * hour},
		{"after the due date it cannot begin", []any{timed(120), dueOn("02-01 00:00")}, Attempt{}, "", "02-01 00:01", ExamPastDue, "", 0},
		{"before the section opens it is locked", []any{timed(120), opens("03-01 00:00")}, Attempt{}, "", "02-01 00:00", ExamLocked, "", 2 * hour},
		{"without a limit it runs until it is due", []any{timed(0), dueOn("02-03 00:00")}, Attempt{Started: z("02-01 00:00")}, "", "02-02 00:00",
			ExamRunning, "02-03 00:00", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			course := compiled(b("chapter/c", b("sequential/s", append(c.parts, b("vertical/u"))...)))
			f := anna()
			f.Exams = map[key.BlockID]Attempt{id("sequential/s"): c.attempt}
			if c.extend != "" {
				f.Schedule.Overrides = []schedule.Override{{Block: id("sequential/s"), At: z(c.extend)}}
			}
			v := course.Evaluate(f, z(c.at), Options{})
			s := at(t, course.Outline, "sequential/s")
			got, ok := v.Exam(s)
			if ended := c.state == ExamSubmitted; ended == got.Ended.IsZero() || got.Over != (ended && c.attempt.Submitted.IsZero()) {
				t.Errorf("when the exam ended, and how: %+v", got)
			}
			if !ok || got.State != c.state || !got.Until.Equal(z(c.until)) || got.Allowed != c.allowed {
				t.Errorf("the exam is %+v", got)
			}
			if c.state != ExamLocked && shown(v.Verdict(s)) != "open" {
				t.Errorf("an attempt hides the exam: %s", shown(v.Verdict(s)))
			}
		})
	}
	c := compiled(small("1"))
	if _, ok := c.Evaluate(anna(), z("02-01 00:00"), Options{}).Exam(at(t, c.Outline, "sequential/s1")); ok {
		t.Error("what is no exam is given as one")
	}
	for kind, e := range map[string]Exam{"practice": {Timed: true, Proctored: true, Practice: true}, "proctored": {Timed: true, Proctored: true},
		"timed": {Timed: true}, "": {}} {
		if got := e.Kind(); got != kind {
			t.Errorf("%+v is %q", e, got)
		}
	}
}
