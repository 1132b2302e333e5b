package learner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lectern/modulestore/key"
)

// Target says what an operation is about: a learner, a course and, where that matters, a block of it.
type Target struct {
	Learner ID
	Course  key.Course
	Block   key.BlockID
	Actor   ID   // who does it, zero for the learner
	Content Hash // the version of the course that it is done in, zero if that does not matter
}

// draft makes the event of an operation. Who decides fills in what is not known yet.
func (t Target) draft(kind string, payload any) (NewEvent, error) {
	switch {
	case t.Learner.IsZero():
		return NewEvent{}, errors.New("no learner is named")
	case t.Course == (key.Course{}):
		return NewEvent{}, errors.New("no course is named")
	}
	n := NewEvent{
		Stream: Stream{t.Learner, t.Course.Org, StateStream}, Kind: kind, Actor: t.Actor, Course: t.Course, Block: t.Block, Content: t.Content,
	}
	var err error
	n.Payload, err = json.Marshal(payload)
	return n, err
}

// blockDraft is draft for what is about a block.
func (t Target) blockDraft(kind string, payload any) (NewEvent, error) {
	if t.Block.IsZero() {
		return NewEvent{}, errors.New("no block is named")
	}
	return t.draft(kind, payload)
}

// decision looks at what is stored when it is an event's turn, and may finish the event. It reports whether the event shall happen.
type decision func(t *transaction, e *entry) (bool, error)

func always(*transaction, *entry) (bool, error) { return true, nil }

// change makes one event happen if decide says so, and reports whether it has happened.
func (db *DB) change(ctx context.Context, draft NewEvent, err error, want func(*projection, *entry), decide decision) (bool, error) {
	if err != nil {
		return false, err
	}
	if draft.Kind != KindDelete { // whose number is known only when it happens
		if err := draft.Check(); err != nil {
			return false, err
		}
	}
	made, err := db.add(ctx, []NewEvent{draft}, want, func(t *transaction, drafts []*entry) error {
		yes, err := decide(t, drafts[0])
		if err != nil || !yes {
			return err
		}
		return t.happen(drafts[0])
	})
	return len(made) > 0, err
}

func wantEpoch(p *projection, e *entry) { p.epochs.want(e.blockKey()) }

// currentEpoch is the number of times that the learner has started again with the block.
func (p *projection) currentEpoch(k blockKey) int64 {
	row, _ := p.epochs.one(k, epochRow{user: k.user, course: k.course, block: k.block})
	return row.epoch
}

// inEpoch lets an event happen in the current epoch of its block.
func inEpoch(t *transaction, e *entry) (bool, error) {
	e.Epoch = t.currentEpoch(e.blockKey())
	return true, nil
}

// Result is the score of a block after an answer.
type Result struct {
	Earned   *float64 // nil: not graded yet
	Possible float64
	Attempts int64 // that count towards the limit, with this one
	Epoch    int64
}

// Submit adds an answer. It is kept also if it is late or above the limit; what counts follows from the policy that it names. If it says when it was due, it
// is judged whether it is in time: this database has received it. Who answers on a device of their own, whose clock nobody knows, leaves that out.
func (db *DB) Submit(ctx context.Context, at Target, answer AttemptPayload) (Result, error) {
	return db.Answer(ctx, at, Submission{AttemptPayload: answer})
}

// Submission is an answer that is given here and now, and may be refused.
type Submission struct {
	AttemptPayload
	// Done is how much of the block is done with the answer, 0 to 1.
	Done float64
	// May refuses the answer by an error, which Answer gives back. It is asked when it is the answer's turn, and told what stands then: of two answers at the
	// same time the second is told of the first. It may be asked more than once. Nil refuses none.
	May func(Tries) error
}

// Tries are the attempts of a learner at a block so far.
type Tries struct {
	Score
	Last time.Time // of the last attempt, as its device's clock said; zero for none
}

// Answer adds an answer, and with it that the block is done, unless it is refused: then nothing is written.
func (db *DB) Answer(ctx context.Context, at Target, s Submission) (result Result, err error) {
	attempt, err := at.blockDraft(KindAttempt, s.AttemptPayload)
	if err != nil {
		return result, err
	}
	done, err := at.blockDraft(KindCompletion, CompletionPayload{s.Done})
	if err = errors.Join(err, attempt.Check(), done.Check()); err != nil {
		return result, err
	}
	drafts := []NewEvent{attempt, done}
	if s.Done == 0 {
		drafts = drafts[:1]
	}
	_, err = db.add(ctx, drafts, nil, func(t *transaction, drafts []*entry) error {
		k := drafts[0].blockKey()
		payload, err := json.Marshal(s.judged(t.now))
		if err != nil {
			return err
		}
		drafts[0].Payload = payload
		if s.May != nil {
			if err := s.May(t.tries(k)); err != nil {
				return err
			}
		}
		for i, e := range drafts {
			e.Epoch = t.currentEpoch(k)
			if i > 0 && t.done(k, e.Epoch) >= s.Done {
				break
			}
			if err := t.happen(e); err != nil {
				return err
			}
		}
		row := t.score(k)
		result = Result{row.earned, row.possible, row.attempts, row.epoch}
		return nil
	})
	return result, err
}

// tries are the attempts at a block since the learner has last started afresh with it.
func (p *projection) tries(k blockKey) Tries {
	row, epoch := p.score(k), p.currentEpoch(k)
	if row.epoch != epoch {
		return Tries{Score: Score{Epoch: epoch}}
	}
	tries := Tries{Score: row.shown()}
	for _, a := range p.attempts.found[k] {
		if at := instant(a.wall); a.epoch == epoch && at.After(tries.Last) {
			tries.Last = at
		}
	}
	return tries
}

// done is how much of a block is done.
func (p *projection) done(k blockKey, epoch int64) float64 {
	if row := p.completions.get(k); row != nil && row.epoch == epoch {
		return row.value
	}
	return 0
}

// Reset lets the attempts at a block count from 0 again; score and state stay. Without attempts nothing happens.
func (db *DB) Reset(ctx context.Context, at Target) (changed bool, err error) {
	draft, err := at.blockDraft(KindReset, struct{}{})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		e.Epoch = t.currentEpoch(e.blockKey())
		return t.score(e.blockKey()).attempts > 0, nil
	})
}

// DeleteState lets a learner start afresh with a block: attempts, score, state and completion begin again. What was before stays in the log.
func (db *DB) DeleteState(ctx context.Context, at Target) error {
	draft, err := at.blockDraft(KindDelete, struct{}{})
	_, err = db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		e.Epoch = t.currentEpoch(e.blockKey()) + 1
		return true, nil
	})
	return err
}

// SetScore sets the score of a block in place of what the attempts give.
func (db *DB) SetScore(ctx context.Context, at Target, earned, possible float64, reason string) error {
	draft, err := at.blockDraft(KindStaffScore, StaffScorePayload{&earned, possible, reason})
	_, err = db.change(ctx, draft, err, nil, inEpoch)
	return err
}

// ClearScore takes a score that staff has set back. Without one nothing happens.
func (db *DB) ClearScore(ctx context.Context, at Target, reason string) (changed bool, err error) {
	draft, err := at.blockDraft(KindStaffScore, StaffScorePayload{Reason: reason})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		e.Epoch = t.currentEpoch(e.blockKey())
		return t.score(e.blockKey()).staff.earned != nil, nil
	})
}

// Override sets the grade of the subsection that at names.
func (db *DB) Override(ctx context.Context, at Target, grade OverridePayload) error {
	draft, err := at.blockDraft(KindOverride, grade)
	if err == nil && grade.EarnedAll == nil && grade.EarnedGraded == nil {
		err = errors.New("an override needs points")
	}
	_, err = db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		return true, noteSeen(t, e)
	})
	return err
}

// ClearOverride takes an override back. Without one nothing happens.
func (db *DB) ClearOverride(ctx context.Context, at Target, reason string) (changed bool, err error) {
	draft, err := at.blockDraft(KindOverride, OverridePayload{Reason: reason})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		k := e.blockKey()
		row, _ := t.overrides.one(k, overrideRow{user: k.user, course: k.course, block: k.block})
		return row.EarnedAll != nil || row.EarnedGraded != nil, noteSeen(t, e)
	})
}

// StaleError says that the state of a block has changed since it was read. Read it again, change it, write again.
type StaleError struct {
	Block     key.BlockID
	Rev, Have int64
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("the state of %s was read as of revision %d, and is at %d now: read it again", e.Block, e.Rev, e.Have)
}

// AnyRev writes state whatever its revision is.
const AnyRev = -1

// PutState writes fields of the state of a block, null removes one; fields that are not named stay as they are. rev is the revision that the writer
// has read, 0 for none: if it is not the current one, nothing is written (StaleError). It gives the new revision.
func (db *DB) PutState(ctx context.Context, at Target, rev int64, fields map[string]any) (now int64, err error) {
	draft, err := at.blockDraft(KindState, StatePayload{fields})
	_, err = db.change(ctx, draft, err, wantEpoch, func(t *transaction, e *entry) (bool, error) {
		k := e.blockKey()
		e.Epoch = t.currentEpoch(k)
		row := t.states.get(k)
		have := int64(0)
		if row != nil && row.epoch == e.Epoch {
			have = row.rev
		}
		if now = have + 1; rev != AnyRev && rev != have {
			return false, &StaleError{at.Block, rev, have}
		}
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	return now, nil
}

// Complete says how much of a leaf is done. What is not more than before changes nothing.
func (db *DB) Complete(ctx context.Context, at Target, value float64) (changed bool, err error) {
	draft, err := at.blockDraft(KindCompletion, CompletionPayload{value})
	return db.change(ctx, draft, err, wantEpoch, func(t *transaction, e *entry) (bool, error) {
		e.Epoch = t.currentEpoch(e.blockKey())
		row := t.completions.get(e.blockKey())
		return row == nil || row.epoch < e.Epoch || row.value < value, nil
	})
}

// positionInterval is the shortest time between two positions of a learner on one device that are written.
const positionInterval = 10 * time.Second

// SetPosition says where in a course the learner is on this device. Positions that follow each other fast are left out.
func (db *DB) SetPosition(ctx context.Context, at Target, inner string) (changed bool, err error) {
	draft, err := at.blockDraft(KindPosition, PositionPayload{inner})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.positions.get(deviceKey{e.user, e.course, e.device})
		if row == nil {
			return true, nil
		}
		since := time.Duration(t.now.UnixMilli()-row.hlc.Milliseconds()) * time.Millisecond
		return since < 0 || since >= positionInterval, nil
	})
}

// Bookmark adds or removes a bookmark of a block, or changes its note.
func (db *DB) Bookmark(ctx context.Context, at Target, present bool, note string) (changed bool, err error) {
	draft, err := at.blockDraft(KindBookmark, BookmarkPayload{present, note})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.bookmarks.get(e.blockKey())
		if row == nil {
			return present, nil
		}
		return row.present != number(present) || row.note != note, nil
	})
}

// Extension is a due date of a learner, or a cohort. Was is the one that holds without it, zero for none.
type Extension struct {
	Due, Was time.Time
	Reason   string
	Force    bool // also if the date is not later than before
}

// Extend sets a personal due date of a block. It must be later than the one before, unless it is forced.
func (db *DB) Extend(ctx context.Context, at Target, x Extension) error {
	due := x.Due.UnixMilli()
	draft, err := at.blockDraft(KindDue, DuePayload{&due, x.Reason})
	if err == nil && x.Due.IsZero() {
		err = errors.New("an extension needs a date")
	}
	_, err = db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		before := x.Was
		if row := t.dues.get(e.blockKey()); row != nil && row.due != nil {
			before = instant(*row.due)
		}
		return true, x.later(at.Block, before)
	})
	return err
}

// later refuses an extension that is not later than the due date before; zero for none.
func (x Extension) later(block key.BlockID, before time.Time) error {
	if x.Force || before.IsZero() || x.Due.After(before) {
		return nil
	}
	return fmt.Errorf("%s is due on %s already: an extension must be later, or forced", block, before.UTC().Format(time.RFC3339))
}

// Unextend takes a personal due date back. Without one nothing happens.
func (db *DB) Unextend(ctx context.Context, at Target, reason string) (changed bool, err error) {
	draft, err := at.blockDraft(KindDue, DuePayload{Reason: reason})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.dues.get(e.blockKey())
		return row != nil && row.due != nil, nil
	})
}

// SetSchedule lets a learner begin a self-paced course anew: relative due dates are counted from that time, until the learner changes to another mode.
func (db *DB) SetSchedule(ctx context.Context, at Target, start time.Time) (changed bool, err error) {
	draft, err := at.draft(KindSchedule, SchedulePayload{start.UnixMilli()})
	if err == nil && start.IsZero() {
		err = errors.New("a schedule needs a start")
	}
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.enrolments.get(e.courseKey())
		return row == nil || row.anchor != start.UnixMilli(), nil
	})
}

// OpenGate keeps a block open that the learner has done enough to open, whatever becomes of scores. What is open already changes nothing.
func (db *DB) OpenGate(ctx context.Context, at Target) (changed bool, err error) {
	draft, err := at.blockDraft(KindGate, struct{}{})
	return db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) { return t.gates.get(e.blockKey()) == nil, nil })
}

// AssignGroup puts a learner into a group of a partition, unless a group is stored already: that one stands. It gives the group that is stored.
func (db *DB) AssignGroup(ctx context.Context, at Target, partition, group int64) (stored int64, err error) {
	draft, err := at.draft(KindGroup, GroupPayload{Partition: partition, Group: group})
	_, err = db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		if row := t.groups.get(groupKey{e.user, e.course, partition}); row != nil {
			stored = row.group
			return false, nil
		}
		stored = group
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	return stored, nil
}

// Reassign puts a learner into a group of a partition in place of one that was deleted. If another than that is stored, it stands: somebody else has done so.
// It gives the group that is stored.
func (db *DB) Reassign(ctx context.Context, at Target, partition, lost, group int64, reason string) (stored int64, err error) {
	draft, err := at.draft(KindGroup, GroupPayload{partition, group, &lost, reason})
	_, err = db.change(ctx, draft, err, nil, func(t *transaction, e *entry) (bool, error) {
		row := t.groups.get(groupKey{e.user, e.course, partition})
		if row == nil {
			return false, fmt.Errorf("the learner has no group of the partition %d, so none to replace: assign one", partition)
		}
		if stored = row.group; stored != lost {
			return false, nil
		}
		stored = group
		return true, nil
	})
	if err != nil {
		return 0, err
	}
	return stored, nil
}
