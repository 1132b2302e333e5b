package search

import (
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// narrow is a snapshot in which words stand in some documents alone. How often a word is used is still told of all documents, so a document is worth the same. It costs a
// step for each of the documents and each word, and is for searchers that look for words together: left alone, they look at everything until they find the next place.
type narrow struct {
	*scorch.IndexSnapshot
	to   *roaring.Bitmap
	read map[fieldTerm]*readTerm // what has been read before it is asked for
}

// fieldTerm is a word in a field.
type fieldTerm struct{ field, term string }

// narrowed gives what a reader sees in some documents.
func narrowed(reader index.IndexReader, to *roaring.Bitmap) (index.IndexReader, error) {
	if n, ok := reader.(*narrow); ok {
		to = roaring.And(n.to, to)
	}
	snapshot, err := snapshotOf(reader)
	return &narrow{IndexSnapshot: snapshot, to: to}, err
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
	if known := n.read[fieldTerm{field, string(term)}]; known != nil && (known.placed || !vectors) {
		return &readReader{readTerm: known, left: known.list, vectors: vectors}, nil
	}
	return n.stepwise(ctx, term, field, freq, norm, vectors)
}

func (n *narrow) stepwise(ctx context.Context, term []byte, field string, freq, norm, vectors bool) (*narrowReader, error) {
	r, err := n.IndexSnapshot.TermFieldReader(ctx, term, field, freq, norm, vectors)
	return &narrowReader{TermFieldReader: r, steps: steps{left: n.to.Iterator()}}, err
}

// narrowReader goes from one of the documents to the next one.
type narrowReader struct {
	index.TermFieldReader
	steps steps
}

// Next gives the next of the documents that has the word.
func (r *narrowReader) Next(d *index.TermFieldDoc) (*index.TermFieldDoc, error) {
	for id := r.steps.next(); id != nil; id = r.steps.next() {
		found, err := r.TermFieldReader.Advance(id, d)
		if found == nil || err != nil || r.steps.reach(found.ID) {
			return found, err
		}
	}
	return nil, nil
}

// Advance gives the first of the documents from one on that has the word.
func (r *narrowReader) Advance(id index.IndexInternalID, d *index.TermFieldDoc) (*index.TermFieldDoc, error) {
	r.steps.skip(id)
	return r.Next(d)
}
