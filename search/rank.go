package search

import (
	"context"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"lectern/modulestore/key"
	"lectern/search/query"
)

// rank puts the best hits into a better order than that in which they were found: by all that the text tells, and by what is known beside it. The list that it is given stays
// as it is.
func (s *run) rank(ctx context.Context, list blevesearch.DocumentMatchCollection, best int) (blevesearch.DocumentMatchCollection, error) {
	ranked := slices.Clone(list)
	if best == 0 {
		return ranked, nil
	}
	in := s.selection.snapshot // the one of the numbers of the hits
	scores, err := s.scores(ctx, list[:best], in)
	if err != nil {
		return nil, err
	}
	signals, err := s.signals(ctx, list[:best], in)
	if err != nil {
		return nil, err
	}
	order := make([]query.Ranked, best)
	byID := make(map[string]*blevesearch.DocumentMatch, best)
	for i, d := range list[:best] {
		better := *d
		if scores != nil {
			better.Score = scores[d.ID] // none if it has just been taken away
		}
		order[i], byID[d.ID] = query.Ranked{ID: d.ID, Score: better.Score, Signals: signals[d.ID]}, &better
	}
	query.Rerank(order)
	for i := range order {
		ranked[i] = byID[order[i].ID]
	}
	return ranked, nil
}

// scores tells how good some hits are; nil if their order is as good as it gets.
func (s *run) scores(ctx context.Context, list blevesearch.DocumentMatchCollection, in *scorch.IndexSnapshot) (map[string]float64, error) {
	text, ok := s.plan.ranked(s.result.Relaxed)
	if !ok {
		return nil, nil
	}
	text.full = &readAhead{text.full, s.plan.words(), s.generation.guard}
	found, err := s.ask(ctx, bleve.NewSearchRequestOptions(those(list, in, s.whole(text, "")), len(list), 0, false))
	if err != nil {
		return nil, err
	}
	scores := make(map[string]float64, len(list))
	for _, d := range found.Hits {
		scores[d.ID] = d.Score
	}
	return scores, nil
}

// those limits a query to some hits. Their numbers are those of the snapshot in which they were found; in another one, they are looked up.
func those(list blevesearch.DocumentMatchCollection, in *scorch.IndexSnapshot, q bq.Query) bq.Query {
	numbers, ids := roaring.New(), make([]string, len(list))
	for i, d := range list {
		numbers.Add(uint32(d.IndexInternalID.Value()))
		ids[i] = d.ID
	}
	return &limited{q, func(_ context.Context, reader index.IndexReader, _ mapping.IndexMapping) (*roaring.Bitmap, error) {
		if snapshot, err := snapshotOf(reader); err != nil || snapshot == in {
			return numbers, err
		}
		return oneOf(fieldID, ids...).in(reader)
	}}
}

// signals tells what is known of some hits.
func (s *run) signals(ctx context.Context, list blevesearch.DocumentMatchCollection, in *scorch.IndexSnapshot) (map[string]query.Signals, error) {
	known := make(map[string]query.Signals, len(list))
	for _, d := range list {
		known[d.ID] = query.Signals{Type: typeOf(d.ID)}
	}
	among := func(filter bq.Query, note func(*query.Signals)) error {
		found, err := s.ask(ctx, bleve.NewSearchRequestOptions(those(list, in, filter), len(list), 0, false))
		if err != nil {
			return err
		}
		for _, d := range found.Hits {
			signal := known[d.ID]
			note(&signal)
			known[d.ID] = signal
		}
		return nil
	}
	switch {
	case s.Kind == Catalog && !s.At.IsZero():
		for i := range known {
			signal := known[i]
			signal.Availability = query.Current
			known[i] = signal
		}
		if err := among(dates(fieldStart, s.At, time.Time{}), func(signal *query.Signals) { signal.Availability = query.Upcoming }); err != nil {
			return nil, err
		}
		if err := among(dates(fieldEnd, time.Time{}, s.At), func(signal *query.Signals) { signal.Availability = query.Archived }); err != nil {
			return nil, err
		}
	case s.Kind == Content && !s.Near.IsZero():
		if err := among(term(fieldAbove, s.Near.String(), 1), func(signal *query.Signals) { signal.SameSection = true }); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// dates wants a date after one instant and before another; the zero time is no bound.
func dates(field string, after, before time.Time) bq.Query {
	no := false
	q := bleve.NewDateRangeInclusiveQuery(after, before, &no, &no)
	q.SetField(field)
	return q
}

// typeOf is the type of the block of a document.
func typeOf(id string) string {
	named, err := key.ParseBlock(usageOf(id))
	if err != nil {
		return ""
	}
	return named.ID.Type
}
