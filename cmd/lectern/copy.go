package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/mongostore"
)

func (a *app) copyCommand() *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use:     "copy [COURSE...]",
		GroupID: groupStore,
		Short:   "Copy courses with all their versions from one store to another",
		Long: `Copy courses with all their versions from one store to another: from a data folder to a MongoDB server, back, or
from one folder to another. Without a COURSE all are copied, the deleted ones with their history too.

Versions keep their numbers and commits. Every object is hashed again on the way, and a version becomes visible when
everything that it needs is there. What the other store has already is not copied again, so run the command once more if
it was interrupted, or later to bring over new versions. A course that was changed in both stores is refused. What was
taken down with lectern purge is taken down there, too.

Without --from or --to the store meant is that of --store and --data. It changes nothing in the store copied from.`,
		Example: `  lectern copy --to 'mongodb://db1,db2,db3/lectern?replicaSet=rs0'
  lectern copy --from mongodb://localhost/lectern --to /media/stick/lectern course-v1:Lectern+ByExample+2026`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runCopy(cmd.Context(), from, to, args) },
	}
	cmd.Flags().StringVar(&from, "from", "", "data `folder or URI` of the store to copy from")
	cmd.Flags().StringVar(&to, "to", "", "data `folder or URI` of the store to copy to")
	return cmd
}

// copiedCourse is one course in the --json form.
type copiedCourse struct {
	Course   string `json:"course"`
	Version  uint64 `json:"version"`  // the last one
	Versions int    `json:"versions"` // that were added
	Objects  int    `json:"objects"`  // that were added
	Bytes    int64  `json:"bytes"`    // of those, before compression
	// Purged counts the objects that were taken down because they were taken down in the store copied from.
	Purged int `json:"purged,omitempty"`
}

func (a *app) runCopy(ctx context.Context, from, to string, courses []string) error {
	wanted, err := parseCourses(courses)
	if err != nil {
		return err
	}
	for _, end := range []struct {
		flag  string
		place *string
	}{{"--from", &from}, {"--to", &to}} {
		if *end.place == "" {
			*end.place = a.place()
		}
		if !mongostore.Is(*end.place) && strings.Contains(*end.place, "://") {
			return unreachable(end.flag, *end.place, "name a data folder, or a MongoDB server as mongodb://HOST/DATABASE")
		}
	}
	if from == to {
		return &usageError{message: "the courses are to be copied to where they are", advice: "name another store with --to or --from"}
	}
	return withStoreAt(ctx, from, toRead, func(source *modulestore.Store) error {
		return withStoreAt(ctx, to, toWrite, func(target *modulestore.Store) error {
			copied, err := a.copyCourses(ctx, source, target, wanted)
			if a.json && err == nil {
				return a.printJSON(map[string]any{"courses": copied})
			}
			return err
		})
	})
}

func parseCourses(names []string) (list []key.Course, err error) {
	for _, name := range names {
		c, err := key.ParseCourse(name)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (a *app) copyCourses(ctx context.Context, from, to *modulestore.Store, wanted []key.Course) ([]copiedCourse, error) {
	contexts, err := chosen(ctx, from, wanted)
	if err != nil {
		return nil, err
	}
	copied := []copiedCourse{}
	for _, c := range contexts {
		p := a.progress()
		report, err := to.Copy(ctx, from, c, func(done int) { p.show("copy", int64(done), 0, "objects") })
		p.end()
		if errors.Is(err, context.Canceled) {
			return nil, errCopyStopped
		}
		if err != nil {
			return nil, err
		}
		one := copiedCourse{
			Course: c.Course.String(), Version: report.Head,
			Versions: report.Versions, Objects: report.Objects, Bytes: report.Bytes, Purged: report.Purged,
		}
		copied = append(copied, one)
		a.printCopied(one)
	}
	return copied, nil
}

// chosen lists the courses that are wanted, or all.
func chosen(ctx context.Context, from *modulestore.Store, wanted []key.Course) ([]modulestore.Context, error) {
	all, err := from.AllCourses(ctx)
	if err != nil || len(wanted) == 0 {
		return all, err
	}
	known := make(map[key.Course]modulestore.Context, len(all))
	for _, c := range all {
		known[c.Course] = c
	}
	var list []modulestore.Context
	for _, c := range wanted {
		found, ok := known[c]
		if !ok {
			return nil, fmt.Errorf("%s: %w", c, modulestore.ErrNotFound)
		}
		list = append(list, found)
	}
	return list, nil
}

func (a *app) printCopied(c copiedCourse) {
	if c.Purged > 0 && !a.json {
		a.printf("taken down, as in the store copied from: %s\n", plural(c.Purged, "object"))
	}
	switch {
	case a.json || a.quiet:
	case c.Versions == 0:
		a.printf("%s: up to date at version %d\n", c.Course, c.Version)
	default:
		a.printf("%s: %s up to version %d, %s, %s\n", c.Course,
			plural(c.Versions, "new version"), c.Version, plural(c.Objects, "object"), byteText(c.Bytes))
	}
}
