package partition

import (
	"math"
	"slices"
)

// Ids that have a meaning of their own. A course gives its partitions ids from FirstGenerated to LastID; those below belong to the platform and its extensions.
const (
	EnrollmentTrackID = 50
	ContentGateID     = 51
	FirstGenerated    = 100
	LastID            = math.MaxInt32
)

// Scheme is how learners come into the groups of a partition.
type Scheme string

// The schemes of Open edX. In a partition with another scheme nobody has a group, unless [Learner.Members] says so.
const (
	RandomScheme Scheme = "random"            // drawn
	CohortScheme Scheme = "cohort"            // the content group of the learner's cohort
	TrackScheme  Scheme = "enrollment_track"  // by the mode of the enrolment
	GateScheme   Scheme = "content_type_gate" // limited or full access
	TeamScheme   Scheme = "team"              // by membership in a team
)

// Partition divides the learners of a course into groups.
type Partition struct {
	ID          int64
	Name        string
	Description string
	Scheme      Scheme
	Inactive    bool   // it is ignored
	Optional    bool   // rules on it do not hold for learners without a group in it
	TeamSet     string // of a partition of teams
	Groups      []Group
}

// Group is a part of the learners.
type Group struct {
	ID     int64
	Name   string
	Weight int64 // share of those who are drawn into it; 0: nobody anew
}

// Group finds a group.
func (p *Partition) Group(id int64) (Group, bool) {
	i := slices.IndexFunc(p.Groups, func(g Group) bool { return g.ID == id })
	if i < 0 {
		return Group{}, false
	}
	return p.Groups[i], true
}

// modes are the modes of enrolment that Open edX has. The id of a mode's group is its place in the list, from 1.
var modes = []string{
	"audit", "verified", "professional", "no-id-professional", "credit", "honor", "masters", "executive-education",
	"unpaid-executive-education", "paid-executive-education", "unpaid-bootcamp", "paid-bootcamp",
}

// TrackGroup gives the id of the group of an enrolment mode. Learners with credit are among the verified ones, also after the deadline for credit. Nobody is in
// the group of a mode that is not known.
func TrackGroup(mode string) (id int64, ok bool) {
	if mode == "credit" {
		mode = "verified"
	}
	i := slices.Index(modes, mode)
	return int64(i + 1), i >= 0
}

// Groups of the partition ContentGateID.
const (
	LimitedAccess = 1
	FullAccess    = 2
)

// tracks is the partition by enrolment mode that every course has.
func tracks() Partition {
	p := Partition{ID: EnrollmentTrackID, Name: "Enrollment Track Groups", Scheme: TrackScheme}
	for i, mode := range modes {
		p.Groups = append(p.Groups, Group{ID: int64(i + 1), Name: mode})
	}
	return p
}

// gate is the partition by what content learners get that every course has.
func gate() Partition {
	return Partition{ID: ContentGateID, Name: "Feature-based Enrollments", Scheme: GateScheme, Groups: []Group{
		{ID: LimitedAccess, Name: "Limited-access Users"}, {ID: FullAccess, Name: "Full-access Users"},
	}}
}

// Set is the partitions of a course. It never changes and can be used by many at once.
type Set struct {
	list   []Partition
	byID   map[int64]*Partition
	groups map[Link]bool
}

// NewSet joins the partitions that a course defines, of which the first of an id stands, with those that every course has. A partition of the course with an id
// of the platform takes that one's place, as in Open edX.
func NewSet(ofCourse ...Partition) *Set {
	s := &Set{byID: make(map[int64]*Partition, len(ofCourse)+2), groups: make(map[Link]bool)}
	all := append(slices.Clone(ofCourse), tracks(), gate())
	seen := make(map[int64]bool, len(all))
	for _, p := range all {
		if !seen[p.ID] {
			seen[p.ID] = true
			p.Groups = slices.Clone(p.Groups)
			s.list = append(s.list, p)
		}
	}
	for i := range s.list {
		p := &s.list[i]
		s.byID[p.ID] = p
		for _, g := range p.Groups {
			s.groups[Link{p.ID, g.ID}] = true
		}
	}
	return s
}

// Partition finds a partition. It is not to be changed.
func (s *Set) Partition(id int64) (*Partition, bool) {
	p, ok := s.byID[id]
	return p, ok
}

// All gives the partitions, those of the course first. They are not to be changed.
func (s *Set) All() []Partition { return s.list }
