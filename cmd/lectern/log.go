package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
)

func (a *app) logCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "log COURSE",
		GroupID: groupCourses,
		Short:   "List the versions of a course, newest first",
		Long: `List the versions of a course, newest first: number, commit, time, author, and what made it. The mark
[pruned] says that the content of a version was given up, as lectern prune does. It changes nothing.`,
		Example: "  lectern log course-v1:Lectern+ByExample+2026",
		Args:    takes(1, 1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runLog(cmd.Context(), args[0]) },
	}
}

// loggedVersion is one version in the --json form.
type loggedVersion struct {
	Version   uint64 `json:"version"`
	Commit    string `json:"commit"`
	Short     string `json:"short"` // the first twelve digits of Commit
	Time      string `json:"time"`
	Author    string `json:"author"`
	Operation string `json:"operation"`
	Message   string `json:"message"`
	Pruned    bool   `json:"pruned,omitempty"` // its content was given up
}

func (a *app) runLog(ctx context.Context, course string) error {
	return a.withVersion(ctx, course, "", func(store *modulestore.Store, head modulestore.Version) error {
		list, err := history(ctx, store, head)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"versions": list})
		}
		var rows [][]string
		for _, v := range list {
			message := v.Message
			if v.Pruned {
				message = strings.TrimSpace("[pruned] " + message)
			}
			rows = append(rows, []string{versionSpec(v.Version), v.Short, v.Time, v.Author, v.Operation, message})
		}
		return a.table(rows)
	})
}

// history lists head and all versions before it.
func history(ctx context.Context, store *modulestore.Store, head modulestore.Version) ([]loggedVersion, error) {
	const page = 500
	refs, err := store.Refs(ctx, head)
	if err != nil {
		return nil, err
	}
	list := make([]loggedVersion, 0, head.Seq)
	for from := head.Seq; from > 0; {
		versions, err := store.Log(ctx, head.Course, from, page)
		if err != nil {
			return nil, err
		}
		if len(versions) == 0 {
			break
		}
		for _, v := range versions {
			list = append(list, loggedVersion{
				Version: v.Seq, Commit: v.Commit.String(), Short: v.Commit.Short(), Time: timeText(v.Time),
				Author: v.Author, Operation: v.Operation, Message: v.Message, Pruned: refs.IsPruned(v.Seq),
			})
		}
		from = versions[len(versions)-1].Seq - 1
	}
	return list, nil
}

// versionSpec is how a version is named by its number wherever one is asked for.
func versionSpec(seq uint64) string { return strconv.FormatUint(seq, 10) }
