package main

import (
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
)

func (a *app) discardCommand() *cobra.Command {
	var author string
	cmd := &cobra.Command{
		Use:     "discard COURSE [BLOCK]",
		GroupID: groupCourses,
		Short:   "Give up the draft of a course, or of one block, for what is published",
		Long: `Make the draft of a course, or of one block with everything below it, what learners see. What was moved out of the block comes
back, what was moved into it goes back to where it is published, and what was never published disappears. lectern drafts lists what
differs. It adds one version, or none if nothing differs; lectern restore undoes it.`,
		Example: `  lectern discard course-v1:Lectern+ByExample+2026 vertical/run-the-import
  lectern restore course-v1:Lectern+ByExample+2026 head~1     undoes it`,
		Args: takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runDiscard(cmd.Context(), args, author)
		},
	}
	cmd.Flags().StringVar(&author, "author", "", "`name` of who makes the version (default your user name)")
	return cmd
}

func (a *app) runDiscard(ctx context.Context, args []string, author string) error {
	c, id, err := courseAndBlock(args)
	if err != nil {
		return err
	}
	if author == "" {
		author = a.userName()
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		v, changed, err := store.Discard(ctx, c, id, author)
		if err != nil {
			return err
		}
		return a.printMade(v, changed, madeText{
			done: "the draft of " + scopeText(c, id, false) + " is what is published",
			same: "the draft of " + scopeText(c, id, false) + " has no changes",
		})
	})
}
