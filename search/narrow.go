package search

import (
	"context"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
)

// narrow is a snapshot in which words stand in some documents alone. How often a word is used is still told of all documents, so a document is worth the same. It costs a
// step for each of the documents and each word, and is for searchers that look for words together: left alone, they look at everything until they find the next place.
type narrow struct {
	*scorch.IndexSnapshot
	to *roaring.Bitmap
	// placed keeps what has been read of words with their places, for readers of the same word. Nil where there are too many documents to be kept.
	placed map[fieldTerm][]index.TermFieldDoc
	room   int // for so many places more
}

// fieldTerm is a word in a field.
type fieldTerm struct{ field, term string }

// fewToKeep are so few documents that the places of words in them are kept, until the search is over. To go to a document takes bleve as long as to look at all that have the word
// and are before it, and in a ranked search most words are looked for twice: beside the others, by their places, and alone.
const fewToKeep = 2 * window

// keptPlaces is how many places of words are kept for a search, some megabytes: a few long texts may have a word a million times.
const keptPlaces = 100_000

// narrowed gives what a reader sees in some documents.
func narrowed(reader index.IndexReader, to *roaring.Bitmap) (index.IndexReader, error) {
	if n, ok := reader.(*narrow); ok {
		to = roaring.And(n.to, to)
	}
	snapshot, err := snapshotOf(reader)
	if err != nil {
		return nil, err
	}
	n := &narrow{IndexSnapshot: snapshot, to: to}
	if to.GetCardinality() <= fewToKeep {
		n.placed, n.room = make(map[fieldTerm][]index.TermFieldDoc), keptPlaces
	}
	return n, nil
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
	keep := vectors && n.room > 0
	r, err := n.IndexSnapshot.TermFieldReader(ctx, term, field, freq || keep, norm || keep, vectors)
	if err != nil {
		return nil, err
	}
	word := fieldTerm{field, string(term)}
	list, known := n.placed[word]
	reader := &narrowReader{TermFieldReader: r, steps: steps{left: n.to.Iterator()}}
	switch {
	case known:
	case keep:
		if list, err = n.all(reader); err != nil {
			return nil, errors.Join(err, r.Close())
		}
		if n.room <= 0 { // it has been read in part
			if err := r.Close(); err != nil {
				return nil, err
			}
			return n.TermFieldReader(ctx, term, field, freq, norm, vectors)
		}
		n.placed[word] = list
	default:
		return reader, nil
	}
	return &placedReader{TermFieldReader: r, left: list, vectors: vectors}, nil
}

// all gives the documents that have a word, as long as there is room to keep them.
func (n *narrow) all(r *narrowReader) (list []index.TermFieldDoc, err error) {
	for n.room > 0 {
		d, err := r.Next(nil)
		if d == nil || err != nil {
			return list, err
		}
		list = append(list, *d)
		n.room -= len(d.Vectors)
	}
	return nil, nil
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

// placedReader gives documents that have been read.
type placedReader struct {
	index.TermFieldReader // for what is told of all documents
	left                  []index.TermFieldDoc
	vectors               bool
}

func (r *placedReader) Next(d *index.TermFieldDoc) (*index.TermFieldDoc, error) {
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

func (r *placedReader) Advance(id index.IndexInternalID, d *index.TermFieldDoc) (*index.TermFieldDoc, error) {
	for len(r.left) > 0 && r.left[0].ID.Compare(id) < 0 {
		r.left = r.left[1:]
	}
	return r.Next(d)
}
