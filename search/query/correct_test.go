package query_test

import (
	"testing"

	"lectern/search/query"
)

func TestMeant(t *testing.T) {
	type candidates = []query.Candidate
	tests := []struct {
		name       string
		word       string
		typed      int
		candidates candidates
		want       string
	}{
		{"the most frequent", "lerning", 0, candidates{{"leaning", 3}, {"learning", 90}, {"lerniny", 1}}, "learning"},
		{"of equals the first by alphabet", "boak", 0, candidates{{"book", 5}, {"boat", 5}}, "boat"},
		{"no candidates", "lerning", 0, nil, ""},
		{"a candidate that no document has", "lerning", 0, candidates{{"learning", 0}}, ""},
		{"the word itself", "learning", 0, candidates{{"learning", 90}}, ""},
		{"ten times as frequent", "form", 9, candidates{{"from", 90}}, "from"},
		{"less than ten times as frequent", "form", 9, candidates{{"from", 89}}, ""},
		{"another first letter", "learning", 0, candidates{{"yearning", 90}}, ""},
		{"two edits", "lerming", 0, candidates{{"learning", 90}}, ""},
		{"two letters changed over", "laerning", 0, candidates{{"learning", 90}}, "learning"},
		{"a letter too many", "learrning", 0, candidates{{"learning", 90}}, "learning"},
		{"a short word", "cta", 0, candidates{{"cat", 90}}, ""},
		{"a number", "2015", 0, candidates{{"2016", 90}}, ""},
		{"accents", "ecole", 0, candidates{{"école", 90}}, ""},
		{"letters of several bytes", "Straße", 0, candidates{{"Strasse", 90}, {"Strafe", 3}}, "Strafe"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := query.Meant(test.word, test.typed, test.candidates)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("got %q, %v, want %q", got, ok, test.want)
			}
		})
	}
}

func TestCorrect(t *testing.T) {
	better := func(word string) (string, bool) {
		known := map[string]string{"lerning": "learning", "machne": "machine", "same": "same"}
		b, ok := known[word]
		return b, ok
	}
	tests := []struct {
		name, query, want string
		changed           bool
	}{
		{"each word on its own", "machne lerning course", "machine learning course", true},
		{"words that are right", "same course", "same course", false},
		{"phrases, fields and what is not wanted stay", `"machne" -lerning tag:lerning`, `"machne" -lerning tag:lerning`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q, _ := query.Parse(test.query)
			got, changed := q.Correct(better)
			if got.String() != test.want || changed != test.changed {
				t.Errorf("got %q, %v", got, changed)
			}
			if again, _ := query.Parse(test.query); again.String() != q.String() {
				t.Errorf("the query itself became %q", q)
			}
		})
	}
}
