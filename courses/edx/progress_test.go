package edx_test

import (
	"testing"
	"time"

	"lectern/courses/edx"
	"lectern/courses/grading"
	"lectern/courses/outline"
)

// graded is what anna earned in everyCase: 2 of 3 in the lesson, 1 of 1 in a quiz that staff graded, and nothing yet in the exam.
func graded() (*grading.Policy, *grading.Grade) {
	policy := &grading.Policy{
		Types: []grading.AssignmentType{
			{Name: "Homework", ShortLabel: "HW", MinCount: 2, DropCount: 1, Weight: 0.5},
			{Name: "Quiz", MinCount: 1, Weight: 0.25}, {Name: "Exam", MinCount: 1, Weight: 0.25},
		},
		Cutoffs: []grading.Cutoff{{Letter: "A", Least: 0.9}, {Letter: "Pass", Least: 0.5}},
	}
	worth := func(points float64) grading.Worth { return grading.Worth{Possible: &points} }
	tried := func(earned, possible float64) *grading.Score {
		return &grading.Score{Points: grading.Points{Earned: earned, Possible: possible}, Attempted: time.Unix(1, 0)}
	}
	set := 1.0
	grade := policy.Grade(grading.Versions{}, grading.GradeSubsections([]grading.Subsection{
		{Key: id("sequential/lesson"), Title: "Lesson", Format: "Homework", Graded: true, Blocks: []grading.ScoredBlock{
			{Key: id("problem/p1"), Title: "One", Content: worth(2), State: tried(2, 2)}, {Key: id("problem/p2"), Title: "Two", Content: worth(1)},
		}},
		{Key: id("sequential/gone"), Title: "Hidden after it is due", Format: "Quiz", Graded: true,
			Blocks:   []grading.ScoredBlock{{Key: id("problem/q"), Title: "Q", Content: worth(1)}},
			Override: &grading.Override{Graded: grading.SetPoints{Earned: &set, Possible: &set}, System: "GRADEBOOK", Reason: "well said in class"}},
		{Key: id("sequential/exam"), Title: "Exam", Format: "Exam", Graded: true, Hidden: true,
			Blocks: []grading.ScoredBlock{{Key: id("problem/e1"), Title: "E", Content: worth(1), State: tried(1, 1)}}},
	}))
	return policy, &grade
}

func TestProgress(t *testing.T) {
	policy, grade := graded()
	v := compile(read(t, everyCase)).Evaluate(anna(), z("03-10 12:00"), outline.Options{})
	p := edx.NewProgress(v, page(), policy, grade, edx.Records{EnrollmentMode: services().EnrollmentMode})
	golden(t, "enrolled-open.progress.json", p)
	for _, section := range p.SectionScores {
		for _, s := range section.Subsections {
			if !s.ShowGrades && (s.NumPointsEarned != 0 || s.PercentGraded != 0 || len(s.ProblemScores) > 0) {
				t.Errorf("%s gives away a grade that is hidden", s.DisplayName)
			}
		}
	}
}
