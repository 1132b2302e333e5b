package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// drawing is a tree as lines, one for each block, indented below its parent: TYPE/NAME, a title if there is one, and after a | its markup.
// Further blocks without indentation are detached.
type drawing string

// parse gives the tree and the bodies of its blocks. Like the codec it keeps no empty bodies.
func (d drawing) parse() (*modulestore.Tree, []modulestore.Object) {
	t := &modulestore.Tree{Blocks: make(map[key.BlockID]*modulestore.Block)}
	var bodies []modulestore.Object
	var path []*modulestore.Block
	for line := range strings.Lines(string(d)) {
		text := strings.TrimSpace(line)
		depth := strings.Count(line, "\t")
		if text == "" {
			continue
		}
		text, markup, _ := strings.Cut(text, " | ")
		name, title, _ := strings.Cut(text, " ")
		blockType, name, _ := strings.Cut(name, "/")
		b := &modulestore.Block{ID: idOfBlock(blockType, name)}
		if title != "" {
			b.Attrs = []modulestore.Attr{{Name: "display_name", Value: title}}
		}
		if body := (&modulestore.Body{Markup: markup}); !body.IsZero() {
			o := body.Object()
			b.Body, bodies = o.ID, append(bodies, o)
		}
		path = append(path[:depth], b)
		switch {
		case depth > 0:
			path[depth-1].Children = append(path[depth-1].Children, modulestore.Child{ID: b.ID})
		case t.Root.IsZero():
			t.Root = b.ID
		default:
			t.Detached = append(t.Detached, b.ID)
		}
		t.Blocks[b.ID] = b
	}
	return t, bodies
}

// draw makes a version of c with these branches; an empty one does not exist.
func (s store) draw(c key.Course, public, drafts drawing) modulestore.Version {
	s.t.Helper()
	var trees []*modulestore.Tree
	for _, d := range []drawing{public, drafts} {
		tree, bodies := d.parse()
		if err := s.Put(s.ctx(), bodies); err != nil {
			s.t.Fatal(err)
		}
		if d == "" {
			tree = nil
		}
		trees = append(trees, tree)
	}
	return s.update(c, func(e *modulestore.Edit) { e.Replace(trees[0], trees[1], nil, "") })
}

// wantDrawing checks a branch as it is read back from the backend.
func (s store) wantDrawing(v modulestore.Version, b modulestore.Branch, want drawing) {
	s.t.Helper()
	tree, _ := want.parse()
	s.wantTree(v, b, tree)
}

// restore brings back a version or one block of it.
func (s store) restore(from modulestore.Version, block string) modulestore.Version {
	s.t.Helper()
	v, changed, err := s.Restore(s.ctx(), from.Course, from, parsedID(block), "Ada")
	if err != nil {
		s.t.Fatalf("restore %q of %s: %v", block, from, err)
	}
	if !changed {
		s.t.Errorf("restore %q of %s: nothing has changed", block, from)
	}
	return v
}

func parsedID(text string) key.BlockID {
	blockType, name, _ := strings.Cut(text, "/")
	return idOfBlock(blockType, name)
}

var restoreCases = []storeCase{
	{name: "a restored version is a new version with the old content", test: func(s store) {
		s.Now = clock()
		first := s.importSmall(courseA)
		s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(rootID, "Another title", chapterID), nil)
			e.SetFiles(&modulestore.Files{Entries: []modulestore.File{{Path: "README", Blob: s.putBlob("text")}}})
		})
		s.probe.reset()
		v := s.restore(first, "")
		if len(s.probe.objects) != 2 {
			s.t.Errorf("a restore wrote %d objects, want a state and a commit", len(s.probe.objects))
		}
		if v.Seq != 3 || v.Roots != first.Roots {
			s.t.Errorf("version %d has the roots %v, want version 3 with %v", v.Seq, v.Roots, first.Roots)
		}
		s.same("what the log says", []string{"Ada", "restore", "version 1"}, []string{v.Author, v.Operation, v.Message})
		s.wantCourses(modulestore.Context{Course: courseA, Seq: 3, Title: "The course", Time: v.Time})
	}},
	{name: "a restore can be undone by a restore", test: func(s store) {
		first := s.draw(courseA, "course/c One", "course/c One")
		second := s.draw(courseA, "course/c Two", "course/c Two")
		s.restore(first, "")
		if v := s.restore(second, ""); v.Roots != second.Roots || v.Seq != 4 {
			s.t.Errorf("the restored version is %+v", v)
		}
	}},
	{name: "to restore what the head has changes nothing", test: func(s store) {
		first := s.draw(courseA, small, small)
		for _, block := range []string{"", "course/c", "chapter/a", "problem/2", "about/o"} {
			s.probe.reset()
			v, changed, err := s.Restore(s.ctx(), courseA, first, parsedID(block), "")
			if err != nil || changed || v.Seq != 1 || len(s.probe.objects)+len(s.probe.entries) > 0 {
				s.t.Errorf("restore %q: version %d, changed %v, error %v, %d objects written", block, v.Seq, changed, err, len(s.probe.objects))
			}
		}
	}},
	{name: "a version of which something is missing is not restored", test: func(s store) {
		// The last chunk of the large file is an object of its own.
		little, large, tail := s.putBlob("little"), s.putBlob(strings.Repeat("x", modulestore.ChunkSize+1)), s.putBlob("x")
		first := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(rootID, "The course"), &modulestore.Body{Markup: "text"})
			e.SetFiles(&modulestore.Files{Entries: []modulestore.File{{Path: "large", Blob: large}, {Path: "little", Blob: little}}})
		})
		body := s.snapshot(first, draft).Tree().Blocks[rootID].Body
		s.draw(courseA, "course/c", "course/c")
		for _, lost := range []modulestore.ID{body, little.ID, tail.ID} {
			_, _, err := modulestore.New(lossy{s.probe, lost}).Restore(s.ctx(), courseA, first, key.BlockID{}, "")
			s.wantError(err, modulestore.ErrCorrupt, "version 1", lost.Short(), "missing")
		}
		s.restore(first, "")
	}},
	{name: "only a version of the course with content can be restored", test: func(s store) {
		first := s.importSmall(courseA)
		other := s.importSmall(courseB)
		deleted, err := s.Delete(s.ctx(), courseA, "")
		if err != nil {
			s.t.Fatal(err)
		}
		_, _, err = s.Restore(s.ctx(), courseA, other, key.BlockID{}, "")
		s.wantError(err, modulestore.ErrInvalid, courseB.String(), courseA.String())
		_, _, err = s.Restore(s.ctx(), courseA, deleted, key.BlockID{}, "")
		s.wantError(err, modulestore.ErrInvalid, "version 2")
		_, _, err = s.Restore(s.ctx(), courseA, first, quizID, "")
		s.wantError(err, modulestore.ErrNotFound, "deleted", "version 1")
	}},
	{name: "a deleted course is gone and comes back by a restore", test: deleteAndRestore},
	{name: "what is not there cannot be deleted", test: func(s store) {
		_, err := s.Delete(s.ctx(), courseA, "")
		s.wantError(err, modulestore.ErrNotFound, courseA.String())
	}},
	{name: "a block of the version that is not there is not found", test: func(s store) {
		first := s.draw(courseA, small, small)
		_, _, err := s.Restore(s.ctx(), courseA, first, parsedID("html/none"), "")
		s.wantError(err, modulestore.ErrNotFound, "version 1", "html/none")
	}},
}

func deleteAndRestore(s store) {
	s.Now = clock()
	first := s.importSmall(courseA)
	deleted, err := s.Delete(s.ctx(), courseA, "Ada")
	if err != nil {
		s.t.Fatal(err)
	}
	s.same("what the log says", []any{uint64(2), true, "Ada", "delete"}, []any{deleted.Seq, deleted.Deleted(), deleted.Author, deleted.Operation})
	s.wantCourses()
	_, headErr := s.Head(s.ctx(), courseA)
	_, snapErr := s.Snapshot(s.ctx(), deleted, draft)
	_, againErr := s.Delete(s.ctx(), courseA, "")
	for what, err := range map[string]error{"Head": headErr, "Snapshot": snapErr, "Delete again": againErr} {
		s.wantError(err, modulestore.ErrNotFound, courseA.String(), "deleted by version 2", "restoring version 1")
		var gone *modulestore.DeletedError
		if !errors.As(err, &gone) || gone.Version.Seq != 2 {
			s.t.Errorf("%s: %v is no DeletedError of version 2", what, err)
		}
	}
	for spec, want := range map[string]uint64{"": 2, "head": 2, "head~1": 1, "1": 1} {
		if v, err := s.Version(s.ctx(), courseA, spec); err != nil || v.Seq != want {
			s.t.Errorf("version %q is %d, %v; want %d", spec, v.Seq, err, want)
		}
	}
	s.same("a snapshot of the time before", 3, len(s.snapshot(first, published).Tree().Blocks))
	v := s.restore(first, "")
	if v.Seq != 3 || v.Roots != first.Roots {
		s.t.Errorf("the restored version is %+v", v)
	}
	s.wantCourses(modulestore.Context{Course: courseA, Seq: 3, Title: "The course", Time: v.Time})
}

// small is a course with one of everything that the cases below need.
const small drawing = `
course/c Course
	chapter/a A
		problem/1 One | 1
		problem/2 Two | 2
		vertical/v V
			problem/3 Three | 3
	chapter/b B
		problem/4 Four | 4
about/o | about
`

// restored are cases of one block: the course is small, then becomes now, and after the restore it is want, unless there is an error
// that says these words.
var restored = []struct {
	name, block string
	now, want   drawing
	err         []string
}{
	{"a block gets its old content, what has changed elsewhere stays", "problem/1",
		"course/c New\n\tchapter/a New\n\t\tproblem/1 New | new\n\t\tproblem/2 New | new",
		"course/c New\n\tchapter/a New\n\t\tproblem/1 One | 1\n\t\tproblem/2 New | new", nil},
	{"a block comes with all below it", "chapter/a",
		"course/c\n\tchapter/a New\n\t\tproblem/1 New | new\n\t\tproblem/2 Two | 2",
		"course/c\n\tchapter/a A\n\t\tproblem/1 One | 1\n\t\tproblem/2 Two | 2\n\t\tvertical/v V\n\t\t\tproblem/3 Three | 3", nil},
	{"what was made in it since is removed", "vertical/v",
		"course/c\n\tvertical/v V\n\t\tproblem/new New\n\t\tproblem/3 Three | 3",
		"course/c\n\tvertical/v V\n\t\tproblem/3 Three | 3", nil},
	{"a block that has moved stays where it is", "vertical/v",
		"course/c\n\tchapter/b B\n\t\tvertical/v New",
		"course/c\n\tchapter/b B\n\t\tvertical/v V\n\t\t\tproblem/3 Three | 3", nil},
	{"a block that is gone comes back to its place among those that are left", "problem/2",
		"course/c\n\tchapter/a New\n\t\tproblem/1 One | 1\n\t\tproblem/new New\n\t\tvertical/v V",
		"course/c\n\tchapter/a New\n\t\tproblem/1 One | 1\n\t\tproblem/2 Two | 2\n\t\tproblem/new New\n\t\tvertical/v V", nil},
	{"a block that is gone comes back after the last of its earlier siblings", "vertical/v",
		"course/c\n\tchapter/a New\n\t\tproblem/1 One | 1\n\t\tproblem/2 Two | 2\n\t\tproblem/new New",
		"course/c\n\tchapter/a New\n\t\tproblem/1 One | 1\n\t\tproblem/2 Two | 2\n\t\tvertical/v V\n\t\t\tproblem/3 Three | 3\n\t\tproblem/new New", nil},
	{"a block whose earlier siblings are all gone comes back as the first", "vertical/v",
		"course/c\n\tchapter/a A\n\t\tproblem/new New",
		"course/c\n\tchapter/a A\n\t\tvertical/v V\n\t\t\tproblem/3 Three | 3\n\t\tproblem/new New", nil},
	{"a block that is gone with its parent has no place", "problem/3",
		"course/c\n\tchapter/a A",
		"", []string{"problem/3", "vertical/v", "gone"}},
	{"what has moved out of it goes back", "chapter/a",
		"course/c\n\tchapter/a A\n\t\tproblem/1 One | 1\n\tchapter/b B\n\t\tproblem/2 New | new\n\t\tproblem/4 Four | 4\nproblem/3 New | new",
		"course/c\n\tchapter/a A\n\t\tproblem/1 One | 1\n\t\tproblem/2 Two | 2\n\t\tvertical/v V\n\t\t\tproblem/3 Three | 3\n\tchapter/b B\n\t\tproblem/4 Four | 4", nil},
	{"what has moved into it goes back, as it is now", "vertical/v",
		"course/c\n\tchapter/a A\n\t\tproblem/1 One | 1\n\t\tvertical/v V\n\t\t\tproblem/4 New | new\n\tchapter/b New\nabout/o | about",
		"course/c\n\tchapter/a A\n\t\tproblem/1 One | 1\n\t\tvertical/v V\n\t\t\tproblem/3 Three | 3\n\tchapter/b New\n\t\tproblem/4 New | new\nabout/o | about", nil},
	{"what has moved into it with others that were elsewhere goes back alone", "chapter/b",
		"course/c\n\tchapter/a A\n\t\tproblem/1 One | 1\n\tchapter/b New\n\t\tvertical/v New\n\t\t\tproblem/2 New | new",
		"course/c\n\tchapter/a A\n\t\tproblem/1 One | 1\n\t\tproblem/2 New | new\n\t\tvertical/v New\n\tchapter/b B\n\t\tproblem/4 Four | 4", nil},
	{"what has moved into it cannot go back to a parent that is gone", "vertical/v",
		"course/c\n\tvertical/v V\n\t\tproblem/4 Four | 4",
		"", []string{"problem/4", "chapter/b", "gone"}},
	{"what has no parent goes back to where it had none", "chapter/b",
		"course/c\n\tchapter/b B\n\t\tabout/o | about",
		"course/c\n\tchapter/b B\n\t\tproblem/4 Four | 4\nabout/o | about", nil},
	{"a block that is gone and had no parent comes back without one", "about/o",
		"course/c\n\tchapter/a A",
		"course/c\n\tchapter/a A\nabout/o | about", nil},
	{"a block that was turned inside out is turned back", "chapter/a",
		"course/c\n\tvertical/v New\n\t\tchapter/a New\n\t\t\tproblem/1 New | new",
		"course/c\n\tchapter/a A\n\t\tproblem/1 One | 1\n\t\tproblem/2 Two | 2\n\t\tvertical/v V\n\t\t\tproblem/3 Three | 3", nil},
	{"the root comes with the whole tree, but not with blocks that have no parent", "course/c",
		"course/c New\nabout/new | new",
		"course/c Course\n\tchapter/a A\n\t\tproblem/1 One | 1\n\t\tproblem/2 Two | 2\n\t\tvertical/v V\n\t\t\tproblem/3 Three | 3\n\tchapter/b B\n\t\tproblem/4 Four | 4\nabout/new | new", nil},
	{"a root that is none any more cannot come back alone", "course/c",
		"course/new", "", []string{"course/c", "root", "whole version"}},
}

// restoreBlockCases make each of restored in both branches.
func restoreBlockCases() (cases []storeCase) {
	for _, c := range restored {
		cases = append(cases, storeCase{name: c.name, test: func(s store) {
			first := s.draw(courseA, small, small)
			second := s.draw(courseA, c.now, c.now)
			if len(c.err) > 0 {
				_, _, err := s.Restore(s.ctx(), courseA, first, parsedID(c.block), "")
				s.wantError(err, modulestore.ErrInvalid, c.err...)
				if head, err := s.Head(s.ctx(), courseA); err != nil || head.Seq != second.Seq {
					s.t.Errorf("after the failure the head is %s, %v", head, err)
				}
				return
			}
			v := s.restore(first, c.block)
			s.wantDrawing(v, draft, c.want)
			s.wantDrawing(v, published, c.want)
			s.same("what the log says", c.block+" of version 1", v.Message)
		}})
	}
	return cases
}

// restoreBranchCases are about the branches that a restored block is in.
var restoreBranchCases = []storeCase{
	{name: "a block comes back in the branch that had it, as that had it", test: func(s store) {
		first := s.draw(courseA, "course/c\n\thtml/a Published", "course/c\n\thtml/a Draft\n\thtml/b Draft")
		s.draw(courseA, "course/c\n\thtml/b Other", "course/c")
		v := s.restore(first, "html/a")
		s.wantDrawing(v, published, "course/c\n\thtml/a Published\n\thtml/b Other")
		s.wantDrawing(v, draft, "course/c\n\thtml/a Draft")
		v = s.restore(first, "html/b")
		s.wantDrawing(v, published, "course/c\n\thtml/a Published\n\thtml/b Other")
		s.wantDrawing(v, draft, "course/c\n\thtml/a Draft\n\thtml/b Draft")
	}},
	{name: "a block cannot come back in a branch that does not exist", test: func(s store) {
		first := s.draw(courseA, "course/c\n\thtml/a", "course/c\n\thtml/a")
		s.draw(courseA, "", "course/c\n\thtml/a New")
		_, _, err := s.Restore(s.ctx(), courseA, first, parsedID("html/a"), "")
		s.wantError(err, modulestore.ErrInvalid, "published", "whole version")
	}},
	{name: "a version with one branch can be restored", test: func(s store) {
		first := s.draw(courseA, "", "course/c\n\thtml/a")
		s.draw(courseA, "course/c", "course/c")
		v := s.restore(first, "html/a")
		s.wantDrawing(v, published, "course/c")
		if v := s.restore(first, ""); v.Roots != first.Roots {
			s.t.Errorf("the restored version is %+v", v)
		}
	}},
	{name: "comments and spellings come back with a block", test: func(s store) {
		put := func(e *modulestore.Edit, children ...string) {
			root := block(rootID, "The course")
			for i, name := range children {
				root.Children = append(root.Children, modulestore.Child{
					ID: idOfBlock("html", name), Spelling: []modulestore.Attr{{Name: "slug", Value: name}},
				})
				root.Loose = append(root.Loose, modulestore.Loose{Before: i, Source: "<!-- before " + name + " -->"})
			}
			s.put(e, draft, root, nil)
			for _, name := range children {
				s.put(e, draft, block(idOfBlock("html", name), name), nil)
			}
		}
		first := s.update(courseA, func(e *modulestore.Edit) { put(e, "a", "b", "c") })
		s.update(courseA, func(e *modulestore.Edit) {
			if err := e.Remove(draft, rootID, idOfBlock("html", "b")); err != nil {
				s.t.Error(err)
			}
		})
		if v := s.restore(first, "html/b"); v.Roots != first.Roots {
			s.t.Error("the course is not what it was")
		}
		s.update(courseA, func(e *modulestore.Edit) { put(e, "n", "a", "c", "d") })
		v := s.restore(first, "html/b")
		root, _ := s.snapshot(v, draft).Block(rootID)
		var list []string
		for _, l := range root.Loose {
			next := "the end"
			if l.Before < len(root.Children) {
				next = root.Children[l.Before].ID.Name
			}
			list = append(list, l.Source+" "+next)
		}
		s.same("the comments and what they stand before", []string{
			"<!-- before n --> n", "<!-- before a --> a", "<!-- before c --> c", "<!-- before d --> d",
		}, list)
		s.same("the child that came back", modulestore.Child{
			ID: idOfBlock("html", "b"), Spelling: []modulestore.Attr{{Name: "slug", Value: "b"}},
		}, root.Children[2])
	}},
}

// lossy is a backend that has lost an object.
type lossy struct {
	modulestore.Backend
	lost modulestore.ID
}

func (l lossy) Has(ctx context.Context, g modulestore.Generation, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.ID, error) {
	if slices.Contains(ids, l.lost) {
		return []modulestore.ID{l.lost}, nil
	}
	return l.Backend.Has(ctx, g, kind, ids)
}
