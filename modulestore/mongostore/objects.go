package mongostore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"lectern/modulestore"
)

// The most that goes into one command.
const (
	batchObjects = 1000
	batchBytes   = 8 << 20
)

// maxObject leaves room in a document of MongoDB, which has at most 16 MB.
const maxObject = 15 << 20

// The fields of a stored object.
const (
	fieldID   = "_id"
	fieldKind = "k"
	fieldData = "d"
)

// Put implements modulestore.Backend. Objects that are there already cost an error each, which the server reports and Put ignores;
// chunks are large, so those are asked for first.
func (db *DB) Put(ctx context.Context, objects []modulestore.Object) error {
	var chunks, rest []modulestore.Object
	for _, o := range objects {
		if o.Kind == modulestore.KindChunk {
			chunks = append(chunks, o)
		} else {
			rest = append(rest, o)
		}
	}
	chunks, err := db.unknown(ctx, chunks)
	if err != nil {
		return err
	}
	if err := db.insert(ctx, db.chunks, chunks); err != nil {
		return err
	}
	return db.insert(ctx, db.objects, rest)
}

// unknown gives those of chunks that are not stored.
func (db *DB) unknown(ctx context.Context, chunks []modulestore.Object) ([]modulestore.Object, error) {
	ids := make([]modulestore.ID, len(chunks))
	for i, o := range chunks {
		ids[i] = o.ID
	}
	missing, err := db.Has(ctx, modulestore.KindChunk, ids)
	if err != nil {
		return nil, err
	}
	wanted := make(map[modulestore.ID]bool, len(missing))
	for _, id := range missing {
		wanted[id] = true
	}
	var fresh []modulestore.Object
	for _, o := range chunks {
		if wanted[o.ID] {
			fresh = append(fresh, o)
		}
	}
	return fresh, nil
}

// insert stores objects in batches and leaves alone what is there.
func (db *DB) insert(ctx context.Context, c *mongo.Collection, objects []modulestore.Object) error {
	for len(objects) > 0 {
		documents, err := batch(objects)
		if err != nil {
			return err
		}
		_, err = c.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
		if err != nil && !onlyDuplicates(err) {
			return db.explain(ctx, "store objects", err)
		}
		objects = objects[len(documents):]
	}
	return nil
}

// batch makes the documents of the first objects, as many as go into one command and at least one.
func batch(objects []modulestore.Object) ([]bson.D, error) {
	var documents []bson.D
	size := 0
	for _, o := range objects {
		if size += len(o.Data); len(documents) > 0 && (size > batchBytes || len(documents) == batchObjects) {
			break
		}
		d, err := document(o)
		if err != nil {
			return nil, fmt.Errorf("store object %s: %w: %w", o.ID.Short(), modulestore.ErrInvalid, err)
		}
		documents = append(documents, d)
	}
	return documents, nil
}

// document is an object as it is stored.
func document(o modulestore.Object) (bson.D, error) {
	if len(o.Data) > maxObject {
		return nil, fmt.Errorf("%d bytes are more than the %d that one object may have", len(o.Data), maxObject)
	}
	var data any = bson.Binary{Data: o.Data}
	if o.Kind != modulestore.KindChunk {
		raw := bson.Raw(o.Data)
		if err := raw.Validate(); err != nil {
			return nil, fmt.Errorf("it is no BSON document: %w", err)
		}
		data = raw
	}
	return bson.D{{Key: fieldID, Value: binaryOf(o.ID)}, {Key: fieldKind, Value: string(o.Kind)}, {Key: fieldData, Value: data}}, nil
}

func binaryOf(id modulestore.ID) bson.Binary { return bson.Binary{Data: id[:]} }

// objectOf is the inverse of document. What was not read (see listing) is empty.
func objectOf(raw bson.Raw) (o modulestore.Object, err error) {
	_, id, ok := raw.Lookup(fieldID).BinaryOK()
	if !ok || len(id) != len(o.ID) {
		return o, damaged("object", raw.Lookup(fieldID), errors.New("its name is no hash"))
	}
	copy(o.ID[:], id)
	if kind, ok := raw.Lookup(fieldKind).StringValueOK(); ok && len(kind) == 1 {
		o.Kind = modulestore.Kind(kind[0])
	}
	data := raw.Lookup(fieldData)
	if _, b, ok := data.BinaryOK(); ok {
		o.Data = bytes.Clone(b)
	} else if d, ok := data.DocumentOK(); ok {
		o.Data = bytes.Clone(d)
	}
	return o, nil
}

func (db *DB) holding(kind modulestore.Kind) *mongo.Collection {
	if kind == modulestore.KindChunk {
		return db.chunks
	}
	return db.objects
}

// Get implements modulestore.Backend.
func (db *DB) Get(ctx context.Context, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.Object, error) {
	objects := make([]modulestore.Object, 0, len(ids))
	err := db.eachStored(ctx, db.holding(kind), ids, nil, func(o modulestore.Object) { objects = append(objects, o) })
	if err != nil {
		return nil, db.explain(ctx, "read objects", err)
	}
	return objects, nil
}

// Has implements modulestore.Backend.
func (db *DB) Has(ctx context.Context, kind modulestore.Kind, ids []modulestore.ID) (missing []modulestore.ID, err error) {
	stored := make(map[modulestore.ID]bool, len(ids))
	only := bson.D{{Key: fieldID, Value: 1}}
	err = db.eachStored(ctx, db.holding(kind), ids, only, func(o modulestore.Object) { stored[o.ID] = true })
	if err != nil {
		return nil, db.explain(ctx, "look up objects", err)
	}
	for _, id := range ids {
		if !stored[id] {
			missing = append(missing, id)
		}
	}
	return missing, nil
}

// eachStored calls visit with every object of ids that is stored, with the fields of the projection or all.
func (db *DB) eachStored(ctx context.Context, c *mongo.Collection, ids []modulestore.ID, projection any, visit func(modulestore.Object)) error {
	for len(ids) > 0 {
		n := min(len(ids), batchObjects)
		names := make(bson.A, n)
		for i, id := range ids[:n] {
			names[i] = binaryOf(id)
		}
		find := options.Find().SetBatchSize(int32(n)) // without it the first reply has 101 documents
		if projection != nil {
			find.SetProjection(projection)
		}
		err := query(ctx, c, byIDs(names), find, func(raw bson.Raw) error {
			o, err := objectOf(raw)
			visit(o)
			return err
		})
		if err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// byIDs finds the documents with these ids.
func byIDs(ids bson.A) bson.D {
	return bson.D{{Key: fieldID, Value: bson.D{{Key: "$in", Value: ids}}}}
}

// query calls use with every document that filter finds, until that fails. The document is valid during the call only.
func query(ctx context.Context, c *mongo.Collection, filter any, find *options.FindOptionsBuilder, use func(bson.Raw) error) error {
	cursor, err := c.Find(ctx, filter, find)
	if err != nil {
		return err
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		if err := use(cursor.Current); err != nil {
			return err
		}
	}
	return cursor.Err()
}

// errEnough ends a query when the caller of All has seen enough.
var errEnough = errors.New("enough")

// All implements modulestore.Backend. Objects that are stored meanwhile may be missed.
func (db *DB) All(ctx context.Context) iter.Seq2[modulestore.Object, error] {
	listing := bson.D{{Key: fieldID, Value: 1}, {Key: fieldKind, Value: 1}}
	return func(yield func(modulestore.Object, error) bool) {
		for _, c := range []*mongo.Collection{db.objects, db.chunks} {
			find := options.Find().SetProjection(listing).SetBatchSize(batchObjects)
			err := query(ctx, c, bson.D{}, find, func(raw bson.Raw) error {
				o, err := objectOf(raw)
				if err == nil && !yield(o, nil) {
					err = errEnough
				}
				return err
			})
			switch {
			case errors.Is(err, errEnough):
				return
			case err != nil:
				yield(modulestore.Object{}, db.explain(ctx, "list objects", err))
				return
			}
		}
	}
}
