package storetest

import "testing"

// Plainly leaves a test out under the race detector, with which bleve and SQLite are ten times slower. It is for tests that take minutes then, and of whose goroutines the detector sees
// everything in shorter ones. The gate runs every test that calls it once more without the detector (.ci/run, section plain).
func Plainly(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("runs without the race detector")
	}
}
