package learner

import (
	"sync"
	"time"
)

// HLC is an instant of the hybrid logical clock: 48 bits of milliseconds since 1970 and 16 bits of a counter. It orders events of several devices so
// that what was seen stands before what was done about it. It does not say when something happened: a device's clock may be wrong.
type HLC int64

const (
	counterBits = 16
	maxCounter  = 1<<counterBits - 1
	// maxAhead is how far a clock that was heard of may be before the own one to be followed. One device that is set to another year must not drag all others
	// along.
	maxAhead = 24 * time.Hour
)

// MakeHLC joins milliseconds and counter.
func MakeHLC(ms int64, counter int) HLC { return HLC(ms<<counterBits | int64(counter)) }

// Milliseconds is the part of h that is a time.
func (h HLC) Milliseconds() int64 { return int64(h) >> counterBits }

// Counter tells instants of one millisecond apart.
func (h HLC) Counter() int { return int(h & maxCounter) }

// next is the instant after h for something that happens at wall.
func (h HLC) next(wall int64) HLC {
	if wall > h.Milliseconds() {
		return MakeHLC(wall, 0)
	}
	return h.plus()
}

// plus is the next instant; a full counter borrows the next millisecond.
func (h HLC) plus() HLC { return h + 1 }

// receive is the instant after h for hearing of an event of instant r.
func (h HLC) receive(r HLC, wall int64) HLC {
	if r.Milliseconds() > wall+maxAhead.Milliseconds() {
		return h // the event is kept, but its clock is not followed
	}
	latest := max(h, r)
	if wall > latest.Milliseconds() {
		return MakeHLC(wall, 0)
	}
	return latest.plus()
}

// clock is the hybrid logical clock of a database.
type clock struct {
	mu   sync.Mutex
	last HLC
}

// tick gives the next instant, after one that another process may have written.
func (c *clock) tick(wall time.Time, after HLC) HLC {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last, after).next(wall.UnixMilli())
	return c.last
}

func (c *clock) hear(h HLC, wall time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = c.last.receive(h, wall.UnixMilli())
}
