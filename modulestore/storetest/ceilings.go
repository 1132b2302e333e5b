package storetest

import (
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// ceilingCases bound what whole operations hand to a backend and ask of it; costCases bound loads and edits.
var ceilingCases = []storeCase{
	{name: "a first import is handed over once, in few calls", test: func(s store) {
		blocks := size(5000)
		s.importSample(courseA, blocks)
		seen := make(map[modulestore.ID]bool)
		for _, o := range s.probe.objects {
			if seen[o.ID] {
				s.t.Errorf("%s %s is handed over twice", o.Kind, o.ID.Short())
			}
			seen[o.ID] = true
		}
		// Bodies a thousand at a time; the head; pages, state and commit; the log entry.
		s.wantCosts("an import", ceiling{calls: blocks/1000 + 4, bytes: 600 * blocks, objects: blocks})
	}},
	{name: "importing what is there already reads the head and writes nothing", test: func(s store) {
		s.importSample(courseA, size(5000))
		tree, _ := Sample(size(5000), 1)
		s.wantUnchanged(courseA, func(e *modulestore.Edit) error {
			e.Replace(tree, tree, nil, "")
			return nil
		})
		s.wantCosts("an import that changes nothing", ceiling{calls: 1})
	}},
	{name: "the record of 5,000 files is read in four calls", test: func(s store) {
		files, objects := sampleFiles(size(5000))
		if err := s.Put(s.ctx(), objects); err != nil {
			s.t.Fatal(err)
		}
		v := s.update(courseA, func(e *modulestore.Edit) {
			s.put(e, draft, block(rootID, "The course"), nil)
			e.SetFiles(files)
		})
		s.probe.reset()
		read, err := s.cold().Files(s.ctx(), v)
		if err != nil || len(read.Entries) != len(files.Entries) {
			s.t.Fatalf("%d of %d files, error %v", len(read.Entries), len(files.Entries), err)
		}
		s.wantCosts("reading the record", ceiling{calls: 4})
	}},
	{name: "publishing a unit of 5,000 blocks takes the head, the new pages and the log entry", test: publishOneUnit},
	{name: "an export of 5,000 files reads a thousand of them at a time", test: func(s store) {
		files, objects := sampleFiles(size(5000))
		if err := s.Put(s.ctx(), objects); err != nil {
			s.t.Fatal(err)
		}
		var blobs []modulestore.Blob
		for _, f := range files.Entries {
			blobs = append(blobs, f.Blob)
		}
		s.probe.reset()
		err := s.EachBlob(s.ctx(), blobs, func(_ int, r io.Reader) error {
			_, err := io.Copy(io.Discard, r)
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
		s.wantCosts("reading all files", ceiling{calls: len(blobs)/1000 + 1})
	}},
}

// ceiling is the most that an operation may cost: calls of the backend, and objects handed to it with their bytes, each
// compressed alone.
type ceiling struct{ calls, bytes, objects int }

// wantCosts checks what the backend was handed and asked since the probe was reset, or since the beginning.
func (s store) wantCosts(operation string, most ceiling) {
	s.t.Helper()
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		s.t.Fatal(err)
	}
	got := ceiling{calls: s.probe.calls, objects: len(s.probe.objects)}
	for _, o := range s.probe.objects {
		got.bytes += len(zip.EncodeAll(o.Data, nil))
	}
	s.t.Logf("%s: %d calls, %d objects, %d bytes", operation, got.calls, got.objects, got.bytes)
	if got.calls > most.calls || got.bytes > most.bytes || got.objects > most.objects {
		s.t.Errorf("%s takes %d calls, %d objects and %d bytes; want at most %d, %d and %d",
			operation, got.calls, got.objects, got.bytes, most.calls, most.objects, most.bytes)
	}
}

// publishOneUnit publishes units whose drafts have a new problem, while the units after them stay drafts: by a store that has the course in memory,
// and by one that has not.
func publishOneUnit(s store) {
	s.importSample(courseA, size(5000))
	tree, _ := Sample(size(5000), 1)
	var units []key.BlockID
	tree.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if b.ID.Type == "vertical" {
			units = append(units, b.ID)
		}
		return true
	})
	cases := 10
	if testing.Short() {
		cases = 2
	}
	for i := range cases {
		unit := units[i*len(units)/cases]
		problem := block(idOfBlock("problem", fmt.Sprint("new", i)), "New")
		s.update(courseA, func(e *modulestore.Edit) {
			b := *tree.Blocks[unit]
			b.Children = append(b.Children[:len(b.Children):len(b.Children)], modulestore.Child{ID: problem.ID})
			s.put(e, draft, b, nil)
			s.put(e, draft, problem, &modulestore.Body{Markup: fmt.Sprintf("%x", noise(2000))})
			if err := rename(s.ctx(), e, units[i*len(units)/cases+1], "Draft"); err != nil {
				s.t.Fatal(err)
			}
		})
		publishing, most := s, ceiling{calls: 3, bytes: 12 << 10, objects: 8}
		if i == cases-1 {
			publishing, most.calls = s.cold(), 11 // it loads two trees of four levels
		}
		s.probe.reset()
		_, _, err := publishing.Publish(s.ctx(), courseA, unit, modulestore.PublishOptions{}, "Ada")
		if err != nil {
			s.t.Fatal(err)
		}
		s.wantCosts("publishing "+unit.String(), most)
	}
}

// sampleFiles makes the record of an archive with n small files, and their chunks.
func sampleFiles(n int) (*modulestore.Files, []modulestore.Object) {
	files := &modulestore.Files{Root: "course"}
	var objects []modulestore.Object
	for i := range n {
		data := fmt.Appendf(nil, "<html url_name=%q/>\n", fmt.Sprint(i))
		objects = append(objects, chunk(data))
		files.Entries = append(files.Entries, modulestore.File{
			Path: fmt.Sprintf("course/html/%05d.xml", i),
			Blob: modulestore.Blob{ID: objects[i].ID, Size: int64(len(data))},
		})
	}
	return files, objects
}
