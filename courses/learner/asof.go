package learner

import (
	"context"
	"fmt"
	"time"

	"lectern/courses/grading"
	"lectern/modulestore/key"
)

const asOfSQL = `SELECT s.user_ref, e.device_ref, e.seq, e.hlc, e.kind, e.block_ref, COALESCE(b.block_type, ''), COALESCE(b.block_name, ''), e.epoch, e.wall_ms, e.payload, e.flags
	FROM stream s JOIN event e ON e.stream_ref = s.stream_ref LEFT JOIN ref_block b ON b.block_ref = e.block_ref
	WHERE s.user_ref IN (0, $1) AND s.org = $2 AND s.kind = 'state' AND e.course_ref = $3`

// FactsAsOf gives what the grade of a learner followed from at some time, from the events up to then alone. Grades that are stored are no part of it.
func (db *DB) FactsAsOf(ctx context.Context, user ID, course key.Course, upto HLC) (*GradeFacts, error) {
	f := newLearnerFacts(user)
	err := db.replaying(ctx, user, course, func(r *replay) error {
		err := r.read(ctx, asOfSQL, func(e *entry) error {
			if e.at <= upto {
				r.happen(e)
			}
			return nil
		})
		r.fill(f, r.user, r.course)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what a grade followed from: %w", err)
	}
	return f, nil
}

// replay lets the events of a learner in a course happen once more, in memory.
type replay struct {
	*past
	q            querier
	engine       engine
	of           key.Course
	user, course int64
}

// replaying prepares a replay. It is not used for somebody of whom nothing is known.
func (db *DB) replaying(ctx context.Context, user ID, course key.Course, use func(*replay) error) error {
	return db.reading(ctx, func(q querier, run func(*batch) error) error {
		users, err := db.names.users.find(ctx, q, db.engine, []ID{user})
		if err != nil {
			return err
		}
		courses, err := db.names.courses.find(ctx, q, db.engine, []key.Course{course})
		if err != nil {
			return err
		}
		if err := db.names.loadDevices(ctx, q); err != nil || users[user] == 0 || courses[course] == 0 {
			return err
		}
		past := &past{blocks: make(map[int64]key.BlockID), projection: newProjection(func(ref int64) ID { id, _ := db.names.deviceOf(ref); return id })}
		about := &batch{engine: db.engine}
		past.notices.load(about) // what is known of devices today says what their events mean
		if err := run(about); err != nil {
			return err
		}
		return use(&replay{past: past, q: q, engine: db.engine, of: course, user: users[user], course: courses[course]})
	})
}

// read gives the events that a statement finds, each with its place in the order.
func (r *replay) read(ctx context.Context, text string, each func(*entry) error) error {
	rows, err := r.q.QueryContext(ctx, r.engine.dialect(text), r.user, r.of.Org, r.course)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, func(rows found) error {
		e, err := r.scan(rows, r.of, r.course)
		if err != nil {
			return err
		}
		return each(e)
	})
}

// past is what followed from some events.
type past struct {
	*projection
	blocks map[int64]key.BlockID
}

// scan reads an event.
func (p *past) scan(rows found, course key.Course, number int64) (*entry, error) {
	e := &entry{Event: &Event{}, course: number}
	var wall int64
	err := rows.Scan(&e.user, &e.device, &e.Seq, &e.HLC, &e.Kind, &e.block, &e.Block.Type, &e.Block.Name, &e.Epoch, &wall, &e.Payload, &e.Flags)
	if err != nil {
		return nil, err
	}
	e.Event.Device = p.devices(e.device)
	e.Course, e.Wall, e.Stream.Kind = course, time.UnixMilli(wall).UTC(), StateStream
	e.at, _ = p.judge(e)
	return e, nil
}

// happen lets an event have its effect.
func (p *past) happen(e *entry) {
	p.blocks[e.block] = e.Block
	_ = p.apply(e) // a bad payload has no effect; it was marked when it came
}

// fill puts what is known of a learner into facts.
func (p *past) fill(f *GradeFacts, user, course int64) {
	k := courseKey{user, course}
	if row := p.enrolments.get(k); row != nil {
		f.Enrolment = &Membership{Active: row.active == 1, Mode: row.mode, Source: row.source, First: instant(row.first), Since: instant(row.since)}
		f.Anchor = instant(row.anchor)
	}
	if row := p.members.get(k); row != nil {
		f.Cohort = row.cohort
		if cohort := p.cohorts.get(cohortKey{course, row.cohort}); cohort != nil {
			f.Partition, f.Group = cohort.partition, cohort.group
		}
	}
	for k, list := range p.groups.found {
		if k.user == user {
			f.Groups[k.partition] = list[0].group
		}
	}
	for k, list := range p.dues.found {
		if list[0].due != nil {
			f.Due[p.blocks[k.block]] = instant(*list[0].due)
		}
	}
	for k, list := range p.cohortDues.found {
		if list[0].due != nil && k.cohort == f.Cohort {
			f.CohortDue[p.blocks[k.block]] = instant(*list[0].due)
		}
	}
	for k, list := range p.overrides.found {
		if o := list[0].OverridePayload; o.EarnedAll != nil || o.EarnedGraded != nil {
			f.Overrides[p.blocks[k.block]] = o
		}
	}
	for k, list := range p.completions.found {
		f.Completion[p.blocks[k.block]] = list[0].value
	}
	for k, list := range p.scores.found {
		p.fillScore(f, k, list[0])
	}
	p.fillExams(f)
}

func (p *past) fillScore(f *GradeFacts, k blockKey, row *scoreRow) {
	id := p.blocks[k.block]
	if row.source == "" {
		f.Deleted[id] = true
		return
	}
	score := Score{
		Earned: row.earned, Possible: row.possible, Attempts: row.attempts, OverLimit: row.overLimit, First: optionalInstant(row.first), Source: row.source, Epoch: row.epoch,
	}
	score.timed(row.timing)
	f.Scores[id] = score
	for _, a := range p.attempts.found[k] {
		if a.epoch == row.epoch && a.ungraded == 0 {
			f.Attempts[id] = append(f.Attempts[id], Try{grading.Points{Earned: a.earned, Possible: a.possible}, instant(a.wall)})
		}
	}
}

// Known gives learners who are or were enrolled in a course, or have a grade in it, some at a time: after is 0 at first, then the next that was given, which
// is 0 at the end.
func (db *DB) Known(ctx context.Context, course key.Course, after int64, limit int) (users []ID, next int64, err error) {
	if limit < 1 || limit > maxPage {
		return nil, 0, fmt.Errorf("a page has 1 to %d learners", maxPage)
	}
	const of = ` WHERE course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) AND user_ref > $2`
	err = db.one(ctx, "learners", `SELECT k.user_ref, u.learner_id FROM (SELECT user_ref FROM enrolment`+of+` UNION SELECT user_ref FROM course_grade`+of+`) k
		JOIN ref_user u ON u.user_ref = k.user_ref ORDER BY k.user_ref LIMIT $3`, []any{course.String(), after, int64(limit)}, func(rows found) error {
		var id []byte
		if err := rows.Scan(&next, &id); err != nil {
			return err
		}
		users = append(users, ID(id))
		return nil
	})
	if len(users) < limit {
		next = 0
	}
	return users, next, err
}

// PoolCount is how many learners have a grade of a subsection that was made when it had a list of blocks to be scored.
type PoolCount struct {
	Subsection key.BlockID
	Pool       Hash
	Learners   int
}

// Pools counts the grades of subsections of a course by the lists that there were to be scored.
func (db *DB) Pools(ctx context.Context, course key.Course) (list []PoolCount, err error) {
	err = db.one(ctx, "grades of subsections", `SELECT b.block_type, b.block_name, v.hash, n FROM (SELECT block_ref, pool_ref, COUNT(*) AS n FROM subsection_grade
		WHERE course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1) GROUP BY block_ref, pool_ref) g
		JOIN ref_block b ON b.block_ref = g.block_ref JOIN ref_version v ON v.version_ref = g.pool_ref ORDER BY b.block_type, b.block_name, v.hash`,
		[]any{course.String()}, func(rows found) error {
			var c PoolCount
			var hash []byte
			err := rows.Scan(&c.Subsection.Type, &c.Subsection.Name, &hash, &c.Learners)
			copy(c.Pool[:], hash)
			list = append(list, c)
			return err
		})
	return list, err
}
