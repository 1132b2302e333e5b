package query

import "html"

// Token is a word of a text as an analyser of the index cuts it.
type Token struct {
	Term       string // as it stands in the index: lower case, perhaps a stem
	Start, End int    // bytes of the text
	Position   int    // words are side by side if their positions are; stop words that were left out leave gaps
}

// Analyser cuts a text as a field of the index does.
type Analyser func(text string) []Token

// Match is a place in a text that a query asked for.
type Match struct {
	Start, End int // bytes of the text
	Term       int // which of the words and phrases of the query it is
}

// Matcher finds in a text what a query asked for, in the order of the text.
type Matcher func(text string) []Match

// Analysers are those of one language.
type Analysers struct {
	Words Analyser // stems
	Exact Analyser // every word, as it is
}

// Matcher finds the words and phrases of a query. Relaxed finds also words with one typo, as the relaxed pass of a search does.
func (a Analysers) Matcher(q Query, relaxed bool) Matcher { return func(string) []Match { return nil } }

// Snippet cuts from a text the piece of about width bytes that has most of what was asked for, as html with <mark>, and says at which byte of the text its
// best match is: -1 and the beginning of the text if there is none.
func Snippet(text string, find Matcher, width int) (snippet string, offset int) {
	return html.EscapeString(text), -1
}

// Mark gives the whole text as html, with <mark> around what was asked for: for titles.
func Mark(text string, find Matcher) string { return html.EscapeString(text) }
