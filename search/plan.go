package search

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	bq "github.com/blevesearch/bleve/v2/search/query"

	"lectern/modulestore/key"
	"lectern/search/query"
)

// The weights of the parts of a query. Measured on judged queries (package quality): between half and twice of these, ranks hardly change.
const (
	weightExact    = 0.5 // the words as they were typed
	weightSynonym  = 0.8
	weightTitle    = 2
	weightTitleX   = 1
	weightPhrase   = 2 // all words side by side
	weightFuzzy    = 0.6
	weightNumber   = 4   // the number of a course is as good as its name
	relaxedPart    = 0.6 // of the words have to be there in the relaxed pass
	fuzzyLetters   = 4   // words that are shorter are near to too many others
	edgeLetters    = 2   // from here on the beginning of a word finds it
	maxEdgeLetters = 12
)

// plan turns what somebody typed into a query of one index. Nothing of the text is ever read by bleve's own languages of queries: it is analysed, and the terms are looked for.
type plan struct {
	kind      Kind
	query     query.Query
	analyzers []string // of the languages that the index holds
	synonyms  query.Synonyms
	contexts  []key.Course // of the index
	typing    bool         // the last word may be unfinished, and only titles are looked for
	tokens    func(analyzer, text string) []query.Token
}

// distinct is a query with each of its words once: wanting one twice finds nothing else, and costs as much again.
func distinct(q query.Query) query.Query {
	var words []string
	for _, w := range q.Words {
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	q.Words = words
	return q
}

// strict wants all words and phrases.
func (p *plan) strict() texts { return texts{p.everything(), p.titles()} }

// everything wants all words and phrases of what may be found in full.
func (p *plan) everything() bq.Query {
	if !p.query.HasText() {
		return bleve.NewMatchAllQuery()
	}
	if p.typing {
		return p.titles()
	}
	b := bleve.NewBooleanQuery()
	if len(p.query.Words) > 0 {
		b.AddMust(p.allWords())
	}
	for _, phrase := range p.query.Phrases {
		b.AddMust(phraseOf(fieldAllX, phrase, 1))
	}
	b.AddShould(p.ranks(false)...)
	return b
}

// relaxed wants most of the words, each perhaps with one typo. There is none for a query without words, and it does not relax phrases: who types quotation marks means them.
func (p *plan) relaxed() (texts, bool) {
	if p.typing || !slices.ContainsFunc(p.query.Words, p.means) {
		return texts{}, false
	}
	full := bleve.NewBooleanQuery()
	full.AddMust(p.most(fieldAll, fieldAllX))
	full.AddShould(p.ranks(true)...)
	return texts{full, p.most(fieldTitle, fieldTitleX)}, true
}

// most wants most of the words in a field, each perhaps with one typo, and all phrases.
func (p *plan) most(field, exact string) bq.Query {
	var any []bq.Query
	for _, words := range p.meant() {
		most := bleve.NewDisjunctionQuery()
		for _, w := range words {
			most.AddQuery(p.nearly(field, exact, w))
		}
		most.SetMin(math.Ceil(relaxedPart * float64(len(words))))
		any = append(any, most)
	}
	all := []bq.Query{bleve.NewDisjunctionQuery(any...)}
	for _, phrase := range p.query.Phrases {
		all = append(all, phraseOf(exact, phrase, 1))
	}
	return bleve.NewConjunctionQuery(all...)
}

// meant gives the words that mean something in a language of the index, each choice of them once: a stop word of one language counts in another.
func (p *plan) meant() (choices [][]string) {
	for _, a := range p.analyzers {
		var words []string
		for _, w := range p.query.Words {
			if len(p.tokens(a, w)) > 0 {
				words = append(words, w)
			}
		}
		if len(words) > 0 && !slices.ContainsFunc(choices, func(other []string) bool { return slices.Equal(words, other) }) {
			choices = append(choices, words)
		}
	}
	return choices
}

// titles wants all words and phrases to be in the title: for courses of which only that may be found, and for suggestions.
func (p *plan) titles() bq.Query {
	if !p.query.HasText() {
		return bleve.NewMatchAllQuery()
	}
	b := bleve.NewBooleanQuery()
	words := p.query.Words
	if last := len(words) - 1; p.typing && last >= 0 {
		b.AddMust(p.beginning(words[last]))
		words = words[:last]
	}
	if len(words) > 0 {
		text := strings.Join(words, " ")
		any := p.matches(fieldTitle, text, bq.MatchQueryOperatorAnd, 1)
		b.AddMust(bleve.NewDisjunctionQuery(append(any, match(fieldTitleX, Exact, text, bq.MatchQueryOperatorAnd, 1))...))
	}
	for _, phrase := range p.query.Phrases {
		b.AddMust(phraseOf(fieldTitleX, phrase, 1))
	}
	return b
}

// means reports whether any analyser leaves something of a word: stop words mean nothing.
func (p *plan) means(word string) bool {
	return slices.ContainsFunc(p.analyzers, func(a string) bool { return len(p.tokens(a, word)) > 0 })
}

// allWords wants all words, in one of the languages of the index or as they were typed. The latter finds what consists of stop words alone, and single letters of
// languages that are indexed by pairs of them.
func (p *plan) allWords() bq.Query {
	words := strings.Join(p.query.Words, " ")
	any := p.matches(fieldAll, words, bq.MatchQueryOperatorAnd, 1)
	any = append(any, match(fieldAllX, Exact, words, bq.MatchQueryOperatorAnd, weightExact))
	for _, a := range p.synonyms.Expand(p.query) {
		changed := slices.Concat(p.query.Words[:a.First], []string{a.Text}, p.query.Words[a.Last:])
		any = append(any, p.matches(fieldAll, strings.Join(changed, " "), bq.MatchQueryOperatorAnd, weightSynonym)...)
	}
	switch p.kind {
	case Catalog:
		any = append(any, p.number(words), p.beginnings())
	case Studio:
		any = append(any, match(fieldBlockX, Exact, words, bq.MatchQueryOperatorAnd, 1), match(fieldHidden, Exact, words, bq.MatchQueryOperatorAnd, weightExact))
	}
	if named := p.named(words); len(named) > 0 {
		any = append(any, oneOf(fieldContext, named))
	}
	return bleve.NewDisjunctionQuery(any...)
}

// named gives the courses whose key was typed as a word.
func (p *plan) named(words string) (list []string) {
	if !strings.ContainsAny(words, ":/") {
		return nil // no key is without
	}
	for _, c := range p.contexts {
		if text := c.String(); query.Fold(text) == words {
			list = append(list, text)
		}
	}
	return list
}

// number finds a course by its number, however it is typed: CS50, cs-50, 6.002x.
func (p *plan) number(words string) bq.Query {
	var any []bq.Query
	for _, n := range numbers(strings.ReplaceAll(words, " ", "")) {
		any = append(any, term(fieldNumber, n, weightNumber))
	}
	return bleve.NewDisjunctionQuery(any...)
}

// beginnings wants each word to be in the text, or to begin a word of the title: demo finds Demonstration.
func (p *plan) beginnings() bq.Query {
	var all []bq.Query
	for _, w := range p.query.Words {
		if !p.means(w) {
			continue
		}
		any := append(p.matches(fieldAll, w, bq.MatchQueryOperatorAnd, 1), p.beginning(w))
		all = append(all, bleve.NewDisjunctionQuery(any...))
	}
	if len(all) == 0 {
		return bleve.NewMatchNoneQuery()
	}
	return bleve.NewConjunctionQuery(all...)
}

// beginning wants a word of the title to begin so.
func (p *plan) beginning(word string) bq.Query {
	all := bleve.NewConjunctionQuery()
	tokens := p.tokens(Exact, word)
	for i, t := range tokens {
		switch n := utf8.RuneCountInString(t.Term); {
		case i < len(tokens)-1 || n < edgeLetters:
			all.AddQuery(term(fieldTitleX, t.Term, 1))
		case n > maxEdgeLetters:
			prefix := bleve.NewPrefixQuery(t.Term)
			prefix.SetField(fieldTitleX)
			all.AddQuery(prefix)
		default:
			all.AddQuery(term(fieldTitleEdge, t.Term, 1))
		}
	}
	if len(tokens) == 0 {
		return bleve.NewMatchNoneQuery()
	}
	return all
}

// ranks are what makes some hits better than others, and finds none by itself.
func (p *plan) ranks(relaxed bool) (list []bq.Query) {
	words := strings.Join(p.query.Words, " ")
	if words == "" {
		return nil
	}
	list = append(p.matches(fieldTitle, words, bq.MatchQueryOperatorOr, weightTitle), match(fieldTitleX, Exact, words, bq.MatchQueryOperatorOr, weightTitleX))
	exact := p.tokens(Exact, words)
	if len(exact) > 1 {
		list = append(list, phraseOf(fieldTitleX, words, weightPhrase), phraseOf(fieldAllX, words, weightPhrase))
	}
	if relaxed {
		for _, t := range exact {
			if utf8.RuneCountInString(t.Term) >= fuzzyLetters {
				list = append(list, fuzzy(fieldTitleX, t.Term))
			}
		}
	}
	return list
}

// nearly wants a word in a field, perhaps with a typo.
func (p *plan) nearly(field, exactly, word string) bq.Query {
	any := p.matches(field, word, bq.MatchQueryOperatorAnd, 1)
	any = append(any, match(exactly, Exact, word, bq.MatchQueryOperatorAnd, weightExact))
	if exact := p.tokens(Exact, word); len(exact) == 1 && utf8.RuneCountInString(exact[0].Term) >= fuzzyLetters {
		any = append(any, fuzzy(exactly, exact[0].Term))
	}
	return bleve.NewDisjunctionQuery(any...)
}

// unwanted are what a hit must not have in a field.
func (p *plan) unwanted(field, exact string) (list []bq.Query) {
	for _, w := range p.query.Not.Words {
		list = append(list, p.matches(field, w, bq.MatchQueryOperatorAnd, 1)...)
		list = append(list, match(exact, Exact, w, bq.MatchQueryOperatorAnd, 1))
	}
	for _, phrase := range p.query.Not.Phrases {
		list = append(list, phraseOf(exact, phrase, 1))
	}
	return list
}

// matches looks for a text in each language of the index; where two analysers say the same, once.
func (p *plan) matches(field, text string, op bq.MatchQueryOperator, boost float64) (list []bq.Query) {
	var said [][]query.Token
	for _, a := range p.analyzers {
		tokens := p.tokens(a, text)
		if len(tokens) > 0 && !slices.ContainsFunc(said, func(other []query.Token) bool { return sameTerms(tokens, other) }) {
			said = append(said, tokens)
			list = append(list, match(field, a, text, op, boost))
		}
	}
	return list
}

func sameTerms(a, b []query.Token) bool {
	return slices.EqualFunc(a, b, func(x, y query.Token) bool { return x.Term == y.Term })
}

// match names the analyser, because the same field has another one in documents of other languages.
func match(field, analyzer, text string, op bq.MatchQueryOperator, boost float64) bq.Query {
	q := bleve.NewMatchQuery(text)
	q.SetField(field)
	q.Analyzer = analyzer
	q.SetOperator(op)
	q.SetBoost(boost)
	return q
}

// phraseOf wants words side by side, up to where one of them stands for the third time: bleve tries every place of each against every place of the others, which
// takes seconds for one word sixteen times.
func phraseOf(field, text string, boost float64) bq.Query {
	words := strings.Fields(text)
	seen := make(map[string]int)
	for i, w := range words {
		if seen[w]++; seen[w] > 2 {
			words = words[:i]
			break
		}
	}
	q := bleve.NewMatchPhraseQuery(strings.Join(words, " "))
	q.SetField(field)
	q.Analyzer = Exact
	q.SetBoost(boost)
	return q
}

// fuzzy allows one typo, but not in the first letter.
func fuzzy(field, word string) bq.Query {
	q := bleve.NewFuzzyQuery(word)
	q.SetField(field)
	q.SetFuzziness(1)
	q.SetPrefix(1)
	q.SetBoost(weightFuzzy)
	return q
}

func term(field, value string, boost float64) bq.Query {
	q := bleve.NewTermQuery(value)
	q.SetField(field)
	q.SetBoost(boost)
	return q
}

// oneOf wants one of some values of a keyword field.
func oneOf(field string, values []string) bq.Query {
	switch len(values) {
	case 0:
		return bleve.NewMatchNoneQuery()
	case 1:
		return term(field, values[0], 1)
	}
	list := make([]bq.Query, len(values))
	for i, v := range values {
		list[i] = term(field, v, 1)
	}
	return bleve.NewDisjunctionQuery(list...)
}
