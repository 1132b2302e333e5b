package grading_test

import (
	"fmt"
	"testing"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

// hundred is a course of 100 subsections of 10 problems each, all tried, under a policy of four types.
func hundred() (*grading.Policy, []grading.Subsection) {
	policy := grading.DefaultPolicy()
	var list []grading.Subsection
	for i := range 100 {
		s := grading.Subsection{Key: sequential(fmt.Sprint("s", i)), Format: policy.Types[i%4].Name, Graded: true}
		for j := range 10 {
			b := scored(fmt.Sprint("p", i, "-", j), float64((i+j)%5), 4)
			b.Content.Weight = new(10.0)
			s.Blocks = append(s.Blocks, b)
		}
		list = append(list, s)
	}
	return policy, list
}

// BenchmarkLearner grades one learner from the scores of 1,000 problems.
func BenchmarkLearner(b *testing.B) {
	policy, list := hundred()
	b.ReportAllocs()
	for b.Loop() {
		policy.Grade(noVersions, grading.GradeSubsections(list))
	}
}

// BenchmarkLearnerStored grades one learner from 100 stored subsections, as after a change of policy.
func BenchmarkLearnerStored(b *testing.B) {
	policy, list := hundred()
	stored := grading.GradeSubsections(list)
	b.ReportAllocs()
	for b.Loop() {
		policy.Grade(noVersions, stored)
	}
}

// BenchmarkExplain explains the grade of one learner.
func BenchmarkExplain(b *testing.B) {
	policy, list := hundred()
	g := policy.Grade(noVersions, grading.GradeSubsections(list))
	b.ReportAllocs()
	for b.Loop() {
		_ = g.Explain()
	}
}

// BenchmarkProgress rolls up the completion of 1,000 leaves in 100 units for the whole course.
func BenchmarkProgress(b *testing.B) {
	root := grading.Block{Key: key.BlockID{Type: "course", Name: "c"}, Mode: grading.Aggregator}
	blocks := []grading.Block{root}
	done := map[key.BlockID]float64{}
	for i := range 100 {
		unit := grading.Block{Key: key.BlockID{Type: "vertical", Name: fmt.Sprint(i)}, Mode: grading.Aggregator}
		for j := range 10 {
			leaf := problem(fmt.Sprint(i, "-", j))
			unit.Children = append(unit.Children, leaf)
			blocks = append(blocks, grading.Block{Key: leaf})
			done[leaf] = float64(j % 2)
		}
		blocks[0].Children = append(blocks[0].Children, unit.Key)
		blocks = append(blocks, unit)
	}
	o := grading.NewOutline(blocks)
	b.ReportAllocs()
	for b.Loop() {
		o.Progress(done).Course()
	}
}
