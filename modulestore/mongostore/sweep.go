package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"lectern/modulestore"
)

// Sweep implements modulestore.Backend. The command that removes objects names their stamps, too, so it passes by those that a writer has
// renewed since they were looked at. Swept.Stored counts the data as it was sent: the server compresses it and keeps the space for itself.
func (db *DB) Sweep(ctx context.Context, before modulestore.Generation, dry bool, live func(modulestore.Kind, modulestore.ID) bool) (modulestore.Swept, error) {
	w := &sweeper{DB: db, before: before, dry: dry, swept: modulestore.Swept{Kinds: make(map[modulestore.Kind]modulestore.KindCount)}}
	for _, c := range []*mongo.Collection{db.objects, db.chunks} {
		w.collection = c
		err := db.walk(ctx, c, before, func(s stored) error {
			if live(s.Kind, s.ID) {
				return nil
			}
			return w.add(ctx, s)
		})
		if err == nil {
			err = w.flush(ctx)
		}
		if err != nil {
			return w.swept, db.explain(ctx, "remove objects", err)
		}
	}
	return w.swept, nil
}

// sweeper removes objects in batches.
type sweeper struct {
	*DB
	collection *mongo.Collection
	before     modulestore.Generation
	dry        bool
	dead       []stored // that were not removed yet
	swept      modulestore.Swept
}

func (w *sweeper) add(ctx context.Context, s stored) error {
	if w.dead = append(w.dead, s); len(w.dead) < batchObjects {
		return nil
	}
	return w.flush(ctx)
}

func (w *sweeper) flush(ctx context.Context) error {
	dead := w.dead
	w.dead = nil
	spared := make(map[modulestore.ID]int64)
	if len(dead) > 0 && !w.dry {
		var err error
		if spared, err = w.remove(ctx, dead); err != nil {
			return err
		}
	}
	for _, s := range dead {
		if _, ok := spared[s.ID]; ok {
			continue
		}
		c := w.swept.Kinds[s.Kind]
		w.swept.Kinds[s.Kind] = modulestore.KindCount{Objects: c.Objects + 1, Bytes: c.Bytes + s.size}
		w.swept.Stored += s.size
	}
	return nil
}

// remove removes objects and gives those that it did not, because a writer has renewed them.
func (w *sweeper) remove(ctx context.Context, dead []stored) (spared map[modulestore.ID]int64, err error) {
	ids := make([]modulestore.ID, len(dead))
	for i, s := range dead {
		ids[i] = s.ID
	}
	result, err := w.collection.DeleteMany(ctx, olderThan(w.before, ids))
	if err != nil || result.DeletedCount == int64(len(dead)) {
		return nil, err
	}
	return w.stamps(ctx, w.collection, ids)
}
