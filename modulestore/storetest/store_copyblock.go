package storetest

import (
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

var (
	copySource = drawing("course/c Source\n\tchapter/a A\n\t\tsequential/s S\n\t\t\tvertical/v Unit\n\t\t\t\tproblem/p Problem | <p>1</p>\n\t\t\t\thtml/h Text | <p>2</p>\n")
	copyTarget = drawing("course/c Target\n\tchapter/x X\n\t\tsequential/t T\n\t\t\tvertical/w W\n\t\t\tvertical/z Z\n")
)

// copied is the key of the copy of a block below a parent.
func copied(from key.Course, block string, parent key.BlockID) key.BlockID {
	return modulestore.CopyID(from.Block(parsedID(block)), parent)
}

func (s store) copyBelow(from modulestore.Version, block, parent string, o modulestore.CopyOptions) modulestore.CopyBlockReport {
	s.t.Helper()
	report, err := s.CopyBlock(s.ctx(), from, draft, parsedID(block), courseB, parsedID(parent), o)
	if err != nil {
		s.t.Fatalf("copy %s to %s: %v", block, parent, err)
	}
	return report
}

// children lists the children of a block of the draft.
func (s store) children(v modulestore.Version, id key.BlockID) (list []key.BlockID) {
	s.t.Helper()
	b, ok := s.snapshot(v, draft).Block(id)
	if !ok {
		s.t.Fatalf("%s has no %s", v, id)
	}
	for _, c := range b.Children {
		list = append(list, c.ID)
	}
	return list
}

// text is the markup of a block of the draft.
func (s store) text(v modulestore.Version, id key.BlockID) string {
	s.t.Helper()
	body, err := s.snapshot(v, draft).Body(s.ctx(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	if body == nil {
		return ""
	}
	return body.Markup
}

// change edits one block of the draft of a course, and its body.
func (s store) change(c key.Course, id key.BlockID, f func(b *modulestore.Block, body *modulestore.Body)) modulestore.Version {
	s.t.Helper()
	return s.update(c, func(e *modulestore.Edit) {
		body, err := e.Body(s.ctx(), draft, id)
		if err != nil {
			s.t.Fatal(err)
		}
		b, content := *e.Tree(draft).Blocks[id], modulestore.Body{}
		if body != nil {
			content = *body
		}
		b.Attrs, b.Children = slices.Clone(b.Attrs), slices.Clone(b.Children)
		f(&b, &content)
		s.put(e, draft, b, &content)
	})
}

func markup(text string) func(*modulestore.Block, *modulestore.Body) {
	return func(_ *modulestore.Block, body *modulestore.Body) { body.Markup = text }
}

func attr(name, value string) func(*modulestore.Block, *modulestore.Body) {
	return func(b *modulestore.Block, _ *modulestore.Body) {
		b.Attrs = slices.DeleteFunc(b.Attrs, func(a modulestore.Attr) bool { return a.Name == name })
		b.Attrs = append(b.Attrs, modulestore.Attr{Name: name, Value: value})
	}
}

var copyBlockCases = []storeCase{
	{name: "a unit is copied into the draft with all below it, under names that are always the same, and knows where it comes from", test: func(s store) {
		from := s.draw(courseA, copySource, copySource)
		before := s.draw(courseB, copyTarget, copyTarget)
		report := s.copyBelow(from, "vertical/v", "sequential/t", modulestore.CopyOptions{Position: 2, Author: "Ada"})
		unit := copied(courseA, "vertical/v", parsedID("sequential/t"))
		problem, text := copied(courseA, "problem/p", unit), copied(courseA, "html/h", unit)
		s.same("the copy", unit, report.Block)
		s.same("what was added", []key.BlockID{unit, problem, text}, report.Added)
		v := report.Version
		s.same("its place", []key.BlockID{parsedID("vertical/w"), unit, parsedID("vertical/z")}, s.children(v, parsedID("sequential/t")))
		s.same("what is below", []key.BlockID{problem, text}, s.children(v, unit))
		s.same("the problem", "<p>1</p>", s.text(v, problem))
		s.same("what is published", before.Roots.Published, v.Roots.Published)
		s.same("what the log says", []any{"Ada", "copy", "vertical/v of " + from.String(), report.Added}, []any{v.Author, v.Operation, v.Message, v.Blocks})
		for id, source := range map[key.BlockID]string{unit: "vertical/v", problem: "problem/p", text: "html/h"} {
			o := s.snapshot(v, draft).Tree().Blocks[id].Origin
			if o == nil || o.Course != courseA || o.Block != parsedID(source) || o.Base.IsZero() || !o.Declined.IsZero() {
				s.t.Errorf("the origin of %s is %+v, want %s of %s", id, o, source, courseA)
			}
		}
	}},
	{name: "bodies are shared: a copy writes pages alone", test: func(s store) {
		from := s.draw(courseA, copySource, copySource)
		s.draw(courseB, copyTarget, copyTarget)
		s.probe.reset()
		s.copyBelow(from, "chapter/a", "course/c", modulestore.CopyOptions{})
		for _, o := range s.probe.objects {
			if o.Kind == modulestore.KindBody {
				s.t.Errorf("body %s was written", o.ID.Short())
			}
		}
	}},
	{name: "a second copy to the same place brings the first up to date, and what was changed there stays", test: func(s store) {
		s.draw(courseA, copySource, copySource)
		s.draw(courseB, copyTarget, copyTarget)
		from := s.head(courseA)
		unit := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{}).Block
		problem, text := copied(courseA, "problem/p", unit), copied(courseA, "html/h", unit)
		s.probe.reset()
		if again := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{Position: 1}); again.Changed || again.Block != unit || len(s.probe.objects) > 0 {
			s.t.Errorf("the same copy again: %+v, %d objects were written", again, len(s.probe.objects))
		}
		s.change(courseB, problem, attr("weight", "5"))
		s.change(courseB, unit, func(b *modulestore.Block, _ *modulestore.Body) {
			b.Children = append([]modulestore.Child{{ID: parsedID("html/own")}}, b.Children...)
		})
		s.update(courseB, func(e *modulestore.Edit) { s.put(e, draft, block(parsedID("html/own"), "Own"), nil) })
		s.change(courseA, parsedID("problem/p"), markup("<p>new</p>"))
		s.change(courseA, parsedID("vertical/v"), func(b *modulestore.Block, _ *modulestore.Body) {
			b.Children = []modulestore.Child{{ID: parsedID("problem/q")}, {ID: parsedID("problem/p")}, {ID: parsedID("html/h")}}
		})
		from = s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(parsedID("problem/q"), "New"), nil) })
		report := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{})
		added := copied(courseA, "problem/q", unit)
		s.same("what was added", []key.BlockID{added}, report.Added)
		s.same("what was updated", []key.BlockID{unit, problem}, report.Updated)
		s.same("conflicts", 0, len(report.Conflicts))
		children := s.children(report.Version, unit)
		slices.SortFunc(children, compareIDs)
		want := []key.BlockID{parsedID("html/own"), added, problem, text}
		slices.SortFunc(want, compareIDs)
		s.same("the children, own and copied", want, children)
		s.same("the new text of the problem", "<p>new</p>", s.text(report.Version, problem))
		weight, _ := s.snapshot(report.Version, draft).Tree().Blocks[problem].Attr("weight", nil)
		s.same("the weight that was set here", "5", weight)
		s.same("the copies in their old place", []key.BlockID{unit}, s.children(report.Version, parsedID("vertical/w")))
	}},
	{name: "what was changed in both is a conflict and stays as it is here; what was removed here is not brought back", test: func(s store) {
		from := s.draw(courseA, copySource, copySource)
		s.draw(courseB, copyTarget, copyTarget)
		unit := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{}).Block
		problem, text := copied(courseA, "problem/p", unit), copied(courseA, "html/h", unit)
		s.change(courseB, problem, markup("<p>here</p>"))
		s.change(courseB, unit, func(b *modulestore.Block, _ *modulestore.Body) { b.Children = b.Children[:1] })
		s.change(courseA, parsedID("problem/p"), markup("<p>there</p>"))
		s.change(courseA, parsedID("html/h"), markup("<p>there</p>"))
		from = s.change(courseA, parsedID("vertical/v"), attr("format", "Lab"))
		report := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{})
		old, there, here := "<p>1</p>", "<p>there</p>", "<p>here</p>"
		s.same("the conflict", []modulestore.CopyConflict{{Block: problem, FieldConflict: modulestore.FieldConflict{
			In: modulestore.InContent, Name: "markup", Base: &old, Theirs: &there, Ours: &here,
		}}}, report.Conflicts)
		s.same("the text", here, s.text(report.Version, problem))
		s.same("the children", []key.BlockID{problem}, s.children(report.Version, unit))
		s.same("what was removed here", []key.BlockID{text}, report.Gone)
		if next := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{}); next.Changed || len(next.Conflicts) > 0 {
			s.t.Errorf("a settled conflict comes again: %+v", next)
		}
	}},
	{name: "what the source has no more goes, unless it was changed here", test: func(s store) {
		from := s.draw(courseA, copySource, copySource)
		s.draw(courseB, copyTarget, copyTarget)
		unit := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{}).Block
		problem, text := copied(courseA, "problem/p", unit), copied(courseA, "html/h", unit)
		s.change(courseB, text, attr("display_name", "Ours"))
		from = s.change(courseA, parsedID("vertical/v"), func(b *modulestore.Block, _ *modulestore.Body) { b.Children = nil })
		report := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{})
		s.same("removed", []key.BlockID{problem}, report.Removed)
		s.same("kept", []key.BlockID{text}, report.Kept)
		s.same("the children", []key.BlockID{text}, s.children(report.Version, unit))
	}},
	{name: "within one course a copy stands beside its source", test: func(s store) {
		from := s.draw(courseB, copySource, copySource)
		report := s.copyBelow(from, "vertical/v", "sequential/s", modulestore.CopyOptions{Position: 1})
		s.same("the units", []key.BlockID{report.Block, parsedID("vertical/v")}, s.children(report.Version, parsedID("sequential/s")))
		deeper := s.copyBelow(report.Version, "chapter/a", "vertical/v", modulestore.CopyOptions{})
		s.same("the section in its own unit", 8, len(deeper.Added))
	}},
	{name: "a block with two parents is copied once", test: func(s store) {
		shared := drawing("course/c S\n\tchapter/a A\n\t\tvertical/v V\n\t\t\thtml/h H\n\t\tvertical/w W\n")
		s.draw(courseA, shared, shared)
		from := s.change(courseA, parsedID("vertical/w"), func(b *modulestore.Block, _ *modulestore.Body) {
			b.Children = []modulestore.Child{{ID: parsedID("html/h")}}
		})
		s.draw(courseB, copyTarget, copyTarget)
		report := s.copyBelow(from, "chapter/a", "course/c", modulestore.CopyOptions{})
		v, w := copied(courseA, "vertical/v", report.Block), copied(courseA, "vertical/w", report.Block)
		s.same("the blocks", 4, len(report.Added))
		s.same("the second parent", s.children(report.Version, v), s.children(report.Version, w))
	}},
	{name: "the Markdown of problems and the places of drafts are left out, and what names the block is its own", test: func(s store) {
		long := strings.Repeat("markdown ", 100)
		s.draw(courseA, copySource, copySource)
		s.change(courseA, parsedID("problem/p"), func(b *modulestore.Block, body *modulestore.Body) {
			b.Attrs = append(b.Attrs, modulestore.Attr{Name: "markdown", Long: true}, modulestore.Attr{Name: "weight", Value: "2"})
			body.Attrs = []modulestore.Attr{{Name: "markdown", Value: long}}
		})
		from := s.change(courseA, parsedID("html/h"), func(b *modulestore.Block, _ *modulestore.Body) {
			b.Attrs = []modulestore.Attr{{Name: "url_name", Value: "h"}, {Name: "filename", Value: "h"}, {Name: "parent_url", Value: "x"}, {Name: "markdown", Value: "x"}}
			b.SourceName, b.Inline = "odd name", true
		})
		s.draw(courseB, copyTarget, copyTarget)
		report := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{})
		tree := s.snapshot(report.Version, draft).Tree()
		problem, text := tree.Blocks[copied(courseA, "problem/p", report.Block)], tree.Blocks[copied(courseA, "html/h", report.Block)]
		s.same("the problem", []modulestore.Attr{{Name: "display_name", Value: "Problem"}, {Name: "weight", Value: "2"}}, problem.Attrs)
		s.same("its text", "<p>1</p>", s.text(report.Version, problem.ID))
		s.same("how many were left out", 1, report.Markdown)
		s.same("the text", []modulestore.Attr{{Name: "url_name", Value: text.ID.Name}, {Name: "filename", Value: text.ID.Name}, {Name: "markdown", Value: "x"}}, text.Attrs)
		s.same("how it is spelled", []any{"", true}, []any{text.SourceName, text.Inline})
		again := s.copyBelow(s.change(courseA, parsedID("problem/p"), attr("weight", "3")), "vertical/v", "vertical/w", modulestore.CopyOptions{})
		s.same("updates", []key.BlockID{problem.ID}, again.Updated)
		s.same("conflicts", 0, len(again.Conflicts))
	}},
	{name: "references between copied blocks lead to the copies, and others are told", test: func(s store) {
		split := drawing("course/c S\n\tsequential/s S\n\t\tsplit_test/t T\n\t\t\tvertical/v V\n\t\t\tvertical/w W\n\t\tconditional/i I\n\t\t\thtml/h H\n")
		s.draw(courseA, split, split)
		key0, key1 := courseA.Block(parsedID("vertical/v")).String(), "block-v1:Other+A+Run+type@vertical+block@w"
		s.change(courseA, parsedID("split_test/t"), attr("group_id_to_child", `{"0": "`+key0+`", "1": "`+key1+`"}`))
		elsewhere := courseA.Block(parsedID("problem/elsewhere")).String()
		from := s.change(courseA, parsedID("conditional/i"), func(b *modulestore.Block, _ *modulestore.Body) {
			attr("sources", elsewhere+";"+key0)(b, nil)
			attr("display_name", "About "+key0)(b, nil)
			b.Loose = []modulestore.Loose{{Before: 0, Source: `<show sources="` + key0 + `"/>`}}
		})
		s.draw(courseB, copyTarget, copyTarget)
		report := s.copyBelow(from, "sequential/s", "chapter/x", modulestore.CopyOptions{})
		tree := s.snapshot(report.Version, draft).Tree()
		test, conditional := tree.Blocks[copied(courseA, "split_test/t", report.Block)], tree.Blocks[copied(courseA, "conditional/i", report.Block)]
		v, w := courseB.Block(copied(courseA, "vertical/v", test.ID)).String(), courseB.Block(copied(courseA, "vertical/w", test.ID)).String()
		groups, _ := test.Attr("group_id_to_child", nil)
		s.same("the groups; the key of another run means the same block", `{"0": "`+v+`", "1": "`+w+`"}`, groups)
		sources, _ := conditional.Attr("sources", nil)
		s.same("the sources", elsewhere+";"+v, sources)
		s.same("what is shown", `<show sources="`+v+`"/>`, conditional.Loose[0].Source)
		title, _ := conditional.Attr("display_name", nil)
		s.same("a text is no reference", "About "+key0, title)
		s.same("what leads out of the copy", []string{elsewhere}, report.References)
	}},
	{name: "static files that the course lacks are listed, and added if wanted, but none is replaced", test: copyStaticFiles},
	{name: "a library has no drafts, so a copy is in both branches", test: func(s store) {
		from := s.draw(courseA, copySource, copySource)
		s.draw(library, "library/library L", "library/library L")
		report, err := s.CopyBlock(s.ctx(), from, published, parsedID("problem/p"), library, parsedID("library/library"), modulestore.CopyOptions{})
		if err != nil {
			s.t.Fatal(err)
		}
		s.same("the branches", report.Version.Roots.Draft, report.Version.Roots.Published)
	}},
	{name: "a child that is not there is not copied but told", test: func(s store) {
		s.draw(courseA, copySource, copySource)
		from := s.change(courseA, parsedID("vertical/v"), func(b *modulestore.Block, _ *modulestore.Body) {
			b.Children = append([]modulestore.Child{{ID: parsedID("html/lost")}}, b.Children...)
			b.Loose = []modulestore.Loose{{Before: 1, Source: "<!-- before p -->"}}
		})
		s.draw(courseB, copyTarget, copyTarget)
		report := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{})
		s.same("dangling", []key.BlockID{parsedID("html/lost")}, report.Dangling)
		s.same("the children", 2, len(s.children(report.Version, report.Block)))
		s.same("the comment", []modulestore.Loose{{Before: 0, Source: "<!-- before p -->"}}, s.snapshot(report.Version, draft).Tree().Blocks[report.Block].Loose)
	}},
	{name: "what cannot be copied, or not there, is refused and nothing changes", test: func(s store) {
		with := copySource + "about/overview | text\n"
		from := s.draw(courseA, with, with)
		s.draw(courseB, copyTarget, copyTarget)
		s.importSmall(nextRun)
		deleted, err := s.Delete(s.ctx(), nextRun, "")
		if err != nil {
			s.t.Fatal(err)
		}
		s.probe.reset()
		for _, c := range []struct {
			from     modulestore.Version
			block    string
			to       key.Course
			parent   string
			position int
			err      error
			words    string
		}{
			{from, "problem/none", courseB, "vertical/w", 0, modulestore.ErrNotFound, "no such block"},
			{from, "course/c", courseB, "vertical/w", 0, modulestore.ErrInvalid, "cannot stand below"},
			{from, "about/overview", courseB, "vertical/w", 0, modulestore.ErrInvalid, "cannot stand below"},
			{from, "problem/p", courseB, "vertical/none", 0, modulestore.ErrNotFound, "no block vertical/none"},
			{from, "problem/p", courseA, "html/h", 0, modulestore.ErrInvalid, "cannot have blocks below it"},
			{from, "problem/p", courseB, "sequential/t", 4, modulestore.ErrInvalid, "no place 4"},
			{from, "problem/p", courseB, "sequential/t", -1, modulestore.ErrInvalid, "no place -1"},
			{from, "problem/p", key.Course{Org: "O", Code: "None", Run: "r"}, "vertical/w", 0, modulestore.ErrNotFound, "None"},
			{from, "problem/p", nextRun, "vertical/w", 0, modulestore.ErrNotFound, "deleted"},
			{deleted, "problem/p", courseB, "vertical/w", 0, modulestore.ErrNotFound, "deleted"},
		} {
			_, err := s.CopyBlock(s.ctx(), c.from, draft, parsedID(c.block), c.to, parsedID(c.parent), modulestore.CopyOptions{Position: c.position})
			s.wantError(err, c.err, c.words)
		}
		if len(s.probe.objects)+len(s.probe.entries) > 0 {
			s.t.Error("refused copies wrote something")
		}
	}},
}

func compareIDs(a, b key.BlockID) int { return strings.Compare(a.String(), b.String()) }

func copyStaticFiles(s store) {
	file := func(path, text string) modulestore.File { return modulestore.File{Path: path, Blob: s.putBlob(text)} }
	s.draw(courseA, copySource, copySource)
	s.change(courseA, parsedID("html/h"), func(b *modulestore.Block, body *modulestore.Body) {
		body.Markup = `<img src="/static/new.png"/><a href='/static/my%20notes.pdf'>N</a><a href="/static/same_one.txt?x=1">S</a><a href="/static/lost.txt">L</a>`
		attr("thumbnail", "/static/other.png")(b, nil)
	})
	from := s.update(courseA, func(e *modulestore.Edit) {
		e.SetFiles(&modulestore.Files{Root: "c", Entries: []modulestore.File{
			file("c/static/my notes.pdf", "notes"), file("c/static/new.png", "new"), file("c/static/other.png", "theirs"), file("c/static/same/one.txt", "same"),
		}})
	})
	s.draw(courseB, copyTarget, copyTarget)
	before := []modulestore.File{file("README", "read me"), file("static/other.png", "ours"), file("static/same/one.txt", "same")}
	s.update(courseB, func(e *modulestore.Edit) { e.SetFiles(&modulestore.Files{Entries: before}) })
	report := s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{})
	s.same("listed", modulestore.CopiedAssets{
		Missing: []string{"my notes.pdf", "new.png"}, Different: []string{"other.png"}, Nowhere: []string{"lost.txt"},
	}, report.Assets)
	report = s.copyBelow(from, "vertical/v", "vertical/w", modulestore.CopyOptions{Assets: true})
	s.same("added", modulestore.CopiedAssets{
		Added: []string{"my notes.pdf", "new.png"}, Different: []string{"other.png"}, Nowhere: []string{"lost.txt"},
	}, report.Assets)
	files, err := s.Files(s.ctx(), report.Version)
	if err != nil {
		s.t.Fatal(err)
	}
	want := []modulestore.File{before[0], file("static/my notes.pdf", "notes"), file("static/new.png", "new"), before[1], before[2]}
	s.same("the files", want, files.Entries)
}
