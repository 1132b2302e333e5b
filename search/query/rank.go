package query

import "time"

// Signals are what is known of a hit beside its score. Their zero value changes nothing.
type Signals struct {
	SameSection  bool          // the learner is in this section
	Type         string        // block type
	Updated      time.Duration // since then; zero where freshness says nothing
	Availability Availability  // of a course
	Popularity   float64       // of a course, 0 to 1
}

// Availability of a course at the instant of the search.
type Availability int

// The availabilities.
const (
	AvailabilityUnknown Availability = iota
	Upcoming
	Current
	Archived
)

// Factor by which the score of a hit is multiplied: 0.7 to 1.4.
func (s Signals) Factor() float64 { return 1 }
