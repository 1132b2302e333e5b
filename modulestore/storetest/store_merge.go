package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// updateFrom makes a change as an author who saw the version base.
func (s store) updateFrom(base modulestore.Version, f func(e *modulestore.Edit) error) modulestore.Rebased {
	s.t.Helper()
	r, err := s.UpdateFrom(s.ctx(), base, f)
	if err != nil {
		s.t.Fatalf("an edit of %s: %v", base, err)
	}
	return r
}

// become replaces the draft by a drawing.
func (s store) become(d drawing) func(e *modulestore.Edit) error {
	tree, bodies := d.parse()
	if err := s.Put(s.ctx(), bodies); err != nil {
		s.t.Fatal(err)
	}
	return func(e *modulestore.Edit) error {
		e.Describe("Ada", "edit", "as drawn")
		for _, id := range tree.Detached {
			if e.Tree(draft).Blocks[id] == nil {
				if err := e.Put(draft, *tree.Blocks[id], nil); err != nil {
					return err
				}
			}
		}
		var failed error
		tree.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
			var body *modulestore.Body
			for _, o := range bodies {
				if o.ID == b.Body {
					body, failed = modulestore.DecodeBody(o.Data)
				}
			}
			failed = errors.Join(failed, e.Put(draft, *b, body))
			return failed == nil
		})
		return failed
	}
}

// conflicts gives the conflicts of an error as lines: kind, branch, block, field.
func (s store) conflicts(err error) []string {
	s.t.Helper()
	conflict, ok := errors.AsType[*modulestore.ConflictError](err)
	if !ok {
		s.t.Fatalf("got error %v, want a conflict", err)
	}
	return conflictLines(conflict.Conflicts)
}

func conflictLines(conflicts []modulestore.Conflict) []string {
	lines := []string{}
	for _, c := range conflicts {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", c.Kind, c.Branch, c.Block, c.Name)))
	}
	return lines
}

const weeks drawing = `
course/c Course
	chapter/1 One
		html/a A | a
		html/b B | b
	chapter/2 Two
		html/d D | d
about/o | about
`

var rebaseCases = []storeCase{
	{name: "an edit of the head is an edit like any other", test: func(s store) {
		base := s.draw(courseA, weeks, weeks)
		r := s.updateFrom(base, func(e *modulestore.Edit) error { return rename(s.ctx(), e, idOfBlock("html", "a"), "New") })
		if !r.Changed || r.Merged || r.Report != nil || r.Version.Seq != 2 {
			s.t.Errorf("got %+v", r)
		}
	}},
	{name: "an edit of an old version keeps what others have changed since", test: func(s store) {
		base := s.draw(courseA, weeks, weeks)
		s.updateFrom(base, s.become(weeksWith("A | a", "Theirs | a", "chapter/2 Two", "chapter/2 Two\n\t\thtml/n N | n")))
		r := s.updateFrom(base, s.become(weeksWith("A | a", "A | ours", "\t\thtml/b B | b\n", "")))
		want := weeksWith("A | a", "Theirs | ours", "\t\thtml/b B | b\n", "", "chapter/2 Two", "chapter/2 Two\n\t\thtml/n N | n")
		s.wantDrawing(r.Version, draft, want)
		s.wantDrawing(r.Version, published, weeks)
		if !r.Changed || !r.Merged || r.Version.Seq != 3 || r.Version.Author != "Ada" || r.Version.Message != "as drawn" {
			s.t.Errorf("got %+v", r)
		}
		var told []string
		for _, c := range r.Report.Changes {
			told = append(told, fmt.Sprintf("%s %s", c.Kind, c.Block))
		}
		s.same("what the others have changed", []string{"renamed html/a", "added html/n"}, told)
		s.wantDifferences(s.version(courseA, 2), r.Version, "content draft html/a", "removed draft html/b")
	}},
	{name: "an edit that does not go together with others is refused and nothing is written", test: func(s store) {
		base := s.draw(courseA, weeks, weeks)
		s.updateFrom(base, s.become(weeksWith("A | a", "Theirs | a", "\t\thtml/d D | d\n", "")))
		change := s.become(weeksWith("A | a", "Ours | a", "D | d", "D | ours"))
		s.probe.reset()
		_, err := s.UpdateFrom(s.ctx(), base, change)
		s.wantError(err, modulestore.ErrConflict, "version 1 does not go together with version 2",
			`html/a "Theirs" [draft]: display_name: was "A"; the course has "Theirs", the change "Ours"`, "html/d", "the course has removed it")
		s.same("conflicts", []string{"value draft html/a display_name", "edited-and-removed draft html/d parents"}, s.conflicts(err))
		if len(s.probe.objects)+len(s.probe.entries) > 0 {
			s.t.Errorf("%d objects and %d entries were written", len(s.probe.objects), len(s.probe.entries))
		}
		conflict, _ := errors.AsType[*modulestore.ConflictError](err)
		s.same("base and theirs", []uint64{1, 2}, []uint64{conflict.Base.Seq, conflict.Theirs.Seq})
	}},
	{name: "a conflict of both branches is told once", test: func(s store) {
		base := s.draw(courseA, "course/c A", "course/c A")
		both := func(name string) func(e *modulestore.Edit) error {
			return func(e *modulestore.Edit) error {
				root := block(idOfBlock("course", "c"), name)
				return errors.Join(e.Put(draft, root, nil), e.Put(published, root, nil))
			}
		}
		s.updateFrom(base, both("B"))
		_, err := s.UpdateFrom(s.ctx(), base, both("C"))
		s.same("conflicts", []string{"value both course/c display_name"}, s.conflicts(err))
	}},
	{name: "two parts of one body are merged to a new one", test: func(s store) {
		id := idOfBlock("html", "a")
		put := func(markup, text string) func(e *modulestore.Edit) error {
			body := &modulestore.Body{Markup: markup, Texts: []modulestore.Attr{{Name: "data", Value: text}}}
			return func(e *modulestore.Edit) error { return e.Put(draft, block(id, "A"), body) }
		}
		base := s.updateFrom(s.draw(courseA, weeks, weeks), put("a", "a")).Version
		s.updateFrom(base, put("theirs", "a"))
		r := s.updateFrom(base, put("a", "ours"))
		body, err := s.cold().snapshot(r.Version, draft).Body(s.ctx(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		s.same("the body", &modulestore.Body{Markup: "theirs", Texts: []modulestore.Attr{{Name: "data", Value: "ours"}}}, body)
	}},
	{name: "branches are merged each by itself", test: func(s store) {
		base := s.draw(courseA, "course/c A", "course/c A\n\thtml/d")
		s.updateFrom(base, func(e *modulestore.Edit) error {
			return e.Put(published, block(idOfBlock("course", "c"), "Public"), nil)
		})
		r := s.updateFrom(base, func(e *modulestore.Edit) error {
			return e.Put(draft, block(idOfBlock("course", "c"), "Draft", idOfBlock("html", "d")), nil)
		})
		s.wantDrawing(r.Version, draft, "course/c Draft\n\thtml/d")
		s.wantDrawing(r.Version, published, "course/c Public")
	}},
	{name: "an edit that changes nothing makes no version, whatever others have done", test: func(s store) {
		base := s.draw(courseA, weeks, weeks)
		s.updateFrom(base, s.become(weeksWith("A | a", "Theirs | a")))
		for _, same := range []drawing{weeks, weeksWith("A | a", "Theirs | a")} {
			if r := s.updateFrom(base, s.become(same)); r.Changed || r.Merged || r.Version.Seq != 2 {
				s.t.Errorf("got %+v", r)
			}
		}
	}},
	{name: "records of files are merged by path", test: func(s store) {
		files := func(words ...string) func(e *modulestore.Edit) error {
			return func(e *modulestore.Edit) error {
				f := &modulestore.Files{}
				for _, w := range words {
					path, content, _ := strings.Cut(w, "=")
					f.Entries = append(f.Entries, modulestore.File{Path: path, Blob: s.putBlob(content)})
				}
				e.SetFiles(f)
				return nil
			}
		}
		s.draw(courseA, "course/c", "course/c")
		base := s.updateFrom(s.version(courseA, 1), files("a=1", "b=1")).Version
		s.updateFrom(base, files("a=2", "b=1"))
		r := s.updateFrom(base, files("a=1", "n=1"))
		s.wantDifferences(base, r.Version, "replaced file a", "removed file b", "added file n")
		_, err := s.UpdateFrom(s.ctx(), base, files("a=3", "b=1"))
		s.same("conflicts", []string{"file  / a"}, s.conflicts(err))
	}},
	{name: "tags, branches and orders of the head stay", test: func(s store) {
		base := s.draw(courseA, weeks, weeks)
		if err := s.Tag(s.ctx(), courseA, "first", base, "Ada"); err != nil {
			s.t.Fatal(err)
		}
		r := s.updateFrom(base, s.become(weeksWith("A | a", "Ours | a")))
		if v, err := s.Version(s.ctx(), courseA, "first"); err != nil || v.Seq != 1 || r.Merged {
			s.t.Errorf("the tag names %v, %v; merged %v", v, err, r.Merged)
		}
	}},
	{name: "others may go on while an edit is merged", test: func(s store) {
		base := s.draw(courseA, weeks, weeks)
		s.updateFrom(base, s.become(weeksWith("A | a", "Theirs | a")))
		runs := 0
		r := s.updateFrom(base, func(e *modulestore.Edit) error {
			if runs++; runs < 3 {
				s.cold().update(courseA, func(e *modulestore.Edit) {
					s.put(e, draft, block(idOfBlock("about", fmt.Sprint(runs)), "By another"), nil)
				})
			}
			return rename(s.ctx(), e, idOfBlock("html", "b"), "Ours")
		})
		if tree := s.snapshot(r.Version, draft).Tree(); r.Version.Seq != 5 || len(tree.Detached) != 3 {
			s.t.Errorf("it is version %d with %d detached blocks, want 5 with 3", r.Version.Seq, len(tree.Detached))
		}
	}},
	{name: "an edit of a deleted course, and of a version that is none, is refused", test: func(s store) {
		base := s.draw(courseA, weeks, weeks)
		other := base
		other.Commit[0]++
		s.updateFrom(base, s.become(weeksWith("A | a", "Theirs | a")))
		_, err := s.UpdateFrom(s.ctx(), other, s.become(weeksWith("A | a", "Ours | a")))
		s.wantError(err, modulestore.ErrInvalid, "no version that the head comes from")
		if _, err := s.Delete(s.ctx(), courseA, ""); err != nil {
			s.t.Fatal(err)
		}
		_, err = s.UpdateFrom(s.ctx(), base, s.become(weeksWith("A | a", "Ours | a")))
		s.wantError(err, modulestore.ErrNotFound, "deleted by version 3")
	}},
	{name: "an edit can say which state of a block it is meant for", test: matchBlocks},
}

// weeksWith is weeks with texts replaced.
func weeksWith(oldnew ...string) drawing {
	return drawing(strings.NewReplacer(oldnew...).Replace(string(weeks)))
}

// version finds a version by its number.
func (s store) version(c key.Course, number int) modulestore.Version {
	s.t.Helper()
	v, err := s.Version(s.ctx(), c, fmt.Sprint(number))
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func matchBlocks(s store) {
	id, absent := idOfBlock("html", "a"), idOfBlock("html", "absent")
	v := s.draw(courseA, weeks, weeks)
	hash := func(v modulestore.Version) modulestore.ID {
		snap := s.cold().snapshot(v, draft)
		body, err := snap.Body(s.ctx(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		b, _ := snap.Block(id)
		return modulestore.BlockHash(b, body)
	}
	seen := hash(v)
	change := func(want modulestore.ID, block key.BlockID, name string) error {
		_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			e.Describe("Ada", "edit", "")
			e.About(id)
			if err := e.Match(s.ctx(), draft, block, want); err != nil {
				return err
			}
			return rename(s.ctx(), e, id, name)
		})
		return err
	}
	if err := errors.Join(change(seen, id, "New"), change(modulestore.ID{}, absent, "Newer")); err != nil {
		s.t.Fatal(err)
	}
	now := hash(s.version(courseA, 3))
	err := change(seen, id, "Newest")
	s.wantError(err, modulestore.ErrConflict, "html/a [draft]", "it is "+now.Short()+" now", "version 3 by Ada at ")
	stale, ok := errors.AsType[*modulestore.StaleError](err)
	if !ok || stale.Present != now || stale.Changed == nil || stale.Changed.Seq != 3 {
		s.t.Errorf("got %+v, want the hash %s and version 3", stale, now)
	}
	if err := s.Tag(s.ctx(), courseA, "a-version-without-content", v, ""); err != nil {
		s.t.Fatal(err)
	}
	if stale, _ := errors.AsType[*modulestore.StaleError](change(seen, id, "Newest")); stale == nil || stale.Changed == nil || stale.Changed.Seq != 3 {
		s.t.Errorf("got %+v, want version 3", stale)
	}
	s.wantError(change(seen, absent, "Newest"), modulestore.ErrConflict, "there is no such block now")
	s.update(courseA, func(e *modulestore.Edit) {
		if err := rename(context.WithoutCancel(s.ctx()), e, id, "By whom is not said"); err != nil {
			s.t.Error(err)
		}
	})
	if stale, _ := errors.AsType[*modulestore.StaleError](change(seen, id, "Newest")); stale == nil || stale.Changed != nil {
		s.t.Errorf("got %+v, want no version that changed it", stale)
	}
}
