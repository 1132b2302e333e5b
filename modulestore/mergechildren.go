package modulestore

import (
	"cmp"
	"slices"
	"strings"
)

// mergeOrder orders all that two lists hold, which have a third one in common. An order that one of them has changed holds; what only one
// of them has stands after the same neighbour as there, that of theirs first. With ok false both have ordered the same entries
// anew, and not alike; then they stand as in theirs. No list may hold an entry twice.
func mergeOrder[K comparable](base, theirs, ours []K) (all []K, ok bool) {
	inBase, inTheirs, inOurs := setOf(base), setOf(theirs), setOf(ours)
	asTheirs, asOurs := common(theirs, inOurs), common(ours, inTheirs)
	if slices.Equal(asTheirs, asOurs) {
		return interleave(theirs, ours, true), true
	}
	was := common(base, setOf(asTheirs))
	theyKept, weKept := slices.Equal(common(asTheirs, inBase), was), slices.Equal(common(asOurs, inBase), was)
	if theyKept && !weKept {
		return interleave(ours, theirs, false), true
	}
	return interleave(theirs, ours, true), weKept && !theyKept
}

// interleave puts what only the list follow has into the list lead, each after the entry before it in follow. leadFirst says whose entries
// go first where both have some of their own.
func interleave[K comparable](lead, follow []K, leadFirst bool) (all []K) {
	inLead, inFollow := setOf(lead), setOf(follow)
	var waiting []K // for the place that comes next
	after := make(map[K][]K)
	var before *K
	for i, k := range follow {
		switch {
		case inLead[k]:
			before = &follow[i]
		case before == nil:
			waiting = append(waiting, k)
		default:
			after[*before] = append(after[*before], k)
		}
	}
	for _, k := range lead {
		if inFollow[k] || !leadFirst {
			all, waiting = append(all, waiting...), nil
		}
		all, waiting = append(all, k), append(waiting, after[k]...)
	}
	return append(all, waiting...)
}

func setOf[K comparable](list []K) map[K]bool {
	set := make(map[K]bool, len(list))
	for _, k := range list {
		set[k] = true
	}
	return set
}

// common lists what of a list is in a set.
func common[K comparable](list []K, set map[K]bool) (kept []K) {
	for _, k := range list {
		if set[k] {
			kept = append(kept, k)
		}
	}
	return kept
}

// mergeChildren merges two lists of children that have a third one in common, by key: what was inserted on either side is there, what
// was taken out on one is not, and a new order of one side holds. Two new orders that differ are a conflict ("children"), and so are two
// spellings of one place, or another spelling on one side of a child that the other has taken out; the merged list has those as theirs has.
func mergeChildren(base, theirs, ours []Child) (merged []Child, conflicts []FieldConflict) {
	m := blockMerge{known: true}
	merged = m.children(base, theirs, ours)
	return merged, m.conflicts
}

func (m *blockMerge) children(base, theirs, ours []Child) (merged []Child) {
	was, they, we := occurrences(base), occurrences(theirs), occurrences(ours)
	order, ok := mergeOrder(was, they, we)
	if !ok || !m.known && !slices.Equal(they, we) {
		m.conflict(InContent, "children", m.ifKnown(childKeys(base)), childKeys(theirs), childKeys(ours))
	}
	old, their, our := childPlaces(base), childPlaces(theirs), childPlaces(ours)
	for _, k := range order {
		child := their[k]
		switch {
		case !m.known && (their[k] == nil || our[k] == nil): // the conflict tells of it
			child = cmp.Or(their[k], our[k])
		case m.pick(InPointer, k.id.String(), spellingOf(old[k]), spellingOf(their[k]), spellingOf(our[k])):
			child = our[k]
		}
		if child != nil {
			merged = append(merged, *child)
		}
	}
	return merged
}

func childPlaces(list []Child) map[occurrence]*Child {
	places := make(map[occurrence]*Child, len(list))
	for i, o := range occurrences(list) {
		places[o] = &list[i]
	}
	return places
}

// childKeys writes a list of children, one key on each line.
func childKeys(children []Child) *string {
	names := make([]string, len(children))
	for i := range children {
		names[i] = children[i].ID.String()
	}
	text := strings.Join(names, "\n")
	return &text
}

// spellingOf writes how a child is pointed at; nil if there is no such child.
func spellingOf(c *Child) *string {
	if c == nil {
		return nil
	}
	if text := spelled(c.Spelling); text != nil {
		return text
	}
	return new(string)
}
