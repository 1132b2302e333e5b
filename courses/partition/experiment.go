package partition

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"lectern/modulestore/key"
)

// Experiment is a split_test: each group of a partition sees one child.
type Experiment struct {
	Partition int64
	Children  map[int64]key.BlockID // by group
}

// ParseExperiment reads the settings of a split_test: the id of its partition, and group_id_to_child, an object of usage keys by group. A group whose entry cannot be read
// gets no child.
func ParseExperiment(partition int64, groupIDToChild []byte) (Experiment, []Problem) {
	const path = "group_id_to_child"
	var found problems
	e := Experiment{Partition: partition}
	var texts map[string]json.RawMessage
	if err := json.Unmarshal(groupIDToChild, &texts); err != nil {
		found.add(path, "this is not an object of usage keys by group, so no group gets a child: %s", err)
		return e, found
	}
	e.Children = make(map[int64]key.BlockID, len(texts))
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		at := path + "[" + name + "]"
		group, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			found.add(at, "%q is not the id of a group", name)
			continue
		}
		var usage key.Block
		if err := json.Unmarshal(texts[name], &usage); err != nil || usage.IsZero() {
			found.add(at, "the group %d gets no child, since this is not the key of a block", group)
			continue
		}
		e.Children[group] = usage.ID
	}
	return e, found
}

// Child gives what a learner sees. Who has no group, or one without a child, sees nothing of the experiment.
func (e *Experiment) Child(m Memberships) (key.BlockID, bool) {
	own := m[e.Partition]
	if !own.In {
		return key.BlockID{}, false
	}
	child, ok := e.Children[own.Group]
	return child, ok
}

// Access gives the rules for a child of the experiment: it is open to the groups that get it; to nobody if none does. It is narrowed by the rules of
// the experiment itself with [Access.Under], and what the child says of itself by it.
func (e *Experiment) Access(child key.BlockID) Access {
	var groups []int64
	for group, id := range e.Children {
		if id == child {
			groups = append(groups, group)
		}
	}
	slices.Sort(groups)
	return Access{{Partition: e.Partition, Groups: groups}}
}
