package modulestore

import (
	"bytes"
	"context"
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

// EachBlob hands the bytes of each blob to each, in order. Small blobs are fetched many at a time, large ones piece by piece
// while they are read, so that memory stays flat. The reader is valid until each returns, and need not be read to the end.
func (s *Store) EachBlob(ctx context.Context, blobs []Blob, each func(i int, r io.Reader) error) error {
	for from := 0; from < len(blobs); {
		to := batchEnd(blobs, from)
		read, err := s.openBlobs(ctx, blobs[from:to])
		if err != nil {
			return err
		}
		for i := from; i < to; i++ {
			if err := each(i, read(blobs[i])); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}

// batchEnd returns the end of the run of small blobs that starts at from; a large blob is a run of its own.
func batchEnd(blobs []Blob, from int) (to int) {
	bytes := int64(0)
	for to = from; to < len(blobs) && to-from < batchObjects; to++ {
		bytes += blobs[to].Size
		if to > from && (blobs[to].Manifest || blobs[from].Manifest || bytes > batchBytes) {
			break
		}
	}
	return to
}

func (s *Store) openBlobs(ctx context.Context, blobs []Blob) (func(Blob) io.Reader, error) {
	if b := blobs[0]; b.Manifest {
		r, err := s.openManifest(ctx, b)
		return func(Blob) io.Reader { return r }, err
	}
	ids := make([]ID, len(blobs))
	for i, b := range blobs {
		ids[i] = b.ID
	}
	chunks, err := s.get(ctx, KindChunk, ids)
	if err != nil {
		return nil, err
	}
	for _, b := range blobs {
		if err := checkSize(b.ID, len(chunks[b.ID]), b.Size); err != nil {
			return nil, err
		}
	}
	return func(b Blob) io.Reader { return bytes.NewReader(chunks[b.ID]) }, nil
}

func checkSize(id ID, got int, want int64) error {
	if int64(got) != want {
		return fmt.Errorf("%s %s: %w: it has %d bytes, not %d", KindChunk, id.Short(), ErrCorrupt, got, want)
	}
	return nil
}

func (s *Store) openManifest(ctx context.Context, b Blob) (io.Reader, error) {
	found, err := s.get(ctx, KindManifest, []ID{b.ID})
	if err != nil {
		return nil, err
	}
	m, err := decodeManifest(found[b.ID])
	if err == nil && m.Size != b.Size {
		err = fmt.Errorf("%w: it describes %d bytes, not %d", ErrCorrupt, m.Size, b.Size)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", KindManifest, b.ID.Short(), err)
	}
	return &manifestReader{ctx: ctx, store: s, manifest: m}, nil
}

// manifestReader reads the chunks of a large blob, a few at a time.
type manifestReader struct {
	ctx      context.Context
	store    *Store
	manifest *manifest
	next     int // chunk to fetch
	ready    [][]byte
}

func (r *manifestReader) Read(p []byte) (int, error) {
	if len(r.ready) == 0 {
		if r.next == len(r.manifest.Chunks) {
			return 0, io.EOF
		}
		if err := r.fetch(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.ready[0])
	if r.ready[0] = r.ready[0][n:]; len(r.ready[0]) == 0 {
		r.ready = r.ready[1:]
	}
	return n, nil
}

func (r *manifestReader) fetch() error {
	to := min(r.next+batchBytes/ChunkSize, len(r.manifest.Chunks))
	ids := r.manifest.Chunks[r.next:to]
	found, err := r.store.get(r.ctx, KindChunk, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if err := checkSize(id, len(found[id]), r.manifest.chunkSize(r.next+i)); err != nil {
			return err
		}
		r.ready = append(r.ready, found[id])
	}
	r.next = to
	return nil
}
