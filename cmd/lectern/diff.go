package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

func (a *app) diffCommand() *cobra.Command {
	var o modulestore.DiffOptions
	cmd := &cobra.Command{
		Use:     "diff COURSE [A B]",
		GroupID: groupCourses,
		Short:   "Compare two versions of a course",
		Long: `List what differs between version A and version B of a course (the one before the last and the last, when left
out): blocks added, removed, moved and renamed, other dates, settings and content, and files that were added,
removed or replaced. A block that moved with everything below it is one line. It changes nothing.`,
		Example: `  lectern diff course-v1:Lectern+ByExample+2026
  lectern diff course-v1:Lectern+ByExample+2026 3 head --text`,
		Args: takes(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return &usageError{message: "diff needs two versions or none", advice: "usage: lectern diff COURSE [A B]"}
			}
			from, to := "head~1", "head"
			if len(args) == 3 {
				from, to = args[1], args[2]
			}
			return a.runDiff(cmd.Context(), args[0], from, to, o)
		},
	}
	cmd.Flags().BoolVar(&o.Text, "text", false, "show how texts differ, line by line")
	return cmd
}

func (a *app) runDiff(ctx context.Context, course, from, to string, o modulestore.DiffOptions) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		if head, err := store.Version(ctx, c, ""); err == nil && head.Seq == 1 && from == "head~1" && !a.json {
			a.printf("%s has one version; there is nothing to compare it with\n", c)
			return nil
		}
		older, err := store.Version(ctx, c, from)
		if err != nil {
			return err
		}
		newer, err := store.Version(ctx, c, to)
		if err != nil {
			return err
		}
		d, err := store.Diff(ctx, older, newer, o)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(shownDiffOf(d))
		}
		a.printDiff(d)
		return nil
	})
}

// The --json form of a comparison.
type (
	shownDiff struct {
		Course  string        `json:"course"`
		From    uint64        `json:"from"`
		To      uint64        `json:"to"`
		Changes []shownChange `json:"changes"`
	}
	shownChange struct {
		Kind    string       `json:"kind"`
		Branch  string       `json:"branch,omitempty"` // draft, published or both; empty for files
		Block   string       `json:"block,omitempty"`
		Asset   string       `json:"asset,omitempty"` // path of a file under static/
		File    string       `json:"file,omitempty"`  // path of another file
		Title   string       `json:"title,omitempty"`
		Missing bool         `json:"missing,omitempty"` // a parent lists it, but it does not exist
		Path    []string     `json:"path,omitempty"`
		Below   int          `json:"below,omitempty"`
		From    []shownPlace `json:"from,omitempty"`
		To      []shownPlace `json:"to,omitempty"`
		Fields  []shownField `json:"fields,omitempty"`
		Texts   []shownText  `json:"texts,omitempty"`
		Bytes   *shownBytes  `json:"bytes,omitempty"`
	}
	shownPlace struct {
		Parent   string `json:"parent"`
		Position int    `json:"position"`
	}
	shownField struct {
		Name string  `json:"name"`
		In   string  `json:"in"`
		From *string `json:"from"`
		To   *string `json:"to"`
	}
	shownText struct {
		Name string `json:"name"`
		From int    `json:"from_bytes"`
		To   int    `json:"to_bytes"`
		Diff string `json:"diff,omitempty"`
	}
	shownBytes struct {
		From int64 `json:"from"`
		To   int64 `json:"to"`
	}
)

func shownDiffOf(d *modulestore.Diff) shownDiff {
	return shownDiff{
		Course: d.To.Course.String(), From: d.From.Seq, To: d.To.Seq,
		Changes: append(shownChanges(d.Changes), shownFiles(d.Files)...),
	}
}

func shownChanges(changes []modulestore.Change) []shownChange {
	list := []shownChange{}
	for _, c := range changes {
		shown := shownChange{
			Kind: string(c.Kind), Branch: string(c.Branch), Block: c.Block.String(), Title: c.Title, Path: c.Path,
			Missing: c.Missing, Below: c.Below,
			From: shownPlaces(c.From), To: shownPlaces(c.To),
		}
		for _, f := range c.Fields {
			shown.Fields = append(shown.Fields, shownField{f.Name, f.In, f.From, f.To})
		}
		for _, t := range c.Texts {
			shown.Texts = append(shown.Texts, shownText{t.Name, t.FromSize, t.ToSize, t.Diff})
		}
		list = append(list, shown)
	}
	return list
}

func shownFiles(files []modulestore.FileChange) (list []shownChange) {
	for _, f := range files {
		shown := shownChange{Kind: string(f.Kind), Bytes: &shownBytes{f.From.Size, f.To.Size}}
		if f.Asset {
			shown.Asset = f.Path
		} else {
			shown.File = f.Path
		}
		list = append(list, shown)
	}
	return list
}

func shownPlaces(list []modulestore.Place) []shownPlace {
	var shown []shownPlace
	for _, p := range list {
		shown = append(shown, shownPlace{p.Parent.String(), p.Position})
	}
	return shown
}

// printDiff prints a line for each change, and what exactly changed below it.
func (a *app) printDiff(d *modulestore.Diff) {
	if d.Empty() {
		a.printf("%s and %s have the same content\n", d.From.Name(), d.To.Name())
		return
	}
	a.printChanges(d.Changes, d.Files)
}

func (a *app) printChanges(changes []modulestore.Change, files []modulestore.FileChange) {
	for _, c := range changes {
		a.printf("%s\n", changeLine(c))
		for _, f := range c.Fields {
			a.printf("    %s: %s -> %s\n", f.Name, fieldText(f.From), fieldText(f.To))
		}
		for _, t := range c.Texts {
			a.printf("    %s: %s -> %s\n", t.Name, plural(t.FromSize, "byte"), plural(t.ToSize, "byte"))
			if t.Diff != "" {
				fmt.Fprintln(a.out, safeLines(indented(t.Diff)))
			}
		}
	}
	for _, f := range files {
		what := "file"
		if f.Asset {
			what = "asset"
		}
		a.printf("%-11s %s %s, %s -> %s\n", f.Kind, what, f.Path, plural(int(f.From.Size), "byte"), plural(int(f.To.Size), "byte"))
	}
}

func changeLine(c modulestore.Change) string {
	line := fmt.Sprintf("%-11s %s", c.Kind, c.Block)
	if c.Title != "" {
		line += fmt.Sprintf("  %q", c.Title)
	}
	switch c.Kind {
	case modulestore.ChangeMoved:
		line += fmt.Sprintf(", from %s to %s", placesText(c.From), placesText(c.To))
	case modulestore.ChangeAdded:
		line += ", at " + placesText(c.To)
	case modulestore.ChangeRemoved:
		line += ", from " + placesText(c.From)
	}
	if c.Below > 0 {
		line += fmt.Sprintf(", with %s below", plural(c.Below, "block"))
	}
	if c.Missing {
		line += ", which does not exist"
	}
	if c.Branch != modulestore.BothBranches {
		line += fmt.Sprintf(" [%s]", c.Branch)
	}
	return line
}

func placesText(list []modulestore.Place) string {
	if len(list) == 0 {
		return "no place in the outline"
	}
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = fmt.Sprintf("%s, place %d", p.Parent, p.Position)
	}
	return strings.Join(parts, " and ")
}

// fieldText is an old or new text as printed: quoted and not too long.
func fieldText(text *string) string {
	if text == nil {
		return "not set"
	}
	return fmt.Sprintf("%q", shortened(*text))
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
