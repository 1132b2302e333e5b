package learner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"lectern/modulestore/key"
)

// batch is statements that are sent together, which costs one exchange with a server. They run in their order.
type batch struct {
	engine     engine
	statements []statement
	// prepared keeps statements of SQLite for the next time; nil for statements that are seldom the same. (The driver of PostgreSQL does so by itself.)
	prepared *prepared
	err      error // of making a statement
}

type statement struct {
	what string // for errors: "read enrolment"
	text string
	args []any
	scan func(found) error // nil for a statement that gives no rows
	// blocks, if set, puts the type and name of a block in place of its number, the second column. In SQLite that costs less than all else, and
	// joining them more.
	blocks *names
}

// found is the rows that a statement gives.
type found interface {
	Next() bool
	Scan(...any) error
	Err() error
}

func (b *batch) add(what, text string, args []any, scan func(found) error) {
	b.statements = append(b.statements, statement{what: what, text: text, args: args, scan: scan})
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
		if err := s.run(ctx, tx, b.prepared); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	return nil
}

func (s *statement) run(ctx context.Context, tx *sql.Tx, kept *prepared) error {
	if s.scan == nil {
		_, err := tx.ExecContext(ctx, s.text, s.args...)
		return err
	}
	rows, err := kept.query(ctx, tx, s.text, s.args)
	if err != nil {
		return err
	}
	defer rows.Close()
	if s.blocks != nil {
		return scanAll(namedBlocks{rows, s.blocks, func(number int64) (key.BlockID, error) { return s.blocks.readBlock(ctx, tx, number) }}, s.scan)
	}
	return scanAll(rows, s.scan)
}

// namedBlocks are rows whose second column is the number of a block. To those who scan them, its type and name stand there.
type namedBlocks struct {
	found
	names *names
	read  func(number int64) (key.BlockID, error) // a block that has not been met
}

func (n namedBlocks) Scan(fields ...any) error {
	blockType, isText := fields[1].(*string)
	blockName, isTextToo := fields[2].(*string)
	if !isText || !isTextToo {
		return fmt.Errorf("a block is read into %T and %T", fields[1], fields[2])
	}
	var number int64
	fields[1], fields[2] = fields[0], &number
	if err := n.found.Scan(fields[1:]...); err != nil {
		return err
	}
	id, known := n.names.blockOf(number)
	if !known {
		var err error
		if id, err = n.read(number); err != nil {
			return err
		}
	}
	*blockType, *blockName = id.Type, id.Name
	return nil
}

// prepared is statements that are parsed once for each connection. It is for a fixed set of texts: nothing is ever dropped.
type prepared struct {
	db      *sql.DB
	readers chan struct{} // as many as may hold a connection while they prepare a statement
	mu      sync.Mutex
	stmt    map[string]*sql.Stmt
}

func newPrepared(db *sql.DB, readers int) *prepared {
	return &prepared{db: db, readers: make(chan struct{}, readers), stmt: make(map[string]*sql.Stmt)}
}

// enter waits until there are fewer readers than there may be. leave must be called if it gives no error.
func (p *prepared) enter(ctx context.Context) (leave func(), err error) {
	if p == nil {
		return func() {}, nil
	}
	select {
	case p.readers <- struct{}{}:
		return func() { <-p.readers }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *prepared) query(ctx context.Context, tx *sql.Tx, text string, args []any) (*sql.Rows, error) {
	if p == nil {
		return tx.QueryContext(ctx, text, args...)
	}
	p.mu.Lock()
	stmt, ok := p.stmt[text]
	p.mu.Unlock()
	if !ok {
		var err error
		if stmt, err = p.prepare(ctx, text); err != nil {
			return nil, err
		}
	}
	return tx.StmtContext(ctx, stmt).QueryContext(ctx, args...)
}

// keptQueries is a transaction whose queries are kept for the next time.
type keptQueries struct {
	kept *prepared
	tx   *sql.Tx
}

func (q keptQueries) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return q.kept.query(ctx, q.tx, text, args)
}

// prepare keeps a statement. Of two that come at the same time one is closed again.
func (p *prepared) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	stmt, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if first, ok := p.stmt[text]; ok {
		return first, stmt.Close()
	}
	p.stmt[text] = stmt
	return stmt, nil
}

// close closes all statements.
func (p *prepared) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, stmt := range p.stmt {
		errs = append(errs, stmt.Close())
	}
	p.stmt = nil
	return errors.Join(errs...)
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
