package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

const (
	entryColumns = `seq, commit_id, prev, draft, published, files, refs, author, time, operation, message, blocks`

	headSQL = `SELECT ` + entryColumns + ` FROM reflog WHERE course = ? ORDER BY seq DESC LIMIT 1`
	logSQL  = `SELECT ` + entryColumns + ` FROM reflog WHERE course = ? AND seq <= ? ORDER BY seq DESC LIMIT ?`

	ownerSQL  = `SELECT course FROM contexts WHERE fold = ?`
	appendSQL = `INSERT INTO reflog (course, ` + entryColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	hintSQL   = `INSERT INTO contexts (course, fold, seq, title, time) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (course) DO UPDATE SET seq = excluded.seq, title = excluded.title, time = excluded.time`

	contextsSQL = `SELECT course, seq, title, time FROM contexts ORDER BY course`
)

// reflog holds the prepared statements of the ref log.
type reflog struct {
	head, page, contexts      *sql.Stmt // on the connections that read
	owner, upTo, insert, hint *sql.Stmt // on the connection that writes
}

func openReflog(ctx context.Context, f *file) (*reflog, error) {
	l := &reflog{}
	err := errors.Join(
		prepare(ctx, f.read, headSQL, &l.head),
		prepare(ctx, f.read, logSQL, &l.page),
		prepare(ctx, f.read, contextsSQL, &l.contexts),
		prepare(ctx, f.write, ownerSQL, &l.owner),
		prepare(ctx, f.write, logSQL, &l.upTo),
		prepare(ctx, f.write, appendSQL, &l.insert),
		prepare(ctx, f.write, hintSQL, &l.hint),
	)
	return l, f.explain(ctx, "open store", err)
}

// Append implements modulestore.Backend.
func (db *DB) Append(ctx context.Context, c key.Course, title string, e modulestore.Entry) error {
	// A key that cannot be read back would make the list of courses unreadable.
	if _, err := key.ParseCourse(c.String()); err != nil {
		return fmt.Errorf("add a version: %w: %w", modulestore.ErrInvalid, err)
	}
	return db.store.update(ctx, "add a version of "+c.String(), func(tx *sql.Tx) error {
		if err := db.log.checkSpelling(ctx, tx, c); err != nil {
			return err
		}
		next, err := db.log.isNext(ctx, tx, c, e)
		if err != nil || !next {
			return err
		}
		return db.log.add(ctx, tx, c, title, e)
	})
}

// checkSpelling fails when the key belongs to a course that spells it in another way.
func (l *reflog) checkSpelling(ctx context.Context, tx *sql.Tx, c key.Course) error {
	var owner string
	err := tx.StmtContext(ctx, l.owner).QueryRowContext(ctx, c.Fold()).Scan(&owner)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case owner != c.String():
		return fmt.Errorf("the store has %s: %w", owner, modulestore.ErrDuplicate)
	}
	return nil
}

// isNext reports whether e has the next number. It is false without an error when e is in the log already.
func (l *reflog) isNext(ctx context.Context, tx *sql.Tx, c key.Course, e modulestore.Entry) (bool, error) {
	// The log has no gaps: if the newest entry up to e.Seq is the one before, it is the head.
	last, err := scanEntry(tx.StmtContext(ctx, l.upTo).QueryRowContext(ctx, c.String(), asInt64(e.Seq), 1))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	there := err == nil && last.Seq == e.Seq
	switch {
	case there && last.Commit == e.Commit:
		return false, nil
	case there:
		return false, fmt.Errorf("version %d is %s already: %w", e.Seq, last.Commit.Short(), modulestore.ErrConflict)
	case last.Seq+1 != e.Seq:
		return false, fmt.Errorf("version %d cannot follow version %d: %w", e.Seq, last.Seq, modulestore.ErrConflict)
	}
	return true, nil
}

func (l *reflog) add(ctx context.Context, tx *sql.Tx, c key.Course, title string, e modulestore.Entry) error {
	_, err := tx.StmtContext(ctx, l.insert).ExecContext(ctx, c.String(), asInt64(e.Seq), e.Commit[:], e.Prev[:],
		e.Roots.Draft[:], e.Roots.Published[:], e.Roots.Files[:], e.Roots.Refs[:], e.Author, e.Time.UnixMilli(), e.Operation, e.Message, joinedKeys(e.Blocks))
	if err != nil {
		return err
	}
	_, err = tx.StmtContext(ctx, l.hint).ExecContext(ctx, c.String(), c.Fold(), asInt64(e.Seq), title, e.Time.UnixMilli())
	return err
}

// Head implements modulestore.Backend.
func (db *DB) Head(ctx context.Context, c key.Course) (modulestore.Entry, error) {
	e, err := scanEntry(db.log.head.QueryRowContext(ctx, c.String()))
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("course %s: %w", c, modulestore.ErrNotFound)
	}
	return e, db.store.explain(ctx, "read the head of "+c.String(), err)
}

// Log implements modulestore.Backend.
func (db *DB) Log(ctx context.Context, c key.Course, from uint64, n int) ([]modulestore.Entry, error) {
	if from == 0 {
		from = math.MaxInt64
	}
	var entries []modulestore.Entry
	args := []any{c.String(), asInt64(from), max(n, 0)} // a negative LIMIT is none to SQLite
	err := db.store.query(ctx, "read the log of "+c.String(), db.log.page, args, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		entries = append(entries, e)
		return err
	})
	return entries, err
}

// Contexts implements modulestore.Backend.
func (db *DB) Contexts(ctx context.Context) ([]modulestore.Context, error) {
	var contexts []modulestore.Context
	err := db.store.query(ctx, "list courses", db.log.contexts, nil, func(rows *sql.Rows) error {
		var c modulestore.Context
		var name string
		var ms int64
		if err := rows.Scan(&name, &c.Seq, &c.Title, &ms); err != nil {
			return err
		}
		course, err := key.ParseCourse(name)
		if err != nil {
			return fmt.Errorf("%w: %w", modulestore.ErrCorrupt, err)
		}
		c.Course, c.Time = course, time.UnixMilli(ms).UTC()
		contexts = append(contexts, c)
		return nil
	})
	return contexts, err
}

// scanEntry reads entryColumns of a *sql.Row or *sql.Rows.
func scanEntry(row interface{ Scan(...any) error }) (modulestore.Entry, error) {
	var e modulestore.Entry
	var ms int64
	var blocks []byte
	err := row.Scan(&e.Seq, scanID{&e.Commit}, scanID{&e.Prev}, scanID{&e.Roots.Draft}, scanID{&e.Roots.Published},
		scanID{&e.Roots.Files}, scanID{&e.Roots.Refs}, &e.Author, &ms, &e.Operation, &e.Message, &blocks)
	e.Time, e.Blocks = time.UnixMilli(ms).UTC(), splitKeys(blocks)
	return e, err
}

// keyEnd ends the type and the name of a block; the store refuses keys with such a byte.
const keyEnd = "\x00"

func joinedKeys(ids []key.BlockID) []byte {
	joined := []byte{}
	for _, id := range ids {
		joined = append(joined, id.Type+keyEnd+id.Name+keyEnd...)
	}
	return joined
}

func splitKeys(joined []byte) (ids []key.BlockID) {
	parts := strings.Split(string(joined), keyEnd)
	for i := 0; i+2 < len(parts); i += 2 {
		ids = append(ids, key.BlockID{Type: parts[i], Name: parts[i+1]})
	}
	return ids
}

// asInt64 is for numbers that come from callers; no log is so long that the difference shows.
func asInt64(seq uint64) int64 { return int64(min(seq, math.MaxInt64)) }
