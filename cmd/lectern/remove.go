package main

import (
	"github.com/spf13/cobra"

	"lectern/modulestore"
)

func (a *app) removeCommand() *cobra.Command {
	var o byline
	var from string
	cmd := &cobra.Command{
		Use:     "remove COURSE BLOCK",
		GroupID: groupCourses,
		Short:   "Delete a block, with all below it",
		Long: `Delete a block, with all below it that no other block has as a child. It adds one version. Sections, subsections, units and pages are gone for
learners at once; what stands in a unit is gone for them when the unit is published. lectern restore brings it back.`,
		Example: `  lectern remove course-v1:Lectern+ByExample+2026 problem/import-command`,
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, ids, err := courseAndBlocks(args[0], args[1], from)
			if err != nil {
				return err
			}
			return a.change(cmd.Context(), c, o, operation{"delete block", "was deleted"}, func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
				result.Block, result.about, result.message = ids[0].String(), ids[:1], ids[0].String()
				return e.Delete(cmd.Context(), ids[0], modulestore.DeleteOptions{From: ids[1]})
			})
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&from, "from", "", "`block` to delete it from, if there are several (default all)")
	return cmd
}
