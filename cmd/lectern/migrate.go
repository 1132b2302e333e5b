package main

import (
	"context"

	"github.com/spf13/cobra"

	"lectern/courses/learner"
)

func (a *app) migrateCommand() *cobra.Command {
	up := &cobra.Command{
		Use:   "up",
		Short: "Bring the tables of learners up to date",
		Long: `Make the tables of learners, or bring them up to date. Commands that write do so by themselves; this is for who wants it done
before. Make a backup first: there is no way back. It changes nothing if the tables are up to date.`,
		Example: "  lectern migrate up\n  lectern migrate up --db postgres://localhost/lectern",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runMigrateUp(cmd.Context()) },
	}
	status := &cobra.Command{
		Use:     "status",
		Short:   "Tell which version the tables of learners have",
		Long:    "Tell which version the tables of learners have, and which one this program needs. It changes nothing.",
		Example: "  lectern migrate status\n  lectern migrate status --json",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runMigrateStatus(cmd.Context()) },
	}
	return groupOf(&cobra.Command{
		Use:     "migrate",
		GroupID: groupStore,
		Short:   "Bring the tables of learners up to date, or look at their version",
		Long: `Look at the version of the tables of learners, or bring them up to date: in the data folder, or on the server that --db names.
status changes nothing. A program never works with tables of a newer version than its own.`,
		Example: "  lectern migrate status\n  lectern migrate up",
	}, up, status)
}

// migrated is the --json form of the versions of tables.
type migrated struct {
	Database string `json:"database"`
	Before   *uint  `json:"before,omitempty"` // of migrate up
	Version  uint   `json:"version"`          // 0 for none
	Latest   uint   `json:"latest"`
	Dirty    bool   `json:"dirty"`
}

func (a *app) runMigrateUp(ctx context.Context) error {
	before, err := learner.Status(ctx, a.learners())
	if err != nil {
		return err
	}
	now, err := learner.Migrate(ctx, a.learners())
	if err != nil {
		return err
	}
	place := learner.WithoutSecret(a.learners())
	switch {
	case a.json:
		return a.printJSON(migrated{place, &before.Version, now.Version, now.Latest, now.Dirty})
	case before.Version == now.Version:
		a.printf("%s has version %d already; nothing has changed\n", place, now.Version)
	default:
		a.printf("%s: from version %d to %d\n", place, before.Version, now.Version)
	}
	return nil
}

func (a *app) runMigrateStatus(ctx context.Context) error {
	status, err := learner.Status(ctx, a.learners())
	if err != nil {
		return err
	}
	place := learner.WithoutSecret(a.learners())
	if a.json {
		return a.printJSON(migrated{Database: place, Version: status.Version, Latest: status.Latest, Dirty: status.Dirty})
	}
	schema := &learner.SchemaError{MigrationStatus: status}
	switch {
	case status.Version == 0 && !status.Dirty:
		a.printf("%s: no tables yet; the first user makes them in version %d\n", place, status.Latest)
	case status.Dirty || status.Version != status.Latest:
		a.printf("%s: %s; %s\n", place, schema.Error(), schema.Advice())
	default:
		a.printf("%s: version %d, up to date\n", place, status.Version)
	}
	return nil
}
