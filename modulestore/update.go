package modulestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"lectern/modulestore/key"
)

const (
	// maxTries is how often an edit is made anew because another one was faster. With eight writers who never pause, one in three would give up
	// after eight tries; so that nobody does, it is much more.
	maxTries = 100
	// maxPause is the longest wait between two tries.
	maxPause = time.Second
	// askAgain is how long to wait for an answer after it became unclear whether a commit was stored.
	askAgain = 5 * time.Second
)

// errLostRace says that another version has taken the place of the one that was to be appended.
var errLostRace = errors.New("another version came first")

// Update makes the next version of c, from f's changes to the last one; a course that does not exist yet starts empty. changed
// is false, and nothing is written, exactly when draft, published and files are what they were. If somebody else makes a version
// meanwhile, f runs again on that one, so it must have no effect but its edits. If f or Update fails, nothing has changed.
func (s *Store) Update(ctx context.Context, c key.Course, f func(*Edit) error) (v Version, changed bool, err error) {
	var took time.Duration
	for try := range maxTries {
		switch try {
		case 0:
		case 1:
			leave, err := s.queue(ctx, c)
			if err != nil {
				return Version{}, false, err
			}
			defer leave()
		default:
			if err := pause(ctx, try, took); err != nil {
				return Version{}, false, err
			}
		}
		began := time.Now()
		v, changed, err = s.tryUpdate(ctx, c, f)
		took = time.Since(began)
		if !errors.Is(err, errLostRace) {
			return v, changed, err
		}
	}
	return Version{}, false, fmt.Errorf("%s: %w: gave up after %d attempts", c, ErrConflict, maxTries)
}

// queue lets edits of one course that have lost a race go one after the other, so that they do not make each other lose again.
func (s *Store) queue(ctx context.Context, c key.Course) (leave func(), err error) {
	s.queuesMu.Lock()
	q, ok := s.queues[c]
	if !ok {
		q = make(chan struct{}, 1)
		s.queues[c] = q
	}
	s.queuesMu.Unlock()
	select {
	case q <- struct{}{}:
		return func() { <-q }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pause waits for as long as some tries take, so that others get through, and not as long as edits in other processes do.
func pause(ctx context.Context, try int, took time.Duration) error {
	limit := max(min(took*time.Duration(min(try, 8)), maxPause), time.Millisecond)
	select {
	case <-time.After(time.Duration(mathrand.Int64N(int64(limit)))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) tryUpdate(ctx context.Context, c key.Course, f func(*Edit) error) (Version, bool, error) {
	e, next, err := s.rehearse(ctx, c, f)
	if err != nil {
		return Version{}, false, err
	}
	if next.roots == e.base.Roots {
		return e.base, false, nil
	}
	entry := s.describe(e, next)
	if err := s.putForNow(ctx, next); err != nil {
		return Version{}, false, fmt.Errorf("%s: %w", c, err)
	}
	if err := s.append(ctx, c, e.listTitle(next.roots), entry); err != nil {
		return Version{}, false, err
	}
	for _, t := range next.trees {
		s.trees.put(t)
	}
	return Version{Course: c, Entry: entry}, true, nil
}

// dryRun is Update without writing: it returns the last version, and whether there would be another.
func (s *Store) dryRun(ctx context.Context, c key.Course, f func(*Edit) error) (Version, bool, error) {
	e, next, err := s.rehearse(ctx, c, f)
	if err != nil {
		return Version{}, false, err
	}
	return e.base, next.roots != e.base.Roots, nil
}

// rehearse makes an edit of the head and says what it would come to. It writes nothing.
func (s *Store) rehearse(ctx context.Context, c key.Course, f func(*Edit) error) (*Edit, *outcome, error) {
	base, existed, err := s.base(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	e := s.newEdit(ctx, c, base, existed)
	next, err := e.run(f)
	return e, next, err
}

func (s *Store) base(ctx context.Context, c key.Course) (v Version, existed bool, err error) {
	e, err := s.backend.Head(ctx, c)
	if errors.Is(err, ErrNotFound) {
		return Version{Course: c}, false, nil
	}
	if err != nil {
		return Version{}, false, fmt.Errorf("%s: %w", c, err)
	}
	return Version{Course: c, Entry: e}, true, nil
}

// outcome is what an edit comes to.
type outcome struct {
	roots   Roots
	objects []Object // that the base does not have
	trees   []*pagedTree
	// borrowed is what the new version needs of versions other than the base.
	borrowed []reference
}

// describe makes the state, the commit and the log entry of a version.
func (s *Store) describe(e *Edit, next *outcome) Entry {
	state := (&state{next.roots}).object()
	c := commit{
		State:     state.ID,
		Author:    e.author,
		Time:      s.now(),
		Operation: e.op,
		Message:   e.message,
		Blocks:    e.about(),
		Nonce:     make([]byte, 8),
	}
	rand.Read(c.Nonce) // never fails
	if e.existed {
		c.Parents = []ID{e.base.Commit}
	}
	c.Parents = append(c.Parents, e.parents...)
	commit := c.object()
	next.objects = append(next.objects, state, commit)
	return Entry{
		Seq:       e.base.Seq + 1,
		Commit:    commit.ID,
		Prev:      e.base.Commit,
		Roots:     next.roots,
		Author:    c.Author,
		Time:      c.Time,
		Operation: c.Operation,
		Message:   c.Message,
		Blocks:    c.Blocks,
	}
}

// now is the time of a new version.
func (s *Store) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// append makes the version visible. When it is unclear whether that worked, the log tells.
func (s *Store) append(ctx context.Context, c key.Course, title string, e Entry) error {
	err := s.backend.Append(ctx, c, title, e)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrConflict):
		return errLostRace
	case errors.Is(err, ErrDuplicate):
		return s.explain(ctx, c, err)
	}
	err = fmt.Errorf("%s: %w", c, err)
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), askAgain)
	defer stop()
	list, logErr := s.backend.Log(ctx, c, e.Seq, 1)
	switch {
	case errors.Is(logErr, ErrNotFound) || logErr == nil && (len(list) == 0 || list[0].Seq != e.Seq):
		return err
	case logErr != nil:
		return fmt.Errorf("%w; and it is unknown whether version %d was stored: %w", err, e.Seq, logErr)
	case list[0].Commit != e.Commit:
		return errLostRace
	}
	return nil
}

// run lets f make its changes and tells what they come to.
func (e *Edit) run(f func(*Edit) error) (*outcome, error) {
	err := f(e)
	if e.err != nil {
		err = e.err
	}
	if err != nil {
		return nil, err
	}
	next, err := e.finish()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.course, err)
	}
	return next, nil
}

// finish cuts what has changed into pages.
func (e *Edit) finish() (*outcome, error) {
	next := &outcome{roots: e.base.Roots, borrowed: e.borrowed}
	if e.roots != nil {
		next.roots = *e.roots
		next.roots.Refs = e.base.Roots.Refs
	}
	if err := e.finishRefs(next); err != nil {
		return nil, err
	}
	if e.roots != nil {
		return next, nil
	}
	for _, b := range []Branch{Draft, Published} {
		be := e.branches[b]
		if be == nil || !be.changed {
			continue
		}
		if draft := e.branches[Draft]; b == Published && draft != nil && draft.changed && draft.tree == be.tree {
			next.roots.Published = next.roots.Draft // as in the import of a course without drafts
			continue
		}
		root, err := be.finish(next)
		if err != nil {
			return nil, invalid(fmt.Errorf("the %s branch: %w", b, err))
		}
		if b == Draft {
			next.roots.Draft = root
		} else {
			next.roots.Published = root
		}
	}
	if e.files != nil {
		root, objects, err := pageFiles(e.files)
		if err != nil {
			return nil, err
		}
		next.roots.Files = root
		next.objects = append(next.objects, objects...)
	}
	next.objects = append(next.objects, e.newBodies(next.trees)...)
	next.objects = append(next.objects, e.objects...)
	e.findBorrowed(next)
	next.objects = e.unknown(next.objects)
	return next, nil
}

func (be *branchEdit) finish(next *outcome) (ID, error) {
	if len(be.tree.Blocks) == 0 {
		return ID{}, nil
	}
	if be.base == nil {
		if err := checkTree(be.tree); err != nil {
			return ID{}, err
		}
	}
	paged, objects, err := pageTree(be.result(), be.base)
	if err != nil {
		return ID{}, err
	}
	next.trees = append(next.trees, paged)
	next.objects = append(next.objects, objects...)
	return paged.root, nil
}

// result is the tree as it is if the edit ends here: new blocks that nobody lists are detached.
func (be *branchEdit) result() *Tree {
	t := *be.tree
	for id := range be.added {
		t.Detached = append(t.Detached[:len(t.Detached):len(t.Detached)], id)
	}
	return &t
}

// newBodies are the bodies put in this edit that the trees use in the end.
func (e *Edit) newBodies(trees []*pagedTree) (objects []Object) {
	if len(e.bodies) == 0 {
		return nil
	}
	for _, t := range trees {
		for _, b := range t.tree.Blocks {
			if body := e.bodies[b.Body]; body != nil {
				objects = append(objects, body.Object())
			}
		}
	}
	return objects
}

// unknown leaves out objects that are there twice or that the trees of the base are known to have.
func (e *Edit) unknown(objects []Object) (fresh []Object) {
	open := make(map[ID]bool, len(objects))
	for _, o := range objects {
		open[o.ID] = true
	}
	for _, be := range e.branches {
		if be.base == nil {
			continue
		}
		for id := range be.base.pageIDs() {
			delete(open, id)
		}
		for _, b := range be.base.tree.Blocks {
			delete(open, b.Body)
		}
	}
	for _, o := range objects {
		if open[o.ID] {
			delete(open, o.ID)
			fresh = append(fresh, o)
		}
	}
	return fresh
}
