package modulestore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

// studio makes random versions of a course as authors do.
type studio struct {
	*rapid.T
	ctx     context.Context
	store   *modulestore.Store
	course  key.Course
	deleted bool // an operation of this version deletes blocks
	before  *modulestore.Tree
}

// newStudio begins a course with comments in its containers, a block with two parents and a child that does not exist.
func newStudio(t *rapid.T, store *modulestore.Store, course key.Course) *studio {
	s := &studio{T: t, ctx: context.Background(), store: store, course: course}
	tree, bodies := storetest.Sample(30, 1)
	s.must(store.Put(s.ctx, bodies))
	var units []key.BlockID
	for _, id := range blockIDs(tree) {
		b := tree.Blocks[id]
		if len(b.Children) > 0 {
			b.Loose = []modulestore.Loose{{Before: 0, Source: "<!-- first -->"}, {Before: len(b.Children), Source: "<!-- last -->"}}
		}
		if id.Type == "vertical" {
			units = append(units, id)
		}
	}
	shared := tree.Blocks[units[0]].Children[0]
	second := tree.Blocks[units[1]]
	second.Children = append(second.Children, shared, modulestore.Child{ID: key.BlockID{Type: "html", Name: "missing"}})
	_, _, err := store.Update(s.ctx, course, func(e *modulestore.Edit) error {
		e.Replace(tree, tree, nil, "")
		return nil
	})
	s.must(err)
	return s
}

func (s *studio) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *studio) head() modulestore.Version {
	v, err := s.store.Head(s.ctx, s.course)
	s.must(err)
	return v
}

func (s *studio) tree(v modulestore.Version, b modulestore.Branch) *modulestore.Tree {
	snapshot, err := s.store.Snapshot(s.ctx, v, b)
	s.must(err)
	return snapshot.Tree()
}

// block draws a block of a tree, and sometimes none.
func (s *studio) block(t *modulestore.Tree, label string, none bool) key.BlockID {
	ids := blockIDs(t)
	if none {
		ids = append(ids, key.BlockID{})
	}
	return rapid.SampledFrom(ids).Draw(s.T, label)
}

// container draws a block that can have children.
func (s *studio) container(t *modulestore.Tree) key.BlockID {
	ids := slices.DeleteFunc(blockIDs(t), func(id key.BlockID) bool { return !field.Container(id.Type) })
	return rapid.SampledFrom(ids).Draw(s.T, "parent")
}

// operate does something that an author may do, or not.
func (s *studio) operate(e *modulestore.Edit) error {
	t := e.Tree(modulestore.Draft)
	position := rapid.IntRange(-1, 2).Draw(s.T, "position")
	switch rapid.IntRange(0, 7).Draw(s.T, "operation") {
	case 0:
		n := modulestore.NewBlock{Position: position, Title: "New"}
		n.Type = rapid.SampledFrom([]string{"chapter", "sequential", "vertical", "html", "discussion"}).Draw(s.T, "type")
		if rapid.Bool().Draw(s.T, "has a parent") {
			n.Parent = s.container(t)
		}
		_, err := e.Create(s.ctx, n)
		return err
	case 1:
		return e.Change(s.ctx, s.block(t, "block", false), modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: "Changed"})
	case 2:
		parent := s.container(t)
		var order []key.BlockID
		for _, c := range t.Blocks[parent].Children {
			order = append(order, c.ID)
		}
		if len(order) > 1 {
			order = rapid.Permutation(order).Draw(s.T, "order")
		}
		return e.Reorder(s.ctx, parent, order)
	case 3:
		_, err := e.Duplicate(s.ctx, s.block(t, "block", false), key.BlockID{}, -1)
		return err
	case 4:
		s.deleted = true
		return e.Delete(s.ctx, s.block(t, "block", false), modulestore.DeleteOptions{})
	case 5:
		s.deleted = true
		_, err := e.DeleteOrphans(s.ctx)
		return err
	case 6:
		return e.Publish(s.ctx, s.block(t, "block", false), modulestore.PublishOptions{})
	}
	return e.Move(s.ctx, s.block(t, "block", false), key.BlockID{}, s.container(t), position)
}

// version makes one version by one operation or some, or none if they are refused.
func (s *studio) version() {
	old := s.head()
	s.deleted, s.before = false, s.tree(old, modulestore.Draft)
	_, _, err := s.store.Update(s.ctx, s.course, func(e *modulestore.Edit) error {
		for range rapid.IntRange(1, 3).Draw(s.T, "operations") {
			if err := s.operate(e); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, modulestore.ErrInvalid) {
		if s.head().Roots != old.Roots {
			s.Fatal("an edit that was refused has changed something")
		}
		return
	}
	s.must(err)
}

// TestAuthorsLoseNothingAndLearnersSeeNoDrafts is what holds after each version that authors make, whatever they do.
func TestAuthorsLoseNothingAndLearnersSeeNoDrafts(t *testing.T) {
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	t.Cleanup(func() { _ = store.Close() })
	courses := 0
	rapid.Check(t, func(rt *rapid.T) {
		courses++
		s := newStudio(rt, store, key.Course{Org: "Org", Code: "Code", Run: fmt.Sprint(courses)})
		for range rapid.IntRange(1, 6).Draw(rt, "versions") {
			s.version()
			v := s.head()
			draft, published := s.tree(v, modulestore.Draft), s.tree(v, modulestore.Published)
			s.nothingLost(draft)
			s.publishedAlone(draft, published)
			s.outlineAgrees(draft, published)
		}
		s.sameWithoutHistory()
	})
}

// nothingLost: without a deletion every block is still there, and its markup between children in any case.
func (s *studio) nothingLost(now *modulestore.Tree) {
	for id, old := range s.before.Blocks {
		b := now.Blocks[id]
		switch {
		case b == nil && !s.deleted:
			s.Fatalf("%s is lost", id)
		case b == nil:
		case len(b.Loose) != len(old.Loose):
			s.Fatalf("%s had %d pieces of loose markup, and has %d", id, len(old.Loose), len(b.Loose))
		}
	}
}

// publishedAlone: what is published lists what is published, and what does not exist at all.
func (s *studio) publishedAlone(draft, published *modulestore.Tree) {
	for _, b := range published.Blocks {
		for _, c := range b.Children {
			if published.Blocks[c.ID] == nil && draft.Blocks[c.ID] != nil {
				s.Fatalf("%s is published with its child %s, which is a draft", b.ID, c.ID)
			}
		}
	}
}

// outlineAgrees: a published block of the outline is its draft, without children that are not published.
func (s *studio) outlineAgrees(draft, published *modulestore.Tree) {
	for id, b := range published.Blocks {
		if !modulestore.HasNoDrafts(id.Type) {
			continue
		}
		if draft.Blocks[id] == nil {
			s.Fatalf("%s is published and has no draft", id)
		}
		want := *draft.Blocks[id]
		want.Children, want.Loose = nil, nil
		for _, c := range draft.Blocks[id].Children {
			if published.Blocks[c.ID] != nil || draft.Blocks[c.ID] == nil {
				want.Children = append(want.Children, c)
			}
		}
		got := *b
		got.Loose = nil
		if diff := cmp.Diff(want, got); diff != "" {
			s.Fatalf("%s is published otherwise than its draft (-draft +published):\n%s", id, diff)
		}
		if len(b.Loose) != len(draft.Blocks[id].Loose) {
			s.Fatalf("%s is published with other loose markup", id)
		}
	}
}

// sameWithoutHistory: a course made of the result at once has the same roots.
func (s *studio) sameWithoutHistory() {
	v := s.head()
	draft, published := s.tree(v, modulestore.Draft), s.tree(v, modulestore.Published)
	other := s.course
	other.Run += "-again"
	again, _, err := s.store.Update(s.ctx, other, func(e *modulestore.Edit) error {
		e.Replace(cloned(published), cloned(draft), nil, "")
		return nil
	})
	s.must(err)
	if again.Roots != v.Roots {
		s.Fatalf("made at once the course has the roots %v, not %v", again.Roots, v.Roots)
	}
}

// cloned is a tree that shares nothing with another but its blocks.
func cloned(t *modulestore.Tree) *modulestore.Tree {
	c := *t
	c.Blocks = maps.Clone(t.Blocks)
	return &c
}
