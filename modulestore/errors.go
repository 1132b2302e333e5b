package modulestore

import "errors"

// Sentinels that callers test with errors.Is. The errors that carry them say what was looked for and where.
var (
	ErrNotFound  = errors.New("not found")
	ErrDuplicate = errors.New("key is taken by another spelling")
	ErrConflict  = errors.New("changed by someone else meanwhile")
	ErrCorrupt   = errors.New("stored data is damaged")
	ErrInvalid   = errors.New("not allowed")
)
