package courses_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/courses"
	"lectern/courses/flag"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/courses/permission"
	"lectern/modulestore/key"
)

// A flag that has stayed for 30 days too long fails the build: take it out of the code, or say why it stays.
func TestNoFeatureHasOutlivedItsDate(t *testing.T) {
	if _, err := flag.NewBook(courses.Features(), nil); err != nil {
		t.Error(err)
	}
	for _, f := range courses.Features() {
		if f.Rotten(time.Now()) {
			t.Errorf("%s should have been gone by %s", f.Name, f.Target().Format(time.DateOnly))
		}
	}
}

func TestWhoAsksForAFeature(t *testing.T) {
	course, err := key.ParseCourse("course-v1:Org+C+run")
	must(t, err)
	user := learner.NewID()
	roles := []learner.Role{
		{Role: "staff", Scope: "course-v1:Org+C+run"}, {Role: "instructor", Scope: "course-v1:Org+D+run"}, {Role: "sales_admin", Scope: "org:Org"},
		{Role: "course_creator_group"},
	}
	for _, c := range []struct {
		name   string
		user   learner.ID
		in     permission.Scope
		cohort string
		want   flag.Who
	}{
		{"in a course with its roles and those above it", user, permission.Course(course), "A b", flag.Who{
			Learner: user.String(), Course: course.String(), Org: "Org", Cohorts: []string{"A b"}, Roles: []string{"staff", "sales_admin", "course_creator_group"}}},
		{"in an organisation", user, permission.Org("Org"), "", flag.Who{Learner: user.String(), Org: "Org", Roles: []string{"sales_admin", "course_creator_group"}}},
		{"nowhere in particular", user, permission.Everywhere(), "", flag.Who{Learner: user.String(), Roles: []string{"course_creator_group"}}},
		{"somebody who is not signed in", learner.ID{}, permission.Course(course), "", flag.Who{Course: course.String(), Org: "Org"}},
	} {
		got, err := courses.Asker(c.user, roles, c.in, c.cohort)
		must(t, err)
		if diff := gocmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestWhereDeadlinesCannotBeShifted(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		g, course := gradebook(t, uri, paced(`self_paced="true" end="2026-12-31T00:00:00Z"`))
		user, other := enrolled(t, g, course, date(1, 10)), enrolled(t, g, course, date(1, 10))
		g.Learners.Now = func() time.Time { return date(2, 10) }
		for _, r := range []flag.Rule{
			{Scope: flag.Course, Key: course.String(), Share: flag.Off, Expires: date(3, 1)},
			{Scope: flag.User, Key: other.String(), Share: flag.On},
		} {
			r.Flag = courses.FeatureDatesReset
			_, err := g.Learners.SetFlag(t.Context(), learner.ID{}, r)
			must(t, err)
		}
		_, _, err := g.Shift(t.Context(), learner.Target{Learner: user, Course: course})
		if !errors.Is(err, courses.ErrNoShift) || !strings.Contains(err.Error(), courses.FeatureDatesReset) {
			t.Errorf("off for the course: %v", err)
		}
		if _, _, err := g.Shift(t.Context(), learner.Target{Learner: other, Course: course}); err != nil {
			t.Errorf("on for a learner of it: %v", err)
		}
		for _, c := range []struct {
			name string
			at   time.Time
			may  bool
		}{
			{"while the rule is in force the learner is told of what was missed, and cannot shift it", date(2, 10), false},
			{"when it has ended it can be shifted", date(3, 2), true},
		} {
			d, err := g.Dates(t.Context(), user, course, c.at, courses.ViewOptions{})
			must(t, err)
			if !d.Missed.Deadlines || d.Missed.MayReset() != c.may {
				t.Errorf("%s: %+v", c.name, d.Missed)
			}
		}
	})
}
