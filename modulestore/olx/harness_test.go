package olx

import (
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// failer is what the helpers need of a *testing.T, a *rapid.T or a *testing.F.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

func decodeFiles(t failer, files map[string]string) *Course {
	t.Helper()
	course, err := Decode(newFileView(files))
	if err != nil {
		t.Fatalf("the course cannot be read: %v", err)
	}
	return course
}

// versionOf makes of a course what a store gives back: the trees, the bodies, and the record of the files it was read from.
func versionOf(course *Course, files map[string]string) Version {
	record := &modulestore.Files{}
	blobs := make(map[modulestore.ID]string)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		blob := modulestore.Blob{ID: sha256.Sum256([]byte(files[path])), Size: int64(len(files[path]))}
		blobs[blob.ID] = files[path]
		record.Entries = append(record.Entries, modulestore.File{Path: path, Blob: blob, Parts: course.Parts[path]})
	}
	return Version{
		Course: course.Key, Published: course.Published, Draft: course.Draft, Files: record,
		Body: func(id modulestore.ID) (*modulestore.Body, error) {
			if body := course.Bodies[id]; body != nil {
				return body, nil
			}
			return nil, fmt.Errorf("body %s: %w", id.Short(), modulestore.ErrNotFound)
		},
		Read: func(b modulestore.Blob) ([]byte, error) { return []byte(blobs[b.ID]), nil },
	}
}

// encodeFiles exports a version and resolves the copied files.
func encodeFiles(t failer, v Version, o Options) map[string]string {
	t.Helper()
	outputs, err := Encode(v, o)
	if err != nil {
		t.Fatalf("the course cannot be written: %v", err)
	}
	files := make(map[string]string, len(outputs))
	for _, out := range outputs {
		data := out.Data
		if out.Blob != nil {
			if data, err = v.Read(*out.Blob); err != nil {
				t.Fatalf("%s: %v", out.Path, err)
			}
		}
		files[out.Path] = string(data)
	}
	return files
}

// differences lists the files in which two folders differ, with what became of each.
func differences(before, after map[string]string) []string {
	var list []string
	for path, data := range before {
		if now, ok := after[path]; !ok {
			list = append(list, "- "+path)
		} else if now != data {
			list = append(list, "~ "+path)
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			list = append(list, "+ "+path)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return list
}

// checkRoundTrip checks what holds for every course that can be read: the faithful export is the input, the canonical export is its
// own canonical export, and is read as the same course.
func checkRoundTrip(t failer, files map[string]string) (course *Course, canonical map[string]string) {
	t.Helper()
	course = decodeFiles(t, files)
	checkRecord(t, course)
	checkNoChildIsLost(t, course, files)
	version := versionOf(course, files)
	if diff := differences(files, encodeFiles(t, version, Options{})); len(diff) > 0 {
		t.Errorf("the faithful export is not the input:\n%s", strings.Join(diff, "\n"))
	}
	canonical = encodeFiles(t, version, Options{Canonical: true})
	if diff := differences(canonical, encodeFiles(t, version, Options{Canonical: true})); len(diff) > 0 {
		t.Errorf("the canonical export is another one each time:\n%s", strings.Join(diff, "\n"))
	}
	again := decodeFiles(t, canonical)
	second := encodeFiles(t, versionOf(again, canonical), Options{Canonical: true})
	for _, line := range differences(canonical, second) {
		t.Errorf("the canonical export is not its own canonical export: %s\n%s\n--\n%s", line, canonical[line[2:]], second[line[2:]])
	}
	if diff := cmp.Diff(meaning(course, course.Published), meaning(again, again.Published)); diff != "" {
		t.Errorf("the canonical export is read as another course (-archive +export):\n%s", diff)
	}
	if diff := cmp.Diff(meaning(course, course.Draft), meaning(again, again.Draft)); diff != "" {
		t.Errorf("the canonical export is read with other drafts (-archive +export):\n%s", diff)
	}
	return course, canonical
}

// checkReadAsMade exports a version and checks that it is read as what it is.
func checkReadAsMade(t failer, course *Course, version Version, o Options) map[string]string {
	t.Helper()
	exported := encodeFiles(t, version, o)
	again := decodeFiles(t, exported)
	if diff := cmp.Diff(meaning(course, version.Draft), meaning(again, again.Draft)); diff != "" {
		t.Errorf("the export (canonical %t) is read with another draft tree (-edited +read):\n%s\n%s", o.Canonical, diff, show(exported))
	}
	if diff := cmp.Diff(meaning(course, version.Published), meaning(again, again.Published)); diff != "" {
		t.Errorf("the export (canonical %t) is read with another published tree (-edited +read):\n%s\n%s", o.Canonical, diff, show(exported))
	}
	return exported
}

// checkRecord checks that the record of files names the blocks of the trees, each element once a branch, with the hash it has.
func checkRecord(t failer, course *Course) {
	t.Helper()
	defined := make(map[string]string)
	for _, file := range slices.Sorted(maps.Keys(course.Parts)) {
		tree, branch := course.Published, "published"
		if strings.HasPrefix(file, draftFolder) {
			tree, branch = course.Draft, "draft"
		}
		for _, p := range course.Parts[file] {
			block := tree.Blocks[p.Block]
			if block == nil && p.Facet == modulestore.PolicyFacet {
				block = course.Draft.Blocks[p.Block]
			}
			if block == nil {
				t.Errorf("%s defines %s, which is not in the %s tree", file, p.Block, branch)
				continue
			}
			if hash, ok := modulestore.FacetHash(p.Facet, block, course.Bodies[block.Body]); !ok || hash != p.Hash {
				t.Errorf("%s has another hash for the %s of %s than the block", file, p.Facet, p.Block)
			}
			at := fmt.Sprintf("%s %s %s", branch, p.Block, p.Facet)
			if other := defined[at]; other != "" {
				t.Errorf("%s stands in %s and in %s", at, other, file)
			}
			defined[at] = file
		}
	}
	for id, block := range course.Published.Blocks {
		if !isPage(id) && defined[fmt.Sprintf("published %s %s", id, modulestore.Element)] == "" {
			t.Errorf("no file is recorded for %s", block.ID)
		}
	}
}

// checkNoChildIsLost counts the block elements of every file with another reader: each is the root of the file, or a child of a block in it.
func checkNoChildIsLost(t failer, course *Course, files map[string]string) {
	t.Helper()
	for file, parts := range course.Parts {
		tree := course.Published
		if strings.HasPrefix(file, draftFolder) {
			tree = course.Draft
		}
		got := 1
		for _, p := range parts {
			b := tree.Blocks[p.Block]
			if p.Facet != modulestore.Element || isRaw(b) {
				got = 0
				break
			}
			got += len(b.Children)
		}
		if got == 0 {
			continue
		}
		want, err := countBlockElements(files[file])
		if err == nil && want != got {
			t.Errorf("%s has %d elements of blocks, of which %d were read", file, want, got)
		}
	}
}

// countBlockElements counts the root and all children of containers that are blocks. It fails for encodings that encoding/xml does
// not know.
func countBlockElements(file string) (n int, err error) {
	containers := strings.Fields("course chapter sequential vertical split_test conditional randomize library_content itembank library problemset videosequence wrapper section legacy_library_content")
	settings := strings.Fields("wiki textbook show source grading_policy policy entrance_exam meta")
	dec := xml.NewDecoder(strings.NewReader(strings.TrimLeft(strings.TrimPrefix(file, string(bomUTF8)), xmlBlanks)))
	var open []bool // for each open element: are its children blocks?
	for {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			block := len(open) == 0 || open[len(open)-1] && e.Name.Space == "" && !slices.Contains(settings, e.Name.Local) &&
				!slices.ContainsFunc(e.Attr, func(a xml.Attr) bool {
					return a.Name.Local == "xblock-family" && strings.HasPrefix(a.Value, "xblock_asides")
				})
			if block {
				n++
			}
			open = append(open, block && slices.Contains(containers, e.Name.Local))
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func isPage(id key.BlockID) bool {
	return slices.ContainsFunc(detachedFolders, func(f struct{ folder, blockType string }) bool { return f.blockType == id.Type })
}

// show writes files for people.
func show(files map[string]string) string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "-- %s --\n%s\n", path, files[path])
	}
	return b.String()
}

// writeFolder writes files to a new folder on disk.
func writeFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, data := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// compareFolders runs the independent comparison; it returns what it found, empty when nothing is changed, missing or extra. Assets that
// are equal are not handed to it.
func compareFolders(t *testing.T, compare string, before, after map[string]string) string {
	t.Helper()
	if len(differences(before, after)) == 0 {
		return ""
	}
	before, after = maps.Clone(before), maps.Clone(after)
	for path, data := range before {
		if now, ok := after[path]; ok && now == data && strings.HasPrefix(path, "static/") {
			delete(before, path)
			delete(after, path)
		}
	}
	out, err := exec.Command("python3", "-I", "-S", compare, writeFolder(t, before), writeFolder(t, after)).CombinedOutput()
	if err == nil {
		return ""
	}
	return string(out)
}
