package query

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Signals are what is known of a hit beside its score. The zero value of each says nothing.
type Signals struct {
	SameSection  bool          // the learner is in this section
	Type         string        // block type
	Age          time.Duration // of an update, since it was written
	Availability Availability  // of a course
	Popularity   float64       // of a course, from 0 to 1
}

// Availability is that of a course at the instant of the search.
type Availability int

// The availabilities.
const (
	AvailabilityUnknown Availability = iota
	Upcoming
	Current
	Archived
)

// A signal may turn the order of hits that are about as good, never bring up what hardly fits.
const (
	minFactor = 0.7
	maxFactor = 1.4

	sectionFactor    = 1.15
	freshnessFactor  = 1.2                 // of an update written now
	freshnessHalf    = 14 * 24 * time.Hour // after which half of that is left
	popularityFactor = 1.2                 // of the most popular course
)

// typeFactors prefer what explains to what asks, and both to what only holds others.
var typeFactors = map[string]float64{"html": 1.05, "video": 1.05, "problem": 0.95, "vertical": 0.8, "sequential": 0.8, "chapter": 0.8, "discussion": 0.85}

var availabilityFactors = map[Availability]float64{Current: 1.15, Upcoming: 1.05, Archived: 0.8}

// Factor is what the score of a hit is multiplied with: 0.7 to 1.4, and 1 if nothing is known.
func (s Signals) Factor() float64 {
	factor := 1.0
	if s.SameSection {
		factor *= sectionFactor
	}
	if f, ok := typeFactors[s.Type]; ok {
		factor *= f
	}
	if s.Age > 0 {
		factor *= 1 + (freshnessFactor-1)*math.Exp2(-float64(s.Age)/float64(freshnessHalf))
	}
	if f, ok := availabilityFactors[s.Availability]; ok {
		factor *= f
	}
	if s.Popularity > 0 {
		factor *= 1 + (popularityFactor-1)*min(1, s.Popularity)
	}
	return max(minFactor, min(maxFactor, factor))
}

// Ranked is a hit with all that its rank depends on.
type Ranked struct {
	ID      string
	Score   float64
	Signals Signals
}

// Rerank orders hits by score times factor, the best first; equals by their ID, so that pages stay the same.
func Rerank(hits []Ranked) {
	slices.SortFunc(hits, func(a, b Ranked) int {
		return cmp.Or(cmp.Compare(b.Score*b.Signals.Factor(), a.Score*a.Signals.Factor()), cmp.Compare(a.ID, b.ID))
	})
}
