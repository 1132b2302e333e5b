package learner

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// batch is statements that are sent together, which costs one exchange with a server. They run in their order.
type batch struct {
	engine     engine
	statements []statement
	err        error // of making a statement
}

type statement struct {
	what string // for errors: "read enrolment"
	text string
	args []any
	scan func(found) error // nil for a statement that gives no rows
}

// found is the rows that a statement gives.
type found interface {
	Next() bool
	Scan(...any) error
	Err() error
}

func (b *batch) add(what, text string, args []any, scan func(found) error) {
	b.statements = append(b.statements, statement{what, text, args, scan})
}

// run sends the statements, within the transaction of the connection.
func (b *batch) run(ctx context.Context, conn *sql.Conn, tx *sql.Tx) error {
	switch {
	case b.err != nil:
		return b.err
	case b.engine == postgres:
		return conn.Raw(func(driver any) error {
			server, ok := driver.(*stdlib.Conn)
			if !ok {
				return fmt.Errorf("%T is no connection of the driver that was opened", driver)
			}
			return b.send(ctx, server.Conn())
		})
	}
	for _, s := range b.statements {
		if err := s.run(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	return nil
}

func (s *statement) run(ctx context.Context, tx *sql.Tx) error {
	if s.scan == nil {
		_, err := tx.ExecContext(ctx, s.text, s.args...)
		return err
	}
	rows, err := tx.QueryContext(ctx, s.text, s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, s.scan)
}

func scanAll(rows found, scan func(found) error) error {
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (b *batch) send(ctx context.Context, conn *pgx.Conn) (err error) {
	if len(b.statements) == 0 {
		return nil
	}
	queued := &pgx.Batch{}
	for _, s := range b.statements {
		queued.Queue(s.text, s.args...)
	}
	results := conn.SendBatch(ctx, queued)
	defer func() {
		if closeErr := results.Close(); err == nil { // it would only repeat the error
			err = closeErr
		}
	}()
	for _, s := range b.statements {
		if err := s.receive(results); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	return nil
}

func (s *statement) receive(results pgx.BatchResults) error {
	if s.scan == nil {
		_, err := results.Exec()
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	return scanAll(rows, s.scan)
}
