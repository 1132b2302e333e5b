package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/modulestore"
)

type pruneOptions struct {
	every, daily, monthly age
	grace                 int
	dry                   bool
	author                string
}

func (a *app) pruneCommand() *cobra.Command {
	usual := modulestore.DefaultRetention()
	o := pruneOptions{every: age(usual.Every), daily: age(usual.Daily), monthly: age(usual.Monthly)}
	cmd := &cobra.Command{
		Use:     "prune",
		GroupID: groupStore,
		Short:   "Give up the content of old versions, and give back their space",
		Long: `Give up the content of old versions of all courses, deleted ones too, and remove what no version needs any more.

Every version is kept for 90 days, then the last of each day (UTC) for a year, then the last of each month. Always kept
are the last version, versions made by lectern publish, tagged versions, those that an order will publish from, and
those from which a side branch started. It adds one version to each course of which it gives something up, and the
history stays whole: lectern log marks the versions whose content is gone. There is no way back; with --dry-run it only
says what it would do, and changes nothing.

Authors may go on working meanwhile. What no version needs is spared for some days (--grace), since somebody may be
about to need it. Use --grace 0 only when nothing else writes to the store or reads old versions.`,
		Example: `  lectern prune --dry-run
  lectern prune
  lectern prune --keep-every 365d --keep-daily ever`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runPrune(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.dry, "dry-run", false, "only say what would be done")
	flags.Var(&o.every, "keep-every", "`age` up to which every version is kept, such as 90d")
	flags.Var(&o.daily, "keep-daily", "`age` up to which the last version of each day is kept")
	flags.Var(&o.monthly, "keep-monthly", "`age` up to which the last version of each month is kept, or ever")
	flags.IntVar(&o.grace, "grace", modulestore.DefaultGrace, "`days` for which what no version needs is spared; 0 only when nothing else uses the store")
	flags.StringVar(&o.author, "author", "", "`name` of who makes the versions that say so (default your user name)")
	return cmd
}

// pruned is the --json form of a prune.
type pruned struct {
	DryRun  bool           `json:"dry_run"`
	Courses []prunedCourse `json:"courses"`
	Removed []objectCount  `json:"removed"`
	Stored  int64          `json:"stored"` // bytes of what was removed, as it was stored
	Shrunk  int64          `json:"shrunk"` // bytes that the files of the store are smaller
}

type prunedCourse struct {
	Course  string `json:"course"`
	Kept    int    `json:"kept"`
	GivenUp int    `json:"given_up"`
	// Before counts the versions that were given up earlier.
	Before  int    `json:"given_up_before"`
	Version uint64 `json:"version,omitempty"` // the one that says so
}

func (a *app) runPrune(ctx context.Context, o pruneOptions) error {
	if o.grace < 0 {
		return &usageError{message: "--grace must be 0 or more days"}
	}
	if o.author == "" {
		o.author = a.userName()
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		p := a.progress()
		report, err := store.Prune(ctx, modulestore.PruneOptions{
			Retention: modulestore.Retention{
				Every: time.Duration(o.every), Daily: time.Duration(o.daily), Monthly: time.Duration(o.monthly),
			},
			DryRun: o.dry, Author: o.author, Grace: o.grace,
			Progress: func(done int) { p.show("prune", int64(done), 0, "objects") },
		})
		p.end()
		if err != nil {
			return err
		}
		return a.printPruned(prunedOf(report, o.dry))
	})
}

func prunedOf(r *modulestore.PruneReport, dry bool) pruned {
	p := pruned{DryRun: dry, Courses: []prunedCourse{}, Removed: countsOf(r.Kinds), Stored: r.Stored, Shrunk: r.File}
	for _, c := range r.Courses {
		p.Courses = append(p.Courses, prunedCourse{
			Course: c.Course.String(), Kept: c.Kept, GivenUp: c.GivenUp, Before: c.GivenUpBefore, Version: c.Version,
		})
	}
	return p
}

// countsOf lists objects by the name of their kind.
func countsOf(kinds map[modulestore.Kind]modulestore.KindCount) []objectCount {
	list := []objectCount{}
	for kind, c := range kinds {
		list = append(list, objectCount{Kind: kind.String(), Objects: c.Objects, Bytes: c.Bytes})
	}
	slices.SortFunc(list, func(x, y objectCount) int { return strings.Compare(x.Kind, y.Kind) })
	return list
}

func (a *app) printPruned(p pruned) error {
	if a.json {
		return a.printJSON(p)
	}
	if a.quiet {
		return nil
	}
	var rows [][]string
	for _, c := range p.Courses {
		rows = append(rows, []string{c.Course, plural(c.Kept, "version") + " kept", grouped(int64(c.GivenUp)) + " given up"})
	}
	objects := 0
	for _, c := range p.Removed {
		objects += c.Objects
		rows = append(rows, []string{c.Kind, plural(c.Objects, "object"), byteText(c.Bytes)})
	}
	if err := a.table(rows); err != nil {
		return err
	}
	if p.DryRun {
		a.printf("this would remove %s, %s as stored; nothing has changed\n", plural(objects, "object"), byteText(p.Stored))
		return nil
	}
	a.printf("removed %s, %s as stored; the files are %s smaller\n", plural(objects, "object"), byteText(p.Stored), byteText(p.Shrunk))
	return nil
}
