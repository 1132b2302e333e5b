package learner

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"lectern/modulestore/key"
)

// ExamStartPayload begins an exam. The time for it is fixed then: no rule that changes later, and no extra time that is given later, changes it.
type ExamStartPayload struct {
	Allowed int64 `json:"allowed_ms,omitempty"` // 0: no limit
}

// ExamResetPayload lets a learner begin an exam again.
type ExamResetPayload struct {
	Reason string `json:"reason,omitempty"`
}

// AllowancePayload gives a learner more time for an exam than others have, or for all exams of a course: minutes, or percent of the time of each. Neither
// takes it back.
type AllowancePayload struct {
	Minutes int64  `json:"minutes,omitempty"`
	Percent int64  `json:"percent,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// The most extra time that can be given: beyond it a number is a slip, such as a limit in seconds.
const (
	MaxExtraMinutes = 30 * 24 * 60
	MaxExtraPercent = 1000
)

// Any reports whether there is extra time at all.
func (a AllowancePayload) Any() bool { return a.Minutes > 0 || a.Percent > 0 }

// Extra is how much longer an exam takes that has a limit.
func (a AllowancePayload) Extra(limit time.Duration) time.Duration {
	return time.Duration(a.Minutes)*time.Minute + limit*time.Duration(a.Percent)/100
}

type examRow struct {
	user, course, block int64
	epoch               int64
	started             *int64 // nil: only what came after the start has arrived so far
	allowed             int64
	stamp               // of the start that holds
	starts              int64
	submitted           *int64
	handedIn            stamp
}

var examTable = &table[blockKey, examRow]{
	name: "exam_attempt",
	columns: []string{"user_ref", "course_ref", "block_ref", "epoch", "started_ms", "allowed_ms", "hlc", "device_ref", "starts", "submitted_ms", "submitted_hlc",
		"submitted_device"},
	key: 4,
	by:  func(r *examRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *examRow) []any {
		return []any{&r.user, &r.course, &r.block, &r.epoch, &r.started, &r.allowed, &r.hlc, &r.device, &r.starts, &r.submitted, &r.handedIn.hlc, &r.handedIn.device}
	},
}

type allowanceRow struct {
	user, course, block int64 // block 0 stands for all exams of the course
	AllowancePayload
	actor int64
	stamp
}

var allowanceTable = &table[blockKey, allowanceRow]{
	name: "exam_allowance", columns: []string{"user_ref", "course_ref", "block_ref", "minutes", "percent", "reason", "actor_ref", "hlc", "device_ref"}, key: 3,
	by: func(r *allowanceRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *allowanceRow) []any {
		return []any{&r.user, &r.course, &r.block, &r.Minutes, &r.Percent, &r.Reason, &r.actor, &r.hlc, &r.device}
	},
}

func wantExam(p *projection, e *entry) { p.exams.want(e.blockKey()) }

// presentExam gives the row of an exam as it counts: of the latest epoch that any event knows of. Nothing is begun in the row of an exam about which there is
// none.
func (p *projection) presentExam(k blockKey) examRow {
	present := examRow{user: k.user, course: k.course, block: k.block}
	for _, row := range p.exams.found[k] {
		if row.epoch >= present.epoch {
			present = *row
		}
	}
	return present
}

// exam gives the row that an event about an exam is about, to be changed.
func (p *projection) exam(e *entry) *examRow {
	k := e.blockKey()
	for _, row := range p.exams.found[k] {
		if row.epoch == e.Epoch {
			p.exams.changed(row)
			return row
		}
	}
	row := &examRow{user: k.user, course: k.course, block: k.block, epoch: e.Epoch}
	p.exams.add(row)
	return row
}

var errNoExam = errors.New("an exam is a block")

// applyExamStart keeps the first start: the questions were seen then.
func applyExamStart(p *projection, e *entry) error {
	s, err := payload[ExamStartPayload](e)
	switch {
	case err != nil:
		return err
	case e.block == 0 && e.Block.IsZero():
		return errNoExam
	case s.Allowed < 0:
		return errors.New("the time for an exam is not below 0")
	}
	row := p.exam(e)
	row.starts++
	if row.started == nil || p.later(row.stamp, e.stamp()) {
		when := e.when().UnixMilli()
		row.started, row.allowed, row.stamp = &when, s.Allowed, e.stamp()
	}
	return nil
}

// applyExamSubmit keeps the first time that it was handed in.
func applyExamSubmit(p *projection, e *entry) error {
	if e.block == 0 && e.Block.IsZero() {
		return errNoExam
	}
	row := p.exam(e)
	if row.submitted == nil || p.later(row.handedIn, e.stamp()) {
		when := e.when().UnixMilli()
		row.submitted, row.handedIn = &when, e.stamp()
	}
	return nil
}

// applyExamReset starts a new epoch: the attempts before stay, and do not count.
func applyExamReset(p *projection, e *entry) error {
	if _, err := payload[ExamResetPayload](e); err != nil {
		return err
	}
	switch {
	case e.block == 0 && e.Block.IsZero():
		return errNoExam
	case e.Epoch <= 0:
		return errors.New("a fresh start has a number above 0")
	}
	p.exam(e)
	return nil
}

func applyAllowance(p *projection, e *entry) error {
	a, err := payload[AllowancePayload](e)
	switch {
	case err != nil:
		return err
	case a.Minutes < 0 || a.Minutes > MaxExtraMinutes, a.Percent < 0 || a.Percent > MaxExtraPercent, a.Minutes > 0 && a.Percent > 0:
		return errors.New("extra time is a number of minutes, at most 30 days, or up to 1000 percent")
	}
	row, _ := p.allowances.one(e.blockKey(), allowanceRow{user: e.user, course: e.course, block: e.block})
	if p.later(e.stamp(), row.stamp) {
		row.AllowancePayload, row.actor, row.stamp = a, e.actor, e.stamp()
		p.allowances.changed(row)
	}
	return nil
}

// StartExam begins the exam that at names, unless it was begun already: that start holds. It reports whether it has begun it. allow gives the time that the
// learner has if the exam begins at an instant, 0 for no limit, or refuses by an error, which StartExam gives back. It may be asked more than once.
func (db *DB) StartExam(ctx context.Context, at Target, allow func(now time.Time) (time.Duration, error)) (started bool, err error) {
	draft, err := at.blockDraft(KindExamStart, ExamStartPayload{})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.presentExam(e.blockKey())
		if e.Epoch = row.epoch; row.started != nil {
			return false, nil
		}
		allowed, err := allow(t.now)
		if err != nil {
			return false, err
		}
		e.Payload, err = json.Marshal(ExamStartPayload{allowed.Milliseconds()})
		return true, err
	})
}

// SubmitExam hands an exam in. One that was not begun, or was handed in before, stays as it is. Who knows that its time is over need not do it.
func (db *DB) SubmitExam(ctx context.Context, at Target) (submitted bool, err error) {
	draft, err := at.blockDraft(KindExamSubmit, struct{}{})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.presentExam(e.blockKey())
		e.Epoch = row.epoch
		return row.started != nil && row.submitted == nil, nil
	})
}

// ResetExam lets a learner begin an exam again, and starts afresh with those of some blocks that anything is known of. What was before stays in the log. An
// exam that was not begun stays as it is, and so do the blocks.
func (db *DB) ResetExam(ctx context.Context, at Target, reason string, blocks ...key.BlockID) (reset bool, err error) {
	draft, err := at.blockDraft(KindExamReset, ExamResetPayload{reason})
	if err != nil {
		return false, err
	}
	drafts := []NewEvent{draft}
	for _, id := range blocks {
		at.Block = id
		afresh, err := at.blockDraft(KindDelete, struct{}{})
		if err != nil {
			return false, err
		}
		drafts = append(drafts, afresh)
	}
	made, err := db.add(ctx, drafts, nil, func(t *transaction, drafts []*entry) error {
		row := t.presentExam(drafts[0].blockKey())
		if row.started == nil {
			return nil
		}
		drafts[0].Epoch = row.epoch + 1
		if err := t.happen(drafts[0]); err != nil {
			return err
		}
		for _, e := range drafts[1:] {
			if !t.touched(e.blockKey()) {
				continue
			}
			e.Epoch = t.currentEpoch(e.blockKey()) + 1
			if err := t.happen(e); err != nil {
				return err
			}
		}
		return nil
	})
	return len(made) > 0, err
}

// touched reports whether a learner has left anything at a block that a fresh start would take away.
func (p *projection) touched(k blockKey) bool {
	return p.scores.get(k) != nil || p.states.get(k) != nil || p.completions.get(k) != nil
}

// AllowTime gives a learner more time for the exam that at names, or for all exams of the course if it names no block. It holds for what the learner begins
// from then on. What is so already changes nothing.
func (db *DB) AllowTime(ctx context.Context, at Target, a AllowancePayload) (changed bool, err error) {
	draft, err := at.draft(KindAllowance, a)
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.allowances.get(e.blockKey())
		if row == nil {
			return a.Any(), nil
		}
		return row.Minutes != a.Minutes || row.Percent != a.Percent || a.Any() && row.Reason != a.Reason, nil
	})
}

// ExamAttempt is how far a learner is with an exam, as it is stored.
type ExamAttempt struct {
	Number    int64 // 1 for the first
	Started   time.Time
	Allowed   time.Duration // from then on; 0: no limit
	Submitted time.Time     // by the learner; zero: not handed in
	Starts    int64         // above 1: it was begun on several devices that did not know of each other
}

// End is when the exam ended, or ends; zero if nothing but a due date ends it.
func (a ExamAttempt) End() time.Time {
	until := a.Until()
	if until.IsZero() || !a.Submitted.IsZero() && a.Submitted.Before(until) {
		return a.Submitted
	}
	return until
}

// Until is the last instant of an exam that has a limit; zero for one that has none.
func (a ExamAttempt) Until() time.Time {
	if a.Allowed == 0 {
		return time.Time{}
	}
	return a.Started.Add(a.Allowed)
}

// examColumns are those that scanExam reads.
const examColumns = "t.epoch, t.started_ms, t.allowed_ms, t.submitted_ms, t.starts"

// scanExam reads an attempt; the columns before it go to the first pointers.
func scanExam(rows found, before ...any) (a ExamAttempt, err error) {
	var started, allowed int64
	var submitted *int64
	err = rows.Scan(append(before, &a.Number, &started, &allowed, &submitted, &a.Starts)...)
	a.Number, a.Started, a.Allowed, a.Submitted = a.Number+1, instant(started), time.Duration(allowed)*time.Millisecond, optionalInstant(submitted)
	return a, err
}

// currentExam is a condition that an attempt at an exam was not reset.
const currentExam = `t.epoch = (SELECT MAX(n.epoch) FROM exam_attempt n WHERE n.user_ref = t.user_ref AND n.course_ref = t.course_ref AND n.block_ref = t.block_ref)`

// exams adds the statement for the present attempts at exams.
func (r *reading) exams(b *batch, users []int64, course int64) {
	theirs, list := b.engine.of(users)
	b.add("read exam_attempt", b.engine.dialect(`SELECT t.user_ref, b.block_type, b.block_name, `+examColumns+`
		FROM exam_attempt t JOIN ref_block b ON b.block_ref = t.block_ref WHERE t.user_ref `+theirs+` AND t.course_ref = $2 AND t.started_ms IS NOT NULL AND `+currentExam), []any{list, course}, func(rows found) error {
		var user int64
		var id key.BlockID
		a, err := scanExam(rows, &user, &id.Type, &id.Name)
		if err == nil {
			r.facts[user].Exams[id] = a
		}
		return err
	})
}

// allowances adds the statement for extra time.
func (r *accessReading) allowances(b *batch, users []int64, course int64) {
	theirs, list := b.engine.of(users)
	b.add("read exam_allowance", b.engine.dialect(`SELECT t.user_ref, COALESCE(b.block_type, ''), COALESCE(b.block_name, ''), t.minutes, t.percent, t.reason
		FROM exam_allowance t LEFT JOIN ref_block b ON b.block_ref = t.block_ref
		WHERE t.user_ref `+theirs+` AND t.course_ref = $2 AND t.minutes + t.percent > 0`), []any{list, course}, func(rows found) error {
		var user int64
		var id key.BlockID
		var a AllowancePayload
		err := rows.Scan(&user, &id.Type, &id.Name, &a.Minutes, &a.Percent, &a.Reason)
		if err == nil {
			r.access[user].Allowances[id] = a
		}
		return err
	})
}

// Allowance is the extra time that a learner has for an exam: what was given for it, else for all exams of the course.
func (a *Access) Allowance(exam key.BlockID) AllowancePayload {
	if own, ok := a.Allowances[exam]; ok {
		return own
	}
	return a.Allowances[key.BlockID{}]
}

// CourseExam is an attempt of somebody at an exam.
type CourseExam struct {
	User    User
	Block   key.BlockID
	Attempt ExamAttempt
	Reset   bool // it does not count any more
}

// ExamAttempts lists the attempts at exams of all who are or were enrolled in a course, learner by learner, those that were reset among them.
func (db *DB) ExamAttempts(ctx context.Context, course key.Course) (list []CourseExam, err error) {
	err = db.one(ctx, "attempts at exams", `SELECT u.learner_id, COALESCE(a.name, ''), COALESCE(a.email, ''), b.block_type, b.block_name,
			CASE WHEN `+currentExam+` THEN 0 ELSE 1 END, `+examColumns+`
		FROM enrolment m JOIN exam_attempt t ON t.user_ref = m.user_ref AND t.course_ref = m.course_ref
		JOIN ref_user u ON u.user_ref = t.user_ref JOIN ref_block b ON b.block_ref = t.block_ref LEFT JOIN account a ON a.user_ref = t.user_ref
		WHERE m.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND t.started_ms IS NOT NULL
		ORDER BY t.user_ref, b.block_type, b.block_name, t.epoch`, []any{course.String()}, func(rows found) error {
		var x CourseExam
		var id []byte
		var reset int64
		var err error
		x.Attempt, err = scanExam(rows, &id, &x.User.Name, &x.User.Email, &x.Block.Type, &x.Block.Name, &reset)
		if err != nil {
			return err
		}
		x.User.ID, x.Reset = ID(id), reset == 1
		list = append(list, x)
		return nil
	})
	return list, err
}

// CourseAllowance is extra time that somebody has.
type CourseAllowance struct {
	User  User
	Block key.BlockID // zero: for all exams of the course
	AllowancePayload
}

// Allowances lists the extra time for exams that those have who are or were enrolled in a course, learner by learner.
func (db *DB) Allowances(ctx context.Context, course key.Course) (list []CourseAllowance, err error) {
	err = db.one(ctx, "extra time", `SELECT u.learner_id, COALESCE(a.name, ''), COALESCE(a.email, ''), COALESCE(b.block_type, ''), COALESCE(b.block_name, ''),
			t.minutes, t.percent, t.reason
		FROM enrolment m JOIN exam_allowance t ON t.user_ref = m.user_ref AND t.course_ref = m.course_ref
		JOIN ref_user u ON u.user_ref = t.user_ref LEFT JOIN ref_block b ON b.block_ref = t.block_ref LEFT JOIN account a ON a.user_ref = t.user_ref
		WHERE m.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND t.minutes + t.percent > 0
		ORDER BY t.user_ref, b.block_type, b.block_name`, []any{course.String()}, func(rows found) error {
		var x CourseAllowance
		var id []byte
		err := rows.Scan(&id, &x.User.Name, &x.User.Email, &x.Block.Type, &x.Block.Name, &x.Minutes, &x.Percent, &x.Reason)
		if err != nil {
			return err
		}
		x.User.ID = ID(id)
		list = append(list, x)
		return nil
	})
	return list, err
}

// repeatedExams is a statement for exams that were begun on several devices that did not know of each other.
const repeatedExams = `SELECT u.learner_id, d.device_id, 0, b.block_type || ' ' || b.block_name FROM exam_attempt t JOIN ref_user u ON u.user_ref = t.user_ref
	JOIN ref_device d ON d.device_ref = t.device_ref JOIN ref_block b ON b.block_ref = t.block_ref WHERE t.starts > 1 ORDER BY t.user_ref, t.course_ref, t.block_ref, t.epoch`

// fillExams puts the present attempts at exams into facts.
func (p *past) fillExams(f *GradeFacts) {
	for k := range p.exams.found {
		row := p.presentExam(k)
		if row.started == nil {
			continue
		}
		f.Exams[p.blocks[k.block]] = ExamAttempt{
			Number: row.epoch + 1, Started: instant(*row.started), Allowed: time.Duration(row.allowed) * time.Millisecond, Submitted: optionalInstant(row.submitted),
			Starts: row.starts,
		}
	}
}
