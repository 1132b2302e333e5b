package search

import (
	"fmt"
	"maps"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/numeric"
)

// columns keep values of all documents of an index in memory, by the numbers that the segments of the index give to documents: bleve's own way of reading the values of
// a hit takes a microsecond for each hit and field. A segment never changes (documents that are deleted are just not found), so that a column of it is made once,
// when a search first asks for it, in about 30 ns for each value. It takes four bytes for each document and field: with all facets and the date of the content index,
// 32 for each document, and what the different values take. What no search asks for takes nothing.
type columns struct {
	mu   sync.Mutex
	made map[columnKey]*column
}

type columnKey struct {
	segment uint64
	field   string
}

// column has the values of one field of the documents of one segment. Documents with the same values share a set of them.
type column struct {
	of   []uint32 // the set of each document; 0 is the empty one
	sets []valueSet
}

// valueSet is a value beside those of a set that comes before. Where documents have one value at most, sets are in the order of the values.
type valueSet struct {
	rest  uint32
	value string
}

// of gives a column of a segment of a snapshot.
func (c *columns) of(snapshot *scorch.IndexSnapshot, segment *scorch.SegmentSnapshot, field string) (*column, error) {
	c.mu.Lock() // and is held while it is made, which whoever else comes for it would wait for
	defer c.mu.Unlock()
	k := columnKey{segment.Id(), field}
	if known, ok := c.made[k]; ok {
		return known, nil
	}
	made, err := newColumn(segment, field)
	if err != nil {
		return nil, fmt.Errorf("read the values of %s: %w", field, err)
	}
	c.forget(snapshot)
	if c.made == nil {
		c.made = make(map[columnKey]*column)
	}
	c.made[k] = made
	return made, nil
}

// forget drops the columns of segments that others have taken the place of. Those with larger numbers are of a snapshot that is younger than this one.
func (c *columns) forget(snapshot *scorch.IndexSnapshot) {
	var last uint64
	live := make(map[uint64]bool)
	for _, segment := range snapshot.Segments() {
		live[segment.Id()] = true
		last = max(last, segment.Id())
	}
	maps.DeleteFunc(c.made, func(k columnKey, _ *column) bool { return !live[k.segment] && k.segment < last })
}

// newColumn reads a field of a segment, value by value.
func newColumn(segment *scorch.SegmentSnapshot, field string) (*column, error) {
	dict, err := segment.Segment().Dictionary(field)
	if err != nil {
		return nil, err
	}
	postings, err := dict.PostingsList(nil, nil, nil) // those of a value take its memory, one after the other
	if err != nil {
		return nil, err
	}
	first, end := termsOf(field)
	terms := dict.AutomatonIterator(nil, first, end)
	c := &column{of: make([]uint32, segment.FullSize()), sets: make([]valueSet, 1)}
	documents := postings.Iterator(false, false, false, nil)
	with := make(map[uint32]uint32) // sets with the value, by those without
	for {
		term, err := terms.Next()
		if err != nil || term == nil {
			return c, err
		}
		if postings, err = dict.PostingsList([]byte(term.Term), nil, postings); err != nil {
			return nil, err
		}
		documents = postings.Iterator(false, false, false, documents)
		clear(with)
		for {
			d, err := documents.Next()
			if err != nil {
				return nil, err
			}
			if d == nil {
				break
			}
			c.add(d.Number(), term.Term, with)
		}
	}
}

// add gives a value to a document.
func (c *column) add(document uint64, value string, with map[uint32]uint32) {
	rest := c.of[document]
	set, ok := with[rest]
	if !ok {
		set = uint32(len(c.sets))
		c.sets = append(c.sets, valueSet{rest, value})
		with[rest] = set
	}
	c.of[document] = set
}

// termsOf gives the first term of a field that is a value, and the one after the last; nil for no bound. The terms of a date that are shorter than the first stand for spans of time.
func termsOf(field string) (first, end []byte) {
	if field == fieldModified {
		return []byte{numeric.ShiftStartInt64}, []byte{numeric.ShiftStartInt64 + 1}
	}
	return nil, nil
}

// value is that of a document which has one at most.
func (c *column) value(document uint64) string { return c.sets[c.of[document]].value }

// sum adds up how many documents have a value, given how many have a set.
func (c *column) sum(sets []uint32, values map[string]int) {
	for i := len(sets) - 1; i > 0; i-- { // a set comes after the one that it adds to
		if n := sets[i]; n > 0 {
			values[c.sets[i].value] += int(n)
			sets[c.sets[i].rest] += n
		}
	}
}
