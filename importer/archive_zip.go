package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// A zip archive has its directory at the end, and archive/zip loads it whole. These
// bound how much of it may be read for one entry that the limits allow, and for the
// search of the end.
const (
	zipDirectoryEntry = 256
	zipDirectorySlack = 128 << 10
)

func (u *unpacking) readZip(file io.ReaderAt) error {
	end, err := u.checkZipEnd(file)
	if err != nil {
		return err
	}
	directory := int64(u.limits.Entries)*zipDirectoryEntry + zipDirectorySlack
	counted := &countedReaderAt{ctx: u.ctx, r: file, most: directory}
	archive, err := zip.NewReader(counted, u.sum.Size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are checked here, not there
		return u.explainDirectory(err)
	}
	if most := u.limits.Entries; len(archive.File) > most {
		return u.limits.entriesBreached(archive.File[most].Name, len(archive.File))
	}
	counted.n, counted.most = 0, math.MaxInt64
	u.packed = func() int64 { return min(counted.n, u.sum.Size) } // entries may overlap
	for _, f := range archive.File {
		if err := u.zipEntry(f); err != nil {
			return err
		}
	}
	counted.n = u.sum.Size
	if end < u.sum.Size {
		u.trailingGarbage(u.sum.Size - end)
	}
	return nil
}

func (u *unpacking) zipEntry(f *zip.File) error {
	raw, legacy := zipName(f)
	mode := f.Mode()
	name, err := u.entry(raw, mode.IsDir())
	if err != nil {
		return err
	}
	if legacy {
		u.notice(Notice{
			Rule: ruleNameEncoding, Entry: name, Warning: true,
			Message: "the name is not UTF-8 and was read as code page 437, as old zip programs write it",
			Fix:     "if it looks wrong, make the archive again with a program that writes UTF-8 names",
		})
	}
	switch {
	case f.Flags&1 != 0:
		return &ArchiveError{
			Rule: ruleEncrypted, Entry: name, Message: "the file is encrypted",
			Fix: "make the archive again without a password",
		}
	case mode.IsDir():
		if f.UncompressedSize64 > 0 {
			return zipDamaged(name, errors.New("a folder that has content"))
		}
		u.folder(name)
		return nil
	case mode&fs.ModeSymlink != 0:
		target, err := zipLink(f, u.limits.PathBytes)
		if err != nil {
			return u.explainZip(name, f, err)
		}
		u.link(name, target, "symbolic link", "put a copy of the file in its place, or make the archive with zip without --symlinks")
		return nil
	case !mode.IsRegular():
		return u.refuseType(name, diskType(mode.Type()))
	}
	if _, again := u.files[name]; again {
		return duplicate(name, "the directory of the zip archive holds this name twice")
	}
	return u.zipFile(name, f)
}

func (u *unpacking) zipFile(name string, f *zip.File) error {
	size := int64(min(f.UncompressedSize64, math.MaxInt64))
	holds := inflatesTo(int64(min(f.CompressedSize64, uint64(u.sum.Size))))
	if err := u.limits.checkDeclared(name, size, holds); err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return u.explainZip(name, f, err)
	}
	defer r.Close()
	return u.file(name, size, explainedReader{r, func(err error) error { return u.explainZip(name, f, err) }})
}

// zipName returns the name of an entry in UTF-8, and whether it had to be converted.
func zipName(f *zip.File) (name string, legacy bool) {
	const flagUTF8 = 0x800
	if f.Flags&flagUTF8 != 0 || utf8.ValidString(f.Name) {
		return f.Name, false
	}
	name, err := charmap.CodePage437.NewDecoder().String(f.Name)
	if err != nil {
		return f.Name, false
	}
	return name, true
}

// zipLink reads the target of a symbolic link, which is the content of its entry.
func zipLink(f *zip.File, most int) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	target, err := io.ReadAll(io.LimitReader(r, int64(most)))
	return string(target), err
}

func (u *unpacking) explainZip(name string, f *zip.File, err error) error {
	var disk diskError
	switch {
	case u.stopped() != nil:
		return u.stopped()
	case errors.As(err, &disk):
		return readError(name, disk.error)
	case errors.Is(err, zip.ErrAlgorithm):
		return &ArchiveError{
			Rule: ruleFormat, Entry: name, Err: err,
			Message: fmt.Sprintf("the file is compressed by a method that is not supported (zip method %d)", f.Method),
			Fix:     "make the archive again with ordinary compression (deflate)",
		}
	default:
		return zipDamaged(name, err)
	}
}

func zipDamaged(name string, err error) error {
	return &ArchiveError{
		Rule: ruleCorrupt, Entry: name, Err: err, Fix: fixDamaged,
		Message: fmt.Sprintf("the file is damaged: %v", err),
	}
}

func (u *unpacking) explainDirectory(err error) error {
	var disk diskError
	switch {
	case u.stopped() != nil:
		return u.stopped()
	case errors.Is(err, errDirectoryLong):
		return &ArchiveError{
			Rule:    ruleEntries,
			Message: fmt.Sprintf("the directory of the zip archive is too long for %d entries, the limit", u.limits.Entries),
			Fix:     "leave out what does not belong to the course, or raise the limit on entries",
		}
	case errors.As(err, &disk):
		return readError("", disk.error)
	default:
		return &ArchiveError{
			Rule: ruleCorrupt, Err: err, Fix: fixDamaged,
			Message: fmt.Sprintf("the directory of the zip archive is damaged: %v", err),
		}
	}
}

const (
	zipEndMagic     = "PK\x05\x06"
	zipEnd64Magic   = "PK\x06\x06"
	zipLocatorMagic = "PK\x06\x07"

	zipEndBytes     = 22
	zipEnd64Bytes   = 56
	zipLocatorBytes = 20
	zipCommentBytes = 1<<16 - 1
)

// checkZipEnd finds the record that ends the archive and returns the offset after
// it. The directory that the record describes must lie before it, counted from the
// first byte of the file: else it belongs to another archive, which was joined to
// this one or lay in it when it was cut off, and archive/zip would read that.
func (u *unpacking) checkZipEnd(file io.ReaderAt) (int64, error) {
	start := max(0, u.sum.Size-zipEndBytes-zipCommentBytes)
	tail, err := readAt(file, start, u.sum.Size-start)
	if err != nil {
		return 0, readError("", err)
	}
	i := bytes.LastIndex(tail, []byte(zipEndMagic))
	if i < 0 || i+zipEndBytes > len(tail) {
		return 0, u.endsEarly(u.sum.Size)
	}
	record := tail[i:]
	after := zipEndBytes + int(binary.LittleEndian.Uint16(record[20:]))
	if after > len(record) {
		return 0, u.endsEarly(u.sum.Size)
	}
	own, err := ownsDirectory(file, record, start+int64(i))
	switch {
	case err != nil:
		return 0, readError("", err)
	case !own:
		return 0, &ArchiveError{
			Rule: ruleCorrupt, Fix: fixDamaged,
			Message: "the directory at the end is not that of the zip archive at the start: the file was cut off, or two archives were joined",
		}
	}
	return start + int64(i+after), nil
}

// ownsDirectory tells whether the directory ends where the end record at an offset
// says it does: right before that record or, in a large archive, right before the
// record and the locator that zip64 puts in between.
func ownsDirectory(file io.ReaderAt, record []byte, at int64) (bool, error) {
	le := binary.LittleEndian
	size, offset := uint64(le.Uint32(record[12:])), uint64(le.Uint32(record[16:]))
	locatorAt := max(0, at-zipLocatorBytes)
	locator, err := readAt(file, locatorAt, zipLocatorBytes)
	if err != nil {
		return false, err
	}
	if bytes.HasPrefix(locator, []byte(zipLocatorMagic)) {
		at = int64(min(le.Uint64(locator[8:]), math.MaxInt64/2))
		record64, err := readAt(file, at, zipEnd64Bytes)
		if err != nil {
			return false, err
		}
		if len(record64) < zipEnd64Bytes || !bytes.HasPrefix(record64, []byte(zipEnd64Magic)) {
			return false, nil
		}
		if length := 12 + le.Uint64(record64[4:]); uint64(at)+length != uint64(locatorAt) {
			return false, nil
		}
		size, offset = le.Uint64(record64[40:]), le.Uint64(record64[48:])
	}
	return size+offset == uint64(at), nil
}

// readAt returns n bytes from an offset, fewer at the end of the file.
func readAt(file io.ReaderAt, offset, n int64) ([]byte, error) {
	data := make([]byte, n)
	m, err := file.ReadAt(data, offset)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return data[:m], err
}

var errDirectoryLong = errors.New("zip directory too long")

// countedReaderAt reads the archive file. It heeds the context, counts, stops after
// most bytes, and marks its own failures.
type countedReaderAt struct {
	ctx  context.Context
	r    io.ReaderAt
	n    int64
	most int64
}

func (c *countedReaderAt) ReadAt(p []byte, offset int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	if c.n += int64(len(p)); c.n > c.most {
		return 0, errDirectoryLong
	}
	n, err := c.r.ReadAt(p, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		err = diskError{err}
	}
	return n, err
}
