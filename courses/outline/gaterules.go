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

// met reports whether the learner has done what the gates of a block ask for.
func (c *Case) met(n *Node) bool {
	for _, g := range n.Gates {
		if progress, known := c.Facts.Progress[c.Course.Nodes[g.Of].ID]; !g.Met(progress, known) {
			return false
		}
	}
	return true
}

// closed reports whether the gates of a block keep it closed.
func (r *gateRule) closed(c *Case, n *Node) (closed bool, until schedule.Instant) {
	closed, until = c.barred(n.ID, c.met(n))
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
	blocks Mask
}

func entranceExam(o *Outline) Rule {
	if o.EntranceExam == nil {
		return nil
	}
	r := &examRule{exam: &o.Nodes[o.EntranceExam.Section], blocks: NewMask(len(o.Nodes))}
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

// passed reports whether the score of the entrance exam is reached.
func (c *Case) passed() bool {
	exam := c.Course.EntranceExam
	return c.Facts.Progress[c.Course.Nodes[exam.Section].ID].scored(exam.MinScore)
}

func (r *examRule) required(c *Case) (required bool, until schedule.Instant) {
	if c.Facts.SkipsExam {
		return false, never
	}
	required, until = c.barred(r.exam.ID, c.passed())
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
	return []Reason{{Code: EntranceExamRequired, Effect: Closes, At: r.exam.ID, Opens: until.Time(), Gate: gateState(r.exam,
		c.Course.EntranceExam.MinScore, 0, progress, known)}}
}

// Opening gives the blocks with gates that the learner has opened, the entrance exam that the learner has passed, and for which [Facts.Opened] has no
// instant yet. Whoever stores one keeps them open.
func (v *View) Opening() (list []key.BlockID) {
	add := func(n *Node) {
		if v.Facts.opened(n.ID) == never {
			list = append(list, n.ID)
		}
	}
	if e := v.Course.EntranceExam; e != nil && v.passed() {
		add(&v.Course.Nodes[e.Section])
	}
	for _, s := range v.Course.Sequences {
		if n := &v.Course.Nodes[s]; len(n.Gates) > 0 && v.met(n) {
			add(n)
		}
	}
	return list
}
