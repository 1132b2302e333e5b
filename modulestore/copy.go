package modulestore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lectern/modulestore/key"
)

// CopyReport says what Copy has done for one course.
type CopyReport struct {
	Course   key.Course
	Head     uint64 // number of the last version
	Versions int    // that were added
	Objects  int    // that were added
	Bytes    int64  // of those, uncompressed
	Purged   int    // objects that were taken down here because they were there
}

// AllCourses lists all courses and libraries, the deleted ones too, sorted by key.
func (s *Store) AllCourses(ctx context.Context) ([]Context, error) {
	all, err := s.backend.Contexts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list courses: %w", err)
	}
	return all, nil
}

// Copy adds to s those versions of a course of from that s lacks, with the same numbers and commits. Every object is hashed again on the way,
// and a version becomes visible when everything that it refers to is there; so a copy that was interrupted goes on when it is run
// again. Of versions that were pruned only the history is copied; that they were pruned is known when the last version is there. What was taken down in from, for
// whatever course, is taken down in s. It fails with ErrConflict, and changes nothing, when both stores have versions of their own. progress, if not nil, is told the number
// of objects done.
func (s *Store) Copy(ctx context.Context, from *Store, course Context, progress func(done int)) (*CopyReport, error) {
	y := &copier{ctx: ctx, from: from, to: s, course: course, progress: progress, report: &CopyReport{Course: course.Course}}
	y.walker = newWalker(y.transfer)
	if err := y.run(); err != nil {
		return nil, fmt.Errorf("copy %s: %w", course.Course, err)
	}
	return y.report, nil
}

// copier copies one course.
type copier struct {
	ctx      context.Context
	from, to *Store
	course   Context
	progress func(done int)
	walker   *walker
	refs     *Refs   // of the last version
	now      Version // that is being copied
	report   *CopyReport
}

// run copies the versions in their order.
func (y *copier) run() error {
	head, err := y.from.last(y.ctx, y.course.Course)
	if err != nil {
		return err
	}
	if y.walker.buried, err = y.from.buried(y.ctx); err != nil {
		return err
	}
	if y.refs, err = y.from.Refs(y.ctx, head); err != nil {
		return err
	}
	there, err := y.to.backend.Head(y.ctx, y.course.Course)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := y.checkCommon(head.Entry, there); err != nil {
		return err
	}
	y.report.Head = max(head.Seq, there.Seq)
	if y.report.Purged, err = y.to.carry(y.ctx, y.walker.buried); err != nil {
		return err
	}
	for next := there.Seq + 1; next <= head.Seq; {
		n := min(batchObjects, head.Seq-next+1)
		list, err := y.from.Log(y.ctx, y.course.Course, next+n-1, int(n))
		if err != nil {
			return err
		}
		for _, v := range slices.Backward(list) {
			if v.Seq != next {
				return fmt.Errorf("version %d: %w: the log has a gap", next, ErrCorrupt)
			}
			if err := y.version(v); err != nil {
				return fmt.Errorf("version %d: %w", v.Seq, err)
			}
			next++
		}
	}
	return nil
}

// checkCommon checks that the log of one store begins with the log of the other. Each version names the one before by its hash, so it is
// enough to look at the last number that both have.
func (y *copier) checkCommon(head, there Entry) error {
	last := min(head.Seq, there.Seq)
	if last == 0 {
		return nil
	}
	var commits []ID
	for _, s := range []*Store{y.from, y.to} {
		list, err := s.Log(y.ctx, y.course.Course, last, 1)
		if err != nil {
			return err
		}
		commits = append(commits, list[0].Commit)
	}
	if commits[0] != commits[1] {
		return fmt.Errorf("%w: version %d is %s in one store and %s in the other", ErrConflict, last, commits[0].Short(), commits[1].Short())
	}
	return nil
}

// version copies what a version needs, and then adds the version.
func (y *copier) version(v Version) error {
	y.now = v
	y.walker.seen[v.Prev] = true // the version before is there
	if err := y.walker.walk(v.references(y.refs.IsPruned(v.Seq))); err != nil {
		return err
	}
	if err := y.to.backend.Append(y.ctx, v.Course, y.title(v), v.Entry); err != nil {
		return err
	}
	y.report.Versions++
	return nil
}

// title names the course in lists. Versions on the way to the last one are not listed for long, so they get its title.
func (y *copier) title(v Version) string {
	switch {
	case v.Deleted():
		return ""
	case y.course.Title == "":
		return v.Course.String()
	}
	return y.course.Title
}

// transfer copies those of the objects that are missing in the other store. Those that lead to others are all read.
func (y *copier) transfer(kind Kind, ids []ID, found func(ID, decoded)) error {
	batch := batchObjects
	if kind == KindChunk {
		batch = batchBytes / ChunkSize
	}
	for some := range slices.Chunk(ids, batch) {
		missing, err := y.to.backend.Has(y.ctx, y.to.generation(), kind, some)
		if err != nil {
			return err
		}
		wanted := missing
		if kind.refers() {
			wanted = some
		}
		data, err := y.from.get(y.ctx, kind, wanted)
		if err != nil {
			return err
		}
		for id, data := range data {
			c, err := decodeObject(kind, data)
			if err == nil {
				err = y.check(id, c)
			}
			if err != nil {
				return fmt.Errorf("%s %s: %w", kind, id.Short(), err)
			}
			found(id, c)
		}
		if err := y.store(kind, missing, data); err != nil {
			return err
		}
	}
	return nil
}

// check refuses a commit that says something else than the log.
func (y *copier) check(id ID, c decoded) error {
	if commit, ok := c.(*commit); ok && id == y.now.Commit && commit.State != y.now.Roots.state() {
		return fmt.Errorf("%w: its state has other roots than the log", ErrCorrupt)
	}
	return nil
}

func (y *copier) store(kind Kind, ids []ID, data map[ID][]byte) error {
	objects := make([]Object, len(ids))
	for i, id := range ids {
		objects[i] = Object{ID: id, Kind: kind, Data: data[id]}
		y.report.Bytes += int64(len(data[id]))
	}
	y.report.Objects += len(ids)
	if err := y.to.Put(y.ctx, objects); err != nil {
		return err
	}
	if y.progress != nil {
		y.progress(len(y.walker.seen))
	}
	return nil
}
