package grading_test

import (
	"math"
	"testing"

	"lectern/courses/grading"
)

// tester is what a test and a property have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
}

// check recomputes each line of the explanation from the lines below it.
func check(t tester, g *grading.Grade) {
	t.Helper()
	root := g.Explain()
	if root.Value != g.Percent {
		t.Errorf("the explanation ends in %v, the grade is %v", root.Value, g.Percent)
	}
	checkLine(t, g.Rounding, root)
}

func checkLine(t tester, r grading.Rounding, l grading.Line) {
	t.Helper()
	var below []float64
	sum := 0.0
	for _, line := range l.Lines {
		checkLine(t, r, line)
		if !line.Aside {
			below = append(below, line.Value)
			sum += line.Value
		}
	}
	want := l.Value
	switch l.Rule {
	case grading.Sum:
		want = sum
	case grading.Mean:
		if want = 0; l.By > 0 {
			want = sum / l.By
		}
	case grading.Times:
		want = below[0] * l.By
	case grading.Share:
		want = grading.Points{Earned: below[0], Possible: below[1]}.Percent()
	case grading.Rounded:
		want = r.Round(below[0])
	case grading.Given:
		if len(below) > 0 {
			t.Errorf("%q is given, yet %v follow", l.Text, below)
		}
	}
	if want != l.Value && !(math.IsNaN(want) && math.IsNaN(l.Value)) {
		t.Errorf("%q is %v, but the lines below give %v by %s", l.Text, l.Value, want, l.Rule)
	}
}

func TestAnExplanationReadsLikeThis(t *testing.T) {
	policy, subsections := e2(grading.Cutoff{Letter: "Pass", Least: 0.75})
	policy.Types[1].LateFactor = new(0.5)

	half := scored("sum", 3, 4)
	half.Title, half.Content.Weight = "Sums", new(10.0)
	late := scored("late", 5, 5)
	late.State.InTime = new(3.0)
	gone := scored("gone", 2, 2)
	gone.Excluded = true
	practice := scored("practice", 1, 1)
	practice.Content.Ungraded = true
	subsections[1] = grading.GradeSubsection(&grading.Subsection{
		Key: sequential("wires"), Title: "Wires", Format: "Lab", Graded: true, Hidden: true, Blocks: []grading.ScoredBlock{half, late, gone, practice},
	})
	subsections[6].Override = &grading.Override{Graded: grading.SetPoints{Earned: new(45.0)}, Actor: "ann", Reason: "question 3 was wrong"}
	extra := graded("Essay", "Essay", 1, 1)
	away := graded("Lab", "Other cohort", 1, 1)
	away.Excluded = true
	g := policy.Grade(noVersions, append(subsections, extra, away, grading.SubsectionGrade{Key: sequential("read"), Graded: true, Format: "Lab"}))
	check(t, &g)

	if got := g.Explain().String(); got != explained {
		t.Errorf("got\n%s\nwant\n%s", got, explained)
	}
}

const explained = `0.78  course grade, Pass, passed: the total and 0.0005, rounded to whole percent
    0.777783  total of the assignment types
        0.198608  Homework, with weight 0.25
            0.794433  average of 3, 2 dropped
                0.8  HW 01 "One"
                    8  points earned
                    10  points possible
                0.8333  HW 02 "Two"
                    5  points earned
                    6  points possible
                [0  HW 03 "Three"; dropped: the lowest 2 of 5 do not count]
                    0  points earned
                    10  points possible
                0.75  HW 04 "Four"
                    9  points earned
                    12  points possible
                [0  HW 05 is not written yet and counts as 0; dropped: the lowest 2 of 5 do not count]
        0.204175  Lab, with weight 0.25
            0.8167  average of 2, 0 dropped
                0.7667  Lab 01 "Wires"
                    11.5  points earned, late work discounted
                        12.5  points earned
                            7.5  "Sums", 3 of 4 scaled to 10
                            5  problem/late
                            [2  problem/gone, not in this learner's course]
                            [1  problem/practice, not graded]
                        -1  late work, of which 0.5 counts
                    15  points possible
                        10  "Sums"
                        5  problem/late
                0.8667  Lab 02 "Lamps"
                    13  points earned
                    15  points possible
        0.375  Exam, with weight 0.5
            0.75  average of 1, 0 dropped
                0.75  Exam "Exam"
                    45  points earned, set by staff (ann): question 3 was wrong
                        [41  points earned as computed, of 60 possible]
                    60  points possible
        [1  "Essay" counts nowhere: the policy has no assignment type "Essay"]
        [1  "Other cohort" counts nowhere: it is not in this learner's course]
        [0  sequential/read counts nowhere: nothing can be earned in it]
    [0.68  is what the learner sees, without the grades that are hidden now]
`
