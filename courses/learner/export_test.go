package learner

import (
	"context"
	"fmt"

	"github.com/golang-migrate/migrate/v4"

	"lectern/modulestore/key"
)

// Statements counts the statements of reads so far.
func (db *DB) Statements() int64 { return db.statements.Load() }

// Rewrite gives events of one device as if it had written another payload in the i-th of them.
func Rewrite(events []Event, i int, payload []byte) (list []Event) {
	for j, e := range events {
		if j == i {
			e.Payload = payload
		}
		if j > 0 {
			e.Prev = list[j-1].Hash
		}
		e.Hash = e.hashed()
		list = append(list, e)
	}
	return list
}

// Replace gives an event as if its device had written another.
func Replace(e Event, change func(*Event)) Event {
	change(&e)
	e.Hash = e.hashed()
	return e
}

// MigrateDown removes all tables.
func MigrateDown(ctx context.Context, uri string) error {
	_, err := migrated(ctx, uri, func(m *migrate.Migrate) error { return m.Down() })
	return err
}

// Generate writes rows as if learners had touched the first blocks of a course: their state, completion and every other one's score. There are no
// events behind them.
func (db *DB) Generate(ctx context.Context, course key.Course, learners []ID, blocks int) error {
	users := make([][]any, len(learners))
	for i, id := range learners {
		users[i] = []any{id[:]}
	}
	for i := 0; i < len(users); i += db.engine.chunk(1) {
		source, args, err := db.engine.set(users[i:min(len(users), i+db.engine.chunk(1))])
		if err == nil {
			_, err = db.write.ExecContext(ctx, "INSERT INTO ref_user (learner_id) "+source, args...)
		}
		if err != nil {
			return err
		}
	}
	state := `{"attempts": 2, "seed": 1, "done": true, "student_answers": {"i_2_1": "choice_2", "i_3_1": "12.5"}, "last_submission_time": "2026-05-01T10:00:00Z", "score": {"raw_earned": 1, "raw_possible": 2}, "correct_map": {"i_2_1": {"correctness": "correct", "npoints": 1}}}`
	clocks := `{}`
	bytes := func(text string) string {
		if db.engine == sqlite {
			return fmt.Sprintf("CAST('%s' AS BLOB)", text)
		}
		return fmt.Sprintf("convert_to('%s', 'UTF8')", text)
	}
	// CROSS keeps SQLite from changing the order of the tables: rows come as they are stored.
	from := ` FROM ref_user u CROSS JOIN ref_course c CROSS JOIN ref_block b WHERE c.course_key = $1 AND b.course_ref = c.course_ref
		AND NOT EXISTS (SELECT 1 FROM stream s WHERE s.user_ref = u.user_ref)`
	for _, statement := range []string{
		`INSERT INTO block_state (user_ref, course_ref, block_ref, rev, state, clocks, epoch) SELECT u.user_ref, c.course_ref, b.block_ref, 1, ` +
			bytes(state) + `, ` + bytes(clocks) + `, 0` + from,
		`INSERT INTO completion (user_ref, course_ref, block_ref, epoch, value) SELECT u.user_ref, c.course_ref, b.block_ref, 0, 1.0` + from,
		`INSERT INTO score (user_ref, course_ref, block_ref, epoch, raw_earned, raw_possible, attempts, over_limit, first_attempted_ms, source,
			staff_earned, staff_possible, staff_epoch, staff_hlc, staff_device)
			SELECT u.user_ref, c.course_ref, b.block_ref, 0, 1.0, 2.0, 1, 0, 1777600000000, 'attempt', NULL, 0.0, 0, 0, 0` + from + ` AND b.block_ref % 5 < 2`,
		`ANALYZE`,
	} {
		args := []any{course.String()}
		if statement == `ANALYZE` {
			args = nil
		}
		if _, err := db.write.ExecContext(ctx, db.engine.dialect(statement), args...); err != nil {
			return err
		}
	}
	return nil
}

// The rules of the clock.
var (
	NextInstant    = HLC.next
	ReceiveInstant = HLC.receive
)

// ByKeys is what statements are planned under in PostgreSQL.
const ByKeys = byKeys

// PageQueries are the statements that read lists of learners page by page.
func PageQueries() map[string]string {
	return map[string]string{"List and Gradebook": listSQL, "Enrolled": membersSQL(""), "InCohort": membersSQL(inCohort)}
}
