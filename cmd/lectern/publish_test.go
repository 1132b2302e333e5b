package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
)

// TestOrdersThatAreDueAreCarriedOut gives two orders an hour ago, one of them for a unit in a section that is not published.
func TestOrdersThatAreDueAreCarriedOut(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	course := key.Course{Org: "O", Code: "C", Run: "r"}
	root, unit := key.BlockID{Type: "course", Name: "r"}, key.BlockID{Type: "vertical", Name: "u"}
	chapter, stuck := key.BlockID{Type: "chapter", Name: "new"}, key.BlockID{Type: "vertical", Name: "stuck"}
	db, err := sqlitestore.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	store := modulestore.New(db)
	store.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	list := func(ids ...key.BlockID) (children []modulestore.Child) {
		for _, id := range ids {
			children = append(children, modulestore.Child{ID: id})
		}
		return children
	}
	_, _, err = store.Update(t.Context(), course, func(e *modulestore.Edit) error {
		for _, b := range []modulestore.Block{{ID: root, Children: list(unit, chapter)}, {ID: unit}, {ID: chapter, Children: list(stuck)}, {ID: stuck}} {
			if err := e.Put(modulestore.Draft, b, nil); err != nil {
				return err
			}
		}
		return e.Put(modulestore.Published, modulestore.Block{ID: root}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []key.BlockID{stuck, unit} {
		if _, err := store.OrderPublish(t.Context(), course, id, modulestore.PublishOptions{}, time.Now().Add(-time.Minute), "Ada"); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := lectern(t.Context(), "publish", "--due", "--data", data)
	want := "order 2 of course-v1:O+C+r: not allowed: vertical/stuck cannot be published before chapter/new, in which it stands; publish that\n" +
		"order 3 of course-v1:O+C+r: version 4 publishes vertical/u\n"
	if code != exitFailed || !strings.HasSuffix(stdout, want) || !strings.Contains(stderr, "1 order could not be carried out") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, _ := lectern(t.Context(), "publish", "course-v1:O+C+r", "--cancel", "2", "--data", data); code != exitDone {
		t.Errorf("taking it back: %d, %q", code, stdout)
	}
	if code, stdout, stderr := lectern(t.Context(), "publish", "--due", "--data", data); code != exitDone || stdout != "" {
		t.Errorf("once more: exit code %d, %q, %q", code, stdout, stderr)
	}
}
