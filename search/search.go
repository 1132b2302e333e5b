package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/query"
)

// Limits of one search.
const (
	MaxSize   = 50
	MaxOffset = 1000
	// patience is how long a search may take. What it stops is told as ErrTooBroad.
	patience = 2 * time.Second
	// maxTerms is the number of words of the index that one query may read: what unclear words and beginnings of words stand for.
	maxTerms = 8192
	// window is how many of the best hits are ranked anew, by all that is known of them: three pages.
	window = 30
)

// The causes of errors of a search that who searches can mend.
var (
	ErrTooBroad = errors.New("the search is too broad")
	ErrRequest  = errors.New("the search cannot be carried out as asked")
)

// Order is that of the hits.
type Order string

// The orders.
const (
	Relevance Order = "relevance"
	Newest    Order = "newest"
)

// Request asks one of the indexes.
type Request struct {
	Kind  Kind
	Query query.Query
	Scope Scope
	// At is the instant by which courses are upcoming, current or archived.
	At     time.Time
	Order  Order  // Relevance if empty
	Size   int    // of the page, at most MaxSize; 0 for the numbers alone
	Offset int    // of the page, at most MaxOffset; further on pages follow each other by After
	After  string // Next of the page before
	Facets []FacetName
	// Near is the section that the learner is in.
	Near key.Block
	// Typing says that the last word may be unfinished. What it may become is looked for in titles alone, and neither relaxed nor corrected.
	Typing bool
}

// Result is what was found. Every number counts only what the scope allows.
type Result struct {
	Query   query.Query
	Notes   []query.Note
	Relaxed bool // nothing had all words as they are, so most of them were enough, each with a typo perhaps
	// Corrected is the query that may have been meant; it finds something. Nil for none.
	Corrected *query.Query
	Total     int // documents; each transcript in a further language is one of its own
	Hits      []Hit
	Facets    []Facet
	Next      string // for the page that follows; empty if this is the last one
	// Withheld counts hits that were found and not shown, because the course or the rights in it have changed since it was indexed, or the store cannot give it.
	Withheld int
	Took     time.Duration
}

// run is one search in one index.
type run struct {
	*Index
	Request
	generation *generation
	wary       bool // no stamp is relied on
	index      bleve.Index
	plan       plan
	wanted     map[query.Field]choice
	unwanted   choice
	rights     rights
	sifting    sync.Mutex
	selection  selection // guarded by sifting
	start      start
	hits       []foldable                // of the page
	counts     map[string]map[string]int // of fields, with the page: how many hits have each value
	result     *Result
}

// Search finds what a request asks for.
func (x *Index) Search(ctx context.Context, r Request) (*Result, error) {
	began := time.Now()
	if err := r.check(); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(context.WithValue(ctx, blevesearch.MaxTermSearchersKey, maxTerms), patience)
	defer cancel()
	g := x.shelf.take(r.Kind)
	if g == nil {
		return nil, fmt.Errorf("%s: %w", r.Kind, ErrNotReady)
	}
	defer g.leave()
	if err := g.spoiled(); err != nil {
		return nil, err
	}
	found, err := x.searchIn(limited, g, r)
	if errors.Is(err, ErrDamaged) {
		g.spoil(err)
	}
	if err != nil {
		return nil, explained(ctx, err)
	}
	found.Took = time.Since(began)
	return found, nil
}

// tries is how often a search is made whose rights rely on what the index has of a course, while that changes. The last time it does not rely on it.
const tries = 3

func (x *Index) searchIn(ctx context.Context, g *generation, r Request) (*Result, error) {
	for i := 1; ; i++ {
		s := &run{Index: x, Request: r, generation: g, result: &Result{Query: r.Query}, wary: i == tries}
		before := g.revision()
		err := g.guard(func(index bleve.Index) error {
			s.index = index
			return s.search(ctx)
		})
		if err != nil || !s.rights.stamped || g.revision() == before {
			return s.result, err
		}
	}
}

// check puts defaults and refuses what nobody may ask.
func (r *Request) check() error {
	switch {
	case r.Size < 0 || r.Size > MaxSize:
		return fmt.Errorf("%w: a page has 0 to %d hits, not %d", ErrRequest, MaxSize, r.Size)
	case r.Offset < 0 || r.Offset > MaxOffset:
		return fmt.Errorf("%w: a page can begin at hit 0 to %d; further on, ask for the page after another one", ErrRequest, MaxOffset)
	case r.Order != "" && r.Order != Relevance && r.Order != Newest:
		return fmt.Errorf("%w: hits are in the order %s or %s, not %s", ErrRequest, Relevance, Newest, r.Order)
	}
	if !r.Query.HasText() {
		r.Order = Newest // nothing to rank by
	}
	if r.Order == "" {
		r.Order = Relevance
	}
	for _, f := range r.Facets {
		if !slices.Contains(FacetNames(r.Kind), f) {
			return fmt.Errorf("%w: the %s index has no facet %s", ErrRequest, r.Kind, f)
		}
	}
	return nil
}

// explained tells a limit that was reached from a failure. ctx is that of who asks, who may have less patience.
func explained(ctx context.Context, err error) error {
	tooMany := strings.Contains(err.Error(), "TooManyClauses") || strings.Contains(err.Error(), "TooManyTermSearchers")
	switch {
	case tooMany:
		return fmt.Errorf("%w: too many words begin like this or are spelled nearly so; type more of the word, or name a course", ErrTooBroad)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return fmt.Errorf("%w: it was stopped after %s; name a course, or ask for fewer words", ErrTooBroad, patience)
	}
	return err
}

func (s *run) search(ctx context.Context) error {
	contexts := s.generation.courses()
	if err := s.limit(); err != nil {
		return err
	}
	if err := s.prepare(contexts); err != nil {
		return err
	}
	var err error
	if s.start, err = s.begin(); err != nil {
		return err
	}
	found, err := s.find(ctx)
	if err != nil {
		return err
	}
	s.result.Total = int(found.Total)
	if s.result.Facets, err = s.facets(ctx); err != nil {
		return err
	}
	if s.result.Corrected, err = s.correction(ctx); err != nil {
		return err
	}
	return s.show(ctx)
}

// limit makes rights of the scope. Of one that is too wide, the courses are enough that the query names; then facets count nothing but those.
func (s *run) limit() error {
	has := func(c key.Course) (modulestore.ID, bool) {
		stamp, ok := s.generation.stamp(c)
		if stamp.Partial || s.wary { // it has something of two versions, perhaps
			return modulestore.ID{}, ok
		}
		return stamp.Roots.Published, ok
	}
	terms := 0
	if s.rights, terms = s.Scope.grants(s.Kind, has); terms > maxScope {
		part := s.Scope.within(s.Query)
		s.rights, terms = part.grants(s.Kind, has)
	}
	if terms > maxScope {
		return fmt.Errorf("%w: there are more than %d courses and parts of courses to look at; name a course or an organisation", ErrTooBroad, maxScope)
	}
	return nil
}

func (s *run) prepare(contexts []key.Course) error {
	langs, others, err := s.generation.spoken.languages(s.index, s.Kind)
	if err != nil {
		return err
	}
	s.plan = plan{
		kind: s.Kind, query: distinct(s.Query), analyzers: analyzersOf(langs), others: others, synonyms: query.BuiltinSynonyms(), tokens: s.tokens, contexts: contexts,
		typing: s.Typing,
	}
	if s.wanted, s.unwanted, err = s.choices(contexts); err != nil {
		return err
	}
	if s.Scope.Everything && !s.Query.HasText() {
		s.unwanted = append(s.unwanted, oneOf(fieldStamped, "t")...) // stamps are no documents that anybody looks for
	}
	if s.Kind == Catalog {
		s.wanted[visible] = oneOf(fieldVisible, inCatalog)
	}
	return nil
}

// visible stands beside the fields that can be typed: only courses that are to be listed are found in the catalog.
const visible query.Field = "visible"

// inSnapshot hands the last snapshot of an index to use, which must not keep it.
func inSnapshot(x bleve.Index, use func(index.IndexReader) error) (err error) {
	engine, err := x.Advanced()
	if err != nil {
		return err
	}
	reader, err := engine.Reader()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }() // also where damage panics, else the snapshot would stay open
	return use(reader)
}

// valuesOf lists the values of a keyword field of an index.
func valuesOf(x bleve.Index, field string) (list []string, err error) {
	err = inSnapshot(x, func(reader index.IndexReader) error {
		list, err = valuesIn(reader, field)
		return err
	})
	return list, err
}

func valuesIn(reader index.IndexReader, field string) (list []string, err error) {
	dict, err := reader.FieldDict(field)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dict.Close()) }()
	for {
		entry, err := dict.Next()
		if err != nil || entry == nil {
			return list, err
		}
		list = append(list, entry.Term)
	}
}

// analyzersOf gives the analysers of languages, each once, in a fixed order. Where no text is in a language that is known, words are as they are written.
func analyzersOf(langs []string) (list []string) {
	if len(langs) == 0 {
		return []string{Exact}
	}
	for _, l := range langs {
		list = append(list, Analyzer(l))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tokens analyses a text as the index does.
func (s *run) tokens(analyzer, text string) []query.Token {
	a := s.index.Mapping().AnalyzerNamed(analyzer)
	if a == nil {
		return nil
	}
	stream := a.Analyze([]byte(text))
	list := make([]query.Token, len(stream))
	for i, t := range stream {
		list[i] = query.Token{Term: string(t.Term), Start: t.Start, End: t.End, Position: t.Position}
	}
	return list
}

// texts are the text of a query, as it is looked for in documents of which everything may be found, and in those of which only the title may.
type texts struct{ full, titles bq.Query }

// whole joins the text of a query with what may be found and was chosen, but for one facet, whose own counts must not depend on it.
func (s *run) whole(text texts, but query.Field) bq.Query {
	full := &limited{text.full, func(ctx context.Context, reader index.IndexReader, m mapping.IndexMapping) (*roaring.Bitmap, error) {
		x, err := s.selectionOf(ctx, reader, m)
		return x.among(x.full, but), err
	}}
	titles := &limited{text.titles, func(ctx context.Context, reader index.IndexReader, m mapping.IndexMapping) (*roaring.Bitmap, error) {
		x, err := s.selectionOf(ctx, reader, m)
		return x.among(x.titles, but), err
	}}
	switch {
	case len(s.rights.titles) == 0:
		return full
	case len(s.rights.full) == 0:
		return titles
	}
	return &anyOf{Queries: []bq.Query{full, titles}}
}

// text is the query of the pass that counts.
func (s *run) text() texts {
	if s.result.Relaxed {
		relaxed, _ := s.plan.relaxed()
		return relaxed
	}
	return s.plan.strict()
}

// find looks for all words and, if that finds nothing, for most of them.
func (s *run) find(ctx context.Context) (*bleve.SearchResult, error) {
	found, err := s.page(ctx)
	if err != nil || found.Total > 0 {
		return found, err
	}
	if _, ok := s.plan.relaxed(); !ok {
		return found, nil
	}
	s.result.Relaxed = true
	relaxed, err := s.page(ctx)
	if err == nil && relaxed.Total == 0 {
		s.result.Relaxed = false
	}
	return relaxed, err
}

// ask carries out one query.
func (s *run) ask(ctx context.Context, r *bleve.SearchRequest) (*bleve.SearchResult, error) {
	found, err := s.index.SearchInContext(ctx, r)
	if err != nil {
		return nil, err
	}
	if found.Status != nil && found.Status.Failed > 0 {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, found.Status.Errors)
	}
	return found, nil
}

// count is the number of documents of a query.
func (s *run) count(ctx context.Context, q bq.Query) (int, error) {
	found, err := s.ask(ctx, bleve.NewSearchRequestOptions(&unranked{q}, 0, 0, false))
	if err != nil {
		return 0, err
	}
	return int(found.Total), nil
}
