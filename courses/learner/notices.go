package learner

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// notice is what an event says about a device: that it is revoked or reinstated, or that its clock was wrong for a while.
type notice struct {
	kind     string
	device   ID // that it is about
	stamp       // of the event; its device is the one that says so
	from, to HLC
	offset   int64 // milliseconds
}

// noticeKinds are the kinds of events that change what other events mean. They themselves stand where their clock says.
var noticeKinds = []string{KindRevoked, KindReinstated, KindClock}

// notices are all notices of all devices: there are few. They stand beside the rows that events concern, since every event is judged by them.
type notices struct {
	list   []notice
	stored int // of list: those that the database has, the first
	held   *judgement
}

// judgement is what holds of some notices: since when each device is revoked, and the corrections of the clock of each, the latest last.
type judgement struct {
	revoked map[ID]HLC
	clocks  map[ID][]notice
}

func (m *notices) add(n notice) {
	if !slices.Contains(m.list, n) {
		m.list, m.held = append(m.list, n), nil
	}
}

// holding is what holds of all notices.
func (m *notices) holding(devices func(int64) ID) *judgement {
	if m.held == nil {
		m.held = judged(m.list, devices)
	}
	return m.held
}

// judged makes what holds of some notices, in their order. What a device says after it was revoked does not count.
func judged(list []notice, devices func(int64) ID) *judgement {
	list = slices.SortedFunc(slices.Values(list), func(a, b notice) int {
		x, y := devices(a.stamp.device), devices(b.stamp.device)
		return cmp.Or(cmp.Compare(a.hlc, b.hlc), slices.Compare(x[:], y[:]))
	})
	j := &judgement{make(map[ID]HLC), make(map[ID][]notice)}
	for _, n := range list {
		if j.isRevoked(devices(n.stamp.device), n.hlc) {
			continue
		}
		switch _, already := j.revoked[n.device]; {
		case n.kind == KindRevoked && !already:
			j.revoked[n.device] = n.hlc
		case n.kind == KindReinstated:
			delete(j.revoked, n.device)
		case n.kind == KindClock:
			j.clocks[n.device] = append(j.clocks[n.device], n)
		}
	}
	return j
}

func (j *judgement) isRevoked(device ID, at HLC) bool {
	since, revoked := j.revoked[device]
	return revoked && at > since
}

// corrected gives the place in the order of what a device's clock put at h. The latest correction holds; they do not add up.
func (j *judgement) corrected(device ID, h HLC) HLC {
	for _, n := range slices.Backward(j.clocks[device]) {
		if n.from <= h && h <= n.to {
			return max(1, h+HLC(n.offset<<counterBits))
		}
	}
	return h
}

// rejudged gives the devices of whose events the notices that are not stored yet change the meaning. They may be others than the notices are about: a
// device that is revoked has perhaps said something about another.
func (m *notices) rejudged(devices func(int64) ID) (list []ID) {
	if m.stored == len(m.list) {
		return nil
	}
	before, now := judged(m.list[:m.stored], devices), m.holding(devices)
	about := make(map[ID]bool)
	for _, n := range m.list {
		about[n.device] = true
	}
	for id := range about {
		since, was := before.revoked[id]
		until, is := now.revoked[id]
		if was != is || since != until || !slices.Equal(before.clocks[id], now.clocks[id]) {
			list = append(list, id)
		}
	}
	return list
}

// judge says where an event stands in the order, and whether its device was revoked before.
func (p *projection) judge(e *entry) (at HLC, suspended bool) {
	j := p.notices.holding(p.devices)
	at = e.HLC
	if !slices.Contains(noticeKinds, e.Kind) {
		at = j.corrected(e.Device, at)
	}
	return at, j.isRevoked(e.Device, at)
}

var noticeColumns = []string{"device_id", "hlc", "device_ref", "kind", "from_hlc", "to_hlc", "offset_ms"}

var noticesSQL = "SELECT " + strings.Join(noticeColumns, ",") + " FROM device_notice"

func (m *notices) load(b *batch) {
	b.add("read device_notice", noticesSQL, nil, m.scan)
}

func (m *notices) scan(rows found) error {
	var n notice
	var id []byte
	err := rows.Scan(&id, &n.hlc, &n.stamp.device, &n.kind, &n.from, &n.to, &n.offset)
	copy(n.device[:], id)
	m.list, m.held = append(m.list, n), nil
	m.stored = len(m.list)
	return err
}

// read is load without a batch.
func (m *notices) read(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, noticesSQL)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, m.scan)
}

func (m *notices) save(b *batch) {
	for some := range slices.Chunk(m.list[m.stored:], b.engine.chunk(len(noticeColumns))) {
		values := make([][]any, len(some))
		for i, n := range some {
			values[i] = []any{n.device[:], int64(n.hlc), n.stamp.device, n.kind, int64(n.from), int64(n.to), n.offset}
		}
		b.upsert("device_notice", noticeColumns, 4, values)
	}
}

// ofPlatform reports an error unless an event is of the stream of no learner and no organisation, where the instants of a device are all different.
func (e *entry) ofPlatform() error {
	if e.user != 0 || !e.Stream.Learner.IsZero() || e.Stream.Org != "" {
		return errors.New("what is said about a device belongs to no learner and no organisation")
	}
	return nil
}

func applyNotice(p *projection, e *entry) error {
	d, err := payload[DevicePayload](e)
	if err := errors.Join(err, e.ofPlatform()); err != nil {
		return err
	}
	device, err := ParseID(d.Device)
	if err != nil {
		return err
	}
	p.notices.add(notice{kind: e.Kind, device: device, stamp: e.stamp()})
	return nil
}

// maxOffset is the most that a clock can be wrong, in milliseconds. More would leave the range of the clock.
const maxOffset = int64(200 * 365 * 24 * time.Hour / time.Millisecond)

func applyClock(p *projection, e *entry) error {
	c, err := payload[ClockPayload](e)
	if err := errors.Join(err, e.ofPlatform()); err != nil {
		return err
	}
	device, err := ParseID(c.Device)
	if err != nil || c.From > c.To || c.Offset < -maxOffset || c.Offset > maxOffset {
		return errors.Join(err, errors.New("a correction of a clock is for events from one instant to another, by less than 200 years"))
	}
	p.notices.add(notice{kind: e.Kind, device: device, stamp: e.stamp(), from: c.From, to: c.To, offset: c.Offset})
	return nil
}

func wantNothing(*projection, *entry) {}

// RevokeDevice lets nothing that a device writes from now on have an effect. It is kept, and has its effect once the device is reinstated.
func (db *DB) RevokeDevice(ctx context.Context, actor, device ID, reason string) (changed bool, err error) {
	return db.noteDevice(ctx, actor, KindRevoked, device, reason)
}

// ReinstateDevice lets everything that a device has written have its effect again.
func (db *DB) ReinstateDevice(ctx context.Context, actor, device ID, reason string) (changed bool, err error) {
	return db.noteDevice(ctx, actor, KindReinstated, device, reason)
}

func (db *DB) noteDevice(ctx context.Context, actor ID, kind string, device ID, reason string) (bool, error) {
	if device == db.Device() {
		return false, errors.New("a database does not revoke or reinstate itself: do it on another that has its events")
	}
	encoded, err := json.Marshal(DevicePayload{device.String(), reason})
	return db.change(ctx, platformDraft(kind, actor, encoded), err, nil, func(t *transaction, e *entry) (bool, error) {
		_, revoked := t.notices.holding(t.deviceOf).revoked[device]
		return revoked != (kind == KindRevoked), nil
	})
}

// CorrectClock says that the clock of a device was wrong for some of its events: they take another place in the order, the same everywhere.
func (db *DB) CorrectClock(ctx context.Context, actor ID, c ClockPayload) error {
	encoded, err := json.Marshal(c)
	_, err = db.change(ctx, platformDraft(KindClock, actor, encoded), err, nil, always)
	return err
}

// platformDraft is an event of staff that is about no organisation.
func platformDraft(kind string, actor ID, payload []byte) NewEvent {
	return NewEvent{Stream: Stream{Kind: StateStream}, Kind: kind, Actor: actor, Payload: payload}
}
