package importer

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

func (u *unpacking) readTarGz(file *countedReader) error {
	src := newGunzip(file)
	t := &tarball{u: u, s: startStream(u, src), holds: inflatesTo(u.sum.Size), checked: true}
	defer t.s.close()
	if err := t.verified(t.readInner()); err != nil {
		return err
	}
	if src.garbage > 0 {
		u.trailingGarbage(src.garbage)
	}
	return nil
}

func (u *unpacking) readTar(file *countedReader) error {
	t := &tarball{u: u, s: startStream(u, file), holds: u.sum.Size}
	defer t.s.close()
	return t.verified(t.readMembers())
}

// tarball reads the members of a tar archive from a stream.
type tarball struct {
	u       *unpacking
	s       *stream
	tr      *tar.Reader
	holds   int64 // the most bytes that can be in it
	checked bool  // a checksum around the archive proves that nothing is missing
}

// verified puts damage before every other fault: in a damaged archive names and
// types may be anything, and to copy it again is what helps. Only a breached limit
// is told at once.
func (t *tarball) verified(err error) error {
	var fault, damage *ArchiveError
	if err == nil || !errors.As(err, &fault) || fault.isLimit() {
		return err
	}
	if errors.As(t.s.drain(), &damage) && (damage.Rule == ruleCorrupt || damage.Rule == ruleTruncated) {
		return damage
	}
	return err
}

// readInner reads what a gzip file holds, once it is seen to be tar.
func (t *tarball) readInner() error {
	head := t.s.peek()
	if isTarHeader(head) {
		return t.readMembers()
	}
	if len(head) == 0 && !errors.Is(t.s.err, io.EOF) {
		return t.s.explain(t.s.err)
	}
	return &ArchiveError{
		Rule: ruleFormat, Fix: fixFormat,
		Message: "this is a gzip file, but what it holds is not a tar archive but " + describe(head),
	}
}

func (t *tarball) readMembers() error {
	t.tr = tar.NewReader(t.s)
	for {
		at := t.s.offset
		t.s.record()
		header, err := t.tr.Next()
		switch {
		case errors.Is(err, io.EOF):
			return t.afterEnd()
		case err != nil && !errors.Is(err, tar.ErrInsecurePath): // names are checked here, not there
			return t.explainHeader(err, at)
		}
		t.s.head = nil
		if err := t.member(header); err != nil {
			return err
		}
	}
}

func (t *tarball) member(header *tar.Header) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return t.global(header)
	}
	name, err := t.u.entry(header.Name, header.Typeflag == tar.TypeDir)
	if err != nil {
		return err
	}
	if isSparse(header) {
		return &ArchiveError{
			Rule: ruleSparse, Entry: name,
			Message: "the file is stored with holes, so that a small archive can claim any size",
			Fix:     "make the archive again without the --sparse option",
		}
	}
	switch header.Typeflag {
	case tar.TypeReg:
		if err := t.u.limits.checkDeclared(name, header.Size, t.holds); err != nil {
			return err
		}
		return whileReading(name, t.u.file(name, header.Size, explainedReader{t.tr, t.explain}))
	case tar.TypeDir:
		t.u.folder(name)
	case tar.TypeSymlink:
		t.u.link(name, header.Linkname, "symbolic link", "put a copy of the file in its place, or make the archive with tar --dereference")
	case tar.TypeLink:
		t.u.link(name, header.Linkname, "hard link", "put a copy of the file in its place, or make the archive with tar --hard-dereference")
	default:
		return t.u.refuseType(name, tarType(header.Typeflag))
	}
	return nil
}

// whileReading names the file at which a limit of the whole archive was breached.
func whileReading(name string, err error) error {
	var limit *ArchiveError
	if !errors.As(err, &limit) || limit.Entry != "" || !limit.isLimit() {
		return err
	}
	named := *limit
	named.Entry = name
	return &named
}

// global passes over the header that some programs put first (git notes the commit
// there). One that sets names or sizes for all members would be read in different
// ways by different programs.
func (t *tarball) global(header *tar.Header) error {
	if _, err := t.u.entry("global header", false); err != nil {
		return err
	}
	for _, key := range []string{"path", "linkpath", "size"} {
		if _, sets := header.PAXRecords[key]; sets {
			return &ArchiveError{
				Rule: ruleType, Message: fmt.Sprintf("a global header of the archive sets the %s of every member", key), Fix: fixRepack,
			}
		}
	}
	return nil
}

func isSparse(header *tar.Header) bool {
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return header.Typeflag == tar.TypeGNUSparse
}

func tarType(flag byte) string {
	switch flag {
	case tar.TypeChar, tar.TypeBlock:
		return "a device"
	case tar.TypeFifo:
		return "a named pipe"
	default:
		return fmt.Sprintf("a special entry (tar type %q)", flag)
	}
}

// explain says what an error within a file means.
func (t *tarball) explain(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) && !isArchiveError(err) {
		return t.endsEarly()
	}
	return err // explained by the stream already
}

// explainHeader says what an error of the header at an offset means.
func (t *tarball) explainHeader(err error, at int64) error {
	switch {
	case isArchiveError(err):
		return err
	case t.u.stopped() != nil:
		return t.u.stopped()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return t.endsEarly()
	case hasNulInPath(t.s.head):
		return &ArchiveError{
			Rule: rulePathChars, Err: err,
			Message: fmt.Sprintf("the name at byte %d of the unpacked archive has a NUL character", at),
			Fix:     fixRepack,
		}
	default:
		return &ArchiveError{
			Rule: ruleCorrupt, Err: err, Fix: fixDamaged,
			Message: fmt.Sprintf("the tar header at byte %d of the unpacked archive is damaged", at),
		}
	}
}

// endsEarly is a fault of whoever made the archive if a checksum shows that it came whole.
func (t *tarball) endsEarly() error {
	if !t.checked {
		return t.u.endsEarly(t.s.offset)
	}
	return &ArchiveError{
		Rule: ruleCorrupt, Err: io.ErrUnexpectedEOF, Fix: fixRepack,
		Message: fmt.Sprintf("the tar archive inside the gzip file breaks off at byte %d, within the file after %q", t.s.offset, t.u.last),
	}
}

func isArchiveError(err error) bool {
	var known *ArchiveError
	return errors.As(err, &known)
}

// hasNulInPath finds, in an extended header that archive/tar refused, a path with a
// NUL in it: an attempt to show different programs different names.
func hasNulInPath(head []byte) bool {
	_, record, found := bytes.Cut(head, []byte(" path="))
	name, _, whole := bytes.Cut(record, []byte("\n"))
	return found && whole && bytes.IndexByte(name, 0) >= 0
}

// afterEnd reads what follows the end marker: padding as a rule. Another tar archive
// there is refused, since it would be lost.
func (t *tarball) afterEnd() error {
	if t.s.ended {
		return t.withoutEnd()
	}
	var garbage int64
	block := make([]byte, tarBlock)
	for {
		at := t.s.offset
		n, err := io.ReadFull(t.s, block)
		if !isZero(block[:n]) {
			if isTarHeader(block[:n]) {
				return trailingArchive("tar", at)
			}
			garbage += int64(n)
		}
		switch {
		case err == nil:
			continue
		case !errors.Is(err, io.EOF) && (!errors.Is(err, io.ErrUnexpectedEOF) || isArchiveError(err)):
			return err
		case garbage > 0:
			t.u.trailingGarbage(garbage)
		}
		return nil
	}
}

// withoutEnd judges an archive that stops after a complete member without an end
// marker. Without a checksum nobody can tell whether members are missing.
func (t *tarball) withoutEnd() error {
	if !t.checked {
		return t.u.endsEarly(t.s.offset)
	}
	t.u.notice(Notice{
		Rule: ruleEndMissing, Warning: true,
		Message: "the tar archive has no end marker; its checksum is right, so nothing is missing",
		Fix:     "if you wrote the program that makes it, let it close the archive",
	})
	return nil
}

func (u *unpacking) trailingGarbage(n int64) {
	u.notice(Notice{
		Rule: ruleTrailingGarbage, Warning: true,
		Message: fmt.Sprintf("%d bytes after the end of the archive were left out", n),
		Fix:     "nothing needs to be done if the course is complete",
	})
}
