package sqlitestore_test

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

// The longer, the more moments are met: -writers=30s.
var writers = flag.Duration("writers", 3*time.Second, "how long eight authors edit one course")

// The variables that make this program an author.
const (
	authorName   = "LECTERN_TEST_AUTHOR"
	authorFolder = "LECTERN_TEST_AUTHOR_FOLDER"
)

// writeAs edits the course of the writers until it is killed.
func writeAs(name, dir string) error {
	db, err := sqlitestore.Open(context.Background(), dir)
	if err != nil {
		return err
	}
	return storetest.Author(context.Background(), modulestore.New(db), name, os.Stdout, 0)
}

func TestWriters(t *testing.T) {
	dir := t.TempDir()
	storetest.RunWriters(t, func() modulestore.Backend { return open(t, dir) }, *writers, 0)
}

func TestKilledWriters(t *testing.T) {
	dir := t.TempDir()
	s := modulestore.New(open(t, dir))
	storetest.RunKilledWriters(t, s, func(name string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), authorName+"="+name, authorFolder+"="+dir)
		return cmd
	}, *writers, 0)
	must(t, s.Close())
}
