package courses

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lectern/courses/content"
	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/partition"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// node is what a block says of who has it.
type node struct {
	hidden     bool // from learners
	access     partition.Access
	experiment *partition.Experiment
	bank       *partition.Bank
	start      time.Time // zero: at once
}

// readRules reads the partitions, and of each block who has it.
func (c *Course) readRules() {
	list, _ := partition.Parse([]byte(c.Content.Setting(0, "user_partitions").Value.JSON()))
	c.Partitions = partition.NewSet(list...)
	c.nodes = make([]node, len(c.Content.Blocks))
	for i := range c.nodes {
		n, id := &c.nodes[i], c.Content.Blocks[i].ID
		n.hidden = c.Content.Setting(i, "visible_to_staff_only").Value.Bool()
		if own, ok := c.Content.Own(i, "group_access"); ok {
			n.access = partition.Closed()
			if own.Fault == nil || own.Fault.Severity != field.Error {
				n.access, _ = partition.ParseAccess([]byte(own.Value.JSON()))
			}
		}
		if start := c.Content.Setting(i, "start"); start.From != content.NotSet {
			n.start, _ = start.Value.Time()
		}
		switch id.Type {
		case "split_test":
			number, _ := c.Content.Setting(i, "user_partition_id").Value.Int()
			experiment, _ := partition.ParseExperiment(number, []byte(c.Content.Setting(i, "group_id_to_child").Value.JSON()))
			n.experiment = &experiment
		case "library_content", "legacy_library_content", "itembank":
			count, _ := c.Content.Setting(i, "max_count").Value.Int()
			n.bank = &partition.Bank{Key: c.Content.Key.Block(id), Count: int(count), Children: c.ids(c.Content.Blocks[i].Children)}
		}
	}
}

// readKinds notes by what learners differ who do not have the same blocks.
func (c *Course) readKinds() {
	for i := range c.nodes {
		n := &c.nodes[i]
		c.banks = c.banks || n.bank != nil
		for _, rule := range n.access {
			c.used = append(c.used, rule.Partition)
		}
		if n.experiment != nil {
			c.used = append(c.used, n.experiment.Partition)
		}
		c.starts = append(c.starts, n.start)
	}
	slices.Sort(c.used)
	c.used = slices.Compact(c.used)
	slices.SortFunc(c.starts, time.Time.Compare)
}

func (c *Course) ids(places []int) []key.BlockID {
	list := make([]key.BlockID, len(places))
	for i, at := range places {
		list[i] = c.Content.Blocks[at].ID
	}
	return list
}

// tree is a course as learners alike have it at some time.
type tree struct {
	visible []bool // by the place of the block
	outline *grading.Outline
}

// trees keeps those that were made.
type trees struct {
	mu    sync.Mutex
	known map[string]*tree
}

// mostTrees is the number of trees of a course that are kept.
const mostTrees = 64

// tree gives the course as a learner has it at an instant.
func (c *Course) tree(f *learner.GradeFacts, at time.Time) *tree {
	groups := c.groups(f)
	alike, shared := c.alike(groups, at)
	if !shared {
		return c.makeTree(f, groups, at)
	}
	c.trees.mu.Lock()
	defer c.trees.mu.Unlock()
	if t := c.trees.known[alike]; t != nil {
		return t
	}
	if c.trees.known == nil || len(c.trees.known) == mostTrees {
		c.trees.known = make(map[string]*tree)
	}
	t := c.makeTree(f, groups, at)
	c.trees.known[alike] = t
	return t
}

// groups gives the groups of a learner.
func (c *Course) groups(f *learner.GradeFacts) partition.Memberships {
	l := &partition.Learner{ID: f.Learner.String(), Cohort: partition.Link{Partition: f.Partition, Group: f.Group}, Stored: f.Groups}
	if f.Enrolment != nil && f.Enrolment.Active {
		l.Mode = f.Enrolment.Mode
	}
	return c.Outline.Partitions.Groups(c.Content.Key, l)
}

// alike names all learners who have the same tree as one with these groups at the same time. shared is false where each has a tree of their own.
func (c *Course) alike(groups partition.Memberships, at time.Time) (name string, shared bool) {
	if c.banks {
		return "", false
	}
	started, _ := slices.BinarySearchFunc(c.starts, at, func(start, at time.Time) int {
		if start.After(at) {
			return 1
		}
		return -1
	})
	var b strings.Builder
	fmt.Fprint(&b, started)
	for _, id := range c.used {
		own := groups[id]
		fmt.Fprintf(&b, " %d:%t:%d", id, own.In, own.Group)
	}
	return b.String(), true
}

func (c *Course) makeTree(f *learner.GradeFacts, groups partition.Memberships, at time.Time) *tree {
	t := &tree{visible: make([]bool, len(c.nodes))}
	var walk func(int)
	walk = func(i int) {
		n := &c.nodes[i]
		if t.visible[i] || n.hidden || len(c.Partitions.Check(n.access, groups)) > 0 {
			return
		}
		t.visible[i] = true
		for _, child := range c.childrenFor(i, f, groups) {
			walk(child)
		}
	}
	walk(0)
	t.outline = c.outlineOf(func(i int) bool { return t.visible[i] }, at)
	return t
}

// childrenFor gives those children of a block that a learner has: of an experiment the one of the group, of a bank what is drawn. What a learner has tried in a bank
// counts as drawn.
func (c *Course) childrenFor(at int, f *learner.GradeFacts, groups partition.Memberships) []int {
	children, n := c.Content.Blocks[at].Children, &c.nodes[at]
	has := func(key.BlockID) bool { return true }
	switch {
	case n.experiment != nil:
		chosen, ok := n.experiment.Child(groups)
		has = func(id key.BlockID) bool { return ok && id == chosen }
	case n.bank != nil:
		var tried []key.BlockID
		for _, id := range n.bank.Children {
			if _, ok := f.Scores[id]; ok {
				tried = append(tried, id)
			}
		}
		drawn := n.bank.Select(f.Learner.String(), tried).Children
		has = func(id key.BlockID) bool { return slices.Contains(drawn, id) }
	}
	return slices.DeleteFunc(slices.Clone(children), func(i int) bool { return !has(c.Content.Blocks[i].ID) })
}

// outlineOf makes an outline of some of the blocks. What opens later is not there yet; at the zero time everything is.
func (c *Course) outlineOf(has func(int) bool, at time.Time) *grading.Outline {
	var list []grading.Block
	for i := range c.Content.Blocks {
		if !has(i) {
			continue
		}
		id := c.Content.Blocks[i].ID
		b := grading.Block{Key: id, Mode: grading.ModeOf(id.Type), Children: c.ids(c.Content.Blocks[i].Children)}
		if !at.IsZero() && c.nodes[i].start.After(at) {
			b.Access = grading.Unreleased
		}
		list = append(list, b)
	}
	return grading.NewOutline(list)
}
