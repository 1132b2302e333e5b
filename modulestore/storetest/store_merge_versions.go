package storetest

import (
	"errors"
	"fmt"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// merge merges a version into courseA.
func (s store) merge(from modulestore.Version) *modulestore.MergeReport {
	s.t.Helper()
	report, err := s.Merge(s.ctx(), courseA, from, modulestore.MergeOptions{Author: "Ada"})
	if err != nil {
		s.t.Fatalf("merge %s: %v", from, err)
	}
	return report
}

// branch begins a side branch of courseA.
func (s store) branch(name string, from modulestore.Version) modulestore.Version {
	s.t.Helper()
	v, err := s.CreateBranch(s.ctx(), courseA, name, from, "Ada")
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// onBranch makes a version of a side branch of courseA.
func (s store) onBranch(name string, f func(e *modulestore.Edit) error) modulestore.Version {
	s.t.Helper()
	v, changed, err := s.UpdateBranch(s.ctx(), courseA, name, f)
	if err != nil {
		s.t.Fatalf("edit of branch %s: %v", name, err)
	}
	if !changed {
		s.t.Errorf("edit of branch %s: nothing has changed", name)
	}
	return v
}

func (s store) head(c key.Course) modulestore.Version {
	s.t.Helper()
	head, err := s.Head(s.ctx(), c)
	if err != nil {
		s.t.Fatal(err)
	}
	return head
}

func (s store) wantMerge(report *modulestore.MergeReport, changed bool, taken, both []string, conflicts ...string) {
	s.t.Helper()
	lines := func(changes []modulestore.Change) []string {
		list := []string{}
		for _, c := range changes {
			list = append(list, fmt.Sprintf("%s %s %s", c.Kind, c.Branch, c.Block))
		}
		return list
	}
	s.same("taken", append([]string{}, taken...), lines(report.Taken))
	s.same("both", append([]string{}, both...), lines(report.Both))
	s.same("conflicts", append([]string{}, conflicts...), conflictLines(report.Conflicts))
	if report.Changed != changed {
		s.t.Errorf("changed is %v", report.Changed)
	}
}

var mergeCases = []storeCase{
	{name: "a side branch is merged, and again what came later", test: func(s store) {
		s.Now = clock()
		first := s.draw(courseA, weeks, weeks)
		s.branch("summer", first)
		summer := s.onBranch("summer", s.become(weeksWith("A | a", "Summer | a", "D | d", "D | both")))
		s.updateFrom(s.head(courseA), s.become(weeksWith("B | b", "B | main", "D | d", "D | both")))
		report := s.merge(summer)
		s.wantMerge(report, true, []string{"renamed draft html/a"}, []string{"content draft html/d"})
		s.wantDrawing(report.Version, draft, weeksWith("A | a", "Summer | a", "B | b", "B | main", "D | d", "D | both"))
		s.same("what the log says", []string{"5", "merge", "branch summer", "Ada"},
			[]string{fmt.Sprint(report.Version.Seq), report.Version.Operation, report.Version.Message, report.Version.Author})
		if report.Base.Seq != 1 || report.Base.Branch != "" || report.From.Branch != "summer" {
			s.t.Errorf("merged %s from %s on", report.From, report.Base)
		}
		report = s.merge(s.named("summer"))
		s.wantMerge(report, false, nil, nil)

		// The branch did not get the new text of b, and now gives it another one.
		s.onBranch("summer", s.become(weeksWith("A | a", "Summer | a", "B | b", "B | summer", "D | d", "D | both")))
		report = s.merge(s.named("summer"))
		s.wantMerge(report, false, []string{"content draft html/b"}, nil, "value draft html/b markup")
	}},
	{name: "after a merge only what came later on the branch is merged", test: func(s store) {
		s.Now = clock()
		first := s.draw(courseA, weeks, weeks)
		s.branch("summer", first)
		s.onBranch("summer", s.become(weeksWith("A | a", "Summer | a")))
		s.merge(s.named("summer"))
		s.updateFrom(s.head(courseA), s.become(weeksWith("A | a", "Autumn | a")))
		later := s.onBranch("summer", s.become(weeksWith("A | a", "Summer | a", "D | d", "D | summer")))
		report := s.merge(later)
		s.wantMerge(report, true, []string{"content draft html/d"}, nil)
		s.wantDrawing(report.Version, draft, weeksWith("A | a", "Autumn | a", "D | d", "D | summer"))
		branches, err := s.Branches(s.ctx(), courseA)
		if err != nil || len(branches) != 1 || branches[0].Base != later.Commit || branches[0].BaseRoots != later.Roots {
			s.t.Errorf("the branches are %+v, %v, want one with the base %s", branches, err, later.Commit.Short())
		}
	}},
	{name: "a version that the head comes from has nothing new", test: func(s store) {
		first := s.draw(courseA, weeks, weeks)
		s.branch("summer", first)
		s.updateFrom(s.head(courseA), s.become(weeksWith("A | a", "New | a")))
		s.probe.reset()
		for _, from := range []modulestore.Version{first, s.named("summer"), s.head(courseA)} {
			s.wantMerge(s.merge(from), false, nil, nil)
		}
		if len(s.probe.objects)+len(s.probe.entries) > 0 {
			s.t.Errorf("%d objects and %d entries were written", len(s.probe.objects), len(s.probe.entries))
		}
	}},
	{name: "a merge with conflicts leaves the head and keeps the other side on a branch", test: func(s store) {
		first := s.draw(courseA, weeks, weeks)
		s.draw(courseB, "course/c", "course/c")
		s.copyAs(courseB, first)
		theirs := s.updateFrom(s.head(courseB), s.become(weeksWith("A | a", "Theirs | a", "B | b", "B | theirs"))).Version
		head := s.updateFrom(s.head(courseA), s.become(weeksWith("A | a", "Ours | a"))).Version
		report := s.merge(theirs)
		s.wantMerge(report, false, []string{"renamed draft html/a", "content draft html/b"}, nil, "value draft html/a display_name")
		if report.Branch != "conflict/3" || report.Version.Seq != 3 || report.Version.Operation != "branch" || report.Base.Commit != first.Commit {
			s.t.Errorf("got %+v", report)
		}
		now := s.head(courseA)
		s.wantDifferences(head, now)
		s.same("what the branch has", theirs.Roots, s.named("conflict/3").Roots)
		again := s.merge(theirs)
		if again.Branch != "conflict/3" || again.Version.Seq != 3 {
			s.t.Errorf("merged again it is on branch %s of version %d", again.Branch, again.Version.Seq)
		}

		s.onBranch("conflict/3", s.become(weeksWith("A | a", "Ours | a", "B | b", "B | theirs")))
		report = s.merge(s.named("conflict/3"))
		s.wantMerge(report, true, []string{"content draft html/b"}, []string{"renamed draft html/a"})
		s.wantDrawing(report.Version, draft, weeksWith("A | a", "Ours | a", "B | b", "B | theirs"))
		s.wantMerge(s.merge(theirs), false, nil, nil)
	}},
	{name: "with a conflict in one branch nothing is merged in the other", test: func(s store) {
		root := idOfBlock("course", "c")
		s.branch("summer", s.draw(courseA, "course/c A", "course/c A"))
		s.onBranch("summer", func(e *modulestore.Edit) error {
			return errors.Join(e.Put(draft, block(root, "Summer"), nil), e.Put(published, block(root, "Summer"), nil))
		})
		head := s.updateFrom(s.head(courseA), func(e *modulestore.Edit) error { return e.Put(draft, block(root, "Draft"), nil) }).Version
		report := s.merge(s.named("summer"))
		s.wantMerge(report, false, []string{"renamed both course/c"}, nil, "value draft course/c display_name")
		s.wantDifferences(head, s.head(courseA))
		if report.Branch != "summer" || report.Version.Seq != head.Seq {
			s.t.Errorf("got %+v, want it on branch summer alone", report)
		}
	}},
	{name: "a dry run tells the same and writes nothing", test: func(s store) {
		first := s.draw(courseA, weeks, weeks)
		s.branch("summer", first)
		summer := s.onBranch("summer", s.become(weeksWith("A | a", "Summer | a")))
		s.probe.reset()
		dry := func() *modulestore.MergeReport {
			report, err := s.Merge(s.ctx(), courseA, summer, modulestore.MergeOptions{DryRun: true})
			if err != nil {
				s.t.Fatal(err)
			}
			if len(s.probe.objects)+len(s.probe.entries) > 0 {
				s.t.Errorf("%d objects and %d entries were written", len(s.probe.objects), len(s.probe.entries))
			}
			return report
		}
		s.wantMerge(dry(), true, []string{"renamed draft html/a"}, nil)
		s.updateFrom(s.head(courseA), s.become(weeksWith("A | a", "Ours | a")))
		s.probe.reset()
		report := dry()
		s.wantMerge(report, false, []string{"renamed draft html/a"}, nil, "value draft html/a display_name")
		if report.Branch != "" || report.Version.Seq != 4 {
			s.t.Errorf("got %+v", report)
		}
	}},
	{name: "another course that has a version in common is merged under its own root", test: func(s store) {
		first := s.draw(courseA, weeks, weeks)
		s.copyAs(courseB, first)
		theirs := s.updateFrom(s.head(courseB), func(e *modulestore.Edit) error {
			tree := *e.Tree(draft)
			renamed := drawing(strings.NewReplacer("course/c", "course/other", "A | a", "Theirs | a").Replace(string(weeks)))
			next, bodies := renamed.parse()
			e.Replace(&tree, next, nil, "")
			return s.Put(s.ctx(), bodies)
		}).Version
		report := s.merge(theirs)
		s.wantMerge(report, true, []string{"settings draft course/other", "renamed draft html/a"}, nil)
		s.wantDrawing(report.Version, draft, weeksWith("A | a", "Theirs | a"))
		if report.Version.Message != courseB.String()+" version 2" {
			s.t.Errorf("the message is %q", report.Version.Message)
		}
	}},
	{name: "what has nothing in common or nothing at all is refused", test: func(s store) {
		s.draw(courseA, weeks, weeks)
		other := s.draw(courseB, weeks, weeks)
		_, err := s.Merge(s.ctx(), courseA, other, modulestore.MergeOptions{})
		s.wantError(err, modulestore.ErrInvalid, courseB.String(), "no version in common")
		gone, err := s.Delete(s.ctx(), courseB, "")
		if err != nil {
			s.t.Fatal(err)
		}
		_, err = s.Merge(s.ctx(), courseA, gone, modulestore.MergeOptions{})
		s.wantError(err, modulestore.ErrInvalid, "nothing to merge")
		for _, o := range []modulestore.MergeOptions{{}, {DryRun: true}} {
			_, err = s.Merge(s.ctx(), courseB, s.head(courseA), o)
			s.wantError(err, modulestore.ErrNotFound, "deleted")
			_, err = s.Merge(s.ctx(), course("Org", "Absent", "Run"), s.head(courseA), o)
			s.wantError(err, modulestore.ErrNotFound)
		}
	}},
}

// copyAs makes a version of c with the content of another course's version, which it comes from.
func (s store) copyAs(c key.Course, from modulestore.Version) {
	s.t.Helper()
	public, drafts := s.snapshot(from, published).Tree(), s.snapshot(from, draft).Tree()
	s.update(c, func(e *modulestore.Edit) {
		e.Replace(public, drafts, nil, "Copy")
		e.ComesFrom(from)
	})
}

// named finds a version of courseA by name.
func (s store) named(name string) modulestore.Version {
	s.t.Helper()
	v, err := s.Version(s.ctx(), courseA, name)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

var branchCases = []storeCase{
	{name: "a side branch has versions of its own, which the main line only records", test: func(s store) {
		s.Now = clock()
		first := s.draw(courseA, weeks, weeks)
		s.updateFrom(first, s.become(weeksWith("B | b", "B | main")))
		v := s.branch("summer", first)
		s.same("the branch", "course-v1:Org+A+Run branch summer", v.String())
		if v.Roots != first.Roots || v.Commit != first.Commit || v.Seq != 3 {
			s.t.Errorf("the branch begins as %+v", v)
		}
		v = s.onBranch("summer", s.become(weeksWith("A | a", "Summer | a")))
		s.wantDrawing(v, draft, weeksWith("A | a", "Summer | a"))
		s.wantDrawing(s.head(courseA), draft, weeksWith("B | b", "B | main"))
		s.wantDifferences(first, v, "renamed draft html/a")
		s.same("by its name", v, s.named("summer"))
		head := s.head(courseA)
		s.same("what the log says", []string{"4", "branch", "summer: as drawn", "Ada"},
			[]string{fmt.Sprint(head.Seq), head.Operation, head.Message, head.Author})
		branches, err := s.Branches(s.ctx(), courseA)
		if err != nil || len(branches) != 1 {
			s.t.Fatalf("the branches are %v, %v", branches, err)
		}
		s.same("the branch in the list", []any{"summer", v.Commit, v.Roots, first.Commit, first.Roots, uint64(4), "edit", "as drawn"},
			[]any{branches[0].Name, branches[0].Commit, branches[0].Roots, branches[0].Base, branches[0].BaseRoots,
				branches[0].Version, branches[0].Operation, branches[0].Message})
	}},
	{name: "an edit that changes nothing makes no version of a branch", test: func(s store) {
		s.branch("summer", s.draw(courseA, weeks, weeks))
		v, changed, err := s.UpdateBranch(s.ctx(), courseA, "summer", s.become(weeks))
		if changed || err != nil || v.Branch != "summer" || s.head(courseA).Seq != 2 {
			s.t.Errorf("got %v, changed %v, %v; the head is %d", v, changed, err, s.head(courseA).Seq)
		}
	}},
	{name: "two edits of a branch at once are both kept", test: func(s store) {
		s.branch("summer", s.draw(courseA, weeks, weeks))
		runs := 0
		v := s.onBranch("summer", func(e *modulestore.Edit) error {
			if runs++; runs == 1 {
				s.cold().onBranch("summer", func(e *modulestore.Edit) error { return rename(s.ctx(), e, idOfBlock("html", "b"), "Other") })
			}
			return rename(s.ctx(), e, idOfBlock("html", "a"), "One")
		})
		s.wantDrawing(v, draft, weeksWith("A | a", "One | a", "B | b", "Other | b"))
	}},
	{name: "a branch outlives imports, restores and the deletion of the course", test: func(s store) {
		first := s.draw(courseA, weeks, weeks)
		v := s.branch("summer", first)
		s.draw(courseA, "course/c New", "course/c New")
		s.restore(first, "")
		if _, err := s.Delete(s.ctx(), courseA, ""); err != nil {
			s.t.Fatal(err)
		}
		s.same("the branch", v, s.named("summer"))
		s.wantDrawing(s.restore(s.named("summer"), ""), draft, weeks)
	}},
	{name: "a branch begun at a branch has its base", test: func(s store) {
		first := s.draw(courseA, weeks, weeks)
		s.branch("summer", first)
		s.branch("late", s.onBranch("summer", s.become(weeksWith("A | a", "Summer | a"))))
		branches, err := s.Branches(s.ctx(), courseA)
		if err != nil || len(branches) != 2 || branches[0].Name != "late" || branches[0].Base != first.Commit {
			s.t.Errorf("the branches are %+v, %v", branches, err)
		}
	}},
	{name: "a deleted branch is gone, and what there is none of cannot be deleted or edited", test: func(s store) {
		s.branch("summer", s.draw(courseA, weeks, weeks))
		if err := s.DeleteBranch(s.ctx(), courseA, "summer", "Ada"); err != nil {
			s.t.Fatal(err)
		}
		branches, err := s.Branches(s.ctx(), courseA)
		if err != nil || len(branches) > 0 {
			s.t.Errorf("the branches are %v, %v", branches, err)
		}
		s.wantError(s.DeleteBranch(s.ctx(), courseA, "summer", ""), modulestore.ErrNotFound, "branch summer")
		_, _, err = s.UpdateBranch(s.ctx(), courseA, "summer", s.become(weeks))
		s.wantError(err, modulestore.ErrNotFound, "branch summer")
		_, err = s.Version(s.ctx(), courseA, "summer")
		s.wantError(err, modulestore.ErrInvalid, "no tag or branch has this name")
	}},
	{name: "a tag names a version for ever", test: func(s store) {
		first := s.draw(courseA, weeks, weeks)
		second := s.draw(courseA, "course/c New", "course/c New")
		if err := errors.Join(s.Tag(s.ctx(), courseA, "spring/2026", first, "Ada"), s.Tag(s.ctx(), courseA, "a", second, "Ada")); err != nil {
			s.t.Fatal(err)
		}
		s.same("by its name", first, s.named("spring/2026"))
		s.wantError(s.Tag(s.ctx(), courseA, "spring/2026", second, "Ada"), modulestore.ErrInvalid, "there is a tag spring/2026 already")
		tags, err := s.Tags(s.ctx(), courseA)
		if err != nil || len(tags) != 2 || tags[0].Name != "a" || tags[1].Version != 1 || tags[1].Author != "Ada" {
			s.t.Errorf("the tags are %+v, %v", tags, err)
		}
		head := s.head(courseA)
		s.same("what the log says", []string{"tag", "a is version 2"}, []string{head.Operation, head.Message})
		if err := s.Untag(s.ctx(), courseA, "spring/2026", "Ada"); err != nil {
			s.t.Error(err)
		}
		_, err = s.Version(s.ctx(), courseA, "spring/2026")
		s.wantError(err, modulestore.ErrInvalid)
		s.wantError(s.Untag(s.ctx(), courseA, "spring/2026", "Ada"), modulestore.ErrNotFound, "tag spring/2026")
	}},
	{name: "names that could be another version are refused", test: func(s store) {
		first := s.draw(courseA, weeks, weeks)
		s.branch("summer", first)
		for _, name := range []string{"", "head", "head~1", "7", "0123", "cafebabe", "DEADBEEF00", "-x", "a b", "ä\xff", "a\x00", strings.Repeat("x", 101), "summer"} {
			_, err := s.CreateBranch(s.ctx(), courseA, name, first, "")
			s.wantError(err, modulestore.ErrInvalid)
			s.wantError(s.Tag(s.ctx(), courseA, name, first, ""), modulestore.ErrInvalid)
		}
		_, err := s.CreateBranch(s.ctx(), courseA, "conflict/9", first, "")
		s.wantError(err, modulestore.ErrInvalid, "made by merges")
		s.wantError(s.Tag(s.ctx(), courseA, "t", s.named("summer"), ""), modulestore.ErrInvalid, "numbered version")
		for _, name := range []string{"cafe", "Grüße", "a/b", "v1.0", "head2", strings.Repeat("x", 100)} {
			s.branch(name, first)
			s.same(name, first.Commit, s.named(name).Commit)
		}
	}},
	{name: "a branch of another course's version or of none is refused", test: func(s store) {
		s.draw(courseA, weeks, weeks)
		other := s.draw(courseB, weeks, weeks)
		_, err := s.CreateBranch(s.ctx(), courseA, "b", other, "")
		s.wantError(err, modulestore.ErrInvalid, "no version of it")
		absent := course("Org", "Absent", "Run")
		_, err = s.CreateBranch(s.ctx(), absent, "b", other, "")
		s.wantError(err, modulestore.ErrNotFound)
		s.wantError(s.Tag(s.ctx(), absent, "t", other, ""), modulestore.ErrNotFound)
		_, err = s.Branches(s.ctx(), absent)
		s.wantError(err, modulestore.ErrNotFound)
		_, err = s.Tags(s.ctx(), absent)
		s.wantError(err, modulestore.ErrNotFound)
	}},
}
