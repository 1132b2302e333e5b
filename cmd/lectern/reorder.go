package main

import (
	"github.com/spf13/cobra"

	"lectern/modulestore"
)

func (a *app) reorderCommand() *cobra.Command {
	var o byline
	cmd := &cobra.Command{
		Use:     "reorder COURSE PARENT BLOCK…",
		GroupID: groupCourses,
		Short:   "Put the children of a block into another order",
		Long: `Put the children of a block into the order in which they are named. All of them must be named, each as often as the block
lists it. It adds one version. Learners see another order of sections, subsections and units at once, and that of what stands in a unit
when the unit is published.`,
		Example: `  lectern reorder course-v1:Lectern+ByExample+2026 vertical/run-the-import problem/import-command html/import-text`,
		Args:    takes(2, maxArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, ids, err := courseAndBlocks(args[0], args[1:]...)
			if err != nil {
				return err
			}
			return a.change(cmd.Context(), c, o, operation{"reorder", "has another order"}, func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
				result.Block, result.about, result.message = ids[0].String(), ids[:1], "children of "+ids[0].String()
				return e.Reorder(cmd.Context(), ids[0], ids[1:])
			})
		},
	}
	o.addFlags(cmd)
	return cmd
}
