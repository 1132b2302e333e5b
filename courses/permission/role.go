package permission

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what somebody is in a scope, under the name that Open edX has for it.
type Role string

const (
	Learner        Role = "learner" // who is enrolled; it is never granted
	BetaTester     Role = "beta_testers"
	LimitedStaff   Role = "limited_staff" // staff who do not author
	Staff          Role = "staff"
	Instructor     Role = "instructor"
	DataResearcher Role = "data_researcher"
	// The others may do nothing with the data of learners.
	FinanceAdmin     Role = "finance_admin"
	SalesAdmin       Role = "sales_admin"
	LibraryUser      Role = "library_user"
	CoachOfCCX       Role = "ccx_coach"
	OrgCourseCreator Role = "org_course_creator_group"
	CourseCreator    Role = "course_creator_group"
)

// Level is a kind of scope.
type Level string

const (
	CourseLevel   Level = "course"
	OrgLevel      Level = "organisation"
	PlatformLevel Level = "platform"
)

// Level is the kind of s.
func (s Scope) Level() Level {
	switch {
	case !s.Course.IsZero():
		return CourseLevel
	case s.Org != "":
		return OrgLevel
	}
	return PlatformLevel
}

// Grantable is a role that can be given to somebody.
type Grantable struct {
	Role   Role
	Levels []Level // of the scopes that it can be given in
	Does   string  // what its holders do, for help texts
}

// Roles lists all roles that can be granted, those of a course first.
func Roles() []Grantable {
	all := []Level{CourseLevel, OrgLevel, PlatformLevel}
	return []Grantable{
		{Instructor, all, "runs a course: all that staff may, and what concerns all its learners at once, and roles"},
		{Staff, all, "teaches: reads and changes what is known about single learners"},
		{LimitedStaff, all, "helps to teach: reads grades, enrols, forms cohorts; changes no grade and no content"},
		{BetaTester, all, "sees content some days before it starts"},
		{DataResearcher, all, "exports the events of learners"},
		{FinanceAdmin, all, "looks after payments"},
		{SalesAdmin, all, "looks after sales"},
		{LibraryUser, all, "uses the content of a library"},
		{CoachOfCCX, all, "runs a course for a part of its learners"},
		{OrgCourseCreator, []Level{OrgLevel}, "creates courses of an organisation"},
		{CourseCreator, []Level{PlatformLevel}, "creates courses"},
	}
}

// CheckGrant reports why a role cannot be given in a scope: a role that is not known, or one that has no meaning there.
func CheckGrant(role Role, in Scope) error {
	var names []string
	for _, g := range Roles() {
		if g.Role == role {
			if slices.Contains(g.Levels, in.Level()) {
				return nil
			}
			return fmt.Errorf("the role %s cannot be given in %s: it belongs to the level %s", role, in.describe(), g.Levels[0])
		}
		names = append(names, string(g.Role))
	}
	if role == Learner {
		return fmt.Errorf("the role %s is not granted: enrol the learner in a course", role)
	}
	return fmt.Errorf("there is no role %q; there are %s", role, strings.Join(names, ", "))
}
