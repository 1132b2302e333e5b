package main

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search"
)

type purgeOptions struct {
	version string
	reason  string
	author  string
	dry     bool
	yes     bool
}

func (a *app) purgeCommand() *cobra.Command {
	var o purgeOptions
	cmd := &cobra.Command{
		Use:     "purge COURSE FILE|BLOCK --reason TEXT --yes",
		GroupID: groupStore,
		Short:   "Take the content of a file or block down for good",
		Long: `Remove the content that a file or a block has in a version from the whole store: from all versions of all courses that
have the same bytes, at once and for good. It is for personal data and for what must not be kept; lectern delete and
lectern prune do the rest. Because it cannot be undone, it asks for --yes; with --dry-run it changes nothing.

What is left says when it was removed and why: an export leaves the file out and lists it; in the place of a block's
content stands a comment. The settings of a block stay. An import of the same bytes does not bring them back, and
lectern copy takes them down in the other store, too. Content that the file or block had in earlier versions is another
matter: name these with --version. The search index is made anew, so that no file of it has the words.

FILE is a path in the archive or in the folder of its course, such as static/film.mp4. BLOCK is a usage key, or a type and a name.`,
		Example: `  lectern purge course-v1:Lectern+ByExample+2026 static/versions.svg --reason "its author asked for it" --dry-run
  lectern purge course-v1:Lectern+ByExample+2026 html/import-text --reason "names a learner" --yes`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPurge(cmd.Context(), args[0], args[1], o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.version, "version", "head", "which `version` has the content")
	flags.StringVar(&o.reason, "reason", "", "`text` that is shown where the content is missed")
	flags.BoolVar(&o.dry, "dry-run", false, "only say what would be removed, and where it is used")
	flags.BoolVar(&o.yes, "yes", false, "this is meant")
	flags.StringVar(&o.author, "author", "", "`name` of who removes it (default your user name)")
	return cmd
}

// purged is the --json form of a purge.
type purged struct {
	Course  string         `json:"course"`
	Content string         `json:"content"` // the file or block
	DryRun  bool           `json:"dry_run"`
	Objects []purgedObject `json:"objects"`
	Shared  int            `json:"shared"` // pieces that stay because other files have them
	Uses    []purgedUse    `json:"uses"`
}

type purgedObject struct {
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Bytes int64  `json:"bytes"`
}

type purgedUse struct {
	Course   string   `json:"course"`
	Versions []uint64 `json:"versions"`
}

func (a *app) runPurge(ctx context.Context, course, content string, o purgeOptions) error {
	switch {
	case strings.TrimSpace(o.reason) == "":
		return &usageError{message: "purge needs a reason", advice: "give it with --reason; it is shown where the content is missed"}
	case !o.yes && !o.dry:
		return &usageError{message: "purge removes content for good", advice: "add --yes if that is meant, or see with --dry-run what it is about"}
	}
	o.author = a.by(o.author)
	return a.withVersion(ctx, course, o.version, func(store *modulestore.Store, v modulestore.Version) error {
		report, err := purge(ctx, store, v, content, modulestore.PurgeOptions{Author: o.author, Reason: o.reason, DryRun: o.dry})
		if err != nil {
			return err
		}
		if !o.dry {
			a.unindex(ctx, store, "the content is gone, but its words are still in the search index; run lectern reindex, since now that was not possible", func(x *search.Index) error {
				_, err := x.Rebuild(ctx, nil)
				return err
			})
		}
		return a.printPurged(purgedOf(report, v.Course, content, o.dry))
	})
}

// purge takes down the file of that path or, if there is none, the block of that name.
func purge(ctx context.Context, store *modulestore.Store, v modulestore.Version, content string, o modulestore.PurgeOptions) (*modulestore.PurgeReport, error) {
	files, err := store.Files(ctx, v)
	if err != nil {
		return nil, err
	}
	file := content
	if _, ok := files.Find(file); !ok {
		file = path.Join(files.Root, content)
	}
	report, err := store.PurgeFile(ctx, v, file, o)
	if !errors.Is(err, modulestore.ErrNotFound) {
		return report, err
	}
	id, keyErr := blockOf(v.Course, content)
	if keyErr != nil {
		return nil, err
	}
	report, err = store.PurgeBlock(ctx, v, id, o)
	if errors.Is(err, modulestore.ErrNotFound) {
		return nil, modulestore.NotFound("%s has neither a file nor a block %s", v, content)
	}
	return report, err
}

func purgedOf(r *modulestore.PurgeReport, course key.Course, content string, dry bool) purged {
	p := purged{Course: course.String(), Content: content, DryRun: dry, Objects: []purgedObject{}, Shared: r.Shared, Uses: []purgedUse{}}
	for _, o := range r.Objects {
		p.Objects = append(p.Objects, purgedObject{Kind: o.Kind.String(), ID: o.ID.String(), Bytes: o.Size})
	}
	for _, u := range r.Uses {
		p.Uses = append(p.Uses, purgedUse{Course: u.Course.String(), Versions: u.Versions})
	}
	return p
}

func (a *app) printPurged(p purged) error {
	if a.json {
		return a.printJSON(p)
	}
	if a.quiet {
		return nil
	}
	rows := make([][]string, 0, len(p.Uses))
	for _, u := range p.Uses {
		rows = append(rows, []string{u.Course, versionList(u.Versions)})
	}
	if err := a.table(rows); err != nil {
		return err
	}
	bytes := int64(0)
	for _, o := range p.Objects {
		bytes += o.Bytes
	}
	if p.Shared > 0 {
		a.printf("%s of it stay, because other files have them too\n", plural(p.Shared, "piece"))
	}
	if p.DryRun {
		a.printf("this would remove %s, %s; nothing has changed\n", plural(len(p.Objects), "object"), byteText(bytes))
		return nil
	}
	a.printf("removed %s, %s\n", plural(len(p.Objects), "object"), byteText(bytes))
	return nil
}

// versionList names versions, with runs of them in short.
func versionList(versions []uint64) string {
	var runs []string
	for i := 0; i < len(versions); {
		last := i
		for last+1 < len(versions) && versions[last+1] == versions[last]+1 {
			last++
		}
		run := versionSpec(versions[i])
		if last > i {
			run += "-" + versionSpec(versions[last])
		}
		runs = append(runs, run)
		i = last + 1
	}
	word := "version "
	if len(versions) != 1 {
		word = "versions "
	}
	return word + strings.Join(runs, ", ")
}
