package query_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/search/query"
)

func TestExpand(t *testing.T) {
	course := query.BuiltinSynonyms().With([]string{"DHIS2", "District  Health Information Software"}, []string{"alone"}, []string{"same", "SAME"}, []string{"?", "x"})
	tests := []struct {
		name, query string
		want        []query.Alternative
	}{
		{"a word without synonyms", "loops", nil},
		{"an abbreviation", "what is AI?", []query.Alternative{{First: 2, Last: 3, Text: "artificial intelligence"}}},
		{"what it is short for", "artificial intelligence ethics", []query.Alternative{{First: 0, Last: 2, Text: "ai"}}},
		{"a part of what it is short for", "artificial", nil},
		{"the words in another order", "intelligence artificial", nil},
		{"every other of a group", "math", []query.Alternative{{First: 0, Last: 1, Text: "maths"}, {First: 0, Last: 1, Text: "mathematics"}}},
		{"several, in the order of the words", "html css", []query.Alternative{{First: 0, Last: 1, Text: "hypertext markup language"}, {First: 1, Last: 2, Text: "cascading style sheets"}}},
		{"those of the course", "dhis2 setup", []query.Alternative{{First: 0, Last: 1, Text: "district health information software"}}},
		{"groups of one have none", "alone same x", nil},
		{"phrases mean what they say", `"ai"`, nil},
		{"what is not wanted has none", "-ai", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q, _ := query.Parse(test.query)
			if diff := cmp.Diff(test.want, course.Expand(q)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSynonymsOfOneCourseAreNotThoseOfAnother(t *testing.T) {
	builtin := query.BuiltinSynonyms()
	one := builtin.With([]string{"olxx", "first"})
	other := builtin.With([]string{"olxx", "second"})
	q, _ := query.Parse("olxx")
	if got := one.Expand(q); len(got) != 1 || got[0].Text != "first" {
		t.Errorf("one: %v", got)
	}
	if got := other.Expand(q); len(got) != 1 || got[0].Text != "second" {
		t.Errorf("other: %v", got)
	}
	if got := builtin.Expand(q); len(got) != 0 {
		t.Errorf("built in: %v", got)
	}
}

func TestExpandGivesAFewAlternativesAndEachOnce(t *testing.T) {
	var groups [][]string
	for range 100 {
		groups = append(groups, []string{"a", "b", "c", "d", "e"})
	}
	q, _ := query.Parse("a b c d e f")
	got := query.Synonyms{}.With(groups...).Expand(q)
	seen := map[query.Alternative]bool{}
	for _, a := range got {
		if seen[a] {
			t.Errorf("%v twice", a)
		}
		seen[a] = true
	}
	if len(got) != 16 {
		t.Errorf("%d alternatives", len(got))
	}
}
