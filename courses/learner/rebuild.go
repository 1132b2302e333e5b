package learner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lectern/modulestore/key"
)

// Projected are the tables that follow from the log.
var Projected = []string{
	"account", "enrolment", "role_grant", "epoch", "attempt", "score", "block_state", "completion", "position", "bookmark", "cohort", "cohort_member",
	"partition_assignment", "gate_opened", "due_override", "cohort_due", "enrolment_step", "exam_attempt", "exam_allowance", "grade_override", "flag_rule", "device_notice",
}

// rebuildBatch is the number of events that are Projected together.
const rebuildBatch = 5000

// Rebuild makes all projections anew from the log, in one transaction, and has all grades made anew (GradeDue); these stay until then. progress, if not
// nil, is told the number of events done. It gives the number of events.
func (db *DB) Rebuild(ctx context.Context, progress func(done int)) (events int, err error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return 0, fmt.Errorf("rebuild what follows from the log: %w", err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("rebuild what follows from the log: %w", err)
	}
	defer tx.Rollback()
	if err := db.lockLog(ctx, tx); err != nil { // what somebody adds meanwhile would be missed
		return 0, fmt.Errorf("rebuild what follows from the log: %w", err)
	}
	t := &transaction{DB: db, ctx: ctx, conn: conn, tx: tx}
	for _, table := range Projected {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
			return 0, fmt.Errorf("empty %s: %w", table, err)
		}
	}
	quoted := "'" + strings.Join(noticeKinds, "', '") + "'"
	if _, err := t.projectLog("e.kind IN ("+quoted+")", nil, nil); err != nil { // all others are judged by these
		return 0, err
	}
	if events, err = t.projectLog("TRUE", nil, progress); err != nil {
		return events, err
	}
	if err := t.markAll(0, DueSubsections); err != nil {
		return events, err
	}
	if err := tx.Commit(); err != nil {
		return events, fmt.Errorf("rebuild what follows from the log: %w", err)
	}
	return events, nil
}

// reproject makes anew what is known about everybody of whom some devices have written something, after notices about them have changed what that means.
func (t *transaction) reproject(devices []ID) error {
	users := make(map[int64]bool)
	for _, device := range devices {
		rows, err := t.tx.QueryContext(t.ctx, t.engine.dialect(`SELECT DISTINCT s.user_ref FROM ref_device d JOIN cursor c ON c.device_ref = d.device_ref
			JOIN stream s ON s.stream_ref = c.stream_ref WHERE d.device_id = $1`), device[:])
		if err != nil {
			return fmt.Errorf("read whom a device has written about: %w", err)
		}
		list, err := numbersOf(rows)
		if err != nil {
			return fmt.Errorf("read whom a device has written about: %w", err)
		}
		for _, n := range list {
			users[n] = true
		}
	}
	list := t.engine.list(slices.Sorted(maps.Keys(users)))
	for _, table := range Projected {
		of := "WHERE user_ref " + t.engine.anyOf(1)
		switch {
		case table == "device_notice":
			continue
		case table == "cohort" || table == "cohort_due": // they are about no learner
			of = "WHERE 0 " + t.engine.anyOf(1)
		}
		if _, err := t.tx.ExecContext(t.ctx, "DELETE FROM "+table+" "+of, list); err != nil {
			return fmt.Errorf("empty %s: %w", table, err)
		}
	}
	if _, err := t.projectLog("s.user_ref "+t.engine.anyOf(1), list, nil); err != nil {
		return err
	}
	of, args := "user_ref "+t.engine.anyOf(1), []any{list}
	if users[0] { // what is of no learner is of all
		of, args = "TRUE", nil
	}
	rows, err := t.tx.QueryContext(t.ctx, "SELECT course_ref, user_ref FROM "+everybody+" AS learners WHERE "+of, args...)
	if err != nil {
		return fmt.Errorf("read who is to be graded: %w", err)
	}
	defer rows.Close()
	return scanAll(rows, func(rows found) error {
		var k dueKey
		err := rows.Scan(&k.course, &k.user)
		t.graded[k] |= DueSubsections
		return err
	})
}

// projectLog brings everything that follows from the log, or from a part of it, into the transaction. It gives the number of events.
func (t *transaction) projectLog(part string, arg any, progress func(done int)) (events int, err error) {
	for at := (logPlace{}); ; {
		entries, err := t.readLog(part, arg, &at)
		if err != nil {
			return events, fmt.Errorf("read the log: %w", err)
		}
		if len(entries) == 0 {
			return events, nil
		}
		if err := t.project(entries); err != nil {
			return events, err
		}
		if events += len(entries); progress != nil {
			progress(events)
		}
	}
}

// project brings everything that follows from some events into the transaction, and marks those anew that have no effect: the program may know more than
// the one that took them.
func (t *transaction) project(entries []*entry) error {
	p := newProjection(t.deviceOf)
	for _, e := range entries {
		p.want(e)
	}
	loading, saving := &batch{engine: t.engine}, &batch{engine: t.engine}
	p.load(loading)
	if err := loading.run(t.ctx, t.conn, t.tx); err != nil {
		return err
	}
	for _, e := range entries {
		before := e.Flags
		_ = p.apply(e) // a bad payload has no effect
		if e.Flags != before {
			saving.add("mark an event", t.engine.dialect(`UPDATE event SET flags = $1 WHERE stream_ref = $2 AND device_ref = $3 AND seq = $4`),
				[]any{int64(e.Flags), e.stream, e.device, int64(e.Seq)}, nil)
		}
	}
	p.save(saving)
	return errors.Join(t.err, saving.run(t.ctx, t.conn, t.tx))
}

// logPlace is a place in the order of the log's key.
type logPlace struct{ stream, device, seq int64 }

const readLogSQL = `SELECT e.stream_ref, e.device_ref, e.seq, e.hlc, e.kind, e.actor_ref, e.course_ref, e.block_ref, e.epoch, e.content_ref, e.wall_ms, e.boot_id, e.mono_ms,
	e.payload, e.hash, e.prev_hash, e.received_ms, e.flags, s.user_ref, s.org, s.kind
	FROM event e JOIN stream s ON s.stream_ref = e.stream_ref
	WHERE %s AND (e.stream_ref, e.device_ref, e.seq) > (%d, %d, %d) ORDER BY e.stream_ref, e.device_ref, e.seq LIMIT %d`

// readLog reads the next events after a place that are of a part of the log, with the numbers of their keys but without the keys.
func (t *transaction) readLog(part string, arg any, at *logPlace) (entries []*entry, err error) {
	var args []any
	if arg != nil {
		args = append(args, arg)
	}
	rows, err := t.tx.QueryContext(t.ctx, fmt.Sprintf(readLogSQL, part, at.stream, at.device, at.seq, rebuildBatch), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		e := &entry{Event: &Event{}}
		var wall, received int64
		var hash, prev []byte
		err := rows.Scan(&e.stream, &e.device, &e.Seq, &e.HLC, &e.Kind, &e.actor, &e.course, &e.block, &e.Epoch, &e.content, &wall, &e.Boot, &e.Mono,
			&e.Payload, &hash, &prev, &received, &e.Flags, &e.user, &e.Stream.Org, &e.Stream.Kind)
		if err != nil {
			return nil, err
		}
		copy(e.Hash[:], hash)
		copy(e.Prev[:], prev)
		e.Wall, e.Received = time.UnixMilli(wall).UTC(), time.UnixMilli(received).UTC()
		e.Event.Device = t.deviceOf(e.device)
		if e.course != 0 {
			e.Course = key.Course{Org: e.Stream.Org} // its number is what projections use
		}
		entries = append(entries, e)
		*at = logPlace{e.stream, e.device, int64(e.Seq)}
	}
	return entries, rows.Err()
}
