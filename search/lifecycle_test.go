package search

import (
	stdflag "flag"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// sameAsRebuilt compares indexes with new ones of the same store.
func sameAsRebuilt(t testing.TB, store *modulestore.Store, x *Index, after string) {
	t.Helper()
	fresh, err := Open(t.Context(), Options{Folder: filepath.Join(t.TempDir(), "fresh"), Store: store, Classes: sections})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	updateAll(t, fresh)
	for _, k := range Kinds() {
		want, got := contents(t, fresh, k), contents(t, x, k)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("after %s the %s index is not what a rebuild gives (-rebuilt +updated):\n%s", after, k, diff)
		}
	}
}

// editing is a course that is edited by a test, with indexes that follow it.
type editing struct {
	testing.TB
	store  *modulestore.Store
	course key.Course
	index  *Index
}

func newEditing(t testing.TB, texts map[string]string) *editing {
	store := newStore(t)
	c := imported(t, store, files(texts), "")
	return &editing{TB: t, store: store, course: c, index: filled(t, store)}
}

func (e *editing) edit(f func(edit *modulestore.Edit) error) {
	e.Helper()
	edit(e, e.store, e.course, f)
}

func (e *editing) retitle(id, title string) { e.Helper(); retitle(e, e.store, e.course, id, title) }
func (e *editing) publish(id string)        { e.Helper(); publish(e, e.store, e.course, id) }

func (e *editing) move(id, to string) {
	e.Helper()
	e.edit(func(edit *modulestore.Edit) error {
		return edit.Move(e.Context(), block(e, id), key.BlockID{}, block(e, to), -1)
	})
}

func (e *editing) remove(id string) {
	e.Helper()
	e.edit(func(edit *modulestore.Edit) error {
		return edit.Delete(e.Context(), block(e, id), modulestore.DeleteOptions{})
	})
}

func (e *editing) unpublish(id string) {
	e.Helper()
	if _, _, err := e.store.Unpublish(e.Context(), e.course, block(e, id), "test"); err != nil {
		e.Fatal(err)
	}
}

func (e *editing) create(blockType, name, parent string) {
	e.Helper()
	e.edit(func(edit *modulestore.Edit) error {
		_, err := edit.Create(e.Context(), modulestore.NewBlock{Type: blockType, Name: name, Parent: block(e, parent), Position: -1, Title: "New " + name})
		return err
	})
}

func (e *editing) update() *Report {
	e.Helper()
	report, err := e.index.Update(e.Context(), e.course)
	if err != nil {
		e.Fatal(err)
	}
	return report
}

// usage is the id of a document of the course.
func (e *editing) usage(id string) string { return e.course.Block(block(e, id)).String() }

func TestAfterEachEditTheIndexIsWhatARebuildGives(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(e *editing)
		// of the content index
		written, deleted int
	}{
		{"a changed text that is not published", func(e *editing) { e.retitle("html/h", "Greetings") }, 0, 0},
		{"a changed text that is published", func(e *editing) { e.retitle("html/h", "Greetings"); e.publish("vertical/u") }, 1, 0},
		{"a renamed unit", func(e *editing) { e.retitle("vertical/u", "Particles"); e.publish("vertical/u") }, 3, 0},
		{"a renamed section", func(e *editing) { e.retitle("chapter/one", "Matter") }, 5, 0},
		{"a renamed subsection", func(e *editing) { e.retitle("sequential/a", "Layers") }, 4, 0},
		{"a renamed course", func(e *editing) { e.retitle("course/course", "Alchemy") }, 0, 0},
		{"a text that is moved to another unit", func(e *editing) {
			e.move("html/h", "vertical/v")
			e.publish("vertical/u")
			e.publish("vertical/v")
		}, 3, 0}, // both units have another number of children
		{"a unit that is moved to another section", func(e *editing) { e.move("vertical/u", "sequential/b") }, 5, 0},
		{"a subsection that is moved to another section", func(e *editing) { e.move("sequential/a", "chapter/two") }, 6, 0},
		{"a section that is moved", func(e *editing) {
			e.edit(func(edit *modulestore.Edit) error {
				return edit.Reorder(e.Context(), block(e, "course/course"), []key.BlockID{block(e, "chapter/two"), block(e, "chapter/one")})
			})
		}, 0, 0},
		{"a text that is deleted", func(e *editing) { e.remove("html/h"); e.publish("vertical/u") }, 1, 1},
		{"a unit that is deleted", func(e *editing) { e.remove("vertical/u") }, 1, 3},
		{"a subsection that is deleted", func(e *editing) { e.remove("sequential/a") }, 1, 4},
		{"a section that is deleted", func(e *editing) { e.remove("chapter/one") }, 0, 5},
		{"a unit that is taken back", func(e *editing) { e.unpublish("vertical/u") }, 1, 3},
		{"a unit that is taken back and published again", func(e *editing) { e.unpublish("vertical/u"); e.update(); e.publish("vertical/u") }, 4, 0},
		{"a unit that is renamed, not published, and taken back", func(e *editing) { e.retitle("vertical/u", "Particles"); e.unpublish("vertical/u") }, 1, 3},
		{"a unit that is new", func(e *editing) { e.create("vertical", "n", "sequential/a") }, 0, 0},
		{"a unit that is new and published", func(e *editing) { e.create("vertical", "n", "sequential/a"); e.publish("vertical/n") }, 2, 0},
		{"a course that is deleted", func(e *editing) {
			if _, err := e.store.Delete(e.Context(), e.course, "test"); err != nil {
				e.Fatal(err)
			}
		}, 0, 10},
		{"a course that is deleted and restored", func(e *editing) {
			v, err := e.store.Head(e.Context(), e.course)
			if err != nil {
				e.Fatal(err)
			}
			if _, err := e.store.Delete(e.Context(), e.course, "test"); err != nil {
				e.Fatal(err)
			}
			e.update()
			if _, _, err := e.store.Restore(e.Context(), e.course, v, key.BlockID{}, "test"); err != nil {
				e.Fatal(err)
			}
		}, 10, 0},
		{"an import of another version", func(e *editing) {
			imported(e, e.store, files(with(small, map[string]string{"tabs/syllabus.html": "<p>Daily plan.</p>"})), "")
		}, 1, 0},
		{"a tag", func(e *editing) {
			v, err := e.store.Head(e.Context(), e.course)
			if err != nil {
				e.Fatal(err)
			}
			if err := e.store.Tag(e.Context(), e.course, "kept", v, "test"); err != nil {
				e.Fatal(err)
			}
		}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newEditing(t, small)
			c.edit(e)
			report := e.update()
			if got := report.Counts[Content]; got.Written != c.written || got.Deleted != c.deleted {
				t.Errorf("%d documents of the content index were written and %d deleted, want %d and %d", got.Written, got.Deleted, c.written, c.deleted)
			}
			sameAsRebuilt(t, e.store, e.index, c.name)
			if again := e.update(); again.Changed() {
				t.Errorf("a second update wrote %v", again.Counts)
			}
		})
	}
}

func TestAPublishOfOneUnitWritesOnlyThat(t *testing.T) {
	e := newEditing(t, large(5000))
	all := e.update().Counts[Content].Unchanged
	if all < 5000 {
		t.Fatalf("the course has %d documents", all)
	}
	e.retitle("html/h37", "Another title")
	e.publish("vertical/v7")
	report := e.update()
	for k, want := range map[Kind]Count{
		Content: {Written: 1, Unchanged: all - 1},
		Studio:  {Written: 1, Unchanged: all - 1},
		Catalog: {Unchanged: 1},
	} {
		if got := report.Counts[k]; got != want {
			t.Errorf("the %s index: %+v, want %+v", k, got, want)
		}
	}
}

func TestAClassThatChangesIsWritten(t *testing.T) {
	e := newEditing(t, small)
	e.move("sequential/a", "chapter/two")
	e.update()
	want := e.usage("chapter/two")
	for _, id := range []string{"sequential/a", "vertical/u", "html/h", "problem/p"} {
		if got := contents(t, e.index, Content)[e.usage(id)][fieldAccess]; got != want+"\n" {
			t.Errorf("%s has the access point %q, want %q", id, got, want)
		}
	}
}

func TestAStampedVersionThatWasGivenUpIsNotNeeded(t *testing.T) {
	e := newEditing(t, small)
	e.retitle("html/h", "Greetings")
	e.publish("vertical/u")
	e.store.Now = func() time.Time { return time.Now().AddDate(1, 0, 0) }
	pruned, err := e.store.Prune(t.Context(), modulestore.PruneOptions{Retention: modulestore.Retention{Every: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	if pruned.Courses[0].GivenUp == 0 {
		t.Fatal("nothing was pruned")
	}
	if report := e.update(); report.Counts[Content].Written != 1 {
		t.Errorf("the update wrote %+v", report.Counts)
	}
	sameAsRebuilt(t, e.store, e.index, "pruning")
}

// breakOff writes the first documents of an update of the content index, as a batch that is not the last one.
func (e *editing) breakOff(documents int) {
	e.Helper()
	ctx := e.Context()
	head, err := e.store.Head(ctx, e.course)
	if err != nil {
		e.Fatal(err)
	}
	g := e.index.shelf.take(Content)
	defer g.leave()
	p, err := e.index.project(ctx, Content, head)
	if err != nil {
		e.Fatal(err)
	}
	parts, err := p.parts(ctx)
	if err != nil {
		e.Fatal(err)
	}
	w := &courseWriter{g: g, index: e.index, p: p, joint: newJoint(nil), batch: g.index.NewBatch()}
	if err := w.documents(ctx, parts[:documents]); err != nil {
		e.Fatal(err)
	}
	if err := w.partly(); err != nil {
		e.Fatal(err)
	}
}

func TestAnUpdateThatWasBrokenOff(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(e *editing, before modulestore.Version)
	}{
		{"is taken up", func(*editing, modulestore.Version) {}},
		{"is forgotten if the next version does not want it", func(e *editing, _ modulestore.Version) { e.remove("vertical/n"); e.remove("chapter/one") }},
		{"is taken back if the version of the stamp comes back", func(e *editing, before modulestore.Version) {
			if _, _, err := e.store.Restore(e.Context(), e.course, before, key.BlockID{}, "test"); err != nil {
				e.Fatal(err)
			}
		}},
		{"is taken back after a restart", func(e *editing, before modulestore.Version) {
			if _, _, err := e.store.Restore(e.Context(), e.course, before, key.BlockID{}, "test"); err != nil {
				e.Fatal(err)
			}
			if err := e.index.Close(); err != nil {
				e.Fatal(err)
			}
			e.index = opened(e, e.store, e.index.shelf.folder)
		}},
		{"is cleared away if the course is deleted", func(e *editing, _ modulestore.Version) {
			if _, err := e.store.Delete(e.Context(), e.course, "test"); err != nil {
				e.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newEditing(t, small)
			before, err := e.store.Head(t.Context(), e.course)
			if err != nil {
				t.Fatal(err)
			}
			e.retitle("chapter/one", "Matter")
			e.create("vertical", "n", "sequential/a")
			e.publish("vertical/n")
			e.breakOff(6)
			if stamp, ok := e.index.Stamp(Content, e.course); !ok || !stamp.Partial || stamp.Seq != before.Seq {
				t.Errorf("the stamp is %+v", stamp)
			}
			c.after(e, before)
			e.update()
			sameAsRebuilt(t, e.store, e.index, c.name)
		})
	}
}

func TestACourseOfWhichTheFirstUpdateWasBrokenOffIsClearedAway(t *testing.T) {
	store := newStore(t)
	x := filled(t, store)
	e := &editing{TB: t, store: store, course: imported(t, store, files(small), ""), index: x}
	e.breakOff(6)
	if _, err := store.Delete(t.Context(), e.course, "test"); err != nil {
		t.Fatal(err)
	}
	updateAll(t, x)
	sameAsRebuilt(t, store, x, "a deletion")
}

// checks sets the number of tries of a property.
func checks(t *testing.T, n int) {
	before := stdflag.Lookup("rapid.checks").Value.String()
	if err := stdflag.Set("rapid.checks", fmt.Sprint(n)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdflag.Set("rapid.checks", before) })
}

func TestWhateverIsEditedTheIndexIsWhatARebuildGives(t *testing.T) {
	checks(t, 5)
	rapid.Check(t, func(rt *rapid.T) {
		e := newEditing(t, large(60))
		for step := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			what := e.randomEdit(rt, step)
			if rapid.IntRange(0, 2).Draw(rt, "update") > 0 {
				e.update()
			}
			if step%4 == 3 {
				e.update()
				sameAsRebuilt(t, e.store, e.index, what)
			}
		}
		e.update()
		sameAsRebuilt(t, e.store, e.index, "all edits")
	})
}

// randomEdit makes one edit, or none if it cannot be made.
func (e *editing) randomEdit(t *rapid.T, step int) string {
	v, err := e.store.Head(e.Context(), e.course)
	if err != nil {
		e.Fatal(err)
	}
	draft, err := e.store.Snapshot(e.Context(), v, modulestore.Draft)
	if err != nil {
		e.Fatal(err)
	}
	var ids []key.BlockID
	draft.Tree().Walk(func(b *modulestore.Block, _ key.BlockID) bool { ids = append(ids, b.ID); return true })
	id := rapid.SampledFrom(ids).Draw(t, "block")
	what := rapid.SampledFrom([]string{"rename", "move", "delete", "create", "publish", "unpublish"}).Draw(t, "edit")
	ctx := e.Context()
	switch what {
	case "publish":
		_, _, err = e.store.Publish(ctx, e.course, id, modulestore.PublishOptions{}, "test")
	case "unpublish":
		_, _, err = e.store.Unpublish(ctx, e.course, id, "test")
	default:
		parents := slices.DeleteFunc(slices.Clone(ids), func(p key.BlockID) bool { return p.Type == "html" })
		to := rapid.SampledFrom(parents).Draw(t, "to")
		_, _, err = e.store.Update(ctx, e.course, func(edit *modulestore.Edit) error {
			edit.Describe("test", "edit", "")
			switch what {
			case "rename":
				return edit.Change(ctx, id, modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: fmt.Sprint("Title ", step)})
			case "move":
				return edit.Move(ctx, id, key.BlockID{}, to, -1)
			case "delete":
				return edit.Delete(ctx, id, modulestore.DeleteOptions{})
			}
			below := map[string]string{"course": "chapter", "chapter": "sequential", "sequential": "vertical", "vertical": "html"}[to.Type]
			_, err := edit.Create(ctx, modulestore.NewBlock{Type: below, Parent: to, Position: -1, Title: fmt.Sprint("New ", step)})
			return err
		})
	}
	return fmt.Sprintf("%s %s (%v)", what, id, err) // an edit that is refused changes nothing
}
