package learner

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// DB is what is known about learners, in one database. It is safe for concurrent use.
type DB struct {
	// Now gives the time. It is set before the first use.
	Now func() time.Time

	engine engine
	place  string // for people
	write  *sql.DB
	read   *sql.DB // the same as write in PostgreSQL, and where nothing can be written
	kept   *prepared
	names  *names
	clock  clock
	device ID
	boot   int64
	opened time.Time
	queue  *queue

	statements atomic.Int64 // of reads, for tests
}

// The most connections that are used. SQLite has one that writes.
const (
	readConnections   = 4
	serverConnections = 16
)

// Open opens the database at uri, a file or postgres://…, brings its tables up to date and gives it an id as a device if it has none.
func Open(ctx context.Context, uri string) (*DB, error) {
	if _, err := Migrate(ctx, uri); err != nil {
		return nil, err
	}
	return open(ctx, uri, toWrite)
}

// OpenToRead opens the database at uri as it is: it makes nothing, and nothing can be written through it. It fails with ErrNoTables where nothing was ever
// written, and with a SchemaError if the tables are not of this program's form.
func OpenToRead(ctx context.Context, uri string) (*DB, error) {
	switch status, err := Status(ctx, uri); {
	case err != nil:
		return nil, err
	case status.Dirty || status.Version != status.Latest && status.Version != 0:
		return nil, &SchemaError{status}
	case status.Version == 0:
		return nil, fmt.Errorf("%w at %s", ErrNoTables, WithoutSecret(uri))
	}
	return open(ctx, uri, toRead)
}

func open(ctx context.Context, uri string, m mode) (*DB, error) {
	db := &DB{Now: time.Now, engine: engineOf(uri), place: WithoutSecret(uri), names: newNames(), opened: time.Now()}
	if err := db.connect(ctx, uri, m); err != nil {
		return nil, errors.Join(err, db.disconnect())
	}
	if err := db.identify(ctx, m); err != nil {
		return nil, errors.Join(fmt.Errorf("open the database of learners: %w", explain(db.place, err)), db.disconnect())
	}
	db.queue = startQueue(db)
	if m == toRead {
		db.queue.stop()
	}
	return db, nil
}

func (db *DB) connect(ctx context.Context, uri string, m mode) (err error) {
	connections := readConnections + 1 // those who wait for a statement to be prepared hold one each
	if db.engine == postgres {
		connections = serverConnections
	}
	if db.read, err = db.engine.connect(ctx, uri, connections, m); err != nil {
		return err
	}
	if db.engine == sqlite {
		db.kept = newPrepared(db.read, readConnections)
	}
	if db.engine == postgres || m == toRead {
		db.write = db.read
		return nil
	}
	db.write, err = db.engine.connect(ctx, uri, 1, toWrite)
	return err
}

func (db *DB) disconnect() (err error) {
	if db.kept != nil {
		err = db.kept.close()
	}
	if db.read != nil && db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	if db.write != nil {
		err = errors.Join(err, db.write.Close())
	}
	return err
}

// Close waits for what is being written and closes the database.
func (db *DB) Close() error {
	db.queue.stop()
	return db.disconnect()
}

// Device is the id of this database as a device.
func (db *DB) Device() ID { return db.device }

// identify reads the id of the device, or draws it, and sets the clock to the latest event.
func (db *DB) identify(ctx context.Context, m mode) error {
	if m == toWrite {
		drawn := NewID()
		_, err := db.write.ExecContext(ctx, db.engine.dialect(`INSERT INTO meta (name, value) VALUES ('device', $1) ON CONFLICT (name) DO NOTHING`), drawn[:])
		if err != nil {
			return err
		}
	}
	var device []byte
	switch err := db.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = 'device'`).Scan(&device); {
	case errors.Is(err, sql.ErrNoRows) && m == toRead:
		return nil // it was made and never written to
	case err != nil:
		return err
	}
	if copy(db.device[:], device) != len(device) || len(device) != len(db.device) {
		return fmt.Errorf("the id of the device has %d bytes", len(device))
	}
	if err := db.names.loadDevices(ctx, db.read); err != nil {
		return err
	}
	db.boot = db.opened.UnixMilli()
	followed := MakeHLC(db.Now().Add(maxAhead).UnixMilli(), 0)
	return db.read.QueryRowContext(ctx, db.engine.dialect(`SELECT COALESCE(MAX(c.have_hlc), 0) FROM cursor c JOIN ref_device d ON d.device_ref = c.device_ref
		WHERE d.device_id = $1 OR c.have_hlc <= $2`), db.device[:], int64(followed)).Scan(&db.clock.last)
}

// NewID draws the id of a learner or a device.
func NewID() (id ID) {
	rand.Read(id[:]) // never fails
	return id
}
