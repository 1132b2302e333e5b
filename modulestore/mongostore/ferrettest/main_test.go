package ferrettest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"lectern/modulestore/mongostore"
)

// serverVariable is the environment variable that may name a server to use instead of FerretDB.
const serverVariable = "LECTERN_TEST_MONGODB_URI"

// server is the address of the server that all tests use, each with a database of its own.
var server *url.URL

func TestMain(m *testing.M) {
	if uri := os.Getenv(authorDatabase); uri != "" {
		fmt.Fprintln(os.Stderr, writeAs(os.Getenv(authorName), uri))
		os.Exit(1)
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	address := os.Getenv(serverVariable)
	if address == "" {
		var stop func()
		if address, stop, err = startFerretDB(); err != nil {
			return 0, err
		}
		defer stop()
	}
	if server, err = url.Parse(address); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// startFerretDB runs a server in this process until stop is called.
func startFerretDB() (address string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "lectern-ferretdb-")
	if err != nil {
		return "", nil, err
	}
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/?_pragma=synchronous(off)", // it is thrown away in the end
	})
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = f.Run(ctx) })
	return f.MongoDBURI(), func() {
		cancel()
		running.Wait()
		_ = os.RemoveAll(dir)
	}, nil
}

var databases atomic.Int64

// newDatabase gives the address of a database that nobody else uses and that is dropped when the test ends.
func newDatabase(t testing.TB) string {
	t.Helper()
	u := *server
	u.Path = fmt.Sprintf("/lectern_test_%d_%d", time.Now().UnixMilli(), databases.Add(1))
	if server.User != nil && u.Query().Get("authSource") == "" {
		q := u.Query()
		q.Set("authSource", "admin") // otherwise the database in the path is asked for the user
		u.RawQuery = q.Encode()
	}
	t.Cleanup(func() { drop(t, u) })
	return u.String()
}

func drop(t testing.TB, u url.URL) {
	client, err := mongo.Connect(options.Client().ApplyURI(u.String()))
	if err != nil {
		t.Error(err)
		return
	}
	ctx := context.Background()
	if err := client.Database(u.Path[1:]).Drop(ctx); err != nil {
		t.Error(err)
	}
	if err := client.Disconnect(ctx); err != nil {
		t.Error(err)
	}
}

func open(t testing.TB, uri string) *mongostore.DB {
	t.Helper()
	db, err := mongostore.Open(context.Background(), uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
