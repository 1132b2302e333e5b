package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// shownOrphans is the --json form of what is out of place in a course.
type shownOrphans struct {
	Course  string   `json:"course"`
	Version uint64   `json:"version"`
	Orphans []string `json:"orphans"`
	// Missing are children that blocks list and that do not exist.
	Missing []shownMissing `json:"missing"`
}

type shownMissing struct {
	Block    string `json:"block"`
	Parent   string `json:"parent"`
	Position int    `json:"position"`
}

func (a *app) orphansCommand() *cobra.Command {
	var o byline
	var remove bool
	cmd := &cobra.Command{
		Use:     "orphans COURSE",
		GroupID: groupCourses,
		Short:   "List the blocks that have no place in the outline",
		Long: `List the blocks of the draft that should have a place in the outline and have none, and the children that blocks list and that
do not exist. lectern move brings an orphan into the outline. It changes nothing; with --remove it adds one version in which all
orphans are deleted, with what stands in them alone. Pages (about, static_tab, course_info) are no orphans.`,
		Example: `  lectern orphans course-v1:Lectern+ByExample+2026
  lectern orphans course-v1:Lectern+ByExample+2026 --remove`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !remove {
				return a.listOrphans(cmd.Context(), args[0])
			}
			return a.removeOrphans(cmd.Context(), args[0], o)
		},
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&remove, "remove", false, "delete the orphans")
	return cmd
}

func (a *app) listOrphans(ctx context.Context, course string) error {
	return a.withVersion(ctx, course, "head", func(store *modulestore.Store, v modulestore.Version) error {
		s, err := store.Snapshot(ctx, v, modulestore.Draft)
		if err != nil {
			return err
		}
		shown := shownOrphans{Course: v.Course.String(), Version: v.Seq, Orphans: names(modulestore.Orphans(s.Tree())), Missing: []shownMissing{}}
		for _, d := range modulestore.Dangling(s.Tree()) {
			shown.Missing = append(shown.Missing, shownMissing{Block: d.Child.String(), Parent: d.Parent.String(), Position: d.Position})
		}
		if a.json {
			return a.printJSON(shown)
		}
		for _, id := range shown.Orphans {
			a.printf("%s\n", id)
		}
		for _, m := range shown.Missing {
			a.printf("%s, place %d: %s does not exist\n", m.Parent, m.Position, m.Block)
		}
		if len(shown.Orphans)+len(shown.Missing) == 0 {
			a.printf("every block of %s has its place\n", v.Course)
		}
		return nil
	})
}

func (a *app) removeOrphans(ctx context.Context, course string, o byline) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	return a.change(ctx, c, o, operation{"delete block", "deleted"}, func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
		gone, err := e.DeleteOrphans(ctx)
		result.Orphans, result.subject = names(gone), "the course"
		if len(gone) > 0 {
			result.subject = plural(len(gone), "orphan")
		}
		result.about, result.message = gone, "orphans: "+strings.Join(names(gone), ", ")
		return err
	})
}
