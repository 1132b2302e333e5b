package modulestore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func TestFilesAreSplitIntoChunks(t *testing.T) {
	for _, c := range []struct {
		name   string
		size   int
		chunks int
	}{
		{"an empty file is a chunk of no bytes", 0, 1},
		{"a byte is a chunk", 1, 1},
		{"a megabyte is a chunk", ChunkSize, 1},
		{"a byte more needs a manifest", ChunkSize + 1, 2},
		{"three megabytes are three full chunks", 3 * ChunkSize, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := randomBytes(c.size)
			var objects []Object
			// A reader that gives little at a time must make no difference.
			blob, err := SplitBlob(iotest.HalfReader(bytes.NewReader(data)), func(o Object) error {
				objects = append(objects, o)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if blob.Size != int64(c.size) || blob.Manifest != (c.chunks > 1) || blob.ID != objects[len(objects)-1].ID {
				t.Errorf("got blob %+v for %d bytes", blob, c.size)
			}
			var joined []byte
			for _, o := range objects[:c.chunks] {
				if o.Kind != KindChunk || o.ID != hash(KindChunk, o.Data) {
					t.Errorf("object %s is no chunk", o.ID.Short())
				}
				joined = append(joined, o.Data...)
			}
			if !bytes.Equal(joined, data) {
				t.Error("the chunks are not the file")
			}
			if !blob.Manifest {
				return
			}
			m, err := decodeManifest(objects[c.chunks].Data)
			if err != nil {
				t.Fatal(err)
			}
			if m.Size != blob.Size || m.SHA256 != sha256.Sum256(data) || len(m.Chunks) != c.chunks {
				t.Errorf("got manifest of %d bytes in %d chunks with hash %s", m.Size, len(m.Chunks), m.SHA256)
			}
		})
	}
}

func TestSplittingStopsAtTheFirstFailure(t *testing.T) {
	broken := errors.New("broken")
	keep := func(Object) error { return nil }
	if _, err := SplitBlob(iotest.ErrReader(broken), keep); !errors.Is(err, broken) {
		t.Errorf("a reader that fails at once gives %v", err)
	}
	late := io.MultiReader(bytes.NewReader(randomBytes(ChunkSize+1)), iotest.ErrReader(broken))
	if _, err := SplitBlob(late, keep); !errors.Is(err, broken) {
		t.Errorf("a reader that fails late gives %v", err)
	}
	for fail := range 3 {
		n := 0
		_, err := SplitBlob(bytes.NewReader(randomBytes(ChunkSize+1)), func(Object) error {
			if n++; n > fail {
				return broken
			}
			return nil
		})
		if !errors.Is(err, broken) || n != fail+1 {
			t.Errorf("when object %d cannot be stored, %d were emitted and the error is %v", fail, n, err)
		}
	}
}
