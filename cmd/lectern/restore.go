package main

import (
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

func (a *app) restoreCommand() *cobra.Command {
	var author string
	cmd := &cobra.Command{
		Use:     "restore COURSE VERSION [BLOCK]",
		GroupID: groupCourses,
		Short:   "Bring back an old version of a course, or of one block",
		Long: `Make a new version with the content of an old one: of the whole course, or of one block with everything below it.
A restore adds one version, or none if the course has that content already. The history stays as it is, so a restore
can be undone by another. It also brings a deleted course back.`,
		Example: `  lectern restore course-v1:Lectern+ByExample+2026 head~1
  lectern restore course-v1:Lectern+ByExample+2026 3 problem/import-command`,
		Args: takes(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			block := ""
			if len(args) == 3 {
				block = args[2]
			}
			return a.runRestore(cmd.Context(), args[0], args[1], block, author)
		},
	}
	cmd.Flags().StringVar(&author, "author", "", "`name` of who makes the version (default your user name)")
	return cmd
}

// madeVersion is the --json form of what a command made of a course.
type madeVersion struct {
	Course  string `json:"course"`
	Version uint64 `json:"version"`
	Changed bool   `json:"changed"`
}

func (a *app) runRestore(ctx context.Context, course, version, block, author string) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	var id key.BlockID
	if block != "" {
		if id, err = blockOf(c, block); err != nil {
			return err
		}
	}
	if author == "" {
		author = a.userName()
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		from, err := store.Version(ctx, c, version)
		if err != nil {
			return err
		}
		v, changed, err := store.Restore(ctx, c, from, id, author)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(madeVersion{c.String(), v.Seq, changed})
		}
		if !changed {
			a.printf("%s has this content already; no new version\n", c)
			return nil
		}
		what := ""
		if block != "" {
			what = " in " + id.String() + " and below"
		}
		a.printf("version %d of %s has the content of %s%s\n", v.Seq, c, from.Name(), what)
		return nil
	})
}
