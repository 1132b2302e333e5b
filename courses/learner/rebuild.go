package learner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"lectern/modulestore/key"
)

// Projected are the tables that follow from the log.
var Projected = []string{
	"account", "enrolment", "role_grant", "epoch", "attempt", "score", "block_state", "completion", "position", "bookmark", "cohort", "cohort_member",
	"partition_assignment", "due_override", "schedule", "grade_override",
}

// rebuildBatch is the number of events that are Projected together.
const rebuildBatch = 5000

// Rebuild makes all projections anew from the log, in one transaction, and has all grades made anew (GradeDue); these stay until then. progress, if not nil, is told the number of events done. It gives
// the number of events.
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
	if db.engine == postgres {
		// Nobody may add to the log meanwhile: what follows from it would be missed.
		if _, err := tx.ExecContext(ctx, `LOCK TABLE event, `+strings.Join(Projected, ", ")+` IN EXCLUSIVE MODE`); err != nil {
			return 0, fmt.Errorf("rebuild what follows from the log: %w", err)
		}
	}
	t := &transaction{DB: db, ctx: ctx, conn: conn, tx: tx}
	for _, table := range Projected {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
			return 0, fmt.Errorf("empty %s: %w", table, err)
		}
	}
	for at := (logPlace{}); ; {
		entries, err := db.readLog(ctx, tx, t, &at)
		if err != nil {
			return events, fmt.Errorf("read the log: %w", err)
		}
		if len(entries) == 0 {
			break
		}
		if err := t.project(entries); err != nil {
			return events, err
		}
		if events += len(entries); progress != nil {
			progress(events)
		}
	}
	if err := t.markAll(0, DueSubsections); err != nil {
		return events, err
	}
	if err := tx.Commit(); err != nil {
		return events, fmt.Errorf("rebuild what follows from the log: %w", err)
	}
	return events, nil
}

// project brings everything that follows from some events into the transaction.
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
		_ = p.apply(e) // a bad payload has no effect; it was marked when it came
	}
	p.save(saving)
	return errors.Join(t.err, saving.run(t.ctx, t.conn, t.tx))
}

// logPlace is a place in the order of the log's key.
type logPlace struct{ stream, device, seq int64 }

const readLogSQL = `SELECT e.stream_ref, e.device_ref, e.seq, e.hlc, e.kind, e.actor_ref, e.course_ref, e.block_ref, e.epoch, e.content_ref, e.wall_ms, e.boot_id, e.mono_ms,
	e.payload, e.hash, e.prev_hash, e.received_ms, e.flags, s.user_ref, s.org, s.kind
	FROM event e JOIN stream s ON s.stream_ref = e.stream_ref
	WHERE (e.stream_ref, e.device_ref, e.seq) > ($1, $2, $3) ORDER BY e.stream_ref, e.device_ref, e.seq LIMIT $4`

// readLog reads the next events after a place, with the numbers of their keys but without the keys.
func (db *DB) readLog(ctx context.Context, tx *sql.Tx, t *transaction, at *logPlace) (entries []*entry, err error) {
	rows, err := tx.QueryContext(ctx, db.engine.dialect(readLogSQL), at.stream, at.device, at.seq, rebuildBatch)
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
