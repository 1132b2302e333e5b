package search

import (
	"context"
	"errors"
	"slices"
	"sync"

	"lectern/search/extract"
)

// joint is what several indexes have in common while they take in the same courses: each text is read and analysed once, each omission is told of once.
type joint struct {
	leftovers

	mu sync.Mutex
	// readings are those that one index has begun and the other has not asked for yet; nil where no two indexes say the same.
	readings map[origin]*reading
	size     int // about the bytes of text of those that are finished
}

// origin names what a reading is made from. Documents of different indexes with the same origin say the same.
type origin struct{ id, made string }

// reading is what a document says.
type reading struct {
	text    extract.Text
	offline string // empty for what is neither
	// analysed are the fields that are made from it; nil where no two indexes say the same.
	analysed *analysed

	done chan struct{} // closed when all of this is there, or err
	err  error
}

const (
	// claimed is how many texts an index reads before it looks what others have read meanwhile.
	claimed = 32
	// jointBytes is how much text is kept for another index. All is forgotten when it is more: what one of them never asks for must not stay.
	jointBytes = batchBytes
)

// newJoint is for indexes of some kinds. Those for learners and for authors have the same texts wherever a block has no other draft.
func newJoint(kinds []Kind) *joint {
	j := &joint{}
	if slices.Contains(kinds, Content) && slices.Contains(kinds, Studio) {
		j.readings = make(map[origin]*reading)
	}
	return j
}

// read gives the readings of parts. Those that another index has begun are taken over from it; read must make the others. Two indexes that come to the same
// parts at the same time share the work, and neither waits for the other before it has done its own.
func (j *joint) read(ctx context.Context, parts []part, read func(parts []part, into []*reading) error) ([]*reading, error) {
	found := make([]*reading, len(parts))
	for next := 0; next < len(parts); {
		var own []part
		var into []*reading
		own, into, next = j.claim(parts, next, found)
		if len(own) > 0 {
			j.settle(own, into, read)
		}
	}
	for _, r := range found {
		select {
		case <-r.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	return found, nil
}

// claim finds readings for the parts from next on, and begins those that nobody has begun, until there are enough. It gives these and the part to go on from.
func (j *joint) claim(parts []part, next int, found []*reading) (own []part, into []*reading, _ int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for ; next < len(parts) && len(own) < claimed; next++ {
		from := parts[next].origin
		if r := j.readings[from]; r != nil {
			found[next] = r
			j.forget(from)
			continue
		}
		r := &reading{done: make(chan struct{})}
		if j.readings != nil {
			r.analysed = &analysed{byName: make(map[string]*sharedField)}
			j.readings[from] = r
		}
		found[next] = r
		own, into = append(own, parts[next]), append(into, r)
	}
	return own, into, next
}

// settle makes what has been claimed.
func (j *joint) settle(own []part, into []*reading, read func([]part, []*reading) error) {
	err := errors.New("reading has been broken off") // by a panic
	defer func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		for i, r := range into {
			r.err = err
			close(r.done)
			if j.readings[own[i].origin] == r {
				j.size += r.bytes()
			}
		}
		if j.size > jointBytes {
			clear(j.readings)
			j.size = 0
		}
	}()
	err = read(own, into)
}

// forget takes out a reading. The caller holds mu.
func (j *joint) forget(from origin) {
	r := j.readings[from]
	delete(j.readings, from)
	select {
	case <-r.done:
		j.size -= r.bytes()
	default: // it is not counted yet
	}
}

func (r *reading) bytes() int { return len(r.text.Body) + len(r.text.Hidden) + 100 }
