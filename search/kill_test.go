package search

import (
	"bufio"
	"context"
	stdflag "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
)

var kills = stdflag.Int("kills", 20, "how often TestAKilledIndexerLosesNothing kills a process that indexes")

// victim names, for a process that is to be killed, the folder of the store and of the indexes.
const victim = "LECTERN_TEST_VICTIM"

// TestAKilledIndexerLosesNothing kills a process that edits, publishes, updates and rebuilds all the time, as a battery that dies does. Whenever it dies, the indexes open, each stamp tells exactly which
// documents there are, an update brings what is missing, and nothing is left over.
func TestAKilledIndexerLosesNothing(t *testing.T) {
	if dir := os.Getenv(victim); dir != "" {
		indexing(t, dir)
		return
	}
	if testing.Short() {
		t.Skip("left out: -short was given")
	}
	dir := t.TempDir()
	store := storeIn(t, dir)
	imported(t, store, files(large(1300)), "")
	imported(t, store, files(small), "")
	closed(t, store.Close())
	var tally struct{ behind, partial, made, updates, rebuilds int }
	for round := range *kills {
		lines := killed(t, dir)
		for _, line := range lines {
			switch line {
			case "updated":
				tally.updates++
			case "rebuilt":
				tally.rebuilds++
			}
		}
		k := &killedIndex{TB: t, store: storeIn(t, dir), folder: filepath.Join(dir, "search")}
		k.x = reopened(t, k.store, k.folder)
		k.onlyCurrent()
		for _, kind := range Kinds() {
			switch behind, partial, there := k.exact(kind); {
			case !there:
				tally.made++
			case partial > 0:
				tally.partial++
			case behind > 0:
				tally.behind++
			}
		}
		k.catchesUp(round%10 == 9 || round == *kills-1)
		closed(t, k.x.Close())
		closed(t, k.store.Close())
		if t.Failed() {
			t.Fatalf("after kill %d", round+1)
		}
	}
	if tally.updates == 0 || tally.rebuilds == 0 || tally.behind+tally.partial+tally.made == 0 {
		t.Errorf("the test proves nothing: %+v", tally)
	}
	t.Logf("%d kills, after %d updates and %d rebuilds; of %d indexes %d were behind the store, %d in the middle of a course, and %d not made yet",
		*kills, tally.updates, tally.rebuilds, 3**kills, tally.behind, tally.partial, tally.made)
}

func closed(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func storeIn(t testing.TB, dir string) *modulestore.Store {
	t.Helper()
	db, err := sqlitestore.Open(t.Context(), filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	return modulestore.New(db)
}

// killed starts a process that indexes, kills it at a random moment after it has begun, and gives the lines that it has printed.
func killed(t *testing.T, dir string) (lines []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledIndexerLosesNothing$", "-test.timeout=1m")
	cmd.Env = append(os.Environ(), victim+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	closed(t, err)
	closed(t, cmd.Start())
	begun := false
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if !begun && scanner.Text() == "begun" {
			begun = true
			time.AfterFunc(time.Duration(rand.Int64N(int64(2*time.Second))), func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); !begun || cmd.ProcessState.Exited() {
		t.Fatalf("the process ended by itself: %v\n%s", err, strings.Join(lines, "\n"))
	}
	return lines
}

// indexing is what the process does until it is killed.
func indexing(t *testing.T, dir string) {
	store := storeIn(t, dir)
	x := reopened(t, store, filepath.Join(dir, "search"))
	ctx := t.Context()
	fmt.Println("begun")
	rebuilt := make(chan error, 1)
	rebuild := func() {
		_, err := x.Rebuild(ctx, nil)
		rebuilt <- err
	}
	if rand.IntN(2) == 0 {
		go rebuild()
	}
	for step := 0; ; step++ {
		change(t, store, step)
		if _, err := x.UpdateAll(ctx); err != nil {
			t.Fatal(err)
		}
		fmt.Println("updated")
		select {
		case err := <-rebuilt:
			if err != nil {
				t.Fatal(err)
			}
			fmt.Println("rebuilt")
			go rebuild()
		default:
		}
	}
}

// change makes a version of one of the courses, or none if the change cannot be made.
func change(t *testing.T, store *modulestore.Store, step int) {
	ctx := t.Context()
	c := course(t, "course-v1:Org+Large+run")
	n := rand.IntN(200)
	unit, title := block(t, fmt.Sprint("vertical/v", n)), fmt.Sprint("Title ", step, " of ", os.Getpid())
	edited := func(id string, f modulestore.Field) {
		_, _, _ = store.Update(ctx, c, func(e *modulestore.Edit) error {
			e.Describe("test", "edit", "")
			return e.Change(ctx, block(t, id), f)
		})
	}
	retitled := modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: title}
	switch rand.IntN(8) {
	case 0: // every document is another one
		edited(c.Root().String(), modulestore.Field{Name: "language", In: modulestore.InAttribute, Value: []string{"en", "fr", "de"}[n%3]})
	case 1, 2:
		edited(fmt.Sprint("chapter/c", n/50*50), retitled)
	case 3:
		_, _, _ = store.Unpublish(ctx, c, unit, "test")
	case 4:
		other := course(t, "course-v1:Org+C+run")
		if _, err := store.Delete(ctx, other, "test"); err != nil {
			imported(t, store, files(small), "")
		}
	default:
		edited(fmt.Sprint("html/h", 5*n), retitled)
		_, _, _ = store.Publish(ctx, c, unit, modulestore.PublishOptions{}, "test")
	}
}

// killedIndex is what a process that was killed has left.
type killedIndex struct {
	testing.TB
	store  *modulestore.Store
	folder string
	x      *Index
}

// onlyCurrent looks for what no index owns.
func (k *killedIndex) onlyCurrent() {
	k.Helper()
	current, err := os.ReadFile(filepath.Join(k.folder, currentName))
	if err != nil && !os.IsNotExist(err) {
		k.Fatal(err)
	}
	owned := append(strings.Fields(string(current)), currentName, currentName+".new", "lock")
	entries, err := os.ReadDir(k.folder)
	if err != nil {
		k.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(owned, e.Name()) {
			k.Errorf("%s is left over; %q is current", e.Name(), current)
		}
	}
}

// exact compares the documents of an index with those of the versions that its stamps name. It tells how many courses are behind the store, or partly taken in.
func (k *killedIndex) exact(kind Kind) (behind, partial int, there bool) {
	k.Helper()
	g := k.x.shelf.take(kind)
	if g == nil {
		return 0, 0, false
	}
	defer g.leave()
	documents, stamps := 0, 0
	for _, c := range g.courses() {
		stamps++
		stamp, _ := g.stamp(c)
		have := k.listed(g, c)
		documents += len(have)
		if stamp.Partial {
			partial++
			continue
		}
		v, err := k.store.Version(k.Context(), c, fmt.Sprint(stamp.Seq))
		if err != nil {
			k.Fatal(err)
		}
		if diff := cmp.Diff(k.wanted(kind, v), have); diff != "" || stamp.Documents != len(have) {
			k.Errorf("the %s index of %s says version %d with %d documents (-version +index):\n%s", kind, c, stamp.Seq, stamp.Documents, diff)
		}
		if head, err := k.store.Head(k.Context(), c); err != nil || kind.reads(head.Roots) != stamp.Roots {
			behind++
		}
	}
	all, err := g.index.DocCount()
	if err != nil || int(all) != documents+stamps {
		k.Errorf("the %s index has %d documents, %d of courses and %d stamps (%v)", kind, all, documents, stamps, err)
	}
	return behind, partial, true
}

func (k *killedIndex) listed(g *generation, c key.Course) (have map[string]string) {
	k.Helper()
	if err := g.guard(func(index bleve.Index) (err error) { have, err = listing(context.Background(), index, c); return err }); err != nil {
		k.Fatal(err)
	}
	return have
}

// wanted gives the documents of a version, with what they are made from.
func (k *killedIndex) wanted(kind Kind, v modulestore.Version) map[string]string {
	k.Helper()
	list := make(map[string]string)
	p, err := k.x.project(k.Context(), kind, v)
	if err != nil {
		k.Fatal(err)
	}
	if p == nil {
		return list
	}
	parts, err := p.parts(k.Context())
	if err != nil {
		k.Fatal(err)
	}
	for i := range parts {
		list[parts[i].id] = parts[i].made
	}
	return list
}

// catchesUp updates the indexes: then they are what the store has, whole, and something is found.
func (k *killedIndex) catchesUp(compare bool) {
	k.Helper()
	updateAll(k, k.x)
	for _, kind := range Kinds() {
		if behind, partial, there := k.exact(kind); behind+partial > 0 || !there {
			k.Errorf("after the update %d courses of the %s index are behind and %d partly taken in; it is there: %t", behind, kind, partial, there)
		}
	}
	if again := updateAll(k, k.x); again.Changed() {
		k.Errorf("a second update wrote %v", again.Counts)
	}
	r := searched(k, k.x, Request{Kind: Content, Scope: Scope{Everything: true}, Facets: []FacetName{FacetType}}, "nothing in particular type:html")
	if r.Total == 0 || len(r.Hits) == 0 || r.Withheld > 0 {
		k.Errorf("found %d, of which %d are shown and %d withheld", r.Total, len(r.Hits), r.Withheld)
	}
	if compare {
		sameAsRebuilt(k, k.store, k.x, "a kill")
	}
}
