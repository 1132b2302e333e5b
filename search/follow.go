package search

import (
	"context"
	"errors"
	"time"

	"lectern/modulestore/key"
)

// FollowOptions say how to follow a store.
type FollowOptions struct {
	// Every is how often the store is asked what has changed; a second if it is zero.
	Every time.Duration
	// Changed may tell that something has, so that the store is asked at once: from who writes to it in this process. It may be nil.
	Changed <-chan struct{}
	// Told is called after each update that did something, and after each that failed, which is tried again. It may be nil.
	Told func(*Report, error)
}

// The wait before something that failed is tried again: it doubles with each failure.
const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
)

// Follow keeps the indexes up to date until ctx is done, and makes those that have to be made; their rebuild does not hold up the others. It asks the store, which
// any process may write to. When it returns, nothing of it is running.
func (x *Index) Follow(ctx context.Context, o FollowOptions) {
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Told == nil {
		o.Told = func(*Report, error) {}
	}
	f := &follower{index: x, options: o, seen: make(map[key.Course]uint64), told: make(chan outcome)}
	f.run(ctx)
}

type outcome struct {
	report *Report
	err    error
}

type follower struct {
	index   *Index
	options FollowOptions
	seen    map[key.Course]uint64 // the versions that are in the indexes
	told    chan outcome          // of a rebuild
	making  bool                  // a rebuild is running
	wait    time.Duration         // after a failure
	retry   time.Time             // nothing is tried before
}

func (f *follower) run(ctx context.Context) {
	tick := time.NewTicker(f.options.Every)
	defer tick.Stop()
	for {
		f.step(ctx)
		select {
		case <-ctx.Done():
			if f.making {
				<-f.told
			}
			return
		case done := <-f.told:
			f.making = false
			f.tell(ctx, done)
		case <-f.options.Changed:
		case <-tick.C:
		}
	}
}

// step starts what there is to do.
func (f *follower) step(ctx context.Context) {
	if time.Now().Before(f.retry) {
		return
	}
	if _, unsound := f.index.sort(); len(unsound) > 0 && !f.making {
		f.making = true
		go func() {
			report, err := f.index.mend(ctx)
			f.told <- outcome{report, err}
		}()
	}
	report, err := f.update(ctx)
	f.tell(ctx, outcome{report, err})
}

// update takes in the courses that have changed since the last time.
func (f *follower) update(ctx context.Context) (*Report, error) {
	report := &Report{}
	heads := make(map[key.Course]uint64)
	list, err := f.index.store.Courses(ctx)
	if err != nil {
		return report, err
	}
	for _, c := range list {
		heads[c.Course] = c.Seq
	}
	courses, err := f.index.known(ctx, Kinds())
	if err != nil {
		return report, err
	}
	for _, c := range courses {
		seq, live := heads[c]
		if live && f.seen[c] == seq {
			continue
		}
		one, err := f.index.updateOne(ctx, Kinds(), c)
		report.add(one)
		if err != nil {
			return report, err
		}
		if len(one.Failed) == 0 {
			f.seen[c] = seq
		}
	}
	if len(report.Failed) > 0 {
		return report, report.Failed[0]
	}
	return report, nil
}

// tell says what happened, and puts off the next try after a failure.
func (f *follower) tell(ctx context.Context, o outcome) {
	switch {
	case o.err == nil:
		f.wait = 0
	case ctx.Err() != nil && errors.Is(o.err, ctx.Err()):
		return
	default:
		f.wait = min(max(2*f.wait, firstRetry), lastRetry)
		f.retry = time.Now().Add(f.wait)
	}
	if o.err != nil || o.report.Changed() || len(o.report.Left) > 0 {
		f.options.Told(o.report, o.err)
	}
}
