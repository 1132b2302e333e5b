package modulestore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

// author makes random versions of the draft of a course.
type author struct {
	*rapid.T
	ctx    context.Context
	store  *modulestore.Store
	course key.Course
	made   int // blocks
}

// newAuthor begins a course of 40 blocks.
func newAuthor(t *rapid.T, store *modulestore.Store, course key.Course) *author {
	a := &author{T: t, ctx: context.Background(), store: store, course: course}
	tree, bodies := storetest.Sample(40, 1)
	a.must(store.Put(a.ctx, bodies))
	a.update(func(e *modulestore.Edit) error {
		e.Replace(tree, tree, nil, "")
		return nil
	})
	return a
}

func (a *author) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

func (a *author) update(f func(e *modulestore.Edit) error) {
	a.Helper()
	_, _, err := a.store.Update(a.ctx, a.course, f)
	a.must(err)
}

func (a *author) head() modulestore.Version {
	v, err := a.store.Head(a.ctx, a.course)
	a.must(err)
	return v
}

func (a *author) tree(v modulestore.Version) *modulestore.Tree {
	s, err := a.store.Snapshot(a.ctx, v, modulestore.Draft)
	a.must(err)
	return s.Tree()
}

// edit makes one random version.
func (a *author) edit() {
	t := a.tree(a.head())
	id := a.someBlock(t)
	up := parents(t)
	below := subtree(t, id)
	others := slices.DeleteFunc(blockIDs(t), func(other key.BlockID) bool { return below[other] != nil })
	to := rapid.SampledFrom(others).Draw(a.T, "parent")
	a.update(func(e *modulestore.Edit) error {
		switch rapid.IntRange(0, 3).Draw(a.T, "edit") {
		case 0:
			b := *t.Blocks[id]
			b.Attrs = append(slices.Clone(b.Attrs), modulestore.Attr{Name: "edited", Value: "true"})
			return a.put(e, b)
		case 1:
			return e.Remove(modulestore.Draft, up[id], id)
		case 2:
			a.made++
			id = key.BlockID{Type: "html", Name: fmt.Sprint("new", a.made)}
			return errors.Join(a.put(e, modulestore.Block{ID: id}), a.put(e, a.withChild(t.Blocks[to], id)))
		}
		if to == up[id] {
			return nil
		}
		return errors.Join(e.Remove(modulestore.Draft, up[id], id), a.put(e, a.withChild(t.Blocks[to], id)))
	})
}

// put replaces the record of a block and keeps its body.
func (a *author) put(e *modulestore.Edit, b modulestore.Block) error {
	var body *modulestore.Body
	if !b.Body.IsZero() {
		var err error
		if body, err = e.Body(a.ctx, modulestore.Draft, b.ID); err != nil {
			return err
		}
	}
	return e.Put(modulestore.Draft, b, body)
}

func (a *author) withChild(parent *modulestore.Block, id key.BlockID) modulestore.Block {
	b := *parent
	at := rapid.IntRange(0, len(b.Children)).Draw(a.T, "at")
	b.Children = slices.Insert(slices.Clone(b.Children), at, modulestore.Child{ID: id})
	return b
}

// someBlock draws a block that is not the root; a course always has some, since edits are few.
func (a *author) someBlock(t *modulestore.Tree) key.BlockID {
	ids := slices.DeleteFunc(blockIDs(t), func(id key.BlockID) bool { return id == t.Root })
	if len(ids) == 0 {
		a.Skip("all blocks were removed")
	}
	return rapid.SampledFrom(ids).Draw(a.T, "block")
}

func blockIDs(t *modulestore.Tree) []key.BlockID {
	return slices.SortedFunc(maps.Keys(t.Blocks), func(x, y key.BlockID) int { return strings.Compare(x.String(), y.String()) })
}

func parents(t *modulestore.Tree) map[key.BlockID]key.BlockID {
	up := make(map[key.BlockID]key.BlockID)
	t.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		up[b.ID] = parent
		return true
	})
	return up
}

func subtree(t *modulestore.Tree, top key.BlockID) map[key.BlockID]*modulestore.Block {
	below := make(map[key.BlockID]*modulestore.Block)
	part := modulestore.Tree{Root: top, Blocks: t.Blocks}
	part.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		below[b.ID] = b
		return true
	})
	return below
}

// history makes a course with random versions and draws one of them.
func history(t *rapid.T, store *modulestore.Store, course key.Course) (a *author, old modulestore.Version) {
	a = newAuthor(t, store, course)
	for range rapid.IntRange(1, 5).Draw(t, "edits") {
		a.edit()
	}
	log, err := store.Log(a.ctx, course, 0, 10)
	a.must(err)
	return a, rapid.SampledFrom(log).Draw(t, "version")
}

// checkHistories runs a property on many courses of one store.
func checkHistories(t *testing.T, property func(a *author, old modulestore.Version)) {
	db, err := sqlitestore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	t.Cleanup(func() { _ = store.Close() })
	courses := 0
	rapid.Check(t, func(rt *rapid.T) {
		courses++
		course, err := key.ParseCourse(fmt.Sprintf("course-v1:Org+Code+%d", courses))
		if err != nil {
			rt.Fatal(err)
		}
		property(history(rt, store, course))
	})
}

func TestARestoredVersionDoesNotDifferFromTheOldOne(t *testing.T) {
	checkHistories(t, func(a *author, old modulestore.Version) {
		before := a.head()
		v, changed, err := a.store.Restore(a.ctx, a.course, old, key.BlockID{}, "")
		a.must(err)
		if changed != (before.Roots != old.Roots) || v.Roots != old.Roots {
			a.Fatalf("changed is %v, the roots are %v, the old ones %v", changed, v.Roots, old.Roots)
		}
		for _, from := range []modulestore.Version{before, old} {
			d, err := a.store.Diff(a.ctx, from, v, modulestore.DiffOptions{})
			a.must(err)
			if d.Empty() != (from.Roots == v.Roots) {
				a.Fatalf("from version %d to the restored one there are %d changes", from.Seq, len(d.Changes))
			}
		}
	})
}

// TestARestoredBlockIsWhatItWasAndNothingIsLost: the block and all below it are as they were; of the blocks that both the old version and the
// head had none is gone or has come to stand twice; and a block that was there has not moved.
func TestARestoredBlockIsWhatItWasAndNothingIsLost(t *testing.T) {
	checkHistories(t, func(a *author, old modulestore.Version) {
		was, before := a.tree(old), a.tree(a.head())
		id := a.someBlock(was)
		v, _, err := a.store.Restore(a.ctx, a.course, old, id, "")
		if errors.Is(err, modulestore.ErrInvalid) && strings.Contains(err.Error(), "gone") {
			a.Skip("its parent is gone")
		}
		a.must(err)
		now := a.tree(v)
		if diff := cmp.Diff(subtree(was, id), subtree(now, id)); diff != "" {
			a.Fatalf("%s is not what it was (-old +restored):\n%s", id, diff)
		}
		for other := range before.Blocks {
			if was.Blocks[other] != nil && now.Blocks[other] == nil {
				a.Fatalf("%s is lost", other)
			}
		}
		places := make(map[key.BlockID]int)
		for _, b := range now.Blocks {
			for _, child := range b.Children {
				if places[child.ID]++; places[child.ID] > 1 {
					a.Fatalf("%s stands twice", child.ID)
				}
			}
		}
		place := parents(before)[id]
		if before.Blocks[id] == nil || subtree(was, id)[place] != nil {
			place = parents(was)[id]
		}
		if got := parents(now)[id]; got != place {
			a.Fatalf("%s stands in %s, not in %s", id, got, place)
		}
	})
}
