package main

import (
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

type duplicateOptions struct {
	byline
	to       string
	position int
}

func (a *app) duplicateCommand() *cobra.Command {
	var o duplicateOptions
	cmd := &cobra.Command{
		Use:     "duplicate COURSE BLOCK [--to PARENT]",
		GroupID: groupCourses,
		Short:   "Copy a block, with all below it",
		Long: `Copy a block, with all below it, under new names: right behind the original, or into another parent. Where a copy refers to
a block that was copied too, it refers to the copy. It adds one version. The outline of a copied section is published at once, its units are drafts.`,
		Example: `  lectern duplicate course-v1:Lectern+ByExample+2026 vertical/run-the-import
  lectern duplicate course-v1:Lectern+ByExample+2026 problem/import-command --to vertical/what-an-archive-holds --json`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runDuplicate(cmd.Context(), args[0], args[1], o)
		},
	}
	o.addFlags(cmd)
	addPosition(cmd, &o.position)
	cmd.Flags().StringVar(&o.to, "to", "", "`block` that the copy stands in (default the one of the original)")
	return cmd
}

func (a *app) runDuplicate(ctx context.Context, course, block string, o duplicateOptions) error {
	c, ids, err := courseAndBlocks(course, block, o.to)
	if err != nil {
		return err
	}
	position, err := behind(o.position)
	if err != nil {
		return err
	}
	done := "is the copy of " + ids[0].String()
	return a.change(ctx, c, o.byline, operation{"duplicate", done}, func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
		copies, err := e.Duplicate(ctx, ids[0], ids[1], position)
		if err != nil {
			return err
		}
		result.Copies = make(map[string]string, len(copies))
		for old, now := range copies {
			result.Copies[old.String()] = now.String()
		}
		top := copies[ids[0]]
		result.Block, result.about, result.message = top.String(), []key.BlockID{top}, "copy of "+ids[0].String()
		return nil
	})
}
