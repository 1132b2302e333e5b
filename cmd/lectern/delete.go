package main

import (
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search"
)

func (a *app) deleteCommand() *cobra.Command {
	var author string
	var yes bool
	cmd := &cobra.Command{
		Use:     "delete COURSE --yes",
		GroupID: groupCourses,
		Short:   "Take a course out of all lists",
		Long: `Take a course out of all lists. This adds one version, which is empty: those before it stay in the store, and lectern
restore brings any of them back. Because it is seldom meant, it asks for --yes.`,
		Example: `  lectern delete course-v1:Lectern+ByExample+2026 --yes
  lectern restore course-v1:Lectern+ByExample+2026 head~1   # undoes it`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return &usageError{message: "delete takes the course out of all lists", advice: "add --yes if that is meant; lectern restore undoes it"}
			}
			return a.runDelete(cmd.Context(), args[0], author)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&yes, "yes", false, "this is meant")
	addAuthor(cmd, &author)
	return cmd
}

func (a *app) runDelete(ctx context.Context, course, author string) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	author = a.by(author)
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		v, err := store.Delete(ctx, c, author)
		if err != nil {
			return err
		}
		a.unindex(ctx, store, "the next lectern search takes the course out of the search index, since now that was not possible", func(x *search.Index) error {
			_, err := x.Update(ctx, c)
			return err
		})
		if a.json {
			return a.printJSON(madeOf(v, true, key.BlockID{}))
		}
		a.printf("%s is deleted; lectern restore %s %d brings it back\n", c, c, v.Seq-1)
		return nil
	})
}
