package storetest

import (
	"maps"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

var purgeCases = []storeCase{
	{name: "a file that is taken down is gone from all courses and versions, and they stay readable", test: func(s store) {
		film := string(noise2(2<<20 + 7))
		s.importFiles(courseA, map[string]string{"static/film.mp4": film, "static/other.txt": "other"})
		s.importFiles(courseB, map[string]string{"static/copy.mp4": film, "static/start.mp4": film[:1<<20] + "another end"})
		s.edits(courseB, 1)
		v := s.log(courseA)[0]
		report := s.purgeFile(v, "static/film.mp4")
		s.same("the uses", []modulestore.Use{{Course: courseA, Versions: []uint64{1}}, {Course: courseB, Versions: []uint64{1, 2}}}, report.Uses)
		if len(report.Objects) != 3 || report.Shared != 1 {
			s.t.Errorf("%d objects were taken down and %d stay, want the manifest and two chunks, and one", len(report.Objects), report.Shared)
		}
		for _, o := range s.objects() {
			for _, t := range report.Objects {
				if o.ID == t.ID {
					s.t.Errorf("%s %s is still there", t.Kind, t.ID.Short())
				}
			}
		}
		if n := len(s.verify().Purged); n != 3 {
			s.t.Errorf("Verify knows of %d objects", n)
		}
		for _, c := range []struct {
			course     key.Course
			gone, left string
		}{{courseA, "static/film.mp4", "static/other.txt"}, {courseB, "static/copy.mp4", "static/start.mp4"}} {
			files, err := s.Files(s.ctx(), s.log(c.course)[0])
			if err != nil {
				s.t.Fatal(err)
			}
			gone, err := s.PurgedFiles(s.ctx(), files)
			if err != nil || len(gone) != 1 || gone[c.gone].Reason != "it is not ours" {
				s.t.Errorf("%s: %v is gone, %v", c.course, gone, err)
			}
			_, err = s.ReadBlob(s.ctx(), blobAt(files, c.gone))
			s.wantError(err, modulestore.ErrPurged, "it is not ours")
			if _, err := s.ReadBlob(s.ctx(), blobAt(files, c.left)); err != nil {
				s.t.Error(err)
			}
		}
		_, err := s.PurgeFile(s.ctx(), v, "static/film.mp4", modulestore.PurgeOptions{Reason: "again"})
		s.wantError(err, modulestore.ErrPurged, "it is not ours")
	}},
	{name: "what was taken down does not come back with an import or a copy", test: func(s store) {
		contents := map[string]string{"static/film.mp4": "film"}
		v := s.importFiles(courseA, contents)
		target := s.other()
		s.copyTo(target, s.context(courseA))
		s.purgeFile(v, "static/film.mp4")
		again := s.importFiles(courseB, contents)
		late := s.other()
		for _, to := range []store{s, target, late} {
			if to.probe != s.probe {
				s.copyTo(to, s.context(courseA))
			}
			files, err := to.Files(s.ctx(), to.log(courseA)[0])
			if err != nil {
				s.t.Fatal(err)
			}
			_, err = to.ReadBlob(s.ctx(), blobAt(files, "static/film.mp4"))
			s.wantError(err, modulestore.ErrPurged, "it is not ours")
			to.wantSound()
		}
		if report := s.copyTo(target, s.context(courseA)); report.Purged != 0 {
			s.t.Errorf("copied again: %+v", report)
		}
		if again.Seq != 1 {
			s.t.Error("the import made no version")
		}
	}},
	{name: "content of a block is taken down in both branches, with the files it was read from", test: func(s store) {
		s.importSmall(courseA)
		files := &modulestore.Files{Entries: []modulestore.File{
			{Path: "policy.json", Blob: s.putBlob("{}"), Parts: []modulestore.Part{{Block: quizID, Facet: modulestore.PolicyFacet, Hash: idOf("x")}}},
			{Path: "problem/quiz.xml", Blob: s.putBlob("<problem/>"), Parts: []modulestore.Part{{Block: quizID, Facet: modulestore.Element, Hash: idOf("x")}}},
		}}
		s.update(courseA, func(e *modulestore.Edit) { e.SetFiles(files) })
		long := strings.Repeat("long", 200)
		v := s.update(courseA, func(e *modulestore.Edit) {
			quiz := block(quizID, "Quiz")
			quiz.Attrs = append(quiz.Attrs, modulestore.Attr{Name: "markdown", Long: true})
			s.put(e, draft, quiz, &modulestore.Body{Markup: "<p>2 + 2?</p>", Attrs: []modulestore.Attr{{Name: "markdown", Value: long}}})
		})
		before := len(s.objects())
		o := modulestore.PurgeOptions{Reason: "it names --- a learner-", Author: "Ada", DryRun: true}
		dry, err := s.PurgeBlock(s.ctx(), v, quizID, o)
		if err != nil || len(s.objects()) != before {
			s.t.Fatalf("the dry run left %d of %d objects, %v", len(s.objects()), before, err)
		}
		o.DryRun = false
		report, err := s.PurgeBlock(s.ctx(), v, quizID, o)
		if err != nil {
			s.t.Fatal(err)
		}
		for i := range dry.Objects {
			dry.Objects[i].Time = report.Objects[i].Time
		}
		s.same("the dry run and the run", dry, report)
		if len(report.Objects) != 3 || len(s.objects()) != before-3 {
			s.t.Errorf("%+v was taken down, want two bodies and a file", report.Objects)
		}
		want := "<!-- content removed on " + report.Objects[0].Time.Format("2006-01-02") + ": it names - - - a learner -->"
		for _, b := range []modulestore.Branch{draft, published} {
			bodies, err := s.cold().snapshot(v, b).Bodies(s.ctx(), nil)
			if err != nil || bodies[quizID].Markup != want {
				s.t.Errorf("%s: the body is %+v, %v; want %q", b, bodies[quizID], err, want)
			}
		}
		// All else goes on: diffs, edits, restores and prunes.
		if _, err := s.Diff(s.ctx(), s.log(courseA)[1], v, modulestore.DiffOptions{Text: true}); err != nil {
			s.t.Error(err)
		}
		s.update(courseA, func(e *modulestore.Edit) {
			if err := rename(s.ctx(), e, quizID, "Another name"); err != nil {
				s.t.Error(err)
			}
		})
		s.restore(v, "problem/quiz")
		s.restore(s.log(courseA)[4], "")
		s.prune(modulestore.PruneOptions{Retention: modulestore.DefaultRetention()})
	}},
	{name: "what cannot be taken down is said", test: func(s store) {
		s.importSmall(courseA)
		files := &modulestore.Files{Entries: []modulestore.File{
			{Path: "problem/quiz.xml", Blob: s.putBlob("<problem/>"), Parts: []modulestore.Part{{Block: quizID, Facet: modulestore.Element, Hash: idOf("x")}}},
		}}
		v := s.update(courseA, func(e *modulestore.Edit) { e.SetFiles(files) })
		o := modulestore.PurgeOptions{Reason: "x"}
		_, err := s.PurgeFile(s.ctx(), v, "no such file", o)
		s.wantError(err, modulestore.ErrNotFound, "no such file")
		_, err = s.PurgeFile(s.ctx(), v, "problem/quiz.xml", o)
		s.wantError(err, modulestore.ErrInvalid, "it defines problem/quiz")
		_, err = s.PurgeBlock(s.ctx(), v, idOfBlock("html", "none"), o)
		s.wantError(err, modulestore.ErrNotFound, "html/none")
		_, err = s.PurgeBlock(s.ctx(), v, chapterID, o)
		s.wantError(err, modulestore.ErrInvalid, "chapter/week1", "no content but its settings")
		_, err = s.PurgeBlock(s.ctx(), v, quizID, modulestore.PurgeOptions{Reason: " "})
		s.wantError(err, modulestore.ErrInvalid, "for a reason")
		_, err = s.PurgeBlock(s.ctx(), v, quizID, modulestore.PurgeOptions{Reason: "two\nlines"})
		s.wantError(err, modulestore.ErrInvalid, "one line")
		if tombstones := s.verify().Purged; len(tombstones) > 0 {
			s.t.Errorf("%v was taken down", tombstones)
		}
	}},
}

// importFiles makes a version with these files, by path.
func (s store) importFiles(c key.Course, contents map[string]string) modulestore.Version {
	s.t.Helper()
	files := &modulestore.Files{}
	for _, path := range slices.Sorted(maps.Keys(contents)) {
		files.Entries = append(files.Entries, modulestore.File{Path: path, Blob: s.putBlob(contents[path])})
	}
	return s.update(c, func(e *modulestore.Edit) {
		s.put(e, draft, block(rootID, "The course"), nil)
		e.SetFiles(files)
	})
}

func blobAt(files *modulestore.Files, path string) modulestore.Blob {
	f, _ := files.Find(path)
	return f.Blob
}

func (s store) purgeFile(v modulestore.Version, path string) *modulestore.PurgeReport {
	s.t.Helper()
	report, err := s.PurgeFile(s.ctx(), v, path, modulestore.PurgeOptions{Reason: "it is not ours"})
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}
