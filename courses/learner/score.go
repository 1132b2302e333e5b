package learner

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"lectern/courses/grading"
)

func wantScore(p *projection, e *entry) {
	p.epochs.want(e.blockKey())
	p.attempts.want(e.blockKey())
	p.scores.want(e.blockKey())
}

func wantDelete(p *projection, e *entry) {
	wantScore(p, e)
	p.states.want(e.blockKey())
	p.completions.want(e.blockKey())
}

// methods are the grading methods that an attempt may name.
var methods = []grading.GradingMethod{"", grading.LastScore, grading.FirstScore, grading.HighestScore, grading.AverageScore}

// strictLimit marks an attempt whose problem does not count attempts above its limit.
const strictLimit Flags = 1 << 8

func applyAttempt(p *projection, e *entry) error {
	a, err := payload[AttemptPayload](e)
	switch {
	case err != nil:
		return err
	case !(a.Possible >= 0), a.Earned != nil && !(*a.Earned >= 0), a.Limit < 0:
		return errors.New("points and limits are not below 0")
	case !slices.Contains(methods, a.Method):
		return fmt.Errorf("there is no grading method %q", a.Method)
	case (a.Late == nil) != (a.Evidence == 0), a.Late != nil && *a.Late < 0, a.Evidence < 0 || a.Evidence > grading.Claimed:
		return errors.New("lateness is not below 0, and goes with evidence")
	}
	row := &attemptRow{
		user: e.user, course: e.course, block: e.block, epoch: e.Epoch, stamp: e.stamp(), seq: int64(e.Seq),
		possible: a.Possible, ungraded: number(a.Earned == nil), wall: e.when().UnixMilli(), content: e.content, method: string(a.Method), limit: int64(a.Limit),
	}
	if a.Earned != nil {
		row.earned = *a.Earned
	}
	if a.Late != nil {
		evidence := int64(a.Evidence)
		row.timing = timing{a.Late, &evidence}
	}
	if a.Strict {
		row.flags |= int64(strictLimit)
	}
	p.attempts.add(row)
	p.raiseEpoch(e)
	p.rescore(e.blockKey())
	return nil
}

// applyReset lets attempts count from 0 again; the score stays.
func applyReset(p *projection, e *entry) error {
	row := p.raiseEpoch(e)
	if e.at > row.attempts {
		row.attempts = e.at
		p.epochs.changed(row)
	}
	p.rescore(e.blockKey())
	return nil
}

// applyDelete starts a new epoch: what was before stays in the log and does not count.
func applyDelete(p *projection, e *entry) error {
	if e.Epoch <= 0 {
		return errors.New("a fresh start has a number above 0")
	}
	p.raiseEpoch(e)
	p.rescore(e.blockKey())
	p.complete(e.blockKey(), e.Epoch, 0)
	p.clearState(e.blockKey(), e.Epoch)
	return nil
}

func applyStaffScore(p *projection, e *entry) error {
	s, err := payload[StaffScorePayload](e)
	if err != nil || s.Earned != nil && !(*s.Earned >= 0 && s.Possible > 0) {
		return errors.Join(err, errors.New("a score needs points, and possible points above 0"))
	}
	p.raiseEpoch(e)
	row := p.score(e.blockKey())
	if p.later(e.stamp(), row.staff.stamp) {
		row.staff = staffScore{earned: s.Earned, possible: s.Possible, epoch: e.Epoch, stamp: e.stamp()}
		p.scores.changed(row)
	}
	p.rescore(e.blockKey())
	return nil
}

func (p *projection) score(k blockKey) *scoreRow {
	row, _ := p.scores.one(k, scoreRow{user: k.user, course: k.course, block: k.block})
	return row
}

// shown is the score as it is read.
func (r *scoreRow) shown() Score {
	s := Score{Earned: r.earned, Possible: r.possible, Attempts: r.attempts, OverLimit: r.overLimit, Source: r.source, Epoch: r.epoch}
	if r.first != nil {
		s.First = instant(*r.first)
	}
	return s
}

// raiseEpoch notes the epoch of an event. The latest that any event knows of is the current one.
func (p *projection) raiseEpoch(e *entry) *epochRow {
	row, _ := p.epochs.one(e.blockKey(), epochRow{user: e.user, course: e.course, block: e.block})
	if e.Epoch > row.epoch {
		row.epoch = e.Epoch
		p.epochs.changed(row)
	}
	return row
}

// rescore makes the score of a block anew, from all attempts of its current epoch and what staff has set.
func (p *projection) rescore(k blockKey) {
	epoch, _ := p.epochs.one(k, epochRow{user: k.user, course: k.course, block: k.block})
	var current []*attemptRow
	for _, a := range p.attempts.found[k] {
		if a.epoch == epoch.epoch {
			current = append(current, a)
		}
	}
	slices.SortFunc(current, func(a, b *attemptRow) int {
		switch {
		case a.stamp == b.stamp: // a correction of the clock has put them at one place
			return cmp.Compare(a.seq, b.seq)
		case p.later(a.stamp, b.stamp):
			return 1
		}
		return -1
	})
	row := p.score(k)
	row.epoch, row.earned, row.possible, row.attempts, row.overLimit, row.first, row.source = epoch.epoch, nil, 0, 0, 0, nil, ""
	row.timing = timing{}
	counted := row.count(current, epoch.attempts)
	if points, timing, ok := combined(counted); ok {
		row.earned, row.possible, row.source, row.timing = &points.Earned, points.Possible, "attempt", timing
	} else if len(current) > 0 {
		row.possible, row.source = current[len(current)-1].possible, "ungraded"
	}
	if s := row.staff; s.earned != nil && s.epoch == epoch.epoch {
		row.earned, row.possible, row.source, row.timing = s.earned, s.possible, "staff", timing{}
	}
	p.scores.changed(row)
}

// count ranks the attempts and gives those that count. The last one says what the limit is.
func (r *scoreRow) count(current []*attemptRow, resetAt HLC) (counted []*attemptRow) {
	for _, a := range current {
		if r.first == nil || a.wall < *r.first {
			wall := a.wall
			r.first = &wall
		}
		if a.hlc <= resetAt {
			counted = append(counted, a)
			continue
		}
		r.attempts++
		last := current[len(current)-1]
		over := last.limit > 0 && r.attempts > last.limit
		if over {
			r.overLimit++
		}
		if !over || last.flags&int64(strictLimit) == 0 {
			counted = append(counted, a)
		}
	}
	return counted
}

// combined is the score that the graded ones of some attempts give, by the method that the last of them names, with the timing of the attempt that it comes
// from; an average comes from the last.
func combined(attempts []*attemptRow) (score grading.Points, of timing, ok bool) {
	var graded []grading.Points
	var timings []timing
	method := ""
	for _, a := range attempts {
		if a.ungraded == 0 {
			graded = append(graded, grading.Points{Earned: a.earned, Possible: a.possible})
			timings, method = append(timings, a.timing), a.method
		}
	}
	m := grading.GradingMethod(method)
	if score, ok = m.Score(graded); !ok {
		return score, of, false
	}
	from := len(graded) - 1
	if m == grading.FirstScore || m == grading.HighestScore {
		from = slices.Index(graded, score)
	}
	return score, timings[from], true
}
