package outline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"lectern/courses/partition"
	"lectern/modulestore/key"
)

// Code names a reason. The texts are stable and public.
type Code string

// The reasons, in the order in which they are shown. Plug-ins add their own, which come last.
const (
	NotAuthenticated        Code = "not_authenticated"         // nobody is signed in
	NotEnrolled             Code = "not_enrolled"              //
	OutlineOnly             Code = "outline_only"              // those who are not enrolled see what there is
	Embargo                 Code = "embargo"                   // not where the learner is
	AccessExpired           Code = "access_expired"            //
	CourseStartUnsetCode    Code = "course_start_unset"        //
	CourseNotStarted        Code = "course_not_started"        //
	CoursePrerequisiteUnmet Code = "course_prerequisite_unmet" //
	CourseEndedHidden       Code = "course_ended_hidden"       // hidden after the end, in self-paced courses
	EntranceExamRequired    Code = "entrance_exam_required"    //
	SectionNotStarted       Code = "section_not_started"       //
	SequenceNotStarted      Code = "sequence_not_started"      //
	UnitNotStarted          Code = "unit_not_started"          // or something in a unit
	PrerequisiteUnmet       Code = "prerequisite_unmet"        //
	ExamWindow              Code = "exam_window"               // a note: how far the exam is
	PastDueHidden           Code = "past_due_hidden"           //
	StaffOnly               Code = "staff_only"                //
	GroupMismatch           Code = "group_mismatch"            // see Reason.Group for what exactly
	HiddenFromTOC           Code = "hidden_from_toc"           //
	NotDrawn                Code = "not_drawn"                 // an item bank gives the learner others
	NoVisibleUnits          Code = "no_visible_units"          // everything in it is removed
	OverrideApplied         Code = "override_applied"          // a note: a date is not that of the course; see schedule.Flags for more notes about dates
)

var displayOrder = []Code{
	NotAuthenticated, NotEnrolled, OutlineOnly, Embargo, AccessExpired, CourseStartUnsetCode, CourseNotStarted, CoursePrerequisiteUnmet, CourseEndedHidden,
	EntranceExamRequired, SectionNotStarted, SequenceNotStarted, UnitNotStarted, PrerequisiteUnmet, ExamWindow, PastDueHidden, StaffOnly, GroupMismatch,
	HiddenFromTOC, NotDrawn,
	NoVisibleUnits, OverrideApplied,
}

// Effect is what a reason does to a block.
type Effect int

// The effects, each beyond the one before.
const (
	Notes   Effect = iota // nothing
	Hides                 // the block is not listed, and can be opened by those who know it
	Closes                // the block is listed, and cannot be opened
	Removes               // the learner is not told that it exists
)

// String returns a verb.
func (e Effect) String() string {
	return [...]string{"notes", "hides", "closes", "removes"}[e]
}

// Reason is one cause of what a learner gets. Which fields count beyond the first three depends on the code.
type Reason struct {
	Code   Code
	Effect Effect
	At     key.BlockID // the block that has the rule

	Opens     time.Time         // when it is lifted; zero: not by time alone
	Since     time.Time         // the date that has passed: the due date, the end of the course or of access
	BetaShift time.Duration     // by how much Opens is earlier for this learner
	From      key.BlockID       // the block that the date comes from
	Cohort    string            // whose date it is; empty for others
	Own       bool              // the date is not that of the course, but of the learner or a group
	Public    Visibility        // of the course
	Group     *partition.Denial // which rule about groups
	Gate      *GateState        // how far the learner is from what opens it
	Courses   []key.Course      // that are not passed yet
	Exam      ExamState
	Text      string // of a plug-in: the reason in one sentence
}

// GateState is what a gate, or the entrance exam, asks for and what the learner has.
type GateState struct {
	Of                      key.BlockID
	Title                   string
	MinScore, MinCompletion float64 // percent; 0: it does not matter
	Score, Completion       float64 // percent
}

// String says it in one sentence, with what would lift it.
func (r Reason) String() string {
	switch r.Code {
	case NotAuthenticated:
		return "only for those who are signed in"
	case NotEnrolled:
		return fmt.Sprintf("only for those who are enrolled; the course is %s", r.Public)
	case OutlineOnly:
		return "those who are not enrolled see only what there is"
	case Embargo:
		return "not available where the learner is"
	case AccessExpired:
		return "the learner's access ended on " + date(r.Since) + "; with another mode of enrolment than audit it does not end"
	case CourseStartUnsetCode:
		return "the course has no start yet"
	case CourseNotStarted, SectionNotStarted, SequenceNotStarted, UnitNotStarted:
		return fmt.Sprintf("%s opens on %s%s", r.At, date(r.Opens), r.early())
	case CoursePrerequisiteUnmet:
		return "first to be passed: " + join(r.Courses)
	case CourseEndedHidden:
		return "hidden since the course ended on " + date(r.Since)
	case PastDueHidden:
		return fmt.Sprintf("hidden since %s was due on %s%s", r.At, date(r.Since), r.forCohort())
	case EntranceExamRequired, PrerequisiteUnmet:
		return r.Gate.String()
	default:
		return r.rest()
	}
}

func (r Reason) rest() string {
	switch r.Code {
	case ExamWindow:
		switch {
		case !r.Since.IsZero():
			return "the exam ended on " + date(r.Since)
		case r.Opens.IsZero():
			return "the exam is " + r.Exam.words()
		}
		return fmt.Sprintf("the exam is %s until %s", r.Exam.words(), date(r.Opens))
	case StaffOnly:
		return fmt.Sprintf("%s is visible to staff only", r.At)
	case GroupMismatch:
		return fmt.Sprintf("%s: %s", r.At, r.Group)
	case HiddenFromTOC:
		return fmt.Sprintf("%s is left out of the table of contents", r.At)
	case NotDrawn:
		return fmt.Sprintf("%s was not drawn for this learner", r.At)
	case NoVisibleUnits:
		if r.Effect == Hides {
			return "nothing in it is listed"
		}
		return "nothing in it is for this learner"
	case OverrideApplied:
		if r.Cohort != "" {
			return fmt.Sprintf("%s has the due date of the cohort %s", r.At, r.Cohort)
		}
		return fmt.Sprintf("%s has dates of the learner's own", r.At)
	default:
		return cmp.Or(r.Text, string(r.Code))
	}
}

func (r Reason) forCohort() string {
	if r.Cohort == "" {
		return ""
	}
	return " for the cohort " + r.Cohort
}

func (r Reason) early() string {
	if r.BetaShift == 0 {
		return ""
	}
	return fmt.Sprintf(", %s earlier for beta testers", r.BetaShift)
}

// String says what is asked for and what is there.
func (g *GateState) String() string {
	var list []string
	if g.MinScore > 0 {
		list = append(list, fmt.Sprintf("a score of %g %% in %q is needed and there are %.4g %%", g.MinScore, g.Title, g.Score))
	}
	if g.MinCompletion > 0 {
		list = append(list, fmt.Sprintf("%g %% of %q must be completed and %.4g %% are", g.MinCompletion, g.Title, g.Completion))
	}
	return strings.Join(list, "; ")
}

func join(courses []key.Course) string {
	var list []string
	for _, c := range courses {
		list = append(list, c.String())
	}
	return strings.Join(list, ", ")
}

// sortReasons puts reasons into the order in which they are shown: by code, then from the course down.
func (o *Outline) sortReasons(list []Reason) {
	rank := func(c Code) int {
		if i := slices.Index(displayOrder, c); i >= 0 {
			return i
		}
		return len(displayOrder)
	}
	slices.SortStableFunc(list, func(a, b Reason) int {
		if by := cmp.Or(cmp.Compare(rank(a.Code), rank(b.Code)), cmp.Compare(a.Code, b.Code), cmp.Compare(o.index[a.At], o.index[b.At])); by != 0 {
			return by
		}
		return cmp.Compare(a.String(), b.String()) // which takes longer
	})
}
