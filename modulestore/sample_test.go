package modulestore_test

import (
	"testing"

	"lectern/modulestore"
	"lectern/modulestore/storetest"
)

func TestLargeCoursesKeepTheirRoots(t *testing.T) {
	for blocks, want := range map[int]struct {
		root  string
		pages int
	}{
		1000:  {"0c72bf484bed7ca6909b7bd73eedead4478e16789df1e98e71ef42ecda2f3eff", 61},
		5000:  {"02e055cd5d5b39262e75926728700f91dff81339815392233fd05b23a14bc8b2", 301},
		20000: {"92b3d7d49cd5ed454c9c9a4d8921f7a2b6aed856fb81ec93b1aa723fe821f937", 1212},
	} {
		tree, _ := storetest.Sample(blocks, 1)
		root, pages, err := modulestore.PageTree(tree)
		if err != nil {
			t.Fatal(err)
		}
		if root.String() != want.root || len(pages) != want.pages {
			t.Errorf("a course of %d blocks has root %s and %d pages, want %s and %d", blocks, root, len(pages), want.root, want.pages)
		}
	}
}

func BenchmarkPageTree(b *testing.B) {
	tree, _ := storetest.Sample(5000, 1)
	for b.Loop() {
		if _, _, err := modulestore.PageTree(tree); err != nil {
			b.Fatal(err)
		}
	}
}
