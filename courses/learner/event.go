package learner

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"lectern/modulestore/key"
)

// ID names a learner or a device everywhere: 128 random bits, drawn once.
type ID [16]byte

// String gives the 32 hex digits in lower case.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether id names nobody.
func (id ID) IsZero() bool { return id == ID{} }

// Hash is the SHA-256 of an event, or of a version of content or policy.
type Hash [sha256.Size]byte

// String gives the 64 hex digits in lower case; nothing for the zero hash, which stands for none.
func (h Hash) String() string {
	if h == (Hash{}) {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// Stream is the sequence of what happened to one learner in one organisation. A stream without a learner is that of what staff does to a course.
type Stream struct {
	Learner ID
	Org     string
	Kind    string // StateStream or TelemetryStream
}

// The kinds of streams. State is kept for ever; telemetry (each play of a video) may be given up after some time.
const (
	StateStream     = "state"
	TelemetryStream = "telemetry"
)

// NewEvent is something that happens now, on this device.
type NewEvent struct {
	Stream Stream
	Kind   string // see kinds.go; unknown kinds are kept and passed on
	// Actor is who did it, if it was not the learner.
	Actor  ID
	Course key.Course
	Block  key.BlockID // zero for none
	// Epoch counts how often the learner has started again with the block, as known here.
	Epoch int64
	// Content is the version of the course that it was done in, the hash of its published root; zero if that does not matter.
	Content Hash
	Payload []byte // JSON
}

// Event is an entry of the log.
type Event struct {
	NewEvent
	Device ID
	Seq    uint64 // 1 for the first of the stream from the device, no gaps
	HLC    HLC
	// Wall is what the device's clock said. Boot and Mono are its evidence: which start of the device it was, and milliseconds since.
	Wall       time.Time
	Boot, Mono int64
	Prev, Hash Hash // Prev is the hash of the event before, zero for the first
	// Received is when this database had it; it is not hashed.
	Received time.Time
	Flags    Flags // not hashed
}

// Flags mark events that need attention.
type Flags int64

const (
	// Bad: the payload is not what the kind asks for. The event is kept and has no effect.
	Bad Flags = 1 << iota
	// Redacted: who did it was erased. The hash cannot be checked any more.
	Redacted
)

// hashOf is the SHA-256 of parts, each with its length.
func hashOf(parts ...[]byte) Hash {
	h := sha256.New()
	for _, b := range parts {
		h.Write(binary.AppendUvarint(nil, uint64(len(b))))
		h.Write(b)
	}
	return Hash(h.Sum(nil))
}

// hashed gives the hash of an event: of all that was first written, in this order, each field with its length.
func (e *Event) hashed() Hash {
	var parts [][]byte
	field := func(b []byte) { parts = append(parts, b) }
	number := func(n int64) { field(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	field([]byte("lectern event 1"))
	field(e.Stream.Learner[:])
	field([]byte(e.Stream.Org))
	field([]byte(e.Stream.Kind))
	field(e.Device[:])
	number(int64(e.Seq))
	number(int64(e.HLC))
	field([]byte(e.Kind))
	field(e.Actor[:])
	field([]byte(courseName(e.Course)))
	field([]byte(e.Block.Type))
	field([]byte(e.Block.Name))
	number(e.Epoch)
	field(e.Content[:])
	number(e.Wall.UnixMilli())
	number(e.Boot)
	number(e.Mono)
	field(e.Payload)
	field(e.Prev[:])
	return hashOf(parts...)
}

// misplaced reports whether the course is of another organisation than the stream. Nobody could then order what is written about the course.
func (n *NewEvent) misplaced() bool {
	return n.Course != (key.Course{}) && n.Course.Org != n.Stream.Org
}

// courseName is the key of a course, empty for none.
func courseName(c key.Course) string {
	if c == (key.Course{}) {
		return ""
	}
	return c.String()
}

// parsedCourse is the inverse of courseName.
func parsedCourse(name string) (key.Course, error) {
	if name == "" {
		return key.Course{}, nil
	}
	return key.ParseCourse(name)
}
