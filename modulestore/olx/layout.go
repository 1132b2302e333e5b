package olx

import (
	"fmt"
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
	// homes says inside which block's element a block is written; a block without one has a file of its own.
	homes map[key.BlockID]key.BlockID
	// filenames are blocks whose text cannot have the file that their filename attribute names, with the one they get instead.
	filenames map[key.BlockID]string
}

// newLayout decides where each block of a tree is written. An inline block belongs into the parent that lists it first.
func (e *encoder) newLayout(t *modulestore.Tree, prefix string, sources []string) (*layout, error) {
	l := &layout{tree: t, prefix: prefix, sources: sources, homes: make(map[key.BlockID]key.BlockID), filenames: make(map[key.BlockID]string)}
	var failed error
	t.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		if parent.IsZero() || !b.Inline {
			return true
		}
		inline, err := e.canStandInline(b)
		if failed = err; inline {
			l.homes[b.ID] = parent
		}
		return failed == nil
	})
	return l, failed
}

// canStandInline reports whether an inline block may be written inside its parent. One of which nothing but a name is left would
// be read as a pointer, so it may only where the source has it so: without a name, or as a block of the newer kind, for which a
// pointer to nothing is a definition.
func (e *encoder) canStandInline(b *modulestore.Block) (bool, error) {
	body, err := e.body(b)
	if err != nil || !nameOnly(b, body) {
		return err == nil, err
	}
	if !b.Unnamed && !field.PureXBlock(b.ID.Type) {
		return false, nil
	}
	published, err := e.asRead(b, "")
	if published || err != nil {
		return published, err
	}
	return e.asRead(b, draftFolder)
}

// nameOnly reports whether a block's element would have nothing but a url_name and so look like a pointer.
func nameOnly(b *modulestore.Block, body *modulestore.Body) bool {
	if b.Broken != "" || len(b.Children) > 0 || body != nil && (!blank([]byte(body.Markup)) || len(body.Texts) > 0) {
		return false
	}
	return !slices.ContainsFunc(b.Attrs, func(a modulestore.Attr) bool { return a.Name != "url_name" && a.Name != "slug" }) &&
		!slices.ContainsFunc(b.Loose, func(l modulestore.Loose) bool { return l.Before >= 0 })
}

// unit is one definition file: its top block and the blocks inline below it, in document order.
type unit struct {
	*layout
	path   string
	blocks []*modulestore.Block
}

// units lists the definition files of the tree in document order; those of the chosen blocks alone if any are named.
func (l *layout) units(chosen map[key.BlockID]bool) []*unit {
	var list []*unit
	l.tree.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		_, inside := l.homes[b.ID]
		page := parent.IsZero() && field.Detached(b.ID.Type)
		if !inside && !page && (chosen == nil || chosen[b.ID]) {
			u := &unit{layout: l, path: l.prefix + l.blockPath(b)}
			u.add(b)
			list = append(list, u)
		}
		return true
	})
	return list
}

// add puts a block and the blocks inside its element into the unit.
func (u *unit) add(b *modulestore.Block) {
	u.blocks = append(u.blocks, b)
	seen := make(map[key.BlockID]bool)
	for _, c := range b.Children {
		if u.homes[c.ID] == b.ID && !seen[c.ID] {
			seen[c.ID] = true
			u.add(u.tree.Blocks[c.ID])
		}
	}
}

// blockPath is the definition file of a block that has one; of the root, the root file when it is inline there.
func (l *layout) blockPath(b *modulestore.Block) string {
	if b.ID != l.tree.Root || !b.Inline {
		return definitionPath(b.ID.Type, sourceName(b))
	}
	if b.ID.Type == "library" {
		return libraryFile
	}
	return courseFile
}

// texts writes the whole-file texts of blocks. What is unchanged goes first, so that of two blocks that shared a file the one that
// was edited gets a file of its own.
func (e *encoder) texts(l *layout, blocks []*modulestore.Block) error {
	var edited []textOutput
	for _, b := range blocks {
		body, err := e.body(b)
		if err != nil {
			return err
		}
		if body == nil {
			continue
		}
		for _, t := range body.Texts {
			out, same := e.text(l, b, body, t.Name, t.Value)
			if !same {
				edited = append(edited, out)
				continue
			}
			e.placeText(l, out)
		}
	}
	for _, out := range edited {
		e.placeText(l, out)
	}
	return nil
}

// textOutput is a text with the file that it should have.
type textOutput struct {
	block *modulestore.Block
	body  *modulestore.Body
	file  string // below the course folder
	out   Output
}

// text finds the bytes of a text: the file it came from while it is the same, else its value.
func (e *encoder) text(l *layout, b *modulestore.Block, body *modulestore.Body, name, value string) (t textOutput, same bool) {
	t = textOutput{block: b, body: body, file: l.prefix + e.textFile(l, b, body, name), out: Output{Data: []byte(value)}}
	if e.o.Canonical && strings.HasPrefix(t.file, "policies/") {
		t.out.Data = studioJSON(t.out.Data)
		return t, true
	}
	facet := modulestore.Facet(name)
	hash, _ := modulestore.FacetHash(facet, b, body)
	for _, r := range e.places[place{b.ID, facet}] {
		if f, ok := e.entry(r.path); ok && r.hash == hash {
			blob := f.Blob
			t.out = Output{Blob: &blob}
			return t, true
		}
	}
	return t, false
}

// textFile says where a text of a block belongs: where it came from, as long as the block's filename attribute still leads there.
func (e *encoder) textFile(l *layout, b *modulestore.Block, body *modulestore.Body, name string) string {
	recorded := e.placesOf(b.ID, modulestore.Facet(name), l.sources)
	filename, paired := b.Attr("filename", body)
	switch {
	case paired && name == "data" && !field.Detached(b.ID.Type):
		paths := contentFiles(b.ID.Type, sourceName(b), filename)
		for _, file := range recorded {
			if !e.o.Canonical && slices.Contains(paths, file) {
				return file
			}
		}
		return paths[0]
	case len(recorded) > 0:
		return recorded[0]
	case name == "grading_policy":
		return "policies/" + sourceName(b) + "/grading_policy.json"
	}
	return detachedPath(b.ID, name)
}

// placesOf lists the files of the record that hold a facet of a block, below the source folders in their order, without the folder.
func (e *encoder) placesOf(id key.BlockID, facet modulestore.Facet, sources []string) []string {
	var list []string
	for _, folder := range sources {
		for _, r := range e.places[place{id, facet}] {
			if rest, ok := strings.CutPrefix(r.path, draftFolder); ok == (folder == draftFolder) {
				list = append(list, rest)
			}
		}
	}
	return list
}

// placeText plans a text. It gets another file than it should have when another text holds that, or when no attribute names it.
func (e *encoder) placeText(l *layout, t textOutput) {
	if !field.Detached(t.block.ID.Type) && t.block.ID != l.tree.Root {
		filename, paired := t.block.Attr("filename", t.body)
		other, taken := e.plannedAt(t.file)
		if !paired || escapes(filename) || taken && !sameBytes(other, t.out) {
			t.file = e.freeFile(l, t.block)
		}
	}
	e.plan(t.file, t.out)
}

// freeFile finds a file for the text of a block that no other file needs, and notes the filename attribute that names it.
func (e *encoder) freeFile(l *layout, b *modulestore.Block) string {
	base := path.Base(strings.ReplaceAll(sourceName(b), ":", "/"))
	for n := 1; ; n++ {
		filename := base
		if n > 1 {
			filename = fmt.Sprintf("%s-%d", base, n)
		}
		file := contentFiles(b.ID.Type, sourceName(b), filename)[0]
		_, planned := e.plannedAt(l.prefix + file)
		_, recorded := e.entry(l.prefix + file)
		if !planned && !recorded && file != l.blockPath(b) {
			l.filenames[b.ID] = filename
			return l.prefix + file
		}
	}
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

// withoutDraftPlaces takes from a tree what says where drafts belong: in one tree every block stands where it belongs.
func withoutDraftPlaces(t *modulestore.Tree) *modulestore.Tree {
	out := *t
	out.Blocks = make(map[key.BlockID]*modulestore.Block, len(t.Blocks))
	for id, b := range t.Blocks {
		out.Blocks[id] = withoutDraftPlace(b)
	}
	return &out
}

func withoutDraftPlace(b *modulestore.Block) *modulestore.Block {
	if !slices.ContainsFunc(b.Attrs, isDraftPlace) {
		return b
	}
	plain := *b
	plain.Attrs = slices.DeleteFunc(slices.Clone(b.Attrs), isDraftPlace)
	return &plain
}

func isDraftPlace(a modulestore.Attr) bool {
	return a.Name == draftIndex || a.Name == draftParent || a.Name == draftOldParent
}
