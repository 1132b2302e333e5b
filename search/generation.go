package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"

	"lectern/modulestore/key"
)

// ErrDamaged is the cause of errors of an index that cannot be used any more and has to be made again.
var ErrDamaged = errors.New("the search index is damaged")

// generation is one index in a folder of its own. There is one writer at a time, which its owner sees to.
type generation struct {
	kind   Kind
	folder string
	index  bleve.Index
	schema string // as it was made

	columns columns // of its documents
	spoken  spoken
	many    uint64 // from so many documents on, searches sweep it in parts

	mu      sync.Mutex
	stamps  map[key.Course]Stamp
	sorted  []key.Course // the courses of stamps by their keys; nil until somebody asks
	changes uint64       // of stamps
	damage  error
	users   int
	closed  bool // it is to be closed when the last user has gone
}

// Times after which bleve is given up.
const (
	lockTimeout = "1s"
	// batchTimeout is longer than any batch takes that will end: when the merging of segments has died, a batch waits for ever.
	batchTimeout = 60 * time.Second
)

// lockTimedOut is the error of the file below bleve when another process has locked it for longer than lockTimeout.
const lockTimedOut = "timeout"

// engineSettings are those that are no part of the schema.
func engineSettings() map[string]any {
	return map[string]any{
		"bolt_timeout":           lockTimeout,
		"asyncErrorCallbackName": asyncErrors,
		"scorchPersisterOptions": map[string]any{"numPersisterWorkers": 2, "maxSizeInMemoryMergePerWorker": 64_000_000},
		"scorchMergePlanOptions": map[string]any{"floorSegmentFileSize": 10_000_000, "maxSegmentsPerTier": 5},
	}
}

// The keys of what an index keeps about itself.
var schemaKey = []byte("schema")

// createGeneration makes an empty index.
func createGeneration(k Kind, folder, schema string, m mapping.IndexMapping) (*generation, error) {
	index, err := bleve.NewUsing(folder, m, scorch.Name, scorch.Name, engineSettings())
	if err != nil {
		return nil, fmt.Errorf("create the index %s: %w", folder, err)
	}
	g := &generation{kind: k, folder: folder, index: index, schema: schema, many: manyDocuments, stamps: make(map[key.Course]Stamp)}
	if err := index.SetInternal(schemaKey, []byte(schema)); err != nil {
		return nil, errors.Join(fmt.Errorf("write to the index %s: %w", folder, err), index.Close())
	}
	watch(g)
	return g, nil
}

// openGeneration opens an index. Whatever is wrong with it is damage, unless another program has it.
func openGeneration(ctx context.Context, k Kind, folder string) (g *generation, err error) {
	defer func() {
		if p := recover(); p != nil {
			g, err = nil, fmt.Errorf("%w: %s: %v", ErrDamaged, folder, p)
		}
	}()
	defer catchFaults()()
	if err := checkSegments(ctx, folder); err != nil {
		return nil, err
	}
	index, err := bleve.OpenUsing(folder, engineSettings())
	switch {
	case err != nil && strings.HasSuffix(err.Error(), lockTimedOut):
		return nil, fmt.Errorf("%w: another program has opened %s", ErrBusy, folder)
	case err != nil:
		return nil, fmt.Errorf("%w: open %s: %w", ErrDamaged, folder, err)
	}
	g = &generation{kind: k, folder: folder, index: index, many: manyDocuments}
	if err := g.load(ctx); err != nil {
		return nil, errors.Join(err, index.Close())
	}
	watch(g)
	return g, nil
}

// load reads what the index says about itself.
func (g *generation) load(ctx context.Context) error {
	schema, err := g.index.GetInternal(schemaKey)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, g.folder, err)
	}
	g.schema = string(schema)
	if g.stamps, err = readStamps(ctx, g.index); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, g.folder, err)
	}
	return nil
}

// stamp says what the index has of a course.
func (g *generation) stamp(c key.Course) (Stamp, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.stamps[c]
	return s, ok
}

// note and forget keep in memory what has been written.
func (g *generation) note(s *Stamp) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stamps[s.Course], g.sorted = *s, nil
	g.changes++
}

// doubt has to be called before what an index has of a course changes: until note or forget, its stamp says nothing of what searches find.
func (g *generation) doubt(c key.Course) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s, ok := g.stamps[c]; ok {
		s.Partial = true
		g.stamps[c] = s
	}
	g.changes++
}

// revision is another one whenever something has changed of what the index has.
func (g *generation) revision() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changes
}

func (g *generation) forget(c key.Course) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.stamps, c)
	g.sorted = nil
	g.changes++
}

// courses lists the courses that the index has something of, sorted by key. Every search asks for them, so the list is shared: nobody may change it.
func (g *generation) courses() []key.Course {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sorted == nil {
		all := make(map[key.Course]bool, len(g.stamps))
		for c := range g.stamps {
			all[c] = true
		}
		g.sorted = sorted(all)
	}
	return g.sorted
}

// spoil notes damage; the first counts.
func (g *generation) spoil(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.damage == nil {
		g.damage = err
	}
}

func (g *generation) spoiled() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.damage
}

// guard calls use and turns a panic, and the fault of a file that has been cut short, into damage.
func (g *generation) guard(use func(bleve.Index) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %s: %v", ErrDamaged, g.folder, p)
			g.spoil(err)
		}
	}()
	defer catchFaults()()
	return use(g.index)
}

// apply writes a batch. Nothing but bleve's own death can make it wait longer than batchTimeout; that is damage.
func (g *generation) apply(b *bleve.Batch) error {
	done := make(chan error, 1)
	go func() { done <- g.guard(func(index bleve.Index) error { return index.Batch(b) }) }()
	late := time.NewTimer(batchTimeout)
	defer late.Stop()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("write to the index %s: %w", g.folder, err)
		}
		return nil
	case <-late.C:
		err := fmt.Errorf("%w: %s: a batch did not end within %s", ErrDamaged, g.folder, batchTimeout)
		g.spoil(err)
		return err
	}
}

// enter and leave count who is using the index.
func (g *generation) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.users++
}

func (g *generation) leave() {
	g.mu.Lock()
	g.users--
	last := g.closed && g.users == 0
	g.mu.Unlock()
	if last {
		g.remove()
	}
}

// retire closes and deletes the index as soon as nobody uses it.
func (g *generation) retire() {
	g.enter()
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.leave()
}

// remove closes the index and deletes its folder. What cannot be deleted is deleted the next time the indexes are opened.
func (g *generation) remove() {
	_ = g.close()
	_ = os.RemoveAll(g.folder)
}

func (g *generation) close() error {
	unwatch(g)
	if g.spoiled() != nil {
		// An index whose goroutines have died may never close. The process keeps its files open until it ends.
		go func() { _ = g.guard(func(index bleve.Index) error { return index.Close() }) }()
		return nil
	}
	return g.guard(func(index bleve.Index) error { return index.Close() })
}

// segments lists the files of an index that hold documents.
func segments(folder string) ([]string, error) {
	return filepath.Glob(filepath.Join(folder, "store", "*.zap"))
}
