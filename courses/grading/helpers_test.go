package grading_test

import (
	"fmt"
	"time"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

// noon is some instant at which learners try things.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func problem(name string) key.BlockID    { return key.BlockID{Type: "problem", Name: name} }
func sequential(name string) key.BlockID { return key.BlockID{Type: "sequential", Name: name} }

// scored is a block with a score in its state.
func scored(name string, earned, possible float64) grading.ScoredBlock {
	return grading.ScoredBlock{
		Key: problem(name), Content: grading.Worth{Possible: new(possible)},
		State: &grading.Score{Points: grading.Points{Earned: earned, Possible: possible}, Attempted: noon},
	}
}

// graded is a graded subsection with points, as it is stored.
func graded(format, name string, earned, possible float64) grading.SubsectionGrade {
	p := grading.Points{Earned: earned, Possible: possible}
	return grading.SubsectionGrade{Key: sequential(name), Title: name, Format: format, Graded: true, All: p, GradedOnly: p, FirstAttempted: noon}
}

// gradedAll are subsections of one type with the given shares of 10,000 points.
func gradedAll(format string, shares ...float64) []grading.SubsectionGrade {
	var list []grading.SubsectionGrade
	for i, share := range shares {
		list = append(list, graded(format, fmt.Sprintf("%s %d", format, i+1), share*1e4, 1e4))
	}
	return list
}

// homework is a policy with one type that is worth everything.
func homework(minCount, dropCount int) *grading.Policy {
	return &grading.Policy{
		Types:   []grading.AssignmentType{{Name: "Homework", ShortLabel: "HW", MinCount: minCount, DropCount: dropCount, Weight: 1}},
		Cutoffs: []grading.Cutoff{{Letter: "Pass", Least: 0.5}},
	}
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

// dropped gives the numbers, from 1, of the entries that are dropped.
func dropped(t grading.TypeGrade) []int {
	var list []int
	for i, e := range t.Entries {
		if e.Dropped {
			list = append(list, i+1)
		}
	}
	return list
}

var noVersions grading.Versions
