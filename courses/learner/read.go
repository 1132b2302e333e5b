package learner

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

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
	Schedule   time.Time // zero for none
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
}

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
	r := &reading{DB: db, pages: make(map[int64]*Page), unnamed: make(map[int64]bool)}
	all := make(map[ID]*Page, len(users))
	for _, id := range users {
		all[id] = &Page{
			Learner: id, Scores: make(map[key.BlockID]Score), Completion: make(map[key.BlockID]float64), State: make(map[key.BlockID]State),
			Bookmarks: make(map[key.BlockID]string), Groups: make(map[int64]int64), Due: make(map[key.BlockID]time.Time), Overrides: make(map[key.BlockID]OverridePayload),
		}
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
		if err := run(r.batch(db.engine, numbers, courses[course], withState)); err != nil || len(r.unnamed) == 0 {
			return err
		}
		return run(r.namesOf())
	})
	if err != nil {
		return nil, fmt.Errorf("read what is known about learners: %w", err)
	}
	for _, finish := range r.finish {
		finish()
	}
	return all, nil
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

// reading collects pages by the numbers of their learners.
type reading struct {
	*DB
	pages map[int64]*Page
	// unnamed are blocks whose names must be read, and finish what is done when they have been.
	unnamed map[int64]bool
	finish  []func()
}

// anyOf is a condition that a column has one of some numbers, and the parameter of it. Its text does not depend on the numbers, but one alone is
// compared by itself: SQLite takes a time for a list that is more than that of a page's smaller tables.
func (e engine) anyOf(parameter int, numbers []int64) (condition string, arg any) {
	switch {
	case e == postgres:
		return fmt.Sprintf("= ANY($%d::bigint[])", parameter), numbers
	case len(numbers) == 1:
		return fmt.Sprintf("= ?%d", parameter), numbers[0]
	}
	text, _ := json.Marshal(numbers) // numbers always can be
	return fmt.Sprintf("IN (SELECT value FROM json_each(?%d))", parameter), string(text)
}

// batch makes the statements for pages, one for each table. scan puts a row on a page.
func (r *reading) batch(e engine, users []int64, course int64, withState bool) *batch {
	b := &batch{engine: e}
	theirs, list := e.anyOf(1, users)
	from := func(table, columns string, scan func(found) error) {
		b.add("read "+table, e.dialect(fmt.Sprintf(`SELECT t.user_ref, %s FROM %s t WHERE t.user_ref %s AND t.course_ref = $2`, columns, table, theirs)),
			[]any{list, course}, scan)
	}
	from("enrolment", "active, mode, source, first_ms, since_ms", r.enrolment)
	from("cohort_member", "cohort", r.cohort)
	from("partition_assignment", "partition_id, group_id", r.group)
	from("schedule", "start_ms", r.schedule)
	perBlock(r, b, &ofBlocks[Score]{"score", "raw_earned, raw_possible, attempts, over_limit, first_attempted_ms, source, epoch", scanPageScore,
		func(p *Page) *map[key.BlockID]Score { return &p.Scores }}, users, course)
	perBlock(r, b, &ofBlocks[float64]{"completion", "value", scanCompletion, func(p *Page) *map[key.BlockID]float64 { return &p.Completion }}, users, course)
	perBlock(r, b, &ofBlocks[string]{"bookmark", "present, note", scanBookmark, func(p *Page) *map[key.BlockID]string { return &p.Bookmarks }}, users, course)
	perBlock(r, b, &ofBlocks[time.Time]{"due_override", "due_ms", scanDue, func(p *Page) *map[key.BlockID]time.Time { return &p.Due }}, users, course)
	perBlock(r, b, &ofBlocks[OverridePayload]{"grade_override", "earned_all, possible_all, earned_graded, possible_graded, reason", scanOverride,
		func(p *Page) *map[key.BlockID]OverridePayload { return &p.Overrides }}, users, course)
	b.add("read position", e.dialect(fmt.Sprintf(`SELECT t.user_ref, b.block_type, b.block_name, d.device_id, d.suspect, t.inner_place, t.hlc
		FROM position t JOIN ref_block b ON b.block_ref = t.block_ref JOIN ref_device d ON d.device_ref = t.device_ref
		WHERE t.user_ref %s AND t.course_ref = $2 ORDER BY t.hlc DESC, d.device_id DESC`, theirs)), []any{list, course}, r.position)
	if withState {
		perBlock(r, b, &ofBlocks[State]{"block_state", "rev, state", scanState, func(p *Page) *map[key.BlockID]State { return &p.State }}, users, course)
	}
	return b
}

// ofBlocks is a table that has a row for a learner and a block.
type ofBlocks[T any] struct {
	table, columns string
	// scan reads the columns; those before go to the first pointers. here is false for a row that says that there is nothing.
	scan func(rows found, before ...any) (value T, here bool, err error)
	on   func(*Page) *map[key.BlockID]T // where the values belong
}

// perBlock reads a table for pages. Blocks come as numbers, whose names are looked up in memory: joining them costs more than all else.
func perBlock[T any](r *reading, b *batch, o *ofBlocks[T], users []int64, course int64) {
	type row struct {
		user, block int64
		value       T
	}
	var all []row
	theirs, list := r.engine.anyOf(1, users)
	b.add("read "+o.table, r.engine.dialect(fmt.Sprintf(`SELECT t.user_ref, t.block_ref, %s FROM %s t WHERE t.user_ref %s AND t.course_ref = $2`,
		o.columns, o.table, theirs)), []any{list, course}, func(rows found) error {
		var n row
		value, here, err := o.scan(rows, &n.user, &n.block)
		if err != nil || !here {
			return err
		}
		n.value = value
		all = append(all, n)
		if _, known := r.names.blockOf(n.block); !known {
			r.unnamed[n.block] = true
		}
		return nil
	})
	r.finish = append(r.finish, func() {
		for _, page := range r.pages {
			if len(r.pages) == 1 { // all are of this one: filling a map that grows takes longer than the reading
				*o.on(page) = make(map[key.BlockID]T, len(all))
			}
		}
		for i := range all {
			id, _ := r.names.blockOf(all[i].block)
			(*o.on(r.pages[all[i].user]))[id] = all[i].value
		}
	})
}

// namesOf reads the names of blocks that are not known yet.
func (r *reading) namesOf() *batch {
	b := &batch{engine: r.engine}
	these, list := r.engine.anyOf(1, slices.Collect(maps.Keys(r.unnamed)))
	b.add("read ref_block", r.engine.dialect(`SELECT block_ref, block_type, block_name FROM ref_block WHERE block_ref `+these), []any{list}, func(rows found) error {
		var number int64
		var id key.BlockID
		err := rows.Scan(&number, &id.Type, &id.Name)
		if err == nil {
			r.names.metBlock(number, id)
		}
		return err
	})
	return b
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func (r *reading) enrolment(rows found) error {
	var user, active, first, since int64
	m := &Membership{}
	err := rows.Scan(&user, &active, &m.Mode, &m.Source, &first, &since)
	m.Active, m.First, m.Since = active == 1, instant(first), instant(since)
	if err == nil {
		r.pages[user].Enrolment = m
	}
	return err
}

func (r *reading) cohort(rows found) error {
	var user int64
	var cohort string
	err := rows.Scan(&user, &cohort)
	if err == nil {
		r.pages[user].Cohort = cohort
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

func (r *reading) schedule(rows found) error {
	var user, start int64
	err := rows.Scan(&user, &start)
	if err == nil {
		r.pages[user].Schedule = instant(start)
	}
	return err
}

// scanScore reads a score; the columns before it go to the first pointers.
func scanScore(rows found, before ...any) (s Score, err error) {
	var first *int64
	err = rows.Scan(append(before, &s.Earned, &s.Possible, &s.Attempts, &s.OverLimit, &first, &s.Source, &s.Epoch)...)
	if first != nil {
		s.First = instant(*first)
	}
	return s, err
}

func scanPageScore(rows found, before ...any) (s Score, here bool, err error) {
	s, err = scanScore(rows, before...)
	return s, s.Source != "", err // "": what there was is of an earlier epoch
}

func scanCompletion(rows found, before ...any) (value float64, here bool, err error) {
	err = rows.Scan(append(before, &value)...)
	return value, true, err
}

func scanBookmark(rows found, before ...any) (note string, here bool, err error) {
	var present int64
	err = rows.Scan(append(before, &present, &note)...)
	return note, present == 1, err
}

func scanDue(rows found, before ...any) (due time.Time, here bool, err error) {
	var ms *int64
	if err = rows.Scan(append(before, &ms)...); ms != nil {
		due = instant(*ms)
	}
	return due, ms != nil, err
}

func scanOverride(rows found, before ...any) (o OverridePayload, here bool, err error) {
	err = rows.Scan(append(before, &o.EarnedAll, &o.PossibleAll, &o.EarnedGraded, &o.PossibleGraded, &o.Reason)...)
	return o, o.EarnedAll != nil || o.EarnedGraded != nil, err
}

func scanState(rows found, before ...any) (s State, here bool, err error) {
	var fields []byte
	if err = rows.Scan(append(before, &s.Rev, &fields)...); err == nil {
		err = json.Unmarshal(fields, &s.Fields)
	}
	return s, true, err
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

// maxPage is the number of rows that a page of a list has at most.
const maxPage = 200

// GradebookRow is a learner's line of a gradebook.
type GradebookRow struct {
	Learner ID
	Name    string // empty without an account here
	Mode    string
	Scores  map[key.BlockID]Score
}

// Gradebook gives the scores of learners who are enrolled in a course, some at a time: after is 0 at first, then the next that was given, which
// is 0 at the end.
func (db *DB) Gradebook(ctx context.Context, course key.Course, after int64, limit int) (list []GradebookRow, next int64, err error) {
	if limit < 1 || limit > maxPage {
		return nil, 0, fmt.Errorf("a page has 1 to %d learners", maxPage)
	}
	at := make(map[int64]int)
	var users []int64
	err = db.reading(ctx, func(_ querier, run func(*batch) error) error {
		enrolled := &batch{engine: db.engine}
		enrolled.add("read enrolment", db.engine.dialect(`SELECT n.user_ref, u.learner_id, COALESCE(a.name, ''), n.mode
			FROM enrolment n JOIN ref_user u ON u.user_ref = n.user_ref LEFT JOIN account a ON a.user_ref = n.user_ref
			WHERE n.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND n.active = 1 AND n.user_ref > $2 ORDER BY n.user_ref LIMIT $3`),
			[]any{course.String(), after, int64(limit)}, func(rows found) error {
				row := GradebookRow{Scores: make(map[key.BlockID]Score)}
				var user int64
				var id []byte
				if err := rows.Scan(&user, &id, &row.Name, &row.Mode); err != nil {
					return err
				}
				row.Learner, at[user] = ID(id), len(list)
				list, users = append(list, row), append(users, user)
				return nil
			})
		if err := run(enrolled); err != nil || len(list) == 0 {
			return err
		}
		scores := &batch{engine: db.engine}
		theirs, numbers := db.engine.anyOf(1, users)
		scores.add("read score", db.engine.dialect(`SELECT t.user_ref, b.block_type, b.block_name, raw_earned, raw_possible, attempts, over_limit, first_attempted_ms, source, epoch
			FROM score t JOIN ref_block b ON b.block_ref = t.block_ref
			WHERE t.user_ref `+theirs+` AND t.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $2)`),
			[]any{numbers, course.String()}, func(rows found) error {
				var user int64
				var block key.BlockID
				s, err := scanScore(rows, &user, &block.Type, &block.Name)
				if err == nil && s.Source != "" {
					list[at[user]].Scores[block] = s
				}
				return err
			})
		return run(scores)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read a gradebook: %w", err)
	}
	if len(users) == limit {
		next = users[limit-1]
	}
	return list, next, nil
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

// EnrolmentChange is an entry of the history of an enrolment.
type EnrolmentChange struct {
	EnrolmentPayload
	At    time.Time // as the device's clock said
	Actor ID        // zero for the learner
}

// EnrolmentHistory gives how a learner was enrolled in a course, from the log.
func (db *DB) EnrolmentHistory(ctx context.Context, user ID, course key.Course) (list []EnrolmentChange, err error) {
	err = db.one(ctx, "the history of an enrolment", `SELECT e.payload, e.wall_ms, a.learner_id FROM event e JOIN stream s ON s.stream_ref = e.stream_ref
		JOIN ref_device d ON d.device_ref = e.device_ref LEFT JOIN ref_user a ON a.user_ref = e.actor_ref
		WHERE e.kind = 'enrolment' AND e.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1)
		AND s.user_ref = (SELECT user_ref FROM ref_user WHERE learner_id = $2) AND e.flags & 1 = 0 ORDER BY e.hlc, d.device_id`,
		[]any{course.String(), user[:]}, func(rows found) error {
			var c EnrolmentChange
			var body, actor []byte
			var wall int64
			if err := rows.Scan(&body, &wall, &actor); err != nil {
				return err
			}
			copy(c.Actor[:], actor)
			c.At = instant(wall)
			list = append(list, c)
			return json.Unmarshal(body, &list[len(list)-1].EnrolmentPayload)
		})
	return list, err
}
