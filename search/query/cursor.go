package query

import "errors"

// ErrCursor is the cause when a cursor cannot be read.
var ErrCursor = errors.New("not a cursor")

// Cursor tells where the next page of a search begins.
type Cursor struct {
	Generation uint64   // of the index; in another generation the search begins anew, with a notice
	Search     uint64   // which search it belongs to: Query.Fingerprint
	Keys       []string // sort keys of the last hit
}

// String gives the cursor as an opaque text that can stand in a URL.
func (c Cursor) String() string { return "" }

// ParseCursor reads what String gave. Anything else is an error with the cause ErrCursor.
func ParseCursor(s string) (Cursor, error) { return Cursor{}, ErrCursor }

// Fingerprint tells searches apart: the query, and what else decides what is found and in which order.
func (q Query) Fingerprint(more ...string) uint64 { return 0 }
