package search

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/blevesearch/bleve/v2"
	blevedocument "github.com/blevesearch/bleve/v2/document"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// How much is written at once, and how much is read at once for it.
const (
	batchDocuments = 1000
	batchBytes     = 1 << 20
	readParts      = 200
)

// batchSize is how much is written at once: so many documents, or so many bytes of their text.
type batchSize struct{ documents, bytes int }

// refresh brings what an index has of one course to a version; nil for a course that is not there any more. What the version asks for is compared with what
// the index has, so that it writes only what differs, and mends what an update that was broken off has left.
func (x *Index) refresh(ctx context.Context, g *generation, c key.Course, head *modulestore.Version, anew bool, j *joint) (count Count, err error) {
	stamp, stamped := g.stamp(c)
	switch {
	case head == nil && !stamped:
		return count, nil
	case head != nil && stamped && !stamp.Partial && stamp.Roots == g.kind.reads(head.Roots) && !anew:
		count.Unchanged = stamp.Documents
		return count, nil
	}
	w := &courseWriter{g: g, index: x, anew: anew, joint: j}
	if head != nil {
		if w.p, err = x.project(ctx, g.kind, *head); err != nil {
			return count, &CourseError{c, err}
		}
		w.stamp = &Stamp{Course: c, Seq: head.Seq, Roots: g.kind.reads(head.Roots)}
	}
	if err := w.write(ctx, c); err != nil {
		return w.count, err
	}
	return w.count, nil
}

// courseWriter writes the documents of one course.
type courseWriter struct {
	g     *generation
	index *Index
	anew  bool        // documents are written though they are as they should be
	p     *projection // nil for no documents
	stamp *Stamp      // nil to take it away
	joint *joint
	batch *bleve.Batch
	bytes int // of text in batch
	count Count
}

func (w *courseWriter) write(ctx context.Context, c key.Course) (err error) {
	var wanted []part
	if w.p != nil {
		if wanted, err = w.p.parts(ctx); err != nil {
			return &CourseError{c, err}
		}
	}
	var have map[string]string
	if err := w.g.guard(func(index bleve.Index) error { have, err = listing(ctx, index, c); return err }); err != nil {
		return fmt.Errorf("read the index %s: %w", w.g.folder, err)
	}
	if w.anew {
		for id := range have {
			have[id] = ""
		}
	}
	documents := len(wanted)
	wanted = w.differing(wanted, have)
	w.count.Unchanged = documents - len(wanted)
	w.batch = w.g.index.NewBatch()
	for id := range have { // of those, differing has left what is not wanted
		w.batch.Delete(id)
		w.count.Deleted++
	}
	if err := w.documents(ctx, wanted); err != nil {
		return err
	}
	return w.finish(c, documents)
}

// differing gives the parts that the index does not have as they are, and takes all others and these from have.
func (w *courseWriter) differing(wanted []part, have map[string]string) []part {
	list := wanted[:0]
	for i := range wanted {
		made, ok := have[wanted[i].id]
		delete(have, wanted[i].id)
		if !ok || made != wanted[i].made {
			list = append(list, wanted[i])
		}
	}
	return list
}

// documents reads parts and writes their documents, a batch whenever there is enough for one.
func (w *courseWriter) documents(ctx context.Context, parts []part) error {
	for len(parts) > 0 {
		n := min(len(parts), readParts)
		list, err := w.read(ctx, parts[:n])
		if err != nil {
			return &CourseError{w.p.course, err}
		}
		for i := range list {
			if err := w.add(ctx, &list[i]); err != nil {
				return err
			}
		}
		parts = parts[n:]
	}
	return nil
}

func (w *courseWriter) read(ctx context.Context, parts []part) ([]document, error) {
	dates, err := w.index.dates(ctx, w.p, parts)
	if err != nil {
		return nil, err
	}
	return w.p.documents(ctx, w.index.store, parts, dates, w.joint)
}

func (w *courseWriter) add(ctx context.Context, d *document) error {
	size, full := d.size(), w.index.batch
	if w.batch.Size() >= full.documents || w.bytes > 0 && w.bytes+size > full.bytes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.partly(); err != nil {
			return err
		}
	}
	w.bytes += size
	w.count.Written++
	return put(w.g.index, w.batch, d)
}

// put takes a document into a batch of an index.
func put(index bleve.Index, b *bleve.Batch, d *document) error {
	d.fields[fieldAnalyzer] = d.analyzer
	mapped := blevedocument.NewDocument(d.id)
	if err := index.Mapping().MapDocument(mapped, d.fields); err != nil {
		return err
	}
	for i, f := range mapped.Fields {
		mapped.Fields[i] = d.field(f)
	}
	return b.IndexAdvanced(mapped)
}

// partly writes a batch that is not the last one. From now on the stamp says so: should the course come back to the version that it names, the index has it no more.
func (w *courseWriter) partly() error {
	stamp, _ := w.g.stamp(w.p.course)
	stamp.Course, stamp.Partial = w.p.course, true
	if err := w.put(&stamp); err != nil {
		return err
	}
	w.g.note(&stamp) // first, for searches rely on it
	if err := w.g.apply(w.batch); err != nil {
		return err
	}
	w.batch.Reset()
	w.bytes = 0
	return nil
}

// finish writes the last batch, with the stamp.
func (w *courseWriter) finish(c key.Course, documents int) error {
	w.g.doubt(c)
	if w.stamp == nil {
		w.batch.Delete((&Stamp{Course: c}).id())
		if err := w.g.apply(w.batch); err != nil {
			return err
		}
		w.g.forget(c)
		return nil
	}
	w.stamp.Documents = documents
	if err := w.put(w.stamp); err != nil {
		return err
	}
	if err := w.g.apply(w.batch); err != nil {
		return err
	}
	w.g.note(w.stamp)
	return nil
}

// put takes a stamp into the batch.
func (w *courseWriter) put(s *Stamp) error {
	d, err := s.document()
	if err != nil {
		return err
	}
	return put(w.g.index, w.batch, d)
}

// dates tells when blocks were changed for the last time, as far as the store tells that without comparing versions: when learners got them or, in the studio
// index, by the last versions that name them. A document keeps the date of when it was written, since the date is no reason to write it.
func (x *Index) dates(ctx context.Context, p *projection, parts []part) (map[key.BlockID]time.Time, error) {
	ids := make([]key.BlockID, len(parts))
	for i := range parts {
		ids[i] = parts[i].block.ID
	}
	v := p.snap.Version()
	if p.kind == Studio {
		return x.editDates(ctx, v, ids)
	}
	published, err := x.store.LastPublished(ctx, v, ids)
	if err != nil {
		return nil, err
	}
	dates := make(map[key.BlockID]time.Time, len(published))
	for id, at := range published {
		dates[id] = at.Time
	}
	return dates, nil
}

// editLog is the number of versions that are looked at for who changed a block.
const editLog = 1000

func (x *Index) editDates(ctx context.Context, v modulestore.Version, ids []key.BlockID) (map[key.BlockID]time.Time, error) {
	versions, err := x.store.Log(ctx, v.Course, v.Seq, editLog)
	if err != nil {
		return nil, err
	}
	dates := make(map[key.BlockID]time.Time, len(ids))
	open := make(map[key.BlockID]bool, len(ids))
	for _, id := range ids {
		open[id] = true
	}
	named := func(list []key.BlockID, at time.Time) {
		for _, id := range list {
			if open[id] {
				dates[id] = at
				delete(open, id)
			}
		}
	}
	for i := range versions {
		if last := i == len(versions)-1; last || len(versions[i].Blocks) == 0 {
			named(ids, versions[i].Time) // the whole course, or nobody knows
			break
		}
		if named(versions[i].Blocks, versions[i].Time); len(open) == 0 {
			break
		}
	}
	return dates, nil
}

// head is the last version of a course; nil if that was deleted or was never there.
func (x *Index) head(ctx context.Context, c key.Course) (*modulestore.Version, error) {
	v, err := x.store.Head(ctx, c)
	if errors.Is(err, modulestore.ErrNotFound) {
		return nil, nil
	}
	return &v, err
}
