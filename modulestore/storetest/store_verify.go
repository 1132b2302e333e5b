package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lectern/modulestore"
)

var verifyCases = []storeCase{
	{name: "an empty store is sound", test: func(s store) {
		s.same("the report", &modulestore.VerifyReport{Kinds: map[modulestore.Kind]modulestore.KindCount{}}, s.verify())
	}},
	{name: "a sound store is counted", test: func(s store) {
		s.importFull()
		report := s.verify()
		objects := 0
		for o, err := range s.probe.Backend.All(s.ctx()) {
			if err != nil {
				s.t.Fatal(err)
			}
			if report.Kinds[o.Kind].Objects == 0 {
				s.t.Errorf("no %s was counted", o.Kind)
			}
			objects++
		}
		counted := 0
		for _, c := range report.Kinds {
			counted += c.Objects
		}
		if report.Courses != 2 || report.Versions != 4 || counted != objects || report.Unreferenced != 0 || len(report.Kinds) != 7 {
			s.t.Errorf("got %+v for 2 courses, 4 versions and %d objects", report, objects)
		}
		if c := report.Kinds[modulestore.KindChunk]; c.Bytes != 5+1<<20+7 {
			s.t.Errorf("the chunks have %d bytes", c.Bytes)
		}
		last, calls := 0, 0
		if _, err := s.cold().Verify(s.ctx(), func(done int) {
			if done < last {
				s.t.Errorf("progress goes from %d to %d", last, done)
			}
			last = done
			calls++
		}); err != nil {
			s.t.Fatal(err)
		}
		if last != objects || calls == 0 {
			s.t.Errorf("progress ends at %d of %d objects", last, objects)
		}
	}},
	{name: "objects that no version needs are counted and checked", test: func(s store) {
		s.importFull()
		s.putBlob("nobody needs this")
		if report := s.verify(); report.Unreferenced != 1 || len(report.Faults) > 0 {
			s.t.Errorf("got %d unreferenced objects and faults %v", report.Unreferenced, report.Faults)
		}
		garbage := newObject(modulestore.KindPage, document("no page"))
		if err := s.Put(s.ctx(), []modulestore.Object{garbage}); err != nil {
			s.t.Fatal(err)
		}
		s.wantFaults("no page", fault{modulestore.KindPage, "no version", "format"})
	}, damages: true},
	{name: "every missing or altered object is found, once", test: func(s store) {
		s.importFull()
		kinds := s.verify().Kinds
		for what, alter := range alterations {
			for kind, count := range kinds {
				s.probe.onGet = only(kind, alter)
				faults := 0
				for _, f := range s.verify().Faults {
					if f.Kind == kind && strings.Contains(f.Message, what) && !f.ID.IsZero() {
						faults++
					}
				}
				// Of pages, files and manifests those below the first cannot be found when it is lost, but as objects that nobody needs.
				if want := count.Objects; faults != want && (what != "missing" || faults == 0) {
					s.t.Errorf("%s %q: %d faults, want %d", kind, what, faults, want)
				}
			}
		}
	}},
	{name: "whatever a version refers to is missed when it is lost", test: func(s store) {
		s.importLinked()
		const unneeded = 2 // page and body of the first version of the side branch: of that the history is left
		all := s.objects()
		if report := s.verify(); len(report.Kinds) != 8 || report.Unreferenced != unneeded {
			s.t.Fatalf("%d objects of %d kinds, %d of which no version needs", len(all), len(report.Kinds), report.Unreferenced)
		}
		lost := 0
		for _, o := range all {
			s.without(o.ID)
			for _, f := range s.verify().Faults {
				if f.ID == o.ID && f.Kind == o.Kind && f.Message == "it is missing" && strings.HasPrefix(f.Where, courseA.String()+" version ") {
					lost++
				}
			}
		}
		if lost != len(all)-unneeded {
			s.t.Errorf("%d of %d lost objects were missed", lost, len(all)-unneeded)
		}
	}},
	{name: "one object that the backend cannot read hides no other", test: func(s store) {
		s.importFull()
		var bad modulestore.ID
		for o, err := range s.probe.Backend.All(s.ctx()) {
			if err == nil && o.Kind == modulestore.KindBody {
				bad = o.ID
			}
		}
		s.probe.onGet = func(_ modulestore.Kind, objects []modulestore.Object) ([]modulestore.Object, error) {
			for _, o := range objects {
				if o.ID == bad {
					return nil, fmt.Errorf("cannot decompress: %w", modulestore.ErrCorrupt)
				}
			}
			return objects, nil
		}
		faults := s.verify().Faults
		if len(faults) != 1 || faults[0].ID != bad || !strings.Contains(faults[0].Message, "cannot decompress") {
			s.t.Errorf("got faults %v, want one of body %s", faults, bad.Short())
		}
	}},
	{name: "a backend that fails is an error, not a fault", test: func(s store) {
		s.importFull()
		down := errors.New("server is down")
		s.probe.onGet = func(modulestore.Kind, []modulestore.Object) ([]modulestore.Object, error) { return nil, down }
		_, err := s.cold().Verify(s.ctx(), nil)
		s.wantError(err, down, courseA.String())
	}},
	{name: "logs that do not hold together are found", test: verifyLogs},
	{name: "references to objects that were never stored are found", test: func(s store) {
		tree := &modulestore.Tree{Root: rootID, Blocks: blocks(block(rootID, ""))}
		tree.Blocks[rootID].Body = idOf("no body")
		large := s.putBlob(string(noise2(2 << 20)))
		files := &modulestore.Files{Entries: []modulestore.File{
			{Path: "a", Blob: modulestore.Blob{ID: idOf("no chunk"), Size: 1}},
			{Path: "b", Blob: modulestore.Blob{ID: idOf("no manifest"), Size: 1 << 30, Manifest: true}},
			{Path: "c", Blob: large},
		}}
		s.update(courseA, func(e *modulestore.Edit) { e.Replace(nil, tree, files, "") })
		where := courseA.String() + " version 1"
		s.wantFaults("references",
			fault{modulestore.KindBody, where, "missing"}, fault{modulestore.KindChunk, where, "missing"}, fault{modulestore.KindManifest, where, "missing"})
	}, damages: true},
	{name: "files of another size than recorded are found", test: func(s store) {
		blob := s.putBlob("bytes")
		blob.Size++
		s.update(courseA, func(e *modulestore.Edit) {
			e.SetFiles(&modulestore.Files{Entries: []modulestore.File{{Path: "a", Blob: blob}}})
		})
		s.wantFaults("size", fault{modulestore.KindChunk, courseA.String() + " version 1", "it has 5 bytes, not 6"})
	}, damages: true},
	{name: "a root that is no tree is found", test: func(s store) {
		// The second page of a library of many problems is a segment.
		tree := &modulestore.Tree{Root: idOfBlock("library", "library")}
		list := []modulestore.Block{block(tree.Root, "")}
		for i := range 200 {
			b := block(idOfBlock("problem", fmt.Sprint(i)), strings.Repeat("x", 100))
			list[0].Children = append(list[0].Children, modulestore.Child{ID: b.ID})
			list = append(list, b)
		}
		tree.Blocks = blocks(list...)
		v := s.update(library, func(e *modulestore.Edit) { e.Replace(nil, tree, nil, "") })
		var segment modulestore.ID
		for _, o := range s.probe.objects {
			if o.Kind == modulestore.KindPage && o.ID != v.Roots.Draft {
				segment = o.ID
			}
		}
		s.probe.onLog = func(entries []modulestore.Entry) []modulestore.Entry {
			entries[0].Roots.Draft = segment
			return entries
		}
		where := library.String() + " version 1"
		s.wantFaults("root", fault{modulestore.KindPage, where, "the first page is a segment"}, fault{modulestore.KindState, where, "other roots"})
		_, err := s.cold().Snapshot(s.ctx(), modulestore.Version{Course: library, Entry: modulestore.Entry{Roots: modulestore.Roots{Draft: segment}}}, draft)
		s.wantError(err, modulestore.ErrCorrupt, library.String(), "segment")
	}},
}

// importFull makes two courses with objects of every kind.
func (s store) importFull() {
	s.t.Helper()
	blocks := 200
	if testing.Short() {
		blocks = 60
	}
	s.importSample(courseA, blocks)
	files := &modulestore.Files{Entries: []modulestore.File{
		{Path: "course.xml", Blob: s.putBlob("bytes"), Parts: []modulestore.Part{{Block: rootID, Facet: modulestore.Element, Hash: idOf("x")}}},
		{Path: "static/film.mp4", Blob: s.putBlob(string(noise2(1<<20 + 7)))},
	}}
	s.update(courseA, func(e *modulestore.Edit) { e.SetFiles(files) })
	s.update(courseA, func(e *modulestore.Edit) {
		b := *e.Tree(draft).Blocks[e.Tree(draft).Root]
		b.Attrs = nil
		s.put(e, draft, b, nil)
	})
	s.importSmall(courseB)
}

type fault struct {
	kind    modulestore.Kind
	where   string
	message string // a part of it
}

func (s store) wantFaults(what string, want ...fault) {
	s.t.Helper()
	got := s.verify().Faults
	for _, w := range want {
		found := false
		for _, f := range got {
			found = found || f.Kind == w.kind && f.Where == w.where && strings.Contains(f.Message, w.message)
		}
		if !found {
			s.t.Errorf("%s: no fault of a %s says %q of %s: %v", what, w.kind, w.message, w.where, got)
		}
	}
	if len(got) != len(want) {
		s.t.Errorf("%s: %d faults, want %d: %v", what, len(got), len(want), got)
	}
}

func verifyLogs(s store) {
	s.importSmall(courseA)
	for i := range 3 {
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, fmt.Sprint(i)), nil) })
	}
	number := func(n uint64) string { return fmt.Sprintf("%s version %d", courseA, n) }
	change := func(seq uint64, f func(e *modulestore.Entry)) func([]modulestore.Entry) []modulestore.Entry {
		return func(entries []modulestore.Entry) []modulestore.Entry {
			for i := range entries {
				if entries[i].Seq == seq {
					f(&entries[i])
				}
			}
			return entries
		}
	}
	for name, c := range map[string]struct {
		log  func([]modulestore.Entry) []modulestore.Entry
		want []fault
	}{
		"a gap": {func(entries []modulestore.Entry) []modulestore.Entry { return append(entries[:1:1], entries[2:]...) },
			[]fault{{modulestore.KindCommit, number(4), "the log goes from version 2 to version 4"}}},
		"no first version": {func(entries []modulestore.Entry) []modulestore.Entry { return entries[:len(entries)-1] },
			[]fault{{modulestore.KindCommit, number(2), "the log goes from version 0 to version 2"}}},
		"no versions": {func([]modulestore.Entry) []modulestore.Entry { return nil },
			[]fault{{modulestore.KindCommit, number(0), "the log goes from version 0 to version 0"}}},
		"another predecessor": {change(3, func(e *modulestore.Entry) { e.Prev = idOf("x") }), []fault{
			{modulestore.KindCommit, number(3), "something else than the commit"}, {modulestore.KindCommit, number(3), "it does not come after"}}},
		"a first version with a predecessor": {change(1, func(e *modulestore.Entry) { e.Prev = idOf("x") }), []fault{
			{modulestore.KindCommit, number(1), "something else than the commit"}, {modulestore.KindCommit, number(1), "it does not come after"}}},
		"another author":  {change(2, func(e *modulestore.Entry) { e.Author = "x" }), []fault{{modulestore.KindCommit, number(2), "something else than the commit"}}},
		"another message": {change(2, func(e *modulestore.Entry) { e.Message = "x" }), []fault{{modulestore.KindCommit, number(2), "something else than the commit"}}},
		"another root": {change(2, func(e *modulestore.Entry) { e.Roots.Draft = e.Roots.Published }),
			[]fault{{modulestore.KindState, number(2), "other roots than the state"}}},
		"another commit": {change(4, func(e *modulestore.Entry) { e.Commit = idOf("x") }), []fault{{modulestore.KindCommit, number(4), "missing"}}},
	} {
		s.probe.onLog = c.log
		s.wantFaults(name, c.want...)
	}
}
