package storetest

import (
	"io"
	"strings"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// generationCases are about what a Store does so that sweeps spare what it needs, and about what was taken down.
var generationCases = []storeCase{
	{name: "a version that is restored is safe from a sweep, whatever is in memory", test: func(s store) {
		s.Now = onDay(100)
		large, little := s.putBlob(strings.Repeat("x", modulestore.ChunkSize+1)), s.putBlob("little")
		first := s.update(courseA, func(e *modulestore.Edit) {
			tree, bodies := Sample(200, 1)
			if err := s.Put(s.ctx(), bodies); err != nil {
				s.t.Fatal(err)
			}
			e.Replace(tree, tree, nil, "")
			e.SetFiles(&modulestore.Files{Entries: []modulestore.File{{Path: "large", Blob: large}, {Path: "little", Blob: little}}})
		})
		tree := s.snapshot(first, draft).Tree()
		s.draw(courseA, "course/c", "course/c")
		s.Now = onDay(200)
		v := s.restore(first, "")
		s.sweep(200)
		s.wantTree(v, draft, tree)
		if _, err := s.cold().snapshot(v, draft).Bodies(s.ctx(), nil); err != nil {
			s.t.Error(err)
		}
		s.wantFiles(v, &modulestore.Files{Entries: []modulestore.File{{Path: "large", Blob: large}, {Path: "little", Blob: little}}})
		if err := s.EachBlob(s.ctx(), []modulestore.Blob{large, little}, readAll); err != nil {
			s.t.Error(err)
		}
	}, damages: true},
	{name: "a block that is restored is safe from a sweep", test: func(s store) {
		s.Now = onDay(100)
		first := s.draw(courseA, "course/c\n\thtml/a A | text", "course/c\n\thtml/a A | text")
		s.draw(courseA, "course/c", "course/c")
		s.Now = onDay(200)
		v := s.restore(first, "html/a")
		s.sweep(200)
		s.wantDrawing(v, draft, "course/c\n\thtml/a A | text")
		if _, err := s.cold().snapshot(v, draft).Bodies(s.ctx(), nil); err != nil {
			s.t.Error(err)
		}
	}, damages: true},
	{name: "an edit that took days stores again what was swept meanwhile", test: func(s store) {
		s.Now = onDay(100)
		s.probe.onPut = func(store func() error) error {
			s.probe.onPut = nil
			err := store()
			s.Now = onDay(105)
			s.sweep(103)
			return err
		}
		v := s.importSmall(courseA)
		s.same("the blocks of the version", 3, len(s.cold().snapshot(v, draft).Tree().Blocks))
	}},
	{name: "what is copied is safe from a sweep, even if it was there already", test: func(s store) {
		v := s.importSmall(courseA)
		body := (&modulestore.Body{Markup: "<p>1 + 1?</p>"}).Object()
		target := s.other()
		target.Now = onDay(100)
		if err := target.Put(s.ctx(), []modulestore.Object{body}); err != nil {
			s.t.Fatal(err)
		}
		target.Now = onDay(200)
		s.copyTo(target, s.context(courseA))
		target.sweep(200)
		if got, err := target.snapshot(v, draft).Body(s.ctx(), quizID); err != nil || got.Markup != "<p>1 + 1?</p>" {
			s.t.Errorf("the body is %v, %v", got, err)
		}
		target.wantSound()
	}},
	{name: "whoever reads what was taken down learns when and why", test: func(s store) {
		v := s.importSmall(courseA)
		film := s.putBlob(strings.Repeat("x", modulestore.ChunkSize+1))
		body := (&modulestore.Body{Markup: "<p>1 + 1?</p>"}).Object()
		s.bury(modulestore.Tombstone{ID: body.ID, Kind: body.Kind, Author: "Ada", Reason: "it names a learner"})
		s.bury(modulestore.Tombstone{ID: film.ID, Kind: modulestore.KindManifest})
		if got, err := s.snapshot(v, draft).Body(s.ctx(), quizID); err != nil || got.Markup != "<!-- content removed on 2026-11-21: it names a learner -->" {
			s.t.Errorf("the body is %+v, %v", got, err)
		}
		err := s.EachBlob(s.ctx(), []modulestore.Blob{film}, readAll)
		s.wantError(err, modulestore.ErrPurged, "the manifest "+film.ID.Short()+" was removed on 2026-11-21")
		lost := modulestore.Blob{ID: idOf("lost"), Size: 4}
		s.wantError(s.EachBlob(s.ctx(), []modulestore.Blob{lost}, readAll), modulestore.ErrCorrupt, lost.ID.Short(), "missing")
	}, damages: true},
	{name: "a version of which something was taken down can be restored", test: func(s store) {
		film, text := s.putBlob(strings.Repeat("x", modulestore.ChunkSize+1)), s.putBlob("text")
		first := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(rootID, "The course"), &modulestore.Body{Markup: "text"})
			e.SetFiles(&modulestore.Files{Entries: []modulestore.File{{Path: "film", Blob: film}, {Path: "text", Blob: text}}})
		})
		s.draw(courseA, "course/c", "course/c")
		s.bury(modulestore.Tombstone{ID: film.ID, Kind: modulestore.KindManifest})
		s.bury(modulestore.Tombstone{ID: text.ID, Kind: modulestore.KindChunk})
		s.bury(modulestore.Tombstone{ID: s.snapshot(first, draft).Tree().Blocks[rootID].Body, Kind: modulestore.KindBody})
		v, changed, err := s.Restore(s.ctx(), courseA, first, key.BlockID{}, "")
		if err != nil || !changed || v.Roots != first.Roots {
			s.t.Errorf("the restored version is %+v, %v, %v", v, changed, err)
		}
	}, damages: true},
}

// onDay is a clock that stands still on a day since 1970.
func onDay(day int64) func() time.Time {
	return func() time.Time { return time.Unix(day*24*60*60+12*60*60, 0).UTC() }
}

// sweep removes everything that is older.
func (s store) sweep(before modulestore.Generation) {
	s.t.Helper()
	if _, err := s.probe.Sweep(s.ctx(), before, false, none); err != nil {
		s.t.Fatal(err)
	}
}

// bury takes an object down in November 2026.
func (s store) bury(t modulestore.Tombstone) {
	s.t.Helper()
	t.Time = time.Date(2026, 11, 21, 23, 59, 59, 0, time.UTC)
	if err := s.probe.Bury(s.ctx(), t); err != nil {
		s.t.Fatal(err)
	}
}

func readAll(_ int, r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
