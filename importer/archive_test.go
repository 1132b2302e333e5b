package importer

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"lectern/modulestore/storetest"
)

// member is one entry of a tar archive that a test makes byte by byte, since
// archive/tar refuses to write most of what attackers do.
type member struct {
	name string
	body string
	flag byte   // '0' where not given
	link string // target
	pax  string // records of an extended header before it, see paxRecord
	size string // the size field where it is not the length of body
}

func tarOf(members ...member) []byte {
	var b bytes.Buffer
	for _, m := range members {
		writeMember(&b, m)
	}
	b.Write(make([]byte, 2*tarBlock))
	return b.Bytes()
}

func writeMember(b *bytes.Buffer, m member) {
	if len(m.name) > 100 && m.pax == "" {
		m.pax = paxRecord("path", m.name)
		m.name = m.name[:100]
	}
	if m.pax != "" {
		writeMember(b, member{name: "PaxHeaders/x", body: m.pax, flag: 'x'})
	}
	if m.flag == 0 {
		m.flag = '0'
	}
	if m.size == "" {
		m.size = fmt.Sprintf("%011o\x00", len(m.body))
	}
	header := make([]byte, tarBlock)
	copy(header, m.name)
	copy(header[100:], "0000644\x00")
	copy(header[124:], m.size)
	copy(header[136:], "00000000000\x00")
	copy(header[148:], "        ")
	header[156] = m.flag
	copy(header[157:], m.link)
	copy(header[257:], "ustar\x0000")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	b.Write(header)
	b.WriteString(m.body)
	b.Write(make([]byte, -len(m.body)&(tarBlock-1)))
}

func paxRecord(key, value string) string {
	for n := len(key) + len(value) + 3; ; n++ {
		if record := fmt.Sprintf("%d %s=%s\n", n, key, value); len(record) == n {
			return record
		}
	}
}

func gzipOf(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

func tarGz(members ...member) []byte { return gzipOf(tarOf(members...)) }

// zipMember is one entry of a zip archive.
type zipMember struct {
	name   string
	body   string
	mode   fs.FileMode
	flags  uint16
	method uint16
	legacy bool // no UTF-8 flag
}

func zipOf(t testing.TB, members ...zipMember) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		header := &zip.FileHeader{Name: m.name, Method: m.method, Flags: m.flags, NonUTF8: m.legacy}
		if m.mode != 0 {
			header.SetMode(m.mode)
		}
		create := w.CreateHeader
		if m.method != zip.Deflate { // as they are: whatever flags and methods
			header.CRC32 = crc32.ChecksumIEEE([]byte(m.body))
			header.CompressedSize64, header.UncompressedSize64 = uint64(len(m.body)), uint64(len(m.body))
			create = w.CreateRaw
		}
		f, err := create(header)
		if err == nil {
			_, err = io.WriteString(f, m.body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read reads an archive from memory and returns the files it was given.
func read(data []byte, limits Limits) (map[string]string, Summary, error) {
	files := map[string]string{}
	sum, err := readFile(context.Background(), bytes.NewReader(data), int64(len(data)), limits, keep(files))
	return files, sum, err
}

func keep(files map[string]string) func(string, int64, io.Reader) error {
	return func(name string, size int64, r io.Reader) error {
		if _, again := files[name]; again {
			return fmt.Errorf("%q was given twice", name)
		}
		body, err := io.ReadAll(r)
		if err == nil && size != int64(len(body)) {
			err = fmt.Errorf("%q: size %d, read %d bytes", name, size, len(body))
		}
		files[name] = string(body)
		return err
	}
}

func ruleOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var fault *ArchiveError
	if !errors.As(err, &fault) {
		t.Fatalf("error %q (%T) is no *ArchiveError", err, err)
	}
	if fault.Message == "" || fault.Fix == "" {
		t.Errorf("error %q lacks a message or a fix", err)
	}
	return fault.Rule
}

func noticeRules(sum Summary) []string {
	var rules []string
	for _, n := range sum.Notices {
		rules = append(rules, n.Rule)
	}
	return rules
}

func zeros(n int) string { return strings.Repeat("\x00", n) }

// noise does not compress.
func noise(seed uint64, n int) string {
	b := make([]byte, 0, n+8)
	for rnd := rand.NewPCG(seed, 0); len(b) < n; {
		b = binary.LittleEndian.AppendUint64(b, rnd.Uint64())
	}
	return string(b[:n])
}

func TestArchivesThatAreRefused(t *testing.T) {
	a := member{name: "course/a", body: "A"}
	one := func(name string) []byte { return tarGz(member{name: name, body: "x"}) }
	special := func(flag byte) []byte { return tarGz(a, member{name: "course/s", flag: flag}) }
	empty := func(n int) []byte {
		members := make([]member, n)
		for i := range members {
			members[i].name = fmt.Sprintf("f%d", i)
		}
		return tarGz(members...)
	}
	sparsePAX := paxRecord("GNU.sparse.major", "1") + paxRecord("GNU.sparse.minor", "0") +
		paxRecord("GNU.sparse.name", "holes") + paxRecord("GNU.sparse.realsize", "1099511627776")

	for _, test := range []struct {
		name   string
		data   []byte
		limits Limits
		rule   string
	}{
		{name: "A1 a name that climbs out", data: one("../../evil"), rule: "archive.path_escape"},
		{name: "A2 an absolute name", data: one("/etc/evil"), rule: "archive.path_escape"},
		{name: "A2 an absolute name with two slashes", data: one("//etc/evil"), rule: "archive.path_escape"},
		{name: "A2 the root of the file system", data: tarGz(member{name: "/", flag: '5'}), rule: "archive.path_escape"},
		{name: "A3 a name that climbs out from within", data: one("course/../../evil"), rule: "archive.path_escape"},
		{name: "A3 a name that climbs but stays inside", data: one("course/a/../b"), rule: "archive.path_unclean"},
		{name: "A3 a name with an empty part", data: one("course//b"), rule: "archive.path_unclean"},
		{name: "A3 a name with a dot in the middle", data: one("course/./b"), rule: "archive.path_unclean"},
		{name: "A3 an empty name", data: one(""), rule: "archive.path_unclean"},
		{name: "A3 a file with the name of the root", data: one("."), rule: "archive.path_unclean"},
		{name: "A3 a folder that climbs out", data: tarGz(member{name: "../evil/", flag: '5'}), rule: "archive.path_escape"},
		{name: "A4 backslashes that climb", data: one(`..\..\evil`), rule: "archive.path_chars"},
		{name: "A4 a drive letter", data: one("C:evil"), rule: "archive.path_chars"},
		{name: "A4 a network share", data: one(`\\srv\x`), rule: "archive.path_chars"},
		{name: "A5 a NUL in a name", data: tarGz(member{name: "x", pax: paxRecord("path", "course/a\x00b"), body: "x"}), rule: "archive.path_chars"},
		{name: "A5 a line break in a name", data: one("a\nb.xml"), rule: "archive.path_chars"},
		{name: "A5 an escape sequence in a name", data: one("\x1b[2J.xml"), rule: "archive.path_chars"},
		{name: "A5 a DEL in a name", data: one("a\x7f"), rule: "archive.path_chars"},
		{name: "A6 a name that shows backwards", data: one("course/a\u202egnp.xml"), rule: "archive.path_chars"},
		{name: "A7 a name that is not UTF-8", data: one("course/a\xff.xml"), rule: "archive.path_chars"},
		{name: "A10 one name, two contents", data: tarGz(a, member{name: "course/a", body: "B"}), rule: "archive.duplicate"},
		{name: "A11 a file and then a folder of one name", data: tarGz(a, member{name: "course/a/b"}), rule: "archive.duplicate"},
		{name: "A11 a folder and then a file of one name", data: tarGz(member{name: "course/a/b"}, a), rule: "archive.duplicate"},
		{name: "A11 a file and an empty folder of one name", data: tarGz(a, member{name: "course/a/", flag: '5'}), rule: "archive.duplicate"},
		{name: "A12 a sibling of the folder", data: one("../course-evil/x"), rule: "archive.path_escape"},
		{name: "A18 a FIFO", data: special('6'), rule: "archive.type"},
		{name: "A18 a character device", data: special('3'), rule: "archive.type"},
		{name: "A18 a block device", data: special('4'), rule: "archive.type"},
		{name: "A18 a contiguous file", data: special('7'), rule: "archive.type"},
		{name: "A18 a volume header", data: special('V'), rule: "archive.type"},
		{name: "A18 a part of a file from another volume", data: special('M'), rule: "archive.type"},
		{name: "A18 a global header that names every member", data: tarGz(member{name: "g", flag: 'g', body: paxRecord("path", "evil")}, a), rule: "archive.type"},
		{name: "A19 a gzip bomb", data: tarGz(member{name: "static/z.bin", body: zeros(16 << 20)}), rule: "archive.ratio"},
		{name: "A19 a gzip bomb after the end of the tar archive", data: gzipOf(append(tarOf(a), zeros(64<<20)...)), rule: "archive.ratio"},
		{name: "A20 a sparse file of PAX 1.0", data: tarGz(member{name: "holes", pax: sparsePAX, body: "1\n0\n512\n" + zeros(504) + zeros(512)}), rule: "archive.sparse"},
		{name: "A20 a sparse file of PAX 0.1", data: tarGz(member{name: "holes", pax: paxRecord("GNU.sparse.size", "1099511627776") + paxRecord("GNU.sparse.numblocks", "1") + paxRecord("GNU.sparse.map", "0,1"), body: "x"}), rule: "archive.sparse"},
		{name: "A20 a sparse file of old GNU tar", data: oldSparse(), rule: "archive.sparse"},
		{name: "A21 an entry too many", data: empty(50_001), rule: "archive.entries"},
		{name: "A21 links and folders count as entries", data: tarGz(member{name: "d/", flag: '5'}, member{name: "l", flag: '2', link: "d"}, a), limits: Limits{Entries: 2}, rule: "archive.entries"},
		{name: "A22 a path of 3,000 levels", data: one(strings.Repeat("a/", 2999) + "a"), rule: "archive.path_long"},
		{name: "A22 a path of 33 levels", data: one(strings.Repeat("a/", 32) + "a"), rule: "archive.path_long"},
		{name: "A22 a component of 5,000 bytes", data: one(strings.Repeat("a", 5000)), rule: "archive.path_long"},
		{name: "A22 a component of 256 bytes", data: one("a/" + strings.Repeat("b", 256)), rule: "archive.path_long"},
		{name: "A23 a file one byte over the limit", data: tarGz(member{name: "big", body: noise(1, 1001)}), limits: Limits{FileBytes: 1000}, rule: "archive.file_size"},
		{name: "A23 files that are too much together", data: tarGz(member{name: "a", body: noise(1, 9000)}, member{name: "b", body: noise(2, 9000)}), limits: Limits{TotalBytes: 16_000}, rule: "archive.total_size"},
		{name: "A24 a size of 2⁶³−1", data: tarGz(member{name: "a", body: "x", size: "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"}), rule: "archive.corrupt"},
		{name: "A24 a negative size", data: tarGz(member{name: "a", body: "x", size: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"}), rule: "archive.corrupt"},
		{name: "A24 a size larger than the data", data: tarGz(member{name: "a", body: "x", size: "00000100000\x00"}), rule: "archive.corrupt"},
		{name: "A24 a header with a wrong checksum", data: gzipOf(flip(tarOf(a, a), 1024+3)), rule: "archive.corrupt"},
		{name: "A26 a plain tar cut within a file", data: tarOf(a, member{name: "b", body: noise(1, 4000)})[:3000], rule: "archive.truncated"},
		{name: "A26 a plain tar cut between two files", data: tarOf(a, member{name: "b"})[:1024], rule: "archive.truncated"},
		{name: "A26 a gzip header alone", data: tarGz(a)[:10], rule: "archive.truncated"},
		{name: "A27 a wrong checksum", data: flip(tarGz(a), -6), rule: "archive.corrupt"},
		{name: "A27 a wrong length", data: flip(tarGz(a), -1), rule: "archive.corrupt"},
		{name: "A27 damage is told before the bad name it makes", data: flip(one("../evil"), -6), rule: "archive.corrupt"},
		{name: "A29 a second gzip member", data: slices.Concat(tarGz(a), tarGz(member{name: "b"})), rule: "archive.trailing_data"},
		{name: "A29 a second gzip member after padding", data: slices.Concat(tarGz(a), make([]byte, 512), tarGz(a)), rule: "archive.trailing_data"},
		{name: "A29 a second tar archive in one gzip member", data: gzipOf(slices.Concat(tarOf(a), tarOf(member{name: "b"}))), rule: "archive.trailing_data"},
		{name: "A29 a second plain tar archive", data: slices.Concat(tarOf(a), tarOf(member{name: "b"})), rule: "archive.trailing_data"},

		{name: "zip: a name that climbs out", data: zipOf(t, zipMember{name: "../evil"}), rule: "archive.path_escape"},
		{name: "zip: an absolute name", data: zipOf(t, zipMember{name: "/etc/evil"}), rule: "archive.path_escape"},
		{name: "zip: backslashes", data: zipOf(t, zipMember{name: `..\evil`}), rule: "archive.path_chars"},
		{name: "zip: a name flagged UTF-8 that is not", data: zipOf(t, zipMember{name: "a\xff", flags: 0x800}), rule: "archive.path_chars"},
		{name: "zip: one name twice, even with the same content", data: zipOf(t, zipMember{name: "a"}, zipMember{name: "a"}), rule: "archive.duplicate"},
		{name: "zip: a file and a folder of one name", data: zipOf(t, zipMember{name: "a"}, zipMember{name: "a/b"}), rule: "archive.duplicate"},
		{name: "zip: a device", data: zipOf(t, zipMember{name: "a", mode: fs.ModeDevice | 0o644}), rule: "archive.type"},
		{name: "zip: a FIFO", data: zipOf(t, zipMember{name: "a", mode: fs.ModeNamedPipe | 0o644}), rule: "archive.type"},
		{name: "zip: an encrypted file", data: zipOf(t, zipMember{name: "a", body: "x", flags: 1}), rule: "archive.encrypted"},
		{name: "zip: an unknown compression", data: zipOf(t, zipMember{name: "a", body: "x", method: 99}), rule: "archive.format"},
		{name: "zip: a folder with content", data: bytes.ReplaceAll(zipOf(t, zipMember{name: "a!", body: "x"}), []byte("a!"), []byte("a/")), rule: "archive.corrupt"},
		{name: "zip: a bomb", data: zipOf(t, zipMember{name: "z", body: zeros(8 << 20), method: zip.Deflate}), rule: "archive.ratio"},
		{name: "zip: a file that is too large", data: zipOf(t, zipMember{name: "z", body: noise(1, 1001)}), limits: Limits{FileBytes: 1000}, rule: "archive.file_size"},
		{name: "zip: files that are too much together", data: zipOf(t, zipMember{name: "a", body: noise(1, 900)}, zipMember{name: "b", body: noise(2, 900)}), limits: Limits{TotalBytes: 1000}, rule: "archive.total_size"},
		{name: "zip: an entry too many", data: zipOf(t, zipMember{name: "a"}, zipMember{name: "b"}), limits: Limits{Entries: 1}, rule: "archive.entries"},
		{name: "zip: a wrong checksum", data: flip(zipOf(t, zipMember{name: "a", body: "hello"}), 31), rule: "archive.corrupt"},
		{name: "zip: a damaged directory", data: flip(zipOf(t, zipMember{name: "a", body: "hello"}), 36), rule: "archive.corrupt"},
		{name: "zip: cut off", data: zipOf(t, zipMember{name: "a", body: "hello"})[:60], rule: "archive.truncated"},
		{name: "zip: cut off behind a zip within it", data: cutBehindInner(t), rule: "archive.corrupt"},
		{name: "zip: two archives joined", data: slices.Concat(zipOf(t, zipMember{name: "a"}), zipOf(t, zipMember{name: "b"})), rule: "archive.corrupt"},
		{name: "zip: two archives joined, of different size", data: slices.Concat(zipOf(t, zipMember{name: "a"}), zipOf(t, zipMember{name: "bb", body: "x"})), rule: "archive.corrupt"},
		{name: "zip: two large archives joined", data: slices.Concat(zip64(zipOf(t, zipMember{name: "a"})), zip64(zipOf(t, zipMember{name: "b"}))), rule: "archive.corrupt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, sum, err := read(test.data, test.limits)
			if got := ruleOf(t, err); got != test.rule {
				t.Errorf("rule %q, want %q (%v; notices %v)", got, test.rule, err, sum.Notices)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\x00\n\x1b\u202e") {
				t.Errorf("the message %q shows control characters as they are", err)
			}
		})
	}
}

// flip changes a bit of the byte at a place, counted from the end if negative.
func flip(data []byte, at int) []byte {
	data = bytes.Clone(data)
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 4
	return data
}

// oldSparse is a file of type S that says of itself to be a mebibyte of holes.
func oldSparse() []byte {
	data := tarOf(member{name: "holes", flag: 'S'})
	header := data[:tarBlock]
	copy(header[257:], "ustar  \x00")
	copy(header[386:], "00004000000\x0000000000000\x00") // one empty fragment at the end
	copy(header[483:], "00004000000\x00")
	copy(header[148:], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	return gzipOf(data)
}

func manyZipMembers(n int) []zipMember {
	members := make([]zipMember, n)
	for i := range members {
		members[i].name = fmt.Sprintf("f%d", i)
	}
	return members
}

// zip64 replaces the end of an archive by that of an archive too large for it,
// as some programs write it always.
func zip64(data []byte) []byte {
	at := len(data) - zipEndBytes
	end := bytes.Clone(data[at:])
	le := binary.LittleEndian
	entries, size, offset := uint64(le.Uint16(end[10:])), uint64(le.Uint32(end[12:])), uint64(le.Uint32(end[16:]))

	data = append(bytes.Clone(data[:at]), zipEnd64Magic...)
	data = le.AppendUint64(data, zipEnd64Bytes-12)
	data = append(data, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, n := range []uint64{entries, entries, size, offset} {
		data = le.AppendUint64(data, n)
	}
	data = append(data, zipLocatorMagic+"\x00\x00\x00\x00"...)
	data = le.AppendUint64(data, uint64(at))
	data = append(data, 1, 0, 0, 0)
	for i := 8; i < 20; i++ {
		end[i] = 0xff
	}
	return append(data, end...)
}

// cutBehindInner is a zip archive that breaks off soon after a zip file stored in
// it, whose directory must not be taken for that of the whole.
func cutBehindInner(t *testing.T) []byte {
	inner := zipOf(t, zipMember{name: "course.xml", body: "<course/>"})
	outer := zipOf(t, zipMember{name: "a"}, zipMember{name: "static/inner.zip", body: string(inner)}, zipMember{name: "b", body: noise(1, 500)})
	return outer[:bytes.LastIndex(outer, inner)+len(inner)+40]
}

func TestArchivesThatAreRead(t *testing.T) {
	a := member{name: "course/a", body: "A"}
	justA := map[string]string{"course/a": "A"}
	link := func(name, target string) member { return member{name: name, flag: '2', link: target} }
	long := strings.Repeat("d/", 31) + strings.Repeat("n", 255)

	for _, test := range []struct {
		name    string
		data    []byte
		format  string
		files   map[string]string
		notices []string
	}{
		{name: "a plain tar, whatever its file is called", data: tarOf(a), format: "tar", files: justA},
		{name: "a tar in gzip", data: tarGz(a), format: "tar.gz", files: justA},
		{name: "a zip", data: zipOf(t, zipMember{name: "course/a", body: "A"}), format: "zip", files: justA},
		{name: "a zip that is compressed", data: zipOf(t, zipMember{name: "course/a", body: "A", method: zip.Deflate}), format: "zip", files: justA},
		{name: "an empty zip", data: zipOf(t), format: "zip", files: map[string]string{}},
		{name: "folders are not files", data: tarGz(member{name: "course/", flag: '5'}, a), format: "tar.gz", files: justA},
		{name: "a leading ./ is no part of the name", data: tarGz(member{name: "./", flag: '5'}, member{name: "./course/a", body: "A"}), format: "tar.gz", files: justA},
		{name: "the global header of git archive is passed over", data: tarGz(member{name: "pax_global_header", flag: 'g', body: paxRecord("comment", "c0ffee")}, a), format: "tar.gz", files: justA},
		{name: "a tar of the oldest kind, without magic word", data: oldestTar(), format: "tar", files: justA},
		{name: "the longest name", data: tarGz(member{name: long}), format: "tar.gz", files: map[string]string{long: ""}},
		{name: "a folder without files is told", data: tarGz(a, member{name: "empty/", flag: '5'}), format: "tar.gz", files: justA, notices: []string{"archive.empty_folder"}},
		{name: "of empty folders in each other only the innermost is told", data: tarGz(a, member{name: "e/", flag: '5'}, member{name: "e/f/", flag: '5'}), format: "tar.gz", files: justA, notices: []string{"archive.empty_folder"}},

		{name: "A6 a zero-width character is told", data: tarGz(member{name: "a\u200b.html"}), format: "tar.gz", files: map[string]string{"a\u200b.html": ""}, notices: []string{"archive.name_invisible"}},
		{
			name: "A8 names that Windows cannot store are told", data: tarGz(member{name: "CON"}, member{name: "aux.txt"}, member{name: "a."}, member{name: "b "}, member{name: "lpt1"}, member{name: "contact"}, member{name: "com10"}),
			format: "tar.gz", files: map[string]string{"CON": "", "aux.txt": "", "a.": "", "b ": "", "lpt1": "", "contact": "", "com10": ""},
			notices: []string{"archive.name_portable", "archive.name_portable", "archive.name_portable", "archive.name_portable", "archive.name_portable"},
		},
		{name: "A8 a folder that Windows cannot store is told once", data: tarGz(member{name: "a./b"}, member{name: "a./c"}), format: "tar.gz", files: map[string]string{"a./b": "", "a./c": ""}, notices: []string{"archive.name_portable"}},
		{name: "A9 names that differ in case are both kept", data: tarGz(member{name: "static/A.png", body: "1"}, member{name: "static/a.png", body: "2"}), format: "tar.gz", files: map[string]string{"static/A.png": "1", "static/a.png": "2"}, notices: []string{"archive.name_collision"}},
		{name: "A9 names that differ in Unicode form are both kept", data: tarGz(member{name: "\u00e9.png", body: "1"}, member{name: "e\u0301.png", body: "2"}), format: "tar.gz", files: map[string]string{"\u00e9.png": "1", "e\u0301.png": "2"}, notices: []string{"archive.name_collision"}},
		{name: "A10 the same file twice is read once", data: tarGz(a, a), format: "tar.gz", files: justA, notices: []string{"archive.duplicate"}},
		{name: "A13 a link that leads out is left out", data: tarGz(link("course/s", "../../etc"), link("course/t", "/etc/passwd"), a), format: "tar.gz", files: justA, notices: []string{"archive.link", "archive.link"}},
		{name: "A14 a link that stays inside is left out", data: tarGz(a, link("course/s", "a")), format: "tar.gz", files: justA, notices: []string{"archive.link"}},
		{
			name: "A15 a file through links is a file of that name", data: tarGz(link("sub/up", ".."), link("sub/up/w", ".."), member{name: "sub/up/w/pwned", body: "x"}),
			format: "tar.gz", files: map[string]string{"sub/up/w/pwned": "x"}, notices: []string{"archive.link", "archive.link"},
		},
		{
			name: "A16 a chain of links through a dot changes no name", data: tarGz(link("p/q/r", "."), link("t", "p/q/r/../../.."), member{name: "t/evil", body: "x"}),
			format: "tar.gz", files: map[string]string{"t/evil": "x"}, notices: []string{"archive.link", "archive.link"},
		},
		{name: "A17 hard links are left out", data: tarGz(a, member{name: "course/h", flag: '1', link: "/etc/passwd"}, member{name: "course/i", flag: '1', link: "course/a"}), format: "tar.gz", files: justA, notices: []string{"archive.link", "archive.link"}},
		{name: "A25 archives in the archive are files", data: tarGz(member{name: "static/x.tar.gz", body: string(tarGz(a))}), format: "tar.gz", files: map[string]string{"static/x.tar.gz": string(tarGz(a))}},
		{name: "A28 garbage after the gzip member is told", data: append(tarGz(a), "garbage"...), format: "tar.gz", files: justA, notices: []string{"archive.trailing_garbage"}},
		{name: "A28 one byte of garbage is told", data: append(tarGz(a), 'g'), format: "tar.gz", files: justA, notices: []string{"archive.trailing_garbage"}},
		{name: "A28 zeros after the gzip member are told", data: append(tarGz(a), make([]byte, 512)...), format: "tar.gz", files: justA, notices: []string{"archive.trailing_garbage"}},
		{name: "A28 garbage after the tar archive is told", data: gzipOf(append(tarOf(a), "garbage"...)), format: "tar.gz", files: justA, notices: []string{"archive.trailing_garbage"}},
		{name: "A28 garbage after a zip is told", data: append(zipOf(t, zipMember{name: "course/a", body: "A"}), "garbage"...), format: "zip", files: justA, notices: []string{"archive.trailing_garbage"}},
		{name: "A28 padding within the gzip member is ordinary", data: gzipOf(append(tarOf(a), make([]byte, 8192)...)), format: "tar.gz", files: justA},
		{name: "A28 a missing end marker is told where a checksum shows that nothing is missing", data: gzipOf(tarOf(a)[:1024]), format: "tar.gz", files: justA, notices: []string{"archive.end_missing"}},
		{
			name: "A32 junk is kept: nothing is dropped in silence", data: tarGz(member{name: "._x"}, member{name: ".DS_Store"}, member{name: "__MACOSX/y"}, member{name: ".git/HEAD"}),
			format: "tar.gz", files: map[string]string{"._x": "", ".DS_Store": "", "__MACOSX/y": "", ".git/HEAD": ""},
		},

		{name: "zip: a link is left out", data: zipOf(t, zipMember{name: "course/a", body: "A"}, zipMember{name: "s", body: "../x", mode: fs.ModeSymlink | 0o777}), format: "zip", files: justA, notices: []string{"archive.link"}},
		{name: "zip: an empty folder is told", data: zipOf(t, zipMember{name: "course/a", body: "A"}, zipMember{name: "e/"}), format: "zip", files: justA, notices: []string{"archive.empty_folder"}},
		{name: "zip: a name in UTF-8 without the flag", data: zipOf(t, zipMember{name: "é.png", legacy: true}), format: "zip", files: map[string]string{"é.png": ""}},
		{name: "zip: a name in code page 437", data: zipOf(t, zipMember{name: "\x82.png", legacy: true}), format: "zip", files: map[string]string{"é.png": ""}, notices: []string{"archive.name_encoding"}},
		{name: "zip: the end record of large archives", data: zip64(zipOf(t, zipMember{name: "course/a", body: "A"})), format: "zip", files: justA},
		{name: "zip: a zip stored in it", data: zipOf(t, zipMember{name: "a.zip", body: string(zipOf(t))}), format: "zip", files: map[string]string{"a.zip": string(zipOf(t))}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files, sum, err := read(test.data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.files, files); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.notices, noticeRules(sum)); diff != "" {
				t.Errorf("%s\n%+v", diff, sum.Notices)
			}
			bytes := 0
			for _, body := range files {
				bytes += len(body)
			}
			want := Summary{Format: test.format, Files: len(files), Bytes: int64(bytes), Read: int64(len(test.data)), Size: int64(len(test.data))}
			sum.Notices = nil
			if diff := cmp.Diff(want, sum); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func oldestTar() []byte {
	data := tarOf(member{name: "course/a", body: "A"})
	header := data[:tarBlock]
	clear(header[257:])
	copy(header[148:], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	return data
}

// A30: what is no archive is named for what it is.
func TestWrongContainersAreNamed(t *testing.T) {
	for _, test := range []struct{ name, data, says string }{
		{"an empty file", "", "an empty file"},
		{"a web page", "\ufeff\n <!DOCTYPE html><html>", "an HTML page"},
		{"a file of XML", `<course org="x"/>`, "an XML file"},
		{"JSON", `{"error": "not found"}`, "a JSON file"},
		{"text of 20 bytes", "12345678901234567890", "a text file"},
		{"20 bytes of anything", "\x01\x02\x03\xff\xfe\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "unknown kind"},
		{"zeros", zeros(10240), "nothing but zeros"},
		{"zstd", "\x28\xb5\x2f\xfd....", "zstd"},
		{"7z", "7z\xbc\xaf\x27\x1c....", "7z"},
		{"RAR", "Rar!\x1a\x07\x01\x00", "RAR"},
		{"bzip2", "BZh91AY&SY", "bzip2"},
		{"xz", "\xfd7zXZ\x00", "xz"},
		{"a Word document", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLE"},
		{"PDF", "%PDF-1.7", "PDF"},
		{"a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS"},
		{"gzip of a web page", string(gzipOf([]byte("<html>"))), "gzip file, but what it holds is not a tar archive but an HTML page"},
		{"gzip of gzip", string(gzipOf(tarGz())), "packed twice"},
		{"gzip of nothing", string(gzipOf(nil)), "an empty file"},
		{"gzip of zip", string(gzipOf(zipOf(t, zipMember{name: "a"}))), "a zip archive"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := read([]byte(test.data), Limits{})
			if ruleOf(t, err) != "archive.format" || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want archive.format and %q", err, test.says)
			}
		})
	}
}

// sampleMembers are like a course: many small files that compress and a few large
// ones that do not, more than one buffer in all.
func sampleMembers() []member {
	members := []member{{name: "course/course.xml", body: "<course/>"}}
	for i := range 100 {
		members = append(members, member{name: fmt.Sprintf("course/html/%d.xml", i), body: strings.Repeat("<p>text</p>\n", i)})
	}
	for i := range 4 {
		members = append(members, member{name: fmt.Sprintf("course/static/%d.png", i), body: noise(uint64(i), 400_000)})
	}
	return members
}

func TestTruncationIsAlwaysNoticed(t *testing.T) {
	whole := tarGz(sampleMembers()...)
	var cuts []int
	for i := range 64 {
		cuts = append(cuts, len(whole)*i/64)
	}
	for i := 1; i <= 8; i++ {
		cuts = append(cuts, len(whole)-i)
	}
	for _, cut := range cuts[1:] {
		_, _, err := read(whole[:cut], Limits{})
		if ruleOf(t, err) != "archive.truncated" || !strings.Contains(err.Error(), fmt.Sprintf("after %d bytes", cut)) {
			t.Errorf("cut at %d of %d: %v", cut, len(whole), err)
		}
	}
	_, _, err := read(whole[:len(whole)-1], Limits{})
	if want := `the last complete file is "course/static/3.png"`; !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not say %s", err, want)
	}
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	whole := tarGz(sampleMembers()...)
	archive := zipOf(t, zipMember{name: "static/a.png", body: noise(1, 50_000), method: zip.Deflate})
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		at, bit := 10+rnd.IntN(len(whole)-10), rnd.IntN(8)
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1 << bit
		_, _, err := read(damaged, Limits{})
		// Some damage makes the packed data run on beyond the end of the file.
		if rule := ruleOf(t, err); rule != "archive.corrupt" && rule != "archive.truncated" {
			t.Errorf("tar.gz, bit %d of byte %d: %v", bit, at, err)
		}

		at = 60 + rnd.IntN(50_000-60)
		damaged = bytes.Clone(archive)
		damaged[at] ^= 1 << bit
		_, _, err = read(damaged, Limits{})
		if rule := ruleOf(t, err); rule != "archive.corrupt" {
			t.Errorf("zip, bit %d of byte %d: %v", bit, at, err)
		}
	}
}

func TestABombIsStoppedEarly(t *testing.T) {
	bomb := tarGz(member{name: "static/z.bin", body: zeros(64 << 20)})
	var got int64
	_, err := readFile(t.Context(), bytes.NewReader(bomb), int64(len(bomb)), Limits{}, func(_ string, _ int64, r io.Reader) error {
		n, err := io.Copy(io.Discard, r)
		got += n
		return err
	})
	if ruleOf(t, err) != "archive.ratio" || got > 4<<20 {
		t.Errorf("%v after %d bytes", err, got)
	}
}

func TestAFileOverTheLimitIsNotRead(t *testing.T) {
	data := tarGz(member{name: "big", body: noise(1, 4<<20)})
	called := false
	_, err := readFile(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{FileBytes: 3 << 20}, func(string, int64, io.Reader) error {
		called = true
		return nil
	})
	if ruleOf(t, err) != "archive.file_size" || called {
		t.Errorf("%v, called %v", err, called)
	}
	if _, _, err := read(data, Limits{FileBytes: 4 << 20}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

// endlessTar is a plain tar archive with one file of zeros, made as it is read.
type endlessTar struct{ header []byte }

func (e endlessTar) ReadAt(p []byte, offset int64) (int, error) {
	clear(p)
	if offset < int64(len(e.header)) {
		copy(p, e.header[offset:])
	}
	return len(p), nil
}

func TestMemoryDoesNotGrowWithTheArchive(t *testing.T) {
	const size = 256 << 20
	var header bytes.Buffer
	if err := tar.NewWriter(&header).WriteHeader(&tar.Header{Name: "big", Typeflag: tar.TypeReg, Size: size}); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sum, err := readFile(t.Context(), endlessTar{header.Bytes()}, size+3*tarBlock, Limits{}, func(string, int64, io.Reader) error { return nil })
	runtime.ReadMemStats(&after)
	if err != nil || sum.Bytes != size {
		t.Fatalf("%d bytes, %v", sum.Bytes, err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8<<20 {
		t.Errorf("%d bytes were allocated in all", allocated)
	}
}

func TestTheErrorOfTheCallerIsReturnedAsItIs(t *testing.T) {
	full := errors.New("disk full")
	for format, data := range map[string][]byte{
		"tar.gz": tarGz(sampleMembers()...), "tar": tarOf(sampleMembers()...), "zip": zipOf(t, zipMember{name: "a"}),
	} {
		_, err := readFile(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{}, func(string, int64, io.Reader) error { return full })
		if err != full { //nolint:errorlint // as it is, not wrapped
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestAFaultOfTheArchiveOutranksWhatTheCallerMakesOfIt(t *testing.T) {
	data := tarGz(sampleMembers()...)
	data = data[:len(data)/2]
	for name, each := range map[string]func(error) error{
		"hides it":    func(error) error { return nil },
		"replaces it": func(err error) error { return errors.New("bad picture: " + err.Error()) },
	} {
		_, err := readFile(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{}, func(_ string, _ int64, r io.Reader) error {
			if _, err := io.Copy(io.Discard, r); err != nil {
				return each(err)
			}
			return nil
		})
		if ruleOf(t, err) != "archive.truncated" {
			t.Errorf("a caller that %s: %v", name, err)
		}
	}
}

func TestAFileThatTheCallerDoesNotReadIsVerified(t *testing.T) {
	ignore := func(string, int64, io.Reader) error { return nil }
	damagedZip := flip(zipOf(t, zipMember{name: "a", body: "hello"}), 31)
	if _, err := readFile(t.Context(), bytes.NewReader(damagedZip), int64(len(damagedZip)), Limits{}, ignore); ruleOf(t, err) != "archive.corrupt" {
		t.Errorf("zip: %v", err)
	}
	twice := tarGz(member{name: "a", body: "1"}, member{name: "a", body: "2"})
	if _, err := readFile(t.Context(), bytes.NewReader(twice), int64(len(twice)), Limits{}, ignore); ruleOf(t, err) != "archive.duplicate" {
		t.Errorf("tar: %v", err)
	}
}

func TestAReaderIsDeadAfterItsTurn(t *testing.T) {
	data := tarGz(member{name: "a", body: "1"}, member{name: "b", body: "2"})
	var kept io.Reader
	_, err := readFile(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{}, func(_ string, _ int64, r io.Reader) error {
		if kept != nil {
			if _, err := kept.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
				t.Errorf("%v, want fs.ErrClosed", err)
			}
		}
		kept = r
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCancelling(t *testing.T) {
	tree := fstest.MapFS{"a": {Data: []byte(noise(1, 100))}, "b": {Data: []byte("b")}}
	for format, run := range map[string]func(context.Context, func(string, int64, io.Reader) error) error{
		"tar.gz": func(ctx context.Context, each func(string, int64, io.Reader) error) error {
			data := tarGz(sampleMembers()...)
			_, err := readFile(ctx, bytes.NewReader(data), int64(len(data)), Limits{}, each)
			return err
		},
		"zip": func(ctx context.Context, each func(string, int64, io.Reader) error) error {
			data := zipOf(t, zipMember{name: "a", body: noise(1, 100)}, zipMember{name: "b", body: "b"})
			_, err := readFile(ctx, bytes.NewReader(data), int64(len(data)), Limits{}, each)
			return err
		},
		"directory": func(ctx context.Context, each func(string, int64, io.Reader) error) error {
			_, err := ReadFS(ctx, tree, Limits{}, each)
			return err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		err := run(ctx, func(_ string, _ int64, r io.Reader) error {
			calls++
			cancel()
			_, err := r.Read(make([]byte, 1))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: reading on gave %v", format, err)
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || calls != 1 {
			t.Errorf("%s: %v after %d files", format, err, calls)
		}
		if err := run(ctx, func(string, int64, io.Reader) error { calls++; return nil }); !errors.Is(err, context.Canceled) || calls != 1 {
			t.Errorf("%s, cancelled before: %v, %d files", format, err, calls)
		}
	}
}

func TestNamesAreJudgedHereWhateverGoThinksOfThem(t *testing.T) {
	t.Setenv("GODEBUG", "tarinsecurepath=0,zipinsecurepath=0")
	for format, data := range map[string][]byte{"tar.gz": tarGz(member{name: "../evil"}), "zip": zipOf(t, zipMember{name: "../evil"})} {
		if _, _, err := read(data, Limits{}); ruleOf(t, err) != "archive.path_escape" {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestTheTimeLimit(t *testing.T) {
	for format, data := range map[string][]byte{"tar.gz": tarGz(sampleMembers()...), "zip": zipOf(t, zipMember{name: "a"})} {
		_, _, err := read(data, Limits{Time: time.Nanosecond})
		if ruleOf(t, err) != "archive.time" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestNoGoroutineOutlivesTheReading(t *testing.T) {
	good := tarGz(sampleMembers()...)
	before := runtime.NumGoroutine()
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		for _, data := range [][]byte{good, good[:len(good)/2], flip(good, len(good)/2)} {
			for _, fail := range []error{nil, errors.New("disk full")} {
				_, _ = readFile(ctx, bytes.NewReader(data), int64(len(data)), Limits{}, func(string, int64, io.Reader) error { return fail })
			}
		}
		_, _, _ = read(good, Limits{TotalBytes: 1 << 20})
		_, _ = readFile(ctx, bytes.NewReader(good), int64(len(good)), Limits{}, func(string, int64, io.Reader) error { cancel(); return nil })
		cancel()
	}
	for wait := time.Millisecond; runtime.NumGoroutine() > before; wait *= 2 {
		if wait > time.Second {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(wait) // one that has closed its channel may still be leaving
	}
}

// busyDisk is slow, and knows whether it is being read.
type busyDisk struct {
	data    []byte
	reading atomic.Bool
}

func (b *busyDisk) ReadAt(p []byte, offset int64) (int, error) {
	b.reading.Store(true)
	defer b.reading.Store(false)
	time.Sleep(time.Millisecond)
	return bytes.NewReader(b.data).ReadAt(p, offset)
}

func TestTheArchiveIsNoLongerReadAfterAnError(t *testing.T) {
	disk := &busyDisk{data: tarGz(sampleMembers()...)}
	_, err := readFile(t.Context(), disk, int64(len(disk.data)), Limits{}, func(string, int64, io.Reader) error { return fs.ErrInvalid })
	if disk.reading.Load() || !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("still reading: %v; %v", disk.reading.Load(), err)
	}
}

func TestProgressIsToldAndNeverFallsBack(t *testing.T) {
	for format, data := range map[string][]byte{
		"tar.gz": tarGz(sampleMembers()...), "tar": tarOf(sampleMembers()...),
		"zip": zipOf(t, zipMember{name: "a", body: noise(1, 5<<20)}, zipMember{name: "b"}),
	} {
		var calls, lastFiles int
		var lastRead int64
		_, sum, err := read(data, Limits{Progress: func(files int, read, size int64) {
			calls++
			if files < lastFiles || read < lastRead || read > size || size != int64(len(data)) {
				t.Errorf("%s: %d files, %d of %d bytes after %d files, %d bytes", format, files, read, size, lastFiles, lastRead)
			}
			lastFiles, lastRead = files, read
		}})
		if err != nil || lastFiles != sum.Files || calls < sum.Files {
			t.Errorf("%s: %v, %d calls, told %d files of %d", format, err, calls, lastFiles, sum.Files)
		}
	}
}

func TestDirectories(t *testing.T) {
	for _, test := range []struct {
		name    string
		tree    fstest.MapFS
		limits  Limits
		files   map[string]string
		notices []string
		rule    string
	}{
		{
			name: "files are read in the order of their names", tree: fstest.MapFS{"course/b": {Data: []byte("B")}, "course/a": {Data: []byte("A")}},
			files: map[string]string{"course/a": "A", "course/b": "B"},
		},
		{
			name: "the data of Git is left out and told once", tree: fstest.MapFS{".git/HEAD": {}, "sub/.git": {}, "a": {}, ".gitignore": {}},
			files: map[string]string{"a": "", ".gitignore": ""}, notices: []string{"archive.git", "archive.empty_folder"},
		},
		{name: "a link is left out", tree: fstest.MapFS{"a": {}, "s": {Mode: fs.ModeSymlink, Data: []byte("a")}}, files: map[string]string{"a": ""}, notices: []string{"archive.link"}},
		{name: "a pipe is refused", tree: fstest.MapFS{"p": {Mode: fs.ModeNamedPipe}}, rule: "archive.type"},
		{name: "a socket is refused", tree: fstest.MapFS{"p": {Mode: fs.ModeSocket}}, rule: "archive.type"},
		{name: "a device is refused", tree: fstest.MapFS{"p": {Mode: fs.ModeDevice}}, rule: "archive.type"},
		{name: "a backslash in a name is refused", tree: fstest.MapFS{`a\b`: {}}, rule: "archive.path_chars"},
		{name: "a file over the limit is refused", tree: fstest.MapFS{"a": {Data: make([]byte, 11)}}, limits: Limits{FileBytes: 10}, rule: "archive.file_size"},
		{name: "files that are too much together are refused", tree: fstest.MapFS{"a": {Data: make([]byte, 6)}, "b": {Data: make([]byte, 6)}}, limits: Limits{TotalBytes: 10}, rule: "archive.total_size"},
		{name: "an entry too many is refused", tree: fstest.MapFS{"a": {}, "b": {}}, limits: Limits{Entries: 1}, rule: "archive.entries"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{}
			var order []string
			sum, err := ReadFS(t.Context(), test.tree, test.limits, func(name string, size int64, r io.Reader) error {
				order = append(order, name)
				return keep(files)(name, size, r)
			})
			if got := ruleOf(t, err); got != test.rule {
				t.Fatalf("rule %q, want %q (%v)", got, test.rule, err)
			}
			if test.rule != "" {
				return
			}
			if diff := cmp.Diff(test.files, files); diff != "" || !slices.IsSorted(order) {
				t.Error(diff, order)
			}
			if diff := cmp.Diff(test.notices, noticeRules(sum)); diff != "" {
				t.Error(diff)
			}
			if sum.Format != "directory" || sum.Read != sum.Size || sum.Read != sum.Bytes {
				t.Errorf("%+v", sum)
			}
		})
	}
}

func TestTheDirectoryOfAZipIsNotLoadedBeyondTheLimit(t *testing.T) {
	_, _, err := read(zipOf(t, manyZipMembers(5000)...), Limits{Entries: 1})
	if ruleOf(t, err) != "archive.entries" || !strings.Contains(err.Error(), "too long") {
		t.Error(err)
	}
}

// growing is a file system whose files are larger than it says, as a file that
// grows while it is read.
type growing struct{ fstest.MapFS }

func (g growing) Open(name string) (fs.File, error) {
	file, err := g.MapFS.Open(name)
	return growingFile{file}, err
}

type growingFile struct{ fs.File }

func (g growingFile) Stat() (fs.FileInfo, error) {
	return fstest.MapFS{"x": {}}.Stat("x")
}

func TestAGrowingFileIsStoppedAtTheLimit(t *testing.T) {
	tree := growing{fstest.MapFS{"log": {Data: make([]byte, 100_000)}}}
	_, err := ReadFS(t.Context(), tree, Limits{FileBytes: 50_000}, func(string, int64, io.Reader) error { return nil })
	if ruleOf(t, err) != "archive.file_size" {
		t.Error(err)
	}
}

func TestReadArchiveFromDisk(t *testing.T) {
	dir := t.TempDir()
	course := filepath.Join(dir, "course")
	if err := os.MkdirAll(filepath.Join(course, "static"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(course, "static", "a.png"), []byte("A"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../etc/passwd", filepath.Join(course, "static", "out")); err != nil {
		t.Skip("this system makes no symbolic links:", err)
	}
	archive := filepath.Join(dir, "course.zip") // the name is not to be believed
	if err := os.WriteFile(archive, tarGz(member{name: "static/a.png", body: "A"}, member{name: "static/out", flag: '2', link: "../../../etc/passwd"}), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, format := range map[string]string{course: "directory", archive: "tar.gz"} {
		files := map[string]string{}
		sum, err := ReadArchive(t.Context(), path, Limits{}, keep(files))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"static/a.png": "A"}, files); diff != "" || sum.Format != format {
			t.Error(sum.Format, diff)
		}
		if len(sum.Notices) != 1 || !strings.Contains(sum.Notices[0].Message, `"../../../etc/passwd"`) {
			t.Errorf("%s: notices %+v", format, sum.Notices)
		}
	}

	_, err := ReadArchive(t.Context(), filepath.Join(dir, "missing"), Limits{}, nil)
	if ruleOf(t, err) != "archive.read" || !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := ReadArchive(t.Context(), os.DevNull, Limits{}, nil); ruleOf(t, err) != "archive.format" {
		t.Error(err)
	}
}

// brokenDisk fails after some bytes.
type brokenDisk struct {
	data []byte
	good int64
}

var errBadSector = errors.New("bad sector")

func (b brokenDisk) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > b.good {
		return 0, errBadSector
	}
	return bytes.NewReader(b.data).ReadAt(p, offset)
}

func TestABadDiskIsNotTakenForABadArchive(t *testing.T) {
	big := noise(1, 1<<20)
	for format, data := range map[string][]byte{
		"tar.gz": tarGz(member{name: "a", body: big}), "tar": tarOf(member{name: "a", body: big}), "zip": zipOf(t, zipMember{name: "a", body: big}),
	} {
		_, err := readFile(t.Context(), brokenDisk{data, 1 << 19}, int64(len(data)), Limits{}, func(string, int64, io.Reader) error { return nil })
		if ruleOf(t, err) != "archive.read" || !errors.Is(err, errBadSector) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestRealCourses(t *testing.T) {
	for _, path := range storetest.Corpus(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			sum, err := ReadArchive(t.Context(), path, Limits{}, func(_ string, size int64, r io.Reader) error {
				n, err := io.Copy(io.Discard, r)
				if err == nil && n != size {
					err = fmt.Errorf("%d bytes, declared %d", n, size)
				}
				return err
			})
			if err != nil || sum.Files == 0 || sum.Format != "tar.gz" || sum.Read != sum.Size {
				t.Fatalf("%+v: %v", sum, err)
			}
			for _, n := range sum.Notices {
				if n.Rule != "archive.link" {
					t.Errorf("notice %+v", n)
				}
			}
		})
	}
}

func TestLimitsThatAreZeroAreTheDefaults(t *testing.T) {
	got := Limits{Entries: 7}.withDefaults()
	want := DefaultLimits()
	want.Entries = 7
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
