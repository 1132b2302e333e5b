package query

import (
	"cmp"
	"html"
	"slices"
	"strings"
)

// orderly gives the matches that lie in a text, in its order, with whole characters.
func orderly(text string, matches []Match) []Match {
	var in []Match
	for _, m := range matches {
		if 0 <= m.Start && m.Start < m.End && m.End <= len(text) {
			in = append(in, Match{boundaryBefore(text, m.Start), boundaryAfter(text, m.End), m.Term})
		}
	}
	slices.SortStableFunc(in, func(a, b Match) int { return cmp.Compare(a.Start, b.Start) })
	return in
}

// marked gives a piece of a text as html, with <mark> around the matches, which are in order. Those that overlap or touch become one.
func marked(text string, from, to int, matches []Match) string {
	var b strings.Builder
	for len(matches) > 0 {
		m := matches[0]
		for matches = matches[1:]; len(matches) > 0 && matches[0].Start <= m.End; matches = matches[1:] {
			m.End = max(m.End, matches[0].End)
		}
		start, end := max(from, m.Start), min(to, m.End)
		if start >= end {
			continue
		}
		b.WriteString(escaped(text[from:start]))
		b.WriteString("<mark>" + escaped(text[start:end]) + "</mark>")
		from = end
	}
	b.WriteString(escaped(text[from:to]))
	return b.String()
}

// escaped gives a text as html, on one line. Bytes that are no UTF-8 are mapped to the sign for them.
func escaped(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if isBlank(r) {
			return ' '
		}
		return r
	}, text))
}

// formula is a piece of TeX between its delimiters, in bytes of a text.
type formula struct{ start, end int }

// delimiters are those between which a page shows formulas.
var delimiters = [][2]string{{`\(`, `\)`}, {`\[`, `\]`}, {`$$`, `$$`}, {`[mathjaxinline]`, `[/mathjaxinline]`}, {`[mathjax]`, `[/mathjax]`}}

// maxFormula is the length in bytes from which on something between delimiters is no longer believed to be a formula.
const maxFormula = 1000

// formulas finds the formulas of a text that are at most so long.
func formulas(text string, longest int) []formula {
	longest = min(longest, maxFormula)
	var found []formula
	if !strings.Contains(text, `\`) && !strings.Contains(text, "$") && !strings.Contains(text, "[") { // as most texts, and this is told quickly
		return nil
	}
	for at := 0; at < len(text); {
		i := strings.IndexAny(text[at:], `\$[`)
		if i < 0 {
			break
		}
		at += i
		length := formulaLength(text[at:min(len(text), at+longest)])
		if length > 0 {
			found = append(found, formula{at, at + length})
		}
		at += max(1, length)
	}
	return found
}

// formulaLength is the length of the formula at the beginning of a text, or nothing.
func formulaLength(text string) int {
	for _, d := range delimiters {
		if body, ok := strings.CutPrefix(text, d[0]); ok {
			if i := strings.Index(body, d[1]); i >= 0 {
				return len(d[0]) + i + len(d[1])
			}
		}
	}
	return 0
}

// formulaAt gives the formula that a cut at a place would break.
func (c cutter) formulaAt(at int) (formula, bool) {
	i, _ := slices.BinarySearchFunc(c.formulas, at, func(f formula, at int) int { return cmp.Compare(f.end, at) })
	if i < len(c.formulas) && c.formulas[i].end == at {
		i++
	}
	if i == len(c.formulas) || c.formulas[i].start >= at {
		return formula{}, false
	}
	return c.formulas[i], true
}

// wholeFormulas makes matches that begin or end inside a formula hold all of it: marks inside would break it.
func (c cutter) wholeFormulas(matches []Match) []Match {
	for i, m := range matches {
		if f, inside := c.formulaAt(m.Start + 1); inside {
			matches[i].Start = f.start
		}
		if f, inside := c.formulaAt(m.End - 1); inside {
			matches[i].End = f.end
		}
	}
	return matches
}
