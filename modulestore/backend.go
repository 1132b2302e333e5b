package modulestore

import (
	"context"
	"encoding/hex"
	"fmt"
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

// Generation is a day, counted from 1 January 1970 UTC. Every object is stamped with the last one in which it was written or asked for by a writer.
type Generation int64

// Swept says what a Sweep has removed, or would remove.
type Swept struct {
	Kinds  map[Kind]KindCount
	Stored int64 // bytes of the objects as they are stored, compressed
	File   int64 // bytes by which the files shrank; 0 in a dry run or where the engine keeps the space
}

// Tombstone stands for an object that was taken down.
type Tombstone struct {
	ID             ID
	Kind           Kind
	Size           int64 // of the object, 0 if that was not known
	Author, Reason string
	Time           time.Time // UTC, milliseconds
}

// Check returns ErrInvalid unless t is for content: a course without one of its other objects could not be read any more.
func (t Tombstone) Check() error {
	switch t.Kind {
	case KindBody, KindChunk, KindManifest:
		return nil
	}
	return fmt.Errorf("take down %s %s: %w: only a body, a chunk or a manifest can be", t.Kind, t.ID.Short(), ErrInvalid)
}

// Backend stores immutable objects and appends to one ref log per course. It knows no rule about versions, branches or
// trees: those are written once, in Store. Every method is safe for concurrent use, honours its context (a cancelled call
// has either done all of its work or none that anyone can see) and wraps failures of the engine; the sentinels are returned so
// that errors.Is finds them.
type Backend interface {
	// Put stores objects and returns when they are durable and stamped with g or later. Of objects that are there already it changes no
	// more than an older stamp, so a Put may be repeated. Order does not matter and nothing refers to the objects yet.
	Put(ctx context.Context, g Generation, objects []Object) error
	// Get returns the objects it finds, in any order; the caller notices what is missing. It does not check hashes.
	Get(ctx context.Context, kind Kind, ids []ID) ([]Object, error)
	// Has returns those of ids that are not stored. Those that are get the stamp g if theirs is older, so that a sweep under way spares them.
	Has(ctx context.Context, g Generation, kind Kind, ids []ID) (missing []ID, err error)
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
	// Sweep removes every object that is stamped with a generation older than before and that is not live, or counts them if dry. Writers go on
	// meanwhile: an object whose Put or Has with a stamp of before or later has returned is not removed, whenever that was. When Sweep is
	// cancelled or fails, what it has removed until then is gone; the rest is for the next one.
	Sweep(ctx context.Context, before Generation, dry bool, live func(Kind, ID) bool) (Swept, error)
	// Bury puts a tombstone in the place of an object that is stored, or that may come; it is durable on return, and the bytes of the object are
	// gone then. From now on Get and All leave the object out, Has counts it as stored and Put ignores it; no Sweep removes a tombstone.
	// The first tombstone of an object stays. ErrInvalid if Tombstone.Check says so.
	Bury(ctx context.Context, t Tombstone) error
	// Tombstones lists all of them, oldest first.
	Tombstones(ctx context.Context) ([]Tombstone, error)
	// Close releases the backend. No other method may be running.
	Close() error
}
