package sqlitestore

import (
	"context"
	"database/sql"
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
	// lackingSQL gives positions in the blob, counted from 0.
	lackingSQL = withIDs + `SELECT at / 32 FROM ids WHERE NOT EXISTS (SELECT 1 FROM objects WHERE id = substr(?1, at, 32))`
	insertSQL  = `INSERT INTO objects (id, kind, packing, size, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
	walkSQL    = `SELECT row, id, kind FROM objects WHERE row > ? ORDER BY row LIMIT ?`
)

// row is an object as it is stored.
type row struct {
	object  modulestore.Object // with the uncompressed Data on the way in, without Data on the way out
	packing packing
	size    int
	payload []byte
}

func (f *file) put(ctx context.Context, objects []modulestore.Object) error {
	if len(objects) == 0 {
		return nil
	}
	fresh, err := f.unknown(ctx, objects)
	if err != nil || len(fresh) == 0 {
		return err
	}
	rows, err := f.packAll(ctx, fresh)
	if err != nil {
		return err
	}
	return f.update(ctx, "store objects", func(tx *sql.Tx) error {
		insert := tx.StmtContext(ctx, f.insert)
		for _, r := range rows {
			// A writer that stored the same object meanwhile stored the same bytes.
			payload := r.payload
			if payload == nil {
				payload = []byte{} // nil is NULL to the driver
			}
			_, err := insert.ExecContext(ctx, r.object.ID[:], int(r.object.Kind), int(r.packing), r.size, payload)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// unknown gives those of objects that are not stored.
func (f *file) unknown(ctx context.Context, objects []modulestore.Object) ([]modulestore.Object, error) {
	ids := make([]modulestore.ID, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	var fresh []modulestore.Object
	err := f.eachLacking(ctx, ids, func(i int) { fresh = append(fresh, objects[i]) })
	return fresh, err
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

func (f *file) lacking(ctx context.Context, ids []modulestore.ID) (missing []modulestore.ID, err error) {
	err = f.eachLacking(ctx, ids, func(i int) { missing = append(missing, ids[i]) })
	return missing, err
}

// eachLacking calls visit with the index of every id that is not stored.
func (f *file) eachLacking(ctx context.Context, ids []modulestore.ID, visit func(i int)) error {
	for start := 0; start < len(ids); start += batch {
		some := ids[start:min(start+batch, len(ids))]
		err := f.query(ctx, "look up objects", f.lack, []any{joined(some)}, func(rows *sql.Rows) error {
			var at int
			if err := rows.Scan(&at); err != nil {
				return err
			}
			visit(start + at)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
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
	for after := int64(0); ; {
		objects, last, err := f.walk(ctx, after)
		if err != nil {
			yield(modulestore.Object{}, err)
			return false
		}
		for _, o := range objects {
			if !yield(o, nil) {
				return false
			}
		}
		if len(objects) == 0 {
			return true
		}
		after = last
	}
}

// walk lists the next objects after a row number, and gives the number of the last one.
func (f *file) walk(ctx context.Context, after int64) (objects []modulestore.Object, last int64, err error) {
	err = f.query(ctx, "list objects", f.list, []any{after, batch}, func(rows *sql.Rows) error {
		var o modulestore.Object
		if err := rows.Scan(&last, scanID{&o.ID}, &o.Kind); err != nil {
			return fmt.Errorf("%w: %w", modulestore.ErrCorrupt, err)
		}
		objects = append(objects, o)
		return nil
	})
	return objects, last, err
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
