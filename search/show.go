package search

import (
	"context"
	"errors"
	"sync"

	"github.com/blevesearch/bleve/v2"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/query"
)

// showAtOnce is how many courses are read at a time. Nothing is kept of a course between searches but what the store keeps and the texts of long bodies, by what is in them: what is shown is
// as the store has it now.
const showAtOnce = 2

// show reads what the hits of the page were made from and cuts their snippets.
func (s *run) show(ctx context.Context) error {
	shown := shower{run: s, matchers: make(map[string]query.Matcher)}
	for _, h := range shown.all(ctx) {
		switch {
		case h.err != nil && !lost(h.err): // else one course is no reason to show nothing of the others
			return h.err
		case h.hit == nil:
			s.result.Withheld++
		default:
			h.hit.Score, h.hit.Runs = 1/float64(1+len(s.result.Hits)), h.others
			s.result.Hits = append(s.result.Hits, *h.hit)
		}
	}
	return nil
}

// lost reports whether content cannot be had, which is no failure of the store as a whole.
func lost(err error) bool { return gone(err) || errors.Is(err, modulestore.ErrCorrupt) }

// shower keeps what several hits need.
type shower struct {
	*run
	mu       sync.Mutex
	matchers map[string]query.Matcher
}

// showing is a hit of the page on the way to being shown. It stays nil if its content is not to be found any more, because it is gone or its rights have changed since
// it was indexed.
type showing struct {
	foldable
	named     key.Block
	titleOnly bool
	hit       *Hit
	err       error
}

// all makes the hits of the page, in its order: those of one course together, some courses at a time.
func (s *shower) all(ctx context.Context) []*showing {
	list := make([]*showing, len(s.hits))
	inCourse := make(map[key.Course][]*showing)
	for i, found := range s.hits {
		h := &showing{foldable: found}
		list[i] = h
		if h.named, h.err = identified(h.ID); h.err == nil {
			inCourse[h.named.Course] = append(inCourse[h.named.Course], h)
		}
	}
	var all sync.WaitGroup
	next := make(chan key.Course)
	for range min(showAtOnce, len(inCourse)) {
		all.Go(func() {
			for c := range next {
				s.showCourse(ctx, c, inCourse[c])
			}
		})
	}
	for c := range inCourse {
		next <- c
	}
	close(next)
	all.Wait()
	return list
}

// showCourse makes the hits of one course. An index is guarded for one goroutine, so this one does it for itself.
func (s *shower) showCourse(ctx context.Context, c key.Course, list []*showing) {
	err := s.generation.guard(func(bleve.Index) error {
		r, err := s.reader(ctx, c)
		switch {
		case err != nil:
			return err
		case s.Kind == Catalog:
			return s.showListed(ctx, r, list)
		}
		return s.showBlocks(ctx, r, list)
	})
	if err == nil {
		return
	}
	for _, h := range list {
		h.hit, h.err = nil, err
	}
}

// reader opens a course as it is now.
func (s *shower) reader(ctx context.Context, c key.Course) (*Reader, error) {
	head, err := s.store.Head(ctx, c)
	if err != nil {
		return nil, err
	}
	r, err := s.readerOf(ctx, s.Kind, head)
	if err != nil || s.Scope.Everything { // whose classes do not matter
		return r, err
	}
	return r, s.classify(ctx, r.p)
}

// showListed makes hits of a course in the catalog.
func (s *shower) showListed(ctx context.Context, r *Reader, list []*showing) error {
	short, rest, err := r.p.aboutTexts(ctx)
	if err != nil || r.p.visibility() != inCatalog {
		return err
	}
	for _, h := range list {
		h.hit = s.listed(h.ID, r.p, short, rest)
	}
	return nil
}

// showBlocks makes hits of blocks. What they were made from is read together; if that fails because something is lost, one by one, since the others are not.
func (s *shower) showBlocks(ctx context.Context, r *Reader, list []*showing) error {
	var allowed []*showing
	var ids []string
	for _, h := range list {
		ok := true
		if s.Kind == Content {
			ok, h.titleOnly = s.Scope.allows(r.Version().Course, r.Root(), r.p.pointOf(h.named.ID))
		}
		if ok {
			allowed, ids = append(allowed, h), append(ids, h.ID)
		}
	}
	sources, err := r.Read(ctx, ids)
	switch {
	case lost(err) && len(allowed) > 1:
		for _, h := range allowed {
			h.err = s.showBlocks(ctx, r, []*showing{h})
		}
		return nil
	case err != nil:
		return err
	}
	for _, h := range allowed {
		if source, ok := sources[h.ID]; ok {
			h.hit = s.block(h, r.p, &source)
		}
	}
	return nil
}
