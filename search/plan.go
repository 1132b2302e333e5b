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
	edgeLetters    = 2   // from here on the beginning of a word finds it
	maxEdgeLetters = 12
)

// plan turns what somebody typed into a query of one index. Nothing of the text is ever read by bleve's own languages of queries: it is analysed, and the terms are looked for.
type plan struct {
	kind      Kind
	query     query.Query
	analyzers []string // of the languages that the index holds
	others    bool     // it holds documents in no language that is known
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

// strict wants all words and phrases. What it finds is in a first order, by the words alone, which is quick to tell; ranked tells the better one of the best of them.
func (p *plan) strict() texts { return texts{p.everything(false), p.titles()} }

// relaxed wants most of the words, each perhaps with one typo. There is none for a query without words, and it does not relax phrases: who types quotation marks means them.
func (p *plan) relaxed() (texts, bool) {
	if p.typing || !slices.ContainsFunc(p.query.Words, p.means) {
		return texts{}, false
	}
	return texts{&preferring{p.most(fieldAll, fieldAllX), p.titleRanks(true)}, p.most(fieldTitle, fieldTitleX)}, true
}

// ranked wants what strict or relaxed does, and says how good it is: by where the words are, how they were typed, and whether they stand side by side. ok is false
// where nothing is better than the first order.
func (p *plan) ranked(relaxed bool) (t texts, ok bool) {
	if p.typing || p.kind == Catalog || len(p.query.Words) == 0 {
		return t, false
	}
	if !relaxed {
		return texts{p.everything(true), p.titles()}, true
	}
	return texts{&preferring{p.most(fieldAll, fieldAllX), p.ranks(true)}, p.most(fieldTitle, fieldTitleX)}, true
}

// words are those that ranked looks for most.
func (p *plan) words() (list []wantedTerm) {
	add := func(field, term string, placed bool) {
		w := wantedTerm{fieldTerm{field, term}, placed}
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	text := strings.Join(p.query.Words, " ")
	exact := p.tokens(Exact, text)
	for _, t := range exact {
		add(fieldAllX, t.Term, len(exact) > 1)
	}
	for _, a := range p.analyzers {
		for _, t := range p.tokens(a, text) {
			add(fieldAll, t.Term, false)
			add(fieldTitle, t.Term, false)
		}
	}
	for _, t := range exact {
		add(fieldTitleX, t.Term, len(exact) > 1)
	}
	return list
}

// everything wants all words and phrases of what may be found in full.
func (p *plan) everything(ranked bool) bq.Query {
	switch {
	case !p.query.HasText():
		return bleve.NewMatchAllQuery()
	case p.typing:
		return p.titles()
	}
	var all []bq.Query
	words := strings.Join(p.query.Words, " ")
	switch {
	case words == "":
	case ranked || p.kind == Catalog:
		all = append(all, p.wanted(words))
	default:
		all = append(all, p.wantedQuickly(words))
	}
	for _, phrase := range p.query.Phrases {
		all = append(all, p.phrase(fieldAllX, phrase, 1))
	}
	better := p.matches(fieldTitle, words, allWords, weightTitle)
	if ranked || p.kind == Catalog {
		better = p.ranks(false)
	}
	return &preferring{&allOf{all}, better}
}

// most wants most of the words in a field, each perhaps with one typo, and all phrases.
func (p *plan) most(field, exact string) bq.Query {
	var any []bq.Query
	for _, words := range p.meant() {
		most := &anyOf{Least: int(math.Ceil(relaxedPart * float64(len(words))))}
		for _, w := range words {
			most.Queries = append(most.Queries, p.nearly(field, exact, w))
		}
		any = append(any, most)
	}
	all := []bq.Query{&anyOf{Queries: any}}
	for _, phrase := range p.query.Phrases {
		all = append(all, p.phrase(exact, phrase, 1))
	}
	return &allOf{all}
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
	all := &allOf{}
	words := p.query.Words
	if last := len(words) - 1; p.typing && last >= 0 {
		all.add(p.beginning(words[last]))
		words = words[:last]
	}
	if len(words) > 0 {
		text := strings.Join(words, " ")
		any := p.matches(fieldTitle, text, allWords, 1)
		all.add(&anyOf{Queries: append(any, p.match(fieldTitleX, Exact, text, allWords, 1))})
	}
	for _, phrase := range p.query.Phrases {
		all.add(p.phrase(fieldTitleX, phrase, 1))
	}
	return all
}

// means reports whether any analyser leaves something of a word: stop words mean nothing.
func (p *plan) means(word string) bool {
	return slices.ContainsFunc(p.analyzers, func(a string) bool { return len(p.tokens(a, word)) > 0 })
}

// wanted wants all words, in one of the languages of the index or as they were typed.
func (p *plan) wanted(words string) bq.Query {
	any := append(p.matches(fieldAll, words, allWords, 1), p.match(fieldAllX, Exact, words, allWords, weightExact))
	return &anyOf{Queries: append(any, p.otherwise(words)...)}
}

// wantedQuickly finds what wanted does. What has the words as they were typed has them in its own language, too, unless that leaves nothing of them: there are stop words, and single
// letters of languages that are indexed by pairs of them, and digits that stand alone only where words are kept as they are.
func (p *plan) wantedQuickly(words string) bq.Query {
	any := p.matches(fieldAll, words, allWords, 1)
	if p.others && !slices.Contains(p.analyzers, Exact) {
		any = append(any, p.match(fieldAll, Exact, words, allWords, 1))
	}
	if unspacedDigits(words) || slices.ContainsFunc(p.analyzers, func(a string) bool { return paired(a) || len(p.tokens(a, words)) == 0 }) {
		any = append(any, p.match(fieldAllX, Exact, words, allWords, weightExact))
	}
	return &anyOf{Queries: append(any, p.otherwise(words)...), Lean: true}
}

// otherwise finds what the words may mean beside themselves.
func (p *plan) otherwise(words string) (any []bq.Query) {
	for _, a := range p.synonyms.Expand(p.query) {
		changed := slices.Concat(p.query.Words[:a.First], []string{a.Text}, p.query.Words[a.Last:])
		any = append(any, p.matches(fieldAll, strings.Join(changed, " "), allWords, weightSynonym)...)
	}
	switch p.kind {
	case Catalog:
		any = append(any, p.number(words), p.beginnings())
	case Studio:
		any = append(any, p.match(fieldBlockX, Exact, words, allWords, 1), p.match(fieldHidden, Exact, words, allWords, weightExact))
	}
	for _, course := range p.named(words) {
		any = append(any, term(fieldContext, course, 1))
	}
	return any
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
	return &anyOf{Queries: any}
}

// beginnings wants each word to be in the text, or to begin a word of the title: demo finds Demonstration.
func (p *plan) beginnings() bq.Query {
	var all []bq.Query
	for _, w := range p.query.Words {
		if !p.means(w) {
			continue
		}
		any := append(p.matches(fieldAll, w, allWords, 1), p.beginning(w))
		all = append(all, &anyOf{Queries: any})
	}
	if len(all) == 0 {
		return bleve.NewMatchNoneQuery()
	}
	return &allOf{all}
}

// beginning wants a word of the title to begin so.
func (p *plan) beginning(word string) bq.Query {
	all := &allOf{}
	tokens := p.tokens(Exact, word)
	for i, t := range tokens {
		switch n := utf8.RuneCountInString(t.Term); {
		case i < len(tokens)-1 || n < edgeLetters:
			all.add(term(fieldTitleX, t.Term, 1))
		case n > maxEdgeLetters:
			prefix := bleve.NewPrefixQuery(t.Term)
			prefix.SetField(fieldTitleX)
			all.add(prefix)
		default:
			all.add(term(fieldTitleEdge, t.Term, 1))
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
	list = append(p.titleRanks(relaxed), p.match(fieldTitleX, Exact, words, anyWord, weightTitleX))
	if len(p.tokens(Exact, words)) > 1 {
		list = append(list, p.phrase(fieldTitleX, words, weightPhrase), p.phrase(fieldAllX, words, weightPhrase))
	}
	return list
}

// titleRanks are those of the ranks that are told quickly.
func (p *plan) titleRanks(relaxed bool) (list []bq.Query) {
	words := strings.Join(p.query.Words, " ")
	list = p.matches(fieldTitle, words, anyWord, weightTitle)
	if relaxed {
		for _, t := range p.tokens(Exact, words) {
			if utf8.RuneCountInString(t.Term) >= query.MinTypo {
				list = append(list, fuzzy(fieldTitleX, t.Term))
			}
		}
	}
	return list
}

// nearly wants a word in a field, perhaps with a typo.
func (p *plan) nearly(field, exactly, word string) bq.Query {
	any := p.matches(field, word, allWords, 1)
	any = append(any, p.match(exactly, Exact, word, allWords, weightExact))
	if exact := p.tokens(Exact, word); len(exact) == 1 && utf8.RuneCountInString(exact[0].Term) >= query.MinTypo {
		any = append(any, fuzzy(exactly, exact[0].Term))
	}
	return &anyOf{Queries: any}
}

// unwanted are what a hit must not have in a field.
func (p *plan) unwanted(field, exact string) (list []bq.Query) {
	for _, w := range p.query.Not.Words {
		list = append(list, p.matches(field, w, allWords, 1)...)
		list = append(list, p.match(exact, Exact, w, allWords, 1))
	}
	for _, phrase := range p.query.Not.Phrases {
		list = append(list, p.phrase(exact, phrase, 1))
	}
	return list
}

// matches looks for a text in each language of the index; where two analysers say the same, once.
func (p *plan) matches(field, text string, which wording, boost float64) (list []bq.Query) {
	var said [][]query.Token
	for _, a := range p.analyzers {
		tokens := p.tokens(a, text)
		if len(tokens) > 0 && !slices.ContainsFunc(said, func(other []query.Token) bool { return sameTerms(tokens, other) }) {
			said = append(said, tokens)
			list = append(list, p.match(field, a, text, which, boost))
		}
	}
	return list
}

func sameTerms(a, b []query.Token) bool {
	return slices.EqualFunc(a, b, func(x, y query.Token) bool { return x.Term == y.Term })
}

// wording says which words of a text are wanted.
type wording int

const (
	allWords wording = iota
	anyWord
)

// match looks for a text in a field. It names the analyser, because the same field has another one in documents of other languages.
func (p *plan) match(field, analyzer, text string, which wording, boost float64) bq.Query {
	var words []bq.Query
	for _, t := range p.tokens(analyzer, text) {
		words = append(words, term(field, t.Term, boost))
	}
	if which == anyWord {
		return &anyOf{Queries: words}
	}
	return &allOf{words}
}

// phrase wants words side by side, up to where one of them stands for the third time: bleve tries every place of each against every place of the others, which
// takes seconds for one word sixteen times. A word that means nothing is looked for once where it follows itself.
func (p *plan) phrase(field, text string, boost float64) bq.Query {
	var words []string
	seen := make(map[string]int)
	for _, w := range strings.Fields(text) {
		if len(words) > 0 && words[len(words)-1] == w && !p.means(w) {
			continue
		}
		if seen[w]++; seen[w] > 2 {
			break
		}
		words = append(words, w)
	}
	text = strings.Join(words, " ")
	var terms []string
	for _, t := range p.tokens(Exact, text) {
		terms = append(terms, t.Term)
	}
	if len(terms) == 1 {
		return term(field, terms[0], boost)
	}
	q := bleve.NewMatchPhraseQuery(text)
	q.SetField(field)
	q.Analyzer = Exact
	q.SetBoost(boost)
	return &sideBySide{q, field, terms}
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
