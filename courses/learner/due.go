package learner

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lectern/modulestore/key"
)

// What says how much of a learner's grade in a course is to be made anew. Each holds those before it.
type What int64

const (
	// DueProgress is how far the learner has come.
	DueProgress What = 1
	// DueCourse is the grade of the course, from those of its subsections as they are stored.
	DueCourse = DueProgress | 2
	// DueSubsections are the grades of the subsections that hold the block. What blocks were worth when they were tried stands.
	DueSubsections = DueCourse | 4
	// DueAfresh are the same, with what blocks are worth now.
	DueAfresh = DueSubsections | 8
	// DueAccept makes what waits for a frozen course hold.
	DueAccept = DueSubsections | 16
)

// Holds reports whether w holds all of v.
func (w What) Holds(v What) bool { return w&v == v }

// dueKey names a row of grade_due. Everybody writes them in the order of their keys, so that nobody waits in a circle.
type dueKey struct{ course, user, block int64 }

func (k dueKey) compare(l dueKey) int {
	return cmp.Or(cmp.Compare(k.course, l.course), cmp.Compare(k.user, l.user), cmp.Compare(k.block, l.block))
}

// mark says what is to be graded after events of a kind.
type mark struct {
	what  What
	whole bool // everything of the learner, not what holds the block alone
}

// marks are the kinds that grades or progress follow from. A cohort is of no learner: it marks everybody, and a date of a cohort those in cohorts with a date
// of the block.
var marks = map[string]mark{
	KindAttempt:    {DueSubsections, false},
	KindReset:      {DueSubsections, false},
	KindDelete:     {DueSubsections, false},
	KindStaffScore: {DueSubsections, false},
	KindOverride:   {DueSubsections, false},
	KindDue:        {DueSubsections, false},
	KindCohortDue:  {DueSubsections, false},
	KindCompletion: {DueProgress, false},
	KindEnrolment:  {DueSubsections, true},
	KindCohort:     {DueSubsections, true},
	KindMember:     {DueSubsections, true},
	KindGroup:      {DueSubsections, true},
	KindSchedule:   {DueSubsections, true},
	KindExamStart:  {DueSubsections, false},
	KindExamReset:  {DueSubsections, false},
}

// mark notes what is to be graded after an event.
func (p *projection) mark(e *entry) {
	m, ok := marks[e.Kind]
	if !ok || e.course == 0 {
		return
	}
	k := dueKey{e.course, e.user, e.block}
	if m.whole {
		k.block = 0
	}
	p.graded[k] |= m.what
}

const dueConflict = ` ON CONFLICT (course_ref, user_ref, block_ref) DO UPDATE SET what = grade_due.what | excluded.what, rev = grade_due.rev + 1`

// saveMarks writes what is to be graded. It reads nothing: whoever grades finds what the marks are about.
func (p *projection) saveMarks(b *batch) {
	keys := slices.SortedFunc(maps.Keys(p.graded), dueKey.compare)
	for some := range slices.Chunk(keys, b.engine.chunk(5)) {
		values := make([][]any, len(some))
		for i, k := range some {
			values[i] = []any{k.course, k.user, k.block, int64(p.graded[k]), int64(1)}
		}
		source, args, err := b.engine.set(values)
		if err != nil {
			b.err = err
			return
		}
		b.add("write grade_due", `INSERT INTO grade_due (course_ref, user_ref, block_ref, what, rev) `+source+dueConflict, args, nil)
	}
}

// everybody are the learners and courses that may have a grade or progress.
const everybody = `(SELECT course_ref, user_ref FROM enrolment UNION SELECT course_ref, user_ref FROM score UNION SELECT course_ref, user_ref FROM grade_override
	UNION SELECT course_ref, user_ref FROM completion UNION SELECT course_ref, user_ref FROM course_grade)`

// markAll marks everybody in a course, or in all courses if it is 0.
func (t *transaction) markAll(course int64, what What) error {
	where := `$1 = 0 OR course_ref = $1`
	if course != 0 {
		where = `course_ref = $1`
	}
	_, err := t.tx.ExecContext(t.ctx, t.engine.dialect(`INSERT INTO grade_due (course_ref, user_ref, block_ref, what, rev)
		SELECT course_ref, user_ref, 0, $2, 1 FROM `+everybody+` AS learners WHERE `+where+` ORDER BY course_ref, user_ref`+dueConflict), course, int64(what))
	if err != nil {
		return fmt.Errorf("write grade_due: %w", err)
	}
	return nil
}

// Regrade has grades made anew by the next GradeDue: those of the learners, or of everybody in the course if users is nil.
func (db *DB) Regrade(ctx context.Context, course key.Course, users []ID, what What) error {
	return db.within(ctx, "mark grades as due", func(t *transaction) error {
		courses, numbers := make(map[key.Course]int64), make(map[ID]int64)
		if err := db.names.courses.look(ctx, t.tx, db.engine, []key.Course{course}, courses); err != nil || courses[course] == 0 {
			return err
		}
		if users == nil {
			return t.markAll(courses[course], what)
		}
		if err := db.names.users.look(ctx, t.tx, db.engine, users, numbers); err != nil {
			return err
		}
		t.projection = newProjection(nil)
		for _, n := range numbers {
			t.graded[dueKey{courses[course], n, 0}] = what
		}
		b := &batch{engine: db.engine}
		t.saveMarks(b)
		return b.run(ctx, t.conn, t.tx)
	})
}

// DueCourses gives the courses in which something is to be graded.
func (db *DB) DueCourses(ctx context.Context) (list []key.Course, err error) {
	// A walk from course to course: the table may be long.
	err = db.one(ctx, "what is to be graded", `WITH RECURSIVE due (course_ref) AS (SELECT MIN(course_ref) FROM grade_due
		UNION ALL SELECT (SELECT MIN(g.course_ref) FROM grade_due g WHERE g.course_ref > due.course_ref) FROM due WHERE due.course_ref IS NOT NULL)
		SELECT c.course_key FROM due JOIN ref_course c ON c.course_ref = due.course_ref ORDER BY c.course_key`, nil, func(rows found) error {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		course, err := key.ParseCourse(name)
		list = append(list, course)
		return err
	})
	return list, err
}

// within runs something in one transaction of its own.
func (db *DB) within(ctx context.Context, what string, do func(*transaction) error) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer tx.Rollback()
	t := &transaction{DB: db, ctx: ctx, conn: conn, tx: tx, now: db.Now()}
	if err := do(t); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for _, remember := range t.fresh {
		remember()
	}
	return nil
}

// lockGrades keeps others from grading the same learners, and from erasing them meanwhile, until the transaction ends. SQLite has one writer anyway.
func (t *transaction) lockGrades(users []int64) error {
	if t.engine == sqlite {
		return nil
	}
	_, err := t.tx.ExecContext(t.ctx, `SELECT pg_advisory_xact_lock(hashtextextended('lectern grades of ' || u, 0)) FROM unnest($1::bigint[]) u`, distinct(users))
	if err != nil {
		return fmt.Errorf("lock grades: %w", err)
	}
	return nil
}

// forget removes the marks that were read, unless an event has come since. It waits for nobody: whoever is just writing a mark will have it graded again.
func (t *transaction) forget(read []dueRead) error {
	b := &batch{engine: t.engine}
	for some := range slices.Chunk(read, t.engine.chunk(4)) {
		values := make([][]any, len(some))
		for i, d := range some {
			values[i] = []any{d.course, d.user, d.block, d.rev}
		}
		source, args, err := t.engine.set(values)
		if err != nil {
			return err
		}
		of := `(course_ref, user_ref, block_ref, rev) IN (` + source + `)`
		if t.engine == postgres {
			of = `(course_ref, user_ref, block_ref) IN (SELECT course_ref, user_ref, block_ref FROM grade_due WHERE ` + of + ` FOR UPDATE SKIP LOCKED)`
		}
		b.add("forget grade_due", strings.Join([]string{`DELETE FROM grade_due WHERE`, of}, " "), args, nil)
	}
	return b.run(t.ctx, t.conn, t.tx)
}

// dueRead is a mark as it was read.
type dueRead struct {
	dueKey
	id   key.BlockID
	what What
	rev  int64
}
