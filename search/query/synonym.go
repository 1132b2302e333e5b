package query

import (
	"slices"
	"strings"
)

// Synonyms are groups of words and phrases that mean the same. The zero value has none.
type Synonyms struct {
	groups [][]string // folded, words with single blanks between them
}

// builtin are abbreviations and spellings that mean the same in every course. It is short on purpose: what nearly means the same brings up what was not asked for.
var builtin = [][]string{
	{"ai", "artificial intelligence"},
	{"api", "application programming interface"},
	{"css", "cascading style sheets"},
	{"csv", "comma separated values"},
	{"dna", "deoxyribonucleic acid"},
	{"faq", "frequently asked questions"},
	{"gdp", "gross domestic product"},
	{"gis", "geographic information system"},
	{"gui", "graphical user interface"},
	{"html", "hypertext markup language"},
	{"ict", "information and communication technology"},
	{"lms", "learning management system"},
	{"maths", "math", "mathematics"},
	{"ml", "machine learning"},
	{"mooc", "massive open online course"},
	{"ngo", "non-governmental organization", "non-governmental organisation"},
	{"nlp", "natural language processing"},
	{"oer", "open educational resources"},
	{"olx", "open learning xml"},
	{"oop", "object oriented programming", "object-oriented programming"},
	{"ora", "open response assessment"},
	{"os", "operating system"},
	{"pdf", "portable document format"},
	{"sql", "structured query language"},
	{"stats", "statistics"},
	{"ta", "teaching assistant"},
	{"ui", "user interface"},
	{"ux", "user experience"},
	{"xml", "extensible markup language"},
	{"color", "colour"},
	{"behavior", "behaviour"},
	{"center", "centre"},
	{"organization", "organisation"},
	{"program", "programme"},
}

// BuiltinSynonyms are those that hold in every course.
func BuiltinSynonyms() Synonyms { return Synonyms{}.With(builtin...) }

// With gives the synonyms and further groups, such as the abbreviations of a course.
func (s Synonyms) With(groups ...[]string) Synonyms {
	all := slices.Clone(s.groups)
	for _, group := range groups {
		var folded []string
		for _, text := range group {
			if text = strings.Join(strings.Fields(Fold(text)), " "); !wordless(text) && !slices.Contains(folded, text) {
				folded = append(folded, text)
			}
		}
		if len(folded) > 1 {
			all = append(all, folded)
		}
	}
	return Synonyms{all}
}

// Alternative is other text for some words of a query.
type Alternative struct {
	First, Last int    // it stands for Words[First:Last]
	Text        string // a word, or several side by side
}

// maxAlternatives keeps queries small, however many groups a course has.
const maxAlternatives = 16

// Expand gives what could stand for words of a query instead, each once, in their order. Phrases mean what they say: they have no alternatives.
func (s Synonyms) Expand(q Query) []Alternative {
	var found []Alternative
	for first := range q.Words {
		for _, group := range s.groups {
			for _, text := range group {
				found = append(found, alternatives(q.Words, first, text, group)...)
			}
		}
	}
	seen := map[Alternative]bool{}
	found = slices.DeleteFunc(found, func(a Alternative) bool {
		again := seen[a]
		seen[a] = true
		return again
	})
	return found[:min(len(found), maxAlternatives)]
}

// alternatives are the other texts of a group if one of them stands among the words.
func alternatives(words []string, first int, text string, group []string) []Alternative {
	last := first + len(strings.Fields(text))
	if last > len(words) || strings.Join(words[first:last], " ") != text {
		return nil
	}
	var others []Alternative
	for _, other := range group {
		if other != text {
			others = append(others, Alternative{first, last, other})
		}
	}
	return others
}
