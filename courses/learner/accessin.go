package learner

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"lectern/modulestore/key"
)

// AccessIn is [DB.Access] of one learner in many courses, all as of one moment: with one exchange with a server, however many they are.
func (db *DB) AccessIn(ctx context.Context, user ID, ask map[key.Course]AccessQuery) (map[key.Course]*Access, error) {
	all := make(map[key.Course]*Access, len(ask))
	for course := range ask {
		all[course] = newAccess(user)
	}
	err := db.reading(ctx, func(q querier, run func(*batch) error) error {
		users, err := db.names.users.find(ctx, q, db.engine, []ID{user})
		if err != nil {
			return err
		}
		courses, err := db.names.courses.find(ctx, q, db.engine, slices.Collect(maps.Keys(ask)))
		n, known := users[user]
		if err != nil || !known {
			return err
		}
		together := &batch{engine: db.engine}
		for course, a := range all {
			r := accessReading{reading: newFacts(db), access: map[int64]*Access{n: a}}
			r.pages[n], r.facts[n] = a.Page, a.GradeFacts
			b := r.batch([]int64{n}, courses[course], ask[course])
			together.statements = append(together.statements, b.statements...)
		}
		return run(together)
	})
	if err != nil {
		return nil, fmt.Errorf("read what a learner has access to: %w", err)
	}
	return all, nil
}
