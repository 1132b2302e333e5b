package modulestore

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore/key"
)

// mergedSketches merges trees; the bodies that it made are in the result.
func mergedSketches(t rapid.TB, base, theirs, ours sketch) *mergedTree {
	t.Helper()
	m, err := mergeTrees(normalTree(base.tree), normalTree(theirs.tree), normalTree(ours.tree), func(id ID) (*Body, error) {
		for _, s := range []sketch{base, theirs, ours} {
			if body := s.bodies[id]; body != nil {
				return body, nil
			}
		}
		return nil, fmt.Errorf("there is no body %s", id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func kindsOf(conflicts []Conflict) []string {
	lines := []string{}
	for _, c := range conflicts {
		lines = append(lines, fmt.Sprintf("%s %s %s", c.Kind, c.Block, c.Name))
	}
	return lines
}

func TestTreesAreMergedByBlock(t *testing.T) {
	const base = "course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o"
	for _, c := range []struct {
		name               string
		theirs, ours, want string
	}{
		{"changes of different blocks", "course/c\n\tchapter/1\n\t\thtml/a x=2\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2 x=2\n\t\thtml/c x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=2\n\t\thtml/b x=1\n\tchapter/2 x=2\n\t\thtml/c x=1\nabout/o"},
		{"blocks that were added, removed and moved", "course/c\n\tchapter/1\n\t\thtml/a x=1\n\tchapter/2\n\t\thtml/b x=1\n\t\thtml/c x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=2\n\t\thtml/n\n\tchapter/2\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/n\n\tchapter/2\n\t\thtml/b x=2\nabout/o"},
		{"a removed chapter goes with all below it", "course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\nabout/o",
			"course/c x=1\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o",
			"course/c x=1\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\nabout/o"},
		{"what was moved out of a removed chapter stays", "course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\t\thtml/c x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=2\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\t\thtml/c x=2\nabout/o"},
		{"the same move on both sides", "course/c\n\tchapter/1\n\t\thtml/a x=1\n\tchapter/2\n\t\thtml/c x=1\n\t\thtml/b x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\tchapter/2\n\t\thtml/c x=1\n\t\thtml/b x=2\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\tchapter/2\n\t\thtml/c x=1\n\t\thtml/b x=2\nabout/o"},
		{"the same block added on both sides", "course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\t\thtml/n\n\tchapter/2\n\t\thtml/c x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\t\thtml/n\n\tchapter/2 x=1\n\t\thtml/c x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\t\thtml/n\n\tchapter/2 x=1\n\t\thtml/c x=1\nabout/o"},
		{"a second parent here and a change there", "course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\n\t\t& html/a\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=2\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=2\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\n\t\t& html/a\nabout/o"},
		{"second parents on both sides", "course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\n\t\t& html/a\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\n\t& html/a\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\n\t\t& html/a\n\t& html/a\nabout/o"},
		{"detached blocks", "course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/t",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\nabout/o\nabout/p\nhtml/c x=1",
			"course/c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\nabout/p\nabout/t\nhtml/c x=1"},
		{"the pointer at the root", "course/c spelling=url_name:c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o",
			"course/c x=1\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o",
			"course/c x=1 spelling=url_name:c\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o"},
		{"another root here and a change there", "course/d\n\tchapter/1\n\t\thtml/a x=1\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o",
			"course/c\n\tchapter/1\n\t\thtml/a x=2\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o",
			"course/d\n\tchapter/1\n\t\thtml/a x=2\n\t\thtml/b x=1\n\tchapter/2\n\t\thtml/c x=1\nabout/o"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, theirs, ours := drawn(t, base), drawn(t, c.theirs), drawn(t, c.ours)
			m := mergedSketches(t, b, theirs, ours)
			if diff := cmp.Diff(normalTree(drawn(t, c.want).tree), normalTree(m.tree)); diff != "" || len(m.conflicts) > 0 {
				t.Errorf("conflicts %v, merged (-want +got):\n%s", kindsOf(m.conflicts), diff)
			}
		})
	}
}

func TestWhatCannotBeMergedIsAConflict(t *testing.T) {
	for _, c := range []struct {
		name, base, theirs, ours string
		want                     []string
	}{
		{"one field changed twice", "course/c\n\thtml/a x=1", "course/c\n\thtml/a x=2", "course/c\n\thtml/a x=3", []string{"value html/a x"}},
		{"two new orders", "course/c\n\thtml/a\n\thtml/b\n\thtml/c", "course/c\n\thtml/b\n\thtml/a\n\thtml/c", "course/c\n\thtml/a\n\thtml/c\n\thtml/b",
			[]string{"order course/c children"}},
		{"a block removed here and changed there", "course/c\n\thtml/a x=1", "course/c", "course/c\n\thtml/a x=2",
			[]string{"edited-and-removed html/a parents"}},
		{"a block removed with its parent here and changed there", "course/c\n\tchapter/1\n\t\thtml/a x=1", "course/c", "course/c\n\tchapter/1\n\t\thtml/a x=2",
			[]string{"edited-and-removed html/a parents"}},
		{"a new block in a removed one", "course/c\n\tchapter/1", "course/c", "course/c\n\tchapter/1\n\t\thtml/n",
			[]string{"edited-and-removed chapter/1 parents"}},
		{"a block moved into a removed one", "course/c\n\tchapter/1\n\thtml/a", "course/c\n\thtml/a", "course/c\n\tchapter/1\n\t\thtml/a",
			[]string{"edited-and-removed chapter/1 parents"}},
		{"a block moved here and removed there", "course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2", "course/c\n\tchapter/1\n\tchapter/2",
			"course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a", []string{"edited-and-removed html/a parents"}},
		{"a block moved out of a removed one here and removed with it there", "course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2", "course/c\n\tchapter/2",
			"course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a", []string{"edited-and-removed chapter/1 parents", "edited-and-removed html/a parents"}},
		{"a detached block moved in here and removed there", "course/c\nhtml/a", "course/c", "course/c\n\thtml/a", []string{"edited-and-removed html/a parents"}},
		{"two moves of one block", "course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2\n\tchapter/3", "course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a\n\tchapter/3",
			"course/c\n\tchapter/1\n\tchapter/2\n\tchapter/3\n\t\thtml/a", []string{"moved-twice html/a parents"}},
		{"two moves of a detached block", "course/c\n\tchapter/1\n\tchapter/2\nhtml/a", "course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2",
			"course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a", []string{"moved-twice html/a parents"}},
		{"a move and detaching", "course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2", "course/c\n\tchapter/1\n\tchapter/2\nhtml/a",
			"course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a", []string{"moved-twice html/a parents"}},
		{"two blocks moved into each other", "course/c\n\tx/1\n\tx/2", "course/c\n\tx/1\n\t\tx/2", "course/c\n\tx/2\n\t\tx/1",
			[]string{"contains-itself x/1 parents"}},
		{"two new blocks with one key", "course/c", "course/c\n\thtml/a x=1 markup=1", "course/c\n\thtml/a x=2 markup=1", []string{"added-twice html/a x"}},
		{"one new block in two places", "course/c\n\tchapter/1\n\tchapter/2", "course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2",
			"course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a", []string{"added-twice html/a parents"}},
		{"two places of one block removed, one on each side", "course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2\n\t\t& html/a",
			"course/c\n\tchapter/1\n\t\thtml/a\n\tchapter/2", "course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a", []string{"no-place-left html/a parents"}},
		{"two new roots", "course/c", "course/d", "course/e", []string{"value course/d root"}},
		{"two new pointers at the root", "course/c spelling=org:A", "course/c spelling=org:B", "course/c spelling=org:C", []string{"value course/c org"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, theirs, ours := drawn(t, c.base), drawn(t, c.theirs), drawn(t, c.ours)
			for _, sides := range [][2]sketch{{theirs, ours}, {ours, theirs}} {
				got := kindsOf(mergedSketches(t, b, sides[0], sides[1]).conflicts)
				want := c.want
				if c.name == "two new roots" && sides[0].tree == ours.tree {
					want = []string{"value course/e root"}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestAConflictCarriesAllThreeSides(t *testing.T) {
	m := mergedSketches(t,
		drawn(t, "course/c\n\tchapter/1\n\t\thtml/a display_name=A\n\tchapter/2\n\tchapter/3"),
		drawn(t, "course/c\n\tchapter/1\n\tchapter/2\n\t\thtml/a display_name=B\n\tchapter/3"),
		drawn(t, "course/c\n\tchapter/1\n\tchapter/2\n\tchapter/3\n\t\thtml/a display_name=C"))
	text := func(s string) *string { return &s }
	id := key.BlockID{Type: "html", Name: "a"}
	want := []Conflict{
		{Block: id, Title: "B", Kind: ConflictValue,
			FieldConflict: FieldConflict{In: InAttribute, Name: "display_name", Base: text("A"), Theirs: text("B"), Ours: text("C")}},
		{Block: id, Title: "B", Kind: ConflictMoved,
			FieldConflict: FieldConflict{In: InOutline, Name: "parents", Base: text("chapter/1"), Theirs: text("chapter/2"), Ours: text("chapter/3")}},
	}
	if diff := cmp.Diff(want, m.conflicts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// edited draws a tree that somebody could have made of another: some blocks renamed, added, removed, moved and put into another order.
func edited(t *rapid.T, base *Tree, who string) *Tree {
	next := &Tree{Root: base.Root, Blocks: maps.Clone(base.Blocks), Detached: base.Detached}
	for i := range rapid.IntRange(0, 4).Draw(t, "edits of "+who) {
		ids := slices.SortedFunc(maps.Keys(normalTree(next).Blocks), compareBlockIDs)
		id, other := rapid.SampledFrom(ids).Draw(t, "block"), rapid.SampledFrom(ids).Draw(t, "other")
		what := rapid.SampledFrom([]string{"rename", "add", "remove", "move", "reverse"}).Draw(t, "edit")
		if what == "remove" || what == "move" {
			if other == next.Root || slices.Contains(subtree(next, other), id) || slices.Contains(next.Detached, other) {
				continue
			}
			for p, parent := range next.Blocks {
				if lists(parent, other) {
					next.Blocks[p] = withoutChild(parent, other)
				}
			}
		}
		b := *next.Blocks[id]
		b.Children = slices.Clone(b.Children)
		switch what {
		case "rename":
			b.SourceName = rapid.SampledFrom([]string{"both", who}).Draw(t, "name")
		case "add":
			child := key.BlockID{Type: "html", Name: fmt.Sprint(who, i)}
			next.Blocks[child] = &Block{ID: child}
			b.Children = append(b.Children, Child{ID: child})
		case "move":
			b.Children = append(b.Children, Child{ID: other})
		case "reverse":
			slices.Reverse(b.Children)
		}
		next.Blocks[id] = &b
	}
	return normalTree(next)
}

func TestMergedTreesHaveAllChangesOrConflicts(t *testing.T) {
	noBody := func(ID) (*Body, error) { return nil, nil }
	rapid.Check(t, func(t *rapid.T) {
		base := someTree(t, 12)
		base.Pointer = nil // no author changes it
		for _, b := range base.Blocks {
			b.Body = ID{}
		}
		theirs, ours := edited(t, base, "theirs"), edited(t, base, "ours")
		merge := func(base, theirs, ours *Tree) *mergedTree {
			m, err := mergeTrees(base, theirs, ours, noBody)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		m, back := merge(base, theirs, ours), merge(base, ours, theirs)
		if one, other := m.conflicts, back.conflicts; len(one) != len(other) {
			t.Errorf("conflicts %v, seen from the other side %v", kindsOf(one), kindsOf(other))
		}
		for _, c := range [][3]*Tree{{base, base, ours}, {base, ours, base}, {base, ours, ours}} {
			m := merge(c[0], c[1], c[2])
			if diff := cmp.Diff(ours, normalTree(m.tree)); diff != "" || len(m.conflicts) > 0 {
				t.Fatalf("one side changed: conflicts %v, merged (-want +got):\n%s", kindsOf(m.conflicts), diff)
			}
		}
		if len(m.conflicts) > 0 {
			return
		}
		merged := normalTree(m.tree)
		if _, err := indexTree(merged); err != nil {
			t.Fatal(err)
		}
		for id := range unionOf(base, theirs, ours) {
			was, they, we, got := base.Blocks[id] != nil, theirs.Blocks[id] != nil, ours.Blocks[id] != nil, merged.Blocks[id] != nil
			if want := they && we || !was && (they || we); want != got {
				t.Errorf("%s: in base %v, theirs %v, ours %v, merged %v", id, was, they, we, got)
			}
			if !got || !was {
				continue
			}
			for _, side := range []*Tree{theirs, ours} {
				if name := side.Blocks[id].SourceName; name != base.Blocks[id].SourceName && merged.Blocks[id].SourceName != name {
					t.Errorf("%s: the new name %q was lost", id, name)
				}
			}
		}
	})
}

func unionOf(trees ...*Tree) map[key.BlockID]bool {
	all := make(map[key.BlockID]bool)
	for _, t := range trees {
		for id := range t.Blocks {
			all[id] = true
		}
	}
	return all
}

func TestFilesAreMergedByPath(t *testing.T) {
	record := func(text string) *Files {
		f := &Files{}
		for _, word := range strings.Fields(text) {
			path, content, _ := strings.Cut(word, "=")
			f.Entries = append(f.Entries, File{Path: path, Blob: Blob{ID: hash(KindChunk, []byte(content)), Size: int64(len(content))}})
		}
		return f
	}
	for _, c := range []struct {
		name, base, theirs, ours, want string
		conflicts                      []string
	}{
		{"what one side has changed, added or removed", "a=1 b=1 c=1", "a=2 b=1 c=1 t=1", "a=1 c=2 o=1", "a=2 c=2 o=1 t=1", nil},
		{"what both have changed alike", "a=1 b=1", "a=2 n=1", "a=2 n=1", "a=2 n=1", nil},
		{"two new contents", "a=1", "a=2", "a=3", "a=2", []string{"file a"}},
		{"removed here and replaced there", "a=1 b=1", "b=1", "a=2 b=1", "b=1", []string{"file a"}},
		{"two new files", "", "n=1", "n=2", "n=1", []string{"file n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, conflicts := mergeFiles(record(c.base), record(c.theirs), record(c.ours))
			if diff := cmp.Diff(record(c.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var names []string
			for _, c := range conflicts {
				names = append(names, string(c.Kind)+" "+c.Name)
			}
			if diff := cmp.Diff(c.conflicts, names); diff != "" {
				t.Errorf("conflicts (-want +got):\n%s", diff)
			}
		})
	}
}
