package importer

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Limits bound what reading one archive may cost. They count what is really
// read, never what an archive says of itself. A field that is zero takes its
// value from DefaultLimits.
type Limits struct {
	Entries    int   // files, folders and links together
	TotalBytes int64 // everything unpacked; for tar its headers and padding too
	FileBytes  int64 // one file, unpacked

	Ratio     int   // unpacked bytes to each packed byte, checked
	RatioFrom int64 // once this many bytes have been unpacked

	PathBytes    int // a whole name
	SegmentBytes int // one part of a name, between slashes
	Depth        int // parts of a name

	Time time.Duration // from opening the archive to its last byte

	// Progress, where set, is told after each file, and during large ones about
	// once a mebibyte, how many files are done and how many of the archive's size
	// bytes have been read. It is called by the goroutine that called
	// ReadArchive, so it must return soon.
	Progress func(files int, read, size int64)
}

// DefaultLimits are far above the largest courses in use and far below what
// would trouble a small machine.
func DefaultLimits() Limits {
	return Limits{
		Entries:      50_000,
		TotalBytes:   2 << 30,
		FileBytes:    512 << 20,
		Ratio:        200,
		RatioFrom:    1 << 20,
		PathBytes:    1024,
		SegmentBytes: 255,
		Depth:        32,
		Time:         15 * time.Minute,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	d.Entries = orDefault(l.Entries, d.Entries)
	d.TotalBytes = orDefault(l.TotalBytes, d.TotalBytes)
	d.FileBytes = orDefault(l.FileBytes, d.FileBytes)
	d.Ratio = orDefault(l.Ratio, d.Ratio)
	d.RatioFrom = orDefault(l.RatioFrom, d.RatioFrom)
	d.PathBytes = orDefault(l.PathBytes, d.PathBytes)
	d.SegmentBytes = orDefault(l.SegmentBytes, d.SegmentBytes)
	d.Depth = orDefault(l.Depth, d.Depth)
	d.Time = orDefault(l.Time, d.Time)
	d.Progress = l.Progress
	return d
}

func orDefault[T int | int64 | time.Duration](value, fallback T) T {
	if value == 0 {
		return fallback
	}
	return value
}

// deflateCeiling is the most bytes that deflate can make of one: an archive
// cannot hold a larger file than that, whatever a header declares.
const deflateCeiling = 1032

func (l Limits) entriesBreached(name string, reached int) *ArchiveError {
	return &ArchiveError{
		Rule: ruleEntries, Entry: shortName(name),
		Message: fmt.Sprintf("the archive holds more than %d entries, the limit (this is entry %d)", l.Entries, reached),
		Fix:     "leave out what does not belong to the course, or raise the limit on entries",
	}
}

func (l Limits) fileBreached(name string, reached int64) *ArchiveError {
	return &ArchiveError{
		Rule: ruleFileSize, Entry: name,
		Message: fmt.Sprintf("the file is too large: %s reached, the limit for one file is %s", byteText(reached), byteText(l.FileBytes)),
		Fix:     "make the file smaller or keep it outside the course (video on a video host), or raise the limit for one file",
	}
}

func (l Limits) totalBreached(reached int64, largest string, largestBytes int64) *ArchiveError {
	message := fmt.Sprintf("the archive is too large: %s unpacked so far, the limit is %s", byteText(reached), byteText(l.TotalBytes))
	if largest != "" {
		message += fmt.Sprintf("; the largest file so far is %q with %s", largest, byteText(largestBytes))
	}
	return &ArchiveError{
		Rule: ruleTotalSize, Message: message,
		Fix: "leave out large files that the course does not need, or raise the limit on the unpacked size",
	}
}

func (l Limits) ratioBreached(unpacked, packed int64) *ArchiveError {
	return &ArchiveError{
		Rule: ruleRatio,
		Message: fmt.Sprintf("the archive unpacks to %s from %s, more than %d times its size, the limit",
			byteText(unpacked), byteText(packed), l.Ratio),
		Fix: "a course does not compress like that: look at what the archive holds, or raise the limit on the ratio",
	}
}

func (l Limits) timeBreached() *ArchiveError {
	return &ArchiveError{
		Rule:    ruleTime,
		Message: fmt.Sprintf("reading the archive took longer than %s, the limit", l.Time),
		Fix:     "try again when the machine has less to do, or raise the limit on time",
		Err:     context.DeadlineExceeded,
	}
}

// checkDeclared judges a file by the size its header declares, which saves
// reading up to the limit. holds is the most the archive can hold: a header that
// claims more is damaged or lies.
func (l Limits) checkDeclared(name string, size, holds int64) error {
	switch {
	case size >= 0 && size <= l.FileBytes:
		return nil
	case size < 0 || size > holds:
		return &ArchiveError{
			Rule: ruleCorrupt, Entry: name,
			Message: fmt.Sprintf("the header declares %d bytes, more than the archive can hold", size),
			Fix:     fixDamaged,
		}
	default:
		return l.fileBreached(name, size)
	}
}

// inflatesTo is the most bytes that packed bytes of deflate can become.
func inflatesTo(packed int64) int64 {
	if packed > math.MaxInt64/deflateCeiling {
		return math.MaxInt64
	}
	return packed * deflateCeiling
}

func byteText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.4g GiB (%d bytes)", float64(n)/(1<<30), n)
	case n >= 1<<20:
		return fmt.Sprintf("%.4g MiB (%d bytes)", float64(n)/(1<<20), n)
	default:
		return fmt.Sprintf("%d bytes", n)
	}
}
