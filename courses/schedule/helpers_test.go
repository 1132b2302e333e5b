package schedule_test

import (
	"testing"
	"time"

	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// z reads an instant of 2026 in UTC, such as "05-01 23:59", or a whole one.
func z(text string) time.Time {
	for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, text); err == nil {
			return t
		}
	}
	t, err := time.Parse("2006-01-02 15:04", "2026-"+text)
	if err != nil {
		panic(err)
	}
	return t
}

func id(blockType, name string) key.BlockID { return key.BlockID{Type: blockType, Name: name} }

var (
	root    = id("course", "course")
	section = id("chapter", "one")
	lesson  = id("sequential", "lesson")
	problem = id("problem", "p")
)

const (
	theRoot = iota
	theSection
	theLesson
	theProblem
)

// paced is an instructor-paced course with one lesson, as authors set it up by the changes.
func paced(changes ...func(*schedule.Course)) schedule.Course {
	c := schedule.Course{Key: key.Course{Org: "Org", Code: "C", Run: "R"}, Blocks: []schedule.Block{
		{ID: root, Parent: -1, Start: schedule.On(z("01-01 00:00")), Title: "Course"},
		{ID: section, Parent: theRoot, Title: "Week 1"},
		{ID: lesson, Parent: theSection, Title: "Lesson", Graded: true, Format: "Homework"},
		{ID: problem, Parent: theLesson, Graded: true, Work: true},
	}}
	for _, change := range changes {
		change(&c)
	}
	return c
}

// selfPaced is such a course where the lesson is due two weeks after each learner's beginning.
func selfPaced(changes ...func(*schedule.Course)) schedule.Course {
	return paced(append([]func(*schedule.Course){func(c *schedule.Course) {
		c.SelfPaced, c.Relative, c.CustomWeeks = true, true, true
		c.Blocks[theLesson].Weeks = 2
	}}, changes...)...)
}

func due(text string) func(*schedule.Course) {
	return func(c *schedule.Course) { c.Blocks[theLesson].Due = schedule.On(z(text)) }
}

func ends(text string) func(*schedule.Course) { return func(c *schedule.Course) { c.End = z(text) } }

func starts(place int, text string) func(*schedule.Course) {
	return func(c *schedule.Course) { c.Blocks[place].Start = schedule.On(z(text)) }
}

func grace(d time.Duration) func(*schedule.Course) {
	return func(c *schedule.Course) { c.Blocks[theLesson].Grace, c.Blocks[theProblem].Grace = d, d }
}

func hides(c *schedule.Course) { c.Blocks[theLesson].HideAfterDue = true }

// enrolledAt is a learner who came at an instant, and to whom this happened since.
func enrolledAt(text string, steps ...schedule.Step) schedule.Learner {
	steps = append([]schedule.Step{{At: z(text), Mode: "audit"}}, steps...)
	return schedule.Learner{ID: "L", Anchor: schedule.Anchor(z(text), steps), Created: z(text)}
}

// anna is the learner of the worked examples.
func anna(steps ...schedule.Step) schedule.Learner { return enrolledAt("01-10 08:00", steps...) }

func with(l schedule.Learner, overrides ...schedule.Override) schedule.Learner {
	l.Overrides = append(l.Overrides, overrides...)
	return l
}

func until(text string) schedule.Override { return schedule.Override{Block: lesson, At: z(text)} }

func more(d time.Duration) schedule.Override { return schedule.Override{Block: lesson, By: d} }

var revoked = schedule.Override{Block: lesson}

// into is what happens when a learner is enrolled in a mode; without one the learner shifts the dates.
func into(mode, text string) schedule.Step { return schedule.Step{At: z(text), Mode: mode} }

func compile(c schedule.Course) *schedule.Plan {
	p, _, err := schedule.Compile(c)
	if err != nil {
		panic(err)
	}
	return p
}

// lessonOf gives the dates of the lesson for a learner.
func lessonOf(c schedule.Course, l schedule.Learner) schedule.Dates {
	return compile(c).Resolve(&l, nil)[theLesson]
}

// dueFor gives the due date of the lesson, and what is worth knowing about it.
func dueFor(c schedule.Course, l schedule.Learner) string {
	d := lessonOf(c, l)
	if flags := d.Flags.String(); flags != "" {
		return d.Due.String() + " " + flags
	}
	return d.Due.String()
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
