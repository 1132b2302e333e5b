package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"lectern/modulestore/storetest"
)

const (
	// hostileMemory is the most memory in MiB that the program may take for a hostile archive.
	hostileMemory = 256
	// hostilePatience is far more than any of them needs (2 s); it keeps a hanging test from hanging the suite.
	hostilePatience = time.Minute
)

// hostile is one archive that nobody should trust, and what the program must say of it.
type hostile struct {
	name    string
	archive func(t *testing.T) []byte
	exit    int
	says    []string // parts of what is printed: the rule, and the entry where there is one
	blocks  string   // of an import that is whole all the same: the line that counts it
}

// soundCourse are the entries of a small course that imports.
func soundCourse() []*entry {
	return []*entry{
		{name: "course/course.xml", body: `<course url_name="r" org="O" course="C"/>`},
		{name: "course/course/r.xml", body: `<course display_name="T"><chapter url_name="c"/></course>`},
		{name: "course/chapter/c.xml", body: `<chapter display_name="One"/>`},
	}
}

// entry is one entry of an archive. Its content is body, then fill as often as times says, then tail, so that a large one need not be
// in memory.
type entry struct {
	name, body, link string
	fill, tail       string
	times            int
	flag             byte
	sparse           bool
}

func (e *entry) size() int64 { return int64(len(e.body) + len(e.fill)*e.times + len(e.tail)) }

func (e *entry) writeTo(w io.Writer) error {
	_, err := io.WriteString(w, e.body)
	for range e.times {
		if err == nil {
			_, err = io.WriteString(w, e.fill)
		}
	}
	if err == nil {
		_, err = io.WriteString(w, e.tail)
	}
	return err
}

func with(more ...*entry) []*entry { return append(soundCourse(), more...) }

// packed makes a .tar.gz of the entries.
func packed(t *testing.T, entries []*entry) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, e := range entries {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Size: e.size(), Mode: 0o644, Linkname: e.link}
		if e.flag != 0 {
			h.Typeflag = e.flag
		}
		var err error
		if e.sparse {
			_, err = zw.Write(sparseHeader(t, h))
		} else if err = tw.WriteHeader(h); err == nil {
			err = e.writeTo(tw)
		}
		if err == nil {
			err = tw.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(tw.Close(), zw.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sparseHeader is the header of an old GNU sparse file of 1 TiB.
func sparseHeader(t *testing.T, h *tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tar.NewWriter(&b).WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	makeSparse(b.Bytes())
	return b.Bytes()
}

// makeSparse turns a header into that of an old GNU sparse file of 1 TiB.
func makeSparse(header []byte) {
	header[156] = 'S'
	copy(header[257:], "ustar  \x00")
	copy(header[483:], "\x80\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00")
	copy(header[148:], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
}

func tarball(entries ...*entry) func(*testing.T) []byte {
	return func(t *testing.T) []byte { t.Helper(); return packed(t, entries) }
}

// changed is a sound archive after change.
func changed(change func([]byte) []byte) func(*testing.T) []byte {
	return func(t *testing.T) []byte { t.Helper(); return change(packed(t, soundCourse())) }
}

func course(file, body string) func(*testing.T) []byte {
	return tarball(with(&entry{name: file, body: body})...)
}

func manyEntries(t *testing.T) []byte {
	t.Helper()
	list := soundCourse()
	for i := range 50_001 {
		list = append(list, &entry{name: fmt.Sprintf("course/static/%d", i)})
	}
	return packed(t, list)
}

func twiceInAZip(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for _, e := range append(soundCourse(), &entry{name: "course/chapter/c.xml", body: `<chapter display_name="Two"/>`}) {
		w, err := zw.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const wholeCourse = "1 section · 0 subsections · 0 units · 2 blocks"

var hostileArchives = []hostile{
	{name: "a path that escapes", archive: tarball(with(&entry{name: "../../evil", body: "x"})...), exit: 1, says: []string{"archive.path_escape", `"../../evil"`}},
	{name: "an absolute path", archive: tarball(with(&entry{name: "/etc/evil", body: "x"})...), exit: 1, says: []string{"archive.path_escape", `"/etc/evil"`}},
	{name: "a device", archive: tarball(with(&entry{name: "course/static/null", flag: tar.TypeChar})...), exit: 1, says: []string{"archive.type", `"course/static/null"`}},
	{name: "a sparse file of a terabyte", archive: tarball(with(&entry{name: "course/static/big", sparse: true})...), exit: 1, says: []string{"archive.sparse", `"course/static/big"`}},
	{name: "a bomb by ratio", archive: zeros, exit: 1, says: []string{"archive.ratio", `"course/static/zeros"`}},
	{name: "a bomb by count", archive: manyEntries, exit: 1, says: []string{"archive.entries"}},
	{name: "a truncated gzip stream", archive: changed(func(b []byte) []byte { return b[:len(b)-8] }), exit: 1, says: []string{"archive.truncated"}},
	{name: "a wrong checksum", archive: changed(func(b []byte) []byte { b[len(b)-6] ^= 1; return b }), exit: 1, says: []string{"archive.corrupt"}},
	{name: "a second gzip member", archive: changed(func(b []byte) []byte { return append(b, b...) }), exit: 1, says: []string{"archive.trailing_data"}},
	{name: "XML that is 100,000 deep", archive: deep, exit: 1, says: []string{"xml.depth", "chapter/deep.xml"}},
	{name: "entity declarations", archive: deepCourse(`<!DOCTYPE chapter [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><chapter display_name="&b;"/>`), exit: 1, says: []string{"xml.entity", "chapter/deep.xml"}},
	{name: "an external entity", archive: deepCourse(`<!DOCTYPE chapter [<!ENTITY x SYSTEM "file:///etc/passwd">]><chapter>&x;</chapter>`), exit: 1, says: []string{"xml.entity", "chapter/deep.xml"}},
	{name: "an attribute of 200 MB", archive: hugeAttribute, exit: 1, says: []string{"xml.size", "chapter/deep.xml"}},
	{name: "names that differ by case only", archive: tarball(with(&entry{name: "course/static/A.png", body: "1"}, &entry{name: "course/static/a.png", body: "2"})...), says: []string{"archive.name_collision"}, blocks: wholeCourse},
	{name: "names that differ by Unicode form only", archive: tarball(with(&entry{name: "course/static/\u00e9.png", body: "1"}, &entry{name: "course/static/e\u0301.png", body: "2"})...), says: []string{"archive.name_collision"}, blocks: wholeCourse},
	{name: "a name with a line break", archive: tarball(with(&entry{name: "course/static/a\nb.png", body: "x"})...), exit: 1, says: []string{"archive.path_chars", `a\nb.png`}},
	{name: "a zip with two entries of one name", archive: twiceInAZip, exit: 1, says: []string{"archive.duplicate", `"course/chapter/c.xml"`}},
	{name: "a nested archive", archive: course("course/static/inner.zip", "PK\x03\x04 not opened"), blocks: wholeCourse},
	{name: "symbolic and hard links", archive: tarball(with(
		&entry{name: "course/static/s", link: "../../../etc/passwd", flag: tar.TypeSymlink},
		&entry{name: "course/static/h", link: "course/course.xml", flag: tar.TypeLink})...), says: []string{"archive.link", "course/static/s", "course/static/h"}, blocks: wholeCourse},
	{name: "garbage after the archive", archive: changed(func(b []byte) []byte { return append(b, "garbage"...) }), says: []string{"archive.trailing_garbage"}, blocks: wholeCourse},
}

// deepCourse is a course whose chapter is the given text.
func deepCourse(chapter string) func(*testing.T) []byte {
	return tarball(chapterCourse(&entry{body: chapter})...)
}

func chapterCourse(chapter *entry) []*entry {
	chapter.name = "course/chapter/deep.xml"
	return []*entry{
		{name: "course/course.xml", body: `<course url_name="r" org="O" course="C"/>`},
		{name: "course/course/r.xml", body: `<course><chapter url_name="deep"/></course>`},
		chapter,
	}
}

// The large ones are made when they are wanted: the program under test is this test's own binary.

func zeros(t *testing.T) []byte {
	t.Helper()
	return packed(t, with(&entry{name: "course/static/zeros", fill: strings.Repeat("\x00", 1<<20), times: 400}))
}

func deep(t *testing.T) []byte {
	t.Helper()
	var open strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&open, `<chapter a="%x">`, i*2654435761%4294967296)
	}
	return deepCourse(open.String() + strings.Repeat("</chapter>", 100_000))(t)
}

// hugeAttribute does not compress by more than the ratio that archives are allowed.
func hugeAttribute(t *testing.T) []byte {
	t.Helper()
	var noise strings.Builder // longer than what gzip looks back, so that repeating it does not compress
	for i := 0; noise.Len() < 64<<10; i++ {
		fmt.Fprintf(&noise, "%x ", i*2654435761%4294967296)
	}
	return packed(t, chapterCourse(&entry{
		body: `<chapter display_name="`, fill: noise.String(), times: 200<<20/noise.Len() + 1, tail: `"/>`,
	}))
}

func TestHostileArchivesDoNoHarm(t *testing.T) {
	storetest.Plainly(t)
	for _, h := range hostileArchives {
		t.Run(h.name, func(t *testing.T) { h.check(t) })
	}
}

func (h hostile) check(t *testing.T) {
	dir := t.TempDir()
	archive, data := filepath.Join(dir, "course.tar.gz"), filepath.Join(dir, "data")
	if err := os.WriteFile(archive, h.archive(t), 0o600); err != nil {
		t.Fatal(err)
	}
	output, exit := h.run(t, "import", archive, "--data", data)
	if exit != h.exit {
		t.Errorf("exit code %d, want %d", exit, h.exit)
	}
	for _, part := range append(h.says, h.blocks) {
		if !strings.Contains(output, part) {
			t.Errorf("the output does not say %q", part)
		}
	}
	if strings.Contains(output, "goroutine ") {
		t.Error("the program panicked")
	}
	if h.exit != 0 {
		h.nothingWritten(t, dir, data)
	}
	if t.Failed() {
		t.Logf("output:\n%.3000s", output)
	}
}

// run runs the program and watches the memory it takes.
func (h hostile) run(t *testing.T, args ...string) (output string, exit int) {
	t.Helper()
	var b bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "lectern", args...)
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	patience := time.After(hostilePatience)
	for {
		if mib, ok := residentPeak(cmd.Process.Pid); ok && mib > hostileMemory {
			_ = cmd.Process.Kill()
			<-ended
			t.Fatalf("the program takes %.0f MiB of memory", mib)
		}
		select {
		case <-ended:
			return b.String(), cmd.ProcessState.ExitCode()
		case <-patience:
			_ = cmd.Process.Kill()
			<-ended
			t.Fatal("the program does not end")
		case <-time.After(time.Millisecond):
		}
	}
}

// nothingWritten checks that there is no course, no object and no file beside the data folder.
func (h hostile) nothingWritten(t *testing.T, dir, data string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name != "course.tar.gz" && name != "data" {
			t.Errorf("%s was written", name)
		}
	}
	if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
		return
	}
	// Only of an archive too large to wait in memory may something be there, and nothing that anyone can see.
	if output, _ := h.run(t, "courses", "--data", data, "--json"); !strings.Contains(output, `"courses": []`) {
		t.Errorf("a course was written: %s", output)
	}
	if output, _ := h.run(t, "verify", "--data", data, "--json"); !strings.Contains(output, `"objects": []`) {
		t.Errorf("objects were written: %s", output)
	}
}
