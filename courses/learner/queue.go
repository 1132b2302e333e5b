package learner

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
)

// groupSize is the number of writes that share a transaction at most. Whoever comes while one is being made durable goes with the next: no write
// waits for others to come.
const groupSize = 64

// write is a piece of work for a transaction. prepare gives the events that are to be added; it may run more than once.
type write struct {
	ctx     context.Context
	prepare func(*transaction) ([]*entry, error)
	done    chan error
}

// queue hands writes to the goroutines that write. Open starts it, Close ends it. Writes of one stream go through one lane, so that they seldom
// wait for each other's locks.
type queue struct {
	lanes   []chan *write
	seed    maphash.Seed
	mu      sync.RWMutex // held for reading while a write is handed over
	closed  bool
	working sync.WaitGroup
}

var errClosed = errors.New("the database of learners is closed")

func startQueue(db *DB) *queue {
	n := 1
	if db.engine == postgres {
		n = serverConnections / 2
	}
	q := &queue{lanes: make([]chan *write, n), seed: maphash.MakeSeed()}
	for i := range q.lanes {
		lane := make(chan *write, groupSize)
		q.lanes[i] = lane
		q.working.Go(func() {
			for first := range lane {
				db.commitGroup(gather(first, lane))
			}
		})
	}
	return q
}

// gather takes what is waiting already.
func gather(first *write, lane <-chan *write) []*write {
	group := []*write{first}
	for len(group) < groupSize {
		select {
		case w, ok := <-lane:
			if !ok {
				return group
			}
			group = append(group, w)
		default:
			return group
		}
	}
	return group
}

func (q *queue) stop() {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		for _, lane := range q.lanes {
			close(lane)
		}
	}
	q.mu.Unlock()
	q.working.Wait()
}

// run has a write made durable. It returns when that is so, or when ctx ends: then the write may still be made.
func (q *queue) run(ctx context.Context, s Stream, prepare func(*transaction) ([]*entry, error)) error {
	w := &write{ctx: ctx, prepare: prepare, done: make(chan error, 1)}
	if err := q.hand(ctx, q.lanes[maphash.Comparable(q.seed, s)%uint64(len(q.lanes))], w); err != nil {
		return err
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *queue) hand(ctx context.Context, lane chan<- *write, w *write) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return errClosed
	}
	select {
	case lane <- w:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commitGroup makes writes in one transaction, or each in its own if that fails: one that cannot be made must not stop others.
func (db *DB) commitGroup(group []*write) {
	live := group[:0]
	for _, w := range group {
		if err := w.ctx.Err(); err != nil {
			w.done <- err
		} else {
			live = append(live, w)
		}
	}
	if err := db.commit(live); err == nil || len(live) == 1 {
		for _, w := range live {
			w.done <- err
		}
		return
	}
	for _, w := range live {
		w.done <- db.commit([]*write{w})
	}
}
