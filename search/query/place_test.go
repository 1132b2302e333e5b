package query

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// simple cuts texts at blanks; its stems end without "s" and "ing".
var simple = Analysers{
	Alike: true,
	Exact: func(text string) []Token { return cutAtBlanks(text, strings.ToLower) },
	Words: func(text string) []Token {
		return cutAtBlanks(text, func(word string) string {
			return unaccented(strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(word), "s"), "ing"))
		})
	},
}

func unaccented(word string) string { return strings.ReplaceAll(word, "é", "e") }

func cutAtBlanks(text string, term func(string) string) (list []Token) {
	at := 0
	for _, word := range strings.Fields(text) {
		at += strings.Index(text[at:], word)
		list = append(list, Token{Term: term(word), Start: at, End: at + len(word), Position: len(list) + 1})
		at += len(word)
	}
	return list
}

// TestPiecesOfLongTextsAreAsGoodAsThoseOfTheWhole compares what is found by looking at parts with what is found by analysing everything.
func TestPiecesOfLongTextsAreAsGoodAsThoseOfTheWhole(t *testing.T) {
	words := []string{"loop", "Loops", "looping", "loophole", "list", "LISTS", "while", "whilst", "of", "often", "x", "xylophone", "café", "Cafés", "cafeteria", "“list”", "pre-loop"}
	filler := strings.Repeat("nothing to be seen here ", 8)
	var told int
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		for _, i := range rapid.SliceOfN(rapid.IntRange(-20, len(words)-1), 30, 200).Draw(t, "words") {
			if i < 0 {
				text.WriteString(filler[:len(filler)*-i/20])
			} else {
				text.WriteString(words[i])
			}
			text.WriteByte(" \n"[max(i, 0)%2])
		}
		q, _ := Parse(strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"loops", "list", "while", "of", "x", "cafe", `"while loops"`, `"list of"`}), 1, 4).Draw(t, "query"), " "))
		find := simple.Matcher(q, nil, false)
		c := cutter{text: text.String(), width: 200}
		want := c.piece(find, 0, len(c.text))
		got, ok := c.likely(find)
		switch {
		case !ok:
			return
		case got.terms != want.terms:
			t.Fatalf("%s: %d things, and there are %d", q, got.terms, want.terms)
		case got.terms > 0 && got.to-got.from > c.width && got.to-got.from > want.to-want.from:
			t.Fatalf("%s: %d bytes, and there is one of %d", q, got.to-got.from, want.to-want.from)
		}
		start := c.start(got.from, got.to)
		end := c.end(start, got.to)
		if shown, all := marked(c.text, start, end, got.matches), marked(c.text, start, end, want.matches); shown != all {
			t.Fatalf("%s: got\n%s\nwant\n%s", q, shown, all)
		}
		told++
	})
	if told == 0 {
		t.Error("it could never be told")
	}
}

func TestBeginningsOfWords(t *testing.T) {
	tests := []struct{ name, word, stem, want string }{
		{"a stem is cut by a letter, which may be another one in some forms", "loops", "loop", "loo"},
		{"what the stem changes is left out", "happiness", "happi", "happ"},
		{"a stem that is the word", "taxonomy", "taxonomi", "taxono"},
		{"a short word is all of it", "of", "of", "of"},
		{"a word of three letters is all of it", "set", "set", "set"},
		{"a stem that has too little of the word tells nothing", "went", "go", ""},
		{"a word with an article before it tells nothing", "l'avion", "avion", ""},
		{"letters with accents tell nothing", "événement", "evenement", ""},
		{"nor does a word with one near the beginning", "mére", "mere", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := beginningOf(test.word, test.stem); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestLongTextsAreNotAnalysedWhole counts what is analysed.
func TestLongTextsAreNotAnalysedWhole(t *testing.T) {
	filler := strings.Repeat("nothing to be seen here, but here and there another thing. ", 1000)
	tests := []struct {
		name, query, text, want string
		most                    int // bytes
	}{
		{"words side by side far on", "rare things", filler + "the rare thing. " + filler, "<mark>rare</mark>", 2000},
		{"one of the words nowhere", "rare unicorns", filler + "the rare thing. " + filler, "<mark>rare</mark>", 2000},
		{"no word anywhere", "unicorns", filler, "nothing to be seen here", 0},
		{"words that only begin alike", "things unicorns", filler + "thingamajig unicornucopia " + filler, "<mark>thing.</mark>", 20000},
		{"words far from each other", "rare unicorn", "rare " + filler + "unicorn", "<mark>rare</mark>", 2000},
		{"words with accents beside it", "rare", filler + "café rare", "<mark>rare</mark>", 2000},
		{"words in other letters beside it", "rare", strings.Repeat("и ничего больше ", 1000) + "rare " + strings.Repeat("и ничего больше ", 1000), "<mark>rare</mark>", 2000},
		{"nothing but words in other letters", "rare", strings.Repeat("и ничего больше ", 1000), "и ничего", 0},
		{"no blanks anywhere", "rare", strings.Repeat("入門、rarely、", 1000), "入門", 25000},
		{"an accent that the search leaves out", "cafes", filler + "the Cafés " + filler, "<mark>Cafés</mark>", 2000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			analysed := 0
			counting := simple
			counting.Words = func(text string) []Token {
				analysed += len(text)
				return cutAtBlanks(text, func(word string) string { return strings.TrimRight(unaccented(strings.ToLower(word)), "s.,") })
			}
			q, _ := Parse(test.query)
			find := counting.Matcher(q, nil, false)
			analysed = 0
			got, _ := Snippet(test.text, find, 200)
			if !strings.Contains(got, test.want) {
				t.Errorf("got %s, want one with %s", got, test.want)
			}
			if analysed > test.most {
				t.Errorf("%d of %d bytes were analysed, at most %d are to be", analysed, len(test.text), test.most)
			}
		})
	}
}
