package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// byline is what all commands take that change a course as an author does.
type byline struct {
	author  string
	message string
}

func (o *byline) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.author, "author", "", "`name` of who makes the version (default your user name)")
	cmd.Flags().StringVar(&o.message, "message", "", "`text` for the history")
}

// authored is what such a command did; its --json form.
type authored struct {
	Course  string `json:"course"`
	Version uint64 `json:"version"`
	Changed bool   `json:"changed"`
	Block   string `json:"block,omitempty"`
	// Copies are the copied blocks by their originals.
	Copies   map[string]string `json:"copies,omitempty"`
	Orphans  []string          `json:"orphans,omitempty"` // that were deleted
	Problems []olx.Problem     `json:"problems,omitempty"`

	subject string        // what was worked on, as printed; the block, if empty
	message string        // for the history, if the user gives none
	about   []key.BlockID // the blocks that the version is about
}

// operation is what the history calls what was done to a block, and how people say it.
type operation struct{ name, done string }

// change makes one version of a course by an operation, and prints what was done.
func (a *app) change(ctx context.Context, c key.Course, o byline, op operation, do func(*modulestore.Store, *modulestore.Edit, *authored) error) error {
	author := o.author
	if author == "" {
		author = a.userName()
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		var result authored
		v, changed, err := store.Update(ctx, c, func(e *modulestore.Edit) error {
			if _, ok := e.Base(); !ok {
				return fmt.Errorf("%s: %w", c, modulestore.ErrNotFound)
			}
			result = authored{Course: c.String()} // this may be a second try
			if err := do(store, e, &result); err != nil {
				return err
			}
			e.Describe(author, op.name, cmp.Or(o.message, result.message))
			e.About(result.about...)
			return nil
		})
		if err != nil {
			return err
		}
		result.Version, result.Changed = v.Seq, changed
		if a.json {
			return a.printJSON(result)
		}
		a.printProblems(result.Problems, shownProblems)
		subject := cmp.Or(result.subject, result.Block)
		return a.printMade(v, changed, madeText{done: subject + " " + op.done, same: subject + " is as it was"})
	})
}

// courseAndBlocks reads the key of a course and blocks of it.
func courseAndBlocks(course string, blocks ...string) (key.Course, []key.BlockID, error) {
	c, err := key.ParseCourse(course)
	if err != nil {
		return key.Course{}, nil, err
	}
	ids := make([]key.BlockID, len(blocks))
	for i, block := range blocks {
		if block == "" {
			continue
		}
		if ids[i], err = blockOf(c, block); err != nil {
			return key.Course{}, nil, err
		}
	}
	return c, ids, nil
}

// addPosition adds the flag for the place among the children of a parent.
func addPosition(cmd *cobra.Command, position *int) {
	cmd.Flags().IntVar(position, "position", 0, "`place` among the children of the parent, 1 for the first (default the last)")
}

// behind turns a place as people count it into the number of children to stand behind.
func behind(position int) (int, error) {
	if position < 0 {
		return 0, &usageError{message: "there is no place " + strconv.Itoa(position), advice: "count from 1; leave --position out for the last place"}
	}
	return position - 1, nil
}
