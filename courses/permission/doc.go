// Package permission says who may do what with the state and the grades of learners.
//
// The rules are one table: for each [Action] the roles that may do it. A [Grant] is a role within a [Scope]: a course, an organisation, or everything. A role
// that is held in an organisation, or everywhere, holds in each course of it. No role follows from another: limited_staff is not staff with something taken
// away, it stands in the table for itself. So whoever gives somebody a second role never takes anything away.
//
// Everything here is a pure function. Roles come from where they are kept ([lectern/courses/learner]); [Learner] follows from an enrolment.
package permission
