package outline

import (
	"cmp"
	"slices"
	"strconv"
	"unicode/utf8"

	"lectern/courses/content"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// MaxSequences is how many subsections a course can have in Open edX. Here more are fine.
const MaxSequences = 1000

// Longest titles of Open edX, in characters.
const (
	maxCourseTitle = 255
	maxTitle       = 1000
)

// Build makes the outline of a course. It never fails: what cannot stand where it stands is left out, what cannot be read counts as not set, and both
// are listed in Issues.
func Build(c *content.Course) *Outline {
	o := build(c.Key, read(c))
	o.Root, o.Source = c.Root, c
	return o
}

// builder is an outline in the making.
type builder struct {
	*Outline
	tree  tree
	nodes []int // by place in the tree: place in the outline, absent for what is not in it (yet)
}

const absent = -1

// dropped is something that cannot stand where it stands.
type dropped struct {
	place, parent int
	code          IssueCode
}

func build(course key.Course, t tree) *Outline {
	if len(t.blocks) == 0 {
		t.blocks = []block{{id: course.Root(), title: titleOf(course.Root(), ""), own: Node{ID: course.Root()}}}
	}
	b := builder{Outline: &Outline{Course: course, index: make(map[key.BlockID]int, len(t.blocks))}, tree: t}
	b.nodes = slices.Repeat([]int{absent}, len(t.blocks))
	b.course()
	b.readSettings()
	b.checkGroups()
	for _, s := range b.Sequences {
		b.bubble(s)
	}
	b.readGates()
	b.checkDates()
	b.sortIssues()
	return b.Outline
}

// course places everything that has a place in an outline.
func (b *builder) course() {
	root := b.add(0, absent, CourseLevel)
	var lost []dropped
	for _, p := range b.tree.blocks[0].children {
		switch kind := b.tree.blocks[p].id.Type; {
		case kind != "chapter":
			lost = append(lost, dropped{p, 0, wrongType(kind, NotSection)})
		case b.nodes[p] != absent:
			b.again(p, 0, DuplicateSection)
		default:
			lost = append(lost, b.section(p)...)
		}
	}
	b.Nodes[root].End = len(b.Nodes)
	if n := len(b.Sequences); n > MaxSequences {
		b.note(0, Issue{Code: TooManySequences, Severity: field.Warning, Value: strconv.Itoa(n)})
	}
	for _, d := range lost {
		b.note(d.place, Issue{Code: d.code, Severity: field.Error, Other: b.tree.blocks[d.parent].id, Lost: b.lost(d.place)})
	}
}

func wrongType(kind string, code IssueCode) IssueCode {
	if !field.Known(kind) {
		return UnknownBlockType
	}
	return code
}

func (b *builder) section(place int) (lost []dropped) {
	n := b.add(place, 0, SectionLevel)
	b.Sections = append(b.Sections, n)
	for _, p := range b.tree.blocks[place].children {
		switch kind := b.tree.blocks[p].id.Type; {
		case kind != "sequential":
			lost = append(lost, dropped{p, place, wrongType(kind, NotSequence)})
		case b.nodes[p] != absent:
			b.again(p, place, DuplicateSequence)
		default:
			s := b.add(p, n, SequenceLevel)
			b.Sequences = append(b.Sequences, s)
			b.below(p, s, UnitLevel)
		}
	}
	b.Nodes[n].End = len(b.Nodes)
	return lost
}

// below places what stands in a sequence, and in what stands there.
func (b *builder) below(place, node int, level Level) {
	for _, p := range b.tree.blocks[place].children {
		if b.nodes[p] != absent {
			b.again(p, place, DuplicateBlock)
			continue
		}
		n := b.add(p, node, level)
		if b.tree.blocks[p].id.Type == "sequential" {
			b.note(p, Issue{Code: NestedSequence, Severity: field.Warning, Other: b.tree.blocks[place].id})
		}
		b.below(p, n, PartLevel)
	}
	b.Nodes[node].End = len(b.Nodes)
}

// add gives a block its place in the outline. Whoever adds what is below sets the end.
func (b *builder) add(place, parent int, level Level) (node int) {
	from := &b.tree.blocks[place]
	node = len(b.Nodes)
	n := from.own
	n.Level, n.Parent, n.End = level, parent, node+1
	if parent != absent {
		if e := b.tree.blocks[b.place(parent)].groups.experiment; e != nil {
			n.Access = n.Access.Under(e.Access(n.ID))
		}
	}
	dates := from.dates
	dates.ID, dates.Title, dates.Parent = n.ID, n.Title, parent
	if parent != absent {
		above := &b.Dates.Blocks[parent]
		dates.HideAfterDue, dates.StaffOnly = dates.HideAfterDue || above.HideAfterDue, n.StaffOnly || above.StaffOnly
	}
	b.Dates.Blocks = append(b.Dates.Blocks, dates)
	b.nodes[place], b.index[n.ID] = node, node
	b.Nodes = append(b.Nodes, n)
	b.checkTitle(place, level)
	for _, odd := range from.odd {
		b.note(place, odd)
	}
	return node
}

// place is the opposite of nodes.
func (b *builder) place(node int) int { return b.Nodes[node].Place }

func (b *builder) checkTitle(place int, level Level) {
	most := maxTitle
	if level == CourseLevel {
		most = maxCourseTitle
	}
	if n := utf8.RuneCountInString(b.tree.blocks[place].title); level <= SequenceLevel && n > most {
		b.note(place, Issue{Code: TitleTooLong, Severity: field.Warning, Value: strconv.Itoa(n)})
	}
}

// note adds an issue about the block at a place of the tree.
func (b *builder) note(place int, i Issue) {
	i.Block, i.Title = b.tree.blocks[place].id, b.tree.blocks[place].title
	b.Issues = append(b.Issues, i)
}

// again notes that a block is listed a second time.
func (b *builder) again(place, parent int, code IssueCode) {
	var first key.BlockID
	if at := b.Nodes[b.nodes[place]].Parent; at != absent {
		first = b.Nodes[at].ID
	}
	severity := field.Error
	if code == DuplicateBlock {
		severity = field.Warning
	}
	b.note(place, Issue{Code: code, Severity: severity, Other: first, Value: b.tree.blocks[parent].id.String()})
}

// lost counts the blocks that are reached from a place and are in the outline nowhere.
func (b *builder) lost(place int) int {
	seen := map[int]bool{}
	var visit func(p int)
	visit = func(p int) {
		if b.nodes[p] != absent || seen[p] {
			return
		}
		seen[p] = true
		for _, c := range b.tree.blocks[p].children {
			visit(c)
		}
	}
	visit(place)
	return len(seen)
}

// sortIssues puts the issues into document order, those of one block in the order of their codes.
func (b *builder) sortIssues() {
	place := make(map[key.BlockID]int, len(b.tree.blocks))
	for i := range b.tree.blocks {
		place[b.tree.blocks[i].id] = i
	}
	slices.SortStableFunc(b.Issues, func(x, y Issue) int {
		return cmp.Or(cmp.Compare(place[x.Block], place[y.Block]), cmp.Compare(x.Code, y.Code))
	})
}

// readSettings reads the settings of the course.
func (b *builder) readSettings() {
	s, root := &b.tree.settings, &b.Nodes[0]
	b.Title = root.Title
	b.Dates.Key, b.Dates.End, b.Dates.SelfPaced, b.Dates.Weeks = b.Course, s.end, s.selfPaced, s.bounds.weeks
	b.AuditEnds, b.countries = s.bounds.auditEnds, s.bounds.countries
	for _, odd := range s.odd {
		b.note(0, odd)
	}
	switch b.Visibility = Visibility(s.visibility); b.Visibility {
	case Private, PublicOutline, Public:
	default:
		b.Visibility = Private
		if s.visibility != "" {
			b.note(0, Issue{Code: BadVisibility, Severity: field.Error, Value: s.visibility})
		}
	}
	if s.betaDays != nil {
		b.readBetaDays(*s.betaDays)
	}
	if b.Dates.Blocks[0].Start.At.IsZero() {
		b.note(0, Issue{Code: CourseStartUnset, Severity: field.Warning})
	}
	var unreadable []string
	b.Courses, unreadable = courseKeys(s.prerequisites)
	for _, text := range unreadable {
		b.note(0, Issue{Code: CourseKeyUnreadable, Severity: field.Error, Value: text})
	}
	partitions, problems := partition.Parse([]byte(s.userPartitions))
	b.Partitions = partition.NewSet(partitions...)
	for _, p := range problems {
		b.note(0, Issue{Code: GroupsUnreadable, Severity: field.Error, Name: p.Path, Detail: p.Message})
	}
}

func (b *builder) readBetaDays(days float64) {
	b.Dates.Beta = schedule.Days(days)
	if days != 0 && b.Dates.Beta == 0 {
		b.note(0, Issue{Code: BadBetaDays, Severity: field.Error, Value: strconv.FormatFloat(days, 'g', -1, 64)})
	}
}

// checkDates notes dates that do not go together. The course and what is above sequences are never hidden after a date.
func (b *builder) checkDates() {
	for i := range b.Nodes {
		if b.Nodes[i].Level < SequenceLevel {
			b.Dates.Blocks[i].HideAfterDue = false
		}
	}
	plan, problems, _ := schedule.Compile(b.Dates) // an outline always is a tree
	b.dates = plan.Resolve(&schedule.Learner{}, nil)
	for _, p := range problems {
		severity := field.Warning
		if p.Error {
			severity = field.Error
		}
		b.note(b.place(b.index[p.Block]), Issue{Code: IssueCode(p.Code), Severity: severity, Detail: p.Message})
	}
}
