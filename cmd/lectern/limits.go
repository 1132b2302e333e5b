package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"lectern/importer"
)

// limitFlags lets users move the limits on what reading an archive may cost.
func limitFlags(flags *pflag.FlagSet, l *importer.Limits) {
	*l = importer.DefaultLimits()
	flags.IntVar(&l.Entries, "max-files", l.Entries, "limit on files, folders and links in the archive")
	flags.Var((*byteSize)(&l.TotalBytes), "max-bytes", "limit on all files together, unpacked")
	flags.Var((*byteSize)(&l.FileBytes), "max-file-bytes", "limit on one file, unpacked")
	flags.IntVar(&l.Ratio, "max-ratio", l.Ratio, "limit on unpacked bytes for each packed byte")
	flags.DurationVar(&l.Time, "max-time", l.Time, "limit on the time for reading the archive")
}

// checkLimits refuses limits that no archive could keep.
func checkLimits(l importer.Limits) error {
	if l.Entries < 1 || l.TotalBytes < 1 || l.FileBytes < 1 || l.Ratio < 1 || l.Time < 1 {
		return &usageError{message: "a limit must be more than 0"}
	}
	return nil
}

// byteSize is a number of bytes as people write it: 500000, 512M, 2GiB. A unit counts in steps of 1,024.
type byteSize int64

var byteUnits = []struct {
	suffix string
	bytes  int64
}{{"GIB", 1 << 30}, {"MIB", 1 << 20}, {"KIB", 1 << 10}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}}

// String implements pflag.Value.
func (s *byteSize) String() string {
	for _, u := range byteUnits[:3] {
		if n := int64(*s); n > 0 && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.suffix[:1] + "iB"
		}
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Set implements pflag.Value.
func (s *byteSize) Set(text string) error {
	number, factor := strings.ToUpper(strings.TrimSpace(text)), int64(1)
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n < 1 || n > math.MaxInt64/factor {
		return fmt.Errorf("%q is no size; write a number of bytes, or a number with K, M or G", text)
	}
	*s = byteSize(n * factor)
	return nil
}

// Type implements pflag.Value; help texts show it.
func (s *byteSize) Type() string { return "size" }
