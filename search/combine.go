package search

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// anyOf finds what at least one of some queries finds, or more of them. What more of them find is better.
type anyOf struct {
	Queries []bq.Query
	Least   int // how many; 0 is one
	// Lean leaves out queries that find nothing in this index. It is quicker, and what the others find is worth more, then.
	Lean bool
}

func (a *anyOf) Searcher(
	ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions,
) (blevesearch.Searcher, error) {
	list, err := searchers(ctx, a.Queries, reader, m, options)
	if err != nil {
		return nil, err
	}
	if a.Lean {
		if list, err = leftOut(list, options); err != nil {
			return nil, err
		}
	}
	switch {
	case len(list) < max(a.Least, 1):
		return nothing(reader, list)
	case len(list) == 1:
		return list[0], nil
	}
	return searcher.NewDisjunctionSearcher(ctx, reader, list, float64(a.Least), options)
}

// leftOut leaves out of a list what finds nothing.
func leftOut(list []blevesearch.Searcher, options blevesearch.SearcherOptions) ([]blevesearch.Searcher, error) {
	var some, none []blevesearch.Searcher
	for _, s := range list {
		if empty(s, options) {
			none = append(none, s)
		} else {
			some = append(some, s)
		}
	}
	if err := closeAll(none); err != nil {
		return nil, errors.Join(err, closeAll(some))
	}
	return some, nil
}

// empty reports whether it is known that a searcher finds nothing. Those that do not score cannot tell how much they find.
func empty(s blevesearch.Searcher, options blevesearch.SearcherOptions) bool {
	_, none := s.(*searcher.MatchNoneSearcher)
	return none || options.Score != unscored.Score && s.Count() == 0
}

// allOf finds what all of some queries find.
type allOf struct{ Queries []bq.Query }

func (a *allOf) add(q bq.Query) { a.Queries = append(a.Queries, q) }

func (a *allOf) Searcher(
	ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions,
) (blevesearch.Searcher, error) {
	list, err := searchers(ctx, a.Queries, reader, m, options)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0 || slices.ContainsFunc(list, func(s blevesearch.Searcher) bool { return empty(s, options) }):
		return nothing(reader, list)
	case len(list) == 1:
		return list[0], nil
	}
	return searcher.NewConjunctionSearcher(ctx, reader, list, options)
}

// nothing is found by queries that are not needed, then.
func nothing(reader index.IndexReader, instead []blevesearch.Searcher) (blevesearch.Searcher, error) {
	if err := closeAll(instead); err != nil {
		return nil, err
	}
	return searcher.NewMatchNoneSearcher(reader)
}

func searchers(
	ctx context.Context, queries []bq.Query, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions,
) ([]blevesearch.Searcher, error) {
	list := make([]blevesearch.Searcher, 0, len(queries))
	for _, q := range queries {
		s, err := q.Searcher(ctx, reader, m, options)
		if err != nil {
			return nil, errors.Join(err, closeAll(list))
		}
		list = append(list, s)
	}
	return list, nil
}

func closeAll(list []blevesearch.Searcher) (err error) {
	for _, s := range list {
		err = errors.Join(err, s.Close())
	}
	return err
}

// preferring finds what a query finds; what others find besides is so much better. Bleve's own query of this kind forgets the others where it is asked for a document further on.
type preferring struct {
	Query  bq.Query
	Better []bq.Query
}

func (p *preferring) Searcher(
	ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions,
) (blevesearch.Searcher, error) {
	if len(p.Better) == 0 || options.Score == unscored.Score {
		return p.Query.Searcher(ctx, reader, m, options)
	}
	found, err := p.Query.Searcher(ctx, reader, m, options)
	if err != nil {
		return nil, err
	}
	better, err := (&anyOf{Queries: p.Better}).Searcher(ctx, reader, m, options)
	if err != nil {
		return nil, errors.Join(err, found.Close())
	}
	s := &preferringSearcher{Searcher: found, better: better}
	s.SetQueryNorm(1 / math.Sqrt(s.Weight()))
	if empty(found, options) || empty(better, options) {
		return found, better.Close()
	}
	return s, nil
}

type preferringSearcher struct {
	blevesearch.Searcher
	better blevesearch.Searcher
	next   *blevesearch.DocumentMatch // the one of better that is not before the last document
	begun  bool
}

func (s *preferringSearcher) Next(ctx *blevesearch.SearchContext) (*blevesearch.DocumentMatch, error) {
	d, err := s.Searcher.Next(ctx)
	return s.scored(ctx, d, err)
}

func (s *preferringSearcher) Advance(ctx *blevesearch.SearchContext, to index.IndexInternalID) (*blevesearch.DocumentMatch, error) {
	d, err := s.Searcher.Advance(ctx, to)
	return s.scored(ctx, d, err)
}

func (s *preferringSearcher) scored(ctx *blevesearch.SearchContext, d *blevesearch.DocumentMatch, err error) (*blevesearch.DocumentMatch, error) {
	if d == nil || err != nil {
		return nil, err
	}
	if !s.begun || s.next != nil && s.next.IndexInternalID.Compare(d.IndexInternalID) < 0 {
		if s.begun {
			ctx.DocumentMatchPool.Put(s.next)
		}
		s.begun = true
		if s.next, err = s.better.Advance(ctx, d.IndexInternalID); err != nil {
			return nil, err
		}
	}
	if s.next != nil && s.next.IndexInternalID.Equals(d.IndexInternalID) {
		d.Score += s.next.Score
	}
	return d, nil
}

func (s *preferringSearcher) Weight() float64 { return s.Searcher.Weight() + s.better.Weight() }

func (s *preferringSearcher) SetQueryNorm(n float64) {
	s.Searcher.SetQueryNorm(n)
	s.better.SetQueryNorm(n)
}

func (s *preferringSearcher) DocumentMatchPoolSize() int {
	return s.Searcher.DocumentMatchPoolSize() + s.better.DocumentMatchPoolSize()
}

func (s *preferringSearcher) Close() error { return errors.Join(s.Searcher.Close(), s.better.Close()) }

// sideBySide wants words side by side. To look at all places of many words costs much, so of a long phrase some pairs are looked for first, in documents that have all words.
type sideBySide struct {
	Query bq.Query
	field string
	terms []string
}

// longPhrase is the number of words from which on pairs are looked for first.
const longPhrase = 5

func (q *sideBySide) Searcher(
	ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions,
) (blevesearch.Searcher, error) {
	if len(q.terms) < longPhrase {
		return q.Query.Searcher(ctx, reader, m, options)
	}
	all := &allOf{}
	for _, t := range q.terms {
		all.add(term(q.field, t, 1))
	}
	set, err := matching(ctx, reader, m, all)
	if err != nil {
		return nil, err
	}
	for _, at := range []int{0, len(q.terms) / 2, len(q.terms) - 2} {
		if reader, err = narrowed(reader, set); err != nil {
			return nil, err
		}
		if set, err = matching(ctx, reader, m, bq.NewPhraseQuery(q.terms[at:at+2], q.field)); err != nil {
			return nil, err
		}
	}
	if reader, err = narrowed(reader, set); err != nil {
		return nil, err
	}
	return q.Query.Searcher(ctx, reader, m, options)
}
