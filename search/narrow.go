package search

import (
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
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
