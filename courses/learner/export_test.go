package learner

import (
	"context"

	"github.com/golang-migrate/migrate/v4"
)

// Statements counts the statements of reads so far.
func (db *DB) Statements() int64 { return db.statements.Load() }

// Rewrite gives events of one device as if it had written another payload in the i-th of them.
func Rewrite(events []Event, i int, payload []byte) (list []Event) {
	for j, e := range events {
		if j == i {
			e.Payload = payload
		}
		if j > 0 {
			e.Prev = list[j-1].Hash
		}
		e.Hash = e.hashed()
		list = append(list, e)
	}
	return list
}

// Replace gives an event as if its device had written another.
func Replace(e Event, change func(*Event)) Event {
	change(&e)
	e.Hash = e.hashed()
	return e
}

// MigrateDown removes all tables.
func MigrateDown(ctx context.Context, uri string) error {
	_, err := migrated(ctx, uri, func(m *migrate.Migrate) error { return m.Down() })
	return err
}

// The rules of the clock.
var (
	NextInstant    = HLC.next
	ReceiveInstant = HLC.receive
)
