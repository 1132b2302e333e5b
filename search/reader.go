package search

import (
	"context"
	"fmt"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/search/extract"
)

// Source is what a document was made from, for showing a hit of it.
type Source struct {
	Block  key.BlockID
	Kind   string
	Above  []Crumb // from the section down
	Title  string
	Body   string // as in the field all, which begins with it
	Hidden string // for authors alone
	Lang   string
	// Language of the transcript that is part of Body, as the course spells it; empty if there is none.
	Track string
	// Start is where the transcript begins in Body, in bytes; Transcript.At counts from there.
	Start      int
	Transcript *extract.Transcript // nil if there is none
}

// Crumb is a block above another one.
type Crumb struct {
	Block key.BlockID
	Title string // empty if it has none
}

// Name is the title or, without one, the type and name of the block.
func (c Crumb) Name() string {
	if c.Title == "" {
		return c.Block.String()
	}
	return c.Title
}

// Reader reads what documents of one course in one index were made from. It is for one goroutine at a time.
type Reader struct {
	store *modulestore.Store
	p     *projection
}

// Reader opens the version of a course that its documents in an index were made from or, if the store has given that up, the last one. It returns ErrNotFound for a
// course of which the index has nothing to read.
func (x *Index) Reader(ctx context.Context, k Kind, c key.Course) (*Reader, error) {
	stamp, ok := x.Stamp(k, c)
	if !ok {
		return nil, modulestore.NotFound("the %s index has nothing of %s", k, c)
	}
	v, err := x.store.Version(ctx, c, fmt.Sprint(stamp.Seq))
	if err != nil {
		if v, err = x.store.Head(ctx, c); err != nil {
			return nil, err
		}
	}
	return x.readerOf(ctx, k, v)
}

// readerOf opens a version.
func (x *Index) readerOf(ctx context.Context, k Kind, v modulestore.Version) (*Reader, error) {
	p, err := x.open(ctx, k, v)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, modulestore.NotFound("%s has nothing for the %s index", v, k)
	}
	p.shown = &x.shown
	return &Reader{store: x.store, p: p}, nil
}

// Version is the version that is read.
func (r *Reader) Version() modulestore.Version { return r.p.snap.Version() }

// Root names the content of the branch that is read.
func (r *Reader) Root() modulestore.ID { return r.p.snap.Root() }

// Read gives the sources of documents by their ids, with one read of the store for all bodies. What is not there any more is not in the map.
func (r *Reader) Read(ctx context.Context, ids []string) (map[string]Source, error) {
	parts, bodies, err := r.parts(ctx, ids)
	if err != nil {
		return nil, err
	}
	transcripts, err := r.p.transcripts(ctx, r.store, parts, &leftovers{})
	if err != nil {
		return nil, err
	}
	sources := make(map[string]Source, len(parts))
	for i := range parts {
		sources[parts[i].id] = r.source(&parts[i], bodies[parts[i].block.ID], transcripts[i])
	}
	return sources, nil
}

// parts finds the blocks of documents, with their bodies. The body of the course is read along with them: what it says is not kept, because it can be taken down while the version stays
// what it is.
func (r *Reader) parts(ctx context.Context, ids []string) (parts []part, bodies map[key.BlockID]*modulestore.Body, err error) {
	blocks := []key.BlockID{r.p.root.ID}
	for _, id := range ids {
		named, err := key.ParseBlock(usageOf(id))
		if err != nil || named.Course != r.p.course {
			continue
		}
		if b, ok := r.p.snap.Block(named.ID); ok {
			blocks = append(blocks, named.ID)
			parts = append(parts, part{id: id, block: b})
		}
	}
	if len(parts) == 0 {
		return nil, nil, nil
	}
	if bodies, err = r.p.snap.Bodies(ctx, blocks); err != nil {
		return nil, nil, err
	}
	r.p.learn(bodies[r.p.root.ID])
	found := parts[:0]
	for _, named := range parts {
		if !r.p.has(named.block) {
			continue
		}
		d, ok, err := r.p.partOf(ctx, named.block, bodies[named.block.ID], named.id)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			found = append(found, d)
		}
	}
	return found, bodies, nil
}

func (r *Reader) source(d *part, body *modulestore.Body, transcript *extract.Transcript) Source {
	text := r.p.text(d, body, transcript)
	s := Source{Block: d.block.ID, Kind: text.Kind, Title: text.Title, Body: text.Body, Hidden: text.Hidden, Lang: text.Lang, Transcript: transcript}
	if transcript != nil {
		s.Track, s.Start = d.track.lang, len(text.Body)-len(transcript.Body)
	}
	path := r.p.snap.Path(d.block.ID)
	for _, id := range path[:len(path)-1] {
		if b, _ := r.p.snap.Block(id); b.ID != r.p.root.ID {
			s.Above = append(s.Above, Crumb{Block: id, Title: r.p.name(b)})
		}
	}
	return s
}
