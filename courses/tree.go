package courses

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"lectern/courses/grading"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// tree is a course as learners alike have it at some time: what there is of it for them, and what of that has opened. The outline says both, by those of its
// rules that decide what belongs to a learner.
type tree struct {
	visible []bool // by the place of the block
	outline *grading.Outline
}

// trees keeps those that were made, by what is taken from their learners, and, where nothing is drawn for each of them, by what decides about that.
type trees struct {
	mu    sync.Mutex
	known map[string]*tree
	alike map[string]spell
}

// spell is the tree that learners alike have from one instant until another; zero: for good.
type spell struct {
	*tree
	from, until time.Time
}

// of gives the tree of learners at an instant, if it is known.
func (t *trees) of(alike string, at time.Time) *tree {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.alike[alike]
	if !ok || at.Before(s.from) || !s.until.IsZero() && !at.Before(s.until) {
		return nil
	}
	return s.tree
}

// note keeps what the tree of learners is between two instants.
func (t *trees) note(alike string, s spell) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.alike == nil || len(t.alike) >= mostTrees {
		t.alike = make(map[string]spell)
	}
	t.alike[alike] = s
}

// mostTrees is the number of trees of a course that are kept.
const mostTrees = 64

// tree gives the course as a learner has it at an instant.
func (c *Course) tree(f *learner.GradeFacts, at time.Time) *tree {
	_, beta, _ := c.early(f.Roles) // a role that cannot be read lets nobody in early; who looks at the outline is told of it
	facts := outline.Facts{Learner: f.Learner.String(), Enrolled: true, Groups: c.groups(f), Schedule: schedule.Learner{Beta: beta}}
	if c.belongs.Draws() {
		facts.Drawn = c.belongs.Drawn(func(id key.BlockID) bool { _, tried := f.Scores[id]; return tried })
		return c.treeOf(c.belongs.Evaluate(&facts, at, outline.Options{}))
	}
	alike := alike(facts.Groups, beta)
	if t := c.trees.of(alike, at); t != nil {
		return t
	}
	v := c.belongs.Evaluate(&facts, at, outline.Options{})
	t := c.treeOf(v)
	c.trees.note(alike, spell{t, at, v.NextChange})
	return t
}

// alike names learners of whom the rules of belonging know the same.
func alike(groups partition.Memberships, beta bool) string {
	name := strconv.AppendBool(nil, beta)
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		name = strconv.AppendInt(append(name, ' '), id, 10)
		name = strconv.AppendInt(append(name, ':'), groups[id].Group, 10)
	}
	return string(name)
}

// treeOf gives the tree of whom a view is.
func (c *Course) treeOf(v *outline.View) *tree {
	taken := v.Taken()
	c.trees.mu.Lock()
	t := c.trees.known[taken]
	c.trees.mu.Unlock()
	if t != nil {
		return t
	}
	t = c.makeTree(v)
	c.trees.mu.Lock()
	defer c.trees.mu.Unlock()
	if c.trees.known == nil || len(c.trees.known) >= mostTrees {
		c.trees.known = make(map[string]*tree)
	}
	c.trees.known[taken] = t
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

func (c *Course) makeTree(v *outline.View) *tree {
	t := &tree{visible: make([]bool, len(c.Content.Blocks))}
	access := make([]grading.Access, len(c.Content.Blocks))
	for i := range v.Course.Nodes {
		verdict, place := v.Learner(i), v.Course.Nodes[i].Place
		t.visible[place] = verdict.Exists
		if !verdict.Accessible {
			access[place] = grading.Unreleased
		}
	}
	var list []grading.Block
	for i := range c.Content.Blocks {
		if t.visible[i] {
			list = append(list, c.graded(i, access[i]))
		}
	}
	t.outline = grading.NewOutline(list)
	return t
}

// whole makes an outline of all blocks, for everybody and at any time.
func (c *Course) whole() *grading.Outline {
	list := make([]grading.Block, len(c.Content.Blocks))
	for i := range list {
		list[i] = c.graded(i, grading.Open)
	}
	return grading.NewOutline(list)
}

// graded is a block as package grading takes it.
func (c *Course) graded(at int, access grading.Access) grading.Block {
	b := &c.Content.Blocks[at]
	children := make([]key.BlockID, len(b.Children))
	for i, child := range b.Children {
		children[i] = c.Content.Blocks[child].ID
	}
	return grading.Block{Key: b.ID, Mode: grading.ModeOf(b.ID.Type), Access: access, Children: children}
}
