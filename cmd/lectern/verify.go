package main

import (
	"context"

	"github.com/spf13/cobra"

	"lectern/modulestore"
)

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "verify",
		GroupID: groupStore,
		Short:   "Read everything back and say whether it is sound",
		Long: `Read every stored object, compute its hash again, and follow every reference from every version of every
course. Where there are learners, read all that is written about them, and check that nothing of it was changed or is missing. What is sound
but has no effect (an event that this program does not understand, two users of one name) is listed as a note.
The exit code is 1 if anything is damaged or missing. It changes nothing.`,
		Example: "  lectern verify\n  lectern verify --data /srv/lectern --json",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runVerify(cmd.Context()) },
	}
}

// verified is the --json form of a verification.
type verified struct {
	Sound        bool          `json:"sound"`
	Objects      []objectCount `json:"objects"`
	Unreferenced int           `json:"unreferenced"` // objects that no version needs
	Purged       int           `json:"purged"`       // objects that were taken down
	Faults       []fault       `json:"faults"`
	// Learners is what the database of learners is like; null without one.
	Learners *verifiedLearners `json:"learners"`
}

type objectCount struct {
	Kind    string `json:"kind"`
	Objects int    `json:"objects"`
	Bytes   int64  `json:"bytes"` // before compression
}

type fault struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Where   string `json:"where"`
	Message string `json:"message"`
}

func (a *app) runVerify(ctx context.Context) error {
	return a.withStore(ctx, toRead, func(store *modulestore.Store) error {
		p := a.progress()
		found, err := store.Verify(ctx, func(done int) { p.show("verify", int64(done), 0, "objects") })
		p.end()
		if err != nil {
			return err
		}
		v := verifiedOf(found)
		if v.Learners, err = a.verifyLearners(ctx); err != nil {
			return err
		}
		if err := a.printVerified(v); err != nil {
			return err
		}
		if !v.Sound || v.Learners != nil && !v.Learners.Sound {
			return errFindings
		}
		return nil
	})
}

func verifiedOf(r *modulestore.VerifyReport) verified {
	v := verified{Sound: len(r.Faults) == 0, Objects: countsOf(r.Kinds), Unreferenced: r.Unreferenced, Purged: len(r.Purged), Faults: []fault{}}
	for _, f := range r.Faults {
		v.Faults = append(v.Faults, fault{Kind: f.Kind.String(), ID: f.ID.String(), Where: f.Where, Message: f.Message})
	}
	return v
}

func (a *app) printVerified(v verified) error {
	if a.json {
		return a.printJSON(v)
	}
	for _, f := range v.Faults {
		a.printf("%s: %s (%s %s)\n", f.Where, f.Message, f.Kind, f.ID)
	}
	if a.quiet {
		a.printLearners(v.Learners)
		return nil
	}
	total := 0
	var rows [][]string
	for _, c := range v.Objects {
		total += c.Objects
		rows = append(rows, []string{c.Kind, grouped(int64(c.Objects)), byteText(c.Bytes)})
	}
	if err := a.table(rows); err != nil {
		return err
	}
	if !v.Sound {
		a.printf("%s; put the data folder back from a backup\n", plural(len(v.Faults), "fault"))
		a.printLearners(v.Learners)
		return nil
	}
	a.printf("sound: %s, %d of which no version needs\n", plural(total, "object"), v.Unreferenced)
	if v.Purged > 0 {
		a.printf("taken down: %s\n", plural(v.Purged, "object"))
	}
	a.printLearners(v.Learners)
	return nil
}
