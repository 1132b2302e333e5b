package learner

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// table is a projection in the database. R is a row of it, K its key or the first columns of that: what rows are looked up by.
type table[K comparable, R any] struct {
	name    string
	columns []string // the key first
	key     int      // number of columns of the whole key
	lookup  []string // types of the columns that are looked up by, for PostgreSQL
	by      func(*R) K
	args    func(K) []any  // the values of the columns that are looked up by
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

// load reads the wanted rows, with one statement for each thousand keys.
func (r *rows[K, R]) load(ctx context.Context, tx *sql.Tx, e engine) error {
	keys := make([]K, 0, len(r.wanted))
	for k := range r.wanted {
		keys = append(keys, k)
	}
	for some := range slices.Chunk(keys, 1000) {
		if err := r.loadSome(ctx, tx, e, some); err != nil {
			return fmt.Errorf("read %s: %w", r.name, err)
		}
	}
	return nil
}

func (r *rows[K, R]) loadSome(ctx context.Context, tx *sql.Tx, e engine, keys []K) error {
	var args []any
	var values strings.Builder
	for i, k := range keys {
		if i > 0 {
			values.WriteByte(',')
		}
		values.WriteByte('(')
		for j, arg := range r.args(k) {
			if j > 0 {
				values.WriteByte(',')
			}
			args = append(args, arg)
			fmt.Fprintf(&values, "$%d", len(args))
			if e == postgres && i == 0 {
				values.WriteString("::" + r.lookup[j])
			}
		}
		values.WriteByte(')')
	}
	found, err := tx.QueryContext(ctx, e.dialect(fmt.Sprintf("SELECT %s FROM %s WHERE (%s) IN (VALUES %s)",
		strings.Join(r.columns, ","), r.name, strings.Join(r.columns[:len(r.lookup)], ","), values.String())), args...)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		row := new(R)
		if err := found.Scan(r.fields(row)...); err != nil {
			return err
		}
		k := r.by(row)
		r.found[k] = append(r.found[k], row)
	}
	return found.Err()
}

// save writes the changed rows.
func (r *rows[K, R]) save(ctx context.Context, tx *sql.Tx, e engine) error {
	for some := range slices.Chunk(r.dirty, max(1, min(1000, maxParameters/len(r.columns)))) {
		var args []any
		for _, row := range some {
			args = append(args, r.fields(row)...)
		}
		if _, err := tx.ExecContext(ctx, e.dialect(insertSQL(r.name, r.columns, r.key, len(some))), args...); err != nil {
			return fmt.Errorf("write %s: %w", r.name, err)
		}
	}
	return nil
}

// insertSQL inserts n rows or replaces what is there under their keys.
func insertSQL(name string, columns []string, key, n int) string {
	var s strings.Builder
	fmt.Fprintf(&s, "INSERT INTO %s (%s) VALUES ", name, strings.Join(columns, ","))
	for i := range n {
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteByte('(')
		for j := range columns {
			if j > 0 {
				s.WriteByte(',')
			}
			fmt.Fprintf(&s, "$%d", i*len(columns)+j+1)
		}
		s.WriteByte(')')
	}
	fmt.Fprintf(&s, " ON CONFLICT (%s) DO UPDATE SET ", strings.Join(columns[:key], ","))
	for j, c := range columns[key:] {
		if j > 0 {
			s.WriteByte(',')
		}
		fmt.Fprintf(&s, "%s=excluded.%s", c, c)
	}
	return s.String()
}
