package learner

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"lectern/modulestore/key"
)

// dictionary is the numbers that this database has for the keys of one table. They are remembered, since they never change.
type dictionary[K comparable] struct {
	table, number string
	columns       []string
	values        func(K) []any

	mu    sync.RWMutex
	known map[K]int64
}

type blockName struct {
	course int64
	id     key.BlockID
}

type streamName struct {
	user      int64
	org, kind string
}

// names are all dictionaries of a database.
type names struct {
	courses *dictionary[key.Course]
	blocks  *dictionary[blockName]
	users   *dictionary[ID]
	devices *dictionary[ID]
	content *dictionary[Hash]
	pools   *dictionary[Hash]
	policy  *dictionary[Hash]
	streams *dictionary[streamName]

	mu        sync.RWMutex
	deviceIDs map[int64]ID
}

func newNames() *names {
	return &names{
		courses: &dictionary[key.Course]{
			table: "ref_course", number: "course_ref", columns: []string{"course_key", "org"}, values: func(c key.Course) []any { return []any{c.String(), c.Org} },
		},
		blocks: &dictionary[blockName]{
			table: "ref_block", number: "block_ref", columns: []string{"course_ref", "block_type", "block_name"},
			values: func(b blockName) []any { return []any{b.course, b.id.Type, b.id.Name} },
		},
		users:   &dictionary[ID]{table: "ref_user", number: "user_ref", columns: []string{"learner_id"}, values: func(id ID) []any { return []any{id[:]} }},
		devices: &dictionary[ID]{table: "ref_device", number: "device_ref", columns: []string{"device_id"}, values: func(id ID) []any { return []any{id[:]} }},
		content: versions("content"), pools: versions("pool"), policy: versions("policy"),
		streams: &dictionary[streamName]{
			table: "stream", number: "stream_ref", columns: []string{"user_ref", "org", "kind"}, values: func(s streamName) []any { return []any{s.user, s.org, s.kind} },
		},
		deviceIDs: make(map[int64]ID),
	}
}

// versions are the hashes of one kind.
func versions(kind string) *dictionary[Hash] {
	return &dictionary[Hash]{
		table: "ref_version", number: "version_ref", columns: []string{"kind", "hash"}, values: func(h Hash) []any { return []any{kind, h[:]} },
	}
}

// recall gives the numbers of those keys that are known without asking the database, and the other keys in an order that is the same everywhere:
// whoever adds several waits for others in that order.
func (d *dictionary[K]) recall(keys map[K]bool) (found map[K]int64, missing []K) {
	found = make(map[K]int64, len(keys))
	d.mu.RLock()
	for k := range keys {
		if n, ok := d.known[k]; ok {
			found[k] = n
		} else {
			missing = append(missing, k)
		}
	}
	d.mu.RUnlock()
	slices.SortFunc(missing, func(a, b K) int { return strings.Compare(fmt.Sprint(d.values(a)...), fmt.Sprint(d.values(b)...)) })
	return found, missing
}

func (d *dictionary[K]) remember(numbers map[K]int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = make(map[K]int64)
	}
	maps.Copy(d.known, numbers)
}

func (d *dictionary[K]) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = nil
}

// querier is a database or a transaction of it.
type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// look finds numbers in the database, with one statement for many keys.
func (d *dictionary[K]) look(ctx context.Context, q querier, e engine, keys []K, found map[K]int64) error {
	for some := range slices.Chunk(keys, e.chunk(3)) {
		if err := d.lookSome(ctx, q, e, some, found); err != nil {
			return fmt.Errorf("read %s: %w", d.table, err)
		}
	}
	return nil
}

func (d *dictionary[K]) lookSome(ctx context.Context, q querier, e engine, keys []K, found map[K]int64) error {
	values := make([][]any, len(keys))
	for i, k := range keys {
		values[i] = append(d.values(k), int64(i))
	}
	source, args, err := e.set(values)
	if err != nil {
		return err
	}
	equal := make([]string, len(d.columns))
	for i, c := range d.columns {
		equal[i] = "t." + c + " = v." + c
	}
	rows, err := q.QueryContext(ctx, fmt.Sprintf("WITH v (%s, place) AS (%s) SELECT v.place, t.%s FROM v JOIN %s t ON %s",
		strings.Join(d.columns, ", "), source, d.number, d.table, strings.Join(equal, " AND ")), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var i, number int64
		if err := rows.Scan(&i, &number); err != nil {
			return err
		}
		found[keys[i]] = number
	}
	return rows.Err()
}

// add gives numbers to keys that have none. Somebody else may do so at the same time.
func (d *dictionary[K]) add(ctx context.Context, tx *sql.Tx, e engine, keys []K, found map[K]int64) error {
	for some := range slices.Chunk(keys, e.chunk(3)) {
		values := make([][]any, len(some))
		for i, k := range some {
			values[i] = d.values(k)
		}
		source, args, err := e.set(values)
		if err != nil {
			return err
		}
		if e == sqlite {
			source = "SELECT * FROM (" + source + ") WHERE TRUE" // or its parser takes ON for that of a join
		}
		statement := fmt.Sprintf("INSERT INTO %s (%s) %s ON CONFLICT DO NOTHING", d.table, strings.Join(d.columns, ","), source)
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("write %s: %w", d.table, err)
		}
	}
	return d.look(ctx, tx, e, keys, found)
}

// named gives the numbers of keys, and adds those that have none. They are remembered once the transaction has been committed.
func named[K comparable](t *transaction, d *dictionary[K], keys map[K]bool) (map[K]int64, error) {
	found, missing := d.recall(keys)
	if len(missing) == 0 {
		return found, nil
	}
	if err := d.look(t.ctx, t.tx, t.engine, missing, found); err != nil {
		return nil, err
	}
	missing = slices.DeleteFunc(missing, func(k K) bool { return found[k] != 0 })
	if len(missing) > 0 {
		if err := d.add(t.ctx, t.tx, t.engine, missing, found); err != nil {
			return nil, err
		}
	}
	t.fresh = append(t.fresh, func() { d.remember(found) })
	return found, nil
}

// loadDevices makes deviceOf know all devices.
func (n *names) loadDevices(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, `SELECT device_ref, device_id FROM ref_device`)
	if err != nil {
		return err
	}
	defer rows.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
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

// deviceOf gives the id of a device that was known when the database was opened or has been met since.
func (n *names) deviceOf(number int64) (ID, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	id, ok := n.deviceIDs[number]
	return id, ok
}

// met remembers devices.
func (n *names) met(devices map[int64]ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	maps.Copy(n.deviceIDs, devices)
}

// number gives events the numbers of this database, with one statement for each table that has new names.
func (t *transaction) number(entries []*entry) error {
	users, courses, devices, content := make(map[ID]bool), make(map[key.Course]bool), make(map[ID]bool), make(map[Hash]bool)
	for _, e := range entries {
		users[e.Stream.Learner], users[e.Actor], courses[e.Course], devices[e.Device], content[e.Content] = true, true, true, true, true
	}
	delete(users, ID{})
	delete(courses, key.Course{})
	delete(content, Hash{})
	if err := t.withoutErased(users); err != nil {
		return err
	}
	userNumbers, err := named(t, t.names.users, users)
	if err != nil {
		return err
	}
	courseNumbers, err := named(t, t.names.courses, courses)
	if err != nil {
		return err
	}
	deviceNumbers, err := named(t, t.names.devices, devices)
	if err != nil {
		return err
	}
	for id, number := range deviceNumbers {
		t.devices[number] = id
	}
	contentNumbers, err := named(t, t.names.content, content)
	if err != nil {
		return err
	}
	for _, e := range entries {
		e.user, e.actor, e.course = userNumbers[e.Stream.Learner], userNumbers[e.Actor], courseNumbers[e.Course]
		e.device, e.content = deviceNumbers[e.Device], contentNumbers[e.Content]
	}
	return t.numberRest(entries)
}

// numberRest does the tables whose names hold the numbers of others.
func (t *transaction) numberRest(entries []*entry) error {
	blocks, streams := make(map[blockName]bool), make(map[streamName]bool)
	for _, e := range entries {
		if t.erased[e.Stream.Learner] {
			continue
		}
		streams[e.streamName()] = true
		if !e.Block.IsZero() {
			blocks[blockName{e.course, e.Block}] = true
		}
	}
	blockNumbers, err := named(t, t.names.blocks, blocks)
	if err != nil {
		return err
	}
	streamNumbers, err := named(t, t.names.streams, streams)
	if err != nil {
		return err
	}
	for _, e := range entries {
		e.block, e.stream = blockNumbers[blockName{e.course, e.Block}], streamNumbers[e.streamName()]
	}
	return nil
}

func (e *entry) streamName() streamName { return streamName{e.user, e.Stream.Org, e.Stream.Kind} }

// erasedHash is what is kept of a learner who was erased.
func erasedHash(id ID) []byte {
	h := hashOf([]byte("lectern erased"), id[:])
	return h[:]
}

// withoutErased takes those out of users who were erased, and remembers them. It asks the database for new ones only.
func (t *transaction) withoutErased(users map[ID]bool) error {
	_, missing := t.names.users.recall(users)
	if len(missing) == 0 {
		return nil
	}
	values := make([][]any, len(missing))
	for i, id := range missing {
		values[i] = []any{erasedHash(id), int64(i)}
	}
	for some := range slices.Chunk(values, t.engine.chunk(2)) {
		source, args, err := t.engine.set(some)
		if err != nil {
			return err
		}
		rows, err := t.tx.QueryContext(t.ctx, "WITH v (hash, place) AS ("+source+") SELECT v.place FROM v JOIN erased ON learner_hash = v.hash", args...)
		if err != nil {
			return fmt.Errorf("read erased: %w", err)
		}
		places, err := numbersOf(rows)
		if err != nil {
			return err
		}
		for _, i := range places {
			t.erased[missing[i]] = true
			delete(users, missing[i])
		}
	}
	return nil
}

// numbersOf reads a column of numbers.
func numbersOf(rows *sql.Rows) (list []int64, err error) {
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

// stringsOf reads a column of texts.
func stringsOf(rows *sql.Rows, err error) (list []string, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
