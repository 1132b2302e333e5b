package main

import (
	"cmp"
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// addAuthor adds the flag for who makes a version.
func addAuthor(cmd *cobra.Command, author *string) {
	cmd.Flags().StringVar(author, "author", "", "`name` of who makes the version (default your user name)")
}

// by is who makes a version: who was named, or else the user.
func (a *app) by(author string) string { return cmp.Or(author, a.userName()) }

// byline is what all commands take that change a course as an author does.
type byline struct {
	author  string
	message string
	ifMatch string
}

func (o *byline) addFlags(cmd *cobra.Command) {
	addAuthor(cmd, &o.author)
	cmd.Flags().StringVar(&o.message, "message", "", "`text` for the history")
}

// addMatch adds the flag that refuses the change if the block that it is about is another one than its author has seen.
func (o *byline) addMatch(cmd *cobra.Command, block string) {
	cmd.Flags().StringVar(&o.ifMatch, "if-match", "", "`hash` that the draft of "+block+" must have; lectern show --branch draft --json has it")
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

// operation is what the history calls what was done, and how people say it. What it is about is the block that --if-match looks at.
type operation struct {
	name, done string
	about      key.BlockID
}

// change makes one version of a course by an operation, and prints what was done.
func (a *app) change(ctx context.Context, c key.Course, o byline, op operation, do func(*modulestore.Store, *modulestore.Edit, *authored) error) error {
	author := o.author
	author = a.by(author)
	match, err := hashOf(o.ifMatch)
	if err != nil {
		return err
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		var result authored
		v, changed, err := store.Update(ctx, c, func(e *modulestore.Edit) error {
			if err := e.Existing(); err != nil {
				return err
			}
			if match != nil {
				if err := e.Match(ctx, modulestore.Draft, op.about, *match); err != nil {
					return err
				}
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
		return a.printMade(v, changed, key.BlockID{}, madeText{done: subject + " " + op.done, same: subject + " is as it was"})
	})
}

// courseAndBlocks reads the key of a course, blocks of it, and blocks that may be left out, which are zero then.
func courseAndBlocks(course string, blocks []string, optional ...string) (c key.Course, ids []key.BlockID, err error) {
	if c, err = key.ParseCourse(course); err != nil {
		return c, nil, err
	}
	for i, block := range append(blocks[:len(blocks):len(blocks)], optional...) {
		var id key.BlockID
		if i < len(blocks) || block != "" {
			if id, err = blockOf(c, block); err != nil {
				return c, nil, err
			}
		}
		ids = append(ids, id)
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
