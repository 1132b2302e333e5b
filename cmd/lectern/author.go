package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lectern/importer"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// authoring is what all commands take that change a course as an author does.
type authoring struct {
	author  string
	message string
}

func (o *authoring) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.author, "author", "", "`name` of who makes the version (default your user name)")
	cmd.Flags().StringVar(&o.message, "message", "", "`text` for the history")
}

// authored is what such a command did; its --json form.
type authored struct {
	Course  string `json:"course"`
	Version uint64 `json:"version"`
	Changed bool   `json:"changed"`
	Block   string `json:"block"`
	// Copies are the copied blocks by their originals.
	Copies   map[string]string `json:"copies,omitempty"`
	Problems []olx.Problem     `json:"problems,omitempty"`

	message string        // for the history, if the user gives none
	about   []key.BlockID // the blocks that the version is about
}

// change makes one version of a course by an operation, and prints what was done: the operation's past participle says it.
func (a *app) change(ctx context.Context, c key.Course, o authoring, operation, done string, do func(*modulestore.Store, *modulestore.Edit, *authored) error) error {
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
			message := o.message
			if message == "" {
				message = result.message
			}
			e.Describe(author, operation, message)
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
		if !changed {
			a.printf("%s is as it was; no new version\n", result.Block)
			return nil
		}
		a.printf("%s %s: version %d of %s\n", result.Block, done, v.Seq, c)
		return nil
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

type addOptions struct {
	authoring
	parent, name, title, file string
	position                  int
}

func (a *app) addCommand() *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:     "add COURSE TYPE --parent BLOCK",
		GroupID: groupCourses,
		Short:   "Make a new block",
		Long: `Make a new block of a course: a section is a chapter, a subsection a sequential, a unit a vertical, and what stands in
units is html, problem, video or any other type. lectern show COURSE --branch draft prints the keys of the blocks there are.

With a file the block is what the file says: its OLX, or for html and pages a text that ends in .html. The file is checked
as an import is; with an error in it nothing changes. Without --parent the block has no place in the outline, as is right for
pages (about, static_tab, course_info).

Sections, subsections and pages are published at once. All else is a draft until it is published.`,
		Example: `  lectern add course-v1:Lectern+ByExample+2026 vertical --parent sequential/your-first-import --title "One more unit"
  lectern add course-v1:Lectern+ByExample+2026 problem --parent vertical/run-the-import --position 1 -f problem.xml`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runAdd(cmd, args[0], args[1], o)
		},
	}
	o.addFlags(cmd)
	addPosition(cmd, &o.position)
	flags := cmd.Flags()
	flags.StringVar(&o.parent, "parent", "", "`block` that the new one stands in")
	flags.StringVar(&o.name, "name", "", "`name` in the key of the block (default 32 random hex digits)")
	flags.StringVar(&o.title, "title", "", "`title` that people see")
	flags.StringVarP(&o.file, "file", "f", "", "`file` with the block's OLX or text; - for standard input")
	return cmd
}

func (a *app) runAdd(cmd *cobra.Command, course, blockType string, o addOptions) error {
	ctx := cmd.Context()
	c, ids, err := courseAndBlocks(course, o.parent)
	if err != nil {
		return err
	}
	position, err := behind(o.position)
	if err != nil {
		return err
	}
	n := modulestore.NewBlock{Type: blockType, Name: o.name, Parent: ids[0], Position: position, Title: o.title}
	var data []byte
	if o.file != "" {
		if data, err = readChange(cmd.InOrStdin(), o.file); err != nil {
			return err
		}
	}
	return a.change(ctx, c, o.authoring, "create", "was made", func(store *modulestore.Store, e *modulestore.Edit, result *authored) error {
		id := key.BlockID{}
		var err error
		if o.file == "" {
			id, err = e.Create(ctx, n)
		} else {
			id, result.Problems, err = importer.Create(ctx, store, e, n, o.file, data)
		}
		result.Block, result.about, result.message = id.String(), []key.BlockID{id}, id.String()
		return err
	})
}

type moveOptions struct {
	authoring
	from, to string
	position int
}

func (a *app) moveCommand() *cobra.Command {
	var o moveOptions
	cmd := &cobra.Command{
		Use:     "move COURSE BLOCK [--to PARENT] [--position N]",
		GroupID: groupCourses,
		Short:   "Put a block to another place",
		Long: `Put a block, with all below it, to another place: into another parent, to another position, or both. A block that
stands in several parents leaves all of them, or with --from one.

Sections, subsections and published units move for learners at once. What moves inside units or between them stays
where it is for learners until the units are published.`,
		Example: `  lectern move course-v1:Lectern+ByExample+2026 vertical/run-the-import --position 1
  lectern move course-v1:Lectern+ByExample+2026 problem/import-command --to vertical/what-an-archive-holds`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runMove(cmd.Context(), args[0], args[1], o)
		},
	}
	o.addFlags(cmd)
	addPosition(cmd, &o.position)
	cmd.Flags().StringVar(&o.to, "to", "", "`block` to stand in (default the one it stands in)")
	cmd.Flags().StringVar(&o.from, "from", "", "`block` to leave, if there are several (default all)")
	return cmd
}

func (a *app) runMove(ctx context.Context, course, block string, o moveOptions) error {
	if o.to == "" && o.position == 0 {
		return &usageError{message: "move needs a place", advice: "name a parent with --to, a place in it with --position, or both"}
	}
	c, ids, err := courseAndBlocks(course, block, o.from, o.to)
	if err != nil {
		return err
	}
	position, err := behind(o.position)
	if err != nil {
		return err
	}
	return a.change(ctx, c, o.authoring, "move", "was moved", func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
		id, from, to := ids[0], ids[1], ids[2]
		if to.IsZero() {
			parents, err := e.Parents(modulestore.Draft, id)
			if err != nil {
				return err
			}
			if from.IsZero() && len(parents) > 0 {
				from = parents[0]
			}
			to = from
		}
		result.Block, result.about, result.message = id.String(), []key.BlockID{id}, fmt.Sprintf("%s in %s", id, to)
		if to.IsZero() && e.Tree(modulestore.Draft).Blocks[id] != nil {
			return &usageError{message: id.String() + " has no parent to move in", advice: "name one with --to"}
		}
		return e.Move(ctx, id, from, to, position)
	})
}

func (a *app) reorderCommand() *cobra.Command {
	var o authoring
	cmd := &cobra.Command{
		Use:     "reorder COURSE PARENT BLOCK…",
		GroupID: groupCourses,
		Short:   "Put the children of a block into another order",
		Long: `Put the children of a block into the order in which they are named. All of them must be named, each as often as the block
lists it. Learners see another order of sections, subsections and units at once, and that of what stands in a unit
when the unit is published.`,
		Example: `  lectern reorder course-v1:Lectern+ByExample+2026 vertical/run-the-import problem/import-command html/import-text`,
		Args:    takes(2, maxArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, ids, err := courseAndBlocks(args[0], args[1:]...)
			if err != nil {
				return err
			}
			return a.change(cmd.Context(), c, o, "reorder", "has another order", func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
				result.Block, result.about, result.message = ids[0].String(), ids[:1], "children of "+ids[0].String()
				return e.Reorder(cmd.Context(), ids[0], ids[1:])
			})
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (a *app) duplicateCommand() *cobra.Command {
	var o moveOptions
	cmd := &cobra.Command{
		Use:     "duplicate COURSE BLOCK [--to PARENT]",
		GroupID: groupCourses,
		Short:   "Copy a block, with all below it",
		Long: `Copy a block, with all below it, under new names: right behind the original, or into another parent. Where a copy refers to
a block that was copied too, it refers to the copy. The outline of a copied section is published at once, its units are drafts.`,
		Example: `  lectern duplicate course-v1:Lectern+ByExample+2026 vertical/run-the-import
  lectern duplicate course-v1:Lectern+ByExample+2026 problem/import-command --to vertical/what-an-archive-holds --json`,
		Args: takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runDuplicate(cmd.Context(), args[0], args[1], o)
		},
	}
	o.addFlags(cmd)
	addPosition(cmd, &o.position)
	cmd.Flags().StringVar(&o.to, "to", "", "`block` that the copy stands in (default the one of the original)")
	return cmd
}

func (a *app) runDuplicate(ctx context.Context, course, block string, o moveOptions) error {
	c, ids, err := courseAndBlocks(course, block, o.to)
	if err != nil {
		return err
	}
	position, err := behind(o.position)
	if err != nil {
		return err
	}
	done := "is the copy of " + ids[0].String()
	return a.change(ctx, c, o.authoring, "duplicate", done, func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
		copies, err := e.Duplicate(ctx, ids[0], ids[1], position)
		if err != nil {
			return err
		}
		result.Copies = make(map[string]string, len(copies))
		for old, now := range copies {
			result.Copies[old.String()] = now.String()
		}
		top := copies[ids[0]]
		result.Block, result.about, result.message = top.String(), []key.BlockID{top}, "copy of "+ids[0].String()
		return nil
	})
}

func (a *app) removeCommand() *cobra.Command {
	var o moveOptions
	cmd := &cobra.Command{
		Use:     "remove COURSE BLOCK",
		GroupID: groupCourses,
		Short:   "Delete a block, with all below it",
		Long: `Delete a block, with all below it that no other block has as a child. Sections, subsections, units and pages are gone for
learners at once; what stands in a unit is gone for them when the unit is published. lectern restore brings it back.`,
		Example: `  lectern remove course-v1:Lectern+ByExample+2026 problem/import-command`,
		Args:    takes(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, ids, err := courseAndBlocks(args[0], args[1], o.from)
			if err != nil {
				return err
			}
			return a.change(cmd.Context(), c, o.authoring, "delete block", "was deleted", func(_ *modulestore.Store, e *modulestore.Edit, result *authored) error {
				result.Block, result.about, result.message = ids[0].String(), ids[:1], ids[0].String()
				return e.Delete(cmd.Context(), ids[0], modulestore.DeleteOptions{From: ids[1]})
			})
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.from, "from", "", "`block` to delete it from, if there are several (default all)")
	return cmd
}

// joined lists blocks for people.
func joined(ids []key.BlockID) string { return strings.Join(names(ids), ", ") }
