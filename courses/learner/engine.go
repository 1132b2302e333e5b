package learner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// engine is one of the two databases. Statements are written for both, with parameters $1, $2, …; what differs is here.
type engine int

const (
	sqlite engine = iota
	postgres
)

func (e engine) String() string { return [...]string{"sqlite", "postgres"}[e] }

var parameter = regexp.MustCompile(`\$(\d+)`)

// dialect gives a statement as the engine wants it.
func (e engine) dialect(statement string) string {
	if e == sqlite {
		return parameter.ReplaceAllString(statement, "?$1")
	}
	return statement
}

// engineOf tells where a database is. A URI of PostgreSQL names a server, anything else a file.
func engineOf(uri string) engine {
	if strings.HasPrefix(uri, "postgres://") || strings.HasPrefix(uri, "postgresql://") {
		return postgres
	}
	return sqlite
}

// connect opens the database with at most that many connections.
func (e engine) connect(ctx context.Context, uri string, connections int) (*sql.DB, error) {
	db, err := e.open(uri)
	if err != nil {
		return nil, fmt.Errorf("the address of the database is not understood: %w", withoutSecret(uri, err))
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database cannot be opened: %w", withoutSecret(uri, err)), db.Close())
	}
	return db, nil
}

func (e engine) open(uri string) (*sql.DB, error) {
	if e == sqlite {
		if err := os.MkdirAll(filepath.Dir(uri), 0o700); err != nil {
			return nil, err
		}
		// A transaction is on the disk when its commit returns.
		options := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16000)"}}
		return sql.Open("sqlite", "file:"+(&url.URL{Path: uri}).EscapedPath()+"?"+options.Encode())
	}
	config, err := pgx.ParseConfig(uri)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(byKeys)), nil
}

// byKeys makes the server go by indexes. Plans are made once for sets of any size, also while tables are empty, and would read a whole table each time later on.
func byKeys(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off`)
	return err
}

// withoutSecret keeps the password of an address out of a message.
func withoutSecret(uri string, err error) error {
	if engineOf(uri) == sqlite {
		return err
	}
	u, parseErr := url.Parse(uri)
	if parseErr != nil {
		return errors.New("it may hold a character that must be escaped")
	}
	if password, ok := u.User.Password(); ok && password != "" {
		return errors.New(strings.ReplaceAll(err.Error(), password, "…"))
	}
	return err
}
