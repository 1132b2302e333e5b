package outline

import "lectern/courses/partition"

// settingRule takes all blocks with a setting, and what is below them, from everybody.
type settingRule struct {
	blocks Mask
	points []int // that have it themselves
	has    func(*Node) bool
	reason Reason
}

// bySetting makes a rule of a setting; none if no block has it.
func bySetting(o *Outline, code Code, effect Effect, has func(*Node) bool) Rule {
	var points []int
	for i := range o.Nodes {
		if has(&o.Nodes[i]) {
			points = append(points, i)
		}
	}
	if points == nil {
		return nil
	}
	return &settingRule{o.Mask(points...), points, has, Reason{Code: code, Effect: effect}}
}

func (r *settingRule) Mark(_ *Case, m *Marks) { m.add(r.reason.Effect, r.blocks) }

func (r *settingRule) Explain(c *Case, node int) (list []Reason) {
	for n := range c.Course.upFrom(node) {
		if r.has(n) {
			reason := r.reason
			reason.At = n.ID
			list = append(list, reason)
		}
	}
	return list
}

// upFrom gives a block and those above it, from below.
func (o *Outline) upFrom(node int) func(yield func(*Node) bool) {
	return func(yield func(*Node) bool) {
		for ; node != absent; node = o.Nodes[node].Parent {
			if !yield(&o.Nodes[node]) {
				return
			}
		}
	}
}

func visibility(o *Outline) Rule {
	return bySetting(o, StaffOnly, Removes, func(n *Node) bool { return n.StaffOnly })
}

func tableOfContents(o *Outline) Rule {
	return bySetting(o, HiddenFromTOC, Hides, func(n *Node) bool { return n.HideFromTOC })
}

// groupRules takes blocks from learners who are in none of the groups that they are for: by track, cohort, team or experiment alike.
type groupRules []groupRule

// groupRule is one rule and all blocks that have it, on themselves or above.
type groupRule struct {
	access partition.Access // of one rule
	blocks Mask
	points []int // that say it themselves
}

func groups(o *Outline) Rule {
	var list groupRules
	for i := range o.Nodes {
		access := o.Nodes[i].Access
		for k := range access {
			list = list.add(o, access[k:k+1], i)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// add adds a block to the rule that is equal to its own.
func (list groupRules) add(o *Outline, access partition.Access, node int) groupRules {
	for i := range list {
		if r := &list[i]; equalRules(r.access[0], access[0]) {
			r.blocks.AddSpan(node, o.Nodes[node].End)
			r.points = append(r.points, node)
			return list
		}
	}
	return append(list, groupRule{access, o.Mask(node), []int{node}})
}

func (list groupRules) Mark(c *Case, m *Marks) {
	for i := range list {
		if len(c.Course.Partitions.Check(list[i].access, c.Facts.Groups)) > 0 {
			m.Remove(list[i].blocks)
		}
	}
}

func (list groupRules) Explain(c *Case, node int) (reasons []Reason) {
	for n := range c.Course.upFrom(node) {
		for _, d := range c.Course.Partitions.Check(n.Access, c.Facts.Groups) {
			reasons = append(reasons, Reason{Code: GroupMismatch, Effect: Removes, At: n.ID, Group: &d})
		}
	}
	return reasons
}
