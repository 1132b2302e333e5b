package modulestore

import (
	"context"
	"encoding/hex"
	"iter"
	"time"

	"lectern/modulestore/key"
)

// ID names an object: the SHA-256 of its kind byte followed by its canonical bytes.
type ID [32]byte

// String gives the 64 hex digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Short gives the first twelve hex digits, enough for people.
func (id ID) Short() string { return hex.EncodeToString(id[:6]) }

// IsZero reports whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// Kind says what an object holds.
type Kind byte

// The kinds of objects. All but KindChunk are canonical BSON documents.
const (
	KindBody     Kind = 'c' // one block's Body
	KindPage     Kind = 'p' // a part of a tree
	KindFiles    Kind = 'f' // a part of a Files record
	KindState    Kind = 's' // the roots of one version
	KindCommit   Kind = 'm' // who, when, what
	KindManifest Kind = 'a' // the chunks of a large file
	KindChunk    Kind = 'b' // at most ChunkSize raw bytes
	KindRefs     Kind = 'r' // what a course keeps beside its content
)

// ChunkSize is the largest piece of a file that is stored as one object.
const ChunkSize = 1 << 20

// Object is an immutable piece of content. Data is canonical and uncompressed; a backend may compress what it stores.
type Object struct {
	ID   ID
	Kind Kind
	Data []byte
}

// Roots are the objects that a version consists of. Draft, Published and Files are its content; all three are zero in a version that
// deletes the course. Refs names what the course keeps beside its content.
type Roots struct {
	Draft, Published, Files, Refs ID
}

// content is r without Refs.
func (r Roots) content() Roots {
	r.Refs = ID{}
	return r
}

// Entry is one line of a course's ref log: one version.
type Entry struct {
	Seq       uint64 // 1 for the first version, no gaps
	Commit    ID
	Prev      ID // commit of the version before, zero for the first
	Roots     Roots
	Author    string
	Time      time.Time // UTC, milliseconds
	Operation string    // import, edit, publish, restore, ...
	Message   string
	// Blocks are those that the operation was asked to change, at most MaxEntryBlocks; none if it was the whole course, or more.
	Blocks []key.BlockID
}

// MaxEntryBlocks is the number of blocks that an Entry names at most.
const MaxEntryBlocks = 64

// Context is a course or library that the store knows.
type Context struct {
	Course key.Course
	Seq    uint64 // of the last entry; a hint for lists, the log is the truth
	Title  string // empty when the last entry deletes the course
	Time   time.Time
}

// Backend stores immutable objects and appends to one ref log per course. It knows no rule about versions, branches or
// trees: those are written once, in Store. Every method is safe for concurrent use, honours its context (a cancelled call
// has either done all of its work or none that anyone can see) and wraps failures of the engine; the sentinels are returned so
// that errors.Is finds them.
type Backend interface {
	// Put stores objects and returns when they are durable. Objects that are there already are left alone, so a Put
	// may be repeated. Order does not matter and nothing refers to the objects yet.
	Put(ctx context.Context, objects []Object) error
	// Get returns the objects it finds, in any order; the caller notices what is missing. It does not check hashes.
	Get(ctx context.Context, kind Kind, ids []ID) ([]Object, error)
	// Has returns those of ids that are not stored.
	Has(ctx context.Context, kind Kind, ids []ID) (missing []ID, err error)
	// Append adds entry e to the log of c if e.Seq is the next number, and is durable on return. It is the one commit
	// point of the store. If the number is taken by another commit it returns ErrConflict; by the same commit, nil.
	// The first entry of a course reserves its key: ErrDuplicate when another spelling of it (key.Course.Fold) exists.
	// title names the course in lists until the next entry; it is empty in an entry that deletes the course.
	Append(ctx context.Context, c key.Course, title string, e Entry) error
	// Head returns the last entry of c, ErrNotFound if there is none.
	Head(ctx context.Context, c key.Course) (Entry, error)
	// Log returns at most n entries of c with Seq <= from, newest first; from 0 means from the head.
	Log(ctx context.Context, c key.Course, from uint64, n int) ([]Entry, error)
	// Contexts lists all courses and libraries, sorted by key.
	Contexts(ctx context.Context) ([]Context, error)
	// All yields the id and kind of every stored object in no order; for Verify and pruning.
	All(ctx context.Context) iter.Seq2[Object, error]
	// Close releases the backend. No other method may be running.
	Close() error
}
