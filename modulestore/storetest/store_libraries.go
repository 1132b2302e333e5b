package storetest

import (
	"fmt"
	"slices"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// bank is the library_content block of courses with a library.
var bank = idOfBlock("library_content", "bank")

const (
	bankCourse = drawing("course/c Course\n\tchapter/a A\n\t\tsequential/s S\n\t\t\tvertical/v Unit\n\t\t\t\tlibrary_content/bank Bank\n")
	questions  = drawing("library/library Questions\n\tproblem/one One | <p>1</p>\n\tproblem/two Two | <p>2</p>\n\tvertical/both Both\n\t\thtml/text Text | <p>text</p>\n")
)

// copyOf is the key of the copy of a block of the library in the bank.
func copyOf(block string) key.BlockID { return copied(library, block, bank) }

// bankOf makes a course with an empty bank that draws from the library, and the library.
func (s store) bankOf(settings ...modulestore.Attr) {
	s.t.Helper()
	s.draw(courseA, bankCourse, bankCourse)
	s.draw(library, questions, questions)
	s.change(courseA, bank, func(b *modulestore.Block, _ *modulestore.Body) {
		b.Attrs = append([]modulestore.Attr{{Name: "source_library_id", Value: library.String()}}, settings...)
	})
}

func (s store) sync(o modulestore.SyncOptions) modulestore.SyncReport {
	s.t.Helper()
	report, err := s.SyncLibrary(s.ctx(), courseA, bank, o)
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

// wantStatus checks what is said of the bank: its state, the number of updates, and what was changed in the course.
func (s store) wantStatus(state modulestore.LibraryState, updates int, edited ...key.BlockID) {
	s.t.Helper()
	list, err := s.LibraryStatus(s.ctx(), courseA)
	if err != nil || len(list) != 1 {
		s.t.Fatalf("the status is %v, %v", list, err)
	}
	s.same("the status", []any{bank, state, updates, edited}, []any{list[0].Block, list[0].State, list[0].Updates, list[0].Edited})
}

// changeLibrary edits a block of the library.
func (s store) changeLibrary(block string, f func(*modulestore.Block, *modulestore.Body)) modulestore.Version {
	s.t.Helper()
	return s.change(library, parsedID(block), f)
}

// without takes children out of a list.
func without(ids ...key.BlockID) func(*modulestore.Block, *modulestore.Body) {
	return func(b *modulestore.Block, _ *modulestore.Body) {
		b.Children = slices.DeleteFunc(b.Children, func(c modulestore.Child) bool { return slices.Contains(ids, c.ID) })
	}
}

// with puts a child in front of a list.
func with(id key.BlockID) func(*modulestore.Block, *modulestore.Body) {
	return func(b *modulestore.Block, _ *modulestore.Body) {
		b.Children = append([]modulestore.Child{{ID: id}}, b.Children...)
	}
}

var libraryCases = []storeCase{
	{name: "a synchronisation fills the bank with copies of the library, and says of which version", test: func(s store) {
		s.bankOf()
		before := s.head(courseA)
		s.wantStatus(modulestore.LibraryUpdates, 3)
		report := s.sync(modulestore.SyncOptions{Author: "Ada"})
		both := copyOf("vertical/both")
		text := copied(library, "html/text", both)
		all := []key.BlockID{copyOf("problem/one"), copyOf("problem/two"), both}
		s.same("the children", all, s.children(report.Version, bank))
		s.same("what was added", append(slices.Clone(all), text), report.Added)
		s.same("a text", "<p>text</p>", s.text(report.Version, text))
		s.same("what is published", before.Roots.Published, report.Version.Roots.Published)
		version := s.head(library).Roots.Draft.String()[:24]
		said, _ := s.snapshot(report.Version, draft).Tree().Blocks[bank].Attr("source_library_version", nil)
		s.same("the version", []string{version, version}, []string{said, report.LibraryVersion})
		s.same("what the log says", []string{"Ada", "sync", bank.String() + " with " + s.head(library).String()},
			[]string{report.Version.Author, report.Version.Operation, report.Version.Message})
		s.wantStatus(modulestore.LibraryCurrent, 0)
		if again := s.sync(modulestore.SyncOptions{}); again.Changed {
			s.t.Errorf("another synchronisation changes %+v", again.CopyChanges)
		}
	}},
	{name: "what was changed in the library comes, and what was changed or added in the course stays", test: func(s store) {
		s.bankOf()
		s.sync(modulestore.SyncOptions{})
		one, both := copyOf("problem/one"), copyOf("vertical/both")
		s.change(courseA, one, attr("weight", "5"))
		s.change(courseA, bank, with(parsedID("problem/own")))
		s.change(courseA, both, with(parsedID("html/own")))
		s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(parsedID("problem/own"), "Own"), nil)
			s.put(e, draft, block(parsedID("html/own"), "Own"), nil)
		})
		s.wantStatus(modulestore.LibraryCurrent, 0, one, both)
		s.changeLibrary("problem/one", markup("<p>one</p>"))
		s.changeLibrary("vertical/both", attr("display_name", "Both of them"))
		s.wantStatus(modulestore.LibraryUpdates, 2, one, both)
		report := s.sync(modulestore.SyncOptions{})
		s.same("updated", []key.BlockID{one, both}, report.Updated)
		s.same("conflicts", 0, len(report.Conflicts))
		s.same("its own", []key.BlockID{parsedID("problem/own")}, report.Own)
		tree := s.snapshot(report.Version, draft).Tree()
		weight, _ := tree.Blocks[one].Attr("weight", nil)
		title, _ := tree.Blocks[both].Attr("display_name", nil)
		s.same("one", []string{"<p>one</p>", "5", "Both of them"}, []string{s.text(report.Version, one), weight, title})
		s.same("the bank", []key.BlockID{parsedID("problem/own"), one, copyOf("problem/two"), both}, s.children(report.Version, bank))
		s.same("below", []key.BlockID{parsedID("html/own"), copied(library, "html/text", both)}, s.children(report.Version, both))
	}},
	{name: "a field changed in both is a conflict: the course keeps its value, unless the library is preferred", test: func(s store) {
		for _, prefer := range []modulestore.Side{"", modulestore.PreferCourse, modulestore.PreferLibrary} {
			s.bankOf()
			s.sync(modulestore.SyncOptions{})
			one := copyOf("problem/one")
			s.change(courseA, one, markup("<p>here</p>"))
			s.changeLibrary("problem/one", markup("<p>there</p>"))
			s.changeLibrary("problem/one", attr("weight", "2"))
			report := s.sync(modulestore.SyncOptions{Prefer: prefer})
			base, there, here := "<p>1</p>", "<p>there</p>", "<p>here</p>"
			s.same("the conflict", []modulestore.CopyConflict{{Block: one, FieldConflict: modulestore.FieldConflict{
				In: modulestore.InContent, Name: "markup", Base: &base, Theirs: &there, Ours: &here,
			}}}, report.Conflicts)
			want := here
			if prefer == modulestore.PreferLibrary {
				want = there
			}
			weight, _ := s.snapshot(report.Version, draft).Tree().Blocks[one].Attr("weight", nil)
			s.same("after preferring "+string(prefer), []string{want, "2"}, []string{s.text(report.Version, one), weight})
			if again := s.sync(modulestore.SyncOptions{}); again.Changed || len(again.Conflicts) > 0 {
				s.t.Errorf("the conflict comes again: %+v", again.CopyChanges)
			}
			for _, c := range []key.Course{courseA, library} {
				if _, err := s.Delete(s.ctx(), c, ""); err != nil {
					s.t.Fatal(err)
				}
			}
		}
	}},
	{name: "what the library has no more goes if it was not changed in the course, and else stays and is told", test: func(s store) {
		s.bankOf()
		s.sync(modulestore.SyncOptions{})
		one, two, both := copyOf("problem/one"), copyOf("problem/two"), copyOf("vertical/both")
		s.change(courseA, two, attr("weight", "5"))
		s.change(courseA, copied(library, "html/text", both), markup("<p>here</p>"))
		s.changeLibrary("library/library", without(parsedID("problem/one"), parsedID("problem/two"), parsedID("vertical/both")))
		s.wantStatus(modulestore.LibraryUpdates, 3, two, copied(library, "html/text", both))
		report := s.sync(modulestore.SyncOptions{})
		s.same("removed", []key.BlockID{one}, report.Removed)
		s.same("kept", []key.BlockID{two, both}, report.Kept)
		s.same("the bank", []key.BlockID{two, both}, s.children(report.Version, bank))
		if again := s.sync(modulestore.SyncOptions{}); again.Changed {
			s.t.Errorf("again: %+v", again.CopyChanges)
		}
		s.wantStatus(modulestore.LibraryCurrent, 0, two, copied(library, "html/text", both))
	}},
	{name: "the library is preferred for what it has no more, too", test: func(s store) {
		s.bankOf()
		s.sync(modulestore.SyncOptions{})
		s.change(courseA, copyOf("problem/two"), attr("weight", "5"))
		s.changeLibrary("library/library", without(parsedID("problem/two")))
		report := s.sync(modulestore.SyncOptions{Prefer: modulestore.PreferLibrary})
		s.same("removed", []key.BlockID{copyOf("problem/two")}, report.Removed)
		s.same("the bank", []key.BlockID{copyOf("problem/one"), copyOf("vertical/both")}, s.children(report.Version, bank))
	}},
	{name: "a copy that was removed in the course is not brought back", test: func(s store) {
		s.bankOf()
		s.sync(modulestore.SyncOptions{})
		s.change(courseA, bank, without(copyOf("problem/one")))
		s.wantStatus(modulestore.LibraryCurrent, 0)
		s.changeLibrary("problem/one", markup("<p>one</p>"))
		s.changeLibrary("library/library", with(parsedID("problem/three")))
		s.update(library, func(e *modulestore.Edit) { s.put(e, draft, block(parsedID("problem/three"), "Three"), nil) })
		s.wantStatus(modulestore.LibraryUpdates, 1)
		report := s.sync(modulestore.SyncOptions{})
		s.same("added", []key.BlockID{copyOf("problem/three")}, report.Added)
		s.same("gone", []key.BlockID{copyOf("problem/one")}, report.Gone)
		s.same("the bank", []key.BlockID{copyOf("problem/three"), copyOf("problem/two"), copyOf("vertical/both")}, s.children(report.Version, bank))
	}},
	{name: "copies from an archive, which does not say where they come from, are known by their names", test: func(s store) {
		s.bankOf()
		one := copyOf("problem/one")
		byBranch := key.BlockID{Type: "problem", Name: "d46aa8e90bf82951bcd2"} // as Open edX has it, which names the branch of the library
		s.change(courseA, bank, with(byBranch))
		s.change(courseA, bank, with(one))
		s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, modulestore.Block{ID: one, Attrs: []modulestore.Attr{{Name: "weight", Value: "5"}}}, &modulestore.Body{Markup: "<p>here</p>"})
			s.put(e, draft, modulestore.Block{ID: byBranch}, &modulestore.Body{Markup: "<p>2</p>"})
		})
		report := s.sync(modulestore.SyncOptions{})
		s.same("added", []key.BlockID{copyOf("vertical/both"), copied(library, "html/text", copyOf("vertical/both"))}, report.Added)
		s.same("updated", []key.BlockID{one, byBranch}, report.Updated)
		there, here := "<p>1</p>", "<p>here</p>"
		s.same("the conflict, of which the beginning is not known", []modulestore.CopyConflict{{Block: one, FieldConflict: modulestore.FieldConflict{
			In: modulestore.InContent, Name: "markup", Theirs: &there, Ours: &here,
		}}}, report.Conflicts)
		b := s.snapshot(report.Version, draft).Tree().Blocks[one]
		s.same("what each side alone has", []modulestore.Attr{{Name: "weight", Value: "5"}, {Name: "display_name", Value: "One"}}, b.Attrs)
		s.same("the bank", []key.BlockID{one, byBranch, copyOf("vertical/both")}, s.children(report.Version, bank))
		s.same("its own", 0, len(report.Own))
	}},
	{name: "a bank may want one kind of problem alone", test: func(s store) {
		s.bankOf(modulestore.Attr{Name: "capa_type", Value: "numericalresponse"})
		s.changeLibrary("problem/two", markup("<numericalresponse answer=\"2\"/>"))
		report := s.sync(modulestore.SyncOptions{})
		s.same("the bank", []key.BlockID{copyOf("problem/two")}, s.children(report.Version, bank))
		s.change(courseA, bank, attr("capa_type", "any"))
		s.wantStatus(modulestore.LibraryUpdates, 2)
		report = s.sync(modulestore.SyncOptions{})
		s.same("the bank of all", []key.BlockID{copyOf("problem/one"), copyOf("problem/two"), copyOf("vertical/both")}, s.children(report.Version, bank))
	}},
	{name: "a dry run tells what would happen and changes nothing", test: func(s store) {
		s.bankOf()
		before := s.head(courseA)
		s.probe.reset()
		dry := s.sync(modulestore.SyncOptions{DryRun: true})
		if len(s.probe.objects)+len(s.probe.entries) > 0 || dry.Version.Seq != before.Seq || !dry.Changed {
			s.t.Errorf("a dry run wrote %d objects: %+v", len(s.probe.objects), dry)
		}
		s.same("what would happen", s.sync(modulestore.SyncOptions{}).CopyChanges, dry.CopyChanges)
		if again := s.sync(modulestore.SyncOptions{DryRun: true}); again.Changed {
			s.t.Error("a dry run says that something would change, and nothing would")
		}
	}},
	{name: "what was declined is said to be declined until the library changes again, and a synchronisation brings it all the same", test: func(s store) {
		s.bankOf()
		s.decline(true)
		s.wantStatus(modulestore.LibraryDeclined, 3)
		s.sync(modulestore.SyncOptions{})
		s.decline(false)
		s.changeLibrary("problem/one", markup("<p>one</p>"))
		s.changeLibrary("library/library", without(parsedID("problem/two")))
		s.wantStatus(modulestore.LibraryUpdates, 2)
		v := s.decline(true)
		s.same("what the log says", "decline", v.Operation)
		s.wantStatus(modulestore.LibraryDeclined, 2)
		s.decline(false)
		s.changeLibrary("problem/one", markup("<p>one more</p>"))
		s.wantStatus(modulestore.LibraryUpdates, 2)
		report := s.sync(modulestore.SyncOptions{})
		s.same("updated", []key.BlockID{copyOf("problem/one")}, report.Updated)
		s.wantStatus(modulestore.LibraryCurrent, 0)
	}},
	{name: "a library that is not in the store is an error that leaves everything as it is", test: func(s store) {
		s.bankOf()
		s.sync(modulestore.SyncOptions{})
		if _, err := s.Delete(s.ctx(), library, ""); err != nil {
			s.t.Fatal(err)
		}
		before := s.head(courseA)
		s.wantStatus(modulestore.LibraryAbsent, 0)
		_, err := s.SyncLibrary(s.ctx(), courseA, bank, modulestore.SyncOptions{})
		s.wantError(err, modulestore.ErrNotFound, "the copies stay as they are", library.String())
		_, _, err = s.DeclineLibrary(s.ctx(), courseA, bank, "")
		s.wantError(err, modulestore.ErrNotFound, library.String())
		s.same("the course", before, s.head(courseA))
		s.same("a copy", "<p>1</p>", s.text(before, copyOf("problem/one")))
	}},
	{name: "a copy whose earlier state is lost is merged like one of unknown origin", test: func(s store) {
		s.bankOf()
		v := s.sync(modulestore.SyncOptions{}).Version
		base := s.snapshot(v, draft).Tree().Blocks[copyOf("problem/one")].Origin.Base
		s.change(courseA, copyOf("problem/one"), markup("<p>here</p>"))
		s.changeLibrary("problem/one", markup("<p>there</p>"))
		other := modulestore.New(lossy{s.probe, base})
		report, err := other.SyncLibrary(s.ctx(), courseA, bank, modulestore.SyncOptions{})
		if err != nil || len(report.Conflicts) != 1 || report.Conflicts[0].Base != nil {
			s.t.Errorf("the report is %+v, %v; want one conflict without a beginning", report, err)
		}
	}},
	{name: "a block that draws from no library, or names none, is refused", test: func(s store) {
		s.bankOf()
		_, err := s.SyncLibrary(s.ctx(), courseA, parsedID("vertical/v"), modulestore.SyncOptions{})
		s.wantError(err, modulestore.ErrInvalid, "draws from no library")
		_, err = s.SyncLibrary(s.ctx(), courseA, parsedID("library_content/none"), modulestore.SyncOptions{})
		s.wantError(err, modulestore.ErrNotFound, "no such block")
		for _, name := range []string{"", "lib:Org:New", courseB.String(), "nonsense"} {
			s.change(courseA, bank, attr("source_library_id", name))
			_, err := s.SyncLibrary(s.ctx(), courseA, bank, modulestore.SyncOptions{})
			s.wantError(err, modulestore.ErrInvalid, "source_library_id", `"`+name+`"`)
			s.wantStatus(modulestore.LibraryUnnamed, 0)
		}
		_, err = s.LibraryStatus(s.ctx(), courseB)
		s.wantError(err, modulestore.ErrNotFound, courseB.String())
	}},
	{name: "the copy of a bank can be synchronised like the bank itself", test: func(s store) {
		s.bankOf()
		from := s.sync(modulestore.SyncOptions{}).Version
		s.draw(courseB, copyTarget, copyTarget)
		unit := s.copyBelow(from, "vertical/v", "sequential/t", modulestore.CopyOptions{})
		second := copied(courseA, bank.String(), unit.Block)
		s.changeLibrary("problem/one", markup("<p>one</p>"))
		report, err := s.SyncLibrary(s.ctx(), courseB, second, modulestore.SyncOptions{})
		if err != nil {
			s.t.Fatal(err)
		}
		one := copied(library, "problem/one", second)
		s.same("added", 0, len(report.Added))
		s.same("updated, and no conflict", []any{[]key.BlockID{one}, 0}, []any{report.Updated, len(report.Conflicts)})
		s.same("its own", 0, len(report.Own))
		s.same("the bank", []key.BlockID{one, copied(library, "problem/two", second), copied(library, "vertical/both", second)}, s.children(report.Version, second))
		again := s.copyBelow(from, "vertical/v", "sequential/t", modulestore.CopyOptions{})
		s.same("added by another copy", 0, len(again.Added))
	}},
	{name: "a large library is synchronised in few calls of the backend", test: func(s store) {
		s.bankOf()
		n := size(2000)
		for round := range 2 {
			s.update(library, func(e *modulestore.Edit) {
				root := *e.Tree(draft).Blocks[parsedID("library/library")]
				root.Children = nil
				for i := range n {
					id := idOfBlock("problem", fmt.Sprint("p", i))
					root.Children = append(root.Children, modulestore.Child{ID: id})
					s.put(e, draft, block(id, fmt.Sprint("Problem ", i)), &modulestore.Body{Markup: fmt.Sprint(round, " of ", i)})
				}
				s.put(e, draft, root, nil)
			})
			s = s.cold()
			s.probe.reset()
			report := s.sync(modulestore.SyncOptions{})
			if len(report.Added)+len(report.Updated) != n || s.probe.calls > 40 {
				s.t.Errorf("round %d: %d copies were added, %d updated, in %d calls; want %d and at most 40",
					round, len(report.Added), len(report.Updated), s.probe.calls, n)
			}
			s.probe.reset()
			s.wantStatus(modulestore.LibraryCurrent, 0)
			if s.probe.calls > 20 {
				s.t.Errorf("round %d: the status took %d calls, want at most 20", round, s.probe.calls)
			}
		}
	}},
	{name: "origins stay when the course is imported over itself, and come back by a restore", test: keepOrigins},
	{name: "a comparison says where a block comes from now", test: func(s store) {
		s.bankOf()
		from := s.sync(modulestore.SyncOptions{}).Version
		s.changeLibrary("problem/one", markup("<p>one</p>"))
		to := s.decline(true)
		report, err := s.Diff(s.ctx(), from, to, modulestore.DiffOptions{})
		if err != nil {
			s.t.Fatal(err)
		}
		changes := report.Changes
		if len(changes) != 1 || changes[0].Kind != modulestore.ChangeSettings || len(changes[0].Fields) != 1 {
			s.t.Fatalf("the changes are %+v, want one of a setting", changes)
		}
		f := changes[0].Fields[0]
		s.same("the field", []string{"origin", modulestore.InSource}, []string{f.Name, f.In})
	}},
}

func (s store) decline(want bool) modulestore.Version {
	s.t.Helper()
	v, changed, err := s.DeclineLibrary(s.ctx(), courseA, bank, "Ada")
	if err != nil || changed != want {
		s.t.Fatalf("decline: changed %v, %v; want %v", changed, err, want)
	}
	return v
}

func keepOrigins(s store) {
	s.bankOf()
	synced := s.sync(modulestore.SyncOptions{}).Version
	// plain is a tree as an archive has it.
	plain := func(v modulestore.Version, b modulestore.Branch) *modulestore.Tree {
		t := *s.snapshot(v, b).Tree()
		blocks := make(map[key.BlockID]*modulestore.Block)
		for id, block := range t.Blocks {
			copied := *block
			copied.Origin = nil
			blocks[id] = &copied
		}
		t.Blocks = blocks
		return &t
	}
	s.wantUnchanged(courseA, func(e *modulestore.Edit) error {
		e.Replace(plain(synced, published), plain(synced, draft), nil, "")
		return nil
	})
	s.probe.reset()
	tree := plain(synced, draft)
	all := s.update(courseA, func(e *modulestore.Edit) { e.Replace(tree, tree, nil, "") })
	o := s.snapshot(all, published).Tree().Blocks[copyOf("problem/one")].Origin
	s.same("the origin of what was a draft alone", s.snapshot(synced, draft).Tree().Blocks[copyOf("problem/one")].Origin, o)
	s.update(courseA, func(e *modulestore.Edit) {
		small, _ := bankCourse.parse()
		e.Replace(small, small, nil, "")
	})
	restored := s.restore(synced, bank.String())
	if b := s.snapshot(restored, draft).Tree().Blocks[copyOf("problem/one")]; b == nil || b.Origin == nil {
		s.t.Errorf("after a restore the copy is %+v", b)
	}
	if _, err := s.Delete(s.ctx(), courseA, ""); err != nil {
		s.t.Error(err)
	}
}
