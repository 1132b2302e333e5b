package olx

import (
	"fmt"
	"slices"
	"strings"
)

// Severity says how much a problem matters.
type Severity string

// An Error means that a part of the course was not understood and is carried as it came, or will not do what its author meant.
// A Warning is about something that works here but may surprise; an Info only tells what was done.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Problem is one finding in an archive: data, not a Go error, since an import with forty warnings succeeds.
type Problem struct {
	Severity Severity `json:"severity"`
	Rule     string   `json:"rule"` // stable id, explained in docs/rules.md
	File     string   `json:"file"` // path below the course folder
	Line     int      `json:"line"` // from 1; 0 when the problem has no place in the file
	Column   int      `json:"column"`
	Block    string   `json:"block,omitempty"` // TYPE/NAME, when the problem belongs to one block
	Message  string   `json:"message"`
	Fix      string   `json:"fix"`
}

// String gives the problem in one line, place first, as compilers do.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s %s: %s", p.Severity, p.Rule, p.Message)
	return b.String()
}

// SortProblems orders problems by file, place and rule, so that a report reads from top to bottom and is the same each time.
func SortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		if a.Column != b.Column {
			return a.Column - b.Column
		}
		return strings.Compare(a.Rule, b.Rule)
	})
}

// FatalError ends an import: a limit that was breached, an entity declaration, or an archive without a usable root.
// Nothing has been written when it is returned.
type FatalError struct{ Problem Problem }

func (e *FatalError) Error() string {
	s := e.Problem.Message
	if e.Problem.File != "" {
		place := e.Problem.File
		if e.Problem.Line > 0 {
			place = fmt.Sprintf("%s, line %d, column %d", place, e.Problem.Line, e.Problem.Column)
		}
		s = place + ": " + s
	}
	return fmt.Sprintf("%s [%s]", s, e.Problem.Rule)
}
