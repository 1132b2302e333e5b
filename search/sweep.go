package search

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

const (
	// sweepers is how many look for hits side by side, each in a part of the documents.
	sweepers = 2
	// manyDocuments are so many that it is worth while: to begin a search takes as long as to look at some thousand hits.
	manyDocuments = 20_000
)

// sweep asks for the best hits, as ask does, but in parts of the index at once. What a hit is worth depends on all of the index, so the parts add up to the same.
func (s *run) sweep(ctx context.Context, r *bleve.SearchRequest, q *observed) (*bleve.SearchResult, error) {
	documents, err := s.index.DocCount()
	if err != nil {
		return nil, err
	}
	if documents < s.generation.many {
		return s.ask(ctx, r)
	}
	sweeping, cancel := context.WithCancel(ctx)
	defer cancel()
	var parts [sweepers]swept
	var all sync.WaitGroup
	for i := range parts {
		all.Go(func() {
			if parts[i] = s.sweepPart(sweeping, *r, q, i); parts[i].err != nil {
				cancel() // there is no use in the others
			}
		})
	}
	all.Wait()
	for i := range parts {
		if failed := parts[i].err; failed != nil && (err == nil || errors.Is(err, context.Canceled)) {
			err = failed
		}
	}
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(parts[:], func(p swept) bool { return p.seen.snapshot != parts[0].seen.snapshot }) { // something was written in between
		return s.ask(ctx, r)
	}
	found := parts[0].result
	q.counts = parts[0].seen.counts
	for _, p := range parts[1:] {
		found.Total += p.result.Total
		found.Hits = append(found.Hits, p.result.Hits...)
		for field, counts := range p.seen.counts {
			for value, n := range counts {
				q.counts[field][value] += n
			}
		}
	}
	slices.SortStableFunc(found.Hits, func(a, b *blevesearch.DocumentMatch) int { return cmp.Compare(b.Score, a.Score) })
	found.Hits = found.Hits[:min(r.Size, len(found.Hits))]
	return found, nil
}

// swept is what was found in a part of the index.
type swept struct {
	result *bleve.SearchResult
	seen   *observed
	err    error
}

func (s *run) sweepPart(ctx context.Context, r bleve.SearchRequest, q *observed, part int) (p swept) {
	p.seen = &observed{Query: &between{q.Query, part}, columns: q.columns, fields: q.fields}
	r.Query = p.seen
	p.err = s.generation.guard(func(bleve.Index) (err error) {
		p.result, err = s.ask(ctx, &r)
		return err
	})
	return p
}

// between finds what a query finds in one part of the documents.
type between struct {
	Query bq.Query
	part  int // of sweepers
}

func (b *between) Searcher(
	ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions,
) (blevesearch.Searcher, error) {
	end, err := endOf(reader)
	if err != nil {
		return nil, err
	}
	s, err := b.Query.Searcher(ctx, reader, m, options)
	if err != nil {
		return nil, err
	}
	part := uint64(b.part)
	return &betweenSearcher{Searcher: s, from: end * part / sweepers, to: end * (part + 1) / sweepers}, nil
}

// betweenSearcher leaves out what is before one document, and ends before another.
type betweenSearcher struct {
	blevesearch.Searcher
	from, to uint64
	begun    bool
}

func (s *betweenSearcher) Next(ctx *blevesearch.SearchContext) (*blevesearch.DocumentMatch, error) {
	if !s.begun && s.from > 0 {
		return s.Advance(ctx, index.NewIndexInternalID(nil, s.from))
	}
	s.begun = true
	d, err := s.Searcher.Next(ctx)
	return s.within(ctx, d, err)
}

func (s *betweenSearcher) Advance(ctx *blevesearch.SearchContext, to index.IndexInternalID) (*blevesearch.DocumentMatch, error) {
	if to.Value() < s.from {
		to = index.NewIndexInternalID(nil, s.from)
	}
	s.begun = true
	d, err := s.Searcher.Advance(ctx, to)
	return s.within(ctx, d, err)
}

func (s *betweenSearcher) within(ctx *blevesearch.SearchContext, d *blevesearch.DocumentMatch, err error) (*blevesearch.DocumentMatch, error) {
	if d != nil && err == nil && d.IndexInternalID.Value() >= s.to {
		ctx.DocumentMatchPool.Put(d)
		return nil, nil
	}
	return d, err
}
