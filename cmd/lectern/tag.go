package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

func (a *app) tagCommand() *cobra.Command {
	return namingCommand(&cobra.Command{
		Use:   "tag COURSE [NAME [VERSION]]",
		Short: "List, give or take back names of versions",
		Long: `List the tags of a course; with a NAME give that name to the last version or another. The name may be given wherever a
version is named. A tag never comes to name another version: to use its name again, delete it first. Listing changes
nothing. To give a name or take it back adds one version, which has the content of the one before.

A name has letters, digits and - _ . / and could be no other version: no number, not head, no eight hex digits.`,
		Example: `  lectern tag course-v1:Lectern+ByExample+2026 as-taught-2026 head~2
  lectern diff course-v1:Lectern+ByExample+2026 as-taught-2026 head`,
	}, a.runTag)
}

// listedTag is one tag in the --json form.
type listedTag struct {
	Tag     string `json:"tag"`
	Version uint64 `json:"version"`
	Time    string `json:"time"`
	Author  string `json:"author"`
}

func (a *app) runTag(ctx context.Context, o namingOptions) error {
	c, err := key.ParseCourse(o.course)
	if err != nil {
		return err
	}
	author := cmp.Or(o.author, a.userName())
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		switch {
		case o.name == "":
			return a.listTags(ctx, store, c)
		case o.delete:
			if err := store.Untag(ctx, c, o.name, author); err != nil {
				return err
			}
			return a.named(namedVersion{Course: c.String(), Name: o.name, Deleted: true}, "tag %s is deleted\n", o.name)
		}
		v, err := store.Version(ctx, c, o.version)
		if err != nil {
			return err
		}
		if err := store.Tag(ctx, c, o.name, v, author); err != nil {
			return err
		}
		return a.named(namedVersion{Course: c.String(), Name: o.name, Version: v.Seq}, "%s is %s\n", o.name, v.Name())
	})
}

func (a *app) listTags(ctx context.Context, store *modulestore.Store, c key.Course) error {
	tags, err := store.Tags(ctx, c)
	if err != nil {
		return err
	}
	list := []listedTag{}
	var rows [][]string
	for _, t := range tags {
		list = append(list, listedTag{Tag: t.Name, Version: t.Version, Time: timeText(t.Time), Author: t.Author})
		rows = append(rows, []string{t.Name, "version " + versionSpec(t.Version), timeText(t.Time), t.Author})
	}
	if a.json {
		return a.printJSON(map[string]any{"tags": list})
	}
	if len(rows) == 0 && !a.quiet {
		a.printf("%s has no tags\n", c.String())
	}
	return a.table(rows)
}
