package learner

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

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

// dialect gives a statement as the engine wants it.
func (e engine) dialect(statement string) string {
	if e == sqlite {
		return strings.ReplaceAll(statement, "$", "?") // no statement has a dollar sign for anything else
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

// Is reports whether uri is the address of a server, not a file.
func Is(uri string) bool { return engineOf(uri) == postgres }

// WithoutSecret is what may be shown of the address of a database: it holds no user, no password and no options.
func WithoutSecret(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !Is(uri) || !ok {
		return uri
	}
	// A password that should have been escaped can hold every character, so the last @ ends it.
	rest = rest[strings.LastIndex(rest, "@")+1:]
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}

// ErrUnreachable is the cause when a server does not answer, or does not let us in.
var ErrUnreachable = errors.New("the database cannot be opened")

// connect opens the database with at most that many connections.
func (e engine) connect(ctx context.Context, uri string, connections int, m mode) (*sql.DB, error) {
	db, err := e.open(uri, m)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if err := db.PingContext(ctx); err != nil {
		switch {
		case ctx.Err() != nil:
		case e == sqlite:
			err = explain(uri, err)
		default:
			err = fmt.Errorf("%s: %w: %w", WithoutSecret(uri), ErrUnreachable, withoutSecret(uri, err))
		}
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// mode says what a connection is for.
type mode bool

const (
	toRead  mode = false // it makes no file and can change nothing
	toWrite mode = true
)

func (e engine) open(uri string, m mode) (*sql.DB, error) {
	if e == postgres {
		return openServer(uri, m)
	}
	options := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)", "cache_size(-16000)", "query_only(1)"}}
	if m == toWrite {
		if err := os.MkdirAll(filepath.Dir(uri), 0o700); err != nil {
			return nil, err
		}
		// A transaction is on the disk when its commit returns.
		options = url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16000)"}}
	}
	return sql.Open("sqlite", "file:"+(&url.URL{Path: uri}).EscapedPath()+"?"+options.Encode())
}

// connectTime is how long a server may take to answer, if its address does not say that.
const connectTime = 10 * time.Second

func openServer(uri string, m mode) (*sql.DB, error) {
	config, err := pgx.ParseConfig(uri)
	if err != nil { // its text may quote the password
		return nil, errors.New("the address of the PostgreSQL server is not understood: write postgres://USER:PASSWORD@HOST:PORT/DATABASE, " +
			"with @ : / ? and % in the password written as %40 %3A %2F %3F and %25, and check the options")
	}
	if u, err := url.Parse(uri); err == nil && !u.Query().Has("connect_timeout") {
		config.ConnectTimeout = connectTime
	}
	settings := byKeys
	if m == toRead {
		settings += "; SET default_transaction_read_only = on"
	}
	return stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, settings)
		return err
	})), nil
}

// byKeys makes the server go by indexes. Plans are made once for sets of any size, also while tables are empty, and would read a whole table each time later
// on.
const byKeys = `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off; SET jit = off`

// withoutSecret keeps the password of an address out of a message, and all but the last of several attempts.
func withoutSecret(uri string, err error) error {
	first, rest, several := strings.Cut(err.Error(), "\n")
	text := first
	if several {
		text += " " + strings.TrimSpace(rest[strings.LastIndex(rest, "\n")+1:])
	}
	if config, parseErr := pgx.ParseConfig(uri); parseErr == nil && config.Password != "" {
		text = strings.ReplaceAll(text, config.Password, "…")
	}
	return errors.New(text)
}
