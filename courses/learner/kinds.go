package learner

import (
	"time"

	"lectern/courses/flag"
	"lectern/courses/grading"
)

// The kinds of events that this program understands, with their payloads as JSON. Others are kept, passed on and have no effect here.
const (
	KindAccount    = "account"            // AccountPayload
	KindEnrolment  = "enrolment"          // EnrolmentPayload
	KindRole       = "role"               // RolePayload
	KindAttempt    = "attempt"            // AttemptPayload
	KindReset      = "attempts.reset"     // no payload: attempts count from 0 again
	KindDelete     = "state.delete"       // no payload: a fresh start; Epoch is the new one
	KindStaffScore = "score.staff"        // StaffScorePayload
	KindState      = "state"              // StatePayload
	KindCompletion = "completion"         // CompletionPayload
	KindPosition   = "position"           // PositionPayload
	KindBookmark   = "bookmark"           // BookmarkPayload
	KindCohort     = "cohort"             // CohortPayload, of a stream without a learner
	KindMember     = "cohort.member"      // MemberPayload
	KindGroup      = "partition.assigned" // GroupPayload
	KindGate       = "gate.opened"        // no payload: what the learner had to do before the block was done
	KindDue        = "due"                // DuePayload
	KindCohortDue  = "cohort.due"         // CohortDuePayload, of a stream without a learner
	KindSchedule   = "schedule"           // SchedulePayload
	KindExamStart  = "exam.started"       // ExamStartPayload
	KindExamSubmit = "exam.submitted"     // no payload
	KindExamReset  = "exam.reset"         // ExamResetPayload; Epoch is the new one
	KindAllowance  = "exam.allowance"     // AllowancePayload
	KindOverride   = "grade.override"     // OverridePayload
	KindRevoked    = "device.revoked"     // DevicePayload, of the stream of no learner and no organisation, as the next ones
	KindReinstated = "device.reinstated"  // DevicePayload
	KindClock      = "clock.correction"   // ClockPayload
	KindFlag       = "flag.rule"          // FlagPayload
)

// AccountPayload makes or renames an account.
type AccountPayload struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// EnrolmentPayload says how a learner is enrolled from now on. Unenrolling keeps the mode.
type EnrolmentPayload struct {
	Active bool   `json:"active"`
	Mode   string `json:"mode"`
	Source string `json:"source,omitempty"` // self, staff, bulk, …
	Reason string `json:"reason,omitempty"`
}

// RolePayload grants a role, or takes it away. Scope is a course key, "org:NAME" or "" for everything.
type RolePayload struct {
	Role    string `json:"role"`
	Scope   string `json:"scope"`
	Granted bool   `json:"granted"`
}

// AttemptPayload is an answer. Earned is what the device made of it, nil if it could not grade.
type AttemptPayload struct {
	Response map[string]any `json:"response"`
	Seed     int64          `json:"seed,omitempty"`
	Earned   *float64       `json:"earned,omitempty"`
	Possible float64        `json:"possible"`
	// Method says which attempt counts; empty for the last.
	Method grading.GradingMethod `json:"method,omitempty"`
	// Limit is the number of attempts that are permitted, 0 for any. Strict leaves those above it out of the score.
	Limit  int  `json:"limit,omitempty"`
	Strict bool `json:"strict,omitempty"`
	// Due is when the work of this learner was due, with grace, in milliseconds since 1970, UTC; nil if nobody judges whether it is in time. Submit then
	// fills in by how many milliseconds it is late, and how well that is known.
	Due      *int64           `json:"due_ms,omitempty"`
	Late     *int64           `json:"late_ms,omitempty"`
	Evidence grading.Evidence `json:"evidence,omitempty"`
}

// judged fills in whether an answer that is received now is in time.
func (a AttemptPayload) judged(now time.Time) AttemptPayload {
	a.Late, a.Evidence = nil, 0
	if a.Due != nil {
		t := grading.LatePolicy{}.InTime(grading.HandedIn{Wall: now, Received: now}, instant(*a.Due))
		late := t.LateBy.Milliseconds()
		a.Late, a.Evidence = &late, t.Evidence
	}
	return a
}

// StaffScorePayload sets the score of a problem; without numbers it takes that back.
type StaffScorePayload struct {
	Earned   *float64 `json:"earned,omitempty"`
	Possible float64  `json:"possible,omitempty"`
	Reason   string   `json:"reason,omitempty"`
}

// StatePayload writes fields of what a block keeps about a learner; null removes one.
type StatePayload struct {
	Fields map[string]any `json:"fields"`
}

// CompletionPayload says how much of a leaf is done, 0 to 1.
type CompletionPayload struct {
	Value float64 `json:"value"`
}

// PositionPayload is where in the block the learner is: a second, a page, a tab.
type PositionPayload struct {
	Inner string `json:"inner,omitempty"`
}

// BookmarkPayload adds or removes a bookmark.
type BookmarkPayload struct {
	Present bool   `json:"present"`
	Note    string `json:"note,omitempty"`
}

// CohortPayload makes or changes a cohort of a course.
type CohortPayload struct {
	Name       string `json:"name"`
	Assignment string `json:"assignment"` // manual or random
	Partition  int64  `json:"partition,omitempty"`
	Group      int64  `json:"group,omitempty"`
}

// MemberPayload puts a learner into a cohort; an empty name takes it out.
type MemberPayload struct {
	Cohort string `json:"cohort"`
}

// GroupPayload is the group of a partition that a learner was given. With Lost, it is given in place of that one, for a reason: it was deleted.
type GroupPayload struct {
	Partition int64  `json:"partition"`
	Group     int64  `json:"group"`
	Lost      *int64 `json:"lost,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

// DuePayload sets a personal due date, or takes it back.
type DuePayload struct {
	Due    *int64 `json:"due,omitempty"` // milliseconds since 1970, UTC
	Reason string `json:"reason,omitempty"`
}

// SchedulePayload says that a learner begins a self-paced course anew, and when.
type SchedulePayload struct {
	Start int64 `json:"start"` // milliseconds since 1970, UTC
}

// OverridePayload sets the grade of a subsection; without numbers it takes that back.
type OverridePayload struct {
	EarnedAll      *float64 `json:"earned_all,omitempty"`
	PossibleAll    *float64 `json:"possible_all,omitempty"`
	EarnedGraded   *float64 `json:"earned_graded,omitempty"`
	PossibleGraded *float64 `json:"possible_graded,omitempty"`
	Reason         string   `json:"reason,omitempty"`
	// Seen is how much of the stream the writer had from each other device, by its id in hex. Override fills it in.
	Seen map[string]uint64 `json:"seen,omitempty"`
}

// DevicePayload revokes a device, or reinstates it.
type DevicePayload struct {
	Device string `json:"device"` // its id in hex
	Reason string `json:"reason,omitempty"`
}

// ClockPayload corrects the clock of a device for its events from one instant of that clock to another.
type ClockPayload struct {
	Device string `json:"device"` // its id in hex
	From   HLC    `json:"from"`
	To     HLC    `json:"to"`
	Offset int64  `json:"offset_ms"` // what is added to the instants
	Reason string `json:"reason,omitempty"`
}

// FlagPayload is a rule for a flag. One about a user is of the stream of that user, without a key; one about a course, a cohort, a team or an organisation is
// of the stream of the organisation, all others of that of none.
type FlagPayload struct {
	Flag        string     `json:"flag"`
	Scope       flag.Scope `json:"scope"`
	Key         string     `json:"key,omitempty"`
	Share       flag.Share `json:"value"`
	Note        string     `json:"note,omitempty"`
	From        int64      `json:"from_ms,omitempty"`    // milliseconds since 1970, UTC, 0 for at once
	Expires     int64      `json:"expires_ms,omitempty"` // 0 for never
	OfflineSafe bool       `json:"offline_safe,omitempty"`
}
