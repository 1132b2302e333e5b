package main

import (
	"context"
	"errors"
	"fmt"

	"lectern/courses/learner"
)

// verifiedLearners is the --json form of what the database of learners is like.
type verifiedLearners struct {
	Sound  bool          `json:"sound"`
	Events int           `json:"events"`
	Faults []learnerNote `json:"faults"`
	Notes  []learnerNote `json:"notes"` // what is sound and should be looked at
}

type learnerNote struct {
	What    string `json:"what"` // event, quarantine, clock, name
	Learner string `json:"learner,omitempty"`
	Org     string `json:"org,omitempty"`
	Device  string `json:"device,omitempty"`
	Seq     uint64 `json:"seq,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Message string `json:"message"`
}

// verifyLearners reads all that is written about learners; nil if there is no database of them.
func (a *app) verifyLearners(ctx context.Context) (*verifiedLearners, error) {
	v := &verifiedLearners{Faults: []learnerNote{}, Notes: []learnerNote{}}
	err := a.withLearners(ctx, toRead, func(db *learner.DB) (err error) {
		p := a.progress()
		v.Events, err = db.Verify(ctx, v.add, func(done int) { p.show("learners", int64(done), 0, "events") })
		p.end()
		if err != nil {
			return err
		}
		problems, err := db.Problems(ctx)
		for _, p := range problems {
			if p.What != "bad event" { // which Verify has reported
				v.Notes = append(v.Notes, learnerNote{What: p.What, Learner: idText(p.Learner), Device: idText(p.Device), Message: p.Detail})
			}
		}
		return err
	})
	if errors.Is(err, learner.ErrNoTables) {
		return nil, nil
	}
	v.Sound = len(v.Faults) == 0
	return v, err
}

func (v *verifiedLearners) add(f learner.Fault) {
	n := learnerNote{
		What: "event", Learner: idText(f.Stream.Learner), Org: f.Stream.Org, Device: idText(f.Device), Seq: f.Seq, Kind: f.Kind, Message: f.Detail,
	}
	if f.Damaged {
		v.Faults = append(v.Faults, n)
	} else {
		v.Notes = append(v.Notes, n)
	}
}

// idText is the id of a learner or a device, empty for nobody.
func idText(id learner.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func (n learnerNote) String() string {
	switch n.What {
	case "event":
		whose := "the staff"
		if n.Learner != "" {
			whose = "learner " + n.Learner
		}
		return fmt.Sprintf("event %d (%s) of %s in %q from device %s: %s", n.Seq, n.Kind, whose, n.Org, n.Device, n.Message)
	case "name":
		return fmt.Sprintf("two users have the name %q; learner %s has one of them", n.Message, n.Learner)
	case "exam":
		return fmt.Sprintf("learner %s has started the exam %s on several devices that did not know of each other: the first start counts", n.Learner, n.Message)
	case "clock":
		return fmt.Sprintf("device %s: %s", n.Device, n.Message)
	}
	return fmt.Sprintf("%s: kept apart: %s", n.Learner, n.Message)
}

func (a *app) printLearners(v *verifiedLearners) {
	if v == nil {
		return
	}
	for _, f := range v.Faults {
		a.printf("%s\n", f.String())
	}
	switch {
	case !v.Sound:
		a.printf("%s in the database of learners; put it back from a backup\n", plural(len(v.Faults), "fault"))
	case !a.quiet:
		a.printf("learners: sound, %s\n", plural(v.Events, "event"))
	}
	if a.quiet {
		return
	}
	for _, n := range v.Notes {
		a.printf("note: %s\n", n.String())
	}
	if len(v.Notes) > 0 {
		a.printf("nothing is lost: what has no effect stays in the log, and a program that understands it will use it\n")
	}
}
