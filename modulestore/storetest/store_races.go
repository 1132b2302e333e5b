package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

var raceCases = []storeCase{
	{name: "no edit is lost when many write at once", test: func(s store) {
		s.importSmall(courseA)
		// Two stores are two processes: neither sees what the other remembers.
		stores := []store{s, s.cold()}
		writers := 16
		if testing.Short() {
			writers = 6
		}
		told := s.race(writers, writes(), func(writer, i int) error {
			id := idOfBlock("html", fmt.Sprintf("w%d-%d", writer, i))
			_, _, err := stores[writer%2].Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
				chapter := *e.Tree(draft).Blocks[chapterID]
				chapter.Children = append(chapter.Children[:len(chapter.Children):len(chapter.Children)], modulestore.Child{ID: id})
				return errors.Join(e.Put(draft, chapter, nil), e.Put(draft, block(id, "By somebody"), &modulestore.Body{Markup: id.Name}))
			})
			return err
		})
		head, err := s.Head(s.ctx(), courseA)
		if err != nil {
			s.t.Fatal(err)
		}
		snap := s.cold().snapshot(head, draft)
		if got := len(snap.Tree().Blocks) - 3; got != told || head.Seq != uint64(told)+1 {
			s.t.Errorf("%d edits were acknowledged, %d blocks and %d versions are there", told, got, head.Seq-1)
		}
		if bodies, err := snap.Bodies(s.ctx(), nil); err != nil || len(bodies) != told+1 {
			s.t.Errorf("%d bodies are there, error %v, want %d", len(bodies), err, told+1)
		}
	}},
	{name: "the same edit by two people in one millisecond is two edits", test: func(s store) {
		s.Now = func() time.Time { return time.UnixMilli(1_800_000_000_000) }
		s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(rootID, "0"), nil) })
		stores := []store{s.cold(), s.cold(), s.cold(), s.cold()}
		told := s.race(len(stores), writes(), func(writer, _ int) error {
			_, _, err := stores[writer].Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
				name, _ := e.Tree(draft).Blocks[rootID].Attr("display_name", nil)
				n, err := strconv.Atoi(name)
				return errors.Join(err, e.Put(draft, block(rootID, strconv.Itoa(n+1)), nil))
			})
			return err
		})
		head, err := s.Head(s.ctx(), courseA)
		if err != nil {
			s.t.Fatal(err)
		}
		root, _ := s.snapshot(head, draft).Block(rootID)
		if name, _ := root.Attr("display_name", nil); name != strconv.Itoa(told) {
			s.t.Errorf("%d times one more gives %s", told, name)
		}
	}},
	{name: "an edit runs again on the version that came first", test: func(s store) {
		s.importSmall(courseA)
		runs := 0
		v := s.update(courseA, func(e *modulestore.Edit) {
			if runs++; runs <= 3 {
				s.cold().update(courseA, func(e *modulestore.Edit) {
					s.put(e, draft, block(idOfBlock("about", strconv.Itoa(runs)), "By another"), nil)
				})
			}
			s.put(e, draft, block(quizID, "Test"), nil)
		})
		if tree := s.cold().snapshot(v, draft).Tree(); runs != 4 || v.Seq != 5 || len(tree.Detached) != 3 {
			s.t.Errorf("after %d runs it is version %d with %d blocks of others, want 4, 5 and 3", runs, v.Seq, len(tree.Detached))
		}
	}},
	{name: "an edit that loses every race is a conflict", test: func(s store) {
		if testing.Short() {
			s.t.Skip("left out: -short was given, and a hundred races take minutes on a slow engine")
		}
		s.importSmall(courseA)
		runs := 0
		_, changed, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			runs++
			s.cold().update(courseA, func(e *modulestore.Edit) {
				s.put(e, draft, block(idOfBlock("about", strconv.Itoa(runs)), "By another"), nil)
			})
			return e.Put(draft, block(quizID, "Test"), nil)
		})
		if changed || runs != 100 {
			s.t.Errorf("changed = %v after %d runs, want false after 100", changed, runs)
		}
		s.wantError(err, modulestore.ErrConflict, courseA.String())
	}},
	{name: "an edit that says it is in conflict is not run again", test: func(s store) {
		s.importSmall(courseA)
		runs := 0
		_, _, err := s.Update(s.ctx(), courseA, func(*modulestore.Edit) error {
			runs++
			return fmt.Errorf("the block is another one: %w", modulestore.ErrConflict)
		})
		s.wantError(err, modulestore.ErrConflict, "another one")
		if runs != 1 {
			s.t.Errorf("the edit ran %d times", runs)
		}
	}},
	{name: "two first versions of one course do not overwrite each other", test: func(s store) {
		v := s.update(courseA, func(e *modulestore.Edit) {
			if _, ok := e.Base(); !ok {
				s.cold().importSmall(courseA)
			}
			s.put(e, draft, block(quizID, "Test"), nil)
		})
		if n := len(s.snapshot(v, draft).Tree().Blocks); v.Seq != 2 || n != 3 {
			s.t.Errorf("the second one is version %d with %d blocks, want 2 with 3", v.Seq, n)
		}
	}},
	{name: "a lost reply is no lost edit", test: func(s store) {
		s.importSmall(courseA)
		s.probe.onAppend = func(_ modulestore.Entry, store func() error) error {
			if err := store(); err != nil {
				return err
			}
			return errors.New("connection reset")
		}
		v := s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Test"), nil) })
		if head, err := s.Head(s.ctx(), courseA); err != nil || head.Commit != v.Commit || v.Seq != 2 {
			s.t.Errorf("the edit is %v, the head %v, %v", v, head, err)
		}
	}},
	{name: "a reply lost with the caller's patience is no lost edit", test: func(s store) {
		s.importSmall(courseA)
		ctx, cancel := context.WithCancel(s.ctx())
		s.probe.onAppend = func(_ modulestore.Entry, store func() error) error {
			err := store()
			cancel()
			return errors.Join(err, ctx.Err())
		}
		v, changed, err := s.Update(ctx, courseA, func(e *modulestore.Edit) error { return e.Put(draft, block(quizID, "Test"), nil) })
		if !changed || err != nil || v.Seq != 2 {
			s.t.Errorf("got %v, %v, %v for an edit that is stored", v, changed, err)
		}
	}},
	{name: "a lost request is an error and no edit", test: func(s store) {
		s.importSmall(courseA)
		lost := errors.New("connection refused")
		s.probe.onAppend = func(modulestore.Entry, func() error) error { return lost }
		_, changed, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error { return e.Put(draft, block(quizID, "Test"), nil) })
		if changed || !errors.Is(err, lost) {
			s.t.Errorf("changed = %v, error %v", changed, err)
		}
		_, _, err = s.Update(s.ctx(), courseB, func(e *modulestore.Edit) error { return e.Put(draft, block(rootID, "First"), nil) })
		if !errors.Is(err, lost) {
			s.t.Errorf("the first version of a course: error %v", err)
		}
		s.probe.heal()
		if head, err := s.Head(s.ctx(), courseA); err != nil || head.Seq != 1 {
			s.t.Errorf("the head is %v, %v", head, err)
		}
	}},
	{name: "a lost request whose place was taken is made again", test: func(s store) {
		s.importSmall(courseA)
		runs := 0
		s.probe.onAppend = func(_ modulestore.Entry, store func() error) error {
			if runs++; runs > 1 {
				return store()
			}
			other := store2(s)
			other.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(idOfBlock("about", "a"), "By another"), nil) })
			return errors.New("connection refused")
		}
		v := s.update(courseA, func(e *modulestore.Edit) { s.put(e, draft, block(quizID, "Test"), nil) })
		if tree := s.cold().snapshot(v, draft).Tree(); v.Seq != 3 || len(tree.Detached) != 1 {
			s.t.Errorf("it is version %d with %d blocks of others, want 3 with 1", v.Seq, len(tree.Detached))
		}
	}},
	{name: "when nobody can tell, the error says so", test: func(s store) {
		s.importSmall(courseA)
		lost, down := errors.New("connection reset"), errors.New("server is down")
		s.probe.onAppend = func(modulestore.Entry, func() error) error {
			s.probe.onHead = func() error { return down }
			return lost
		}
		_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error { return e.Put(draft, block(quizID, "Test"), nil) })
		s.wantError(err, lost, "unknown whether version 2 was stored")
		s.wantError(err, down)
	}},
	{name: "a crash before the last step leaves nothing to see", test: func(s store) {
		v := s.importSmall(courseA)
		crash := errors.New("crash")
		s.probe.onAppend = func(modulestore.Entry, func() error) error { return crash }
		_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
			return e.Put(draft, block(quizID, "Test"), &modulestore.Body{Markup: "never seen"})
		})
		s.wantError(err, crash)
		s.probe.heal()
		if head, err := s.Head(s.ctx(), courseA); err != nil || head.Commit != v.Commit {
			s.t.Errorf("the head is %v, %v", head, err)
		}
		if report := s.verify(); report.Unreferenced != 4 || len(report.Faults) > 0 {
			s.t.Errorf("Verify finds %d unreferenced objects and faults %v; want a page, a body, a state and a commit", report.Unreferenced, report.Faults)
		}
	}},
	{name: "snapshots stay what they are while others write", test: func(s store) {
		v := s.importSample(courseA, 200)
		snap := s.snapshot(v, draft)
		want := maps.Clone(snap.Tree().Blocks)
		var leaves []key.BlockID
		for id := range want {
			if id.Type == "html" {
				leaves = append(leaves, id)
			}
		}
		var readers sync.WaitGroup
		done := make(chan struct{})
		for range 4 {
			readers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					n := 0
					snap.Tree().Walk(func(b *modulestore.Block, _ key.BlockID) bool {
						if want[b.ID] != b {
							s.t.Errorf("block %s has changed", b.ID)
						}
						n++
						return true
					})
					if n != len(want) || len(snap.Path(leaves[0])) != 5 || len(snap.Parents(leaves[0])) != 1 {
						s.t.Errorf("the snapshot has %d blocks, want %d", n, len(want))
					}
					if _, err := s.Snapshot(s.ctx(), v, draft); err != nil {
						s.t.Error(err)
					}
				}
			})
		}
		s.race(2, writes(), func(writer, i int) error {
			_, _, err := s.Update(s.ctx(), courseA, func(e *modulestore.Edit) error {
				return rename(s.ctx(), e, leaves[(writer*7+i)%len(leaves)], fmt.Sprint(writer, i))
			})
			return err
		})
		close(done)
		readers.Wait()
	}},
}

// store2 is another Store whose commits are not disturbed by the probe.
func store2(s store) store { return store{s.t, modulestore.New(s.probe.Backend), s.probe} }

// writes is how often each writer of a race writes.
func writes() int {
	if testing.Short() {
		return 2
	}
	return 6
}

// race runs writers at once, each n times, and counts the edits that were acknowledged. Losing all races is no failure.
func (s store) race(writers, n int, write func(writer, i int) error) (told int) {
	s.t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	for w := range writers {
		all.Go(func() {
			for i := range n {
				err := write(w, i)
				mu.Lock()
				switch {
				case err == nil:
					told++
				case !errors.Is(err, modulestore.ErrConflict):
					s.t.Errorf("writer %d: %v", w, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	s.t.Logf("%d of %d edits got through", told, writers*n)
	if told < n {
		s.t.Errorf("only %d of %d edits got through", told, writers*n)
	}
	return told
}
