package outline

import (
	"encoding/json"
	"maps"
	"math"
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

// tree is a course as it was written: blocks in any shape, each with the settings that an outline needs. children are places in blocks; the first
// block is the course.
type tree struct {
	blocks   []block
	settings courseSettings
}

type block struct {
	id       key.BlockID
	title    string
	children []int
	own      Node // what the block says itself; places are not filled in
	dates    schedule.Block
	odd      []Issue // found in the settings of the block
	gate     gateText
	groups   groupText
}

// gateText is a prerequisite as it is written; nil for what is not there.
type gateText struct {
	of                      string
	minScore, minCompletion *string
}

// groupText is the settings about groups that need more than the block to be understood.
type groupText struct {
	empty      []string // partitions with an empty list
	experiment *partition.Experiment
}

// courseSettings are settings of the course block.
type courseSettings struct {
	visibility     string
	betaDays       *float64
	selfPaced      bool
	end            time.Time
	gating         bool
	exam           bool
	examID         string
	examMinScore   float64
	prerequisites  string
	userPartitions string
	bounds         bounds
	odd            []Issue
}

// reader reads the settings of one block and notes what cannot be read.
type reader struct {
	content *content.Course
	place   int
	odd     []Issue
}

// own is a setting that the block sets itself; null when it does not.
func (r *reader) own(name string) field.Value {
	own, ok := r.content.Own(r.place, name)
	if ok && own.Fault != nil && own.Fault.Severity == field.Error {
		code := SettingUnreadable
		if name == "group_access" {
			code = AccessUnreadable
		}
		r.odd = append(r.odd, Issue{Code: code, Severity: field.Error, Name: name, Detail: own.Fault.Message})
	}
	return own.Value
}

// failed reports whether a setting that was read before is one that cannot be.
func (r *reader) failed(name string) bool {
	return slices.ContainsFunc(r.odd, func(i Issue) bool { return i.Name == name })
}

func (r *reader) time(name string) time.Time {
	t, ok := r.own(name).Time()
	if ok && t.IsZero() {
		return t.Add(time.Microsecond) // the first schedule.Instant of the calendar is a date like others
	}
	return t
}

// date is a date as the block sets it. One that cannot be read counts as not set.
func (r *reader) date(name string) schedule.Own {
	if at := r.time(name); !at.IsZero() {
		return schedule.On(at)
	}
	own, ok := r.content.Own(r.place, name)
	return schedule.Own{Set: ok && own.Value.Null() && !r.failed(name)}
}

// dates reads what the schedule needs to know of the block.
func (r *reader) dates() schedule.Block {
	holds := func(name string) field.Value { return r.content.Setting(r.place, name).Value }
	stored := &r.content.Blocks[r.place]
	b := schedule.Block{
		ID: stored.ID, Title: titleOf(stored.ID, stored.Title), Format: holds("format").Str(),
		Start: r.date("start"), Due: r.date("due"), Graded: holds("graded").Bool(), HideAfterDue: r.own("hide_after_due").Bool(),
	}
	b.Grace, _ = holds("graceperiod").Duration()
	if weeks, ok := holds("relative_weeks_due").Int(); ok {
		b.Weeks = int(min(max(weeks, 0), math.MaxInt32))
	}
	b.Work = b.Graded && r.scored()
	return b
}

// scored reports whether the block gives points that count.
func (r *reader) scored() bool {
	weight, ok := r.content.Setting(r.place, "weight").Value.Float()
	return r.content.Scored(r.place) && (!ok || weight != 0)
}

func (r *reader) text(name string) *string {
	if v := r.own(name); !v.Null() {
		s := v.Str()
		return &s
	}
	return nil
}

// read takes from the content what outlines are made of.
func read(c *content.Course) tree {
	t := tree{blocks: make([]block, len(c.Blocks))}
	for i := range c.Blocks {
		t.blocks[i] = readBlock(c, i)
	}
	if len(c.Blocks) > 0 {
		t.settings = readCourse(c)
	}
	return t
}

func readBlock(c *content.Course, place int) block {
	r := reader{content: c, place: place}
	stored := &c.Blocks[place]
	b := block{id: stored.ID, title: titleOf(stored.ID, stored.Title), children: stored.Children}
	b.own = Node{
		ID: stored.ID, Place: place, Title: b.title,
		StaffOnly: r.own("visible_to_staff_only").Bool(), HideFromTOC: r.own("hide_from_toc").Bool(),
		Exam: Exam{Timed: r.own("is_time_limited").Bool(), Proctored: r.own("is_proctored_enabled").Bool(), Practice: r.own("is_practice_exam").Bool()},
	}
	if minutes, ok := r.own("default_time_limit_minutes").Int(); ok {
		b.own.Exam.Limit = time.Duration(min(max(minutes, 0), maxExamMinutes)) * time.Minute
	}
	b.dates = r.dates()
	if of := r.own("required_prereq").Str(); of != "" {
		b.gate = gateText{of: of, minScore: r.text("min_score"), minCompletion: r.text("min_completion")}
	}
	r.groups(&b)
	b.odd = r.odd
	return b
}

// maxExamMinutes is a year.
const maxExamMinutes = 365 * 24 * 60

// groups reads the rules about groups, and those of an experiment about its children.
func (r *reader) groups(b *block) {
	text := []byte(r.own("group_access").JSON())
	access, problems := partition.ParseAccess(text)
	if r.failed("group_access") {
		access = partition.Closed()
	}
	b.own.Access, b.groups.empty = access, emptyLists(text)
	r.problems(problems)
	if b.id.Type != "split_test" {
		return
	}
	id, _ := r.own("user_partition_id").Int() // without one there is no such partition, and nobody gets a child
	e, problems := partition.ParseExperiment(id, []byte(r.own("group_id_to_child").JSON()))
	b.groups.experiment = &e
	r.problems(problems)
}

func (r *reader) problems(list []partition.Problem) {
	for _, p := range list {
		r.odd = append(r.odd, Issue{Code: GroupsUnreadable, Severity: field.Error, Name: p.Path, Detail: p.Message})
	}
}

// emptyLists gives the partitions that a group_access has an empty list for.
func emptyLists(text []byte) (list []string) {
	var byID map[string][]json.RawMessage
	if json.Unmarshal(text, &byID) != nil {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		if byID[id] != nil && len(byID[id]) == 0 {
			list = append(list, id)
		}
	}
	return list
}

func readCourse(c *content.Course) courseSettings {
	r := reader{content: c}
	s := courseSettings{
		visibility: c.Setting(0, "course_visibility").Value.Str(),
		selfPaced:  r.own("self_paced").Bool(),
		end:        r.time("end"),
		gating:     r.own("enable_subsection_gating").Bool(),
		exam:       r.own("entrance_exam_enabled").Bool(),
		examID:     r.own("entrance_exam_id").Str(),
	}
	s.examMinScore, _ = c.Setting(0, "entrance_exam_minimum_score_pct").Value.Float()
	s.prerequisites, s.userPartitions = r.own("pre_requisite_courses").JSON(), r.own("user_partitions").JSON()
	if days, ok := r.own("days_early_for_beta").Float(); ok {
		s.betaDays = &days
	}
	s.bounds = r.bounds()
	s.odd = r.odd
	return s
}

// percentOf reads what a gate asks for. Blanks and junk count as everything, so that a slip opens nothing.
func percentOf(text string) (percent int, sound bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 100, false
	}
	percent = min(max(n, 0), 100)
	return percent, percent == n
}

// courseKeys reads a JSON list of course keys.
func courseKeys(text string) (list []key.Course, unreadable []string) {
	var texts []json.RawMessage
	if json.Unmarshal([]byte(text), &texts) != nil {
		return nil, nil
	}
	for _, raw := range texts {
		var k key.Course
		if json.Unmarshal(raw, &k) != nil || k.IsZero() {
			unreadable = append(unreadable, string(raw))
			continue
		}
		list = append(list, k)
	}
	return list, unreadable
}
