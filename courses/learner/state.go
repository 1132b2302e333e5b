package learner

import (
	"bytes"
	"encoding/json"
	"errors"
)

// fieldClock says when a field of a block's state was written last: the instant, and the device in hex for ties.
type fieldClock struct {
	HLC    HLC    `json:"h"`
	Device string `json:"d"`
}

func (c fieldClock) before(d fieldClock) bool {
	return c.HLC < d.HLC || c.HLC == d.HLC && c.Device < d.Device
}

// applyState writes single fields: two devices that wrote different ones have both, of the same field the later one stands.
func applyState(p *projection, e *entry) error {
	var put struct {
		Fields map[string]json.RawMessage `json:"fields"`
	}
	if err := json.Unmarshal(e.Payload, &put); err != nil {
		return err
	}
	if len(put.Fields) == 0 {
		return errors.New("the state names no fields")
	}
	row := p.clearState(e.blockKey(), e.Epoch)
	if e.Epoch < row.epoch {
		return nil
	}
	state, clocks := make(map[string]json.RawMessage), make(map[string]fieldClock)
	if err := errors.Join(json.Unmarshal(row.state, &state), json.Unmarshal(row.clocks, &clocks)); err != nil {
		return err
	}
	now := fieldClock{e.at, e.Device.String()}
	for name, value := range put.Fields {
		if !clocks[name].before(now) {
			continue
		}
		clocks[name] = now
		if state[name] = value; bytes.Equal(value, []byte("null")) {
			delete(state, name)
		}
	}
	var err error
	if row.state, err = json.Marshal(state); err != nil {
		return err
	}
	if row.clocks, err = json.Marshal(clocks); err != nil {
		return err
	}
	row.rev++
	p.states.changed(row)
	return nil
}

// clearState empties the state when a later epoch begins.
func (p *projection) clearState(k blockKey, epoch int64) *stateRow {
	row, _ := p.states.one(k, stateRow{user: k.user, course: k.course, block: k.block, state: []byte("{}"), clocks: []byte("{}")})
	if epoch > row.epoch {
		row.epoch, row.rev, row.state, row.clocks = epoch, 0, []byte("{}"), []byte("{}")
		p.states.changed(row)
	}
	return row
}
