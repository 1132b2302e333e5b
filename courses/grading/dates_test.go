package grading_test

import (
	"testing"
	"time"

	"lectern/courses/grading"
)

func TestWhenWorkIsDue(t *testing.T) {
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	week := new(7 * 24 * time.Hour)
	for _, c := range []struct {
		name string
		due  grading.DueDate
		want time.Time
	}{
		{"no date, never late", grading.DueDate{}, time.Time{}},
		{"the date of the content", grading.DueDate{Absolute: day(3)}, day(3)},
		{"a relative date counts from the learner's start, and holds before the absolute one",
			grading.DueDate{Absolute: day(3), Relative: week, Start: day(1)}, day(8)},
		{"without a start the absolute one holds", grading.DueDate{Absolute: day(3), Relative: week}, day(3)},
		{"an extension of the group", grading.DueDate{Absolute: day(3), Group: day(5)}, day(5)},
		{"that of the learner holds before it", grading.DueDate{Absolute: day(3), Group: day(9), Learner: day(5)}, day(5)},
		{"an extension cannot shorten", grading.DueDate{Absolute: day(3), Learner: day(1)}, day(3)},
		{"an extension of what is never due is none", grading.DueDate{Learner: day(1), Grace: time.Hour}, time.Time{}},
		{"grace comes on top", grading.DueDate{Absolute: day(3), Group: day(5), Grace: time.Hour}, day(5).Add(time.Hour)},
		{"grace below zero is none", grading.DueDate{Absolute: day(3), Grace: -time.Hour}, day(3)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.due.Effective(); !got.Equal(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestHowLateWorkIs(t *testing.T) {
	due := grading.DueDate{Absolute: noon, Grace: time.Minute}
	for _, c := range []struct {
		name string
		due  grading.DueDate
		at   time.Time
		want time.Duration
	}{
		{"before the date", due, noon, 0},
		{"at the very end of the grace period it is in time", due, noon.Add(time.Minute), 0},
		{"after it, it is late", due, noon.Add(time.Minute + time.Millisecond), time.Millisecond},
		{"without a date it never is", grading.DueDate{}, noon, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.due.LateBy(c.at); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestWhatALearnerMaySee(t *testing.T) {
	before, after := noon.Add(-time.Hour), noon.Add(time.Hour)
	for _, c := range []struct {
		name           string
		show           grading.ShowCorrectness
		due, at        time.Time
		staff          bool
		answers, grade bool
	}{
		{"always", grading.ShowAlways, noon, before, false, true, true},
		{"what nobody has set shows always", "", noon, before, false, true, true},
		{"what nobody knows shows always", "sometimes", noon, before, false, true, true},
		{"past due, before", grading.ShowPastDue, noon, before, false, false, false},
		{"past due, at the very instant", grading.ShowPastDue, noon, noon, false, false, false},
		{"past due, after", grading.ShowPastDue, noon, after, false, true, true},
		{"past due, without a date", grading.ShowPastDue, time.Time{}, before, false, true, true},
		{"past due, before, to staff", grading.ShowPastDue, noon, before, true, true, true},
		{"never", grading.ShowNever, noon, after, false, false, false},
		{"never, to staff neither", grading.ShowNever, noon, after, true, false, false},
		{"never but the grade, before", grading.ShowNeverButGradeDue, noon, before, false, false, false},
		{"never but the grade, after", grading.ShowNeverButGradeDue, noon, after, false, false, true},
		{"never but the grade, without a date", grading.ShowNeverButGradeDue, time.Time{}, before, false, false, true},
		{"never but the grade, before, to staff neither", grading.ShowNeverButGradeDue, noon, before, true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := grading.ShowAnswers(c.show, c.due, c.at, c.staff); got != c.answers {
				t.Errorf("answers: %t, want %t", got, c.answers)
			}
			if got := grading.ShowGrade(c.show, c.due, c.at, c.staff); got != c.grade {
				t.Errorf("grade: %t, want %t", got, c.grade)
			}
		})
	}
}
