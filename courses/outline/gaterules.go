package outline

import (
	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// opened gives since when something that waited for the learner is open; never: it is not, as far as is known.
func (f *Facts) opened(id key.BlockID) schedule.Instant {
	if t, ok := f.Opened[id]; ok {
		return schedule.At(t)
	}
	return never
}

// barred reports whether a block stays closed that opens when done says so. What is open stays open; what opens at a time to come is closed until then.
func (c *Case) barred(id key.BlockID, done bool) (barred bool, until schedule.Instant) {
	if done {
		return false, never
	}
	since := c.Facts.opened(id)
	if since == never {
		return true, never
	}
	return c.at < since, since
}

// gateRule closes what waits for something else.
type gateRule struct {
	gated []int // blocks with gates, all of which must be met
}

func prerequisites(o *Outline) Rule {
	var r gateRule
	for i := range o.Nodes {
		if len(o.Nodes[i].Gates) > 0 {
			r.gated = append(r.gated, i)
		}
	}
	if r.gated == nil {
		return nil
	}
	return &r
}

// closed reports whether the gates of a block keep it closed.
func (r *gateRule) closed(c *Case, n *Node) (closed bool, until schedule.Instant) {
	done := true
	for _, g := range n.Gates {
		progress, known := c.Facts.Progress[c.Course.Nodes[g.Of].ID]
		done = done && g.Met(progress, known)
	}
	closed, until = c.barred(n.ID, done)
	if !closed {
		return false, never
	}
	return true, until
}

func (r *gateRule) Mark(c *Case, m *Marks) {
	for _, i := range r.gated {
		n := &c.Course.Nodes[i]
		if closed, until := r.closed(c, n); closed {
			m.until(until)
			m.closed.AddSpan(i, n.End)
		}
	}
}

func (r *gateRule) Explain(c *Case, node int) (list []Reason) {
	for n := range c.Course.upFrom(node) {
		closed, until := r.closed(c, n)
		if !closed {
			continue
		}
		for _, g := range n.Gates {
			of := &c.Course.Nodes[g.Of]
			progress, known := c.Facts.Progress[of.ID]
			if g.Met(progress, known) {
				continue
			}
			list = append(list, Reason{
				Code: PrerequisiteUnmet, Effect: Closes, At: n.ID, Opens: until.Time(),
				Gate: gateState(of, float64(g.MinScore), float64(g.MinCompletion), progress, known),
			})
		}
	}
	return list
}

func gateState(of *Node, minScore, minCompletion float64, p Progress, known bool) *GateState {
	g := &GateState{Of: of.ID, Title: of.Title, MinScore: minScore, MinCompletion: minCompletion}
	if known {
		g.Score, g.Completion = p.Score(), p.Completion()
	}
	return g
}

// examRule closes all other sections until the entrance exam is passed.
type examRule struct {
	exam   *Node
	min    float64
	blocks Mask
}

func entranceExam(o *Outline) Rule {
	if o.EntranceExam == nil {
		return nil
	}
	r := &examRule{exam: &o.Nodes[o.EntranceExam.Section], min: o.EntranceExam.MinScore, blocks: NewMask(len(o.Nodes))}
	for _, s := range o.Sections {
		if s != o.EntranceExam.Section {
			r.blocks.AddSpan(s, o.Nodes[s].End)
		}
	}
	if r.blocks.empty() {
		return nil
	}
	return r
}

func (r *examRule) required(c *Case) (required bool, until schedule.Instant) {
	if c.Facts.SkipsExam {
		return false, never
	}
	required, until = c.barred(r.exam.ID, c.Facts.Progress[r.exam.ID].scored(r.min))
	if !required {
		return false, never
	}
	return true, until
}

func (r *examRule) Mark(c *Case, m *Marks) {
	if required, until := r.required(c); required {
		m.until(until)
		m.Close(r.blocks)
	}
}

func (r *examRule) Explain(c *Case, node int) []Reason {
	required, until := r.required(c)
	if !required || !r.blocks.Has(node) {
		return nil
	}
	progress, known := c.Facts.Progress[r.exam.ID]
	return []Reason{{Code: EntranceExamRequired, Effect: Closes, At: r.exam.ID, Opens: until.Time(), Gate: gateState(r.exam, r.min, 0, progress, known)}}
}
