package grading_test

import (
	"fmt"
	"time"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

func Example() {
	policy, problems := grading.ParsePolicy([]byte(`{
		"GRADER": [
			{"type": "Homework", "short_label": "HW", "min_count": 3, "drop_count": 1, "weight": 0.4},
			{"type": "Exam", "min_count": 1, "drop_count": 0, "weight": 0.6}],
		"GRADE_CUTOFFS": {"Pass": 0.5}}`))
	fmt.Println(len(problems), "problems")

	tried := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	subsections := grading.GradeSubsections([]grading.Subsection{
		{Key: key.BlockID{Type: "sequential", Name: "hw1"}, Title: "Fractions", Format: "Homework", Graded: true, Blocks: []grading.ScoredBlock{{
			Key: key.BlockID{Type: "problem", Name: "p1"}, Content: grading.Worth{Weight: new(10.0), Possible: new(4.0)},
			State: &grading.Score{Points: grading.Points{Earned: 3, Possible: 4}, Attempted: tried},
		}}},
		{Key: key.BlockID{Type: "sequential", Name: "exam"}, Title: "Exam", Format: "Exam", Graded: true, Blocks: []grading.ScoredBlock{{
			Key: key.BlockID{Type: "problem", Name: "p2"}, Content: grading.Worth{Possible: new(10.0)},
		}}},
	})
	grade := policy.Grade(grading.Versions{Content: "9c1f", Policy: policy.Hash()}, subsections)
	fmt.Print(grade.Explain())
	// Output:
	// 0 problems
	// 0.15  course grade, not passed: the total and 0.0005, rounded to whole percent
	//     0.15  total of the assignment types
	//         0.15  Homework, with weight 0.4
	//             0.375  average of 2, 1 dropped
	//                 0.75  HW 01 "Fractions"
	//                     7.5  points earned
	//                         7.5  problem/p1, 3 of 4 scaled to 10
	//                     10  points possible
	//                         10  problem/p1
	//                 0  HW 02 is not written yet and counts as 0
	//                 [0  HW 03 is not written yet and counts as 0; dropped: the lowest 1 of 3 do not count]
	//         0  Exam, with weight 0.6
	//             0  average of 1, 0 dropped
	//                 0  Exam "Exam", never attempted
	//                     0  points earned
	//                         0  problem/p2, never attempted
	//                     10  points possible
	//                         10  problem/p2
}
