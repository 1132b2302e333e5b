package storetest

import (
	"testing"
	"time"

	"lectern/modulestore"
)

// PruneCosts makes a thousand edits of a course of 5,000 blocks in twenty days, checks what they cost, and prunes them a hundred days later: what
// that gives back must be what it says, and what is left must be sound.
func PruneCosts(t *testing.T, storage Storage) {
	const (
		blocks, edits, days = 5000, 1000, 20
		mostObjects         = 12 << 20 // compressed, with the log entries
		mostGrowth          = 20 << 20
	)
	importTo(t, storage, blocks)
	before := storage.Size()
	m := newEditMeter(t, storage.Open(), blocks)
	now := time.Now()
	m.store.Now = func() time.Time { return now }
	handed := 0
	for range edits {
		m.edit()
		now = now.Add(days * day / edits)
	}
	for _, size := range m.sizes {
		handed += size
	}
	m.close()
	grown := storage.Size() - before
	if handed > mostObjects || grown > mostGrowth {
		t.Errorf("%d edits hand the backend %d bytes and grow the files by %d; want at most %d and %d", edits, handed, grown, mostObjects, mostGrowth)
	}

	now = now.Add(100 * day)
	full := storage.Size()
	p := &probe{Backend: storage.Open()}
	s := store{t: t, Store: modulestore.New(p), probe: p}
	s.Now = m.store.Now
	start := time.Now()
	report := s.prune(modulestore.PruneOptions{Retention: modulestore.DefaultRetention(), Grace: modulestore.DefaultGrace})
	took := time.Since(start)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	shrunk := full - storage.Size()
	if c := report.Courses[0]; c.GivenUp < edits-days-3 || c.Kept < days {
		t.Errorf("%d versions were kept and %d given up", c.Kept, c.GivenUp)
	}
	if shrunk < report.File*9/10 || report.File < report.Stored {
		t.Errorf("%d bytes of objects went, and the files shrank by %d; the report says %d", report.Stored, shrunk, report.File)
	}
	t.Logf("%d edits hand the backend %d bytes, the files grow by %d", edits, handed, grown)
	t.Logf("pruning keeps %d versions of %d; %v and %d bytes go, the files shrink by %d; twice and with two verifications it took %v",
		report.Courses[0].Kept, report.Courses[0].Kept+report.Courses[0].GivenUp, report.Kinds, report.Stored, shrunk, took.Round(time.Millisecond))
}
