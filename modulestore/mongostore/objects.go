package mongostore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

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
	fieldID    = "_id"
	fieldKind  = "k"
	fieldStamp = "g" // the last generation in which it was written or asked for; tombstone in the place of what was taken down
	fieldSize  = "n" // bytes of the data, so that they can be counted without being read
	fieldData  = "d"
)

// buriedStamp is later than every generation: whoever looks for older stamps passes a tombstone by.
const buriedStamp = math.MaxInt64

// Put implements modulestore.Backend. Objects that are there already cost an error each, which the server reports; chunks are large, so those
// are asked for first.
func (db *DB) Put(ctx context.Context, g modulestore.Generation, objects []modulestore.Object) error {
	var chunks, rest []modulestore.Object
	for _, o := range objects {
		if o.Kind == modulestore.KindChunk {
			chunks = append(chunks, o)
		} else {
			rest = append(rest, o)
		}
	}
	chunks, err := db.lacking(ctx, db.chunks, g, chunks)
	if err == nil {
		err = db.insert(ctx, db.chunks, g, chunks)
	}
	if err == nil {
		err = db.insert(ctx, db.objects, g, rest)
	}
	return db.explain(ctx, "store objects", err)
}

// insert stores objects in batches, and renews what is there.
func (db *DB) insert(ctx context.Context, c *mongo.Collection, g modulestore.Generation, objects []modulestore.Object) error {
	for len(objects) > 0 {
		documents, err := batch(g, objects)
		if err != nil {
			return err
		}
		if err := db.insertBatch(ctx, c, g, objects[:len(documents)], documents); err != nil {
			return err
		}
		objects = objects[len(documents):]
	}
	return nil
}

// insertBatch stores the objects that these are the documents of. What is there already is renewed; what a sweep removes between the two
// is stored again.
func (db *DB) insertBatch(ctx context.Context, c *mongo.Collection, g modulestore.Generation, objects []modulestore.Object, documents []bson.D) error {
	for {
		_, err := c.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
		if err == nil || !onlyDuplicates(err) {
			return err
		}
		if objects, err = db.lacking(ctx, c, g, duplicates(err, objects)); err != nil || len(objects) == 0 {
			return err
		}
		if documents, err = batch(g, objects); err != nil {
			return err
		}
	}
}

// duplicates gives those of the objects that an insert of all found stored already.
func duplicates(err error, objects []modulestore.Object) (list []modulestore.Object) {
	failure, _ := errors.AsType[mongo.BulkWriteException](err)
	for _, e := range failure.WriteErrors {
		list = append(list, objects[e.Index])
	}
	return list
}

// lacking gives those of objects that are not stored, and renews the others.
func (db *DB) lacking(ctx context.Context, c *mongo.Collection, g modulestore.Generation, objects []modulestore.Object) ([]modulestore.Object, error) {
	ids := make([]modulestore.ID, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	missing, err := db.renew(ctx, c, g, ids)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	wanted := make(map[modulestore.ID]bool, len(missing))
	for _, id := range missing {
		wanted[id] = true
	}
	return slices.DeleteFunc(slices.Clone(objects), func(o modulestore.Object) bool { return !wanted[o.ID] }), nil
}

// batch makes the documents of the first objects, as many as go into one command and at least one.
func batch(g modulestore.Generation, objects []modulestore.Object) ([]bson.D, error) {
	var documents []bson.D
	size := 0
	for _, o := range objects {
		if size += len(o.Data); len(documents) > 0 && (size > batchBytes || len(documents) == batchObjects) {
			break
		}
		d, err := document(g, o)
		if err != nil {
			return nil, fmt.Errorf("store object %s: %w: %w", o.ID.Short(), modulestore.ErrInvalid, err)
		}
		documents = append(documents, d)
	}
	return documents, nil
}

// document is an object as it is stored.
func document(g modulestore.Generation, o modulestore.Object) (bson.D, error) {
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
	return bson.D{
		{Key: fieldID, Value: binaryOf(o.ID)},
		{Key: fieldKind, Value: string(o.Kind)},
		{Key: fieldStamp, Value: int64(g)},
		{Key: fieldSize, Value: int32(len(o.Data))},
		{Key: fieldData, Value: data},
	}, nil
}

func binaryOf(id modulestore.ID) bson.Binary { return bson.Binary{Data: id[:]} }

// stored is an object as it was read, with what else stands in its document. What was not asked for is empty.
type stored struct {
	modulestore.Object
	stamp int64
	size  int64
}

// storedIn is the inverse of document.
func storedIn(raw bson.Raw) (s stored, err error) {
	_, id, ok := raw.Lookup(fieldID).BinaryOK()
	if !ok || len(id) != len(s.ID) {
		return s, damaged("object", raw.Lookup(fieldID), errors.New("its name is no hash"))
	}
	copy(s.ID[:], id)
	if kind, ok := raw.Lookup(fieldKind).StringValueOK(); ok && len(kind) == 1 {
		s.Kind = modulestore.Kind(kind[0])
	}
	s.stamp, _ = raw.Lookup(fieldStamp).AsInt64OK()
	s.size, _ = raw.Lookup(fieldSize).AsInt64OK()
	data := raw.Lookup(fieldData)
	if _, b, ok := data.BinaryOK(); ok {
		s.Data = bytes.Clone(b)
	} else if d, ok := data.DocumentOK(); ok {
		s.Data = bytes.Clone(d)
	}
	return s, nil
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
	err := db.eachStored(ctx, db.holding(kind), ids, nil, func(s stored) {
		if s.stamp != buriedStamp {
			objects = append(objects, s.Object)
		}
	})
	if err != nil {
		return nil, db.explain(ctx, "read objects", err)
	}
	return objects, nil
}

// Has implements modulestore.Backend.
func (db *DB) Has(ctx context.Context, g modulestore.Generation, kind modulestore.Kind, ids []modulestore.ID) (missing []modulestore.ID, err error) {
	missing, err = db.renew(ctx, db.holding(kind), g, ids)
	return missing, db.explain(ctx, "look up objects", err)
}

// renew gives the stored ones of ids the stamp g if theirs is older, and returns the others. Only then is it certain that an object is stored
// and stays: whoever sweeps looks at the stamp in removing. So an object with an older stamp is looked for once more in the end.
func (db *DB) renew(ctx context.Context, c *mongo.Collection, g modulestore.Generation, ids []modulestore.ID) (missing []modulestore.ID, err error) {
	stamps, err := db.stamps(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	var old []modulestore.ID
	for _, id := range ids {
		stamp, ok := stamps[id]
		switch {
		case !ok:
			missing = append(missing, id)
		case stamp < int64(g):
			old = append(old, id)
		}
	}
	if len(old) == 0 {
		return missing, nil
	}
	for some := range slices.Chunk(old, batchObjects) {
		if _, err := c.UpdateMany(ctx, olderThan(g, some), bson.D{{Key: "$set", Value: bson.D{{Key: fieldStamp, Value: int64(g)}}}}); err != nil {
			return nil, err
		}
	}
	if stamps, err = db.stamps(ctx, c, old); err != nil {
		return nil, err
	}
	for _, id := range old {
		if _, ok := stamps[id]; !ok {
			missing = append(missing, id)
		}
	}
	return missing, nil
}

// stamps gives the stamps of the stored ones of ids.
func (db *DB) stamps(ctx context.Context, c *mongo.Collection, ids []modulestore.ID) (map[modulestore.ID]int64, error) {
	stamps := make(map[modulestore.ID]int64, len(ids))
	only := bson.D{{Key: fieldStamp, Value: 1}}
	err := db.eachStored(ctx, c, ids, only, func(s stored) { stamps[s.ID] = s.stamp })
	return stamps, err
}

// eachStored calls visit with every object of ids that is stored, with the fields of the projection or all.
func (db *DB) eachStored(ctx context.Context, c *mongo.Collection, ids []modulestore.ID, projection any, visit func(stored)) error {
	for some := range slices.Chunk(ids, batchObjects) {
		find := options.Find().SetBatchSize(int32(len(some))) // without it the first reply has 101 documents
		if projection != nil {
			find.SetProjection(projection)
		}
		err := query(ctx, c, byIDs(names(some)), find, func(raw bson.Raw) error {
			s, err := storedIn(raw)
			visit(s)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func names(ids []modulestore.ID) bson.A {
	list := make(bson.A, len(ids))
	for i, id := range ids {
		list[i] = binaryOf(id)
	}
	return list
}

// olderThan finds those of ids that have an older stamp than g.
func olderThan(g modulestore.Generation, ids []modulestore.ID) bson.D {
	return append(byIDs(names(ids)), bson.E{Key: fieldStamp, Value: before(g)})
}

func before(g modulestore.Generation) bson.D { return bson.D{{Key: "$lt", Value: int64(g)}} }

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
	return func(yield func(modulestore.Object, error) bool) {
		for _, c := range []*mongo.Collection{db.objects, db.chunks} {
			err := db.walk(ctx, c, buriedStamp, func(s stored) error {
				if !yield(s.Object, nil) {
					return errEnough
				}
				return nil
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

// walk calls use with every object that has an older stamp than g, without the data.
func (db *DB) walk(ctx context.Context, c *mongo.Collection, g modulestore.Generation, use func(stored) error) error {
	listing := bson.D{{Key: fieldKind, Value: 1}, {Key: fieldStamp, Value: 1}, {Key: fieldSize, Value: 1}}
	find := options.Find().SetProjection(listing).SetBatchSize(batchObjects)
	return query(ctx, c, bson.D{{Key: fieldStamp, Value: before(g)}}, find, func(raw bson.Raw) error {
		s, err := storedIn(raw)
		if err != nil {
			return err
		}
		return use(s)
	})
}
