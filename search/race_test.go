//go:build race

package search

import "testing"

// plainly leaves out tests of a lot of data under the race detector, which makes bleve ten times slower. The gate runs them without it.
func plainly(t *testing.T) {
	t.Helper()
	t.Skip("runs without the race detector")
}
