package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/authoring"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

type editOptions struct {
	file    string
	draft   bool
	base    string
	ifMatch string
	on      string
	author  string
	message string
}

func (a *app) editCommand() *cobra.Command {
	var o editOptions
	cmd := &cobra.Command{
		Use:     "edit COURSE BLOCK -f FILE",
		GroupID: groupCourses,
		Short:   "Replace one block by what a file says",
		Long: `Replace one block of a course by the OLX in a file: its element, with attributes, content and, for a container,
the pointers at its children. For an html block, an about page or a tab, a file that ends in .html replaces the text alone.

The file is checked as an import is; with an error in it nothing changes. The edit adds one version. It changes the
draft and what is published; with --draft only the draft.

Who edited an older version says which with --base: what others have changed since is kept, and an edit that does not go
together with that is refused. With --if-match it is refused if the block is another one than lectern show --json
gave the hash of. With --on it changes a side branch.`,
		Example: `  lectern show course-v1:Lectern+ByExample+2026 problem/import-command --olx > import-command.xml
  lectern edit course-v1:Lectern+ByExample+2026 problem/import-command -f import-command.xml`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runEdit(cmd.Context(), cmd.InOrStdin(), args[0], args[1], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.file, "file", "f", "", "`file` with the block's OLX or text; - for standard input")
	flags.BoolVar(&o.draft, "draft", false, "leave what is published as it is")
	flags.StringVar(&o.base, "base", "", "`version` that the edit was made from, if it may not be the last one")
	flags.StringVar(&o.ifMatch, "if-match", "", "`hash` that the block must have")
	flags.StringVar(&o.on, "on", "", "side `branch` to change instead of the course")
	addAuthor(cmd, &o.author)
	flags.StringVar(&o.message, "message", "", "`text` for the history")
	return cmd
}

func (a *app) runEdit(ctx context.Context, stdin io.Reader, course, block string, o editOptions) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	id, err := blockOf(c, block)
	if err != nil {
		return err
	}
	if o.file == "" {
		return &usageError{message: "edit needs a file", advice: "name it with -f FILE, or -f - for standard input"}
	}
	if o.base != "" && o.on != "" {
		return &usageError{message: "--base and --on do not go together", advice: "an edit on a branch starts from its last version"}
	}
	match, err := hashOf(o.ifMatch)
	if err != nil {
		return err
	}
	data, err := readChange(stdin, o.file)
	if err != nil {
		return err
	}
	author := o.author
	author = a.by(author)
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		change := authoring.Change{
			Block: id, File: o.file, Data: data, DraftOnly: o.draft, Branch: o.on, IfMatch: match, Author: author, Message: o.message,
		}
		if o.base != "" {
			base, err := store.Version(ctx, c, o.base)
			if err != nil {
				return err
			}
			change.Base = &base
		}
		report, err := authoring.Edit(ctx, store, c, change)
		if err != nil {
			return a.clash(err)
		}
		return a.printEdit(report, o.on)
	})
}

// hashOf reads the hash of a block, as lectern show --json gives it; nil for no text.
func hashOf(text string) (*modulestore.ID, error) {
	if text == "" {
		return nil, nil
	}
	var id modulestore.ID
	digits, err := hex.DecodeString(text)
	if err != nil || len(digits) != len(id) {
		return nil, &usageError{message: fmt.Sprintf("%q is no hash of a block", text), advice: "lectern show COURSE BLOCK --json has it in the field hash"}
	}
	copy(id[:], digits)
	return &id, nil
}

// readChange reads the text of an edit, at most as much as a block may have.
func readChange(stdin io.Reader, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(stdin, olx.MaxXMLBytes+1))
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading the edit: %w", err)
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, olx.MaxXMLBytes+1))
}

func (a *app) printEdit(report *authoring.EditReport, branch string) error {
	if a.json {
		return a.printJSON(report)
	}
	a.printProblems(report.Problems, shownProblems)
	switch {
	case !report.Changed:
		a.printf("%s is as it was; no new version\n", report.Block)
	case branch != "":
		a.printf("version %d of %s: %s was changed on branch %s\n", report.Version, report.Course.String(), report.Block, branch)
	default:
		a.printf("version %d of %s: %s was changed\n", report.Version, report.Course.String(), report.Block)
	}
	return nil
}
