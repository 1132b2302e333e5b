package learner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lectern/modulestore/key"
)

// CohortDuePayload sets the due date of a block for all who are in a cohort, or takes it back.
type CohortDuePayload struct {
	Cohort string `json:"cohort"`
	DuePayload
}

type cohortDueKey struct {
	course int64
	cohort string
	block  int64
}

type cohortDueRow struct {
	cohortDueKey
	due    *int64
	reason string
	actor  int64
	stamp
}

var cohortDueTable = &table[cohortDueKey, cohortDueRow]{
	name: "cohort_due", columns: []string{"course_ref", "cohort", "block_ref", "due_ms", "reason", "actor_ref", "hlc", "device_ref"}, key: 3,
	by:   func(r *cohortDueRow) cohortDueKey { return r.cohortDueKey },
	args: func(k cohortDueKey) []any { return []any{k.course, k.cohort, k.block} },
	fields: func(r *cohortDueRow) []any {
		return []any{&r.course, &r.cohort, &r.block, &r.due, &r.reason, &r.actor, &r.hlc, &r.device}
	},
}

func wantCohortDue(p *projection, e *entry) {
	if d, err := payload[CohortDuePayload](e); err == nil {
		p.cohortDues.want(cohortDueKey{e.course, d.Cohort, e.block})
	}
}

func applyCohortDue(p *projection, e *entry) error {
	d, err := payload[CohortDuePayload](e)
	switch {
	case err != nil:
		return err
	case d.Cohort == "" || e.block == 0 && e.Block.IsZero():
		return errors.New("a date of a cohort needs a cohort and a block")
	case e.user != 0 || !e.Stream.Learner.IsZero():
		return errors.New("a date of a cohort is of a stream without a learner")
	}
	k := cohortDueKey{e.course, d.Cohort, e.block}
	row, _ := p.cohortDues.one(k, cohortDueRow{cohortDueKey: k})
	if p.later(e.stamp(), row.stamp) {
		row.due, row.reason, row.actor, row.stamp = d.Due, d.Reason, e.actor, e.stamp()
		p.cohortDues.changed(row)
	}
	return nil
}

// CohortTarget says which date of a cohort an operation is about.
type CohortTarget struct {
	Course key.Course
	Cohort string
	Block  key.BlockID
	Actor  ID // who does it
}

func (at CohortTarget) draft(d DuePayload) (NewEvent, error) {
	if at.Course == (key.Course{}) {
		return NewEvent{}, errors.New("no course is named")
	}
	encoded, err := json.Marshal(CohortDuePayload{at.Cohort, d})
	return NewEvent{
		Stream: Stream{Org: at.Course.Org, Kind: StateStream}, Kind: KindCohortDue, Actor: at.Actor, Course: at.Course, Block: at.Block, Payload: encoded,
	}, err
}

// want asks for the cohort, which must be there.
func (at CohortTarget) want(p *projection, e *entry) { p.cohorts.want(cohortKey{e.course, at.Cohort}) }

// ExtendCohort sets a due date of a block for all who are in a cohort, as long as they are. Who has a due date of their own keeps that. It must be later than
// the one before, unless it is forced.
func (db *DB) ExtendCohort(ctx context.Context, at CohortTarget, x Extension) error {
	due := x.Due.UnixMilli()
	draft, err := at.draft(DuePayload{&due, x.Reason})
	if err == nil && x.Due.IsZero() {
		err = errors.New("an extension needs a date")
	}
	_, err = db.change(ctx, draft, err, at.want, func(t *transaction, e *entry) (bool, error) {
		if t.cohorts.get(cohortKey{e.course, at.Cohort}) == nil {
			return false, t.unknownCohort(e, at.Cohort)
		}
		before := x.Was
		if row := t.cohortDues.get(cohortDueKey{e.course, at.Cohort, e.block}); row != nil && row.due != nil {
			before = instant(*row.due)
		}
		return true, x.later(at.Block, before)
	})
	return err
}

// UnextendCohort takes the due date of a cohort back. Without one nothing happens.
func (db *DB) UnextendCohort(ctx context.Context, at CohortTarget, reason string) (changed bool, err error) {
	draft, err := at.draft(DuePayload{Reason: reason})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.cohortDues.get(cohortDueKey{e.course, at.Cohort, e.block})
		return row != nil && row.due != nil, nil
	})
}

// CohortExtension is a due date that a cohort has.
type CohortExtension struct {
	Cohort string
	Block  key.BlockID
	Due    time.Time
	Reason string
}

// CohortExtensions lists the due dates that cohorts of a course have, cohort by cohort.
func (db *DB) CohortExtensions(ctx context.Context, course key.Course) (list []CohortExtension, err error) {
	err = db.one(ctx, "dates of cohorts", `SELECT d.cohort, b.block_type, b.block_name, d.due_ms, d.reason FROM cohort_due d JOIN ref_block b ON b.block_ref = d.block_ref
		WHERE d.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND d.due_ms IS NOT NULL
		ORDER BY d.cohort, b.block_type, b.block_name`, []any{course.String()}, func(rows found) error {
		var x CohortExtension
		var due int64
		err := rows.Scan(&x.Cohort, &x.Block.Type, &x.Block.Name, &due, &x.Reason)
		x.Due = instant(due)
		list = append(list, x)
		return err
	})
	return list, err
}

// besides is what dueDates reads besides dates; nil for what is not asked for.
type besides struct {
	opened func(user int64, block key.BlockID, at time.Time)
	role   func(user int64, role Role)
}

// What a row of dueDates is. One of a cohort's dates has no user, and the name of the cohort instead.
const (
	rowDue    = "due"
	rowOpened = "opened"
	rowRole   = "role"
)

// dueDates adds the one statement for the dates that learners have of their own, and those of the cohorts that they are in, which comes before the one for who is in
// which. Each statement takes time, so what has few rows, too, is read by the same one: when blocks were opened to the learners, and their roles.
func (r *reading) dueDates(b *batch, users []int64, course int64, more besides) {
	theirs, list := b.engine.of(users)
	text := `SELECT t.user_ref, '` + rowDue + `', b.block_type, b.block_name, t.due_ms FROM due_override t JOIN ref_block b ON b.block_ref = t.block_ref
		WHERE t.user_ref ` + theirs + ` AND t.course_ref = $2 AND t.due_ms IS NOT NULL
		UNION ALL SELECT 0, d.cohort, b.block_type, b.block_name, d.due_ms FROM cohort_due d JOIN ref_block b ON b.block_ref = d.block_ref
		WHERE d.course_ref = $2 AND d.due_ms IS NOT NULL AND d.cohort IN (SELECT t.cohort FROM cohort_member t WHERE t.user_ref ` + theirs + ` AND t.course_ref = $2)`
	if more.opened != nil {
		text += ` UNION ALL SELECT t.user_ref, '` + rowOpened + `', b.block_type, b.block_name, t.opened_ms FROM gate_opened t JOIN ref_block b ON b.block_ref = t.block_ref
			WHERE t.user_ref ` + theirs + ` AND t.course_ref = $2`
	}
	if more.role != nil {
		text += ` UNION ALL SELECT t.user_ref, '` + rowRole + `', t.role, t.scope, 0 FROM role_grant t WHERE t.user_ref ` + theirs + ` AND t.granted = 1`
	}
	b.add("read due_override", b.engine.dialect(text), []any{list, course}, func(rows found) error {
		var user, at int64
		var kind, first, second string
		err := rows.Scan(&user, &kind, &first, &second, &at)
		block := key.BlockID{Type: first, Name: second}
		switch {
		case err != nil:
		case user == 0:
			r.cohortDate(kind, block, instant(at))
		case kind == rowDue:
			r.pages[user].Due[block] = instant(at)
		case kind == rowOpened:
			more.opened(user, block, instant(at))
		default:
			more.role(user, Role{Role: first, Scope: second})
		}
		return err
	})
}

func (r *reading) cohortDate(cohort string, block key.BlockID, due time.Time) {
	if r.dues[cohort] == nil {
		r.dues[cohort] = make(map[key.BlockID]time.Time)
	}
	r.dues[cohort][block] = due
}

// inCohort notes the cohort of a learner, with its dates. All who are in it share them.
func (r *reading) inCohort(user int64, cohort string) {
	p := r.pages[user]
	p.Cohort, p.CohortDue = cohort, r.dues[cohort]
}

// markCohorts marks all who are in cohorts that have, or had, a date of one of some blocks.
func (t *transaction) markCohorts(course int64, blocks []int64, what What) error {
	_, err := t.tx.ExecContext(t.ctx, t.engine.dialect(`INSERT INTO grade_due (course_ref, user_ref, block_ref, what, rev)
		SELECT m.course_ref, m.user_ref, d.block_ref, $3, 1 FROM cohort_due d JOIN cohort_member m ON m.course_ref = d.course_ref AND m.cohort = d.cohort
		WHERE d.course_ref = $1 AND d.block_ref `+t.engine.anyOf(2)+` ORDER BY m.user_ref, d.block_ref`+dueConflict), course, t.engine.list(blocks), int64(what))
	if err != nil {
		return fmt.Errorf("write grade_due: %w", err)
	}
	return nil
}
