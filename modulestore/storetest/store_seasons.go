package storetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// seasons checks on random histories that Prune removes nothing that a kept version needs, whatever else goes on.
func (s store) seasons() {
	rapid.Check(s.t, func(t *rapid.T) {
		w := &season{T: t, store: s.other(), versions: make(map[key.Course]int), seeds: 1}
		w.clock = w.store.clock()
		actions := map[string]func(){
			"import": w.importSample, "edit": w.edit, "restore": w.restore, "tag": w.tag, "untag": w.untag, "delete": w.remove,
			"prepare": w.prepare, "finish": w.finish, "wait": w.wait, "prune": w.prune,
		}
		names := []string{"import", "edit", "edit", "restore", "tag", "untag", "delete", "prepare", "finish", "wait", "wait", "prune", "prune"}
		w.importSample()
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			w.racing = rapid.IntRange(0, 3).Draw(t, "race") == 0
			actions[rapid.SampledFrom(names).Draw(t, "action")]()
			w.checkAll()
		}
		w.racing = false
		w.prune()
		w.checkAll()
	})
}

// season is a store with two courses in a time of its own.
type season struct {
	*rapid.T
	store    store
	clock    *simulated
	versions map[key.Course]int
	seeds    uint64
	racing   bool // a prune comes between what the next writer stores and its version

	prepared     *modulestore.Tree // its bodies were put
	preparedTime time.Time
}

func (w *season) course() key.Course {
	return rapid.SampledFrom([]key.Course{courseA, courseB}).Draw(w.T, "course")
}

// race lets a prune come just before the next version is appended, if the season is racing. The result ends that.
func (w *season) race() (end func()) {
	if w.racing {
		w.store.probe.onAppend = func(_ modulestore.Entry, store func() error) error {
			w.store.probe.onAppend = nil
			w.prune()
			return store()
		}
	}
	return w.store.probe.heal
}

func (w *season) write(c key.Course, f func(e *modulestore.Edit) error) {
	defer w.race()()
	if _, _, err := w.store.Update(w.store.ctx(), c, f); err != nil {
		w.Fatal(err)
	}
}

func (w *season) sample() (*modulestore.Tree, []modulestore.Object) {
	w.seeds = w.seeds%4 + 1 // content comes back
	return Sample(12, w.seeds)
}

func (w *season) importSample() {
	tree, bodies := w.sample()
	if err := w.store.Put(w.store.ctx(), bodies); err != nil {
		w.Fatal(err)
	}
	blob := w.store.putBlob(fmt.Sprint("file of ", w.seeds))
	w.write(w.course(), func(e *modulestore.Edit) error {
		e.Describe("", "import", "")
		e.Replace(tree, tree, &modulestore.Files{Entries: []modulestore.File{{Path: "a", Blob: blob}}}, "")
		return nil
	})
}

// prepare stores what finish makes a version of, unless that takes longer than the grace.
func (w *season) prepare() {
	tree, bodies := w.sample()
	if err := w.store.Put(w.store.ctx(), bodies); err != nil {
		w.Fatal(err)
	}
	w.prepared, w.preparedTime = tree, w.clock.now.Truncate(day)
}

func (w *season) finish() {
	tree := w.prepared
	if tree == nil || w.clock.now.Truncate(day).Sub(w.preparedTime) >= modulestore.DefaultGrace*day {
		return
	}
	w.prepared = nil
	w.write(w.course(), func(e *modulestore.Edit) error {
		e.Replace(tree, tree, nil, "")
		return nil
	})
}

func (w *season) edit() {
	text := fmt.Sprint("text ", rapid.IntRange(0, 5).Draw(w.T, "text"))
	w.write(w.course(), func(e *modulestore.Edit) error {
		operation := rapid.SampledFrom([]string{"edit", "edit", "publish"}).Draw(w.T, "operation")
		e.Describe("", operation, "")
		branch := draft
		if operation == "publish" {
			branch = published
		}
		tree := e.Tree(branch)
		if len(tree.Blocks) == 0 {
			return e.Put(branch, block(rootID, text), &modulestore.Body{Texts: []modulestore.Attr{{Name: "about", Value: text}}})
		}
		var leaf modulestore.Block
		tree.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
			leaf = *b
			return true
		})
		leaf.Attrs = []modulestore.Attr{{Name: "display_name", Value: text}}
		return e.Put(branch, leaf, &modulestore.Body{Markup: text})
	})
}

// kept draws a version that is kept; ok is false if the course does not exist.
func (w *season) kept(c key.Course) (v modulestore.Version, ok bool) {
	log, err := w.store.Log(w.store.ctx(), c, 0, 1000)
	if err != nil {
		return v, false
	}
	v = rapid.SampledFrom(log).Draw(w.T, "version")
	_, err = w.store.Version(w.store.ctx(), c, fmt.Sprint(v.Seq))
	return v, err == nil
}

func (w *season) restore() {
	c := w.course()
	v, ok := w.kept(c)
	if !ok || v.Deleted() {
		return
	}
	defer w.race()()
	_, _, err := w.store.Restore(w.store.ctx(), c, v, key.BlockID{}, "")
	if err != nil && !(w.racing && errors.Is(err, modulestore.ErrPruned)) {
		w.Fatal(err)
	}
}

func (w *season) tag() {
	c := w.course()
	v, ok := w.kept(c)
	if !ok {
		return
	}
	defer w.race()()
	_, _, err := w.store.Update(w.store.ctx(), c, func(e *modulestore.Edit) error {
		refs, err := e.Refs()
		next := *refs
		next.Tags = []modulestore.Tag{{Name: "tag", Version: v.Seq}}
		e.SetRefs(&next)
		return err
	})
	if err != nil && !(w.racing && errors.Is(err, modulestore.ErrPruned)) {
		w.Fatal(err)
	}
}

func (w *season) untag() {
	c := w.course()
	if _, ok := w.kept(c); !ok {
		return
	}
	w.write(c, func(e *modulestore.Edit) error {
		refs, err := e.Refs()
		next := *refs
		next.Tags = nil
		e.SetRefs(&next)
		return err
	})
}

func (w *season) remove() {
	_, err := w.store.Delete(w.store.ctx(), w.course(), "")
	if err != nil && !errors.Is(err, modulestore.ErrNotFound) {
		w.Fatal(err)
	}
}

func (w *season) wait() {
	hours := rapid.SampledFrom([]int{1, 20, 24 * 3, 24 * 40, 24 * 200}).Draw(w.T, "hours")
	w.clock.now = w.clock.now.Add(time.Duration(hours) * time.Hour)
}

func (w *season) prune() {
	policy := modulestore.DefaultRetention()
	if rapid.Bool().Draw(w.T, "strict") {
		policy = modulestore.Retention{Every: 10 * day}
	}
	w.store.prune(modulestore.PruneOptions{Retention: policy, Grace: modulestore.DefaultGrace})
	if w.store.t.Failed() {
		w.FailNow()
	}
}

// checkAll checks that every version can be read whole or says that it was pruned, and the last one is not.
func (w *season) checkAll() {
	cold := w.store.cold()
	for _, c := range []key.Course{courseA, courseB} {
		log, err := cold.Log(cold.ctx(), c, 0, 1000)
		if errors.Is(err, modulestore.ErrNotFound) {
			continue
		}
		for i, v := range log {
			err := readWhole(cold, v)
			if errors.Is(err, modulestore.ErrPruned) && i > 0 && strings.Contains(err.Error(), "nearest") {
				continue
			}
			if err != nil {
				w.Fatalf("%s: %v", v, err)
			}
		}
		if len(log) < w.versions[c] {
			w.Fatalf("the log of %s has %d versions, not %d", c, len(log), w.versions[c])
		}
		w.versions[c] = len(log)
	}
}

// readWhole reads everything in a version.
func readWhole(s store, v modulestore.Version) error {
	if _, err := s.Version(s.ctx(), v.Course, fmt.Sprint(v.Seq)); err != nil {
		return err
	}
	for branch, root := range map[modulestore.Branch]modulestore.ID{draft: v.Roots.Draft, published: v.Roots.Published} {
		if root.IsZero() {
			continue
		}
		snap, err := s.Snapshot(s.ctx(), v, branch)
		if err != nil {
			return err
		}
		if snap.Root() != root {
			return fmt.Errorf("the %s branch is another", branch)
		}
		if _, err := snap.Bodies(s.ctx(), nil); err != nil {
			return err
		}
	}
	files, err := s.Files(s.ctx(), v)
	if err != nil {
		return err
	}
	for _, f := range files.Entries {
		if _, err := s.ReadBlob(s.ctx(), f.Blob); err != nil {
			return err
		}
	}
	return nil
}
