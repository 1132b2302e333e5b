package partition

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Problem is one thing that is odd in a setting. None of them keeps the rest from being read.
type Problem struct {
	Path    string // of the value: user_partitions[2].groups[0]
	Message string // what is wrong and what is made of it, one sentence
}

// String gives place and message.
func (p Problem) String() string { return p.Path + ": " + p.Message }

type problems []Problem

func (list *problems) add(path, format string, args ...any) {
	*list = append(*list, Problem{path, fmt.Sprintf(format, args...)})
}

// MaxWeight is the largest weight of a group.
const MaxWeight = 1_000_000

// storedPartition and storedGroup are a partition and a group as user_partitions has them.
type storedPartition struct {
	ID          *int64
	Name        string
	Description string
	Scheme      *string
	Version     *int64
	Active      *bool
	Parameters  json.RawMessage
	Groups      []json.RawMessage
}

type storedGroup struct {
	ID     *int64
	Name   string
	Weight *int64
}

// Parse reads the setting user_partitions of a course. A partition that cannot be read is left out, so rules on it close.
//
// Beyond Open edX, a group may have a weight, and parameters may have "optional": true.
func Parse(text []byte) ([]Partition, []Problem) {
	const path = "user_partitions"
	var found problems
	var entries []json.RawMessage
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(text, &entries); err != nil {
		found.add(path, "this is not a list of partitions, so the course has none: %s", err)
		return nil, found
	}
	var list []Partition
	names := make(map[int64]string, len(entries))
	for i, entry := range entries {
		at := fmt.Sprintf("%s[%d]", path, i)
		p, ok := found.partition(at, entry)
		if !ok {
			continue
		}
		if first, twice := names[p.ID]; twice {
			found.add(at, "the partition %q has the id %d of the partition %q and is left out", p.Name, p.ID, first)
			continue
		}
		names[p.ID] = p.Name
		list = append(list, p)
	}
	return list, found
}

func (list *problems) partition(at string, text json.RawMessage) (Partition, bool) {
	var s storedPartition
	err := json.Unmarshal(text, &s)
	switch {
	case err != nil:
		list.add(at, "this partition cannot be read and is left out: %s", err)
		return Partition{}, false
	case s.ID == nil:
		list.add(at, "the partition %q has no id and is left out", s.Name)
		return Partition{}, false
	case *s.ID < 1 || *s.ID > LastID:
		list.add(at, "the partition %q has the id %d, which is not from 1 to %d, and is left out", s.Name, *s.ID, LastID)
		return Partition{}, false
	case *s.ID < FirstGenerated:
		list.add(at, "the partition %q has the id %d, which belongs to the platform; it stands in the place of the platform's", s.Name, *s.ID)
	}
	p := Partition{ID: *s.ID, Name: s.Name, Description: s.Description, Inactive: s.Active != nil && !*s.Active}
	p.Scheme = list.scheme(at, &s)
	list.parameters(at, &s, &p)
	list.groups(at, &s, &p)
	return p, true
}

// scheme reads the scheme. Version 1 had none: all its partitions are random.
func (list *problems) scheme(at string, s *storedPartition) Scheme {
	if s.Version != nil && (*s.Version < 1 || *s.Version > 3) {
		list.add(at, "the partition %q has the version %d and is read as one of version 3", s.Name, *s.Version)
	}
	if s.Scheme == nil {
		return RandomScheme
	}
	scheme := Scheme(*s.Scheme)
	switch {
	case s.Version != nil && *s.Version == 1:
		if scheme != RandomScheme {
			list.add(at, "the partition %q is of version 1, so it is random, not %q", s.Name, scheme)
		}
		return RandomScheme
	case scheme != RandomScheme && scheme != CohortScheme && scheme != TrackScheme && scheme != GateScheme && scheme != TeamScheme:
		list.add(at, "the partition %q has the scheme %q, by which nobody gets a group", s.Name, scheme)
	}
	return scheme
}

func (list *problems) parameters(at string, s *storedPartition, p *Partition) {
	var parameters struct {
		Optional bool
		TeamSet  string `json:"team_set_id"`
	}
	if len(s.Parameters) == 0 {
		return
	}
	if err := json.Unmarshal(s.Parameters, &parameters); err != nil {
		list.add(at+".parameters", "the parameters of the partition %q cannot be read and are ignored: %s", s.Name, err)
		return
	}
	p.Optional, p.TeamSet = parameters.Optional, parameters.TeamSet
}

func (list *problems) groups(at string, s *storedPartition, p *Partition) {
	for i, text := range s.Groups {
		path := fmt.Sprintf("%s.groups[%d]", at, i)
		var g storedGroup
		if err := json.Unmarshal(text, &g); err != nil {
			list.add(path, "this group of the partition %q cannot be read and is left out: %s", p.Name, err)
			continue
		}
		if g.ID == nil || *g.ID < 0 {
			list.add(path, "the group %q of the partition %q has no id from 0 up and is left out", g.Name, p.Name)
			continue
		}
		if first, twice := p.Group(*g.ID); twice {
			list.add(path, "the group %q of the partition %q has the id %d of the group %q and is left out", g.Name, p.Name, *g.ID, first.Name)
			continue
		}
		p.Groups = append(p.Groups, Group{ID: *g.ID, Name: g.Name, Weight: list.weight(path, &g)})
	}
}

func (list *problems) weight(path string, g *storedGroup) int64 {
	if g.Weight == nil {
		return 1
	}
	if w := min(max(*g.Weight, 0), MaxWeight); w != *g.Weight {
		list.add(path, "the group %q has the weight %d, which is read as %d", g.Name, *g.Weight, w)
		return w
	}
	return *g.Weight
}
