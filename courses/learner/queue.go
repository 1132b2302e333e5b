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

// write is a piece of work for a transaction.
type write struct {
	ctx    context.Context
	events []Event // what it is about
	want   func(*projection, *entry)
	// decide adds to the log what shall be there. If it fails before it has added anything, the write fails and others are not disturbed. It may run
	// more than once, each time with fresh entries of events.
	decide func(*transaction, []*entry) error
	err    error // of decide
	done   chan error
}

// queue hands writes to the goroutines that write. Open starts it, Close ends it. Writes of one learner go through one lane, so that they seldom
// wait for each other's locks.
type queue struct {
	lanes   []chan *write
	seed    maphash.Seed
	mu      sync.RWMutex // held for reading while a write is handed over
	closed  bool
	working sync.WaitGroup
}

var errClosed = errors.New("the database of learners is not open for writing")

// serverLanes is the number of transactions that write to a server at the same time: enough that one computes while another waits for the disk, and
// few enough that each takes several writes.
const serverLanes = 3

func startQueue(db *DB) *queue {
	n := 1
	if db.engine == postgres {
		n = serverLanes
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

// run has a write made durable. It returns when that is so, or when its context ends: then the write may still be made.
func (q *queue) run(w *write) error {
	w.done = make(chan error, 1)
	lane := maphash.Comparable(q.seed, w.events[0].Stream.Learner) % uint64(len(q.lanes))
	if err := q.hand(q.lanes[lane], w); err != nil {
		return err
	}
	select {
	case err := <-w.done:
		return err
	case <-w.ctx.Done():
		return w.ctx.Err()
	}
}

func (q *queue) hand(lane chan<- *write, w *write) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return errClosed
	}
	select {
	case lane <- w:
		return nil
	case <-w.ctx.Done():
		return w.ctx.Err()
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
	if len(live) == 0 {
		return
	}
	if err := db.commit(live); err == nil || len(live) == 1 {
		for _, w := range live {
			w.done <- errors.Join(err, w.err)
		}
		return
	}
	for _, w := range live {
		w.done <- errors.Join(db.commit([]*write{w}), w.err)
	}
}
