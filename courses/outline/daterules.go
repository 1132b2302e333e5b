package outline

import (
	"slices"
	"time"

	"lectern/modulestore/key"
)

// shift is by how much earlier everything opens for the learner.
func (c *Case) shift() instant {
	if c.Facts.Beta {
		return instant(c.Course.BetaShift.Microseconds())
	}
	return 0
}

// start is the start that a block sets, or the learner's own in place of it.
func (f *Facts) start(n *Node) (start instant, own bool) {
	if t, ok := f.Starts[n.ID]; ok {
		return instantOf(t), true
	}
	return instantOf(n.Start), false
}

// due is the due date that holds for a block: that of the nearest block, from itself up, which has one for the learner, or sets one.
func (c *Case) due(node int) (due instant, from *Node, own bool) {
	for n := range c.Course.upFrom(node) {
		if t, ok := c.Facts.Dues[n.ID]; ok {
			return instantOf(t), n, true
		}
		if !c.Course.SelfPaced && (n.NoDue || !n.Due.IsZero()) {
			return instantOf(n.Due), n, false
		}
	}
	return never, nil, false
}

// dateRule closes blocks before or after dates. Most learners have the dates of the course, for which there is a ladder; around blocks with other dates the answer is worked out
// anew.
type dateRule struct {
	outline *Outline
	blocks  []int  // that have dates, in document order
	may     Mask   // blocks that can have one
	has     []bool // by block: it is one of blocks
	ladder  ladder
	kind    dateKind
}

// dateKind is what starts and due dates differ in.
type dateKind struct {
	own  func(*Facts) map[key.BlockID]time.Time
	date func(c *Case, node int) (at instant, from *Node, own bool) // that holds for the learner
	// shift is by how much earlier all dates are for the learner.
	shift func(*Case) instant
	code  func(*Node) Code
}

// dates makes a rule for the blocks that has picks; base gives the dates of the course.
func dates(o *Outline, kind dateKind, after bool, may, has func(node int) bool, base func(node int) instant) Rule {
	r := &dateRule{outline: o, may: NewMask(len(o.Nodes)), has: make([]bool, len(o.Nodes)), kind: kind}
	var steps []step
	for i := range o.Nodes {
		if !may(i) {
			continue
		}
		r.may.AddSpan(i, i+1)
		if !has(i) {
			continue
		}
		r.has[i] = true
		r.blocks = append(r.blocks, i)
		if at := base(i); at != never {
			steps = append(steps, step{i, o.Nodes[i].End, at})
		}
	}
	r.ladder = newLadder(after, steps, len(o.Nodes))
	return r
}

// starts closes what has not started: a section or anything below it, before its own start.
func starts(o *Outline) Rule {
	if o.SelfPaced {
		return nil
	}
	kind := dateKind{
		own: func(f *Facts) map[key.BlockID]time.Time { return f.Starts },
		date: func(c *Case, node int) (instant, *Node, bool) {
			at, own := c.Facts.start(&o.Nodes[node])
			return at, &o.Nodes[node], own
		},
		shift: (*Case).shift,
		code: func(n *Node) Code {
			switch n.Level {
			case SectionLevel:
				return SectionNotStarted
			case SequenceLevel:
				return SequenceNotStarted
			default:
				return UnitNotStarted
			}
		},
	}
	below := func(node int) bool { return o.Nodes[node].Level > CourseLevel }
	set := func(node int) bool { return !o.Nodes[node].Start.IsZero() }
	return beforeStart{dates(o, kind, false, below, set, func(node int) instant { return instantOf(o.Nodes[node].Start) })}
}

// beforeStart is a rule that a site can switch off.
type beforeStart struct{ Rule }

func (r beforeStart) Mark(c *Case, m *Marks) {
	if !c.Options.IgnoreStarts {
		r.Rule.Mark(c, m)
	}
}

func (r beforeStart) Explain(c *Case, node int) []Reason {
	if c.Options.IgnoreStarts {
		return nil
	}
	return r.Rule.Explain(c, node)
}

// hidesFrom reports whether a block disappears after a date: a sequence or something in it that says so itself, or a block above it does.
func (o *Outline) hidesFrom(node int) bool {
	return o.Nodes[node].Level >= SequenceLevel && o.hides(node)
}

// hideAfterDue closes what is to disappear, after its due date. Where learners have dates of their own, the end of the course takes its place: see hideAfterEnd.
func hideAfterDue(o *Outline) Rule {
	if o.SelfPaced || !slices.ContainsFunc(o.Nodes, func(n Node) bool { return n.HideAfterDue }) {
		return nil
	}
	kind := dateKind{
		own:   func(f *Facts) map[key.BlockID]time.Time { return f.Dues },
		date:  (*Case).due,
		shift: func(*Case) instant { return 0 },
		code:  func(*Node) Code { return PastDueHidden },
	}
	has := func(node int) bool {
		n := &o.Nodes[node]
		return n.Level == SequenceLevel || !n.Due.IsZero() || !o.hides(n.Parent)
	}
	return dates(o, kind, true, o.hidesFrom, has, o.due)
}

func (r *dateRule) Mark(c *Case, m *Marks) {
	shift := r.kind.shift(c)
	at := c.at + shift
	count := r.ladder.count(at)
	own := r.kind.own(c.Facts)
	if len(own) == 0 {
		m.until(r.ladder.next(at, count, func(int) bool { return false }).before(shift))
		r.ladder.add(m.closed, count)
		return
	}
	m.until(r.ladder.next(at, count, func(node int) bool {
		_, _, own := r.kind.date(c, node)
		return own
	}).before(shift))
	clear(m.scratch)
	r.ladder.add(m.scratch, count)
	for id := range own {
		if node, ok := r.outline.index[id]; ok {
			m.until(r.again(c, m.scratch, node, at).before(shift))
		}
	}
	m.closed.Add(m.scratch)
}

// again works out a block and what is below it by the learner's own dates, and gives when that changes.
func (r *dateRule) again(c *Case, m Mask, node int, at instant) (next instant) {
	next = never
	end := r.outline.Nodes[node].End
	m.removeSpan(node, end)
	look := func(i, from, to int) {
		date, _, _ := r.kind.date(c, i)
		next = earlier(next, r.ladder.change(date, at))
		if r.ladder.holds(date, at) {
			m.AddSpan(from, to)
		}
	}
	for above := r.outline.Nodes[node].Parent; above != absent; above = r.outline.Nodes[above].Parent {
		if r.source(c, above) {
			look(above, node, end)
		}
	}
	if r.may.Has(node) {
		look(node, node, end)
	}
	first, _ := slices.BinarySearch(r.blocks, node+1)
	for _, i := range r.blocks[first:] {
		if i >= end {
			break
		}
		look(i, i, r.outline.Nodes[i].End)
	}
	return next
}

// source reports whether a block has a date that may close it, which is then not only that of a block above.
func (r *dateRule) source(c *Case, node int) bool {
	if r.has[node] {
		return true
	}
	_, own := r.kind.own(c.Facts)[r.outline.Nodes[node].ID]
	return own && r.may.Has(node)
}

func (r *dateRule) Explain(c *Case, node int) (list []Reason) {
	shift := r.kind.shift(c)
	for ; node != absent; node = r.outline.Nodes[node].Parent {
		date, from, own := r.kind.date(c, node)
		if !r.source(c, node) || !r.ladder.holds(date, c.at+shift) {
			continue
		}
		n := &r.outline.Nodes[node]
		reason := Reason{Code: r.kind.code(n), Effect: Closes, At: n.ID, From: from.ID, Own: own}
		if r.ladder.after {
			reason.Since = date.time()
		} else {
			reason.Opens, reason.BetaShift = date.before(shift).time(), time.Duration(shift)*time.Microsecond
		}
		list = append(list, reason)
	}
	return list
}

// endRule closes what is to disappear after its due date when the course ends.
type endRule struct {
	blocks Mask
	end    instant
}

func hideAfterEnd(o *Outline) Rule {
	if !o.SelfPaced || o.End.IsZero() {
		return nil
	}
	r := endRule{NewMask(len(o.Nodes)), instantOf(o.End)}
	for i := range o.Nodes {
		if o.hidesFrom(i) {
			r.blocks.AddSpan(i, i+1)
		}
	}
	if r.blocks.empty() {
		return nil
	}
	return r
}

func (r endRule) Mark(c *Case, m *Marks) {
	if c.at > r.end {
		m.Close(r.blocks)
		return
	}
	m.until(r.end + tick)
}

func (r endRule) Explain(c *Case, node int) []Reason {
	if c.at <= r.end || !r.blocks.Has(node) {
		return nil
	}
	return []Reason{{Code: CourseEndedHidden, Effect: Closes, At: c.Course.Nodes[0].ID, Since: r.end.time()}}
}

// overrideNotes notes where the learner has other dates than the course. In self-paced courses everybody has.
type overrideNotes struct{}

func overrides(o *Outline) Rule {
	if o.SelfPaced {
		return nil
	}
	return overrideNotes{}
}

func (overrideNotes) Mark(*Case, *Marks) {}

func (overrideNotes) Explain(c *Case, node int) (list []Reason) {
	for n := range c.Course.upFrom(node) {
		_, start := c.Facts.Starts[n.ID]
		_, due := c.Facts.Dues[n.ID]
		if start || due {
			list = append(list, Reason{Code: OverrideApplied, Effect: Notes, At: n.ID, Own: true})
		}
	}
	return list
}
