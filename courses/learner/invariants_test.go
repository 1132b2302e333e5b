package learner_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	stdflag "flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses/flag"
	"lectern/courses/learner"
	"lectern/courses/learner/learnertest"
	"lectern/modulestore/key"
)

// checks sets how often rapid runs a property of this test: those with databases take long.
func checks(t *testing.T, n string) {
	t.Helper()
	before := stdflag.Lookup("rapid.checks").Value.String()
	must(t, stdflag.Set("rapid.checks", n))
	t.Cleanup(func() { must(t, stdflag.Set("rapid.checks", before)) })
}

// node is one of several databases that exchange events.
type node struct {
	*learner.DB
	uri string
}

// network is nodes, the first of which is on the engine that is tested, with learners that nobody has written about yet.
type network struct {
	nodes    []node
	learners []learner.ID
}

func newNetwork(t *testing.T, uri string, n int) *network {
	t.Helper()
	w := &network{}
	for i := range n {
		if i > 0 {
			uri = filepath.Join(t.TempDir(), "state.db")
		}
		w.nodes = append(w.nodes, node{open(t, uri), uri})
	}
	return w
}

// logs gives what a node has of a stream from a device, from a number on.
func (w *network) logs(t rapid.TB, from, origin node, s learner.Stream, after uint64, most int) []learner.Event {
	t.Helper()
	events, err := from.Log(context.Background(), s, origin.Device(), after+1, most)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func (w *network) streams() (list []learner.Stream) {
	for _, l := range slices.Concat([]learner.ID{{}}, w.learners) {
		for _, org := range []string{"", "Org"} {
			list = append(list, learner.Stream{Learner: l, Org: org, Kind: learner.StateStream})
		}
	}
	return list
}

// sync sends events from one node to another, at most some of each stream and device, those of all devices that it has.
func (w *network) sync(t rapid.TB, from, to node, most int) {
	t.Helper()
	for _, s := range w.streams() {
		for _, origin := range w.nodes {
			have := len(w.logs(t, to, origin, s, 0, 10_000))
			events := w.logs(t, from, origin, s, uint64(have), most)
			if len(events) == 0 {
				continue
			}
			report, err := to.Merge(context.Background(), events)
			if err != nil || report.Added != len(events) || len(report.Quarantine) > 0 {
				t.Fatalf("%+v, %v", report, err)
			}
		}
	}
}

// exchange lets all nodes have everything.
func (w *network) exchange(t rapid.TB) {
	t.Helper()
	for range 2 {
		for i := range w.nodes {
			w.sync(t, w.nodes[i], w.nodes[(i+1)%len(w.nodes)], 10_000)
		}
	}
	if len(w.nodes) > 2 {
		w.sync(t, w.nodes[len(w.nodes)-1], w.nodes[0], 10_000)
	}
}

// all lists what a node has of all streams, with the marks of the events.
func (w *network) all(t rapid.TB, n node) (list []learner.Event) {
	t.Helper()
	for _, s := range w.streams() {
		for _, origin := range w.nodes {
			list = append(list, w.logs(t, n, origin, s, 0, 10_000)...)
		}
	}
	for i := range list {
		list[i].Received = time.Time{}
	}
	return list
}

func (w *network) equal(t *testing.T, rt rapid.TB) {
	rt.Helper()
	first, rows := w.all(rt, w.nodes[0]), dump(t, w.nodes[0].uri)
	for _, n := range w.nodes[1:] {
		if diff := gocmp.Diff(first, w.all(rt, n)); diff != "" {
			rt.Fatalf("logs (-first node +other):\n%.2000s", diff)
		}
		if diff := gocmp.Diff(rows, dump(t, n.uri)); diff != "" {
			rt.Fatalf("projections (-first node +other):\n%.2000s", diff)
		}
	}
}

// Invariant 2: whatever nodes do, revoke and correct, and in whatever order some of it reaches some of them: after a full exchange all have the same log and
// the same rows, and a rebuild changes nothing.
func TestNodesThatHaveExchangedEverythingAreEqual(t *testing.T) {
	checks(t, "6")
	learnertest.Engines(t, func(t *testing.T, uri string) {
		w := newNetwork(t, uri, 3)
		rapid.Check(t, func(rt *rapid.T) {
			w.learners = []learner.ID{learner.NewID(), learner.NewID()} // everything about those before them is on all nodes
			random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
			for range rapid.IntRange(5, 30).Draw(rt, "steps") {
				n := w.nodes[random.IntN(len(w.nodes))]
				other := w.nodes[random.IntN(len(w.nodes))]
				var err error
				switch step := random.IntN(12); {
				case step == 0 && other != n:
					_, err = n.RevokeDevice(t.Context(), learner.ID{}, other.Device(), "")
				case step == 1 && other != n:
					_, err = n.ReinstateDevice(t.Context(), learner.ID{}, other.Device(), "")
				case step == 2:
					now := time.Now().UnixMilli()
					c := learner.ClockPayload{Device: other.Device().String(), From: learner.MakeHLC(now-random.Int64N(5000), 0), To: learner.MakeHLC(now+random.Int64N(5000), 0)}
					c.Offset = random.Int64N(20_000) - 10_000
					err = n.CorrectClock(t.Context(), learner.ID{}, c)
				case step < 6 && other != n:
					w.sync(rt, other, n, 1+random.IntN(4))
				default:
					_, err = n.Append(t.Context(), happening(random, w.learners))
				}
				if err != nil {
					rt.Fatal(err)
				}
			}
			w.exchange(rt)
			w.equal(t, rt)
		})
		before := dump(t, uri)
		_, err := w.nodes[0].Rebuild(t.Context(), nil)
		must(t, err)
		if diff := gocmp.Diff(before, dump(t, uri)); diff != "" {
			t.Errorf("(-before +rebuilt):\n%.2000s", diff)
		}
		w.equal(t, t)
	})
}

// Invariant 3: a transfer that is cut, at whatever byte, loses nothing: what came whole is there, and sending all again completes it.
func TestATransferThatIsCutLosesNothing(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, from := open(t, uri), device(t, 0)
		random := rand.New(rand.NewPCG(3, 3))
		for range 12 {
			ann := learner.NewID()
			for i := range 6 {
				submit(t, from, ann, float64(i%4))
			}
			events := logOf(t, from, ann, "Org")
			var wire bytes.Buffer
			for _, e := range events {
				must(t, json.NewEncoder(&wire).Encode(e))
			}
			cut := random.IntN(wire.Len())
			var came []learner.Event
			for lines := json.NewDecoder(bytes.NewReader(wire.Bytes()[:cut])); ; {
				var e learner.Event
				if err := lines.Decode(&e); err != nil {
					if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
						t.Fatal(err)
					}
					break
				}
				came = append(came, e)
			}
			_, err := db.Merge(t.Context(), came)
			must(t, err)
			if got := page(t, db, ann).Scores[problem(ann).Block]; int(got.Attempts) != len(came) {
				t.Errorf("cut at byte %d: %d attempts of %d events", cut, got.Attempts, len(came))
			}
			report, err := db.Merge(t.Context(), events)
			must(t, err)
			if report.Known != len(came) || report.Added != len(events)-len(came) {
				t.Errorf("cut at byte %d, then all: %+v", cut, report)
			}
			if got := page(t, db, ann).Scores[problem(ann).Block]; got.Attempts != 6 {
				t.Errorf("cut at byte %d, then all: %+v", cut, got)
			}
		}
		before := dump(t, uri)
		_, err := db.Rebuild(t.Context(), nil)
		must(t, err)
		if diff := gocmp.Diff(before, dump(t, uri)); diff != "" {
			t.Errorf("there are rows without an event (-before +rebuilt):\n%.2000s", diff)
		}
	})
}

// Invariant 4: a full copy of a device's database that is used beside it is found out when the two, or a third, first hear of both.
func TestACopyOfADatabaseIsDetectedAtFirstContact(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		ann, file := learner.NewID(), filepath.Join(t.TempDir(), "device.db")
		first, err := learner.Open(t.Context(), file)
		must(t, err)
		submit(t, first, ann, 1)
		must(t, first.Close())
		content, err := os.ReadFile(file)
		must(t, err)
		copied := filepath.Join(t.TempDir(), "copy.db")
		must(t, os.WriteFile(copied, content, 0o600))

		one, two, hub := open(t, file), open(t, copied), open(t, uri)
		if one.Device() != two.Device() {
			t.Fatal("they are one device")
		}
		submit(t, one, ann, 2)
		submit(t, two, ann, 3)
		submit(t, two, ann, 4)
		for _, c := range []struct {
			name     string
			from, to *learner.DB
			known    int
		}{{"a third hears of the first", one, hub, 0}, {"the third hears of the copy", two, hub, 1}, {"the first hears of the copy", two, one, 1}} {
			report, err := c.to.Merge(t.Context(), logOf(t, c.from, ann, "Org"))
			must(t, err)
			apart := len(report.Quarantine) > 0
			if report.Known != c.known || apart != (c.from == two) || apart && !strings.Contains(report.Quarantine[0].Reason, "copied") {
				t.Errorf("%s: %+v", c.name, report)
			}
			if got := page(t, c.to, ann).Scores[problem(ann).Block]; got.Attempts != 2 || *got.Earned != 2 {
				t.Errorf("%s: %+v", c.name, got)
			}
		}
		problems, err := hub.Problems(t.Context())
		must(t, err)
		if len(problems) == 0 || problems[0].What != "quarantine" {
			t.Errorf("%+v", problems)
		}
	})
}

// Invariant 5: clocks that are years off change no count, only ranks. A correction puts the events where they belong, on all nodes alike.
func TestACorrectedClockGivesTheSameOrderEverywhere(t *testing.T) {
	const year = 365 * 24 * time.Hour
	learnertest.Engines(t, func(t *testing.T, uri string) {
		w := newNetwork(t, uri, 3)
		noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		at := func(i int, wall time.Time) { w.nodes[i].Now = func() time.Time { return wall } }
		for _, skew := range []time.Duration{-10 * year, -2 * time.Hour, time.Hour, 10 * year} {
			ann := learner.NewID()
			w.learners = append(w.learners, ann)
			noon = noon.AddDate(0, 0, 2) // nobody has heard of anything later yet
			at(0, noon)
			submit(t, w.nodes[0].DB, ann, 1)
			// An hour later on a device whose clock is off: it is the last, whatever that clock says.
			at(1, noon.Add(time.Hour+skew/2))
			wrong := learner.Replace(attemptOf(t, w.nodes[1].DB, ann, 2), func(e *learner.Event) {
				e.Device, e.HLC = learner.ID{9, byte(len(w.learners))}, learner.MakeHLC(noon.Add(time.Hour+skew).UnixMilli(), 0)
			})
			for _, n := range w.nodes {
				_, err := n.Merge(t.Context(), []learner.Event{wrong})
				must(t, err)
			}
			w.sync(t, w.nodes[0], w.nodes[2], 100)
			before := page(t, w.nodes[2].DB, ann).Scores[problem(ann).Block]
			if wantLast := map[bool]float64{true: 2, false: 1}[skew > 0]; before.Attempts != 2 || *before.Earned != wantLast {
				t.Errorf("%s off: %+v", skew, before)
			}
			at(2, noon.Add(2*time.Hour))
			must(t, w.nodes[2].CorrectClock(t.Context(), learner.ID{}, learner.ClockPayload{
				Device: wrong.Device.String(), From: wrong.HLC, To: wrong.HLC, Offset: -skew.Milliseconds(),
			}))
			w.exchange(t)
			for i, n := range w.nodes {
				if after := page(t, n.DB, ann).Scores[problem(ann).Block]; after.Attempts != 2 || *after.Earned != 2 {
					t.Errorf("%s off, corrected, node %d: %+v", skew, i, after)
				}
			}
		}
		w.equal(t, t)
	})
}

// attemptOf gives an answer as a device writes it, on a device of its own.
func attemptOf(t *testing.T, like *learner.DB, user learner.ID, earned float64) learner.Event {
	t.Helper()
	db := device(t, 0)
	db.Now = like.Now
	submit(t, db, user, earned)
	return logOf(t, db, user, "Org")[0]
}

// Invariant 11: never attempted is never 0, in no read.
func TestNeverAttemptedIsNotZero(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx, zero, one := open(t, uri), t.Context(), 0.0, 1.0
		states := []struct {
			name   string
			do     func(at learner.Target) error
			there  bool
			earned *float64
		}{
			{"never attempted", func(learner.Target) error { return nil }, false, nil},
			{"attempted and earned nothing", func(at learner.Target) error {
				_, err := db.Submit(ctx, at, learner.AttemptPayload{Earned: &zero, Possible: 1})
				return err
			}, true, &zero},
			{"attempted and not graded yet", func(at learner.Target) error {
				_, err := db.Submit(ctx, at, learner.AttemptPayload{Possible: 1})
				return err
			}, true, nil},
			{"only completed", func(at learner.Target) error { _, err := db.Complete(ctx, at, 1); return err }, false, nil},
			{"only state", func(at learner.Target) error {
				_, err := db.PutState(ctx, at, learner.AnyRev, map[string]any{"a": 1})
				return err
			}, false, nil},
			{"started afresh", func(at learner.Target) error {
				_, err := db.Submit(ctx, at, learner.AttemptPayload{Earned: &one, Possible: 1})
				return errors.Join(err, db.DeleteState(ctx, at))
			}, false, nil},
			{"set to 0 by staff", func(at learner.Target) error { return db.SetScore(ctx, at, 0, 1, "") }, true, &zero},
			{"set by staff and taken back", func(at learner.Target) error {
				if err := db.SetScore(ctx, at, 1, 1, ""); err != nil {
					return err
				}
				_, err := db.ClearScore(ctx, at, "")
				return err
			}, false, nil},
		}
		users := make([]learner.ID, len(states))
		for i, s := range states {
			users[i] = learner.NewID()
			_, err := db.Enrol(ctx, learner.Enrolment{Target: problem(users[i])})
			must(t, err)
			must(t, s.do(problem(users[i])))
		}
		facts, err := db.Facts(ctx, demo, users, true, false)
		must(t, err)
		for i, s := range states {
			for read, scores := range map[string]map[key.BlockID]learner.Score{"page": page(t, db, users[i]).Scores, "facts": facts[users[i]].Scores} {
				got, ok := scores[problem(users[i]).Block]
				if ok != s.there || (got.Earned == nil) != (s.earned == nil) || got.Earned != nil && *got.Earned != *s.earned {
					t.Errorf("%s, %s: %v %+v", s.name, read, ok, got)
				}
			}
		}
	})
}

// Invariant 12: after a learner is erased no table has a row about the learner, of all that have rows about learners.
func TestEraseEmptiesEveryTableThatNamesLearners(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ctx := open(t, uri), t.Context()
		ann, err := db.AddUser(ctx, "Ann", "")
		must(t, err)
		random := rand.New(rand.NewPCG(12, 12))
		for range 400 { // of every kind
			_, err := db.Append(ctx, happening(random, []learner.ID{ann.ID, ann.ID}))
			must(t, err)
		}
		_, err = db.SetFlag(ctx, ann.ID, flag.Rule{Flag: "f", Scope: flag.User, Key: ann.ID.String(), Share: flag.On})
		must(t, err)
		forged := logOf(t, db, ann.ID, "Org")[0]
		forged.Payload = []byte(`{}`)
		_, err = db.Merge(ctx, []learner.Event{forged})
		must(t, err)
		file := raw(t, uri)
		var number int64
		must(t, file.QueryRow(`SELECT user_ref FROM account`).Scan(&number))
		rows := func(c columnInfo) (n int) {
			must(t, file.QueryRow(fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s = %d", c.table, c.column, number)).Scan(&n))
			return n
		}
		var columns []columnInfo
		for _, c := range columnsOf(t, file, uri) {
			if c.column == "user_ref" || c.column == "actor_ref" {
				columns = append(columns, c)
				if rows(c) == 0 && !slices.Contains([]string{"subsection_grade", "course_grade", "progress"}, c.table) { // which are written by who grades
					t.Errorf("%s.%s has nothing about the learner: the test does not reach it", c.table, c.column)
				}
			}
		}
		must(t, db.Erase(ctx, ann.ID))
		for _, c := range columns {
			if n := rows(c); n > 0 {
				t.Errorf("%s.%s names the learner %d times", c.table, c.column, n)
			}
		}
		_, err = db.Rebuild(ctx, nil)
		must(t, err)
		for _, c := range columns {
			if n := rows(c); n > 0 {
				t.Errorf("after a rebuild %s.%s names the learner %d times", c.table, c.column, n)
			}
		}
	})
}

// Invariant 15: what a revoked device writes later is kept and has no effect; reinstating it gives it its effect.
func TestWhatARevokedDeviceWritesWaitsUntilItIsReinstated(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		hub, lost, ann := open(t, uri), device(t, 0), learner.NewID()
		now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		clock := func() time.Time { now = now.Add(time.Second); return now }
		hub.Now, lost.Now = clock, clock
		bring := func() {
			t.Helper()
			for _, part := range logsOf(t, lost, []learner.ID{ann}) {
				report, err := hub.Merge(t.Context(), part)
				must(t, err)
				if report.Bad+len(report.Quarantine)+report.Missing > 0 {
					t.Fatalf("%+v", report)
				}
			}
		}
		check := func(what string, attempts int64, waiting int) {
			t.Helper()
			for _, again := range []bool{false, true} {
				if again {
					_, err := hub.Rebuild(t.Context(), nil)
					must(t, err)
				}
				if got := page(t, hub, ann).Scores[problem(ann).Block]; got.Attempts != attempts {
					t.Errorf("%s (rebuilt %v): %d attempts, want %d", what, again, got.Attempts, attempts)
				}
				problems, err := hub.Problems(t.Context())
				must(t, err)
				problems = slices.DeleteFunc(problems, func(p learner.Problem) bool { return p.What != "suspended event" })
				if len(problems) != waiting {
					t.Errorf("%s (rebuilt %v): %+v", what, again, problems)
				}
			}
		}
		submit(t, lost, ann, 1)
		bring()
		submit(t, lost, ann, 2) // before it is revoked, but it comes later
		run(t, []step{{"a device is revoked", func() (bool, error) { return hub.RevokeDevice(t.Context(), learner.ID{}, lost.Device(), "lost") }, "changed"},
			{"once", func() (bool, error) { return hub.RevokeDevice(t.Context(), learner.ID{}, lost.Device(), "lost") }, ""},
			{"not itself", func() (bool, error) { return hub.RevokeDevice(t.Context(), learner.ID{}, hub.Device(), "") }, "another"}})
		check("revoked", 1, 0)
		submit(t, lost, ann, 3)
		submit(t, lost, ann, 4)
		bring()
		check("what came before counts, what came after waits", 2, 2)

		// It cannot help itself.
		payload, err := json.Marshal(learner.DevicePayload{Device: lost.Device().String()})
		must(t, err)
		_, err = lost.Append(t.Context(), learner.NewEvent{Stream: learner.Stream{Kind: learner.StateStream}, Kind: learner.KindReinstated, Payload: payload})
		must(t, err)
		bring()
		check("what it says about itself", 2, 3)

		run(t, []step{{"it is reinstated", func() (bool, error) { return hub.ReinstateDevice(t.Context(), learner.ID{}, lost.Device(), "") }, "changed"}})
		check("reinstated", 4, 0)

		// A revocation that comes after what it concerns takes its effect away.
		other := device(t, 0)
		other.Now = func() time.Time { return now.Add(-time.Minute) }
		_, err = other.RevokeDevice(t.Context(), learner.ID{}, lost.Device(), "")
		must(t, err)
		early := logOf(t, other, learner.ID{}, "")
		_, err = hub.Merge(t.Context(), early)
		must(t, err)
		check("an older revocation than the reinstatement", 4, 0)
		other.Now = clock
		submit(t, lost, ann, 1)
		payload, err = json.Marshal(learner.DevicePayload{Device: lost.Device().String()})
		must(t, err)
		now = now.Add(-2 * time.Second)
		_, err = other.Append(t.Context(), learner.NewEvent{Stream: learner.Stream{Kind: learner.StateStream}, Kind: learner.KindRevoked, Payload: payload})
		must(t, err)
		now = now.Add(2 * time.Second)
		bring()
		check("before it is heard of", 5, 0)
		_, err = hub.Merge(t.Context(), logOf(t, other, learner.ID{}, ""))
		must(t, err)
		check("after that", 4, 1)
	})
}

// Invariant 16, of numbers within a stream: those that do not fit into 32 bits are as good as others.
func TestEventNumbersAbove32Bits(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		const start = 1<<31 - 10
		db, file, ann := open(t, uri), raw(t, uri), learner.NewID()
		submit(t, db, ann, 1)
		for _, text := range []string{"UPDATE cursor SET have_seq = %d", "UPDATE event SET seq = %d", "UPDATE attempt SET seq = %d"} {
			_, err := file.Exec(fmt.Sprintf(text, start))
			must(t, err)
		}
		for range 20 {
			submit(t, db, ann, 2)
		}
		events, err := db.Log(t.Context(), learner.Stream{Learner: ann, Org: "Org", Kind: learner.StateStream}, db.Device(), start+1, 100)
		must(t, err)
		if len(events) != 20 || events[19].Seq != start+20 {
			t.Fatalf("%d events", len(events))
		}
		if report, err := db.Merge(t.Context(), events); err != nil || report.Known != 20 {
			t.Errorf("%+v, %v", report, err)
		}
		before := dump(t, uri)
		_, err = db.Rebuild(t.Context(), nil)
		must(t, err)
		if diff := gocmp.Diff(before, dump(t, uri)); diff != "" {
			t.Errorf("(-before +rebuilt):\n%.2000s", diff)
		}
	})
}

// Invariant 17: who writes with a stale revision is told so and has written nothing; who then reads again loses nothing of what others have written.
func TestAStaleRevisionNeverLosesAFieldOfAnother(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		programs := []*learner.DB{open(t, uri)}
		if strings.HasPrefix(uri, "postgres:") {
			programs = append(programs, open(t, uri))
		}
		at := problem(learner.NewID())
		const writers, each = 6, 5
		var group sync.WaitGroup
		for i := range writers {
			group.Go(func() {
				db := programs[i%len(programs)]
				for n := 0; n < each; {
					p, err := db.Page(t.Context(), at.Learner, demo)
					if err != nil {
						t.Error(err)
						return
					}
					var stale *learner.StaleError
					_, err = db.PutState(t.Context(), at, p.State[at.Block].Rev, map[string]any{fmt.Sprint("f", i): n, fmt.Sprint("g", i, n): n})
					if err == nil {
						n++
					} else if !errors.As(err, &stale) {
						t.Error(err)
						return
					}
				}
			})
		}
		group.Wait()
		s := page(t, programs[0], at.Learner).State[at.Block]
		if s.Rev != writers*each || len(s.Fields) != writers+writers*each {
			t.Errorf("revision %d, %d fields", s.Rev, len(s.Fields))
		}
		for i := range writers {
			if got := string(s.Fields[fmt.Sprint("f", i)]); got != fmt.Sprint(each-1) {
				t.Errorf("the field of writer %d is %s", i, got)
			}
		}
	})
}

// A program that understands what an older one did not gives it its effect at a rebuild, and one that understands less takes it away.
func TestARebuildTriesAgainWhatHadNoEffect(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db, ann := open(t, uri), learner.NewID()
		submit(t, db, ann, 2)
		submit(t, db, ann, 3)
		_, err := db.Append(t.Context(), learner.NewEvent{Stream: learner.Stream{Learner: ann, Org: "Org", Kind: learner.StateStream}, Kind: "new", Payload: []byte("{}")})
		must(t, err)
		file := raw(t, uri)
		for _, text := range []string{
			fmt.Sprintf("UPDATE event SET flags = %d WHERE seq = 1", learner.Bad), // as a program has left it that did not understand the first
			"UPDATE event SET flags = 0 WHERE seq = 3",                            // and one that knew the last
		} {
			_, err := file.Exec(text)
			must(t, err)
		}
		_, err = db.Rebuild(t.Context(), nil)
		must(t, err)
		events := logOf(t, db, ann, "Org")
		if events[0].Flags != 0 || events[1].Flags != 0 || events[2].Flags != learner.Unknown {
			t.Errorf("%d, %d, %d", events[0].Flags, events[1].Flags, events[2].Flags)
		}
		if got := page(t, db, ann).Scores[problem(ann).Block]; got.Attempts != 2 {
			t.Errorf("%+v", got)
		}
	})
}

func TestTheLogOfAnUnknownLearnerIsEmpty(t *testing.T) {
	learnertest.Engines(t, func(t *testing.T, uri string) {
		db := open(t, uri)
		must(t, db.CreateCohort(t.Context(), learner.ID{}, demo, learner.CohortPayload{Name: "A", Assignment: "manual"}))
		if events := logOf(t, db, learner.NewID(), "Org"); len(events) != 0 {
			t.Errorf("it has %d events of staff", len(events))
		}
		if events := logOf(t, db, learner.ID{}, "Org"); len(events) != 1 {
			t.Errorf("staff has %d", len(events))
		}
	})
}
