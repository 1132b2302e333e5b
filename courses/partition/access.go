package partition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Rule opens a block to some groups of a partition. Without groups it opens it to nobody.
type Rule struct {
	Partition int64
	Groups    []int64 // sorted, each once
}

// Access is the rules of a block, sorted by partition, one for each. All must pass. It is not to be changed.
type Access []Rule

// unreadable is the partition of the rule that stands for settings that cannot be read. No partition has this id.
const unreadable = 0

// ParseAccess reads the setting group_access of a block: lists of groups by partition. An empty list and null open the block to all, false to nobody. What cannot be
// read closes the block, too.
func ParseAccess(text []byte) (Access, []Problem) {
	const path = "group_access"
	var found problems
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return nil, nil
	}
	var byID map[string]json.RawMessage
	if err := json.Unmarshal(text, &byID); err != nil {
		found.add(path, "this is not an object of lists of groups by partition, so the block is open to nobody: %s", err)
		return Access{{Partition: unreadable}}, found
	}
	rules := make(map[int64][]int64, len(byID))
	for _, name := range slices.Sorted(maps.Keys(byID)) {
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil || id < 0 {
			found.add(path, "%q is not the id of a partition, so the block is open to nobody", name)
			rules[unreadable] = nil
			continue
		}
		groups, restricted, err := groupList(byID[name])
		if err != nil {
			found.add(path+"["+name+"]", "this is not a list of ids of groups, so the block is open to nobody: %s", err)
		}
		if _, twice := rules[id]; twice {
			found.add(path, "the partition %d is there twice, so the block is open to nobody", id)
			groups, restricted = nil, true
		}
		if restricted {
			rules[id] = groups
		}
	}
	return accessOf(rules), found
}

func groupList(text json.RawMessage) (groups []int64, restricted bool, err error) {
	if string(text) == "false" {
		return nil, true, nil
	}
	if err := json.Unmarshal(text, &groups); err != nil {
		return nil, true, err
	}
	return groups, len(groups) > 0, nil
}

func accessOf(rules map[int64][]int64) Access {
	var a Access
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		groups := slices.Clone(rules[id])
		slices.Sort(groups)
		a = append(a, Rule{id, slices.Compact(groups)})
	}
	return a
}

// Under narrows the rules of a block by those of what it stands in: open is what both open.
func (a Access) Under(above Access) Access {
	switch {
	case len(above) == 0:
		return a
	case len(a) == 0:
		return above
	}
	joined := make(Access, 0, len(a)+len(above))
	for len(a) > 0 && len(above) > 0 {
		switch own, outer := a[0], above[0]; {
		case own.Partition < outer.Partition:
			joined, a = append(joined, own), a[1:]
		case own.Partition > outer.Partition:
			joined, above = append(joined, outer), above[1:]
		default:
			both := slices.DeleteFunc(slices.Clone(own.Groups), func(g int64) bool { return !slices.Contains(outer.Groups, g) })
			joined, a, above = append(joined, Rule{own.Partition, both}), a[1:], above[1:]
		}
	}
	return append(append(joined, a...), above...)
}

// Reason is why a rule closes.
type Reason string

// The reasons. Only GroupMismatch is about the learner; the others are faults of the course, which learners need not be told apart.
const (
	GroupMismatch    Reason = "group_mismatch"    // the learner is in none of the groups
	NobodyAllowed    Reason = "group_nobody"      // the rule opens to nobody, or rules above and below contradict each other
	UnknownPartition Reason = "partition_unknown" // the course has no such partition
	UnknownGroup     Reason = "group_unknown"     // the partition has no such group
	Unreadable       Reason = "group_unreadable"  // the setting cannot be read
)

// Denial is one rule that closes a block, and why.
type Denial struct {
	Reason    Reason
	Partition int64
	Name      string  // of the partition, if it is known
	Allowed   []int64 // groups; of UnknownGroup the first that is not known
	Own       Membership
}

// String says it in one sentence.
func (d Denial) String() string {
	switch d.Reason {
	case NobodyAllowed:
		return fmt.Sprintf("open to no group of the partition %d", d.Partition)
	case UnknownPartition:
		return fmt.Sprintf("closed, since the course has no partition %d", d.Partition)
	case UnknownGroup:
		return fmt.Sprintf("closed, since the partition %q has no group %s", d.Name, numbers(d.Allowed))
	case Unreadable:
		return "closed, since its group_access cannot be read"
	}
	own := "none"
	if d.Own.In {
		own = strconv.FormatInt(d.Own.Group, 10)
	}
	return fmt.Sprintf("only for the groups %s of %q, the learner's is %s", numbers(d.Allowed), d.Name, own)
}

func numbers(list []int64) string {
	var texts []string
	for _, n := range list {
		texts = append(texts, strconv.FormatInt(n, 10))
	}
	return strings.Join(texts, ", ")
}

// Check gives all rules that close a block to a learner; none when it is open. Inactive partitions are passed over.
func (s *Set) Check(a Access, m Memberships) []Denial {
	var list []Denial
	for i := range a {
		if d, denied := s.check(&a[i], m); denied {
			list = append(list, d)
		}
	}
	return list
}

func (s *Set) check(r *Rule, m Memberships) (Denial, bool) {
	d := Denial{Partition: r.Partition, Allowed: r.Groups}
	p, known := s.byID[r.Partition]
	switch {
	case r.Partition == unreadable:
		d.Reason = Unreadable
		return d, true
	case !known:
		d.Reason = UnknownPartition
		return d, true
	case p.Inactive:
		return Denial{}, false
	}
	d.Name = p.Name
	if len(r.Groups) == 0 {
		d.Reason = NobodyAllowed
		return d, true
	}
	for _, g := range r.Groups {
		if !s.groups[Link{p.ID, g}] {
			d.Reason, d.Allowed = UnknownGroup, []int64{g}
			return d, true
		}
	}
	d.Reason, d.Own = GroupMismatch, m[r.Partition]
	if d.Own.In {
		return d, !slices.Contains(r.Groups, d.Own.Group)
	}
	return d, !p.Optional
}
