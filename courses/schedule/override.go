package schedule

import (
	"errors"
	"fmt"
	"slices"

	"lectern/modulestore/key"
)

// The reasons why an override cannot be stored.
var (
	ErrNoBlock   = errors.New("the course has no such block: check its name")
	ErrNoDate    = errors.New("it has no date that could be extended: set one in the course first")
	ErrTwoDates  = errors.New("give either a date or a duration, not both")
	ErrShortened = errors.New("a duration below zero would shorten: give one above zero")
)

// EarlierError says that an override would shorten.
type EarlierError struct {
	Block key.BlockID
	Asked Instant
	Base  Instant // what holds without it
}

func (e *EarlierError) Error() string {
	return fmt.Sprintf("%s is due at %s, and %s is earlier: give a later date, or force it", e.Block, e.Base, e.Asked)
}

// GroupOf names the group whose due date of a block holds; empty for none.
func (l *Learner) GroupOf(block key.BlockID) string {
	for _, o := range slices.Backward(l.Groups) {
		if o.Block == block && !o.Start {
			return o.Group
		}
	}
	return ""
}

// CheckOverride judges an override of a learner before it is stored. It may not lie before what holds for the learner without an override of that
// block, unless it is forced. One that takes earlier ones back is always fine.
func (p *Plan) CheckOverride(l *Learner, o Override, force bool) error {
	place, ok := p.places[o.Block]
	n := &node{}
	if ok {
		n = &p.nodes[place]
	}
	switch {
	case !ok:
		return fmt.Errorf("%s: %w", o.Block, ErrNoBlock)
	case o.empty():
		return nil
	case !o.At.IsZero() && o.By != 0:
		return fmt.Errorf("%s: %w", o.Block, ErrTwoDates)
	case o.By < 0 && !force:
		return fmt.Errorf("%s: %w", o.Block, ErrShortened)
	case o.Start && n.start == 0, !o.Start && n.policy < 0:
		return fmt.Errorf("%s: %w", o.Block, ErrNoDate)
	case o.Start || force:
		return nil
	}
	without := *l
	without.Overrides = nil
	for _, other := range l.Overrides {
		if other.Block != o.Block || other.Start {
			without.Overrides = append(without.Overrides, other)
		}
	}
	if base := p.One(&without, int(place)).Due; !o.At.IsZero() && At(o.At) < base {
		return &EarlierError{o.Block, At(o.At), base}
	}
	return nil
}
