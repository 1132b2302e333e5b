package outline

import (
	"fmt"
	"strings"
	"time"

	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// IssueCode names a kind of oddity. The texts are stable.
type IssueCode string

// What can be odd in a course.
const (
	NotSection          IssueCode = "not_section"        // a child of the course is not a section
	NotSequence         IssueCode = "not_sequence"       // a child of a section is not a subsection
	UnknownBlockType    IssueCode = "unknown_block_type" // the same, and nobody knows the type
	NestedSequence      IssueCode = "nested_sequence"    // a subsection stands where a unit is expected, and is taken for one
	DuplicateSection    IssueCode = "duplicate_section"  // the course lists a section twice
	DuplicateSequence   IssueCode = "duplicate_sequence" // a subsection is listed twice
	DuplicateBlock      IssueCode = "duplicate_block"    // anything else is listed twice
	TooManySequences    IssueCode = "too_many_sequences" // more than Open edX takes
	TitleTooLong        IssueCode = "title_too_long"     // longer than Open edX takes
	EmptyGroups         IssueCode = "empty_groups"       // a rule about groups names none
	GroupsBubbled       IssueCode = "groups_bubbled"     // a subsection took over the rule of all its units
	GroupsConflict      IssueCode = "groups_conflict"    // a subsection has a rule of its own beside the one of all its units
	GroupsUnreadable    IssueCode = "groups_unreadable"  // a setting about groups is not as it should be
	AccessUnreadable    IssueCode = "group_access_unreadable"
	GroupUnknown        IssueCode = "group_unknown"         // a rule names a partition or group that is gone
	SettingUnreadable   IssueCode = "setting_unreadable"    // a setting that decides about access cannot be read
	BadVisibility       IssueCode = "bad_visibility"        // course_visibility is none of the words
	BadBetaDays         IssueCode = "negative_beta_days"    // days_early_for_beta is no sensible number of days
	CourseStartUnset    IssueCode = "course_start_unset"    // nobody can open the course
	DueBeforeStart      IssueCode = "due_before_start"      // work is due before it opens
	NeverOpen           IssueCode = "never_open"            // the same, and it is hidden after its due date
	DueAfterEnd         IssueCode = "due_after_course_end"  // work is due after the course
	PrerequisiteMissing IssueCode = "prerequisite_missing"  // the prerequisite is not in the outline
	PrerequisiteCycle   IssueCode = "prerequisite_cycle"    // subsections wait for each other
	PrerequisiteTrivial IssueCode = "prerequisite_trivial"  // nothing is asked for
	PrerequisiteValue   IssueCode = "prerequisite_value"    // what is asked for cannot be read
	PrerequisiteNoScore IssueCode = "prerequisite_ungraded" // a score is asked for where there is none to earn
	GatingOff           IssueCode = "gating_off"            // there are prerequisites, and the course does not use them
	ExamMissing         IssueCode = "entrance_exam_missing" // the entrance exam is no section of the course
	CourseKeyUnreadable IssueCode = "course_prerequisite_unreadable"
)

// Issue is one thing that is odd, and what was made of it. Which fields count depends on the code.
type Issue struct {
	Code     IssueCode
	Severity field.Severity
	Block    key.BlockID // where to look
	Title    string      // of the block
	Other    key.BlockID // the block that it is about besides
	Lost     int         // blocks that no learner gets, because of it
	Name     string      // of a setting, or of the partition
	Value    string      // of the setting, as far as it matters
	Detail   string      // what is wrong with it
}

// String gives place and message.
func (i Issue) String() string { return i.Block.String() + ": " + i.Message() }

// Message says what is odd, what is made of it, and what to do.
func (i Issue) Message() string {
	name := fmt.Sprintf("%q (%s)", i.Title, i.Block)
	switch i.Code {
	case NotSection:
		return fmt.Sprintf("%s stands directly in the course, where only sections can be; learners get none of its %s: put it into a section", name, blocks(i.Lost))
	case NotSequence:
		return fmt.Sprintf("%s stands directly in the section %s, where only subsections can be; learners get none of its %s: put it into a subsection",
			name, i.Other, blocks(i.Lost))
	case UnknownBlockType:
		return fmt.Sprintf("%s stands in %s and is of a type that is not known here; learners get none of its %s: remove it or use a known type", name,
			i.Other, blocks(i.Lost))
	case NestedSequence:
		return fmt.Sprintf("the subsection %s stands in %s and is treated as a unit of it: put it into a section", name, i.Other)
	case DuplicateSection:
		return fmt.Sprintf("the course lists the section %s twice; only the first place counts: remove the other", name)
	case DuplicateSequence, DuplicateBlock:
		return fmt.Sprintf("%s already stands in %s; this second place in %s does not count: remove it or make a copy", name, i.Other, i.Value)
	case TooManySequences:
		return fmt.Sprintf("the course has %s subsections; Open edX takes at most %d: split it if it is to go there", i.Value, MaxSequences)
	case TitleTooLong:
		return fmt.Sprintf("the title of %s has %s characters, more than Open edX takes: shorten it", i.Block, i.Value)
	case EmptyGroups:
		return fmt.Sprintf("%s is restricted to no group of the partition %s, which is ignored: name groups, or make it visible to staff only", name, i.Name)
	case GroupsBubbled:
		return fmt.Sprintf("all units of %s are for the groups %s of the partition %s, so all of it is", name, i.Value, i.Name)
	case GroupsConflict:
		return fmt.Sprintf("all units of %s are for the groups %s of the partition %s, which it has another rule for itself; both hold", name, i.Value, i.Name)
	case GroupsUnreadable:
		return fmt.Sprintf("%s: %s", i.Name, i.Detail)
	case AccessUnreadable:
		return fmt.Sprintf("%s is closed to all learners, since its %s cannot be read: %s", name, i.Name, i.Detail)
	case GroupUnknown:
		return fmt.Sprintf("%s is closed to all learners, %s: choose other groups", name, strings.TrimPrefix(i.Detail, "closed, "))
	default:
		return i.settingMessage(name)
	}
}

// settingMessage says what is odd about dates, prerequisites and settings of the course.
func (i Issue) settingMessage(name string) string {
	switch i.Code {
	case SettingUnreadable:
		return fmt.Sprintf("%s of %s cannot be read and counts as not set: %s", i.Name, name, i.Detail)
	case BadVisibility:
		return fmt.Sprintf("course_visibility is %q and counts as private: write private, public_outline or public", i.Value)
	case BadBetaDays:
		return fmt.Sprintf("days_early_for_beta is %s, so beta testers start with everybody: write a number of days above 0", i.Value)
	case CourseStartUnset:
		return "the course has no start, so no learner can open anything: set one"
	case DueBeforeStart, NeverOpen, DueAfterEnd:
		return fmt.Sprintf("the dates of %s do not go together, %s: move one of them", name, i.Detail)
	case PrerequisiteMissing:
		return fmt.Sprintf("%s waits for %q, which is no section or subsection of the outline, so it does not wait: choose another prerequisite", name, i.Value)
	case PrerequisiteCycle:
		return fmt.Sprintf("%s waits for itself by way of %s, so it does not wait at all: remove one of the prerequisites", name, i.Other)
	case PrerequisiteTrivial:
		return fmt.Sprintf("%s waits for %s and asks for nothing there, so it is always open: ask for a score or completion", name, i.Other)
	case PrerequisiteValue:
		return fmt.Sprintf("%s of %s is %q and counts as %s: write a number from 0 to 100", i.Name, name, i.Value, i.Detail)
	case PrerequisiteNoScore:
		return fmt.Sprintf("%s waits for a score in %s, which is not graded, so it never opens: grade that, or ask for completion", name, i.Other)
	case GatingOff:
		return fmt.Sprintf("%s waits for %q, but prerequisites are switched off in this course: set enable_subsection_gating", name, i.Value)
	case ExamMissing:
		return fmt.Sprintf("the entrance exam %q is no section of the outline, so there is none: choose a section", i.Value)
	case CourseKeyUnreadable:
		return fmt.Sprintf("pre_requisite_courses holds %s, which is no key of a course and is ignored", i.Value)
	default:
		return fmt.Sprintf("%s is odd (%s)", name, i.Code)
	}
}

func blocks(n int) string {
	if n == 1 {
		return "1 block"
	}
	return fmt.Sprintf("%d blocks", n)
}

// date is a date as people read it.
func date(t time.Time) string {
	return strings.TrimSuffix(t.UTC().Format("2006-01-02 15:04:05"), ":00") + " UTC"
}
