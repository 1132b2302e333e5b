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

// mark is what an event says about a device: that it is revoked or reinstated, or that its clock was wrong for a while.
type mark struct {
	kind     string
	device   ID // that it is about
	stamp       // of the event; its device is the one that says so
	from, to HLC
	offset   int64 // milliseconds
}

// markKinds are the kinds of events that change what other events mean. They themselves stand where their clock says.
var markKinds = []string{KindRevoked, KindReinstated, KindClock}

// marks are all marks of all devices: there are few. They stand beside the rows that events concern, since every event is judged by them.
type marks struct {
	list  []mark
	fresh []mark // of list: those that are not stored yet
	sound bool   // revoked and clocks follow from list
	// revoked has since when each device is revoked, clocks the corrections of each, the latest last.
	revoked map[ID]HLC
	clocks  map[ID][]mark
}

func (m *marks) add(n mark) {
	if !slices.Contains(m.list, n) {
		m.list, m.fresh, m.sound = append(m.list, n), append(m.fresh, n), false
	}
}

// fold makes what holds now of the marks, in their order. What a device says after it was revoked does not count.
func (m *marks) fold(devices func(int64) ID) {
	slices.SortFunc(m.list, func(a, b mark) int {
		x, y := devices(a.stamp.device), devices(b.stamp.device)
		return cmp.Or(cmp.Compare(a.hlc, b.hlc), slices.Compare(x[:], y[:]), strings.Compare(a.kind, b.kind))
	})
	m.revoked, m.clocks, m.sound = make(map[ID]HLC), make(map[ID][]mark), true
	for _, n := range m.list {
		if m.isRevoked(devices(n.stamp.device), n.hlc) {
			continue
		}
		switch _, already := m.revoked[n.device]; {
		case n.kind == KindRevoked && !already:
			m.revoked[n.device] = n.hlc
		case n.kind == KindReinstated:
			delete(m.revoked, n.device)
		case n.kind == KindClock:
			m.clocks[n.device] = append(m.clocks[n.device], n)
		}
	}
}

func (m *marks) isRevoked(device ID, at HLC) bool {
	since, revoked := m.revoked[device]
	return revoked && at > since
}

// corrected gives the place in the order of what a device's clock put at h. The latest correction holds; they do not add up.
func (m *marks) corrected(device ID, h HLC) HLC {
	for _, n := range slices.Backward(m.clocks[device]) {
		if n.from <= h && h <= n.to {
			return max(1, h+HLC(n.offset<<counterBits))
		}
	}
	return h
}

// judge says where an event stands in the order, and whether its device was revoked before.
func (p *projection) judge(e *entry) (at HLC, suspended bool) {
	if !p.marks.sound {
		p.marks.fold(p.devices)
	}
	at = e.HLC
	if !slices.Contains(markKinds, e.Kind) {
		at = p.marks.corrected(e.Device, at)
	}
	return at, p.marks.isRevoked(e.Device, at)
}

var markColumns = []string{"device_id", "hlc", "device_ref", "kind", "from_hlc", "to_hlc", "offset_ms"}

func (m *marks) load(b *batch) {
	b.add("read device_mark", "SELECT "+strings.Join(markColumns, ",")+" FROM device_mark", nil, func(rows found) error {
		var n mark
		var id []byte
		err := rows.Scan(&id, &n.hlc, &n.stamp.device, &n.kind, &n.from, &n.to, &n.offset)
		copy(n.device[:], id)
		m.list, m.sound = append(m.list, n), false
		return err
	})
}

func (m *marks) save(b *batch) {
	for some := range slices.Chunk(m.fresh, b.engine.chunk(len(markColumns))) {
		values := make([][]any, len(some))
		for i, n := range some {
			values[i] = []any{n.device[:], int64(n.hlc), n.stamp.device, n.kind, int64(n.from), int64(n.to), n.offset}
		}
		b.upsert("device_mark", markColumns, 4, values)
	}
}

// ofPlatform reports an error unless an event is of the stream of no learner and no organisation, where the instants of a device are all different.
func (e *entry) ofPlatform() error {
	if e.user != 0 || !e.Stream.Learner.IsZero() || e.Stream.Org != "" {
		return errors.New("what is said about a device belongs to no learner and no organisation")
	}
	return nil
}

func applyDeviceMark(p *projection, e *entry) error {
	d, err := payload[DevicePayload](e)
	if err := errors.Join(err, e.ofPlatform()); err != nil {
		return err
	}
	device, err := idOfHex(d.Device)
	if err != nil {
		return err
	}
	p.marks.add(mark{kind: e.Kind, device: device, stamp: e.stamp()})
	return nil
}

// maxOffset is the most that a clock can be wrong, in milliseconds. More would leave the range of the clock.
const maxOffset = int64(200 * 365 * 24 * time.Hour / time.Millisecond)

func applyClock(p *projection, e *entry) error {
	c, err := payload[ClockPayload](e)
	if err := errors.Join(err, e.ofPlatform()); err != nil {
		return err
	}
	device, err := idOfHex(c.Device)
	if err != nil || c.From > c.To || c.Offset < -maxOffset || c.Offset > maxOffset {
		return errors.Join(err, errors.New("a correction of a clock is for events from one instant to another, by less than 200 years"))
	}
	p.marks.add(mark{kind: e.Kind, device: device, stamp: e.stamp(), from: c.From, to: c.To, offset: c.Offset})
	return nil
}

func wantNothing(*projection, *entry) {}

// RevokeDevice lets nothing that a device writes from now on have an effect. It is kept, and has its effect once the device is reinstated.
func (db *DB) RevokeDevice(ctx context.Context, actor, device ID, reason string) (changed bool, err error) {
	return db.markDevice(ctx, actor, KindRevoked, device, reason)
}

// ReinstateDevice lets everything that a device has written have its effect again.
func (db *DB) ReinstateDevice(ctx context.Context, actor, device ID, reason string) (changed bool, err error) {
	return db.markDevice(ctx, actor, KindReinstated, device, reason)
}

func (db *DB) markDevice(ctx context.Context, actor ID, kind string, device ID, reason string) (bool, error) {
	if device == db.Device() {
		return false, errors.New("a database does not revoke or reinstate itself: do it on another that has its events")
	}
	encoded, err := json.Marshal(DevicePayload{device.String(), reason})
	return db.change(ctx, platformDraft(kind, actor, encoded), err, nil, func(t *transaction, e *entry) (bool, error) {
		t.marks.fold(t.deviceOf)
		_, revoked := t.marks.revoked[device]
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
