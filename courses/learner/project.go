package learner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// entry is an event with the numbers that this database has for its keys.
type entry struct {
	*Event
	stream, user, device, actor, course, block, content int64
	at                                                  HLC // its place in the order: that of its clock, corrected
}

// bytes is the payload as a database takes it.
func (e *entry) bytes() []byte {
	if e.Payload == nil {
		return []byte{}
	}
	return e.Payload
}

// when is the time at which it happened: that of the device's clock, corrected.
func (e *entry) when() time.Time {
	return e.Wall.Add(time.Duration(e.at.Milliseconds()-e.HLC.Milliseconds()) * time.Millisecond)
}

func (e *entry) stamp() stamp         { return stamp{e.at, e.device} }
func (e *entry) blockKey() blockKey   { return blockKey{e.user, e.course, e.block} }
func (e *entry) courseKey() courseKey { return courseKey{e.user, e.course} }

// projection is the part of all projections that some events concern. What follows from events does not depend on the order in which they come:
// the latest wins by its stamp, the largest by its value, or all are kept.
type projection struct {
	devices     func(ref int64) ID // for ties
	accounts    *rows[userKey, accountRow]
	enrolments  *rows[courseKey, enrolmentRow]
	roles       *rows[roleKey, roleRow]
	epochs      *rows[blockKey, epochRow]
	attempts    *rows[blockKey, attemptRow]
	scores      *rows[blockKey, scoreRow]
	states      *rows[blockKey, stateRow]
	completions *rows[blockKey, completionRow]
	positions   *rows[deviceKey, positionRow]
	bookmarks   *rows[blockKey, bookmarkRow]
	cohorts     *rows[cohortKey, cohortRow]
	members     *rows[courseKey, memberRow]
	groups      *rows[groupKey, groupRow]
	gates       *rows[blockKey, gateRow]
	dues        *rows[blockKey, dueRow]
	cohortDues  *rows[cohortDueKey, cohortDueRow]
	steps       *rows[courseKey, stepRow]
	exams       *rows[blockKey, examRow]
	allowances  *rows[blockKey, allowanceRow]
	overrides   *rows[blockKey, overrideRow]
	flags       *rows[flagKey, flagRow]
	notices     *notices
	taken       map[int64]int64 // places of those courses that somebody counts
	graded      map[dueKey]What // what is to be graded after the events
}

// wantPlaces says that the places of a course will be counted.
func (p *projection) wantPlaces(course int64) {
	if p.taken == nil {
		p.taken = make(map[int64]int64)
	}
	p.taken[course] = 0
}

func newProjection(devices func(int64) ID) *projection {
	return &projection{
		devices: devices, accounts: newRows(accountTable), enrolments: newRows(enrolmentTable), roles: newRows(roleTable), epochs: newRows(epochTable),
		attempts: newRows(attemptTable), scores: newRows(scoreTable), states: newRows(stateTable), completions: newRows(completionTable),
		positions: newRows(positionTable), bookmarks: newRows(bookmarkTable), cohorts: newRows(cohortTable), members: newRows(memberTable),
		groups: newRows(groupTable), gates: newRows(gateTable), dues: newRows(dueTable), cohortDues: newRows(cohortDueTable), steps: newRows(stepTable),
		exams: newRows(examTable), allowances: newRows(allowanceTable), overrides: newRows(overrideTable),
		flags: newRows(flagTable), notices: &notices{}, graded: make(map[dueKey]What),
	}
}

// stored is what projection does with each of its tables.
type stored interface {
	load(*batch)
	save(*batch)
}

func (p *projection) tables() []stored {
	return []stored{p.accounts, p.enrolments, p.roles, p.epochs, p.attempts, p.scores, p.states, p.completions, p.positions, p.bookmarks, p.cohorts,
		p.members, p.groups, p.gates, p.dues, p.cohortDues, p.steps, p.exams, p.allowances, p.overrides, p.flags, p.notices}
}

func (p *projection) load(b *batch) {
	for _, t := range p.tables() {
		t.load(b)
	}
}

func (p *projection) save(b *batch) {
	for _, t := range p.tables() {
		t.save(b)
	}
}

// later reports whether stamp a is after b. A zero stamp is that of a row that no event has written.
func (p *projection) later(a, b stamp) bool {
	if a.hlc != b.hlc || b == (stamp{}) {
		return a.hlc > b.hlc || b == (stamp{})
	}
	x, y := p.devices(a.device), p.devices(b.device)
	return bytes.Compare(x[:], y[:]) > 0
}

// effect is what events of one kind do.
type effect struct {
	// want asks for the rows that apply needs. Neither may look at anything but the event and these rows.
	want  func(p *projection, e *entry)
	apply func(p *projection, e *entry) error
}

// effects are all kinds that have any.
var effects = map[string]effect{
	KindAccount:    {func(p *projection, e *entry) { p.accounts.want(userKey{e.user}) }, applyAccount},
	KindEnrolment:  {wantSteps, applyEnrolment},
	KindRole:       {wantRole, applyRole},
	KindAttempt:    {wantScore, applyAttempt},
	KindReset:      {wantScore, applyReset},
	KindDelete:     {wantDelete, applyDelete},
	KindStaffScore: {wantScore, applyStaffScore},
	KindState:      {func(p *projection, e *entry) { p.states.want(e.blockKey()) }, applyState},
	KindCompletion: {func(p *projection, e *entry) { p.completions.want(e.blockKey()) }, applyCompletion},
	KindPosition:   {func(p *projection, e *entry) { p.positions.want(deviceKey{e.user, e.course, e.device}) }, applyPosition},
	KindBookmark:   {func(p *projection, e *entry) { p.bookmarks.want(e.blockKey()) }, applyBookmark},
	KindCohort:     {wantCohort, applyCohort},
	KindMember:     {func(p *projection, e *entry) { p.members.want(e.courseKey()) }, applyMember},
	KindGroup:      {wantGroup, applyGroup},
	KindGate:       {func(p *projection, e *entry) { p.gates.want(e.blockKey()) }, applyGate},
	KindDue:        {func(p *projection, e *entry) { p.dues.want(e.blockKey()) }, applyDue},
	KindCohortDue:  {wantCohortDue, applyCohortDue},
	KindSchedule:   {wantSteps, applySchedule},
	KindExamStart:  {wantExam, applyExamStart},
	KindExamSubmit: {wantExam, applyExamSubmit},
	KindExamReset:  {wantExam, applyExamReset},
	KindAllowance:  {func(p *projection, e *entry) { p.allowances.want(e.blockKey()) }, applyAllowance},
	KindOverride:   {func(p *projection, e *entry) { p.overrides.want(e.blockKey()) }, applyOverride},
	KindRevoked:    {wantNothing, applyNotice},
	KindReinstated: {wantNothing, applyNotice},
	KindClock:      {wantNothing, applyClock},
	KindFlag:       {wantNothing, applyFlag},
}

// effectOf gives what an event does, if it does anything: telemetry does not, since it may be given up.
func effectOf(e *entry) (effect, bool) {
	f, ok := effects[e.Kind]
	return f, ok && e.Stream.Kind == StateStream
}

// want asks for the rows that an event concerns.
func (p *projection) want(e *entry) {
	if f, ok := effectOf(e); ok {
		f.want(p, e)
	}
}

// apply changes the rows that follow from an event, and marks the event if it has no effect. It fails, and changes nothing, if the payload is not
// what the kind asks for.
func (p *projection) apply(e *entry) error {
	var suspended bool
	e.Flags &^= derived
	e.at, suspended = p.judge(e)
	if suspended {
		e.Flags |= Suspended
	}
	f, ok := effectOf(e)
	if !ok && e.Stream.Kind == StateStream {
		e.Flags |= Unknown
	}
	if suspended && slices.Contains(noticeKinds, e.Kind) {
		suspended = false // whether it counts is decided among the notices
	}
	if !ok || suspended || e.Flags&Unordered != 0 {
		return nil
	}
	if err := f.apply(p, e); err != nil {
		e.Flags |= Bad
		return err
	}
	p.mark(e)
	return nil
}

// payload reads the payload of an event.
func payload[T any](e *entry) (p T, err error) {
	err = json.Unmarshal(e.Payload, &p)
	return p, err
}

// Check reports what is wrong with an event that has not been written yet: a payload that its kind does not allow.
func (n *NewEvent) Check() error {
	if n.misplaced() {
		return fmt.Errorf("an event of kind %s: the course %s is not of the organisation %q, whose stream it is for", n.Kind, n.Course, n.Stream.Org)
	}
	effect, ok := effects[n.Kind]
	if !ok {
		return nil
	}
	e := &entry{Event: &Event{NewEvent: *n}, at: 1}
	if err := effect.apply(newProjection(func(int64) ID { return ID{} }), e); err != nil {
		return fmt.Errorf("an event of kind %s: %w", n.Kind, err)
	}
	return nil
}

func applyAccount(p *projection, e *entry) error {
	a, err := payload[AccountPayload](e)
	if err != nil || strings.TrimSpace(a.Name) == "" {
		return errors.Join(err, errors.New("an account needs a name"))
	}
	row, _ := p.accounts.one(userKey{e.user}, accountRow{user: e.user})
	if p.later(e.stamp(), row.stamp) {
		row.name, row.fold, row.email, row.stamp = a.Name, FoldName(a.Name), a.Email, e.stamp()
		p.accounts.changed(row)
	}
	return nil
}

func applyEnrolment(p *projection, e *entry) error {
	n, err := payload[EnrolmentPayload](e)
	if err != nil || n.Mode == "" || e.course == 0 && e.Course.Org == "" {
		return errors.Join(err, errors.New("an enrolment needs a course and a mode"))
	}
	row, fresh := p.enrolments.one(e.courseKey(), enrolmentRow{user: e.user, course: e.course})
	if when := e.when().UnixMilli(); fresh || when < row.first {
		row.first = when
		p.enrolments.changed(row)
	}
	if p.later(e.stamp(), row.stamp) {
		if _, counted := p.taken[e.course]; counted {
			p.taken[e.course] += number(n.Active) - row.active
		}
		row.active, row.mode, row.source, row.since, row.stamp = number(n.Active), n.Mode, n.Source, e.when().UnixMilli(), e.stamp()
		p.enrolments.changed(row)
	}
	if n.Active {
		p.addStep(e, e.when().UnixMilli(), n.Mode)
	}
	p.moveAnchor(e.courseKey())
	return nil
}

func wantRole(p *projection, e *entry) {
	if r, err := payload[RolePayload](e); err == nil {
		p.roles.want(roleKey{e.user, r.Scope, r.Role})
	}
}

func applyRole(p *projection, e *entry) error {
	r, err := payload[RolePayload](e)
	if err != nil || r.Role == "" {
		return errors.Join(err, errors.New("a role needs a name"))
	}
	row, _ := p.roles.one(roleKey{e.user, r.Scope, r.Role}, roleRow{user: e.user, scope: r.Scope, role: r.Role})
	if p.later(e.stamp(), row.stamp) {
		row.granted, row.stamp = number(r.Granted), e.stamp()
		p.roles.changed(row)
	}
	return nil
}

func applyCompletion(p *projection, e *entry) error {
	c, err := payload[CompletionPayload](e)
	if err != nil || !(c.Value >= 0 && c.Value <= 1) {
		return errors.Join(err, errors.New("completion is a number from 0 to 1"))
	}
	p.complete(e.blockKey(), e.Epoch, c.Value)
	return nil
}

// complete keeps the most that was reached in the latest epoch.
func (p *projection) complete(k blockKey, epoch int64, value float64) {
	row, fresh := p.completions.one(k, completionRow{user: k.user, course: k.course, block: k.block})
	if fresh || epoch > row.epoch || epoch == row.epoch && value > row.value {
		row.epoch, row.value = epoch, value
		p.completions.changed(row)
	}
}

func applyPosition(p *projection, e *entry) error {
	at, err := payload[PositionPayload](e)
	if err != nil {
		return err
	}
	row, _ := p.positions.one(deviceKey{e.user, e.course, e.device}, positionRow{user: e.user, course: e.course, device: e.device})
	if e.at > row.hlc {
		row.block, row.inner, row.hlc = e.block, at.Inner, e.at
		p.positions.changed(row)
	}
	return nil
}

func applyBookmark(p *projection, e *entry) error {
	b, err := payload[BookmarkPayload](e)
	if err != nil {
		return err
	}
	row, _ := p.bookmarks.one(e.blockKey(), bookmarkRow{user: e.user, course: e.course, block: e.block})
	if p.later(e.stamp(), row.stamp) {
		row.present, row.note, row.stamp = number(b.Present), b.Note, e.stamp()
		p.bookmarks.changed(row)
	}
	return nil
}

func wantCohort(p *projection, e *entry) {
	if c, err := payload[CohortPayload](e); err == nil {
		p.cohorts.want(cohortKey{e.course, c.Name})
	}
}

func applyCohort(p *projection, e *entry) error {
	c, err := payload[CohortPayload](e)
	if err != nil || c.Name == "" || !slices.Contains([]string{"manual", "random"}, c.Assignment) {
		return errors.Join(err, errors.New("a cohort needs a name and an assignment, manual or random"))
	}
	row, _ := p.cohorts.one(cohortKey{e.course, c.Name}, cohortRow{course: e.course, name: c.Name})
	if p.later(e.stamp(), row.stamp) {
		row.assignment, row.partition, row.group, row.stamp = c.Assignment, c.Partition, c.Group, e.stamp()
		p.cohorts.changed(row)
	}
	return nil
}

func applyMember(p *projection, e *entry) error {
	m, err := payload[MemberPayload](e)
	if err != nil {
		return err
	}
	row, _ := p.members.one(e.courseKey(), memberRow{user: e.user, course: e.course})
	if p.later(e.stamp(), row.stamp) {
		row.cohort, row.stamp = m.Cohort, e.stamp()
		p.members.changed(row)
	}
	return nil
}

func wantGroup(p *projection, e *entry) {
	if g, err := payload[GroupPayload](e); err == nil {
		p.groups.want(groupKey{e.user, e.course, g.Partition})
	}
}

// applyGroup keeps the earliest assignment: what a learner has seen of an experiment cannot be taken back. Only the loss of a group can: the latest
// replacement stands before all assignments.
func applyGroup(p *projection, e *entry) error {
	g, err := payload[GroupPayload](e)
	if err != nil || g.Partition <= 0 {
		return errors.Join(err, errors.New("a partition has a number above 0"))
	}
	if g.Lost != nil && (*g.Lost == g.Group || g.Reason == "") {
		return errors.New("a group takes the place of another one, for a reason")
	}
	row, fresh := p.groups.one(groupKey{e.user, e.course, g.Partition}, groupRow{user: e.user, course: e.course, partition: g.Partition})
	replaces, earlier := number(g.Lost != nil), p.later(row.stamp, e.stamp())
	if fresh || replaces > row.replaced || replaces == row.replaced && earlier == (replaces == 0) {
		row.group, row.replaced, row.stamp = g.Group, replaces, e.stamp()
		p.groups.changed(row)
	}
	return nil
}

// applyGate keeps the earliest instant: what is open stays open.
func applyGate(p *projection, e *entry) error {
	if e.block == 0 && e.Block.IsZero() {
		return errors.New("a gate needs a block")
	}
	row, fresh := p.gates.one(e.blockKey(), gateRow{user: e.user, course: e.course, block: e.block})
	if fresh || p.later(row.stamp, e.stamp()) {
		row.opened, row.stamp = e.when().UnixMilli(), e.stamp()
		p.gates.changed(row)
	}
	return nil
}

func applyDue(p *projection, e *entry) error {
	d, err := payload[DuePayload](e)
	if err != nil {
		return err
	}
	row, _ := p.dues.one(e.blockKey(), dueRow{user: e.user, course: e.course, block: e.block})
	if p.later(e.stamp(), row.stamp) {
		row.due, row.reason, row.actor, row.stamp = d.Due, d.Reason, e.actor, e.stamp()
		p.dues.changed(row)
	}
	return nil
}

func applyOverride(p *projection, e *entry) error {
	o, err := payload[OverridePayload](e)
	if err != nil {
		return err
	}
	row, _ := p.overrides.one(e.blockKey(), overrideRow{user: e.user, course: e.course, block: e.block})
	if p.later(e.stamp(), row.stamp) {
		row.OverridePayload, row.actor, row.stamp = o, e.actor, e.stamp()
		p.overrides.changed(row)
	}
	return nil
}

// number is how both engines store a truth.
func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// FoldName is what the names of two accounts must not have in common: it is the same for names that differ in case, in spaces or in the way that their
// letters are encoded.
func FoldName(name string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(strings.Join(strings.Fields(name), " "))))
}
