package edx

import (
	"fmt"
	"slices"

	"lectern/courses/grading"
	"lectern/courses/outline"
	"lectern/modulestore/key"
)

// NotFoundError says that a block is not in the course, or not for the learner, who is not told which. Open edX answers with 404.
type NotFoundError struct {
	Block key.Block
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no block %s: check its key", e.Block)
}

// Blocks is the answer of the blocks API, in the form of return_type dict.
type Blocks struct {
	Root   string `json:"root"`
	Blocks Object `json:"blocks"` // of Object
}

// List is the same in the form of return_type list.
func (b *Blocks) List() []Object {
	list := make([]Object, len(b.Blocks))
	for i, m := range b.Blocks {
		list[i], _ = m.Value.(Object)
	}
	return list
}

// NewBlocks gives what a query asks for of a block and what is below it. The course is one that was compiled with [Transformers]. Blocks that the learner
// cannot open are left out. Whether the caller may ask is for the caller to know: with AllBlocks nothing is withheld from anybody.
func NewBlocks(v *outline.View, p *Page, root key.BlockID, q *BlocksQuery) (*Blocks, error) {
	missing := &NotFoundError{v.Course.Course.Block(root)}
	node, ok := v.Course.Find(root)
	if !ok {
		return nil, missing
	}
	s := newSelection(v, p, node, q)
	if !s.keeps(node) {
		return nil, missing
	}
	answer := &Blocks{Root: s.key(node), Blocks: Object{}}
	for i := node; i < s.end; i++ {
		if s.shows(i) {
			answer.Blocks = append(answer.Blocks, Member{s.key(i), s.block(i)})
		}
	}
	return answer, nil
}

// selection is the blocks that a query asks for.
type selection struct {
	*learner
	q    *BlocksQuery
	root int
	end  int
	kept outline.Mask // of what the learner has
	deep []int        // levels below the root, by place after it
	// counts[i][k] is how many blocks of the type q.Counts[k] there are in a block and below it, by place after the root.
	counts [][]int
}

func newSelection(v *outline.View, p *Page, root int, q *BlocksQuery) *selection {
	s := &selection{learner: newLearner(v, p), q: q, root: root, end: v.Course.Nodes[root].End, kept: outline.NewMask(len(v.Course.Nodes))}
	s.deep = make([]int, s.end-root)
	for i := root; i < s.end; i++ {
		above := v.Course.Nodes[i].Parent
		if i > root {
			s.deep[i-root] = s.deep[above-root] + 1
		}
		if s.has(i) && (i == root || s.kept.Has(above)) {
			s.kept.AddSpan(i, i+1)
		}
	}
	s.count()
	return s
}

// has reports whether a block is the learner's, as far as it goes by itself.
func (s *selection) has(node int) bool {
	if s.q.AllBlocks || s.v.Lifted() {
		return true
	}
	if n := &s.v.Course.Nodes[node]; s.Site.Exams && n.Exam.Is() && n.Level == outline.SequenceLevel && !s.asks("special_exam_info") {
		return false
	}
	return s.v.Verdict(node).Accessible || s.asks("show_gated_sections") && s.waits(node)
}

// waits reports whether prerequisites alone keep a block closed.
func (s *selection) waits(node int) bool {
	if !s.v.Verdict(node).Exists {
		return false
	}
	return !slices.ContainsFunc(s.v.Reasons(node), func(r outline.Reason) bool { return r.Effect == outline.Closes && r.Code != outline.PrerequisiteUnmet })
}

func (s *selection) asks(field string) bool { return slices.Contains(s.q.Fields, field) }

func (s *selection) keeps(node int) bool { return s.kept.Has(node) }

// reaches reports whether a block is there and not too deep.
func (s *selection) reaches(node int) bool {
	return s.keeps(node) && (s.q.Depth == AllDepths || s.deep[node-s.root] <= s.q.Depth)
}

// shows reports whether a block is in the answer.
func (s *selection) shows(node int) bool {
	return s.reaches(node) && (len(s.q.Types) == 0 || slices.Contains(s.q.Types, s.v.Course.Nodes[node].ID.Type))
}

// below gives the blocks of the answer that stand in a block, or in what is left out of it by its type.
func (s *selection) below(node int) (list []string) {
	nodes := s.v.Course.Nodes
	for i := node + 1; i < nodes[node].End; {
		switch {
		case s.shows(i):
			list = append(list, s.key(i))
			i = nodes[i].End
		case s.reaches(i):
			i++
		default:
			i = nodes[i].End
		}
	}
	return list
}

// descendants gives the children of a block, or, of one that is as deep as navigation goes, all that the learner has below.
func (s *selection) descendants(node int) []string {
	if s.deep[node-s.root] < s.q.NavDepth {
		return s.below(node)
	}
	list := []string{}
	for i := node + 1; i < s.v.Course.Nodes[node].End; i++ {
		if s.keeps(i) {
			list = append(list, s.key(i))
		}
	}
	return list
}

func (s *selection) count() {
	if len(s.q.Counts) == 0 {
		return
	}
	s.counts = make([][]int, s.end-s.root)
	for i := s.end - 1; i >= s.root; i-- {
		own := s.counts[i-s.root]
		if own == nil {
			own = make([]int, len(s.q.Counts))
			s.counts[i-s.root] = own
		}
		if !s.keeps(i) {
			continue
		}
		n := &s.v.Course.Nodes[i]
		if k := slices.Index(s.q.Counts, n.ID.Type); k >= 0 {
			own[k]++
		}
		if i > s.root {
			s.addCounts(n.Parent-s.root, own)
		}
	}
}

func (s *selection) addCounts(to int, counts []int) {
	if s.counts[to] == nil {
		s.counts[to] = make([]int, len(counts))
	}
	for k, n := range counts {
		s.counts[to][k] += n
	}
}

// block writes a block: what is always there, then what was asked for and is there.
func (s *selection) block(node int) Object {
	v, jump := s.v, s.url(node)
	id := v.Course.Nodes[node].ID
	b := make(Object, 0, 8+len(s.q.Fields))
	b = append(b,
		Member{"id", s.key(node)}, Member{"block_id", id.Name}, Member{"lms_web_url", jump}, Member{"legacy_web_url", jump + "?experience=legacy"},
		Member{"student_view_url", s.Site.LMS + path("/xblock/"+s.key(node))}, Member{"type", id.Type}, Member{"display_name", v.Course.Nodes[node].Title},
	)
	if s.counts != nil {
		counts := make(map[string]int, len(s.q.Counts))
		for k, kind := range s.q.Counts {
			counts[kind] = s.counts[node-s.root][k]
		}
		b = append(b, Member{"block_counts", counts})
	}
	for _, name := range s.q.Fields {
		if _, there := b.Get(name); there || name == "descendants" || name == "student_view_data" {
			continue
		}
		if value, ok := s.field(node, name); ok {
			b = append(b, Member{name, value})
		}
	}
	if slices.Contains(s.q.StudentViewData, id.Type) {
		if data, ok := v.Course.Field(node, "student_view_data"); ok {
			b = append(b, Member{"student_view_data", data})
		}
	}
	if s.q.NavDepth > 0 {
		b = append(b, Member{"descendants", s.descendants(node)})
	}
	return b
}

// field gives a field for the learner; ok is false if there is nothing to tell.
func (s *selection) field(node int, name string) (value any, ok bool) {
	of, dates := &s.v.Course.Dates.Blocks[node], s.v.Dates(node)
	switch name {
	case "children":
		list := s.below(node)
		return list, len(list) > 0
	case "graded":
		return of.Graded, true
	case "format":
		return of.Format, of.Format != ""
	case "start":
		return on(dates.EffectiveStart), dates.EffectiveStart != 0
	case "due":
		return on(dates.Due), dates.Due != 0
	case "visible_to_staff_only":
		return of.StaffOnly, true
	case "hide_after_due":
		return of.HideAfterDue, true
	case "contains_gated_content":
		return true, s.gated(node)
	case "has_scheduled_content":
		return true, node == 0 && s.scheduled() != nil
	case "icon_class":
		return s.kind(node), true
	case "special_exam_info":
		info := examInfo(s.v, node)
		return info, s.Site.Exams && info.Status != ""
	default:
		return s.fieldOfProgress(node, name)
	}
}

// fieldOfProgress gives how far the learner is; any other field is one that was collected.
func (s *selection) fieldOfProgress(node int, name string) (value any, ok bool) {
	id := s.v.Course.Nodes[node].ID
	switch name {
	case "completion":
		return s.Completed[id], grading.ModeOf(id.Type) == grading.Completable
	case "complete":
		return true, s.complete(node)
	case "resume_block":
		return true, s.resume[node]
	default:
		return s.v.Course.Field(node, name)
	}
}
