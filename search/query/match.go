package query

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Token is a word of a text as an analyser of the index cuts it.
type Token struct {
	Term       string // as it stands in the index: lower case, perhaps a stem
	Start, End int    // bytes of the text
	Position   int    // words are side by side if their positions are
}

// in gives what the token was in the text; empty if it does not lie in there.
func (t Token) in(text string) string {
	if t.Start < 0 || t.Start > t.End || t.End > len(text) {
		return ""
	}
	return text[t.Start:t.End]
}

// Analyser cuts a text as a field of the index does.
type Analyser func(text string) []Token

// Match is a place in a text that a query asked for.
type Match struct {
	Start, End int // bytes of the text
	Term       int // which of the things asked for it is
}

// Matcher finds in a text what a query asked for.
type Matcher struct {
	Find  func(text string) []Match
	Terms int // how many things were asked for; 0 if that is not known
	// beginnings tell of each thing how it begins; there are none if that is not known of all.
	beginnings []beginning
}

// Analysers are those of one language.
type Analysers struct {
	Words Analyser // stems, leaves stop words out
	Exact Analyser // every word, as it is
	// Alike says that words of one stem begin alike: with the stem or, if it has more than three letters, with all of it but the last one.
	Alike bool
}

// Matcher finds what a search finds: each word by its stem, phrases and alternatives (see [Synonyms]) word by word. With typos it also finds words with one edit, as the relaxed
// pass of a search does. What a word of the query becomes decides, not how it is written: of one that the analyser cuts in pieces, each piece is found.
func (a Analysers) Matcher(q Query, alternatives []Alternative, typos bool) Matcher {
	w := a.wanted(q, alternatives, typos)
	return Matcher{Terms: w.terms, beginnings: w.beginnings(), Find: func(text string) []Match {
		matches := w.stemmed(a.Words(text))
		if len(w.sequences)+len(w.typos) > 0 {
			matches = append(matches, w.exact(a.Exact(text))...)
		}
		slices.SortStableFunc(matches, func(a, b Match) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
		return matches
	}}
}

// wanted is a query cut by the analysers.
type wanted struct {
	stems     map[string]int        // what is found by its stem
	sequences map[string][]sequence // what is found word by word, by the first word
	typos     map[rune][]typo       // what is found with an edit, by the first letter
	terms     int
	begin     []beginning
	unclear   bool // it is not known of all how they begin
}

type sequence struct {
	words []string
	term  int
}

type typo struct {
	word string
	term int
}

// MinTypo is the number of letters from which on a word with an edit still is the same word: shorter ones are near to too many others.
const MinTypo = 4

func (a Analysers) wanted(q Query, alternatives []Alternative, typos bool) *wanted {
	w := &wanted{stems: map[string]int{}, sequences: map[string][]sequence{}, typos: map[rune][]typo{}}
	var stops []string
	for _, word := range q.Words {
		stems := a.Words(word)
		if len(stems) == 0 {
			stops = append(stops, word)
			continue
		}
		w.unclear = w.unclear || !a.Alike
		w.addWord(word, stems, a.Exact(word), typos)
	}
	if len(stops) == len(q.Words) { // as in the search: they count if there is nothing else
		for _, word := range stops {
			w.addSequence(a.Exact(word), w.newTerm())
		}
	}
	for _, phrase := range q.Phrases {
		w.addSequence(a.Exact(phrase), w.newTerm())
	}
	for _, alternative := range alternatives {
		w.addSequence(a.Exact(alternative.Text), w.newTerm())
	}
	return w
}

func (w *wanted) newTerm() int {
	w.terms++
	return w.terms - 1
}

// addWord wants a word by its stems. A single letter is wanted exactly, too: if it is Chinese it stands in the exact field alone. Where stems have no places of their own, as pairs of
// Thai letters, a word can be found exactly only.
func (w *wanted) addWord(word string, stems, exact []Token, typos bool) {
	if last := len(stems) - 1; last > 0 && stems[0].Start == stems[last].Start {
		w.addSequence(exact, w.newTerm())
		return
	}
	for _, stem := range stems {
		if _, known := w.stems[stem.Term]; !known {
			w.stems[stem.Term] = w.newTerm()
		}
		w.begins(beginningOf(stem.in(word), stem.Term), w.stems[stem.Term])
	}
	term := w.stems[stems[0].Term]
	if len(exact) != 1 {
		return
	}
	letters := utf8.RuneCountInString(exact[0].Term)
	if letters == 1 {
		w.addSequence(exact, term)
	}
	if typos && letters >= MinTypo {
		w.unclear = true
		first, _ := utf8.DecodeRuneInString(exact[0].Term)
		w.typos[first] = append(w.typos[first], typo{exact[0].Term, term})
	}
}

func (w *wanted) addSequence(tokens []Token, term int) {
	if len(tokens) == 0 {
		return
	}
	s := sequence{term: term}
	for _, token := range tokens {
		s.words = append(s.words, token.Term)
	}
	w.begins(beginningOf(s.words[0], s.words[0]), term)
	w.sequences[s.words[0]] = append(w.sequences[s.words[0]], s)
}

// begins notes how a thing begins; empty if that is not known.
func (w *wanted) begins(text string, term int) {
	w.unclear = w.unclear || text == ""
	w.begin = append(w.begin, beginning{text, term})
}

func (w *wanted) beginnings() []beginning {
	if w.unclear {
		return nil
	}
	return w.begin
}

func (w *wanted) stemmed(tokens []Token) []Match {
	var matches []Match
	for _, token := range tokens {
		if term, ok := w.stems[token.Term]; ok {
			matches = append(matches, Match{token.Start, token.End, term})
		}
	}
	return matches
}

func (w *wanted) exact(tokens []Token) []Match {
	var matches []Match
	for i, token := range tokens {
		for _, s := range w.sequences[token.Term] {
			if s.at(tokens[i:]) {
				matches = append(matches, Match{token.Start, tokens[i+len(s.words)-1].End, s.term})
			}
		}
		if len(w.typos) == 0 {
			continue
		}
		first, _ := utf8.DecodeRuneInString(token.Term)
		for _, t := range w.typos[first] {
			if token.Term != t.word && oneEdit(token.Term, t.word) {
				matches = append(matches, Match{token.Start, token.End, t.term})
			}
		}
	}
	return matches
}

// at tells whether the words of a sequence begin the tokens, side by side.
func (s sequence) at(tokens []Token) bool {
	if len(tokens) < len(s.words) {
		return false
	}
	for i, word := range s.words {
		if tokens[i].Term != word || tokens[i].Position != tokens[0].Position+i {
			return false
		}
	}
	return true
}
