package query

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// beginning is how all words begin that are one of the things asked for, in lower case.
type beginning struct {
	text string
	term int
}

// shortBeginning is the number of letters from which on a beginning tells something, and to which it is cut by a letter: the last letter of a stem is another one in some forms of a word.
const shortBeginning = 3

// beginningOf is what a word that was typed and its stem have in common; empty if that is too little, or not in ASCII. Stemmers change how words end.
func beginningOf(word, stem string) string {
	n := 0
	for n < min(len(word), len(stem)) && word[n] == stem[n] && word[n] < utf8.RuneSelf {
		n++
	}
	if n > shortBeginning {
		n--
	}
	if n < shortBeginning && n < len(word) {
		return ""
	}
	return word[:n]
}

// places are where in a text words begin as those do that were asked for: every match has one, and some have none. ok is false if that cannot be told.
func (m Matcher) places(text string) (list []Match, ok bool) {
	if len(m.beginnings) == 0 {
		return nil, false
	}
	lower := lowerASCII(text)
	for _, b := range m.beginnings {
		beginning := []byte(b.text)
		for at := 0; ; at++ {
			i := bytes.Index(lower[at:], beginning)
			if i < 0 {
				break
			}
			at += i
			if at == 0 || !alphanumeric(lower[at-1]) {
				list = append(list, Match{at, at + len(b.text), b.term})
			}
		}
	}
	list = append(list, m.foreignPlaces(lower)...)
	slices.SortFunc(list, func(a, b Match) int { return cmp.Compare(a.Start, b.Start) })
	return list, true
}

// foreignPlaces are words that begin so up to a letter that is not in ASCII: it may stand for one that is, since accents are taken away.
func (m Matcher) foreignPlaces(lower []byte) (list []Match) {
	for at := nextForeign(lower, 0); at < len(lower); {
		r, size := utf8.DecodeRune(lower[at:])
		if foreign(r) {
			from := at
			for from > 0 && alphanumeric(lower[from-1]) {
				from--
			}
			for _, b := range m.beginnings {
				if at-from < len(b.text) && b.text[:at-from] == string(lower[from:at]) {
					list = append(list, Match{from, at + size, b.term})
				}
			}
		}
		at = nextForeign(lower, at+size)
	}
	return list
}

// nextForeign is the place of the first byte from one on that is not in ASCII, or the end. Most texts have none for a long time, so eight are looked at together.
func nextForeign(text []byte, at int) int {
	const notASCII = 0x8080808080808080
	for at+8 <= len(text) && binary.LittleEndian.Uint64(text[at:])&notASCII == 0 {
		at += 8
	}
	for at < len(text) && text[at] < utf8.RuneSelf {
		at++
	}
	return at
}

// lowerASCII gives a text with small letters for the capital ones of ASCII. Other letters stay as they are, since some small ones are longer.
func lowerASCII(text string) []byte {
	lower := []byte(text)
	for i, b := range lower {
		if 'A' <= b && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	return lower
}

// foreign reports whether a character that is not in ASCII may stand in the index for one that is, or for none: a Latin letter, an accent or what nobody sees. Those of other scripts
// never do, and a text in one of them is full of them.
func foreign(r rune) bool { return unicode.In(r, unicode.Latin, unicode.Inherited, unicode.Cf) }

// alphanumeric reports whether a byte is a small letter or a digit of ASCII.
func alphanumeric(b byte) bool { return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' }

// looks is how many pieces of a text are analysed before it is quicker to analyse all of it, if they are not longer than that before.
const looks = 16

// likely finds a piece as good as any in the whole text without analysing all of that. It looks where there may be most of what was asked for, until no place is left where there can be
// more than in the best piece so far. ok is false if it cannot tell, or has not after some looks.
func (c cutter) likely(find Matcher) (found piece, ok bool) {
	places, ok := find.places(c.text)
	if !ok {
		return piece{}, false
	}
	from, to := 0, 0 // where it looked when it found the piece
	budget := len(c.text)
	for range looks {
		at := best(places, c.width)
		if at.terms <= found.terms {
			if found.terms > 0 && !c.shows(found, from, to) {
				from, to = c.around(found)
				found.matches = c.piece(find, from, to).matches
			}
			return found, true
		}
		start, end := c.around(at)
		if budget -= end - start; budget <= 0 {
			break
		}
		seen := c.piece(find, start, end)
		if seen.terms > found.terms {
			found, from, to = seen, start, end
		}
		n := len(places)
		places = slices.DeleteFunc(places, func(p Match) bool { return at.from <= p.Start && p.Start < at.to && !seen.has(p) })
		if len(places) == n { // it is all there, and longer than it seemed
			places = slices.DeleteFunc(places, func(p Match) bool { return p.Start == at.from })
		}
	}
	return piece{}, false
}

// around is where to look for all that may be shown with a piece, and a little more, since a piece is often longer than it seemed. No word is across.
func (c cutter) around(p piece) (from, to int) {
	return c.blankBefore(p.from - c.width - 2*near), c.blankAfter(p.to + c.width + 2*near)
}

// shows reports whether all that may be shown with a piece lies between two places.
func (c cutter) shows(p piece, from, to int) bool {
	return from <= max(0, p.from-c.width-near) && min(p.to+c.width+near, len(c.text)) <= to
}

// has reports whether there is a match at a place for what may be there.
func (p piece) has(place Match) bool {
	return slices.ContainsFunc(p.matches, func(m Match) bool { return m.Term == place.Term && m.Start <= place.Start && place.Start < m.End })
}

// blankBefore is the place after the last blank before a place.
func (c cutter) blankBefore(at int) int {
	return 1 + strings.LastIndexAny(c.text[:max(0, at)], " \n")
}

// blankAfter is the place of the first blank from a place on.
func (c cutter) blankAfter(at int) int {
	at = min(at, len(c.text))
	if i := strings.IndexAny(c.text[at:], " \n"); i >= 0 {
		return at + i
	}
	return len(c.text)
}
