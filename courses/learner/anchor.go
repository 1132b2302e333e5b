package learner

import (
	"cmp"
	"slices"

	"lectern/courses/schedule"
)

// stepRow is something by which a learner may begin a course anew. The mode is empty for who has shifted the dates.
type stepRow struct {
	user, course int64
	stamp
	seq, at int64
	mode    string
}

var stepTable = &table[courseKey, stepRow]{
	name: "enrolment_step", columns: []string{"user_ref", "course_ref", "hlc", "device_ref", "seq", "at_ms", "mode"}, key: 5,
	by:     func(r *stepRow) courseKey { return courseKey{r.user, r.course} },
	args:   func(k courseKey) []any { return []any{k.user, k.course} },
	fields: func(r *stepRow) []any { return []any{&r.user, &r.course, &r.hlc, &r.device, &r.seq, &r.at, &r.mode} },
}

func wantSteps(p *projection, e *entry) {
	p.enrolments.want(e.courseKey())
	p.steps.want(e.courseKey())
}

func (p *projection) addStep(e *entry, at int64, mode string) {
	p.steps.add(&stepRow{user: e.user, course: e.course, stamp: e.stamp(), seq: int64(e.Seq), at: at, mode: mode})
}

// applySchedule keeps that the learner has begun anew.
func applySchedule(p *projection, e *entry) error {
	s, err := payload[SchedulePayload](e)
	if err != nil {
		return err
	}
	p.addStep(e, s.Start, "")
	p.moveAnchor(e.courseKey())
	return nil
}

// moveAnchor finds out from when the relative dates of a learner are counted, of all that decides it. Who was never enrolled has none.
func (p *projection) moveAnchor(k courseKey) {
	row := p.enrolments.get(k)
	if row == nil {
		return
	}
	list := slices.Clone(p.steps.found[k])
	slices.SortFunc(list, func(a, b *stepRow) int {
		switch {
		case a.stamp == b.stamp:
			return cmp.Compare(a.seq, b.seq)
		case p.later(a.stamp, b.stamp):
			return 1
		}
		return -1
	})
	steps := make([]schedule.Step, len(list))
	for i, s := range list {
		steps[i] = schedule.Step{At: instant(s.at), Mode: s.mode}
	}
	if anchor := schedule.Anchor(instant(row.first), steps).UnixMilli(); anchor != row.anchor {
		row.anchor = anchor
		p.enrolments.changed(row)
	}
}
