package modulestore

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"lectern/modulestore/key"
)

// VerifyReport says what Verify has found. The store is sound if there are no faults.
type VerifyReport struct {
	Courses, Versions int
	// Kinds counts the objects that were found, faulty ones included.
	Kinds map[Kind]KindCount
	// Unreferenced counts the objects that no version needs: left by edits that were given up, or by pruning. They do no harm.
	Unreferenced int
	// Purged are the objects that were taken down, oldest first. Versions may refer to them: that is no fault.
	Purged []Tombstone
	Faults []Fault
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
	v.walker = newWalker(v.load)
	var err error
	if v.walker.buried, err = s.buried(ctx); err != nil {
		return nil, err
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
	v.report.Purged = byTime(v.walker.buried)
	return v.report, nil
}

type verifier struct {
	store    *Store
	ctx      context.Context
	progress func(done int)
	report   *VerifyReport
	walker   *walker
	done     int
	sizes    map[ID]int64 // of the objects that were read, faulty for those that are not sound
	roots    map[ID]bool  // trees and records of files that were checked

	// Of the version that is being checked:
	now    Version
	where  string // what needs the objects that are being read
	chunks []reference
	trees  []ID // of side branches, and those that say what copied blocks were
	files  []ID
	pages  pageCache[page]
	lists  pageCache[filesPage]
}

// faulty is the size of an object that is missing or not what its name says.
const faulty = -1

func (v *verifier) fault(kind Kind, id ID, message string, args ...any) {
	v.report.Faults = append(v.report.Faults, Fault{
		ID: id, Kind: kind, Where: v.where, Message: fmt.Sprintf(message, args...),
	})
}

// course checks the versions of one course from the first to the last.
func (v *verifier) course(c key.Course) error {
	v.report.Courses++
	log, err := v.store.logAfter(v.ctx, c, 0)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if len(log) == 0 {
		v.succession(Version{Course: c}, Version{Course: c})
		return nil
	}
	refs, err := v.refs(log[len(log)-1])
	if err != nil {
		return err
	}
	if err := refs.check(); err != nil {
		v.fault(KindRefs, log[len(log)-1].Roots.Refs, "%v", err)
	}
	before := Version{Course: c}
	for _, now := range log {
		v.succession(before, now)
		if err := v.version(now, refs.IsPruned(now.Seq)); err != nil {
			return err
		}
		before = now
	}
	return nil
}

// refs reads what a course keeps beside its content in a version, nothing if that is damaged.
func (v *verifier) refs(now Version) (*Refs, error) {
	v.where = now.String()
	refs := &Refs{}
	if now.Roots.Refs.IsZero() {
		return refs, nil
	}
	err := v.read(KindRefs, []ID{now.Roots.Refs}, func(_ ID, c decoded) { refs, _ = c.(*Refs) })
	return refs, err
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

// version checks everything that a version needs, and that its trees and records of files are whole.
func (v *verifier) version(now Version, pruned bool) error {
	v.report.Versions++
	v.now, v.where = now, now.String()
	v.chunks, v.trees, v.files = nil, nil, nil
	if err := v.walker.walk(now.references(pruned)); err != nil {
		return err
	}
	v.chunkSizes()
	if pruned {
		return nil
	}
	for i, root := range append([]ID{now.Roots.Draft, now.Roots.Published}, v.trees...) {
		if err := v.tree(root, i); err != nil {
			return err
		}
	}
	for _, root := range append([]ID{now.Roots.Files}, v.files...) {
		if err := v.record(root); err != nil {
			return err
		}
	}
	v.pages.forget()
	v.lists.forget()
	return nil
}

// load reads objects, and notes what has to be looked at when all are there.
func (v *verifier) load(kind Kind, ids []ID, found func(ID, decoded)) error {
	return v.read(kind, ids, func(id ID, c decoded) {
		switch c := c.(type) {
		case *commit:
			v.commit(id, c)
		case *Refs:
			v.branches(c)
		case *page:
			v.pages.add(id, c)
			for i := range c.Blocks {
				if o := c.Blocks[i].Origin; o != nil {
					v.trees = append(v.trees, o.Base)
				}
			}
		case *filesPage:
			v.lists.add(id, c)
		}
		for _, r := range c.references() {
			if r.kind == KindChunk {
				v.chunks = append(v.chunks, r)
			}
		}
		found(id, c)
	})
}

// commit checks that the log entry says what its commit says.
func (v *verifier) commit(id ID, c *commit) {
	now := v.now
	if id != now.Commit {
		return // of a side branch, or out of place, as the log tells
	}
	var prev ID
	if len(c.Parents) > 0 && now.Seq > 1 { // the first version of a course may come from another course
		prev = c.Parents[0]
	}
	if prev != now.Prev || c.Author != now.Author || !c.Time.Equal(now.Time) ||
		c.Operation != now.Operation || c.Message != now.Message {
		v.fault(KindCommit, id, "the log entry says something else than the commit")
	}
	if c.State != now.Roots.state() {
		v.fault(KindState, c.State, "the log entry has other roots than the state of the commit")
	}
}

func (v *verifier) branches(r *Refs) {
	for i := range r.Branches {
		for _, roots := range []Roots{r.Branches[i].Roots, r.Branches[i].BaseRoots} {
			v.trees = append(v.trees, roots.Draft, roots.Published)
			v.files = append(v.files, roots.Files)
		}
	}
}

// chunkSizes checks that pieces of files have the sizes that were recorded.
func (v *verifier) chunkSizes() {
	for _, r := range v.chunks {
		if got, ok := v.sizes[r.id]; ok && got != faulty && got != r.size {
			v.fault(KindChunk, r.id, "it has %d bytes, not %d", got, r.size)
		}
	}
}

// tree checks that the pages of a tree make one. Those that are not sound are faults already.
func (v *verifier) tree(root ID, slot int) error {
	if root.IsZero() || v.roots[root] {
		return nil
	}
	v.roots[root] = true
	pages := make(map[ID]*page)
	whole := true
	for level := []ID{root}; len(level) > 0; level = nextLevel(pages, level) {
		unknown := v.pages.take(pages, level)
		err := v.read(KindPage, unknown, func(id ID, c decoded) { pages[id], _ = c.(*page) })
		if err != nil {
			return err
		}
		for _, id := range level {
			whole = whole && pages[id] != nil
		}
	}
	v.pages.keep(slot, pages)
	if !whole {
		return nil
	}
	if _, err := assemble(root, pages); err != nil {
		v.fault(KindPage, root, "%v", err)
	}
	return nil
}

// record checks that the pages of a record of files make one.
func (v *verifier) record(root ID) error {
	if root.IsZero() || v.roots[root] {
		return nil
	}
	v.roots[root] = true
	pages := make(map[ID]*filesPage)
	whole := true
	for level := []ID{root}; len(level) > 0; level = nextFiles(pages, level) {
		unknown := v.lists.take(pages, level)
		err := v.read(KindFiles, unknown, func(id ID, c decoded) { pages[id], _ = c.(*filesPage) })
		if err != nil {
			return err
		}
		for _, id := range level {
			whole = whole && pages[id] != nil
		}
	}
	v.lists.keep(0, maps.Clone(pages))
	if !whole {
		return nil
	}
	first := *pages[root]
	pages[root] = &first // joining changes it
	if _, err := joinFiles(root, pages); err != nil {
		v.fault(KindFiles, root, "%v", err)
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
		return v.read(k, ids, func(ID, decoded) {})
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
