package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

type syncOptions struct {
	course, block string
	status        bool
	decline       bool
	prefer        string
	modulestore.SyncOptions
}

func (a *app) syncCommand() *cobra.Command {
	var o syncOptions
	cmd := &cobra.Command{
		Use:     "sync COURSE [BLOCK]",
		GroupID: groupCourses,
		Short:   "Bring the blocks that a course draws from libraries up to date",
		Long: `Bring the children of library_content blocks up to date with their libraries: of BLOCK, or of all there are. The
libraries must be in the same store; without its library a block stays as it is.

Every copy is merged field by field. What was changed in the library comes; what was changed in the course stays, and
so do blocks that were added to it. What the library has no more goes, unless it was changed in the course. A field
that was changed in both stays as the course has it and is listed, unless --prefer says who is right. The draft is
changed; each block that has updates adds one version.

With --status it lists which blocks draw from which library and whether there are updates, with --dry-run what would
happen; with either it changes nothing. With --decline the updates are noted as unwanted until the library changes again.`,
		Example: `  lectern sync course-v1:Lectern+ByExample+2026 --status
  lectern sync course-v1:Lectern+ByExample+2026 library_content/question-bank --dry-run`,
		Args: takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.course = args[0]
			if len(args) == 2 {
				o.block = args[1]
			}
			return a.runSync(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.status, "status", false, "list the blocks and their libraries, and change nothing")
	flags.BoolVar(&o.DryRun, "dry-run", false, "tell what would happen, and change nothing")
	flags.BoolVar(&o.decline, "decline", false, "note the updates as unwanted")
	flags.StringVar(&o.prefer, "prefer", "", "`who` is right where both have changed a field: library or course")
	flags.StringVar(&o.Author, "author", "", "`name` of who makes the version (default your user name)")
	return cmd
}

func (a *app) runSync(ctx context.Context, o syncOptions) error {
	c, err := key.ParseCourse(o.course)
	if err != nil {
		return err
	}
	var block key.BlockID
	if o.block != "" {
		if block, err = blockOf(c, o.block); err != nil {
			return err
		}
	}
	if err := checkSync(o); err != nil {
		return err
	}
	o.Prefer = modulestore.Side(o.prefer)
	if o.Author == "" {
		o.Author = a.userName()
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		list, err := store.LibraryStatus(ctx, c)
		if err != nil {
			return err
		}
		if block.IsZero() {
			if o.status {
				return a.printStatus(c, list)
			}
			return a.syncAll(ctx, store, c, list, o)
		}
		if !o.status {
			return a.syncAll(ctx, store, c, []modulestore.LibraryStatus{{Block: block}}, o)
		}
		for _, s := range list {
			if s.Block == block {
				return a.printStatus(c, []modulestore.LibraryStatus{s})
			}
		}
		return fmt.Errorf("%s has no block %s that draws from a library: %w", c, block, modulestore.ErrNotFound)
	})
}

func checkSync(o syncOptions) error {
	switch {
	case o.prefer != "" && o.prefer != string(modulestore.PreferLibrary) && o.prefer != string(modulestore.PreferCourse):
		return &usageError{message: fmt.Sprintf("nobody is called %q", o.prefer), advice: "choose library or course"}
	case o.decline && (o.DryRun || o.prefer != ""), o.status && (o.DryRun || o.decline || o.prefer != ""):
		return &usageError{message: "these flags do not go together", advice: "give one of --status, --decline and --dry-run; --prefer goes with the last alone"}
	}
	return nil
}

// shownSync is the --json form of one synchronised block.
type shownSync struct {
	Block          string `json:"block"`
	Library        string `json:"library,omitempty"`
	LibraryVersion string `json:"library_version,omitempty"`
	Version        uint64 `json:"version,omitempty"`
	Changed        bool   `json:"changed"`
	*copyChanges
	Own   []string `json:"own,omitempty"`
	Error string   `json:"error,omitempty"`
}

// syncAll synchronises blocks one after the other, or declines what there is. One that cannot be synchronised does not keep the others from it.
func (a *app) syncAll(ctx context.Context, store *modulestore.Store, c key.Course, list []modulestore.LibraryStatus, o syncOptions) error {
	shown := []shownSync{}
	var failed []error
	for _, s := range list {
		one, err := a.syncOne(ctx, store, c, s.Block, o)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			one.Error = err.Error()
			failed = append(failed, err)
			if !a.json && len(list) > 1 {
				a.printf("%s: %s\n", s.Block, one.Error)
			}
		}
		shown = append(shown, one)
	}
	if a.json {
		if err := a.printJSON(map[string]any{"course": c.String(), "blocks": shown}); err != nil {
			return err
		}
	} else if len(list) == 0 {
		a.printf("no block of %s draws from a library\n", c)
	}
	switch {
	case len(failed) == 0:
		return nil
	case len(list) == 1:
		return failed[0]
	}
	return fmt.Errorf("%d of %s could not be synchronised; the first: %w", len(failed), plural(len(list), "block"), failed[0])
}

func (a *app) syncOne(ctx context.Context, store *modulestore.Store, c key.Course, block key.BlockID, o syncOptions) (shownSync, error) {
	shown := shownSync{Block: block.String()}
	if o.decline {
		v, changed, err := store.DeclineLibrary(ctx, c, block, o.Author)
		if err != nil {
			return shown, err
		}
		shown.Version, shown.Changed = v.Seq, changed
		if !a.json {
			a.printSynced(block, "the updates are declined", "there is nothing to decline", v, changed)
		}
		return shown, nil
	}
	r, err := store.SyncLibrary(ctx, c, block, o.SyncOptions)
	if err != nil {
		return shown, err
	}
	changes := copyChangesOf(r.CopyChanges)
	shown = shownSync{
		Block: block.String(), Library: r.Library.String(), LibraryVersion: r.LibraryVersion,
		Version: r.Version.Seq, Changed: r.Changed, copyChanges: &changes, Own: idTexts(r.Own),
	}
	if a.json {
		return shown, nil
	}
	a.printCopyChanges(r.CopyChanges)
	if o.DryRun {
		outcome := "would not change"
		if r.Changed {
			outcome = "would change"
		}
		a.printf("%s %s\n", block, outcome)
		return shown, nil
	}
	a.printSynced(block, "brought up to date with "+r.Library.String(), "it is up to date", r.Version, r.Changed)
	return shown, nil
}

func (a *app) printSynced(block key.BlockID, done, nothing string, v modulestore.Version, changed bool) {
	if !changed {
		a.printf("%s: %s; no new version\n", block, nothing)
		return
	}
	a.printf("%s: %s; version %d\n", block, done, v.Seq)
}

// shownStatus is the --json form of what a block has to do with its library.
type shownStatus struct {
	Block     string   `json:"block"`
	Library   string   `json:"library"`
	Version   string   `json:"version"`
	Available string   `json:"available"`
	State     string   `json:"state"`
	Updates   int      `json:"updates"`
	Edited    []string `json:"edited"`
}

func (a *app) printStatus(c key.Course, list []modulestore.LibraryStatus) error {
	if a.json {
		shown := []shownStatus{}
		for _, s := range list {
			shown = append(shown, shownStatus{s.Block.String(), s.Library, s.Version, s.Available, string(s.State), s.Updates, idTexts(s.Edited)})
		}
		return a.printJSON(map[string]any{"course": c.String(), "blocks": shown})
	}
	if len(list) == 0 {
		a.printf("no block of %s draws from a library\n", c)
		return nil
	}
	rows := [][]string{{"BLOCK", "LIBRARY", "STATE", "CHANGED HERE"}}
	for _, s := range list {
		rows = append(rows, []string{s.Block.String(), s.Library, stateText(s), grouped(int64(len(s.Edited)))})
	}
	return a.table(rows)
}

func stateText(s modulestore.LibraryStatus) string {
	switch s.State {
	case modulestore.LibraryUpdates:
		return plural(s.Updates, "update")
	case modulestore.LibraryDeclined:
		return plural(s.Updates, "update") + ", declined"
	case modulestore.LibraryAbsent:
		return "the library is not here"
	case modulestore.LibraryUnnamed:
		return "it names no library that can be here"
	}
	return string(s.State)
}
