package sqlitestore

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"lectern/modulestore"
)

// explain puts in front of an error what was being done, and for a failure of SQLite what the user can do. The end of a
// context comes first: whatever else is reported then is a consequence of it.
func (f *file) explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("%s: %w", doing, ended)
	}
	switch code(err) {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fmt.Errorf("%s: another process is writing to %s: try again when it is done: %w", doing, f.path, err)
	case codes.SQLITE_FULL:
		return fmt.Errorf("%s: the disk that holds %s is full: free some space and try again: %w", doing, f.path, err)
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN:
		return fmt.Errorf("%s: %s cannot be written: check the rights of the file and its folder: %w", doing, f.path, err)
	case codes.SQLITE_IOERR:
		return fmt.Errorf("%s: the disk that holds %s reports a failure: %w", doing, f.path, err)
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fmt.Errorf("%s: %s is damaged: put it back from a backup: %w: %w", doing, f.path, modulestore.ErrCorrupt, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func isBusy(err error) bool { return code(err) == codes.SQLITE_BUSY || errors.Is(err, errInUse) }

// errInUse says that the write-ahead log cannot be emptied yet.
var errInUse = errors.New("another process is still reading what the file was before")

// code gives SQLite's primary result code, 0 for other errors.
func code(err error) int {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return 0
	}
	return failure.Code() & 0xff
}
