package modulestore

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawnState is the root of a drawing as one side of a merge; "" is no block.
func drawnState(t rapid.TB, text string) State {
	t.Helper()
	if text == "" {
		return State{}
	}
	s := drawn(t, text)
	b := s.tree.Blocks[s.tree.Root]
	return State{b, s.bodies[b.Body]}
}

func conflictLine(c FieldConflict) string {
	show := func(text *string) string {
		if text == nil {
			return "-"
		}
		return strings.ReplaceAll(*text, "\n", ",")
	}
	return fmt.Sprintf("%s %s: %s → %s or %s", c.In, c.Name, show(c.Base), show(c.Theirs), show(c.Ours))
}

func conflictLines(conflicts []FieldConflict) []string {
	lines := []string{}
	for _, c := range conflicts {
		lines = append(lines, conflictLine(c))
	}
	return lines
}

func TestBlocksAreMergedByField(t *testing.T) {
	long := strings.Repeat("x", LongText)
	for _, c := range []struct {
		name                       string
		base, theirs, ours, merged string
		conflicts                  []string
	}{
		{"what one side has changed is taken",
			"html/a x=1 y=1", "html/a x=2 y=1", "html/a x=1 y=2", "html/a x=2 y=2", nil},
		{"what both have changed alike is taken",
			"html/a x=1 y=1 z=1", "html/a x=2 y=2 z=1", "html/a x=2 y=1 z=2", "html/a x=2 y=2 z=2", nil},
		{"what both have changed and not alike is a conflict, and as theirs has it",
			"html/a x=1 y=1", "html/a x=2 y=1", "html/a x=3 y=2", "html/a x=2 y=2", []string{"attribute x: 1 → 2 or 3"}},
		{"a removed attribute stays removed",
			"html/a x=1 y=1", "html/a y=1", "html/a x=1 y=2", "html/a y=2", nil},
		{"an attribute removed here and changed there is a conflict",
			"html/a x=1 y=1", "html/a y=1", "html/a x=2 y=2", "html/a y=2", []string{"attribute x: 1 → - or 2"}},
		{"new attributes stand after the same neighbour, theirs first",
			"html/a x=1 y=1", "html/a x=1 t=1 y=1", "html/a x=1 o=1 y=2", "html/a x=1 t=1 o=1 y=2", nil},
		{"a new order of attributes is kept",
			"html/a x=1 y=1 z=1", "html/a z=1 y=1 x=1", "html/a x=1 y=1 z=2", "html/a z=2 y=1 x=1", nil},
		{"two new orders of attributes are no conflict",
			"html/a x=1 y=1 z=1", "html/a z=1 y=1 x=1", "html/a y=1 x=1 z=2", "html/a z=2 y=1 x=1", nil},
		{"a value may become long on one side",
			"html/a x=1 y=1", "html/a x=" + long + " y=1", "html/a x=1 y=2", "html/a x=" + long + " y=2", nil},
		{"a long value may become short",
			"html/a x=" + long + " y=1", "html/a x=1 y=1", "html/a x=" + long + " y=2", "html/a x=1 y=2", nil},
		{"entries of the policy are merged one by one",
			"html/a policy:x=1 policy:y=1", "html/a policy:x=2 policy:y=1", "html/a policy:x=1 policy:y=2 policy:z=3",
			"html/a policy:x=2 policy:y=2 policy:z=3", nil},
		{"the attribute and the policy entry of one name are two fields",
			"html/a x=1 policy:x=1", "html/a x=2 policy:x=1", "html/a x=1 policy:x=2", "html/a x=2 policy:x=2", nil},
		{"JSON that is spelled in two ways is not the same",
			"html/a policy:x=[1]", "html/a policy:x=[1,2]", "html/a policy:x=[1,~2]", "html/a policy:x=[1,2]",
			[]string{"policy x: [1] → [1,2] or [1, 2]"}},
		{"markup and texts are fields",
			"html/a markup=1 text=1", "html/a markup=2 text=1", "html/a markup=1 text=2", "html/a markup=2 text=2", nil},
		{"two new markups are a conflict",
			"html/a markup=1 text=1", "html/a markup=2 text=2", "html/a markup=3 text=3", "html/a markup=2 text=2",
			[]string{"content markup: 1 → 2 or 3", "content data: 1 → 2 or 3"}},
		{"how the source spells it are fields",
			"html/a source=1", "html/a source=2 x=1", "html/a source=1 inline", "html/a source=2 inline x=1", nil},
		{"two names in the source are a conflict",
			"html/a", "html/a source=b", "html/a unnamed x=1", "html/a source=b x=1", []string{"source url_name: a → b or -"}},
		{"a block that breaks here and is changed there is a conflict as a whole",
			"html/a x=1", "html/a broken=rule raw=<a", "html/a x=2", "html/a broken=rule raw=<a", []string{"content source: - → <a or -"}},
		{"so is one that is mended here",
			"html/a broken=rule raw=<a", "html/a x=1", "html/a broken=rule raw=<b", "html/a x=1", []string{"content source: <a → - or <b"}},
		{"the bytes of a broken block are one field",
			"html/a broken=rule raw=<a", "html/a broken=rule raw=<a x=1", "html/a broken=rule raw=<b", "html/a broken=rule raw=<b x=1", nil},
		{"children are merged by key",
			"a/a\n\tb/1\n\tb/2\n\tb/3", "a/a\n\tb/1\n\tb/t\n\tb/3", "a/a x=1\n\tb/1\n\tb/2\n\tb/o\n\tb/3", "a/a x=1\n\tb/1\n\tb/t\n\tb/o\n\tb/3", nil},
		{"loose markup stands before the same child",
			"a/a\n\tb/1\n\t#c\n\tb/2", "a/a\n\tb/1\n\tb/t\n\t#c\n\tb/2", "a/a\n\tb/o\n\tb/1\n\t#c\n\tb/2", "a/a\n\tb/o\n\tb/1\n\tb/t\n\t#c\n\tb/2", nil},
		{"new loose markup before a child that is gone stands before the next one",
			"a/a\n\tb/1\n\tb/2\n\tb/3", "a/a\n\tb/1\n\tb/3", "a/a\n\tb/1\n\t#o\n\tb/2\n\tb/3", "a/a\n\tb/1\n\t#o\n\tb/3", nil},
		{"loose markup of both sides is kept, at the end, too",
			"a/a\n\tb/1\n\t#c", "a/a\n\t#t\n\tb/1\n\t#c", "a/a\n\tb/1\n\t#c\n\t#o", "a/a\n\t#t\n\tb/1\n\t#c\n\t#o", nil},
		{"loose markup that was taken out stays out",
			"a/a\n\t#c\n\tb/1", "a/a\n\tb/1", "a/a x=1\n\t#c\n\tb/1", "a/a x=1\n\tb/1", nil},
		{"loose markup goes where one side has moved it",
			"a/a\n\t#c\n\tb/1\n\tb/2", "a/a x=1\n\t#c\n\tb/1\n\tb/2", "a/a\n\tb/1\n\t#c\n\tb/2", "a/a x=1\n\tb/1\n\t#c\n\tb/2", nil},
		{"loose markup that both sides have written anew is a conflict, and all of it stays",
			"a/a\n\t#c\n\tb/1", "a/a\n\t#t\n\tb/1", "a/a\n\t#o\n\tb/1", "a/a\n\t#t\n\t#o\n\tb/1",
			[]string{"content comments: [before b/1],#c, → [before b/1],#t, or [before b/1],#o,"}},
		{"without a common state equal fields agree and others conflict",
			"", "a/a x=1 y=1 t=1\n\tb/1\n\tb/2", "a/a x=1 y=2 o=1\n\tb/1\n\tb/3", "a/a x=1 y=1 t=1\n\tb/1\n\tb/2\n\tb/3",
			[]string{"attribute y: - → 1 or 2", "attribute t: - → 1 or -", "attribute o: - → - or 1", "content children: - → b/1,b/2 or b/1,b/3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := drawnState(t, c.merged)
			got, conflicts := mergeBlock(drawnState(t, c.base), drawnState(t, c.theirs), drawnState(t, c.ours))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, c.conflicts...), conflictLines(conflicts)); diff != "" {
				t.Errorf("conflicts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChildrenAreMergedByKey(t *testing.T) {
	for _, c := range []struct {
		name, base, theirs, ours, merged string
		conflicts                        []string
	}{
		{"insertions of both sides at one place: theirs first", "1 2", "1 t u 2", "1 o p 2", "1 t u o p 2", nil},
		{"insertions at the start and at the end", "1 2", "t 1 2 u", "o 1 2 p", "t o 1 2 u p", nil},
		{"a child that both have inserted is there once", "1 2", "1 2 n", "n 1 2", "1 2 n",
			[]string{"content children: x/1,x/2 → x/1,x/2,x/n or x/n,x/1,x/2"}},
		{"a child that both have inserted at one place is no conflict", "1 2", "1 n 2", "1 n 2 o", "1 n 2 o", nil},
		{"what one has taken out is out", "1 2 3", "1 3", "1 2 3 o", "1 3 o", nil},
		{"an insertion after a child that is gone", "1 2 3", "1 3", "1 2 o 3", "1 o 3", nil},
		{"a new order of one side holds, with insertions of the other", "1 2 3", "3 1 2", "1 2 o 3", "3 1 2 o", nil},
		{"the same new order on both sides", "1 2 3", "3 1 2", "3 1 2", "3 1 2", nil},
		{"two new orders are a conflict and stand as theirs", "1 2 3", "3 1 2", "2 1 3 o", "3 o 1 2",
			[]string{"content children: x/1,x/2,x/3 → x/3,x/1,x/2 or x/2,x/1,x/3,x/o"}},
		{"a new order counts among what is left alone", "1 2 3", "2 3", "2 3 1", "2 3", nil},
		{"a child twice stays twice", "1 2 1", "1 2 1 t", "1 o 2 1", "1 o 2 1 t", nil},
		{"a second place is an insertion", "1 2", "1 2 1", "1 2 o", "1 2 1 o", nil},
		{"a spelling of one side is taken", "1 2", "1=t 2", "1 2=o", "1=t 2=o", nil},
		{"two spellings are a conflict", "1", "1=t", "1=o", "1=t", []string{`pointer x/1:  → s="t" or s="o"`}},
		{"a spelling changed and the child taken out is a conflict", "1 2", "2", "1=o 2", "2", []string{`pointer x/1:  → - or s="o"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, conflicts := mergeChildren(childList(c.base), childList(c.theirs), childList(c.ours))
			if diff := cmp.Diff(childList(c.merged), got); diff != "" {
				t.Errorf("merged (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, c.conflicts...), conflictLines(conflicts)); diff != "" {
				t.Errorf("conflicts (-want +got):\n%s", diff)
			}
		})
	}
}

// childList reads children, each a name and after = how it is spelled.
func childList(text string) (list []Child) {
	for _, word := range strings.Fields(text) {
		name, spelled, ok := strings.Cut(word, "=")
		child := Child{}
		child.ID.Type, child.ID.Name = "x", name
		if ok {
			child.Spelling = []Attr{{Name: "s", Value: spelled}}
		}
		list = append(list, child)
	}
	return list
}

// someList draws a list of few names, now and then one twice.
var someList = rapid.Custom(func(t *rapid.T) []Child {
	words := rapid.SliceOfN(rapid.SampledFrom(strings.Fields("1 2 3 4 5 6 7 8 1=a 2=b")), 0, 8).Draw(t, "words")
	return childList(strings.Join(words, " "))
})

func TestMergingChildrenLosesNothingAndInventsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, theirs, ours := someList.Draw(t, "base"), someList.Draw(t, "theirs"), someList.Draw(t, "ours")
		merged, conflicts := mergeChildren(base, theirs, ours)
		was, they, we, got := placesOf(base), placesOf(theirs), placesOf(ours), placesOf(merged)
		for _, o := range slices.Concat(occurrences(base), occurrences(theirs), occurrences(ours)) {
			want := they[o] && we[o] || !was[o] && (they[o] || we[o])
			respelled := was[o] && (they[o] || we[o]) && len(conflicts) > 0 // and taken out on the other side
			if !respelled && want != got[o] && !anyTwice(base, theirs, ours) {
				t.Errorf("%s is in the merged list: %v, want %v", o.id, got[o], want)
			}
		}
		for o := range got {
			if !they[o] && !we[o] && !anyTwice(base, theirs, ours) {
				t.Errorf("%s was invented", o.id)
			}
		}
		_, back := mergeChildren(base, ours, theirs)
		if len(back) != len(conflicts) {
			t.Errorf("conflicts are %v, seen from the other side %v", conflicts, back)
		}
	})
}

func placesOf(list []Child) map[occurrence]bool { return setOf(occurrences(list)) }

func anyTwice(lists ...[]Child) bool {
	return slices.ContainsFunc(lists, func(list []Child) bool {
		return slices.ContainsFunc(occurrences(list), func(o occurrence) bool { return o.nth > 0 })
	})
}

func TestMergingChildrenWithAnUnchangedSideGivesTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, other := someList.Draw(t, "base"), someList.Draw(t, "other")
		for _, c := range []struct {
			name         string
			theirs, ours []Child
		}{{"theirs", base, other}, {"ours", other, base}, {"both", other, other}} {
			merged, conflicts := mergeChildren(base, c.theirs, c.ours)
			if diff := cmp.Diff(other, merged); diff != "" || len(conflicts) > 0 {
				t.Errorf("%s changed: conflicts %v, merged (-want +got):\n%s", c.name, conflicts, diff)
			}
		}
	})
}

// someState draws a block with everything, so small that two often have something in common.
var someState = rapid.Custom(func(t *rapid.T) State {
	words := "x/a"
	for _, name := range []string{"x", "y", "policy:x", "markup", "text", "source", "raw"} {
		if value := rapid.SampledFrom([]string{"", "", "1", "2", strings.Repeat("long", LongText)}).Draw(t, name); value != "" {
			words += " " + name + "=" + value
		}
	}
	s := drawnState(t, words)
	s.Block.Children = someList.Draw(t, "children")
	for range rapid.IntRange(0, 3).Draw(t, "pieces") {
		before := rapid.IntRange(AfterPointer, len(s.Block.Children)).Draw(t, "before")
		s.Block.Loose = append(s.Block.Loose, Loose{Before: before, Source: rapid.SampledFrom([]string{"#a", "#b", "#c"}).Draw(t, "piece")})
	}
	s.Block.Inline = rapid.Bool().Draw(t, "inline")
	return s
})

func TestMergedBlocksAreValidAndConflictsAreSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, theirs, ours := someState.Draw(t, "base"), someState.Draw(t, "theirs"), someState.Draw(t, "ours")
		merged, conflicts := mergeBlock(base, theirs, ours)
		if err := checkBlock(merged.Block); err != nil {
			t.Error(err)
		}
		if err := checkBody(merged.Block, merged.Body); err != nil {
			t.Error(err)
		}
		_, back := mergeBlock(base, ours, theirs)
		for i := range back {
			back[i].Theirs, back[i].Ours = back[i].Ours, back[i].Theirs
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(conflictLines(conflicts))), slices.Sorted(slices.Values(conflictLines(back)))); diff != "" {
			t.Errorf("conflicts (-one way +the other):\n%s", diff)
		}
		for _, l := range slices.Concat(theirs.Block.Loose, ours.Block.Loose) {
			isNew := !slices.ContainsFunc(base.Block.Loose, func(o Loose) bool { return o.Source == l.Source })
			if isNew && !slices.ContainsFunc(merged.Block.Loose, func(o Loose) bool { return o.Source == l.Source }) {
				t.Errorf("loose markup %s was lost", l.Source)
			}
		}
		for _, c := range []struct{ base, theirs, ours, want State }{{base, base, ours, ours}, {base, theirs, base, theirs}, {base, ours, ours, ours}} {
			got, conflicts := mergeBlock(c.base, c.theirs, c.ours)
			if diff := cmp.Diff(c.want, got); diff != "" || len(conflicts) > 0 {
				t.Errorf("one side changed: conflicts %v (-want +got):\n%s", conflicts, diff)
			}
		}
	})
}
