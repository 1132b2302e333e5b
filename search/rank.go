package search

import (
	"context"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"

	"lectern/modulestore/key"
	"lectern/search/query"
)

// rank puts the best hits into another order by what is known beside the text. The list that it is given stays as it is.
func (s *run) rank(ctx context.Context, list blevesearch.DocumentMatchCollection, best int) (blevesearch.DocumentMatchCollection, error) {
	signals, err := s.signals(ctx, list[:best])
	if err != nil {
		return nil, err
	}
	order := make([]query.Ranked, best)
	byID := make(map[string]*blevesearch.DocumentMatch, best)
	for i, d := range list[:best] {
		order[i], byID[d.ID] = query.Ranked{ID: d.ID, Score: d.Score, Signals: signals[d.ID]}, d
	}
	query.Rerank(order)
	ranked := slices.Clone(list)
	for i := range order {
		ranked[i] = byID[order[i].ID]
	}
	return ranked, nil
}

// signals tells what is known of some hits.
func (s *run) signals(ctx context.Context, list blevesearch.DocumentMatchCollection) (map[string]query.Signals, error) {
	known := make(map[string]query.Signals, len(list))
	ids := make([]string, len(list))
	for i, d := range list {
		ids[i] = d.ID
		known[d.ID] = query.Signals{Type: typeOf(d.ID)}
	}
	among := func(filter bq.Query, note func(*query.Signals)) error {
		r := bleve.NewSearchRequestOptions(filtered(bleve.NewDocIDQuery(ids), filter), len(ids), 0, false)
		found, err := s.ask(ctx, r)
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
	case len(list) == 0:
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
