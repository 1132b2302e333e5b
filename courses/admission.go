package courses

import (
	"errors"
	"fmt"
	"time"

	"lectern/courses/content"
	"lectern/modulestore/field"
)

// Admission is what a course asks of who enrols in it.
type Admission struct {
	Opens, Closes time.Time // zero for no bound
	Places        *int64    // the most learners at a time; nil for any number
}

// ErrClosed is the cause when enrolment in a course is not open.
var ErrClosed = errors.New("enrolment is not open")

// AdmissionTo reads who may enrol in a course. A setting that cannot be read is an error: to leave it out would open the course.
func AdmissionTo(c *content.Course) (a Admission, err error) {
	if a.Opens, err = date(c, "enrollment_start"); err != nil {
		return Admission{}, err
	}
	if a.Closes, err = date(c, "enrollment_end"); err != nil {
		return Admission{}, err
	}
	const places = "max_student_enrollments_allowed"
	s := c.Setting(0, places)
	if err := readable(c, places, s); err != nil {
		return Admission{}, err
	}
	if n, ok := s.Value.Int(); ok {
		a.Places = &n
	}
	return a, nil
}

func date(c *content.Course, name string) (time.Time, error) {
	s := c.Setting(0, name)
	t, _ := s.Value.Time()
	return t, readable(c, name, s)
}

func readable(c *content.Course, name string, s content.Setting) error {
	if s.Fault == nil || s.Fault.Severity != field.Error {
		return nil
	}
	return fmt.Errorf("%w: the setting %s of %s cannot be read: %s; %s", ErrClosed, name, c.Key, s.Fault.Message, s.Fault.Fix)
}

// At reports why nobody can enrol at an instant; nil if they can. Enrolment closes after the instant Closes.
func (a Admission) At(now time.Time) error {
	switch {
	case !a.Opens.IsZero() && now.Before(a.Opens):
		return fmt.Errorf("%w: it opens at %s", ErrClosed, a.Opens.UTC().Format(time.RFC3339))
	case !a.Closes.IsZero() && now.After(a.Closes):
		return fmt.Errorf("%w: it closed at %s", ErrClosed, a.Closes.UTC().Format(time.RFC3339))
	}
	return nil
}
