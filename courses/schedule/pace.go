package schedule

import (
	"math/bits"
	"time"
)

// Week is seven times 24 hours: durations are exact lengths, so the wall clock time of what follows may move when clocks change.
const Week = 7 * 24 * time.Hour

// Weeks to complete a course are at least 4 and at most 18; where nobody knows, 4.
const (
	fewestWeeks = 4
	mostWeeks   = 18
)

// mostCustomWeeks is the largest due date in weeks that counts, ten years.
const mostCustomWeeks = 520

// Length is the time that learners have for a course that is made for a number of weeks.
func Length(weeks int) time.Duration {
	return time.Duration(min(max(weeks, fewestWeeks), mostWeeks)) * Week
}

// Spread gives the due date of section number i, from 0, of n, in whole microseconds after the beginning.
func Spread(length time.Duration, i, n int) time.Duration {
	if n <= 0 || i < 0 || i >= n {
		return 0
	}
	hi, lo := bits.Mul64(uint64(length.Microseconds()), uint64(i+1))
	share, _ := bits.Div64(hi, lo, uint64(n))
	return time.Duration(share) * time.Microsecond
}

// relativeDates makes the due dates of a self-paced course. What its blocks say of starts and due dates does not count.
func (p *Plan) relativeDates() {
	if !p.course.Relative {
		return
	}
	g := pacing{Plan: p, children: make([][]int, len(p.nodes)), work: make([]bool, len(p.nodes))}
	g.lookBelow()
	var visible []int
	for _, s := range g.children[0] {
		if !p.blocks[s].StaffOnly {
			visible = append(visible, s)
		}
	}
	for i, s := range visible {
		g.section(s, Spread(Length(p.course.Weeks), i, len(visible)))
	}
}

// pacing is what is needed to make relative dates.
type pacing struct {
	*Plan
	children [][]int
	work     []bool // there is graded work in it, other than open responses
}

func (g *pacing) lookBelow() {
	for i := range g.blocks {
		if parent := g.blocks[i].Parent; parent >= 0 {
			g.children[parent] = append(g.children[parent], i)
		}
	}
	for i := len(g.blocks) - 1; i > 0; i-- {
		b := &g.blocks[i]
		if b.ID.Type == openResponse {
			g.work[i] = false
			continue
		}
		g.work[i] = g.work[i] || b.Work
		g.work[b.Parent] = g.work[b.Parent] || g.work[i]
	}
}

// section gives a section and what is in it their dates. The section is due with the last of its subsections, a week after the beginning at the earliest.
func (g *pacing) section(s int, after time.Duration) {
	last, any := Week, false
	for _, sub := range g.children[s] {
		if weeks := g.blocks[sub].Weeks; g.course.CustomWeeks && weeks > 0 {
			own := time.Duration(min(weeks, mostCustomWeeks)) * Week
			last = max(last, own)
			if !g.onlyOpenResponses(sub) {
				any = true
				g.all(sub, own)
			}
			continue
		}
		last = max(last, after)
		if g.work[sub] {
			any = true
			g.graded(sub, after, 0)
		}
	}
	if any && (g.blocks[s].Graded || g.course.CustomWeeks) {
		g.nodes[s].due, g.nodes[s].after = relative, last
	}
	for _, sub := range g.children[s] {
		if g.nodes[sub].due == inherited {
			g.nodes[sub].due = noDue
		}
	}
	if g.nodes[s].due == inherited {
		g.nodes[s].due = noDue
	}
}

// all makes everything in a subsection due, open responses excepted.
func (g *pacing) all(i int, after time.Duration) {
	g.nodes[i].due, g.nodes[i].after = relative, after
	g.exceptOpenResponses(i)
}

func (g *pacing) exceptOpenResponses(i int) {
	for _, child := range g.children[i] {
		if g.blocks[child].ID.Type == openResponse {
			g.nodes[child].due = noDue
			continue
		}
		g.exceptOpenResponses(child)
	}
}

// graded makes what is graded in a subsection due, where there is work in it. above is what holds for the block above: 0 for nothing.
func (g *pacing) graded(i int, after, above time.Duration) {
	if g.blocks[i].ID.Type == openResponse {
		g.nodes[i].due = noDue
		return
	}
	var holds time.Duration
	if g.blocks[i].Graded && g.work[i] {
		holds = after
	}
	switch {
	case holds == 0:
		g.nodes[i].due = noDue
	case holds != above:
		g.nodes[i].due, g.nodes[i].after = relative, holds
	}
	for _, child := range g.children[i] {
		g.graded(child, after, holds)
	}
}

// onlyOpenResponses reports whether a block has leaves and all of them are open responses.
func (g *pacing) onlyOpenResponses(i int) bool {
	if g.blocks[i].ID.Type == openResponse {
		return true
	}
	for _, child := range g.children[i] {
		if !g.onlyOpenResponses(child) {
			return false
		}
	}
	return len(g.children[i]) > 0
}
