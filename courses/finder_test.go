package courses

import (
	"errors"
	"testing"

	"lectern/courses/outline"
	"lectern/modulestore"
)

// The cache holds so many blocks, and gives up what was used longest ago.
func TestCoursesToFindInAreKeptAsLongAsThereIsRoom(t *testing.T) {
	var c finders
	made := 0
	get := func(name byte, blocks int) {
		t.Helper()
		_, err := c.get(finderKey{root: modulestore.ID{name}}, func() (*finder, error) {
			made++
			return &finder{Course: Course{Outline: &outline.Course{Outline: &outline.Outline{Nodes: make([]outline.Node, blocks)}}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		name   string
		root   byte
		blocks int
		made   int // in all
		kept   int
	}{
		{"one", 1, mostBlocks / 2, 1, 1},
		{"another", 2, mostBlocks / 2, 2, 2},
		{"the first again", 1, mostBlocks / 2, 2, 2},
		{"a third takes the place of the second", 3, mostBlocks / 4, 3, 2},
		{"the first is still there", 1, mostBlocks / 2, 3, 2},
		{"the second is made again", 2, mostBlocks / 2, 4, 2},
		{"one that is too large stays alone", 4, mostBlocks + 1, 5, 1},
	} {
		if get(step.root, step.blocks); made != step.made || len(c.known) != step.kept {
			t.Errorf("%s: %d were made, %d are kept; want %d and %d", step.name, made, len(c.known), step.made, step.kept)
		}
	}
	want := errors.New("unreadable")
	if _, err := c.get(finderKey{}, func() (*finder, error) { return nil, want }); !errors.Is(err, want) || len(c.known) != 1 {
		t.Errorf("got %v", err)
	}
}
