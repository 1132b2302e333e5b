package search

import (
	"strings"
	"unicode"

	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/ckb"
	"github.com/blevesearch/bleve/v2/analysis/lang/da"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/fa"
	"github.com/blevesearch/bleve/v2/analysis/lang/fi"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/hi"
	"github.com/blevesearch/bleve/v2/analysis/lang/hr"
	"github.com/blevesearch/bleve/v2/analysis/lang/hu"
	"github.com/blevesearch/bleve/v2/analysis/lang/it"
	"github.com/blevesearch/bleve/v2/analysis/lang/nl"
	"github.com/blevesearch/bleve/v2/analysis/lang/no"
	"github.com/blevesearch/bleve/v2/analysis/lang/pt"
	"github.com/blevesearch/bleve/v2/analysis/lang/ro"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/analysis/lang/sv"
	"github.com/blevesearch/bleve/v2/analysis/lang/tr"
	"github.com/blevesearch/bleve/v2/analysis/token/edgengram"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/ngram"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/exception"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/regexp"
	unicodewords "github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/mapping"
)

// The analysers of our own.
const (
	// Exact keeps every word as it is written, in lower case: no stop words, no stems. Phrases, typing errors and spelling need it.
	Exact = "exact"
	// Edge gives the first 2 to 12 letters of each word, for searching as one types. A query must look for its last word as one term.
	Edge = "edge"
	// Bigram gives the pairs of letters of languages that put no blanks between words and have no analyser of their own.
	Bigram = "bigram"
)

// analyzers gives the analyser of each language that has one. A language that is not here is analysed by Exact. Polish is one of those: bleve's analyser of it reads
// tables for a tenth of a second whenever an index is opened, in whatever language its courses are.
var analyzers = map[string]string{
	"ar": ar.AnalyzerName, "ckb": ckb.AnalyzerName, "da": da.AnalyzerName, "de": de.AnalyzerName, "en": en.AnalyzerName, "es": es.AnalyzerName,
	"fa": fa.AnalyzerName, "fi": fi.AnalyzerName, "fr": fr.AnalyzerName, "hi": hi.AnalyzerName, "hr": hr.AnalyzerName, "hu": hu.AnalyzerName,
	"it": it.AnalyzerName, "nl": nl.AnalyzerName, "no": no.AnalyzerName, "nb": no.AnalyzerName, "nn": no.AnalyzerName, "pt": pt.AnalyzerName,
	"ro": ro.AnalyzerName, "ru": ru.AnalyzerName, "sv": sv.AnalyzerName, "tr": tr.AnalyzerName,
	"zh": cjk.AnalyzerName, "ja": cjk.AnalyzerName, "ko": cjk.AnalyzerName,
	"th": Bigram, "lo": Bigram, "km": Bigram, "my": Bigram,
}

// Language gives the form in which a language is indexed, whatever form it is written in: pt-BR, PT_br and pt are all pt.
func Language(tag string) string {
	tag = strings.ToLower(strings.TrimSpace(tag))
	if end := strings.IndexAny(tag, "-_@."); end >= 0 {
		tag = tag[:end]
	}
	return tag
}

// Analyzer is the name of the analyser that the fields all and title of documents in a language are made with. A query has to name it: the same field has
// another one in another language.
func Analyzer(language string) string {
	if name, ok := analyzers[Language(language)]; ok {
		return name
	}
	return Exact
}

// paired reports whether an analyser makes pairs of letters, which stand for no single one.
func paired(analyzer string) bool { return analyzer == Bigram || analyzer == cjk.AnalyzerName }

// alike reports whether an analyser takes away nothing but the ends of words, so that words of one stem begin alike. Others make one of two letters (adresse and addresse in French,
// jaren and jaar in Dutch) or of several vowels (Muller and Mueller in German), or another of the last one of a short word (luz and luces in Spanish).
func alike(analyzer string) bool {
	switch analyzer {
	case Exact, da.AnalyzerName, en.AnalyzerName, fi.AnalyzerName, it.AnalyzerName, no.AnalyzerName, sv.AnalyzerName:
		return true
	case ar.AnalyzerName, cjk.AnalyzerName, ckb.AnalyzerName, fa.AnalyzerName, hi.AnalyzerName, ru.AnalyzerName: // they leave words in Latin letters as they are
		return true
	}
	return false
}

// unspaced are the letters of languages that put no blanks between words.
const unspaced = `\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}`

// unspacedDigits reports whether there are digits of those languages: each is a word to Exact, and to all others a part of its number.
func unspacedDigits(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsDigit(r) && unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	})
}

// addAnalyzers gives a mapping the analysers of our own.
func addAnalyzers(m *mapping.IndexMappingImpl) error {
	filter := func(name, kind string, shortest, longest float64) error {
		return m.AddCustomTokenFilter(name, map[string]any{"type": kind, "min": shortest, "max": longest})
	}
	if err := filter("first_letters", edgengram.Name, 2, 12); err != nil {
		return err
	}
	if err := filter("letter_pairs", ngram.Name, 2, 2); err != nil {
		return err
	}
	tokenizers := map[string]map[string]any{
		"runs": {"type": regexp.Name, "regexp": `[\p{L}\p{M}\p{N}]+`},
		// The Unicode tokenizer leaves out what these scripts write. As with Han, each letter is a word, so that phrases find them.
		"words":  {"type": exception.Name, "tokenizer": unicodewords.Name, "exceptions": []string{`[` + unspaced + `]\p{M}*`}},
		"starts": {"type": exception.Name, "tokenizer": unicodewords.Name, "exceptions": []string{`[` + unspaced + `\p{M}]+`}},
	}
	for name, config := range tokenizers {
		if err := m.AddCustomTokenizer(name, config); err != nil {
			return err
		}
	}
	for _, a := range []struct {
		name, tokenizer string
		filters         []string
	}{
		{Exact, "words", []string{lowercase.Name}},
		{Edge, "starts", []string{lowercase.Name, "first_letters"}},
		{Bigram, "runs", []string{lowercase.Name, "letter_pairs"}},
	} {
		config := map[string]any{"type": custom.Name, "tokenizer": a.tokenizer, "token_filters": a.filters}
		if err := m.AddCustomAnalyzer(a.name, config); err != nil {
			return err
		}
	}
	return nil
}
