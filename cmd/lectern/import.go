package main

import (
	"context"
	"os/user"
	"reflect"

	"github.com/spf13/cobra"

	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/search"
)

type importOptions struct {
	source string
	course string
	author string
	check  bool
	strict bool
	later  bool // the search index is left to the next search
	limits importer.Limits
}

func (a *app) importCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:     "import ARCHIVE|DIR",
		GroupID: groupCourses,
		Short:   "Store an archive or folder as a new version of its course",
		Long: `Store a .tar.gz, .tar or .zip archive or a folder with a course or library in OLX as a new version of it.

An import adds one version to one course, and nothing if the archive holds what the course holds already.
It is all or nothing: one that fails or is stopped changes nothing. A part that cannot be read is kept as it
came, reported, and exported again unchanged.

The last lines count blocks: stored are all that the new version has, changed those that are new or different
since the version before, carried those that were not understood and are kept as they came. Left out is what
an archive may hold but no course keeps: links, empty folders, the data of Git.

At its end the search index takes in the course. If it cannot, or with --no-index, the next lectern search does that.`,
		Example: `  lectern import my-course.tar.gz
  lectern import ./course-folder --author "Ada Lovelace"
  lectern import my-course.tar.gz --course course-v1:Sandbox+Try+1`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.source = args[0]
			return a.runImport(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.course, "course", "", "store it under this `key`; links that name the old one are rewritten")
	addAuthor(cmd, &o.author)
	flags.BoolVar(&o.check, "check", false, "only check: write nothing")
	flags.BoolVar(&o.strict, "strict", false, "exit with 3 if there are errors or warnings")
	flags.BoolVar(&o.later, "no-index", false, "leave the search index to the next search")
	limitFlags(flags, &o.limits)
	return cmd
}

// shownProblems is how many problems of each severity an import prints.
const shownProblems = 20

func (a *app) runImport(ctx context.Context, o importOptions) error {
	options := importer.Options{Check: o.check, Author: o.author, Limits: o.limits}
	if o.course != "" {
		var err error
		if options.Course, err = key.ParseCourse(o.course); err != nil {
			return err
		}
	}
	options.Author = a.by(options.Author)
	if err := checkLimits(o.limits); err != nil {
		return err
	}
	source, err := pathSource(o.source)
	if err != nil {
		return err
	}
	if o.check {
		return a.importInto(ctx, nil, source, options, o)
	}
	return a.withStore(ctx, toWrite, func(store *modulestore.Store) error {
		return a.importInto(ctx, store, source, options, o)
	})
}

// imported is the --json form of an import.
type imported struct {
	*importer.Report
	Search *indexedImport `json:"search,omitempty"` // none if nothing was written
}

// importInto imports and prints the result; without a store it only checks.
func (a *app) importInto(ctx context.Context, store *modulestore.Store, source importer.Source, o importer.Options, how importOptions) error {
	report, err := a.readCourse(ctx, store, source, o)
	if err != nil {
		return err
	}
	done := imported{Report: report}
	if store != nil {
		done.Search = a.indexAfter(ctx, store, report, how.later)
	}
	if a.json {
		if err := a.printJSON(done); err != nil {
			return err
		}
		return strict(how.strict, report)
	}
	a.printProblems(report.Problems, shownProblems)
	if !a.quiet {
		a.printSummary(report)
		// The import is done. Whoever stops the program now is not to read that nothing has changed.
		if err := a.printOutcome(context.WithoutCancel(ctx), store, report); err != nil {
			return err
		}
		a.printSearchable(done.Search)
	}
	return strict(how.strict, report)
}

// indexAfter makes searchable what was imported, unless that is for later.
func (a *app) indexAfter(ctx context.Context, store *modulestore.Store, report *importer.Report, later bool) *indexedImport {
	if later {
		return &indexedImport{Indexes: map[string]written{}, Behind: "--no-index"}
	}
	s := a.indexImport(ctx, store, report.Course)
	if s.Behind != "" {
		a.warn("the import is done; the next lectern search takes it into the search index, since now that was not possible: %s", s.Behind)
	}
	return s
}

// printSearchable tells what can be found of the course, if that has changed.
func (a *app) printSearchable(s *indexedImport) {
	if s == nil || s.Behind != "" {
		return
	}
	content, studio := s.Indexes[string(search.Content)], s.Indexes[string(search.Studio)]
	if changed := content.changed() + studio.changed(); changed > 0 {
		a.printf("searchable: %s published · %s drafts · index entries changed %s\n", grouped(content.total()), grouped(studio.total()), grouped(changed))
	}
}

// readCourse runs the importer and shows its progress.
func (a *app) readCourse(ctx context.Context, store *modulestore.Store, source importer.Source, o importer.Options) (*importer.Report, error) {
	p := a.progress()
	defer p.end()
	o.Progress = p.ofImport
	return importer.Run(ctx, store, source, o)
}

// userName is whom a version is attributed to if nobody else is named.
func (a *app) userName() string {
	for _, variable := range []string{"USER", "LOGNAME", "USERNAME"} {
		if name := a.env[variable]; name != "" {
			return name
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// printOutcome tells what an import did to the store.
func (a *app) printOutcome(ctx context.Context, store *modulestore.Store, report *importer.Report) error {
	if store == nil {
		a.printf("nothing was written\n")
		return nil
	}
	version, err := store.Version(ctx, report.Course, versionSpec(report.Version))
	if err != nil {
		return err
	}
	t, err := tallyOf(ctx, store, version, report.Changed)
	if err != nil {
		return err
	}
	a.printf("stored %s · changed %s · left out %s · carried %s\n",
		grouped(t.stored), grouped(t.changed), grouped(leftOut(report)), grouped(t.carried))
	outcome := "version %d (%s), %.1f s\n"
	if !report.Changed {
		outcome = "nothing has changed: it is still version %d (%s), %.1f s\n"
	}
	a.printf(outcome, version.Seq, version.Commit.Short(), report.Seconds)
	return nil
}

// tally counts the blocks of a version as its authors see it.
type tally struct{ stored, changed, carried int64 }

func tallyOf(ctx context.Context, store *modulestore.Store, v modulestore.Version, changed bool) (tally, error) {
	now, err := store.Snapshot(ctx, v, modulestore.Draft)
	if err != nil {
		return tally{}, err
	}
	before := now.Tree()
	if changed {
		if before, err = treeBefore(ctx, store, v); err != nil {
			return tally{}, err
		}
	}
	var t tally
	for id, block := range now.Tree().Blocks {
		t.stored++
		if old := before.Blocks[id]; old == nil || !sameBlock(old, block) {
			t.changed++
		}
		if block.Broken != "" || !field.Known(id.Type) {
			t.carried++
		}
	}
	return t, nil
}

// treeBefore is the draft tree of the version before v, an empty one if there is none.
func treeBefore(ctx context.Context, store *modulestore.Store, v modulestore.Version) (*modulestore.Tree, error) {
	if v.Seq == 1 {
		return &modulestore.Tree{}, nil
	}
	before, err := store.Version(ctx, v.Course, versionSpec(v.Seq-1))
	if err != nil {
		return nil, err
	}
	if before.Deleted() {
		return &modulestore.Tree{}, nil
	}
	snapshot, err := store.Snapshot(ctx, before, modulestore.Draft)
	if err != nil {
		return nil, err
	}
	return snapshot.Tree(), nil
}

// sameBlock reports whether two records of a block say the same. Bodies are compared by their names, which are hashes.
func sameBlock(a, b *modulestore.Block) bool { return a == b || reflect.DeepEqual(a, b) }
