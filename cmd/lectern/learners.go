package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"lectern/courses/learner"
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
