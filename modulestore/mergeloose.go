package modulestore

import (
	"cmp"
	"slices"

	"lectern/modulestore/key"
)

// loosePiece tells pieces of loose markup apart.
type loosePiece struct {
	source string
	nth    int // of those that read the same
}

// looseMarkup is the loose markup of a block by pieces.
type looseMarkup struct {
	order  []loosePiece
	where  map[loosePiece]Loose
	places []occurrence // the block's children
}

func looseOf(b *Block) *looseMarkup {
	l := &looseMarkup{where: make(map[loosePiece]Loose, len(b.Loose)), places: occurrences(b.Children)}
	seen := make(map[string]int)
	for _, loose := range b.Loose {
		p := loosePiece{loose.Source, seen[loose.Source]}
		seen[loose.Source]++
		l.order = append(l.order, p)
		l.where[p] = loose
	}
	return l
}

func (l *looseMarkup) has(p loosePiece) bool {
	_, ok := l.where[p]
	return ok
}

// next is the child that a piece stands before; the zero one if there is none. A place outside the element is its number alone.
func (l *looseMarkup) next(p loosePiece) (outside int, next occurrence) {
	switch before := l.where[p].Before; {
	case before < 0:
		return before, occurrence{}
	case before < len(l.places):
		return 0, l.places[before]
	}
	return 0, occurrence{}
}

// place is where a piece stands among other children: before the first of those after it that is still there.
func (l *looseMarkup) place(p loosePiece, among map[occurrence]int, end int) int {
	before := l.where[p].Before
	if before < 0 {
		return before
	}
	for _, child := range l.places[before:] {
		if i, ok := among[child]; ok {
			return i
		}
	}
	return end
}

// loose merges the loose markup of a block piece by piece, and finds each its place among the merged children. A piece that was written
// anew is another one; when both sides have written one anew, and not alike, all of them stay and are a conflict.
func (m *blockMerge) loose(base, theirs, ours *Block, merged []Child) (list []Loose) {
	old, their, our := looseOf(base), looseOf(theirs), looseOf(ours)
	if m.looseConflict(old, their, our) {
		m.conflict(InContent, "comments", m.ifKnown(comments(base)), comments(theirs), comments(ours))
	}
	among := make(map[occurrence]int, len(merged))
	for i, o := range occurrences(merged) {
		among[o] = i
	}
	order, _ := mergeOrder(old.order, their.order, our.order)
	for _, p := range order {
		if old.has(p) && !(their.has(p) && our.has(p)) {
			continue // one side has taken it out
		}
		from := their
		if !their.has(p) || our.has(p) && staysPut(p, old, their) {
			from = our
		}
		list = append(list, Loose{Before: from.place(p, among, len(merged)), Source: p.source})
	}
	slices.SortStableFunc(list, func(a, b Loose) int { return cmp.Compare(documentPlace(a), documentPlace(b)) })
	return list
}

// looseConflict reports whether both sides have taken out the same piece and put others in, and not the same ones.
func (m *blockMerge) looseConflict(base, theirs, ours *looseMarkup) bool {
	if !m.known {
		return !slices.Equal(theirs.order, ours.order)
	}
	added := func(l *looseMarkup) map[loosePiece]bool {
		return setOf(slices.DeleteFunc(slices.Clone(l.order), base.has))
	}
	rewritten := slices.ContainsFunc(base.order, func(p loosePiece) bool { return !theirs.has(p) && !ours.has(p) })
	return rewritten && !equalSets(added(theirs), added(ours))
}

func equalSets[K comparable](a, b map[K]bool) bool {
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return len(a) == len(b)
}

func staysPut(p loosePiece, old, now *looseMarkup) bool {
	if !old.has(p) {
		return false
	}
	wasOutside, was := old.next(p)
	isOutside, is := now.next(p)
	return wasOutside == isOutside && was == is
}

// documentPlace orders loose markup as a document has it.
func documentPlace(l Loose) int {
	switch l.Before {
	case BeforePointer:
		return -3
	case AfterPointer:
		return -2
	case BeforeRoot:
		return -1
	case AfterRoot:
		return maxPlaces + 1
	}
	return l.Before
}

// comments writes the loose markup of a block as one text.
func comments(b *Block) *string {
	text := looseText(b, func(key.BlockID) bool { return true })
	return &text
}
