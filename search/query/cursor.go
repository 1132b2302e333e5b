package query

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
)

// ErrCursor is the cause when a cursor cannot be read.
var ErrCursor = errors.New("not a cursor")

// Cursor tells where the next page of a search begins.
type Cursor struct {
	Generation uint64   // of the index; in another one the search begins anew, with a notice
	Search     uint64   // the search it belongs to, see [Query.Fingerprint]
	Keys       []string // sort keys of the last hit; any bytes
}

// Limits of a cursor, so that a made up one costs nothing.
const (
	maxCursor     = 16 << 10 // characters
	maxCursorKeys = 16
	cursorVersion = 1
)

// String gives the cursor as a text that can stand in a URL. What is in it is nobody's business and may change.
func (c Cursor) String() string {
	b := []byte{cursorVersion}
	b = binary.AppendUvarint(b, c.Generation)
	b = binary.BigEndian.AppendUint64(b, c.Search)
	b = binary.AppendUvarint(b, uint64(len(c.Keys)))
	for _, key := range c.Keys {
		b = binary.AppendUvarint(b, uint64(len(key)))
		b = append(b, key...)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what String gave. Anything else is an error with the cause ErrCursor.
func ParseCursor(s string) (Cursor, error) {
	c, ok := decodeCursor(s)
	if !ok {
		return Cursor{}, fmt.Errorf("%w: %s was not given by a search of this version; search again from the first page", ErrCursor, shortened(s))
	}
	return c, nil
}

func decodeCursor(s string) (Cursor, bool) {
	if len(s) > maxCursor {
		return Cursor{}, false
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 1+4 || b[0] != cursorVersion {
		return Cursor{}, false
	}
	body, sum := b[:len(b)-4], b[len(b)-4:]
	if crc32.ChecksumIEEE(body) != binary.BigEndian.Uint32(sum) {
		return Cursor{}, false
	}
	r := cursorReader{rest: body[1:]}
	c := Cursor{Generation: r.number(), Search: r.fixed()}
	n := r.number()
	if n > maxCursorKeys {
		return Cursor{}, false
	}
	for range n {
		c.Keys = append(c.Keys, string(r.bytes(r.number())))
	}
	// Whatever else could be read in several ways: a cursor has one spelling.
	return c, !r.short && c.String() == s
}

// cursorReader takes parts from the front of a cursor, and remembers if one was missing.
type cursorReader struct {
	rest  []byte
	short bool
}

func (r *cursorReader) number() uint64 {
	v, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.short = true
		return 0
	}
	r.rest = r.rest[size:]
	return v
}

func (r *cursorReader) fixed() uint64 {
	if b := r.bytes(8); len(b) == 8 {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *cursorReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.short = true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// shortened quotes the beginning of what somebody sent.
func shortened(s string) string {
	const enough = 40
	if len(s) > enough {
		return fmt.Sprintf("%q…", s[:boundaryBefore(s, enough)])
	}
	return fmt.Sprintf("%q", s)
}

// Fingerprint tells searches apart: the query, and what else decides what is found and in which order.
func (q Query) Fingerprint(more ...string) uint64 {
	h := fnv.New64a()
	for _, part := range append([]string{q.String()}, more...) {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part) // a hash takes everything
	}
	return h.Sum64()
}
