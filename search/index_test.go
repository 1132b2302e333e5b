package search

import (
	"testing"

	"lectern/importer/sample"
)

func TestACourseFillsAllIndexes(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	for _, k := range Kinds() {
		for id, d := range contents(t, x, k) {
			t.Log(k, id, d)
		}
		if _, ok := x.Stamp(k, c); !ok {
			t.Errorf("the %s index has no stamp of %s", k, c)
		}
	}
	if report := updateAll(t, x); report.Changed() {
		t.Errorf("a second update wrote %v", report.Counts)
	}
}

func TestTheExampleCourse(t *testing.T) {
	store := newStore(t)
	imported(t, store, sample.Course(), "")
	x := filled(t, store)
	t.Log(len(contents(t, x, Content)), len(contents(t, x, Studio)), len(contents(t, x, Catalog)))
}
