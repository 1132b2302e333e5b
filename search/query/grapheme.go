package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const zeroWidthJoiner = '\u200d'

// viramas join the consonants beside them into one sign, in the scripts of India.
const viramas = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"

// breaksBetween tells whether a text may be cut between two characters: not between a letter and its accents, nor inside an emoji or a syllable put together. It follows the grapheme
// clusters of Unicode (UAX 29) as far as two characters tell; flags, which need more, are seen by isBoundary.
func breaksBetween(a, b rune) bool {
	switch {
	case a == '\r' && b == '\n', a == zeroWidthJoiner, b == zeroWidthJoiner, b == '\u200c', unicode.IsMark(b):
		return false
	case b >= 0x1F3FB && b <= 0x1F3FF, b >= 0xE0020 && b <= 0xE007F: // skin tones, tags of flags
		return false
	case b >= 0x1160 && b <= 0x11FF: // vowels and finals of Hangul
		return false
	case strings.ContainsRune(viramas, a) && unicode.IsLetter(b):
		return false
	}
	return true
}

// isBoundary tells whether a text may be cut before byte i.
func isBoundary(text string, i int) bool {
	if i <= 0 || i >= len(text) {
		return i == 0 || i == len(text)
	}
	if !utf8.RuneStart(text[i]) {
		return false
	}
	a, _ := utf8.DecodeLastRuneInString(text[:i])
	b, _ := utf8.DecodeRuneInString(text[i:])
	if isRegional(a) && isRegional(b) {
		return regionalsBefore(text[:i])%2 == 0
	}
	return breaksBetween(a, b)
}

// isRegional knows the letters that make a flag, two by two.
func isRegional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

func regionalsBefore(text string) int {
	n := 0
	for {
		r, size := utf8.DecodeLastRuneInString(text)
		if !isRegional(r) {
			return n
		}
		text = text[:len(text)-size]
		n++
	}
}

// boundaryBefore gives the last place at or before byte i where a text may be cut.
func boundaryBefore(text string, i int) int {
	i = max(0, min(i, len(text)))
	for !isBoundary(text, i) {
		i--
	}
	return i
}

// boundaryAfter gives the first place at or behind byte i where a text may be cut.
func boundaryAfter(text string, i int) int {
	i = max(0, min(i, len(text)))
	for !isBoundary(text, i) {
		i++
	}
	return i
}
