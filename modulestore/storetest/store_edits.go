package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

const (
	draft     = modulestore.Draft
	published = modulestore.Published
)

var editCases = []storeCase{
	{name: "an edit of nothing changes nothing", test: func(s store) {
		s.importSmall(courseA)
		s.wantUnchanged(courseA, func(e *modulestore.Edit) error { return nil })
	}},
	{name: "an edit of a course that does not exist changes nothing", test: func(s store) {
		_, changed, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			if base, ok := e.Base(); ok || base.Course != courseA {
				s.t.Errorf("the edit starts from %v, %v", base, ok)
			}
			return nil
		})
		if changed || err != nil {
			s.t.Errorf("changed = %v, error %v", changed, err)
		}
		_, err = s.Head(s.ctx(), courseA)
		s.wantError(err, modulestore.ErrNotFound)
	}},
	{name: "putting a block as it is changes nothing", test: func(s store) {
		s.importSmall(courseA)
		s.wantUnchanged(courseA, func(e *modulestore.Edit) error {
			e.Describe("ann", "edit", "The message alone makes no version")
			return errors.Join(
				e.Put(draft, block(quizID, "Quiz"), &modulestore.Body{Markup: "<p>1 + 1?</p>"}),
				e.Put(published, block(rootID, "The course", chapterID), nil))
		})
	}},
	{name: "replacing a version by an equal one changes nothing", test: func(s store) {
		v := s.importSample(courseA, 300)
		tree, _ := Sample(300, 1)
		s.wantUnchanged(courseA, func(e *modulestore.Edit) error {
			e.Replace(tree, tree, &modulestore.Files{}, "Another title")
			return nil
		})
		s.wantTree(v, draft, tree)
	}},
	{name: "an edit and its reverse give the old root", test: func(s store) {
		first := s.importSmall(courseA)
		second := s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Test"), nil) })
		third := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(quizID, "Quiz"), &modulestore.Body{Markup: "<p>1 + 1?</p>"})
		})
		if second.Roots == first.Roots || third.Roots != first.Roots {
			s.t.Errorf("the roots are %v, %v and %v", first.Roots, second.Roots, third.Roots)
		}
	}},
	{name: "an edit of one branch leaves the other alone", test: func(s store) {
		first := s.importSmall(courseA)
		tree := s.snapshot(first, published).Tree()
		second := s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Test"), nil) })
		if second.Roots.Published != first.Roots.Published || second.Roots.Draft == first.Roots.Draft {
			s.t.Errorf("the roots are %v and then %v", first.Roots, second.Roots)
		}
		s.wantTree(second, published, tree)
	}},
	{name: "what both branches have is stored once", test: func(s store) {
		s.importSample(courseA, 300)
		seen := make(map[modulestore.ID]bool)
		for _, o := range s.probe.objects {
			if seen[o.ID] {
				s.t.Errorf("%s %s was put twice", o.Kind, o.ID.Short())
			}
			seen[o.ID] = true
		}
	}},
	{name: "what the version before had is not put again", test: func(s store) {
		v := s.importSmall(courseA)
		old := make(map[modulestore.ID]bool)
		for _, o := range s.probe.objects {
			old[o.ID] = true
		}
		s.probe.reset()
		s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(rootID, "The course", chapterID, idOfBlock("chapter", "week2")), nil)
			// The copy has the body of the original.
			s.put(e, draft, block(idOfBlock("chapter", "week2"), "Week 2", idOfBlock("problem", "copy")), nil)
			s.put(e, draft, block(idOfBlock("problem", "copy"), "Copy"), &modulestore.Body{Markup: "<p>1 + 1?</p>"})
		})
		for _, o := range s.probe.objects {
			if old[o.ID] {
				s.t.Errorf("%s %s was there already in %s", o.Kind, o.ID.Short(), v)
			}
		}
	}},
	{name: "new blocks, moved blocks and removed blocks", test: moveBlocks},
	{name: "the first block of an empty branch is its root", test: func(s store) {
		v := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(idOfBlock("course", "2012_Fall"), "Old", chapterID), nil)
			s.put(e, draft, block(chapterID, "Week 1"), nil)
		})
		if root := s.snapshot(v, draft).Tree().Root; root != idOfBlock("course", "2012_Fall") {
			s.t.Errorf("the root is %s", root)
		}
	}},
	{name: "a new block that nobody lists becomes detached, an old one disappears", test: func(s store) {
		s.importSmall(courseA)
		about := idOfBlock("about", "overview")
		v := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(about, "About"), nil)
			s.put(e, draft, block(chapterID, "Week 1 without its quiz"), nil)
		})
		tree := s.snapshot(v, draft).Tree()
		s.same("Detached", []key.BlockID{about}, tree.Detached)
		if tree.Blocks[quizID] != nil || len(tree.Blocks) != 3 {
			s.t.Errorf("the tree has %d blocks and still the quiz: %v", len(tree.Blocks), tree.Blocks[quizID] != nil)
		}
		v = s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(chapterID, "Week 1", about), nil) })
		if tree := s.snapshot(v, draft).Tree(); len(tree.Detached) > 0 || len(tree.Blocks) != 3 {
			s.t.Errorf("listed by a block, the page is still detached: %v", tree.Detached)
		}
		v = s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(idOfBlock("about", "b"), "B"), nil)
			s.put(e, draft, block(idOfBlock("about", "a"), "A"), nil)
		})
		s.same("Detached", []key.BlockID{idOfBlock("about", "a"), idOfBlock("about", "b")}, s.snapshot(v, draft).Tree().Detached)
		v = s.update(courseA, func(e *modulestore.Edit) {
			if err := e.Remove(draft, key.BlockID{}, idOfBlock("about", "a")); err != nil {
				s.t.Error(err)
			}
		})
		s.same("Detached", []key.BlockID{idOfBlock("about", "b")}, s.snapshot(v, draft).Tree().Detached)
	}},
	{name: "what is added and removed in one edit leaves nothing", test: func(s store) {
		s.importSmall(courseA)
		s.wantUnchanged(courseA, func(e *modulestore.Edit) error {
			unit, text, about := idOfBlock("vertical", "unit"), idOfBlock("html", "text"), idOfBlock("about", "a")
			return errors.Join(
				e.Put(draft, block(chapterID, "Week 1", quizID, unit), nil),
				e.Put(draft, block(unit, "Unit", text), nil),
				e.Put(draft, block(text, "Text"), &modulestore.Body{Markup: "never stored"}),
				e.Put(draft, block(about, "About"), nil),
				e.Remove(draft, chapterID, unit),
				e.Remove(draft, key.BlockID{}, about))
		})
	}},
	{name: "loose markup stays where it stood when a child is removed", test: func(s store) {
		a, b := idOfBlock("html", "a"), idOfBlock("html", "b")
		s.update(courseA, func(e *modulestore.Edit) {
			root := block(rootID, "", a, b, a)
			root.Loose = []modulestore.Loose{{Before: modulestore.BeforeRoot}, {Before: 0}, {Before: 1}, {Before: 2}, {Before: 3}}
			s.put(e, draft, root, nil)
			s.put(e, draft, block(a, ""), nil)
			s.put(e, draft, block(b, ""), nil)
		})
		v := s.update(courseA, func(e *modulestore.Edit) {
			if err := e.Remove(draft, rootID, a); err != nil {
				s.t.Error(err)
			}
		})
		root, _ := s.snapshot(v, draft).Block(rootID)
		s.same("the children", []modulestore.Child{{ID: b}}, root.Children)
		s.same("the loose markup", []modulestore.Loose{{Before: modulestore.BeforeRoot}, {Before: 0}, {Before: 0}, {Before: 1}, {Before: 1}}, root.Loose)
	}},
	{name: "a tree that was handed out does not change", test: func(s store) {
		v := s.importSmall(courseA)
		before := s.snapshot(v, draft).Tree()
		s.update(courseA, func(e *modulestore.Edit) {
			first := e.Tree(draft)
			s.put(e, draft, block(quizID, "Test"), nil)
			second := e.Tree(draft)
			s.put(e, draft, block(chapterID, "Week 1"), nil)
			if err := e.Remove(draft, rootID, chapterID); err != nil {
				s.t.Error(err)
			}
			s.same("the tree before the edit", before, first)
			if name, _ := second.Blocks[quizID].Attr("display_name", nil); name != "Test" || len(second.Blocks[rootID].Children) != 1 {
				s.t.Errorf("the tree in between has %q and %d chapters", name, len(second.Blocks[rootID].Children))
			}
		})
		s.same("the tree of the snapshot", s.cold().snapshot(v, draft).Tree(), before)
	}},
	{name: "an edit sees the bodies it has put", test: func(s store) {
		s.importSmall(courseA)
		s.update(courseA, func(e *modulestore.Edit) {
			for _, want := range []string{"<p>1 + 1?</p>", "<p>new</p>"} {
				body, err := e.Body(s.ctx(), draft, quizID)
				if err != nil || body.Markup != want {
					s.t.Errorf("the body is %v, %v, want %s", body, err, want)
				}
				s.put(e, draft, block(quizID, "Quiz"), &modulestore.Body{Markup: "<p>new</p>"})
			}
			body, err := e.Body(s.ctx(), published, quizID)
			if err != nil || body.Markup != "<p>1 + 1?</p>" {
				s.t.Errorf("the body in the other branch is %v, %v", body, err)
			}
			if body, err := e.Body(s.ctx(), draft, rootID); body != nil || err != nil {
				s.t.Errorf("the body of a block without one is %v, %v", body, err)
			}
			_, err = e.Body(s.ctx(), draft, idOfBlock("html", "nowhere"))
			s.wantError(err, modulestore.ErrNotFound, "html/nowhere")
		})
	}},
	{name: "the record of files is a part of the version", test: func(s store) {
		first := s.importSmall(courseA)
		s.wantFiles(first, &modulestore.Files{})
		blob := s.putBlob("bytes")
		files := &modulestore.Files{Root: "course"}
		for i := range 300 {
			files.Entries = append(files.Entries, modulestore.File{Path: fmt.Sprintf("static/%03d", i), Blob: blob})
		}
		second := s.update(courseA, func(e *modulestore.Edit) { e.SetFiles(files) })
		s.wantFiles(second, files)
		s.wantUnchanged(courseA, func(e *modulestore.Edit) error { e.SetFiles(files); return nil })
		third := s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Test"), nil) })
		s.wantFiles(third, files)
		s.wantFiles(s.update(courseA, func(e *modulestore.Edit) { e.SetFiles(nil) }), &modulestore.Files{})
		_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			e.SetFiles(&modulestore.Files{Entries: []modulestore.File{{Path: "b", Blob: blob}, {Path: "a", Blob: blob}}})
			return nil
		})
		s.wantError(err, modulestore.ErrInvalid, courseA.String(), `"a"`)
	}},
	{name: "what cannot be stored is refused", test: refuseEdits},
	{name: "an edit that fails writes nothing", test: func(s store) {
		s.importSmall(courseA)
		broken := errors.New("broken")
		s.probe.reset()
		_, changed, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			s.put(e, draft, block(quizID, "Test"), &modulestore.Body{Markup: "new"})
			return broken
		})
		if changed || !errors.Is(err, broken) || len(s.probe.objects) > 0 || len(s.probe.entries) > 0 {
			s.t.Errorf("changed = %v, error %v, %d objects and %d entries written", changed, err, len(s.probe.objects), len(s.probe.entries))
		}
	}},
	{name: "an edit that is cancelled writes nothing", test: func(s store) {
		s.importSmall(courseA)
		ctx, cancel := context.WithCancel(s.ctx())
		_, changed, err := s.Update(ctx, courseA, func(e *modulestore.Edit) error {
			cancel()
			return e.Put(draft, block(quizID, "Test"), &modulestore.Body{Markup: "new"})
		})
		if changed || !errors.Is(err, context.Canceled) {
			s.t.Errorf("changed = %v, error %v", changed, err)
		}
		if head, err := s.Head(s.ctx(), courseA); err != nil || head.Seq != 1 {
			s.t.Errorf("the head is %v, %v", head, err)
		}
	}},
	{name: "an edit of a damaged tree fails, whatever it does", test: func(s store) {
		s.importSmall(courseA)
		s.probe.onGet = nothing
		_, changed, err := s.cold().Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			return e.Put(published, block(e.Tree(draft).Root, "New root"), nil)
		})
		if changed {
			s.t.Error("the edit made a version")
		}
		s.wantError(err, modulestore.ErrCorrupt, courseA.String(), "draft", "missing")
	}},
	{name: "an import repairs a damaged course", test: func(s store) {
		s.importSmall(courseA)
		s.probe.onGet = nothing
		tree, bodies := Sample(50, 1)
		if err := s.Put(s.ctx(), bodies); err != nil {
			s.t.Fatal(err)
		}
		v := s.cold().update(courseA, func(e *modulestore.Edit) { e.Replace(tree, tree, nil, "") })
		s.probe.heal()
		s.wantTree(v, draft, tree)
	}},
	{name: "large imports are put in batches", test: func(s store) {
		var objects []modulestore.Object
		for i := range 20 {
			objects = append(objects, chunk(noise(modulestore.ChunkSize-i)))
		}
		s.probe.reset()
		if err := s.Put(s.ctx(), objects); err != nil {
			s.t.Fatal(err)
		}
		if s.probe.calls != 3 || len(s.probe.objects) != 20 {
			s.t.Errorf("20 MB were put in %d calls, want 3", s.probe.calls)
		}
		err := s.Put(s.ctx(), []modulestore.Object{newObject(modulestore.KindBody, document(strings.Repeat("x", 13<<20)))})
		s.wantError(err, modulestore.ErrInvalid, "a body of 13 MB", "12 MB")
	}},
}

func moveBlocks(s store) {
	s.importSmall(courseA)
	week2, text := idOfBlock("chapter", "week2"), idOfBlock("html", "text")
	v := s.update(courseA, func(e *modulestore.Edit) {
		s.put(e, draft, block(rootID, "The course", chapterID, week2), nil)
		s.put(e, draft, block(week2, "Week 2", quizID, text), nil)
		s.put(e, draft, block(text, "Text"), nil)
		if err := e.Remove(draft, chapterID, quizID); err != nil {
			s.t.Error(err)
		}
	})
	snap := s.cold().snapshot(v, draft)
	s.same("the parents of the quiz that moved", []key.BlockID{week2}, snap.Parents(quizID))
	if body, err := snap.Body(s.ctx(), quizID); err != nil || body.Markup != "<p>1 + 1?</p>" {
		s.t.Errorf("the quiz that moved has the body %v, %v", body, err)
	}
	v = s.update(courseA, func(e *modulestore.Edit) {
		if err := e.Remove(draft, rootID, week2); err != nil {
			s.t.Error(err)
		}
	})
	if tree := s.cold().snapshot(v, draft).Tree(); len(tree.Blocks) != 2 {
		s.t.Errorf("without its second chapter the course has %d blocks, want 2", len(tree.Blocks))
	}
}

func refuseEdits(s store) {
	s.importSmall(courseA)
	long := strings.Repeat("x", modulestore.LongText)
	for name, c := range map[string]struct {
		edit  func(e *modulestore.Edit) error
		words string
	}{
		"a branch that does not exist": {func(e *modulestore.Edit) error { return e.Put("live", block(quizID, ""), nil) }, "live"},
		"a block without a type":       {func(e *modulestore.Edit) error { return e.Put(draft, block(idOfBlock("", "a"), ""), nil) }, "1 to 1024 bytes"},
		"a block without a name":       {func(e *modulestore.Edit) error { return e.Put(draft, block(idOfBlock("html", ""), ""), nil) }, "1 to 1024 bytes"},
		"a name of 1,025 bytes": {func(e *modulestore.Edit) error {
			return e.Put(draft, block(idOfBlock("html", strings.Repeat("x", 1025)), ""), nil)
		}, "1 to 1024 bytes"},
		"a child without a name": {func(e *modulestore.Edit) error { return e.Put(draft, block(quizID, "", idOfBlock("html", "")), nil) }, "problem/quiz, child 0"},
		"a long value in the block": {func(e *modulestore.Edit) error { return e.Put(draft, block(quizID, long), nil) },
			`"display_name" is long`},
		"a long value that is in no body": {func(e *modulestore.Edit) error {
			b := block(quizID, "")
			b.Attrs, _ = modulestore.SplitLong([]modulestore.Attr{{Name: "markdown", Value: long}})
			return e.Put(draft, b, nil)
		}, "exactly the attributes"},
		"a long policy entry that is in no body": {func(e *modulestore.Edit) error {
			b := block(quizID, "")
			b.Policy, _ = modulestore.SplitLong([]modulestore.Attr{{Name: "tabs", Value: long}})
			return e.Put(draft, b, &modulestore.Body{Attrs: []modulestore.Attr{{Name: "tabs", Value: long}}})
		}, "exactly the"},
		"loose markup after the last child": {func(e *modulestore.Edit) error {
			b := block(quizID, "")
			b.Loose = []modulestore.Loose{{Before: 1}}
			return e.Put(draft, b, nil)
		}, "before child 1 of 0"},
		"a body of 13 MB": {func(e *modulestore.Edit) error {
			return e.Put(draft, block(quizID, ""), &modulestore.Body{Markup: strings.Repeat("x", 13<<20)})
		}, "13 MB"},
		"a page of 13 MB": {func(e *modulestore.Edit) error {
			b := block(quizID, "")
			b.Loose = []modulestore.Loose{{Source: strings.Repeat("x", 13<<20)}}
			return e.Put(draft, b, nil)
		}, "page of 13 MB"},
		"a child of a block that is not there":     {func(e *modulestore.Edit) error { return e.Remove(draft, idOfBlock("chapter", "x"), quizID) }, "chapter/x"},
		"a child that is not one":                  {func(e *modulestore.Edit) error { return e.Remove(draft, rootID, quizID) }, "not a child"},
		"the root":                                 {func(e *modulestore.Edit) error { return e.Remove(draft, key.BlockID{}, rootID) }, "not a detached block"},
		"a block that contains the root":           {func(e *modulestore.Edit) error { return e.Put(draft, block(quizID, "", rootID), nil) }, "contains itself"},
		"a block that contains itself":             {func(e *modulestore.Edit) error { return e.Put(draft, block(quizID, "", quizID), nil) }, "contains itself"},
		"a detached block that contains the root":  {func(e *modulestore.Edit) error { return e.Put(draft, block(idOfBlock("about", "a"), "", rootID), nil) }, "must have no parent"},
		"a tree without its root":                  {replaceBy(&modulestore.Tree{Root: rootID, Blocks: blocks(block(quizID, ""))}), "missing at the top"},
		"a tree with a block under another's name": {replaceBy(&modulestore.Tree{Root: rootID, Blocks: map[key.BlockID]*modulestore.Block{rootID: {ID: quizID}}}), "another name"},
		"a tree with a long value":                 {replaceBy(&modulestore.Tree{Root: rootID, Blocks: blocks(block(rootID, long))}), "is long"},
	} {
		_, changed, err := s.Update(s.ctx(), courseA, c.edit)
		if changed || !errors.Is(err, modulestore.ErrInvalid) || !strings.Contains(err.Error(), c.words) {
			s.t.Errorf("%s: changed = %v, error %.200v, want one that is ErrInvalid and says %q", name, changed, err, c.words)
		}
	}
	if head, err := s.Head(s.ctx(), courseA); err != nil || head.Seq != 1 {
		s.t.Errorf("the head is %v, %v", head, err)
	}
}

func replaceBy(t *modulestore.Tree) func(e *modulestore.Edit) error {
	return func(e *modulestore.Edit) error {
		e.Replace(nil, t, nil, "")
		return nil
	}
}

func blocks(list ...modulestore.Block) map[key.BlockID]*modulestore.Block {
	m := make(map[key.BlockID]*modulestore.Block)
	for _, b := range list {
		m[b.ID] = &b
	}
	return m
}

func (s store) wantFiles(v modulestore.Version, want *modulestore.Files) {
	s.t.Helper()
	got, err := s.cold().Files(s.ctx(), v)
	if err != nil {
		s.t.Fatal(err)
	}
	s.same("the files of "+v.String(), want, got)
}

// putBlob stores a file.
func (s store) putBlob(content string) modulestore.Blob {
	s.t.Helper()
	blob, err := modulestore.SplitBlob(strings.NewReader(content), func(o modulestore.Object) error {
		return s.Put(s.ctx(), []modulestore.Object{o})
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return blob
}
