package search

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/RoaringBitmap/roaring/v2"
	index "github.com/blevesearch/bleve_index_api"

	"lectern/search/query"
)

// maxCandidates is the number of words that are looked at for one misspelled one.
const maxCandidates = 256

// correction gives the query that may have been meant where nothing has the words as they are. It is offered only if it finds something that may be found, so that it
// does not tell the words of courses that are hidden from who asks.
func (s *run) correction(ctx context.Context) (*query.Query, error) {
	if s.Typing || !s.result.Relaxed && s.result.Total > 0 || len(s.Query.Words) == 0 {
		return nil, nil
	}
	q, changed, err := s.corrected(ctx)
	if err != nil || !changed {
		return nil, err
	}
	other := &run{
		Index: s.Index, Request: s.Request, generation: s.generation, wary: s.wary, index: s.index, plan: s.plan, wanted: s.wanted, unwanted: s.unwanted, rights: s.rights,
	}
	other.plan.query, other.Query = distinct(q), q
	n, err := s.count(ctx, other.whole(other.plan.strict(), ""))
	if err != nil || n == 0 {
		return nil, err
	}
	return &q, nil
}

// corrected replaces words that are hardly ever used by others that are spelled nearly so and are used much more.
func (s *run) corrected(ctx context.Context) (q query.Query, changed bool, err error) {
	err = inSnapshot(s.index, func(reader index.IndexReader) (err error) {
		q, changed = s.Query.Correct(func(word string) (string, bool) {
			better, ok, failed := s.better(ctx, reader, word)
			err = errors.Join(err, failed)
			return better, ok
		})
		return err
	})
	return q, changed, err
}

func (s *run) better(ctx context.Context, reader index.IndexReader, word string) (string, bool, error) {
	fuzzy, ok := reader.(index.IndexReaderFuzzy)
	if !ok || utf8.RuneCountInString(word) < query.MinTypo {
		return "", false, nil
	}
	tokens := s.tokens(Exact, word)
	if len(tokens) != 1 {
		return "", false, nil
	}
	typed := tokens[0].Term
	_, first := utf8.DecodeRuneInString(typed)
	dict, err := fuzzy.FieldDictFuzzy(fieldAllX, typed, 1, typed[:first])
	if err != nil {
		return "", false, err
	}
	candidates, err := s.near(ctx, reader, dict)
	if err = errors.Join(err, dict.Close()); err != nil {
		return "", false, err
	}
	count, err := s.permittedCount(ctx, reader, typed)
	if err != nil {
		return "", false, err
	}
	better, ok := query.Meant(typed, count, candidates)
	return better, ok, nil
}

// near counts the words in a part of the dictionary, which does not say itself how often they are used.
func (s *run) near(ctx context.Context, reader index.IndexReader, dict index.FieldDict) (list []query.Candidate, err error) {
	for len(list) < maxCandidates {
		entry, err := dict.Next()
		if entry == nil || err != nil {
			return list, err
		}
		n, err := s.permittedCount(ctx, reader, entry.Term)
		if err != nil {
			return nil, err
		}
		list = append(list, query.Candidate{Word: entry.Term, Count: n})
	}
	return list, nil
}

// permittedCount is the number of documents that may be found and have a word: how often it is used elsewhere is not to be told.
func (s *run) permittedCount(ctx context.Context, reader index.IndexReader, word string) (int, error) {
	x, err := s.selectionOf(ctx, reader, s.index.Mapping())
	if err != nil {
		return 0, err
	}
	n := 0
	for _, part := range []struct {
		field string
		set   *roaring.Bitmap
	}{{fieldAllX, x.among(x.full, "")}, {fieldTitleX, x.among(x.titles, "")}} {
		found, err := oneOf(part.field, word).in(reader)
		switch {
		case err != nil:
			return 0, err
		case part.set != nil:
			n += int(found.AndCardinality(part.set))
		default: // everything may be found
			n += int(found.GetCardinality())
		}
	}
	return n, nil
}
