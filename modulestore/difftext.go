package modulestore

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
)

// What a unified diff of a text shows at most.
const (
	maxDiffLines = 60
	maxDiffWidth = 200 // bytes of a line
)

// unifiedDiff shows how a text has changed; nothing for what is no text.
func unifiedDiff(name, old, now string) string {
	if old == now || !utf8.ValidString(old) || !utf8.ValidString(now) {
		return ""
	}
	lines := slices.Collect(strings.Lines(string(diff.Diff(name, []byte(old), name, []byte(now)))))
	lines = lines[1:] // the first line is the command
	more := len(lines) - maxDiffLines
	var s strings.Builder
	for _, line := range lines[:min(len(lines), maxDiffLines)] {
		s.WriteString(shortened(line))
	}
	if more > 0 {
		fmt.Fprintf(&s, "… and %d more lines\n", more)
	}
	return s.String()
}

func shortened(line string) string {
	if len(line) <= maxDiffWidth {
		return line
	}
	end := maxDiffWidth
	for !utf8.RuneStart(line[end]) {
		end--
	}
	return line[:end] + "…\n"
}
