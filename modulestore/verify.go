package modulestore

import (
	"context"
	"errors"
	"fmt"

	"lectern/modulestore/key"
)

// VerifyReport says what Verify has found. The store is sound if there are no faults.
type VerifyReport struct {
	Courses, Versions int
	// Kinds counts the objects that were found, faulty ones included.
	Kinds map[Kind]KindCount
	// Unreferenced counts the objects that no version needs: left by edits that were given up, or by pruning. They do no harm.
	Unreferenced int
	Faults       []Fault
}

// KindCount counts the objects of one kind.
type KindCount struct {
	Objects int
	Bytes   int64 // uncompressed
}

// Fault is one thing that is wrong.
type Fault struct {
	ID      ID
	Kind    Kind
	Where   string // the version that needs the object
	Message string
}

// Verify checks the hash and the form of every stored object, that every log is without gaps and agrees with its commits, that
// everything a version refers to is there, and that every tree is one. progress, if not nil, is told the number of objects done.
// What is wrong with the data goes into the report; an error is a backend that fails otherwise.
func (s *Store) Verify(ctx context.Context, progress func(done int)) (*VerifyReport, error) {
	v := &verifier{
		store:    s,
		ctx:      ctx,
		progress: progress,
		report:   &VerifyReport{Kinds: make(map[Kind]KindCount)},
		sizes:    make(map[ID]int64),
		roots:    make(map[ID]bool),
	}
	contexts, err := s.backend.Contexts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list courses: %w", err)
	}
	for _, c := range contexts {
		if err := v.course(c.Course); err != nil {
			return nil, fmt.Errorf("verify %s: %w", c.Course, err)
		}
	}
	if err := v.unreferenced(); err != nil {
		return nil, fmt.Errorf("verify unreferenced objects: %w", err)
	}
	return v.report, nil
}

type verifier struct {
	store    *Store
	ctx      context.Context
	progress func(done int)
	report   *VerifyReport
	where    string          // what needs the objects that are being read
	sizes    map[ID]int64    // of the objects that were read, faulty for those that are not sound
	roots    map[ID]bool     // trees and records of files that were checked
	pages    [2]map[ID]*page // of the last tree of each branch: it has most pages of the next one
	done     int
}

// faulty is the size of an object that is missing or not what its name says.
const faulty = -1

func (v *verifier) fault(kind Kind, id ID, message string, args ...any) {
	v.report.Faults = append(v.report.Faults, Fault{
		ID: id, Kind: kind, Where: v.where, Message: fmt.Sprintf(message, args...),
	})
}

// course checks the versions of one course from the last to the first.
func (v *verifier) course(c key.Course) error {
	v.report.Courses++
	later := Version{Course: c}
	for from := uint64(0); from != 1; from = later.Seq {
		list, err := v.store.Log(v.ctx, c, from, batchObjects)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if from > 0 && len(list) > 0 && list[0].Seq == from {
			list = list[1:] // checked at the end of the last round
		}
		if len(list) == 0 {
			break
		}
		for _, now := range list {
			if later.Seq != 0 {
				v.succession(now, later)
			}
			if err := v.version(now); err != nil {
				return err
			}
			later = now
		}
	}
	v.succession(Version{Course: c}, later)
	return nil
}

// succession checks that later comes after now. Before the first version is number 0 without a commit.
func (v *verifier) succession(now, later Version) {
	v.where = later.String()
	switch {
	case later.Seq != now.Seq+1:
		v.fault(KindCommit, later.Commit, "the log goes from version %d to version %d", now.Seq, later.Seq)
	case later.Prev != now.Commit:
		v.fault(KindCommit, later.Commit, "it does not come after the commit of version %d", now.Seq)
	}
}

func (v *verifier) version(now Version) error {
	v.report.Versions++
	v.where = now.String()
	if err := v.commit(now); err != nil {
		return err
	}
	for branch, root := range []ID{now.Roots.Draft, now.Roots.Published} {
		if err := v.tree(root, branch); err != nil {
			return err
		}
	}
	return v.files(now.Roots.Files)
}

// commit checks that the log entry says what the commit and its state say.
func (v *verifier) commit(now Version) error {
	var c *commit
	err := v.read(KindCommit, []ID{now.Commit}, func(_ ID, data []byte) (err error) {
		c, err = decodeCommit(data)
		return err
	})
	if err != nil || c == nil {
		return err
	}
	var prev ID
	if len(c.Parents) > 0 && now.Seq > 1 { // the first version of a rerun comes from another course
		prev = c.Parents[0]
	}
	if prev != now.Prev || c.Author != now.Author || !c.Time.Equal(now.Time) ||
		c.Operation != now.Operation || c.Message != now.Message {
		v.fault(KindCommit, now.Commit, "the log entry says something else than the commit")
	}
	return v.read(KindState, []ID{c.State}, func(id ID, data []byte) error {
		s, err := decodeState(data)
		if err == nil && s.Roots != now.Roots {
			v.fault(KindState, id, "the log entry has other roots than the state of the commit")
		}
		return err
	})
}

// tree checks the pages and bodies of a tree, and if all pages are sound, the tree itself.
func (v *verifier) tree(root ID, branch int) error {
	if root.IsZero() || v.roots[root] {
		return nil
	}
	v.roots[root] = true
	pages := make(map[ID]*page)
	listed := 0
	for level := []ID{root}; len(level) > 0; level = nextLevel(pages, level) {
		listed += len(level)
		if err := v.level(pages, level); err != nil {
			return err
		}
	}
	v.pages[branch] = pages
	if err := v.bodies(pages); err != nil || len(pages) < listed {
		return err
	}
	if _, err := assemble(root, pages); err != nil {
		v.fault(KindPage, root, "%v", err)
	}
	return nil
}

// level adds the sound pages of one level of a tree to pages.
func (v *verifier) level(pages map[ID]*page, level []ID) error {
	var unknown []ID
	for _, id := range level {
		for _, last := range v.pages {
			if p := last[id]; p != nil {
				pages[id] = p
			}
		}
		if pages[id] == nil {
			unknown = append(unknown, id)
		}
	}
	return v.read(KindPage, unknown, func(id ID, data []byte) error {
		p, err := decodePage(data)
		if err == nil {
			pages[id] = p
		}
		return err
	})
}

func (v *verifier) bodies(pages map[ID]*page) error {
	var ids []ID
	for _, p := range pages {
		for i := range p.Blocks {
			if body := p.Blocks[i].Body; !body.IsZero() && !v.known(body) {
				ids = append(ids, body)
			}
		}
	}
	return v.read(KindBody, ids, decodes(KindBody))
}

// files checks a record of files and the blobs that it names.
func (v *verifier) files(root ID) error {
	if root.IsZero() || v.roots[root] {
		return nil
	}
	v.roots[root] = true
	pages := make(map[ID]*filesPage)
	listed := 0
	for level := []ID{root}; len(level) > 0; level = nextFiles(pages, level) {
		listed += len(level)
		err := v.read(KindFiles, level, func(id ID, data []byte) error {
			p, err := decodeFilesPage(data)
			if err == nil {
				pages[id] = p
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, p := range pages {
		if err := v.blobs(p.Entries); err != nil {
			return err
		}
	}
	if len(pages) < listed {
		return nil
	}
	if _, err := joinFiles(root, pages); err != nil {
		v.fault(KindFiles, root, "%v", err)
	}
	return nil
}

// blobs checks the content of files.
func (v *verifier) blobs(files []File) error {
	var manifests []ID
	chunks := make(map[ID]int64)
	for i := range files {
		if b := files[i].Blob; b.Manifest {
			manifests = append(manifests, b.ID)
		} else {
			chunks[b.ID] = b.Size
		}
	}
	err := v.read(KindManifest, unique(manifests), func(_ ID, data []byte) error {
		m, err := decodeManifest(data)
		if err == nil {
			for i, id := range m.Chunks {
				chunks[id] = m.chunkSize(i)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.chunks(chunks)
}

// chunks checks that chunks are there and have these sizes.
func (v *verifier) chunks(sizes map[ID]int64) error {
	var unknown []ID
	for id := range sizes {
		if !v.known(id) {
			unknown = append(unknown, id)
		}
	}
	if err := v.read(KindChunk, unknown, decodes(KindChunk)); err != nil {
		return err
	}
	for id, size := range sizes {
		if got := v.sizes[id]; got != faulty && got != size {
			v.fault(KindChunk, id, "it has %d bytes, not %d", got, size)
		}
	}
	return nil
}

// unreferenced checks the objects that no version needs.
func (v *verifier) unreferenced() error {
	v.where = "no version"
	waiting := make(map[Kind][]ID)
	flush := func(k Kind) error {
		ids := waiting[k]
		waiting[k] = nil
		v.report.Unreferenced += len(ids)
		return v.read(k, ids, decodes(k))
	}
	for o, err := range v.store.backend.All(v.ctx) {
		if err != nil {
			return err
		}
		if v.known(o.ID) {
			continue
		}
		if waiting[o.Kind] = append(waiting[o.Kind], o.ID); len(waiting[o.Kind]) == batchObjects {
			if err := flush(o.Kind); err != nil {
				return err
			}
		}
	}
	for k := range waiting {
		if err := flush(k); err != nil {
			return err
		}
	}
	return nil
}
