package main

import (
	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/authoring"
	"lectern/modulestore/key"
)

type addOptions struct {
	byline
	parent, name, title, file string
	position                  int
}

func (a *app) addCommand() *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:     "add COURSE TYPE --parent BLOCK",
		GroupID: groupCourses,
		Short:   "Make a new block",
		Long: `Make a new block of a course: a section is a chapter, a subsection a sequential, a unit a vertical, and what stands in
units is html, problem, video or any other type. lectern show COURSE --branch draft prints the keys of the blocks there are.

It adds one version. Sections, subsections and pages are published at once; all else is a draft until it is published.

With a file the block is what the file says: its OLX, or for html and pages a text that ends in .html. The file is checked
as an import is; with an error in it nothing changes. Without --parent the block has no place in the outline, as is right for
pages (about, static_tab, course_info).`,
		Example: `  lectern add course-v1:Lectern+ByExample+2026 vertical --parent sequential/check-and-import --title "One more unit"
  lectern add course-v1:Lectern+ByExample+2026 problem --parent vertical/run-the-import --position 1 -f problem.xml`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runAdd(cmd, args[0], args[1], o)
		},
	}
	o.addFlags(cmd)
	o.addMatch(cmd, "the parent")
	addPosition(cmd, &o.position)
	flags := cmd.Flags()
	flags.StringVar(&o.parent, "parent", "", "`block` that the new one stands in")
	flags.StringVar(&o.name, "name", "", "`name` in the key of the block (default 32 random hex digits)")
	flags.StringVar(&o.title, "title", "", "`title` that people see")
	flags.StringVarP(&o.file, "file", "f", "", "`file` with the block's OLX or text; - for standard input")
	return cmd
}

func (a *app) runAdd(cmd *cobra.Command, course, blockType string, o addOptions) error {
	ctx := cmd.Context()
	c, ids, err := courseAndBlocks(course, nil, o.parent)
	if err != nil {
		return err
	}
	if o.ifMatch != "" && o.parent == "" {
		return &usageError{message: "--if-match is about the parent", advice: "name it with --parent"}
	}
	position, err := behind(o.position)
	if err != nil {
		return err
	}
	n := modulestore.NewBlock{Type: blockType, Name: o.name, Parent: ids[0], Position: position, Title: o.title}
	var data []byte
	if o.file != "" {
		if data, err = readChange(cmd.InOrStdin(), o.file); err != nil {
			return err
		}
	}
	return a.change(ctx, c, o.byline, operation{"create", "was made", ids[0]}, func(store *modulestore.Store, e *modulestore.Edit, result *authored) error {
		id := key.BlockID{}
		var err error
		if o.file == "" {
			id, err = e.Create(ctx, n)
		} else {
			id, result.Problems, err = authoring.Create(ctx, store, e, n, o.file, data)
		}
		result.Block, result.about, result.message = id.String(), []key.BlockID{id}, id.String()
		return err
	})
}
