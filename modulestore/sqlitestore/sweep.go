package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"

	"lectern/modulestore"
)

const (
	sweepSQL = withIDs + `DELETE FROM objects WHERE id IN (SELECT substr(?1, at, 32) FROM ids) AND generation < ?2 RETURNING id`

	// sweepBytes is the most that one transaction removes, so that no writer waits long for it.
	sweepBytes = 16 << 20
	// shrinkBytes is the most that one transaction moves when a file is made smaller.
	shrinkBytes = 4 << 20
)

// Sweep implements modulestore.Backend. It goes through the objects in batches, each removed in a transaction of its own. A file that has lost
// something is made smaller in the end, by moving its last pages into the gaps a few megabytes at a time: VACUUM would keep writers waiting
// for as long as it takes to write the whole file twice.
func (db *DB) Sweep(ctx context.Context, before modulestore.Generation, dry bool, live func(modulestore.Kind, modulestore.ID) bool) (modulestore.Swept, error) {
	total := modulestore.Swept{Kinds: make(map[modulestore.Kind]modulestore.KindCount)}
	for _, f := range []*file{db.store, db.chunks} {
		w := &sweeper{file: f, before: before, dry: dry, live: live, swept: &total}
		if err := f.eachBatch(ctx, func(rows []row) error { return w.batch(ctx, rows) }); err != nil {
			return total, err
		}
		if w.removed {
			// A shrink that fails, as when another process writes all the time, does no harm: the free pages take the objects that come next.
			bytes, _ := f.shrink(ctx)
			total.File += bytes
		}
	}
	return total, nil
}

// sweeper sweeps one file.
type sweeper struct {
	*file
	before  modulestore.Generation
	dry     bool
	live    func(modulestore.Kind, modulestore.ID) bool
	removed bool // anything
	swept   *modulestore.Swept
}

// batch removes those of rows that are old and not live.
func (w *sweeper) batch(ctx context.Context, rows []row) error {
	var dead []row
	bytes := int64(0)
	for _, r := range rows {
		if r.generation >= w.before || w.live(r.object.Kind, r.object.ID) {
			continue
		}
		if len(dead) > 0 && bytes+r.stored > sweepBytes {
			if err := w.remove(ctx, dead); err != nil {
				return err
			}
			dead, bytes = nil, 0
		}
		dead, bytes = append(dead, r), bytes+r.stored
	}
	return w.remove(ctx, dead)
}

// remove removes objects, but not those that a writer has renewed since they were looked at.
func (w *sweeper) remove(ctx context.Context, dead []row) error {
	if len(dead) == 0 {
		return nil
	}
	if w.dry {
		w.count(dead)
		return nil
	}
	byID := make(map[modulestore.ID]row, len(dead))
	ids := make([]modulestore.ID, len(dead))
	for i, r := range dead {
		byID[r.object.ID], ids[i] = r, r.object.ID
	}
	var gone []row
	err := w.update(ctx, "remove objects", func(tx *sql.Tx) error {
		return w.query(ctx, "remove objects", tx.StmtContext(ctx, w.sweep), []any{joined(ids), int64(w.before)}, func(rows *sql.Rows) error {
			var id modulestore.ID
			err := rows.Scan(scanID{&id})
			gone = append(gone, byID[id])
			return err
		})
	})
	if err == nil {
		w.count(gone)
		w.removed = w.removed || len(gone) > 0
	}
	return err
}

func (w *sweeper) count(rows []row) {
	for _, r := range rows {
		c := w.swept.Kinds[r.object.Kind]
		w.swept.Kinds[r.object.Kind] = modulestore.KindCount{Objects: c.Objects + 1, Bytes: c.Bytes + int64(r.size)}
		w.swept.Stored += r.stored
	}
}

// shrink gives free pages back to the file system and returns how many bytes these were, also when it cannot end its work.
func (f *file) shrink(ctx context.Context) (bytes int64, err error) {
	before, err := f.pages(ctx)
	after := before
	for last := after + 1; err == nil && after < last; {
		last = after
		if err = f.shrinkSome(ctx); err == nil {
			after, err = f.pages(ctx)
		}
	}
	if err == nil {
		err = f.emptyLog(ctx) // the file gets its new size by that
	}
	return max(before-after, 0) * int64(f.pageSize), err
}

func (f *file) pages(ctx context.Context) (n int64, err error) {
	err = ask(ctx, f.write, `PRAGMA page_count`, &n)
	return n, err
}

func (f *file) shrinkSome(ctx context.Context) error {
	return patiently(func() error {
		_, err := f.write.ExecContext(ctx, fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, shrinkBytes/f.pageSize))
		return err
	})
}

// emptyLog moves the whole write-ahead log into the file and leaves none of its bytes, unless somebody reads the file as it was before.
func (f *file) emptyLog(ctx context.Context) error {
	var busy, pages, moved int
	err := f.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if err == nil && busy != 0 {
		err = errInUse
	}
	return err
}
