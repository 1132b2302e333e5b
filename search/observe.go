package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	blevesearch "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

// observed is a query that finds what another one finds, and notes what all of that has in columns: bleve asks a query for every hit, also for those that it does not return.
type observed struct {
	bq.Query
	columns *columns
	fields  []string // the values of which are counted
	newest  *newest  // nil if nobody asks for them

	// of the last search
	snapshot *scorch.IndexSnapshot
	counts   map[string]map[string]int // for each field, how many hits have a value
}

// Searcher begins a search in the state of the index that a reader sees. It makes observed a query of bleve's.
func (q *observed) Searcher(ctx context.Context, reader index.IndexReader, m mapping.IndexMapping, options blevesearch.SearcherOptions) (blevesearch.Searcher, error) {
	snapshot, err := snapshotOf(reader)
	if err != nil {
		return nil, err
	}
	inner, err := q.Query.Searcher(ctx, reader, m, options)
	if err != nil {
		return nil, err
	}
	q.snapshot, q.counts = snapshot, make(map[string]map[string]int, len(q.fields))
	for _, f := range q.fields {
		q.counts[f] = make(map[string]int)
	}
	if q.newest != nil {
		q.newest.begin()
	}
	return &observer{Searcher: inner, query: q, snapshot: snapshot}, nil
}

// observer passes on what a search finds.
type observer struct {
	blevesearch.Searcher
	query    *observed
	snapshot *scorch.IndexSnapshot

	// of the segment that the last hit is in: the numbers of its first document and of the one after its last, and what is known of them
	first, end uint64
	tallies    []tally
	dates      *column
}

// tally counts the hits in a segment by the sets of the values of a field.
type tally struct {
	*column
	values map[string]int // of all segments before
	hits   []uint32
}

// Next gives the next hit.
func (w *observer) Next(ctx *blevesearch.SearchContext) (*blevesearch.DocumentMatch, error) {
	return w.note(w.Searcher.Next(ctx))
}

// Advance gives the next hit from a document on.
func (w *observer) Advance(ctx *blevesearch.SearchContext, id index.IndexInternalID) (*blevesearch.DocumentMatch, error) {
	return w.note(w.Searcher.Advance(ctx, id))
}

// note counts a hit; nil is the end of them.
func (w *observer) note(d *blevesearch.DocumentMatch, err error) (*blevesearch.DocumentMatch, error) {
	if err != nil {
		return nil, err
	}
	if d == nil {
		w.leave()
		if w.query.newest != nil {
			return nil, w.query.newest.finish(w.snapshot)
		}
		return nil, nil
	}
	number := d.IndexInternalID.Value()
	if number < w.first || number >= w.end {
		w.leave()
		if err := w.enter(number); err != nil {
			return nil, err
		}
	}
	local := number - w.first
	for i := range w.tallies {
		t := &w.tallies[i]
		t.hits[t.of[local]]++
	}
	if w.dates != nil {
		w.query.newest.note(dated{date: w.dates.value(local), number: number, score: d.Score})
	}
	return d, nil
}

// enter goes to the segment of a document: the numbers of the documents of the segments of a snapshot follow each other.
func (w *observer) enter(number uint64) (err error) {
	w.first, w.end = 0, 0
	for _, segment := range w.snapshot.Segments() {
		w.first, w.end = w.end, w.end+uint64(segment.FullSize())
		if number < w.end {
			return w.open(segment)
		}
	}
	return fmt.Errorf("the index has no document %d", number)
}

func (w *observer) open(segment *scorch.SegmentSnapshot) (err error) {
	for _, field := range w.query.fields {
		c, err := w.query.columns.of(w.snapshot, segment, field)
		if err != nil {
			return err
		}
		w.tallies = append(w.tallies, tally{c, w.query.counts[field], make([]uint32, len(c.sets))})
	}
	if w.query.newest != nil {
		w.dates, err = w.query.columns.of(w.snapshot, segment, fieldModified)
	}
	return err
}

// leave adds up what was counted in a segment.
func (w *observer) leave() {
	for _, t := range w.tallies {
		t.sum(t.hits, t.values)
	}
	w.tallies = w.tallies[:0]
}

// newest gathers the hits that were changed last; those without a date come last, and those with the same one are in the order of their ids. Reading ids takes as long as all
// else, so it reads those alone that can be among the first.
type newest struct {
	size  int
	after []string // the keys of the hit before the first; nil for none

	list leading[dated]
	ties []dated // with the date of after
	hits blevesearch.DocumentMatchCollection
}

// dated is a hit with a date as the index has it; dates are in the order of such texts.
type dated struct {
	date   string
	number uint64
	score  float64
	id     string
}

func newerDate(a, b dated) int { return cmp.Compare(b.date, a.date) }

func newer(a, b dated) int { return cmp.Or(newerDate(a, b), cmp.Compare(a.id, b.id)) }

func (n *newest) begin() {
	n.list, n.ties, n.hits = leading[dated]{size: n.size, compare: newerDate}, nil, nil
}

func (n *newest) note(d dated) {
	switch {
	case n.after == nil || d.date < n.after[0]:
		n.list.add(d)
	case d.date == n.after[0]:
		n.ties = append(n.ties, d)
	}
}

// finish reads the ids, and puts the hits in order.
func (n *newest) finish(reader index.IndexReader) (err error) {
	named := leading[dated]{size: n.size, compare: newer}
	for _, d := range slices.Concat(n.ties, n.list.sorted()) {
		if d.id, err = reader.ExternalID(index.NewIndexInternalID(nil, d.number)); err != nil {
			return err
		}
		if n.after == nil || d.date < n.after[0] || d.id > n.after[1] {
			named.add(d)
		}
	}
	for _, d := range named.sorted() {
		n.hits = append(n.hits, &blevesearch.DocumentMatch{ID: d.id, Score: d.score, Sort: []string{d.date, d.id}})
	}
	return nil
}

// leading keeps those of many values that come first: as many as its size, and those that are equal to the last of these.
type leading[T any] struct {
	size    int
	compare func(a, b T) int
	list    []T
	cut     bool // the first of list are in order, and whatever comes after the last of these has no place
	limit   int  // the length at which it is time to cut again
}

func (l *leading[T]) add(v T) {
	if l.cut && l.compare(v, l.list[l.size-1]) > 0 {
		return
	}
	if l.list = append(l.list, v); len(l.list) > max(l.limit, 2*l.size) {
		l.sorted()
	}
}

// sorted gives what is kept, in order.
func (l *leading[T]) sorted() []T {
	slices.SortFunc(l.list, l.compare)
	if end := l.size; end > 0 && end < len(l.list) {
		for end < len(l.list) && l.compare(l.list[end], l.list[l.size-1]) == 0 {
			end++
		}
		l.list, l.cut = l.list[:end], true
	}
	l.limit = 2 * len(l.list)
	return l.list
}
