package modulestore

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ReadBlob returns the bytes of a blob. Large ones are better read with EachBlob.
func (s *Store) ReadBlob(ctx context.Context, b Blob) (data []byte, err error) {
	err = s.EachBlob(ctx, []Blob{b}, func(_ int, r io.Reader) error {
		data, err = io.ReadAll(r)
		return err
	})
	return data, err
}

// EachBlob hands the bytes of each blob to each, in order. Chunks are fetched many at a time, and the next ones while each works
// with those before; memory stays flat however large a blob is. The reader is valid until each returns, and need not be read
// to the end.
func (s *Store) EachBlob(ctx context.Context, blobs []Blob, each func(i int, r io.Reader) error) error {
	pieces, err := s.pieces(ctx, blobs)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ahead := s.readAhead(ctx, pieces)
	defer func() {
		stop()
		for range ahead { // until its goroutine has ended
		}
	}()
	r := &blobReader{ctx: ctx, ahead: ahead}
	for i := range blobs {
		if err := r.open(i); err != nil {
			return err
		}
		if err := each(i, r); err != nil {
			return err
		}
	}
	return nil
}

// piece is a chunk of one of many blobs.
type piece struct {
	blob int
	id   ID
	size int64
	data []byte // once it has been fetched
}

// pieces lists the chunks of all blobs; each has at least one.
func (s *Store) pieces(ctx context.Context, blobs []Blob) (list []piece, err error) {
	manifests, err := s.manifests(ctx, blobs)
	if err != nil {
		return nil, err
	}
	for i, b := range blobs {
		if !b.Manifest {
			list = append(list, piece{blob: i, id: b.ID, size: b.Size})
			continue
		}
		m := manifests[b.ID]
		if m.Size != b.Size {
			return nil, fmt.Errorf("%s %s: %w: it describes %d bytes, not %d", KindManifest, b.ID.Short(), ErrCorrupt, m.Size, b.Size)
		}
		for n, id := range m.Chunks {
			list = append(list, piece{blob: i, id: id, size: m.chunkSize(n)})
		}
	}
	return list, nil
}

func (s *Store) manifests(ctx context.Context, blobs []Blob) (map[ID]*manifest, error) {
	var ids []ID
	for _, b := range blobs {
		if b.Manifest {
			ids = append(ids, b.ID)
		}
	}
	manifests := make(map[ID]*manifest, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), batchObjects)
		found, err := s.get(ctx, KindManifest, ids[:n])
		if err != nil {
			return nil, err
		}
		for id, data := range found {
			if manifests[id], err = decodeManifest(data); err != nil {
				return nil, fmt.Errorf("%s %s: %w", KindManifest, id.Short(), err)
			}
		}
		ids = ids[n:]
	}
	return manifests, nil
}

// fetched is a run of pieces with their data, or why there are none.
type fetched struct {
	pieces []piece
	err    error
}

// readAhead fetches pieces in a goroutine of its own, which is one batch ahead of whoever receives them. It ends with the last
// piece, with an error, or when ctx is done; then the channel is closed.
func (s *Store) readAhead(ctx context.Context, pieces []piece) <-chan fetched {
	ahead := make(chan fetched)
	go func() {
		defer close(ahead)
		for len(pieces) > 0 {
			n := pieceBatch(pieces)
			f := fetched{pieces: pieces[:n], err: s.fetch(ctx, pieces[:n])}
			select {
			case ahead <- f:
			case <-ctx.Done():
			}
			if f.err != nil || ctx.Err() != nil {
				return
			}
			pieces = pieces[n:]
		}
	}()
	return ahead
}

// pieceBatch is the number of pieces to fetch at once.
func pieceBatch(pieces []piece) (n int) {
	for bytes := int64(0); n < len(pieces) && n < batchObjects; n++ {
		if bytes += pieces[n].size; n > 0 && bytes > batchBytes {
			break
		}
	}
	return n
}

func (s *Store) fetch(ctx context.Context, pieces []piece) error {
	ids := make([]ID, len(pieces))
	for i := range pieces {
		ids[i] = pieces[i].id
	}
	found, err := s.get(ctx, KindChunk, ids)
	if err != nil {
		return err
	}
	for i := range pieces {
		p := &pieces[i]
		p.data = found[p.id]
		if int64(len(p.data)) != p.size {
			return fmt.Errorf("%s %s: %w: it has %d bytes, not %d", KindChunk, p.id.Short(), ErrCorrupt, len(p.data), p.size)
		}
	}
	return nil
}

// blobReader gives the bytes of one blob after the other.
type blobReader struct {
	ctx   context.Context
	ahead <-chan fetched
	blob  int
	rest  []byte  // of the piece that is being read
	ready []piece // the next ones
	err   error
}

// open goes on to a blob and waits for the first of its bytes.
func (r *blobReader) open(blob int) error {
	r.blob, r.rest = blob, nil
	for r.next() && r.ready[0].blob < blob {
		r.ready = r.ready[1:]
	}
	return r.err
}

// next reports whether there is a next piece, of any blob.
func (r *blobReader) next() bool {
	if len(r.ready) == 0 && r.err == nil {
		f, ok := <-r.ahead
		r.ready, r.err = f.pieces, f.err
		if !ok {
			r.err = r.ctx.Err() // nil after the last piece
		}
	}
	return len(r.ready) > 0 && r.err == nil
}

// fill gets bytes of the blob into rest: io.EOF if there are no more.
func (r *blobReader) fill() error {
	for len(r.rest) == 0 {
		switch {
		case r.next() && r.ready[0].blob == r.blob:
			r.rest, r.ready = r.ready[0].data, r.ready[1:]
		case r.err != nil:
			return r.err
		default:
			return io.EOF
		}
	}
	return nil
}

func (r *blobReader) Read(p []byte) (int, error) {
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// WriteTo saves io.Copy its buffer.
func (r *blobReader) WriteTo(w io.Writer) (written int64, err error) {
	for {
		if err := r.fill(); errors.Is(err, io.EOF) {
			return written, nil
		} else if err != nil {
			return written, err
		}
		n, err := w.Write(r.rest)
		written += int64(n)
		r.rest = r.rest[n:]
		if err != nil {
			return written, err
		}
	}
}
