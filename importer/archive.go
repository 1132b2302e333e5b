package importer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// The rules that end an import (see ArchiveError). An id never changes its meaning.
const (
	ruleRead         = "archive.read"          // the operating system could not read it
	ruleFormat       = "archive.format"        // not a kind of archive that can be read
	ruleTruncated    = "archive.truncated"     // it ends early
	ruleCorrupt      = "archive.corrupt"       // it is damaged
	ruleEncrypted    = "archive.encrypted"     // a file in it needs a password
	ruleTrailingData = "archive.trailing_data" // a second archive follows the first

	rulePathEscape  = "archive.path_escape"  // a name leads out of the archive
	rulePathUnclean = "archive.path_unclean" // a name has empty, "." or ".." parts
	rulePathChars   = "archive.path_chars"   // a name has characters that no name may have
	rulePathLong    = "archive.path_long"    // a name is too long or too deep
	ruleType        = "archive.type"         // neither file nor folder nor link
	ruleSparse      = "archive.sparse"       // a file with holes
	ruleDuplicate   = "archive.duplicate"    // two things under one name

	ruleEntries   = "archive.entries"
	ruleFileSize  = "archive.file_size"
	ruleTotalSize = "archive.total_size"
	ruleRatio     = "archive.ratio"
	ruleTime      = "archive.time"
)

// The rules of notices. A repeated file gives a notice of ruleDuplicate as well.
const (
	ruleLink            = "archive.link"
	ruleTrailingGarbage = "archive.trailing_garbage"
	ruleEndMissing      = "archive.end_missing"
	ruleNameCollision   = "archive.name_collision"
	ruleNameInvisible   = "archive.name_invisible"
	ruleNameEncoding    = "archive.name_encoding"
	ruleNamePortable    = "archive.name_portable"
	ruleEmptyFolder     = "archive.empty_folder"
	ruleGit             = "archive.git"
)

const (
	fixDamaged = "copy or download the archive again, or make it again from the course"
	fixRepack  = "make the archive again from the course folder with an ordinary tar or zip program"
)

// ArchiveError ends the reading of an archive; nothing that was read of it may be
// kept. Rule is a stable id. Entry is the name that the archive gives, as it is:
// quote it before showing it. Message and Fix are for people.
type ArchiveError struct {
	Rule, Entry, Message, Fix string
	Err                       error
}

func (e *ArchiveError) Error() string {
	var b strings.Builder
	if e.Entry != "" {
		fmt.Fprintf(&b, "%q: ", e.Entry)
	}
	b.WriteString(e.Message)
	if e.Fix != "" {
		b.WriteString("; " + e.Fix)
	}
	fmt.Fprintf(&b, " [%s]", e.Rule)
	return b.String()
}

func (e *ArchiveError) Unwrap() error { return e.Err }

// isLimit tells whether the archive was given up for its size, so that not a
// byte more of it should be read.
func (e *ArchiveError) isLimit() bool {
	switch e.Rule {
	case ruleEntries, ruleFileSize, ruleTotalSize, ruleRatio, ruleTime:
		return true
	}
	return false
}

// Notice is something that a reader of the archive should know and that does not
// stop the import: a link left out, a file that is there twice, bytes after the
// end. Warning is set where something was left out or may not be as it was meant.
// Entry is the name as the archive gives it: quote it before showing it.
type Notice struct {
	Rule, Entry, Message, Fix string
	Warning                   bool
}

// Summary tells what an archive was and held.
type Summary struct {
	Format  string   // "tar.gz", "tar", "zip" or "directory"
	Files   int      // files given to the caller
	Bytes   int64    // their bytes
	Read    int64    // bytes read of the archive itself
	Size    int64    // bytes of the archive itself; for a directory, of its files
	Notices []Notice // in the order in which they came up
}

// ReadArchive reads the archive at path: a .tar.gz, .tar or .zip file, told apart
// by content and never by name, or a directory. It calls each for every regular
// file, in the order of the archive (of names, for a directory), one at a time.
// name is slash-separated, relative and clean: data, never to be used as a path on
// disk. size is what the archive declares. each reads from r what it wants before
// it returns; an error from each ends the reading and is returned as it is.
//
// Nothing is written to disk and no file is held in memory. Links are left out,
// with one notice each.
//
// ReadArchive returns nil only after it has read the whole input and verified
// every checksum; until then nothing that each was given may be trusted. It stops
// at the first breach of limits, and soon after ctx is done. All other errors are
// *ArchiveError. No goroutine outlives it.
func ReadArchive(ctx context.Context, path string, limits Limits,
	each func(name string, size int64, r io.Reader) error,
) (Summary, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Summary{}, readError("", err)
	}
	switch {
	case info.IsDir():
		root, err := os.OpenRoot(path)
		if err != nil {
			return Summary{}, readError("", err)
		}
		defer root.Close()
		return ReadFS(ctx, root.FS(), limits, each)
	case !info.Mode().IsRegular():
		return Summary{}, &ArchiveError{
			Rule: ruleFormat, Message: "this is neither a file nor a folder but a special file", Fix: fixFormat,
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return Summary{}, readError("", err)
	}
	defer file.Close()
	return readFile(ctx, file, info.Size(), limits, each)
}

// ReadFS reads a course from a file system, such as one that is embedded, as
// ReadArchive reads a directory.
func ReadFS(ctx context.Context, fsys fs.FS, limits Limits,
	each func(name string, size int64, r io.Reader) error,
) (Summary, error) {
	u, cancel := newUnpacking(ctx, limits, each)
	defer cancel()
	return u.finish(u.readDirectory(fsys))
}

// readFile reads an archive of size bytes of any format.
func readFile(ctx context.Context, file io.ReaderAt, size int64, limits Limits,
	each func(name string, size int64, r io.Reader) error,
) (Summary, error) {
	u, cancel := newUnpacking(ctx, limits, each)
	defer cancel()
	u.sum.Size = size

	head := make([]byte, tarBlock)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return u.finish(readError("", err))
	}
	u.sum.Format = detect(head[:n])
	raw := &countedReader{ctx: u.ctx, r: io.NewSectionReader(file, 0, size)}
	switch u.sum.Format {
	case formatTarGz:
		return u.finish(u.readTarGz(raw))
	case formatTar:
		return u.finish(u.readTar(raw))
	case formatZip:
		return u.finish(u.readZip(file))
	default:
		return u.finish(&ArchiveError{
			Rule: ruleFormat, Message: "this is not a course archive but " + describe(head[:n]), Fix: fixFormat,
		})
	}
}

// unpacking is one run over one archive, whatever its format: the rules about
// names, repetitions and limits are here, once.
type unpacking struct {
	ctx    context.Context
	limits Limits
	each   func(name string, size int64, r io.Reader) error
	sum    Summary

	packed       func() int64 // bytes of the archive used up so far
	entries      int
	unpacked     int64 // bytes of all files
	reported     int64 // unpacked when Progress was last told
	largest      string
	largestBytes int64
	last         string // the last file that was complete

	files   map[string]contentSum
	seed    maphash.Seed
	folders map[string]bool
	noted   map[Notice]bool // odd names, told once for each folder
}

// contentSum tells two files of one name apart. The hash is keyed, with another key in each run, so nobody can make an archive
// whose files have the same one; a secure hash would take a tenth of the time of the whole reading.
type contentSum struct {
	size int64
	hash uint64
}

func newUnpacking(ctx context.Context, limits Limits,
	each func(name string, size int64, r io.Reader) error,
) (*unpacking, context.CancelFunc) {
	limits = limits.withDefaults()
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Time, limits.timeBreached())
	return &unpacking{
		ctx: ctx, limits: limits, each: each,
		packed:  func() int64 { return 0 },
		files:   map[string]contentSum{},
		seed:    maphash.MakeSeed(),
		folders: map[string]bool{},
		noted:   map[Notice]bool{},
	}, cancel
}

// finish looks at the archive as a whole once a format has been read.
func (u *unpacking) finish(err error) (Summary, error) {
	u.sum.Read = u.packed()
	if err == nil {
		err = u.checkTree()
	}
	return u.sum, err
}

func (u *unpacking) notice(n Notice) { u.sum.Notices = append(u.sum.Notices, n) }

// stopped is the error for a run whose context is done, or nil.
func (u *unpacking) stopped() error {
	if u.ctx.Err() == nil {
		return nil
	}
	var late *ArchiveError
	if cause := context.Cause(u.ctx); errors.As(cause, &late) {
		return late
	}
	return fmt.Errorf("reading the archive was stopped: %w", u.ctx.Err())
}

// entry counts one entry of any kind and returns its clean name, "." for the root folder.
func (u *unpacking) entry(raw string, folder bool) (string, error) {
	u.entries++
	if u.entries > u.limits.Entries {
		return "", u.limits.entriesBreached(raw, u.entries)
	}
	if err := u.stopped(); err != nil {
		return "", err
	}
	if folder && (raw == "." || raw == "./") {
		return ".", nil
	}
	name := strings.TrimPrefix(raw, "./")
	if folder && len(name) > 1 {
		name = strings.TrimSuffix(name, "/")
	}
	return name, checkName(name, u.limits)
}

// file hands one regular file to the caller, or, where its name came before,
// compares it with the earlier one.
func (u *unpacking) file(name string, size int64, r io.Reader) error {
	earlier, again := u.files[name]
	entry := &entryReader{u: u, name: name, r: r}
	entry.hash.SetSeed(u.seed)
	defer entry.close()
	if !again {
		u.noteOddName(name)
		err := u.each(name, size, entry)
		if entry.failed() { // the caller may have hidden or wrapped it
			return entry.err
		}
		if err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, entry); err != nil {
		return err
	}
	sum := contentSum{size: entry.n, hash: entry.hash.Sum64()}
	switch {
	case !again:
		u.files[name] = sum
		u.last = name
		u.sum.Files++
		u.sum.Bytes += entry.n
	case sum != earlier:
		return duplicate(name, "the archive holds two different files of this name")
	default:
		u.notice(Notice{
			Rule: ruleDuplicate, Entry: name, Warning: true,
			Message: "the archive holds this file more than once, each time with the same content; it was read once",
		})
	}
	u.progress()
	return nil
}

// folder remembers a folder that the archive names.
func (u *unpacking) folder(name string) {
	if name != "." {
		u.folders[name] = true
	}
}

// link leaves out a link of the given kind.
func (u *unpacking) link(name, target, kind, fix string) {
	u.notice(Notice{
		Rule: ruleLink, Entry: name, Warning: true,
		Message: fmt.Sprintf("left out: this is a %s to %q, not a file", kind, shortName(target)),
		Fix:     fix,
	})
}

func (u *unpacking) refuseType(name, what string) error {
	return &ArchiveError{
		Rule: ruleType, Entry: name,
		Message: "this is " + what + "; a course holds only files and folders",
		Fix:     "remove it and make the archive again",
	}
}

// count takes n more bytes of the file, of which reached bytes have now been read.
func (u *unpacking) count(name string, n, reached int64) error {
	u.unpacked += n
	if reached > u.largestBytes {
		u.largest, u.largestBytes = name, reached
	}
	if reached > u.limits.FileBytes {
		return u.limits.fileBreached(name, reached)
	}
	if u.unpacked-u.reported >= progressStep {
		u.progress()
	}
	return u.checkVolume(u.unpacked)
}

// checkVolume holds unpacked bytes, of one layer or another, against the limits.
func (u *unpacking) checkVolume(unpacked int64) error {
	if unpacked > u.limits.TotalBytes {
		return u.limits.totalBreached(unpacked, u.largest, u.largestBytes)
	}
	packed := u.packed()
	if unpacked >= u.limits.RatioFrom && unpacked/int64(u.limits.Ratio) > packed {
		return u.limits.ratioBreached(unpacked, packed)
	}
	return nil
}

const progressStep = 1 << 20

func (u *unpacking) progress() {
	u.reported = u.unpacked
	if u.limits.Progress != nil {
		u.limits.Progress(u.sum.Files, u.packed(), u.sum.Size)
	}
}

// checkTree judges the names of the whole archive together: one name cannot be a
// file and a folder, names that some systems cannot tell apart are pointed out, and
// so are folders without content, which are not kept.
func (u *unpacking) checkTree() error {
	files := slices.Sorted(maps.Keys(u.files))
	folders := slices.Sorted(maps.Keys(u.folders))
	all := slices.Concat(files, folders)
	slices.Sort(all)
	below := func(folder string) (string, bool) {
		i, _ := slices.BinarySearch(all, folder+"/")
		if i < len(all) && strings.HasPrefix(all[i], folder+"/") {
			return all[i], true
		}
		return "", false
	}
	for _, name := range files {
		if inner, found := below(name); found {
			return duplicate(name, fmt.Sprintf("the archive holds this as a file and as a folder with %q in it", inner))
		}
		if u.folders[name] {
			return duplicate(name, "the archive holds this as a file and as a folder")
		}
	}
	for _, name := range folders {
		if _, found := below(name); !found {
			u.notice(Notice{
				Rule: ruleEmptyFolder, Entry: name,
				Message: "left out: the folder holds no files, and a course keeps only files",
			})
		}
	}
	u.noteCollisions(files)
	return nil
}

func duplicate(name, message string) *ArchiveError {
	return &ArchiveError{
		Rule: ruleDuplicate, Entry: name, Message: message,
		Fix: "keep the right one, remove the other and make the archive again",
	}
}

func readError(name string, err error) *ArchiveError {
	return &ArchiveError{
		Rule: ruleRead, Entry: name, Err: err,
		Message: fmt.Sprintf("reading failed: %v", err),
		Fix:     "check that the file exists, may be read and is on a working disk",
	}
}

// entryReader gives the caller one file and, as it is read, counts and hashes it.
// It remembers its own failure, which outranks what the caller makes of it, and
// refuses to be read after its turn.
type entryReader struct {
	u    *unpacking
	name string
	r    io.Reader
	hash maphash.Hash
	n    int64
	err  error
}

func (e *entryReader) Read(p []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	if e.err = e.u.stopped(); e.err != nil {
		return 0, e.err
	}
	n, err := e.r.Read(p)
	e.hash.Write(p[:n])
	e.n += int64(n)
	if breach := e.u.count(e.name, int64(n), e.n); breach != nil {
		err = breach
	}
	e.err = err
	return n, err
}

func (e *entryReader) failed() bool { return e.err != nil && !errors.Is(e.err, io.EOF) }

func (e *entryReader) close() {
	e.err = fmt.Errorf("%q was read after its turn: %w", e.name, fs.ErrClosed)
}

// explainedReader turns the errors of a format's own reader into those of ReadArchive.
type explainedReader struct {
	r       io.Reader
	explain func(error) error
}

func (e explainedReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = e.explain(err)
	}
	return n, err
}

// countedReader reads the archive file. It heeds the context, counts, and marks its
// own failures, so that a bad disk is not taken for a bad archive.
type countedReader struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = diskError{err}
	}
	return n, err
}

func (c *countedReader) consumed() int64 { return c.n }

// diskError is a failure of the operating system, not of the archive.
type diskError struct{ error }

func (d diskError) Unwrap() error { return d.error }
