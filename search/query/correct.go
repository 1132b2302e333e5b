package query

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Candidate is a word of the texts that somebody may have meant.
type Candidate struct {
	Word  string
	Count int // documents that have it
}

// muchMore is how many times more frequent than the word typed another must be to be what was meant.
const muchMore = 10

// Meant chooses from the words of the texts what somebody meant who typed a word that typed documents have: the most frequent that is one edit away and begins with the same letter, if it is
// ten times as frequent; of equals the first by alphabet. Numbers, and words of fewer than four letters, are never corrected: they are a small edit away from too many others.
func Meant(word string, typed int, candidates []Candidate) (string, bool) {
	if utf8.RuneCountInString(word) < MinTypo || strings.ContainsFunc(word, unicode.IsNumber) {
		return "", false
	}
	best := Candidate{}
	for _, c := range candidates {
		if c.Word == word || c.Count < 1 || c.Count < muchMore*typed || !sameFirst(word, c.Word) || !oneEdit(word, c.Word) {
			continue
		}
		if c.Count > best.Count || c.Count == best.Count && c.Word < best.Word {
			best = c
		}
	}
	return best.Word, best.Count > 0
}

func sameFirst(a, b string) bool {
	first, _ := utf8.DecodeRuneInString(a)
	other, _ := utf8.DecodeRuneInString(b)
	return first == other
}

// Correct gives the query with the words that better knows better ones for, and whether there are any. Phrases, and what is not wanted, stay as they are.
func (q Query) Correct(better func(word string) (string, bool)) (Query, bool) {
	words, changed := slices.Clone(q.Words), false
	for i, word := range words {
		if b, ok := better(word); ok && b != word {
			words[i], changed = b, true
		}
	}
	q.Words = words
	return q, changed
}
