package outline

import (
	"encoding/binary"
	"iter"
	"slices"
	"time"

	"lectern/courses/schedule"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// View is what one learner gets of a course at one instant. Nodes are named by their places in the outline. It never changes and can be used by many
// at once.
type View struct {
	Case
	// NextChange is the first schedule.Instant after At at which something differs, a verdict or a reason, if the facts stay as they are; zero: nothing
	// ever will.
	NextChange time.Time

	marks Marks
}

// Verdict is what a learner may do with a block.
type Verdict struct {
	Exists     bool // the learner may know of it
	Listed     bool // it is in the table of contents
	Accessible bool // it can be opened
}

// Evaluate gives what a learner gets of the course at an instant.
func (c *Course) Evaluate(f *Facts, at time.Time, o Options) *View {
	v := c.newView()
	v.evaluate(c, f, at, o)
	return v
}

// EvaluateAll gives what each of many learners gets at an schedule.Instant, in their order. Each view is there until the next one; [View.Clone] keeps one.
func (c *Course) EvaluateAll(learners iter.Seq[*Facts], at time.Time, o Options) iter.Seq[*View] {
	return func(yield func(*View) bool) {
		v := c.newView()
		for f := range learners {
			v.evaluate(c, f, at, o)
			if !yield(v) {
				return
			}
		}
	}
}

// Clone makes a copy of a view.
func (v *View) Clone() *View {
	c := *v
	for _, m := range []*Mask{&c.marks.removed, &c.marks.hidden, &c.marks.closed, &c.marks.emptied, &c.marks.scratch} {
		*m = slices.Clone(*m)
	}
	c.dates = slices.Clone(c.dates)
	return &c
}

func (c *Course) newView() *View {
	n := len(NewMask(len(c.Nodes)))
	words := make(Mask, 5*n)
	mask := func(i int) Mask { return words[i*n : (i+1)*n : (i+1)*n] }
	return &View{marks: Marks{removed: mask(0), hidden: mask(1), closed: mask(2), emptied: mask(3), scratch: mask(4)}}
}

func (v *View) evaluate(c *Course, f *Facts, at time.Time, o Options) {
	i := schedule.At(at)
	v.Case = Case{Course: c, Facts: f, Options: o, At: i.Time(), at: i, dates: v.dates[:0]}
	v.resolve()
	m := &v.marks
	m.next = never
	clear(m.removed)
	clear(m.hidden)
	clear(m.closed)
	for _, r := range c.rules {
		r.Mark(&v.Case, m)
	}
	v.NextChange = m.next.Time()
	c.dropEmpty(m)
}

// dropEmpty takes away sequences and sections of which the learner gets nothing, and does not list sections of which nothing is listed. Those that
// are empty for everybody stay.
func (c *Course) dropEmpty(m *Marks) {
	clear(m.emptied)
	if !m.removed.meets(c.inSections) && m.hidden.empty() {
		return
	}
	for _, s := range c.filled {
		switch {
		case m.removed.Has(s.node):
		case !s.section && !m.removed.Has(s.node+1): // its first unit is there: so it is most often
		case m.removed.hasSpan(s.node+1, s.end):
			m.emptied.AddSpan(s.node, s.node+1)
			m.removed.AddSpan(s.node, s.node+1)
		case s.section && !m.hidden.Has(s.node) && !c.anyListed(m, s.node):
			m.emptied.AddSpan(s.node, s.node+1)
			m.hidden.AddSpan(s.node, s.node+1)
		}
	}
}

// anyListed reports whether a sequence of a section is listed.
func (c *Course) anyListed(m *Marks, section int) bool {
	for s := section + 1; s < c.Nodes[section].End; s = c.Nodes[s].End {
		if !m.removed.Has(s) && !m.hidden.Has(s) {
			return true
		}
	}
	return false
}

// Lifted reports whether nothing is withheld from the one who looks.
func (v *View) Lifted() bool { return v.Facts.Staff || v.Options.Lift }

// Verdict is what the one who looks may do with a block.
func (v *View) Verdict(node int) Verdict {
	if v.Lifted() {
		return Verdict{true, true, true}
	}
	return v.Learner(node)
}

// Learner is what the learner may do with a block, also where nothing is withheld from the one who looks.
func (v *View) Learner(node int) Verdict {
	m := &v.marks
	exists := !m.removed.Has(node)
	return Verdict{Exists: exists, Listed: exists && !m.hidden.Has(node), Accessible: exists && !m.closed.Has(node)}
}

// Taken names what is taken from the learner: views of one course from which the same is taken have equal names.
func (v *View) Taken() string {
	m := &v.marks
	name := make([]byte, 0, 8*(len(m.removed)+len(m.hidden)+len(m.closed)))
	for _, mask := range [...]Mask{m.removed, m.hidden, m.closed} {
		for _, word := range mask {
			name = binary.LittleEndian.AppendUint64(name, word)
		}
	}
	return string(name)
}

// Listed gives the blocks of a level that are in the table of contents, in document order.
func (v *View) Listed(level Level) iter.Seq[int] {
	return v.those(level, func(verdict Verdict) bool { return verdict.Listed })
}

// Accessible gives the blocks of a level that can be opened, in document order, those that are not listed among them.
func (v *View) Accessible(level Level) iter.Seq[int] {
	return v.those(level, func(verdict Verdict) bool { return verdict.Accessible })
}

func (v *View) those(level Level, wanted func(Verdict) bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range v.Course.Nodes {
			if v.Course.Nodes[i].Level == level && wanted(v.Verdict(i)) && !yield(i) {
				return
			}
		}
	}
}

// Reasons gives all causes of what the learner gets of a block, those from blocks above it among them, and notes; in the order in which they are
// shown. It is for staff: see [View.Told].
func (v *View) Reasons(node int) []Reason {
	var list []Reason
	for _, r := range v.Course.rules {
		list = append(list, r.Explain(&v.Case, node)...)
	}
	if v.marks.emptied.Has(node) {
		r := Reason{Code: NoVisibleUnits, Effect: Hides, At: v.Course.Nodes[node].ID}
		if v.marks.removed.Has(node) {
			r.Effect = Removes
		}
		list = append(list, r)
	}
	v.Course.sortReasons(list)
	return list
}

// Told gives the reasons that the one who looks may know: none for what does not exist for them.
func (v *View) Told(node int) []Reason {
	if !v.Verdict(node).Exists {
		return nil
	}
	return v.Reasons(node)
}

// Explain gives the reasons for a block by its id; ok is false for one that is not in the outline.
func (v *View) Explain(id key.BlockID) (list []Reason, ok bool) {
	node, ok := v.Course.Find(id)
	if !ok {
		return nil, false
	}
	return v.Reasons(node), true
}

// Dates gives the dates of a block for the learner. Who shows them to learners does so for what exists for them.
func (v *View) Dates(node int) schedule.Dates { return v.date(node) }

// Done reports whether no graded work is left to do in a block, as Open edX has it for assignments: all that gives points which count is done. A container with
// nothing in it is not done. What the one who looks does not have is not asked for.
func (v *View) Done(node int, done func(key.BlockID) bool) bool {
	c := v.Course
	for i := node; i < c.Nodes[node].End; i++ {
		n := &c.Nodes[i]
		switch {
		case !v.Verdict(i).Exists && i != node || n.End > i+1:
		case field.Container(n.ID.Type):
			return false
		case c.Dates.Blocks[i].Work && !done(n.ID):
			return false
		}
	}
	return true
}

// Exam gives an exam as the learner has it; ok is false for what is no exam.
func (v *View) Exam(node int) (exam ExamView, ok bool) {
	if !v.Course.Nodes[node].Exam.Is() {
		return ExamView{}, false
	}
	exam = v.Case.exam(node)
	if (exam.State == ExamNotStarted || exam.State == ExamReady) && !v.Verdict(node).Accessible {
		exam.State = ExamLocked
	}
	return exam, true
}
