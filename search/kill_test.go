package search

import (
	"bufio"
	"context"
	stdflag "flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
)

var kills = stdflag.Int("kills", 20, "how often TestAKilledIndexerLosesNothing kills a process that indexes")

// What a process that is to be killed is told: the folder of the store and of the indexes, and the moment that is waited for.
const (
	victim    = "LECTERN_TEST_VICTIM"
	victimFor = "LECTERN_TEST_VICTIM_FOR"
)

// The moments at which a process dies. It may die at several of them at once, for it writes several indexes side by side.
const (
	anywhere   = "at any other moment"
	midCourse  = "in the middle of a course"
	rebuilding = "while a new index was filled"
	notCurrent = "between the last document of a new index and its becoming current"
	nowCurrent = "when a new index had become current and the one before was still there"
	merging    = "while segments were merged"
)

// aims are the moments in the order in which they are waited for. A process announces each in a line of its own, and is killed at random within a time after that.
var aims = []struct {
	moment string
	within time.Duration
}{
	{midCourse, 150 * time.Millisecond}, {notCurrent, 40 * time.Millisecond}, {rebuilding, 300 * time.Millisecond}, {nowCurrent, 80 * time.Millisecond},
	{merging, 3 * time.Millisecond}, {anywhere, 1500 * time.Millisecond},
}

// misses is how often the test aims at a moment once more that it has not hit at all.
const misses = 10

// TestAKilledIndexerLosesNothing kills a process that edits, publishes, updates and rebuilds all the time, as a battery that dies does. Whenever it dies, the indexes open, each stamp tells exactly which
// documents there are, an update brings what is missing, and nothing is left over.
func TestAKilledIndexerLosesNothing(t *testing.T) {
	if dir := os.Getenv(victim); dir != "" {
		indexing(t, dir, os.Getenv(victimFor))
		return
	}
	storetest.Plainly(t)
	if testing.Short() {
		t.Skip("left out: -short was given")
	}
	dir := t.TempDir()
	store := storeIn(t, dir)
	imported(t, store, files(large(420)), "")
	imported(t, store, files(small), "")
	x := reopened(t, store, filepath.Join(dir, "search"))
	updateAll(t, x)
	closed(t, x.Close())
	closed(t, store.Close())
	k := &killings{TB: t, dir: dir, hits: make(map[string]int)}
	for i := range *kills {
		k.strike(i%len(aims), i%10 == 9 || i == *kills-1)
	}
	for i := range min(*kills, len(aims)-1) { // whether it dies anywhere else is up to chance
		for again := 0; k.hits[aims[i].moment] == 0 && again < misses; again++ {
			k.strike(i, false)
		}
		if k.hits[aims[i].moment] == 0 {
			t.Errorf("the test proves nothing: no process died %s", aims[i].moment)
		}
	}
	t.Log(k)
}

// killings are what has been killed, and when.
type killings struct {
	testing.TB
	dir                      string
	kills, updates, rebuilds int
	hits                     map[string]int
	indexes, behind, partly  int
}

func (k *killings) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d kills, after %d updates and %d rebuilds", k.kills, k.updates, k.rebuilds)
	for _, aim := range aims {
		fmt.Fprintf(&b, "; %d %s", k.hits[aim.moment], aim.moment)
	}
	fmt.Fprintf(&b, "; of %d indexes %d were behind the store, %d in the middle of a course", k.indexes, k.behind, k.partly)
	return b.String()
}

// strike kills one process at the moment with a number, and looks at what it has left.
func (k *killings) strike(aim int, compare bool) {
	k.Helper()
	lines := k.killed(aims[aim].moment, aims[aim].within)
	k.kills++
	died := k.atDeath(lines)
	left := &killedIndex{TB: k, store: storeIn(k, k.dir), folder: filepath.Join(k.dir, "search")}
	left.x = reopened(k, left.store, left.folder)
	left.onlyCurrent()
	for _, kind := range Kinds() {
		behind, partial, there := left.exact(kind)
		if !there {
			k.Errorf("the %s index is lost", kind)
		}
		k.indexes++
		k.behind, k.partly = k.behind+min(behind, 1), k.partly+min(partial, 1)
		if partial > 0 {
			died[midCourse] = true
		}
	}
	if len(died) == 0 {
		died[anywhere] = true
	}
	for moment := range died {
		k.hits[moment]++
	}
	left.catchesUp(compare)
	closed(k, left.x.Close())
	closed(k, left.store.Close())
	if k.Failed() {
		k.Fatalf("after kill %d, %s, when it had printed\n%s", k.kills, slices.Sorted(maps.Keys(died)), strings.Join(lines, "\n"))
	}
}

// atDeath tells at which moments a process died: by what it has left in the folder and, of what cannot be seen there, by the last that it has said.
func (k *killings) atDeath(lines []string) map[string]bool {
	k.Helper()
	died, filled := make(map[string]bool), make(map[string]bool)
	for _, line := range lines {
		switch kind, isFilled := strings.CutPrefix(line, "filled "); {
		case isFilled:
			filled[kind] = true
		case line == rebuilding:
			clear(filled)
		case line == "updated":
			k.updates++
		case line == nowCurrent:
			k.rebuilds++
		case line == merging:
			died[merging] = true
		case line == "merged":
			delete(died, merging)
		}
	}
	shelf := &shelf{folder: filepath.Join(k.dir, "search")}
	current, err := shelf.readCurrent()
	closed(k, err)
	for _, name := range k.generations(shelf.folder) {
		kind, number, _ := strings.Cut(name, "-")
		_, now, _ := strings.Cut(current[Kind(kind)], "-")
		switch n, last := atoi(k, number), atoi(k, now); {
		case n < last:
			died[nowCurrent] = true
		case n > last && filled[kind]:
			died[notCurrent] = true
		case n > last:
			died[rebuilding] = true
		}
	}
	return died
}

func (k *killings) generations(folder string) (names []string) {
	k.Helper()
	entries, err := os.ReadDir(folder)
	closed(k, err)
	for _, e := range entries {
		if generationName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

func atoi(t testing.TB, number string) int {
	t.Helper()
	n, err := strconv.Atoi(number)
	closed(t, err)
	return n
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

// killed starts a process that indexes, kills it at random within a time after it has announced a moment, and gives the lines that it has printed.
func (k *killings) killed(moment string, within time.Duration) (lines []string) {
	k.Helper()
	cmd := exec.CommandContext(k.Context(), os.Args[0], "-test.run=^TestAKilledIndexerLosesNothing$", "-test.timeout=3m")
	cmd.Env = append(os.Environ(), victim+"="+k.dir, victimFor+"="+moment)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	closed(k, err)
	closed(k, cmd.Start())
	announced := false
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if !announced && scanner.Text() == moment {
			announced = true
			time.AfterFunc(rand.N(within), func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); !announced || cmd.ProcessState.Exited() {
		k.Fatalf("the process ended by itself, and was to be killed %s: %v\n%s", moment, err, strings.Join(lines, "\n"))
	}
	return lines
}

// indexing is what a process does until it is killed: it works so that the moment comes that is waited for.
func indexing(t *testing.T, dir, moment string) {
	store := storeIn(t, dir)
	x := reopened(t, store, filepath.Join(dir, "search"))
	x.batch.documents = 30 // so that the course takes many
	fmt.Println(anywhere)
	go announcing(x)
	pause := time.Duration(0)
	if alone := moment == midCourse || moment == merging; !alone && (moment != anywhere || rand.N(2) == 0) {
		pause = 200 * time.Millisecond // so that a rebuild may come to an end
		go rebuildingAlways(t.Context(), x)
	}
	for step := 0; ; step++ {
		time.Sleep(pause)
		if moment == midCourse {
			inLanguage(t, store, step)
		} else {
			change(t, store, step)
		}
		if _, err := x.UpdateAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		fmt.Println("updated")
	}
}

// rebuildingAlways makes one rebuild after the other. Somebody is searching the indexes that are replaced, for a little longer than they are.
func rebuildingAlways(ctx context.Context, x *Index) {
	for {
		fmt.Println(rebuilding)
		var searched []*generation
		for _, kind := range Kinds() {
			searched = append(searched, x.shelf.take(kind))
		}
		if _, err := x.Rebuild(ctx, filling); err != nil {
			panic(err)
		}
		fmt.Println(nowCurrent)
		time.Sleep(rand.N(60 * time.Millisecond))
		for _, g := range searched {
			g.leave()
		}
	}
}

// filling tells of an index that has all documents, a little before it becomes current.
func filling(p Progress) {
	if p.Done < p.Total {
		return
	}
	fmt.Println("filled", p.Kind)
	if p.Kind == Content {
		fmt.Println(notCurrent)
	}
	time.Sleep(rand.N(40 * time.Millisecond))
}

// announcing tells of what no progress is told of, as long as the process lives.
func announcing(x *Index) {
	watched := make(map[*generation]*announced)
	for ; ; time.Sleep(200 * time.Microsecond) {
		for _, kind := range []Kind{Content, Studio} {
			g := x.shelf.take(kind)
			if watched[g] == nil {
				watched[g] = &announced{}
			}
			watched[g].look(g)
			g.leave()
		}
	}
}

// announced is what has been told of a generation.
type announced struct {
	merging bool
	partial bool
	begun   uint64 // the revision at which the stamp became partial
	told    bool
}

func (a *announced) look(g *generation) {
	engine, err := g.index.Advanced()
	if err != nil {
		return // it is closed
	}
	stats, _ := engine.(*scorch.Scorch).Stats().(*scorch.Stats)
	if now := atomic.LoadUint64(&stats.TotFileMergeZapEnd) < atomic.LoadUint64(&stats.TotFileMergeZapBeg); now != a.merging {
		a.merging = now
		fmt.Println(map[bool]string{true: merging, false: "merged"}[now])
	}
	stamp, _ := g.stamp(key.Course{Org: "Org", Code: "Large", Run: "run"})
	switch revision := g.revision(); {
	case !stamp.Partial:
		*a = announced{merging: a.merging}
	case !a.partial:
		a.partial, a.begun = true, revision
	case !a.told && revision > a.begun: // a second batch has begun, so the first has ended
		a.told = true
		fmt.Println(midCourse)
	}
}

// inLanguage makes every document of the large course another one.
func inLanguage(t *testing.T, store *modulestore.Store, step int) {
	c := course(t, "course-v1:Org+Large+run")
	_, _, _ = store.Update(t.Context(), c, func(e *modulestore.Edit) error {
		e.Describe("test", "edit", "")
		return e.Change(t.Context(), c.Root(), modulestore.Field{Name: "language", In: modulestore.InAttribute, Value: []string{"en", "fr", "de"}[step%3]})
	})
}

// change makes a version of one of the courses, or none if the change cannot be made.
func change(t *testing.T, store *modulestore.Store, step int) {
	ctx := t.Context()
	c := course(t, "course-v1:Org+Large+run")
	n := rand.IntN(70)
	unit, title := block(t, fmt.Sprint("vertical/v", n)), fmt.Sprint("Title ", step, " of ", os.Getpid())
	edited := func(id string, f modulestore.Field) {
		_, _, _ = store.Update(ctx, c, func(e *modulestore.Edit) error {
			e.Describe("test", "edit", "")
			return e.Change(ctx, block(t, id), f)
		})
	}
	retitled := modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: title}
	switch rand.IntN(8) {
	case 0:
		inLanguage(t, store, n)
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
			k.ofSome(kind, &stamp, have)
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

// ofSome looks at what there is of a course that was partly taken in: each document is one of a version that is not older than that of the stamp.
func (k *killedIndex) ofSome(kind Kind, stamp *Stamp, have map[string]string) {
	k.Helper()
	head, err := k.store.Head(k.Context(), stamp.Course)
	if err != nil {
		k.Fatal(err)
	}
	for seq := max(stamp.Seq, 1); seq <= head.Seq && len(have) > 0; seq++ {
		v, err := k.store.Version(k.Context(), stamp.Course, fmt.Sprint(seq))
		if err != nil {
			k.Fatal(err)
		}
		for id, made := range k.wanted(kind, v) {
			if have[id] == made {
				delete(have, id)
			}
		}
	}
	if len(have) > 0 {
		k.Errorf("the %s index of %s has, in the middle of an update, documents of no version from %d to %d: %v", kind, stamp.Course, stamp.Seq, head.Seq, have)
	}
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
