package modulestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lectern/modulestore/key"
)

// DefaultGrace is the number of days for which an object that no version needs is spared, in case somebody is about to need it.
const DefaultGrace = 3

// PruneOptions say what Prune does.
type PruneOptions struct {
	Retention Retention
	DryRun    bool
	Author    string
	// Grace is for how many days objects are spared after they were written or asked for, and versions after they were made or
	// followed by others. With 0 nothing else may write to the store or read old versions meanwhile.
	Grace int
	// Progress, if not nil, is told the number of objects done.
	Progress func(done int)
}

// PruneReport says what Prune has given up and given back, or would.
type PruneReport struct {
	Courses []PrunedCourse // all, sorted by key
	Swept
}

// PrunedCourse says what was given up of one course. Kept, GivenUp and GivenUpBefore add up to the versions that there were.
type PrunedCourse struct {
	Course        key.Course
	Kept          int
	GivenUp       int
	GivenUpBefore int
	// Version is the number of the version that says so; 0 if nothing was given up, or in a dry run.
	Version uint64
}

// Prune gives up the content of those versions of all courses, deleted ones too, that the policy does not keep, and then removes every
// object that no version needs any more. Each course of which it gives up versions gets one more version, which has the content of the one before
// it and says in its Refs which ones; the log stays whole.
//
// Authors may go on working. What a version needs that appears meanwhile is either new, and spared, or comes from a version that is kept.
// If anything is missing or damaged Prune ends before it has removed anything.
func (s *Store) Prune(ctx context.Context, o PruneOptions) (*PruneReport, error) {
	if o.Grace < 0 {
		return nil, invalid(fmt.Errorf("a grace of %d days", o.Grace))
	}
	o.Retention.grace = time.Duration(o.Grace) * 24 * time.Hour
	courses, err := s.AllCourses(ctx)
	if err != nil {
		return nil, err
	}
	marker, err := s.newMarker(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	report := &PruneReport{Courses: []PrunedCourse{}}
	for _, c := range courses {
		log, done, err := s.giveUp(ctx, c.Course, o, now)
		if err == nil {
			err = marker.mark(log)
		}
		if err != nil {
			return nil, fmt.Errorf("prune: nothing was removed: %w", err)
		}
		report.Courses = append(report.Courses, done)
	}
	before := s.generation() - Generation(o.Grace) + 1
	report.Swept, err = s.backend.Sweep(ctx, before, o.DryRun, func(_ Kind, id ID) bool {
		_, live := marker.seen[id]
		return live
	})
	if err != nil {
		return nil, fmt.Errorf("remove what no version needs: %w", err)
	}
	return report, nil
}

// giveUp notes which versions of a course are not kept any longer, and returns its log with that.
func (s *Store) giveUp(ctx context.Context, c key.Course, o PruneOptions, now time.Time) (log *courseLog, done PrunedCourse, err error) {
	if o.DryRun {
		head, refs, err := s.lastRefs(ctx, c)
		if err != nil {
			return nil, done, err
		}
		return s.decide(ctx, head, refs, o.Retention, now)
	}
	v, changed, err := s.Update(ctx, c, func(e *Edit) error {
		base, ok := e.Base()
		if !ok {
			return fmt.Errorf("%s: %w", c, ErrNotFound)
		}
		refs, err := e.Refs()
		if err != nil {
			return err
		}
		log, done, err = s.decide(ctx, base, refs, o.Retention, now)
		if err != nil || done.GivenUp == 0 {
			return err
		}
		e.Describe(o.Author, OperationPrune, fmt.Sprintf("versions given up: %d", done.GivenUp))
		e.SetRefs(log.refs)
		return nil
	})
	if changed {
		log.versions = append(log.versions, v)
		done.Version = v.Seq
	}
	return log, done, err
}

// decide finds the versions of a course that the policy does not keep any longer.
func (s *Store) decide(ctx context.Context, head Version, refs *Refs, policy Retention, now time.Time) (*courseLog, PrunedCourse, error) {
	done := PrunedCourse{Course: head.Course}
	log, err := s.courseLog(ctx, head, refs)
	if err != nil {
		return nil, done, err
	}
	entries := log.entries()
	keep := policy.Keep(entries, refs, now)
	for i, e := range entries {
		switch {
		case keep[i]:
			done.Kept++
		case refs.IsPruned(e.Seq):
			done.GivenUpBefore++
		default:
			done.GivenUp++
		}
	}
	next := *refs
	next.Pruned = spansWithout(entries, keep)
	log.refs = &next
	return log, done, nil
}

// PrunedError says that the content of a version was given up. errors.Is finds ErrPruned in it.
type PrunedError struct {
	Version Version
	Time    time.Time // when it was given up
	// Before and After are the numbers of the nearest versions that are kept; 0 if there is none before.
	Before, After uint64
}

func (e *PrunedError) Error() string {
	nearest := fmt.Sprintf("version %d is the nearest that is kept", e.After)
	if e.Before > 0 {
		nearest = fmt.Sprintf("versions %d and %d are the nearest that are kept", e.Before, e.After)
	}
	return fmt.Sprintf("%s was pruned on %s by the retention policy; %s", e.Version, e.Time.UTC().Format(time.DateOnly), nearest)
}

// Unwrap returns ErrPruned.
func (e *PrunedError) Unwrap() error { return ErrPruned }

// checkKept returns a *PrunedError if refs, which are those of the last version, say that the content of v was given up.
func (s *Store) checkKept(ctx context.Context, v Version, refs *Refs) error {
	span, ok := refs.prunedSpan(v.Seq)
	if !ok || v.Branch != "" { // side branches are kept
		return nil
	}
	log, err := s.logAfter(ctx, v.Course, v.Seq-1)
	if err != nil {
		return fmt.Errorf("%s was pruned: %w", v, err)
	}
	if len(log) > 0 && log[0].Commit != v.Commit {
		return nil // v is a version of a side branch
	}
	at, err := s.prunedAt(ctx, v, log)
	if err != nil {
		return fmt.Errorf("%s was pruned: %w", v, err)
	}
	return &PrunedError{Version: v, Time: at, Before: span.From - 1, After: span.To + 1}
}

// checkKept returns a *PrunedError if the content of v was given up.
func (e *Edit) checkKept(v Version) error {
	refs, err := e.Refs()
	if err != nil {
		return err
	}
	return e.store.checkKept(e.ctx, v, refs)
}

// prunedAt finds out when a version was pruned: in the first version by pruning that says so.
func (s *Store) prunedAt(ctx context.Context, v Version, later []Version) (at time.Time, err error) {
	for _, p := range later {
		if p.Operation != OperationPrune {
			continue
		}
		refs, err := s.Refs(ctx, p)
		if err != nil {
			return at, err
		}
		if refs.IsPruned(v.Seq) {
			return p.Time, nil
		}
	}
	return at, nil
}

// explainLoss tells from damage that the content of a version was given up.
func (s *Store) explainLoss(ctx context.Context, v Version, err error) error {
	if err == nil || !errors.Is(err, ErrCorrupt) {
		return err
	}
	_, refs, refsErr := s.lastRefs(ctx, v.Course)
	if refsErr != nil {
		return err
	}
	if pruned := s.checkKept(ctx, v, refs); pruned != nil {
		return pruned
	}
	return err
}
