package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

func (a *app) draftsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "drafts COURSE",
		GroupID: groupCourses,
		Short:   "List what differs between the draft of a course and what learners see",
		Long: `List the units of a course whose draft is not what learners see, and sections, subsections and pages likewise: changed, never
published, or removed from the draft; and who published them last, and when. It changes nothing.`,
		Example: "  lectern drafts course-v1:Lectern+ByExample+2026",
		Args:    takes(1, 1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runDrafts(cmd.Context(), args[0]) },
	}
}

// shownDraft is the --json form of a block whose draft is not what is published.
type shownDraft struct {
	ID       string `json:"id"`
	UsageKey string `json:"usage_key"`
	Title    string `json:"title"`
	State    string `json:"state"`
	// Published says who brought to learners what they see; null if they see nothing.
	Published *shownPublication `json:"published"`
}

type shownPublication struct {
	Version   uint64 `json:"version"`
	Operation string `json:"operation"`
	Author    string `json:"author"`
	Time      string `json:"time"`
}

func (a *app) runDrafts(ctx context.Context, course string) error {
	return a.withVersion(ctx, course, "", func(store *modulestore.Store, head modulestore.Version) error {
		list, err := unpublishedBlocks(ctx, store, head)
		if err != nil {
			return err
		}
		switch {
		case a.json:
			return a.printJSON(map[string]any{"course": head.Course.String(), "version": head.Seq, "drafts": list})
		case len(list) == 0:
			a.printf("learners see the draft of %s as it is\n", head.Course.String())
			return nil
		}
		rows := make([][]string, len(list))
		for i, d := range list {
			rows[i] = []string{d.State, d.ID, d.Title}
			if p := d.Published; p != nil {
				rows[i] = append(rows[i], fmt.Sprintf("published by %s on %s (version %d)", p.Author, p.Time, p.Version))
			}
		}
		return a.table(rows)
	})
}

func unpublishedBlocks(ctx context.Context, store *modulestore.Store, v modulestore.Version) ([]shownDraft, error) {
	all, err := store.DraftStatus(ctx, v)
	if err != nil {
		return nil, err
	}
	list := []shownDraft{}
	ids := []key.BlockID{}
	for _, b := range all {
		if b.State != modulestore.StatePublished {
			list = append(list, shownDraft{ID: b.Block.String(), UsageKey: v.Course.Block(b.Block).String(), Title: b.Title, State: string(b.State)})
			ids = append(ids, b.Block)
		}
	}
	last, err := store.LastPublished(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		if p, ok := last[id]; ok {
			list[i].Published = &shownPublication{Version: p.Version, Operation: p.Operation, Author: p.Author, Time: timeText(p.Time)}
		}
	}
	return list, nil
}
