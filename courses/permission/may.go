package permission

import (
	"fmt"
	"slices"
	"strings"
)

// Action is something that is done with the data of learners. Its text completes "may …".
type Action string

const (
	ReadOwn      Action = "read their own state, grade and completion"
	SeeEarly     Action = "see content before it starts"
	ReadLearner  Action = "read the state and the grade of a learner"
	ReadGrades   Action = "read the gradebook"
	ChangeGrade  Action = "override a grade, or reset or rescore a learner" // one learner
	ChangeAll    Action = "rescore all learners, or delete the state of all"
	EnrolOthers  Action = "enrol or unenrol others, or form cohorts"
	GrantRoles   Action = "grant or revoke roles"
	ExportEvents Action = "export raw events"
)

// rule is a line of the table: who may do something.
type rule struct {
	action Action
	roles  []Role // that may do it; each stands for itself
	wide   bool   // also where such a role is held in an organisation or everywhere
}

// table is all rules.
var table = []rule{
	{ReadOwn, []Role{Learner, BetaTester, LimitedStaff, Staff, Instructor}, false},
	{SeeEarly, []Role{BetaTester, LimitedStaff, Staff, Instructor}, true},
	{ReadLearner, []Role{LimitedStaff, Staff, Instructor}, true},
	{ReadGrades, []Role{LimitedStaff, Staff, Instructor}, true},
	{ChangeGrade, []Role{Staff, Instructor}, true},
	{ChangeAll, []Role{Instructor}, true},
	{EnrolOthers, []Role{LimitedStaff, Staff, Instructor}, true},
	{GrantRoles, []Role{Instructor}, true},
	{ExportEvents, []Role{DataResearcher}, true},
}

// Actions lists all actions in the order of the table.
func Actions() []Action {
	list := make([]Action, len(table))
	for i, r := range table {
		list[i] = r.action
	}
	return list
}

// Grant is a role that somebody has in a scope.
type Grant struct {
	Role  Role
	Scope Scope
}

// Set is all grants of one user. The zero Set is that of somebody without any.
type Set struct{ grants []Grant }

// NewSet makes the set of a user's grants. Roles that are not known give nothing.
func NewSet(grants ...Grant) Set { return Set{slices.Clone(grants)} }

// Answer says whether somebody may do something, and why.
type Answer struct {
	May bool
	By  Grant // that permits it; zero if none does
	// DaysEarly: content is seen only as many days early as the course gives its beta testers, not at any time.
	DaysEarly bool
	Reason    string // a sentence
}

// May answers whether the user may do something in a scope: in a course, or with what concerns a whole organisation or everything, such as a role there.
func (s Set) May(do Action, in Scope) Answer {
	i := slices.IndexFunc(table, func(r rule) bool { return r.action == do })
	if i < 0 {
		return Answer{Reason: fmt.Sprintf("Nobody may %q: there is no such action.", string(do))}
	}
	answer := Answer{Reason: refusal(table[i], in)}
	for _, g := range s.grants {
		if !table[i].permits(g, in) {
			continue
		}
		days := do == SeeEarly && g.Role == BetaTester
		if !answer.May || answer.DaysEarly && !days { // what permits more comes first
			answer = Answer{true, g, days, fmt.Sprintf("The role %s in %s may %s.", g.Role, g.Scope.describe(), do)}
		}
	}
	return answer
}

func (r rule) permits(g Grant, in Scope) bool {
	return slices.Contains(r.roles, g.Role) && g.Scope.Covers(in) && (r.wide || g.Scope.Level() == CourseLevel)
}

// refusal says which roles would do.
func refusal(r rule, in Scope) string {
	names := make([]string, len(r.roles))
	for i, role := range r.roles {
		names[i] = string(role)
	}
	return fmt.Sprintf("To %s in %s takes one of the roles %s.", r.action, in.describe(), strings.Join(names, ", "))
}
