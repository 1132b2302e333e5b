package storetest

import (
	"errors"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

var (
	nextRun      = key.Course{Org: "OpenedX", Code: "DemoX", Run: "next_year"}
	otherLibrary = key.Course{Library: true, Org: "OpenedX", Code: "Copies", Run: "library"}
)

var rerunCases = []storeCase{
	{name: "a rerun has the content of its source and costs next to nothing, assets included", test: func(s store) {
		s.Now = clock()
		s.importSample(courseA, size(1000))
		from := s.update(courseA, func(e *modulestore.Edit) {
			asset := modulestore.File{Path: "static/film.mp4", Blob: s.putBlob(strings.Repeat("x", modulestore.ChunkSize+1))}
			e.SetFiles(&modulestore.Files{Entries: []modulestore.File{asset}})
		})
		s.probe.reset()
		s.probe.onGet = func(kind modulestore.Kind, objects []modulestore.Object) ([]modulestore.Object, error) {
			if kind == modulestore.KindChunk || kind == modulestore.KindBody {
				s.t.Errorf("%d objects of kind %s were read", len(objects), kind)
			}
			return objects, nil
		}
		v, err := s.Rerun(s.ctx(), from, nextRun, "Ada")
		if err != nil {
			s.t.Fatal(err)
		}
		s.probe.heal()
		bytes := sizeOf(v.Entry)
		for _, o := range s.probe.objects {
			bytes += len(o.Data)
		}
		if len(s.probe.objects) > 2 || bytes > 2<<10 {
			s.t.Errorf("the rerun handed the backend %d objects, %d bytes; want a state and a commit, at most 2 KB", len(s.probe.objects), bytes)
		}
		s.same("the roots", from.Roots, v.Roots)
		s.same("what the log says", []any{uint64(1), "Ada", "rerun", "of " + from.String(), modulestore.ID{}},
			[]any{v.Seq, v.Author, v.Operation, v.Message, v.Prev})
		s.wantCourses(
			modulestore.Context{Course: nextRun, Seq: 1, Title: "Sample course", Time: v.Time},
			modulestore.Context{Course: courseA, Seq: 2, Title: "Sample course", Time: from.Time})
	}},
	{name: "an edit of a rerun leaves its source alone", test: func(s store) {
		from := s.importSmall(courseA)
		first := s.rerun(from, nextRun)
		s.update(nextRun, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Another quiz"), nil) })
		head, err := s.Head(s.ctx(), courseA)
		if err != nil {
			s.t.Fatal(err)
		}
		s.same("the head of the source", from, head)
		s.same("the published tree of both", s.snapshot(from, published).Root(), s.snapshot(first, published).Root())
	}},
	{name: "a rerun takes an old version, and the tags and orders of none", damages: true, test: func(s store) {
		first := s.importSmall(courseA)
		second := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(quizID, "Another quiz"), nil)
			e.SetRefs(&modulestore.Refs{Tags: []modulestore.Tag{{Name: "exam", Version: 1}}})
		})
		if v := s.rerun(first, nextRun); v.Roots != first.Roots {
			s.t.Errorf("the roots are %v, want those of version 1", v.Roots)
		}
		v := s.rerun(second, courseB)
		if !v.Roots.Refs.IsZero() || v.Roots.Draft != second.Roots.Draft {
			s.t.Errorf("the roots are %v, want those of version 2 without its tags", v.Roots)
		}
	}},
	{name: "a library can be rerun as a library", test: func(s store) {
		from := s.draw(library, "library/library Questions", "library/library Questions")
		s.rerun(from, otherLibrary)
	}},
	{name: "a key that is taken is refused, and nothing changes", test: func(s store) {
		from := s.importSmall(courseA)
		s.importSmall(courseB)
		again := nextRun
		again.Run = strings.ToUpper(again.Run)
		s.rerun(from, nextRun)
		gone := key.Course{Org: "O", Code: "Gone", Run: "r"}
		s.importSmall(gone)
		if _, err := s.Delete(s.ctx(), gone, ""); err != nil {
			s.t.Fatal(err)
		}
		for to, words := range map[key.Course][]string{
			courseA: {"exists already"},
			courseB: {"exists already"},
			again:   {"too much like", nextRun.String()},
			gone:    {"was deleted"},
		} {
			s.probe.reset()
			_, err := s.Rerun(s.ctx(), from, to, "")
			s.wantError(err, modulestore.ErrDuplicate, append(words, to.String(), "version 1")...)
			if len(s.probe.objects)+len(s.probe.entries) > 0 {
				s.t.Errorf("a refused rerun to %s wrote something", to)
			}
		}
	}},
	{name: "a course cannot become a library, nor a library a course, nor anything a key that files cannot say", test: func(s store) {
		from := s.importSmall(courseA)
		questions := s.draw(library, "library/library Questions", "library/library Questions")
		for _, c := range []struct {
			from modulestore.Version
			to   key.Course
			word string
		}{
			{from, otherLibrary, "is a course"},
			{questions, nextRun, "is a library"},
			{from, key.Course{Org: "O", Code: "C", Run: ".."}, "names of files"},
			{from, key.Course{Org: "a%20b", Code: "C", Run: "r"}, "course.xml"},
		} {
			_, err := s.Rerun(s.ctx(), c.from, c.to, "")
			s.wantError(err, modulestore.ErrInvalid, c.word)
		}
	}},
	{name: "a deleted course cannot be rerun, but its last version can", test: func(s store) {
		from := s.importSmall(courseA)
		deleted, err := s.Delete(s.ctx(), courseA, "")
		if err != nil {
			s.t.Fatal(err)
		}
		_, err = s.Rerun(s.ctx(), deleted, nextRun, "")
		s.wantError(err, modulestore.ErrNotFound, "deleted by version 2")
		s.rerun(from, nextRun)
	}},
	{name: "a version of which something is missing is not rerun", test: func(s store) {
		from := s.importSmall(courseA)
		body := s.snapshot(from, draft).Tree().Blocks[quizID].Body
		_, err := modulestore.New(lossy{s.probe, body}).Rerun(s.ctx(), from, nextRun, "")
		s.wantError(err, modulestore.ErrCorrupt, body.Short())
	}},
	{name: "of two reruns to one key at the same time one is made", test: func(s store) {
		from := s.importSmall(courseA)
		s.probe.onAppend = func(e modulestore.Entry, store func() error) error {
			s.probe.onAppend = nil
			s.rerun(from, nextRun)
			return store()
		}
		_, err := s.Rerun(s.ctx(), from, nextRun, "")
		s.wantError(err, modulestore.ErrDuplicate, "exists already")
	}},
	{name: "what is corrected in the source later can be merged into the rerun", test: func(s store) {
		from := s.importSmall(courseA)
		s.rerun(from, nextRun)
		s.retitle(nextRun, "Demo, next year")
		corrected := s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Corrected"), nil) })
		report, err := s.Merge(s.ctx(), nextRun, corrected, modulestore.MergeOptions{})
		if err != nil || len(report.Conflicts) > 0 {
			s.t.Fatalf("the merge: %+v, %v", report, err)
		}
		tree := s.snapshot(s.head(nextRun), draft).Tree()
		title, _ := tree.Blocks[rootID].Attr("display_name", nil)
		quiz, _ := tree.Blocks[quizID].Attr("display_name", nil)
		s.same("the title of the rerun and the corrected quiz", []string{"Demo, next year", "Corrected"}, []string{title, quiz})
	}},
	{name: "another title is another display name of the root, where the root says it", test: func(s store) {
		from := s.importSmall(courseA)
		v := s.retitle(courseA, "Demo, next year")
		for _, b := range []modulestore.Branch{draft, published} {
			title, _ := s.snapshot(v, b).Tree().Blocks[rootID].Attr("display_name", nil)
			s.same("the title of the "+string(b)+" branch", "Demo, next year", title)
		}
		s.wantCourses(modulestore.Context{Course: courseA, Seq: 2, Title: "Demo, next year", Time: v.Time})
		s.same("what has not changed", from.Roots.Files, v.Roots.Files)
		s.update(courseA, func(e *modulestore.Edit) {
			root := *e.Tree(draft).Blocks[rootID]
			root.Policy = []modulestore.Attr{{Name: "display_name", Value: `"Old"`}}
			s.put(e, draft, root, nil)
		})
		root := s.snapshot(s.retitle(courseA, `Say "hello"`), draft).Tree().Blocks[rootID]
		s.same("its policy", []modulestore.Attr{{Name: "display_name", Value: `"Say \"hello\""`}}, root.Policy)
		if _, changed, err := s.Retitle(s.ctx(), courseA, `Say "hello"`, ""); err != nil || changed {
			s.t.Errorf("the same title again: changed %v, %v", changed, err)
		}
		_, _, err := s.Retitle(s.ctx(), courseA, " ", "")
		s.wantError(err, modulestore.ErrInvalid, "title")
		_, _, err = s.Retitle(s.ctx(), courseB, "Title", "")
		s.wantError(err, modulestore.ErrNotFound, courseB.String())
	}},
}

func (s store) rerun(from modulestore.Version, to key.Course) modulestore.Version {
	s.t.Helper()
	v, err := s.Rerun(s.ctx(), from, to, "Ada")
	var taken *modulestore.TakenError
	if errors.As(err, &taken) {
		s.t.Fatalf("the key is taken by %s", taken.By)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s store) retitle(c key.Course, title string) modulestore.Version {
	s.t.Helper()
	v, changed, err := s.Retitle(s.ctx(), c, title, "Ada")
	if err != nil || !changed {
		s.t.Fatalf("title %q: changed %v, %v", title, changed, err)
	}
	return v
}
