package grading

import (
	"fmt"
	"time"
)

// Evidence is how well it is known when work was handed in, the best first. Clocks of devices may be wrong, so that what an event says of itself is the
// weakest.
type Evidence int

const (
	Received Evidence = iota + 1 // the hub had it before it was due
	Measured                     // the device's stopwatch counts back from a later contact with a trusted clock
	Followed                     // the hub had, before it was due, something that the device has written after it
	Trusted                      // the device's clock was right at its last two contacts
	Claimed                      // the device says so
)

func (e Evidence) String() string {
	names := [...]string{"none", "received", "measured", "followed", "trusted clock", "claimed"}
	if e < 0 || int(e) >= len(names) {
		return fmt.Sprintf("evidence %d", int(e))
	}
	return names[e]
}

// Contact is a moment at which a device has met a trusted clock.
type Contact struct {
	At         time.Time     // by the trusted clock
	Boot, Mono int64         // of the device: which start of it, and milliseconds since
	Offset     time.Duration // how far the device's clock was ahead
}

// HandedIn is what is known about when work was handed in.
type HandedIn struct {
	Wall       time.Time // as the device's clock said
	Boot, Mono int64     // of the device: which start of it, and milliseconds since
	Received   time.Time // by a hub, zero if none has it yet
	Contacts   []Contact // of the device up to when the work was received, the oldest first
	// Follower is when a hub first received something that stands after the work in the same chain of hashes, zero for never.
	Follower time.Time
}

// LatePolicy says what a course accepts.
type LatePolicy struct {
	Weakest Evidence      // that counts, 0 for Trusted
	Sync    time.Duration // how long after the due date work must reach the hub, 0 for 14 days
}

const (
	defaultSync = 14 * 24 * time.Hour
	// rightClock is how far the clock of a device may be off to be trusted.
	rightClock = 5 * time.Minute
)

// Timing says when work counts as handed in.
type Timing struct {
	Evidence Evidence // the best there is; 0 if nothing is known yet
	At       time.Time
	LateBy   time.Duration
	Judged   bool // false: no hub has it yet, and LateBy says nothing
}

// InTime judges work that is due at an instant, the zero time for never. Only evidence that the policy accepts speaks for an earlier moment than that at
// which the hub received the work; and whatever reaches the hub after the policy's deadline counts as handed in then.
func (p LatePolicy) InTime(h HandedIn, due time.Time) Timing {
	if h.Received.IsZero() {
		return Timing{}
	}
	t := h.best(due)
	t.Judged = true
	weakest, sync := p.Weakest, p.Sync
	if weakest == 0 {
		weakest = Trusted
	}
	if sync == 0 {
		sync = defaultSync
	}
	if t.Evidence > weakest || !due.IsZero() && h.Received.After(due.Add(sync)) || t.At.After(h.Received) {
		t.At = h.Received // it was there by then
	}
	if late := t.At.Sub(due); !due.IsZero() && late > 0 {
		t.LateBy = late
	}
	return t
}

// best is the best evidence that there is, with the moment it speaks for.
func (h HandedIn) best(due time.Time) Timing {
	if due.IsZero() || !h.Received.After(due) {
		return Timing{Evidence: Received, At: h.Received}
	}
	for _, c := range h.Contacts {
		if c.Boot == h.Boot && c.Mono >= h.Mono {
			return Timing{Evidence: Measured, At: c.At.Add(-time.Duration(c.Mono-h.Mono) * time.Millisecond)}
		}
	}
	if !h.Follower.IsZero() && !h.Follower.After(due) {
		return Timing{Evidence: Followed, At: h.Follower}
	}
	if n := len(h.Contacts); n >= 2 && h.Contacts[n-1].right() && h.Contacts[n-2].right() {
		return Timing{Evidence: Trusted, At: h.Wall}
	}
	return Timing{Evidence: Claimed, At: h.Wall}
}

func (c Contact) right() bool { return c.Offset.Abs() < rightClock }
