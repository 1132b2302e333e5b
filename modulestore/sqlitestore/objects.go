package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"lectern/modulestore"
)

// batch is the number of objects that one query looks up or lists: it keeps read transactions short.
const batch = 500

// Ids are handed to SQLite as one blob of 32 bytes each: one prepared statement for any number of them, and one value to
// bind. (As fast as IN with 500 parameters, and faster than json_each.)
const (
	withIDs = `WITH RECURSIVE ids(at) AS (SELECT 1 WHERE length(?1) > 0 UNION ALL SELECT at + 32 FROM ids WHERE at + 32 < length(?1)) `

	findSQL = withIDs + `SELECT id, kind, packing, size, data FROM ids CROSS JOIN objects ON id = substr(?1, at, 32)`
	// lackingSQL gives positions in the blob, counted from 0, of what is not there or has an older stamp than ?2; and whether it is there.
	lackingSQL = withIDs + `SELECT at / 32, generation IS NOT NULL FROM ids LEFT JOIN objects ON objects.id = substr(?1, at, 32)
		WHERE coalesce(generation < ?2, NOT EXISTS (SELECT 1 FROM tombstones WHERE id = substr(?1, at, 32)))`
	renewSQL  = withIDs + `UPDATE objects SET generation = ?2 WHERE id IN (SELECT substr(?1, at, 32) FROM ids) AND generation < ?2`
	insertSQL = `INSERT INTO objects (id, kind, packing, size, generation, data)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE id = ?1)
		ON CONFLICT (id) DO UPDATE SET generation = excluded.generation WHERE generation < excluded.generation`
	walkSQL = `SELECT row, id, kind, generation, size, length(data) FROM objects WHERE row > ? ORDER BY row LIMIT ?`
)

// row is an object as it is stored.
type row struct {
	object     modulestore.Object // with the uncompressed Data on the way in, without Data on the way out
	packing    packing
	size       int
	generation modulestore.Generation
	payload    []byte
	stored     int64 // bytes of payload
}

func (f *file) put(ctx context.Context, g modulestore.Generation, objects []modulestore.Object) error {
	for len(objects) > 0 {
		var fresh []modulestore.Object
		var old []modulestore.Object // there, with an older stamp
		err := f.eachLacking(ctx, g, idsOf(objects), func(i int, there bool) {
			if there {
				old = append(old, objects[i])
			} else {
				fresh = append(fresh, objects[i])
			}
		})
		if err != nil || len(fresh)+len(old) == 0 {
			return err
		}
		rows, err := f.packAll(ctx, fresh)
		if err != nil {
			return err
		}
		if objects, err = f.store(ctx, g, rows, old); err != nil {
			return err
		}
	}
	return nil
}

// store writes rows, and g to the old objects; it gives those of the latter that a sweep has removed meanwhile.
func (f *file) store(ctx context.Context, g modulestore.Generation, rows []row, old []modulestore.Object) (swept []modulestore.Object, err error) {
	err = f.update(ctx, "store objects", func(tx *sql.Tx) error {
		insert := tx.StmtContext(ctx, f.insert)
		for _, r := range rows {
			// A writer that stored the same object meanwhile stored the same bytes.
			payload := r.payload
			if payload == nil {
				payload = []byte{} // nil is NULL to the driver
			}
			if _, err := insert.ExecContext(ctx, r.object.ID[:], int(r.object.Kind), int(r.packing), r.size, int64(g), payload); err != nil {
				return err
			}
		}
		lost, err := f.renewed(ctx, tx, g, idsOf(old))
		for _, i := range lost {
			swept = append(swept, old[i])
		}
		return err
	})
	return swept, err
}

// renewed gives objects the stamp g if theirs is older, and the indexes of those that are not there.
func (f *file) renewed(ctx context.Context, tx *sql.Tx, g modulestore.Generation, ids []modulestore.ID) (lost []int, err error) {
	for start := 0; start < len(ids); start += batch {
		some := joined(ids[start:min(start+batch, len(ids))])
		if _, err := tx.StmtContext(ctx, f.renew).ExecContext(ctx, some, int64(g)); err != nil {
			return nil, err
		}
		err := f.query(ctx, "look up objects", tx.StmtContext(ctx, f.vanished), []any{some, int64(g)}, func(rows *sql.Rows) error {
			var at int
			var there bool
			err := rows.Scan(&at, &there)
			lost = append(lost, start+at)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return lost, nil
}

// packAll compresses on all processors and returns when it is done.
func (f *file) packAll(ctx context.Context, objects []modulestore.Object) ([]row, error) {
	for _, o := range objects {
		if len(o.Data) > maxObject {
			return nil, fmt.Errorf("store object %s: %d bytes are more than the %d that one object may have: %w",
				o.ID.Short(), len(o.Data), maxObject, modulestore.ErrInvalid)
		}
	}
	rows := make([]row, len(objects))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(objects)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(objects) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				o := objects[i]
				p, payload := f.codec.pack(o.Kind, o.Data)
				rows[i] = row{object: o, packing: p, size: len(o.Data), payload: payload}
			}
		})
	}
	workers.Wait()
	return rows, f.explain(ctx, "store objects", ctx.Err())
}

func (f *file) get(ctx context.Context, ids []modulestore.ID) ([]modulestore.Object, error) {
	objects := make([]modulestore.Object, 0, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), batch)
		err := f.query(ctx, "read objects", f.find, []any{joined(ids[:n])}, func(rows *sql.Rows) error {
			var r row
			if err := rows.Scan(scanID{&r.object.ID}, &r.object.Kind, &r.packing, &r.size, (*sql.RawBytes)(&r.payload)); err != nil {
				return fmt.Errorf("%w: %w", modulestore.ErrCorrupt, err)
			}
			o, err := f.unpacked(r)
			objects = append(objects, o)
			return err
		})
		if err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	return objects, nil
}

// lacking gives those of ids that are not stored, and the others the stamp g if theirs is older.
func (f *file) lacking(ctx context.Context, g modulestore.Generation, ids []modulestore.ID) (missing []modulestore.ID, err error) {
	var old []modulestore.ID
	err = f.eachLacking(ctx, g, ids, func(i int, there bool) {
		if there {
			old = append(old, ids[i])
		} else {
			missing = append(missing, ids[i])
		}
	})
	if err != nil || len(old) == 0 {
		return missing, err
	}
	err = f.update(ctx, "look up objects", func(tx *sql.Tx) error {
		lost, err := f.renewed(ctx, tx, g, old)
		for _, i := range lost {
			missing = append(missing, old[i])
		}
		return err
	})
	return missing, err
}

// eachLacking calls visit with the index of every id that is not stored, and of those that are there with an older stamp than g.
func (f *file) eachLacking(ctx context.Context, g modulestore.Generation, ids []modulestore.ID, visit func(i int, there bool)) error {
	for start := 0; start < len(ids); start += batch {
		some := ids[start:min(start+batch, len(ids))]
		err := f.query(ctx, "look up objects", f.lack, []any{joined(some), int64(g)}, func(rows *sql.Rows) error {
			var at int
			var there bool
			if err := rows.Scan(&at, &there); err != nil {
				return err
			}
			visit(start+at, there)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func idsOf(objects []modulestore.Object) []modulestore.ID {
	ids := make([]modulestore.ID, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	return ids
}

func joined(ids []modulestore.ID) []byte {
	all := make([]byte, 0, len(ids)*len(modulestore.ID{}))
	for _, id := range ids {
		all = append(all, id[:]...)
	}
	return all
}

// all yields the id and kind of every object, and reports whether the caller wants more.
func (f *file) all(ctx context.Context, yield func(modulestore.Object, error) bool) (more bool) {
	more = true
	err := f.eachBatch(ctx, func(rows []row) error {
		for _, r := range rows {
			if more = yield(r.object, nil); !more {
				return errEnough
			}
		}
		return nil
	})
	if err != nil && more {
		yield(modulestore.Object{}, err)
		return false
	}
	return more
}

// errEnough ends a walk when the caller of All has seen enough.
var errEnough = errors.New("enough")

// eachBatch calls use with all objects, some at a time, while no transaction is open. It ends at the first error.
func (f *file) eachBatch(ctx context.Context, use func([]row) error) error {
	for after := int64(0); ; {
		rows, last, err := f.walk(ctx, after)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := use(rows); err != nil {
			return err
		}
		after = last
	}
}

// walk lists the next objects after a row number, without payloads, and gives the number of the last one.
func (f *file) walk(ctx context.Context, after int64) (list []row, last int64, err error) {
	err = f.query(ctx, "list objects", f.list, []any{after, batch}, func(rows *sql.Rows) error {
		var r row
		if err := rows.Scan(&last, scanID{&r.object.ID}, &r.object.Kind, &r.generation, &r.size, &r.stored); err != nil {
			return fmt.Errorf("%w: %w", modulestore.ErrCorrupt, err)
		}
		list = append(list, r)
		return nil
	})
	return list, last, err
}

// unpacked gives the object with its data, or without and modulestore.ErrCorrupt.
func (f *file) unpacked(r row) (modulestore.Object, error) {
	data, err := f.codec.unpack(r.packing, r.size, r.payload)
	if err != nil {
		return r.object, fmt.Errorf("object %s in %s: %w: %w", r.object.ID, f.path, modulestore.ErrCorrupt, err)
	}
	r.object.Data = data
	return r.object, nil
}
