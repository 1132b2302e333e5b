package importer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// stream gives the unpacked bytes of a tar archive. A goroutine of its own reads
// and inflates ahead into a few large buffers, so that unpacking and the caller's
// work overlap; the limits are checked here, on the reading side, as each buffer
// arrives. Whoever starts a stream must close it.
type stream struct {
	u   *unpacking
	src source // belongs to the goroutine until an error has come through full

	full   chan chunk    // capacity for all buffers: sending never blocks
	free   chan []byte   // buffers to fill; nil ones are still to be made
	cancel func()        // ends the goroutine
	done   chan struct{} // closed when it has ended

	current  chunk  // the buffer being read
	rest     []byte // the part of it that is still unread
	unpacked int64  // bytes that came through full
	offset   int64  // bytes that Read has given
	err      error  // why no more will come
	ended    bool   // a read was tried beyond the last byte

	head []byte // what Read gave since record, up to headMost bytes; nil when not recording
}

// source is what a stream reads: the archive file itself or gunzip over it.
type source interface {
	io.Reader
	consumed() int64 // bytes of the archive file used up
}

type chunk struct {
	data []byte
	read int64 // bytes of the archive file used up to unpack it
	err  error // why it is the last, io.EOF for a good end
}

const (
	chunkSize  = 1 << 20
	chunkCount = 4
	headMost   = 4096
)

func startStream(u *unpacking, src source) *stream {
	ctx, cancel := context.WithCancel(u.ctx)
	s := &stream{
		u: u, src: src, cancel: cancel,
		full: make(chan chunk, chunkCount),
		free: make(chan []byte, chunkCount),
		done: make(chan struct{}),
	}
	u.packed = func() int64 { return s.current.read }
	for range chunkCount {
		s.free <- nil
	}
	go s.readAhead(ctx)
	return s
}

// close ends the goroutine and waits for it.
func (s *stream) close() {
	s.cancel()
	<-s.done
}

func (s *stream) readAhead(ctx context.Context) {
	defer close(s.done)
	for {
		select {
		case <-ctx.Done():
			return
		case buffer := <-s.free:
			if buffer == nil {
				buffer = make([]byte, chunkSize)
			}
			n, err := fill(ctx, s.src, buffer)
			s.full <- chunk{data: buffer[:n], read: s.src.consumed(), err: err}
			if err != nil {
				return
			}
		}
	}
}

// fill is io.ReadFull that gives errors as they are: an end in mid-buffer is as
// good as any other.
func fill(ctx context.Context, r io.Reader, buffer []byte) (int, error) {
	n := 0
	for n < len(buffer) {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		m, err := r.Read(buffer[n:])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 && s.err == nil {
		s.next()
	}
	if len(s.rest) == 0 && s.err != nil {
		s.ended = true
		return 0, s.explain(s.err)
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	s.offset += int64(n)
	if s.head != nil {
		s.head = append(s.head, p[:min(n, headMost-len(s.head))]...)
	}
	return n, nil
}

// next takes the next buffer. After one that breaches a limit no more come; what is in it is still read, so that the file is known at
// which that happened.
func (s *stream) next() {
	if s.current.data != nil {
		s.free <- s.current.data[:chunkSize]
		s.current.data = nil
	}
	select {
	case <-s.u.ctx.Done():
		s.err = s.u.stopped()
	case s.current = <-s.full:
		s.rest, s.err = s.current.data, s.current.err
		s.unpacked += int64(len(s.rest))
		if breach := s.u.checkVolume(s.unpacked); breach != nil {
			s.err = breach
		}
	}
}

// peek gives the first bytes without taking them.
func (s *stream) peek() []byte {
	if len(s.rest) == 0 && s.err == nil {
		s.next()
	}
	return s.rest[:min(len(s.rest), tarBlock)]
}

// record makes head hold what Read gives from now on.
func (s *stream) record() { s.head = make([]byte, 0, headMost) }

// drain reads to the end, so that the checksum is verified.
func (s *stream) drain() error {
	_, err := io.Copy(io.Discard, s)
	return err
}

// explain says what an error of the source means.
func (s *stream) explain(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	var known *ArchiveError
	if errors.As(err, &known) {
		return known
	}
	if stopped := s.u.stopped(); stopped != nil {
		return stopped
	}
	var disk diskError
	switch {
	case errors.As(err, &disk):
		return readError("", disk.error)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return s.u.endsEarly(s.current.read)
	default:
		return &ArchiveError{
			Rule: ruleCorrupt, Err: err, Fix: fixDamaged,
			Message: fmt.Sprintf("the archive is damaged somewhere in its first %d bytes: %v", s.current.read, err),
		}
	}
}

func (u *unpacking) endsEarly(size int64) *ArchiveError {
	last := "no file is complete"
	if u.last != "" {
		last = fmt.Sprintf("the last complete file is %q", u.last)
	}
	return &ArchiveError{
		Rule: ruleTruncated, Err: io.ErrUnexpectedEOF, Fix: fixDamaged,
		Message: fmt.Sprintf("the archive ends early, after %d bytes; %s", size, last),
	}
}

// gunzip inflates the one gzip member of which a tar.gz consists, verifies its
// checksum, and looks at what follows it.
type gunzip struct {
	file    *countedReader
	buf     *bufio.Reader
	gz      *gzip.Reader // nil before the first Read
	garbage int64        // bytes after the member
}

func newGunzip(file *countedReader) *gunzip {
	return &gunzip{file: file, buf: bufio.NewReaderSize(file, 1<<16)}
}

func (g *gunzip) consumed() int64 { return g.file.n - int64(g.buf.Buffered()) }

func (g *gunzip) Read(p []byte) (int, error) {
	if g.gz == nil {
		gz, err := gzip.NewReader(g.buf)
		if errors.Is(err, io.EOF) {
			return 0, io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		gz.Multistream(false)
		g.gz = gz
	}
	n, err := g.gz.Read(p)
	if errors.Is(err, io.EOF) {
		err = g.afterMember()
	}
	return n, err
}

// afterMember reads the rest of the file. Padding and garbage are counted, a second
// member is refused: whoever joined the two meant both, and only the first would be
// imported.
func (g *gunzip) afterMember() error {
	for {
		b, err := g.buf.ReadByte()
		if err != nil {
			return err
		}
		if b != 0 {
			break
		}
		g.garbage++
	}
	if err := g.buf.UnreadByte(); err != nil {
		return err
	}
	head, err := g.buf.Peek(len(gzipMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.Equal(head, []byte(gzipMagic)) {
		return trailingArchive("gzip", g.consumed())
	}
	n, err := io.Copy(io.Discard, g.buf)
	g.garbage += n
	if err != nil {
		return err
	}
	return io.EOF
}

func trailingArchive(kind string, offset int64) *ArchiveError {
	return &ArchiveError{
		Rule:    ruleTrailingData,
		Message: fmt.Sprintf("a second %s archive follows the first at byte %d, and would be lost", kind, offset),
		Fix:     "import the two apart, or unpack both into one folder and make one archive of it",
	}
}
