package learner

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

// Page is what is known about one learner in one course. What never happened has no entry.
type Page struct {
	Learner    ID
	Enrolment  *Membership // nil: never enrolled
	Scores     map[key.BlockID]Score
	Completion map[key.BlockID]float64
	State      map[key.BlockID]State // only if it was asked for
	Bookmarks  map[key.BlockID]string
	Positions  []Position // on each device, the newest first
	Cohort     string
	Groups     map[int64]int64 // by partition
	Due        map[key.BlockID]time.Time
	CohortDue  map[key.BlockID]time.Time // those of the learner's cohort
	Anchor     time.Time                 // where due dates of a self-paced course are counted from; zero for who was never enrolled
	Overrides  map[key.BlockID]OverridePayload
}

// Membership is how a learner is or was enrolled.
type Membership struct {
	Active       bool
	Mode, Source string
	First, Since time.Time // ever, and as it is now
}

// Score is what counts at a block.
type Score struct {
	Earned   *float64 // nil: attempted, but not graded yet
	Possible float64
	Attempts int64 // that count towards the limit
	// OverLimit are attempts beyond the limit.
	OverLimit int64
	First     time.Time // of the first attempt; zero if there is none
	Source    string    // attempt, staff or ungraded
	Epoch     int64
	// LateBy is how late the work was handed in that the points are for, as well as Evidence tells. Without evidence nobody has judged that.
	LateBy   time.Duration
	Evidence grading.Evidence
}

// timed puts into a score what is stored of its timing.
func (s *Score) timed(t timing) {
	if t.late != nil && t.evidence != nil {
		s.LateBy, s.Evidence = time.Duration(*t.late)*time.Millisecond, grading.Evidence(*t.evidence)
	}
}

// scoreColumns are those that scanScore reads.
const scoreColumns = "raw_earned, raw_possible, attempts, over_limit, first_attempted_ms, source, epoch, late_ms, evidence"

// State is what a block keeps about a learner.
type State struct {
	Rev    int64
	Fields map[string]json.RawMessage
}

// Position is where a learner was last on a device.
type Position struct {
	Device ID
	Block  key.BlockID
	Inner  string
	At     HLC
	// Suspect: the device's clock is wrong, so that the place may not be the newest.
	Suspect bool
}

// Page gives what is known about a learner in a course, with the state of its blocks.
func (db *DB) Page(ctx context.Context, user ID, course key.Course) (*Page, error) {
	pages, err := db.Pages(ctx, []ID{user}, course, true)
	if err != nil {
		return nil, err
	}
	return pages[user], nil
}

// Pages gives what is known about learners in a course, all as of one moment, with one statement for each table. States are large: they are read if
// withState is set.
func (db *DB) Pages(ctx context.Context, users []ID, course key.Course, withState bool) (map[ID]*Page, error) {
	if len(users) > maxPage {
		return nil, fmt.Errorf("at most %d learners can be read at a time", maxPage)
	}
	r := newReading(db)
	all := make(map[ID]*Page, len(users))
	for _, id := range users {
		all[id] = newPage(id)
	}
	err := db.reading(ctx, func(q querier, run func(*batch) error) error {
		found, err := db.names.users.find(ctx, q, db.engine, users)
		if err != nil {
			return err
		}
		var numbers []int64
		for id, n := range found {
			r.pages[n] = all[id]
			numbers = append(numbers, n)
		}
		courses, err := db.names.courses.find(ctx, q, db.engine, []key.Course{course})
		if err != nil || courses[course] == 0 || len(numbers) == 0 {
			return err
		}
		slices.Sort(numbers)
		return run(r.batch(db.engine, numbers, courses[course], withState))
	})
	if err != nil {
		return nil, fmt.Errorf("read what is known about learners: %w", err)
	}
	return all, nil
}

func newPage(id ID) *Page {
	return &Page{
		Learner: id, Scores: make(map[key.BlockID]Score), Completion: make(map[key.BlockID]float64), State: make(map[key.BlockID]State),
		Bookmarks: make(map[key.BlockID]string), Groups: make(map[int64]int64), Due: make(map[key.BlockID]time.Time), CohortDue: make(map[key.BlockID]time.Time),
		Overrides: make(map[key.BlockID]OverridePayload),
	}
}

// reading runs reads that see one moment.
func (db *DB) reading(ctx context.Context, do func(q querier, run func(*batch) error) error) error {
	leave, err := db.kept.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	options := &sql.TxOptions{ReadOnly: true}
	if db.engine == postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := conn.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return do(keptQueries{db.kept, tx}, func(b *batch) error {
		db.statements.Add(int64(len(b.statements)))
		b.prepared = db.kept
		return b.run(ctx, conn, tx)
	})
}

func newReading(db *DB) *reading {
	return &reading{DB: db, pages: make(map[int64]*Page), dues: make(map[string]map[key.BlockID]time.Time)}
}

// reading collects pages by the numbers of their learners.
type reading struct {
	*DB
	pages map[int64]*Page
	dues  map[string]map[key.BlockID]time.Time // of the cohorts that they are in
	facts map[int64]*GradeFacts                // nil: only pages are asked for
	bases map[Hash][]byte                      // that facts share
}

// anyOf is a condition that a column has one of the numbers of a parameter, and list is that parameter.
func (e engine) anyOf(parameter int) string {
	if e == sqlite {
		return fmt.Sprintf("IN (SELECT value FROM json_each(?%d))", parameter)
	}
	return fmt.Sprintf("= ANY($%d::bigint[])", parameter)
}

func (e engine) list(numbers []int64) any {
	if e == postgres {
		return numbers
	}
	text, _ := json.Marshal(numbers) // numbers always can be
	return string(text)
}

// of is the condition that a column has one of some numbers, which are parameter 1. One alone is compared by itself in SQLite, which takes longer for a
// list than for the rows of a page's smaller tables.
func (e engine) of(numbers []int64) (condition string, arg any) {
	if e == sqlite && len(numbers) == 1 {
		return "= ?1", numbers[0]
	}
	return e.anyOf(1), e.list(numbers)
}

// query makes a statement for learners in a course. Of a table it reads all rows of theirs.
func (r *reading) query(b *batch, users []int64, course int64) (from, perBlock func(table, columns string, scan func(found) error)) {
	e := b.engine
	theirs, list := e.of(users)
	from = func(table, columns string, scan func(found) error) {
		b.add("read "+table, e.dialect(fmt.Sprintf(`SELECT t.user_ref, %s FROM %s t WHERE t.user_ref %s AND t.course_ref = $2`, columns, table, theirs)),
			[]any{list, course}, scan)
	}
	perBlock = func(table, columns string, scan func(found) error) {
		if e == sqlite {
			from(table, "t.block_ref, "+columns, scan)
			b.statements[len(b.statements)-1].blocks = r.names
			return
		}
		b.add("read "+table, e.dialect(fmt.Sprintf(`SELECT t.user_ref, b.block_type, b.block_name, %s FROM %s t JOIN ref_block b ON b.block_ref = t.block_ref
			WHERE t.user_ref %s AND t.course_ref = $2`, columns, table, theirs)), []any{list, course}, scan)
	}
	return from, perBlock
}

// membership adds the statements for what says who learners are in a course, one for each table.
func (r *reading) membership(b *batch, users []int64, course int64) {
	from, perBlock := r.query(b, users, course)
	from("enrolment", "active, mode, source, first_ms, since_ms, anchor_ms", r.enrolment)
	r.dueDates(b, users, course, besides{})
	from("cohort_member", "cohort", r.cohort)
	from("partition_assignment", "partition_id, group_id", r.group)
	perBlock("grade_override", "earned_all, possible_all, earned_graded, possible_graded, reason", r.override)
}

// done adds the statements for what learners have done, one for each table.
func (r *reading) done(b *batch, users []int64, course int64) {
	_, perBlock := r.query(b, users, course)
	perBlock("score", scoreColumns, r.score)
	perBlock("completion", "value", r.completion)
}

// batch makes the statements for pages, one for each table. scan puts a row on a page.
func (r *reading) batch(e engine, users []int64, course int64, withState bool) *batch {
	b := &batch{engine: e}
	r.membership(b, users, course)
	r.done(b, users, course)
	_, perBlock := r.query(b, users, course)
	perBlock("bookmark", "present, note", r.bookmark)
	theirs, list := e.of(users)
	b.add("read position", e.dialect(fmt.Sprintf(`SELECT t.user_ref, b.block_type, b.block_name, d.device_id, d.suspect, t.inner_place, t.hlc
		FROM position t JOIN ref_block b ON b.block_ref = t.block_ref JOIN ref_device d ON d.device_ref = t.device_ref
		WHERE t.user_ref %s AND t.course_ref = $2 ORDER BY t.hlc DESC, d.device_id DESC`, theirs)), []any{list, course}, r.position)
	if withState {
		perBlock("block_state", "rev, state", r.state)
	}
	return b
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func (r *reading) enrolment(rows found) error {
	var user, active, first, since, anchor int64
	m := &Membership{}
	err := rows.Scan(&user, &active, &m.Mode, &m.Source, &first, &since, &anchor)
	m.Active, m.First, m.Since = active == 1, instant(first), instant(since)
	if err == nil {
		r.pages[user].Enrolment, r.pages[user].Anchor = m, instant(anchor)
	}
	return err
}

func (r *reading) cohort(rows found) error {
	var user int64
	var cohort string
	err := rows.Scan(&user, &cohort)
	if err == nil {
		r.inCohort(user, cohort)
	}
	return err
}

func (r *reading) group(rows found) error {
	var user, partition, group int64
	err := rows.Scan(&user, &partition, &group)
	if err == nil {
		r.pages[user].Groups[partition] = group
	}
	return err
}

// scanScore reads a score; the columns before it go to the first pointers.
func scanScore(rows found, before ...any) (s Score, err error) {
	var first *int64
	var t timing
	err = rows.Scan(append(before, &s.Earned, &s.Possible, &s.Attempts, &s.OverLimit, &first, &s.Source, &s.Epoch, &t.late, &t.evidence)...)
	s.timed(t)
	if first != nil {
		s.First = instant(*first)
	}
	return s, err
}

func (r *reading) score(rows found) error {
	var user int64
	var block key.BlockID
	s, err := scanScore(rows, &user, &block.Type, &block.Name)
	switch {
	case err != nil:
	case s.Source != "":
		r.pages[user].Scores[block] = s
	case r.facts != nil: // what there was is of an earlier epoch, or was taken back
		r.facts[user].Deleted[block] = true
	}
	return err
}

func (r *reading) completion(rows found) error {
	var user int64
	var block key.BlockID
	var value float64
	err := rows.Scan(&user, &block.Type, &block.Name, &value)
	if err == nil {
		r.pages[user].Completion[block] = value
	}
	return err
}

func (r *reading) bookmark(rows found) error {
	var user, present int64
	var block key.BlockID
	var note string
	err := rows.Scan(&user, &block.Type, &block.Name, &present, &note)
	if err == nil && present == 1 {
		r.pages[user].Bookmarks[block] = note
	}
	return err
}

func (r *reading) override(rows found) error {
	var user int64
	var block key.BlockID
	var o OverridePayload
	err := rows.Scan(&user, &block.Type, &block.Name, &o.EarnedAll, &o.PossibleAll, &o.EarnedGraded, &o.PossibleGraded, &o.Reason)
	if err == nil && (o.EarnedAll != nil || o.EarnedGraded != nil) {
		r.pages[user].Overrides[block] = o
	}
	return err
}

func (r *reading) position(rows found) error {
	var user int64
	var p Position
	var suspect int64
	var device []byte
	err := rows.Scan(&user, &p.Block.Type, &p.Block.Name, &device, &suspect, &p.Inner, &p.At)
	if err == nil {
		p.Device, p.Suspect = ID(device), suspect == 1
		r.pages[user].Positions = append(r.pages[user].Positions, p)
	}
	return err
}

func (r *reading) state(rows found) error {
	var user int64
	var block key.BlockID
	var s State
	var fields []byte
	err := rows.Scan(&user, &block.Type, &block.Name, &s.Rev, &fields)
	if err == nil {
		err = json.Unmarshal(fields, &s.Fields)
	}
	if err == nil {
		r.pages[user].State[block] = s
	}
	return err
}

// maxPage is the number of rows that a page of a list has at most.
const maxPage = 200

// Listed is a learner in the list of a course.
type Listed struct {
	Learner ID
	Name    string // empty without an account here
	Mode    string
}

// Compare orders learners by name, whatever the case.
func (l Listed) Compare(m Listed) int {
	return cmp.Or(strings.Compare(strings.ToLower(l.Name), strings.ToLower(m.Name)), strings.Compare(l.Name, m.Name), bytes.Compare(l.Learner[:], m.Learner[:]))
}

// List gives learners who are enrolled in a course, some at a time: after is 0 at first, then the next that was given, which is 0 at the end.
func (db *DB) List(ctx context.Context, course key.Course, after int64, limit int) (list []Listed, next int64, err error) {
	err = db.reading(ctx, func(_ querier, run func(*batch) error) error {
		numbers, err := db.list(course, after, limit, run, func(l Listed) { list = append(list, l) })
		if len(numbers) == limit && err == nil {
			next = numbers[limit-1]
		}
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list learners: %w", err)
	}
	return list, next, nil
}

// listSQL is the statement for a page of learners. All is joined to the left, though every enrolment has its learner, so that no planner comes to think of reading all learners of the
// database in their order, to look which are enrolled.
const listSQL = `SELECT n.user_ref, u.learner_id, COALESCE(a.name, ''), n.mode
	FROM enrolment n LEFT JOIN ref_user u ON u.user_ref = n.user_ref LEFT JOIN account a ON a.user_ref = n.user_ref
	WHERE n.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND n.active = 1 AND n.user_ref > $2 ORDER BY n.user_ref LIMIT $3`

// list lists learners who are enrolled, and gives their numbers.
func (db *DB) list(course key.Course, after int64, limit int, run func(*batch) error, each func(Listed)) (users []int64, err error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("a page has 1 to %d learners", maxPage)
	}
	enrolled := &batch{engine: db.engine}
	enrolled.add("read enrolment", db.engine.dialect(listSQL), []any{course.String(), after, int64(limit)}, func(rows found) error {
		var l Listed
		var user int64
		var id []byte
		if err := rows.Scan(&user, &id, &l.Name, &l.Mode); err != nil {
			return err
		}
		var err error
		if l.Learner, err = enrolledID(id, user); err != nil {
			return err
		}
		users = append(users, user)
		each(l)
		return nil
	})
	return users, run(enrolled)
}

// enrolledID is the id of a learner in a list, who has to be there.
func enrolledID(id []byte, user int64) (ID, error) {
	if len(id) != len(ID{}) {
		return ID{}, fmt.Errorf("%w: somebody is enrolled as learner number %d, whom it does not have", ErrDamaged, user)
	}
	return ID(id), nil
}

// Role is a role that somebody has.
type Role struct{ Role, Scope string }

// Roles gives the roles of a user, ordered by scope and name.
func (db *DB) Roles(ctx context.Context, user ID) (list []Role, err error) {
	err = db.one(ctx, "roles", `SELECT role, scope FROM role_grant WHERE user_ref = (SELECT user_ref FROM ref_user WHERE learner_id = $1) AND granted = 1
		ORDER BY scope, role`, []any{user[:]}, func(rows found) error {
		var r Role
		err := rows.Scan(&r.Role, &r.Scope)
		list = append(list, r)
		return err
	})
	return list, err
}

// one runs a single statement.
func (db *DB) one(ctx context.Context, what, text string, args []any, scan func(found) error) error {
	db.statements.Add(1)
	rows, err := db.read.QueryContext(ctx, db.engine.dialect(text), args...)
	if err == nil {
		err = errors.Join(scanAll(rows, scan), rows.Close())
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// EnrolmentCount is how many learners of a mode are, or were, in a course.
type EnrolmentCount struct {
	Mode             string
	Active, Inactive int64
}

// EnrolmentCounts counts the learners of a course by mode.
func (db *DB) EnrolmentCounts(ctx context.Context, course key.Course) (list []EnrolmentCount, err error) {
	err = db.one(ctx, "enrolments", `SELECT mode, SUM(active), SUM(1 - active) FROM enrolment
		WHERE course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) GROUP BY mode ORDER BY mode`, []any{course.String()}, func(rows found) error {
		var c EnrolmentCount
		err := rows.Scan(&c.Mode, &c.Active, &c.Inactive)
		list = append(list, c)
		return err
	})
	return list, err
}
