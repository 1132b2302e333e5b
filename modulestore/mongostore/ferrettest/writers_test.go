package ferrettest

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/mongostore"
	"lectern/modulestore/storetest"
)

// The longer, the more moments are met: -writers=30s.
var writers = flag.Duration("writers", 6*time.Second, "how long eight authors edit one course")

// think is the pause of an author between two edits. Without it FerretDB, whose writers wait for each other by turns of sleeping, does next to nothing.
const think = time.Second

// The variables that make this program an author.
const (
	authorName     = "LECTERN_TEST_AUTHOR"
	authorDatabase = "LECTERN_TEST_AUTHOR_DATABASE"
)

// writeAs edits the course of the writers until it is killed.
func writeAs(name, uri string) error {
	db, err := mongostore.Open(context.Background(), uri)
	if err != nil {
		return err
	}
	return storetest.Author(context.Background(), modulestore.New(db), name, os.Stdout, think)
}

func TestWriters(t *testing.T) {
	uri := newDatabase(t)
	storetest.RunWriters(t, func() modulestore.Backend { return open(t, uri) }, *writers, think)
}

func TestKilledWriters(t *testing.T) {
	uri := newDatabase(t)
	storetest.RunKilledWriters(t, modulestore.New(open(t, uri)), func(name string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), authorName+"="+name, authorDatabase+"="+uri)
		return cmd
	}, *writers, think)
}
