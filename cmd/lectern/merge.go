package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

type mergeOptions struct {
	course string // that the version is of, if it is another one
	modulestore.MergeOptions
}

func (a *app) mergeCommand() *cobra.Command {
	var o mergeOptions
	cmd := &cobra.Command{
		Use:     "merge COURSE FROM",
		GroupID: groupCourses,
		Short:   "Bring the changes of a side branch, a version or another course into a course",
		Long: `Bring what FROM has changed since it and the course had a version in common into the course: FROM is a side branch, a
tag or a version, with --course one of another course, such as a rerun. What both have changed is merged field by field,
and children one by one. A merge adds one version, or none if the course has everything already.

Where both have changed the same in two ways the content of the course stays as it is and the conflicts are listed. What
was to be merged is kept on a side branch, conflict/N: change it there (or the course) until the two agree, and merge that.`,
		Example: `  lectern merge course-v1:Lectern+ByExample+2026 summer --dry-run
  lectern merge course-v1:Lectern+ByExample+2026 head --course course-v1:Lectern+ByExample+2027`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runMerge(cmd.Context(), args[0], args[1], o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.course, "course", "", "`COURSE` that the version is of, if it is another one")
	flags.BoolVar(&o.DryRun, "dry-run", false, "tell what would come of it, and write nothing")
	flags.StringVar(&o.Author, "author", "", "`name` of who makes the version (default your user name)")
	flags.StringVar(&o.Message, "message", "", "`text` for the history")
	return cmd
}

// The --json form of a merge.
type (
	shownMerge struct {
		Course    string          `json:"course"`
		From      string          `json:"from"` // as people name it
		Base      string          `json:"base"` // the last version in common
		Version   uint64          `json:"version"`
		Changed   bool            `json:"changed"`
		Taken     []shownChange   `json:"taken"`
		Both      []shownChange   `json:"both"` // that the course had already
		Conflicts []shownConflict `json:"conflicts"`
		Branch    string          `json:"branch,omitempty"` // that keeps what could not be merged
	}
	shownConflict struct {
		Kind   string  `json:"kind"`
		Branch string  `json:"branch,omitempty"` // draft, published or both; empty for files
		Block  string  `json:"block,omitempty"`
		Title  string  `json:"title,omitempty"`
		In     string  `json:"in"`
		Name   string  `json:"name"`
		Base   *string `json:"base"`
		Course *string `json:"course"` // what the course has
		Change *string `json:"change"` // what was to be brought in
	}
)

func (a *app) runMerge(ctx context.Context, course, from string, o mergeOptions) error {
	c, err := key.ParseCourse(course)
	if err != nil {
		return err
	}
	other := c
	if o.course != "" {
		if other, err = key.ParseCourse(o.course); err != nil {
			return err
		}
	}
	o.Author = cmp.Or(o.Author, a.userName())
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		v, err := store.Version(ctx, other, from)
		if err != nil {
			return err
		}
		report, err := store.Merge(ctx, c, v, o.MergeOptions)
		if err != nil {
			return err
		}
		return a.printMerge(report, o.DryRun)
	})
}

// printMerge tells of a merge, and fails if there are conflicts.
func (a *app) printMerge(r *modulestore.MergeReport, dry bool) error {
	if a.json {
		if err := a.printJSON(shownMergeOf(r)); err != nil {
			return err
		}
	} else {
		a.printMergeText(r, dry)
	}
	if len(r.Conflicts) > 0 {
		return errClash
	}
	return nil
}

func (a *app) printMergeText(r *modulestore.MergeReport, dry bool) {
	from, base := versionName(r.From, r.Course), versionName(r.Base, r.Course)
	if r.Base.Seq == 0 { // an earlier version of the branch
		base = "it was merged last"
	}
	switch {
	case len(r.Conflicts) > 0:
		a.printf("%s does not go together with what %s has changed since %s:\n", from, r.Course.String(), base)
		a.printConflicts(r.Conflicts)
		if r.Branch != "" {
			a.printf("the content of the course is as it was; %s is kept as branch %s, to be changed and merged\n", from, r.Branch)
		}
		return
	case !r.Changed:
		a.printf("%s has everything of %s already; no new version\n", r.Course.String(), from)
		return
	case dry:
		a.printf("%s would get what %s has changed since %s:\n", r.Course.String(), from, base)
	default:
		a.printf("version %d of %s has what %s has changed since %s:\n", r.Version.Seq, r.Course.String(), from, base)
	}
	a.printChanges(r.Taken, r.Files)
	if n := len(r.Both); n > 0 {
		a.printf("%s had been made in both\n", plural(n, "change"))
	}
}

func (a *app) printConflicts(conflicts []modulestore.Conflict) {
	for _, c := range conflicts {
		a.printf("  %s\n", c.String())
	}
}

// versionName names a version for somebody who works on a course.
func versionName(v modulestore.Version, course key.Course) string {
	if v.Course == course {
		return v.Name()
	}
	return v.String()
}

func shownMergeOf(r *modulestore.MergeReport) shownMerge {
	return shownMerge{
		Course: r.Course.String(), From: versionName(r.From, r.Course), Base: versionName(r.Base, r.Course),
		Version: r.Version.Seq, Changed: r.Changed, Branch: r.Branch,
		Taken:     append(shownChanges(r.Taken), shownFiles(r.Files)...),
		Both:      shownChanges(r.Both),
		Conflicts: shownConflicts(r.Conflicts),
	}
}

func shownConflicts(conflicts []modulestore.Conflict) []shownConflict {
	list := []shownConflict{}
	for _, c := range conflicts {
		shown := shownConflict{
			Kind: string(c.Kind), Branch: string(c.Branch), Title: c.Title, In: c.In, Name: c.Name, Base: c.Base, Course: c.Theirs, Change: c.Ours,
		}
		if !c.Block.IsZero() {
			shown.Block = c.Block.String()
		}
		list = append(list, shown)
	}
	return list
}

// clash prints the conflicts of an edit that could not be brought into the head; other errors it leaves alone.
func (a *app) clash(err error) error {
	conflict, ok := errors.AsType[*modulestore.ConflictError](err)
	if !ok {
		return err
	}
	if a.json {
		if err := a.printJSON(map[string]any{"course": conflict.Course.String(), "changed": false, "conflicts": shownConflicts(conflict.Conflicts)}); err != nil {
			return err
		}
		return errClash
	}
	a.printf("an edit of %s does not go together with %s; nothing has changed:\n", conflict.Base.Name(), conflict.Theirs.Name())
	a.printConflicts(conflict.Conflicts)
	return errClash
}
