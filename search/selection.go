package search

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	bq "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"lectern/search/query"
)

// selection are the documents of one snapshot that a search may find. A search asks several times, mostly of the same snapshot; of another one, it is made again.
type selection struct {
	snapshot     *scorch.IndexSnapshot
	full, titles *roaring.Bitmap // what may be found in full (nil for everything), and what by its title alone
	chosen       map[query.Field]*roaring.Bitmap
}

// among gives those of a set that were chosen in all fields but one; nil is everything.
func (x *selection) among(set *roaring.Bitmap, but query.Field) *roaring.Bitmap {
	for f, chosen := range x.chosen {
		switch {
		case f == but:
		case set == nil:
			set = chosen
		default:
			set = roaring.And(set, chosen)
		}
	}
	return set
}

// selectionOf gives what of a snapshot may be found, which nobody may change.
func (s *run) selectionOf(ctx context.Context, reader index.IndexReader, m mapping.IndexMapping) (selection, error) {
	s.sifting.Lock()
	defer s.sifting.Unlock()
	snapshot, err := snapshotOf(reader)
	if err != nil || s.selection.snapshot == snapshot {
		return s.selection, err
	}
	reader = snapshot // all of it
	x := selection{snapshot: snapshot, chosen: make(map[query.Field]*roaring.Bitmap, len(s.wanted))}
	if !s.rights.all {
		if x.full, err = granted(reader, s.rights.full); err != nil {
			return x, err
		}
	}
	if x.titles, err = granted(reader, s.rights.titles); err != nil {
		return x, err
	}
	for f, c := range s.wanted {
		if x.chosen[f], err = c.in(reader); err != nil {
			return x, err
		}
	}
	// What is not wanted is looked for where the rest is: who may find titles alone is not to learn from what is left out what a text says.
	if x.full, err = s.without(ctx, reader, m, x.full, s.plan.unwanted(fieldAll, fieldAllX)); err != nil {
		return x, err
	}
	if x.titles, err = s.without(ctx, reader, m, x.titles, s.plan.unwanted(fieldTitle, fieldTitleX)); err != nil {
		return x, err
	}
	s.selection = x
	return x, nil
}

// without takes what is not wanted out of a set.
func (s *run) without(ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, set *roaring.Bitmap, texts []bq.Query) (*roaring.Bitmap, error) {
	if len(texts)+len(s.unwanted) == 0 || set != nil && set.IsEmpty() {
		return set, nil
	}
	not, err := s.unwanted.in(reader)
	if err != nil {
		return nil, err
	}
	if len(texts) > 0 {
		found, err := matching(ctx, reader, m, &anyOf{Queries: texts})
		if err != nil {
			return nil, err
		}
		not.Or(found)
	}
	if set == nil {
		if set, err = everythingIn(reader); err != nil {
			return nil, err
		}
	}
	return roaring.AndNot(set, not), nil
}
