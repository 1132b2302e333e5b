// Package storetest holds the tests that every modulestore.Backend passes: RunBackend asks the backend itself, RunStore asks
// modulestore.Store on top of it. A backend's own test file calls both with a function that opens an empty one.
package storetest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Open gives a fresh, empty backend that is closed when the test ends.
type Open = func(t *testing.T) modulestore.Backend

// Again opens the storage of b once more, whether b is closed or not, as another process would.
type Again = func(t *testing.T, b modulestore.Backend) modulestore.Backend

// RunBackend runs the tests that every modulestore.Backend must pass. again may be nil for storage that only one handle
// can have; what needs a second one is skipped then. With -short the large cases are smaller, for engines that are slow.
func RunBackend(t *testing.T, open Open, again Again) {
	for _, group := range []struct {
		name  string
		cases []backendCase
	}{
		{"Objects", objectCases},
		{"Sweep", sweepCases},
		{"Tombstones", tombstoneCases},
		{"Log", logCases},
		{"Contexts", contextCases},
		{"Cancelled", cancelCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) { c.test(backend{t, open(t)}) })
			}
		})
	}
	t.Run("Again", func(t *testing.T) {
		if again == nil {
			t.Skip("this storage takes one handle only")
		}
		for _, c := range againCases {
			t.Run(c.name, func(t *testing.T) {
				c.test(backend{t, open(t)}, func(b backend) backend { return backend{t, again(t, b.Backend)} })
			})
		}
	})
}

type backendCase struct {
	name string
	test func(b backend)
}

var objectCases = []backendCase{
	{"objects of every kind come back as they were stored", func(b backend) {
		for kind, objects := range byKind(samples()) {
			b.put(objects...)
			b.wantObjects(kind, idsOf(objects), objects)
			b.wantMissing(kind, idsOf(objects), nil)
		}
	}},
	{"one put takes objects of all kinds", func(b backend) {
		b.put(samples()...)
		for kind, objects := range byKind(samples()) {
			b.wantObjects(kind, idsOf(objects), objects)
		}
	}},
	{"putting objects again changes nothing", func(b backend) {
		b.put(samples()...)
		b.put(samples()...)
		b.wantAll(samples())
	}},
	{"a put of old and new objects stores the new ones", func(b backend) {
		objects := numbered(0, 20)
		b.put(objects[:10]...)
		b.put(objects[5:]...)
		b.wantObjects(modulestore.KindPage, idsOf(objects), objects)
		b.wantAll(objects)
	}},
	{"an object may stand in one put twice", func(b backend) {
		objects := numbered(0, 2)
		b.put(objects[0], objects[1], objects[0])
		b.wantAll(objects)
	}},
	{"no bytes may be nil", func(b backend) {
		o := chunk(nil)
		b.put(o)
		b.wantMissing(o.Kind, []modulestore.ID{o.ID}, nil)
		b.wantObjects(o.Kind, []modulestore.ID{o.ID}, []modulestore.Object{o})
	}},
	{"a put of nothing is fine", func(b backend) {
		b.put()
		b.wantAll(nil)
	}},
	{"one put takes thousands of objects", func(b backend) {
		objects := numbered(0, thousands())
		b.put(objects...)
		b.put(objects...)
		b.wantMissing(modulestore.KindPage, idsOf(objects), nil)
		b.wantAll(objects)
		b.wantObjects(modulestore.KindPage, idsOf(objects), objects)
	}},
	{"get leaves out what is missing", func(b backend) {
		objects := numbered(0, 1200)
		b.put(objects[600:]...)
		b.wantObjects(modulestore.KindPage, idsOf(objects), objects[600:])
		b.wantObjects(modulestore.KindChunk, []modulestore.ID{chunk(nil).ID}, nil)
	}},
	{"has tells what is missing", func(b backend) {
		objects := numbered(0, 1200)
		b.put(objects[600:]...)
		b.wantMissing(modulestore.KindPage, idsOf(objects), idsOf(objects[:600]))
		b.wantMissing(modulestore.KindChunk, []modulestore.ID{chunk(nil).ID}, []modulestore.ID{chunk(nil).ID})
	}},
	{"get and has of nothing give nothing", func(b backend) {
		b.put(samples()...)
		for kind := range byKind(samples()) {
			b.wantObjects(kind, nil, nil)
			b.wantMissing(kind, nil, nil)
		}
	}},
	{"bytes are not shared with the caller", func(b backend) {
		o := chunk([]byte("the bytes"))
		mine := modulestore.Object{ID: o.ID, Kind: o.Kind, Data: bytes.Clone(o.Data)}
		b.put(mine)
		mine.Data[0] = 'X'
		got, err := b.Get(b.t.Context(), o.Kind, []modulestore.ID{o.ID})
		if err != nil || len(got) != 1 {
			b.t.Fatalf("Get = %d objects, %v", len(got), err)
		}
		got[0].Data[0] = 'Y'
		b.wantObjects(o.Kind, []modulestore.ID{o.ID}, []modulestore.Object{o})
	}},
	{"all yields every object once", func(b backend) {
		objects := append(samples(), numbered(0, 1100)...)
		b.put(objects...)
		b.wantAll(objects)
	}},
	{"all ends when the caller has enough", func(b backend) {
		b.put(append(samples(), numbered(0, 100)...)...)
		for enough := range 40 {
			seen := 0
			for _, err := range b.All(b.t.Context()) {
				if err != nil {
					b.t.Fatal(err)
				}
				if seen++; seen > enough {
					break
				}
			}
		}
		b.append(courseA, entry(1, "after the walks"))
	}},
}

var logCases = []backendCase{
	{"an entry comes back as it was given", func(b backend) {
		full := modulestore.Entry{
			Seq: 1, Commit: idOf("commit"), Prev: idOf("prev"),
			Roots:  modulestore.Roots{Draft: idOf("draft"), Published: idOf("published"), Files: idOf("files"), Refs: idOf("refs")},
			Author: "Zoë \"Z\" O'Neil", Time: time.Date(2026, 2, 28, 23, 59, 59, 999e6, time.UTC),
			Operation: "import", Message: "first line\nsecond line: 日本語 😀 " + strings.Repeat("long ", 2000),
			Blocks: []key.BlockID{{Type: "problem", Name: "one"}, {Type: "html", Name: "ünï\xff"}},
		}
		empty := modulestore.Entry{Seq: 2, Commit: idOf("empty"), Time: time.Time{}}
		b.append(courseA, full)
		b.wantHead(courseA, full)
		b.append(courseA, empty)
		b.wantHead(courseA, empty)
		b.wantLog(courseA, 0, 10, empty, full)
	}},
	{"times are kept in UTC and in milliseconds", func(b backend) {
		e := entry(1, "elsewhere")
		e.Time = time.Date(2026, 3, 1, 5, 45, 0, 123_456_789, time.FixedZone("Nepal", 5*3600+45*60))
		b.append(courseA, e)
		e.Time = time.Date(2026, 3, 1, 0, 0, 0, 123e6, time.UTC)
		b.wantHead(courseA, e)
	}},
	{"a number that leaves a gap is refused", func(b backend) {
		for _, seq := range []uint64{0, 2, 1 << 40, 1 << 63} {
			b.wantAppendError(courseA, entry(seq, "gap"), modulestore.ErrConflict)
		}
		b.append(courseA, entry(1, "one"))
		for _, seq := range []uint64{0, 3, 1 << 40, 1<<64 - 1} {
			b.wantAppendError(courseA, entry(seq, "gap"), modulestore.ErrConflict)
		}
		b.wantLog(courseA, 0, 10, entry(1, "one"))
	}},
	{"a refused first entry does not reserve the key", func(b backend) {
		b.wantAppendError(courseA, entry(2, "gap"), modulestore.ErrConflict)
		b.wantContexts()
	}},
	{"a number that another commit has is refused", func(b backend) {
		one, two := entry(1, "one"), entry(2, "two")
		b.append(courseA, one)
		b.append(courseA, two)
		b.wantAppendError(courseA, entry(1, "other"), modulestore.ErrConflict)
		b.wantAppendError(courseA, entry(2, "other"), modulestore.ErrConflict)
		b.wantLog(courseA, 0, 10, two, one)
	}},
	{"the same entry again is a success and changes nothing", func(b backend) {
		one, two := entry(1, "one"), entry(2, "two")
		b.append(courseA, one)
		b.append(courseA, one)
		b.append(courseA, two)
		b.append(courseA, one)
		b.wantLog(courseA, 0, 10, two, one)
		b.wantContexts(context1(courseA, two))
	}},
	{"the log comes in pages, newest first", func(b backend) {
		all := b.fill(courseA, 7)
		slices.Reverse(all)
		b.wantLog(courseA, 0, 100, all...)
		b.wantLog(courseA, 0, 3, all[:3]...)
		b.wantLog(courseA, 4, 3, all[3:6]...)
		b.wantLog(courseA, 1, 3, all[6:]...)
		b.wantLog(courseA, 7, 1, all[0])
		b.wantLog(courseA, 1000, 2, all[:2]...)
		b.wantLog(courseA, 1<<64-1, 2, all[:2]...)
		b.wantLog(courseA, 0, 0)
		b.wantLog(courseA, 0, -1)
	}},
	{"numbers above 9, 15 and 255 are in the right order", func(b backend) {
		all := b.fill(courseA, 260)
		b.wantHead(courseA, all[259])
		slices.Reverse(all)
		b.wantLog(courseA, 0, 300, all...)
		b.wantLog(courseA, 256, 300, all[4:]...)
	}},
	{"a course that is not there has no head and an empty log", func(b backend) {
		b.append(courseB, entry(1, "another course"))
		if _, err := b.Head(b.t.Context(), courseA); !errors.Is(err, modulestore.ErrNotFound) {
			b.t.Errorf("Head = %v, want ErrNotFound", err)
		}
		b.wantLog(courseA, 0, 10)
	}},
	{"courses have logs of their own", func(b backend) {
		b.append(courseA, entry(1, "a"))
		b.append(courseB, entry(1, "b"))
		b.append(courseB, entry(2, "b"))
		b.append(library, entry(1, "c"))
		b.append(courseA, entry(2, "a"))
		b.wantLog(courseA, 0, 10, entry(2, "a"), entry(1, "a"))
		b.wantLog(courseB, 0, 10, entry(2, "b"), entry(1, "b"))
		b.wantLog(library, 0, 10, entry(1, "c"))
	}},
	{"of all who want a number exactly one gets it", func(b backend) { b.race(b) }},
}

var contextCases = []backendCase{
	{"an empty store has no courses", func(b backend) { b.wantContexts() }},
	{"courses are sorted by key and show their last version", func(b backend) {
		courses := []key.Course{library, courseB, course("org", "a", "r"), course("Org", "B", "r"), course("Org", "Ä", "r"), courseA}
		var want []modulestore.Context
		for _, c := range courses {
			b.append(c, entry(1, "first "+c.String()))
			e := entry(2, "second "+c.String())
			e.Time = e.Time.Add(time.Hour)
			b.append(c, e)
			want = append(want, context1(c, e))
		}
		slices.SortFunc(want, func(x, y modulestore.Context) int { return cmp.Compare(x.Course.String(), y.Course.String()) })
		b.wantContexts(want...)
	}},
	{"another spelling of a key is refused", func(b backend) {
		for _, pair := range [][2]key.Course{
			{course("Org", "Case", "Run"), course("ORG", "case", "rUN")},
			{course("Org", "Straße", "Run"), course("Org", "STRASSE", "Run")},
			{course("Org", "\u00c5ngstr\u00f6m", "Run"), course("Org", "\u212bngstr\u00f6m", "Run")},             // NFC, not NFC
			{course("Org", "\ud55c\uae00", "Run"), course("Org", "\u1112\u1161\u11ab\u1100\u1173\u11af", "Run")}, // NFC, NFD
			{newLibrary("Org", "Lib"), newLibrary("org", "LIB")},
		} {
			first, other := pair[0], pair[1]
			b.append(first, entry(1, "first"))
			err := b.Append(b.t.Context(), other, "", entry(1, "other"))
			if !errors.Is(err, modulestore.ErrDuplicate) {
				b.t.Fatalf("Append to %s beside %s = %v, want ErrDuplicate", other, first, err)
			}
			if !strings.Contains(err.Error(), first.String()) || !strings.Contains(err.Error(), other.String()) {
				b.t.Errorf("the message must name both spellings: %v", err)
			}
			b.wantAppendError(other, entry(2, "other"), modulestore.ErrDuplicate)
			b.append(first, entry(2, "second"))
			b.wantLog(other, 0, 10)
		}
		got, err := b.Contexts(b.t.Context())
		if err != nil || len(got) != 5 {
			b.t.Errorf("Contexts gives %d, %v, want the five first spellings", len(got), err)
		}
	}},
	{"a course and a library of one name are two", func(b backend) {
		b.append(course("Org", "Code", "library"), entry(1, "course"))
		b.append(newLibrary("Org", "Code"), entry(1, "library"))
	}},
	{"of two spellings that come at the same time one is taken", func(b backend) {
		for round := range 5 {
			name := fmt.Sprint("Race", round)
			spellings := []key.Course{course("Org", name, "Run"), course("org", name, "RUN"), course("ORG", name, "run")}
			errs := make([]error, len(spellings))
			var all sync.WaitGroup
			for i, c := range spellings {
				all.Go(func() { errs[i] = b.Append(b.t.Context(), c, "", entry(1, c.String())) })
			}
			all.Wait()
			won := 0
			for i, err := range errs {
				switch {
				case err == nil:
					won++
					b.wantHead(spellings[i], entry(1, spellings[i].String()))
				case !errors.Is(err, modulestore.ErrDuplicate):
					b.t.Errorf("%s: %v, want ErrDuplicate", spellings[i], err)
				}
			}
			if won != 1 {
				b.t.Errorf("%d spellings won: %v", won, errs)
			}
		}
	}},
}

var cancelCases = []backendCase{
	{"a call with a cancelled context does nothing and says so", func(b backend) {
		o := numbered(0, 1)
		b.append(courseA, entry(1, "one"))
		ctx, cancel := context.WithCancel(b.t.Context())
		cancel()
		want := func(call string, err error) {
			if !errors.Is(err, context.Canceled) {
				b.t.Errorf("%s = %v, want context.Canceled", call, err)
			}
		}
		want("Put", b.Put(ctx, today, o))
		want("Append", b.Append(ctx, courseA, "", entry(2, "two")))
		_, err := b.Get(ctx, modulestore.KindPage, idsOf(o))
		want("Get", err)
		_, err = b.Has(ctx, today, modulestore.KindPage, idsOf(o))
		want("Has", err)
		_, err = b.Sweep(ctx, today, false, none)
		want("Sweep", err)
		want("Bury", b.Bury(ctx, tombstone(chunk(nil))))
		_, err = b.Tombstones(ctx)
		want("Tombstones", err)
		_, err = b.Head(ctx, courseA)
		want("Head", err)
		_, err = b.Log(ctx, courseA, 0, 10)
		want("Log", err)
		_, err = b.Contexts(ctx)
		want("Contexts", err)
		yields := 0
		for _, err := range b.All(ctx) {
			want("All", err)
			yields++
		}
		if yields != 1 {
			b.t.Errorf("All yields %d times, want one error", yields)
		}
		b.wantAll(nil)
		b.wantTombstones()
		b.wantLog(courseA, 0, 10, entry(1, "one"))
	}},
	{"a put that is cancelled on the way can be repeated", func(b backend) {
		objects := numbered(0, thousands())
		for wait := 100 * time.Microsecond; ; wait *= 2 {
			ctx, cancel := context.WithTimeout(b.t.Context(), wait)
			err := b.Put(ctx, today, objects)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				b.t.Fatalf("after %v: %v, want context.DeadlineExceeded", wait, err)
			}
		}
		b.wantAll(objects)
	}},
	{"an append that is cancelled on the way has happened or has not", func(b backend) {
		for seq := uint64(1); seq <= 30; seq++ {
			e := entry(seq, "sometimes cancelled")
			ctx, cancel := context.WithTimeout(b.t.Context(), time.Duration(rand.IntN(1000))*time.Microsecond)
			err := b.Append(ctx, courseA, "title", e)
			cancel()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				b.t.Fatal(err)
			}
			log, logErr := b.Log(b.t.Context(), courseA, 0, 1)
			there := len(log) == 1 && log[0].Commit == e.Commit
			if logErr != nil || err == nil && !there {
				b.t.Fatalf("acknowledged version %d is not the head: %v, %v", seq, log, logErr)
			}
			b.append(courseA, e)
			b.wantHead(courseA, e)
		}
	}},
}

var againCases = []struct {
	name string
	test func(b backend, again func(backend) backend)
}{
	{"closing and opening again keeps everything", func(b backend, again func(backend) backend) {
		b.put(samples()...)
		log := b.fill(courseA, 3)
		b.append(library, entry(1, "a library"))
		for range 3 {
			if err := b.Close(); err != nil {
				b.t.Fatal(err)
			}
			b = again(b)
			b.wantAll(samples())
			b.wantHead(courseA, log[2])
			b.wantLog(courseA, 0, 10, log[2], log[1], log[0])
			b.wantContexts(context1(courseA, log[2]), context1(library, entry(1, "a library")))
			b.wantAppendError(course("ORG", "a", "run"), entry(1, "other"), modulestore.ErrDuplicate)
		}
	}},
	{"closing and opening again keeps stamps and tombstones", func(b backend, again func(backend) backend) {
		objects, grave := numbered(0, 4), chunk([]byte("taken down"))
		b.putAt(10, objects[:2]...)
		b.putAt(20, objects[2:]...)
		b.bury(tombstone(grave))
		if err := b.Close(); err != nil {
			b.t.Fatal(err)
		}
		b = again(b)
		b.wantTombstones(tombstone(grave))
		b.put(grave)
		b.wantSwept(20, nil, objects[:2])
	}},
	{"a sweep through one handle sees what the other renews", func(b backend, again func(backend) backend) {
		objects, other := numbered(0, 4), again(b)
		b.putAt(10, objects...)
		other.putAt(20, objects[2:]...)
		b.wantSwept(20, nil, objects[:2])
		b.putAt(30, objects[3])
		other.wantSwept(30, nil, objects[2:3])
	}},
	{"writers lose nothing to a sweep through another handle", func(b backend, again func(backend) backend) {
		if testing.Short() {
			b.t.Skip("the engines that need short tests look and remove in two steps")
		}
		b.wantNothingLost(again(b))
	}},
	{"two handles see what the other has written", func(b backend, again func(backend) backend) {
		other := again(b)
		for seq := uint64(1); seq <= 10; seq++ {
			o := numbered(int(seq), 1)
			b.put(o...)
			b.append(courseA, entry(seq, "by the first"))
			other.wantObjects(modulestore.KindPage, idsOf(o), o)
			other.wantHead(courseA, entry(seq, "by the first"))
			other.wantAppendError(courseA, entry(seq, "by the second"), modulestore.ErrConflict)
			b, other = other, b
		}
	}},
	{"of all who want a number through two handles exactly one gets it", func(b backend, again func(backend) backend) {
		b.race(b, again(b))
	}},
	{"a handle goes on when the other is closed", func(b backend, again func(backend) backend) {
		other := again(b)
		other.append(courseA, entry(1, "one"))
		if err := other.Close(); err != nil {
			b.t.Fatal(err)
		}
		b.wantHead(courseA, entry(1, "one"))
		b.append(courseA, entry(2, "two"))
		b.wantHead(courseA, entry(2, "two"))
	}},
}

// race lets 16 goroutines, spread over the handles, try 100 times each (or ten times) to append to one course, and compares what
// each was told with the log.
func (b backend) race(handles ...backend) {
	const writers = 16
	attempts := 100
	if testing.Short() {
		attempts = 10
	}
	var mu sync.Mutex
	told := map[uint64][]modulestore.ID{} // commits that were acknowledged
	var all sync.WaitGroup
	for w := range writers {
		handle := handles[w%len(handles)]
		all.Go(func() {
			for a := range attempts {
				head, err := handle.Head(b.t.Context(), courseA)
				if err != nil && !errors.Is(err, modulestore.ErrNotFound) {
					b.t.Error(err)
					return
				}
				e := entry(head.Seq+1, fmt.Sprintf("writer %d, attempt %d", w, a))
				switch err := handle.Append(b.t.Context(), courseA, "", e); {
				case err == nil:
					mu.Lock()
					told[e.Seq] = append(told[e.Seq], e.Commit)
					mu.Unlock()
				case !errors.Is(err, modulestore.ErrConflict):
					b.t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	log, err := b.Log(b.t.Context(), courseA, 0, writers*attempts)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(log) != len(told) || len(log) < attempts {
		b.t.Errorf("the log has %d entries, %d numbers were acknowledged", len(log), len(told))
	}
	for i, e := range log {
		if want := uint64(len(log) - i); e.Seq != want {
			b.t.Fatalf("entry %d of the log has number %d, want %d", i, e.Seq, want)
		}
		if commits := told[e.Seq]; len(commits) != 1 || commits[0] != e.Commit {
			b.t.Errorf("version %d is %s, acknowledged were %v", e.Seq, e.Commit.Short(), commits)
		}
	}
}

// backend is a Backend with the checks of this file.
type backend struct {
	t *testing.T
	modulestore.Backend
}

func (b backend) put(objects ...modulestore.Object) {
	b.t.Helper()
	b.putAt(today, objects...)
}

// append adds e with its message as title of the course.
func (b backend) append(c key.Course, e modulestore.Entry) {
	b.t.Helper()
	if err := b.Append(b.t.Context(), c, e.Message, e); err != nil {
		b.t.Fatalf("Append of version %d to %s: %v", e.Seq, c, err)
	}
}

// fill appends versions 1 to n.
func (b backend) fill(c key.Course, n uint64) []modulestore.Entry {
	b.t.Helper()
	var all []modulestore.Entry
	for seq := uint64(1); seq <= n; seq++ {
		all = append(all, entry(seq, fmt.Sprint("version ", seq)))
		b.append(c, all[seq-1])
	}
	return all
}

func (b backend) wantAppendError(c key.Course, e modulestore.Entry, want error) {
	b.t.Helper()
	if err := b.Append(b.t.Context(), c, "refused", e); !errors.Is(err, want) {
		b.t.Fatalf("Append of version %d to %s = %v, want %v", e.Seq, c, err, want)
	}
}

func (b backend) wantHead(c key.Course, want modulestore.Entry) {
	b.t.Helper()
	got, err := b.Head(b.t.Context(), c)
	if err != nil {
		b.t.Fatal(err)
	}
	b.wantSame("Head of "+c.String(), want, got)
}

func (b backend) wantLog(c key.Course, from uint64, n int, want ...modulestore.Entry) {
	b.t.Helper()
	got, err := b.Log(b.t.Context(), c, from, n)
	if err != nil {
		b.t.Fatal(err)
	}
	b.wantSame(fmt.Sprintf("Log of %s from %d, at most %d", c, from, n), append([]modulestore.Entry{}, want...), append([]modulestore.Entry{}, got...))
}

func (b backend) wantContexts(want ...modulestore.Context) {
	b.t.Helper()
	got, err := b.Contexts(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	b.wantSame("Contexts", append([]modulestore.Context{}, want...), append([]modulestore.Context{}, got...))
}

func (b backend) wantObjects(kind modulestore.Kind, ids []modulestore.ID, want []modulestore.Object) {
	b.t.Helper()
	got, err := b.Get(b.t.Context(), kind, ids)
	if err != nil {
		b.t.Fatal(err)
	}
	b.wantSameObjects(fmt.Sprintf("Get of %d objects of kind %c", len(ids), kind), want, got)
}

func (b backend) wantMissing(kind modulestore.Kind, ids, want []modulestore.ID) {
	b.t.Helper()
	b.wantMissingAt(today, kind, ids, want)
}

func (b backend) wantAll(want []modulestore.Object) {
	b.t.Helper()
	var bare []modulestore.Object
	for _, o := range want {
		bare = append(bare, modulestore.Object{ID: o.ID, Kind: o.Kind})
	}
	b.wantSameObjects("All", bare, b.all())
}

// wantSameObjects compares without regard to order; it does not print a difference of thousands.
func (b backend) wantSameObjects(what string, want, got []modulestore.Object) {
	b.t.Helper()
	byID := func(x, y modulestore.Object) int { return bytes.Compare(x.ID[:], y.ID[:]) }
	want, got = slices.SortedFunc(slices.Values(want), byID), slices.SortedFunc(slices.Values(got), byID)
	if len(got) != len(want) {
		b.t.Fatalf("%s gives %d objects, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g.ID != w.ID || g.Kind != w.Kind || !bytes.Equal(g.Data, w.Data) {
			b.t.Fatalf("%s: object %s has kind %c and %d bytes, want %s, kind %c, %d bytes", what, g.ID.Short(), g.Kind, len(g.Data), w.ID.Short(), w.Kind, len(w.Data))
		}
	}
}

func (b backend) wantSame(what string, want, got any) {
	b.t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		b.t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// today is the generation of tests that are about something else.
const today modulestore.Generation = 20_000

var (
	courseA = course("Org", "A", "Run")
	courseB = course("Org", "B", "Run")
	library = newLibrary("Org", "L")
)

func course(org, code, run string) key.Course { return key.Course{Org: org, Code: code, Run: run} }

func newLibrary(org, code string) key.Course {
	return key.Course{Library: true, Org: org, Code: code, Run: "library"}
}

// entry makes a version whose commit depends on the number and the message.
func entry(seq uint64, message string) modulestore.Entry {
	return modulestore.Entry{
		Seq:    seq,
		Commit: idOf(fmt.Sprint(seq, message)),
		Roots:  modulestore.Roots{Draft: idOf("draft " + message)},
		Author: "author", Time: time.UnixMilli(1_800_000_000_123).UTC(), Operation: "edit", Message: message,
	}
}

// context1 is the entry in the list of courses after backend.append of e.
func context1(c key.Course, e modulestore.Entry) modulestore.Context {
	return modulestore.Context{Course: c, Seq: e.Seq, Title: e.Message, Time: e.Time}
}

// samples are objects of every kind in every size that matters.
func samples() []modulestore.Object {
	var all []modulestore.Object
	kinds := []modulestore.Kind{modulestore.KindBody, modulestore.KindPage, modulestore.KindFiles,
		modulestore.KindState, modulestore.KindCommit, modulestore.KindManifest}
	for _, kind := range kinds {
		for _, size := range []int{0, 1, 40, 41, 4000, 300_000} {
			all = append(all, newObject(kind, document(strings.Repeat("words ", size/6+1)[:size])))
		}
	}
	for _, size := range []int{0, 1, 63, 64, 4096, 100_000, modulestore.ChunkSize} {
		all = append(all, chunk(bytes.Repeat([]byte("a"), size)), chunk(noise(size)))
	}
	slices.SortFunc(all, func(x, y modulestore.Object) int { return bytes.Compare(x.ID[:], y.ID[:]) })
	return slices.CompactFunc(all, func(x, y modulestore.Object) bool { return x.ID == y.ID }) // the empty chunk
}

// numbered makes n different small pages.
func numbered(from, n int) []modulestore.Object {
	all := make([]modulestore.Object, n)
	for i := range all {
		all[i] = newObject(modulestore.KindPage, document(fmt.Sprintf("page %d %x", from+i, noise(20+(from+i)%100))))
	}
	return all
}

// thousands is the size of a large import, or of one for a slow engine.
func thousands() int {
	if testing.Short() {
		return 300
	}
	return 5000
}

// document is a canonical BSON document, as all objects but chunks are.
func document(text string) []byte {
	d := []byte{0, 0, 0, 0, 2, 't', 0}
	d = binary.LittleEndian.AppendUint32(d, uint32(len(text)+1))
	d = append(append(d, text...), 0)
	d = append(d, 5, 'h', 0, 32, 0, 0, 0, 0)
	hash := idOf(text)
	d = append(append(d, hash[:]...), 0)
	binary.LittleEndian.PutUint32(d, uint32(len(d)))
	return d
}

func noise(size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(size)}).Read(b) //nolint:errcheck // documented to return nil always
	return b
}

func chunk(data []byte) modulestore.Object { return newObject(modulestore.KindChunk, data) }

func newObject(kind modulestore.Kind, data []byte) modulestore.Object {
	return modulestore.Object{ID: modulestore.ID(idOf(string(kind) + string(data))), Kind: kind, Data: data}
}

func byKind(objects []modulestore.Object) map[modulestore.Kind][]modulestore.Object {
	groups := map[modulestore.Kind][]modulestore.Object{}
	for _, o := range objects {
		groups[o.Kind] = append(groups[o.Kind], o)
	}
	return groups
}

func idsOf(objects []modulestore.Object) []modulestore.ID {
	ids := make([]modulestore.ID, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	return ids
}

func sortedIDs(ids []modulestore.ID) []modulestore.ID {
	return slices.SortedFunc(slices.Values(append([]modulestore.ID{}, ids...)), func(x, y modulestore.ID) int { return bytes.Compare(x[:], y[:]) })
}

func idOf(text string) modulestore.ID { return sha256.Sum256([]byte(text)) }
