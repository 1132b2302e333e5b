package main

import (
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
)

func (a *app) unpublishCommand() *cobra.Command {
	var author string
	cmd := &cobra.Command{
		Use:     "unpublish COURSE BLOCK",
		GroupID: groupCourses,
		Short:   "Hide a unit from learners, and keep its draft",
		Long: `Take a unit, or a block in one, out of what learners see. Its draft stays, and lectern publish shows it again. Sections, subsections and
pages are always published; what hides those is a start date or visible_to_staff_only. It adds one version.`,
		Example: "  lectern unpublish course-v1:Lectern+ByExample+2026 vertical/run-the-import",
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runUnpublish(cmd.Context(), args, author)
		},
	}
	cmd.Flags().StringVar(&author, "author", "", "`name` of who makes the version (default your user name)")
	return cmd
}

func (a *app) runUnpublish(ctx context.Context, args []string, author string) error {
	c, id, err := courseAndBlock(args)
	if err != nil {
		return err
	}
	if author == "" {
		author = a.userName()
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		v, changed, err := store.Unpublish(ctx, c, id, author)
		if err != nil {
			return err
		}
		return a.printMade(v, changed, madeText{done: "learners do not see " + id.String() + " any more; its draft stays"})
	})
}
