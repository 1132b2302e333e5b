package storetest

import (
	"os"
	"path/filepath"
	"testing"
)

// Corpus returns the archives of the sample courses in the folder that LECTERN_CORPUS names. Without it the test says that it was left out;
// where everything must run (LECTERN_REQUIRE_ALL, which .ci/run sets) that is a failure.
func Corpus(t testing.TB) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(required(t, "LECTERN_CORPUS", "the sample courses"), "*.tar.gz"))
	if err != nil || len(list) == 0 {
		t.Fatalf("LECTERN_CORPUS names a folder without .tar.gz archives (%v)", err)
	}
	return list
}

// Compare returns the path of the program that compares two OLX trees independently of Lectern, from LECTERN_OLXCOMPARE.
func Compare(t testing.TB) string {
	t.Helper()
	return required(t, "LECTERN_OLXCOMPARE", "the comparison of OLX trees")
}

func required(t testing.TB, variable, what string) string {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		if os.Getenv("LECTERN_REQUIRE_ALL") != "" {
			t.Fatalf("%s is not set, and nothing may be left out here", variable)
		}
		t.Skipf("left out: %s is not set, so %s cannot be found", variable, what)
	}
	return value
}
