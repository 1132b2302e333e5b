package olx

import (
	"path"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// layout is a tree on its way into files.
type layout struct {
	tree *modulestore.Tree
	// prefix is where the files go: "" or "drafts/".
	prefix string
	// sources are the folders of the record to look in for files that can be copied, best first.
	sources []string
}

// unit is one definition file: its top block and the blocks inline below it, in document order.
type unit struct {
	layout
	path   string
	blocks []*modulestore.Block
	inline map[key.BlockID]*modulestore.Block
}

// units lists the definition files of a tree from one block on, in document order. An inline block belongs to the file of the
// parent that lists it first.
func (e *encoder) units(l layout, from key.BlockID) []*unit {
	c := &collector{layout: l, seen: make(map[key.BlockID]bool)}
	if b := l.tree.Blocks[from]; b != nil {
		c.file(b)
	}
	return c.list
}

type collector struct {
	layout
	list []*unit
	seen map[key.BlockID]bool
	// only, when set, are the blocks that get a file of their own.
	only map[key.BlockID]bool
}

// file starts a new definition file. Blocks with files of their own below it follow after it.
func (c *collector) file(b *modulestore.Block) {
	pending := []*modulestore.Block{b}
	for len(pending) > 0 {
		b := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if c.seen[b.ID] {
			continue
		}
		u := &unit{layout: c.layout, path: c.prefix + blockPath(b), inline: make(map[key.BlockID]*modulestore.Block)}
		below := c.add(u, b)
		slices.Reverse(below)
		pending = append(pending, below...)
		if len(c.only) == 0 || c.only[b.ID] {
			c.list = append(c.list, u)
		}
	}
}

// add puts a block and its inline children into a unit, and returns the children that have files of their own.
func (c *collector) add(u *unit, b *modulestore.Block) (below []*modulestore.Block) {
	c.seen[b.ID] = true
	u.blocks = append(u.blocks, b)
	for _, child := range b.Children {
		switch next := c.tree.Blocks[child.ID]; {
		case next == nil || c.seen[child.ID]:
		case next.Inline:
			u.inline[child.ID] = next
			below = append(below, c.add(u, next)...)
		default:
			below = append(below, next)
		}
	}
	return below
}

// blockPath is the definition file of a block that is not inline; of the root, the root file when it is inline there.
func blockPath(b *modulestore.Block) string {
	switch {
	case b.ID.Type == "library":
		return libraryFile
	case b.ID.Type == "course" && b.Inline:
		return courseFile
	}
	return definitionPath(b.ID.Type, sourceName(b))
}

// placesOf lists the files of the record that hold a facet of a block, below one of the source folders, without that folder.
func (e *encoder) placesOf(id key.BlockID, facet modulestore.Facet, sources []string) []string {
	var list []string
	for _, prefix := range sources {
		for _, file := range e.places[place{id, facet}] {
			if rest, ok := strings.CutPrefix(file, draftFolder); ok == (prefix == draftFolder) {
				list = append(list, rest)
			}
		}
	}
	return list
}

// textFile says where a text of a block belongs.
func (e *encoder) textFile(l layout, root, b *modulestore.Block, body *modulestore.Body, name string) string {
	recorded := e.placesOf(b.ID, modulestore.Facet(name), l.sources)
	filename, paired := b.Attr("filename", body)
	if paired && htmlFamily(b.ID.Type) && (e.o.Canonical || len(recorded) == 0) {
		return textPath(sourceName(b), filename)
	}
	if len(recorded) > 0 {
		return recorded[0]
	}
	switch {
	case name == "grading_policy":
		return "policies/" + sourceName(root) + "/grading_policy.json"
	case paired:
		return contentPaths(b.ID.Type, filename)[0]
	}
	return detachedPath(b.ID, name)
}

func detachedPath(id key.BlockID, text string) string {
	for _, kind := range detachedFolders {
		switch {
		case kind.blockType != id.Type:
		case text != "data":
			return kind.folder + "/" + id.Name + "." + text + ".json"
		case kind.folder == "custom_tags":
			return kind.folder + "/" + id.Name
		default:
			return kind.folder + "/" + id.Name + ".html"
		}
	}
	return definitionPath(id.Type, id.Name) + "." + text
}

// texts writes the whole-file texts of a tree's blocks.
func (e *encoder) texts(l layout) error {
	root := l.tree.Blocks[l.tree.Root]
	var failed error
	l.tree.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		failed = e.blockTexts(l, root, b)
		return failed == nil
	})
	return failed
}

func (e *encoder) blockTexts(l layout, root, b *modulestore.Block) error {
	body, err := e.body(b)
	if err != nil || body == nil {
		return err
	}
	for _, t := range body.Texts {
		file := l.prefix + e.textFile(l, root, b, body, t.Name)
		out, err := e.text(l, b, body, t, file)
		if err != nil {
			return err
		}
		if other, taken := e.planned[file]; taken && !sameBytes(other, out) && htmlFamily(b.ID.Type) {
			// two blocks used one file, and no longer hold the same text
			e.filenames[b] = path.Base(strings.ReplaceAll(sourceName(b), ":", "/"))
			file = l.prefix + textPath(sourceName(b), e.filenames[b])
			out.Path = e.root + file
		}
		e.planned[file] = out
	}
	return nil
}

// text is one text as output: the file it came from while it is the same, else its bytes.
func (e *encoder) text(l layout, b *modulestore.Block, body *modulestore.Body, t modulestore.Attr, file string) (Output, error) {
	out := Output{Path: e.root + file, Data: []byte(t.Value)}
	if e.o.Canonical && strings.HasPrefix(file, "policies/") {
		out.Data = studioJSON(out.Data)
		return out, nil
	}
	facet := modulestore.Facet(t.Name)
	hash, _ := modulestore.FacetHash(facet, b, body)
	for _, recorded := range e.places[place{b.ID, facet}] {
		f, ok := e.entry(recorded)
		if !ok {
			continue
		}
		for _, p := range f.Parts {
			if p.Block == b.ID && p.Facet == facet && p.Hash == hash {
				blob := f.Blob
				return Output{Path: out.Path, Blob: &blob}, nil
			}
		}
	}
	return out, nil
}

// withoutDraftPlaces takes from a draft tree what says where a draft belongs: in one tree every block stands where it belongs.
func withoutDraftPlaces(t *modulestore.Tree) *modulestore.Tree {
	out := &modulestore.Tree{Root: t.Root, Pointer: t.Pointer, Detached: t.Detached, Blocks: make(map[key.BlockID]*modulestore.Block, len(t.Blocks))}
	for id, b := range t.Blocks {
		if isDraftRoot(b) {
			plain := *b
			plain.Attrs = slices.DeleteFunc(slices.Clone(b.Attrs), func(a modulestore.Attr) bool {
				return a.Name == draftIndex || a.Name == draftParent || a.Name == draftOldParent
			})
			b = &plain
		}
		out.Blocks[id] = b
	}
	return out
}

func isDraftRoot(b *modulestore.Block) bool {
	return slices.ContainsFunc(b.Attrs, func(a modulestore.Attr) bool {
		return a.Name == draftIndex || a.Name == draftParent || a.Name == draftOldParent
	})
}

// neverDraft reports types that Studio always publishes at once.
func neverDraft(id key.BlockID) bool { return field.AlwaysPublished(id.Type) || id.Type == "library" }
