package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// leastEdits is over how many edits costs are averaged at least: tables of a database grow by leaps.
const leastEdits = 1000

// Storage is one place for a backend: Open opens it again each time, Size is the bytes it takes while it is closed.
type Storage struct {
	Open func() modulestore.Backend
	Size func() int64
}

// EditCosts measures what it costs to edit single leaves all over courses of 1,000, 5,000 and 20,000 blocks, by a store that has the
// course in memory: the time, what the backend is handed (objects, their bytes, and these with the log entry compressed one by
// one by zstd), how often it is called, and by how much it grows. fresh makes an empty storage.
func EditCosts(b *testing.B, fresh func(b *testing.B) Storage) {
	for _, blocks := range []int{1000, 5000, 20000} {
		b.Run(fmt.Sprintf("%d-blocks", blocks), func(b *testing.B) {
			storage := fresh(b)
			importTo(b, storage, blocks)
			before := storage.Size()
			m := newEditMeter(b, storage.Open(), blocks)
			for b.Loop() {
				m.edit()
			}
			for len(m.sizes) < leastEdits {
				m.edit()
			}
			m.close()
			m.report(b, storage.Size()-before)
		})
	}
}

// importTo makes the first version of the course: both branches alike.
func importTo(b testing.TB, storage Storage, blocks int) {
	b.Helper()
	store := modulestore.New(storage.Open())
	tree, bodies := Sample(blocks, 1)
	if err := store.Put(b.Context(), bodies); err != nil {
		b.Fatal(err)
	}
	_, _, err := store.Update(b.Context(), courseA, func(e *modulestore.Edit) error {
		e.Replace(tree, tree, nil, "")
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}

// editMeter makes edits and adds up what they cost.
type editMeter struct {
	b      testing.TB
	store  *modulestore.Store
	probe  *probe
	zip    *zstd.Encoder
	words  *generator
	leaves []key.BlockID

	sizes               []int // compressed bytes of each edit
	raw, objects, calls int
	time                time.Duration
}

func newEditMeter(b testing.TB, backend modulestore.Backend, blocks int) *editMeter {
	b.Helper()
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		b.Fatal(err)
	}
	m := &editMeter{b: b, probe: &probe{Backend: backend}, zip: zip, words: &generator{random: rand.NewPCG(2, uint64(blocks))}}
	m.store = modulestore.New(m.probe)
	tree, _ := Sample(blocks, 1)
	tree.Walk(func(block *modulestore.Block, _ key.BlockID) bool {
		if len(block.Children) == 0 {
			m.leaves = append(m.leaves, block.ID)
		}
		return true
	})
	m.edit() // loads the course
	m.sizes, m.raw, m.objects, m.calls, m.time = nil, 0, 0, 0, 0
	return m
}

// edit changes one leaf: of five edits three write new content, and two a setting.
func (m *editMeter) edit() {
	n := len(m.sizes)
	id := m.leaves[m.words.below(len(m.leaves))]
	m.probe.reset()
	start := time.Now()
	v, changed, err := m.store.Update(m.b.Context(), courseA, func(e *modulestore.Edit) error {
		e.Describe("somebody@example.org", "edit", "Change "+id.String())
		if n%5 >= 3 {
			return rename(m.b.Context(), e, id, fmt.Sprint(m.words.title(), " ", n))
		}
		leaf := *e.Tree(draft).Blocks[id]
		leaf.Attrs = slices.DeleteFunc(slices.Clone(leaf.Attrs), func(a modulestore.Attr) bool { return a.Long })
		return e.Put(draft, leaf, &modulestore.Body{Markup: fmt.Sprint("\n  <p>", m.words.prose(100+m.words.below(2900)), n, "</p>\n")})
	})
	m.time += time.Since(start)
	if err != nil || !changed {
		m.b.Fatalf("the edit of %s: changed %v, error %v", id, changed, err)
	}
	bytes := sizeOf(v.Entry)
	for _, o := range m.probe.objects {
		m.raw += len(o.Data)
		bytes += len(m.zip.EncodeAll(o.Data, nil))
	}
	m.sizes = append(m.sizes, bytes)
	m.objects += len(m.probe.objects)
	m.calls += m.probe.calls
}

func (m *editMeter) close() {
	if err := m.store.Close(); err != nil {
		m.b.Fatal(err)
	}
}

func (m *editMeter) report(b *testing.B, growth int64) {
	n := float64(len(m.sizes))
	sum := 0
	for _, size := range m.sizes {
		sum += size
	}
	b.ReportMetric(float64(sum)/n, "zstd-B/edit")
	b.ReportMetric(float64(slices.Max(m.sizes)), "largest-zstd-B")
	b.ReportMetric(float64(m.raw)/n, "raw-B/edit")
	b.ReportMetric(float64(growth)/n, "growth-B/edit")
	b.ReportMetric(float64(m.objects)/n, "objects/edit")
	b.ReportMetric(float64(m.calls)/n, "calls/edit")
	b.ReportMetric(float64(m.time.Microseconds())/1000/n, "ms/edit")
	b.ReportMetric(0, "ns/op") // it would include the measuring
}
