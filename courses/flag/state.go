package flag

import (
	"iter"
	"slices"
	"time"
)

// State is what has become of a rule.
type State string

const (
	ToCome   State = "to come"    // it has not begun
	InForce  State = "in force"   // it is the newest about its scope and key that has begun
	TakeBack State = "takes back" // the newest, and says nothing
	Ended    State = "ended"      // the newest, after its end
	Outdated State = "outdated"   // the newest, in a copy that is not good any more
	Replaced State = "replaced"   // by a newer one
)

// Past is a rule in the history of a flag.
type Past struct {
	Rule
	State State
}

// History gives all rules that were ever made for a flag, the newest first, with what has become of each as of an instant.
func (b *Book) History(flag string, at time.Time) (list []Past) {
	for r, state := range b.states(flag, at, every) {
		list = append(list, Past{*r, state})
	}
	return list
}

func every(*Rule) bool { return true }

// place is what rules replace each other for.
type place struct {
	scope Scope
	key   string
}

// states gives the rules of a flag that about chooses, the newest first, with what has become of each. about chooses all rules of a place or none.
func (b *Book) states(flag string, at time.Time, about func(*Rule) bool) iter.Seq2[*Rule, State] {
	return func(yield func(*Rule, State) bool) {
		var seen []place
		for i := range slices.Backward(b.rules[flag]) {
			r := &b.rules[flag][i]
			if !about(r) {
				continue
			}
			state := b.alone(r, at)
			switch here := (place{r.Scope, r.Key}); {
			case slices.Contains(seen, here): // also one that is to come: it will not be the newest then
				state = Replaced
			case state != ToCome:
				seen = append(seen, here)
			}
			if !yield(r, state) {
				return
			}
		}
	}
}

// alone is what would have become of a rule if no other had come after it.
func (b *Book) alone(r *Rule, at time.Time) State {
	switch {
	case !r.begun(at):
		return ToCome
	case r.expired(at):
		return Ended
	case r.Share == Unset:
		return TakeBack
	case b.stale(at) && !r.OfflineSafe:
		return Outdated
	}
	return InForce
}
