package modulestore

import (
	"context"
	"fmt"
	"slices"

	"lectern/modulestore/key"
)

// courseLog is all versions of a course, with what the last one keeps beside its content.
type courseLog struct {
	course   key.Course
	versions []Version // oldest first
	refs     *Refs
}

func (l *courseLog) entries() []Entry {
	list := make([]Entry, len(l.versions))
	for i := range l.versions {
		list[i] = l.versions[i].Entry
	}
	return list
}

// courseLog reads the log of a course up to a version, which is its last one.
func (s *Store) courseLog(ctx context.Context, head Version, refs *Refs) (*courseLog, error) {
	versions, err := s.logAfter(ctx, head.Course, 0)
	if err != nil {
		return nil, err
	}
	for i, v := range versions {
		if v.Seq != uint64(i+1) {
			return nil, fmt.Errorf("%s: %w: the log has a gap before version %d", head.Course, ErrCorrupt, v.Seq)
		}
	}
	if uint64(len(versions)) < head.Seq {
		return nil, fmt.Errorf("%s: %w: the log ends at version %d, not %d", head.Course, ErrCorrupt, len(versions), head.Seq)
	}
	return &courseLog{course: head.Course, versions: versions[:head.Seq], refs: refs}, nil
}

// marker visits everything that the versions of courses need, to tell it from what can go. It reads no bodies and no chunks: that such an
// object is missing is for Verify to find.
type marker struct {
	*walker
	store    *Store
	ctx      context.Context
	progress func(done int)
	visit    func(id ID, c decoded) // if not nil, is told what refers to what
}

func (s *Store) newMarker(ctx context.Context, progress func(done int)) (*marker, error) {
	m := &marker{store: s, ctx: ctx, progress: progress}
	m.walker = newWalker(m.read)
	var err error
	m.buried, err = s.buried(ctx)
	return m, err
}

// mark visits what a course needs.
func (m *marker) mark(l *courseLog) error {
	var kept, pruned []reference
	for _, v := range l.versions {
		if l.refs.IsPruned(v.Seq) {
			pruned = append(pruned, v.references(true)...)
		} else {
			kept = append(kept, v.references(false)...)
		}
	}
	for _, refs := range [][]reference{kept, pruned} {
		if err := m.walk(refs); err != nil {
			return fmt.Errorf("%s: %w", l.course, err)
		}
	}
	return nil
}

// read loads objects that may lead to others. That one is missing or damaged is an error.
func (m *marker) read(kind Kind, ids []ID, found func(ID, decoded)) error {
	if !kind.refers() {
		return nil
	}
	for batch := range slices.Chunk(ids, batchObjects) {
		err := m.store.load(m.ctx, kind, batch, func(id ID, c decoded) {
			if m.visit != nil {
				m.visit(id, c)
			}
			found(id, c)
		})
		if err != nil {
			return err
		}
		if m.progress != nil {
			m.progress(len(m.seen))
		}
	}
	return nil
}

// buried are the objects that were taken down.
func (s *Store) buried(ctx context.Context) (map[ID]Tombstone, error) {
	list, err := s.backend.Tombstones(ctx)
	if err != nil {
		return nil, fmt.Errorf("list what was taken down: %w", err)
	}
	buried := make(map[ID]Tombstone, len(list))
	for _, t := range list {
		buried[t.ID] = t
	}
	return buried, nil
}
