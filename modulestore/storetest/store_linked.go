package storetest

import (
	"maps"
	"slices"
	"strings"

	"lectern/modulestore"
)

// importLinked makes a course whose second version refers to objects in every way there is: files of one and of many pieces, a block that was
// copied from another course, and a side branch of two versions that hold what nothing else holds. Then come a tag, and an order to publish.
func (s store) importLinked() {
	s.t.Helper()
	first := s.importSmall(courseA)
	origin := s.foreignBlock()
	branch := s.sideBranch(first)
	files := &modulestore.Files{Entries: []modulestore.File{
		{Path: "course.xml", Blob: s.putBlob("bytes")},
		{Path: "static/film.mp4", Blob: s.putBlob(string(noise2(1<<20 + 7)))},
	}}
	s.update(courseA, func(e *modulestore.Edit) {
		quiz := block(quizID, "Quiz")
		quiz.Origin = origin
		s.put(e, draft, quiz, &modulestore.Body{Markup: "<p>2 + 2?</p>"})
		e.SetFiles(files)
		e.SetRefs(&modulestore.Refs{Branches: []modulestore.SideBranch{branch}})
	})
	s.update(courseA, func(e *modulestore.Edit) {
		refs := s.refs(e)
		refs.Tags = []modulestore.Tag{{Name: "spring", Version: 1}}
		refs.Orders = []modulestore.Order{{Number: 3, Block: quizID, Version: 2}}
		e.SetRefs(&refs)
	})
}

// refs is a copy of what the course keeps beside its content.
func (s store) refs(e *modulestore.Edit) modulestore.Refs {
	s.t.Helper()
	refs, err := e.Refs()
	if err != nil {
		s.t.Fatal(err)
	}
	next := *refs
	next.Tags = slices.Clone(refs.Tags)
	return next
}

// foreignBlock stores a tree of one block of a course that this store does not have.
func (s store) foreignBlock() *modulestore.Origin {
	other := s.other()
	problem := idOfBlock("problem", "source")
	v := other.update(library, func(e *modulestore.Edit) {
		other.put(e, draft, block(problem, "The source", idOfBlock("html", "elsewhere")), &modulestore.Body{Markup: "<p>3 + 3?</p>"})
	})
	s.take(other, modulestore.KindPage, modulestore.KindBody)
	return &modulestore.Origin{Course: library, Block: problem, Base: v.Roots.Draft, Declined: idOf("declined")}
}

// sideBranch stores two versions that come after first but are in no log.
func (s store) sideBranch(first modulestore.Version) modulestore.SideBranch {
	other := s.other()
	s.copyTo(other, s.context(courseA))
	files := &modulestore.Files{Entries: []modulestore.File{{Path: "side.txt", Blob: other.putBlob("of the side branch")}}}
	var last modulestore.Version
	for _, text := range []string{"Side", "Branch"} {
		last = other.update(courseA, func(e *modulestore.Edit) {
			other.put(e, draft, block(quizID, text), &modulestore.Body{Markup: "<p>" + strings.ToLower(text) + "</p>"})
			e.SetFiles(files)
		})
	}
	s.take(other, slices.Collect(maps.Keys(other.verify().Kinds))...)
	return modulestore.SideBranch{
		Name: "side", Commit: last.Commit, Roots: last.Roots, Base: first.Commit, BaseRoots: first.Roots, Version: 2,
	}
}

// take stores the objects of some kinds that another store was given.
func (s store) take(other store, kinds ...modulestore.Kind) {
	s.t.Helper()
	var objects []modulestore.Object
	for _, o := range other.probe.objects {
		if slices.Contains(kinds, o.Kind) {
			objects = append(objects, o)
		}
	}
	if err := s.Put(s.ctx(), objects); err != nil {
		s.t.Fatal(err)
	}
}

// objects lists everything that is stored.
func (s store) objects() (list []modulestore.Object) {
	s.t.Helper()
	for o, err := range s.probe.Backend.All(s.ctx()) {
		if err != nil {
			s.t.Fatal(err)
		}
		list = append(list, o)
	}
	return list
}

// without makes the backend lose one object.
func (s store) without(lost modulestore.ID) {
	s.probe.onGet = func(_ modulestore.Kind, objects []modulestore.Object) ([]modulestore.Object, error) {
		return slices.DeleteFunc(slices.Clone(objects), func(o modulestore.Object) bool { return o.ID == lost }), nil
	}
}
