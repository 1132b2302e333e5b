package grading_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

// noise is by how much doubles may differ when the same numbers are added up in another order.
const noise = 1e-12

// Generators of grades of subsections and of policies with sound weights.
var (
	typeNames = rapid.SampledFrom([]string{"Homework", "Lab", "Exam"})
	points    = rapid.Custom(func(t *rapid.T) grading.Points {
		possible := rapid.IntRange(0, 20).Draw(t, "possible")
		return grading.Points{Earned: float64(rapid.IntRange(0, possible).Draw(t, "earned")), Possible: float64(possible)}
	})
	subsectionLists = rapid.Custom(func(t *rapid.T) []grading.SubsectionGrade {
		list := make([]grading.SubsectionGrade, rapid.IntRange(0, 12).Draw(t, "subsections"))
		for i := range list {
			p := points.Draw(t, "points")
			list[i] = graded(typeNames.Draw(t, "format"), string(rune('a'+i)), p.Earned, p.Possible)
			list[i].Hidden = rapid.Bool().Draw(t, "hidden")
			list[i].Excluded = rapid.IntRange(0, 9).Draw(t, "excluded") == 0
			if rapid.IntRange(0, 5).Draw(t, "override") == 0 {
				list[i].Override = &grading.Override{Graded: grading.SetPoints{Earned: new(float64(rapid.IntRange(0, 9).Draw(t, "set")))}}
			}
		}
		return list
	})
	policies = rapid.Custom(func(t *rapid.T) *grading.Policy {
		p := &grading.Policy{Rounding: rapid.SampledFrom([]grading.Rounding{grading.LegacyRounding, grading.HalfUpRounding}).Draw(t, "rounding")}
		for _, name := range []string{"Homework", "Lab", "Exam"} {
			p.Types = append(p.Types, grading.AssignmentType{
				Name: name, MinCount: rapid.IntRange(-1, 6).Draw(t, "min"), DropCount: rapid.IntRange(-1, 3).Draw(t, "drop"),
				Weight: float64(rapid.IntRange(0, 100).Draw(t, "weight")) / 100,
			})
		}
		for _, letter := range []string{"C", "A", "B"} {
			p.Cutoffs = append(p.Cutoffs, grading.Cutoff{Letter: letter, Least: float64(rapid.IntRange(0, 100).Draw(t, "cutoff")) / 100})
		}
		return p
	})
)

func TestTheOrderOfEntriesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, list := policies.Draw(t, "policy"), subsectionLists.Draw(t, "list")
		a, b := policy.Grade(noVersions, list), policy.Grade(noVersions, rapid.Permutation(list).Draw(t, "another order"))
		if math.Abs(a.Total-b.Total) > noise {
			t.Errorf("one order gives %v, another %v", a.Total, b.Total)
		}
		if policy.Rounding == grading.HalfUpRounding && a.Outcome != b.Outcome {
			t.Errorf("one order gives %v, another %v", a.Outcome, b.Outcome)
		}
		for i := range a.Types {
			if x, y := keptPercents(a.Types[i]), keptPercents(b.Types[i]); !slices.Equal(x, y) {
				t.Errorf("one order keeps %v, another %v", x, y)
			}
		}
	})
}

func keptPercents(t grading.TypeGrade) []float64 {
	var list []float64
	for _, e := range t.Entries {
		if !e.Dropped {
			list = append(list, e.Percent)
		}
	}
	slices.Sort(list)
	return list
}

func TestDroppingOneMoreNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, list := policies.Draw(t, "policy"), subsectionLists.Draw(t, "list")
		before := policy.Grade(noVersions, list)
		kept := len(keptPercents(before.Types[0]))
		policy.Types[0].DropCount = max(policy.Types[0].DropCount, 0) + 1
		after := policy.Grade(noVersions, list)
		if kept > 1 && after.Types[0].Average < before.Types[0].Average-noise {
			t.Errorf("the average falls from %v to %v", before.Types[0].Average, after.Types[0].Average)
		}
		if kept <= 1 && after.Types[0].Average != 0 {
			t.Errorf("nothing is left, and the average is %v", after.Types[0].Average)
		}
	})
}

func TestEarningMoreNeverLowersTheGrade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, list := policies.Draw(t, "policy"), subsectionLists.Draw(t, "list")
		if len(list) == 0 {
			t.Skip("nothing to earn")
		}
		before := policy.Grade(noVersions, list)
		better := slices.Clone(list)
		better[rapid.IntRange(0, len(list)-1).Draw(t, "which")].GradedOnly.Earned += rapid.Float64Range(0, 5).Draw(t, "more")
		after := policy.Grade(noVersions, better)
		if after.Total < before.Total-noise {
			t.Errorf("the total falls from %v to %v", before.Total, after.Total)
		}
		if after.Total > before.Total && after.Percent < before.Percent {
			t.Errorf("the percent falls from %v to %v", before.Percent, after.Percent)
		}
	})
}

func TestMoreNeverGivesAWorseLetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := policies.Draw(t, "policy")
		least := func(o grading.Outcome) float64 {
			for _, c := range policy.Cutoffs {
				if c.Letter == o.Letter {
					return c.Least
				}
			}
			return -1
		}
		low := rapid.Float64Range(-0.1, 1.2).Draw(t, "total")
		high := low + rapid.Float64Range(0, 1).Draw(t, "more")
		a, b := policy.Outcome(low), policy.Outcome(high)
		if b.Percent < a.Percent || least(b) < least(a) || a.Passed && !b.Passed {
			t.Errorf("%v gives %v, and %v gives %v", low, a, high, b)
		}
	})
}

func TestEveryExplanationAddsUpToItsGrade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := policies.Draw(t, "policy")
		if rapid.Bool().Draw(t, "late") {
			policy.Types[0].LateFactor = new(rapid.Float64Range(0, 1).Draw(t, "factor"))
		}
		list := subsectionLists.Draw(t, "list")
		for i := range list {
			if rapid.Bool().Draw(t, "stored") {
				continue
			}
			s := grading.Subsection{Key: list[i].Key, Format: list[i].Format, Graded: true, Override: list[i].Override, Excluded: list[i].Excluded}
			s.Blocks = rapid.SliceOfN(scoredBlocks, 0, 5).Draw(t, "blocks")
			list[i] = grading.GradeSubsection(&s)
		}
		g := policy.Grade(noVersions, list)
		check(t, &g)
	})
}

var scoredBlocks = rapid.Custom(func(t *rapid.T) grading.ScoredBlock {
	p := points.Draw(t, "points")
	b := scored(rapid.StringMatching(`[a-z]`).Draw(t, "name"), p.Earned, p.Possible)
	b.Excluded = rapid.IntRange(0, 5).Draw(t, "excluded") == 0
	b.Content.Ungraded = rapid.IntRange(0, 5).Draw(t, "ungraded") == 0
	if rapid.Bool().Draw(t, "weighted") {
		b.Content.Weight = new(rapid.Float64Range(0, 10).Draw(t, "weight"))
	}
	if rapid.Bool().Draw(t, "judged") {
		b.State.InTime = new(rapid.Float64Range(0, 20).Draw(t, "in time"))
	}
	return b
})

// Whatever a device sends, a grade is a number.
func TestAnyScoreGivesAGrade(t *testing.T) {
	anyNumber := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -1, math.MaxFloat64}))
	rapid.Check(t, func(t *rapid.T) {
		draw := func() float64 { return anyNumber.Draw(t, "number") }
		b := scored("p", draw(), draw())
		b.Content.Weight, b.State.InTime = new(draw()), new(draw())
		s := grading.Subsection{Format: "Homework", Graded: true, Blocks: []grading.ScoredBlock{b, scored("q", draw(), draw())}}
		s.Override = &grading.Override{Graded: grading.SetPoints{Earned: new(draw())}}
		g := grading.GradeSubsection(&s)
		policy := homework(2, 1)
		policy.Types[0].Weight, policy.Types[0].LateFactor = draw(), new(draw())
		course := policy.Grade(noVersions, []grading.SubsectionGrade{g})
		for _, percent := range []float64{g.Percent(), course.Percent, course.Shown.Percent} {
			if math.IsNaN(percent) || math.IsInf(percent, 0) {
				t.Errorf("a percent is %v", percent)
			}
		}
		_ = course.Explain().String()
	})
}

func TestWhatIsHiddenOrExcludedChangesOnlyWhatItShould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, list := policies.Draw(t, "policy"), subsectionLists.Draw(t, "list")
		g := policy.Grade(noVersions, list)
		var all, there []grading.SubsectionGrade
		for _, s := range list {
			s.Hidden = false
			all = append(all, s)
			if !s.Excluded {
				there = append(there, s)
			}
		}
		if open := policy.Grade(noVersions, all); open.Outcome != g.Outcome || open.Shown != g.Outcome {
			t.Errorf("with all to be seen the grade is %v, shown %v, else %v", open.Outcome, open.Shown, g.Outcome)
		}
		if own := policy.Grade(noVersions, there); own.Total != g.Total {
			t.Errorf("without what is excluded the total is %v, else %v", own.Total, g.Total)
		}
	})
}

// A change of policy recomputes courses and leaves the stored grades of subsections alone.
func TestGradingChangesNothingItIsGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after, list := policies.Draw(t, "before"), policies.Draw(t, "after"), subsectionLists.Draw(t, "list")
		hashes, stored := before.Hash()+after.Hash(), slices.Clone(list)
		change := grading.Change{Before: before.Grade(noVersions, list).Outcome, After: after.Grade(noVersions, list).Outcome}
		got := slices.Collect(grading.Recalculate(before, after, slices.Values([]grading.Learner{{Before: list}})))
		if change.Any() != (len(got) == 1) || change.Any() && got[0] != change {
			t.Errorf("the preview is %v, the change %v", got, change)
		}
		if !cmp.Equal(list, stored) || before.Hash()+after.Hash() != hashes {
			t.Error("grading changed what it was given")
		}
	})
}

func TestCompletionMergesInAnyOrder(t *testing.T) {
	completions := rapid.Custom(func(t *rapid.T) grading.Completion {
		return grading.Completion{Epoch: rapid.Int64Range(0, 2).Draw(t, "epoch"), Value: rapid.Float64Range(0, 1).Draw(t, "value")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := completions.Draw(t, "a"), completions.Draw(t, "b"), completions.Draw(t, "c")
		if a.Merge(b) != b.Merge(a) || a.Merge(b).Merge(c) != a.Merge(b.Merge(c)) || a.Merge(a) != a {
			t.Errorf("%v, %v and %v depend on their order", a, b, c)
		}
	})
}

// graphs are outlines of any shape: blocks with several parents, circles, pointers to nothing.
var graphs = rapid.Custom(func(t *rapid.T) []grading.Block {
	types := []string{"vertical", "html", "problem", "chapter", "discussion"}
	ids := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) key.BlockID {
		return key.BlockID{Type: rapid.SampledFrom(types).Draw(t, "type"), Name: rapid.StringMatching(`[a-d]`).Draw(t, "name")}
	}), 1, 15).Draw(t, "ids")
	accesses := rapid.SampledFrom([]grading.Access{grading.Open, grading.Open, grading.Locked, grading.Unreleased})
	var list []grading.Block
	for _, id := range ids {
		list = append(list, grading.Block{
			Key: id, Mode: grading.ModeOf(id.Type), Access: accesses.Draw(t, "access"),
			Children: rapid.SliceOfN(rapid.SampledFrom(ids), 0, 4).Draw(t, "children"),
		})
	}
	return list
})

func TestProgressIsBetweenNothingAndAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := graphs.Draw(t, "blocks")
		outline := grading.NewOutline(blocks)
		done := map[key.BlockID]float64{}
		for _, b := range blocks {
			done[b.Key] = rapid.SampledFrom([]float64{0, 0.5, 1, 7, -1, math.NaN()}).Draw(t, "value")
		}
		rollup := outline.Progress(done)
		for _, b := range blocks {
			p := rollup.Of(b.Key)
			if share := p.Share(); !(share >= 0 && share <= 1) || !(p.Units.Share() >= 0 && p.Units.Share() <= 1) {
				t.Errorf("the progress in %s is %v", b.Key, p)
			}
			if p.Complete() && p.Share() != 1 || p.Done > p.Leaves {
				t.Errorf("the progress in %s is complete, and %v", b.Key, p)
			}
			all := rollup.Course()
			if p.Leaves > all.Leaves || p.Units.Complete > all.Units.Complete {
				t.Errorf("%s has %v, the course %v", b.Key, p, all)
			}
		}
		if place := outline.Resume(nil, []grading.Position{{Block: blocks[len(blocks)-1].Key}}); place.Block.IsZero() {
			t.Error("there is nowhere to go on")
		}
	})
}

func TestCompletingMoreNeverLowersProgress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := graphs.Draw(t, "blocks")
		outline := grading.NewOutline(blocks)
		done := map[key.BlockID]float64{}
		before := outline.Progress(done).Course()
		for _, b := range blocks {
			done[b.Key] = 1
			after := outline.Progress(done).Course()
			if after.Earned < before.Earned || after.Done < before.Done || after.Units.Complete < before.Units.Complete || after.Leaves != before.Leaves {
				t.Errorf("completing %s takes the course from %v to %v", b.Key, before, after)
			}
			before = after
		}
		if !before.Complete() || before.Units.Incomplete != 0 {
			t.Errorf("with all completed the course is %v", before)
		}
	})
}
