package learner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// User is an account.
type User struct {
	ID          ID
	Name, Email string
}

// ErrNoUser is the cause when nobody has a name.
var ErrNoUser = errors.New("there is no such user")

// AddUser makes an account. Its name must differ from all others in more than case and space around it.
func (db *DB) AddUser(ctx context.Context, name, email string) (User, error) {
	u := User{NewID(), strings.TrimSpace(name), strings.TrimSpace(email)}
	payload, err := json.Marshal(AccountPayload{u.Name, u.Email})
	draft := NewEvent{Stream: Stream{Learner: u.ID, Kind: StateStream}, Kind: KindAccount, Payload: payload}
	_, err = db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		other, err := t.nameTaken(foldName(name))
		if err == nil && other != "" {
			err = fmt.Errorf("the name %q is too much like that of the user %q: take another", u.Name, other)
		}
		return err == nil, err
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// nameTaken gives the name of the account that has a name already. Nobody else can take a name until the transaction ends.
func (t *transaction) nameTaken(fold string) (string, error) {
	for _, row := range t.accounts.dirty {
		if row.fold == fold {
			return row.name, nil
		}
	}
	if t.engine == postgres {
		if _, err := t.tx.ExecContext(t.ctx, `SELECT pg_advisory_xact_lock(hashtext('lectern account names'))`); err != nil {
			return "", fmt.Errorf("lock the names of accounts: %w", err)
		}
	}
	names, err := stringsOf(t.tx.QueryContext(t.ctx, t.engine.dialect(`SELECT name FROM account WHERE name_fold = $1 ORDER BY hlc LIMIT 1`), fold))
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}

// FindUser finds an account by its name, whatever its case. Of two that were made apart with one name it finds the earlier one.
func (db *DB) FindUser(ctx context.Context, name string) (u User, err error) {
	rows, err := db.read.QueryContext(ctx, db.engine.dialect(`SELECT u.learner_id, a.name, a.email FROM account a JOIN ref_user u ON u.user_ref = a.user_ref
		WHERE a.name_fold = $1 ORDER BY a.hlc, u.learner_id LIMIT 1`), foldName(name))
	if err != nil {
		return u, fmt.Errorf("find a user: %w", err)
	}
	defer rows.Close()
	none := true
	err = scanAll(rows, func(rows found) error {
		none = false
		var id []byte
		if err := rows.Scan(&id, &u.Name, &u.Email); err != nil {
			return err
		}
		u.ID = ID(id)
		return nil
	})
	if err == nil && none {
		err = fmt.Errorf("%q: %w", name, ErrNoUser)
	}
	return u, err
}

// Enrolment is how a learner shall be enrolled.
type Enrolment struct {
	Target
	Mode   string // "" for audit
	Source string // self, staff, bulk, …
	Reason string
}

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
	return db.change(ctx, draft, err, nil, enrols)
}

func enrols(t *transaction, e *entry) (bool, error) {
	asked, err := payload[EnrolmentPayload](e)
	row := t.enrolments.get(e.courseKey())
	switch {
	case err != nil:
		return false, err
	case row == nil || row.active == 0:
		return true, nil
	case row.mode != asked.Mode:
		return false, fmt.Errorf("the learner is enrolled in %s as %s already: change the mode instead", e.Course, row.mode)
	}
	return false, nil
}

// Unenrol ends an enrolment; its mode stays on record. For a learner who is not enrolled nothing happens.
func (db *DB) Unenrol(ctx context.Context, n Enrolment) (changed bool, err error) {
	draft, err := n.draft(false)
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.enrolments.get(e.courseKey())
		if row == nil || row.active == 0 {
			return false, nil
		}
		e.Payload, err = json.Marshal(EnrolmentPayload{false, row.mode, n.Source, n.Reason})
		return err == nil, err
	})
}

// ChangeMode changes the mode of a learner who is enrolled.
func (db *DB) ChangeMode(ctx context.Context, n Enrolment) (changed bool, err error) {
	if n.Mode == "" {
		return false, errors.New("no mode is named")
	}
	draft, err := n.draft(true)
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.enrolments.get(e.courseKey())
		if row == nil || row.active == 0 {
			return false, fmt.Errorf("the learner is not enrolled in %s: enrol instead", e.Course)
		}
		return row.mode != n.Mode, nil
	})
}

// Enrolled says what became of a row of EnrolAll.
type Enrolled struct {
	Changed bool
	Err     error // the row has changed nothing
}

// enrolBatch is the number of rows that are enrolled in one transaction.
const enrolBatch = 500

// EnrolAll enrols many learners, as Enrol does with each. A row that cannot be does not stop others. If it fails altogether, the rows whose
// results it gives have been done.
func (db *DB) EnrolAll(ctx context.Context, list []Enrolment) (results []Enrolled, err error) {
	for some := range slices.Chunk(list, enrolBatch) {
		part, err := db.enrolSome(ctx, some)
		if err != nil {
			return results, err
		}
		results = append(results, part...)
	}
	return results, nil
}

func (db *DB) enrolSome(ctx context.Context, list []Enrolment) ([]Enrolled, error) {
	results := make([]Enrolled, len(list))
	var drafts []NewEvent
	var places []int
	for i, n := range list {
		draft, err := n.draft(true)
		if err == nil {
			err = draft.Check()
		}
		if results[i].Err = err; err == nil {
			drafts, places = append(drafts, draft), append(places, i)
		}
	}
	if len(drafts) == 0 {
		return results, nil
	}
	_, err := db.add(ctx, drafts, nil, func(t *transaction, entries []*entry) error {
		for i, e := range entries {
			r := &results[places[i]]
			*r = Enrolled{}
			if t.erased[e.Stream.Learner] {
				r.Err = ErrErased
				continue
			}
			if r.Changed, r.Err = enrols(t, e); r.Changed {
				if err := t.happen(e); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return results, err
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
	want := func(p *projection, e *entry) { p.cohorts.want(cohortKey{e.course, name}) }
	return db.change(ctx, draft, err, want, func(t *transaction, e *entry) (bool, error) {
		if name != "" && t.cohorts.get(cohortKey{e.course, name}) == nil {
			return false, t.unknownCohort(e, name)
		}
		row := t.members.get(e.courseKey())
		if row == nil {
			return name != "", nil
		}
		return row.cohort != name, nil
	})
}

func (t *transaction) unknownCohort(e *entry, name string) error {
	names, err := stringsOf(t.tx.QueryContext(t.ctx, t.engine.dialect(`SELECT name FROM cohort WHERE course_ref = $1 ORDER BY name`), e.course))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s has no cohort %q, and no other: create it first", e.Course, name)
	}
	return fmt.Errorf("%s has no cohort %q, only %s", e.Course, name, strings.Join(names, ", "))
}
