package grading_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"lectern/courses/grading"
)

// The worked examples E1 to E13 of the rules of grading, recomputed.

func TestE1PointsOfAProblemAreScaledToItsWeight(t *testing.T) {
	for _, c := range []struct {
		name             string
		earned, possible float64
		weight           *float64
		want             grading.Points
	}{
		{"3 of 4 with weight 10 are 7.5 of 10", 3, 4, new(10.0), grading.Points{Earned: 7.5, Possible: 10}},
		{"1 of 2 with weight 10 are 5 of 10", 1, 2, new(10.0), grading.Points{Earned: 5, Possible: 10}},
		{"2 of 3 without weight stay 2 of 3", 2, 3, nil, grading.Points{Earned: 2, Possible: 3}},
		{"nothing possible stays nothing possible, whatever the weight", 0, 0, new(10.0), grading.Points{}},
		{"weight 0 takes all points", 3, 4, new(0.0), grading.Points{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := scored("p", c.earned, c.possible)
			b.Content.Weight = c.weight
			g := grading.GradeSubsection(&grading.Subsection{Blocks: []grading.ScoredBlock{b}})
			if got := g.Blocks[0].Points; got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if wantGraded := c.want.Possible > 0; g.Blocks[0].Graded != wantGraded {
				t.Errorf("graded: %t, want %t", g.Blocks[0].Graded, wantGraded)
			}
		})
	}
}

func TestE1PercentOfASubsectionHasFourDecimals(t *testing.T) {
	a, b, c := scored("a", 3, 4), scored("b", 1, 2), scored("c", 2, 3)
	a.Content.Weight, b.Content.Weight = new(10.0), new(10.0)
	g := grading.GradeSubsection(&grading.Subsection{Blocks: []grading.ScoredBlock{a, b, c}})
	if want := (grading.Points{Earned: 14.5, Possible: 23}); g.Points() != want || g.Percent() != 0.6304 {
		t.Errorf("got %v, %v; want %v, 0.6304", g.Points(), g.Percent(), want)
	}
}

// e2 is the course of example E2.
func e2(cutoffs ...grading.Cutoff) (*grading.Policy, []grading.SubsectionGrade) {
	policy := &grading.Policy{
		Types: []grading.AssignmentType{
			{Name: "Homework", ShortLabel: "HW", MinCount: 5, DropCount: 2, Weight: 0.25},
			{Name: "Lab", MinCount: 2, Weight: 0.25},
			{Name: "Exam", MinCount: 1, Weight: 0.5},
		},
		Cutoffs: cutoffs,
	}
	return policy, []grading.SubsectionGrade{
		graded("Homework", "One", 8, 10), graded("Lab", "Wires", 7, 9), graded("Homework", "Two", 5, 6), graded("Homework", "Three", 0, 10),
		graded("Lab", "Lamps", 13, 15), graded("Homework", "Four", 9, 12), graded("Exam", "Exam", 41, 60),
	}
}

func TestE2WholeCourse(t *testing.T) {
	policy, subsections := e2(grading.Cutoff{Letter: "Pass", Least: 0.75})
	g := policy.Grade(noVersions, subsections)
	var percents []float64
	for _, e := range g.Types[0].Entries {
		percents = append(percents, e.Percent)
	}
	if want := []float64{0.8, 0.8333, 0, 0.75, 0}; !slices.Equal(percents, want) {
		t.Errorf("homework is %v, want %v", percents, want)
	}
	if got := dropped(g.Types[0]); !slices.Equal(got, []int{3, 5}) {
		t.Errorf("homework %v is dropped, want the two zeros, one of them not written yet", got)
	}
	if e := g.Types[0].Entries; e[2].State != grading.Attempted || e[4].State != grading.Missing {
		t.Errorf("the zeros are %s and %s, want one earned and one missing", e[2].State, e[4].State)
	}
	for i, want := range []struct{ average, points float64 }{{0.79443333333333, 0.19860833333333}, {0.82225, 0.2055625}, {0.6833, 0.34165}} {
		if got := g.Types[i]; !near(got.Average, want.average) || !near(got.Points, want.points) {
			t.Errorf("%s: %v, %v; want %v, %v", got.Type.Name, got.Average, got.Points, want.average, want.points)
		}
	}
	if !near(g.Total, 0.74582083333333) {
		t.Errorf("the total is %v, want 0.745821", g.Total)
	}
	if want := (grading.Outcome{Percent: 0.75, Letter: "Pass", Passed: true}); g.Outcome != want {
		t.Errorf("got %v, want %v", g.Outcome, want)
	}
}

func TestE2LettersInsteadOfPass(t *testing.T) {
	policy, subsections := e2(grading.Cutoff{Letter: "C", Least: 0.7}, grading.Cutoff{Letter: "A", Least: 0.9}, grading.Cutoff{Letter: "B", Least: 0.8})
	if got := policy.Grade(noVersions, subsections).Letter; got != "C" {
		t.Errorf("0.75 is %q, want C", got)
	}
}

func TestE3TotalsAreRounded(t *testing.T) {
	for _, c := range []struct {
		name                string
		total, legacy, half float64
	}{
		{"below x.45 the legacy rounding goes down", 0.6944, 0.69, 0.69},
		{"just below x.45 too", 0.69449, 0.69, 0.69},
		{"from x.45 on it goes up, where plain rounding does not", 0.6945, 0.70, 0.69},
		{"at x.50 both go up", 0.6950, 0.70, 0.70},
		{"at x.45 near a half again", 0.4945, 0.50, 0.49},
		{"doubles decide at x.45, as in Open edX: this one stays below", 0.7645, 0.76, 0.76},
		{"and this one", 0.3545, 0.35, 0.35},
		{"nothing is nothing", 0, 0, 0},
		{"everything is everything", 1, 1, 1},
		{"extra credit", 1.1, 1.1, 1.1},
		{"noise of adding up does not count in plain rounding", 0.695 - 1e-12, 0.70, 0.70},
		{"below zero, halves go away from zero", -0.5050, -0.5, -0.51},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := grading.LegacyRounding.Round(c.total); got != c.legacy {
				t.Errorf("legacy: %v becomes %v, want %v", c.total, got, c.legacy)
			}
			if got := grading.HalfUpRounding.Round(c.total); got != c.half {
				t.Errorf("half up: %v becomes %v, want %v", c.total, got, c.half)
			}
		})
	}
	if got := grading.Rounding("").Round(0.6945); got != 0.7 {
		t.Errorf("a policy that says nothing rounds 0.6945 to %v, want 0.7", got)
	}
}

func TestE4PercentsAreNotRoundedTwice(t *testing.T) {
	policy := &grading.Policy{Types: []grading.AssignmentType{{Name: "Homework", MinCount: 2, Weight: 0.75}}}
	g := policy.Grade(noVersions, []grading.SubsectionGrade{graded("Homework", "a", 2, 3), graded("Homework", "b", 1, 4)})
	if !near(g.Total, 0.7500*(0.6667+0.25)/2) || g.Percent != 0.34 {
		t.Errorf("got %v, %v; want 0.34376, 0.34 (two decimals would give 0.35)", g.Total, g.Percent)
	}
}

func TestE5To7Drops(t *testing.T) {
	for _, c := range []struct {
		name       string
		min, drops int
		shares     []float64
		dropped    []int
		average    float64
	}{
		{"E5: of tied entries the last is dropped", 4, 1, []float64{.5, .5, .5, 1}, []int{3}, 2.0 / 3},
		{"E6: when more are dropped than there are, the type gives nothing", 0, 2, []float64{.9, .8}, []int{1, 2}, 0},
		{"E6: far more", 0, 9, []float64{.9, .8}, []int{1, 2}, 0},
		{"E7: those that are missing are dropped first", 4, 2, []float64{.9, .8}, []int{3, 4}, .85},
		{"E7: a third that is low takes the place of a missing one", 4, 2, []float64{.9, .8, .2}, []int{3, 4}, .85},
		{"E7: a fourth that is low changes nothing either", 4, 2, []float64{.9, .8, .2, .3}, []int{3, 4}, .85},
		{"a zero that was earned is kept before one that is missing", 3, 1, []float64{.9, 0}, []int{3}, .45},
		{"nothing is dropped from one too many", 2, 0, []float64{1, 0, .5}, nil, .5},
		{"no entries give nothing", 0, 0, nil, nil, 0},
		{"a negative drop count drops nothing (unlike Open edX, which divides by more than there is)", 2, -1, []float64{1, .5}, nil, .75},
		{"a negative count is none", -3, 0, []float64{1, .5}, nil, .75},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := homework(c.min, c.drops).Grade(noVersions, gradedAll("Homework", c.shares...))
			if got := dropped(g.Types[0]); !slices.Equal(got, c.dropped) {
				t.Errorf("dropped %v, want %v", got, c.dropped)
			}
			if got := g.Types[0].Average; !near(got, c.average) {
				t.Errorf("the average is %v, want %v", got, c.average)
			}
		})
	}
}

func TestE8WeightsMayAddUpToMore(t *testing.T) {
	policy := &grading.Policy{Types: []grading.AssignmentType{{Name: "Homework", Weight: 0.6}, {Name: "Bonus", Weight: 0.5}}}
	g := policy.Grade(noVersions, append(gradedAll("Homework", 1), gradedAll("Bonus", 1)...))
	if g.Percent != 1.1 {
		t.Errorf("full marks give %v, want 1.1", g.Percent)
	}
}

func TestE9PercentsAreRoundedHalfToEven(t *testing.T) {
	for _, c := range []struct {
		name             string
		earned, possible float64
		want             float64
	}{
		{"half of an even digit goes down: .03125", 1, 32, .0312},
		{"half of an odd digit goes up: .12355", .12355, 1, .1236},
		{"half of an even digit goes down: .12345", .12345, 1, .1234},
		{"two thirds", 2, 3, .6667},
		{"nothing possible", 3, 0, 0},
		{"less than nothing possible", 3, -1, 0},
		{"more than possible", 5, 4, 1.25},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (grading.Points{Earned: c.earned, Possible: c.possible}).Percent(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestE10OverridesHold(t *testing.T) {
	fiveAndEight := func(possible float64) grading.Subsection {
		return grading.Subsection{Format: "Homework", Graded: true, Blocks: []grading.ScoredBlock{scored("p", 3, possible)}}
	}
	before := fiveAndEight(5)
	stored := grading.GradeSubsection(&before)
	set := grading.Override{Graded: grading.SetPoints{Earned: new(4.0)}, Actor: "staff", Reason: "regraded by hand"}.Filled(&stored)

	later := fiveAndEight(8) // the author makes it worth 8
	later.Override = &set
	g := grading.GradeSubsection(&later)
	if want := (grading.Points{Earned: 4, Possible: 5}); g.Points() != want || g.Percent() != 0.8 {
		t.Errorf("the override is %v, %v; want 4 of 5 as when it was set, 0.8", g.Points(), g.Percent())
	}
	if want := (grading.Points{Earned: 3, Possible: 8}); g.GradedOnly != want || g.AllPoints() != want {
		t.Errorf("computed are %v, and %v of all blocks; want both %v, as nothing else was set", g.GradedOnly, g.AllPoints(), want)
	}
	if set.Actor != "staff" || set.Reason != "regraded by hand" {
		t.Errorf("filling in lost who and why: %+v", set)
	}
	later.Override = nil
	if g := grading.GradeSubsection(&later); g.Percent() != 0.375 {
		t.Errorf("when it is taken away the grade is %v, want the computed 0.375", g.Percent())
	}
}

func TestE10AnOverrideThatIsNoNumberHasNoEffect(t *testing.T) {
	g := graded("Homework", "a", 3, 5)
	g.Override = &grading.Override{Graded: grading.SetPoints{Earned: new(math.NaN())}}
	if g.Percent() != 0.6 {
		t.Errorf("got %v, want 0.6", g.Percent())
	}
}

func TestE11ZeroIsNotNever(t *testing.T) {
	untried := grading.ScoredBlock{Key: problem("p"), Content: grading.Worth{Possible: new(4.0)}}
	wrong := scored("p", 0, 4)
	takenBack := untried
	takenBack.State = &grading.Score{}
	takenBack.Content.Possible = new(0.0)
	for _, c := range []struct {
		name         string
		block        grading.ScoredBlock
		scoreDeleted bool
		state        grading.State
		possible     float64
		needsRow     bool
	}{
		{"who opened nothing has never attempted, over the blocks there are now, and no row", untried, false, grading.NeverAttempted, 4, false},
		{"who answered wrong has attempted and earned 0", wrong, false, grading.Attempted, 4, true},
		{"whose only score was deleted has a row, and has never attempted", takenBack, true, grading.NeverAttempted, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := grading.GradeSubsection(&grading.Subsection{Graded: true, Format: "Homework", Blocks: []grading.ScoredBlock{c.block}})
			if g.State() != c.state || g.Points() != (grading.Points{Possible: c.possible}) || g.NeedsRow(c.scoreDeleted, false) != c.needsRow {
				t.Errorf("got %s, %v, row %t", g.State(), g.Points(), g.NeedsRow(c.scoreDeleted, false))
			}
			course := homework(1, 0).Grade(noVersions, []grading.SubsectionGrade{g})
			if attempted := c.state == grading.Attempted; course.Attempted != attempted || course.NeedsRow() != attempted || course.Percent != 0 {
				t.Errorf("the course is attempted %t, row %t, %v", course.Attempted, course.NeedsRow(), course.Percent)
			}
		})
	}
}

func TestE12LateWorkCountsByTheFactorOfItsType(t *testing.T) {
	for _, c := range []struct {
		name     string
		inTime   *float64
		any      float64
		factor   *float64
		override bool
		want     float64
	}{
		{"without a factor late work counts in full", new(.6), .9, nil, false, .9},
		{"half of the improvement counts: .6 and .9 give .75", new(.6), .9, new(.5), false, .75},
		{"with factor 0 late work does not count", new(.6), .9, new(0.0), false, .6},
		{"with factor 1 all counts", new(.6), .9, new(1.0), false, .9},
		{"never below what was earned in time", new(.6), .4, new(.5), false, .6},
		{"what was not judged is in time", nil, .9, new(.5), false, .9},
		{"nothing in time", new(0.0), .9, new(.5), false, .45},
		{"what staff set is not discounted", new(.6), .9, new(.5), true, .3},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := scored("p", c.any*10, 10)
			b.Content.Weight = new(4.0)
			if c.inTime != nil {
				b.State.InTime = new(*c.inTime * 10)
			}
			s := grading.Subsection{Key: sequential("s"), Format: "Homework", Graded: true, Blocks: []grading.ScoredBlock{b}}
			if c.override {
				s.Override = &grading.Override{Graded: grading.SetPoints{Earned: new(1.2)}}
			}
			policy := homework(1, 0)
			policy.Types[0].LateFactor = c.factor
			g := policy.Grade(noVersions, []grading.SubsectionGrade{grading.GradeSubsection(&s)})
			if got := g.Types[0].Entries[0].Percent; got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			check(t, &g)
		})
	}
}

func TestE13BlocksOfAnotherGroupDoNotCount(t *testing.T) {
	p1, p2, p3 := scored("P1", 1, 1), scored("P2", 2, 2), grading.ScoredBlock{Key: problem("P3"), Content: grading.Worth{Possible: new(3.0)}}
	grade := func(blocks ...grading.ScoredBlock) grading.SubsectionGrade {
		return grading.GradeSubsection(&grading.Subsection{Blocks: blocks})
	}
	inA := grade(p1, p2)
	p2.Excluded = true
	inB := grade(p1, p2, p3)
	if inA.Points() != (grading.Points{Earned: 3, Possible: 3}) {
		t.Errorf("in cohort A: %v", inA.Points())
	}
	if inB.Points() != (grading.Points{Earned: 1, Possible: 4}) {
		t.Errorf("after moving to cohort B: %v, want 1 of 4 over P1 and P3", inB.Points())
	}
	if gone := inB.Blocks[1]; gone.State != grading.Excluded || gone.Points.Earned != 2 {
		t.Errorf("the score in P2 is %s, %v; want it excluded and kept", gone.State, gone.Points)
	}
	if inA.Basis == inB.Basis || inB.Basis != grade(p1, p3).Basis {
		t.Error("the basis is that of the blocks that count, and no other")
	}

	only := grade(p2) // the only block tried has vanished
	if only.State() != grading.NeverAttempted || only.NeedsRow(false, false) || !only.NeedsRow(false, true) {
		t.Errorf("with P2 alone: %s; want never attempted, and a row only when grading was asked for", only.State())
	}
}

func TestFirstAttemptIsTheEarliest(t *testing.T) {
	a, b := scored("a", 1, 1), scored("b", 1, 1)
	b.State.Attempted = noon.Add(-time.Hour)
	b.Content.Ungraded = true
	g := grading.GradeSubsection(&grading.Subsection{Blocks: []grading.ScoredBlock{a, b}})
	if !g.FirstAttempted.Equal(noon.Add(-time.Hour)) {
		t.Errorf("got %v", g.FirstAttempted)
	}
}
