package courses

import (
	"errors"
	"fmt"
	"time"

	"lectern/courses/content"
	"lectern/courses/learner"
	"lectern/courses/permission"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Admission is what a course asks of who enrols in it.
type Admission struct {
	Opens, Closes  time.Time // zero for no bound
	InvitationOnly bool      // staff enrols learners, they cannot do so themselves
	Places         *int64    // the most learners at a time; nil for any number
	Fault          error     // a setting that cannot be read: to leave it out would open the course; nil for none
}

// ErrClosed is the cause when enrolment in a course is not open.
var ErrClosed = errors.New("enrolment is not open")

// AdmissionTo reads who may enrol in a course.
func AdmissionTo(c *content.Course) Admission {
	r := admissionReader{course: c}
	var a Admission
	a.Opens, _ = r.setting("enrollment_start").Time()
	a.Closes, _ = r.setting("enrollment_end").Time()
	a.InvitationOnly = r.setting("invitation_only").Bool()
	if n, ok := r.setting("max_student_enrollments_allowed").Int(); ok {
		a.Places = &n
	}
	a.Fault = r.fault
	return a
}

type admissionReader struct {
	course *content.Course
	fault  error // the first
}

func (r *admissionReader) setting(name string) field.Value {
	s := r.course.Setting(0, name)
	if r.fault == nil && s.Fault != nil && s.Fault.Severity == field.Error {
		r.fault = fmt.Errorf("%w: the setting %s of %s cannot be read: %s; %s", ErrClosed, name, r.course.Key, s.Fault.Message, s.Fault.Fix)
	}
	return s.Value
}

// At reports why somebody cannot enrol at an instant; nil if they can. Staff always can, and so can those whom staff enrols. Enrolment closes after the
// instant Closes.
func (a Admission) At(now time.Time, staff bool) error {
	switch {
	case staff:
		return nil
	case a.Fault != nil:
		return a.Fault
	case a.InvitationOnly:
		return fmt.Errorf("%w: it is by invitation only, staff enrols learners", ErrClosed)
	case !a.Opens.IsZero() && now.Before(a.Opens):
		return fmt.Errorf("%w: it opens at %s", ErrClosed, instantText(a.Opens))
	case !a.Closes.IsZero() && now.After(a.Closes):
		return fmt.Errorf("%w: it closed at %s", ErrClosed, instantText(a.Closes))
	}
	return nil
}

// Enrols reports whether somebody with some roles may enrol people in a course, themselves among them, at any time.
func Enrols(roles []learner.Role, course key.Course) (bool, error) {
	set, err := rolesOf(roles)
	return set.May(permission.EnrolOthers, permission.Course(course)).May, err
}
