package learner

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lectern/modulestore/key"
)

// Turn is what decided about the access of a learner from some time on.
type Turn struct {
	At time.Time // of the event that made it so, by its corrected clock; zero of the first turn
	*Access
}

// work are the kinds of events that tell what learners do. They change neither dates nor what there is for a learner; all others may.
var work = []string{KindAttempt, KindReset, KindDelete, KindStaffScore, KindState, KindCompletion, KindPosition, KindBookmark, KindGate, KindOverride}

var turnsSQL = `SELECT s.user_ref, e.device_ref, e.seq, e.hlc, e.kind, e.block_ref, COALESCE(b.block_type, ''), COALESCE(b.block_name, ''), e.epoch, e.wall_ms, e.payload, e.flags
	FROM stream s JOIN event e ON e.stream_ref = s.stream_ref LEFT JOIN ref_block b ON b.block_ref = e.block_ref
	WHERE s.user_ref IN (0, $1) AND s.kind = 'state' AND (s.org = $2 AND e.course_ref = $3 AND e.kind NOT IN ('` + strings.Join(work, "', '") + `')
		OR s.user_ref = $1 AND e.kind = '` + KindRole + `')`

// Turns gives what decided about the access of a learner over time, the earliest first: before anything happened, and after each event that may have changed
// it. What the learner has done is left out. It follows from the events alone, and nothing is written.
func (db *DB) Turns(ctx context.Context, user ID, course key.Course) ([]Turn, error) {
	turns := []Turn{{Access: &Access{GradeFacts: newLearnerFacts(user)}}}
	err := db.replaying(ctx, user, course, func(r *replay) error {
		var list []*entry
		err := r.read(ctx, turnsSQL, func(e *entry) error {
			list = append(list, e)
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b *entry) int {
			return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.Device[:], b.Device[:]), cmp.Compare(a.Seq, b.Seq))
		})
		for _, e := range list {
			r.happen(e)
			a := &Access{GradeFacts: newLearnerFacts(user)}
			r.fill(a.GradeFacts, r.user, r.course)
			for k, rows := range r.roles.found {
				if rows[0].granted == 1 {
					a.Roles = append(a.Roles, Role{k.role, k.scope})
				}
			}
			turns = append(turns, Turn{time.UnixMilli(e.at.Milliseconds()).UTC(), a})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what learners had access to: %w", err)
	}
	return turns, nil
}
