package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// version is a document of reflog.
type version struct {
	ID        string        `bson:"_id"` // see versionID
	Course    string        `bson:"course"`
	Seq       int64         `bson:"seq"`
	Commit    hash          `bson:"commit,omitempty"`
	Prev      hash          `bson:"prev,omitempty"`
	Draft     hash          `bson:"draft,omitempty"`
	Published hash          `bson:"published,omitempty"`
	Files     hash          `bson:"files,omitempty"`
	Refs      hash          `bson:"refs,omitempty"`
	Author    text          `bson:"author"`
	Time      bson.DateTime `bson:"time"`
	Operation text          `bson:"op"`
	Message   text          `bson:"message"`
	Blocks    []block       `bson:"blocks,omitempty"`
	Title     text          `bson:"title"` // of the course, as Append was told
}

// block is the key of a block, in the spelling that pages have.
type block struct {
	Type text `bson:"t"`
	Name text `bson:"i"`
}

// reservation is a document of contexts. Seq, Title and Time are those of the last version, or of one before it: a hint.
type reservation struct {
	Fold   string        `bson:"_id"` // key.Course.Fold, so that no two spellings of a key can be stored
	Course string        `bson:"course"`
	Seq    int64         `bson:"seq"` // 0 until there is a version
	Title  text          `bson:"title"`
	Time   bson.DateTime `bson:"time"`
}

// versionID orders the versions of a course by number. Keys have no #, so no two courses mix.
func versionID(course string, seq uint64) string { return fmt.Sprintf("%s#%016x", course, seq) }

func versionOf(c key.Course, title string, e modulestore.Entry) version {
	v := version{
		ID: versionID(c.String(), e.Seq), Course: c.String(), Seq: int64(e.Seq),
		Commit: hashOf(e.Commit), Prev: hashOf(e.Prev),
		Draft: hashOf(e.Roots.Draft), Published: hashOf(e.Roots.Published), Files: hashOf(e.Roots.Files), Refs: hashOf(e.Roots.Refs),
		Author: text(e.Author), Time: dateTime(e.Time), Operation: text(e.Operation), Message: text(e.Message), Title: text(title),
	}
	for _, id := range e.Blocks {
		v.Blocks = append(v.Blocks, block{text(id.Type), text(id.Name)})
	}
	return v
}

func (v version) entry() modulestore.Entry {
	e := modulestore.Entry{
		Seq: uint64(v.Seq), Commit: v.Commit.id(), Prev: v.Prev.id(),
		Roots:  modulestore.Roots{Draft: v.Draft.id(), Published: v.Published.id(), Files: v.Files.id(), Refs: v.Refs.id()},
		Author: string(v.Author), Time: v.Time.Time().UTC(), Operation: string(v.Operation), Message: string(v.Message),
	}
	for _, b := range v.Blocks {
		e.Blocks = append(e.Blocks, key.BlockID{Type: string(b.Type), Name: string(b.Name)})
	}
	return e
}

func dateTime(t time.Time) bson.DateTime { return bson.DateTime(t.UnixMilli()) }

// hash is a modulestore.ID, absent when that is zero.
type hash []byte

func hashOf(id modulestore.ID) hash {
	if id.IsZero() {
		return nil
	}
	return id[:]
}

func (h hash) id() (id modulestore.ID) {
	copy(id[:], h)
	return id
}

// text is stored as a string, or as bytes if it is not valid UTF-8, which servers refuse or change.
type text string

// MarshalBSONValue implements bson.ValueMarshaler.
func (t text) MarshalBSONValue() (byte, []byte, error) {
	var value any = string(t)
	if !utf8.ValidString(string(t)) {
		value = []byte(t)
	}
	typ, data, err := bson.MarshalValue(value)
	return byte(typ), data, err
}

// UnmarshalBSONValue implements bson.ValueUnmarshaler.
func (t *text) UnmarshalBSONValue(typ byte, data []byte) error {
	value := bson.RawValue{Type: bson.Type(typ), Value: data}
	if s, ok := value.StringValueOK(); ok {
		*t = text(s)
		return nil
	}
	if _, b, ok := value.BinaryOK(); ok {
		*t = text(b)
		return nil
	}
	return fmt.Errorf("a text is stored as %s", bson.Type(typ))
}

// Append implements modulestore.Backend. The insert into reflog is what counts: everything before it can be repeated, and what comes
// after it Contexts can do without.
func (db *DB) Append(ctx context.Context, c key.Course, title string, e modulestore.Entry) error {
	doing := "add a version of " + c.String()
	// A key that cannot be read back would make the list of courses unreadable.
	if _, err := key.ParseCourse(c.String()); err != nil {
		return fmt.Errorf("%s: %w: %w", doing, modulestore.ErrInvalid, err)
	}
	v := versionOf(c, title, e)
	if err := db.append(ctx, c, v, e.Seq); err != nil {
		return db.explain(ctx, doing, err)
	}
	db.hint(ctx, c, v)
	return nil
}

func (db *DB) append(ctx context.Context, c key.Course, v version, seq uint64) error {
	// The log has no gaps: if the newest version up to seq is the one before, it is the head.
	last, err := db.newest(ctx, c, seq, 1)
	if err != nil {
		return err
	}
	before := uint64(0)
	if len(last) > 0 {
		before = uint64(last[0].Seq)
	}
	switch {
	case before == seq && len(last) > 0:
		return compare(last[0], v)
	case before+1 != seq:
		if err := db.checkSpelling(ctx, c); err != nil {
			return err
		}
		return fmt.Errorf("version %d cannot follow version %d: %w", seq, before, modulestore.ErrConflict)
	case before == 0:
		if err := db.reserve(ctx, c); err != nil {
			return err
		}
	}
	_, err = db.reflog.InsertOne(ctx, v)
	if !onlyDuplicates(err) {
		return err
	}
	var taken version
	if err := db.await(ctx, db.reflog, v.ID, &taken); err != nil {
		return err
	}
	return compare(taken, v)
}

// compare tells whether the version that has the number is the one that was to be added.
func compare(taken, v version) error {
	if taken.Commit.id() == v.Commit.id() {
		return nil
	}
	return fmt.Errorf("version %d is %s already: %w", v.Seq, taken.Commit.id().Short(), modulestore.ErrConflict)
}

// reserve takes the key for this spelling of it.
func (db *DB) reserve(ctx context.Context, c key.Course) error {
	_, err := db.contexts.InsertOne(ctx, reservation{Fold: c.Fold(), Course: c.String()})
	if !onlyDuplicates(err) {
		return err
	}
	var owner reservation
	if err := db.await(ctx, db.contexts, c.Fold(), &owner); err != nil {
		return err
	}
	return owner.check(c)
}

// checkSpelling fails when the key belongs to a course that spells it in another way.
func (db *DB) checkSpelling(ctx context.Context, c key.Course) error {
	var owner reservation
	err := db.contexts.FindOne(ctx, byID(c.Fold())).Decode(&owner)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil
	}
	if err != nil {
		return err
	}
	return owner.check(c)
}

func (r reservation) check(c key.Course) error {
	if r.Course != c.String() {
		return fmt.Errorf("the store has %s: %w", r.Course, modulestore.ErrDuplicate)
	}
	return nil
}

func byID(id any) bson.D { return bson.D{{Key: fieldID, Value: id}} }

// await reads a document that an insert ran into. It may take a moment until a majority has it and it can be read.
func (db *DB) await(ctx context.Context, c *mongo.Collection, id string, into any) error {
	for wait := time.Millisecond; ; wait *= 2 {
		err := c.FindOne(ctx, byID(id)).Decode(into)
		if !errors.Is(err, mongo.ErrNoDocuments) || wait > time.Second {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hint brings the list of courses up to date. The version is stored whatever comes of this, and Contexts notices what is out of date.
func (db *DB) hint(ctx context.Context, c key.Course, v version) {
	older := bson.D{{Key: fieldID, Value: c.Fold()}, {Key: "seq", Value: bson.D{{Key: "$lt", Value: v.Seq}}}}
	set := bson.D{{Key: "$set", Value: bson.D{{Key: "seq", Value: v.Seq}, {Key: "title", Value: v.Title}, {Key: "time", Value: v.Time}}}}
	_, _ = db.contexts.UpdateOne(ctx, older, set)
}

// newest reads at most n versions of c with a number up to from, newest first.
func (db *DB) newest(ctx context.Context, c key.Course, from uint64, n int64) (versions []version, err error) {
	between := bson.D{{Key: fieldID, Value: bson.D{
		{Key: "$gte", Value: versionID(c.String(), 0)}, {Key: "$lte", Value: versionID(c.String(), from)},
	}}}
	find := options.Find().SetSort(bson.D{{Key: fieldID, Value: -1}}).SetLimit(n).SetBatchSize(batchObjects)
	err = query(ctx, db.reflog, between, find, func(raw bson.Raw) error {
		v, err := decoded[version](raw)
		versions = append(versions, v)
		return err
	})
	return versions, err
}

// decoded reads a document of reflog, contexts or tombstones.
func decoded[T version | reservation | tombstone](raw bson.Raw) (document T, err error) {
	if err := bson.Unmarshal(raw, &document); err != nil {
		return document, damaged("document", raw.Lookup(fieldID), err)
	}
	return document, nil
}

// Head implements modulestore.Backend.
func (db *DB) Head(ctx context.Context, c key.Course) (modulestore.Entry, error) {
	list, err := db.Log(ctx, c, 0, 1)
	if err != nil {
		return modulestore.Entry{}, err
	}
	if len(list) == 0 {
		return modulestore.Entry{}, fmt.Errorf("course %s: %w", c, modulestore.ErrNotFound)
	}
	return list[0], nil
}

// Log implements modulestore.Backend.
func (db *DB) Log(ctx context.Context, c key.Course, from uint64, n int) ([]modulestore.Entry, error) {
	if n <= 0 {
		return nil, ctx.Err() // a limit of 0 is none to MongoDB
	}
	if from == 0 {
		from-- // the largest number
	}
	versions, err := db.newest(ctx, c, from, int64(n))
	if err != nil {
		return nil, db.explain(ctx, "read the log of "+c.String(), err)
	}
	entries := make([]modulestore.Entry, len(versions))
	for i, v := range versions {
		entries[i] = v.entry()
	}
	return entries, nil
}

// Contexts implements modulestore.Backend. A writer may have ended between the insert of a version and the update of the hint, so each hint
// is checked: if the log goes on after it, the log's last version counts.
func (db *DB) Contexts(ctx context.Context) ([]modulestore.Context, error) {
	var list []reservation
	find := options.Find().SetBatchSize(batchObjects)
	err := query(ctx, db.contexts, bson.D{}, find, func(raw bson.Raw) error {
		r, err := decoded[reservation](raw)
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, db.explain(ctx, "list courses", err)
	}
	var contexts []modulestore.Context
	for some := range slices.Chunk(list, batchObjects) {
		checked, err := db.checkHints(ctx, some)
		if err != nil {
			return nil, db.explain(ctx, "list courses", err)
		}
		contexts = append(contexts, checked...)
	}
	slices.SortFunc(contexts, func(x, y modulestore.Context) int { return strings.Compare(x.Course.String(), y.Course.String()) })
	return contexts, nil
}

// checkHints turns reservations into contexts and leaves out those of courses without a version.
func (db *DB) checkHints(ctx context.Context, list []reservation) (contexts []modulestore.Context, err error) {
	next := make(bson.A, len(list)) // the version that would come after each hint
	for i, r := range list {
		next[i] = versionID(r.Course, uint64(r.Seq)+1)
	}
	outdated := make(map[string]bool)
	find := options.Find().SetProjection(bson.D{{Key: "course", Value: 1}}).SetBatchSize(batchObjects)
	err = query(ctx, db.reflog, byIDs(next), find, func(raw bson.Raw) error {
		course, _ := raw.Lookup("course").StringValueOK()
		outdated[course] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if outdated[r.Course] {
			if r, err = db.refreshed(ctx, r); err != nil {
				return nil, err
			}
		}
		if r.Seq == 0 {
			continue
		}
		c, err := r.context()
		if err != nil {
			return nil, err
		}
		contexts = append(contexts, c)
	}
	return contexts, nil
}

func (r reservation) context() (modulestore.Context, error) {
	course, err := key.ParseCourse(r.Course)
	if err != nil {
		return modulestore.Context{}, damaged("document", r.Fold, err)
	}
	return modulestore.Context{Course: course, Seq: uint64(r.Seq), Title: string(r.Title), Time: r.Time.Time().UTC()}, nil
}

// refreshed gives the reservation with what the log says.
func (db *DB) refreshed(ctx context.Context, r reservation) (reservation, error) {
	course, err := key.ParseCourse(r.Course)
	if err != nil {
		return r, damaged("document", r.Fold, err)
	}
	last, err := db.newest(ctx, course, ^uint64(0), 1)
	if err != nil || len(last) == 0 {
		return r, err
	}
	r.Seq, r.Title, r.Time = last[0].Seq, last[0].Title, last[0].Time
	return r, nil
}
