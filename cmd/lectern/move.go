package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

type moveOptions struct {
	byline
	from, to string
	position int
}

func (a *app) moveCommand() *cobra.Command {
	var o moveOptions
	cmd := &cobra.Command{
		Use:     "move COURSE BLOCK [--to PARENT] [--position N]",
		GroupID: groupCourses,
		Short:   "Put a block to another place",
		Long: `Put a block, with all below it, to another place: into another parent, to another position, or both. A block that
stands in several parents leaves all of them, or with --from one.

It adds one version. Sections, subsections and published units move for learners at once. What moves inside units or between them stays
where it is for learners until the units are published.`,
		Example: `  lectern move course-v1:Lectern+ByExample+2026 vertical/run-the-import --position 1
  lectern move course-v1:Lectern+ByExample+2026 problem/import-command --to vertical/what-an-archive-holds`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runMove(cmd.Context(), args[0], args[1], o)
		},
	}
	o.addFlags(cmd)
	addPosition(cmd, &o.position)
	cmd.Flags().StringVar(&o.to, "to", "", "`block` to stand in (default the one it stands in)")
	cmd.Flags().StringVar(&o.from, "from", "", "`block` to leave, if there are several (default all)")
	return cmd
}

func (a *app) runMove(ctx context.Context, course, block string, o moveOptions) error {
	if o.to == "" && o.position == 0 {
		return &usageError{message: "move needs a place", advice: "name a parent with --to, a place in it with --position, or both"}
	}
	c, ids, err := courseAndBlocks(course, block, o.from, o.to)
	if err != nil {
		return err
	}
	position, err := behind(o.position)
	if err != nil {
		return err
	}
	return a.change(ctx, c, o.byline, operation{"move", "was moved"}, func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
		id, from, to := ids[0], ids[1], ids[2]
		if to.IsZero() {
			parents, err := e.Parents(modulestore.Draft, id)
			if err != nil {
				return err
			}
			if from.IsZero() && len(parents) > 0 {
				from = parents[0]
			}
			to = from
		}
		result.Block, result.about, result.message = id.String(), []key.BlockID{id}, fmt.Sprintf("%s in %s", id, to)
		if to.IsZero() && e.Tree(modulestore.Draft).Blocks[id] != nil {
			return &usageError{message: id.String() + " has no parent to move in", advice: "name one with --to"}
		}
		return e.Move(ctx, id, from, to, position)
	})
}
