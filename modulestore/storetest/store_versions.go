package storetest

import (
	"fmt"
	"strings"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

var versionCases = []storeCase{
	{name: "a course that nobody has made is not found", test: func(s store) {
		s.importSmall(courseA)
		_, err := s.Head(s.ctx(), courseB)
		s.wantError(err, modulestore.ErrNotFound, courseB.String())
		_, err = s.Log(s.ctx(), courseB, 0, 10)
		s.wantError(err, modulestore.ErrNotFound, courseB.String())
		_, err = s.Version(s.ctx(), courseB, "1")
		s.wantError(err, modulestore.ErrNotFound, courseB.String())
	}},
	{name: "another spelling of a course is suggested", test: func(s store) {
		s.importSmall(courseA)
		_, err := s.Head(s.ctx(), course("org", "a", "run"))
		s.wantError(err, modulestore.ErrNotFound, "course-v1:org+a+run", courseA.String())
	}},
	{name: "another spelling of a course cannot be made", test: func(s store) {
		s.importSmall(courseA)
		_, _, err := s.Update(s.ctx(), course("ORG", "A", "Run"), func(e *modulestore.Edit) error {
			return e.Put(modulestore.Draft, block(rootID, "Twin"), nil)
		})
		s.wantError(err, modulestore.ErrDuplicate, "course-v1:ORG+A+Run", courseA.String())
	}},
	{name: "versions count from one and follow each other", test: func(s store) {
		now := time.Date(2026, 1, 2, 3, 4, 6, 678_900_000, time.UTC)
		s.Now = func() time.Time { return now }
		first := s.importSmall(courseA)
		now = now.Add(time.Second)
		second := s.update(courseA, func(e *modulestore.Edit) {
			if base, ok := e.Base(); !ok || base.Seq != 1 {
				s.t.Errorf("the second edit starts from version %d, %v", base.Seq, ok)
			}
			e.Describe("ann", "restore", "Back again")
			s.put(e, modulestore.Draft, block(quizID, "Test"), nil)
		})
		s.same("the first entry", modulestore.Entry{
			Seq: 1, Commit: first.Commit, Roots: first.Roots, Operation: "edit",
			Time: time.Date(2026, 1, 2, 3, 4, 6, 678_000_000, time.UTC),
		}, first.Entry)
		s.same("the second entry", modulestore.Entry{
			Seq: 2, Commit: second.Commit, Prev: first.Commit, Roots: second.Roots,
			Author: "ann", Operation: "restore", Message: "Back again",
			Time: time.Date(2026, 1, 2, 3, 4, 7, 678_000_000, time.UTC),
		}, second.Entry)
		log, err := s.Log(s.ctx(), courseA, 0, 10)
		if err != nil {
			s.t.Fatal(err)
		}
		s.same("the log", []modulestore.Version{second, first}, log)
		head, err := s.Head(s.ctx(), courseA)
		if err != nil {
			s.t.Fatal(err)
		}
		s.same("the head", second, head)
	}},
	{name: "a version is found by head, number, distance and commit", test: findVersions},
	{name: "every version can be read for ever", test: func(s store) {
		versions := []modulestore.Version{s.importSmall(courseA)}
		var trees []*modulestore.Tree
		for i := range 5 {
			trees = append(trees, s.snapshot(versions[i], modulestore.Draft).Tree())
			versions = append(versions, s.update(courseA, func(e *modulestore.Edit) {
				s.put(e, modulestore.Draft, block(quizID, fmt.Sprint("Quiz ", i)), nil)
			}))
		}
		for i, tree := range trees {
			s.wantTree(versions[i], modulestore.Draft, tree)
		}
	}},
	{name: "the list has every course with its title", test: func(s store) {
		s.Now = clock()
		a := s.importSmall(courseA)
		l := s.update(library, func(e *modulestore.Edit) {
			s.put(e, modulestore.Draft, block(idOfBlock("library", "library"), ""), nil)
		})
		s.update(courseB, func(e *modulestore.Edit) { s.put(e, modulestore.Published, block(rootID, "Old title"), nil) })
		renamed := s.update(courseB, func(e *modulestore.Edit) {
			b := block(rootID, "Title of the element")
			b.Policy = []modulestore.Attr{{Name: "display_name", Value: `"New t\u0069tle"`}}
			s.put(e, modulestore.Published, b, nil)
		})
		s.wantCourses(
			modulestore.Context{Course: courseA, Seq: 1, Title: "The course", Time: a.Time},
			modulestore.Context{Course: courseB, Seq: 2, Title: "New title", Time: renamed.Time},
			modulestore.Context{Course: library, Seq: 1, Title: library.String(), Time: l.Time},
		)
	}},
	{name: "a deleted course is in no list, keeps its history and can be made again", test: func(s store) {
		first := s.importSmall(courseA)
		tree := s.snapshot(first, modulestore.Draft).Tree()
		deleted := s.update(courseA, func(e *modulestore.Edit) { e.Replace(nil, nil, nil, "ignored") })
		if !deleted.Deleted() || first.Deleted() {
			s.t.Errorf("the first version is deleted: %v; the second: %v", first.Deleted(), deleted.Deleted())
		}
		s.wantCourses()
		_, err := s.Snapshot(s.ctx(), deleted, modulestore.Draft)
		s.wantError(err, modulestore.ErrNotFound, courseA.String(), "version 2", "draft")
		s.wantTree(first, modulestore.Draft, tree)
		s.wantUnchanged(courseA, func(e *modulestore.Edit) error {
			if n := len(e.Tree(modulestore.Draft).Blocks); n > 0 {
				s.t.Errorf("the deleted course has %d blocks", n)
			}
			return nil
		})
		again := s.update(courseA, func(e *modulestore.Edit) { e.Replace(nil, tree, nil, "Again") })
		if again.Seq != 3 || again.Roots.Draft != first.Roots.Draft {
			s.t.Errorf("made again, the course is %+v", again)
		}
		s.wantCourses(modulestore.Context{Course: courseA, Seq: 3, Title: "Again", Time: again.Time})
	}},
	{name: "a branch that is not there is not found", test: func(s store) {
		v := s.update(courseA, func(e *modulestore.Edit) { s.put(e, modulestore.Draft, block(rootID, "Draft only"), nil) })
		_, err := s.Snapshot(s.ctx(), v, modulestore.Published)
		s.wantError(err, modulestore.ErrNotFound, courseA.String(), "published")
		_, err = s.Snapshot(s.ctx(), v, "live")
		s.wantError(err, modulestore.ErrInvalid, "live", "draft", "published")
	}},
	{name: "a snapshot answers for parents, paths and bodies", test: readSnapshot},
	{name: "equal content has one root in every store", test: func(s store) {
		v := s.importSample(courseA, 200)
		const root = "6ec2869758205cbee30218a4911c270da431831a80a979c913a93f25b437e90c"
		if v.Roots.Draft.String() != root || v.Roots.Published != v.Roots.Draft {
			s.t.Errorf("the root of the sample is %s, want %s", v.Roots.Draft, root)
		}
	}},
}

func (s store) wantCourses(want ...modulestore.Context) {
	s.t.Helper()
	got, err := s.Courses(s.ctx())
	if err != nil {
		s.t.Fatal(err)
	}
	s.same("Courses", append([]modulestore.Context{}, want...), append([]modulestore.Context{}, got...))
}

func findVersions(s store) {
	versions := []modulestore.Version{{}, s.importSmall(courseA)}
	for i := range 11 {
		versions = append(versions, s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, modulestore.Draft, block(quizID, fmt.Sprint("Quiz ", i)), nil)
		}))
	}
	commit := versions[5].Commit.String()
	for spec, want := range map[string]uint64{
		"": 12, "head": 12, "head~0": 12, "head~1": 11, "head~11": 1, "1": 1, "12": 12, "007": 7,
		commit: 5, commit[:8]: 5, strings.ToUpper(commit[:20]): 5,
	} {
		v, err := s.Version(s.ctx(), courseA, spec)
		if err != nil {
			s.t.Errorf("version %q: %v", spec, err)
			continue
		}
		s.same(fmt.Sprintf("version %q", spec), versions[want], v)
	}
	for spec, want := range map[string]struct {
		sentinel error
		words    string
	}{
		"13":                                 {modulestore.ErrNotFound, "the last one is 12"},
		"0":                                  {modulestore.ErrNotFound, "the last one is 12"},
		"head~12":                            {modulestore.ErrNotFound, "the last one is 12"},
		"head~x":                             {modulestore.ErrInvalid, "must be a number"},
		"head~-1":                            {modulestore.ErrInvalid, "must be a number"},
		"head^":                              {modulestore.ErrInvalid, "at least 8 hex digits"},
		"-1":                                 {modulestore.ErrInvalid, "at least 8 hex digits"},
		"abcdef0":                            {modulestore.ErrInvalid, "too short"},
		commit + "0":                         {modulestore.ErrInvalid, "at least 8 hex digits"},
		"ffffffffffffffffffffffffffffffffff": {modulestore.ErrNotFound, "no commit begins like this"},
		"00000000000":                        {modulestore.ErrNotFound, "no commit begins like this"},
	} {
		_, err := s.Version(s.ctx(), courseA, spec)
		s.wantError(err, want.sentinel, courseA.String(), spec, want.words)
	}
	// Two commits that begin alike.
	s.probe.onLog = func(entries []modulestore.Entry) []modulestore.Entry {
		for i := range entries {
			if entries[i].Seq == 7 {
				copy(entries[i].Commit[:10], versions[5].Commit[:10])
			}
		}
		return entries
	}
	_, err := s.Version(s.ctx(), courseA, commit[:8])
	s.wantError(err, modulestore.ErrInvalid, "both 5 and 7 begin like this")
}

func readSnapshot(s store) {
	shared, leaf, dangling, about := idOfBlock("vertical", "shared"), idOfBlock("html", "leaf"), idOfBlock("html", "nowhere"), idOfBlock("about", "overview")
	other := idOfBlock("chapter", "week2")
	v := s.update(courseA, func(e *modulestore.Edit) {
		s.put(e, modulestore.Draft, block(rootID, "The course", chapterID, other), nil)
		s.put(e, modulestore.Draft, block(chapterID, "Week 1", shared, dangling), nil)
		s.put(e, modulestore.Draft, block(other, "Week 2", shared), nil)
		s.put(e, modulestore.Draft, block(shared, "Unit", leaf), nil)
		s.put(e, modulestore.Draft, block(leaf, "Text"), &modulestore.Body{Markup: "<p/>"})
		s.put(e, modulestore.Draft, block(about, "About"), &modulestore.Body{Markup: "<p/>"})
	})
	snap := s.cold().snapshot(v, modulestore.Draft)
	s.same("Version", v, snap.Version())
	s.same("Branch", modulestore.Draft, snap.Branch())
	s.same("Root", v.Roots.Draft, snap.Root())
	s.same("Detached", []key.BlockID{about}, snap.Tree().Detached)
	s.same("Parents of a shared block", []key.BlockID{chapterID, other}, snap.Parents(shared))
	s.same("Parents of a dangling child", []key.BlockID{chapterID}, snap.Parents(dangling))
	s.same("Parents of the root", []key.BlockID(nil), snap.Parents(rootID))
	s.same("Path", []key.BlockID{rootID, chapterID, shared, leaf}, snap.Path(leaf))
	s.same("Path of a detached block", []key.BlockID{about}, snap.Path(about))
	s.same("Path of a dangling child", []key.BlockID(nil), snap.Path(dangling))

	body := &modulestore.Body{Markup: "<p/>"}
	all, err := snap.Bodies(s.ctx(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.same("all bodies", map[key.BlockID]*modulestore.Body{leaf: body, about: body}, all)
	some, err := snap.Bodies(s.ctx(), []key.BlockID{rootID, leaf})
	if err != nil {
		s.t.Fatal(err)
	}
	s.same("some bodies", map[key.BlockID]*modulestore.Body{leaf: body}, some)
	one, err := snap.Body(s.ctx(), shared)
	if one != nil || err != nil {
		s.t.Errorf("the body of a block without one is %v, %v", one, err)
	}
	_, err = snap.Body(s.ctx(), dangling)
	s.wantError(err, modulestore.ErrNotFound, courseA.String(), "html/nowhere")
}
