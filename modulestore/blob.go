package modulestore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
)

// manifest lists the chunks of a file of more than ChunkSize bytes. All chunks but the last are full.
type manifest struct {
	Size   int64
	SHA256 ID // of the whole file, for clients that know nothing of chunks
	Chunks []ID
}

func (m *manifest) object() Object {
	e := newEncoder()
	e.int("size", m.Size)
	e.id("sha256", m.SHA256)
	e.ids("chunks", m.Chunks)
	return e.object(KindManifest)
}

func decodeManifest(data []byte) (*manifest, error) {
	d := newDecoder(data)
	m := &manifest{Size: d.int("size"), SHA256: d.id("sha256"), Chunks: d.ids("chunks")}
	if n := (m.Size-1)/ChunkSize + 1; m.Size <= ChunkSize || n != int64(len(m.Chunks)) {
		d.fail("%d chunks cannot hold %d bytes", len(m.Chunks), m.Size)
	}
	return m, d.done()
}

// chunkSize is the size that chunk i must have.
func (m *manifest) chunkSize(i int) int64 {
	return min(ChunkSize, m.Size-int64(i)*ChunkSize)
}

// SplitBlob cuts what r gives into chunks and hands them to emit, with a manifest at last if there is more than one. It holds
// one chunk at a time; emit may keep the objects. If r has a method Len that tells how many bytes are left, as bytes.Reader
// has, chunks are read into slices of the right size at once.
func SplitBlob(r io.Reader, emit func(Object) error) (Blob, error) {
	first, err := readChunk(r)
	if err != nil {
		return Blob{}, err
	}
	chunk := newObject(KindChunk, first)
	if err := emit(chunk); err != nil {
		return Blob{}, err
	}
	m := manifest{Size: int64(len(first)), Chunks: []ID{chunk.ID}}
	if m.Size < ChunkSize {
		return Blob{ID: chunk.ID, Size: m.Size}, nil
	}
	whole := sha256.New()
	whole.Write(first)
	for {
		data, err := readChunk(r)
		if err != nil {
			return Blob{}, err
		}
		if len(data) == 0 {
			break
		}
		whole.Write(data)
		chunk := newObject(KindChunk, data)
		if err := emit(chunk); err != nil {
			return Blob{}, err
		}
		m.Size += int64(len(data))
		m.Chunks = append(m.Chunks, chunk.ID)
	}
	if len(m.Chunks) == 1 {
		return Blob{ID: chunk.ID, Size: m.Size}, nil
	}
	whole.Sum(m.SHA256[:0])
	object := m.object()
	return Blob{ID: object.ID, Size: m.Size, Manifest: true}, emit(object)
}

func readChunk(r io.Reader) ([]byte, error) {
	expected := bytes.MinRead
	if sized, ok := r.(interface{ Len() int }); ok {
		expected = sized.Len()
	}
	chunk := make([]byte, 0, min(expected+1, ChunkSize)) // one more, so that the end is met without growing
	for len(chunk) < ChunkSize {
		if len(chunk) == cap(chunk) {
			chunk = slices.Grow(chunk, 1)
		}
		n, err := r.Read(chunk[len(chunk):min(cap(chunk), ChunkSize)])
		chunk = chunk[:len(chunk)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
	}
	return chunk, nil
}
