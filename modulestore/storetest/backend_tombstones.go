package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"lectern/modulestore"
)

var tombstoneCases = []backendCase{
	{"what was taken down is gone and does not come back", func(b backend) {
		for _, o := range buriable() {
			beside := newObject(o.Kind, document("beside "+o.Kind.String()))
			b.put(o, beside)
			b.bury(tombstone(o))
			b.put(o, beside)
			b.wantObjects(o.Kind, idsOf([]modulestore.Object{o, beside}), []modulestore.Object{beside})
			b.wantMissing(o.Kind, idsOf([]modulestore.Object{o, beside}), nil)
		}
	}},
	{"nobody is shown what was taken down, and no sweep takes it for garbage", func(b backend) {
		objects := buriable()
		b.putAt(10, objects...)
		b.putAt(10, numbered(0, 1)...)
		for _, o := range objects {
			b.bury(tombstone(o))
		}
		b.wantAll(numbered(0, 1))
		b.wantSwept(1<<40, nil, numbered(0, 1))
		b.wantMissingAt(1<<41, modulestore.KindBody, []modulestore.ID{objects[0].ID}, nil)
		b.wantSwept(1<<42, nil, nil)
		b.put(objects...)
		b.wantAll(nil)
	}},
	{"what has not come yet can be taken down", func(b backend) {
		for _, o := range buriable() {
			b.bury(tombstone(o))
			b.wantMissing(o.Kind, []modulestore.ID{o.ID}, nil)
			b.put(o)
			b.wantObjects(o.Kind, []modulestore.ID{o.ID}, nil)
		}
		b.wantAll(nil)
	}},
	{"in a put of many the others are stored", func(b backend) {
		objects := []modulestore.Object{}
		for i := range 20 {
			objects = append(objects, newObject(modulestore.KindBody, document(fmt.Sprint("body ", i))), chunk([]byte(fmt.Sprint("chunk ", i))))
		}
		b.bury(tombstone(objects[0]))
		b.bury(tombstone(objects[1]))
		b.put(objects...)
		b.wantAll(objects[2:])
	}},
	{"tombstones are listed as they were made, the oldest first", func(b backend) {
		var want []modulestore.Tombstone
		for i, o := range buriable() {
			t := tombstone(o)
			t.Time = t.Time.Add(time.Duration(i) * time.Hour)
			t.Author, t.Reason = "Zoë \"Z\" O'Neil\xff", "first line\nsecond line: 日本語 😀"
			want = append(want, t)
		}
		for _, i := range []int{1, 2, 0} {
			b.bury(want[i])
		}
		b.wantTombstones(want...)
	}},
	{"a tombstone may say next to nothing", func(b backend) {
		t := modulestore.Tombstone{ID: idOf("unknown"), Kind: modulestore.KindChunk}
		b.bury(t)
		b.wantTombstones(t)
	}},
	{"times are kept in UTC and in milliseconds", func(b backend) {
		t := tombstone(chunk(nil))
		t.Time = time.Date(2026, 3, 1, 5, 45, 0, 123_456_789, time.FixedZone("Nepal", 5*3600+45*60))
		b.bury(t)
		t.Time = time.Date(2026, 3, 1, 0, 0, 0, 123e6, time.UTC)
		b.wantTombstones(t)
	}},
	{"what was taken down already keeps its tombstone", func(b backend) {
		o := chunk([]byte("twice"))
		first, second := tombstone(o), tombstone(o)
		second.Reason, second.Time = "another", first.Time.Add(-time.Hour)
		b.put(o)
		b.bury(first)
		b.bury(second)
		b.wantTombstones(first)
	}},
	{"what a course cannot be read without is not taken down", func(b backend) {
		for _, kind := range []modulestore.Kind{modulestore.KindPage, modulestore.KindFiles, modulestore.KindState, modulestore.KindCommit, modulestore.KindRefs, 'X'} {
			o := newObject(kind, document("needed"))
			b.put(o)
			if err := b.Bury(b.t.Context(), tombstone(o)); !errors.Is(err, modulestore.ErrInvalid) {
				b.t.Errorf("Bury of a %s = %v, want ErrInvalid", kind, err)
			}
			b.wantObjects(kind, []modulestore.ID{o.ID}, []modulestore.Object{o})
		}
		b.wantTombstones()
	}},
	{"whoever puts it at the same time does not save it", func(b backend) {
		for round := range 5 {
			o := chunk([]byte(fmt.Sprint("round ", round)))
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					if err := b.Put(b.t.Context(), today, []modulestore.Object{o}); err != nil {
						b.t.Error(err)
					}
				})
			}
			all.Go(func() {
				if err := b.Bury(b.t.Context(), tombstone(o)); err != nil {
					b.t.Error(err)
				}
			})
			all.Wait()
			b.wantObjects(o.Kind, []modulestore.ID{o.ID}, nil)
			b.wantMissing(o.Kind, []modulestore.ID{o.ID}, nil)
		}
		b.wantAll(nil)
	}},
}

// buriable gives an object of every kind that can be taken down.
func buriable() []modulestore.Object {
	return []modulestore.Object{
		newObject(modulestore.KindBody, document("a body")),
		chunk(noise(100_000)),
		newObject(modulestore.KindManifest, document("a manifest")),
	}
}

func tombstone(o modulestore.Object) modulestore.Tombstone {
	return modulestore.Tombstone{
		ID: o.ID, Kind: o.Kind, Size: int64(len(o.Data)), Author: "Ada", Reason: "personal data", Time: time.UnixMilli(1_800_000_000_123).UTC(),
	}
}

func (b backend) bury(t modulestore.Tombstone) {
	b.t.Helper()
	if err := b.Bury(b.t.Context(), t); err != nil {
		b.t.Fatalf("Bury of %s %s: %v", t.Kind, t.ID.Short(), err)
	}
}

func (b backend) wantTombstones(want ...modulestore.Tombstone) {
	b.t.Helper()
	got, err := b.Tombstones(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	b.wantSame("Tombstones", append([]modulestore.Tombstone{}, want...), append([]modulestore.Tombstone{}, got...))
}
