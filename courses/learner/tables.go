package learner

// stamp says which event a row follows: the latest by clock, then by the id of the device.
type stamp struct {
	hlc    HLC
	device int64
}

// The keys that rows are looked up by.
type (
	userKey   struct{ user int64 }
	courseKey struct{ user, course int64 }
	blockKey  struct{ user, course, block int64 }
	roleKey   struct {
		user        int64
		scope, role string
	}
	cohortKey struct {
		course int64
		name   string
	}
	groupKey  struct{ user, course, partition int64 }
	deviceKey struct{ user, course, device int64 }
)

type accountRow struct {
	user              int64
	name, fold, email string
	stamp
}

var accountTable = &table[userKey, accountRow]{
	name: "account", columns: []string{"user_ref", "name", "name_fold", "email", "hlc", "device_ref"}, key: 1,
	by:     func(r *accountRow) userKey { return userKey{r.user} },
	args:   func(k userKey) []any { return []any{k.user} },
	fields: func(r *accountRow) []any { return []any{&r.user, &r.name, &r.fold, &r.email, &r.hlc, &r.device} },
}

type enrolmentRow struct {
	user, course int64
	active       int64
	mode, source string
	first, since int64
	anchor       int64 // where relative dates are counted from
	stamp
}

var enrolmentTable = &table[courseKey, enrolmentRow]{
	name:    "enrolment",
	columns: []string{"user_ref", "course_ref", "active", "mode", "source", "first_ms", "since_ms", "anchor_ms", "hlc", "device_ref"}, key: 2,
	by:   func(r *enrolmentRow) courseKey { return courseKey{r.user, r.course} },
	args: func(k courseKey) []any { return []any{k.user, k.course} },
	fields: func(r *enrolmentRow) []any {
		return []any{&r.user, &r.course, &r.active, &r.mode, &r.source, &r.first, &r.since, &r.anchor, &r.hlc, &r.device}
	},
}

type roleRow struct {
	user        int64
	scope, role string
	granted     int64
	stamp
}

var roleTable = &table[roleKey, roleRow]{
	name: "role_grant", columns: []string{"user_ref", "scope", "role", "granted", "hlc", "device_ref"}, key: 3,
	by:     func(r *roleRow) roleKey { return roleKey{r.user, r.scope, r.role} },
	args:   func(k roleKey) []any { return []any{k.user, k.scope, k.role} },
	fields: func(r *roleRow) []any { return []any{&r.user, &r.scope, &r.role, &r.granted, &r.hlc, &r.device} },
}

func blockArgs(k blockKey) []any { return []any{k.user, k.course, k.block} }

type epochRow struct {
	user, course, block int64
	epoch               int64
	attempts            HLC // attempts up to here do not count towards the limit
}

var epochTable = &table[blockKey, epochRow]{
	name: "epoch", columns: []string{"user_ref", "course_ref", "block_ref", "epoch", "attempts_hlc"}, key: 3,
	by: func(r *epochRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *epochRow) []any { return []any{&r.user, &r.course, &r.block, &r.epoch, &r.attempts} },
}

type attemptRow struct {
	user, course, block int64
	epoch               int64
	stamp
	seq              int64
	earned, possible float64
	ungraded         int64
	wall, content    int64
	flags            int64
	method           string
	limit            int64
	timing
}

// timing says by how many milliseconds work was late, and how well that is known; nothing if it was not judged.
type timing struct{ late, evidence *int64 }

var attemptTable = &table[blockKey, attemptRow]{
	name: "attempt",
	columns: []string{"user_ref", "course_ref", "block_ref", "epoch", "hlc", "device_ref", "seq", "raw_earned", "raw_possible", "ungraded", "wall_ms", "content_ref", "flags",
		"method", "attempt_limit", "late_ms", "evidence"},
	key: 7,
	by:  func(r *attemptRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *attemptRow) []any {
		return []any{&r.user, &r.course, &r.block, &r.epoch, &r.hlc, &r.device, &r.seq, &r.earned, &r.possible, &r.ungraded, &r.wall, &r.content, &r.flags, &r.method, &r.limit,
			&r.late, &r.evidence}
	},
}

// staffScore is what staff has set instead of what the attempts give.
type staffScore struct {
	earned   *float64 // nil: taken back
	possible float64
	epoch    int64
	stamp
}

type scoreRow struct {
	user, course, block int64
	epoch               int64
	earned              *float64 // nil: never attempted, or not graded yet
	possible            float64
	attempts, overLimit int64
	first               *int64
	source              string
	timing              // of the attempt that the points come from
	staff               staffScore
}

var scoreTable = &table[blockKey, scoreRow]{
	name: "score",
	columns: []string{"user_ref", "course_ref", "block_ref", "epoch", "raw_earned", "raw_possible", "attempts", "over_limit", "first_attempted_ms", "source", "late_ms", "evidence",
		"staff_earned", "staff_possible", "staff_epoch", "staff_hlc", "staff_device"},
	key: 3,
	by:  func(r *scoreRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *scoreRow) []any {
		return []any{&r.user, &r.course, &r.block, &r.epoch, &r.earned, &r.possible, &r.attempts, &r.overLimit, &r.first, &r.source, &r.late, &r.evidence,
			&r.staff.earned, &r.staff.possible, &r.staff.epoch, &r.staff.hlc, &r.staff.device}
	},
}

type stateRow struct {
	user, course, block int64
	rev                 int64
	state, clocks       []byte // JSON; clocks has for each field that was ever written the stamp and the epoch
	epoch               int64
}

var stateTable = &table[blockKey, stateRow]{
	name: "block_state", columns: []string{"user_ref", "course_ref", "block_ref", "rev", "state", "clocks", "epoch"}, key: 3,
	by: func(r *stateRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *stateRow) []any {
		return []any{&r.user, &r.course, &r.block, &r.rev, &r.state, &r.clocks, &r.epoch}
	},
}

type completionRow struct {
	user, course, block int64
	epoch               int64
	value               float64
}

var completionTable = &table[blockKey, completionRow]{
	name: "completion", columns: []string{"user_ref", "course_ref", "block_ref", "epoch", "value"}, key: 3,
	by: func(r *completionRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *completionRow) []any { return []any{&r.user, &r.course, &r.block, &r.epoch, &r.value} },
}

type positionRow struct {
	user, course, device int64
	block                int64
	inner                string
	hlc                  HLC
}

var positionTable = &table[deviceKey, positionRow]{
	name: "position", columns: []string{"user_ref", "course_ref", "device_ref", "block_ref", "inner_place", "hlc"}, key: 3,
	by:     func(r *positionRow) deviceKey { return deviceKey{r.user, r.course, r.device} },
	args:   func(k deviceKey) []any { return []any{k.user, k.course, k.device} },
	fields: func(r *positionRow) []any { return []any{&r.user, &r.course, &r.device, &r.block, &r.inner, &r.hlc} },
}

type bookmarkRow struct {
	user, course, block int64
	present             int64
	note                string
	stamp
}

var bookmarkTable = &table[blockKey, bookmarkRow]{
	name: "bookmark", columns: []string{"user_ref", "course_ref", "block_ref", "present", "note", "hlc", "device_ref"}, key: 3,
	by: func(r *bookmarkRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *bookmarkRow) []any {
		return []any{&r.user, &r.course, &r.block, &r.present, &r.note, &r.hlc, &r.device}
	},
}

type cohortRow struct {
	course           int64
	name, assignment string
	partition, group int64
	stamp
}

var cohortTable = &table[cohortKey, cohortRow]{
	name: "cohort", columns: []string{"course_ref", "name", "assignment", "partition_id", "group_id", "hlc", "device_ref"}, key: 2,
	by:   func(r *cohortRow) cohortKey { return cohortKey{r.course, r.name} },
	args: func(k cohortKey) []any { return []any{k.course, k.name} },
	fields: func(r *cohortRow) []any {
		return []any{&r.course, &r.name, &r.assignment, &r.partition, &r.group, &r.hlc, &r.device}
	},
}

type memberRow struct {
	user, course int64
	cohort       string
	stamp
}

var memberTable = &table[courseKey, memberRow]{
	name: "cohort_member", columns: []string{"user_ref", "course_ref", "cohort", "hlc", "device_ref"}, key: 2,
	by:     func(r *memberRow) courseKey { return courseKey{r.user, r.course} },
	args:   func(k courseKey) []any { return []any{k.user, k.course} },
	fields: func(r *memberRow) []any { return []any{&r.user, &r.course, &r.cohort, &r.hlc, &r.device} },
}

type groupRow struct {
	user, course, partition int64
	group                   int64
	replaced                int64 // the group is there in place of one that was lost
	stamp
}

var groupTable = &table[groupKey, groupRow]{
	name: "partition_assignment", columns: []string{"user_ref", "course_ref", "partition_id", "group_id", "replaced", "hlc", "device_ref"}, key: 3,
	by:   func(r *groupRow) groupKey { return groupKey{r.user, r.course, r.partition} },
	args: func(k groupKey) []any { return []any{k.user, k.course, k.partition} },
	fields: func(r *groupRow) []any {
		return []any{&r.user, &r.course, &r.partition, &r.group, &r.replaced, &r.hlc, &r.device}
	},
}

type gateRow struct {
	user, course, block int64
	opened              int64
	stamp
}

var gateTable = &table[blockKey, gateRow]{
	name: "gate_opened", columns: []string{"user_ref", "course_ref", "block_ref", "opened_ms", "hlc", "device_ref"}, key: 3,
	by: func(r *gateRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *gateRow) []any { return []any{&r.user, &r.course, &r.block, &r.opened, &r.hlc, &r.device} },
}

type dueRow struct {
	user, course, block int64
	due                 *int64
	reason              string
	actor               int64
	stamp
}

var dueTable = &table[blockKey, dueRow]{
	name: "due_override", columns: []string{"user_ref", "course_ref", "block_ref", "due_ms", "reason", "actor_ref", "hlc", "device_ref"}, key: 3,
	by: func(r *dueRow) blockKey { return blockKey{r.user, r.course, r.block} }, args: blockArgs,
	fields: func(r *dueRow) []any {
		return []any{&r.user, &r.course, &r.block, &r.due, &r.reason, &r.actor, &r.hlc, &r.device}
	},
}

type overrideRow struct {
	course, user, block int64
	OverridePayload
	actor int64
	stamp
}

var overrideTable = &table[blockKey, overrideRow]{
	name:    "grade_override",
	columns: []string{"course_ref", "user_ref", "block_ref", "earned_all", "possible_all", "earned_graded", "possible_graded", "reason", "actor_ref", "hlc", "device_ref"},
	key:     3,
	by:      func(r *overrideRow) blockKey { return blockKey{r.user, r.course, r.block} },
	args:    func(k blockKey) []any { return []any{k.course, k.user, k.block} },
	fields: func(r *overrideRow) []any {
		return []any{&r.course, &r.user, &r.block, &r.EarnedAll, &r.PossibleAll, &r.EarnedGraded, &r.PossibleGraded, &r.Reason, &r.actor, &r.hlc, &r.device}
	},
}
