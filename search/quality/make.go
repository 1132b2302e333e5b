package quality

import (
	"cmp"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Document is a leaf of a course, as a search knows it.
type Document struct {
	ID    string
	Unit  string // what it stands in; its neighbours are half an answer
	Title string
	Body  string
	Lang  string // queries are made from English documents, and from those of which nothing is known
}

// Set says how queries came about.
type Set string

// The sets that Make makes.
const (
	Title     Set = "title"     // a title
	MinusOne  Set = "minus1"    // a title with one word left out
	Typo      Set = "typo"      // a title with one edit in its longest word
	Inflected Set = "inflected" // a title with another ending of its longest word
	BodyThree Set = "body3"     // three long words of a body
	Phrase    Set = "phrase"    // words side by side in a body, in quotation marks
)

// Query is a text with the documents that answer it.
type Query struct {
	Set    Set
	Text   string
	Grades map[string]int // by ID: Target for what was looked for, less for what helps
}

// The grades.
const (
	Target    = 3
	Neighbour = 1
)

// What a document needs for queries to be made from it, and a word to be changed or taken.
const (
	minTitleWords = 2
	maxTitleWords = 9
	minBodyLetter = 60
	minTypoLetter = 5 // a shorter word with an edit is another word
	minBodyWord   = 6
	bodyWords     = 3
	phraseWords   = 4
)

// generic are titles of two words or more that say nothing about the content: those that authoring tools give to new blocks, and headings that every course has.
var generic = map[string]bool{
	"raw html": true, "blank problem": true, "blank common problem": true, "blank advanced problem": true, "multiple choice": true, "single select": true, "multi select": true,
	"multi-select": true, "text input": true, "numerical input": true, "drag and drop": true, "word cloud": true, "open response assessment": true, "peer instruction": true,
	"discussion forum": true, "full screen image": true, "zooming image": true, "iframe tool": true, "anonymous user id": true, "custom javascript display and grading": true,
	"math expression input": true, "image mapped input": true, "problem with adaptive hint": true, "learning objectives": true, "learning outcomes": true, "getting started": true,
	"further reading": true, "before you start": true, "what's next": true, "check your understanding": true, "knowledge check": true, "test your knowledge": true, "self assessment": true,
}

// Make makes queries from documents. The same seed gives the same queries for a document, whatever others there are beside it, as long as its title stays the only one of its kind.
func Make(documents []Document, seed uint64) []Query {
	var queries []Query
	units := map[string][]string{}
	for _, d := range documents {
		units[d.Unit] = append(units[d.Unit], d.ID)
	}
	for _, d := range suitable(documents) {
		grades := map[string]int{}
		if d.Unit != "" {
			for _, id := range units[d.Unit] {
				grades[id] = Neighbour
			}
		}
		grades[d.ID] = Target
		for _, set := range []Set{Title, MinusOne, Typo, Inflected, BodyThree, Phrase} {
			if text := makers[set](d, random(seed, set, d.ID)); text != "" {
				queries = append(queries, Query{Set: set, Text: text, Grades: maps.Clone(grades)})
			}
		}
	}
	return queries
}

// suitable are the documents that queries are made from, by ID.
func suitable(documents []Document) []Document {
	titles := map[string]int{}
	for _, d := range documents {
		titles[fold(d.Title)]++
	}
	var chosen []Document
	for _, d := range documents {
		words, title := len(strings.Fields(d.Title)), fold(d.Title)
		english := d.Lang == "" || d.Lang == "en" || strings.HasPrefix(strings.ToLower(d.Lang), "en-")
		if english && titles[title] == 1 && !generic[title] && words >= minTitleWords && words <= maxTitleWords && letters(d.Body) >= minBodyLetter {
			chosen = append(chosen, d)
		}
	}
	slices.SortFunc(chosen, func(a, b Document) int { return cmp.Compare(a.ID, b.ID) })
	return chosen
}

// fold makes one of titles that differ in case, blanks and the punctuation around them.
func fold(title string) string {
	return strings.TrimFunc(strings.ToLower(strings.Join(strings.Fields(title), " ")), unicode.IsPunct)
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// random is a source of its own for each query.
func random(seed uint64, set Set, id string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(string(set) + " " + id)) // a hash takes everything
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// makers make the text of a query of each set, or none if a document does not serve.
var makers = map[Set]func(Document, *rand.Rand) string{
	Title:     func(d Document, _ *rand.Rand) string { return strings.Join(strings.Fields(d.Title), " ") },
	MinusOne:  minusOne,
	Typo:      withTypo,
	Inflected: inflected,
	BodyThree: fromBody,
	Phrase:    phrase,
}

// minusOne leaves out a word of a title that keeps two.
func minusOne(d Document, r *rand.Rand) string {
	words := strings.Fields(d.Title)
	if len(words) <= minTitleWords {
		return ""
	}
	i := r.IntN(len(words))
	return strings.Join(slices.Delete(words, i, i+1), " ")
}

// withTypo leaves out, adds or changes a letter of the longest word. The first letter is nearly always right when people type, and so it is here.
func withTypo(d Document, r *rand.Rand) string {
	return withLongest(d.Title, func(word string) string {
		runes := []rune(word)
		if len(runes) < minTypoLetter {
			return ""
		}
		at := 1 + r.IntN(len(runes)-1)
		letter := rune('a' + r.IntN(26))
		for letter == unicode.ToLower(runes[at]) {
			letter = rune('a' + r.IntN(26))
		}
		switch r.IntN(3) {
		case 0:
			runes = slices.Delete(runes, at, at+1)
		case 1:
			runes = slices.Insert(runes, at, letter)
		default:
			runes[at] = letter
		}
		return string(runes)
	})
}

// inflected gives the longest word another ending.
func inflected(d Document, _ *rand.Rand) string { return withLongest(d.Title, inflect) }

// endings says what becomes of the end of a word: the first that fits. Not all that comes out is English, but a stemmer of English makes one of both.
var endings = []struct{ old, new string }{
	{"'s", ""}, {"’s", ""}, {"sses", "ss"}, {"ies", "y"}, {"ss", "sses"}, {"us", "uses"}, {"is", "es"}, {"s", ""},
	{"ing", "ed"}, {"ed", "ing"},
	{"ay", "ays"}, {"ey", "eys"}, {"oy", "oys"}, {"uy", "uys"}, {"y", "ies"},
	{"ch", "ches"}, {"sh", "shes"}, {"x", "xes"}, {"", "s"},
}

func inflect(word string) string {
	word = strings.ToLower(word)
	for _, e := range endings {
		if stem, ok := strings.CutSuffix(word, e.old); ok {
			return stem + e.new
		}
	}
	return word
}

// withLongest gives a title with its longest word changed, the first of equals. The punctuation around the word stays. Nothing is given if the word does not serve.
func withLongest(title string, change func(string) string) string {
	words := strings.Fields(title)
	longest := 0
	for i, word := range words {
		if utf8.RuneCountInString(bare(word)) > utf8.RuneCountInString(bare(words[longest])) {
			longest = i
		}
	}
	word := bare(words[longest])
	changed := change(word)
	if word == "" || changed == "" {
		return ""
	}
	words[longest] = strings.Replace(words[longest], word, changed, 1)
	return strings.Join(words, " ")
}

// bare is a word without what stands around it.
func bare(word string) string {
	return strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// fromBody takes three of the long words of a body at random.
func fromBody(d Document, r *rand.Rand) string {
	words := strings.FieldsFunc(strings.ToLower(d.Body), func(r rune) bool { return !unicode.IsLetter(r) })
	words = slices.DeleteFunc(words, func(word string) bool { return utf8.RuneCountInString(word) < minBodyWord })
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) < bodyWords {
		return ""
	}
	r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return strings.Join(words[:bodyWords], " ")
}

// phrase takes words that stand side by side in a body, between two of its quotation marks or where it has none.
func phrase(d Document, r *rand.Rand) string {
	var starts [][]string
	for _, piece := range strings.FieldsFunc(d.Body, func(r rune) bool { return strings.ContainsRune(`"“”„«»\`, r) }) {
		words := strings.Fields(piece)
		for i := range len(words) - phraseWords + 1 {
			starts = append(starts, words[i:i+phraseWords])
		}
	}
	if len(starts) == 0 {
		return ""
	}
	return `"` + strings.Join(starts[r.IntN(len(starts))], " ") + `"`
}
