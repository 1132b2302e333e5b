package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

const day = 24 * time.Hour

var retentionCases = []storeCase{
	{name: "an old version is given up, and says when and which ones are left", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		s.edits(courseA, 4)
		clock.now = clock.now.Add(100 * day)
		s.edits(courseA, 1)
		log := s.log(courseA)
		before := s.objects()
		clock.now = clock.now.Add(2 * day)
		report := s.prune(modulestore.PruneOptions{Retention: modulestore.DefaultRetention(), Author: "Ada", Grace: modulestore.DefaultGrace})
		s.same("the report", []modulestore.PrunedCourse{{Course: courseA, Kept: 2, GivenUp: 4, Version: 7}}, report.Courses)
		s.wantGone(before, report)

		now := s.log(courseA)
		s.same("the versions before", log, now[1:])
		if p := now[0]; p.Operation != modulestore.OperationPrune || p.Author != "Ada" || p.Roots.Draft != log[0].Roots.Draft {
			s.t.Errorf("the new version is %+v", p)
		}
		words := []string{courseA.String(), "version 2 was pruned on 2026-04-14", "version 5 is the nearest that is kept"}
		old, cold := log[4], s.cold()
		_, err := cold.Version(s.ctx(), courseA, "2")
		s.wantError(err, modulestore.ErrPruned, words...)
		_, err = cold.Version(s.ctx(), courseA, old.Commit.String()[:10])
		s.wantError(err, modulestore.ErrPruned, words...)
		_, err = cold.Snapshot(s.ctx(), old, draft)
		s.wantError(err, modulestore.ErrPruned, words...)
		_, err = cold.Diff(s.ctx(), old, now[0], modulestore.DiffOptions{})
		s.wantError(err, modulestore.ErrPruned, words...)
		for _, block := range []string{"", "problem/quiz"} {
			_, _, err = cold.Restore(s.ctx(), courseA, old, parsedID(block), "")
			s.wantError(err, modulestore.ErrPruned, words...)
		}
		_, _, err = s.Restore(s.ctx(), courseA, log[5], key.BlockID{}, "") // its trees are still in memory
		s.wantError(err, modulestore.ErrPruned)
		_, _, err = s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			refs := s.refs(e)
			refs.Tags = []modulestore.Tag{{Name: "late", Version: 2}}
			e.SetRefs(&refs)
			return nil
		})
		s.wantError(err, modulestore.ErrPruned, `tag "late" names version 2`)
		for _, kept := range []string{"5", "6", "head"} {
			v, err := cold.Version(s.ctx(), courseA, kept)
			if err != nil {
				s.t.Fatal(err)
			}
			cold.snapshot(v, draft)
		}
	}},
	{name: "a record of files goes with its version", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		for _, content := range []string{"old", "new"} {
			blob := s.putBlob(content)
			s.update(courseA, func(e *modulestore.Edit) {
				e.SetFiles(&modulestore.Files{Entries: []modulestore.File{{Path: "a", Blob: blob}}})
			})
		}
		clock.now = clock.now.Add(100 * day)
		report := s.prune(modulestore.PruneOptions{Retention: modulestore.DefaultRetention()})
		if n := report.Kinds[modulestore.KindChunk].Objects; n != 1 {
			s.t.Errorf("%d chunks were removed, want the old one", n)
		}
		_, err := s.Files(s.ctx(), s.log(courseA)[2])
		s.wantError(err, modulestore.ErrPruned, "version 2", "version 3 is the nearest")
	}},
	{name: "pruning again does nothing", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		s.edits(courseA, 4)
		clock.now = clock.now.Add(100 * day)
		o := modulestore.PruneOptions{Retention: modulestore.DefaultRetention(), Grace: modulestore.DefaultGrace}
		s.prune(o)
		log := s.log(courseA)
		report := s.prune(o)
		s.same("the report", []modulestore.PrunedCourse{{Course: courseA, Kept: 2, GivenUpBefore: 4}}, report.Courses)
		s.same("the log", log, s.log(courseA))
		if len(report.Kinds) > 0 {
			s.t.Errorf("removed again: %v", report.Kinds)
		}
	}},
	{name: "a deleted course ages like others, and still says how to get it back", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		s.edits(courseA, 2)
		if _, err := s.Delete(s.ctx(), courseA, ""); err != nil {
			s.t.Fatal(err)
		}
		o := modulestore.PruneOptions{Retention: modulestore.Retention{Every: 30 * day}}
		clock.now = clock.now.Add(29 * day)
		s.wantCounts(o, modulestore.PrunedCourse{Kept: 4})
		if v := s.restore(s.log(courseA)[1], ""); v.Seq != 5 {
			s.t.Errorf("restored as version %d", v.Seq)
		}
		if _, err := s.Delete(s.ctx(), courseA, ""); err != nil {
			s.t.Fatal(err)
		}
		clock.now = clock.now.Add(20 * day)
		s.wantCounts(o, modulestore.PrunedCourse{Kept: 2, GivenUp: 4, Version: 7})
		_, err := s.Head(s.ctx(), courseA)
		s.wantError(err, modulestore.ErrNotFound, "deleted by version 6; restoring version 5")
		clock.now = clock.now.Add(20 * day)
		s.wantCounts(o, modulestore.PrunedCourse{Kept: 2, GivenUp: 1, GivenUpBefore: 4, Version: 8})
		if len(s.log(courseA)) != 8 {
			s.t.Error("the log is not whole")
		}
		for _, o := range s.objects() {
			if o.Kind == modulestore.KindPage || o.Kind == modulestore.KindBody {
				s.t.Errorf("the %s %s is still there", o.Kind, o.ID.Short())
			}
		}
		s.importSmall(courseA)
	}},
	{name: "side branches, tags, orders and what blocks were copied from stay", test: func(s store) {
		clock := s.clock()
		s.importLinked()
		s.edits(courseA, 1)
		clock.now = clock.now.Add(1000 * day)
		report := s.prune(modulestore.PruneOptions{})
		s.same("the report", []modulestore.PrunedCourse{{Course: courseA, Kept: 3, GivenUp: 1, Version: 5}}, report.Courses)
		for kind, c := range report.Kinds { // what importLinked leaves over
			if c.Objects != 1 || kind != modulestore.KindPage && kind != modulestore.KindBody {
				s.t.Errorf("%d of kind %s were removed", c.Objects, kind)
			}
		}
		if n := s.verify().Unreferenced; n > 0 {
			s.t.Errorf("%d objects that nothing needs are left", n)
		}
		refs, err := s.Refs(s.ctx(), s.log(courseA)[0])
		if err != nil {
			s.t.Fatal(err)
		}
		// A version of a side branch is not pruned because that of the same number is.
		side := modulestore.Entry{Seq: 3, Commit: refs.Branches[0].Commit, Roots: refs.Branches[0].Roots}
		s.restore(modulestore.Version{Course: courseA, Entry: side}, "")
	}},
	{name: "a side branch goes with the last version that knows of it, and the history of both stays", test: func(s store) {
		clock := s.clock()
		branch := s.sideBranch(s.importSmall(courseA))
		s.update(courseA, func(e *modulestore.Edit) { e.SetRefs(&modulestore.Refs{Branches: []modulestore.SideBranch{branch}}) })
		s.update(courseA, func(e *modulestore.Edit) { e.SetRefs(&modulestore.Refs{}) })
		s.edits(courseA, 1)
		clock.now = clock.now.Add(1000 * day)
		report := s.prune(modulestore.PruneOptions{})
		if n := report.Kinds[modulestore.KindChunk].Objects; n != 1 {
			s.t.Errorf("%d chunks were removed, want that of the branch", n)
		}
		refs, err := s.Refs(s.ctx(), s.log(courseA)[3])
		if err != nil || len(refs.Branches) != 1 {
			s.t.Errorf("version 2 knew %d branches, %v", len(refs.Branches), err)
		}
		target := s.other()
		s.copyTo(target, s.context(courseA))
		target.wantSound()
		if n := target.verify().Unreferenced; n > 0 {
			s.t.Errorf("%d objects were copied that nothing needs", n)
		}
	}},
	{name: "what a restored block was copied from is safe from a sweep", test: func(s store) {
		s.Now = onDay(100)
		s.importSmall(courseA)
		quiz := block(quizID, "Quiz")
		quiz.Origin = s.foreignBlock()
		first := s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, quiz, nil) })
		s.edits(courseA, 1)
		s.Now = onDay(200)
		s.restore(first, quizID.String())
		s.sweep(200)
		if missing, err := s.probe.Has(s.ctx(), 200, modulestore.KindPage, []modulestore.ID{quiz.Origin.Base}); err != nil || len(missing) > 0 {
			s.t.Errorf("it is gone: %v", err)
		}
	}, damages: true},
	{name: "an object is spared for as many days as the grace", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		s.putBlob("nobody needs this")
		for _, days := range []int{0, 1, 1, 1} {
			clock.now = clock.now.Add(time.Duration(days) * day)
			report := s.prune(modulestore.PruneOptions{Grace: 3})
			if age := clock.now.Sub(clock.start); (report.Kinds[modulestore.KindChunk].Objects == 1) != (age >= 3*day) {
				s.t.Errorf("after %v: %v", age, report.Kinds)
			}
		}
	}},
	{name: "a version is spared for as many days as the grace after the next one came", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		clock.now = clock.now.Add(100 * day)
		s.edits(courseA, 1)
		s.wantCounts(modulestore.PruneOptions{Grace: 3}, modulestore.PrunedCourse{Kept: 2})
		clock.now = clock.now.Add(3 * day)
		s.wantCounts(modulestore.PruneOptions{Grace: 3}, modulestore.PrunedCourse{Kept: 1, GivenUp: 1, Version: 3})
	}},
	{name: "who has put objects before a prune makes the version after it", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		s.edits(courseA, 3)
		tree, bodies := Sample(30, 5)
		if err := s.Put(s.ctx(), bodies); err != nil {
			s.t.Fatal(err)
		}
		clock.now = clock.now.Add(2 * day)
		s.prune(modulestore.PruneOptions{Grace: 3})
		v := s.update(courseA, func(e *modulestore.Edit) { e.Replace(tree, tree, nil, "") })
		if got, err := s.cold().snapshot(v, draft).Bodies(s.ctx(), nil); err != nil || len(got) == 0 {
			s.t.Errorf("%d bodies, %v", len(got), err)
		}
	}},
	{name: "a prune between storing and appending does not touch the new version", test: func(s store) {
		clock := s.clock()
		first := s.importSmall(courseA)
		s.edits(courseA, 3)
		clock.now = clock.now.Add(100 * day)
		s.edits(courseB, 0)
		s.probe.onAppend = func(e modulestore.Entry, store func() error) error {
			s.probe.onAppend = nil
			s.prune(modulestore.PruneOptions{Grace: 1})
			return store()
		}
		s.edits(courseA, 1) // its first attempt loses against the prune
		s.probe.onAppend = func(e modulestore.Entry, store func() error) error {
			s.probe.onAppend = nil
			s.prune(modulestore.PruneOptions{Grace: 1})
			return store()
		}
		_, _, err := s.Restore(s.ctx(), courseA, first, key.BlockID{}, "")
		s.wantError(err, modulestore.ErrPruned)
	}},
	{name: "authors write again what is being removed", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		write := func(i int) error {
			_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
				return e.Put(draft, block(quizID, "Quiz"), &modulestore.Body{Markup: fmt.Sprintf("<p>text %d</p>", i)})
			})
			return err
		}
		const texts = 20
		for i := range texts {
			if err := write(i); err != nil {
				s.t.Fatal(err)
			}
		}
		clock.now = clock.now.Add(100 * day)
		var all sync.WaitGroup
		for author := range 2 {
			all.Go(func() {
				for i := range texts / 2 {
					if err := write(2*i + author); err != nil {
						s.t.Error(err)
					}
				}
			})
		}
		all.Go(func() {
			for range 5 {
				if _, err := s.Prune(s.ctx(), modulestore.PruneOptions{Grace: 1}); err != nil {
					s.t.Error(err)
				}
			}
		})
		all.Wait()
		s.wantSound()
		for _, v := range s.log(courseA) {
			if err := readWhole(s.cold(), v); err != nil && !errors.Is(err, modulestore.ErrPruned) {
				s.t.Errorf("%s: %v", v, err)
			}
		}
	}},
	{name: "whatever is missing or damaged, nothing is removed", test: func(s store) {
		clock := s.clock()
		s.importLinked()
		clock.now = clock.now.Add(100 * day)
		for _, kind := range []modulestore.Kind{modulestore.KindCommit, modulestore.KindRefs, modulestore.KindPage, modulestore.KindFiles, modulestore.KindManifest} {
			for what, alter := range alterations {
				before := s.objects()
				s.probe.onGet = only(kind, alter)
				_, err := s.cold().Prune(s.ctx(), modulestore.PruneOptions{})
				s.probe.heal()
				s.wantError(err, modulestore.ErrCorrupt, "nothing was removed", courseA.String(), what)
				left := s.objects()
				for _, o := range before {
					if !slices.ContainsFunc(left, func(l modulestore.Object) bool { return l.ID == o.ID }) {
						s.t.Errorf("%s was %s, and %s %s was removed", kind, what, o.Kind, o.ID.Short())
					}
				}
			}
		}
	}},
	{name: "a backend that fails ends it", test: func(s store) {
		s.importSmall(courseA)
		down := errors.New("server is down")
		s.probe.onHead = func() error { return down }
		_, err := s.cold().Prune(s.ctx(), modulestore.PruneOptions{})
		s.wantError(err, down, "nothing was removed")
	}},
	{name: "a copy knows what was pruned, and is sound without it", test: func(s store) {
		clock := s.clock()
		s.importSmall(courseA)
		s.edits(courseA, 3)
		early := s.other()
		early.Now = s.Now
		s.copyTo(early, s.context(courseA))
		clock.now = clock.now.Add(100 * day)
		s.prune(modulestore.PruneOptions{})
		late := s.other()
		for _, target := range []store{early, late} {
			s.copyTo(target, s.context(courseA))
			s.wantSameCourse(target, courseA)
			target.wantSound()
			_, err := target.cold().Version(s.ctx(), courseA, "2")
			s.wantError(err, modulestore.ErrPruned)
		}
		report := early.prune(modulestore.PruneOptions{})
		early.wantSound()
		if report.Kinds[modulestore.KindPage].Objects != 2 || len(early.objects()) != len(late.objects()) {
			s.t.Errorf("the store that had copied all gave back %v", report.Kinds)
		}
		s.same("the report", []modulestore.PrunedCourse{{Course: courseA, Kept: 2, GivenUpBefore: 3}}, report.Courses)
	}},
	{name: "versions keep through seasons of edits, restores, tags and prunes", test: func(s store) { s.seasons() }},
}

// simulated is a time that the test moves.
type simulated struct{ start, now time.Time }

// clock makes the store live in a simulated time.
func (s *store) clock() *simulated {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := &simulated{start, start}
	s.Now = func() time.Time { return c.now }
	return c
}

// edits makes n versions that differ in the draft of the quiz.
func (s store) edits(c key.Course, n int) {
	s.t.Helper()
	for range n {
		s.update(c, func(e *modulestore.Edit) {
			base, _ := e.Base()
			s.put(e, draft, block(quizID, "Quiz"), &modulestore.Body{Markup: "<p>after version " + base.Commit.String() + "</p>"})
		})
	}
}

func (s store) log(c key.Course) []modulestore.Version {
	s.t.Helper()
	log, err := s.Log(s.ctx(), c, 0, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return log
}

// prune runs Prune after a dry run, which must say the same and change nothing, and checks that the store is sound afterwards.
func (s store) prune(o modulestore.PruneOptions) *modulestore.PruneReport {
	s.t.Helper()
	before := s.objects()
	o.DryRun = true
	s.probe.reset()
	dry, err := s.cold().Prune(s.ctx(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(s.probe.objects)+len(s.probe.entries) > 0 || len(s.objects()) != len(before) {
		s.t.Error("the dry run has changed something")
	}
	o.DryRun = false
	report, err := s.cold().Prune(s.ctx(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	plan := *report
	plan.File = 0
	plan.Courses = slices.Clone(report.Courses)
	for i := range plan.Courses {
		plan.Courses[i].Version = 0
	}
	s.same("the dry run and the run", &plan, dry)
	s.wantGone(before, report)
	s.wantSound()
	return report
}

// wantGone checks that just as much is gone as the report says.
func (s store) wantGone(before []modulestore.Object, report *modulestore.PruneReport) {
	s.t.Helper()
	left := make(map[modulestore.ID]bool)
	for _, o := range s.objects() {
		left[o.ID] = true
	}
	gone := make(map[modulestore.Kind]int)
	for _, o := range before {
		if !left[o.ID] {
			gone[o.Kind]++
		}
	}
	said := make(map[modulestore.Kind]int)
	for kind, c := range report.Kinds {
		said[kind] = c.Objects
	}
	s.same("the objects that are gone", said, gone)
}

// wantCounts prunes and checks what is said of the one course there is.
func (s store) wantCounts(o modulestore.PruneOptions, want modulestore.PrunedCourse) {
	s.t.Helper()
	want.Course = courseA
	s.same("the report", []modulestore.PrunedCourse{want}, s.prune(o).Courses)
}
