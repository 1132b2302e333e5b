package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

type copyBlockOptions struct {
	to, parent string
	version    string
	published  bool
	modulestore.CopyOptions
}

func (a *app) copyBlockCommand() *cobra.Command {
	var o copyBlockOptions
	cmd := &cobra.Command{
		Use:     "copy-block COURSE BLOCK --to COURSE --parent BLOCK",
		GroupID: groupCourses,
		Short:   "Copy a block with all below it into another course, or elsewhere in the same one",
		Long: `Copy a block of a course, with all below it, into the draft of another course, or of the same one, below a block
there. It adds one version to that course, or none if nothing is new.

The copies know where they come from. Run again, the command makes no second copies but brings the first ones up to
date: what was changed in the source comes, what was changed in the copies stays, and where the two do not go
together the copy stays as it is and you are told. References between the copied blocks lead to the copies. The text of
the simple editor of problems is not copied, as Open edX does not copy it.

Static files that the copies link to and that the other course lacks are listed; with --assets they are added. No file
is replaced.`,
		Example: `  lectern copy-block course-v1:Lectern+ByExample+2026 vertical/what-happens --to course-v1:Org+Code+Run --parent sequential/week1 --assets`,
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runCopyBlock(cmd.Context(), args[0], args[1], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.to, "to", "", "`course` to copy to")
	flags.StringVar(&o.parent, "parent", "", "`block` of that course to copy below")
	flags.IntVar(&o.Position, "position", 0, "`place` among the blocks there, from 1 (default the end)")
	flags.BoolVar(&o.Assets, "assets", false, "add the static files that the copies need")
	flags.StringVar(&o.version, "version", "head", "which `version` to copy from")
	flags.BoolVar(&o.published, "published", false, "copy what is published, not the draft")
	flags.StringVar(&o.Author, "author", "", "`name` of who makes the version (default your user name)")
	return cmd
}

func (a *app) runCopyBlock(ctx context.Context, course, block string, o copyBlockOptions) error {
	if o.to == "" || o.parent == "" {
		return &usageError{message: "copy-block needs a place to copy to", advice: "name it with --to COURSE and --parent BLOCK"}
	}
	to, err := key.ParseCourse(o.to)
	if err != nil {
		return err
	}
	parent, err := blockOf(to, o.parent)
	if err != nil {
		return err
	}
	if o.Author == "" {
		o.Author = a.userName()
	}
	branch := modulestore.Draft
	if o.published {
		branch = modulestore.Published
	}
	return a.withVersion(ctx, course, o.version, func(store *modulestore.Store, from modulestore.Version) error {
		id, err := blockOf(from.Course, block)
		if err != nil {
			return err
		}
		report, err := store.CopyBlock(ctx, from, branch, id, to, parent, o.CopyOptions)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(shownCopyOf(to, report))
		}
		a.printCopyBlock(to, report)
		return nil
	})
}

// shownCopy is the --json form of a copied block.
type shownCopy struct {
	Course  string `json:"course"`
	Version uint64 `json:"version"`
	Changed bool   `json:"changed"`
	Block   string `json:"block"`
	copyChanges
	Assets shownAssets `json:"assets"`
}

// copyChanges are what happened to copies.
type copyChanges struct {
	Added      []string       `json:"added"`
	Updated    []string       `json:"updated"`
	Removed    []string       `json:"removed"`
	Kept       []string       `json:"kept"`
	Gone       []string       `json:"gone"`
	Conflicts  []copyConflict `json:"conflicts"`
	Markdown   int            `json:"markdown"`
	References []string       `json:"references"`
	Dangling   []string       `json:"dangling"`
}

type copyConflict struct {
	Block  string  `json:"block"`
	In     string  `json:"in"`
	Field  string  `json:"field"`
	Base   *string `json:"base"`
	Theirs *string `json:"theirs"`
	Ours   *string `json:"ours"`
}

type shownAssets struct {
	Added     []string `json:"added"`
	Missing   []string `json:"missing"`
	Different []string `json:"different"`
	Nowhere   []string `json:"nowhere"`
}

func shownCopyOf(c key.Course, r modulestore.CopyBlockReport) shownCopy {
	return shownCopy{
		Course: c.String(), Version: r.Version.Seq, Changed: r.Changed, Block: r.Block.String(),
		copyChanges: copyChangesOf(r.CopyChanges),
		Assets: shownAssets{
			Added: listed(r.Assets.Added), Missing: listed(r.Assets.Missing),
			Different: listed(r.Assets.Different), Nowhere: listed(r.Assets.Nowhere),
		},
	}
}

func copyChangesOf(c modulestore.CopyChanges) copyChanges {
	shown := copyChanges{
		Added: idTexts(c.Added), Updated: idTexts(c.Updated), Removed: idTexts(c.Removed), Kept: idTexts(c.Kept), Gone: idTexts(c.Gone),
		Conflicts: []copyConflict{}, Markdown: c.Markdown, References: listed(c.References), Dangling: idTexts(c.Dangling),
	}
	for _, f := range c.Conflicts {
		shown.Conflicts = append(shown.Conflicts, copyConflict{f.Block.String(), f.In, f.Name, f.Base, f.Theirs, f.Ours})
	}
	return shown
}

// listed is the list itself, or an empty one.
func listed(list []string) []string { return append([]string{}, list...) }

func idTexts(ids []key.BlockID) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return texts
}

func (a *app) printCopyBlock(c key.Course, r modulestore.CopyBlockReport) {
	a.printCopyChanges(r.CopyChanges)
	for _, list := range []struct {
		say   string
		names []string
	}{
		{"added the files ", r.Assets.Added},
		{"the course lacks these files, which --assets adds: ", r.Assets.Missing},
		{"the course has other files of these names, which the copies will show: ", r.Assets.Different},
		{"neither course has these files: ", r.Assets.Nowhere},
	} {
		if len(list.names) > 0 {
			a.printf("%s%s\n", list.say, strings.Join(list.names, ", "))
		}
	}
	if !r.Changed {
		a.printf("%s is up to date; no new version\n", r.Block)
		return
	}
	a.printf("%s of %s: version %d\n", r.Block, c, r.Version.Seq)
}

// printCopyChanges tells what happened to copies, a line each, and then what has to be known about them.
func (a *app) printCopyChanges(c modulestore.CopyChanges) {
	for _, list := range []struct {
		say string
		ids []key.BlockID
	}{
		{"added", c.Added}, {"updated", c.Updated}, {"removed", c.Removed},
		{"kept, though the source has it no more, because it was changed here:", c.Kept},
		{"not brought back, because it was removed here:", c.Gone},
		{"left out, because it is not in the source, which lists it:", c.Dangling},
	} {
		for _, id := range list.ids {
			a.printf("%s %s\n", list.say, id)
		}
	}
	for _, f := range c.Conflicts {
		a.printf("conflict in %s, %s %s: it was %s, the source has %s, here it is %s\n",
			f.Block, f.In, f.Name, shortText(f.Base), shortText(f.Theirs), shortText(f.Ours))
	}
	for _, reference := range c.References {
		a.printf("a reference to a block that was not copied stays as it is: %s\n", reference)
	}
	if c.Markdown > 0 {
		a.printf("left out the text of the simple editor of %s\n", plural(c.Markdown, "problem"))
	}
}

// shortText quotes the beginning of a text.
func shortText(text *string) string {
	if text == nil {
		return "not there or not known"
	}
	runes := []rune(strings.Join(strings.Fields(*text), " "))
	if len(runes) > 60 {
		runes = append(runes[:60], '…')
	}
	return `"` + string(runes) + `"`
}
