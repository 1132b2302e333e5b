package storetest

import (
	"fmt"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

var costCases = []storeCase{
	{name: "a course is loaded in four calls, or one if it is known, and its bodies a thousand at a time", test: func(s store) {
		v := s.importSample(courseA, size(5000))
		s = s.cold()
		for _, want := range []int{4, 1} {
			s.probe.reset()
			head, err := s.Head(s.ctx(), courseA)
			if err != nil {
				s.t.Fatal(err)
			}
			if tree := s.snapshot(head, draft).Tree(); len(tree.Blocks) != size(5000) {
				s.t.Errorf("the tree has %d blocks", len(tree.Blocks))
			}
			if s.probe.calls > want {
				s.t.Errorf("%d blocks were loaded in %d calls, want at most %d", size(5000), s.probe.calls, want)
			}
		}
		s.probe.reset()
		snap := s.snapshot(v, published)
		if s.probe.calls > 0 {
			s.t.Errorf("an equal branch was loaded again, in %d calls", s.probe.calls)
		}
		bodies, err := snap.Bodies(s.ctx(), nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if want := len(bodies)/1000 + 1; s.probe.calls > want {
			s.t.Errorf("%d bodies were loaded in %d calls, want at most %d", len(bodies), s.probe.calls, want)
		}
	}},
	// The bodies of these courses are not stored: no edit of one block may need those of others.
	{name: "an edit of one of 1,000 blocks is small", test: func(s store) { s.wantSmallEdits(1000) }, damages: true},
	{name: "an edit of one of 5,000 blocks is small", test: func(s store) { s.wantSmallEdits(5000) }, damages: true},
	{name: "an edit of one of 20,000 blocks is small", test: func(s store) { s.wantSmallEdits(20000) }, damages: true},
	{name: "an edit in a list of 10,000 problems is small", test: func(s store) {
		tree := &modulestore.Tree{Root: idOfBlock("library", "library")}
		root := block(tree.Root, "Problems")
		list := []modulestore.Block{root}
		for i := range size(10000) {
			b := block(idOfBlock("problem", fmt.Sprintf("%032x", uint64(i)*0x9e3779b97f4a7c15)), fmt.Sprint("Problem ", i))
			b.Body = idOf(b.ID.Name)
			list[0].Children = append(list[0].Children, modulestore.Child{ID: b.ID})
			list = append(list, b)
		}
		tree.Blocks = blocks(list...)
		s.update(library, func(e *modulestore.Edit) { e.Replace(nil, tree, nil, "") })
		s.wantSmall(library, tree)
	}, damages: true},
}

// size is the size of a large case, or of one for a slow engine.
func size(n int) int {
	if testing.Short() {
		return n / 20
	}
	return n
}

func (s store) wantSmallEdits(blocks int) {
	tree, _ := Sample(size(blocks), 1)
	s.update(courseA, func(e *modulestore.Edit) { e.Replace(tree, tree, nil, "") })
	s.wantSmall(courseA, tree)
}

// wantSmall changes leaves all over the course, content and settings in turns, and checks what each change costs.
func (s store) wantSmall(c key.Course, tree *modulestore.Tree) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		s.t.Fatal(err)
	}
	var leaves []key.BlockID
	tree.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		if len(b.Children) == 0 {
			leaves = append(leaves, b.ID)
		}
		return true
	})
	const edits = 40
	most, sum := 0, 0
	for i := range edits {
		id := leaves[i*len(leaves)/edits]
		s.probe.reset()
		v := s.update(c, func(e *modulestore.Edit) {
			e.Describe("author@example.org", "edit", "Change one block")
			b := *e.Tree(draft).Blocks[id]
			body := &modulestore.Body{Markup: "\n  <p>" + fmt.Sprintf("%x", noise(500+i)) + "</p>\n"}
			if i%2 == 0 {
				body = nil
			}
			b.Attrs = []modulestore.Attr{{Name: "display_name", Value: fmt.Sprint("Changed ", i)}, {Name: "max_attempts", Value: "3"}}
			s.put(e, draft, b, body)
		})
		bytes, raw := sizeOf(v.Entry), sizeOf(v.Entry)
		for _, o := range s.probe.objects {
			bytes += len(zip.EncodeAll(o.Data, nil))
			raw += len(o.Data)
		}
		if bytes > 12<<10 || raw > 32<<10 || len(s.probe.objects) > 8 || s.probe.calls > 3 {
			s.t.Errorf("the edit of %s hands the backend %d objects of %d bytes, compressed %d, in %d calls; want at most 8, 32 KB, 12 KB and 3",
				id, len(s.probe.objects), raw, bytes, s.probe.calls)
		}
		most, sum = max(most, bytes), sum+bytes
	}
	s.t.Logf("%d blocks: %d bytes per edit, at most %d", len(tree.Blocks), sum/edits, most)
}

// sizeOf is the size of the fields of a log entry.
func sizeOf(e modulestore.Entry) int {
	return 8 + 5*len(e.Commit) + len(e.Author) + 8 + len(e.Operation) + len(e.Message)
}
