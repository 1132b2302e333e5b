package exporter_test

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/exporter"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
)

// TestWhatAuthorsDoSurvivesARoundTrip makes, changes, moves, copies and deletes blocks of real courses. The archive that is exported has what is
// published bit for bit and the same drafts, and every file whose blocks are as they were is the same in every byte.
func TestWhatAuthorsDoSurvivesARoundTrip(t *testing.T) {
	storetest.Plainly(t)
	for _, archive := range storetest.Corpus(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			store := newStore(t)
			report := importPath(t, store, archive)
			first := head(t, store, report)
			before := archiveFiles(t, writeTemp(t, "before.tar.gz", export(t, store, report, exporter.Options{})))
			if _, _, err := store.Update(t.Context(), report.Course, func(e *modulestore.Edit) error { return author(t, e) }); err != nil {
				t.Fatal(err)
			}
			v := head(t, store, report)
			after := writeTemp(t, "after.tar.gz", export(t, store, report, exporter.Options{}))
			wantUntouched(t, store, first, v, before, archiveFiles(t, after))

			again := newStore(t)
			importPath(t, again, after)
			read := head(t, again, report)
			if read.Roots.Published != v.Roots.Published {
				t.Error("something else is published")
			}
			now, same := draftOf(t, store, v), draftOf(t, again, read)
			if modulestore.HasChanges(now, same, now.Root) {
				t.Error("the drafts are others")
			}
			if diff := cmp.Diff(unpublished(t, store, report), unpublished(t, again, report)); diff != "" {
				t.Errorf("other blocks differ from their drafts (-before +after the round trip):\n%s", diff)
			}
		})
	}
}

// author does a little of everything that authors do; always the same.
func author(t *testing.T, e *modulestore.Edit) error {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 20 {
		tree := e.Tree(modulestore.Draft)
		var ids []key.BlockID
		tree.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
			if !parent.IsZero() {
				ids = append(ids, b.ID)
			}
			return true
		})
		id := ids[random.IntN(len(ids))]
		parents, err := e.Parents(modulestore.Draft, id)
		if err != nil {
			return err
		}
		alike := slices.DeleteFunc(slices.Clone(ids), func(other key.BlockID) bool { return other.Type != parents[0].Type })
		to := parents[0]
		if len(alike) > 0 {
			to = alike[random.IntN(len(alike))]
		}
		switch i % 5 {
		case 0:
			_, err = e.Create(t.Context(), modulestore.NewBlock{Type: id.Type, Parent: to, Position: -1, Title: `New & <"new">`})
		case 1:
			for _, in := range modulestore.FieldPlaces(tree.Blocks[id], "display_name") {
				f := modulestore.Field{Name: "display_name", In: in, Value: `"Changed"`}
				if err = e.Change(t.Context(), id, f); err != nil {
					break
				}
			}
		case 2:
			err = e.Move(t.Context(), id, key.BlockID{}, to, 0)
		case 3:
			_, err = e.Duplicate(t.Context(), id, key.BlockID{}, -1)
		case 4:
			err = e.Delete(t.Context(), id, modulestore.DeleteOptions{})
		}
		if err != nil && !errors.Is(err, modulestore.ErrInvalid) { // such as a move into itself
			return err
		}
	}
	return nil
}

// wantUntouched checks the files that are not drafts and define nothing but blocks that are the same in two versions.
func wantUntouched(t *testing.T, store *modulestore.Store, old, now modulestore.Version, before, after map[string]modulestore.ID) {
	files, err := store.Files(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	trees := make([]*modulestore.Tree, 2)
	for i, v := range []modulestore.Version{old, now} {
		s, err := store.Snapshot(t.Context(), v, modulestore.Published)
		if err != nil {
			t.Fatal(err)
		}
		trees[i] = s.Tree()
	}
	touched := 0
	for _, f := range files.Entries {
		same := !slices.ContainsFunc(f.Parts, func(p modulestore.Part) bool {
			return !cmp.Equal(trees[0].Blocks[p.Block], trees[1].Blocks[p.Block])
		})
		switch {
		case strings.Contains("/"+f.Path, "/drafts/"):
		case !same:
			touched++
		case before[f.Path] != after[f.Path]:
			t.Errorf("%s is not what it was, though its blocks are", f.Path)
		}
	}
	if touched == 0 {
		t.Error("no file was touched")
	}
}
