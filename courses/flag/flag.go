package flag

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Kind is what a flag is for. It decides how long the flag is expected to live.
type Kind string

const (
	Temporary      Kind = "temporary"       // until a feature is finished: 3 months
	Beta           Kind = "beta"            // until a feature has been tried: 6 months
	OptIn          Kind = "opt-in"          // something that some want: 2 years
	Option         Kind = "option"          // a setting of an installation: 3 years
	CircuitBreaker Kind = "circuit-breaker" // turns something costly off: 5 years
	VIP            Kind = "vip"             // something for a few: 5 years
)

var months = map[Kind]int{Temporary: 3, Beta: 6, OptIn: 24, Option: 36, CircuitBreaker: 60, VIP: 60}

// Flag is a feature that can be turned on and off, as the code declares it.
type Flag struct {
	Name        string // grades.new_view
	Kind        Kind
	Default     bool
	Description string    // what it turns on
	UseCase     string    // why one would
	Created     time.Time // day
	Removal     time.Time // day by which it should be gone; a temporary flag must name one, for others it follows from Kind
	Warning     string    // what to look out for; may be empty
	Ticket      string    // where it is discussed; may be empty
}

// Check reports what is missing in a declaration.
func (f Flag) Check() error {
	var err error
	need := func(what string, ok bool) {
		if !ok {
			err = errors.Join(err, fmt.Errorf("the flag %q needs %s", f.Name, what))
		}
	}
	need("a name", f.Name != "")
	need("a description", f.Description != "")
	need("the date it was created", !f.Created.IsZero())
	need("a kind that there is", months[f.Kind] > 0)
	need("a date by which it is removed, since it is temporary", !f.Removal.IsZero() || f.Kind != Temporary && f.Kind != Beta)
	return err
}

// Target is the day by which the flag should be gone.
func (f Flag) Target() time.Time {
	if f.Removal.IsZero() {
		return f.Created.AddDate(0, months[f.Kind], 0)
	}
	return f.Removal
}

const day = 24 * time.Hour

// Overdue is the number of whole days since the flag should have gone, 0 if that is still to come.
func (f Flag) Overdue(at time.Time) int { return max(0, int(at.Sub(f.Target())/day)) }

// maxOverdue is how many days a flag may stay too long before the build fails.
const maxOverdue = 30

// Rotten reports whether the flag has stayed for so long that the build must fail.
func (f Flag) Rotten(at time.Time) bool { return f.Overdue(at) > maxOverdue }

func byName(a, b Flag) int { return cmp.Compare(a.Name, b.Name) }
