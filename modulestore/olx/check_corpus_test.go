package olx

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore/storetest"
)

var update = flag.Bool("update", false, "write the golden files")

// TestRealCoursesGetNoFalseAlarms compares what is found in each sample course with a list in which every finding has been looked up by
// hand: each of them is true.
func TestRealCoursesGetNoFalseAlarms(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		name := strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
		t.Run(name, func(t *testing.T) {
			view := newFileView(unpack(t, archive))
			course, err := Decode(view)
			if err != nil {
				t.Fatal(err)
			}
			Check(course, view)
			for _, p := range course.Problems {
				t.Log(p)
				if p.Line == 0 && p.File != "" {
					t.Errorf("the problem has no place in its file: %s", p)
				}
			}
			golden(t, filepath.Join("testdata", "corpus_rules", name+".golden"), countRules(course.Problems))
		})
	}
}

// countRules gives a line for each rule that has problems.
func countRules(list []Problem) string {
	counts := make(map[string]int)
	for _, p := range list {
		counts[fmt.Sprintf("%-8s%s", p.Severity, p.Rule)]++
	}
	var lines []string
	for rule, n := range counts {
		lines = append(lines, fmt.Sprintf("%6d  %s\n", n, rule))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[8:], b[8:]) })
	return strings.Join(lines, "")
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is another (-golden +now); if the change is meant, run with -update:\n%s", file, diff)
	}
}
