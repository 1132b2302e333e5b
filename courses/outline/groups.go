package outline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lectern/courses/partition"
	"lectern/modulestore/field"
)

// checkGroups notes rules that name what is gone, and rules of sections and sequences that name nothing.
func (b *builder) checkGroups() {
	for i := range b.Nodes {
		n := &b.Nodes[i]
		if n.Level == SectionLevel || n.Level == SequenceLevel {
			for _, p := range b.tree.blocks[n.Place].groups.empty {
				b.note(n.Place, Issue{Code: EmptyGroups, Severity: field.Warning, Name: p})
			}
		}
		for _, d := range b.Partitions.Check(n.Access, nil) {
			if d.Reason == partition.UnknownPartition || d.Reason == partition.UnknownGroup {
				b.note(n.Place, Issue{Code: GroupUnknown, Severity: field.Error, Detail: d.String()})
			}
		}
	}
}

// bubble gives a sequence the rules that all its units have in common, so that learners who get none of its units are not told of it. Authors set
// them on the units, for lack of another place.
func (b *builder) bubble(sequence int) {
	s := &b.Nodes[sequence]
	for _, rule := range b.common(sequence) {
		i := Issue{Code: GroupsBubbled, Severity: field.Info, Name: strconv.FormatInt(rule.Partition, 10), Value: groupList(rule.Groups)}
		if slices.ContainsFunc(s.Access, func(own partition.Rule) bool { return own.Partition == rule.Partition }) {
			i.Code = GroupsConflict
		} else {
			s.Access = s.Access.Under(partition.Access{rule})
		}
		b.note(s.Place, i)
	}
}

// common gives the rules that are equal in all units of a sequence.
func (b *builder) common(sequence int) (list []partition.Rule) {
	first := true
	for u := sequence + 1; u < b.Nodes[sequence].End; u = b.Nodes[u].End {
		access := b.Nodes[u].Access
		if first {
			list, first = slices.Clone(access), false
			continue
		}
		list = slices.DeleteFunc(list, func(r partition.Rule) bool {
			return !slices.ContainsFunc(access, func(o partition.Rule) bool { return equalRules(r, o) })
		})
	}
	return slices.DeleteFunc(list, func(r partition.Rule) bool { return len(r.Groups) == 0 })
}

func equalRules(a, b partition.Rule) bool {
	return a.Partition == b.Partition && slices.Equal(a.Groups, b.Groups)
}

func groupList(groups []int64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(groups), " ", ", "), "[]")
}
