package modulestore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"lectern/modulestore/key"
)

// Branch is one of the two trees of a version.
type Branch string

// Draft is what authors see and edit, Published what learners get.
const (
	Draft     Branch = "draft"
	Published Branch = "published"
)

// The most that is handed to the backend or asked from it in one call.
const (
	batchObjects = 1000
	batchBytes   = 8 << 20
)

const secondsOfDay = 24 * 60 * 60

// cacheBlocks is the number of blocks whose trees a Store keeps in memory, some 100 MB.
const cacheBlocks = 120_000

// Store keeps every version of every course in a Backend. It is safe for concurrent use.
type Store struct {
	// Now gives the time of new versions. It is set before the first use.
	Now func() time.Time

	backend  Backend
	trees    *treeCache
	queuesMu sync.Mutex
	queues   map[key.Course]chan struct{} // see queue
}

// New makes a Store on b.
func New(b Backend) *Store {
	return &Store{Now: time.Now, backend: b, trees: newTreeCache(cacheBlocks), queues: make(map[key.Course]chan struct{})}
}

// Close closes the backend.
func (s *Store) Close() error { return s.backend.Close() }

// Put stores objects that a later version will refer to, made by Body.Object and SplitBlob, and returns when they are durable.
// Objects that no version refers to are invisible and harmless, so a Put may be repeated or given up.
func (s *Store) Put(ctx context.Context, objects []Object) error {
	for i := range objects {
		if o := &objects[i]; len(o.Data) > maxObject {
			return invalid(fmt.Errorf("a %s of %d MB is too large; the limit is %d MB", o.Kind, len(o.Data)>>20, maxObject>>20))
		}
	}
	g := s.generation()
	calls, storing := errgroup.WithContext(ctx)
	calls.SetLimit(2) // a backend prepares one batch while it waits for the disk or the network with the other
	for len(objects) > 0 && storing.Err() == nil {
		n := putBatch(objects)
		batch := objects[:n]
		calls.Go(func() error {
			if err := s.backend.Put(storing, g, batch); err != nil {
				return fmt.Errorf("store %d objects: %w", n, err)
			}
			return nil
		})
		objects = objects[n:]
	}
	if err := calls.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// generation is the one in which objects are written now.
func (s *Store) generation() Generation { return Generation(s.Now().Unix() / secondsOfDay) }

// putBatch is the number of objects that go to the backend in one call.
func putBatch(objects []Object) (n int) {
	for bytes := 0; n < len(objects) && n < batchObjects; n++ {
		if bytes += len(objects[n].Data); n > 0 && bytes > batchBytes {
			break
		}
	}
	return n
}

// Courses lists all courses and libraries but the deleted ones, sorted by key.
func (s *Store) Courses(ctx context.Context) ([]Context, error) {
	all, err := s.backend.Contexts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list courses: %w", err)
	}
	live := all[:0]
	for _, c := range all {
		if c.Title != "" {
			live = append(live, c)
		}
	}
	return live, nil
}

// Snapshot loads one branch of a version: ErrNotFound if the version has no such branch, ErrPruned if its content was given up. A snapshot never changes,
// whatever is written meanwhile.
func (s *Store) Snapshot(ctx context.Context, v Version, b Branch) (*Snapshot, error) {
	root, err := v.Roots.branch(b)
	if err != nil {
		return nil, err
	}
	if root.IsZero() {
		if v.Deleted() {
			return nil, fmt.Errorf("%s: the %s branch: %w", v, b, s.deletion(ctx, v))
		}
		return nil, NotFound("%s has no %s branch", v, b)
	}
	t, err := s.tree(ctx, root)
	if err != nil {
		return nil, fmt.Errorf("%s: the %s branch: %w", v, b, s.explainLoss(ctx, v, err))
	}
	return &Snapshot{store: s, version: v, branch: b, paged: t}, nil
}

func (r Roots) branch(b Branch) (ID, error) {
	switch b {
	case Draft:
		return r.Draft, nil
	case Published:
		return r.Published, nil
	}
	return ID{}, invalid(fmt.Errorf("there is no branch %q; it must be %s or %s", b, Draft, Published))
}

// tree returns the tree with that root from memory or from the backend.
func (s *Store) tree(ctx context.Context, root ID) (*pagedTree, error) {
	if t, ok := s.trees.get(root); ok {
		return t, nil
	}
	t, err := s.loadTree(ctx, root)
	if err != nil {
		return nil, err
	}
	s.trees.put(t)
	return t, nil
}

// Files loads the record of the archive that a version came from. It is empty if the version did not come from one.
func (s *Store) Files(ctx context.Context, v Version) (*Files, error) {
	if v.Roots.Files.IsZero() {
		return &Files{}, nil
	}
	f, err := s.loadFiles(ctx, v.Roots.Files)
	if err != nil {
		return nil, fmt.Errorf("%s: the record of files: %w", v, s.explainLoss(ctx, v, err))
	}
	return f, nil
}

// Version is one version of one course. One without content deletes the course.
type Version struct {
	Course key.Course
	Entry
	// Branch names the side branch that the version is on; it is empty for versions of the main line, the log. Seq is then the number of the version of
	// the main line that recorded it.
	Branch string
}

// String names the version for people.
func (v Version) String() string { return v.Course.String() + " " + v.Name() }

// Name names the version within its course.
func (v Version) Name() string {
	switch {
	case v.Branch != "":
		return "branch " + v.Branch
	case v.Seq == 0 && !v.Commit.IsZero(): // an earlier one of a side branch
		return "commit " + v.Commit.Short()
	}
	return fmt.Sprintf("version %d", v.Seq)
}

// Deleted reports whether the version deletes the course.
func (v Version) Deleted() bool { return v.deletes() }

func (e Entry) deletes() bool { return e.Roots.content() == Roots{} }
