package main

import (
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
)

func (a *app) coursesCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "courses",
		GroupID: groupCourses,
		Short:   "List the courses and libraries in the store",
		Long: `List the courses and libraries in the store, with the number and time of their newest version.
It changes nothing.`,
		Example: "  lectern courses\n  lectern courses --json",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runCourses(cmd.Context()) },
	}
}

// listedCourse is one course in the --json form.
type listedCourse struct {
	Course  string `json:"course"`
	Title   string `json:"title"`
	Version uint64 `json:"version"`
	Time    string `json:"time"`
}

func (a *app) runCourses(ctx context.Context) error {
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		contexts, err := store.Courses(ctx)
		if err != nil {
			return err
		}
		list := make([]listedCourse, len(contexts))
		for i, c := range contexts {
			list[i] = listedCourse{Course: c.Course.String(), Title: c.Title, Version: c.Seq, Time: timeText(c.Time)}
		}
		if a.json {
			return a.printJSON(map[string]any{"courses": list})
		}
		return a.printCourses(list)
	})
}

func (a *app) printCourses(list []listedCourse) error {
	if len(list) == 0 && !a.quiet {
		a.printf("the store at %s holds no courses yet\n", placeName(a.place()))
	}
	var rows [][]string
	for _, c := range list {
		rows = append(rows, []string{c.Course, "version " + versionSpec(c.Version), c.Time, c.Title})
	}
	return a.table(rows)
}
