package learner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// commitTime is how long a transaction may take. It does not end with the context of a caller, since others share it. The time is that of the rare event that
// changes what all others of a device mean.
const commitTime = 10 * time.Minute

// transaction is one transaction of several writes. It reads everything that they concern with one statement for each table, lets them decide one after the
// other on what is in memory then, and writes what has changed with one statement for each table.
type transaction struct {
	*DB
	*projection
	ctx     context.Context
	conn    *sql.Conn
	tx      *sql.Tx
	now     time.Time
	fresh   []func()     // remembers names, once the transaction has been committed
	devices map[int64]ID // those named here
	erased  map[ID]bool  // of those named here
	cursors *rows[cursorKey, cursorRow]
	log     []*entry // what is added
	// rejudges: there may be an event that changes what others mean. Nobody else writes meanwhile.
	rejudges bool
	err      error // of a read that had no way to report it
}

type cursorKey struct{ stream, device int64 }

// cursorRow is how much of a stream is here from a device, with the last event's clock and hash.
type cursorRow struct {
	cursorKey
	seq  int64
	hlc  HLC
	hash []byte
}

var cursorTable = &table[cursorKey, cursorRow]{
	name: "cursor", columns: []string{"stream_ref", "device_ref", "have_seq", "have_hlc", "have_hash"}, key: 2,
	by:     func(r *cursorRow) cursorKey { return r.cursorKey },
	args:   func(k cursorKey) []any { return []any{k.stream, k.device} },
	fields: func(r *cursorRow) []any { return []any{&r.stream, &r.device, &r.seq, &r.hlc, &r.hash} },
}

// ErrErased is the cause when something should be written about a learner who was erased.
var ErrErased = errors.New("the learner was erased")

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
	return db.add(ctx, events, nil, func(t *transaction, drafts []*entry) error {
		for _, e := range drafts {
			if err := t.happen(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// add lets decide add those of the drafts that shall happen, as it finishes them, and gives them as they stand in the log. want asks for rows
// that the kinds of the drafts do not ask for; it may be nil. decide may run more than once.
func (db *DB) add(ctx context.Context, drafts []NewEvent, want func(*projection, *entry), decide func(*transaction, []*entry) error) (made []Event, err error) {
	events := make([]Event, len(drafts))
	for i, d := range drafts {
		events[i] = Event{NewEvent: d, Device: db.Device()}
	}
	w := &write{ctx: ctx, events: events, want: want, decide: func(t *transaction, entries []*entry) error {
		made = nil
		if t.erased[entries[0].Stream.Learner] {
			return ErrErased
		}
		before := len(t.log)
		if err := decide(t, entries); err != nil {
			return err
		}
		for _, e := range t.log[before:] {
			made = append(made, *e.Event)
		}
		return nil
	}}
	if err := db.queue.run(w); err != nil {
		return nil, err
	}
	return made, nil
}

// happen adds an event of this device.
func (t *transaction) happen(e *entry) error {
	c := t.cursor(e)
	e.Wall, e.Received = t.now.UTC().Truncate(time.Millisecond), t.now.UTC().Truncate(time.Millisecond)
	e.Boot, e.Mono = t.boot, t.now.Sub(t.opened).Milliseconds()
	e.Seq, e.HLC, e.Prev = uint64(c.seq)+1, t.clock.tick(t.now, c.hlc), Hash(c.hash)
	e.Hash = e.hashed()
	if err := t.apply(e); err != nil {
		return fmt.Errorf("an event of kind %s: %w", e.Kind, err)
	}
	t.take(e, c)
	return nil
}

// take adds an event to the log.
func (t *transaction) take(e *entry, c *cursorRow) {
	c.seq, c.hlc, c.hash = int64(e.Seq), max(c.hlc, e.HLC), e.Hash[:]
	t.cursors.changed(c)
	t.log = append(t.log, e)
}

// cursor gives how much of the stream of an event is here from its device.
func (t *transaction) cursor(e *entry) *cursorRow {
	k := cursorKey{e.stream, e.device}
	c, _ := t.cursors.one(k, cursorRow{cursorKey: k, hash: make([]byte, len(Hash{}))})
	return c
}

// errStale says that a name has gone that was remembered: another process has erased a learner.
var errStale = errors.New("a learner was erased meanwhile")

// commit makes writes durable, with all that follows from their events, in one transaction. A write that decides to fail leaves nothing and
// does not stop the others; err of each says so.
func (db *DB) commit(group []*write) error {
	err := db.commitOnce(group)
	if errors.Is(err, errStale) {
		db.names.users.forget()
		db.names.streams.forget()
		err = db.commitOnce(group)
	}
	if err != nil {
		return fmt.Errorf("write to the database of learners: %w", explain(db.place, err))
	}
	return nil
}

func (db *DB) commitOnce(group []*write) error {
	ctx, stop := context.WithTimeout(context.Background(), commitTime)
	defer stop()
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	t := &transaction{
		DB: db, ctx: ctx, conn: conn, tx: tx, now: db.Now(), devices: make(map[int64]ID), erased: make(map[ID]bool), cursors: newRows(cursorTable),
	}
	t.projection = newProjection(t.deviceOf)
	if err := t.decideAll(group); err != nil {
		return err
	}
	if err := t.write(); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, remember := range t.fresh {
		remember()
	}
	db.names.met(t.devices)
	return nil
}

// decideAll prepares the transaction for all writes and lets them decide one after the other.
func (t *transaction) decideAll(group []*write) error {
	var all []*entry
	drafts := make([][]*entry, len(group))
	for i, w := range group {
		for _, event := range w.events {
			drafts[i] = append(drafts[i], &entry{Event: &event})
		}
		all = append(all, drafts[i]...)
	}
	if err := t.number(all); err != nil {
		return err
	}
	if err := t.read(group, drafts); err != nil {
		return err
	}
	for i, w := range group {
		before := len(t.log)
		if w.err = w.decided(t, drafts[i]); w.err != nil && len(t.log) > before {
			return w.err // it has added something before it failed: nothing of the group may stay
		}
	}
	return t.err
}

// read locks and reads all rows that the writes concern.
func (t *transaction) read(group []*write, drafts [][]*entry) error {
	b := &batch{engine: t.engine}
	var users, streams []int64
	for _, e := range slices.Concat(drafts...) {
		t.rejudges = t.rejudges || slices.Contains(noticeKinds, e.Kind)
	}
	b.lockLog(t.rejudges)
	for i, w := range group {
		for _, e := range drafts[i] {
			switch {
			case t.erased[e.Stream.Learner]:
				continue
			case e.user != 0:
				users = append(users, e.user)
			default:
				streams = append(streams, e.stream)
			}
			t.cursors.want(cursorKey{e.stream, e.device})
			t.want(e)
			if w.want != nil {
				w.want(t.projection, e)
			}
		}
	}
	users, streams = distinct(users), distinct(streams)
	locked := 0
	b.lock("ref_user", "user_ref", users, &locked)
	b.lock("stream", "stream_ref", streams, &locked)
	t.countPlaces(b)
	t.cursors.load(b)
	t.load(b)
	if err := b.run(t.ctx, t.conn, t.tx); err != nil {
		return err
	}
	if b.engine == postgres && locked < len(users)+len(streams) {
		return errStale
	}
	return nil
}

// countPlaces counts the learners of the courses that have only so many places. Nobody else who counts can add one until the transaction ends.
func (t *transaction) countPlaces(b *batch) {
	if len(t.taken) == 0 {
		return
	}
	courses := slices.Sorted(maps.Keys(t.taken))
	b.lock("ref_course", "course_ref", courses, new(int))
	b.add("count enrolments", t.engine.dialect(`SELECT course_ref, COUNT(*) FROM enrolment WHERE course_ref `+t.engine.anyOf(1)+` AND active = 1 GROUP BY course_ref`),
		[]any{t.engine.list(courses)}, func(rows found) error {
			var course, taken int64
			err := rows.Scan(&course, &taken)
			t.taken[course] = taken
			return err
		})
}

func distinct(list []int64) []int64 {
	slices.Sort(list)
	return slices.Compact(list)
}

// lock keeps others from writing about the same learners, and staff streams, until the transaction ends. Everybody locks in the same order. SQLite has
// one writer anyway.
func (b *batch) lock(table, column string, numbers []int64, locked *int) {
	if b.engine == sqlite || len(numbers) == 0 {
		return
	}
	b.add("lock "+table, fmt.Sprintf(`SELECT %s FROM %s WHERE %[1]s = ANY($1) ORDER BY %[1]s FOR UPDATE`, column, table), []any{numbers}, func(rows found) error {
		*locked++
		return rows.Scan(new(int64))
	})
}

// The log is locked by all who write: shared by those who add to it, alone by those for whom it must stand still.
const (
	shareLogSQL = `SELECT pg_advisory_xact_lock_shared(hashtext('lectern learner log'))`
	lockLogSQL  = `SELECT pg_advisory_xact_lock(hashtext('lectern learner log'))`
)

// lockLog is the first statement of whoever writes. SQLite has one writer anyway.
func (b *batch) lockLog(alone bool) {
	switch {
	case b.engine == sqlite:
	case alone:
		b.add("lock the log", lockLogSQL, nil, nil)
	default:
		b.add("lock the log", shareLogSQL, nil, nil)
	}
}

// lockLog keeps all others from writing until the transaction ends.
func (db *DB) lockLog(ctx context.Context, tx *sql.Tx) error {
	if db.engine == sqlite {
		return nil
	}
	_, err := tx.ExecContext(ctx, lockLogSQL)
	return err
}

// deviceOf gives the id of a device, also of one that another process has met.
func (t *transaction) deviceOf(number int64) ID {
	if id, ok := t.devices[number]; ok {
		return id
	}
	id, ok := t.names.deviceOf(number)
	if !ok && t.err == nil {
		t.err = t.names.loadDevices(t.ctx, t.tx)
		id, _ = t.names.deviceOf(number)
	}
	return id
}

// write writes what the transaction has changed.
func (t *transaction) write() error {
	b := &batch{engine: t.engine}
	t.insert(b)
	t.cursors.save(b)
	t.save(b)
	devices := t.notices.rejudged(t.deviceOf)
	if len(devices) == 0 {
		t.saveMarks(b)
		return b.run(t.ctx, t.conn, t.tx)
	}
	if err := b.run(t.ctx, t.conn, t.tx); err != nil {
		return err
	}
	if err := t.reproject(devices); err != nil {
		return err
	}
	due := &batch{engine: t.engine} // all at once, in the order of their keys
	t.saveMarks(due)
	return due.run(t.ctx, t.conn, t.tx)
}

var eventColumns = []string{
	"stream_ref", "device_ref", "seq", "hlc", "kind", "actor_ref", "course_ref", "block_ref", "epoch", "content_ref", "wall_ms", "boot_id", "mono_ms",
	"payload", "hash", "prev_hash", "received_ms", "flags",
}

func (t *transaction) insert(b *batch) {
	for some := range slices.Chunk(t.log, t.engine.chunk(len(eventColumns))) {
		values := make([][]any, len(some))
		for i, e := range some {
			values[i] = []any{e.stream, e.device, int64(e.Seq), int64(e.HLC), e.Kind, e.actor, e.course, e.block, e.Epoch, e.content, e.Wall.UnixMilli(), e.Boot, e.Mono,
				e.bytes(), e.Hash[:], e.Prev[:], e.Received.UnixMilli(), int64(e.Flags)}
		}
		b.upsert("event", eventColumns, 0, values)
	}
}
