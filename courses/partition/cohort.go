package partition

import (
	"cmp"
	"slices"

	"lectern/modulestore/key"
)

// Cohort is a cohort, as far as it matters for who comes into it.
type Cohort struct {
	Name   string
	Random bool // learners without a cohort are put into it
}

// DefaultCohort gives the cohort that a learner is put into at enrolment: one of the random ones, each as likely as the others, by the hash of the partition 0, which no
// course has. ok is false when there is no random cohort. It is not for reading: a learner's cohort is the one that is stored.
func DefaultCohort(course key.Course, cohorts []Cohort, learner string) (name string, ok bool) {
	random := slices.DeleteFunc(slices.Clone(cohorts), func(c Cohort) bool { return !c.Random })
	if len(random) == 0 {
		return "", false
	}
	slices.SortFunc(random, func(a, b Cohort) int { return cmp.Compare(a.Name, b.Name) })
	p := Partition{}
	for i := range random {
		p.Groups = append(p.Groups, Group{ID: int64(i), Weight: 1})
	}
	i, _ := p.draw(Hash(course, 0, learner))
	return random[i].Name, true
}
