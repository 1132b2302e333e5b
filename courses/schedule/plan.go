package schedule

import (
	"time"

	"lectern/modulestore/key"
)

// Plan is a course made ready to resolve dates for many learners. It never changes and can be used by many at once.
type Plan struct {
	course  Course // without Blocks
	start   Instant
	end     Instant
	cutoff  Instant // who came later gets no relative dates; none: nobody does
	nodes   []node
	blocks  []Block
	places  map[key.BlockID]int32
	largest time.Duration // the largest relative due date
}

// node is what resolving needs of a block.
type node struct {
	parent int32
	policy int32 // place whose due date holds, without extensions; -1: there is none
	depth  int32
	due    rule
	hides  bool
	start  Instant       // its own
	at     Instant       // of an absolute rule
	after  time.Duration // of a relative rule
	grace  time.Duration
	since  int64
}

// rule is where the due date of a block comes from.
type rule uint8

const (
	inherited rule = iota // from the block above
	noDue
	absolute
	relative
)

// Compile makes the plan of a course, and lists what is odd in it. The error is for blocks that are no tree.
func Compile(c Course) (*Plan, []Problem, error) {
	if err := c.validate(); err != nil {
		return nil, nil, err
	}
	p := &Plan{course: c, start: At(c.Blocks[0].Start.At), end: At(c.End), nodes: make([]node, len(c.Blocks)), blocks: c.Blocks}
	p.course.Blocks = nil
	for i := range c.Blocks {
		p.nodes[i] = node{parent: int32(c.Blocks[i].Parent), hides: c.Blocks[i].HideAfterDue, grace: max(c.Blocks[i].Grace, 0), since: c.Blocks[i].DueSince}
		if i > 0 {
			p.nodes[i].depth = p.nodes[p.nodes[i].parent].depth + 1
		}
	}
	p.nodes[0].start, p.nodes[0].due = p.start, noDue
	if c.SelfPaced {
		p.relativeDates()
	} else {
		p.absoluteDates()
	}
	p.policies()
	if p.largest > 0 {
		p.cutoff = p.end.Add(-p.largest)
	}
	p.find()
	return p, p.problems(), nil
}

// absoluteDates takes over the dates of an instructor-paced course.
func (p *Plan) absoluteDates() {
	for i := range p.nodes {
		n, b := &p.nodes[i], &p.blocks[i]
		n.start = At(b.Start.At)
		if b.Due.Set {
			n.due, n.at = noDue, At(b.Due.At)
			if n.at != 0 {
				n.due = absolute
			}
		}
	}
}

// policies finds for each block the one whose due date holds.
func (p *Plan) policies() {
	for i := range p.nodes {
		switch n := &p.nodes[i]; n.due {
		case inherited:
			n.policy = p.nodes[n.parent].policy
		case noDue:
			n.policy = -1
		default:
			n.policy = int32(i)
			p.largest = max(p.largest, n.after)
		}
	}
}

func (p *Plan) find() {
	p.places = make(map[key.BlockID]int32, len(p.nodes))
	for i := len(p.blocks) - 1; i >= 0; i-- {
		p.places[p.blocks[i].ID] = int32(i)
	}
}

// To gives the plan of the blocks down to a depth alone, with places of their own: 1 has the sections, 2 the subsections too. It is faster where that is enough.
func (p *Plan) To(depth int) *Plan {
	shallow := *p
	shallow.nodes, shallow.blocks = nil, nil
	place := make([]int32, len(p.nodes))
	for i, n := range p.nodes {
		if int(n.depth) > depth {
			continue
		}
		place[i] = int32(len(shallow.nodes))
		if i > 0 {
			n.parent = place[n.parent]
		}
		if n.policy >= 0 {
			n.policy = place[n.policy]
		}
		b := p.blocks[i]
		b.Parent = int(n.parent)
		shallow.nodes, shallow.blocks = append(shallow.nodes, n), append(shallow.blocks, b)
	}
	shallow.nodes[0].parent, shallow.blocks[0].Parent = -1, -1
	shallow.find()
	return &shallow
}

// Len is the number of blocks.
func (p *Plan) Len() int { return len(p.nodes) }

// Start and End are those of the course; SelfPaced is how it is paced.
func (p *Plan) Start() Instant  { return p.start }
func (p *Plan) End() Instant    { return p.end }
func (p *Plan) SelfPaced() bool { return p.course.SelfPaced }

// Block gives the block at a place. It is not to be changed.
func (p *Plan) Block(place int) *Block { return &p.blocks[place] }

// Find gives the place of a block.
func (p *Plan) Find(id key.BlockID) (place int, ok bool) {
	at, ok := p.places[id]
	return int(at), ok
}

// problems looks at the dates that are the same for every learner.
func (p *Plan) problems() []Problem {
	var list []Problem
	for i, d := range p.Resolve(&Learner{}, nil) {
		n, b := &p.nodes[i], &p.blocks[i]
		switch {
		case n.due != absolute:
		case d.Due < d.EffectiveStart && b.HideAfterDue:
			list = append(list, Problem{"never_open", true, b.ID, "it is hidden after " + d.Due.String() + ", but opens only at " + d.EffectiveStart.String()})
		case d.Due < d.EffectiveStart:
			list = append(list, Problem{"due_before_start", false, b.ID, "it is due at " + d.Due.String() + ", before it opens at " + d.EffectiveStart.String()})
		case p.end != 0 && d.Due > p.end:
			list = append(list, Problem{"due_after_course_end", false, b.ID, "it is due at " + d.Due.String() + ", after the course ends at " + p.end.String()})
		}
	}
	return list
}
