package outline

import (
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/content"
	"lectern/courses/content/contenttest"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/importer"
	"lectern/modulestore/key"
	"lectern/modulestore/storetest"
)

var update = flag.Bool("update", false, "write the golden files")

// published are the numbers of sections, subsections and units of the sample courses, as their files were counted without Lectern.
var published = map[string][3]int{
	"demo-content-library":    {0, 0, 0},
	"demo-course":             {6, 17, 58},
	"demo-performance-course": {2, 2, 6},
	"demo-test-course":        {8, 48, 113},
	"mitx-grading-library":    {2, 10, 63},
	"oxa-kitchen-sink":        {4, 15, 16},
	"studio-advanced":         {9, 47, 167},
}

// TestOutlinesOfRealCourses has a golden file for every sample course and kind of learner, and compares all of them with the plain rules at every instant
// at which something may change, and around it.
func TestOutlinesOfRealCourses(t *testing.T) {
	for _, archive := range storetest.Corpus(t) {
		name := strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sample{Course: contenttest.Course(t, importer.Source{Path: archive})}
			s.outline, s.plain = Build(s.Course), plainOf(s.Course)
			s.checkCounts(t, published[name])
			enrolled := s.kind(enrolled)
			for _, k := range kinds {
				l := s.kind(k)
				text := l.text(enrolled)
				golden(t, filepath.Join("testdata", "corpus", name, k.name+".golden"), text)
				l.compare(t)
			}
			s.compareChanged(t)
		})
	}
}

// sample is a sample course.
type sample struct {
	*content.Course
	outline *Outline
	plain   *plainCourse
}

func (s *sample) checkCounts(t *testing.T, want [3]int) {
	t.Helper()
	lost, units := 0, 0
	for i := range s.outline.Nodes {
		if s.outline.Nodes[i].Level == UnitLevel {
			units++
		}
	}
	for _, i := range s.outline.Issues {
		lost += i.Lost
	}
	if got := [3]int{len(s.outline.Sections), len(s.outline.Sequences), units}; got != want {
		t.Errorf("there are %d sections, subsections and units, want %d", got, want)
	}
	if len(s.outline.Nodes)+lost != len(s.Blocks) {
		t.Errorf("the outline has %d blocks of %d, and is said to leave out %d", len(s.outline.Nodes), len(s.Blocks), lost)
	}
}

// start is that of the course, or where it has none the beginning of 2026.
func (s *sample) start() time.Time {
	if start := s.outline.Dates.Blocks[0].Start.At; !start.IsZero() {
		return start
	}
	return day(0)
}

// kind is a kind of learner, and when they look at the course.
type kind struct {
	name  string
	setUp func(*learner)
}

// learner is one learner, who came a day after the start of the course, and looks at it ten days after it. Who looks earlier came a week before the start.
type learner struct {
	*sample
	kind    string
	course  *Course
	facts   Facts
	groups  partition.Learner
	at      time.Time
	assumed []string
}

const aDay = 24 * time.Hour // exactly

var enrolled = kind{"enrolled_after_start", func(*learner) {}}

var kinds = []kind{
	{"anonymous", func(l *learner) {
		l.facts = Facts{}
		l.groups = partition.Learner{}
	}},
	{"enrolled_before_start", func(l *learner) {
		l.at = l.start().Add(-time.Microsecond)
		l.cameEarly()
	}},
	enrolled,
	{"beta_tester", func(l *learner) {
		l.at, l.facts.Schedule.Beta = l.start().Add(-2*aDay), true
		l.cameEarly()
		if l.outline.Dates.Beta == 0 {
			l.assume("the course lets nobody in earlier: 5 days are assumed")
			changed := *l.outline
			changed.Dates.Beta = schedule.Days(5)
			l.course = Compile(&changed, relativeDates, Standard())
		}
	}},
	{"staff", func(l *learner) { l.at, l.facts = l.start().Add(-aDay), Facts{Learner: "00aa", Staff: true} }},
	{"cohort_member", func(l *learner) {
		for _, p := range l.outline.Partitions.All() {
			if p.Scheme == partition.CohortScheme && len(p.Groups) > 0 {
				l.groups.Cohort = partition.Link{Partition: p.ID, Group: p.Groups[0].ID}
				l.assume("the cohort has the content group %d of the partition %d", p.Groups[0].ID, p.ID)
				return
			}
		}
		l.assume("the course has no content groups: the same as enrolled_after_start")
	}},
	{"extension", func(l *learner) {
		first := l.dated()
		if len(first) == 0 {
			l.assume("nothing is due in the course: the same as enrolled_after_start")
			return
		}
		id, due := l.outline.Nodes[first[0]].ID, l.due(first[0])
		l.facts.Schedule.Overrides = []schedule.Override{{Block: id, By: 7 * aDay}}
		l.at = due.Add(time.Microsecond)
		l.assume("%s, which is due %s, is due 7 days later", id, date(due))
	}},
	{"missed_deadlines", func(l *learner) {
		dated := l.dated()
		if len(dated) == 0 {
			l.assume("nothing is due in the course: the same as enrolled_after_start")
			return
		}
		if !l.outline.Dates.SelfPaced {
			l.assume("the course is not self-paced: its due dates are the same for all")
		}
		dues := map[time.Time]bool{}
		for _, i := range dated {
			dues[l.due(i)] = true
		}
		half := slices.SortedFunc(maps.Keys(dues), time.Time.Compare)[(len(dues)-1)/2]
		l.at = half.Add(time.Microsecond)
		l.assume("it is just after %s, when half of the due dates have passed, and nothing is done", date(half))
		none := func(int) bool { return false }
		dates, standing := l.course.Plan.Resolve(&l.facts.Schedule, nil), schedule.Standing{Active: true, Complete: none, Gated: none}
		if m := l.course.Plan.Missed(dates, schedule.At(l.at), standing); m.Deadlines {
			l.assume("the offer to shift them names %s", l.outline.Nodes[m.Place].ID)
		}
	}},
}

// cameEarly lets the learner enrol before the course starts: who has not come yet cannot look.
func (l *learner) cameEarly() {
	early := l.start().Add(-7 * aDay)
	l.facts.Schedule.Anchor, l.facts.Schedule.Created = early, early
}

func (l *learner) assume(format string, args ...any) {
	l.assumed = append(l.assumed, fmt.Sprintf(format, args...))
}

// dated are the subsections with a due date for the learner.
func (l *learner) dated() (list []int) {
	for _, i := range l.outline.Sequences {
		if !l.due(i).IsZero() {
			list = append(list, i)
		}
	}
	return list
}

func (l *learner) due(node int) time.Time {
	return l.course.Plan.One(&l.facts.Schedule, node).Due.Time()
}

func (s *sample) kind(k kind) *learner {
	began := s.start().Add(aDay)
	l := &learner{
		sample: s, kind: k.name, course: Compile(s.outline, relativeDates, Standard()), at: s.start().Add(10 * aDay), groups: partition.Learner{ID: "00aa", Mode: "audit"},
		facts: Facts{Learner: "00aa", Enrolled: true, Schedule: schedule.Learner{Anchor: began, Created: began}},
	}
	k.setUp(l)
	l.facts.Groups = s.outline.Partitions.Groups(s.Key, &l.groups)
	return l
}

// line is what a golden file says of a block.
type line struct {
	id   key.BlockID
	text string
}

// text writes what the learner gets: all of it for those who are simply enrolled, for others what differs from that.
func (l *learner) text(enrolled *learner) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s at %s\n", l.kind, l.at.Format(time.RFC3339Nano))
	for _, text := range l.assumed {
		fmt.Fprintf(&s, "- %s\n", text)
	}
	v := l.course.Evaluate(&l.facts, l.at, Options{})
	if l.kind == enrolled.kind {
		l.writeIssues(&s)
		for _, line := range l.lines(v) {
			s.WriteString(line.text + "\n")
		}
	} else {
		before := map[key.BlockID]string{}
		for _, line := range enrolled.lines(enrolled.course.Evaluate(&enrolled.facts, enrolled.at, Options{})) {
			before[line.id] = line.text
		}
		fmt.Fprintf(&s, "what is not as for %s:\n", enrolled.kind)
		for _, line := range l.lines(v) {
			if line.text != before[line.id] {
				s.WriteString(line.text + "\n")
			}
			delete(before, line.id)
		}
		for i := range l.outline.Nodes {
			if _, gone := before[l.outline.Nodes[i].ID]; gone {
				fmt.Fprintf(&s, "like what it is in: %s\n", l.outline.Nodes[i].ID)
			}
		}
	}
	l.writeCounts(&s, v)
	return s.String()
}

func (l *learner) writeIssues(s *strings.Builder) {
	for _, i := range l.outline.Issues {
		fmt.Fprintf(s, "issue: %s %s", i.Code, i.Block)
		if !i.Other.IsZero() {
			fmt.Fprintf(s, " (%s)", i.Other)
		}
		if i.Lost > 0 {
			fmt.Fprintf(s, ", blocks lost: %d", i.Lost)
		}
		s.WriteString("\n")
	}
}

// lines has a line for the course, each section and subsection, and each block below that is not simply like the one it is in.
func (l *learner) lines(v *View) (list []line) {
	for i := range l.outline.Nodes {
		n := &l.outline.Nodes[i]
		reasons := codesOf(v.Reasons(i), n.Level <= SequenceLevel)
		if n.Level > SequenceLevel && v.Verdict(i) == v.Verdict(n.Parent) && slices.Equal(reasons, codesOf(v.Reasons(n.Parent), false)) {
			continue
		}
		text := fmt.Sprintf("%s%s %s", strings.Repeat("  ", int(n.Level)), n.ID, shown(v.Verdict(i)))
		if n.Level <= SequenceLevel {
			text += l.dates(v, i)
		}
		if len(reasons) > 0 {
			text += ": " + strings.Join(reasons, " ")
		}
		list = append(list, line{n.ID, text})
	}
	return list
}

// codesOf gives each reason once, and notes in brackets if they are wanted.
func codesOf(reasons []Reason, notes bool) (list []string) {
	for _, r := range reasons {
		text := string(r.Code)
		if r.Effect == Notes {
			text = "(" + text + ")"
		}
		if (notes || r.Effect != Notes) && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

func (l *learner) dates(v *View, node int) (text string) {
	d := v.Dates(node)
	if d.StartFrom == int32(node) {
		text += " opens " + date(d.Start.Time())
	}
	if d.Due != never {
		text += fmt.Sprintf(" due %s by %s", date(d.Due.Time()), d.Source)
		if d.DueFrom != int32(node) {
			text += " of " + l.outline.Nodes[d.DueFrom].ID.String()
		}
		if d.PastDue(schedule.At(v.At)) {
			text += " passed"
		}
	}
	return text
}

func (l *learner) writeCounts(s *strings.Builder, v *View) {
	var counts [PartLevel + 1]map[string]int
	for i := range l.outline.Nodes {
		level := l.outline.Nodes[i].Level
		if counts[level] == nil {
			counts[level] = map[string]int{}
		}
		counts[level][shown(v.Verdict(i))]++
	}
	for level := SectionLevel; level <= PartLevel; level++ {
		fmt.Fprintf(s, "%ss:", level)
		for _, state := range slices.Sorted(maps.Keys(counts[level])) {
			fmt.Fprintf(s, " %d %s", counts[level][state], state)
		}
		s.WriteString("\n")
	}
	if v.NextChange.IsZero() {
		s.WriteString("nothing changes any more\n")
	} else {
		fmt.Fprintf(s, "changes next at %s\n", v.NextChange.Format(time.RFC3339Nano))
	}
}

// instants are those at which something may change for the learner, the ones next to them, and some far from all.
func (l *learner) instants() iter.Seq[time.Time] {
	at := map[time.Time]bool{l.at: true}
	add := func(t time.Time) {
		if t.IsZero() {
			return
		}
		for _, d := range []time.Duration{-time.Microsecond, 0, time.Microsecond} {
			at[t.UTC().Add(d)] = true
		}
	}
	add(l.outline.Dates.End)
	for _, years := range []int{-30, -1, 1, 30} {
		add(l.start().AddDate(years, 0, 0))
	}
	for i := range l.outline.Nodes {
		b := &l.outline.Dates.Blocks[i]
		add(b.Start.At)
		add(b.Due.At)
		if d := l.course.Plan.One(&l.facts.Schedule, i); l.outline.Nodes[i].Level <= SequenceLevel {
			add(d.Start.Time())
			add(d.Due.Time())
		}
	}
	return maps.Keys(at)
}

// compare holds the engine against the plain rules, and what it says of the next change against what changes.
func (l *learner) compare(t *testing.T) {
	plain, instants := *l.plain, slices.SortedFunc(l.instants(), time.Time.Compare)
	plain.beta = l.course.Dates.Beta
	if len(instants) < 12 {
		t.Errorf("%s is looked at at %d instants only", l.kind, len(instants))
	}
	options := []Options{{}}
	if !l.facts.Enrolled {
		options = append(options, Options{UnenrolledAccess: true})
	}
	for _, o := range options {
		var before *View
		for _, at := range instants {
			v := l.course.Evaluate(&l.facts, at, o)
			if text := plain.at(&l.facts, at, o).differs(v); text != "" {
				t.Fatalf("%s at %s: %s", l.kind, at, text)
			}
			if before != nil && differences(before, v) != nil && (before.NextChange.IsZero() || before.NextChange.After(at)) {
				t.Fatalf("%s: something changes by %s, but at %s the next change is to be at %s", l.kind, at, before.At, before.NextChange)
			}
			before = v
		}
	}
}

// compareChanged does so for random learners, after random changes of the settings of the course.
func (s *sample) compareChanged(t *testing.T) {
	stored := read(s.Course)
	stored.settings.userPartitions = joined(stored.settings.userPartitions, somePartitions)
	rapid.Check(t, func(t *rapid.T) {
		tr := tree{slices.Clone(stored.blocks), stored.settings}
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			b := &tr.blocks[rapid.IntRange(0, len(tr.blocks)-1).Draw(t, "block")]
			b.dates.Start = schedule.On(days.Draw(t, "start"))
			b.dates.HideAfterDue, b.dates.Due = true, schedule.On(days.Draw(t, "due"))
			randomSettings(t, b)
		}
		compare(t, tr, 1)
	})
}

// joined joins lists of JSON.
func joined(texts ...string) string {
	var all []json.RawMessage
	for _, text := range texts {
		var list []json.RawMessage
		_ = json.Unmarshal([]byte(text), &list)
		all = append(all, list...)
	}
	text, _ := json.Marshal(all)
	return string(text)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is another (-golden +now); if the change is meant, run with -update:\n%s", file, diff)
	}
}
