package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"lectern/authoring"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

type editOptions struct {
	file    string
	draft   bool
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
draft and what is published; with --draft only the draft.`,
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
	flags.StringVar(&o.author, "author", "", "`name` of who makes the version (default your user name)")
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
	data, err := readChange(stdin, o.file)
	if err != nil {
		return err
	}
	author := o.author
	if author == "" {
		author = a.userName()
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		report, err := authoring.Edit(ctx, store, c, authoring.Change{
			Block: id, File: o.file, Data: data, DraftOnly: o.draft, Author: author, Message: o.message,
		})
		if err != nil {
			return err
		}
		return a.printEdit(report)
	})
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

func (a *app) printEdit(report *authoring.EditReport) error {
	if a.json {
		return a.printJSON(report)
	}
	a.printProblems(report.Problems, shownProblems)
	if !report.Changed {
		a.printf("%s is as it was; no new version\n", report.Block)
		return nil
	}
	a.printf("%s of %s: version %d\n", report.Block, report.Course, report.Version)
	return nil
}
