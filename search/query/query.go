package query

import "strings"

// Query is what somebody typed, understood. Lists that hold nothing are nil.
type Query struct {
	Words   []string // all of them are wanted: folded (see [Fold]), in the order typed
	Phrases []string // wanted with their words side by side
	Not     Unwanted
	Filters []Filter // in canonical order, each once
}

// Unwanted is the text that a hit must not have.
type Unwanted struct {
	Words   []string
	Phrases []string
}

// Filter demands a value of a field. Values of one field are alternatives, fields add up. With Not a hit must not have the value. Values of type: and lang: are codes in lower case
// (html for type:Text, de for lang:German), the others are as typed.
type Filter struct {
	Field Field
	Value string
	Not   bool
}

// IsZero tells whether nothing was asked for.
func (q Query) IsZero() bool {
	return !q.HasText() && len(q.Not.Words)+len(q.Not.Phrases)+len(q.Filters) == 0
}

// HasText tells whether words or phrases are wanted, so that hits can be ranked and marked.
func (q Query) HasText() bool { return len(q.Words)+len(q.Phrases) > 0 }

// Values gives the wanted and the unwanted values of a field.
func (q Query) Values(f Field) (wanted, unwanted []string) {
	for _, filter := range q.Filters {
		switch {
		case filter.Field != f:
		case filter.Not:
			unwanted = append(unwanted, filter.Value)
		default:
			wanted = append(wanted, filter.Value)
		}
	}
	return wanted, unwanted
}

// With gives the query with one more filter, such as a facet that was chosen. A filter without a value, or with one that no query can have, changes nothing.
func (q Query) With(f Filter) Query {
	if f.Value != "" && len(f.Value) <= MaxValue && len(q.Filters) < MaxFilters {
		q.Filters = sortFilters(append(q.Filters[:len(q.Filters):len(q.Filters)], f))
	}
	return q
}

// Without gives the query without a filter, such as a facet that was given up.
func (q Query) Without(f Filter) Query {
	var left []Filter
	for _, other := range q.Filters {
		if other != f {
			left = append(left, other)
		}
	}
	q.Filters = left
	return q
}

// String gives the query in its canonical spelling, for cursors and saved searches: Parse gives the same query again.
func (q Query) String() string {
	var clauses []string
	text := func(sign string, words, phrases []string) {
		for _, word := range words {
			clauses = append(clauses, sign+escapeWord(word))
		}
		for _, phrase := range phrases {
			clauses = append(clauses, sign+quote(phrase))
		}
	}
	text("", q.Words, q.Phrases)
	text("-", q.Not.Words, q.Not.Phrases)
	for _, f := range q.Filters {
		clauses = append(clauses, f.String())
	}
	return strings.Join(clauses, " ")
}

// String gives the filter as it can be typed.
func (f Filter) String() string {
	value := f.Value
	if strings.ContainsFunc(value, func(r rune) bool { return isBlank(r) || isQuote(r) }) {
		value = quote(value)
	}
	if f.Not {
		return "-" + string(f.Field) + ":" + value
	}
	return string(f.Field) + ":" + value
}

// escapeWord puts a backslash before a word that would be read as something else.
func escapeWord(word string) string {
	name, _, _ := splitField(word)
	if _, isField := fieldNamed(name); isField || strings.IndexFunc(word, isMinus) == 0 || strings.HasPrefix(word, `\`) {
		return `\` + word
	}
	return word
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
