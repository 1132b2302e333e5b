package modulestore

import (
	"errors"
	"fmt"
	"time"
)

// Sentinels that callers test with errors.Is. The errors that carry them say what was looked for and where.
var (
	ErrNotFound  = errors.New("not found")
	ErrDuplicate = errors.New("key is taken by another spelling")
	ErrConflict  = errors.New("changed by someone else meanwhile")
	ErrCorrupt   = errors.New("stored data is damaged")
	ErrInvalid   = errors.New("not allowed")
	ErrPurged    = errors.New("content was taken down")
	ErrPruned    = errors.New("content was given up as it got old")
)

// PurgedError says that an object is no longer there because somebody took it down. errors.Is finds ErrPurged in it.
type PurgedError struct {
	Tombstone Tombstone
}

func (e *PurgedError) Error() string {
	t := e.Tombstone
	message := fmt.Sprintf("the %s %s was removed on %s", t.Kind, t.ID.Short(), t.Time.Format(time.DateOnly))
	if t.Author != "" {
		message += " by " + t.Author
	}
	if t.Reason != "" {
		message += ": " + t.Reason
	}
	return message
}

// Unwrap returns ErrPurged.
func (e *PurgedError) Unwrap() error { return ErrPurged }
