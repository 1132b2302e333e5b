package learner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// commitTime is how long a transaction may take. It does not end with the context of a caller, since others share it.
const commitTime = 30 * time.Second

// transaction is one transaction of several writes.
type transaction struct {
	*DB
	*naming
	ctx     context.Context
	tx      *sql.Tx
	engine  engine
	now     time.Time
	cursors map[cursorKey]*cursorRow
}

type cursorKey struct{ stream, device int64 }

type cursorRow struct {
	cursorKey
	seq  int64
	hash Hash
}

// Append adds events that happen now, all of one stream, and gives them as they stand in the log. They are durable when it returns, with all that
// follows from them; if it fails, none of them is there. An event whose payload is not what its kind asks for is refused.
func (db *DB) Append(ctx context.Context, events ...NewEvent) ([]Event, error) {
	if len(events) == 0 {
		return nil, nil
	}
	for i := range events {
		if events[i].Stream != events[0].Stream {
			return nil, errors.New("events that are added together must be of one stream")
		}
		if err := events[i].Check(); err != nil {
			return nil, err
		}
	}
	var made []Event
	err := db.queue.run(ctx, events[0].Stream, func(t *transaction) ([]*entry, error) {
		entries, err := t.happenNow(events)
		made = made[:0]
		for _, e := range entries {
			made = append(made, *e.Event)
		}
		return entries, err
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// happenNow makes entries of this device.
func (t *transaction) happenNow(events []NewEvent) ([]*entry, error) {
	entries := make([]*entry, len(events))
	for i, n := range events {
		e, err := t.entry(&Event{NewEvent: n, Device: t.DB.device, Wall: t.now, Received: t.now, Boot: t.boot, Mono: t.now.Sub(t.opened).Milliseconds()})
		if err != nil {
			return nil, err
		}
		c, err := t.cursor(e)
		if err != nil {
			return nil, err
		}
		e.Seq, e.HLC, e.Prev = uint64(c.seq)+1, t.clock.tick(t.now), c.hash
		e.Hash = e.hashed()
		c.seq, c.hash = int64(e.Seq), e.Hash
		entries[i] = e
	}
	return entries, nil
}

// entry gives an event the numbers of this database.
func (t *transaction) entry(event *Event) (e *entry, err error) {
	e = &entry{Event: event}
	e.Wall, e.Received = e.Wall.UTC().Truncate(time.Millisecond), e.Received.UTC().Truncate(time.Millisecond)
	if e.user, err = t.user(e.Stream.Learner); err != nil {
		return nil, err
	}
	if e.stream, err = t.naming.stream(e.user, e.Stream); err != nil {
		return nil, err
	}
	if e.device, err = t.naming.device(e.Device); err != nil {
		return nil, err
	}
	if e.actor, err = t.user(e.Actor); err != nil {
		return nil, err
	}
	if e.course, err = t.course(e.Course); err != nil {
		return nil, err
	}
	if e.block, err = t.block(e.course, e.Block); err != nil {
		return nil, err
	}
	e.content, err = t.contentVersion(e.Content)
	return e, err
}

// cursor gives how much of a stream is here from a device, and keeps others from adding to the stream until the transaction ends.
func (t *transaction) cursor(e *entry) (*cursorRow, error) {
	k := cursorKey{e.stream, e.device}
	if c, ok := t.cursors[k]; ok {
		return c, nil
	}
	if t.engine == postgres {
		if _, err := t.tx.ExecContext(t.ctx, `SELECT 1 FROM stream WHERE stream_ref = $1 FOR UPDATE`, e.stream); err != nil {
			return nil, fmt.Errorf("lock a stream: %w", err)
		}
	}
	c := &cursorRow{cursorKey: k}
	var hash []byte
	err := t.tx.QueryRowContext(t.ctx, t.engine.dialect(`SELECT have_seq, have_hash FROM cursor WHERE stream_ref = $1 AND device_ref = $2`), e.stream, e.device).Scan(&c.seq, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read how far a stream is: %w", err)
	}
	copy(c.hash[:], hash)
	t.cursors[k] = c
	return c, nil
}

// commit makes writes durable, with all that follows from their events, in one transaction.
func (db *DB) commit(group []*write) error {
	ctx, stop := context.WithTimeout(context.Background(), commitTime)
	defer stop()
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write to the database of learners: %w", err)
	}
	defer tx.Rollback()
	t := &transaction{
		DB: db, ctx: ctx, tx: tx, now: db.Now(), cursors: make(map[cursorKey]*cursorRow), engine: db.engine,
		naming: &naming{names: db.names, ctx: ctx, tx: tx, engine: db.engine, added: make(map[any]int64), devicesHere: make(map[int64]ID)},
	}
	var entries []*entry
	for _, w := range group {
		some, err := w.prepare(t)
		if err != nil {
			return err
		}
		entries = append(entries, some...)
	}
	if err := t.add(entries); err != nil {
		return fmt.Errorf("write to the database of learners: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write to the database of learners: %w", err)
	}
	t.committed()
	return nil
}

// add projects events and adds them to the log.
func (t *transaction) add(entries []*entry) error {
	if err := newProjection(t.deviceOf).project(t.ctx, t.tx, t.engine, entries); err != nil {
		return err
	}
	if err := t.insert(entries); err != nil {
		return err
	}
	return t.saveCursors()
}

var eventColumns = []string{
	"stream_ref", "device_ref", "seq", "hlc", "kind", "actor_ref", "course_ref", "block_ref", "epoch", "content_ref", "wall_ms", "boot_id", "mono_ms",
	"payload", "hash", "prev_hash", "received_ms", "flags",
}

func (t *transaction) insert(entries []*entry) error {
	for some := range slices.Chunk(entries, 500) {
		var args []any
		for _, e := range some {
			args = append(args, e.stream, e.device, int64(e.Seq), int64(e.HLC), e.Kind, e.actor, e.course, e.block, e.Epoch, e.content, e.Wall.UnixMilli(), e.Boot, e.Mono,
				e.bytes(), e.Hash[:], e.Prev[:], e.Received.UnixMilli(), int64(e.Flags))
		}
		statement := insertSQL("event", eventColumns, 3, len(some))
		statement, _, _ = strings.Cut(statement, " ON CONFLICT") // the log is only added to
		if _, err := t.tx.ExecContext(t.ctx, t.engine.dialect(statement), args...); err != nil {
			return fmt.Errorf("add to the log: %w", err)
		}
	}
	return nil
}

func (t *transaction) saveCursors() error {
	columns := []string{"stream_ref", "device_ref", "have_seq", "have_hash"}
	var args []any
	for _, c := range t.cursors {
		args = append(args, c.stream, c.device, c.seq, c.hash[:])
	}
	if len(args) == 0 {
		return nil
	}
	_, err := t.tx.ExecContext(t.ctx, t.engine.dialect(insertSQL("cursor", columns, 2, len(t.cursors))), args...)
	return err
}
