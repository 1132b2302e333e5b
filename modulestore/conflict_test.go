package modulestore

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lectern/modulestore/key"
)

func TestConflictsAreToldInPlainLines(t *testing.T) {
	text := func(s string) *string { return &s }
	id := key.BlockID{Type: "html", Name: "a"}
	parents := FieldConflict{In: InOutline, Name: "parents", Base: text("chapter/1"), Theirs: text("chapter/2\nchapter/3"), Ours: text("chapter/4")}
	value := FieldConflict{In: InAttribute, Name: "due", Base: text("1"), Theirs: text("2")}
	for _, c := range []struct {
		conflict Conflict
		want     string
	}{
		{Conflict{Branch: Draft, Block: id, Title: "A", Kind: ConflictValue, FieldConflict: value},
			`html/a "A" [draft]: due: was "1"; the course has "2", the change nothing`},
		{Conflict{Branch: BothBranches, Block: id, Kind: ConflictAdded, FieldConflict: FieldConflict{Name: "due", Theirs: text("1"), Ours: text("2")}},
			`html/a: both have a new block of this name: due: the course has "1", the change "2"`},
		{Conflict{Block: id, Kind: ConflictValue, FieldConflict: FieldConflict{Name: "markup", Theirs: text(strings.Repeat("é", 50)), Ours: text("\n")}},
			`html/a: markup: the course has "` + strings.Repeat("é", 40) + `…", the change "\n"`},
		{Conflict{Block: id, Kind: ConflictRemoved, FieldConflict: FieldConflict{Ours: text("")}},
			"html/a: the course has removed it, the change has changed or moved it or put something into it"},
		{Conflict{Block: id, Kind: ConflictRemoved, FieldConflict: FieldConflict{Theirs: text("")}},
			"html/a: the course has changed or moved it or put something into it, the change has removed it"},
		{Conflict{Block: id, Kind: ConflictMoved, FieldConflict: parents},
			"html/a: it was in chapter/1; the course has moved it to chapter/2 and chapter/3, the change to chapter/4"},
		{Conflict{Block: id, Kind: ConflictMoved, FieldConflict: FieldConflict{Base: text("")}},
			"html/a: it was in no block; the course has moved it to no version, the change to no version"},
		{Conflict{Block: id, Kind: ConflictCycle, FieldConflict: parents},
			"html/a: it would contain itself: the course has it in chapter/2 and chapter/3, the change in chapter/4"},
		{Conflict{Block: id, Kind: ConflictPlace, FieldConflict: parents},
			"html/a: the course has removed one of its places, the change another, so that none is left"},
		{Conflict{Block: id, Kind: ConflictOrder}, "html/a: the course has put its children into one order, the change into another"},
		{Conflict{Kind: ConflictFile, FieldConflict: FieldConflict{Name: "static/a.png", Theirs: text("1 byte"), Ours: text("2 bytes")}},
			`file static/a.png: the course has "1 byte", the change "2 bytes"`},
	} {
		if got := c.conflict.String(); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.conflict.Kind, got, c.want)
		}
	}
}

func TestTheErrorOfAConflictListsSomeOfThem(t *testing.T) {
	e := &ConflictError{Base: Version{Entry: Entry{Seq: 3}}, Theirs: Version{Branch: "summer"}}
	for i := range shownConflicts + 2 {
		e.Conflicts = append(e.Conflicts, Conflict{Block: key.BlockID{Type: "html", Name: fmt.Sprint(i)}, Kind: ConflictOrder})
	}
	lines := strings.Split(e.Error(), "\n")
	if len(lines) != shownConflicts+2 || lines[shownConflicts+1] != "  and 2 more" ||
		!strings.Contains(lines[0], "a change of version 3 does not go together with branch summer") {
		t.Errorf("got %s", e.Error())
	}
	if !errors.Is(e, ErrConflict) {
		t.Error("it is no ErrConflict")
	}
}
