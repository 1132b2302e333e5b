package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"lectern/modulestore"
)

const (
	storeName  = "store.db"
	chunksName = "chunks.db"
)

// DB is a modulestore.Backend in one folder. It is safe for concurrent use.
type DB struct {
	store  *file // all objects but chunks
	chunks *file // chunks
	log    *reflog
}

var _ modulestore.Backend = (*DB)(nil)

// Exists reports whether dir holds a store, so that a command that only reads need not create one.
func Exists(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, storeName))
	return err == nil && info.Mode().IsRegular()
}

// Open opens the store in the folder dir. It creates the folder and the files if they are not there, readable by the
// user alone. It fails with modulestore.ErrCorrupt when one of the files is missing or damaged, and with
// modulestore.ErrInvalid when dir cannot be a folder or holds files of a newer version or of another program.
func Open(ctx context.Context, dir string) (*DB, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	chunks, err := openFile(ctx, filepath.Join(dir, chunksName), chunksTuning, c)
	if err != nil {
		return nil, err
	}
	store, err := openFile(ctx, filepath.Join(dir, storeName), storeTuning, c)
	if err != nil {
		return nil, errors.Join(err, chunks.release())
	}
	db := &DB{store: store, chunks: chunks}
	if err := db.initialise(ctx); err != nil {
		return nil, errors.Join(err, store.release(), chunks.release())
	}
	return db, nil
}

func (db *DB) initialise(ctx context.Context) (err error) {
	if err := db.checkPair(ctx); err != nil {
		return err
	}
	// In this order: see checkPair.
	if err := db.chunks.initialise(ctx); err != nil {
		return err
	}
	if err := db.store.initialise(ctx); err != nil {
		return err
	}
	db.log, err = openReflog(ctx, db.store)
	return err
}

// checkPair fails when one of the files is gone or empty and the other is not, because going on with a new one would hide
// the loss. It is right also while another process creates the store: tables of store.db come after those of
// chunks.db, objects after both, and what comes last is looked at first.
func (db *DB) checkPair(ctx context.Context) error {
	used, err := db.chunks.isUsed(ctx)
	if err != nil {
		return db.chunks.explain(ctx, "open store", err)
	}
	store, err := db.store.format(ctx, db.store.write)
	if err != nil {
		return db.store.explain(ctx, "open store", err)
	}
	chunks, err := db.chunks.format(ctx, db.chunks.write)
	if err != nil {
		return db.chunks.explain(ctx, "open store", err)
	}
	lost := db.store
	switch {
	case store > 0 && chunks == 0:
		lost = db.chunks
	case store > 0 || !used:
		return nil
	}
	return fmt.Errorf("open store: %s is missing or empty: put it back from a backup: %w", lost.path, modulestore.ErrCorrupt)
}

// makeFolder creates dir and the folders above it where needed, and makes their names durable.
func makeFolder(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("open store: %s is a file, not a folder: choose another data folder: %w", dir, modulestore.ErrInvalid)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open store: %w", err)
	}
	parent := filepath.Dir(dir)
	if err := makeFolder(parent); err != nil {
		return err
	}
	// Another process may have been faster.
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("open store: cannot create the data folder: %w", err)
	}
	if err := syncFolder(parent); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	return nil
}

// Close implements modulestore.Backend. It moves the write-ahead logs into the files.
func (db *DB) Close() error {
	return errors.Join(db.store.close(), db.chunks.close())
}

// Put implements modulestore.Backend: one transaction per file, chunks first.
func (db *DB) Put(ctx context.Context, g modulestore.Generation, objects []modulestore.Object) error {
	var chunks, rest []modulestore.Object
	for _, o := range objects {
		if o.Kind == modulestore.KindChunk {
			chunks = append(chunks, o)
		} else {
			rest = append(rest, o)
		}
	}
	if err := db.chunks.put(ctx, g, chunks); err != nil {
		return err
	}
	return db.store.put(ctx, g, rest)
}

// Get implements modulestore.Backend. An object that cannot be decompressed is a modulestore.ErrCorrupt.
func (db *DB) Get(ctx context.Context, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.Object, error) {
	return db.holding(kind).get(ctx, ids)
}

// Has implements modulestore.Backend.
func (db *DB) Has(ctx context.Context, g modulestore.Generation, kind modulestore.Kind, ids []modulestore.ID) (missing []modulestore.ID, err error) {
	return db.holding(kind).lacking(ctx, g, ids)
}

func (db *DB) holding(kind modulestore.Kind) *file {
	if kind == modulestore.KindChunk {
		return db.chunks
	}
	return db.store
}

// All implements modulestore.Backend. No transaction is open while the caller works, so objects that are stored meanwhile
// may be missed.
func (db *DB) All(ctx context.Context) iter.Seq2[modulestore.Object, error] {
	return func(yield func(modulestore.Object, error) bool) {
		if db.store.all(ctx, yield) {
			db.chunks.all(ctx, yield)
		}
	}
}
