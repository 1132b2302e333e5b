package permission

import (
	"errors"
	"fmt"
	"strings"

	"lectern/modulestore/key"
)

// Scope is where a role holds or something is done: in a course, in an organisation, or, as the zero Scope, everywhere.
type Scope struct {
	Course key.Course
	Org    string // of no course
}

// Course is the scope of one course.
func Course(c key.Course) Scope { return Scope{Course: c} }

// Org is the scope of an organisation: all its courses, and what is of none.
func Org(name string) Scope { return Scope{Org: name} }

// Everywhere is the scope of the platform.
func Everywhere() Scope { return Scope{} }

const orgPrefix = "org:"

// ParseScope reads a scope as it is stored: a course key, org:NAME, or nothing for everything.
func ParseScope(text string) (Scope, error) {
	if text == "" {
		return Everywhere(), nil
	}
	if name, ok := strings.CutPrefix(text, orgPrefix); ok {
		if name == "" {
			return Scope{}, errors.New("the scope names no organisation: write org:NAME")
		}
		return Org(name), nil
	}
	c, err := key.ParseCourse(text)
	if err != nil {
		return Scope{}, fmt.Errorf("the scope %q is neither a course nor org:NAME: %w", text, err)
	}
	return Course(c), nil
}

// String is the inverse of ParseScope.
func (s Scope) String() string {
	switch {
	case !s.Course.IsZero():
		return s.Course.String()
	case s.Org != "":
		return orgPrefix + s.Org
	}
	return ""
}

// Covers reports whether what holds in s holds in other.
func (s Scope) Covers(other Scope) bool {
	switch {
	case !s.Course.IsZero():
		return s.Course == other.Course
	case s.Org != "":
		return s.Org == other.Org || s.Org == other.Course.Org
	}
	return true
}

// describe names a scope in a sentence.
func (s Scope) describe() string {
	switch {
	case !s.Course.IsZero():
		return s.Course.String()
	case s.Org != "":
		return "the organisation " + s.Org
	}
	return "the whole platform"
}
