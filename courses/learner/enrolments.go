package learner

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lectern/modulestore/key"
)

// enrolmentEvent is an event of the log about an enrolment.
type enrolmentEvent struct {
	*entry
	EnrolmentPayload
	actor ID
	err   error // it cannot be read
}

// enrolmentEvents reads those events about enrolments that have an effect and fit a condition, in the order that the corrected clocks give them.
func (db *DB) enrolmentEvents(ctx context.Context, q querier, condition string, args ...any) (list []enrolmentEvent, err error) {
	if err := db.names.loadDevices(ctx, q); err != nil {
		return nil, err
	}
	p := newProjection(func(ref int64) ID { id, _ := db.names.deviceOf(ref); return id })
	if err := p.notices.read(ctx, q); err != nil {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, db.engine.dialect(`SELECT s.user_ref, e.course_ref, e.device_ref, e.seq, e.hlc, e.wall_ms, e.payload, a.learner_id FROM event e
		JOIN stream s ON s.stream_ref = e.stream_ref LEFT JOIN ref_user a ON a.user_ref = e.actor_ref
		WHERE e.kind = 'enrolment' AND `+effective+` AND `+condition), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	err = scanAll(rows, func(rows found) error {
		n := enrolmentEvent{entry: &entry{Event: &Event{NewEvent: NewEvent{Kind: KindEnrolment}}}}
		var wall int64
		var actor []byte
		if err := rows.Scan(&n.user, &n.course, &n.entry.device, &n.Seq, &n.HLC, &wall, &n.Payload, &actor); err != nil {
			return err
		}
		copy(n.actor[:], actor)
		n.Wall, n.Event.Device = instant(wall), p.devices(n.entry.device)
		n.at, _ = p.judge(n.entry)
		if n.err = json.Unmarshal(n.Payload, &n.EnrolmentPayload); n.err != nil {
			n.err = unreadable(n.err)
		}
		list = append(list, n)
		return nil
	})
	slices.SortFunc(list, func(a, b enrolmentEvent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.Event.Device[:], b.Event.Device[:]), cmp.Compare(a.Seq, b.Seq))
	})
	return list, err
}

// EnrolmentChange is an entry of the history of an enrolment.
type EnrolmentChange struct {
	EnrolmentPayload
	At    time.Time // as the device's clock said, corrected
	Actor ID        // zero for the learner
}

// EnrolmentHistory gives how a learner was enrolled in a course, from the log.
func (db *DB) EnrolmentHistory(ctx context.Context, user ID, course key.Course) (list []EnrolmentChange, err error) {
	events, err := db.readEnrolments(ctx, "the history of an enrolment", `e.course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1)
		AND s.user_ref = (SELECT user_ref FROM ref_user WHERE learner_id = $2)`, course.String(), user[:])
	for _, n := range events {
		err = errors.Join(err, n.err)
		list = append(list, EnrolmentChange{n.EnrolmentPayload, n.when(), n.actor})
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (db *DB) readEnrolments(ctx context.Context, what, condition string, args ...any) (list []enrolmentEvent, err error) {
	err = db.reading(ctx, func(q querier, _ func(*batch) error) (err error) {
		list, err = db.enrolmentEvents(ctx, q, condition, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return list, nil
}

// EnrolmentDay says how many learners came into a mode of a course on a day, and how many left it.
type EnrolmentDay struct {
	Day          string // 2026-05-01, UTC, as the devices' clocks said, corrected
	Mode         string
	Joined, Left int
}

// EnrolmentDays gives the enrolments over time, from the log and of learners who were erased: who is enrolled twice in a row counts once.
func (db *DB) EnrolmentDays(ctx context.Context, course key.Course) ([]EnrolmentDay, error) {
	const ofCourse = `course_ref = (SELECT course_ref FROM ref_course WHERE course_key = $1)`
	events, err := db.readEnrolments(ctx, "the enrolments over time", "e."+ofCourse, course.String())
	fold := newEnrolmentFold()
	for _, n := range events {
		err = errors.Join(err, n.err)
		fold.add(n.user, n.EnrolmentPayload, n.when())
	}
	if err != nil {
		return nil, err
	}
	err = db.one(ctx, "the enrolments over time", `SELECT day, mode, came, gone FROM enrolment_erased WHERE `+ofCourse, []any{course.String()}, func(rows found) error {
		var d EnrolmentDay
		err := rows.Scan(&d.Day, &d.Mode, &d.Joined, &d.Left)
		sum := fold.day(d.Day, d.Mode)
		sum.Joined, sum.Left = sum.Joined+d.Joined, sum.Left+d.Left
		return err
	})
	return fold.sorted(), err
}

// keepEnrolments adds what a learner contributes to the enrolments over time to those of erased learners. An event that cannot be read keeps nobody from
// being erased.
func (db *DB) keepEnrolments(ctx context.Context, tx *sql.Tx, user int64) error {
	events, err := db.enrolmentEvents(ctx, tx, "s.user_ref = $1", user)
	if err != nil {
		return err
	}
	folds := make(map[int64]*enrolmentFold)
	for _, n := range events {
		if n.err != nil {
			continue
		}
		if folds[n.course] == nil {
			folds[n.course] = newEnrolmentFold()
		}
		folds[n.course].add(user, n.EnrolmentPayload, n.when())
	}
	for course, fold := range folds {
		for _, d := range fold.days {
			_, err := tx.ExecContext(ctx, db.engine.dialect(`INSERT INTO enrolment_erased (course_ref, day, mode, came, gone) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (course_ref, day, mode) DO UPDATE SET came = enrolment_erased.came + excluded.came, gone = enrolment_erased.gone + excluded.gone`),
				course, d.Day, d.Mode, d.Joined, d.Left)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// enrolmentFold makes days of the history of enrolments in a course.
type enrolmentFold struct {
	now  map[int64]EnrolmentPayload
	at   map[[2]string]int
	days []EnrolmentDay
}

func newEnrolmentFold() *enrolmentFold {
	return &enrolmentFold{now: make(map[int64]EnrolmentPayload), at: make(map[[2]string]int)}
}

func (f *enrolmentFold) add(user int64, p EnrolmentPayload, when time.Time) {
	before, day := f.now[user], when.Format(time.DateOnly)
	f.now[user] = p
	if before.Active == p.Active && (before.Mode == p.Mode || !p.Active) {
		return
	}
	if before.Active {
		f.day(day, before.Mode).Left++
	}
	if p.Active {
		f.day(day, p.Mode).Joined++
	}
}

func (f *enrolmentFold) day(day, mode string) *EnrolmentDay {
	k := [2]string{day, mode}
	i, ok := f.at[k]
	if !ok {
		i = len(f.days)
		f.at[k] = i
		f.days = append(f.days, EnrolmentDay{Day: day, Mode: mode})
	}
	return &f.days[i]
}

func (f *enrolmentFold) sorted() []EnrolmentDay {
	slices.SortFunc(f.days, func(a, b EnrolmentDay) int {
		return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.Mode, b.Mode))
	})
	return f.days
}
