//go:build !race

package search

import "testing"

// plainly leaves nothing out: the race detector is off.
func plainly(*testing.T) {}
