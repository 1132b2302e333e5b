package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Snippet cuts from a text the piece of about width bytes that has most of what was asked for, as html with <mark>, and says at which byte of the text
// its first match is: -1 and the beginning of the text if there is none. Of a long text, what cannot have more is not analysed, and of pieces that have as much any may be cut. A piece
// begins and ends with a line, a sentence or at least a word if one is near, and always with a whole character; a formula between its delimiters is kept whole if it is not longer than
// the piece. An ellipsis stands for what is left out of a sentence.
func Snippet(text string, find Matcher, width int) (snippet string, offset int) {
	width = max(0, width)
	c := cutter{text: text, width: width, formulas: formulas(text, width)}
	p := c.best(find)
	if len(p.matches) == 0 {
		return c.html(0, c.end(0, 0), nil), -1
	}
	start := c.start(p.from, p.to)
	return c.html(start, c.end(start, p.to), p.matches), p.from
}

// shortText is the number of bytes up to which it is not worth while to look at parts of a text.
const shortText = 4 << 10

// piece is the part of a text that has most of what was asked for.
type piece struct {
	matches  []Match // there and, perhaps, elsewhere
	from, to int     // bytes from the first match of the piece to the last
	terms    int     // how many different things asked for it has
}

// best finds the piece that has most of what was asked for. To analyse a text takes longer than all else, so of a long one only those parts are analysed that may have it, or, where
// these cannot be told, its beginning if that has everything.
func (c cutter) best(find Matcher) piece {
	if len(c.text) > shortText {
		if p, ok := c.likely(find); ok {
			return p
		}
		beginning := 1 + strings.LastIndexAny(c.text[:shortText], " \n")
		if p := c.piece(find, 0, beginning); p.terms > 0 && p.terms == find.Terms && p.to+c.width+near <= beginning {
			return p
		}
	}
	return c.piece(find, 0, len(c.text))
}

// piece analyses the text between two places, and finds the piece there that has most of what was asked for.
func (c cutter) piece(find Matcher, start, end int) piece {
	matches := orderly(c.text[start:end], find.Find(c.text[start:end]))
	for i := range matches {
		matches[i].Start += start
		matches[i].End += start
	}
	matches = c.wholeFormulas(matches)
	p := best(matches, c.width)
	p.matches = matches
	return p
}

// Mark gives a whole text as html, with <mark> around what was asked for: for titles.
func Mark(text string, find Matcher) string {
	c := cutter{text: text, formulas: formulas(text, len(text))}
	return marked(text, 0, len(text), c.wholeFormulas(orderly(text, find.Find(text))))
}

// best gives the smallest piece with the matches that fit in width bytes and are most different things asked for; of equals the shortest, then the first.
func best(matches []Match, width int) (p piece) {
	if len(matches) == 0 {
		return p
	}
	counts := map[int]int{} // how often each thing is among the matches from left to right
	first, last, span := 0, 0, 0
	left := 0
	for right, m := range matches {
		counts[m.Term]++
		for left < right && (m.End-matches[left].Start > width || counts[matches[left].Term] > 1) {
			if counts[matches[left].Term]--; counts[matches[left].Term] == 0 {
				delete(counts, matches[left].Term)
			}
			left++
		}
		if n, length := len(counts), m.End-matches[left].Start; n > p.terms || n == p.terms && length < span {
			first, last, p.terms, span = left, right, n, length
		}
	}
	p.from = matches[first].Start
	for _, m := range matches[first : last+1] {
		p.to = max(p.to, m.End)
	}
	return p
}

// cutter cuts pieces of about a width from a text.
type cutter struct {
	text     string
	width    int
	formulas []formula
}

// near is how many bytes away the edge of a word is looked for. If there is none, the word is cut.
const near = 48

// start finds where to begin a piece that has to hold the bytes between two places: with a line or sentence that begins in the half of the room before them, else with a word in
// the third. Where nothing is left behind them there is more room before them.
func (c cutter) start(from, to int) int {
	room := max(0, c.width-(to-from))
	spare := room - (len(c.text) - to)
	for at := max(0, from-max(room/2, spare)); at <= from; at++ {
		if endsSentence(c.text, at) {
			return c.besideFormula(at, false)
		}
	}
	at := boundaryAfter(c.text, from-max(room/3, spare))
	if last, _ := utf8.DecodeLastRuneInString(c.text[:at]); !unicode.IsSpace(last) {
		if blank := strings.IndexFunc(c.text[at:min(at+near, from)], unicode.IsSpace); blank >= 0 {
			at += blank
		}
	}
	return c.besideFormula(at, false)
}

// end finds where to end a piece that begins at from and has to hold everything up to atLeast.
func (c cutter) end(from, atLeast int) int {
	if from+c.width >= len(c.text) {
		return len(c.text)
	}
	latest := max(boundaryBefore(c.text, from+c.width), atLeast)
	for at := latest; at >= max(atLeast, from+c.width*3/4); at-- {
		if endsSentence(c.text, at) {
			return c.besideFormula(at, true)
		}
	}
	at := latest
	if next, _ := utf8.DecodeRuneInString(c.text[at:]); !unicode.IsSpace(next) {
		tail := max(atLeast, at-near)
		if blank := strings.LastIndexFunc(c.text[tail:at], unicode.IsSpace); blank >= 0 {
			at = tail + blank
		}
	}
	return c.besideFormula(at, true)
}

// besideFormula moves a cut out of a formula: out of the piece with it, unless the formula is all there is in the piece.
func (c cutter) besideFormula(at int, isEnd bool) int {
	f, inside := c.formulaAt(at)
	switch {
	case !inside:
		return at
	case isEnd && f.start > 0:
		return f.start
	}
	return f.end
}

// endsSentence tells whether at a place a line or a sentence ends and the next begins.
func endsSentence(text string, at int) bool {
	if !isBoundary(text, at) {
		return false
	}
	left, right := strings.TrimRightFunc(text[:at], unicode.IsSpace), strings.TrimLeftFunc(text[at:], unicode.IsSpace)
	between := text[len(left) : len(text)-len(right)]
	if left == "" || right == "" || strings.Contains(between, "\n") {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(left, `"'”’»)]`))
	return strings.ContainsRune("。！？", last) || between != "" && strings.ContainsRune(".!?…؟۔।", last)
}

// html is a piece of the text as html, with an ellipsis at an end that is inside a sentence.
func (c cutter) html(from, to int, matches []Match) string {
	to = len(strings.TrimRightFunc(c.text[:to], unicode.IsSpace))
	from = min(to, len(c.text)-len(strings.TrimLeftFunc(c.text[from:], unicode.IsSpace)))
	piece := marked(c.text, from, to, matches)
	if !endsSentence(c.text, from) {
		piece = "… " + piece
	}
	if !endsSentence(c.text, to) {
		piece += " …"
	}
	return piece
}
