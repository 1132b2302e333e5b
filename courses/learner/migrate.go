package learner

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

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

// Migrate brings the tables of the database at uri up to date. It does nothing if they are.
func Migrate(ctx context.Context, uri string) (MigrationStatus, error) {
	return migrated(ctx, uri, func(m *migrate.Migrate) error { return m.Up() })
}

// Status tells which form the tables have, and changes nothing else.
func Status(ctx context.Context, uri string) (MigrationStatus, error) {
	return migrated(ctx, uri, func(*migrate.Migrate) error { return nil })
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
		return status, fmt.Errorf("migrate the tables of learners: %w", err)
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
	db, err := e.connect(ctx, uri, 1)
	if err != nil {
		return nil, errors.Join(err, files.Close())
	}
	driver, err := e.migrationDriver(db)
	if err != nil {
		return nil, errors.Join(err, db.Close(), files.Close())
	}
	return migrate.NewWithInstance("embedded", files, e.String(), driver)
}

func (e engine) migrationDriver(db *sql.DB) (database.Driver, error) {
	if e == postgres {
		return migratepgx.WithInstance(db, &migratepgx.Config{})
	}
	return migratesqlite.WithInstance(db, &migratesqlite.Config{})
}
