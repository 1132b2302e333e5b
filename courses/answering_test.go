package courses_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/courses"
	asked "lectern/courses/answer"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/modulestore/key"
)

// asking is a course in which answers are refused for every reason that there is.
var asking = map[string]string{
	"course.xml": `<course org="Org" course="Asking" url_name="run"/>`,
	"course/run.xml": `<course display_name="Asking" start="2026-01-01T00:00:00Z" end="2026-12-01T00:00:00Z" graceperiod="1 hours" days_early_for_beta="130">
		<chapter url_name="c"><sequential url_name="week1" due="2026-03-01T00:00:00Z"><vertical url_name="u">
			<html url_name="intro">Hello</html>
			<problem url_name="one" weight="4" max_attempts="2">` + number + `</problem>
			<problem url_name="hidden" show_correctness="past_due" max_attempts="5">` + number + `</problem>
			<problem url_name="slow" submission_wait_seconds="60">` + number + `</problem>
			<problem url_name="best" grading_method="highest_score">` + number + `</problem>
			<problem url_name="mixed">` + number + `<customresponse cfn="f"><textline/></customresponse></problem>
			<problem url_name="silent"><p>Nothing is asked.</p></problem>
			<problem url_name="broken"/>
		</vertical></sequential>
		<sequential url_name="later" start="2026-06-01T00:00:00Z"><vertical url_name="v"><problem url_name="soon">` + number + `</problem></vertical></sequential>
		<sequential url_name="staff" visible_to_staff_only="true"><vertical url_name="w"><problem url_name="secret">` + number + `</problem></vertical></sequential>
		<sequential url_name="gone" due="2026-01-15T00:00:00Z" hide_after_due="true"><vertical url_name="y"><problem url_name="hiding">` + number + `</problem></vertical></sequential>
		<sequential url_name="free"><vertical url_name="x"><problem url_name="open">` + number + `</problem></vertical></sequential>
		</chapter></course>`,
	"problem/broken.xml": `<problem><p></problem>`,
}

const number = `<numericalresponse answer="42"><formulaequationinput/><correcthint>You know.</correcthint></numericalresponse>`

// class is the course with a learner in it, at a time that tests set.
type class struct {
	*testing.T
	*courses.Gradebook
	course *courses.Course
	ann    learner.ID
	now    time.Time
}

func newClass(t *testing.T) *class {
	t.Helper()
	g, id := gradebook(t, filepath.Join(t.TempDir(), "state.db"), asking)
	course, err := g.Course(t.Context(), id)
	must(t, err)
	c := &class{T: t, Gradebook: g, course: course, ann: learner.NewID(), now: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}
	g.Learners.Now = func() time.Time { return c.now }
	c.enrol(true)
	return c
}

func (c *class) enrol(active bool) {
	c.Helper()
	do := c.Learners.Unenrol
	if active {
		do = c.Learners.Enrol
	}
	if _, err := do(c.Context(), learner.Enrolment{Target: learner.Target{Learner: c.ann, Course: c.key()}}); err != nil {
		c.Fatal(err)
	}
}

func (c *class) grant(role string) {
	c.Helper()
	if _, err := c.Learners.Grant(c.Context(), learner.ID{}, c.ann, role, c.key().String()); err != nil {
		c.Fatal(err)
	}
}

func (c *class) key() key.Course { return c.course.Content.Key }

func (c *class) ask(name string) *courses.Question {
	c.Helper()
	q, err := c.course.Ask(c.Context(), problem(name))
	if err != nil {
		c.Fatal(err)
	}
	return q
}

func (c *class) answer(name, value string) (*courses.Answered, error) {
	c.Helper()
	return c.Submit(c.Context(), c.ask(name), c.ann, learner.ID{}, asked.Response{"_2_1": {value}})
}

func (c *class) must(name, value string) *courses.Answered {
	c.Helper()
	a, err := c.answer(name, value)
	if err != nil {
		c.Fatal(err)
	}
	return a
}

// events is the number of events about the learner.
func (c *class) events() int {
	c.Helper()
	log, err := c.Learners.Log(c.Context(), learner.Stream{Learner: c.ann, Org: c.key().Org, Kind: learner.StateStream}, c.Learners.Device(), 1, 1000)
	if err != nil {
		c.Fatal(err)
	}
	return len(log)
}

func TestAnAnswerIsTakenOrRefusedWithAReasonAndNothingIsWritten(t *testing.T) {
	at := func(text string) func(*class) {
		return func(c *class) { c.now, _ = time.Parse(time.RFC3339, text) }
	}
	for _, c := range []struct {
		name    string
		before  func(*class)
		problem string
		field   string
		value   string
		want    courses.Refusal
		text    string
	}{
		{"in time", nil, "one", "_2_1", "42", "", ""},
		{"at the last instant of grace", at("2026-03-01T01:00:00Z"), "one", "_2_1", "42", "", ""},
		{"after grace", at("2026-03-01T01:00:01Z"), "one", "_2_1", "42", courses.PastDue, "problem/one takes no more answers of the learner: the due date has passed (2026-03-01T01:00:00Z)"},
		{"with an extension of the subsection", func(c *class) {
			c.extend("week1", "2026-03-10T00:00:00Z")
			c.now = time.Date(2026, 3, 10, 1, 0, 0, 0, time.UTC)
		}, "one", "_2_1", "42", "", ""},
		{"without a due date", at("2026-11-30T00:00:00Z"), "open", "_2_1", "42", "", ""},
		{"after the end of the course", at("2026-12-01T00:00:00Z"), "open", "_2_1", "42", courses.Ended, "ended on 2026-12-01T00:00:00Z"},
		{"before the start", nil, "soon", "_2_1", "42", courses.NotOpen, "problem/soon opens on 2026-06-01T00:00:00Z"},
		{"before the start, of a beta tester", func(c *class) { c.grant("beta_testers") }, "soon", "_2_1", "42", "", ""},
		{"hidden after the due date", nil, "hiding", "_2_1", "42", courses.Locked, "hidden since sequential/gone was due on"},
		{"hidden, for staff", func(c *class) { c.grant("staff") }, "secret", "_2_1", "42", "", ""},
		{"for staff", nil, "secret", "_2_1", "42", courses.NotForLearner, "staff only"},
		{"who has left", func(c *class) { c.enrol(false) }, "one", "_2_1", "42", courses.NotEnrolled, "any more"},
		{"who never came", func(c *class) { c.ann = learner.NewID() }, "one", "_2_1", "42", courses.NotEnrolled, "not enrolled"},
		{"attempts used up", func(c *class) { c.must("one", "1"); c.must("one", "2") }, "one", "_2_1", "42", courses.AttemptsUsed, "all attempts are used (2 of 2)"},
		{"too soon", func(c *class) { c.must("slow", "1"); c.now = c.now.Add(15 * time.Second) }, "slow", "_2_1", "42", courses.TooSoon, "possible in 45 seconds"},
		{"a minute later", func(c *class) { c.must("slow", "1"); c.now = c.now.Add(time.Minute) }, "slow", "_2_1", "42", "", ""},
		{"no number", nil, "one", "_2_1", "many", courses.NotAnAnswer, "field 2 of problem/one: "},
		{"no such field", nil, "one", "_3_1", "42", courses.NotAnAnswer, `problem/one has no field "_3_1"; its fields are 2`},
		{"nothing is asked", nil, "silent", "_2_1", "42", courses.NotAnAnswer, "asks for nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			class := newClass(t)
			if c.before != nil {
				c.before(class)
			}
			q, before := class.ask(c.problem), class.events()
			_, err := class.Submit(t.Context(), q, class.ann, learner.ID{}, asked.Response{c.field: {c.value}})
			if c.want == "" {
				if err != nil || class.events() == before {
					t.Errorf("it is not taken: %v", err)
				}
				return
			}
			refused, ok := errors.AsType[*courses.RefusedError](err)
			if !ok || refused.Reason != c.want || !strings.Contains(refused.Text, c.text) {
				t.Errorf("got %v, want %s: %s", err, c.want, c.text)
			}
			if class.events() != before {
				t.Error("something was written")
			}
		})
	}
}

func (c *class) extend(name, due string) {
	c.Helper()
	when, _ := time.Parse(time.RFC3339, due)
	at := learner.Target{Learner: c.ann, Course: c.key(), Block: subsection(name)}
	if err := c.Learners.Extend(c.Context(), at, learner.Extension{Due: when}); err != nil {
		c.Fatal(err)
	}
}

func TestOnlyProblemsAreAsked(t *testing.T) {
	c := newClass(t)
	for id, want := range map[string]string{
		"html/intro": "html/intro is a block of type html: only problems take answers", "problem/broken": "problem/broken was not understood",
		"problem/nowhere": "have no block problem/nowhere",
	} {
		block, _ := key.ParseBlockID(id)
		if _, err := c.course.Ask(t.Context(), block); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestAnAnswerSaysWhatTheLearnerMayKnow(t *testing.T) {
	c := newClass(t)
	a := c.must("one", "42")
	if a.Attempts != 1 || *a.Limit != 2 || !a.Correct || !a.Graded || a.Points.Earned != 4 || a.Counts.Earned != 4 || a.Parts[0].State != asked.Correct {
		t.Errorf("%+v", a)
	}
	page, err := c.Learners.Page(t.Context(), c.ann, c.key())
	if err != nil {
		t.Fatal(err)
	}
	block := problem("one")
	if s := page.Scores[block]; *s.Earned != 1 || s.Possible != 1 || page.Completion[block] != 1 {
		t.Errorf("stored are raw points, and that the block is done: %+v, %v", s, page.Completion[block])
	}
	hidden := c.must("hidden", "42")
	if len(hidden.Parts) != 0 || hidden.Points != nil || hidden.Counts != nil || hidden.Score != nil || hidden.Shown.Correctness.Yes {
		t.Errorf("what is right is shown after the due date alone: %+v", hidden)
	}
	mixed := c.must("mixed", "42")
	if mixed.Graded || mixed.Points != nil || mixed.Parts[0].State != asked.Correct || mixed.Parts[1].State != asked.Ungraded || mixed.Score.Earned != nil {
		t.Errorf("what cannot be graded has no points: %+v", mixed)
	}
	c.must("best", "42")
	if a := c.must("best", "1"); a.Points.Earned != 0 || a.Counts.Earned != 1 {
		t.Errorf("the best attempt counts: %+v", a)
	}
}

func TestTheLastAttemptIsGivenOnce(t *testing.T) {
	c := newClass(t)
	var taken []error
	var all sync.WaitGroup
	var lock sync.Mutex
	for i := range 6 {
		q := c.ask("one")
		all.Go(func() {
			_, err := c.Submit(t.Context(), q, c.ann, learner.ID{}, asked.Response{"_2_1": {fmt.Sprint(i)}})
			lock.Lock()
			defer lock.Unlock()
			taken = append(taken, err)
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(taken, func(err error) bool { return err != nil })); n != 2 {
		t.Errorf("%d of 6 answers at once were taken where 2 are allowed", n)
	}
}

func TestFieldsHaveShortNames(t *testing.T) {
	p, err := asked.ParseBlock(nil, number+`<optionresponse><optioninput options="('a','b')" correct="a"/><optioninput options="('a','b')" correct="a"/></optionresponse>`)
	if err != nil {
		t.Fatal(err)
	}
	q := &courses.Question{Problem: p}
	if names := fmt.Sprint(q.FieldNames()); names != "[2 3_1 3_2]" {
		t.Error(names)
	}
	for name, want := range map[string]string{"2": "_2_1", "2_1": "_2_1", "_2_1": "_2_1", "3_2": "_3_2", "3": "", "4": "", "": "", "_": ""} {
		got := ""
		if part, ok := q.Field(name); ok {
			got = part.ID
		}
		if got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestAnAnswerIsJudgedByTheDateOfItsLearner(t *testing.T) {
	c := newClass(t)
	c.now = time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC) // the last instant of grace
	c.must("one", "42")
	c.must("open", "42")
	page, err := c.Learners.Page(t.Context(), c.ann, c.key())
	must(t, err)
	if s := page.Scores[problem("one")]; s.Evidence != grading.Received || s.LateBy != 0 {
		t.Errorf("in time, as the receipt shows: late by %s, evidence %v", s.LateBy, s.Evidence)
	}
	if s := page.Scores[problem("open")]; s.Evidence != 0 {
		t.Errorf("without a due date nothing is judged: evidence %v", s.Evidence)
	}
}
