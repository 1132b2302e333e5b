package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"lectern/modulestore"
)

// buryTimeout is how long a Bury that was cancelled half-way goes on.
const buryTimeout = 10 * time.Second

// tombstone is a document of tombstones.
type tombstone struct {
	ID     bson.Binary   `bson:"_id"`
	Kind   string        `bson:"k"`
	Size   int64         `bson:"n"`
	Author text          `bson:"author"`
	Reason text          `bson:"reason"`
	Time   bson.DateTime `bson:"time"`
}

// Bury implements modulestore.Backend. A document without data takes the place of the object, so that no insert can bring it back; another
// one in tombstones tells why, where it is found without a search through all objects. Who is stopped between the two buries again.
func (db *DB) Bury(ctx context.Context, t modulestore.Tombstone) error {
	if err := t.Check(); err != nil {
		return err
	}
	return db.explain(ctx, "take down "+t.Kind.String()+" "+t.ID.Short(), db.bury(ctx, t))
}

func (db *DB) bury(ctx context.Context, t modulestore.Tombstone) error {
	id := binaryOf(t.ID)
	empty := bson.D{{Key: fieldID, Value: id}, {Key: fieldKind, Value: string(t.Kind)}, {Key: fieldStamp, Value: int64(buriedStamp)}}
	replace := func() error {
		_, err := db.holding(t.Kind).ReplaceOne(ctx, byID(id), empty, options.Replace().SetUpsert(true))
		return err
	}
	err := replace()
	for onlyDuplicates(err) { // it was inserted at the same time
		err = replace()
	}
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), buryTimeout)
	defer stop()
	_, err = db.buried.InsertOne(ctx, tombstone{id, string(t.Kind), t.Size, text(t.Author), text(t.Reason), dateTime(t.Time)})
	if onlyDuplicates(err) {
		return nil
	}
	return err
}

// Tombstones implements modulestore.Backend.
func (db *DB) Tombstones(ctx context.Context) (list []modulestore.Tombstone, err error) {
	find := options.Find().SetSort(bson.D{{Key: "time", Value: 1}, {Key: fieldID, Value: 1}}).SetBatchSize(batchObjects)
	err = query(ctx, db.buried, bson.D{}, find, func(raw bson.Raw) error {
		t, err := decoded[tombstone](raw)
		if err != nil {
			return err
		}
		s, err := storedIn(raw)
		list = append(list, modulestore.Tombstone{
			ID: s.ID, Kind: s.Kind, Size: t.Size, Author: string(t.Author), Reason: string(t.Reason), Time: t.Time.Time().UTC(),
		})
		return err
	})
	return list, db.explain(ctx, "list what was taken down", err)
}
