package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Seasons checks on a random history that Prune removes nothing that a kept version needs, whatever else goes on. choose draws one of n, by which all
// is decided; fail ends the test.
func Seasons(t *testing.T, fresh modulestore.Backend, choose func(n int) int, fail func(format string, args ...any)) {
	p := &probe{Backend: fresh}
	w := &season{
		store: store{t, modulestore.New(p), p}, choose: choose, fail: fail,
		versions: make(map[key.Course]int), seeds: 1,
	}
	w.clock = w.store.clock()
	actions := []func(){
		w.importSample, w.edit, w.edit, w.restore, w.tag, w.untag, w.remove, w.prepare, w.finish, w.wait, w.wait, w.prune, w.prune,
	}
	w.importSample()
	for range 1 + w.choose(15) {
		w.racing = w.choose(4) == 0
		actions[w.choose(len(actions))]()
		w.checkAll()
	}
	w.racing = false
	w.prune()
	w.checkAll()
	if err := w.store.Close(); err != nil {
		w.fail("%v", err)
	}
}

// seasons runs some histories, always the same ones.
func (s store) seasons() {
	histories := 10
	if testing.Short() {
		histories = 2
	}
	for seed := range histories {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		Seasons(s.t, s.probe.another(), random.IntN, func(format string, args ...any) {
			s.t.Helper()
			s.t.Fatalf("history %d: "+format, append([]any{seed}, args...)...)
		})
	}
}

// season is a store with two courses in a time of its own.
type season struct {
	store    store
	choose   func(n int) int
	fail     func(format string, args ...any)
	clock    *simulated
	versions map[key.Course]int
	seeds    uint64
	racing   bool // a prune comes between what the next writer stores and its version

	prepared     *modulestore.Tree // its bodies were put
	preparedTime time.Time
}

func (w *season) course() key.Course { return []key.Course{courseA, courseB}[w.choose(2)] }

// must ends the test if there is an error.
func (w *season) must(err error) {
	if err != nil {
		w.fail("%v", err)
	}
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

// pruned reports whether err says that a prune was faster, as it may be in a race.
func (w *season) pruned(err error) bool { return w.racing && errors.Is(err, modulestore.ErrPruned) }

func (w *season) write(c key.Course, f func(e *modulestore.Edit) error) {
	defer w.race()()
	if _, _, err := w.store.Update(w.store.ctx(), c, f); !w.pruned(err) {
		w.must(err)
	}
}

func (w *season) sample() (*modulestore.Tree, []modulestore.Object) {
	w.seeds = w.seeds%4 + 1 // content comes back
	return Sample(12, w.seeds)
}

func (w *season) importSample() {
	tree, bodies := w.sample()
	w.must(w.store.Put(w.store.ctx(), bodies))
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
	w.must(w.store.Put(w.store.ctx(), bodies))
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
	text := fmt.Sprint("text ", w.choose(6))
	operation := []string{"edit", "edit", "publish"}[w.choose(3)]
	w.write(w.course(), func(e *modulestore.Edit) error {
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
	v = log[w.choose(len(log))]
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
	if _, _, err := w.store.Restore(w.store.ctx(), c, v, key.BlockID{}, ""); !w.pruned(err) {
		w.must(err)
	}
}

func (w *season) tag() {
	c := w.course()
	v, ok := w.kept(c)
	if !ok {
		return
	}
	w.write(c, func(e *modulestore.Edit) error {
		refs, err := e.Refs()
		next := *refs
		next.Tags = []modulestore.Tag{{Name: "tag", Version: v.Seq}}
		e.SetRefs(&next)
		return err
	})
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
	if !errors.Is(err, modulestore.ErrNotFound) {
		w.must(err)
	}
}

func (w *season) wait() {
	hours := []int{1, 20, 24 * 3, 24 * 40, 24 * 200}[w.choose(5)]
	w.clock.now = w.clock.now.Add(time.Duration(hours) * time.Hour)
}

func (w *season) prune() {
	policy := modulestore.DefaultRetention()
	if w.choose(2) == 1 {
		policy = modulestore.Retention{Every: 10 * day}
	}
	w.store.prune(modulestore.PruneOptions{Retention: policy, Grace: modulestore.DefaultGrace})
	if w.store.t.Failed() {
		w.fail("a prune went wrong")
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
				w.fail("%s: %v", v, err)
			}
		}
		if len(log) < w.versions[c] {
			w.fail("the log of %s has %d versions, not %d", c, len(log), w.versions[c])
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
