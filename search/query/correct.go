package query

// Candidate is a word of the texts that somebody may have meant.
type Candidate struct {
	Word  string
	Count int // documents that have it
}

// Correct chooses what was meant by a word that count documents have: the most frequent candidate, if it is much more frequent.
func Correct(word string, count int, candidates []Candidate) (string, bool) { return "", false }
