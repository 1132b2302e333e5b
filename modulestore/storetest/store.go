package storetest

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// RunStore runs the tests of modulestore.Store on a backend, each on a fresh one, which is verified at the end. With -short the
// large cases are smaller, for engines that are slow.
func RunStore(t *testing.T, open func(t *testing.T) modulestore.Backend) {
	for _, group := range []struct {
		name  string
		cases []storeCase
	}{
		{"Versions", versionCases},
		{"Edits", editCases},
		{"Races", raceCases},
		{"Costs", costCases},
		{"Ceilings", ceilingCases},
		{"Operations", operationCases},
		{"Blobs", blobCases},
		{"Verify", verifyCases},
		{"Diffs", diffCases},
		{"Authoring", authoringCases()},
		{"Copies", copyCases},
		{"Retention", retentionCases},
		{"Purges", purgeCases},
		{"Generations", generationCases},
		{"Reruns", rerunCases},
		{"CopyBlock", copyBlockCases},
		{"Libraries", libraryCases},
		{"Rebases", slices.Concat(rebaseCases, authorCases)},
		{"Merges", mergeCases},
		{"Branches", branchCases},
		{"Drafts", slices.Concat(publishCases(), draftCases, statusCases, publishLogCases, orderCases)},
		{"Restores", slices.Concat(restoreCases, restoreBranchCases, restoreBlockCases())},
	} {
		t.Run("Store"+group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					p := &probe{Backend: open(t), another: func() modulestore.Backend { return open(t) }}
					s := store{t: t, Store: modulestore.New(p), probe: p}
					c.test(s)
					if !c.damages {
						p.heal()
						s.wantSound()
					}
				})
			}
		})
	}
}

type storeCase struct {
	name    string
	test    func(s store)
	damages bool // the store is not sound afterwards
}

// probe counts what a Store asks of its backend, and fails or lies where a test says so.
type probe struct {
	modulestore.Backend
	another func() modulestore.Backend // opens an empty one

	mu      sync.Mutex
	calls   int
	objects []modulestore.Object // handed to Put
	entries []modulestore.Entry  // handed to Append
	largest int                  // bytes that one Get returned

	// Set before the calls that they change, nil for the truth.
	onPut    func(store func() error) error
	onGet    func(modulestore.Kind, []modulestore.Object) ([]modulestore.Object, error)
	onAppend func(e modulestore.Entry, store func() error) error
	onHead   func() error // Head and Log
	onLog    func([]modulestore.Entry) []modulestore.Entry
}

func (p *probe) called() {
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
}

// reset forgets what was counted.
func (p *probe) reset() {
	p.mu.Lock()
	p.calls, p.objects, p.entries, p.largest = 0, nil, nil, 0
	p.mu.Unlock()
}

// heal makes the backend honest again.
func (p *probe) heal() { p.onPut, p.onGet, p.onAppend, p.onHead, p.onLog = nil, nil, nil, nil, nil }

func (p *probe) Put(ctx context.Context, g modulestore.Generation, objects []modulestore.Object) error {
	p.called()
	p.mu.Lock()
	p.objects = append(p.objects, objects...)
	p.mu.Unlock()
	if p.onPut != nil {
		return p.onPut(func() error { return p.Backend.Put(ctx, g, objects) })
	}
	return p.Backend.Put(ctx, g, objects)
}

func (p *probe) Get(ctx context.Context, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.Object, error) {
	p.called()
	objects, err := p.Backend.Get(ctx, kind, ids)
	size := 0
	for _, o := range objects {
		size += len(o.Data)
	}
	p.mu.Lock()
	p.largest = max(p.largest, size)
	p.mu.Unlock()
	if p.onGet != nil && err == nil {
		return p.onGet(kind, objects)
	}
	return objects, err
}

func (p *probe) Has(ctx context.Context, g modulestore.Generation, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.ID, error) {
	p.called()
	return p.Backend.Has(ctx, g, kind, ids)
}

func (p *probe) Append(ctx context.Context, c key.Course, title string, e modulestore.Entry) error {
	p.called()
	p.mu.Lock()
	p.entries = append(p.entries, e)
	p.mu.Unlock()
	store := func() error { return p.Backend.Append(ctx, c, title, e) }
	if p.onAppend != nil {
		return p.onAppend(e, store)
	}
	return store()
}

func (p *probe) Head(ctx context.Context, c key.Course) (modulestore.Entry, error) {
	p.called()
	if p.onHead != nil {
		return modulestore.Entry{}, p.onHead()
	}
	return p.Backend.Head(ctx, c)
}

func (p *probe) Log(ctx context.Context, c key.Course, from uint64, n int) ([]modulestore.Entry, error) {
	p.called()
	if p.onHead != nil {
		return nil, p.onHead()
	}
	entries, err := p.Backend.Log(ctx, c, from, n)
	if p.onLog != nil {
		entries = p.onLog(entries)
	}
	return entries, err
}

func (p *probe) Contexts(ctx context.Context) ([]modulestore.Context, error) {
	p.called()
	return p.Backend.Contexts(ctx)
}

func (p *probe) All(ctx context.Context) iter.Seq2[modulestore.Object, error] {
	p.called()
	return p.Backend.All(ctx)
}

func (p *probe) Sweep(ctx context.Context, before modulestore.Generation, dry bool, live func(modulestore.Kind, modulestore.ID) bool) (modulestore.Swept, error) {
	p.called()
	return p.Backend.Sweep(ctx, before, dry, live)
}

func (p *probe) Bury(ctx context.Context, t modulestore.Tombstone) error {
	p.called()
	return p.Backend.Bury(ctx, t)
}

func (p *probe) Tombstones(ctx context.Context) ([]modulestore.Tombstone, error) {
	p.called()
	return p.Backend.Tombstones(ctx)
}

// store is a Store with the checks of this package.
type store struct {
	t *testing.T
	*modulestore.Store
	probe *probe
}

// cold is another Store on the same backend, which remembers nothing.
func (s store) cold() store {
	next := modulestore.New(s.probe)
	next.Now = s.Now
	return store{s.t, next, s.probe}
}

func (s store) ctx() context.Context { return s.t.Context() }

// update makes a version; f must not fail and must change something.
func (s store) update(c key.Course, f func(e *modulestore.Edit)) modulestore.Version {
	s.t.Helper()
	v, changed, err := s.Update(s.ctx(), c, func(e *modulestore.Edit) error {
		f(e)
		return nil
	})
	if err != nil {
		s.t.Fatalf("Update of %s: %v", c, err)
	}
	if !changed {
		s.t.Fatalf("Update of %s changed nothing", c)
	}
	return v
}

// wantUnchanged checks that the edit makes no version and writes nothing.
func (s store) wantUnchanged(c key.Course, f func(e *modulestore.Edit) error) {
	s.t.Helper()
	log, err := s.Log(s.ctx(), c, 0, 1)
	if err != nil {
		s.t.Fatal(err)
	}
	s.probe.reset()
	v, changed, err := s.Update(s.ctx(), c, f)
	if err != nil {
		s.t.Fatal(err)
	}
	if changed || len(s.probe.objects) > 0 || len(s.probe.entries) > 0 {
		s.t.Errorf("changed = %v, %d objects and %d entries were written", changed, len(s.probe.objects), len(s.probe.entries))
	}
	s.same("the version that Update returns", log[0], v)
}

// importSample makes the first version of c: a course of that many blocks, both branches alike.
func (s store) importSample(c key.Course, blocks int) modulestore.Version {
	s.t.Helper()
	tree, bodies := Sample(blocks, 1)
	if err := s.Put(s.ctx(), bodies); err != nil {
		s.t.Fatal(err)
	}
	return s.update(c, func(e *modulestore.Edit) { e.Replace(tree, tree, nil, "") })
}

func (s store) snapshot(v modulestore.Version, b modulestore.Branch) *modulestore.Snapshot {
	s.t.Helper()
	snap, err := s.Snapshot(s.ctx(), v, b)
	if err != nil {
		s.t.Fatal(err)
	}
	return snap
}

// wantTree checks a branch of a version as it is read back from the backend.
func (s store) wantTree(v modulestore.Version, b modulestore.Branch, want *modulestore.Tree) {
	s.t.Helper()
	s.same(string(b)+" of "+v.String(), want, s.cold().snapshot(v, b).Tree())
}

func (s store) same(what string, want, got any) {
	s.t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		if len(diff) > 4000 {
			diff = diff[:4000] + "…"
		}
		s.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantError checks that err carries the sentinel and says all of the words.
func (s store) wantError(err, sentinel error, words ...string) {
	s.t.Helper()
	if !errors.Is(err, sentinel) {
		s.t.Errorf("got error %v, want one that is %q", err, sentinel)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			s.t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// nothing is a Get that finds nothing.
func nothing(modulestore.Kind, []modulestore.Object) ([]modulestore.Object, error) { return nil, nil }

func (s store) verify() *modulestore.VerifyReport {
	s.t.Helper()
	report, err := s.cold().Verify(s.ctx(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

func (s store) wantSound() {
	s.t.Helper()
	for _, f := range s.verify().Faults {
		s.t.Errorf("Verify: %s %s, %s: %s", f.Kind, f.ID.Short(), f.Where, f.Message)
	}
}

// clock gives a new second with each call.
func clock() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}

func idOfBlock(kind, name string) key.BlockID { return key.BlockID{Type: kind, Name: name} }

// block makes a block with a display name and children.
func block(id key.BlockID, name string, children ...key.BlockID) modulestore.Block {
	b := modulestore.Block{ID: id, Attrs: []modulestore.Attr{{Name: "display_name", Value: name}}}
	for _, c := range children {
		b.Children = append(b.Children, modulestore.Child{ID: c})
	}
	return b
}

var (
	rootID    = idOfBlock("course", "run")
	chapterID = idOfBlock("chapter", "week1")
	quizID    = idOfBlock("problem", "quiz")
)

// importSmall makes the first version of c in both branches: a course with a chapter with a quiz.
func (s store) importSmall(c key.Course) modulestore.Version {
	s.t.Helper()
	return s.update(c, func(e *modulestore.Edit) {
		for _, b := range []modulestore.Branch{modulestore.Draft, modulestore.Published} {
			s.put(e, b, block(rootID, "The course", chapterID), nil)
			s.put(e, b, block(chapterID, "Week 1", quizID), nil)
			s.put(e, b, block(quizID, "Quiz"), &modulestore.Body{Markup: "<p>1 + 1?</p>"})
		}
	})
}

func (s store) put(e *modulestore.Edit, b modulestore.Branch, block modulestore.Block, body *modulestore.Body) {
	s.t.Helper()
	if err := e.Put(b, block, body); err != nil {
		s.t.Fatalf("Put of %s: %v", block.ID, err)
	}
}

// rename changes the display name of a block of the draft and keeps its body.
func rename(ctx context.Context, e *modulestore.Edit, id key.BlockID, name string) error {
	body, err := e.Body(ctx, modulestore.Draft, id)
	if err != nil {
		return err
	}
	b := *e.Tree(modulestore.Draft).Blocks[id]
	attrs := []modulestore.Attr{{Name: "display_name", Value: name}}
	for _, a := range b.Attrs {
		if a.Name != "display_name" {
			attrs = append(attrs, a)
		}
	}
	b.Attrs = attrs
	return e.Put(modulestore.Draft, b, body)
}
