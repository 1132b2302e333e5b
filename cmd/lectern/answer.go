package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lectern/courses"
	"lectern/courses/answer"
	"lectern/courses/content"
	"lectern/courses/learner"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

type answerOptions struct {
	user     string
	response string
	at       string
	hints    int
	show     bool
}

func (a *app) answerCommand() *cobra.Command {
	var o answerOptions
	cmd := &cobra.Command{
		Use:     "answer COURSE [PROBLEM [FIELD=VALUE… | VALUE…]] --user NAME",
		GroupID: groupLearners,
		Short:   "Show a learner a question, or take an answer to it",
		Long: `Answer a problem of a course as a learner who is enrolled in it. Without an answer it shows the question as the learner may see it,
with its fields and choices, and without a PROBLEM it lists the problems of the course; then it changes nothing.

A PROBLEM is a usage key, problem/NAME or NAME. Where it has one field, VALUE is the answer; where it has several, write
FIELD=VALUE for each of them. An answer that begins with a number and an equals sign needs its FIELD in any case. A choice is given by
its name (choice_0) or its text; for checkboxes give one VALUE for each box to tick. FIELD= leaves a field empty.
--response reads answers as Open edX keeps them, {"_2_1": "choice_0"}, from a file or, for -, from standard input.

The answer is graded and is stored in the data folder, or in the database of --db, together with the grades that follow from it. What
cannot be graded is kept without points. An answer that is refused (attempts used up, past due, no such choice …) changes nothing and uses no attempt.`,
		Example: `  lectern answer course-v1:Lectern+ByExample+2026 --user anna
  lectern answer course-v1:Lectern+ByExample+2026 import-command --user anna --hint 1
  lectern answer course-v1:Lectern+ByExample+2026 exit-code-for-usage --user anna 2
  lectern answer course-v1:Lectern+ByExample+2026 which-form --user anna 2=faithful 3=canonical`,
		Args: takes(1, maxArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runAnswer(cmd.Context(), cmd.InOrStdin(), args, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.user, "user", "", "`name` of the learner")
	flags.StringVar(&o.response, "response", "", "`file` with the answer as JSON; - for standard input")
	flags.StringVar(&o.at, "at", "", "show the question as it is at this `time`, such as 2026-03-01T12:00:00Z")
	flags.IntVar(&o.hints, "hint", 0, "show this `number` of the problem's hints")
	flags.BoolVar(&o.show, "show", false, "show what is right, and the solution, if the learner may see them")
	return cmd
}

func (a *app) runAnswer(ctx context.Context, stdin io.Reader, args []string, o answerOptions) error {
	answers := o.response != "" || len(args) > 2
	switch {
	case o.user == "":
		return &usageError{message: "answer needs a learner", advice: "name one with --user NAME"}
	case o.response != "" && len(args) != 2:
		return &usageError{message: "--response takes the place of other answers", advice: "usage: lectern answer COURSE PROBLEM --response FILE --user NAME"}
	case answers && o.at != "":
		return &usageError{message: "an answer is given now", advice: "leave --at out; it is for looking at a question"}
	}
	now, err := timeOr(o.at, time.Now())
	if err != nil {
		return err
	}
	return a.withGrades(ctx, args[0], answers, func(g *courses.Gradebook, c *courses.Course) error {
		user, err := g.Learners.FindUser(ctx, o.user)
		if err != nil {
			return err
		}
		if len(args) == 1 {
			return a.listProblems(ctx, g, c, user.ID, now)
		}
		id, err := problemOf(c.Content, args[1])
		if err != nil {
			return err
		}
		q, err := c.Ask(ctx, id)
		if err != nil {
			return err
		}
		if answers {
			return a.takeAnswer(ctx, stdin, g, q, user, args[2:], o)
		}
		s, err := g.Standing(ctx, q, user.ID, now, o.hints)
		if err != nil {
			return err
		}
		return a.showQuestion(q, s, o.show)
	})
}

// timeOr reads a time as people type it; without one it is the one that is given.
func timeOr(text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	return parseTime(text)
}

// withGrades opens a course as it is published now and the database of learners, hands them to use and closes them again.
func (a *app) withGrades(ctx context.Context, course string, write bool, use func(*courses.Gradebook, *courses.Course) error) error {
	c, err := courseOfLearners(course)
	if err != nil {
		return err
	}
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		if _, err := store.Head(ctx, c); err != nil {
			return err
		}
		return a.withLearners(ctx, write, func(db *learner.DB) error {
			g := courses.NewGradebook(store, db)
			read, err := g.Course(ctx, c)
			if err != nil {
				return err
			}
			return use(g, read)
		})
	})
}

// problemOf reads the name of a problem: that of a block, or its last part alone.
func problemOf(c *content.Course, text string) (key.BlockID, error) {
	id := key.BlockID{Type: "problem", Name: text}
	if _, ok := c.Find(id); ok {
		return id, nil
	}
	if strings.ContainsAny(text, ":/@") {
		return blockOf(c.Key, text)
	}
	for i := range c.Blocks {
		if c.Blocks[i].ID.Name == text {
			return c.Blocks[i].ID, nil
		}
	}
	return id, nil // which nobody has: who looks for it says so
}

func (a *app) takeAnswer(ctx context.Context, stdin io.Reader, g *courses.Gradebook, q *courses.Question, user learner.User, typed []string, o answerOptions) error {
	var r answer.Response
	var err error
	if o.response != "" {
		r, err = responseFile(q, stdin, o.response)
	} else {
		r, err = typedResponse(q, typed)
	}
	if err != nil {
		return err
	}
	answered, err := g.Submit(ctx, q, user.ID, learner.ID{}, r)
	if err != nil {
		return err
	}
	course := q.Course.Content.Key
	if _, err := g.Project(ctx, course); err != nil {
		return fmt.Errorf("the answer is kept, but the grades could not be made: %w", err)
	}
	report, err := g.Report(ctx, user.ID, course)
	if err != nil {
		return fmt.Errorf("the answer is kept, but the grades could not be read: %w", err)
	}
	return a.printAnswered(q, answered, report, o.show)
}
