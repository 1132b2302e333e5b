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
// again. It fails with ErrConflict, and changes nothing, when both stores have versions of their own. progress, if not nil, is told the number
// of objects done.
func (s *Store) Copy(ctx context.Context, from *Store, course Context, progress func(done int)) (*CopyReport, error) {
	y := &copier{
		ctx: ctx, from: from, to: s, course: course, progress: progress,
		seen: make(map[ID]bool), report: &CopyReport{Course: course.Course},
	}
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
	seen     map[ID]bool // objects that were done
	report   *CopyReport
}

// run copies the versions in their order.
func (y *copier) run() error {
	head, err := y.from.last(y.ctx, y.course.Course)
	if err != nil {
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

// version copies what a version refers to, and then adds the version.
func (y *copier) version(v Version) error {
	if err := y.commit(v); err != nil {
		return err
	}
	for _, root := range []ID{v.Roots.Draft, v.Roots.Published} {
		if err := y.tree(root); err != nil {
			return err
		}
	}
	if err := y.files(v.Roots.Files); err != nil {
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

// commit copies the commit and its state, which must say the same as the log.
func (y *copier) commit(v Version) error {
	var state ID
	err := y.transfer(KindCommit, []ID{v.Commit}, func(_ ID, data []byte) error {
		c, err := decodeCommit(data)
		if err == nil {
			state = c.State
		}
		return err
	})
	if err != nil {
		return err
	}
	return y.transfer(KindState, []ID{state}, func(_ ID, data []byte) error {
		s, err := decodeState(data)
		if err == nil && s.Roots != v.Roots {
			err = fmt.Errorf("%w: it has other roots than the log", ErrCorrupt)
		}
		return err
	})
}

// tree copies the pages of a tree that were not done yet, and their bodies.
func (y *copier) tree(root ID) error {
	if root.IsZero() {
		return nil
	}
	pages := make(map[ID]*page)
	for level := []ID{root}; len(level) > 0; level = nextLevel(pages, level) {
		var bodies []ID
		err := y.transfer(KindPage, level, func(id ID, data []byte) error {
			p, err := decodePage(data)
			if err != nil {
				return err
			}
			pages[id] = p
			for i := range p.Blocks {
				if body := p.Blocks[i].Body; !body.IsZero() {
					bodies = append(bodies, body)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := y.transfer(KindBody, bodies, nil); err != nil {
			return err
		}
	}
	return nil
}

// files copies the pages of a record of files that were not done yet, and the files.
func (y *copier) files(root ID) error {
	if root.IsZero() {
		return nil
	}
	pages := make(map[ID]*filesPage)
	for level := []ID{root}; len(level) > 0; level = nextFiles(pages, level) {
		var blobs []Blob
		err := y.transfer(KindFiles, level, func(id ID, data []byte) error {
			p, err := decodeFilesPage(data)
			if err != nil {
				return err
			}
			pages[id] = p
			for i := range p.Entries {
				blobs = append(blobs, p.Entries[i].Blob)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := y.blobs(blobs); err != nil {
			return err
		}
	}
	return nil
}

func (y *copier) blobs(blobs []Blob) error {
	var manifests, chunks []ID
	for _, b := range blobs {
		if b.Manifest {
			manifests = append(manifests, b.ID)
		} else {
			chunks = append(chunks, b.ID)
		}
	}
	err := y.transfer(KindManifest, manifests, func(_ ID, data []byte) error {
		m, err := decodeManifest(data)
		if err == nil {
			chunks = append(chunks, m.Chunks...)
		}
		return err
	})
	if err != nil {
		return err
	}
	return y.transfer(KindChunk, chunks, nil)
}

// transfer copies those of the objects that were not done yet and that are missing in the other store. With use, all that were not done are
// read and handed to it.
func (y *copier) transfer(kind Kind, ids []ID, use func(id ID, data []byte) error) error {
	batch := batchObjects
	if kind == KindChunk {
		batch = batchBytes / ChunkSize
	}
	for some := range slices.Chunk(y.fresh(ids), batch) {
		missing, err := y.to.backend.Has(y.ctx, y.to.generation(), kind, some)
		if err != nil {
			return err
		}
		wanted := missing
		if use != nil {
			wanted = some
		}
		found, err := y.from.get(y.ctx, kind, wanted)
		if err != nil {
			return err
		}
		if use != nil {
			for id, data := range found {
				if err := use(id, data); err != nil {
					return fmt.Errorf("%s %s: %w", kind, id.Short(), err)
				}
			}
		}
		if err := y.store(kind, missing, found); err != nil {
			return err
		}
	}
	return nil
}

// fresh gives the ids that were not done, each once, and notes that they are.
func (y *copier) fresh(ids []ID) (list []ID) {
	for _, id := range ids {
		if !y.seen[id] {
			y.seen[id] = true
			list = append(list, id)
		}
	}
	return list
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
		y.progress(len(y.seen))
	}
	return nil
}
