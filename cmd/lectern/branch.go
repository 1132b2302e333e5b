package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// namingOptions are what the commands take that give names to versions.
type namingOptions struct {
	course, name, version string
	delete                bool
	author                string
}

// namingCommand makes a command that lists names, gives one to a version, or takes one back.
func namingCommand(cmd *cobra.Command, run func(context.Context, namingOptions) error) *cobra.Command {
	var o namingOptions
	cmd.GroupID = groupCourses
	cmd.Args = takes(1, 3)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.course, o.version = args[0], "head"
		if len(args) > 1 {
			o.name = args[1]
		}
		if len(args) > 2 {
			o.version = args[2]
		}
		if o.delete && len(args) != 2 {
			return &usageError{message: "--delete takes one name and no version", advice: "usage: " + cmd.CommandPath() + " COURSE NAME --delete"}
		}
		return run(cmd.Context(), o)
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.delete, "delete", false, "take the name back")
	flags.StringVar(&o.author, "author", "", "`name` of who does it (default your user name)")
	return cmd
}

func (a *app) branchCommand() *cobra.Command {
	return namingCommand(&cobra.Command{
		Use:   "branch COURSE [NAME [VERSION]]",
		Short: "List, begin or delete side branches of a course",
		Long: `List the side branches of a course; with a NAME begin one, at the last version or another. A side branch is a line of versions
beside the course's own: lectern edit --on changes it, lectern merge brings it into the course, and its name may be given
wherever a version is named. Listing changes nothing. To begin, change or delete a branch adds one version to the course,
which has the content of the one before.

A name has letters, digits and - _ . / and could be no other version: no number, not head, no eight hex digits.`,
		Example: `  lectern branch course-v1:Lectern+ByExample+2026 summer
  lectern export course-v1:Lectern+ByExample+2026 --version summer
  lectern branch course-v1:Lectern+ByExample+2026 summer --delete`,
	}, a.runBranch)
}

// listedBranch is one side branch in the --json form.
type listedBranch struct {
	Branch    string `json:"branch"`
	Commit    string `json:"commit"`
	Base      string `json:"base"`    // commit from which on it is not merged yet
	Version   uint64 `json:"version"` // of the course, that recorded its last change
	Time      string `json:"time"`
	Author    string `json:"author"`
	Operation string `json:"operation"`
	Message   string `json:"message"`
}

// namedVersion is the --json form of what came of a name.
type namedVersion struct {
	Course  string `json:"course"`
	Name    string `json:"name"`
	Version uint64 `json:"version,omitempty"` // that has the name; of a branch, that recorded it
	Deleted bool   `json:"deleted,omitempty"`
}

func (a *app) runBranch(ctx context.Context, o namingOptions) error {
	c, err := key.ParseCourse(o.course)
	if err != nil {
		return err
	}
	author := cmp.Or(o.author, a.userName())
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		switch {
		case o.name == "":
			return a.listBranches(ctx, store, c)
		case o.delete:
			if err := store.DeleteBranch(ctx, c, o.name, author); err != nil {
				return err
			}
			return a.named(namedVersion{Course: c.String(), Name: o.name, Deleted: true}, "branch %s is deleted\n", o.name)
		}
		from, err := store.Version(ctx, c, o.version)
		if err != nil {
			return err
		}
		v, err := store.CreateBranch(ctx, c, o.name, from, author)
		if err != nil {
			return err
		}
		return a.named(namedVersion{Course: c.String(), Name: o.name, Version: v.Seq}, "branch %s begins at %s\n", o.name, from.Name())
	})
}

// named tells what came of a name.
func (a *app) named(shown namedVersion, format string, args ...any) error {
	if a.json {
		return a.printJSON(shown)
	}
	a.printf(format, args...)
	return nil
}

func (a *app) listBranches(ctx context.Context, store *modulestore.Store, c key.Course) error {
	branches, err := store.Branches(ctx, c)
	if err != nil {
		return err
	}
	list := []listedBranch{}
	var rows [][]string
	for _, b := range branches {
		list = append(list, listedBranch{
			Branch: b.Name, Commit: b.Commit.String(), Base: b.Base.String(), Version: b.Version,
			Time: timeText(b.Time), Author: b.Author, Operation: b.Operation, Message: b.Message,
		})
		rows = append(rows, []string{b.Name, b.Commit.Short(), timeText(b.Time), b.Author, b.Operation, b.Message})
	}
	if a.json {
		return a.printJSON(map[string]any{"branches": list})
	}
	if len(rows) == 0 && !a.quiet {
		a.printf("%s has no side branches\n", c.String())
	}
	return a.table(rows)
}
