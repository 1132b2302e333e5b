package learner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"lectern/modulestore/key"
)

// Enrolment is how a learner shall be enrolled.
type Enrolment struct {
	Target
	Mode   string // "" for audit
	Source string // self, staff, bulk, …
	Reason string
	// Places is the number of learners that the course has room for; nil for any. It is looked at when the learner comes in, not for who is in.
	Places *int64
}

// ErrFull is the cause when a course has no place left.
var ErrFull = errors.New("the course is full")

// DefaultMode is the mode of who is enrolled without naming one.
const DefaultMode = "audit"

func (n Enrolment) draft(active bool) (NewEvent, error) {
	if n.Mode == "" {
		n.Mode = DefaultMode
	}
	return n.Target.draft(KindEnrolment, EnrolmentPayload{active, n.Mode, n.Source, n.Reason})
}

// Enrol enrols a learner in a course. Who comes back has the mode that is asked for, not the one from before. For a learner who is enrolled in that mode
// nothing happens; for one in another mode it is an error, since a mode is changed by ChangeMode.
func (db *DB) Enrol(ctx context.Context, n Enrolment) (changed bool, err error) {
	draft, err := n.draft(true)
	return db.change(ctx, draft, err, n.want, n.enrols)
}

// want keeps others from taking the last place of a course that has only so many.
func (n Enrolment) want(p *projection, e *entry) {
	if n.Places != nil {
		p.wantPlaces(e.course)
	}
}

func (n Enrolment) enrols(t *transaction, e *entry) (bool, error) {
	asked, err := payload[EnrolmentPayload](e)
	row := t.enrolments.get(e.courseKey())
	switch {
	case err != nil:
		return false, err
	case row != nil && row.active == 1 && row.mode != asked.Mode:
		return false, fmt.Errorf("the learner is enrolled in %s as %s already: change the mode instead", e.Course, row.mode)
	case row != nil && row.active == 1:
		return false, nil
	case n.Places != nil && t.taken[e.course] >= *n.Places:
		return false, fmt.Errorf("%w: %s has places for %d, and all are taken", ErrFull, e.Course, *n.Places)
	}
	return true, nil
}

// Unenrol ends an enrolment; its mode stays on record. For a learner who is not enrolled nothing happens.
func (db *DB) Unenrol(ctx context.Context, n Enrolment) (changed bool, err error) {
	draft, err := n.draft(false)
	return db.change(ctx, draft, err, nil, n.unenrols)
}

func (n Enrolment) unenrols(t *transaction, e *entry) (_ bool, err error) {
	row := t.enrolments.get(e.courseKey())
	if row == nil || row.active == 0 {
		return false, nil
	}
	e.Payload, err = json.Marshal(EnrolmentPayload{false, row.mode, n.Source, n.Reason})
	return err == nil, err
}

// ChangeMode changes the mode of a learner who is enrolled.
func (db *DB) ChangeMode(ctx context.Context, n Enrolment) (changed bool, err error) {
	if n.Mode == "" {
		return false, errors.New("no mode is named")
	}
	draft, err := n.draft(true)
	return db.change(ctx, draft, err, nil, n.changesMode)
}

func (n Enrolment) changesMode(t *transaction, e *entry) (bool, error) {
	row := t.enrolments.get(e.courseKey())
	if row == nil || row.active == 0 {
		return false, fmt.Errorf("the learner is not enrolled in %s: enrol instead", e.Course)
	}
	return row.mode != n.Mode, nil
}

// Grant gives a role. scope is a course key, "org:NAME", or "" for everything.
func (db *DB) Grant(ctx context.Context, actor, user ID, role, scope string) (changed bool, err error) {
	return db.role(ctx, actor, user, RolePayload{role, scope, true})
}

// Revoke takes a role away. It stays on record that it was held.
func (db *DB) Revoke(ctx context.Context, actor, user ID, role, scope string) (changed bool, err error) {
	return db.role(ctx, actor, user, RolePayload{role, scope, false})
}

func (db *DB) role(ctx context.Context, actor, user ID, r RolePayload) (bool, error) {
	draft := NewEvent{Stream: Stream{Learner: user, Kind: StateStream}, Kind: KindRole, Actor: actor}
	if user.IsZero() {
		return false, errors.New("no user is named")
	}
	if org, ok := strings.CutPrefix(r.Scope, "org:"); ok {
		if draft.Stream.Org = org; org == "" {
			return false, errors.New("the scope names no organisation: write org:NAME")
		}
	} else if r.Scope != "" {
		c, err := key.ParseCourse(r.Scope)
		if err != nil {
			return false, fmt.Errorf("the scope %q is neither a course nor org:NAME: %w", r.Scope, err)
		}
		draft.Course, draft.Stream.Org = c, c.Org
	}
	encoded, err := json.Marshal(r)
	draft.Payload = encoded
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.roles.get(roleKey{e.user, r.Scope, r.Role})
		return (row != nil && row.granted == 1) != r.Granted, nil
	})
}

// ErrNoCohort is the cause when a course has no cohort of a name.
var ErrNoCohort = errors.New("there is no such cohort")

// CreateCohort makes a cohort of a course.
func (db *DB) CreateCohort(ctx context.Context, actor ID, course key.Course, c CohortPayload) error {
	encoded, err := json.Marshal(c)
	draft := NewEvent{Stream: Stream{Org: course.Org, Kind: StateStream}, Kind: KindCohort, Actor: actor, Course: course, Payload: encoded}
	if course == (key.Course{}) {
		err = errors.New("no course is named")
	}
	_, err = db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		if t.cohorts.get(cohortKey{e.course, c.Name}) != nil {
			return false, fmt.Errorf("%s has a cohort %q already", course, c.Name)
		}
		return true, nil
	})
	return err
}

// AssignCohort puts a learner into a cohort of the course, and out of another; an empty name takes the learner out of any.
func (db *DB) AssignCohort(ctx context.Context, at Target, name string) (changed bool, err error) {
	draft, err := at.draft(KindMember, MemberPayload{name})
	return db.change(ctx, draft, err, wantNamedCohort, joins)
}

// wantNamedCohort asks for the cohort that somebody is to be put into.
func wantNamedCohort(p *projection, e *entry) {
	if m, err := payload[MemberPayload](e); err == nil && e.Kind == KindMember {
		p.cohorts.want(cohortKey{e.course, m.Cohort})
	}
}

func joins(t *transaction, e *entry) (bool, error) {
	m, err := payload[MemberPayload](e)
	switch {
	case err != nil:
		return false, err
	case m.Cohort != "" && t.cohorts.get(cohortKey{e.course, m.Cohort}) == nil:
		return false, t.unknownCohort(e, m.Cohort)
	}
	row := t.members.get(e.courseKey())
	if row == nil {
		return m.Cohort != "", nil
	}
	return row.cohort != m.Cohort, nil
}

func (t *transaction) unknownCohort(e *entry, name string) error {
	names, err := stringsOf(t.tx.QueryContext(t.ctx, t.engine.dialect(`SELECT name FROM cohort WHERE course_ref = $1 ORDER BY name`), e.course))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%w: %s has no cohort %q, and no other: create it first", ErrNoCohort, e.Course, name)
	}
	return fmt.Errorf("%w: %s has no cohort %q, only %s", ErrNoCohort, e.Course, name, strings.Join(names, ", "))
}
