package learner

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	migratesqlite "github.com/golang-migrate/migrate/v4/database/sqlite"
	"github.com/golang-migrate/migrate/v4/source/iofs"
)

//go:embed migrations
var migrations embed.FS

// latestMigration is the number of the last file in migrations.
const latestMigration = 1

// MigrationStatus says which form the tables of a database have.
type MigrationStatus struct {
	Version uint // of the tables; 0 for none
	Latest  uint // that this program knows
	Dirty   bool // a migration failed in the middle
}

// ErrNoTables is the cause when nothing was ever written to a database.
var ErrNoTables = errors.New("there is no database of learners")

// SchemaError says that this program cannot work with tables of the form that they have.
type SchemaError struct{ MigrationStatus }

func (e *SchemaError) Error() string {
	switch {
	case e.Dirty:
		return fmt.Sprintf("bringing the tables of learners to version %d has failed in the middle", e.Version)
	case e.Version > e.Latest:
		return fmt.Sprintf("the tables of learners have version %d, and this program knows no later one than %d", e.Version, e.Latest)
	}
	return fmt.Sprintf("the tables of learners have version %d, and this program needs %d", e.Version, e.Latest)
}

// Advice says what to do about it.
func (e *SchemaError) Advice() string {
	switch {
	case e.Dirty:
		return "put the database back from a backup, then run lectern migrate up"
	case e.Version > e.Latest:
		return "a newer lectern has been at work here: use that one"
	}
	return "make a backup, then run lectern migrate up"
}

// Migrate brings the tables of the database at uri up to date. It does nothing if they are, and fails with a SchemaError if it must not touch them.
func Migrate(ctx context.Context, uri string) (MigrationStatus, error) {
	status, err := Status(ctx, uri)
	switch {
	case err != nil:
		return status, err
	case status.Dirty || status.Version > status.Latest:
		return status, &SchemaError{status}
	case status.Version == status.Latest:
		return status, nil
	}
	return migrated(ctx, uri, func(m *migrate.Migrate) error { return m.Up() })
}

// Status tells which form the tables have, and changes nothing.
func Status(ctx context.Context, uri string) (MigrationStatus, error) {
	status := MigrationStatus{Latest: latestMigration}
	e := engineOf(uri)
	if e == sqlite {
		if _, err := os.Stat(uri); errors.Is(err, fs.ErrNotExist) {
			return status, nil
		}
	}
	db, err := e.connect(ctx, uri, 1, toRead)
	if err != nil {
		return status, err
	}
	if err := status.read(ctx, db, e); err != nil {
		err = fmt.Errorf("read which form the tables of learners have: %w", explain(WithoutSecret(uri), err))
		return status, errors.Join(err, db.Close())
	}
	return status, db.Close()
}

func (s *MigrationStatus) read(ctx context.Context, db *sql.DB, e engine) error {
	exists := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'`
	if e == postgres {
		exists = `SELECT COUNT(to_regclass('schema_migrations'))`
	}
	var tables, version int64
	if err := db.QueryRowContext(ctx, exists).Scan(&tables); err != nil || tables == 0 {
		return err
	}
	err := db.QueryRowContext(ctx, `SELECT version, dirty FROM schema_migrations LIMIT 1`).Scan(&version, &s.Dirty)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	s.Version = uint(max(0, version))
	return err
}

func migrated(ctx context.Context, uri string, do func(*migrate.Migrate) error) (status MigrationStatus, err error) {
	m, err := migrator(ctx, uri)
	if err != nil {
		return status, fmt.Errorf("migrate the tables of learners: %w", err)
	}
	defer func() {
		sourceErr, databaseErr := m.Close()
		err = errors.Join(err, sourceErr, databaseErr)
	}()
	if err := do(m); err != nil && !errors.Is(err, migrate.ErrNoChange) {
		return status, fmt.Errorf("migrate the tables of learners: %w", explain(WithoutSecret(uri), err))
	}
	status.Latest = latestMigration
	status.Version, status.Dirty, err = m.Version()
	if errors.Is(err, migrate.ErrNilVersion) {
		err = nil
	}
	return status, err
}

// migrator opens connections of its own, since it closes what it was given.
func migrator(ctx context.Context, uri string) (*migrate.Migrate, error) {
	e := engineOf(uri)
	files, err := iofs.New(migrations, "migrations/"+e.String())
	if err != nil {
		return nil, err
	}
	db, err := e.connect(ctx, uri, 1, toWrite)
	if err != nil {
		return nil, errors.Join(err, files.Close())
	}
	driver, err := e.migrationDriver(db)
	if err != nil {
		return nil, errors.Join(explain(WithoutSecret(uri), err), db.Close(), files.Close())
	}
	return migrate.NewWithInstance("embedded", files, e.String(), driver)
}

func (e engine) migrationDriver(db *sql.DB) (database.Driver, error) {
	if e == postgres {
		var schema *string
		if err := db.QueryRow(`SELECT current_schema()`).Scan(&schema); err != nil || schema == nil {
			return nil, errors.Join(err, errors.New("the user that the address names may use no schema of the database: have USAGE and CREATE granted on one"))
		}
		return migratepgx.WithInstance(db, &migratepgx.Config{})
	}
	return migratesqlite.WithInstance(db, &migratesqlite.Config{})
}
