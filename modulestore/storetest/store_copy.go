package storetest

import (
	"context"
	"errors"
	"fmt"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

var copyCases = []storeCase{
	{name: "a copy has the same versions, and copying again changes nothing", test: func(s store) {
		s.importFull()
		target := s.other()
		for _, c := range s.allCourses() {
			if report := s.copyTo(target, c); report.Versions != int(c.Seq) || report.Head != c.Seq || report.Objects == 0 || report.Bytes == 0 {
				s.t.Errorf("%s: %+v, want all %d versions", c.Course, report, c.Seq)
			}
			s.wantSameCourse(target, c.Course)
		}
		s.same("the list of courses", s.allCourses(), target.allCourses())
		target.probe.reset()
		for _, c := range s.allCourses() {
			if report := s.copyTo(target, c); report.Versions+report.Objects > 0 || report.Head != c.Seq {
				s.t.Errorf("%s: again: %+v", c.Course, report)
			}
		}
		if len(target.probe.objects)+len(target.probe.entries) > 0 {
			s.t.Errorf("copying again wrote %d objects and %d entries", len(target.probe.objects), len(target.probe.entries))
		}
		target.wantSound()
	}},
	{name: "side branches, tags, orders and what blocks were copied from come with a course", test: func(s store) {
		s.importLinked()
		target := s.other()
		s.copyTo(target, s.context(courseA))
		s.wantSameCourse(target, courseA)
		target.wantSound()
		if here, there := len(s.objects())-s.verify().Unreferenced, len(target.objects()); here != there {
			s.t.Errorf("%d objects were copied of %d that are needed", there, here)
		}
	}},
	{name: "later versions are brought over alone", test: func(s store) {
		s.importSmall(courseA)
		target := s.other()
		s.copyTo(target, s.context(courseA))
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Test"), nil) })
		target.probe.reset()
		report := s.copyTo(target, s.context(courseA))
		if report.Versions != 1 || report.Objects != len(target.probe.objects) || report.Objects > 4 {
			s.t.Errorf("%+v, and %d objects were written; want the page, the state and the commit", report, len(target.probe.objects))
		}
		s.wantSameCourse(target, courseA)
		target.wantSound()
	}},
	{name: "a deleted course is copied with its history", test: func(s store) {
		s.importSmall(courseA)
		if _, err := s.Delete(s.ctx(), courseA, ""); err != nil {
			s.t.Fatal(err)
		}
		target := s.other()
		s.copyTo(target, s.context(courseA))
		s.wantSameCourse(target, courseA)
		if list, err := target.Courses(s.ctx()); err != nil || len(list) > 0 {
			s.t.Errorf("%d courses are listed, error %v", len(list), err)
		}
	}},
	{name: "an interrupted copy goes on where it was", test: func(s store) {
		s.importFull()
		target := s.other()
		broken := errors.New("connection lost")
		target.probe.onAppend = func(e modulestore.Entry, store func() error) error {
			if e.Seq == 2 {
				return broken
			}
			return store()
		}
		_, err := target.Copy(s.ctx(), s.Store, s.context(courseA), nil)
		s.wantError(err, broken, courseA.String(), "version 2")
		target.probe.heal()
		target.wantSound()
		if report := s.copyTo(target, s.context(courseA)); report.Versions != int(report.Head)-1 {
			s.t.Errorf("%+v, want all but the first version", report)
		}
		s.wantSameCourse(target, courseA)
		target.wantSound()
	}},
	{name: "a version whose objects are missing or altered is not copied", test: func(s store) {
		s.importSmall(courseA)
		film := modulestore.File{Path: "static/film.mp4", Blob: s.putBlob(string(noise2(1<<20 + 7)))}
		s.update(courseA, func(e *modulestore.Edit) { e.SetFiles(&modulestore.Files{Entries: []modulestore.File{film}}) })
		for what, alter := range alterations {
			for kind := range s.verify().Kinds {
				target := s.other()
				s.probe.onGet = only(kind, alter)
				_, err := target.Copy(s.ctx(), s.cold().Store, s.context(courseA), nil)
				s.probe.heal()
				s.wantError(err, modulestore.ErrCorrupt, what, courseA.String())
				target.wantSound()
			}
		}
	}},
	{name: "stores with versions of their own are not mixed", test: func(s store) {
		s.importSmall(courseA)
		target := s.other()
		s.copyTo(target, s.context(courseA))
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Here"), nil) })
		mine := target.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "There"), nil) })
		for round := range 2 {
			_, err := target.Copy(s.ctx(), s.Store, s.context(courseA), nil)
			s.wantError(err, modulestore.ErrConflict, courseA.String(), "version 2")
			target.update(courseA, func(e *modulestore.Edit) {
				s.put(e, draft, block(chapterID, fmt.Sprint("Longer ", round), quizID), nil)
			})
		}
		log, err := target.Log(s.ctx(), courseA, 2, 1)
		if err != nil || log[0].Commit != mine.Commit {
			s.t.Errorf("version 2 is %v, %v", log, err)
		}
	}},
	{name: "a store that is ahead stays as it is", test: func(s store) {
		s.importSmall(courseA)
		target := s.other()
		s.copyTo(target, s.context(courseA))
		target.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "There"), nil) })
		if report := s.copyTo(target, s.context(courseA)); report.Versions != 0 || report.Head != 2 {
			s.t.Errorf("%+v, want nothing, and version 2", report)
		}
	}},
	{name: "a course is not copied beside another spelling of its key", test: func(s store) {
		s.importSmall(courseA)
		target := s.other()
		target.importSmall(course("ORG", "a", "RUN"))
		_, err := target.Copy(s.ctx(), s.Store, s.context(courseA), nil)
		s.wantError(err, modulestore.ErrDuplicate, courseA.String(), "ORG")
	}},
	{name: "a copy can be cancelled", test: func(s store) {
		s.importFull()
		target := s.other()
		ctx, cancel := context.WithCancel(s.ctx())
		_, err := target.Copy(ctx, s.Store, s.context(courseA), func(int) { cancel() })
		s.wantError(err, context.Canceled)
		target.wantSound()
	}},
	{name: "a course that is not there cannot be copied", test: func(s store) {
		_, err := s.other().Copy(s.ctx(), s.Store, modulestore.Context{Course: courseA}, nil)
		s.wantError(err, modulestore.ErrNotFound, courseA.String())
	}},
}

// other is a store on an empty backend of its own.
func (s store) other() store {
	p := &probe{Backend: s.probe.another(), another: s.probe.another}
	return store{s.t, modulestore.New(p), p}
}

func (s store) copyTo(target store, c modulestore.Context) *modulestore.CopyReport {
	s.t.Helper()
	report, err := target.Copy(s.ctx(), s.cold().Store, c, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

func (s store) allCourses() []modulestore.Context {
	s.t.Helper()
	list, err := s.AllCourses(s.ctx())
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// context is the line of the list of courses about c.
func (s store) context(c key.Course) modulestore.Context {
	s.t.Helper()
	for _, listed := range s.allCourses() {
		if listed.Course == c {
			return listed
		}
	}
	s.t.Fatalf("%s is not listed", c)
	return modulestore.Context{}
}

// wantSameCourse compares the logs of a course, which name everything by its hash.
func (s store) wantSameCourse(other store, c key.Course) {
	s.t.Helper()
	want, err := s.Log(s.ctx(), c, 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	got, err := other.Log(s.ctx(), c, 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	s.same("the log of "+c.String(), want, got)
}
