package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"text/tabwriter"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Cost is what an operation asks of a backend. Bytes are those of objects, not compressed, and of the fields of log entries.
type Cost struct {
	Reads, Read, ReadBytes      int // calls, documents, bytes
	Writes, Written, WriteBytes int
}

// within reports whether c is not above a ceiling. Bytes are bounded by kilobytes.
func (c Cost) within(most Cost) bool {
	return c.Reads <= most.Reads && c.Read <= most.Read && c.ReadBytes <= most.ReadBytes &&
		c.Writes <= most.Writes && c.Written <= most.Written && c.WriteBytes <= most.WriteBytes
}

// operation is a line of the table of costs.
type operation struct {
	name string
	// split is what the same takes in Open edX's split modulestore: finds, sends and SQL queries, by its own tests (test_mixed_modulestore.py), and
	// the bytes written for a course of 5,000 blocks.
	split string
	// prepare is done before, by a store of another author, and does not count.
	prepare func(s *operated) error
	run     func(s *operated) error
	// warm and cold are ceilings, for a course of 5,000 blocks and a store that has it in memory or has just been opened.
	warm, cold Cost
}

// operated is a store with the course of which costs are measured.
type operated struct {
	*modulestore.Store
	ctx  context.Context
	tree *modulestore.Tree
	turn int // so that no two edits are the same
	seen modulestore.Version
}

const kilobyte = 1 << 10

// operations are measured in this order, each first warm and then cold.
var operations = []operation{
	{
		name: "is there a block?", split: "1 / 0 / 0",
		run: func(s *operated) error {
			snapshot, err := s.open()
			if err == nil && len(snapshot.Path(s.leaf("problem"))) != 5 {
				err = errors.New("the block is not found")
			}
			return err
		},
		warm: Cost{Reads: 1, Read: 1, ReadBytes: kilobyte},
		cold: Cost{Reads: 4, Read: 700, ReadBytes: 2000 * kilobyte},
	},
	{
		name: "read a block with its content", split: "2 / 0 / 1",
		run: func(s *operated) error {
			snapshot, err := s.open()
			if err != nil {
				return err
			}
			_, err = snapshot.Body(s.ctx, s.leaf("problem"))
			return err
		},
		warm: Cost{Reads: 2, Read: 2, ReadBytes: 4 * kilobyte},
		cold: Cost{Reads: 5, Read: 700, ReadBytes: 2000 * kilobyte},
	},
	{
		name: "the whole course with all content", split: "2, or 37 lazily / 0 / 1",
		run: func(s *operated) error {
			snapshot, err := s.open()
			if err != nil {
				return err
			}
			_, err = snapshot.Bodies(s.ctx, nil)
			return err
		},
		warm: Cost{Reads: 6, Read: 5000, ReadBytes: 8000 * kilobyte},
		cold: Cost{Reads: 9, Read: 5700, ReadBytes: 10000 * kilobyte},
	},
	{
		name: "list the courses", split: "3 / 0 / 2",
		run: func(s *operated) error {
			_, err := s.Courses(s.ctx)
			return err
		},
		warm: Cost{Reads: 1, Read: 20, ReadBytes: 2 * kilobyte},
		cold: Cost{Reads: 1, Read: 20, ReadBytes: 2 * kilobyte},
	},
	{
		name: "change a setting", split: "3 / 2 / 4; 2.5 MB",
		run: func(s *operated) error {
			return s.edit(func(e *modulestore.Edit) error { return rename(s.ctx, e, s.leaf("html"), s.fresh("Another name")) })
		},
		warm: anEdit.plus(Cost{Reads: 1, Read: 1, ReadBytes: 4 * kilobyte}), cold: anEdit.plus(aLoad).plus(Cost{Reads: 1, Read: 1, ReadBytes: 4 * kilobyte}),
	},
	{
		name: "change content", split: "3 / 3 / 4; 2.5 MB",
		run:  func(s *operated) error { return s.edit(s.newContent) },
		warm: anEdit, cold: anEdit.plus(aLoad),
	},
	{
		name: "change content, while another author has changed something else", split: "the edit is lost",
		prepare: func(s *operated) (err error) {
			if s.seen, err = s.Head(s.ctx, courseA); err != nil {
				return err
			}
			err = s.edit(s.newContent)
			s.turn++
			return err
		},
		run: func(s *operated) error {
			r, err := s.UpdateFrom(s.ctx, s.seen, s.newContent)
			if err == nil && !r.Merged {
				err = errors.New("nothing was merged")
			}
			return err
		},
		warm: anEdit.plus(news).plus(Cost{Reads: 3, Read: 3, ReadBytes: kilobyte}),
		cold: anEdit.plus(aLoad).plus(news).plus(Cost{Reads: 3, Read: 3, ReadBytes: kilobyte}),
	},
	{
		name: "add a section, which publishes itself", split: "3 / 3 to 4 / 4; 5 MB",
		run: func(s *operated) error {
			return s.edit(func(e *modulestore.Edit) error {
				_, err := e.Create(s.ctx, modulestore.NewBlock{Type: "chapter", Name: fmt.Sprint("new-", s.turn), Parent: s.tree.Root, Position: -1})
				return err
			})
		},
		warm: anEdit.plus(anEdit), cold: anEdit.plus(anEdit).plus(aLoad).plus(aLoad),
	},

	{
		name: "what is not published?", split: "2 structures",
		run: func(s *operated) error {
			head, err := s.Head(s.ctx, courseA)
			if err == nil {
				_, err = s.DraftStatus(s.ctx, head)
			}
			return err
		},
		warm: Cost{Reads: 3, Read: 20, ReadBytes: 20 * kilobyte}, cold: aLoad.plus(aLoad),
	},
	{
		name: "publish the course", split: "2 / 2 / 4; 2.5 MB",
		prepare: func(s *operated) error { return s.edit(s.newContent) },
		run: func(s *operated) error {
			_, _, err := s.Publish(s.ctx, courseA, s.tree.Root, modulestore.PublishOptions{}, "author")
			return err
		},
		warm: anEdit.plus(news), cold: anEdit.plus(aLoad).plus(aLoad),
	},
	{
		name: "publish a block", split: "2 / 2 / 4; 2.5 MB",
		prepare: func(s *operated) error { return s.edit(s.newContent) },
		run: func(s *operated) error {
			_, _, err := s.Publish(s.ctx, courseA, s.leaf("video"), modulestore.PublishOptions{}, "author")
			return err
		},
		warm: anEdit.plus(news), cold: anEdit.plus(aLoad).plus(aLoad),
	},
	{
		name: "discard the draft of a block", split: "2 / 2 / 4; 2.5 MB",
		prepare: func(s *operated) error { return s.edit(s.newContent) },
		run: func(s *operated) error {
			_, _, err := s.Discard(s.ctx, courseA, s.leaf("video"), "author")
			return err
		},
		warm: anEdit.plus(news), cold: anEdit.plus(aLoad).plus(aLoad),
	},

	{
		name: "move a unit", split: "3 / 3 / 4; 5 MB",
		run: func(s *operated) error {
			return s.edit(func(e *modulestore.Edit) error {
				return e.Move(s.ctx, s.leaf("vertical"), key.BlockID{}, s.leaf("sequential"), -1)
			})
		},
		warm: anEdit.plus(anEdit), cold: anEdit.plus(anEdit).plus(aLoad).plus(aLoad),
	}, {
		name: "unpublish a unit", split: "2 / 2 / 4; 2.5 MB",
		run: func(s *operated) error {
			_, _, err := s.Unpublish(s.ctx, courseA, s.leaf("vertical"), "author")
			return err
		},
		warm: anEdit, cold: anEdit.plus(aLoad).plus(aLoad),
	}, {
		name: "delete a unit", split: "2 / 3 / 5; 5 MB",
		run: func(s *operated) error {
			return s.edit(func(e *modulestore.Edit) error {
				return e.Delete(s.ctx, s.leaf("vertical"), modulestore.DeleteOptions{})
			})
		},
		warm: anEdit.plus(anEdit), cold: anEdit.plus(anEdit).plus(aLoad).plus(aLoad),
	}, {
		name: "rerun the course", split: "the index, and a copy of every file",
		run: func(s *operated) error {
			head, err := s.Head(s.ctx, courseA)
			if err == nil {
				_, err = s.Rerun(s.ctx, head, course("Org", "Rerun", fmt.Sprint("run", s.turn)), "author")
			}
			return err
		},
		// It makes sure that everything is there and that no sweep takes it, a thousand objects at a time, for which pages are read.
		warm: Cost{Reads: 16, Read: 8000, ReadBytes: 2000 * kilobyte, Writes: 2, Written: 3, WriteBytes: kilobyte},
		cold: aLoad.plus(aLoad).plus(Cost{Reads: 16, Read: 8000, ReadBytes: 2000 * kilobyte, Writes: 2, Written: 3, WriteBytes: kilobyte}),
	},
	{
		name: "import the course", split: "5,001 documents, 8.3 MB",
		run: func(s *operated) error {
			tree, bodies := Sample(len(s.tree.Blocks), uint64(100+s.turn))
			if err := s.Put(s.ctx, bodies); err != nil {
				return err
			}
			_, _, err := s.Update(s.ctx, course("Org", "Import", fmt.Sprint("run", s.turn)), func(e *modulestore.Edit) error {
				e.Replace(tree, tree, nil, "")
				return nil
			})
			return err
		},
		warm: Cost{Reads: 1, Read: 1, ReadBytes: kilobyte, Writes: 7, Written: 5000, WriteBytes: 9000 * kilobyte},
		cold: Cost{Reads: 1, Read: 1, ReadBytes: kilobyte, Writes: 7, Written: 5000, WriteBytes: 9000 * kilobyte},
	},
}

// The ceilings of an edit of one block by a store that has the course in memory, of loading a branch, and of learning what another process has changed.
var (
	news   = Cost{Reads: 3, Read: 8, ReadBytes: 24 * kilobyte}
	anEdit = Cost{Reads: 1, Read: 1, ReadBytes: kilobyte, Writes: 2, Written: 8, WriteBytes: 32 * kilobyte}
	aLoad  = Cost{Reads: 4, Read: 700, ReadBytes: 2000 * kilobyte}
)

func (c Cost) plus(d Cost) Cost {
	return Cost{
		Reads: c.Reads + d.Reads, Read: c.Read + d.Read, ReadBytes: c.ReadBytes + d.ReadBytes,
		Writes: c.Writes + d.Writes, Written: c.Written + d.Written, WriteBytes: c.WriteBytes + d.WriteBytes,
	}
}

// newContent gives a video other content.
func (s *operated) newContent(e *modulestore.Edit) error {
	leaf := *e.Tree(draft).Blocks[s.leaf("video")]
	return e.Put(draft, leaf, &modulestore.Body{Markup: s.fresh("<source/>")})
}

// open is how each reader begins: the head, then its draft.
func (s *operated) open() (*modulestore.Snapshot, error) {
	head, err := s.Head(s.ctx, courseA)
	if err != nil {
		return nil, err
	}
	return s.Snapshot(s.ctx, head, draft)
}

// head gives the head of the course.
func (s *operated) head(tb testing.TB) modulestore.Version {
	tb.Helper()
	v, err := s.Head(s.ctx, courseA)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func (s *operated) edit(f func(*modulestore.Edit) error) error {
	_, changed, err := s.Update(s.ctx, courseA, f)
	if err == nil && !changed {
		err = errors.New("nothing has changed")
	}
	return err
}

// leaf is a block of that type, another one in each turn.
func (s *operated) leaf(kind string) key.BlockID {
	var all []key.BlockID
	s.tree.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if b.ID.Type == kind {
			all = append(all, b.ID)
		}
		return true
	})
	return all[7*s.turn%len(all)]
}

func (s *operated) fresh(text string) string { return fmt.Sprint(text, " ", s.turn) }

// meter counts what is asked of a backend.
type meter struct {
	modulestore.Backend
	mu sync.Mutex
	Cost
}

func (m *meter) read(documents, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Reads++
	m.Read += documents
	m.ReadBytes += bytes
}

func (m *meter) wrote(documents, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Writes++
	m.Written += documents
	m.WriteBytes += bytes
}

func sum(objects []modulestore.Object) (bytes int) {
	for i := range objects {
		bytes += len(objects[i].Data)
	}
	return bytes
}

func (m *meter) Put(ctx context.Context, g modulestore.Generation, objects []modulestore.Object) error {
	m.wrote(len(objects), sum(objects))
	return m.Backend.Put(ctx, g, objects)
}

func (m *meter) Append(ctx context.Context, c key.Course, title string, e modulestore.Entry) error {
	m.wrote(1, sizeOf(e))
	return m.Backend.Append(ctx, c, title, e)
}

func (m *meter) Get(ctx context.Context, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.Object, error) {
	objects, err := m.Backend.Get(ctx, kind, ids)
	m.read(len(objects), sum(objects))
	return objects, err
}

func (m *meter) Has(ctx context.Context, g modulestore.Generation, kind modulestore.Kind, ids []modulestore.ID) ([]modulestore.ID, error) {
	missing, err := m.Backend.Has(ctx, g, kind, ids)
	m.read(len(ids)-len(missing), 0)
	return missing, err
}

func (m *meter) Head(ctx context.Context, c key.Course) (modulestore.Entry, error) {
	e, err := m.Backend.Head(ctx, c)
	m.read(1, sizeOf(e))
	return e, err
}

func (m *meter) Log(ctx context.Context, c key.Course, from uint64, n int) ([]modulestore.Entry, error) {
	list, err := m.Backend.Log(ctx, c, from, n)
	bytes := 0
	for _, e := range list {
		bytes += sizeOf(e)
	}
	m.read(len(list), bytes)
	return list, err
}

func (m *meter) Contexts(ctx context.Context) ([]modulestore.Context, error) {
	list, err := m.Backend.Contexts(ctx)
	m.read(len(list), 100*len(list))
	return list, err
}

// measured is an operation with what it took.
type measured struct {
	operation
	warm, cold         Cost
	warmSent, coldSent int // commands that the engine was sent, where that is known
}

// measureOperations runs all operations on a course of that many blocks. sent, if not nil, gives the number of commands that the engine has been
// sent so far.
func measureOperations(tb testing.TB, backend modulestore.Backend, blocks int, sent func() int) (list []measured) {
	tb.Helper()
	m := &meter{Backend: backend}
	tree, bodies := Sample(blocks, 1)
	warm, other := modulestore.New(m), modulestore.New(m)
	if err := warm.Put(tb.Context(), bodies); err != nil {
		tb.Fatal(err)
	}
	s := &operated{Store: warm, ctx: tb.Context(), tree: tree}
	if err := s.edit(func(e *modulestore.Edit) error { e.Replace(tree, tree, nil, ""); return nil }); err != nil {
		tb.Fatal(err)
	}
	if sent == nil {
		sent = func() int { return 0 }
	}
	measure := func(o operation, store *modulestore.Store) (Cost, int) {
		s.Store = other
		s.turn++
		if o.prepare != nil {
			if err := o.prepare(s); err != nil {
				tb.Errorf("%s: %v", o.name, err)
			}
		}
		s.Store = store
		m.Cost = Cost{}
		before := sent()
		if err := o.run(s); err != nil {
			tb.Errorf("%s: %v", o.name, err)
		}
		return m.Cost, sent() - before
	}
	for _, o := range operations {
		r := measured{operation: o}
		r.warm, r.warmSent = measure(o, warm)
		r.cold, r.coldSent = measure(o, modulestore.New(m))
		// What the cold store has changed, the warm one has to learn.
		if _, err := warm.DraftStatus(tb.Context(), s.head(tb)); err != nil {
			tb.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// operationCases check the ceilings of every line of the table.
var operationCases = []storeCase{
	{name: "every operation stays below its ceilings", test: func(s store) {
		if testing.Short() {
			s.t.Skip("left out: -short was given, and what a Store asks of a backend is the same on every engine")
		}
		for _, r := range measureOperations(s.t, s.probe.Backend, 5000, nil) {
			if !r.warm.within(r.operation.warm) {
				s.t.Errorf("%s, warm: %+v; the ceiling is %+v", r.name, r.warm, r.operation.warm)
			}
			if !r.cold.within(r.operation.cold) {
				s.t.Errorf("%s, cold: %+v; the ceiling is %+v", r.name, r.cold, r.operation.cold)
			}
		}
	}},
}

// PrintOperations prints the table of what operations cost, for people.
func PrintOperations(b *testing.B, w io.Writer, engine string, backend modulestore.Backend, blocks int, sent func() int) {
	list := measureOperations(b, backend, blocks, sent)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s, a course of %d blocks\n", engine, blocks)
	fmt.Fprintln(t, "operation\tsplit: finds/sends/SQL\twarm: reads\tdocuments\tKB\twrites\tdocuments\tKB\tcommands\tcold: reads\tdocuments\tKB\twrites\tdocuments\tKB\tcommands")
	for _, r := range list {
		fmt.Fprintf(t, "%s\t%s", r.name, r.split)
		for _, c := range []struct {
			Cost
			sent int
		}{{r.warm, r.warmSent}, {r.cold, r.coldSent}} {
			fmt.Fprintf(t, "\t%d\t%d\t%.1f\t%d\t%d\t%.1f", c.Reads, c.Read, float64(c.ReadBytes)/kilobyte, c.Writes, c.Written, float64(c.WriteBytes)/kilobyte)
			if sent == nil {
				fmt.Fprint(t, "\t-")
			} else {
				fmt.Fprintf(t, "\t%d", c.sent)
			}
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush()
	b.ReportMetric(0, "ns/op")
}
