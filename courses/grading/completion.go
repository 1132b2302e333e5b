package grading

import (
	"time"

	"lectern/modulestore/field"
)

// Mode is how a block takes part in completion.
type Mode int

const (
	Completable  Mode = iota // a leaf: it is completed by itself
	Aggregator               // its children decide
	ExcludedMode             // it is ignored, and what is below it
)

// ModeOf gives the mode of a block type: containers are aggregators, discussions are excluded, all others can be completed.
func ModeOf(blockType string) Mode {
	switch {
	case blockType == "discussion":
		return ExcludedMode
	case field.Container(blockType):
		return Aggregator
	default:
		return Completable
	}
}

const (
	ViewedAfter  = 5 * time.Second // how long a text must be visible to be read
	WatchedShare = 0.95            // how much of a video must be watched to be seen
)

// OnScore is the completion of a scored block after a score arrived: right or wrong, it is done; when the score is deleted, it is not.
func OnScore(deleted bool) float64 { return done(!deleted) }

// OnView is the completion of a block that is completed by being seen.
func OnView(visible time.Duration) float64 { return done(visible >= ViewedAfter) }

// OnWatch is the completion of a video of which a share was watched.
func OnWatch(share float64) float64 { return done(share >= WatchedShare) }

func done(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// Completion is how far a learner has completed a block. A reset begins a new epoch.
type Completion struct {
	Epoch int64
	Value float64 // from 0 to 1
}

// Merge joins what two devices know: in the same epoch completion only grows, and a later epoch begins anew. The order of merging does not matter.
func (c Completion) Merge(d Completion) Completion {
	c.Value, d.Value = unit(c.Value), unit(d.Value)
	switch {
	case c.Epoch > d.Epoch:
		return c
	case c.Epoch < d.Epoch:
		return d
	default:
		return Completion{c.Epoch, max(c.Value, d.Value)}
	}
}

// unit brings any number into 0 to 1; what is no number is 0.
func unit(f float64) float64 {
	if f > 0 { // false for NaN
		return min(f, 1)
	}
	return 0
}
