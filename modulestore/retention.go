package modulestore

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Forever is an age that nothing reaches.
const Forever time.Duration = math.MaxInt64

// Retention says which versions of a course are kept as they get older. The zero Retention keeps only what every policy keeps.
//
// Kept whatever the policy says are the last version; those that learners were shown on purpose, which are the versions of the operation "publish";
// tagged versions; those that an order will publish from; and those from which a side branch started. An edit that is published at once is no
// publish in this sense, nor is an import: else every version of such courses would stay for ever.
//
// A version that pruning has made has the content of the one before it, and the two share their fate.
type Retention struct {
	Every   time.Duration // every version that is younger is kept
	Daily   time.Duration // of those that are older, the last of each day (UTC) that is younger
	Monthly time.Duration // and of those, the last of each month that is younger

	// grace is how long a version is kept after the next one was made, so that nobody loses what he is reading.
	grace time.Duration
}

// DefaultRetention keeps every version for 90 days, then the last of each day for a year, then the last of each month.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Every: 90 * day, Daily: 365 * day, Monthly: Forever}
}

// OperationPrune is the operation of versions that pruning makes, OperationPublish that of those which are kept for ever.
const (
	OperationPrune   = "prune"
	OperationPublish = "publish"
)

// Keep tells of each version of a course whether it is kept. The log is whole and begins with version 1; refs is what the last version
// keeps beside its content. Versions that were pruned before are not kept.
//
// A version that deletes the course is one like others, so of a day or month in which the course was deleted nothing else is kept for long. What
// it deleted is kept as long as every version is, counted from then.
//
// What is given up at one time is given up at every later time.
func (r Retention) Keep(log []Entry, refs *Refs, now time.Time) []bool {
	keep := make([]bool, len(log))
	pinned := pinnedVersions(log, refs)
	days, months := make(map[string]bool), make(map[string]bool) // whose last version was met
	for end := len(log); end > 0; {
		from := end - 1
		for from > 0 && log[from].Operation == OperationPrune {
			from--
		}
		at := log[from].Time.UTC()
		age, day, month := now.Sub(at), at.Format(time.DateOnly), at.Format("2006-01")
		kept := age < r.Every || age < r.Daily && !days[day] || age < r.Monthly && !months[month] ||
			end < len(log) && now.Sub(log[end].Time) < r.after(log[end]) ||
			slices.ContainsFunc(log[from:end], func(e Entry) bool { return pinned[e.Seq] })
		for i := from; i < end; i++ {
			keep[i] = kept && !refs.IsPruned(log[i].Seq)
		}
		if !refs.IsPruned(log[from].Seq) {
			days[day], months[month] = true, true
		}
		end = from
	}
	return keep
}

// after is how long a version is kept from when next came after it.
func (r Retention) after(next Entry) time.Duration {
	if next.deletes() {
		return max(r.Every, r.grace)
	}
	return r.grace
}

// pinnedVersions are the numbers of the versions that every policy keeps.
func pinnedVersions(log []Entry, refs *Refs) map[uint64]bool {
	pinned := make(map[uint64]bool)
	for _, t := range refs.Tags {
		pinned[t.Version] = true
	}
	for _, o := range refs.Orders {
		pinned[o.Version] = true
	}
	bases := make(map[ID]bool)
	for i := range refs.Branches {
		bases[refs.Branches[i].Base] = true
	}
	for _, e := range log {
		if e.Operation == OperationPublish || bases[e.Commit] {
			pinned[e.Seq] = true
		}
	}
	if n := len(log); n > 0 {
		pinned[log[n-1].Seq] = true
	}
	return pinned
}

// IsPruned reports whether the content of a version was given up.
func (r *Refs) IsPruned(version uint64) bool {
	_, ok := r.prunedSpan(version)
	return ok
}

// prunedSpan finds the run of pruned versions to which a version belongs.
func (r *Refs) prunedSpan(version uint64) (Span, bool) {
	i, ok := slices.BinarySearchFunc(r.Pruned, version, func(s Span, version uint64) int {
		switch {
		case s.To < version:
			return -1
		case s.From > version:
			return 1
		}
		return 0
	})
	if !ok {
		return Span{}, false
	}
	return r.Pruned[i], true
}

// check refuses tags and orders that name versions whose content was given up.
func (r *Refs) check() error {
	for _, t := range r.Tags {
		if r.IsPruned(t.Version) {
			return fmt.Errorf("the tag %q names version %d: %w", t.Name, t.Version, ErrPruned)
		}
	}
	for _, o := range r.Orders {
		if r.IsPruned(o.Version) {
			return fmt.Errorf("order %d names version %d: %w", o.Number, o.Version, ErrPruned)
		}
	}
	return nil
}

// spansWithout lists the runs of versions that are not kept.
func spansWithout(log []Entry, keep []bool) (spans []Span) {
	for i, e := range log {
		switch last := len(spans) - 1; {
		case keep[i]:
		case i > 0 && !keep[i-1]:
			spans[last].To = e.Seq
		default:
			spans = append(spans, Span{From: e.Seq, To: e.Seq})
		}
	}
	return spans
}
