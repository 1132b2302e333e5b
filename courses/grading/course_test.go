package grading_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lectern/courses/grading"
)

func TestTheScoreThatHolds(t *testing.T) {
	content := grading.Worth{Possible: new(4.0), Weight: new(8.0)}
	recorded := &grading.Worth{Possible: new(2.0), Weight: new(10.0), Ungraded: true}
	submission := &grading.Score{Points: grading.Points{Earned: 3, Possible: 5}, Attempted: noon}
	state := &grading.Score{Points: grading.Points{Earned: 1, Possible: 2}, Attempted: noon}
	pts := func(earned, possible float64) grading.Points {
		return grading.Points{Earned: earned, Possible: possible}
	}
	broken := &grading.Score{Points: pts(math.NaN(), 1)}
	for _, c := range []struct {
		name   string
		block  grading.ScoredBlock
		source grading.Source
		points grading.Points
		graded bool
	}{
		{"a submission holds before all others, and is weighted already",
			grading.ScoredBlock{Content: content, Submission: submission, State: state}, grading.FromSubmission, pts(3, 5), true},
		{"a submission of 0 possible points is ignored",
			grading.ScoredBlock{Content: content, Submission: &grading.Score{}, State: state}, grading.FromState, pts(4, 8), true},
		{"a submission that is no number is passed over",
			grading.ScoredBlock{Content: content, Submission: broken, State: state}, grading.FromState, pts(4, 8), true},
		{"a state is out of what was possible when the learner tried",
			grading.ScoredBlock{Content: content, State: state}, grading.FromState, pts(4, 8), true},
		{"the weight on record holds against that of the content, and so does graded",
			grading.ScoredBlock{Content: content, Recorded: recorded, State: state}, grading.FromState, pts(5, 10), false},
		{"without a score it is 0 of what is on record",
			grading.ScoredBlock{Content: content, Recorded: recorded}, grading.FromRecord, pts(0, 10), false},
		{"without a record it is 0 of what the content gives", grading.ScoredBlock{Content: content}, grading.FromContent, pts(0, 8), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := grading.GradeSubsection(&grading.Subsection{Blocks: []grading.ScoredBlock{c.block}})
			got := g.Blocks[0]
			if got.Source != c.source || got.Points != c.points || got.Graded != c.graded {
				t.Errorf("got %s, %v, graded %t; want %s, %v, graded %t", got.Source, got.Points, got.Graded, c.source, c.points, c.graded)
			}
		})
	}
	unknown := grading.GradeSubsection(&grading.Subsection{Blocks: []grading.ScoredBlock{{Key: problem("p")}}})
	if len(unknown.Blocks) != 0 || unknown.Basis != "" {
		t.Errorf("a block that gives nobody knows what is not left out: %+v", unknown)
	}
}

func TestUngradedBlocksCountForAllPointsOnly(t *testing.T) {
	practice := scored("practice", 3, 3)
	practice.Content.Ungraded = true
	g := grading.GradeSubsection(&grading.Subsection{Blocks: []grading.ScoredBlock{scored("p", 1, 2), practice}})
	if g.All != (grading.Points{Earned: 4, Possible: 5}) || g.GradedOnly != (grading.Points{Earned: 1, Possible: 2}) {
		t.Errorf("all %v, graded %v", g.All, g.GradedOnly)
	}
}

func TestTheBasisNamesWhatAGradeIsMadeOf(t *testing.T) {
	basis := func(change func([]grading.ScoredBlock)) string {
		blocks := []grading.ScoredBlock{scored("a", 1, 2), scored("b", 0, 3)}
		change(blocks)
		g := grading.GradeSubsection(&grading.Subsection{Blocks: blocks})
		return g.Basis
	}
	same := basis(func([]grading.ScoredBlock) {})
	if len(same) != 64 || same != strings.ToLower(same) {
		t.Errorf("%q is no SHA-256 in hex", same)
	}
	for _, c := range []struct {
		name   string
		change func([]grading.ScoredBlock)
		equal  bool
	}{
		{"what was earned is no part of it", func(b []grading.ScoredBlock) { b[0].State.Earned = 2 }, true},
		{"titles are no part of it", func(b []grading.ScoredBlock) { b[0].Title = "A" }, true},
		{"possible points", func(b []grading.ScoredBlock) { b[0].State.Possible = 4 }, false},
		{"a weight", func(b []grading.ScoredBlock) { b[0].Content.Weight = new(2.0) }, false},
		{"graded", func(b []grading.ScoredBlock) { b[0].Content.Ungraded = true }, false},
		{"the key", func(b []grading.ScoredBlock) { b[0].Key.Name = "c" }, false},
		{"the order", func(b []grading.ScoredBlock) { slices.Reverse(b) }, false},
		{"one less", func(b []grading.ScoredBlock) { b[0].Excluded = true }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if equal := basis(c.change) == same; equal != c.equal {
				t.Errorf("the basis is the same: %t, want %t", equal, c.equal)
			}
		})
	}
}

func TestWhatCountsAsAnAssignment(t *testing.T) {
	with := func(change func(*grading.SubsectionGrade)) grading.SubsectionGrade {
		s := graded("Homework", "s", 1, 2)
		change(&s)
		return s
	}
	for _, c := range []struct {
		name   string
		s      grading.SubsectionGrade
		counts bool
	}{
		{"a graded subsection of the type", with(func(*grading.SubsectionGrade) {}), true},
		{"one never attempted counts as 0", with(func(s *grading.SubsectionGrade) { s.FirstAttempted = time.Time{}; s.GradedOnly.Earned = 0 }), true},
		{"one that is not graded does not", with(func(s *grading.SubsectionGrade) { s.Graded = false }), false},
		{"one of another type does not", with(func(s *grading.SubsectionGrade) { s.Format = "homework" }), false},
		{"a blank makes another type", with(func(s *grading.SubsectionGrade) { s.Format = "Homework " }), false},
		{"one without points does not", with(func(s *grading.SubsectionGrade) { s.GradedOnly = grading.Points{} }), false},
		{"one that staff gave no points does not", with(func(s *grading.SubsectionGrade) {
			s.Override = &grading.Override{Graded: grading.SetPoints{Possible: new(0.0)}}
		}), false},
		{"one that is not in the learner's course does not", with(func(s *grading.SubsectionGrade) { s.Excluded = true }), false},
		{"one that is hidden does", with(func(s *grading.SubsectionGrade) { s.Hidden = true }), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := homework(0, 0).Grade(noVersions, []grading.SubsectionGrade{c.s})
			if got := len(g.Types[0].Entries) == 1; got != c.counts {
				t.Errorf("it counts: %t, want %t", got, c.counts)
			}
		})
	}
}

func TestASubsectionThatComesTwiceCountsOnce(t *testing.T) {
	s := gradedAll("Homework", 1, 0)
	g := homework(0, 0).Grade(noVersions, []grading.SubsectionGrade{s[0], s[0], s[1], s[0]})
	if len(g.Types[0].Entries) != 2 || g.Percent != 0.5 {
		t.Errorf("%d entries give %v, want 2 and 0.5", len(g.Types[0].Entries), g.Percent)
	}
}

func TestACountNobodyCanMeanIsCut(t *testing.T) {
	g := homework(1_000_000_000, 0).Grade(noVersions, gradedAll("Homework", 1))
	if n := len(g.Types[0].Entries); n != grading.MaxCount {
		t.Errorf("there are %d entries, want %d", n, grading.MaxCount)
	}
}

// Unlike Open edX, which keeps no course grade where nothing was tried.
func TestAGradeThatStaffSetIsKeptThoughNothingWasTried(t *testing.T) {
	s := grading.SubsectionGrade{
		Key: sequential("s"), Format: "Homework", Graded: true, Override: &grading.Override{Graded: grading.SetPoints{Earned: new(4.0), Possible: new(5.0)}},
	}
	g := homework(0, 0).Grade(noVersions, []grading.SubsectionGrade{s})
	if !s.NeedsRow(false, false) || !g.NeedsRow() || g.Attempted || g.Percent != 0.8 {
		t.Errorf("rows %t and %t, attempted %t, %v; want rows, never attempted, 0.8", s.NeedsRow(false, false), g.NeedsRow(), g.Attempted, g.Percent)
	}
}

func TestATypeThatComesTwiceCountsTwice(t *testing.T) {
	policy := homework(0, 0)
	policy.Types[0].Weight = 0.5
	policy.Types = append(policy.Types, policy.Types[0])
	if got := policy.Grade(noVersions, gradedAll("Homework", 0.6)).Percent; got != 0.6 {
		t.Errorf("got %v, want 0.6", got)
	}
}

func TestHiddenGradesCountAndAreNotShown(t *testing.T) {
	list := gradedAll("Homework", 0.4, 1)
	list[1].Hidden = true
	g := homework(0, 0).Grade(noVersions, list)
	if want := (grading.Outcome{Percent: 0.7, Letter: "Pass", Passed: true}); g.Outcome != want {
		t.Errorf("the grade is %v, want %v", g.Outcome, want)
	}
	if want := (grading.Outcome{Percent: 0.4}); g.Shown != want {
		t.Errorf("shown is %v, want %v", g.Shown, want)
	}
}

func TestAGradeNamesItsVersions(t *testing.T) {
	versions := grading.Versions{Content: "abc", Policy: homework(0, 0).Hash()}
	if g := homework(0, 0).Grade(versions, nil); g.Versions != versions {
		t.Errorf("got %v", g.Versions)
	}
}

func TestRows(t *testing.T) {
	type row struct {
		label   string
		percent float64
		state   grading.State
		marks   string // d dropped, a average, p prominent
	}
	for _, c := range []struct {
		name   string
		change func(*grading.AssignmentType)
		shares []float64
		want   []row
	}{
		{"each entry, then the average", func(a *grading.AssignmentType) { a.MinCount, a.DropCount = 3, 1 }, []float64{1, .5}, []row{
			{"HW 01", 1, grading.Attempted, ""}, {"HW 02", .5, grading.Attempted, ""}, {"HW 03", 0, grading.Missing, "d"}, {"HW Avg", .75, "", "ap"}}},
		{"one entry has one row", func(*grading.AssignmentType) {}, []float64{.5}, []row{{"HW", .5, grading.Attempted, "p"}}},
		{"one entry has one row, whatever else is set", func(a *grading.AssignmentType) {
			a.ShowOnlyAverage, a.HideAverage, a.StartingIndex = true, true, new(7)
		}, []float64{.5}, []row{
			{"HW", .5, grading.Attempted, "p"}}},
		{"one that is missing", func(a *grading.AssignmentType) { a.MinCount = 1 }, nil, []row{{"HW", 0, grading.Missing, "p"}}},
		{"the average alone", func(a *grading.AssignmentType) { a.ShowOnlyAverage = true }, []float64{1, .5}, []row{{"HW Avg", .75, "", "ap"}}},
		{"the entries alone", func(a *grading.AssignmentType) { a.HideAverage = true }, []float64{1, .5}, []row{
			{"HW 01", 1, grading.Attempted, ""}, {"HW 02", .5, grading.Attempted, ""}}},
		{"another first number", func(a *grading.AssignmentType) { a.StartingIndex, a.HideAverage = new(9), true }, []float64{1, .5}, []row{
			{"HW 09", 1, grading.Attempted, ""}, {"HW 10", .5, grading.Attempted, ""}}},
		{"without a short label the type itself",
			func(a *grading.AssignmentType) { a.ShortLabel = "" }, []float64{.5}, []row{{"Homework", .5, grading.Attempted, "p"}}},
		{"nothing", func(*grading.AssignmentType) {}, nil, []row{{"HW Avg", 0, "", "ap"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			policy := homework(0, 0)
			c.change(&policy.Types[0])
			g := policy.Grade(noVersions, gradedAll("Homework", c.shares...))
			var got []row
			for _, r := range g.Types[0].Rows() {
				marks := ""
				for mark, is := range map[string]bool{"d": r.Dropped, "a": r.Average} {
					if is {
						marks += mark
					}
				}
				if r.Prominent {
					marks += "p"
				}
				if r.Category != "Homework" {
					t.Errorf("the category of %s is %q", r.Label, r.Category)
				}
				got = append(got, row{r.Label, r.Percent, r.State, marks})
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(row{})); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARescoreThatCountsOnlyIfHigher(t *testing.T) {
	for _, c := range []struct {
		name     string
		new, old grading.Points
		want     bool
	}{
		{"a larger share", grading.Points{Earned: 2, Possible: 3}, grading.Points{Earned: 3, Possible: 5}, true},
		{"the same share of other points", grading.Points{Earned: 2, Possible: 4}, grading.Points{Earned: 1, Possible: 2}, true},
		{"a smaller share of more points", grading.Points{Earned: 4, Possible: 10}, grading.Points{Earned: 1, Possible: 2}, false},
		{"nothing possible is 0", grading.Points{}, grading.Points{Earned: 1, Possible: 2}, false},
		{"and no less than 0", grading.Points{}, grading.Points{Possible: 2}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.new.AtLeast(c.old); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}
