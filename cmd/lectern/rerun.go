package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

type rerunOptions struct {
	version string
	title   string
	author  string
}

func (a *app) rerunCommand() *cobra.Command {
	var o rerunOptions
	cmd := &cobra.Command{
		Use:     "rerun COURSE NEWKEY",
		GroupID: groupCourses,
		Short:   "Begin a new run of a course, from any version of it",
		Long: `Make a course of its own, under another key, with the content of a version of a course: drafts, files and all.
Nothing is stored twice, so a rerun costs about a kilobyte, however large the course is. It changes nothing in the
old course; the two go separate ways from then on. With --title the new course gets a title of its own, in a
second version.

An export of the new course says the new key. Links inside its texts that name the old course stay as they are; the
command tells how many there are. To have them rewritten, export the old course and import that with --course instead.`,
		Example: `  lectern rerun course-v1:Lectern+ByExample+2026 course-v1:Lectern+ByExample+2027
  lectern rerun course-v1:Lectern+ByExample+2026 course-v1:Lectern+ByExample+2027 --version 3 --title "Lectern by example, 2027"`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runRerun(cmd.Context(), args[0], args[1], o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.version, "version", "head", "which `version` of the old course")
	flags.StringVar(&o.title, "title", "", "`title` of the new course (default that of the old one)")
	flags.StringVar(&o.author, "author", "", "`name` of who makes the version (default your user name)")
	return cmd
}

// madeRerun is the --json form of a rerun.
type madeRerun struct {
	Course      string `json:"course"`
	Version     uint64 `json:"version"`
	Source      string `json:"source"`
	FromVersion uint64 `json:"source_version"`
	// Mentions counts the links and references that still name the source.
	Mentions int `json:"mentions"`
}

func (a *app) runRerun(ctx context.Context, course, newKey string, o rerunOptions) error {
	to, err := key.ParseCourse(newKey)
	if err != nil {
		return err
	}
	if o.author == "" {
		o.author = a.userName()
	}
	return a.withVersion(ctx, course, o.version, func(store *modulestore.Store, from modulestore.Version) error {
		v, err := store.Rerun(ctx, from, to, o.author)
		if err != nil {
			return err
		}
		if o.title != "" {
			if v, _, err = store.Retitle(ctx, to, o.title, o.author); err != nil {
				return fmt.Errorf("%s was made, but its title is the old one: %w", to, err)
			}
		}
		mentions, err := importer.Mentions(ctx, store, v, from.Course)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(madeRerun{Course: to.String(), Version: v.Seq, Source: from.Course.String(), FromVersion: from.Seq, Mentions: mentions})
		}
		a.printf("version %d of %s has the content of version %d of %s\n", v.Seq, to, from.Seq, from.Course)
		if mentions > 0 && !a.quiet {
			a.printf("links in it that still name %s: %s (to have them rewritten, import an export of that with --course instead)\n",
				from.Course, grouped(int64(mentions)))
		}
		return nil
	})
}
