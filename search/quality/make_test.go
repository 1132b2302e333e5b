package quality_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"lectern/search/quality"
)

// body has more than sixty letters, and exactly three words of six letters or more.
var body = strings.Repeat("one two ", 12) + "carbon planet Oxygen carbon."

func TestMakeChoosesDocuments(t *testing.T) {
	tests := []struct {
		name string
		doc  quality.Document
		want bool
	}{
		{"a title of two words and a body", quality.Document{Title: "Photosynthesis basics", Body: body}, true},
		{"an English one", quality.Document{Title: "Photosynthesis basics", Body: body, Lang: "en-GB"}, true},
		{"one of another language", quality.Document{Title: "Grundlagen der Photosynthese", Body: body, Lang: "de"}, false},
		{"a title of one word", quality.Document{Title: "Photosynthesis", Body: body}, false},
		{"a title of nine words", quality.Document{Title: "a b c d e f g h i", Body: body}, true},
		{"a title of ten words", quality.Document{Title: "a b c d e f g h i j", Body: body}, false},
		{"a title that another one has, too", quality.Document{Title: " taken  TITLE: ", Body: body}, false},
		{"a title that says nothing", quality.Document{Title: "Multiple Choice", Body: body}, false},
		{"a body of sixty letters", quality.Document{Title: "Photosynthesis basics", Body: strings.Repeat("a1 ", 60)}, true},
		{"a body of fifty-nine letters", quality.Document{Title: "Photosynthesis basics", Body: strings.Repeat("a1 ", 59)}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.doc.ID = "it"
			queries := quality.Make([]quality.Document{test.doc, {ID: "other", Title: "Taken title"}}, 1)
			if made := len(queries) > 0; made != test.want {
				t.Errorf("made %v", queries)
			}
		})
	}
}

// bySet makes queries from documents and gives them by set and target.
func bySet(documents []quality.Document, seed uint64) map[quality.Set]map[string]quality.Query {
	made := map[quality.Set]map[string]quality.Query{}
	for _, q := range quality.Make(documents, seed) {
		if made[q.Set] == nil {
			made[q.Set] = map[string]quality.Query{}
		}
		for id, grade := range q.Grades {
			if grade == quality.Target {
				made[q.Set][id] = q
			}
		}
	}
	return made
}

var documents = []quality.Document{
	{ID: "b", Unit: "1", Title: "How  plants make sugar", Body: body},
	{ID: "a", Unit: "1", Title: "Leaf cells", Body: body},
	{ID: "c", Unit: "1", Title: "Quiz", Body: "Too short."},
	{ID: "d", Unit: "2", Title: "In and out", Body: strings.Repeat("yes no ", 20)},
	{ID: "e", Title: "Gas laws", Body: body},
}

func TestMake(t *testing.T) {
	made := bySet(documents, 7)
	titles := map[string]string{}
	for id, q := range made[quality.Title] {
		titles[id] = q.Text
	}
	if diff := cmp.Diff(map[string]string{"a": "Leaf cells", "b": "How plants make sugar", "d": "In and out", "e": "Gas laws"}, titles); diff != "" {
		t.Errorf("titles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"a": 1, "b": 3, "c": 1}, made[quality.Title]["b"].Grades); diff != "" {
		t.Errorf("grades (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"e": 3}, made[quality.Title]["e"].Grades); diff != "" {
		t.Errorf("grades without a unit (-want +got):\n%s", diff)
	}
	has := func(set quality.Set, ids ...string) {
		if got := slices.Sorted(maps.Keys(made[set])); !slices.Equal(got, ids) {
			t.Errorf("%s has %v, want %v", set, got, ids)
		}
	}
	has(quality.MinusOne, "b", "d")            // two words must be left
	has(quality.Typo, "a", "b")                // the longest word needs five letters
	has(quality.Inflected, "a", "b", "d", "e") // as many as the titles
	has(quality.BodyThree, "a", "b", "e")      // three different long words
	has(quality.Phrase, "a", "b", "d", "e")    // four words
}

func TestMadeTexts(t *testing.T) {
	minus := map[string]bool{}
	for seed := range uint64(50) {
		made := bySet(documents, seed)
		minus[made[quality.MinusOne]["d"].Text] = true
		if got := made[quality.Inflected]["a"].Text; got != "Leaf cell" {
			t.Errorf("inflected %q", got)
		}
		words := strings.Fields(made[quality.BodyThree]["a"].Text)
		slices.Sort(words)
		if !slices.Equal(words, []string{"carbon", "oxygen", "planet"}) {
			t.Errorf("from the body %q", words)
		}
		phrase := made[quality.Phrase]["a"].Text
		inside := strings.Trim(phrase, `"`)
		if len(strings.Fields(inside)) != 4 || phrase != `"`+inside+`"` || !strings.Contains(body, inside) {
			t.Errorf("phrase %s", phrase)
		}
		typo := made[quality.Typo]["b"].Text
		changed, ok := strings.CutPrefix(typo, "How p")
		changed, end := strings.CutSuffix(changed, " make sugar")
		if n := utf8.RuneCountInString(changed); !ok || !end || changed == "lants" || n < 4 || n > 6 {
			t.Errorf("typo %q", typo)
		}
	}
	if want := map[string]bool{"and out": true, "In out": true, "In and": true}; !maps.Equal(minus, want) {
		t.Errorf("minus one %v", minus)
	}
}

func TestInflectedTitles(t *testing.T) {
	for title, want := range map[string]string{
		"The courses":         "The course",
		"A course":            "A courses",
		"The studies":         "The study",
		"One country":         "One countries",
		"Two delays: why":     "Two delay: why",
		"A holiday":           "A holidays",
		"On (testing)":        "On (tested)",
		"We tested":           "We testing",
		"The process":         "The processes",
		"The virus":           "The viruses",
		"The analysis":        "The analyses",
		"The earth’s age":     "The earth age",
		"An approach":         "An approaches",
		"Complex matters too": "Complexes matters too", // the first of equals
	} {
		made := bySet([]quality.Document{{ID: "a", Title: title, Body: body}}, 1)
		if got := made[quality.Inflected]["a"].Text; !strings.EqualFold(got, want) {
			t.Errorf("%q became %q, want %q", title, got, want)
		}
	}
}

func TestMakeIsTheSameForTheSameSeed(t *testing.T) {
	one := quality.Make(documents, 7)
	reversed := slices.Clone(documents)
	slices.Reverse(reversed)
	if diff := cmp.Diff(one, quality.Make(reversed, 7)); diff != "" {
		t.Errorf("another order of the documents made others:\n%s", diff)
	}
	if cmp.Equal(one, quality.Make(documents, 8)) {
		t.Error("another seed made the same")
	}
	more := append(slices.Clone(documents), quality.Document{ID: "z", Unit: "9", Title: "Something else entirely", Body: body})
	if diff := cmp.Diff(one, quality.Make(more, 7)[:len(one)]); diff != "" {
		t.Errorf("another document changed those of the others:\n%s", diff)
	}
}
