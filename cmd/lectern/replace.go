package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/authoring"
	"lectern/modulestore/key"
)

// sweepFlags are what the commands take that change many blocks of a course at once.
type sweepFlags struct {
	below   string
	draft   bool
	apply   bool
	author  string
	message string
}

func (f *sweepFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.below, "below", "", "only in this `block` and what is below it")
	flags.BoolVar(&f.draft, "draft", false, "leave what is published as it is")
	flags.BoolVar(&f.apply, "apply", false, "make the new version; without it the command only shows what it would do")
	addAuthor(cmd, &f.author)
	flags.StringVar(&f.message, "message", "", "`text` for the history")
}

// parse reads the key of the course and of the block below which the change is to be made.
func (f *sweepFlags) parse(course string) (c key.Course, below key.BlockID, err error) {
	if c, err = key.ParseCourse(course); err == nil && f.below != "" {
		below, err = blockOf(c, f.below)
	}
	return c, below, err
}

// asUsage turns a mistake in the options of an operation into one of who typed the command.
func asUsage(err error) error {
	if wrong, ok := errors.AsType[*authoring.OptionError](err); ok {
		return &usageError{message: wrong.Message}
	}
	return err
}

func (a *app) replaceCommand() *cobra.Command {
	var o authoring.ReplaceOptions
	var f sweepFlags
	in := string(authoring.Everywhere)
	cmd := &cobra.Command{
		Use:     "replace COURSE FIND WITH",
		GroupID: groupCourses,
		Short:   "Search and replace in all blocks of a course",
		Long: `Replace a text by another in all blocks of a course: in their content, their pages, settings, policies and titles.
It shows what it would do and changes nothing; with --apply it makes one new version, in the draft and in what is published.

A text is found however markup writes its & < > and quotation marks, and its replacement is written in the same way. With --regexp, FIND is a
regular expression (RE2) over the source, and $1 in WITH is its first group. Names and keys of blocks, pointers at children and
paths of files are never changed. When a block could not be read afterwards, nothing is replaced; with --skip-refused all others are.`,
		Example: `  lectern replace course-v1:Lectern+ByExample+2026 archive package
  lectern replace course-v1:Lectern+ByExample+2026 archive package --in text --types html,problem --apply
  lectern replace course-v1:Lectern+ByExample+2026 'http://(\S+)' 'https://$1' --regexp`,
		Args: takes(3, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Find, o.With, o.In = args[1], args[2], authoring.Where(in)
			return a.runReplace(cmd.Context(), args[0], o, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.Regexp, "regexp", false, "FIND is a regular expression")
	flags.BoolVar(&o.IgnoreCase, "ignore-case", false, "find capital and small letters alike")
	flags.BoolVar(&o.WholeWords, "whole-words", false, "find whole words only")
	flags.StringVar(&in, "in", in, "`where` to look: all, text (content and pages), settings or names (titles)")
	flags.StringSliceVar(&o.Types, "types", nil, "only in blocks of these `types`, such as html,problem")
	flags.BoolVar(&o.SkipRefused, "skip-refused", false, "leave out blocks that could not be read afterwards, and replace in the others")
	f.add(cmd)
	return cmd
}

func (a *app) runReplace(ctx context.Context, course string, o authoring.ReplaceOptions, f sweepFlags) error {
	c, below, err := f.parse(course)
	if err != nil {
		return err
	}
	o.Below, o.DraftOnly, o.Preview, o.Author, o.Message = below, f.draft, !f.apply, a.by(f.author), f.message
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		report, err := authoring.Replace(ctx, store, c, o)
		if report == nil {
			return asUsage(err)
		}
		if a.json {
			return errors.Join(a.printJSON(report), err)
		}
		a.printReplace(report, o)
		return err
	})
}

func (a *app) printReplace(r *authoring.ReplaceReport, o authoring.ReplaceOptions) {
	for _, b := range r.Blocks {
		a.printf("%s\n", blockLine(b.Block, b.Title, b.Branch))
		for _, m := range b.Items {
			a.printf("  %s: %s\n", strings.TrimSpace(string(m.Part)+" "+m.Field), plural(m.Count, "occurrence"))
			for _, e := range m.Excerpts {
				a.printf("    - %s\n    + %s\n", e.Before, e.After)
			}
		}
	}
	for _, b := range r.Refused {
		a.printf("%s: refused\n", blockLine(b.Block, b.Title, b.Branch))
		for _, p := range b.Items {
			a.printf("  %s\n", p.String())
		}
	}
	a.printBroken(r.Broken, "searched")
	found := fmt.Sprintf("%s in %s", plural(r.Matches, "occurrence"), plural(len(r.Blocks), "block"))
	switch {
	case len(r.Blocks)+len(r.Refused) == 0:
		a.printf("%s does not occur in %s; no new version\n", fmt.Sprintf("%q", o.Find), r.Course.String())
	case r.Preview && len(r.Refused) > 0 && !o.SkipRefused:
		a.printf("%s, but %s could not be read afterwards: correct the replacement, or add --skip-refused\n", found, plural(len(r.Refused), "block"))
	case r.Preview:
		a.printf("%s; nothing has changed yet, --apply replaces them\n", found)
	case r.Changed:
		a.printf("%s replaced: version %d\n", found, r.Version)
	case len(r.Refused) == 0 || o.SkipRefused:
		a.printf("%s: everything is as it was; no new version\n", found)
	}
}

// blockLine names a block in the report of an operation.
func blockLine(block, title string, branch modulestore.Branch) string {
	if title != "" {
		block += fmt.Sprintf("  %q", title)
	}
	if branch != modulestore.BothBranches {
		block += fmt.Sprintf(" [%s]", branch)
	}
	return block
}

// printBroken lists the blocks that an operation could not look into.
func (a *app) printBroken(list []authoring.BrokenBlock, done string) {
	for _, b := range list {
		a.printf("%s: not %s, because it is broken (%s)\n", b.Block, done, b.Rule)
	}
}
