package learner

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"lectern/modulestore/key"
)

// names are the numbers that this database has for keys. They are remembered, since they never change.
type names struct {
	mu        sync.RWMutex
	courses   map[key.Course]int64
	blocks    map[blockName]int64
	users     map[ID]int64
	devices   map[deviceID]int64
	deviceIDs map[int64]ID
	content   map[Hash]int64
	streams   map[streamName]int64
}

type blockName struct {
	course int64
	id     key.BlockID
}

// deviceID keeps devices apart from learners.
type deviceID ID

type streamName struct {
	user      int64
	org, kind string
}

func newNames() *names {
	return &names{
		courses: make(map[key.Course]int64), blocks: make(map[blockName]int64), users: make(map[ID]int64), devices: make(map[deviceID]int64),
		deviceIDs: make(map[int64]ID), content: make(map[Hash]int64), streams: make(map[streamName]int64),
	}
}

// naming gives numbers within a transaction.
type naming struct {
	*names
	ctx    context.Context
	tx     *sql.Tx
	engine engine
	// fresh remembers what was added, once the transaction has been committed.
	fresh []func()
	// added are the numbers that this transaction has found or added.
	added       map[any]int64
	devicesHere map[int64]ID
}

// loadDevices makes deviceOf know all devices.
func (n *names) loadDevices(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT device_ref, device_id FROM ref_device`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		var id []byte
		if err := rows.Scan(&number, &id); err != nil {
			return err
		}
		n.deviceIDs[number] = ID(id)
	}
	return rows.Err()
}

func (n *naming) committed() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, remember := range n.fresh {
		remember()
	}
}

// ref finds the number of a key in a table of names, or adds the key. The first of columns is unique, or all of them but extra ones at the end are.
func ref[K comparable](n *naming, known map[K]int64, k K, t nameTable, values ...any) (int64, error) {
	n.mu.RLock()
	found, ok := known[k]
	n.mu.RUnlock()
	if ok {
		return found, nil
	}
	if found, ok := n.added[k]; ok {
		return found, nil
	}
	if _, err := n.tx.ExecContext(n.ctx, n.engine.dialect(t.insert), values...); err != nil {
		return 0, fmt.Errorf("name %v: %w", k, err)
	}
	if err := n.tx.QueryRowContext(n.ctx, n.engine.dialect(t.find), values[:t.unique]...).Scan(&found); err != nil {
		return 0, fmt.Errorf("find %v: %w", k, err)
	}
	n.added[k] = found
	n.fresh = append(n.fresh, func() { known[k] = found })
	return found, nil
}

// nameTable is a table of names. Its first columns, unique of them, are the name.
type nameTable struct {
	insert, find string
	unique       int
}

var (
	courseNames = nameTable{
		`INSERT INTO ref_course (course_key, org) VALUES ($1, $2) ON CONFLICT DO NOTHING`, `SELECT course_ref FROM ref_course WHERE course_key = $1`, 1,
	}
	blockNames = nameTable{
		`INSERT INTO ref_block (course_ref, block_type, block_name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		`SELECT block_ref FROM ref_block WHERE course_ref = $1 AND block_type = $2 AND block_name = $3`, 3,
	}
	userNames   = nameTable{`INSERT INTO ref_user (learner_id) VALUES ($1) ON CONFLICT DO NOTHING`, `SELECT user_ref FROM ref_user WHERE learner_id = $1`, 1}
	deviceNames = nameTable{
		`INSERT INTO ref_device (device_id, suspect) VALUES ($1, 0) ON CONFLICT DO NOTHING`, `SELECT device_ref FROM ref_device WHERE device_id = $1`, 1,
	}
	versionNames = nameTable{
		`INSERT INTO ref_version (kind, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING`, `SELECT version_ref FROM ref_version WHERE kind = $1 AND hash = $2`, 2,
	}
	streamNames = nameTable{
		`INSERT INTO stream (user_ref, org, kind) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		`SELECT stream_ref FROM stream WHERE user_ref = $1 AND org = $2 AND kind = $3`, 3,
	}
)

func (n *naming) course(c key.Course) (int64, error) {
	if c == (key.Course{}) {
		return 0, nil
	}
	return ref(n, n.courses, c, courseNames, c.String(), c.Org)
}

func (n *naming) block(course int64, id key.BlockID) (int64, error) {
	if id.IsZero() {
		return 0, nil
	}
	return ref(n, n.blocks, blockName{course, id}, blockNames, course, id.Type, id.Name)
}

func (n *naming) user(id ID) (int64, error) {
	if id.IsZero() {
		return 0, nil
	}
	return ref(n, n.users, id, userNames, id[:])
}

func (n *naming) device(id ID) (int64, error) {
	found, err := ref(n, n.devices, deviceID(id), deviceNames, id[:])
	n.fresh = append(n.fresh, func() { n.deviceIDs[found] = id })
	n.devicesHere[found] = id
	return found, err
}

// deviceOf is the inverse of device, for devices that this transaction or one before has named.
func (n *naming) deviceOf(number int64) ID {
	if id, ok := n.devicesHere[number]; ok {
		return id
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.deviceIDs[number]
}

func (n *naming) contentVersion(h Hash) (int64, error) {
	if h == (Hash{}) {
		return 0, nil
	}
	return ref(n, n.content, h, versionNames, "content", h[:])
}

func (n *naming) stream(user int64, s Stream) (int64, error) {
	return ref(n, n.streams, streamName{user, s.Org, s.Kind}, streamNames, user, s.Org, s.Kind)
}
