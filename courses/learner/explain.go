package learner

import (
	"errors"
	"fmt"

	"github.com/golang-migrate/migrate/v4/database"
	"github.com/jackc/pgx/v5/pgconn"
	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// ErrDamaged is the cause when a database holds what nobody can have written.
var ErrDamaged = errors.New("the database of learners is damaged")

// The conditions of PostgreSQL in which it is somebody else who can help.
const (
	insufficientPrivilege = "42501"
	readOnlyTransaction   = "25006"
)

// explain says what people can do about a failure of the database at a place.
func explain(place string, err error) error {
	err = ofMigration(err)
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok && (failure.Code == insufficientPrivilege || failure.Code == readOnlyTransaction) {
		return fmt.Errorf("%s: the user that the address names may not do that: have it granted, or name another user: %w", place, err)
	}
	failure, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	switch failure.Code() & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fmt.Errorf("%s: another process is writing to it: try again when it is done: %w", place, err)
	case codes.SQLITE_FULL:
		return fmt.Errorf("%s: the disk is full: free some space and try again: %w", place, err)
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
		return fmt.Errorf("%s: it cannot be opened or written: check the rights of the file and its folder: %w", place, err)
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fmt.Errorf("%s: it is no database, or damaged: put it back from a backup: %w: %w", place, ErrDamaged, err)
	}
	return err
}

// ofMigration gives the cause of a failed migration, which its error hides.
func ofMigration(err error) error {
	if failed, ok := errors.AsType[*database.Error](err); ok && failed.OrigErr != nil {
		return failed.OrigErr
	}
	if failed, ok := errors.AsType[database.Error](err); ok && failed.OrigErr != nil {
		return failed.OrigErr
	}
	return err
}

// unreadable is the error for an event whose payload cannot be read, though it could when it came.
func unreadable(err error) error {
	return fmt.Errorf("%w: an event of its log cannot be read: put it back from a backup: %w", ErrDamaged, err)
}
