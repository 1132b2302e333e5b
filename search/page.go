package search

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	blevesearch "github.com/blevesearch/bleve/v2/search"

	"lectern/search/query"
)

// equals is how many hits more than wanted are fetched, so that those that are as good as the last one are known.
const equals = 50

// start is where a page begins: at a hit with a number, or after a hit with certain sort keys.
type start struct {
	offset int
	after  []string
}

// begin reads where the page is to begin. A cursor of another search is refused; one of another generation of the index begins anew, and says so.
func (s *run) begin() (start, error) {
	if s.After == "" {
		return start{offset: s.Offset}, nil
	}
	c, err := query.ParseCursor(s.After)
	if err != nil {
		return start{}, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	switch {
	case c.Search != s.fingerprint():
		return start{}, fmt.Errorf("%w: the page is one of another search", ErrRequest)
	case c.Generation != s.generation.number():
		s.result.Notes = append(s.result.Notes, "The index has been made anew since the last page; this is the first page again.")
		return start{}, nil
	case len(c.Keys) == 1:
		n, err := strconv.Atoi(c.Keys[0])
		if err != nil || n < 0 || n >= window {
			return start{}, fmt.Errorf("%w: %w", ErrRequest, query.ErrCursor)
		}
		return start{offset: n}, nil
	case len(c.Keys) != 2:
		return start{}, fmt.Errorf("%w: %w", ErrRequest, query.ErrCursor)
	}
	return start{after: c.Keys}, nil
}

// fingerprint tells searches apart whose pages must not be mixed.
func (s *run) fingerprint() uint64 { return s.Query.Fingerprint(string(s.Kind), string(s.Order)) }

// number tells generations of an index apart.
func (g *generation) number() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(filepath.Base(g.folder)))
	return h.Sum64()
}

// page asks for the hits of the page, and for the facets that are not chosen. It leaves the hits in s.hits, best first.
func (s *run) page(ctx context.Context) (*bleve.SearchResult, error) {
	at := s.start
	from, size := at.offset, s.fetched()
	if at.after != nil {
		size++ // the one after the page tells that there is another page
	}
	ranked := s.Order == Relevance && at.after == nil && at.offset < window && s.Size > 0
	if ranked {
		from, size = 0, max(window, at.offset+size)
	}
	q := &observed{Query: s.whole(s.text(), ""), columns: &s.generation.columns, fields: s.counting()}
	r := bleve.NewSearchRequestOptions(q, size, from, false)
	r.Sort = blevesearch.SortOrder{&blevesearch.SortScore{Desc: true}, &blevesearch.SortDocID{}}
	r.SearchAfter = at.after
	found, err := s.fetch(ctx, r, q)
	if err != nil {
		return nil, err
	}
	s.counts = q.counts
	list := found.Hits
	if ranked {
		best := min(window, len(list))
		if list, err = s.rank(ctx, list, best); err != nil {
			return nil, err
		}
	}
	s.turn(found, list, from, size)
	return found, nil
}

// fetch asks for hits. Those that are as good as each other are in the order of their ids, which bleve would have to read of all that it finds: that takes nearly as long as
// finding them. So some more hits are fetched, and it is told to only if even those are all as good as the last one that is wanted.
func (s *run) fetch(ctx context.Context, r *bleve.SearchRequest, q *observed) (*bleve.SearchResult, error) {
	switch {
	case r.Size == 0:
		return s.ask(ctx, r)
	case s.Order == Newest:
		return s.fetchNewest(ctx, r, q)
	case r.From > 0 || r.SearchAfter != nil:
		return s.ask(ctx, r)
	}
	quick := *r
	quick.Size = r.Size + equals
	quick.Sort = blevesearch.SortOrder{&blevesearch.SortScore{Desc: true}}
	found, err := s.sweep(ctx, &quick, q)
	if err != nil {
		return nil, err
	}
	list := found.Hits
	if len(list) == quick.Size && list[quick.Size-1].Score == list[r.Size-1].Score {
		return s.ask(ctx, r)
	}
	slices.SortFunc(list, func(a, b *blevesearch.DocumentMatch) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	found.Hits = list[:min(r.Size, len(list))]
	return found, nil
}

// fetchNewest leaves the order to q, since bleve would read the dates and ids of all that it finds.
func (s *run) fetchNewest(ctx context.Context, r *bleve.SearchRequest, q *observed) (*bleve.SearchResult, error) {
	q.newest = &newest{size: r.From + r.Size, after: r.SearchAfter}
	found, err := s.ask(ctx, bleve.NewSearchRequestOptions(q, 0, 0, false))
	if err != nil {
		return nil, err
	}
	found.Hits = q.newest.hits[min(r.From, len(q.newest.hits)):]
	return found, nil
}

// fetched is the number of documents that a page takes: of the catalog more, because the runs of one course become one hit.
func (s *run) fetched() int {
	if s.Kind == Catalog {
		return 3 * s.Size
	}
	return s.Size
}

// turn cuts the page out of what was fetched, which are size hits from one on, if there are so many, and notes where the next page begins.
func (s *run) turn(found *bleve.SearchResult, list blevesearch.DocumentMatchCollection, from, size int) {
	at := s.start
	s.hits = nil
	skip := min(max(at.offset-from, 0), len(list))
	taken := 0
	runs := make(map[string]int)
	for _, d := range list[skip:] {
		h := foldable{DocumentMatch: d}
		if s.Kind == Catalog {
			if other, seen := runs[courseOf(d.ID)]; seen {
				s.hits[other].others++
				taken++
				continue
			}
			runs[courseOf(d.ID)] = len(s.hits)
		}
		if len(s.hits) == s.Size {
			break
		}
		s.hits = append(s.hits, h)
		taken++
	}
	s.result.Next = ""
	end := skip + taken
	last := from+end >= int(found.Total)
	if at.after != nil {
		last = end == len(list) && end < size // all that was fetched may have been runs of one course
	}
	if taken == 0 || last {
		return
	}
	c := query.Cursor{Generation: s.generation.number(), Search: s.fingerprint()}
	if s.Order == Relevance && at.after == nil && from+end < window {
		c.Keys = []string{strconv.Itoa(from + end)}
	} else {
		c.Keys = sortKeys(found.Hits[end-1], s.Order)
	}
	s.result.Next = c.String()
}

// foldable is a hit of the catalog, with how many other runs of the course were found.
type foldable struct {
	*blevesearch.DocumentMatch
	others int
}

// sortKeys are what a hit was sorted by, as SearchAfter takes them.
func sortKeys(d *blevesearch.DocumentMatch, o Order) []string {
	if o == Relevance {
		return []string{strconv.FormatFloat(d.Score, 'g', -1, 64), d.ID}
	}
	return slices.Clone(d.Sort)
}
