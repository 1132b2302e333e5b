package importer

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The formats that are read.
const (
	formatTarGz     = "tar.gz"
	formatTar       = "tar"
	formatZip       = "zip"
	formatDirectory = "directory"
)

const fixFormat = "give a .tar.gz, .tar or .zip file of the course folder, or the folder itself"

const gzipMagic = "\x1f\x8b"

// detect names the format of a file by its first 512 bytes, "" for none that is read.
func detect(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte(gzipMagic)):
		return formatTarGz
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte(zipEndMagic)):
		return formatZip
	case isTarHeader(head):
		return formatTar
	}
	return ""
}

const tarBlock = 512

// isTarHeader goes by the magic word, or else by the checksum, since the oldest
// kind of tar has no magic word.
func isTarHeader(block []byte) bool {
	if len(block) < tarBlock {
		return false
	}
	if string(block[257:262]) == "ustar" {
		return true
	}
	field := strings.Trim(string(block[148:156]), " \x00")
	want, err := strconv.ParseInt(field, 8, 64)
	if err != nil {
		return false
	}
	sum := int64(8 * ' ')
	for i, b := range block {
		if i < 148 || i >= 156 {
			sum += int64(b)
		}
	}
	return sum == want
}

func isZero(block []byte) bool {
	return len(bytes.TrimLeft(block, "\x00")) == 0
}

// describe names what people give in place of a course archive.
func describe(head []byte) string {
	if len(head) == 0 {
		return "an empty file"
	}
	for _, known := range []struct{ magic, what string }{
		{gzipMagic, "a gzip file (packed twice?)"},
		{"PK\x03\x04", "a zip archive"},
		{"PK\x07\x08", "a part of a zip archive in several files"},
		{"\x28\xb5\x2f\xfd", "a zstd file"},
		{"7z\xbc\xaf\x27\x1c", "a 7z archive"},
		{"Rar!\x1a\x07", "a RAR archive"},
		{"BZh", "a bzip2 file"},
		{"\xfd7zXZ\x00", "an xz file"},
		{"\x1f\x9d", "a file of the old compress program"},
		{"\x04\x22\x4d\x18", "an lz4 file"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office file (OLE)"},
		{"%PDF-", "a PDF document"},
		{"MZ", "a Windows program"},
		{"\x7fELF", "a program"},
		{"\x89PNG", "a picture (PNG)"},
		{"\xff\xd8\xff", "a picture (JPEG)"},
		{"version https://git-lfs", "a Git LFS pointer: the archive itself was not fetched (git lfs pull)"},
	} {
		if bytes.HasPrefix(head, []byte(known.magic)) {
			return known.what
		}
	}
	return describeText(head)
}

func describeText(head []byte) string {
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff")))
	switch {
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return "an HTML page (a download that ended at a login or error page?)"
	case strings.HasPrefix(text, "<"):
		return "an XML file (a single file of a course is not enough)"
	case strings.HasPrefix(text, "{"):
		return "a JSON file"
	case isZero(head):
		return "nothing but zeros (an empty archive, or a download that was never filled in?)"
	case looksLikeText(head):
		return "a text file"
	}
	return "a file of unknown kind"
}

func looksLikeText(head []byte) bool {
	// The last character may have been cut in two.
	whole := strings.ToValidUTF8(string(head), "")
	return len(head)-len(whole) < utf8.UTFMax && !strings.ContainsFunc(whole, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\r' && r != '\t'
	})
}
