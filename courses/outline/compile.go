package outline

import (
	"slices"
	"sync"
	"time"

	"lectern/courses/schedule"
	"lectern/modulestore/key"
)

// Course is an outline compiled for fast evaluation. It never changes and can be used by many at once. It may be kept for as long as wanted under the
// key of the course, the root of the outline and the list of transformers.
type Course struct {
	*Outline
	// Plan resolves dates, by the places of Nodes.
	Plan *schedule.Plan
	// Policy is what the course was compiled with.
	Policy Policy

	rules      []Rule
	inSections Mask
	filled     []filled
	awaited    []key.BlockID
	fields     []Fields
	usages     func() []string
}

// filled is a section or sequence that something is in.
type filled struct {
	node, end int
	section   bool
}

// Transformer is one processor of outlines: the built-in ones are those of [Standard], plug-ins are added to them.
type Transformer struct {
	Name string
	// Collect is called once for each version of a course and prepares the rule for it; nil: there is nothing to do in this course. The content is in
	// Outline.Source. A rule that is [Fields], too, tells others about blocks: see Course.Field.
	Collect func(*Outline) Rule
}

// Rule decides for one learner after another what is taken from them. It only takes: what one rule removes or closes, no other gives back, and so
// their order does not matter. Rules are used by many at once.
type Rule interface {
	// Mark takes blocks away. It must be fast: it is called for every learner.
	Mark(c *Case, m *Marks)
	// Explain gives the reasons why Mark takes a block away, all of them, and notes about it. It is called for single blocks.
	Explain(c *Case, node int) []Reason
}

// Case is one learner at one instant.
type Case struct {
	Course  *Course
	Facts   *Facts
	Options Options
	At      time.Time

	at    schedule.Instant
	dates []schedule.Dates // of all blocks, where that pays
}

// Marks collects what rules take. A mask holds with each block all that is below it.
type Marks struct {
	removed, hidden, closed Mask

	emptied Mask // of what nothing is left, though it was not taken itself

	next    schedule.Instant
	scratch Mask
}

// Remove takes blocks away: the learner is not told that they exist.
func (m *Marks) Remove(blocks Mask) { m.removed.Add(blocks) }

// Hide leaves blocks out of lists; they can be opened by those who know them.
func (m *Marks) Hide(blocks Mask) { m.hidden.Add(blocks) }

// Close keeps blocks from being opened; they are listed.
func (m *Marks) Close(blocks Mask) { m.closed.Add(blocks) }

// Until says that Mark takes the same until an schedule.Instant, and from then on may take something else. It is never later than what is said before.
func (m *Marks) Until(t time.Time) { m.until(schedule.At(t)) }

func (m *Marks) until(i schedule.Instant) { m.next = earlier(m.next, i) }

// add is one of Remove, Hide and Close.
func (m *Marks) add(e Effect, blocks Mask) {
	switch e {
	case Removes:
		m.Remove(blocks)
	case Hides:
		m.Hide(blocks)
	case Closes:
		m.Close(blocks)
	}
}

// Standard are the processors that every course has.
func Standard() []Transformer {
	return []Transformer{
		{"entrance_exam", entranceExam},
		{"prerequisites", prerequisites},
		{"course_schedule", courseSchedule},
		{"starts", starts},
		{"hide_after_due", hideAfterDue},
		{"special_exams", specialExams},
		{"visibility", visibility},
		{"table_of_contents", tableOfContents},
		{"authentication", authentication},
		{"enrollment", enrollment},
		{"groups", groups},
		{"access_duration", accessDuration},
		{"course_prerequisites", coursePrerequisites},
		{"embargo", embargo},
		{"date_notes", notesOnDates},
	}
}

// Belonging are those of the processors that say which blocks are a learner's own: neither for staff alone nor for other groups, and drawn for them out of item
// banks. What opens later is closed. They are for grades, which look neither at gates and enrolment nor at what is hidden after a date: a grade must not depend
// on when it is computed.
func Belonging() []Transformer {
	return []Transformer{{"course_schedule", courseSchedule}, {"starts", starts}, {"visibility", visibility}, {"groups", groups}, ItemBanks()}
}

// Compile prepares an outline for evaluation by the given processors, mostly [Standard] and those of plug-ins.
func Compile(o *Outline, p Policy, transformers []Transformer) *Course {
	plan, _, _ := schedule.Compile(p.On(o.Dates)) // an outline always is a tree
	c := &Course{Outline: o, Plan: plan, Policy: p, inSections: NewMask(len(o.Nodes)), usages: sync.OnceValue(o.makeUsages)}
	for _, list := range [...][]int{o.Sequences, o.Sections} { // sections after what is in them
		for _, i := range list {
			if n := &o.Nodes[i]; n.End > i+1 {
				c.filled = append(c.filled, filled{i, n.End, n.Level == SectionLevel})
				c.inSections.AddSpan(i+1, n.End)
			}
		}
	}
	for _, t := range transformers {
		if rule := t.Collect(o); rule != nil {
			c.rules = append(c.rules, rule)
			if f, ok := rule.(Fields); ok {
				c.fields = append(c.fields, f)
			}
		}
	}
	for _, i := range o.Sequences {
		for _, g := range o.Nodes[i].Gates {
			c.awaited = append(c.awaited, o.Nodes[g.Of].ID)
		}
	}
	if o.EntranceExam != nil {
		c.awaited = append(c.awaited, o.Nodes[o.EntranceExam.Section].ID)
	}
	slices.SortFunc(c.awaited, func(a, b key.BlockID) int { return o.index[a] - o.index[b] })
	c.awaited = slices.Compact(c.awaited)
	return c
}

// Usage is the text of the key of a block. All are made once, when the first is asked for: they are most of what an answer for many blocks takes to be written.
func (c *Course) Usage(node int) string { return c.usages()[node] }

func (o *Outline) makeUsages() []string {
	list := make([]string, len(o.Nodes))
	for i := range list {
		list[i] = o.Course.Block(o.Nodes[i].ID).String()
	}
	return list
}

// Awaited are the blocks whose [Progress] decides about others, in document order. The progress in no other block matters.
func (c *Course) Awaited() []key.BlockID { return c.awaited }
