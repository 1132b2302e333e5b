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
		Example: `  lectern answer course-v1:Lectern+ByExample+2026 --user ann
  lectern answer course-v1:Lectern+ByExample+2026 import-command --user ann --hint 1
  lectern answer course-v1:Lectern+ByExample+2026 import-command --user ann "lectern import biology.zip"
  lectern answer course-v1:Lectern+ByExample+2026 which-form --user ann 2=faithful 3=canonical`,
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
	now, err := instantOf(o.at, time.Now())
	if err != nil {
		return err
	}
	return a.withPublished(ctx, args[0], func(s *modulestore.Snapshot, c *content.Course) error {
		return a.withLearners(ctx, answers, func(db *learner.DB) error {
			user, err := db.FindUser(ctx, o.user)
			if err != nil {
				return err
			}
			page, err := db.Page(ctx, user.ID, c.Key)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return a.listProblems(ctx, s, c, page, now)
			}
			id, err := problemOf(c, args[1])
			if err != nil {
				return err
			}
			q, err := courses.Ask(ctx, s, c, id)
			if err != nil {
				return err
			}
			if !answers {
				return a.showQuestion(q, q.Standing(page, now, o.hints), o.show)
			}
			return a.takeAnswer(ctx, db, stdin, q, user, args[2:], o)
		})
	})
}

// instantOf reads a time as people type it; without one it is the one that is given.
func instantOf(text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, &usageError{message: fmt.Sprintf("%q is no time", text), advice: "write it as 2026-03-01T12:00:00Z"}
	}
	return at, nil
}

// withPublished opens what learners see of a course.
func (a *app) withPublished(ctx context.Context, course string, use func(*modulestore.Snapshot, *content.Course) error) error {
	return a.withVersion(ctx, course, "", func(store *modulestore.Store, head modulestore.Version) error {
		s, err := store.Snapshot(ctx, head, modulestore.Published)
		if err != nil {
			return err
		}
		c, err := content.Read(ctx, s)
		if err != nil {
			return err
		}
		return use(s, c)
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

func (a *app) takeAnswer(ctx context.Context, db *learner.DB, stdin io.Reader, q *courses.Question, user learner.User, typed []string, o answerOptions) error {
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
	answered, err := q.Submit(ctx, db, user.ID, learner.ID{}, r)
	if err != nil {
		return err
	}
	return a.printAnswered(q, answered, o.show)
}
