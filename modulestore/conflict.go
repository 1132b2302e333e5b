package modulestore

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"lectern/modulestore/key"
)

// ConflictError says that a change does not go together with what others have changed since the version that its author saw. Nothing was
// written. errors.Is finds ErrConflict in it.
type ConflictError struct {
	Course key.Course
	// Base is the version that the change was made from, Theirs the head that it cannot be brought into.
	Base, Theirs Version
	// Conflicts carry what base, theirs and ours, the change, have in the fields that are in conflict.
	Conflicts []Conflict
}

// shownConflicts is the number of conflicts that the text of an error lists.
const shownConflicts = 10

func (e *ConflictError) Error() string {
	lines := []string{fmt.Sprintf("%s: %s: a change of %s does not go together with %s:", e.Course, ErrConflict, e.Base.Name(), e.Theirs.Name())}
	for _, c := range e.Conflicts[:min(len(e.Conflicts), shownConflicts)] {
		lines = append(lines, "  "+c.String())
	}
	if more := len(e.Conflicts) - shownConflicts; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns ErrConflict.
func (e *ConflictError) Unwrap() error { return ErrConflict }

// StaleError says that a block is not what its author saw. errors.Is finds ErrConflict in it.
type StaleError struct {
	Course key.Course
	Branch Branch
	Block  key.BlockID
	// Present is the hash of the block as it is now; zero if there is none.
	Present ID
	// Changed is the version that changed the block last; nil if the log does not tell.
	Changed *Version
}

func (e *StaleError) Error() string {
	now := "it is " + e.Present.Short() + " now"
	if e.Present.IsZero() {
		now = "there is no such block now"
	}
	who := ""
	if v := e.Changed; v != nil {
		who = fmt.Sprintf("; %s by %s at %s changed it last", v.Name(), v.Author, v.Time.Format("2006-01-02 15:04:05"))
	}
	return fmt.Sprintf("%s: block %s [%s]: %s: %s%s", e.Course, e.Block, e.Branch, ErrConflict, now, who)
}

// Unwrap returns ErrConflict.
func (e *StaleError) Unwrap() error { return ErrConflict }

// String tells of a conflict in one line: what the course, which is theirs, and the change, which is ours, have.
func (c Conflict) String() string {
	where := c.Block.String()
	if c.Title != "" {
		where += fmt.Sprintf(" %q", c.Title)
	}
	if c.Branch == Draft || c.Branch == Published {
		where += fmt.Sprintf(" [%s]", c.Branch)
	}
	switch c.Kind {
	case ConflictRemoved:
		if c.Theirs == nil {
			return where + ": the course has removed it, the change has changed or moved it or put something into it"
		}
		return where + ": the course has changed or moved it or put something into it, the change has removed it"
	case ConflictMoved:
		return fmt.Sprintf("%s: it was in %s; the course has moved it to %s, the change to %s",
			where, placesOfConflict(c.Base), placesOfConflict(c.Theirs), placesOfConflict(c.Ours))
	case ConflictCycle:
		return fmt.Sprintf("%s: it would contain itself: the course has it in %s, the change in %s", where, placesOfConflict(c.Theirs), placesOfConflict(c.Ours))
	case ConflictPlace:
		return fmt.Sprintf("%s: the course has removed one of its places, the change another, so that none is left", where)
	case ConflictOrder:
		return where + ": the course has put its children into one order, the change into another"
	case ConflictFile:
		where = "file " + c.Name
	case ConflictAdded:
		where += ": both have a new block of this name: " + c.Name
	default:
		where += ": " + c.Name
	}
	was := ""
	if c.Base != nil {
		was = "was " + conflictText(c.Base) + "; "
	}
	return fmt.Sprintf("%s: %sthe course has %s, the change %s", where, was, conflictText(c.Theirs), conflictText(c.Ours))
}

func placesOfConflict(parents *string) string {
	switch {
	case parents == nil:
		return "no version"
	case *parents == "":
		return "no block"
	}
	return strings.ReplaceAll(*parents, "\n", " and ")
}

// maxConflictText is the number of bytes of a text that the line of a conflict shows.
const maxConflictText = 80

func conflictText(text *string) string {
	if text == nil {
		return "nothing"
	}
	short := *text
	if len(short) > maxConflictText {
		end := maxConflictText
		for end > maxConflictText-utf8.UTFMax && !utf8.RuneStart(short[end]) {
			end--
		}
		short = short[:end] + "…"
	}
	return fmt.Sprintf("%q", short)
}

// conflictsOf gives conflicts of one branch their branch.
func conflictsOf(branch Branch, conflicts []Conflict) []Conflict {
	for i := range conflicts {
		conflicts[i].Branch = branch
	}
	return conflicts
}

// joinConflicts joins the conflicts of both branches to one list. One that is the same in both stands there once.
func joinConflicts(list, more []Conflict) []Conflict {
	for _, c := range more {
		i := slices.IndexFunc(list, func(other Conflict) bool {
			return other.Block == c.Block && other.Kind == c.Kind && other.In == c.In && other.Name == c.Name &&
				same(other.Base, c.Base) && same(other.Theirs, c.Theirs) && same(other.Ours, c.Ours)
		})
		if i >= 0 {
			list[i].Branch = BothBranches
		} else {
			list = append(list, c)
		}
	}
	return list
}
