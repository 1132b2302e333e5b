package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"lectern/courses/content"
	"lectern/courses/learner"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// learnersName is the file of the embedded database of learners.
const learnersName = "state.db"

// learners is where the learners are: a file in the data folder, or the URI of a server.
func (a *app) learners() string {
	if a.dbURI == embedded {
		return filepath.Join(a.dataDir, learnersName)
	}
	return a.dbURI
}

// withLearners opens the database of learners, hands it to use and closes it again. It must be there: only withNewLearners makes one. Tables of an older
// form are brought up to date by who writes.
func (a *app) withLearners(ctx context.Context, write bool, use func(*learner.DB) error) error {
	if !write {
		db, err := learner.OpenToRead(ctx, a.learners())
		return useLearners(db, err, use)
	}
	status, err := learner.Status(ctx, a.learners())
	if err == nil && status.Version == 0 && !status.Dirty {
		err = fmt.Errorf("%w at %s", learner.ErrNoTables, learner.WithoutSecret(a.learners()))
	}
	if err != nil {
		return err
	}
	return a.withNewLearners(ctx, use)
}

// withNewLearners is withLearners for those that write the first learners.
func (a *app) withNewLearners(ctx context.Context, use func(*learner.DB) error) error {
	db, err := learner.Open(ctx, a.learners())
	return useLearners(db, err, use)
}

func useLearners(db *learner.DB, err error, use func(*learner.DB) error) error {
	if err != nil {
		return err
	}
	return errors.Join(use(db), db.Close())
}

// published reads a course as its learners see it.
func (a *app) published(ctx context.Context, c key.Course) (read *content.Course, err error) {
	if err := hasLearners(c); err != nil {
		return nil, err
	}
	err = a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		v, err := store.Head(ctx, c)
		if err != nil {
			return err
		}
		s, err := store.Snapshot(ctx, v, modulestore.Published)
		if err == nil {
			read, err = content.Read(ctx, s)
		}
		return err
	})
	return read, err
}

// mustKnow fails if the store does not have a course or library.
func (a *app) mustKnow(ctx context.Context, c key.Course) error {
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		_, err := store.Head(ctx, c)
		return err
	})
}

// acting is who works with learners.
type acting struct{ as string }

func (o *acting) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.as, "as", "", "`name` of the user who does it, for the history")
}

// user gives the id of who works with learners, zero if nobody is named.
func (o *acting) user(ctx context.Context, db *learner.DB) (learner.ID, error) {
	if o.as == "" {
		return learner.ID{}, nil
	}
	u, err := db.FindUser(ctx, o.as)
	return u.ID, err
}

// together is the error for two flags that contradict each other.
func together(one, other string) error {
	return &usageError{message: one + " and " + other + " do not go together", advice: "leave one out"}
}

// groupOf makes a command that does nothing but hold others.
func groupOf(cmd *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	cmd.Use += " COMMAND"
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		var names []string
		for _, sub := range subs {
			names = append(names, sub.Name())
		}
		list := "the commands are " + strings.Join(names, ", ")
		if len(args) == 0 {
			return &usageError{message: cmd.CommandPath() + " needs a command", advice: list}
		}
		return &usageError{message: fmt.Sprintf("there is no command %q", cmd.CommandPath()[len("lectern "):]+" "+args[0]), advice: didYouMean(args[0], names, list)}
	}
	cmd.AddCommand(subs...)
	return cmd
}
