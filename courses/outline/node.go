package outline

import (
	"strings"
	"time"

	"lectern/courses/content"
	"lectern/courses/partition"
	"lectern/courses/schedule"
	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Outline is what a version of a course is for all learners: what there is, and what its authors say about who gets it and when. It never changes and
// can be used by many at once. Two versions with equal roots have equal outlines.
type Outline struct {
	Course key.Course
	Root   modulestore.ID
	Title  string

	Visibility Visibility
	// Dates are what authors say about dates; Dates.Blocks are Nodes in the same order.
	Dates schedule.Course
	// EntranceExam is nil in courses without one.
	EntranceExam *EntranceExam
	// Courses are the courses to be passed before this one.
	Courses    []key.Course
	Partitions *partition.Set

	// Nodes are the course and everything in its outline, each once, in document order. What is below a node follows it at once.
	Nodes []Node
	// Sections and Sequences are places in Nodes.
	Sections, Sequences []int
	// Issues are what is odd in the course, in document order.
	Issues []Issue

	// AuditEnds: access to the course ends for who audits it, after the weeks that it takes.
	AuditEnds bool

	// Source is the content that the outline was built of; nil in an outline that was not built of any.
	Source *content.Course

	index map[key.BlockID]int
	dates []schedule.Dates // of a learner without any of their own

	countries []string // in which the course may not be used
}

// Find gives the place of a block in the outline. What is in the course and not in its outline is not found.
func (o *Outline) Find(id key.BlockID) (node int, ok bool) {
	node, ok = o.index[id]
	return node, ok
}

// Visibility says what people see of a course who are not enrolled, where the site allows that at all.
type Visibility string

// The visibilities of courses: nothing, what there is, and all of it.
const (
	Private       Visibility = "private"
	PublicOutline Visibility = "public_outline"
	Public        Visibility = "public"
)

// Level is what a block is in the outline. It follows from where the block stands, not from its type.
type Level int

// The levels. A unit is whatever stands directly in a sequence; everything below it is a part.
const (
	CourseLevel Level = iota
	SectionLevel
	SequenceLevel
	UnitLevel
	PartLevel
)

// String returns the word for people.
func (l Level) String() string {
	return [...]string{"course", "section", "subsection", "unit", "block"}[l]
}

// Node is a block in the outline, with what it says itself. What holds for it also follows from the nodes above.
type Node struct {
	ID     key.BlockID
	Place  int // in the content
	Level  Level
	Parent int // -1 of the course
	End    int // Nodes[i+1:End] are below
	Title  string

	StaffOnly   bool
	HideFromTOC bool
	// Access is the rules about groups on this block; those of a sequence include what all its units have in common.
	Access partition.Access
	Exam   Exam
	Gates  []Gate // what learners must do before; all of it
}

// Exam says which kind of exam a sequence is.
type Exam struct {
	Timed, Proctored, Practice bool
	Limit                      time.Duration // of a timed exam; 0: not set
}

// Is reports whether it is an exam at all.
func (e Exam) Is() bool { return e.Timed || e.Proctored || e.Practice }

// Held reports whether learners begin and end it here. What has to be proctored is shown and not held: nobody watches here.
func (e Exam) Held() bool { return e.Timed && !e.Proctored }

// Kind is how the exam is called: practice, proctored or timed; empty for what is no exam.
func (e Exam) Kind() string {
	switch {
	case e.Practice:
		return "practice"
	case e.Proctored:
		return "proctored"
	case e.Timed:
		return "timed"
	default:
		return ""
	}
}

// Gate is something to be done before a block opens.
type Gate struct {
	Of int // place of the block to be done
	// MinScore and MinCompletion are in percent; 0: it does not matter.
	MinScore, MinCompletion int
}

// EntranceExam is the section that must be passed before the others.
type EntranceExam struct {
	Section  int
	MinScore float64 // percent
}

// titleOf gives the title of a block that sets none, too.
func titleOf(id key.BlockID, set string) string {
	if set != "" {
		return set
	}
	return strings.ReplaceAll(id.Name, "_", " ")
}
