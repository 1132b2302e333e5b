package learner

import (
	"context"
	"encoding/json"
	"fmt"
)

// overriding is an event about the grade of a subsection, with what its writer had seen.
type overriding struct {
	Problem
	seen map[string]uint64
}

// saw reports whether who wrote o knew of another.
func (o overriding) saw(other overriding) bool {
	if o.Device == other.Device {
		return o.Seq > other.Seq
	}
	return o.seen[other.Device.String()] >= other.Seq
}

// noteSeen notes in an override how far its stream is here from each device, so that it can be told later which others its writer knew of.
func noteSeen(t *transaction, e *entry) error {
	o, err := payload[OverridePayload](e)
	if err != nil {
		return err
	}
	rows, err := t.tx.QueryContext(t.ctx, t.engine.dialect(`SELECT d.device_id, c.have_seq FROM cursor c JOIN ref_device d ON d.device_ref = c.device_ref
		WHERE c.stream_ref = $1`), e.stream)
	if err != nil {
		return fmt.Errorf("read how much is here: %w", err)
	}
	defer rows.Close()
	o.Seen = make(map[string]uint64)
	err = scanAll(rows, func(rows found) error {
		var device []byte
		var seq uint64
		err := rows.Scan(&device, &seq)
		if id := ID(device); id != t.device {
			o.Seen[id.String()] = seq
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read how much is here: %w", err)
	}
	e.Payload, err = json.Marshal(o)
	return err
}

// overridesSQL gives the events about grades that were overridden on more than one device.
var overridesSQL = `SELECT e.stream_ref, e.block_ref, u.learner_id, d.device_id, e.seq, e.payload, b.block_type, b.block_name
	FROM event e JOIN stream s ON s.stream_ref = e.stream_ref JOIN ref_user u ON u.user_ref = s.user_ref JOIN ref_device d ON d.device_ref = e.device_ref
	JOIN ref_block b ON b.block_ref = e.block_ref
	WHERE e.kind = 'grade.override' AND ` + effective + ` AND (e.stream_ref, e.block_ref) IN
		(SELECT stream_ref, block_ref FROM event WHERE kind = 'grade.override' GROUP BY stream_ref, block_ref HAVING COUNT(DISTINCT device_ref) > 1)
	ORDER BY e.stream_ref, e.block_ref, e.hlc, d.device_id`

// concurrentOverrides lists all overrides of one grade that were made without knowing of each other. One that is made by whoever has seen them settles it.
func (db *DB) concurrentOverrides(ctx context.Context) (list []Problem, err error) {
	type subsection struct{ stream, block int64 }
	var last subsection
	var group []overriding
	err = db.one(ctx, "overrides", overridesSQL, nil, func(rows found) error {
		var at subsection
		o := overriding{Problem: Problem{What: "override"}}
		var user, device, body []byte
		var blockType, blockName string
		if err := rows.Scan(&at.stream, &at.block, &user, &device, &o.Seq, &body, &blockType, &blockName); err != nil {
			return err
		}
		copy(o.Learner[:], user)
		copy(o.Device[:], device)
		var p OverridePayload
		if err := json.Unmarshal(body, &p); err != nil {
			return err
		}
		if o.seen, o.Detail = p.Seen, blockType+" "+blockName; at != last {
			list, group, last = append(list, unseen(group)...), nil, at
		}
		group = append(group, o)
		return nil
	})
	return append(list, unseen(group)...), err
}

// unseen gives those that the writer of no other had seen, if they are several.
func unseen(group []overriding) (list []Problem) {
	for i, o := range group {
		seen := false
		for j, other := range group {
			seen = seen || i != j && other.saw(o)
		}
		if !seen {
			list = append(list, o.Problem)
		}
	}
	if len(list) < 2 {
		return nil
	}
	return list
}
