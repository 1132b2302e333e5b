package courses_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"lectern/courses"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/modulestore/key"
)

// BenchmarkFindable gives what a learner may find in a course of some 5,000 blocks, with all reads that it takes, and beside it the view of the same course.
func BenchmarkFindable(b *testing.B) {
	g, course := gradebook(b, filepath.Join(b.TempDir(), "state.db"), largeCourse())
	user := enrolled(b, g, course, date(1, 10))
	now := time.Date(2020, 6, 15, 0, 0, 0, 0, time.UTC)
	b.Run("view", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			view(b, g, user, course, now, courses.ViewOptions{})
		}
	})
	b.Run("findable", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			findable(b, g, user, course, now, courses.ViewOptions{})
		}
	})
	b.Run("nobody", func(b *testing.B) { // no reads but that of the head
		b.ReportAllocs()
		for b.Loop() {
			findable(b, g, learner.ID{}, course, now, courses.ViewOptions{Options: outline.Options{UnenrolledAccess: true}})
		}
	})
}

// BenchmarkFindableEverywhere does so in 200 courses: those of a learner who is in all of them, and those that are public.
func BenchmarkFindableEverywhere(b *testing.B) {
	const many = 200
	body := inUnit("")
	for i := range 10 {
		body += fmt.Sprintf(`<chapter url_name="c%d" start="2026-%02d-01T00:00:00Z">`, i, 1+i)
		for j := range 5 {
			body += fmt.Sprintf(`<sequential url_name="s%d-%d"><vertical url_name="u%d-%d"><html url_name="h%d-%d">x</html></vertical></sequential>`, i, j, i, j, i, j)
		}
		body += `</chapter>`
	}
	g, course := gradebook(b, filepath.Join(b.TempDir(), "state.db"), olx("C0", opened, body))
	user := enrolled(b, g, course, date(1, 10))
	for i := 1; i < many; i++ {
		code := fmt.Sprint("C", i)
		republish(b, g, olx(code, opened+`course_visibility="public" `, body))
		_, err := g.Learners.Enrol(b.Context(), learner.Enrolment{Target: learner.Target{Learner: user, Course: key.Course{Org: "Org", Code: code, Run: "run"}}})
		must(b, err)
	}
	bench := func(name string, user learner.ID, want int, o courses.ViewOptions) {
		b.Run(name, func(b *testing.B) {
			find := func() {
				list, err := g.FindableEverywhere(b.Context(), user, date(3, 1), o)
				must(b, err)
				if len(list) != want {
					b.Fatalf("%d courses, want %d", len(list), want)
				}
			}
			find() // reads the courses
			b.ReportAllocs()
			for b.Loop() {
				find()
			}
		})
	}
	bench("enrolled", user, many, courses.ViewOptions{})
	bench("nobody", learner.ID{}, many-1, courses.ViewOptions{Options: outline.Options{UnenrolledAccess: true}})
	bench("of no course", learner.NewID(), 0, courses.ViewOptions{})
}
