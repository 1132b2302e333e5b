package modulestore

import "crypto/sha256"

// The rule by which long lists are cut into pages. It is a part of the format: another rule needs another value of "v".
// Boundaries depend on keys and counts only, so a change of what the entries hold never moves one.
const (
	// A piece has minCut to maxCut entries; where pieces are many, a piece of pieces has minCut to maxUpperCut.
	minCut      = 8
	maxCut      = 64
	maxUpperCut = 63
	// longestCut is the number of pieces above which they are cut again.
	longestCut = 32
	// cutMask are the bits of the last byte of SHA-256(key) that must be zero for an entry to end a piece.
	cutMask = 15
	// maxNesting is more levels of pieces than any list needs.
	maxNesting = 16
)

// span is the run of entries in [from, to).
type span struct{ from, to int }

// cut divides n entries into pieces of at most longest entries.
func cut(n, longest int, key func(i int) string) (pieces []span) {
	from := 0
	for i := range n {
		size := i + 1 - from
		if size == longest || size >= minCut && endsPiece(key(i)) || i == n-1 {
			pieces = append(pieces, span{from, i + 1})
			from = i + 1
		}
	}
	return pieces
}

func endsPiece(key string) bool {
	h := sha256.Sum256([]byte(key))
	return h[len(h)-1]&cutMask == 0
}
