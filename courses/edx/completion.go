package edx

import (
	"lectern/courses/grading"
	"lectern/courses/outline"
	"lectern/courses/partition"
)

// learner is what blocks are to one learner.
type learner struct {
	*Page
	v    *outline.View
	stat []Stat
	// resume marks the block where the learner was last, and those above it.
	resume map[int]bool
}

// key is the key of a block.
func (l *learner) key(node int) string { return l.v.Course.Usage(node) }

// url is the address that leads to a block.
func (l *learner) url(node int) string { return l.Site.jump(l.v.Course.Course, l.key(node)) }

// Stat counts what can be completed in a block.
type Stat struct {
	Completion  int `json:"completion"` // how many of them are
	Completable int `json:"completable_children"`
}

func newLearner(v *outline.View, p *Page) *learner {
	l := &learner{Page: p, v: v, stat: make([]Stat, len(v.Course.Nodes)), resume: map[int]bool{}}
	l.rollUp()
	at, ok := v.Course.Find(p.Resume)
	for ; ok && at >= 0; at = v.Course.Nodes[at].Parent {
		l.resume[at] = true
	}
	return l
}

// rollUp counts leaves, from below, among what exists for the one who looks.
func (l *learner) rollUp() {
	nodes := l.v.Course.Nodes
	for i := len(nodes) - 1; i >= 0; i-- {
		n, s := &nodes[i], &l.stat[i]
		switch grading.ModeOf(n.ID.Type) {
		case grading.ExcludedMode:
			*s = Stat{}
		case grading.Completable:
			*s = Stat{Completable: 1}
			if l.Completed[n.ID] >= 1 {
				s.Completion = 1
			}
		}
		if n.Parent >= 0 && l.v.Verdict(i).Exists {
			above := &l.stat[n.Parent]
			above.Completion += s.Completion
			above.Completable += s.Completable
		}
	}
}

// complete reports whether all that can be completed is, also where there is nothing.
func (l *learner) complete(node int) bool { return l.stat[node].Completion == l.stat[node].Completable }

// gated reports whether something in a block is for those with full access alone, and the learner has not got that.
func (l *learner) gated(node int) bool {
	c := l.v.Course
	for i := node; i < c.Nodes[node].End && !l.v.Lifted(); i++ {
		for _, d := range c.Partitions.Check(c.Nodes[i].Access, l.v.Facts.Groups) {
			if d.Partition == partition.ContentGateID {
				return true
			}
		}
	}
	return false
}

// limited reports whether content is gated for the learner at all.
func (l *learner) limited() bool {
	g := l.v.Facts.Groups[partition.ContentGateID]
	return g.In && g.Group == partition.LimitedAccess
}

// kind is what blocks are drawn as: problem if there is one in it, else video, else other.
func (l *learner) kind(node int) string {
	kind := "other"
	for i := node; i < l.v.Course.Nodes[node].End; i++ {
		if !l.v.Verdict(i).Exists {
			continue
		}
		switch l.v.Course.Nodes[i].ID.Type {
		case "problem":
			return "problem"
		case "video":
			kind = "video"
		}
	}
	return kind
}

// work counts the questions of a subsection that count for the grade. Those in tools elsewhere are not known.
func (l *learner) work(node int) (questions int) {
	for i := node + 1; i < l.v.Course.Nodes[node].End; i++ {
		kind := l.v.Course.Nodes[i].ID.Type
		if l.v.Course.Dates.Blocks[i].Work && l.v.Verdict(i).Exists && kind != "lti" && kind != "lti_consumer" {
			questions++
		}
	}
	return questions
}
