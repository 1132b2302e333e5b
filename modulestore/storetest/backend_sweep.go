package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lectern/modulestore"
)

var sweepCases = []backendCase{
	{"what is old and not live is removed, of every kind", func(b backend) {
		b.putAt(10, samples()...)
		b.append(courseA, entry(1, "the log stays"))
		b.wantSwept(11, nil, samples())
		b.wantMissing(modulestore.KindChunk, idsOf(byKind(samples())[modulestore.KindChunk]), idsOf(byKind(samples())[modulestore.KindChunk]))
		b.wantHead(courseA, entry(1, "the log stays"))
	}},
	{"what is live stays, however old", func(b backend) {
		objects := samples()
		b.putAt(10, objects...)
		var live, dead []modulestore.Object
		for i, o := range objects {
			if i%3 == 0 {
				dead = append(dead, o)
			} else {
				live = append(live, o)
			}
		}
		b.wantSwept(100, live, dead)
		for kind, objects := range byKind(live) {
			b.wantObjects(kind, idsOf(objects), objects)
		}
	}},
	{"what is as young as the limit stays", func(b backend) {
		objects := numbered(0, 3)
		for i, o := range objects {
			b.putAt(modulestore.Generation(10+i), o)
		}
		b.wantSwept(10, nil, nil)
		b.wantSwept(11, nil, objects[:1])
		b.wantSwept(12, nil, objects[1:2])
		b.wantSwept(1000, nil, objects[2:])
	}},
	{"a put of what is there renews it, and never makes it older", func(b backend) {
		objects := append(numbered(0, 4), chunk([]byte("chunk")), chunk(noise(100_000)))
		b.putAt(10, objects...)
		b.putAt(20, objects[2:]...)
		b.putAt(5, objects...)
		b.wantSwept(20, nil, objects[:2])
	}},
	{"a put of old and new objects renews the one and stores the other", func(b backend) {
		objects := append(numbered(0, 40), chunk([]byte("old")), chunk([]byte("new")))
		b.putAt(10, objects[:20]...)
		b.putAt(10, objects[40])
		b.putAt(20, objects[10:]...)
		b.wantSwept(20, nil, objects[:10])
		b.wantObjects(modulestore.KindPage, idsOf(objects[:40]), objects[10:40])
		b.wantObjects(modulestore.KindChunk, idsOf(objects[40:]), objects[40:])
	}},
	{"to ask for what is there renews it, and never makes it older", func(b backend) {
		objects := append(numbered(0, 4), chunk([]byte("chunk")))
		b.putAt(10, objects[1:]...)
		b.wantMissingAt(20, modulestore.KindPage, idsOf(objects[:3]), idsOf(objects[:1]))
		b.wantMissingAt(20, modulestore.KindChunk, idsOf(objects[4:]), nil)
		b.wantMissingAt(5, modulestore.KindPage, idsOf(objects[:4]), idsOf(objects[:1]))
		b.wantSwept(20, nil, objects[3:4])
	}},
	{"thousands are renewed at once", func(b backend) {
		objects := numbered(0, thousands())
		half := len(objects) / 2
		b.putAt(10, objects...)
		b.putAt(20, objects[:half]...)
		b.wantMissingAt(20, modulestore.KindPage, idsOf(objects[half/2:half+half/2]), nil)
		b.wantSwept(20, nil, objects[half+half/2:])
	}},
	{"thousands are swept at once", func(b backend) {
		objects := numbered(0, thousands())
		b.putAt(10, objects...)
		var live, dead []modulestore.Object
		for i, o := range objects {
			if i%2 == 0 {
				dead = append(dead, o)
			} else {
				live = append(live, o)
			}
		}
		b.wantSwept(11, live, dead)
		b.wantSwept(11, live, nil)
	}},
	{"what was swept can be put again", func(b backend) {
		objects := samples()
		b.putAt(10, objects...)
		b.wantSwept(11, nil, objects)
		b.putAt(11, objects...)
		b.wantSwept(11, nil, nil)
		for kind, objects := range byKind(objects) {
			b.wantObjects(kind, idsOf(objects), objects)
		}
	}},
	{"what a writer renews between the look and the removal stays", func(b backend) {
		objects := append(numbered(0, 10), chunk([]byte("one")), chunk([]byte("two")))
		b.putAt(10, objects...)
		renewed := map[modulestore.ID]func(modulestore.Object){
			objects[3].ID:  func(o modulestore.Object) { b.putAt(20, o) },
			objects[7].ID:  func(o modulestore.Object) { b.wantMissingAt(20, o.Kind, []modulestore.ID{o.ID}, nil) },
			objects[10].ID: func(o modulestore.Object) { b.putAt(20, o) },
		}
		got, err := b.Sweep(b.t.Context(), 20, false, func(_ modulestore.Kind, id modulestore.ID) bool {
			if renew := renewed[id]; renew != nil {
				renew(objects[slices.IndexFunc(objects, func(o modulestore.Object) bool { return o.ID == id })])
			}
			return false
		})
		if err != nil {
			b.t.Fatal(err)
		}
		stays := []modulestore.Object{objects[3], objects[7], objects[10]}
		b.wantAll(stays)
		gone := slices.DeleteFunc(slices.Clone(objects), func(o modulestore.Object) bool { return renewed[o.ID] != nil })
		b.wantSame("what was removed", countsOf(gone), got.Kinds)
	}},
	{"a sweep that is cancelled leaves the rest for the next", func(b backend) {
		objects := append(numbered(0, thousands()), samples()...)
		b.putAt(10, objects...)
		ctx, cancel := context.WithCancel(b.t.Context())
		seen := 0
		_, err := b.Sweep(ctx, 11, false, func(modulestore.Kind, modulestore.ID) bool {
			if seen++; seen == len(objects)/2 {
				cancel()
			}
			return false
		})
		if !errors.Is(err, context.Canceled) {
			b.t.Errorf("Sweep = %v, want context.Canceled", err)
		}
		if _, err := b.Sweep(b.t.Context(), 11, false, none); err != nil {
			b.t.Error(err)
		}
		b.wantAll(nil)
	}},
	{"writers lose nothing to a sweep that runs beside them", func(b backend) { b.wantNothingLost(b) }},
}

// wantNothingLost lets writers put and ask for the same few objects again and again, while days pass and a sweeper, which may use another
// handle, removes all that is older than the last day.
func (b backend) wantNothingLost(sweeper backend) {
	const writers = 4
	days := 60
	if testing.Short() {
		days = 10
	}
	objects := numbered(0, 12)
	for i := range 4 {
		objects = append(objects, chunk([]byte(fmt.Sprint("chunk ", i))))
	}
	var day, writes atomic.Int64
	ctx, stop := context.WithCancel(b.t.Context())
	defer stop()
	var all sync.WaitGroup
	for w := range writers {
		random := rand.New(rand.NewPCG(uint64(w), 1))
		all.Go(func() {
			for ctx.Err() == nil {
				some := make([]modulestore.Object, 1+random.IntN(5))
				for i := range some {
					some[i] = objects[random.IntN(len(objects))]
				}
				b.writeAndLook(&day, some, random.IntN(3) > 0)
				writes.Add(1)
			}
		})
	}
	removed := 0
	for range days {
		for next := writes.Load() + writers; writes.Load() < next; {
			time.Sleep(100 * time.Microsecond)
		}
		limit := modulestore.Generation(day.Add(1) - 1)
		got, err := sweeper.Sweep(b.t.Context(), limit, false, none)
		if err != nil {
			b.t.Error(err)
			break
		}
		for _, c := range got.Kinds {
			removed += c.Objects
		}
	}
	stop()
	all.Wait()
	b.t.Logf("%d objects were removed on %d days", removed, days)
}

// writeAndLook puts objects, or asks for them, and checks that they are stored then, unless a sweep with a later limit has begun meanwhile.
func (b backend) writeAndLook(day *atomic.Int64, objects []modulestore.Object, put bool) {
	ctx, g := b.t.Context(), day.Load()
	for kind, some := range byKind(objects) {
		want := idsOf(some)
		var err error
		if put {
			err = b.Put(ctx, modulestore.Generation(g), some)
		} else {
			var missing []modulestore.ID
			missing, err = b.Has(ctx, modulestore.Generation(g), kind, want)
			want = slices.DeleteFunc(want, func(id modulestore.ID) bool { return slices.Contains(missing, id) })
		}
		if err != nil {
			b.t.Error(err)
			return
		}
		found, err := b.Get(ctx, kind, want)
		if err != nil {
			b.t.Error(err)
			return
		}
		if day.Load() > g+1 {
			return
		}
		there := idsOf(found)
		for _, id := range want {
			if !slices.Contains(there, id) {
				b.t.Errorf("object %s is gone right after it was written (put: %v)", id.Short(), put)
			}
		}
	}
}

// none says that nothing is live.
func none(modulestore.Kind, modulestore.ID) bool { return false }

func (b backend) putAt(g modulestore.Generation, objects ...modulestore.Object) {
	b.t.Helper()
	if err := b.Put(b.t.Context(), g, objects); err != nil {
		b.t.Fatalf("Put of %d objects in generation %d: %v", len(objects), g, err)
	}
}

func (b backend) wantMissingAt(g modulestore.Generation, kind modulestore.Kind, ids, want []modulestore.ID) {
	b.t.Helper()
	got, err := b.Has(b.t.Context(), g, kind, ids)
	if err != nil {
		b.t.Fatal(err)
	}
	b.wantSame(fmt.Sprintf("Has of %d ids of kind %c in generation %d", len(ids), kind, g), sortedIDs(want), sortedIDs(got))
}

// wantSwept sweeps, first dry and then in earnest, and checks that both find the same and that the second removes just that.
func (b backend) wantSwept(before modulestore.Generation, live, want []modulestore.Object) {
	b.t.Helper()
	isLive := make(map[modulestore.ID]modulestore.Kind)
	for _, o := range live {
		isLive[o.ID] = o.Kind
	}
	stored := b.all()
	sweep := func(dry bool) modulestore.Swept {
		b.t.Helper()
		swept, err := b.Sweep(b.t.Context(), before, dry, func(kind modulestore.Kind, id modulestore.ID) bool { return isLive[id] == kind })
		if err != nil {
			b.t.Fatalf("Sweep before %d, dry %v: %v", before, dry, err)
		}
		b.wantSame(fmt.Sprintf("what is swept before %d, dry %v", before, dry), countsOf(want), swept.Kinds)
		if swept.Stored < 0 || (swept.Stored == 0) != (len(want) == 0) {
			b.t.Errorf("%d objects of %d bytes are swept", len(want), swept.Stored)
		}
		return swept
	}
	dry := sweep(true)
	b.wantSameObjects("All after a dry sweep", stored, b.all())
	if dry.File != 0 {
		b.t.Errorf("a dry sweep made the files smaller by %d bytes", dry.File)
	}
	if swept := sweep(false); swept.Stored != dry.Stored {
		b.t.Errorf("%d stored bytes were swept, %d in the dry run", swept.Stored, dry.Stored)
	}
	gone := idsOf(want)
	b.wantSameObjects("All after a sweep", slices.DeleteFunc(stored, func(o modulestore.Object) bool { return slices.Contains(gone, o.ID) }), b.all())
}

// all gives id and kind of all objects.
func (b backend) all() (list []modulestore.Object) {
	b.t.Helper()
	for o, err := range b.All(b.t.Context()) {
		if err != nil {
			b.t.Fatal(err)
		}
		list = append(list, modulestore.Object{ID: o.ID, Kind: o.Kind})
	}
	return list
}

func countsOf(objects []modulestore.Object) map[modulestore.Kind]modulestore.KindCount {
	counts := make(map[modulestore.Kind]modulestore.KindCount)
	for _, o := range objects {
		c := counts[o.Kind]
		counts[o.Kind] = modulestore.KindCount{Objects: c.Objects + 1, Bytes: c.Bytes + int64(len(o.Data))}
	}
	return counts
}
