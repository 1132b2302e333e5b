package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Histories lets two courses, a rerun of one and a library live through all that a Store can do to them, in random order, with prunes in between and
// just before versions appear. An operation works, or refuses with an error that says why and then has changed nothing. Whatever happens,
// all versions that are kept can be read, both trees of every course are whole, and the store and a copy of it are sound in the end.
//
// It returns what has happened. choose draws one of n, by which all is decided, so that the same draws give the same history on every backend; fail
// ends the test.
func Histories(t *testing.T, fresh, second modulestore.Backend, choose func(n int) int, fail func(format string, args ...any)) []string {
	p, q := &probe{Backend: fresh}, &probe{Backend: second}
	h := &history{
		season: newSeason(store{t, modulestore.New(p), p}, choose, fail, courseA, courseB, rerunOfA, library),
		second: store{t, modulestore.New(q), q},
	}
	h.second.Now = h.store.Now
	for _, c := range []key.Course{courseA, courseB, library} {
		h.step("import", h.replace(c))
	}
	for range 10 + choose(30) {
		h.clock.now = h.clock.now.Add(time.Minute) // so that the order of commits is plain
		h.any()
		h.checkHeads()
	}
	h.end()
	return h.told
}

var rerunOfA = course("Org", "A", "Again")

// histories plays some histories, always the same ones.
func (s store) histories() {
	histories := 8
	if testing.Short() {
		histories = 1
	}
	for seed := range histories {
		random := rand.New(rand.NewPCG(uint64(seed), 2))
		Histories(s.t, s.probe.another(), s.probe.another(), random.IntN, func(format string, args ...any) {
			s.t.Helper()
			s.t.Fatalf("history %d: "+format, append([]any{seed}, args...)...)
		})
	}
}

var historyCases = []storeCase{{name: "whatever is done in whatever order, nothing is lost", test: store.histories}}

type history struct {
	*season
	second store
	made   int
	told   []string
}

// courseDrawings and libraryDrawings are what imports bring.
var (
	courseDrawings = []drawing{
		"course/c Course\n\tchapter/a A\n\t\tsequential/s S\n\t\t\tvertical/u U\n\t\t\t\tproblem/p P | <p>1</p>\n\t\t\t\thtml/h H | text\n\t\t\tvertical/v V\n\t\t\t\tlibrary_content/bank Bank\n",
		"course/c Course\n\tchapter/a A\n\t\tsequential/s S\n\t\t\tvertical/u U\n\t\t\t\tproblem/p P | <p>2</p>\n\t\t\tvertical/v V\n\t\t\t\tlibrary_content/bank Bank\n\tchapter/b B\n\t\tsequential/t T\n\t\t\tvertical/w W\n\t\t\t\thtml/h H | other text\n",
	}
	libraryDrawings = []drawing{
		questions,
		"library/library Questions\n\tproblem/one One | <p>new</p>\n\tproblem/three Three | <p>3</p>\n",
	}
)

// any does one thing.
func (h *history) any() {
	c := h.course()
	actions := []struct {
		name string
		do   func(key.Course) error
	}{
		{"import", h.replace}, {"create", h.create}, {"create", h.create}, {"change", h.change}, {"change", h.change}, {"change", h.change},
		{"move", h.move}, {"move", h.move}, {"delete block", h.deleteBlock}, {"publish", h.publish}, {"publish", h.publish}, {"publish", h.publish},
		{"unpublish", h.unpublish}, {"discard", h.discard}, {"discard", h.discard}, {"order", h.order}, {"order", h.order}, {"publish due", h.publishDue},
		{"branch", h.branch}, {"update branch", h.updateBranch}, {"update branch", h.updateBranch}, {"delete branch", h.deleteBranch},
		{"merge", h.merge}, {"merge", h.merge}, {"merge", h.merge}, {"update from", h.updateFrom}, {"tag", h.tag}, {"untag", h.untag}, {"rerun", h.rerun},
		{"copy block", h.copyBlock}, {"copy block", h.copyBlock}, {"sync", h.sync}, {"sync", h.sync}, {"decline", h.decline},
		{"restore", h.restore}, {"restore block", h.restoreBlock}, {"restore block", h.restoreBlock}, {"delete", h.delete},
		{"purge", h.purge}, {"copy", h.copy}, {"wait", h.pass}, {"wait", h.pass}, {"prune", h.prune}, {"prune", h.prune},
	}
	a := actions[h.choose(len(actions))]
	if h.choose(4) == 0 && a.name != "prune" {
		h.store.probe.onAppend = func(_ modulestore.Entry, store func() error) error {
			h.store.probe.heal()
			h.must(h.pruneAfter(1 + h.choose(3)))
			return store()
		}
	}
	defer h.store.probe.heal()
	h.step(fmt.Sprint(a.name, " ", c), a.do(c))
}

// step notes what has come of something, and ends the test if it went wrong.
func (h *history) step(what string, err error) {
	outcome := "works"
	for name, sentinel := range map[string]error{
		"not allowed": modulestore.ErrInvalid, "not found": modulestore.ErrNotFound, "pruned": modulestore.ErrPruned,
		"purged": modulestore.ErrPurged, "conflict": modulestore.ErrConflict, "taken": modulestore.ErrDuplicate,
	} {
		if errors.Is(err, sentinel) && !errors.Is(err, modulestore.ErrCorrupt) {
			outcome, err = name, nil
		}
	}
	for _, c := range h.courses {
		if v, err := h.store.Head(h.store.ctx(), c); err == nil {
			outcome += fmt.Sprint(" ", v.Seq, " ", v.Roots.Draft.Short(), " ", v.Roots.Published.Short(), " ", v.Roots.Files.Short())
		}
	}
	h.told = append(h.told, what+": "+outcome)
	if err != nil {
		h.fail("%s: %v, after\n%q", what, err, h.told)
	}
}

// edit changes a course by something that exists.
func (h *history) edit(c key.Course, f func(ctx context.Context, e *modulestore.Edit) error) error {
	_, _, err := h.store.Update(h.store.ctx(), c, func(e *modulestore.Edit) error {
		if base, ok := e.Base(); !ok || base.Deleted() {
			return modulestore.ErrNotFound
		}
		return f(h.store.ctx(), e)
	})
	return err
}

// block draws a block of a branch of the last version; the zero key if there is none.
func (h *history) block(c key.Course, branch modulestore.Branch) (id key.BlockID) {
	head, err := h.store.Head(h.store.ctx(), c)
	if err != nil {
		return id
	}
	return h.blockOf(head, branch)
}

func (h *history) blockOf(v modulestore.Version, branch modulestore.Branch) (id key.BlockID) {
	s, err := h.store.Snapshot(h.store.ctx(), v, branch)
	if err != nil {
		return id
	}
	var ids []key.BlockID
	s.Tree().Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		ids = append(ids, b.ID)
		return true
	})
	return ids[h.choose(len(ids))]
}

// version draws a version of a course, kept or not, side branches included; ok is false if there is none.
func (h *history) version(c key.Course) (v modulestore.Version, ok bool) {
	list, err := h.store.Log(h.store.ctx(), c, 0, 1000)
	if err != nil {
		return v, false
	}
	branches, err := h.store.Branches(h.store.ctx(), c)
	h.must(err)
	for _, b := range branches {
		v, err := h.store.Version(h.store.ctx(), c, b.Name)
		h.must(err)
		list = append(list, v, v) // there are few
	}
	return list[h.choose(len(list))], true
}

func (h *history) replace(c key.Course) error {
	drawings := courseDrawings
	if c.Library {
		drawings = libraryDrawings
	}
	public := drawings[h.choose(len(drawings))]
	drafts := public
	if !c.Library {
		drafts = drawings[h.choose(len(drawings))]
	}
	trees := make(map[drawing]*modulestore.Tree)
	for _, d := range []drawing{public, drafts} {
		tree, bodies := d.parse()
		h.must(h.store.Put(h.store.ctx(), bodies))
		if b := tree.Blocks[bank]; b != nil {
			b.Attrs = append(b.Attrs, modulestore.Attr{Name: "source_library_id", Value: library.String()})
		}
		trees[d] = tree
	}
	blob := h.store.putBlob(fmt.Sprint("file ", h.choose(3)))
	files := &modulestore.Files{Entries: []modulestore.File{{Path: fmt.Sprint("static/", h.choose(3)), Blob: blob}}}
	_, _, err := h.store.Update(h.store.ctx(), c, func(e *modulestore.Edit) error {
		e.Describe("", "import", "")
		e.Replace(trees[public], trees[drafts], files, "")
		return nil
	})
	return err
}

func (h *history) create(c key.Course) error {
	parent := h.block(c, draft)
	kind := map[string]string{"course": "chapter", "chapter": "sequential", "sequential": "vertical", "vertical": "html", "library": "problem"}[parent.Type]
	h.made++
	body := &modulestore.Body{Markup: fmt.Sprint(`a <a href="/static/`, h.choose(4), `">file</a>`)}
	if kind != "html" && kind != "problem" {
		body = nil
	}
	return h.edit(c, func(ctx context.Context, e *modulestore.Edit) error {
		_, err := e.Create(ctx, modulestore.NewBlock{Type: kind, Name: fmt.Sprint("new", h.made), Parent: parent, Position: -1, Title: "New", Body: body})
		return err
	})
}

// changing draws a change of a block.
func (h *history) changing(id key.BlockID) func(ctx context.Context, e *modulestore.Edit) error {
	f := modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: fmt.Sprint("title ", h.choose(4))}
	if (id.Type == "html" || id.Type == "problem") && h.choose(2) == 0 {
		f = modulestore.Field{In: modulestore.InMarkup, Value: fmt.Sprint("<p>markup ", h.choose(4), "</p>")}
	}
	return func(ctx context.Context, e *modulestore.Edit) error {
		e.About(id)
		return e.Change(ctx, id, f)
	}
}

func (h *history) change(c key.Course) error { return h.edit(c, h.changing(h.block(c, draft))) }

func (h *history) move(c key.Course) error {
	id, to := h.block(c, draft), h.block(c, draft)
	return h.edit(c, func(ctx context.Context, e *modulestore.Edit) error { return e.Move(ctx, id, key.BlockID{}, to, -1) })
}

func (h *history) deleteBlock(c key.Course) error {
	id := h.block(c, draft)
	return h.edit(c, func(ctx context.Context, e *modulestore.Edit) error {
		return e.Delete(ctx, id, modulestore.DeleteOptions{})
	})
}

func (h *history) publish(c key.Course) error {
	_, _, err := h.store.Publish(h.store.ctx(), c, h.block(c, draft), modulestore.PublishOptions{Alone: h.choose(3) == 0}, "")
	return err
}

func (h *history) unpublish(c key.Course) error {
	_, _, err := h.store.Unpublish(h.store.ctx(), c, h.block(c, published), "")
	return err
}

func (h *history) discard(c key.Course) error {
	_, _, err := h.store.Discard(h.store.ctx(), c, h.block(c, published), "")
	return err
}

func (h *history) order(c key.Course) error {
	at := h.clock.now.Add(time.Duration(1+h.choose(100)) * time.Hour)
	_, err := h.store.OrderPublish(h.store.ctx(), c, h.block(c, draft), modulestore.PublishOptions{}, at, "")
	return err
}

func (h *history) publishDue(key.Course) error {
	results, err := h.store.PublishDue(h.store.ctx(), h.clock.now, "")
	for _, r := range results {
		err = errors.Join(err, r.Err)
	}
	return err
}

func (h *history) branch(c key.Course) error {
	v, ok := h.version(c)
	if !ok {
		return nil
	}
	h.made++
	_, err := h.store.CreateBranch(h.store.ctx(), c, fmt.Sprint("side-", h.made), v, "")
	return err
}

// side draws a side branch; it has no name if there is none.
func (h *history) side(c key.Course) (b modulestore.SideBranch) {
	list, err := h.store.Branches(h.store.ctx(), c)
	if err != nil || len(list) == 0 {
		return b
	}
	return list[h.choose(len(list))]
}

func (h *history) updateBranch(c key.Course) error {
	name := h.side(c).Name
	v, err := h.store.Version(h.store.ctx(), c, name)
	if name == "" || err != nil {
		return err
	}
	change := h.changing(h.blockOf(v, draft))
	_, _, err = h.store.UpdateBranch(h.store.ctx(), c, name, func(e *modulestore.Edit) error { return change(h.store.ctx(), e) })
	return err
}

func (h *history) deleteBranch(c key.Course) error {
	return h.store.DeleteBranch(h.store.ctx(), c, h.side(c).Name, "")
}

func (h *history) merge(c key.Course) error {
	from := c
	if h.choose(2) == 0 {
		from = h.course()
	}
	v, ok := h.version(from)
	if !ok {
		return nil
	}
	_, err := h.store.Merge(h.store.ctx(), c, v, modulestore.MergeOptions{})
	return err
}

func (h *history) updateFrom(c key.Course) error {
	v, ok := h.version(c)
	if !ok || v.Deleted() || v.Branch != "" {
		return nil
	}
	change := h.changing(h.blockOf(v, draft))
	_, err := h.store.UpdateFrom(h.store.ctx(), v, func(e *modulestore.Edit) error { return change(h.store.ctx(), e) })
	return err
}

func (h *history) tag(c key.Course) error {
	v, ok := h.version(c)
	if !ok {
		return nil
	}
	h.made++
	return h.store.Tag(h.store.ctx(), c, fmt.Sprint("tag-", h.made), v, "")
}

func (h *history) untag(c key.Course) error {
	tags, err := h.store.Tags(h.store.ctx(), c)
	if err != nil || len(tags) == 0 {
		return err
	}
	return h.store.Untag(h.store.ctx(), c, tags[h.choose(len(tags))].Name, "")
}

func (h *history) rerun(key.Course) error {
	v, _ := h.version(courseA)
	_, err := h.store.Rerun(h.store.ctx(), v, rerunOfA, "")
	return err
}

func (h *history) copyBlock(c key.Course) error {
	from, ok := h.version(h.course())
	if !ok || from.Deleted() {
		return nil
	}
	id := h.blockOf(from, draft)
	_, err := h.store.CopyBlock(h.store.ctx(), from, draft, id, c, h.block(c, draft), modulestore.CopyOptions{Assets: h.choose(2) == 0})
	return err
}

func (h *history) sync(c key.Course) error {
	_, err := h.store.SyncLibrary(h.store.ctx(), c, bank, modulestore.SyncOptions{Prefer: []modulestore.Side{"", modulestore.PreferLibrary}[h.choose(2)]})
	return err
}

func (h *history) decline(c key.Course) error {
	_, _, err := h.store.DeclineLibrary(h.store.ctx(), c, bank, "")
	return err
}

func (h *history) restore(c key.Course) error {
	v, ok := h.version(c)
	if !ok {
		return nil
	}
	_, _, err := h.store.Restore(h.store.ctx(), c, v, key.BlockID{}, "")
	return err
}

func (h *history) restoreBlock(c key.Course) error {
	v, ok := h.version(c)
	if !ok || v.Deleted() {
		return nil
	}
	id := h.blockOf(v, []modulestore.Branch{draft, published}[h.choose(2)])
	_, _, err := h.store.Restore(h.store.ctx(), c, v, id, "")
	return err
}

func (h *history) delete(c key.Course) error {
	if h.choose(3) > 0 {
		return nil // else there is little to do to it
	}
	_, err := h.store.Delete(h.store.ctx(), c, "")
	return err
}

func (h *history) purge(c key.Course) error {
	if h.choose(3) > 0 {
		return nil
	}
	v, ok := h.version(c)
	if !ok || v.Deleted() {
		return nil
	}
	_, err := h.store.PurgeBlock(h.store.ctx(), v, h.blockOf(v, draft), modulestore.PurgeOptions{Reason: "not ours"})
	return err
}

// copy brings a course to the second store. Nobody writes there, so it cannot be refused.
func (h *history) copy(c key.Course) error {
	for _, listed := range h.store.allCourses() {
		if listed.Course == c {
			_, err := h.second.Copy(h.store.ctx(), h.store.cold().Store, listed, nil)
			h.must(err)
		}
	}
	return nil
}

func (h *history) pass(key.Course) error {
	h.wait()
	return nil
}

func (h *history) prune(key.Course) error { return h.pruneAfter(h.choose(4)) }

func (h *history) pruneAfter(grace int) error {
	_, err := h.store.cold().Prune(h.store.ctx(), modulestore.PruneOptions{Retention: modulestore.Retention{Every: 10 * day}, Grace: grace})
	return err
}

// checkHeads checks that both trees of every course are whole: whatever a block lists is there, once.
func (h *history) checkHeads() {
	cold := h.store.cold()
	for _, c := range h.courses {
		head, err := cold.Head(cold.ctx(), c)
		if errors.Is(err, modulestore.ErrNotFound) {
			continue
		}
		h.must(err)
		for branch, root := range map[modulestore.Branch]modulestore.ID{draft: head.Roots.Draft, published: head.Roots.Published} {
			if root.IsZero() {
				continue
			}
			s, err := cold.Snapshot(cold.ctx(), head, branch)
			h.must(err)
			places := make(map[key.BlockID]int)
			for _, b := range s.Tree().Blocks {
				for _, child := range b.Children {
					if places[child.ID]++; s.Tree().Blocks[child.ID] == nil || places[child.ID] > 1 {
						h.fail("the %s branch of %s lists %s %d times, and has it: %v, after\n%q",
							branch, head, child.ID, places[child.ID], s.Tree().Blocks[child.ID] != nil, h.told)
					}
				}
			}
		}
	}
}

// end checks all that there is, before and after a last prune, and the same of the copy.
func (h *history) end() {
	h.checkAll()
	h.must(h.pruneAfter(modulestore.DefaultGrace))
	h.checkAll()
	h.store.wantSound()
	for _, c := range h.courses {
		h.must(h.copy(c))
	}
	h.second.wantSound()
	for _, listed := range h.store.allCourses() {
		h.store.wantSameCourse(h.second, listed.Course)
		log := h.store.log(listed.Course)
		for i, v := range slices.Backward(log) {
			if v.Seq != uint64(len(log)-i) {
				h.fail("the log of %s has a gap at version %d", listed.Course, v.Seq)
			}
		}
	}
	if h.store.t.Failed() {
		h.fail("after\n%q", h.told)
	}
	h.must(errors.Join(h.store.Close(), h.second.Close()))
}
