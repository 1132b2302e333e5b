package learner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// table is a projection in the database. R is a row of it, K its key or the first columns of that: what rows are looked up by.
type table[K comparable, R any] struct {
	name    string
	columns []string // the key first
	key     int      // number of columns of the whole key
	by      func(*R) K
	args    func(K) []any  // the values of the first columns that rows are looked up by
	fields  func(*R) []any // pointers to all fields, in the order of columns
}

// rows are those rows of a table that a transaction works with: read all at once, changed in memory, written all at once.
type rows[K comparable, R any] struct {
	*table[K, R]
	wanted map[K]bool
	found  map[K][]*R
	dirty  []*R
	marked map[*R]bool
}

func newRows[K comparable, R any](t *table[K, R]) *rows[K, R] {
	return &rows[K, R]{table: t, wanted: make(map[K]bool), found: make(map[K][]*R), marked: make(map[*R]bool)}
}

// want says that rows with this key will be needed.
func (r *rows[K, R]) want(k K) { r.wanted[k] = true }

// one gives the row with that key, which must be the whole key. It makes an empty row if there is none; fresh says so.
func (r *rows[K, R]) one(k K, empty R) (row *R, fresh bool) {
	if list := r.found[k]; len(list) > 0 {
		return list[0], false
	}
	row = &empty
	r.found[k] = []*R{row}
	return row, true
}

// get gives the row with that key, nil if there is none.
func (r *rows[K, R]) get(k K) *R {
	if list := r.found[k]; len(list) > 0 {
		return list[0]
	}
	return nil
}

// add adds a row.
func (r *rows[K, R]) add(row *R) {
	k := r.by(row)
	r.found[k] = append(r.found[k], row)
	r.changed(row)
}

// changed says that a row must be written.
func (r *rows[K, R]) changed(row *R) {
	if !r.marked[row] {
		r.marked[row] = true
		r.dirty = append(r.dirty, row)
	}
}

// load reads the wanted rows, with one statement for many keys.
func (r *rows[K, R]) load(b *batch) {
	keys := make([]K, 0, len(r.wanted))
	for k := range r.wanted {
		keys = append(keys, k)
	}
	for some := range slices.Chunk(keys, b.engine.chunk(3)) {
		values := make([][]any, len(some))
		for i, k := range some {
			values[i] = r.args(k)
		}
		source, args, err := b.engine.set(values)
		b.err = errors.Join(b.err, err)
		b.add("read "+r.name, fmt.Sprintf("SELECT %s FROM %s WHERE (%s) IN (%s)",
			strings.Join(r.columns, ","), r.name, strings.Join(r.columns[:len(values[0])], ","), source), args, r.scan)
	}
}

func (r *rows[K, R]) scan(rows found) error {
	row := new(R)
	if err := rows.Scan(r.fields(row)...); err != nil {
		return err
	}
	k := r.by(row)
	r.found[k] = append(r.found[k], row)
	return nil
}

// save writes the changed rows.
func (r *rows[K, R]) save(b *batch) {
	for some := range slices.Chunk(r.dirty, b.engine.chunk(len(r.columns))) {
		values := make([][]any, len(some))
		for i, row := range some {
			values[i] = r.fields(row)
		}
		b.upsert(r.name, r.columns, r.key, values)
	}
}
