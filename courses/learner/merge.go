package learner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// MergeReport says what became of events that came from elsewhere.
type MergeReport struct {
	Added      int
	Known      int // were here already
	Bad        int // of Added: kept without an effect, since their payload is not understood
	Quarantine []Quarantined
	// Missing are events that do not follow what is here: those before them have not come yet. They were not added; send them again with what they follow.
	Missing int
}

// Quarantined is an event that is not what it says it is. It is kept apart, with its reason.
type Quarantined struct {
	Event  Event
	Reason string
}

// mergeBatch is the number of events of a stream that are added in one transaction.
const mergeBatch = 2000

// Merge adds events that were first written on other devices, in any order of streams and devices; those of one stream and device must stand in
// the order of their numbers. Events that are here already change nothing, so a merge may be repeated. It is durable when it returns; if
// it fails, some streams may have been added already.
func (db *DB) Merge(ctx context.Context, events []Event) (*MergeReport, error) {
	report := &MergeReport{}
	byStream := make(map[Stream][]Event)
	var order []Stream
	for _, e := range events {
		if byStream[e.Stream] == nil {
			order = append(order, e.Stream)
		}
		byStream[e.Stream] = append(byStream[e.Stream], e)
	}
	for _, s := range order {
		for rest := byStream[s]; len(rest) > 0; {
			some := rest[:min(len(rest), mergeBatch)]
			rest = rest[len(some):]
			var part *merging
			err := db.queue.run(ctx, s, func(t *transaction) ([]*entry, error) {
				part = &merging{transaction: t}
				return part.accept(some)
			})
			if err != nil {
				return report, err
			}
			part.sum(report)
		}
	}
	return report, nil
}

// merging decides about events of one stream.
type merging struct {
	*transaction
	report  MergeReport
	entries []*entry
}

func (m *merging) accept(events []Event) ([]*entry, error) {
	for i := range events {
		event := events[i]
		event.Received = m.now
		if event.Hash != event.hashed() {
			if err := m.quarantine(event, "its hash is not that of what it says"); err != nil {
				return nil, err
			}
			continue
		}
		e, err := m.entry(&event)
		if err != nil {
			return nil, err
		}
		if err := m.follow(e); err != nil {
			return nil, err
		}
	}
	return m.entries, nil
}

// follow adds an event if it is the next of its stream and device.
func (m *merging) follow(e *entry) error {
	c, err := m.cursor(e)
	if err != nil {
		return err
	}
	switch seq := int64(e.Seq); {
	case seq <= 0:
		return m.quarantine(*e.Event, "its number is below 1")
	case seq <= c.seq:
		return m.known(e)
	case seq > c.seq+1:
		m.report.Missing++
		return nil
	case e.Prev != c.hash:
		return m.quarantine(*e.Event, "it does not follow the event that is here: the device's database was copied or restored")
	}
	c.seq, c.hash = int64(e.Seq), e.Hash
	m.clock.hear(e.HLC, m.now)
	m.entries = append(m.entries, e)
	return nil
}

// known is about a number that is here already. Another event under it means that a copy of the device's database was used.
func (m *merging) known(e *entry) error {
	for _, added := range m.entries {
		if added.stream == e.stream && added.device == e.device && added.Seq == e.Seq {
			m.report.Known++
			return nil
		}
	}
	var hash []byte
	err := m.tx.QueryRowContext(m.ctx, m.engine.dialect(`SELECT hash FROM event WHERE stream_ref = $1 AND device_ref = $2 AND seq = $3`), e.stream, e.device, int64(e.Seq)).Scan(&hash)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	if !bytes.Equal(hash, e.Hash[:]) {
		return m.quarantine(*e.Event, "another event of the device has this number: the device's database was copied or restored")
	}
	m.report.Known++
	return nil
}

// quarantine keeps an event apart.
func (m *merging) quarantine(e Event, reason string) error {
	m.report.Quarantine = append(m.report.Quarantine, Quarantined{e, reason})
	kept, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = m.tx.ExecContext(m.ctx, m.engine.dialect(`INSERT INTO quarantine (reason, bytes, received_ms) VALUES ($1, $2, $3)`), reason, kept, m.now.UnixMilli())
	return err
}

// sum adds what became of a part to the whole, after it has been made durable.
func (m *merging) sum(r *MergeReport) {
	r.Added += len(m.entries)
	r.Known += m.report.Known
	r.Missing += m.report.Missing
	r.Quarantine = append(r.Quarantine, m.report.Quarantine...)
	for _, e := range m.entries {
		if e.Flags&Bad != 0 {
			r.Bad++
		}
	}
}

// Log gives events of a stream and device from a number on, at most n, in the order of their numbers.
func (db *DB) Log(ctx context.Context, s Stream, device ID, from uint64, n int) (events []Event, err error) {
	rows, err := db.read.QueryContext(ctx, db.engine.dialect(logSQL), s.Learner[:], s.Org, s.Kind, device[:], int64(from), n)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e := Event{NewEvent: NewEvent{Stream: s}, Device: device}
		var wall, received int64
		var hash, prev, actor, content []byte
		var course, blockType, blockName string
		err := rows.Scan(&e.Seq, &e.HLC, &e.Kind, &actor, &course, &blockType, &blockName, &e.Epoch, &content, &wall, &e.Boot, &e.Mono, &e.Payload, &hash, &prev, &received, &e.Flags)
		if err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		if e.Course, err = parsedCourse(course); err != nil {
			return nil, err
		}
		e.Block.Type, e.Block.Name = blockType, blockName
		copy(e.Actor[:], actor)
		copy(e.Content[:], content)
		copy(e.Hash[:], hash)
		copy(e.Prev[:], prev)
		e.Wall, e.Received = time.UnixMilli(wall).UTC(), time.UnixMilli(received).UTC()
		events = append(events, e)
	}
	return events, rows.Err()
}

const logSQL = `SELECT e.seq, e.hlc, e.kind, a.learner_id, COALESCE(c.course_key, ''), COALESCE(b.block_type, ''), COALESCE(b.block_name, ''), e.epoch, v.hash,
	e.wall_ms, e.boot_id, e.mono_ms, e.payload, e.hash, e.prev_hash, e.received_ms, e.flags
	FROM event e
	JOIN stream s ON s.stream_ref = e.stream_ref
	JOIN ref_device d ON d.device_ref = e.device_ref
	LEFT JOIN ref_user a ON a.user_ref = e.actor_ref
	LEFT JOIN ref_course c ON c.course_ref = e.course_ref
	LEFT JOIN ref_block b ON b.block_ref = e.block_ref
	LEFT JOIN ref_version v ON v.version_ref = e.content_ref
	WHERE s.user_ref = COALESCE((SELECT user_ref FROM ref_user WHERE learner_id = $1), 0) AND s.org = $2 AND s.kind = $3 AND d.device_id = $4 AND e.seq >= $5
	ORDER BY e.seq LIMIT $6`
