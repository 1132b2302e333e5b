package outline

import "lectern/modulestore/key"

// Local is a [Rule] that tells where it decides. Those of this package all do.
type Local interface {
	Rule
	// Points are the blocks at which the rule can take something else than from the block above, from whomever and at whatever instant. Between one point and the
	// next below it, it takes all or nothing. Sections and subsections count as points in any case and can be left out.
	Points() []int
}

// Classes divide the blocks of a course into those that open together. The class of a block is named by its access point: the nearest block, at or above it,
// at which rules can decide. For every learner and at every instant a block has the verdict of its access point.
//
// Classes follow from where rules stand, never from what they say: a date that moves, other groups in a rule, or a learner in another cohort leave them as
// they are. Sections and subsections are access points whether or not they have rules now, so that dates and rules can come there, and go, without any change
// of classes, too.
type Classes struct {
	outline *Outline
	of      []int // by place: the place of the access point
	points  []int
}

// Classes gives the classes of the course under the rules that it was compiled with. In doubt a block is one of its own: where a rule does not tell where it
// decides, each is.
func (c *Course) Classes() *Classes {
	k := &Classes{outline: c.Outline, of: make([]int, len(c.Nodes))}
	own := make([]bool, len(c.Nodes))
	every := false
	for _, rule := range c.rules {
		local, tells := rule.(Local)
		if every = every || !tells; every {
			break
		}
		for _, node := range local.Points() {
			own[node] = true
		}
	}
	for i := range c.Nodes {
		if n := &c.Nodes[i]; every || own[i] || n.Level <= SequenceLevel || chooses(c.Nodes[n.Parent].ID.Type) {
			k.of[i] = i
			k.points = append(k.points, i)
		} else {
			k.of[i] = k.of[n.Parent]
		}
	}
	return k
}

// chooses reports whether blocks of a type show each learner only some of what is in them.
func chooses(kind string) bool {
	switch kind {
	case "split_test", "library_content", "legacy_library_content", "itembank", "randomize", "conditional":
		return true
	default:
		return false
	}
}

// Points are the access points of all classes, in document order. They are not to be changed.
func (k *Classes) Points() []int { return k.points }

// Of gives the access point of a block.
func (k *Classes) Of(node int) int { return k.of[node] }

// Class names the class of a block by its access point. Pages, updates and handouts stand beside the outline and are open to whom the course is. What else has no place in the
// outline, so that no learner gets it, is named by itself, which is no access point: nobody is let into that class.
func (k *Classes) Class(id key.BlockID) key.BlockID {
	if node, ok := k.outline.Find(id); ok {
		return k.outline.Nodes[k.of[node]].ID
	}
	if id.Type == "static_tab" || id.Type == "course_info" {
		return k.outline.Nodes[0].ID
	}
	return id
}

// Points are none: the whole course follows such a rule.
func (courseRule) Points() []int { return nil }

// Points are the blocks with the setting.
func (r *settingRule) Points() []int { return r.points }

// Points are the blocks that say themselves which groups they are for.
func (list groupRules) Points() (points []int) {
	for i := range list {
		points = append(points, list[i].points...)
	}
	return points
}

// Points are the blocks that have a date for some learner. A due date of their own learners can get for every block.
func (r *dateRule) Points() (points []int) {
	if r.starts || r.outline.Dates.SelfPaced {
		return r.blocks
	}
	for i := range r.outline.Dates.Blocks {
		if r.outline.Dates.Blocks[i].HideAfterDue {
			points = append(points, i)
		}
	}
	return points
}

// Points are the blocks with gates.
func (r *gateRule) Points() []int { return r.gated }

// Points are none: the rule is about sections.
func (*examRule) Points() []int { return nil }

// Points are all that can be drawn.
func (list bankRules) Points() (points []int) {
	for i := range list {
		points = append(points, list[i].children...)
	}
	return points
}

// Points are none: nothing is taken.
func (examNotes) Points() []int { return nil }

// Points are none: nothing is taken.
func (dateNotes) Points() []int { return nil }
