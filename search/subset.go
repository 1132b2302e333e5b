package search

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"

	"lectern/modulestore/key"
)

// In a snapshot of an index documents have numbers. What filters leave of it is a set of these: it is read out of the index by its terms, without
// looking at documents one by one, and it serves all that a search asks of the snapshot.

// choice wants one of some values in a field, or one of others in another field.
type choice []fieldValues

// fieldValues are some of a keyword field.
type fieldValues struct {
	field string
	any   []string
}

func oneOf(field string, any ...string) choice { return choice{{field, any}} }

// in gives the documents of a snapshot that have one of the values.
func (c choice) in(reader index.IndexReader) (*roaring.Bitmap, error) {
	return eachSegment(reader, func(s *scorch.SegmentSnapshot, found *roaring.Bitmap) error {
		for _, v := range c {
			if err := holding(s, v.field, v.any, found); err != nil {
				return err
			}
		}
		return nil
	})
}

// grant is what may be found of a course: the classes or, if there are none, everything.
type grant struct {
	course  key.Course
	classes []key.BlockID
}

// granted gives the documents of a snapshot that may be found. The documents of a course are in few segments, so the classes are looked up only where it has any.
func granted(reader index.IndexReader, grants []grant) (*roaring.Bitmap, error) {
	return eachSegment(reader, func(s *scorch.SegmentSnapshot, found *roaring.Bitmap) error {
		courses, err := s.Segment().Dictionary(fieldContext)
		if err != nil {
			return err
		}
		var whole, classes []string
		for _, g := range grants {
			course := g.course.String()
			here, err := courses.Contains([]byte(course))
			switch {
			case err != nil:
				return err
			case !here:
			case len(g.classes) == 0:
				whole = append(whole, course)
			default:
				for _, c := range g.classes {
					classes = append(classes, g.course.Block(c).String())
				}
			}
		}
		if err := holding(s, fieldContext, whole, found); err != nil {
			return err
		}
		return holding(s, fieldAccess, classes, found)
	})
}

// eachSegment joins what is found in the segments of a snapshot, without what has been deleted.
func eachSegment(reader index.IndexReader, find func(*scorch.SegmentSnapshot, *roaring.Bitmap) error) (*roaring.Bitmap, error) {
	segments, err := segmentsOf(reader)
	if err != nil {
		return nil, err
	}
	all, offset := roaring.New(), int64(0)
	for _, s := range segments {
		found := roaring.New()
		if err := find(s, found); err != nil {
			return nil, err
		}
		if deleted := s.Deleted(); deleted != nil {
			found.AndNot(deleted)
		}
		all.Or(roaring.AddOffset64(found, offset))
		offset += s.FullSize()
	}
	return all, nil
}

func segmentsOf(reader index.IndexReader) ([]*scorch.SegmentSnapshot, error) {
	snapshot, err := snapshotOf(reader)
	if err != nil {
		return nil, err
	}
	return snapshot.Segments(), nil
}

// holding adds the documents of a segment that have one of some terms in a field.
func holding(s *scorch.SegmentSnapshot, field string, terms []string, found *roaring.Bitmap) error {
	if len(terms) == 0 {
		return nil
	}
	dict, err := s.Segment().Dictionary(field)
	if err != nil {
		return err
	}
	for _, t := range terms {
		list, err := dict.PostingsList([]byte(t), nil, nil)
		if err != nil {
			return err
		}
		if whole, ok := list.(interface{ OrInto(*roaring.Bitmap) }); ok {
			whole.OrInto(found)
			continue
		}
		each := list.Iterator(false, false, false, nil)
		for p, err := each.Next(); p != nil || err != nil; p, err = each.Next() {
			if err != nil {
				return err
			}
			found.Add(uint32(p.Number()))
		}
	}
	return nil
}

// everythingIn gives the numbers of all documents of a snapshot, those that have been deleted among them: no query finds these.
func everythingIn(reader index.IndexReader) (*roaring.Bitmap, error) {
	end, err := endOf(reader)
	all := roaring.New()
	all.AddRange(0, end)
	return all, err
}

// endOf is the number after that of the last document of a snapshot.
func endOf(reader index.IndexReader) (end uint64, err error) {
	segments, err := segmentsOf(reader)
	for _, s := range segments {
		end += uint64(s.FullSize())
	}
	return end, err
}

// matching gives the documents of a snapshot that a query finds.
func matching(ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, q bq.Query) (*roaring.Bitmap, error) {
	found := roaring.New()
	s, err := q.Searcher(ctx, reader, m, unscored)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }() // it has been read, and holds nothing but memory
	in := &blevesearch.SearchContext{DocumentMatchPool: blevesearch.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0), IndexReader: reader}
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		d, err := s.Next(in)
		if d == nil || err != nil {
			return found, err
		}
		found.Add(uint32(d.IndexInternalID.Value()))
		in.DocumentMatchPool.Put(d)
	}
}

// unscored asks for which documents there are, and not how good they are.
var unscored = blevesearch.SearcherOptions{Score: "none"}

// unranked is a query of which only the documents are asked, in any order.
type unranked struct{ Query bq.Query }

func (u *unranked) Searcher(ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, _ blevesearch.SearcherOptions) (blevesearch.Searcher, error) {
	return u.Query.Searcher(ctx, reader, m, unscored)
}

// limited wants what a query finds in a set of documents, and leaves its scores as they are.
type limited struct {
	Query bq.Query
	// to gives the set for the snapshot that is searched; nil for all documents.
	to func(context.Context, index.IndexReader, mapping.IndexMapping) (*roaring.Bitmap, error)
}

// tinySet are so few documents that it is quicker to look at each of them for every word.
const tinySet = 500

func (l *limited) Searcher(
	ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions,
) (blevesearch.Searcher, error) {
	set, err := l.to(ctx, reader, m)
	if err != nil {
		return nil, err
	}
	if set != nil && set.IsEmpty() {
		return searcher.NewMatchNoneSearcher(reader)
	}
	if set != nil && set.GetCardinality() <= tinySet {
		if reader, err = narrowed(reader, set); err != nil {
			return nil, err
		}
	}
	s, err := l.Query.Searcher(ctx, reader, m, options)
	if err != nil || set == nil {
		return s, err
	}
	return &limitedSearcher{Searcher: s, set: set, steps: steps{left: set.Iterator()}, few: set.GetCardinality() < s.Count()/8}, nil
}

// limitedSearcher leaves out what is not in a set. It asks for the documents of the set if these are few, and else looks at all that is found.
type limitedSearcher struct {
	blevesearch.Searcher
	set   *roaring.Bitmap
	few   bool
	steps steps // where there are few
}

func (s *limitedSearcher) Next(ctx *blevesearch.SearchContext) (*blevesearch.DocumentMatch, error) {
	if s.few {
		return s.leap(ctx)
	}
	d, err := s.Searcher.Next(ctx)
	return s.first(ctx, d, err)
}

func (s *limitedSearcher) Advance(ctx *blevesearch.SearchContext, to index.IndexInternalID) (*blevesearch.DocumentMatch, error) {
	if s.few {
		s.steps.skip(to)
		return s.leap(ctx)
	}
	d, err := s.Searcher.Advance(ctx, to)
	return s.first(ctx, d, err)
}

// first gives a document, or the next one that is in the set.
func (s *limitedSearcher) first(ctx *blevesearch.SearchContext, d *blevesearch.DocumentMatch, err error) (*blevesearch.DocumentMatch, error) {
	for d != nil && err == nil && !s.set.Contains(uint32(d.IndexInternalID.Value())) {
		ctx.DocumentMatchPool.Put(d)
		d, err = s.Searcher.Next(ctx)
	}
	return d, err
}

// leap goes on to the next document of the set that is found.
func (s *limitedSearcher) leap(ctx *blevesearch.SearchContext) (*blevesearch.DocumentMatch, error) {
	for id := s.steps.next(); id != nil; id = s.steps.next() {
		d, err := s.Searcher.Advance(ctx, id)
		if d == nil || err != nil {
			return nil, err
		}
		if s.steps.reach(d.IndexInternalID) {
			return d, nil
		}
		ctx.DocumentMatchPool.Put(d)
	}
	return nil, nil
}

// steps go from one document of a set to the next one, for who finds documents from a number on.
type steps struct {
	left roaring.IntPeekable
	id   index.IndexInternalID // its memory is used again
}

// next is the document to ask for; nil for none.
func (s *steps) next() index.IndexInternalID {
	if !s.left.HasNext() {
		return nil
	}
	s.id = index.NewIndexInternalID(s.id, uint64(s.left.PeekNext()))
	return s.id
}

// skip leaves out what is before a document.
func (s *steps) skip(to index.IndexInternalID) { s.left.AdvanceIfNeeded(uint32(to.Value())) }

// reach goes to a document that was found, and past it if it is one of the set.
func (s *steps) reach(found index.IndexInternalID) bool {
	s.skip(found)
	in := s.left.HasNext() && uint64(s.left.PeekNext()) == found.Value()
	if in {
		s.left.Next()
	}
	return in
}
