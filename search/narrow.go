package search

import (
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

// narrow is a snapshot in which words stand in some documents alone. How often a word is used is still told of all documents, so a document is worth the same. It costs a step for each of
// the documents and each word, and is for searchers that look for words together: left alone, they look at everything until they find the next place.
type narrow struct {
	*scorch.IndexSnapshot
	to *roaring.Bitmap
}

// narrowed gives what a reader sees in some documents.
func narrowed(reader index.IndexReader, to *roaring.Bitmap) (index.IndexReader, error) {
	if n, ok := reader.(*narrow); ok {
		return &narrow{n.IndexSnapshot, roaring.And(n.to, to)}, nil
	}
	snapshot, err := snapshotOf(reader)
	return &narrow{snapshot, to}, err
}

// snapshotOf is the snapshot that a reader sees, or sees a part of.
func snapshotOf(reader index.IndexReader) (*scorch.IndexSnapshot, error) {
	switch r := reader.(type) {
	case *scorch.IndexSnapshot:
		return r, nil
	case *narrow:
		return r.IndexSnapshot, nil
	}
	return nil, fmt.Errorf("an index of the kind %T has no segments", reader)
}

// TermFieldReader reads where a word stands.
func (n *narrow) TermFieldReader(ctx context.Context, term []byte, field string, freq, norm, vectors bool) (index.TermFieldReader, error) {
	r, err := n.IndexSnapshot.TermFieldReader(ctx, term, field, freq, norm, vectors)
	if err != nil {
		return nil, err
	}
	return &narrowReader{TermFieldReader: r, next: n.to.Iterator()}, nil
}

type narrowReader struct {
	index.TermFieldReader
	next roaring.IntPeekable // what has not been asked for
	id   index.IndexInternalID
}

// Next gives the next of the documents that has the word.
func (r *narrowReader) Next(d *index.TermFieldDoc) (*index.TermFieldDoc, error) {
	for r.next.HasNext() {
		r.id = index.NewIndexInternalID(r.id, uint64(r.next.PeekNext()))
		found, err := r.TermFieldReader.Advance(r.id, d)
		if found == nil || err != nil {
			return nil, err
		}
		n := uint32(found.ID.Value())
		r.next.AdvanceIfNeeded(n)
		if r.next.HasNext() && r.next.PeekNext() == n {
			r.next.Next()
			return found, nil
		}
	}
	return nil, nil
}

// Advance gives the first of the documents from one on that has the word.
func (r *narrowReader) Advance(id index.IndexInternalID, d *index.TermFieldDoc) (*index.TermFieldDoc, error) {
	r.next.AdvanceIfNeeded(uint32(id.Value()))
	return r.Next(d)
}

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
