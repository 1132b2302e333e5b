package grading_test

import (
	"testing"
	"time"

	"lectern/courses/grading"
)

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
