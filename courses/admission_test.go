package courses_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lectern/courses"
	"lectern/courses/content/contenttest"
	"lectern/courses/learner"
	"lectern/importer"
	"lectern/modulestore/key"
)

func TestAdmission(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		at             string
		wrong          string // part of the error
	}{
		{"a course that says nothing is open", ``, "2026-01-01T00:00:00Z", ""},
		{"a course that has not opened is closed", `enrollment_start="2026-02-01T00:00:00Z"`, "2026-01-31T23:59:59Z", "opens at 2026-02-01T00:00:00Z"},
		{"it opens at the instant that it names", `enrollment_start="2026-02-01T00:00:00Z"`, "2026-02-01T00:00:00Z", ""},
		{"it is open at the instant at which it closes", `enrollment_end="2026-02-01T00:00:00Z"`, "2026-02-01T00:00:00Z", ""},
		{"and closed after it", `enrollment_end="2026-02-01T00:00:00Z"`, "2026-02-01T00:00:01Z", "closed at 2026-02-01T00:00:00Z"},
		{"a null is no bound", `enrollment_end="null"`, "2026-02-01T00:00:01Z", ""},
		{"a date that cannot be read closes", `enrollment_end="soon"`, "2026-02-01T00:00:00Z", "the setting enrollment_end of course-v1:Org+Code+run cannot be read"},
		{"a course by invitation is closed, also when it would be open", `invitation_only="true" enrollment_start="2026-01-01T00:00:00Z"`, "2026-02-01T00:00:00Z", "by invitation only"},
		{"a course that is not by invitation is open", `invitation_only="false"`, "2026-02-01T00:00:00Z", ""},
		{"what says neither true nor false is false, as everywhere", `invitation_only="perhaps"`, "2026-02-01T00:00:00Z", ""},
		{"so does a number of places", `max_student_enrollments_allowed="many"`, "2026-02-01T00:00:00Z", "max_student_enrollments_allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			a := courses.AdmissionTo(contenttest.Course(t, course(c.settings)))
			if err := a.At(now, true); err != nil {
				t.Errorf("staff: %v", err)
			}
			err = a.At(now, false)
			switch {
			case c.wrong == "" && err != nil:
				t.Error(err)
			case c.wrong != "" && (!errors.Is(err, courses.ErrClosed) || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("%v, want %q", err, c.wrong)
			}
		})
	}
}

func TestWhoMayEnrolAtAnyTime(t *testing.T) {
	here := key.Course{Org: "Org", Code: "Code", Run: "run"}
	for _, c := range []struct {
		name  string
		roles []learner.Role
		want  bool
	}{
		{"nobody without a role", nil, false},
		{"staff of the course", []learner.Role{{Role: "staff", Scope: here.String()}}, true},
		{"those who help to teach it", []learner.Role{{Role: "limited_staff", Scope: here.String()}}, true},
		{"staff of the organisation", []learner.Role{{Role: "staff", Scope: "org:Org"}}, true},
		{"no staff of another course", []learner.Role{{Role: "staff", Scope: "course-v1:Org+Other+run"}}, false},
		{"no beta testers", []learner.Role{{Role: "beta_testers", Scope: here.String()}}, false},
	} {
		if got, err := courses.Enrols(c.roles, here); err != nil || got != c.want {
			t.Errorf("%s: %t, %v", c.name, got, err)
		}
	}
}

func TestPlacesOfACourse(t *testing.T) {
	for settings, want := range map[string]int64{``: -1, `max_student_enrollments_allowed="null"`: -1, `max_student_enrollments_allowed="0"`: 0, `max_student_enrollments_allowed="30"`: 30} {
		a := courses.AdmissionTo(contenttest.Course(t, course(settings)))
		if got := a.Places; (got == nil) != (want < 0) || got != nil && *got != want {
			t.Errorf("%s: %v, want %d", settings, got, want)
		}
	}
}

func course(settings string) importer.Source {
	return importer.Source{FS: contenttest.Files(map[string]string{
		"course.xml":     `<course url_name="run" org="Org" course="Code"/>`,
		"course/run.xml": `<course display_name="A course" ` + settings + `/>`,
	})}
}
