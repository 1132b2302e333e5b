package courses_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/courses"
	"lectern/courses/learner"
)

// largeCourse is a course of some 5,000 blocks: 20 sections with 10 subsections each, of 4 units with 5 problems, with groups, starts, due dates and gates.
func largeCourse() map[string]string {
	var s strings.Builder
	s.WriteString(`<course display_name="Large" start="2020-01-01T00:00:00Z" enable_subsection_gating="true" user_partitions="[{&quot;id&quot;: 50, &quot;name&quot;: &quot;Content Groups&quot;,
		&quot;scheme&quot;: &quot;cohort&quot;, &quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;Red&quot;}, {&quot;id&quot;: 2, &quot;name&quot;: &quot;Green&quot;}]}]">`)
	for i := range 20 {
		fmt.Fprintf(&s, `<chapter url_name="c%d" start="2020-%02d-01T00:00:00Z">`, i, 1+i%12)
		for j := range 10 {
			gate := ""
			if j == 9 {
				gate = fmt.Sprintf(` required_prereq="block-v1:Org+C+run+type@sequential+block@s%d-8.gating" min_score="50" min_completion="0"`, i)
			}
			fmt.Fprintf(&s, `<sequential url_name="s%d-%d" format="HW" graded="true" due="2020-%02d-%02dT00:00:00Z"%s>`, i, j, 1+i%12, 10+j, gate)
			for u := range 4 {
				fmt.Fprintf(&s, `<vertical url_name="u%d-%d-%d"`, i, j, u)
				if u == 3 {
					fmt.Fprintf(&s, ` group_access="{&quot;50&quot;: [%d]}"`, 1+j%2)
				}
				s.WriteString(`>`)
				for p := range 5 {
					fmt.Fprintf(&s, `<problem url_name="p%d-%d-%d-%d">%s</problem>`, i, j, u, p, choice(1))
				}
				s.WriteString(`</vertical>`)
			}
			s.WriteString(`</sequential>`)
		}
		s.WriteString(`</chapter>`)
	}
	s.WriteString(`</course>`)
	return map[string]string{
		"course.xml": `<course org="Org" course="C" url_name="run"/>`, "course/run.xml": s.String(),
		"policies/run/grading_policy.json": policyOf(`"Pass": 0.5`, "HW 1 20 2"),
	}
}

// BenchmarkOutlineRequest gives the outline of a large course to learners, one after the other, with all reads that it takes, when the course has been read
// before.
func BenchmarkOutlineRequest(b *testing.B) {
	g, course := gradebook(b, filepath.Join(b.TempDir(), "state.db"), largeCourse())
	ctx := b.Context()
	must(b, g.Learners.CreateCohort(ctx, learner.ID{}, course, learner.CohortPayload{Name: "Red", Assignment: "manual", Partition: 50, Group: 1}))
	users := make([]learner.ID, 20)
	for i := range users {
		users[i] = learner.NewID()
		at := learner.Target{Learner: users[i], Course: course}
		_, err := g.Learners.Enrol(ctx, learner.Enrolment{Target: at})
		must(b, err)
		_, err = g.Learners.AssignCohort(ctx, at, "Red")
		must(b, err)
		at.Block = subsection(fmt.Sprint("s", i, "-1"))
		must(b, g.Learners.Extend(ctx, at, learner.Extension{Due: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}))
		for p := range 20 {
			answer(b, g.Learners, users[i], course, fmt.Sprintf("p%d-8-%d-%d", i, p/5%4, p%5), 1, 1)
		}
	}
	now := time.Date(2020, 6, 15, 0, 0, 0, 0, time.UTC)
	c, err := g.Course(ctx, course)
	must(b, err)
	all, err := g.Learners.Access(ctx, course, users, learner.AccessQuery{Done: true})
	must(b, err)
	b.Run("request", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			_, err := g.View(ctx, users[i%len(users)], course, now, courses.ViewOptions{})
			must(b, err)
		}
	})
	b.Run("course", func(b *testing.B) {
		for b.Loop() {
			_, err := g.Course(ctx, course)
			must(b, err)
		}
	})
	b.Run("read", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			_, err := g.Learners.Access(ctx, course, users[i%len(users):i%len(users)+1], learner.AccessQuery{Done: true})
			must(b, err)
		}
	})
	b.Run("evaluate", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			_, err := c.View(all[users[i%len(users)]], now, courses.ViewOptions{})
			must(b, err)
		}
	})
}
