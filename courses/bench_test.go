package courses_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
)

// BenchmarkProject grades 200 learners, each of whom has one answer that is due, in a course of 20 subsections.
func BenchmarkProject(b *testing.B) {
	var list []work
	for i := range 20 {
		list = append(list, work{name: fmt.Sprint("p", i), format: "HW"})
	}
	bench := func(b *testing.B, uri string) {
		const learners = 200
		g, course := gradebook(b, uri, courseOf(list, policyOf(`"Pass": 0.5`, "HW 1 20 2")))
		users := make([]learner.ID, learners)
		for i := range users {
			users[i] = learner.NewID()
		}
		for b.Loop() {
			b.StopTimer()
			for i, user := range users {
				answer(b, g.Learners, user, course, fmt.Sprint("p", i%20), 1, 2)
			}
			b.StartTimer()
			_, err := g.Project(b.Context(), course)
			must(b, err)
		}
		b.ReportMetric(float64(b.N*learners)/b.Elapsed().Seconds(), "learners/s")
	}
	b.Run("SQLite", func(b *testing.B) { bench(b, filepath.Join(b.TempDir(), "state.db")) })
	b.Run("PostgreSQL", func(b *testing.B) { bench(b, learnertest.Postgres(b)) })
}
