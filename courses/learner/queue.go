package learner

import (
	"context"
	"errors"
	"runtime"
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

	mu   sync.Mutex // held while it decides
	left bool       // nobody waits for it any more
}

// decided lets a write decide, unless whoever asked for it has gone: what it tells them by the way is theirs then.
func (w *write) decided(t *transaction, drafts []*entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left {
		return w.ctx.Err()
	}
	return w.decide(t, drafts)
}

// leave waits for a decision that is being made; none is made after it.
func (w *write) leave() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = true
	return w.ctx.Err()
}

// queue hands writes to the goroutines that write. Open starts it, Close ends it.
type queue struct {
	writes  chan *write
	mu      sync.RWMutex // held for reading while a write is handed over
	closed  bool
	working sync.WaitGroup
}

var errClosed = errors.New("the database of learners is not open for writing")

// serverWriters is the number of transactions that write to a server at the same time: one computes while the other waits for the disk. The callers that wait
// meanwhile make up the next one, and what a transaction costs beside its rows is paid once for all of them: with more writers groups are
// smaller, and all together slower.
const serverWriters = 2

func startQueue(db *DB) *queue {
	q := &queue{writes: make(chan *write, groupSize)}
	writers := 1
	if db.engine == postgres {
		writers = serverWriters
	}
	for range writers {
		q.working.Go(func() {
			for first := range q.writes {
				runtime.Gosched() // lets the callers of the last group bring what they have next
				db.commitGroup(gather(first, q.writes))
			}
		})
	}
	return q
}

// gather takes what is waiting already.
func gather(first *write, waiting <-chan *write) []*write {
	group := []*write{first}
	for len(group) < groupSize {
		select {
		case w, ok := <-waiting:
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
		close(q.writes)
	}
	q.mu.Unlock()
	q.working.Wait()
}

// run has a write made durable. It returns when that is so, or when its context ends: then the write may still be made.
func (q *queue) run(w *write) error {
	w.done = make(chan error, 1)
	if err := q.hand(w); err != nil {
		return err
	}
	select {
	case err := <-w.done:
		return err
	case <-w.ctx.Done():
		return w.leave()
	}
}

func (q *queue) hand(w *write) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return errClosed
	}
	select {
	case q.writes <- w:
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
