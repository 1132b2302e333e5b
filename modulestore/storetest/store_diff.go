package storetest

import (
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore"
)

// differences compares two versions and gives each change as a line: kind, branch, block; and of files kind, "asset" or "file", path.
func (s store) differences(a, b modulestore.Version) []string {
	s.t.Helper()
	d := s.diff(a, b, modulestore.DiffOptions{})
	lines := []string{}
	for _, c := range d.Changes {
		lines = append(lines, fmt.Sprintf("%s %s %s", c.Kind, c.Branch, c.Block))
	}
	for _, f := range d.Files {
		class := map[bool]string{true: "asset", false: "file"}[f.Asset]
		lines = append(lines, fmt.Sprintf("%s %s %s", f.Kind, class, f.Path))
	}
	if d.Empty() != (len(lines) == 0) {
		s.t.Errorf("with %d changes Empty is %v", len(lines), d.Empty())
	}
	return lines
}

func (s store) diff(a, b modulestore.Version, o modulestore.DiffOptions) *modulestore.Diff {
	s.t.Helper()
	d, err := s.cold().Diff(s.ctx(), a, b, o)
	if err != nil {
		s.t.Fatal(err)
	}
	if d.From.Commit != a.Commit || d.To.Commit != b.Commit {
		s.t.Errorf("the diff is of %s and %s", d.From, d.To)
	}
	return d
}

func (s store) wantDifferences(a, b modulestore.Version, want ...string) {
	s.t.Helper()
	s.same(fmt.Sprintf("what differs from version %d to %d", a.Seq, b.Seq), append([]string{}, want...), s.differences(a, b))
}

var diffCases = []storeCase{
	{name: "a version does not differ from itself", test: func(s store) {
		v := s.draw(courseA, small, "course/c Draft")
		s.wantDifferences(v, v)
	}},
	{name: "a unit moved, one renamed, a date changed, a problem edited, an asset replaced: five changes, undone by a restore", test: fiveChanges},
	{name: "what happens in both branches is one change", test: func(s store) {
		first := s.draw(courseA, "course/c\n\thtml/a A\n\thtml/b B\n\thtml/c", "course/c\n\thtml/new\n\thtml/a A\n\thtml/b B\n\thtml/c")
		second := s.draw(courseA, "course/c\n\thtml/c\n\thtml/a X\n\thtml/b P", "course/c\n\thtml/c\n\thtml/new\n\thtml/a X\n\thtml/b D")
		s.wantDifferences(first, second,
			"moved both html/c", "renamed both html/a", "renamed draft html/b", "renamed published html/b")
	}},
	{name: "a change of one branch names it", test: func(s store) {
		first := s.draw(courseA, "course/c\n\thtml/a\n\thtml/b", "course/c\n\thtml/a\n\thtml/b")
		second := s.draw(courseA, "course/c\n\thtml/a\n\thtml/b", "course/c\n\thtml/a Draft\n\thtml/n")
		third := s.draw(courseA, "course/c\n\thtml/a Draft\n\thtml/n", "course/c\n\thtml/a Draft\n\thtml/n")
		s.wantDifferences(first, second, "renamed draft html/a", "added draft html/n", "removed draft html/b")
		s.wantDifferences(second, third, "renamed published html/a", "added published html/n", "removed published html/b")
		s.wantDifferences(first, third, "renamed both html/a", "added both html/n", "removed both html/b")
	}},
	{name: "a branch that does not exist has no blocks", test: func(s store) {
		first := s.draw(courseA, "", "course/c\n\thtml/a")
		second := s.draw(courseA, "course/c\n\thtml/a", "course/c\n\thtml/a")
		s.wantDifferences(first, second, "added published course/c")
		s.wantDifferences(second, first, "removed published course/c")
	}},
	{name: "a deleted course has lost everything", test: func(s store) {
		first := s.draw(courseA, small, small)
		deleted, err := s.Delete(s.ctx(), courseA, "")
		if err != nil {
			s.t.Fatal(err)
		}
		s.wantDifferences(first, deleted, "removed both course/c", "removed both about/o")
		if n := s.diff(first, deleted, modulestore.DiffOptions{}).Changes[0].Below; n != 7 {
			s.t.Errorf("%d blocks went with the root, want 7", n)
		}
		s.wantDifferences(deleted, first, "added both course/c", "added both about/o")
	}},
	{name: "courses can be compared, too", test: func(s store) {
		a := s.draw(courseA, "course/2025 Course\n\thtml/a", "course/2025 Course\n\thtml/a")
		b := s.draw(courseB, "course/2026 Course\n\thtml/a A", "course/2026 Course\n\thtml/a A")
		s.wantDifferences(a, b, "settings both course/2026", "renamed both html/a")
	}},
	{name: "files are told of where no block is", test: fileDifferences},
	{name: "the file that points at the root has a change of its own only where the root has none", test: rootFileDifferences},
	{name: "a text is shown as a unified diff when that is asked for", test: textDifferences},
	{name: "a version of which something is missing cannot be compared", test: func(s store) {
		first := s.draw(courseA, "course/c | one", "course/c | one")
		second := s.draw(courseA, "course/c | two", "course/c | two")
		s.probe.onGet = only(modulestore.KindBody, func(modulestore.Object) []modulestore.Object { return nil })
		_, err := s.cold().Diff(s.ctx(), first, second, modulestore.DiffOptions{})
		s.wantError(err, modulestore.ErrCorrupt, "version 1", "version 2")
	}},
	{name: "only what differs is read", test: func(s store) {
		first := s.importSample(courseA, size(2000))
		id := s.snapshot(first, draft).Tree().Blocks[s.snapshot(first, draft).Tree().Root].Children[0].ID
		second := s.update(courseA, func(e *modulestore.Edit) {
			if err := rename(s.ctx(), e, id, "Another title"); err != nil {
				s.t.Fatal(err)
			}
		})
		bodies := 0
		s.probe.onGet = func(kind modulestore.Kind, objects []modulestore.Object) ([]modulestore.Object, error) {
			if kind == modulestore.KindBody {
				bodies += len(objects)
			}
			return objects, nil
		}
		s.wantDifferences(first, second, "renamed draft "+id.String())
		if bodies > 0 {
			s.t.Errorf("%d bodies were read", bodies)
		}
	}},
}

// withParts gives a file that defines blocks of a tree.
func (s store) withParts(path, content string, blocks ...string) modulestore.File {
	f := modulestore.File{Path: path, Blob: s.putBlob(content)}
	for _, b := range blocks {
		f.Parts = append(f.Parts, modulestore.Part{Block: parsedID(b), Facet: modulestore.Element})
	}
	return f
}

// withFiles makes a version of course A with that tree in both branches and these files.
func (s store) withFiles(d drawing, files ...modulestore.File) modulestore.Version {
	s.t.Helper()
	tree, bodies := d.parse()
	if err := s.Put(s.ctx(), bodies); err != nil {
		s.t.Fatal(err)
	}
	slices.SortFunc(files, func(a, b modulestore.File) int { return strings.Compare(a.Path, b.Path) })
	return s.update(courseA, func(e *modulestore.Edit) { e.Replace(tree, tree, &modulestore.Files{Entries: files}, "") })
}

func fiveChanges(s store) {
	const before drawing = `
course/c Course
	chapter/a A
		sequential/s S
			vertical/1 One
			vertical/2 Two
				problem/p P | 1 + 1
	chapter/b B
		sequential/t T
`
	const after drawing = `
course/c Course
	chapter/a A
		sequential/s S
			vertical/2 Deux
				problem/p P | 2 + 2
	chapter/b B
		sequential/t T
			vertical/1 One
`
	files := func(asset string, changed string) []modulestore.File {
		return []modulestore.File{
			s.withParts("course.xml", "course", "course/c"),
			s.withParts("chapter/a.xml", "chapter a", "chapter/a"),
			s.withParts("problem/p.xml", "problem"+changed, "problem/p"),
			s.withParts("sequential/s.xml", "sequential s"+changed, "sequential/s"),
			s.withParts("sequential/t.xml", "sequential t"+changed, "sequential/t"),
			s.withParts("vertical/2.xml", "vertical"+changed, "vertical/2"),
			s.withParts("static/graph.png", asset),
		}
	}
	first := s.withFiles(before, files("graph", "")...)
	s.withFiles(after, files("a new graph", " (changed)")...)
	second := s.update(courseA, func(e *modulestore.Edit) {
		for _, b := range []modulestore.Branch{draft, published} {
			chapter := block(parsedID("chapter/b"), "B", parsedID("sequential/t"))
			chapter.Attrs = append(chapter.Attrs, modulestore.Attr{Name: "start", Value: "2026-09-01T00:00:00Z"})
			s.put(e, b, chapter, nil)
		}
	})
	s.wantDifferences(first, second,
		"renamed both vertical/2", "content both problem/p", "dates both chapter/b", "moved both vertical/1", "replaced asset static/graph.png")
	third := s.restore(first, "")
	s.wantDifferences(first, third)
	if third.Seq != second.Seq+1 {
		s.t.Errorf("the restored version is number %d", third.Seq)
	}
}

func fileDifferences(s store) {
	const tree drawing = "course/c\n\thtml/a A\n\thtml/b B"
	first := s.withFiles(tree,
		s.withParts("static/gone.png", "gone"), s.withParts("static/same.png", "same"), s.withParts("static/a.png", "old"),
		s.withParts("README.md", "old"), s.withParts("html/a.xml", "<html/>", "html/a"), s.withParts("html/b.xml", "<html/>", "html/b"),
		s.withParts("html/old.xml", "b", "html/b"), s.withParts("html/gone.xml", "a", "html/a"),
	)
	second := s.withFiles("course/c\n\thtml/a A\n\thtml/b Changed\n\thtml/n",
		s.withParts("static/new.png", "new"), s.withParts("static/same.png", "same"), s.withParts("static/a.png", "new one"),
		s.withParts("README.md", "new"), s.withParts("html/a.xml", "<html />", "html/a"), s.withParts("html/b.xml", "<html b='1'/>", "html/b"),
		s.withParts("html/n.xml", "n", "html/n"), s.withParts("notstatic/static/x.png", "x"), s.withParts("static.txt", "x"),
	)
	s.wantDifferences(first, second, "renamed both html/b", "added both html/n",
		"replaced file README.md", "reformatted file html/a.xml", "removed file html/gone.xml", "added file notstatic/static/x.png", "added file static.txt",
		"replaced asset static/a.png", "removed asset static/gone.png", "added asset static/new.png")
	for _, f := range s.diff(first, second, modulestore.DiffOptions{}).Files {
		if f.Path == "static/a.png" && (f.From.Size != 3 || f.To.Size != 7) {
			s.t.Errorf("%s went from %d to %d bytes, want 3 and 7", f.Path, f.From.Size, f.To.Size)
		}
	}
	wrapped := s.update(courseA, func(e *modulestore.Edit) {
		e.SetFiles(&modulestore.Files{Root: "course", Entries: []modulestore.File{
			s.withParts("course/static/a.png", "a"), s.withParts("static/b.png", "b"),
		}})
	})
	if got := s.differences(second, wrapped); !slices.Contains(got, "added asset course/static/a.png") || !slices.Contains(got, "added file static/b.png") {
		s.t.Errorf("assets stand beside the root file: %q", got)
	}
}

func rootFileDifferences(s store) {
	const tree drawing = "course/c Course\n\thtml/a A"
	file := s.withParts
	first := s.withFiles(tree, file("course.xml", "<course/>"))
	second := s.withFiles(tree, file("course.xml", "<course />"))
	s.wantDifferences(first, second, "reformatted file course.xml")
	third := s.withFiles("course/c Renamed\n\thtml/a A", file("course.xml", "<course/>"))
	s.wantDifferences(second, third, "renamed both course/c")
	pointing := s.update(courseA, func(e *modulestore.Edit) {
		t := *e.Tree(draft)
		t.Pointer = []modulestore.Attr{{Name: "org", Value: "Org"}}
		e.Replace(&t, &t, &modulestore.Files{Entries: []modulestore.File{file("course.xml", "<course org='Org'/>")}}, "")
	})
	s.wantDifferences(third, pointing, "settings both course/c")
	none := s.update(courseA, func(e *modulestore.Edit) { e.SetFiles(nil) })
	s.wantDifferences(pointing, none, "removed file course.xml")
}

func textDifferences(s store) {
	id := parsedID("problem/p")
	version := func(markup string) modulestore.Version {
		return s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(id, "P"), &modulestore.Body{Markup: markup})
		})
	}
	long := strings.Repeat("a line\n", 20)
	first := version("one\ntwo\nthree\n" + long)
	second := version("one\n2\nthree\n" + long)
	change := func(a, b modulestore.Version, o modulestore.DiffOptions) modulestore.TextChange {
		return s.diff(a, b, o).Changes[0].Texts[0]
	}
	got := change(first, second, modulestore.DiffOptions{Text: true})
	want := "--- markup\n+++ markup\n@@ -1,5 +1,5 @@\n one\n-two\n+2\n three\n a line\n a line\n"
	s.same("the unified diff", want, got.Diff)
	if got.Name != "markup" || got.FromSize != len(long)+14 || got.ToSize != len(long)+12 || got.FromHash == got.ToHash {
		s.t.Errorf("the change is %+v", got)
	}
	if got := change(first, second, modulestore.DiffOptions{}); got.Diff != "" {
		s.t.Errorf("nobody asked for %q", got.Diff)
	}
}
