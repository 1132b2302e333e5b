package modulestore_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// branches are the head with its draft and its published tree.
func (a *author) branches() (v modulestore.Version, draft, published *modulestore.Tree) {
	v = a.head()
	s, err := a.store.Snapshot(a.ctx, v, modulestore.Published)
	a.must(err)
	return v, a.tree(v), s.Tree()
}

// publish publishes a block of the draft. It reports false if that is not allowed.
func (a *author) publish(id key.BlockID, alone bool) bool {
	_, _, err := a.store.Publish(a.ctx, a.course, id, modulestore.PublishOptions{Alone: alone}, "")
	if errors.Is(err, modulestore.ErrInvalid) {
		return false
	}
	a.must(err)
	return true
}

// mixed lets an author publish and edit in turns, so that the branches have come apart in many ways.
func mixed(a *author) {
	for range rapid.IntRange(0, 3).Draw(a.T, "rounds") {
		a.publish(a.someBlock(a.tree(a.head())), rapid.Bool().Draw(a.T, "alone"))
		a.edit()
	}
}

func (a *author) wantOnePlaceEach(t *modulestore.Tree) {
	places := make(map[key.BlockID]int)
	for _, b := range t.Blocks {
		for _, child := range b.Children {
			if places[child.ID]++; places[child.ID] > 1 {
				a.Fatalf("%s stands twice", child.ID)
			}
		}
	}
}

func TestOnlyWhatLearnersMaySeeIsAChange(t *testing.T) {
	unit := func() *modulestore.Block {
		return &modulestore.Block{
			ID:       key.BlockID{Type: "vertical", Name: "u"},
			Attrs:    []modulestore.Attr{{Name: "display_name", Value: "Unit"}},
			Policy:   []modulestore.Attr{{Name: "due", Value: "null"}},
			Children: []modulestore.Child{{ID: key.BlockID{Type: "html", Name: "h"}}, {ID: key.BlockID{Type: "html", Name: "nowhere"}}},
			Loose:    []modulestore.Loose{{Before: modulestore.BeforeRoot, Source: "<!-- file -->"}, {Before: 1, Source: "<!-- between -->"}},
		}
	}
	tree := func(b *modulestore.Block) *modulestore.Tree {
		html := &modulestore.Block{ID: key.BlockID{Type: "html", Name: "h"}}
		return &modulestore.Tree{Root: b.ID, Blocks: map[key.BlockID]*modulestore.Block{b.ID: b, html.ID: html}}
	}
	for _, c := range []struct {
		name   string
		change func(b *modulestore.Block)
		want   bool
	}{
		{"nothing", func(*modulestore.Block) {}, false},
		{"where a draft belongs", func(b *modulestore.Block) {
			b.Attrs = append(b.Attrs, modulestore.Attr{Name: "parent_url"}, modulestore.Attr{Name: "index_in_children_list"}, modulestore.Attr{Name: "parent_sequential_url"})
		}, false},
		{"the spelling of a pointer", func(b *modulestore.Block) { b.Children[0].Spelling = []modulestore.Attr{{Name: "slug", Value: "h"}} }, false},
		{"a definition inside its parent's, where nothing stands around it", func(b *modulestore.Block) { b.Inline, b.Loose = true, b.Loose[1:] }, false},
		{"where it was copied from", func(b *modulestore.Block) { b.Origin = &modulestore.Origin{Block: b.ID} }, false},
		{"a setting", func(b *modulestore.Block) { b.Attrs[0].Value = "Another" }, true},
		{"a new setting", func(b *modulestore.Block) { b.Attrs = append(b.Attrs, modulestore.Attr{Name: "due", Value: "2030"}) }, true},
		{"a policy entry", func(b *modulestore.Block) { b.Policy = nil }, true},
		{"the body", func(b *modulestore.Block) { b.Body = modulestore.ID{1} }, true},
		{"a comment in the file", func(b *modulestore.Block) { b.Loose = b.Loose[1:] }, true},
		{"a comment in the element", func(b *modulestore.Block) { b.Loose = b.Loose[:1] }, true},
		{"the place of a comment", func(b *modulestore.Block) { b.Loose[1].Before = 0 }, true},
		{"the order of children", func(b *modulestore.Block) { slices.Reverse(b.Children) }, true},
		{"a further child", func(b *modulestore.Block) { b.Children = append(b.Children, modulestore.Child{ID: b.ID}) }, true},
		{"a definition that is broken", func(b *modulestore.Block) { b.Broken = "xml.malformed" }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			draft := unit()
			c.change(draft)
			if got := modulestore.HasChanges(tree(draft), tree(unit()), draft.ID); got != c.want {
				t.Errorf("HasChanges is %v", got)
			}
			if got := modulestore.HasChanges(tree(unit()), tree(draft), draft.ID); got != c.want {
				t.Errorf("HasChanges the other way round is %v", got)
			}
		})
	}
}

// TestAPublishedBlockIsItsDraft: the block and all below it are what they are in the draft, which stays as it is; what disappears was published
// somewhere below what is published now; and to publish it again changes nothing.
func TestAPublishedBlockIsItsDraft(t *testing.T) {
	checkHistories(t, func(a *author, _ modulestore.Version) {
		mixed(a)
		base, draft, before := a.branches()
		id := a.someBlock(draft)
		if !a.publish(id, false) {
			a.Skip("a block above it is not published")
		}
		v, _, published := a.branches()
		if v.Roots.Draft != base.Roots.Draft {
			a.Fatal("the draft has changed")
		}
		if diff := cmp.Diff(subtree(draft, id), subtree(published, id)); diff != "" {
			a.Fatalf("%s is not as its draft (-draft +published):\n%s", id, diff)
		}
		if modulestore.HasChanges(draft, published, id) {
			a.Fatalf("%s has changes", id)
		}
		replaced := make(map[key.BlockID]bool)
		for brought := range subtree(draft, id) {
			for below := range subtree(before, brought) {
				replaced[below] = true
			}
		}
		for other, b := range before.Blocks {
			now := published.Blocks[other]
			switch {
			case now == nil && !replaced[other]:
				a.Fatalf("%s is lost", other)
			case now != nil && subtree(draft, id)[other] == nil && !cmp.Equal(b.Attrs, now.Attrs):
				a.Fatalf("%s was published, too", other)
			}
		}
		a.wantOnePlaceEach(published)
		if _, changed, err := a.store.Publish(a.ctx, a.course, id, modulestore.PublishOptions{}, ""); changed || err != nil {
			a.Fatalf("to publish it again: changed %v, error %v", changed, err)
		}
	})
}

// TestAPublishedRecordStandsAlone: the record is that of the draft but for children that were not published, and no other block is published with it.
func TestAPublishedRecordStandsAlone(t *testing.T) {
	checkHistories(t, func(a *author, _ modulestore.Version) {
		mixed(a)
		_, draft, before := a.branches()
		id := a.someBlock(draft)
		if !a.publish(id, true) {
			a.Skip("a block above it is not published")
		}
		_, _, published := a.branches()
		want := *draft.Blocks[id]
		want.Children = nil
		for _, c := range draft.Blocks[id].Children {
			if before.Blocks[c.ID] != nil {
				want.Children = append(want.Children, c)
			}
		}
		if diff := cmp.Diff(&want, published.Blocks[id]); diff != "" {
			a.Fatalf("%s is not as its draft (-draft +published):\n%s", id, diff)
		}
		for other, b := range published.Blocks {
			if other != id && (before.Blocks[other] == nil || !cmp.Equal(before.Blocks[other].Attrs, b.Attrs)) {
				a.Fatalf("%s was published, too", other)
			}
		}
		a.wantOnePlaceEach(published)
	})
}

// TestADiscardedDraftIsWhatIsPublished: the block and all below it are what is published, which stays as it is; and no block that is published has
// disappeared from the draft.
func TestADiscardedDraftIsWhatIsPublished(t *testing.T) {
	checkHistories(t, func(a *author, _ modulestore.Version) {
		mixed(a)
		base, before, published := a.branches()
		id := a.someBlock(published)
		_, _, err := a.store.Discard(a.ctx, a.course, id, "")
		if errors.Is(err, modulestore.ErrInvalid) {
			a.Skip("its parent, or that of a block which has moved into it, is gone")
		}
		a.must(err)
		v, draft, _ := a.branches()
		if v.Roots.Published != base.Roots.Published {
			a.Fatal("the published branch has changed")
		}
		if diff := cmp.Diff(subtree(published, id), subtree(draft, id)); diff != "" {
			a.Fatalf("the draft of %s is not what is published (-published +draft):\n%s", id, diff)
		}
		for other := range before.Blocks {
			if published.Blocks[other] != nil && draft.Blocks[other] == nil {
				a.Fatalf("%s is lost", other)
			}
		}
		a.wantOnePlaceEach(draft)
		if _, changed, err := a.store.Discard(a.ctx, a.course, id, ""); changed || err != nil {
			a.Fatalf("to discard it again: changed %v, error %v", changed, err)
		}
	})
}

// TestACourseIsPublishedWhole: both branches are one, as they are when all drafts are discarded, and no block has another state than published.
func TestACourseIsPublishedWhole(t *testing.T) {
	checkHistories(t, func(a *author, _ modulestore.Version) {
		mixed(a)
		was := a.head()
		settle := func() (modulestore.Version, bool, error) {
			return a.store.Publish(a.ctx, a.course, key.BlockID{}, modulestore.PublishOptions{}, "")
		}
		want := was.Roots.Draft
		if rapid.Bool().Draw(a.T, "discard") {
			settle = func() (modulestore.Version, bool, error) { return a.store.Discard(a.ctx, a.course, key.BlockID{}, "") }
			want = was.Roots.Published
		}
		v, changed, err := settle()
		a.must(err)
		if changed != (was.Roots.Draft != was.Roots.Published) || v.Roots.Draft != want || v.Roots.Published != want {
			a.Fatalf("changed is %v, the roots are %v, and were %v", changed, v.Roots, was.Roots)
		}
		list, err := a.store.DraftStatus(a.ctx, v)
		a.must(err)
		for _, b := range list {
			if b.State != modulestore.StatePublished {
				a.Fatalf("%s is %s", b.Block, b.State)
			}
		}
	})
}
