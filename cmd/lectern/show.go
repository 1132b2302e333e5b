package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

type showOptions struct {
	course  string
	block   string
	version string
	branch  string
	source  bool
	olx     bool
}

func (a *app) showCommand() *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:     "show COURSE [BLOCK]",
		GroupID: groupCourses,
		Short:   "Print the outline of a course, or one block of it",
		Long: `Print the outline of a course, or one of its blocks with its settings, children, parents and the size of
its content. It changes nothing.

A BLOCK is a usage key, or a type and a name such as problem/first-steps. Marks in the outline: draft (new,
changed or removed there), broken (the rule that says why it was not understood), second place (the block's
children are listed further up).`,
		Example: `  lectern show course-v1:Lectern+ByExample+2026
  lectern show course-v1:Lectern+ByExample+2026 --branch draft
  lectern show course-v1:Lectern+ByExample+2026 problem/import-command --source`,
		Args: takes(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.course = args[0]
			if len(args) > 1 {
				o.block = args[1]
			}
			return a.runShow(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.version, "version", "head", "which `version`")
	flags.StringVar(&o.branch, "branch", string(modulestore.Published), "`which` of the two: published or draft")
	flags.BoolVar(&o.source, "source", false, "with BLOCK: print its content too")
	flags.BoolVar(&o.olx, "olx", false, "with BLOCK: print its OLX alone, as lectern edit takes it")
	return cmd
}

func (a *app) runShow(ctx context.Context, o showOptions) error {
	branch := modulestore.Branch(o.branch)
	if branch != modulestore.Published && branch != modulestore.Draft {
		return &usageError{message: fmt.Sprintf("there is no branch %q", o.branch), advice: "choose published or draft"}
	}
	if o.block == "" && o.source {
		return &usageError{message: "--source needs a block", advice: "usage: lectern show COURSE BLOCK --source"}
	}
	if o.block == "" && o.olx {
		return &usageError{message: "--olx needs a block", advice: "usage: lectern show COURSE BLOCK --olx"}
	}
	return a.withVersion(ctx, o.course, o.version, func(store *modulestore.Store, v modulestore.Version) error {
		snapshot, err := store.Snapshot(ctx, v, branch)
		if err != nil {
			return err
		}
		if o.block == "" {
			return a.showOutline(ctx, store, snapshot)
		}
		id, err := blockOf(v.Course, o.block)
		if err != nil {
			return err
		}
		if o.olx {
			return a.showOLX(ctx, store, snapshot, id)
		}
		return a.showBlock(ctx, store, snapshot, id, o.source)
	})
}

// blockOf reads the name of a block of course as people type it: a usage key of that course, or TYPE/NAME.
func blockOf(course key.Course, text string) (key.BlockID, error) {
	if i := strings.IndexAny(text, ":/@"); i < 0 || text[i] != ':' { // names may have a colon, too
		return key.ParseBlockID(text)
	}
	b, err := key.ParseBlock(text)
	if err != nil {
		return key.BlockID{}, err
	}
	if sameRun := b.Course.Run == "" && b.Course.Org == course.Org && b.Course.Code == course.Code; b.Course != course && !sameRun {
		return key.BlockID{}, &usageError{message: fmt.Sprintf("%s is no block of %s", text, course)}
	}
	return b.ID, nil
}

// titleOf is the display name of a block: its policy's, if that has one, else its attribute's. body may be nil when neither is long.
func titleOf(b *modulestore.Block, body *modulestore.Body) string {
	def, ok := field.Lookup(b.ID.Type, "display_name")
	if !ok {
		return ""
	}
	if text, ok := b.PolicyEntry(def.Name, body); ok && policyHolds(b) {
		if v, fault := def.FromPolicy(text); fault == nil {
			return v.Str()
		}
	}
	text, ok := b.Attr(def.Name, body)
	if !ok || field.PureXBlock(b.ID.Type) {
		return text
	}
	v, _ := def.FromAttribute(text)
	return v.Str()
}
