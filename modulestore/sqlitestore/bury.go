package sqlitestore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"lectern/modulestore"
)

const (
	burySQL = `INSERT INTO tombstones (id, kind, size, author, reason, time) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
	dropSQL = `DELETE FROM objects WHERE id = ?`

	buriedSQL = `SELECT id, kind, size, author, reason, time FROM tombstones`
)

// Bury implements modulestore.Backend. The bytes of the object are overwritten in the file (secure_delete), and so are those of its copies that
// SQLite made in moving rows (FAST, which every writer uses). What the free pages hold from earlier times goes with them, and what the
// write-ahead log holds with that.
func (db *DB) Bury(ctx context.Context, t modulestore.Tombstone) error {
	if err := t.Check(); err != nil {
		return err
	}
	f := db.holding(t.Kind)
	doing := fmt.Sprintf("take down %s %s", t.Kind, t.ID.Short())
	err := f.update(ctx, doing, func(tx *sql.Tx) error {
		if _, err := tx.StmtContext(ctx, f.bury).ExecContext(ctx, t.ID[:], int(t.Kind), t.Size, t.Author, t.Reason, t.Time.UnixMilli()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
			return err
		}
		_, err := tx.StmtContext(ctx, f.drop).ExecContext(ctx, t.ID[:])
		_, restored := tx.ExecContext(ctx, `PRAGMA secure_delete = FAST`)
		return errors.Join(err, restored)
	})
	if err != nil {
		return err
	}
	if _, err := f.shrink(ctx); err != nil {
		return fmt.Errorf("it is gone, but its bytes may still be in %s until this is done again: %w", f.path, f.explain(ctx, doing, err))
	}
	return nil
}

// Tombstones implements modulestore.Backend.
func (db *DB) Tombstones(ctx context.Context) (list []modulestore.Tombstone, err error) {
	for _, f := range []*file{db.store, db.chunks} {
		err := f.query(ctx, "list what was taken down", f.buried, nil, func(rows *sql.Rows) error {
			var t modulestore.Tombstone
			var ms int64
			err := rows.Scan(scanID{&t.ID}, &t.Kind, &t.Size, &t.Author, &t.Reason, &ms)
			t.Time = time.UnixMilli(ms).UTC()
			list = append(list, t)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(x, y modulestore.Tombstone) int {
		if c := x.Time.Compare(y.Time); c != 0 {
			return c
		}
		return bytes.Compare(x.ID[:], y.ID[:])
	})
	return list, nil
}
