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

// Bury implements modulestore.Backend. Every writer overwrites what it removes (secure_delete): not only in a Bury, because a sweep may have removed
// the object before, and because SQLite moves rows. Bury empties the write-ahead log, too, which has the bytes longest.
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
		_, err := tx.StmtContext(ctx, f.drop).ExecContext(ctx, t.ID[:])
		return err
	})
	if err != nil {
		return err
	}
	err = patiently(func() error {
		err := f.emptyLog(ctx)
		if errors.Is(err, errInUse) {
			time.Sleep(busyStep) // nobody can write while SQLite waits for readers
		}
		return err
	})
	if err != nil {
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
