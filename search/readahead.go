package search

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

const (
	// readAtOnce is how many words are read side by side.
	readAtOnce = 2
	// fewToRead are so few documents that all that is known of a word in them is kept until the search is over.
	fewToRead = 2 * window
	// mostPlaces is how many places of a word are kept: a few long texts may have one a million times.
	mostPlaces = 20_000
)

// wantedTerm is a word in a field that a query is going to look for, perhaps with its places.
type wantedTerm struct {
	fieldTerm
	placed bool
}

// readTerm is all that is known of a word in some documents.
type readTerm struct {
	list   []index.TermFieldDoc
	count  uint64 // of all documents that have it
	placed bool
}

// readAhead reads some words before a query looks for them in a few documents. To go to a document takes bleve as long as to look at all that have the word and are before it, so each
// word is read once, though it may be looked for alone and beside the others, and several at once.
type readAhead struct {
	Query bq.Query
	words []wantedTerm
	guard func(func(bleve.Index) error) error // of the index, for each goroutine
}

func (r *readAhead) Searcher(
	ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions,
) (blevesearch.Searcher, error) {
	if n, ok := reader.(*narrow); ok && n.to.GetCardinality() <= fewToRead {
		if err := r.readIn(ctx, n); err != nil {
			return nil, err
		}
	}
	return r.Query.Searcher(ctx, reader, m, options)
}

func (r *readAhead) readIn(ctx context.Context, n *narrow) error {
	ctx = context.WithValue(ctx, blevesearch.SearchIOStatsCallbackKey, blevesearch.SearchIOStatsCallbackFunc(func(uint64) {})) // the one that bleve gives is for one goroutine
	found, errs := make([]*readTerm, len(r.words)), make([]error, readAtOnce)
	var next atomic.Int32
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = r.guard(func(bleve.Index) (err error) {
				for at := int(next.Add(1)) - 1; at < len(r.words) && err == nil; at = int(next.Add(1)) - 1 {
					found[at], err = n.readWhole(ctx, r.words[at])
				}
				return err
			})
		})
	}
	all.Wait()
	n.read = make(map[fieldTerm]*readTerm, len(found))
	for i, f := range found {
		if f != nil {
			n.read[r.words[i].fieldTerm] = f
		}
	}
	return errors.Join(errs...)
}

// readWhole gives all that is known of a word; nil if that is too much to be kept.
func (n *narrow) readWhole(ctx context.Context, w wantedTerm) (_ *readTerm, err error) {
	r, err := n.stepwise(ctx, []byte(w.term), w.field, true, true, w.placed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	found, places := &readTerm{count: r.Count(), placed: w.placed}, 0
	for {
		d, err := r.Next(nil)
		if d == nil || err != nil {
			return found, err
		}
		if places += len(d.Vectors); places > mostPlaces {
			return nil, nil
		}
		found.list = append(found.list, *d)
	}
}

// readReader gives documents that have been read.
type readReader struct {
	*readTerm
	left    []index.TermFieldDoc
	vectors bool
}

func (r *readReader) Next(d *index.TermFieldDoc) (*index.TermFieldDoc, error) {
	if len(r.left) == 0 {
		return nil, nil
	}
	if d == nil {
		d = &index.TermFieldDoc{}
	}
	next := r.left[0]
	r.left = r.left[1:]
	if !r.vectors {
		next.Vectors = nil
	}
	next.ID, next.Vectors = append(d.ID[:0], next.ID...), append(d.Vectors[:0], next.Vectors...) // callers write over theirs
	*d = next
	return d, nil
}

func (r *readReader) Advance(id index.IndexInternalID, d *index.TermFieldDoc) (*index.TermFieldDoc, error) {
	for len(r.left) > 0 && r.left[0].ID.Compare(id) < 0 {
		r.left = r.left[1:]
	}
	return r.Next(d)
}

func (r *readReader) Count() uint64 { return r.count }

// Size is asked for to estimate the memory of a search, which nobody limits.
func (r *readReader) Size() int { return 0 }

func (r *readReader) Close() error { return nil }
