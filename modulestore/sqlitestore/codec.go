package sqlitestore

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"

	"github.com/klauspost/compress/zstd"

	"lectern/modulestore"
)

// A packing says how the payload of an object is stored.
type packing byte

const (
	asItIs packing = 0
	zipped packing = 1 // one zstd frame with its checksum
)

const (
	// maxObject bounds what decompression may give, whatever a damaged file says.
	maxObject = 16 << 20
	// minZipped is the size below which a zstd frame is hardly ever smaller.
	minZipped = 64
	// sampleSize is how much of a chunk is looked at before it is compressed.
	sampleSize = 4 << 10
)

// codec compresses payloads. It is safe for concurrent use and starts no goroutines.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCodec() (*codec, error) {
	// The next level takes nearly twice the time, which an import would feel, to make a store smaller by a fortieth. Objects larger
	// than the window are rare, and a larger one is megabytes for every processor.
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(modulestore.ChunkSize),
		zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(runtime.GOMAXPROCS(0)),
		zstd.WithDecoderMaxMemory(maxObject),
		zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, err
	}
	return &codec{enc, dec}, nil
}

// pack gives the payload of an object as it is to be stored. It may be data itself.
func (c *codec) pack(kind modulestore.Kind, data []byte) (packing, []byte) {
	if len(data) < minZipped || kind == modulestore.KindChunk && !isText(sample(data)) {
		return asItIs, data
	}
	packed := c.enc.EncodeAll(data, make([]byte, 0, len(data)/2))
	if len(packed) >= len(data) {
		return asItIs, data
	}
	return zipped, packed
}

// isText reports whether data has hardly any control characters. Of the chunks of a course only texts are worth
// compressing: media are compressed already, and what little zstd finds in their headers costs more time than all texts
// together. In text there is next to no control character, in media one byte in twenty and more.
func isText(data []byte) bool {
	controls := 0
	for _, b := range data {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
			controls++
		}
	}
	return controls <= len(data)/100
}

// sample takes the first quarter of sampleSize bytes and three more from places spread over the rest, because the
// beginning of a media file is often a header that says nothing about what follows.
func sample(data []byte) []byte {
	if len(data) <= sampleSize {
		return data
	}
	const pieces = 4
	const size = sampleSize / pieces
	taken := make([]byte, 0, sampleSize)
	for i := range pieces {
		from := i * (len(data) - size) / (pieces - 1)
		taken = append(taken, data[from:from+size]...)
	}
	return taken
}

var (
	errPacking = errors.New("unknown packing")
	errSize    = errors.New("wrong size")
)

// unpack gives a copy of the size bytes that were packed.
func (c *codec) unpack(p packing, size int, packed []byte) ([]byte, error) {
	if size < 0 || size > maxObject || p == asItIs && size != len(packed) {
		return nil, fmt.Errorf("%w: %d bytes", errSize, size)
	}
	switch p {
	case asItIs:
		return bytes.Clone(packed), nil
	case zipped:
		data, err := c.dec.DecodeAll(packed, make([]byte, 0, size))
		if err == nil && len(data) != size {
			err = fmt.Errorf("%w: %d bytes instead of %d", errSize, len(data), size)
		}
		return data, err
	default:
		return nil, fmt.Errorf("%w: %d", errPacking, p)
	}
}
