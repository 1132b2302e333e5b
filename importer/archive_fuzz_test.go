package importer

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReadArchive feeds any bytes to every reader: none may panic, go beyond the
// limits, give a name that is not clean, or fail without saying why.
func FuzzReadArchive(f *testing.F) {
	members := []member{
		{name: "course/", flag: '5'},
		{name: "course/course.xml", body: "<course/>"},
		{name: "course/link", flag: '2', link: "../x"},
		{name: "x", pax: paxRecord("path", "course/é.png"), body: "picture"},
	}
	f.Add(tarOf(members...))
	f.Add(tarGz(members...))
	f.Add(append(tarGz(members...), "garbage"...))
	f.Add(append(tarGz(members...), tarGz(members...)...))
	f.Add(oldSparse())
	f.Add(tarGz(member{name: "z", body: zeros(1 << 17)}))
	f.Add(zipOf(f, zipMember{name: "course/course.xml", body: "<course/>", method: zip.Deflate}, zipMember{name: "s", body: "x", mode: fs.ModeSymlink | 0o777}))
	f.Add(zipOf(f, zipMember{name: "\x82", body: "x", legacy: true}, zipMember{name: "e/"}))
	f.Add([]byte("<html>"))

	limits := Limits{Entries: 20, TotalBytes: 1 << 16, FileBytes: 1 << 14, Ratio: 50, RatioFrom: 1 << 12, PathBytes: 100, SegmentBytes: 50, Depth: 5}
	f.Fuzz(func(t *testing.T, data []byte) {
		var files int
		var total int64
		seen := map[string]bool{}
		sum, err := readFile(t.Context(), bytes.NewReader(data), int64(len(data)), limits, func(name string, _ int64, r io.Reader) error {
			n, err := io.Copy(io.Discard, r)
			if files++; files > limits.Entries {
				t.Errorf("%d files", files)
			}
			// The piece that breaches a limit is still handed over.
			const piece = 8 << 10
			if total += n; n > limits.FileBytes+piece || total > limits.TotalBytes+piece {
				t.Errorf("%q: %d bytes, %d in all", name, n, total)
			}
			if seen[name] || !fs.ValidPath(name) || name == "." || path.Clean(name) != name || !utf8.ValidString(name) ||
				strings.ContainsAny(name, "\\\x00\n") || len(name) > limits.PathBytes || strings.Count(name, "/") >= limits.Depth {
				t.Errorf("name %q", name)
			}
			seen[name] = true
			return err
		})
		switch {
		case err != nil:
			if ruleOf(t, err) == "" || !utf8.ValidString(err.Error()) {
				t.Errorf("error %q", err)
			}
		case sum.Files != files || sum.Bytes != total || sum.Read != sum.Size || sum.Size != int64(len(data)):
			t.Errorf("%+v, but %d files, %d bytes", sum, files, total)
		}
	})
}
