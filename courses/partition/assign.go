package partition

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strconv"

	"lectern/modulestore/key"
)

// Learner is all that decides which groups of a course a learner is in.
type Learner struct {
	ID      string          // in lower-case hex; empty: nobody is signed in, and no group is drawn
	Mode    string          // of the active enrolment; empty without one
	Cohort  Link            // of the learner's cohort
	Members map[int64]int64 // by partition: groups that others keep the members of, such as teams and content gates
	Stored  map[int64]int64 // by partition: groups that were drawn or set and stored
	As      map[int64]int64 // by partition: groups that staff look at the course as, whatever else holds
}

// Link names a group of a partition: the content group that a cohort is linked to. The zero value is none.
type Link struct {
	Partition, Group int64
}

// Source is why a learner is in a group.
type Source string

// The sources. The empty one is that of learners without a group.
const (
	ByPreview    Source = "preview"    // staff look at the course as this group
	ByMode       Source = "mode"       // the enrolment
	ByCohort     Source = "cohort"     // the cohort
	ByMembership Source = "membership" // another list of members
	ByStore      Source = "stored"     // a stored group
	ByHash       Source = "hash"       // drawn, and not stored yet
	ByRedraw     Source = "redraw"     // drawn again, because the stored group was deleted, and not stored yet
)

// Membership is the group of a learner in a partition.
type Membership struct {
	In     bool // there is a group
	Group  int64
	Source Source
	Lost   int64 // of ByRedraw: the stored group that is no more
}

// Memberships are the groups of one learner, by partition. Partitions without a group are absent.
type Memberships map[int64]Membership

// Groups gives the groups of a learner in all active partitions. It stores nothing: who shows content of a group that comes ByHash or ByRedraw stores it.
func (s *Set) Groups(course key.Course, l *Learner) Memberships {
	m := make(Memberships, len(s.list))
	for i := range s.list {
		if p := &s.list[i]; !p.Inactive {
			if own := p.membership(course, l); own.In {
				m[p.ID] = own
			}
		}
	}
	return m
}

func (p *Partition) membership(course key.Course, l *Learner) Membership {
	if as, ok := l.As[p.ID]; ok {
		return p.existing(as, ByPreview)
	}
	switch p.Scheme {
	case RandomScheme:
		return p.random(course, l)
	case CohortScheme:
		if l.Cohort.Partition == p.ID {
			return p.existing(l.Cohort.Group, ByCohort)
		}
		return Membership{}
	case TrackScheme:
		group, ok := TrackGroup(l.Mode)
		if !ok {
			return Membership{}
		}
		return p.existing(group, ByMode)
	}
	if group, ok := l.Members[p.ID]; ok {
		return p.existing(group, ByMembership)
	}
	if p.Scheme == GateScheme { // a course without gates gives everybody everything
		return p.existing(FullAccess, ByMembership)
	}
	return Membership{}
}

// existing is a membership, unless the group was deleted.
func (p *Partition) existing(group int64, source Source) Membership {
	if _, ok := p.Group(group); !ok {
		return Membership{}
	}
	return Membership{In: true, Group: group, Source: source}
}

// random gives the stored group, or else the one that the hash draws.
func (p *Partition) random(course key.Course, l *Learner) Membership {
	stored, ok := l.Stored[p.ID]
	if own := p.existing(stored, ByStore); ok && own.In {
		return own
	}
	if l.ID == "" {
		return Membership{}
	}
	own := Membership{Source: ByHash}
	subject := l.ID
	if ok {
		own.Source, own.Lost = ByRedraw, stored
		subject += "\x00" + strconv.FormatInt(stored, 10)
	}
	own.Group, own.In = p.draw(Hash(course, p.ID, subject))
	if !own.In {
		return Membership{}
	}
	return own
}

// Hash is the number that decides about a learner in a partition of a course.
func Hash(course key.Course, partition int64, learner string) uint64 {
	sum := digest("abx1", course.String(), strconv.FormatInt(partition, 10), learner)
	return binary.BigEndian.Uint64(sum[:])
}

// digest is the SHA-256 of strings with a zero byte between each two.
func digest(parts ...string) [sha256.Size]byte {
	text := make([]byte, 0, 256)
	for i, part := range parts {
		if i > 0 {
			text = append(text, 0)
		}
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}

// draw gives the group for a hash, by the weights; none if they are all 0.
func (p *Partition) draw(hash uint64) (group int64, ok bool) {
	var total uint64
	for _, g := range p.Groups {
		total += uint64(max(g.Weight, 0))
	}
	r, _ := bits.Mul64(hash, total)
	for _, g := range p.Groups {
		weight := uint64(max(g.Weight, 0))
		if r < weight {
			return g.ID, true
		}
		r -= weight
	}
	return 0, false
}
