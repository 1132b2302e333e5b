package main

import (
	"fmt"
	"slices"
	"strings"

	"lectern/importer"
	"lectern/modulestore/olx"
)

// severities in the order in which problems are printed.
var severities = []olx.Severity{olx.Error, olx.Warning, olx.Info}

// printProblems lists problems as compilers do, the worst first, each with its remedy on the next line. It prints at most limit
// of each severity; 0 means all.
func (a *app) printProblems(problems []olx.Problem, limit int) {
	for _, severity := range severities {
		printed, more := 0, 0
		for _, p := range problems {
			switch {
			case p.Severity != severity:
			case limit > 0 && printed == limit:
				more++
			default:
				a.printProblem(p)
				printed++
			}
		}
		if more > 0 {
			a.printf("… and %s (use --json or lectern check for all)\n", severityText(more, severity, "more "))
		}
	}
}

func (a *app) printProblem(p olx.Problem) {
	a.printf("%s\n", p.String())
	if p.Fix != "" {
		a.printf("    %s\n", p.Fix)
	}
}

func severityText(n int, s olx.Severity, before string) string {
	word := string(s)
	if s == olx.Info {
		word = "note"
	}
	return strings.Replace(plural(n, word), " ", " "+before, 1)
}

// findings sums up the problems of a report.
func findings(r *importer.Report) string {
	parts := make([]string, len(severities))
	for i, s := range severities {
		parts[i] = severityText(r.Count(s), s, "")
	}
	return strings.Join(parts, " · ")
}

// contents sums up what a course holds: what is published and, where it differs, what authors see with their drafts.
func contents(r *importer.Report) string {
	c := r.Counts
	text := strings.Join([]string{
		plural(c.Chapters, "section"), plural(c.Sequentials, "subsection"), plural(c.Units, "unit"), plural(c.Blocks, "block"),
		plural(c.Assets, "asset"), plural(c.Drafts, "draft"),
	}, " · ")
	if c.Removed > 0 {
		text += fmt.Sprintf(" · %d removed", c.Removed)
	}
	if d := r.DraftView; d.Blocks != c.Blocks || d.Units != c.Units {
		text += fmt.Sprintf(" (with drafts: %s · %s)", plural(d.Units, "unit"), plural(d.Blocks, "block"))
	}
	return text
}

// leftOutRules are the rules of entries of an archive that are not stored: links, empty folders, the data of Git.
var leftOutRules = []string{"archive.link", "archive.empty_folder", "archive.git"}

func leftOut(r *importer.Report) int64 {
	n := int64(0)
	for _, p := range r.Problems {
		if slices.Contains(leftOutRules, p.Rule) {
			n++
		}
	}
	return n
}

// printSummary says in three lines which course a report is about, what it holds, and what was found.
func (a *app) printSummary(r *importer.Report) {
	a.printf("%s  %s\n%s\n%s\n", r.Course.String(), r.Title, contents(r), findings(r))
}

// strict turns warnings, and errors which an import carries, into an exit code of their own.
func strict(wanted bool, r *importer.Report) error {
	if wanted && r.Count(olx.Error)+r.Count(olx.Warning) > 0 {
		return errStrict
	}
	return nil
}
