package outline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lectern/courses/content"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// A second evaluator, to compare the first with. It knows blocks and what is above and below them, and goes through all rules for one block after the other.
// It has no places, masks or ladders, and prepares nothing. It tells what a learner gets of a block by the reasons alone.

// plain is a block with what is said about it.
type plain struct {
	id    key.BlockID
	level Level
	above *plain
	below []*plain

	start                                   time.Time  // zero: none
	due                                     *time.Time // nil: nothing is said; zero: none
	hide, staffOnly, offTOC, graded, points bool       // points: for the grade
	weeks                                   int
	groups                                  map[int64][]int64 // by partition; nobody if the list is empty
	gate                                    gateText
}

// plainCourse is the course, with what is said about all of it.
type plainCourse struct {
	root       *plain
	visibility Visibility
	selfPaced  bool
	beta       time.Duration
	end        time.Time
	exam       string // id of the section; empty: none
	examScore  float64
	partitions map[int64]plainPartition
	courses    []string // to be passed before
}

type plainPartition struct {
	active, optional bool
	groups           []int64
}

// plainTree places blocks. make makes one of them.
func plainTree(all func(of int) []int, id func(int) key.BlockID, make func(int) *plain) *plain {
	seen := map[int]bool{0: true}
	var place func(of int, above *plain, level Level) *plain
	place = func(of int, above *plain, level Level) *plain {
		b := make(of)
		b.above, b.level = above, level
		kinds := map[Level]string{CourseLevel: "chapter", SectionLevel: "sequential"}
		for _, child := range all(of) {
			if kind, limited := kinds[level]; seen[child] || limited && id(child).Type != kind {
				continue
			}
			seen[child] = true
			b.below = append(b.below, place(child, b, min(level+1, PartLevel)))
		}
		return b
	}
	root := place(0, nil, CourseLevel)
	root.bubble()
	return root
}

// bubble gives sequences the rules about groups that all their units share.
func (b *plain) bubble() {
	for _, c := range b.below {
		c.bubble()
	}
	if b.level != SequenceLevel || len(b.below) == 0 {
		return
	}
	for id, groups := range b.below[0].groups {
		shared := len(groups) > 0
		for _, u := range b.below {
			others, ok := u.groups[id]
			shared = shared && ok && sameGroups(groups, others)
		}
		if _, own := b.groups[id]; shared && !own {
			b.groups[id] = groups
		}
	}
}

func sameGroups(a, b []int64) bool {
	in := func(list []int64) func(int64) bool { return func(g int64) bool { return !slices.Contains(list, g) } }
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// plainOf reads a course.
func plainOf(c *content.Course) *plainCourse {
	own := func(i int, name string) field.Value {
		s, _ := c.Own(i, name)
		return s.Value
	}
	p := &plainCourse{visibility: Private, selfPaced: own(0, "self_paced").Bool(), partitions: plainPartitions(own(0, "user_partitions").JSON())}
	if v := own(0, "course_visibility").Str(); v != "" {
		p.visibility = Visibility(v)
	}
	_ = json.Unmarshal([]byte(own(0, "pre_requisite_courses").JSON()), &p.courses)
	p.end, _ = own(0, "end").Time()
	days, _ := own(0, "days_early_for_beta").Float()
	p.beta = time.Duration(days * float64(24*time.Hour))
	p.root = plainTree(func(of int) []int { return c.Blocks[of].Children }, func(i int) key.BlockID { return c.Blocks[i].ID }, func(i int) *plain {
		b := &plain{
			id: c.Blocks[i].ID, groups: plainGroups(own(i, "group_access").JSON()), hide: own(i, "hide_after_due").Bool(),
			staffOnly: own(i, "visible_to_staff_only").Bool(), offTOC: own(i, "hide_from_toc").Bool(), graded: c.Setting(i, "graded").Value.Bool(),
		}
		scored := slices.Contains(strings.Fields("problem openassessment drag-and-drop-v2 edx_sga staffgradedxblock"), b.id.Type)
		b.points = b.graded && (scored || len(c.Blocks[i].Children) == 0 && own(i, "has_score").Bool())
		b.start, _ = own(i, "start").Time()
		if weight, ok := c.Setting(i, "weight").Value.Float(); ok && weight == 0 {
			b.points = false
		}
		if due, set := c.Own(i, "due"); set {
			at, _ := due.Value.Time()
			b.due = &at
		}
		weeks, _ := c.Setting(i, "relative_weeks_due").Value.Int()
		b.weeks = int(weeks)
		return b
	})
	for i := range c.Blocks {
		if c.Blocks[i].ID.Type == "split_test" {
			id, _ := own(i, "user_partition_id").Int()
			var byGroup map[int64]string
			_ = json.Unmarshal([]byte(own(i, "group_id_to_child").JSON()), &byGroup)
			p.root.experiment(c.Blocks[i].ID, id, byGroup)
		}
	}
	return p
}

// experiment restricts each child of a split_test to the groups that get it, by the keys of the children.
func (b *plain) experiment(of key.BlockID, id int64, byGroup map[int64]string) {
	for _, child := range b.below {
		child.experiment(of, id, byGroup)
		if b.id != of {
			continue
		}
		groups := []int64{}
		own, limited := child.groups[id]
		for group, text := range byGroup {
			gets := strings.HasSuffix(text, "/"+child.id.Name) || strings.HasSuffix(text, "@"+child.id.Name)
			if gets && (!limited || slices.Contains(own, group)) {
				groups = append(groups, group)
			}
		}
		child.groups[id] = groups
	}
}

func plainGroups(text string) map[int64][]int64 {
	var lists map[int64]any
	_ = json.Unmarshal([]byte(text), &lists)
	groups := map[int64][]int64{}
	for id, list := range lists {
		switch list := list.(type) {
		case bool:
			groups[id] = nil
		case []any:
			for _, g := range list {
				groups[id] = append(groups[id], int64(g.(float64)))
			}
		}
	}
	return groups
}

func plainPartitions(text string) map[int64]plainPartition {
	var stored []struct {
		ID         int64
		Active     *bool
		Parameters struct{ Optional bool }
		Groups     []struct{ ID int64 }
	}
	_ = json.Unmarshal([]byte(text), &stored)
	list := map[int64]plainPartition{
		partition.EnrollmentTrackID: {active: true, groups: []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		partition.ContentGateID:     {active: true, groups: []int64{1, 2}},
	}
	for _, s := range stored {
		p := plainPartition{active: s.Active == nil || *s.Active, optional: s.Parameters.Optional}
		for _, g := range s.Groups {
			p.groups = append(p.groups, g.ID)
		}
		list[s.ID] = p
	}
	return list
}

// plainOfTree reads a course that was made up.
func plainOfTree(t tree) *plainCourse {
	p := &plainCourse{visibility: Private, selfPaced: t.settings.selfPaced, end: t.settings.end, partitions: plainPartitions(t.settings.userPartitions)}
	_ = json.Unmarshal([]byte(t.settings.prerequisites), &p.courses)
	if t.settings.visibility != "" {
		p.visibility = Visibility(t.settings.visibility)
	}
	if t.settings.betaDays != nil {
		p.beta = time.Duration(*t.settings.betaDays * float64(24*time.Hour))
	}
	if t.settings.exam {
		p.exam, p.examScore = t.settings.examID, t.settings.examMinScore
	}
	p.root = plainTree(func(of int) []int { return t.blocks[of].children }, func(i int) key.BlockID { return t.blocks[i].id }, func(i int) *plain {
		from := &t.blocks[i]
		b := &plain{
			id: from.id, start: from.dates.Start.At, hide: from.dates.HideAfterDue, staffOnly: from.own.StaffOnly, offTOC: from.own.HideFromTOC,
			graded: from.dates.Graded, points: from.dates.Work, weeks: from.dates.Weeks, groups: map[int64][]int64{}, gate: from.gate,
		}
		if from.dates.Due.Set {
			b.due = &from.dates.Due.At
		}
		for _, rule := range from.own.Access {
			b.groups[rule.Partition] = rule.Groups
		}
		return b
	})
	for i := range t.blocks {
		if e := t.blocks[i].groups.experiment; e != nil {
			byGroup := map[int64]string{}
			for group, child := range e.Children {
				byGroup[group] = "/" + child.Name
			}
			p.root.experiment(t.blocks[i].id, e.Partition, byGroup)
		}
	}
	return p
}

// who is one learner at one instant, in one course.
type who struct {
	*plainCourse
	*Facts
	Options
	at       time.Time
	relative map[*plain]time.Duration // due dates after the beginning
}

func (c *plainCourse) at(f *Facts, at time.Time, o Options) *who {
	return &who{plainCourse: c, Facts: f, Options: o, at: at, relative: c.relative()}
}

// latest gives the last thing that is said for the learner, or for a group, about a date of a block.
func latest(list []schedule.Override, b *plain, start bool) (last schedule.Override) {
	for _, o := range list {
		if o.Block == b.id && o.Start == start {
			last = o
		}
	}
	return last
}

// start is when a block opens, by itself.
func (w *who) start(b *plain) time.Time {
	if b.start.IsZero() || b.above != nil && w.selfPaced {
		return time.Time{}
	}
	start := b.start
	for _, list := range [][]schedule.Override{w.Schedule.Groups, w.Schedule.Overrides} {
		if o := latest(list, b, true); !o.At.IsZero() {
			start = o.At
		} else {
			start = start.Add(o.By)
		}
	}
	if w.Schedule.Beta {
		start = start.Add(-w.beta)
	}
	return start
}

// effectiveStart is when a block opens, by itself and all above it.
func (w *who) effectiveStart(b *plain) time.Time {
	start := w.start(b)
	if b.above != nil {
		if above := w.effectiveStart(b.above); above.After(start) {
			return above
		}
	}
	return start
}

// policy tells whether the author gives a block a due date at all.
func (w *who) policy(b *plain) bool {
	switch {
	case w.selfPaced:
		_, ok := w.relative[b]
		return ok
	case b.due != nil:
		return !b.due.IsZero()
	default:
		return b.above != nil && w.policy(b.above)
	}
}

// due is when a block is due.
func (w *who) due(b *plain) (due time.Time) {
	switch {
	case !w.policy(b):
		return time.Time{}
	case w.selfPaced && (b.level <= SequenceLevel || !w.policy(b.above)):
		due = w.relativeDue(b)
	case !w.selfPaced && b.due != nil:
		due = *b.due
	default:
		due = w.due(b.above)
	}
	for _, list := range [][]schedule.Override{w.Schedule.Groups, w.Schedule.Overrides} {
		switch o := latest(list, b, false); {
		case !o.At.IsZero():
			due = o.At
		case o.By != 0 && !due.IsZero():
			longer := due.Add(o.By)
			if !w.end.IsZero() && longer.After(w.end) && !o.ExceedsEnd {
				longer = later(w.end, due)
			}
			due = longer
		}
	}
	return due
}

// relativeDue is counted from where the learner began, if they did so early enough.
func (w *who) relativeDue(b *plain) time.Time {
	begun, longest := later(w.Schedule.Anchor, w.root.start), time.Duration(0)
	for _, d := range w.relative {
		longest = max(longest, d)
	}
	if w.Schedule.Anchor.IsZero() || !w.end.IsZero() && (w.Schedule.Created.After(w.end.Add(-longest)) || begun.After(w.end)) {
		return time.Time{}
	}
	due := begun.Add(w.relative[b])
	if !w.end.IsZero() && due.After(w.end) {
		return w.end
	}
	return due
}

// relative gives the due dates of a self-paced course of four weeks: its sections are due at equal distances.
func (c *plainCourse) relative() map[*plain]time.Duration {
	dates := map[*plain]time.Duration{}
	var sections []*plain
	for _, s := range c.root.below {
		if !s.staffOnly {
			sections = append(sections, s)
		}
	}
	for i, s := range sections {
		usual, last, any := (28 * 24 * time.Hour * time.Duration(i+1) / time.Duration(len(sections))).Truncate(time.Microsecond), 7*24*time.Hour, false
		for _, sub := range s.below {
			due, has := usual, sub.work()
			if sub.weeks > 0 {
				due, has = time.Duration(sub.weeks)*7*24*time.Hour, !sub.onlyResponses()
			}
			last, any = max(last, due), any || has
			if has {
				sub.dueAfter(due, sub.weeks > 0, dates)
			}
		}
		if any {
			dates[s] = last
		}
	}
	return dates
}

// dueAfter gives a date to a subsection and what is in it, open responses apart: to all of it, or else to what is graded and has something to do.
func (b *plain) dueAfter(due time.Duration, all bool, dates map[*plain]time.Duration) {
	if b.id.Type == "openassessment" {
		return
	}
	if all || b.graded && b.work() {
		dates[b] = due
	}
	for _, c := range b.below {
		c.dueAfter(due, all, dates)
	}
}

// work tells whether something in a block earns points for the grade, open responses apart.
func (b *plain) work() bool {
	return b.id.Type != "openassessment" && (b.points || slices.ContainsFunc(b.below, (*plain).work))
}

func (b *plain) onlyResponses() bool {
	return b.id.Type == "openassessment" || len(b.below) > 0 && !slices.ContainsFunc(b.below, func(c *plain) bool { return !c.onlyResponses() })
}

// cause is one reason: what it is, what it does, whose it is, and which date or partition it is about.
type cause struct {
	code   Code
	effect Effect
	at     key.BlockID
	about  string
}

func (c cause) String() string { return fmt.Sprintf("%s %s by %s %s", c.code, c.effect, c.at, c.about) }

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// ofCourse are the reasons that hold for all of the course.
func (w *who) ofCourse() (list []cause) {
	add := func(c Code, e Effect, about string) { list = append(list, cause{c, e, w.root.id, about}) }
	open := w.UnenrolledAccess && w.visibility != Private
	switch start := w.start(w.root); {
	case w.IgnoreStarts:
	case w.root.start.IsZero():
		add(CourseStartUnsetCode, Closes, "")
	case w.at.Before(start):
		add(CourseNotStarted, Closes, instant(start))
	}
	if w.Learner == "" && !w.Enrolled && !open {
		add(NotAuthenticated, Closes, "")
	}
	if !w.Enrolled && !open {
		add(NotEnrolled, Removes, "")
	}
	if !w.Enrolled && open && w.visibility == PublicOutline {
		add(OutlineOnly, Closes, "")
	}
	if !w.AccessEnds.IsZero() && w.at.After(w.AccessEnds) && !w.Preview {
		add(AccessExpired, Closes, instant(w.AccessEnds))
	}
	passed := map[string]bool{}
	for course, ok := range w.Passed {
		passed[course.String()] = ok
	}
	if w.Learner != "" && slices.ContainsFunc(w.courses, func(course string) bool { return !passed[course] }) {
		add(CoursePrerequisiteUnmet, Closes, "")
	}
	if w.Embargoed {
		add(Embargo, Closes, "")
	}
	return list
}

// of are the reasons that a block has itself.
func (w *who) of(b *plain) (list []cause) {
	add := func(c Code, e Effect, about string) { list = append(list, cause{c, e, b.id, about}) }
	if b.above == nil {
		list = w.ofCourse()
	} else if start := w.start(b); w.at.Before(start) && !w.IgnoreStarts {
		codes := map[Level]Code{SectionLevel: SectionNotStarted, SequenceLevel: SequenceNotStarted, UnitLevel: UnitNotStarted, PartLevel: UnitNotStarted}
		add(codes[b.level], Closes, instant(start))
	}
	if limit := w.hiddenAfter(b); !limit.IsZero() && w.at.After(limit) {
		code := PastDueHidden
		if w.selfPaced {
			code = CourseEndedHidden
		}
		add(code, Closes, instant(limit))
	}
	if b.staffOnly {
		add(StaffOnly, Removes, "")
	}
	if b.offTOC {
		add(HiddenFromTOC, Hides, "")
	}
	for id, groups := range b.groups {
		if !w.allowed(id, groups) {
			add(GroupMismatch, Removes, fmt.Sprint("partition ", id))
		}
	}
	return append(list, w.waiting(b)...)
}

// hiddenAfter is the last instant of a block that is hidden after it, if that is not just the one of the block above.
func (w *who) hiddenAfter(b *plain) time.Time {
	hides := func(b *plain) bool {
		if b.level < SequenceLevel {
			return false
		}
		for ; b != nil; b = b.above {
			if b.hide {
				return true
			}
		}
		return false
	}
	overrides := slices.Concat(w.Schedule.Groups, w.Schedule.Overrides)
	said := b.due != nil || slices.ContainsFunc(overrides, func(o schedule.Override) bool { return o.Block == b.id && !o.Start })
	switch {
	case !hides(b), hides(b.above) && (w.selfPaced || !said):
		return time.Time{}
	case w.selfPaced:
		return w.end
	default:
		return w.due(b)
	}
}

// allowed applies one rule about groups.
func (w *who) allowed(id int64, groups []int64) bool {
	p, known := w.partitions[id]
	own := w.Groups[id]
	switch {
	case known && !p.active:
		return true
	case !known, len(groups) == 0, slices.ContainsFunc(groups, func(g int64) bool { return !slices.Contains(p.groups, g) }):
		return false
	case own.In:
		return slices.Contains(groups, own.Group)
	default:
		return p.optional
	}
}

// waiting are the reasons of a block that waits for something to be done.
func (w *who) waiting(b *plain) (list []cause) {
	wait := func(code Code, opens, at key.BlockID, score, completion float64, of string) {
		var p Progress
		for id, progress := range w.Progress {
			if id.String() == of {
				p = progress
			}
		}
		scored := score == 0 || p.Possible > 0 && p.Earned/p.Possible*100 >= score
		completed := completion == 0 || p.Completable > 0 && p.Completed/float64(p.Completable)*100 >= completion
		since, opened := w.Opened[opens]
		if !(scored && completed) && (!opened || w.at.Before(since)) {
			list = append(list, cause{code, Closes, at, instant(since)})
		}
	}
	if b.gate.of != "" {
		score, completion := percentOrAll(b.gate.minScore), percentOrAll(b.gate.minCompletion)
		if b.gate.minScore == nil && b.gate.minCompletion == nil {
			score, completion = 100, 100
		}
		wait(PrerequisiteUnmet, b.id, b.id, score, completion, b.gate.of)
	}
	if exam := w.examSection(); exam != nil && b.level == SectionLevel && b != exam && !w.SkipsExam {
		wait(EntranceExamRequired, exam.id, exam.id, w.examScore, 0, exam.id.String())
	}
	return list
}

// percentOrAll reads a percentage; nothing is none, and nonsense is all.
func percentOrAll(text *string) float64 {
	if text == nil {
		return 0
	}
	n, err := strconv.Atoi(*text)
	if err != nil {
		return 100
	}
	return float64(n)
}

func (w *who) examSection() *plain {
	for _, s := range w.root.below {
		if s.id.String() == w.exam {
			return s
		}
	}
	return nil
}

// all gives the causes for every block.
func (w *who) all() map[key.BlockID][]cause {
	got := map[key.BlockID][]cause{}
	w.visit(w.root, nil, got)
	return got
}

// visit gives the causes for a block and what is below it, when those of the block above are known. A section or sequence of which nothing is there is not
// there either, and a section of which nothing is listed is not listed.
func (w *who) visit(b *plain, above []cause, got map[key.BlockID][]cause) {
	list := append(slices.Clone(above), w.of(b)...)
	exists, listed := false, false
	for _, c := range b.below {
		w.visit(c, list, got)
		exists = exists || !has(got[c.id], Removes)
		listed = listed || !has(got[c.id], Removes) && !has(got[c.id], Hides)
	}
	switch empty := len(b.below) == 0 || has(list, Removes); {
	case empty, b.level != SectionLevel && b.level != SequenceLevel:
	case !exists:
		list = append(list, cause{NoVisibleUnits, Removes, b.id, ""})
	case !listed && b.level == SectionLevel && !has(list, Hides):
		list = append(list, cause{NoVisibleUnits, Hides, b.id, ""})
	}
	got[b.id] = list
}

func has(list []cause, e Effect) bool {
	return slices.ContainsFunc(list, func(c cause) bool { return c.effect == e })
}

// causes gives the reasons of a view in the same words; notes are left out.
func causes(list []Reason) (got []cause) {
	for _, r := range list {
		if r.Effect == Notes {
			continue
		}
		c := cause{r.Code, r.Effect, r.At, instant(r.Opens) + instant(r.Since)}
		if r.Group != nil {
			c.about = fmt.Sprint("partition ", r.Group.Partition)
		}
		got = append(got, c)
	}
	return got
}

// sameCauses does not mind the order.
func sameCauses(a, b []cause) bool {
	missing := func(list []cause) func(cause) bool { return func(c cause) bool { return !slices.Contains(list, c) } }
	return len(a) == len(b) && !slices.ContainsFunc(a, missing(b)) && !slices.ContainsFunc(b, missing(a))
}

// lines writes causes in an order of their own.
func lines(list []cause) string {
	var texts []string
	for _, c := range list {
		texts = append(texts, c.String())
	}
	slices.Sort(texts)
	return strings.Join(texts, "; ")
}

// differs compares what a view tells with what the plain rules give: reasons, verdicts and dates. It returns the first difference.
func (w *who) differs(v *View) string {
	got := w.all()
	if len(got) != len(v.Course.Nodes) {
		return fmt.Sprintf("the outline has %d blocks, want %d", len(v.Course.Nodes), len(got))
	}
	var dates func(b *plain) string
	dates = func(b *plain) string {
		node, ok := v.Course.Find(b.id)
		if !ok || v.Course.Nodes[node].Level != b.level {
			return fmt.Sprintf("%s is not where it should be", b.id)
		}
		d := v.Dates(node)
		if due := w.due(b); !d.Due.Time().Equal(due) || !d.EffectiveStart.Time().Equal(w.effectiveStart(b)) {
			return fmt.Sprintf("%s opens %s and is due %s, want %s and %s", b.id, d.EffectiveStart, d.Due, instant(w.effectiveStart(b)), instant(due))
		}
		want := got[b.id]
		exists := !has(want, Removes)
		verdict := Verdict{exists, exists && !has(want, Hides), exists && !has(want, Closes)}
		if reasons := causes(v.Reasons(node)); !sameCauses(reasons, want) || v.Learner(node) != verdict {
			return fmt.Sprintf("%s is %s by %q,\nwant %s by %q", b.id, shown(v.Learner(node)), lines(reasons), shown(verdict), lines(want))
		}
		for _, c := range b.below {
			if text := dates(c); text != "" {
				return text
			}
		}
		return ""
	}
	return dates(w.root)
}
