package storetest

import (
	"fmt"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// borrowedCases are about versions that need what only another version has, which a prune gives up just before they appear.
var borrowedCases = []storeCase{
	{name: "a block that is copied from an old version stays, with its files", test: func(s store) {
		clock := s.clock()
		film := s.putBlob("film")
		source := drawing("course/c Source\n\tchapter/a A\n\t\thtml/h Text | <img src=\"/static/film\"/>\n")
		s.draw(courseA, source, source)
		from := s.update(courseA, func(e *modulestore.Edit) {
			e.SetFiles(&modulestore.Files{Entries: []modulestore.File{{Path: "static/film", Blob: film}}})
		})
		s.draw(courseA, "course/c", "course/c")
		s.draw(courseB, copyTarget, copyTarget)
		s.pruneBeforeAppend(clock)
		report := s.copyBelow(from, "html/h", "vertical/w", modulestore.CopyOptions{Assets: true})
		s.wantPruned(from)
		s.same("the files", []string{"film"}, report.Assets.Added)
		if err := readWhole(s.cold(), report.Version); err != nil {
			s.t.Error(err)
		}
	}},
	{name: "what a merge brings from an old version of another course stays", test: func(s store) {
		clock := s.clock()
		from := s.forked("course/c\n\tchapter/a\n\t\thtml/h | from the source")
		s.draw(courseB, "course/c\n\tchapter/a", "course/c\n\tchapter/a")
		s.pruneBeforeAppend(clock)
		report := s.merge(from)
		s.wantPruned(from)
		if err := readWhole(s.cold(), report.Version); err != nil || !report.Changed {
			s.t.Errorf("the merge has changed %v, error %v", report.Changed, err)
		}
	}},
	{name: "what could not be merged from an old version of another course stays on its branch", test: func(s store) {
		clock := s.clock()
		from := s.forked("course/c\n\tchapter/a From the source\n\t\thtml/h | from the source")
		s.draw(courseB, "course/c\n\tchapter/a", "course/c\n\tchapter/a")
		s.draw(courseA, "course/c\n\tchapter/a Mine", "course/c\n\tchapter/a Mine")
		s.pruneBeforeAppend(clock)
		report := s.merge(from)
		s.wantPruned(from)
		kept := s.named(report.Branch)
		s.wantDrawing(kept, draft, "course/c\n\tchapter/a From the source\n\t\thtml/h | from the source")
	}},
	{name: "no branch begins at a version that is given up meanwhile", test: func(s store) {
		clock := s.clock()
		from := s.importSmall(courseA)
		s.draw(courseA, "course/c", "course/c")
		s.pruneBeforeAppend(clock)
		_, err := s.CreateBranch(s.ctx(), courseA, "late", from, "")
		s.wantError(err, modulestore.ErrPruned, "version 1 was pruned")
	}},
	{name: "versions have an older one in common when the last one was given up", test: func(s store) {
		clock := s.clock()
		first := s.draw(courseA, "course/c\n\tchapter/a\n\tchapter/b", "course/c\n\tchapter/a\n\tchapter/b")
		if err := s.Tag(s.ctx(), courseA, "first", first, ""); err != nil {
			s.t.Fatal(err)
		}
		title := func(id, title string) func(e *modulestore.Edit) error {
			return func(e *modulestore.Edit) error { return rename(s.ctx(), e, parsedID(id), title) }
		}
		s.branch("one", first)
		s.branch("two", s.onBranch("one", title("chapter/a", "A")))
		s.onBranch("one", title("chapter/a", "AA"))
		s.merge(s.named("one"))
		s.onBranch("two", title("chapter/b", "B"))
		for range 2 {
			clock.now = clock.now.Add(100 * day)
			s.prune(modulestore.PruneOptions{Grace: 1})
		}
		report := s.merge(s.named("two"))
		s.same("the version in common", first, report.Base)
		s.same("the conflicts", []string{"value draft chapter/a display_name"}, conflictLines(report.Conflicts))
	}},
	{name: "the block alone that a merge brings is published by it", test: func(s store) {
		first := s.draw(courseA, "course/c\n\thtml/a\n\thtml/b", "course/c\n\thtml/a\n\thtml/b")
		s.branch("side", first)
		s.onBranch("side", func(e *modulestore.Edit) error {
			for _, b := range []modulestore.Branch{draft, published} {
				if err := e.Put(b, block(parsedID("html/a"), "A"), nil); err != nil {
					return err
				}
			}
			return nil
		})
		report := s.merge(s.named("side"))
		last, err := s.LastPublished(s.ctx(), report.Version, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		s.same("who published", []uint64{1, report.Version.Seq}, []uint64{last[parsedID("html/b")].Version, last[parsedID("html/a")].Version})
	}},
	{name: "a deleted course says which version to restore, whatever came after", test: func(s store) {
		first := s.importSmall(courseA)
		if _, err := s.Delete(s.ctx(), courseA, ""); err != nil {
			s.t.Fatal(err)
		}
		if err := s.Tag(s.ctx(), courseA, "first", first, ""); err != nil {
			s.t.Fatal(err)
		}
		for name, err := range s.refusals(first) {
			s.t.Log(name)
			s.wantError(err, modulestore.ErrNotFound, "deleted by version 2", "restoring version 1 brings it back")
		}
	}},
	{name: "a library of which something was taken down can be synchronised", test: func(s store) {
		s.bankOf()
		s.sync(modulestore.SyncOptions{})
		s.bury(modulestore.Tombstone{ID: (&modulestore.Body{Markup: "<p>1</p>"}).Object().ID, Kind: modulestore.KindBody, Reason: "not ours"})
		s.update(library, func(e *modulestore.Edit) {
			for _, b := range []modulestore.Branch{draft, published} {
				one := *e.Tree(b).Blocks[parsedID("problem/one")]
				body, err := e.Body(s.ctx(), b, one.ID)
				if err != nil {
					s.t.Fatal(err)
				}
				one.Attrs = []modulestore.Attr{{Name: "display_name", Value: "New title"}}
				s.put(e, b, one, body)
			}
		})
		report := s.sync(modulestore.SyncOptions{})
		b, _ := s.snapshot(report.Version, draft).Block(copyOf("problem/one"))
		if title, _ := b.Attr("display_name", nil); title != "New title" {
			s.t.Errorf("its title is %q", title)
		}
		s.same("the text", "<!-- content removed on 2026-11-21: not ours -->", s.text(report.Version, copyOf("problem/one")))
	}},
}

// forked makes courseB, its rerun courseA, and a version of courseB alone, which it returns.
func (s store) forked(source drawing) modulestore.Version {
	s.t.Helper()
	first := s.draw(courseB, "course/c\n\tchapter/a", "course/c\n\tchapter/a")
	if err := s.Tag(s.ctx(), courseB, "first", first, ""); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Rerun(s.ctx(), first, courseA, ""); err != nil {
		s.t.Fatal(err)
	}
	return s.draw(courseB, source, source)
}

// pruneBeforeAppend lets a prune come just before the next version appears, a hundred days from now.
func (s store) pruneBeforeAppend(clock *simulated) {
	clock.now = clock.now.Add(100 * day)
	s.probe.onAppend = func(_ modulestore.Entry, store func() error) error {
		s.probe.heal()
		if _, err := s.cold().Prune(s.ctx(), modulestore.PruneOptions{Grace: 1}); err != nil {
			s.t.Error(err)
		}
		return store()
	}
}

func (s store) wantPruned(v modulestore.Version) {
	s.t.Helper()
	_, err := s.Version(s.ctx(), v.Course, fmt.Sprint(v.Seq))
	s.wantError(err, modulestore.ErrPruned)
}

// refusals are the answers of operations to a course that is deleted.
func (s store) refusals(before modulestore.Version) map[string]error {
	errs := make(map[string]error)
	_, _, errs["publish"] = s.Publish(s.ctx(), courseA, key.BlockID{}, modulestore.PublishOptions{}, "")
	_, errs["merge"] = s.Merge(s.ctx(), courseA, before, modulestore.MergeOptions{})
	_, errs["update from"] = s.UpdateFrom(s.ctx(), before, func(*modulestore.Edit) error { return nil })
	_, errs["sync"] = s.SyncLibrary(s.ctx(), courseA, bank, modulestore.SyncOptions{})
	last := s.log(courseA)
	_, errs["drafts"] = s.DraftStatus(s.ctx(), last[0])
	_, errs["rerun"] = s.Rerun(s.ctx(), last[0], courseB, "")
	_, _, errs["create"] = s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
		_, err := e.Create(s.ctx(), modulestore.NewBlock{Type: "chapter"})
		return err
	})
	return errs
}
