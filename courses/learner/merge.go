package learner

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// MergeReport says what became of events that came from elsewhere.
type MergeReport struct {
	Added      int
	Known      int // were here already
	Bad        int // of Added: kept without an effect, since their payload or their clock is not understood
	Unknown    int // of Added: kept without an effect, since this program does not know their kind
	Suspended  int // of Added: kept without an effect, since their device was revoked
	Quarantine []Quarantined
	// Missing are events that do not follow what is here: those before them have not come yet. They were not added; send them again with what they follow.
	Missing int
	Erased  int // were left out: their learner was erased
}

// Quarantined is an event that is not what it says it is. It is kept apart, with its reason.
type Quarantined struct {
	Event  Event
	Reason string
}

// mergeBatch is the number of events that are added in one transaction.
const mergeBatch = 2000

// Merge adds events that were first written on other devices, in any order of streams and devices; those of one stream and device must stand in
// the order of their numbers. Events that are here already change nothing, so a merge may be repeated. It is durable when it returns; if
// it fails, some of the events may have been added already.
func (db *DB) Merge(ctx context.Context, events []Event) (*MergeReport, error) {
	report := &MergeReport{}
	for some := range slices.Chunk(events, mergeBatch) {
		var part *merging
		err := db.queue.run(&write{ctx: ctx, events: some, decide: func(t *transaction, entries []*entry) error {
			part = &merging{transaction: t, here: make(map[eventKey]Hash), ahead: make(map[int64]bool)}
			return part.accept(entries)
		}})
		if err != nil {
			return report, err
		}
		part.sum(report)
	}
	return report, nil
}

// merging decides about events that came from elsewhere.
type merging struct {
	*transaction
	report MergeReport
	here   map[eventKey]Hash // of the events that have come and are here already
	ahead  map[int64]bool    // devices whose clock is not followed
}

type eventKey struct {
	cursorKey
	seq int64
}

func (m *merging) accept(entries []*entry) error {
	if err := m.readKnown(entries); err != nil {
		return err
	}
	for _, e := range entries {
		e.Wall, e.Received = e.Wall.UTC().Truncate(time.Millisecond), m.now.UTC().Truncate(time.Millisecond)
		e.Flags = 0 // what another database thinks of it
		if m.erased[e.Stream.Learner] {
			m.report.Erased++
			continue
		}
		if err := m.acceptOne(e); err != nil {
			return err
		}
	}
	for device := range m.ahead {
		if _, err := m.tx.ExecContext(m.ctx, m.engine.dialect(`UPDATE ref_device SET suspect = 1 WHERE device_ref = $1`), device); err != nil {
			return fmt.Errorf("mark a device: %w", err)
		}
	}
	return nil
}

func (m *merging) acceptOne(e *entry) error {
	c := m.cursor(e)
	switch seq := int64(e.Seq); {
	case e.Hash != e.hashed():
		return m.quarantine(e, "its hash is not that of what it says")
	case e.misplaced():
		return m.quarantine(e, "its course is of another organisation than its stream")
	case seq <= 0:
		return m.quarantine(e, "its number is below 1")
	case seq <= c.seq:
		return m.known(e)
	case seq > c.seq+1:
		m.report.Missing++
		return nil
	case e.Prev != Hash(c.hash):
		return m.quarantine(e, "it does not follow the event that is here: the device's database was copied or restored")
	}
	m.next(e, c)
	return nil
}

// next takes an event that is the next of its stream and device.
func (m *merging) next(e *entry, c *cursorRow) {
	if e.HLC <= c.hlc {
		e.Flags |= Unordered
	}
	switch err := m.apply(e); {
	case err != nil || e.Flags&Unordered != 0:
		m.report.Bad++
	case e.Flags&Unknown != 0:
		m.report.Unknown++
	case e.Flags&Suspended != 0:
		m.report.Suspended++
	}
	m.clock.hear(e.HLC, m.now)
	if e.HLC.Milliseconds() > m.now.Add(maxAhead).UnixMilli() {
		m.ahead[e.device] = true
	}
	m.take(e, c)
	m.here[e.key()] = e.Hash
	m.report.Added++
}

func (e *entry) key() eventKey { return eventKey{cursorKey{e.stream, e.device}, int64(e.Seq)} }

// readKnown reads the hashes of those events that are here already.
func (m *merging) readKnown(entries []*entry) error {
	var keys [][]any
	for _, e := range entries {
		if !m.erased[e.Stream.Learner] && int64(e.Seq) <= m.cursor(e).seq {
			keys = append(keys, []any{e.stream, e.device, int64(e.Seq)})
		}
	}
	for some := range slices.Chunk(keys, m.engine.chunk(3)) {
		source, args, err := m.engine.set(some)
		if err != nil {
			return err
		}
		rows, err := m.tx.QueryContext(m.ctx, `SELECT stream_ref, device_ref, seq, hash FROM event WHERE (stream_ref, device_ref, seq) IN (`+source+`)`, args...)
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if err := m.scanKnown(rows); err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
	}
	return nil
}

func (m *merging) scanKnown(rows *sql.Rows) error {
	defer rows.Close()
	for rows.Next() {
		var k eventKey
		var hash []byte
		if err := rows.Scan(&k.stream, &k.device, &k.seq, &hash); err != nil {
			return err
		}
		m.here[k] = Hash(hash)
	}
	return rows.Err()
}

// known is about a number that is here already. Another event under it means that a copy of the device's database was used.
func (m *merging) known(e *entry) error {
	if m.here[e.key()] != e.Hash {
		return m.quarantine(e, "another event of the device has this number: the device's database was copied or restored")
	}
	m.report.Known++
	return nil
}

// quarantine keeps an event apart, once however often it comes.
func (m *merging) quarantine(e *entry, reason string) error {
	m.report.Quarantine = append(m.report.Quarantine, Quarantined{*e.Event, reason})
	apart := *e.Event
	apart.Received = time.Time{}
	kept, err := json.Marshal(apart)
	if err != nil {
		return err
	}
	hash := hashOf(kept)
	_, err = m.tx.ExecContext(m.ctx, m.engine.dialect(`INSERT INTO quarantine (hash, user_ref, reason, bytes, received_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`),
		hash[:], e.user, reason, kept, m.now.UnixMilli())
	return err
}

// sum adds what became of a part to the whole, after it has been made durable.
func (m *merging) sum(r *MergeReport) {
	r.Added += m.report.Added
	r.Bad += m.report.Bad
	r.Unknown += m.report.Unknown
	r.Suspended += m.report.Suspended
	r.Known += m.report.Known
	r.Missing += m.report.Missing
	r.Erased += m.report.Erased
	r.Quarantine = append(r.Quarantine, m.report.Quarantine...)
}

// Log gives events of a stream and device from a number on, at most n, in the order of their numbers.
func (db *DB) Log(ctx context.Context, s Stream, device ID, from uint64, n int) (events []Event, err error) {
	unknown := -1 // is no user
	if s.Learner.IsZero() {
		unknown = 0 // stands for nobody
	}
	err = db.one(ctx, "the log", selectEvents+`
		WHERE s.user_ref = COALESCE((SELECT user_ref FROM ref_user WHERE learner_id = $1), $7) AND s.org = $2 AND s.kind = $3 AND d.device_id = $4 AND e.seq >= $5
		ORDER BY e.seq LIMIT $6`, []any{s.Learner[:], s.Org, s.Kind, device[:], int64(from), n, unknown}, func(rows found) error {
		e, _, err := scanEvent(rows)
		events = append(events, e)
		return err
	})
	return events, err
}

// selectEvents reads events with their keys.
const selectEvents = `SELECT e.stream_ref, e.device_ref, e.seq, u.learner_id, s.org, s.kind, d.device_id, e.hlc, e.kind, a.learner_id,
	COALESCE(c.course_key, ''), COALESCE(b.block_type, ''), COALESCE(b.block_name, ''), e.epoch, v.hash,
	e.wall_ms, e.boot_id, e.mono_ms, e.payload, e.hash, e.prev_hash, e.received_ms, e.flags
	FROM event e
	JOIN stream s ON s.stream_ref = e.stream_ref
	JOIN ref_device d ON d.device_ref = e.device_ref
	LEFT JOIN ref_user u ON u.user_ref = s.user_ref
	LEFT JOIN ref_user a ON a.user_ref = e.actor_ref
	LEFT JOIN ref_course c ON c.course_ref = e.course_ref
	LEFT JOIN ref_block b ON b.block_ref = e.block_ref
	LEFT JOIN ref_version v ON v.version_ref = e.content_ref`

func scanEvent(rows found) (e Event, at logPlace, err error) {
	var wall, received int64
	var user, device, hash, prev, actor, content []byte
	var course string
	err = rows.Scan(&at.stream, &at.device, &at.seq, &user, &e.Stream.Org, &e.Stream.Kind, &device, &e.HLC, &e.Kind, &actor,
		&course, &e.Block.Type, &e.Block.Name, &e.Epoch, &content, &wall, &e.Boot, &e.Mono, &e.Payload, &hash, &prev, &received, &e.Flags)
	if err != nil {
		return e, at, err
	}
	for to, from := range map[*ID][]byte{&e.Stream.Learner: user, &e.Device: device, &e.Actor: actor} {
		copy(to[:], from)
	}
	copy(e.Content[:], content)
	copy(e.Hash[:], hash)
	copy(e.Prev[:], prev)
	e.Seq, e.Wall, e.Received = uint64(at.seq), instant(wall), instant(received)
	e.Course, err = parsedCourse(course)
	return e, at, err
}
