package modulestore

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"lectern/modulestore/key"
)

// someText draws texts of all sorts: empty, not UTF-8, with NUL.
var someText = rapid.OneOf(
	rapid.SampledFrom([]string{"", "a", "display_name", "Ünïcödé", "nul\x00inside", "not utf-8 \xff\xfe", "<b/>\r\n"}),
	rapid.StringN(0, 40, 80),
)

var someID = rapid.Custom(func(t *rapid.T) ID {
	return hash(KindBody, rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "hashed"))
})

var someAttr = rapid.Custom(func(t *rapid.T) Attr {
	a := Attr{Name: someText.Draw(t, "name"), Long: rapid.IntRange(0, 9).Draw(t, "long") == 0}
	if !a.Long {
		a.Value = someText.Draw(t, "value")
	}
	return a
})

// listOf draws a list that is nil when it is empty, as decoded lists are.
func listOf[T any](t *rapid.T, g *rapid.Generator[T], most int, label string) []T {
	list := rapid.SliceOfN(g, 0, most).Draw(t, label)
	if len(list) == 0 {
		return nil
	}
	return list
}

var someBody = rapid.Custom(func(t *rapid.T) *Body {
	return &Body{
		Markup: someText.Draw(t, "markup"),
		Texts:  listOf(t, someAttr, 3, "texts"),
		Attrs:  listOf(t, someAttr, 3, "attrs"),
		Policy: listOf(t, someAttr, 3, "policy"),
		Raw:    listOf(t, rapid.Byte(), 20, "raw"),
	}
})

// someBlock draws the record of a block without children.
func someBlock(t *rapid.T, id key.BlockID) *Block {
	b := &Block{ID: id}
	b.Attrs = listOf(t, someAttr, 3, "attrs")
	if rapid.IntRange(0, 3).Draw(t, "plain") > 0 {
		// Most blocks are plain, and some are so large that subtrees need pages.
		b.Attrs = append(b.Attrs, padding(rapid.SampledFrom([]int{0, 100, 500, 1500, 3500, 7000}).Draw(t, "size")))
		return b
	}
	b.SourceName = someText.Draw(t, "source name")
	b.Unnamed = rapid.Bool().Draw(t, "unnamed")
	b.Inline = rapid.Bool().Draw(t, "inline")
	b.Policy = listOf(t, someAttr, 3, "policy")
	b.Broken = someText.Draw(t, "broken")
	if rapid.Bool().Draw(t, "with body") {
		b.Body = someID.Draw(t, "body")
	}
	b.Loose = listOf(t, rapid.Custom(func(t *rapid.T) Loose {
		return Loose{Before: rapid.IntRange(AfterPointer, 0).Draw(t, "before"), Source: someText.Draw(t, "source")}
	}), 2, "loose")
	return b
}

func padding(bytes int) Attr { return Attr{Name: "pad", Value: strings.Repeat("x", bytes)} }

var someSpelling = rapid.Custom(func(t *rapid.T) []Attr {
	if rapid.IntRange(0, 4).Draw(t, "spelled") > 0 {
		return nil
	}
	return rapid.SliceOfN(someAttr, 1, 2).Draw(t, "spelling")
})

func blockID(i int) key.BlockID {
	return key.BlockID{Type: []string{"vertical", "problem", "sequential"}[i%3], Name: fmt.Sprintf("b%d", i)}
}

// someTree draws a normal tree of up to most blocks with everything that a tree can have: dangling children, detached blocks,
// spellings, and in every other tree blocks with several parents or twice in one list. Parents have smaller numbers than their children.
func someTree(t *rapid.T, most int) *Tree {
	n := rapid.IntRange(1, most).Draw(t, "blocks")
	shared := rapid.Bool().Draw(t, "shared blocks")
	tree := &Tree{
		Root:    blockID(0),
		Blocks:  map[key.BlockID]*Block{blockID(0): someBlock(t, blockID(0))},
		Pointer: someSpelling.Draw(t, "pointer"),
	}
	for i := 1; i < n; i++ {
		tree.Blocks[blockID(i)] = someBlock(t, blockID(i))
		place := rapid.IntRange(0, 9).Draw(t, "place")
		if place == 0 {
			tree.Detached = append(tree.Detached, blockID(i))
			continue
		}
		addChild(t, someParent(t, tree, i), blockID(i))
		switch {
		case place == 1 && shared:
			addChild(t, someParent(t, tree, i), blockID(i))
		case place == 2 && (shared || i < 3):
			addChild(t, someParent(t, tree, i), key.BlockID{Type: "html", Name: fmt.Sprintf("nowhere%d", i%3)})
		}
	}
	return normalTree(tree)
}

// someParent draws one of the first blocks as a parent for block i, mostly one of few, so that lists become long.
func someParent(t *rapid.T, tree *Tree, i int) *Block {
	few := min(i, rapid.SampledFrom([]int{1, 3, i}).Draw(t, "among"))
	return tree.Blocks[blockID(rapid.IntRange(0, few-1).Draw(t, "parent"))]
}

func addChild(t *rapid.T, b *Block, id key.BlockID) {
	b.Children = append(b.Children, Child{ID: id, Spelling: someSpelling.Draw(t, "spelling")})
}

var someFiles = rapid.Custom(func(t *rapid.T) *Files {
	f := &Files{Root: someText.Draw(t, "root")}
	paths := rapid.SliceOfNDistinct(rapid.StringN(1, 20, 40), 0, 150, rapid.ID).Draw(t, "paths")
	for i, p := range sorted(paths) {
		file := File{Path: p, Blob: Blob{ID: someID.Draw(t, "blob"), Size: rapid.Int64Range(0, 1<<40).Draw(t, "size")}}
		file.Blob.Manifest = file.Blob.Size > ChunkSize
		for range rapid.IntRange(0, 2).Draw(t, "parts") {
			file.Parts = append(file.Parts, Part{
				Block: blockID(i),
				Facet: rapid.SampledFrom([]Facet{Element, PolicyFacet, "data"}).Draw(t, "facet"),
				Hash:  someID.Draw(t, "hash"),
			})
		}
		f.Entries = append(f.Entries, file)
	}
	return f
})

func sorted(paths []string) []string {
	slices.Sort(paths)
	return paths
}
