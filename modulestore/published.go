package modulestore

import (
	"context"
	"fmt"
	"iter"
	"time"

	"lectern/modulestore/key"
)

// Operations that bring blocks to learners together with all below them.
const (
	opPublish = "publish"
	opRestore = "restore"
	// opPublishAlone is that of a publish that brought the record of a block alone.
	opPublishAlone = "publish-alone"
)

// Publication is a version that changed what learners see.
type Publication struct {
	Version   uint64
	Author    string
	Time      time.Time
	Operation string
	Message   string
	Blocks    []key.BlockID // as in Entry: none if it was about the whole course
}

func publicationOf(e *Entry) Publication {
	return Publication{
		Version: e.Seq, Author: e.Author, Time: e.Time, Operation: e.Operation, Message: e.Message, Blocks: e.Blocks,
	}
}

// PublishLog returns at most n publications of c from version number from downwards, newest first; from 0 means from the head. They are the versions
// that changed the published branch, and those that were made to publish something.
func (s *Store) PublishLog(ctx context.Context, c key.Course, from uint64, n int) ([]Publication, error) {
	list := make([]Publication, 0, min(n, batchObjects))
	if n <= 0 {
		return list, nil
	}
	for p, err := range s.publications(ctx, c, from) {
		if err != nil {
			return nil, err
		}
		if list = append(list, p); len(list) == n {
			break
		}
	}
	return list, nil
}

// publications yields the publications of a course, newest first. It reads the log in batches, each beginning with the last entry of the one before.
func (s *Store) publications(ctx context.Context, c key.Course, from uint64) iter.Seq2[Publication, error] {
	return func(yield func(Publication, error) bool) {
		for {
			versions, err := s.Log(ctx, c, from, batchObjects)
			if err != nil {
				yield(Publication{}, err)
				return
			}
			for i := range versions {
				e, before := &versions[i].Entry, Roots{}
				switch {
				case i+1 < len(versions):
					before = versions[i+1].Roots
				case e.Seq > 1 && i > 0:
					continue // it begins the next batch
				case e.Seq > 1:
					yield(Publication{}, fmt.Errorf("%s version %d: %w: the log has a gap", c, e.Seq-1, ErrCorrupt))
					return
				}
				published := e.Roots.Published != before.Published || e.Operation == opPublish || e.Operation == opPublishAlone
				if published && !yield(publicationOf(e), nil) {
					return
				}
			}
			last := versions[len(versions)-1].Seq
			if last == 1 {
				return
			}
			from = last
		}
	}
}

// LastPublished finds for blocks, for all if ids is nil, the last publication that brought them to the published branch of a version: one of the
// whole course; one of the block or, by publish and restore, of a block above it as the version has it; or one by another operation, of the
// block itself. A block that none of them names came with the one above it. Blocks that are not published are not in the map.
func (s *Store) LastPublished(ctx context.Context, v Version, ids []key.BlockID) (map[key.BlockID]Publication, error) {
	if v.Roots.Published.IsZero() {
		return map[key.BlockID]Publication{}, nil
	}
	published, err := s.tree(ctx, v.Roots.Published)
	if err != nil {
		return nil, fmt.Errorf("%s: the published branch: %w", v, err)
	}
	f := publishedFinder{tree: published.tree, found: make(map[key.BlockID]Publication), open: make(map[key.BlockID]bool)}
	if ids == nil {
		for id := range published.tree.Blocks {
			f.open[id] = true
		}
	}
	for _, id := range ids {
		if published.tree.Blocks[id] != nil {
			f.open[id] = true
		}
	}
	wanted := make([]key.BlockID, 0, len(f.open))
	for id := range f.open {
		wanted = append(wanted, id)
	}
	if err := f.scan(s.publications(ctx, v.Course, v.Seq)); err != nil {
		return nil, err
	}
	last := make(map[key.BlockID]Publication, len(wanted))
	for _, id := range wanted {
		path := published.index.path(id)
		for i := len(path) - 1; i >= 0; i-- {
			if p, ok := f.found[path[i]]; ok {
				last[id] = p
				break
			}
		}
	}
	return last, nil
}

// publishedFinder goes through publications from the newest on.
type publishedFinder struct {
	tree  *Tree
	found map[key.BlockID]Publication
	open  map[key.BlockID]bool // what is looked for and not found yet
}

func (f *publishedFinder) scan(publications iter.Seq2[Publication, error]) error {
	for p, err := range publications {
		if err != nil {
			return err
		}
		f.take(p)
		if len(f.open) == 0 {
			return nil
		}
	}
	return nil
}

func (f *publishedFinder) take(p Publication) {
	if len(p.Blocks) == 0 {
		for id := range f.open {
			f.found[id] = p
		}
		clear(f.open)
		return
	}
	for _, id := range p.Blocks {
		covered := []key.BlockID{id}
		if p.Operation == opPublish || p.Operation == opRestore {
			covered = subtree(f.tree, id)
		}
		for _, id := range covered {
			if _, known := f.found[id]; !known {
				f.found[id] = p
				delete(f.open, id)
			}
		}
	}
}
