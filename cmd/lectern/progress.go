package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"lectern/importer"
)

// progress shows on a terminal how far work has come: one line for each stage, rewritten in place. A nil progress shows nothing.
type progress struct {
	w     io.Writer
	color bool

	stage string
	drawn time.Time // when the line was last written
	width int       // of the line as it stands there
}

// redraw is how long a line stays before it is written again; faster than that nobody reads.
const redraw = 100 * time.Millisecond

// progress returns nil where nobody would see it.
func (a *app) progress() *progress {
	if a.quiet || !isTerminal(a.stderr) {
		return nil
	}
	return &progress{w: a.stderr, color: a.colors()}
}

// colors reports whether a terminal may be given commands for colors and bold letters.
func (a *app) colors() bool { return !a.noColor && a.env["NO_COLOR"] == "" && a.env["TERM"] != "dumb" }

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// show says that done of total units of the stage are done. total is 0 when it is not known.
func (p *progress) show(stage string, done, total int64, unit string) {
	if p == nil {
		return
	}
	complete := total > 0 && done >= total
	if stage == p.stage && !complete && time.Since(p.drawn) < redraw {
		return
	}
	if stage != p.stage {
		p.end()
		p.stage = stage
	}
	p.draw(stage, amount(done, total, unit), complete)
}

// draw writes the line over the one that stands there. Blanks, unlike a command to erase, work on every terminal.
func (p *progress) draw(stage, text string, complete bool) {
	line := fmt.Sprintf("  %-8s %s", stage, text)
	width := utf8.RuneCountInString(line)
	blanks := strings.Repeat(" ", max(0, p.width-width))
	if p.color {
		const cyan, green, reset = "\x1b[36m", "\x1b[32m", "\x1b[0m"
		start := cyan
		if complete {
			start = green
		}
		line = start + line[:10] + reset + line[10:]
	}
	fmt.Fprint(p.w, "\r", line, blanks)
	p.drawn, p.width = time.Now(), width
}

func amount(done, total int64, unit string) string {
	switch {
	case unit == "bytes" && total > 0:
		return fmt.Sprintf("%d%% of %s", min(100, 100*done/total), byteText(total))
	case total > 0:
		return fmt.Sprintf("%s of %s %s", grouped(done), grouped(total), unit)
	}
	return grouped(done) + " " + unit
}

// end leaves the last line as it is; what is printed next begins below it.
func (p *progress) end() {
	if p != nil && p.stage != "" {
		fmt.Fprintln(p.w)
		p.stage, p.width = "", 0
	}
}

// ofImport shows the progress of an import.
func (p *progress) ofImport(now importer.Progress) {
	p.show(string(now.Stage), now.Done, now.Total, now.Unit)
}

// ofExport shows the progress of an export.
func (p *progress) ofExport(done, total int) { p.show("export", int64(done), int64(total), "files") }
