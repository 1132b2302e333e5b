package query

// Synonyms are groups of words and phrases that mean the same.
type Synonyms struct{ groups [][]string }

// Alternative is another spelling of some words of a query.
type Alternative struct {
	First, Last int    // the words it stands for: Words[First:Last]
	Text        string // a word, or several side by side
}

// BuiltinSynonyms are the few that hold in every course.
func BuiltinSynonyms() Synonyms { return Synonyms{} }

// With gives the synonyms and further groups, such as a course's own.
func (s Synonyms) With(groups ...[]string) Synonyms { return s }

// Expand gives the alternatives to the words of a query.
func (s Synonyms) Expand(q Query) []Alternative { return nil }
