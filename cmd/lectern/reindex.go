package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search"
)

func (a *app) reindexCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "reindex [COURSE]",
		GroupID: groupStore,
		Short:   "Make the search index anew",
		Long: `Make the search index anew from the store, beside the one that there is, which takes its place at the end: of all courses, or with COURSE what the index holds of that
one. It is seldom needed: lectern search takes in by itself what has changed, and makes anew what is damaged or gone. The index is stored in the data folder;
courses are only read.`,
		Example: `  lectern reindex
  lectern reindex course-v1:Lectern+ByExample+2026`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var course key.Course
			if len(args) == 1 {
				var err error
				if course, err = key.ParseCourse(args[0]); err != nil {
					return err
				}
			}
			return a.runReindex(cmd.Context(), course)
		},
	}
}

// reindexed is the --json form of what was indexed.
type reindexed struct {
	Courses int                `json:"courses"`
	Indexes map[string]written `json:"indexes"`
	// Left lists what cannot be found, or not all of it.
	Left   []leftJSON `json:"left"`
	Failed []leftJSON `json:"failed,omitempty"`
}

type written struct {
	Written   int `json:"written"`
	Deleted   int `json:"deleted"`
	Unchanged int `json:"unchanged"`
}

func (w written) changed() int64 { return int64(w.Written + w.Deleted) }
func (w written) total() int64   { return int64(w.Written + w.Unchanged) }

type leftJSON struct {
	Course string `json:"course"`
	Block  string `json:"block,omitempty"`
	Cause  string `json:"cause"`
	File   string `json:"file,omitempty"`
	Detail string `json:"detail,omitempty"`
}

func (a *app) runReindex(ctx context.Context, course key.Course) error {
	return a.withSearch(ctx, func(x *search.Index, store *modulestore.Store) error {
		report, err := a.reindex(ctx, x, store, course)
		if err != nil {
			return err
		}
		shown := shownIndexing(report)
		if a.json {
			return a.printJSON(shown)
		}
		return a.printIndexing(shown)
	})
}

func (a *app) reindex(ctx context.Context, x *search.Index, store *modulestore.Store, course key.Course) (*search.Report, error) {
	if course.IsZero() {
		p := a.indexProgress()
		defer p.end()
		return x.Rebuild(ctx, p.tell)
	}
	if _, err := store.Head(ctx, course); err != nil {
		return nil, err
	}
	if !x.Ready() { // one course cannot be put into an index that is not there
		return x.UpdateAll(ctx)
	}
	return x.Renew(ctx, course)
}

func shownIndexing(r *search.Report) *reindexed {
	shown := &reindexed{Courses: r.Courses, Indexes: make(map[string]written), Left: []leftJSON{}}
	for k, c := range r.Counts {
		shown.Indexes[string(k)] = written(c)
	}
	for _, o := range r.Left {
		shown.Left = append(shown.Left, leftJSON{Course: o.Course.String(), Block: o.Course.Block(o.Block).String(), Cause: string(o.Cause), File: o.File, Detail: o.Detail})
	}
	for _, f := range r.Failed {
		shown.Failed = append(shown.Failed, leftJSON{Course: f.Course.String(), Cause: "course not read", Detail: f.Err.Error()})
	}
	return shown
}

// shownLeft is how many of what was left out are listed.
const shownLeft = 20

func (a *app) printIndexing(r *reindexed) error {
	if a.quiet {
		return nil
	}
	var rows [][]string
	for _, k := range search.Kinds() {
		if c, ok := r.Indexes[string(k)]; ok {
			rows = append(rows, []string{string(k), grouped(int64(c.Written)) + " written", grouped(int64(c.Deleted)) + " deleted", grouped(int64(c.Unchanged)) + " unchanged"})
		}
	}
	if err := a.table(rows); err != nil {
		return err
	}
	for i, l := range append(r.Failed, r.Left...) {
		if i == shownLeft {
			a.printf("and %s; --json lists them\n", plural(len(r.Failed)+len(r.Left)-shownLeft, "other"))
			break
		}
		a.printf("%s: %s%s%s\n", titleOr(l.Block, l.Course), l.Cause, named(l.File), detail(l.Detail))
	}
	return nil
}

func named(file string) string {
	if file == "" {
		return ""
	}
	return ", " + file
}

func detail(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", text)
}
