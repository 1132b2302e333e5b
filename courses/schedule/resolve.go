package schedule

import (
	"slices"
	"strings"
	"time"

	"lectern/modulestore/key"
)

// Learner is all that is known of a learner in a course, as far as dates depend on it.
type Learner struct {
	ID        string     // for what tells about several learners
	Anchor    time.Time  // where relative dates are counted from, as Anchor gives it; zero: nowhere
	Created   time.Time  // when they came to the course first; who came too late to finish gets no relative dates
	Beta      bool       // a beta tester
	Overrides []Override // of the learner, oldest first
	Groups    []Override // of the learner's cohort, team or track, oldest first
}

// Override gives a block another date, for a learner or a group. At is an instant, By is added to what would hold without it; with neither it takes earlier
// ones back.
type Override struct {
	Block      key.BlockID
	Start      bool // of the start, else of the due date
	At         time.Time
	By         time.Duration
	ExceedsEnd bool   // By may lead beyond the end of the course
	Group      string // whose it is, for those who read it; empty for a learner's own
	Version    int64  // of the course, when it was written; 0: unknown. It does not count any more when the block has had no due date since
}

func (o *Override) empty() bool { return o.At.IsZero() && o.By == 0 }

// Source is the rule that a due date comes from.
type Source uint8

// The sources.
const (
	FromNothing  Source = iota
	FromContent         // an instant that the author set
	FromAnchor          // counted from where the learner began
	FromGroup           // an override of the learner's group
	FromLearner         // an instant that staff gave the learner
	FromDuration        // more time that staff gave the learner
)

var sourceNames = [...]string{"none", "content", "relative", "group_override", "override", "extension"}

// String gives the stable name.
func (s Source) String() string { return sourceNames[s] }

// Flags tell what is worth knowing about dates.
type Flags uint16

// The flags.
const (
	DueBeforeStart       Flags = 1 << iota // it is due before it opens
	OverrideBeforePolicy                   // the override is earlier than the date it is meant to extend
	OverrideLapsed                         // there is an override of a due date that was cleared since; it does not count
	Shortened                              // the last override is earlier than the one before
	ClampedToEnd                           // the end of the course came first
	CutOff                                 // the learner came too late for relative dates
	NoSchedule                             // there is nowhere to count from
	BetaShifted                            // it opens earlier for a beta tester
	StartUnset                             // the course has no start, so nothing opens
)

var flagNames = [...]string{
	"due_before_start", "override_before_policy", "override_lapsed", "shortened", "clamped_to_end", "cut_off", "no_schedule", "beta_shifted", "course_start_unset",
}

// ofDue are the flags that blocks take over with a due date from above.
const ofDue = OverrideBeforePolicy | OverrideLapsed | Shortened | ClampedToEnd | CutOff | NoSchedule

// Names gives the stable names of the flags that are set.
func (f Flags) Names() []string {
	var names []string
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String gives the names in one line.
func (f Flags) String() string { return strings.Join(f.Names(), " ") }

// Nowhere is the place of no block.
const Nowhere = -1

// Dates are the dates of one block for one learner. None stands for a date that there is not.
type Dates struct {
	Start          Instant // of the block itself
	EffectiveStart Instant // the latest of its own and those above
	Due            Instant
	Close          Instant // the due date and grace: the last instant at which work is in time
	HiddenAfter    Instant // the last instant at which it is shown, where it is hidden after its due date
	StartFrom      int32   // place of the block that EffectiveStart comes from
	DueFrom        int32   // place of the block whose date or override Due is
	Source         Source  // of Due
	Flags          Flags
}

// Opened reports whether it is open at an instant as far as starts go. Nothing opens in a course without a start.
func (d *Dates) Opened(at Instant) bool { return at >= d.EffectiveStart && d.Flags&StartUnset == 0 }

// PastDue reports whether the due date has passed. Grace does not count.
func (d *Dates) PastDue(at Instant) bool { return d.Due != 0 && at > d.Due }

// Closed reports whether work comes too late.
func (d *Dates) Closed(at Instant) bool { return d.Close != 0 && at > d.Close }

// Hidden reports whether it is hidden, since its due date (in a self-paced course, the end of the course) has passed.
func (d *Dates) Hidden(at Instant) bool { return d.HiddenAfter != 0 && at > d.HiddenAfter }

// Resolve gives the dates of all blocks for a learner, by place. It uses dst if that is large enough.
func (p *Plan) Resolve(l *Learner, dst []Dates) []Dates {
	dst = slices.Grow(dst[:0], len(p.nodes))[:len(p.nodes)]
	r := p.resolving(l)
	rows := r.rows(l)
	none := Dates{StartFrom: Nowhere, DueFrom: Nowhere}
	for i := range p.nodes {
		var own []row
		if len(rows) > 0 && rows[0].place == int32(i) {
			own, rows = cut(rows)
		}
		above := &none
		if parent := p.nodes[i].parent; parent >= 0 {
			above = &dst[parent]
		}
		r.block(int32(i), above, own, &dst[i])
	}
	return dst
}

// One gives the dates of the block at a place, and does not look at others than those above it.
func (p *Plan) One(l *Learner, place int) Dates {
	r := p.resolving(l)
	rows := r.rows(l)
	var chain []int32
	for i := int32(place); i >= 0; i = p.nodes[i].parent {
		chain = append(chain, i)
	}
	d := Dates{StartFrom: Nowhere, DueFrom: Nowhere}
	for _, i := range slices.Backward(chain) {
		from, _ := slices.BinarySearchFunc(rows, i, func(x row, i int32) int { return int(x.place) - int(i) })
		var own []row
		if from < len(rows) && rows[from].place == i {
			own, _ = cut(rows[from:])
		}
		above := d
		r.block(i, &above, own, &d)
	}
	return d
}

// row is an override of the block at a place.
type row struct {
	place int32
	group bool
	*Override
}

// cut gives the rows of the first place, and the rest.
func cut(rows []row) (own, rest []row) {
	n := 1
	for n < len(rows) && rows[n].place == rows[0].place {
		n++
	}
	return rows[:n], rows[n:]
}

// resolving is what is the same for all blocks of a learner.
type resolving struct {
	*Plan
	anchor Instant
	early  time.Duration
	late   bool // too late for relative dates
	unset  Flags
}

func (p *Plan) resolving(l *Learner) resolving {
	r := resolving{Plan: p, anchor: p.Begins(l)}
	if r.anchor != 0 {
		created := At(l.Created)
		r.late = p.cutoff != 0 && created > p.cutoff || p.end != 0 && r.anchor > p.end
	}
	if l.Beta {
		r.early = max(p.course.Beta, 0)
	}
	if p.start == 0 {
		r.unset = StartUnset
	}
	return r
}

// rows gives the overrides that concern blocks of the plan: by place, those of groups before the learner's, older ones before newer ones.
func (r *resolving) rows(l *Learner) []row {
	if len(l.Overrides)+len(l.Groups) == 0 {
		return nil
	}
	rows := make([]row, 0, len(l.Overrides)+len(l.Groups))
	for i, list := range [...][]Override{l.Groups, l.Overrides} {
		for j := range list {
			if place, ok := r.places[list[j].Block]; ok {
				rows = append(rows, row{place, i == 0, &list[j]})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return int(a.place) - int(b.place) })
	return rows
}

// block resolves one block, when the one above it is resolved.
func (r *resolving) block(i int32, above *Dates, own []row, d *Dates) {
	n := &r.nodes[i]
	*d = Dates{StartFrom: above.StartFrom, DueFrom: Nowhere, Flags: r.unset}
	r.start(i, above, own, d)
	r.due(i, above, d)
	if own != nil && n.policy >= 0 {
		r.override(i, own, d)
	}
	d.Close = d.Due.Add(n.grace)
	if n.hides {
		d.HiddenAfter = d.Due
		if r.course.SelfPaced {
			d.HiddenAfter = r.end
		}
	}
	if d.Due != 0 && d.Due < d.EffectiveStart {
		d.Flags |= DueBeforeStart
	}
}

func (r *resolving) start(i int32, above *Dates, own []row, d *Dates) {
	d.EffectiveStart = above.EffectiveStart
	d.Start = r.nodes[i].start
	if d.Start == 0 {
		d.Flags |= above.Flags & BetaShifted
		return
	}
	for _, group := range [...]bool{true, false} {
		if last, _ := newest(own, group, true); last != nil && !last.empty() {
			d.Start = last.startOn(d.Start)
		}
	}
	if r.early > 0 {
		d.Start = d.Start.Add(-r.early)
		d.Flags |= BetaShifted
	}
	if d.Start > above.EffectiveStart {
		d.EffectiveStart, d.StartFrom = d.Start, i
	}
}

// startOn is the start that an override makes of another.
func (o *Override) startOn(base Instant) Instant {
	if !o.At.IsZero() {
		return At(o.At)
	}
	return base.Add(o.By)
}

// due finds what holds without overrides of the block itself.
func (r *resolving) due(i int32, above, d *Dates) {
	n := &r.nodes[i]
	switch n.due {
	case inherited:
		d.Due, d.DueFrom, d.Source = above.Due, above.DueFrom, above.Source
		d.Flags |= above.Flags & ofDue
	case absolute:
		d.Due, d.DueFrom, d.Source = n.at, i, FromContent
	case relative:
		switch {
		case r.anchor == 0:
			d.Flags |= NoSchedule
		case r.late:
			d.Flags |= CutOff
		default:
			d.Due, d.DueFrom, d.Source = r.anchor.Add(n.after), i, FromAnchor
			if r.end != 0 && d.Due > r.end {
				d.Due = r.end
				d.Flags |= ClampedToEnd
			}
		}
	}
}

// newest gives the last override of its kind, and the one before it.
func newest(own []row, group, start bool) (last, before *Override) {
	for _, o := range own {
		if o.group == group && o.Override.Start == start {
			last, before = o.Override, last
		}
	}
	return last, before
}

// override applies the overrides of a block's due date: that of the groups, and on top of it the learner's, each time the last one.
func (r *resolving) override(i int32, own []row, d *Dates) {
	for _, group := range [...]bool{true, false} {
		last, before := newest(own, group, false)
		if last == nil || last.empty() {
			continue
		}
		base := *d
		if r.apply(i, last, d) && group {
			d.Source = FromGroup
		}
		if before != nil && !before.empty() && r.apply(i, before, &base) && d.Due < base.Due {
			d.Flags |= Shortened
		}
	}
}

// apply gives a block the due date of an override, if that counts.
func (r *resolving) apply(i int32, o *Override, d *Dates) bool {
	if since := r.nodes[r.nodes[i].policy].since; o.Version != 0 && o.Version < since {
		d.Flags |= OverrideLapsed
		return false
	}
	due, source, flags := At(o.At), FromLearner, d.Flags&^(ClampedToEnd|CutOff|NoSchedule)
	if due == 0 {
		if d.Due == 0 {
			return false
		}
		due, source, flags = d.Due.Add(o.By), FromDuration, d.Flags
		if end := max(r.end, d.Due); r.end != 0 && due > end && !o.ExceedsEnd {
			due, flags = end, flags|ClampedToEnd
		}
	}
	if due < d.Due {
		if r.course.LaterOnly {
			d.Flags |= OverrideBeforePolicy
			return false
		}
		flags |= OverrideBeforePolicy
	}
	d.Due, d.DueFrom, d.Source, d.Flags = due, i, source, flags
	return true
}
