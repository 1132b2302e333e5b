package outline

import (
	"slices"
	"time"

	"lectern/courses/schedule"
)

// few is up to how many extensions of a learner the blocks that they concern are looked at one by one; with more, all dates are resolved at once.
const few = 16

// resolve works out the learner's dates of all blocks, if there are many of the learner's own.
func (c *Case) resolve() {
	if l := &c.Facts.Schedule; len(l.Overrides)+len(l.Groups) > few {
		c.dates = c.Course.Plan.Resolve(l, c.dates)
	}
}

// date gives the dates of a block for the learner.
func (c *Case) date(node int) schedule.Dates {
	l := &c.Facts.Schedule
	switch {
	case len(c.dates) > 0:
		return c.dates[node]
	case !c.Course.Dates.SelfPaced && !l.Beta && len(l.Overrides)+len(l.Groups) == 0:
		return c.Course.dates[node]
	default:
		return c.Course.Plan.One(l, node)
	}
}

// shift is by how much earlier everything opens for the learner.
func (c *Case) shift() time.Duration {
	if c.Facts.Schedule.Beta {
		return c.Course.Dates.Beta
	}
	return 0
}

// own visits the blocks whose start, or due date, is said to be another one for the learner.
func (c *Case) own(start bool, visit func(node int)) {
	l := &c.Facts.Schedule
	for _, list := range [...][]schedule.Override{l.Groups, l.Overrides} {
		for i := range list {
			if node, ok := c.Course.index[list[i].Block]; ok && list[i].Start == start {
				visit(node)
			}
		}
	}
}

// overridden reports whether something is said about a block itself.
func (c *Case) overridden(node int, start bool) (found bool) {
	c.own(start, func(n int) { found = found || n == node })
	return found
}

// dateRule closes blocks before or after dates. Most learners have the dates of the course, for which there is a ladder; around blocks with other
// dates the answer is worked out anew.
type dateRule struct {
	outline *Outline
	starts  bool   // it is about starts; else about dates after which blocks are hidden
	blocks  []int  // that have dates that are not only those of a block above, in document order
	has     []bool // by block: it is one of blocks
	ladder  ladder
}

// dates makes a rule for the blocks that has picks.
func dates(o *Outline, starts bool, has func(node int) bool) *dateRule {
	r := &dateRule{outline: o, starts: starts, has: make([]bool, len(o.Nodes))}
	var steps []step
	for i := range o.Nodes {
		if !has(i) {
			continue
		}
		r.has[i] = true
		r.blocks = append(r.blocks, i)
		if at := r.date(&o.dates[i]); at != never {
			steps = append(steps, step{i, o.Nodes[i].End, at})
		}
	}
	r.ladder = newLadder(!starts, steps, len(o.Nodes))
	return r
}

// date picks the date that the rule is about.
func (r *dateRule) date(d *schedule.Dates) schedule.Instant {
	if r.starts {
		return d.Start
	}
	return d.HiddenAfter
}

// starts closes what has not started: a section or anything below it, before its own start. In self-paced courses everything starts with the course.
func starts(o *Outline) Rule {
	has := func(node int) bool { return node > 0 && !o.Dates.Blocks[node].Start.At.IsZero() }
	if o.Dates.SelfPaced || !slices.ContainsFunc(o.Dates.Blocks[1:], func(b schedule.Block) bool { return !b.Start.At.IsZero() }) {
		return nil
	}
	return dates(o, true, has)
}

// hideAfterDue closes what is to disappear after its due date. In self-paced courses the end of the course takes its place.
func hideAfterDue(o *Outline) Rule {
	hides := func(node int) bool { return o.Dates.Blocks[node].HideAfterDue }
	has := func(node int) bool {
		b := &o.Dates.Blocks[node]
		return hides(node) && (!hides(b.Parent) || b.Due.Set && !o.Dates.SelfPaced)
	}
	if !slices.ContainsFunc(o.Dates.Blocks, func(b schedule.Block) bool { return b.HideAfterDue }) {
		return nil
	}
	return dates(o, false, has)
}

func (r *dateRule) off(c *Case) bool { return r.starts && c.Options.IgnoreStarts }

func (r *dateRule) Mark(c *Case, m *Marks) {
	switch {
	case r.off(c):
		return
	case len(c.dates) > 0:
		for _, i := range r.blocks {
			r.look(c, m, i, i, r.outline.Nodes[i].End, m.closed)
		}
		c.own(r.starts, func(i int) { r.look(c, m, i, i, r.outline.Nodes[i].End, m.closed) })
		return
	}
	var spans [few]int // blocks with dates of the learner's own
	own := spans[:0]
	c.own(r.starts, func(i int) { own = append(own, i) })
	shift := time.Duration(0)
	if r.starts {
		shift = c.shift()
	}
	at := c.at.Add(shift) // instead of shifting all dates
	count := r.ladder.count(at)
	m.until(r.ladder.next(at, count, func(node int) bool { return r.within(node, own) }).Add(-shift))
	if len(own) == 0 {
		r.ladder.add(m.closed, count)
		return
	}
	clear(m.scratch)
	r.ladder.add(m.scratch, count)
	for _, i := range own {
		r.again(c, m, i, own)
	}
	m.closed.Add(m.scratch)
}

// within reports whether a block is, or is below, one of some blocks.
func (r *dateRule) within(node int, those []int) bool {
	for _, i := range those {
		if i <= node && node < r.outline.Nodes[i].End {
			return true
		}
	}
	return false
}

// again works out a block and what is below it by the learner's dates, in the scratch mask. own are all blocks with dates of the learner's own.
func (r *dateRule) again(c *Case, m *Marks, node int, own []int) {
	end := r.outline.Nodes[node].End
	m.scratch.removeSpan(node, end)
	for above := r.outline.Nodes[node].Parent; above != absent; above = r.outline.Nodes[above].Parent {
		r.look(c, m, above, node, end, m.scratch)
	}
	for _, i := range own {
		if node <= i && i < end {
			r.look(c, m, i, i, r.outline.Nodes[i].End, m.scratch)
		}
	}
	first, _ := slices.BinarySearch(r.blocks, node)
	for _, i := range r.blocks[first:] {
		if i >= end {
			break
		}
		r.look(c, m, i, i, r.outline.Nodes[i].End, m.scratch)
	}
}

// look closes a span if the learner's date of a block says so, and notes when that changes.
func (r *dateRule) look(c *Case, m *Marks, node, from, to int, blocks Mask) {
	if !r.source(c, node) {
		return
	}
	d := c.date(node)
	at := r.date(&d)
	m.until(r.ladder.change(at, c.at))
	if r.ladder.holds(at, c.at) {
		blocks.AddSpan(from, to)
	}
}

// source reports whether a block has a date for the learner that is not only that of a block above.
func (r *dateRule) source(c *Case, node int) bool {
	if r.has[node] {
		return true
	}
	return node > 0 && !r.starts && r.outline.Dates.Blocks[node].HideAfterDue && !r.outline.Dates.SelfPaced && c.overridden(node, false)
}

func (r *dateRule) Explain(c *Case, node int) (list []Reason) {
	if r.off(c) {
		return nil
	}
	for ; node != absent; node = r.outline.Nodes[node].Parent {
		if !r.source(c, node) {
			continue
		}
		if d := c.date(node); r.ladder.holds(r.date(&d), c.at) {
			list = append(list, r.reason(c, node, &d))
		}
	}
	return list
}

func (r *dateRule) reason(c *Case, node int, d *schedule.Dates) Reason {
	n := &r.outline.Nodes[node]
	reason := Reason{Effect: Closes, At: n.ID, From: n.ID}
	switch {
	case r.starts:
		reason.Code, reason.Opens, reason.BetaShift, reason.Own = startCode(n.Level), d.Start.Time(), c.shift(), c.overridden(node, true)
	case r.outline.Dates.SelfPaced:
		reason.Code, reason.Since, reason.From = CourseEndedHidden, d.HiddenAfter.Time(), r.outline.Nodes[0].ID
	default:
		reason.Code, reason.Since, reason.Own = PastDueHidden, d.HiddenAfter.Time(), isOwn(d.Source)
		if d.DueFrom != schedule.Nowhere {
			reason.From = r.outline.Nodes[d.DueFrom].ID
		}
		reason.Cohort = c.cohort(d)
	}
	return reason
}

func startCode(l Level) Code {
	switch l {
	case SectionLevel:
		return SectionNotStarted
	case SequenceLevel:
		return SequenceNotStarted
	default:
		return UnitNotStarted
	}
}

// cohort names the cohort whose due date holds; empty for none.
func (c *Case) cohort(d *schedule.Dates) string {
	if d.Source != schedule.FromGroup {
		return ""
	}
	return c.Facts.Schedule.GroupOf(c.Course.Nodes[d.DueFrom].ID)
}

// isOwn reports whether a due date is not that of the course.
func isOwn(s schedule.Source) bool {
	return s == schedule.FromGroup || s == schedule.FromLearner || s == schedule.FromDuration
}

// dateNotes notes what is worth knowing about the dates of a block. They take nothing away.
type dateNotes struct{}

func notesOnDates(*Outline) Rule { return dateNotes{} }

func (dateNotes) Mark(*Case, *Marks) {}

func (dateNotes) Explain(c *Case, node int) (list []Reason) {
	d, id := c.date(node), c.Course.Nodes[node].ID
	if isOwn(d.Source) || c.overridden(node, true) {
		list = append(list, Reason{Code: OverrideApplied, Effect: Notes, At: id, Own: true, Cohort: c.cohort(&d)})
	}
	for _, name := range (d.Flags &^ schedule.StartUnset).Names() {
		list = append(list, Reason{Code: Code(name), Effect: Notes, At: id})
	}
	return list
}
