package learner

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Problem is something about the log that people should look at. Nothing of it is lost.
type Problem struct {
	What    string // bad event, unknown event, suspended event, quarantine, clock, exam, name, override
	Learner ID     // zero if it is about no learner, or one that is not known
	Device  ID
	Seq     uint64
	Detail  string
}

// Problems lists events without an effect (not understood, of a kind that this program does not know, of a device that was revoked), events that were kept
// apart, devices whose clock is far ahead, exams that were begun on several devices apart, names that two accounts have, and grades that two people have
// overridden without knowing of each other.
func (db *DB) Problems(ctx context.Context) (list []Problem, err error) {
	add := func(what, text string) error {
		return db.one(ctx, "problems", text, nil, func(rows found) error {
			p := Problem{What: what}
			var user, device []byte
			err := rows.Scan(&user, &device, &p.Seq, &p.Detail)
			copy(p.Learner[:], user)
			copy(p.Device[:], device)
			list = append(list, p)
			return err
		})
	}
	err = errors.Join(
		add("bad event", flaggedSQL(Bad|Unordered)),
		add("unknown event", flaggedSQL(Unknown)),
		add("suspended event", flaggedSQL(Suspended)),
		add("quarantine", `SELECT u.learner_id, NULL, 0, q.reason FROM quarantine q LEFT JOIN ref_user u ON u.user_ref = q.user_ref ORDER BY q.quarantine_ref`),
		add("clock", `SELECT NULL, device_id, 0, 'its clock is more than a day ahead' FROM ref_device WHERE suspect = 1 ORDER BY device_ref`),
		add("exam", repeatedExams),
		add("name", `SELECT u.learner_id, NULL, 0, a.name FROM account a JOIN ref_user u ON u.user_ref = a.user_ref
			WHERE a.name_fold IN (SELECT name_fold FROM account GROUP BY name_fold HAVING COUNT(*) > 1) ORDER BY a.name_fold, a.hlc`),
	)
	overrides, overridesErr := db.concurrentOverrides(ctx)
	return append(list, overrides...), errors.Join(err, overridesErr)
}

// flaggedSQL is a statement for events with one of some marks.
func flaggedSQL(flags Flags) string {
	return fmt.Sprintf(`SELECT u.learner_id, d.device_id, e.seq, e.kind FROM event e JOIN stream s ON s.stream_ref = e.stream_ref
		JOIN ref_device d ON d.device_ref = e.device_ref LEFT JOIN ref_user u ON u.user_ref = s.user_ref
		WHERE e.flags <> 0 AND e.flags & %d <> 0 ORDER BY e.stream_ref, e.device_ref, e.seq`, flags)
}

// effective is a condition that an event of the log has its effect.
var effective = fmt.Sprintf("e.flags & %d = 0", ineffective)

// Quarantined gives the events that were kept apart, as they came.
func (db *DB) Quarantined(ctx context.Context) (list []Quarantined, err error) {
	err = db.one(ctx, "what was kept apart", `SELECT reason, bytes FROM quarantine ORDER BY quarantine_ref`, nil, func(rows found) error {
		var q Quarantined
		var kept []byte
		if err := rows.Scan(&q.Reason, &kept); err != nil {
			return err
		}
		err := json.Unmarshal(kept, &q.Event)
		list = append(list, q)
		return err
	})
	return list, err
}

// NewDevice gives the database at uri a new id as a device. It must be called on a copy of a database, and on one that was restored from a backup, before
// anything is added to it: two databases must never write events of one device.
func NewDevice(ctx context.Context, uri string) (ID, error) {
	db, err := Open(ctx, uri)
	if err != nil {
		return ID{}, err
	}
	id := NewID()
	_, err = db.write.ExecContext(ctx, db.engine.dialect(`UPDATE meta SET value = $1 WHERE name = 'device'`), id[:])
	if err != nil {
		err = fmt.Errorf("give the database a new id: %w", err)
	}
	return id, errors.Join(err, db.Close())
}

// erasing are the tables that have rows of learners, besides the log.
var erasing = []string{
	"account", "enrolment", "role_grant", "epoch", "attempt", "score", "block_state", "completion", "position", "bookmark", "cohort_member",
	"partition_assignment", "gate_opened", "due_override", "enrolment_step", "exam_attempt", "exam_allowance", "grade_override", "grade_due", "subsection_grade", "course_grade", "progress", "flag_rule", "quarantine", "stream",
	"ref_user",
}

// Erase removes everything about a learner, for ever: no device can bring it back. Enrolments over time still count the learner. What the learner did to others
// stays, without saying who it was.
func (db *DB) Erase(ctx context.Context, user ID) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("erase a learner: %w", err)
	}
	defer tx.Rollback()
	if err := db.erase(ctx, tx, user); err != nil {
		return fmt.Errorf("erase a learner: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("erase a learner: %w", err)
	}
	db.names.users.forget()
	db.names.streams.forget()
	return nil
}

func (db *DB) erase(ctx context.Context, tx *sql.Tx, user ID) error {
	do := func(text string, args ...any) error {
		_, err := tx.ExecContext(ctx, db.engine.dialect(text), args...)
		return err
	}
	if err := db.lockLog(ctx, tx); err != nil {
		return err
	}
	if err := do(`INSERT INTO erased (learner_hash, erased_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING`, erasedHash(user), db.Now().UnixMilli()); err != nil {
		return err
	}
	const find = `SELECT user_ref FROM ref_user WHERE learner_id = $1`
	lock := find
	if db.engine == postgres {
		lock += " FOR UPDATE"
	}
	var number int64
	for _, text := range []string{find, lock} { // who grades the learner is waited for without that lock, or it might be waited for in a circle
		switch err := tx.QueryRowContext(ctx, db.engine.dialect(text), user[:]).Scan(&number); {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return err
		}
		if err := (&transaction{DB: db, ctx: ctx, tx: tx}).lockGrades([]int64{number}); err != nil {
			return err
		}
	}
	if err := db.keepEnrolments(ctx, tx, number); err != nil {
		return err
	}
	for _, text := range []string{
		`DELETE FROM event WHERE stream_ref IN (SELECT stream_ref FROM stream WHERE user_ref = $1)`,
		`DELETE FROM cursor WHERE stream_ref IN (SELECT stream_ref FROM stream WHERE user_ref = $1)`,
		fmt.Sprintf(`UPDATE event SET actor_ref = 0, flags = flags | %d WHERE actor_ref = $1`, Redacted),
		`UPDATE due_override SET actor_ref = 0 WHERE actor_ref = $1`,
		`UPDATE cohort_due SET actor_ref = 0 WHERE actor_ref = $1`,
		`UPDATE exam_allowance SET actor_ref = 0 WHERE actor_ref = $1`,
		`UPDATE grade_override SET actor_ref = 0 WHERE actor_ref = $1`,
		`UPDATE flag_rule SET actor_ref = 0 WHERE actor_ref = $1`,
	} {
		if err := do(text, number); err != nil {
			return err
		}
	}
	for _, table := range erasing {
		if err := do(`DELETE FROM `+table+` WHERE user_ref = $1`, number); err != nil {
			return err
		}
	}
	return nil
}
