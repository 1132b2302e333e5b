package olx

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Attributes of a draft's root element.
const (
	draftIndex     = "index_in_children_list"
	draftParent    = "parent_url"
	draftOldParent = "parent_sequential_url"
)

// draftRoot is a file under drafts/ that says where its block belongs.
type draftRoot struct {
	file  string
	id    key.BlockID
	doc   *document
	place draftPlace
}

// draftPlace is where a draft says it belongs.
type draftPlace struct {
	given  bool // it says something
	parent key.BlockID
	index  int // math.MaxInt when it is no number
}

// draftPlaceOf reads where a draft belongs from its attributes; the course part of the parent's key does not matter.
func draftPlaceOf(attr func(name string) (value string, ok bool)) draftPlace {
	text, given := attr(draftIndex)
	place := draftPlace{given: given, index: math.MaxInt}
	if index, err := strconv.Atoi(strings.Trim(text, xmlBlanks)); err == nil && index >= 0 {
		place.index = index
	}
	for _, name := range []string{draftOldParent, draftParent} {
		text, ok := attr(name)
		place.given = place.given || ok
		if usage, _, err := key.ParseBlockAt(text); ok && err == nil {
			place.parent = usage.ID
		}
	}
	return place
}

// drafts reads the drafts over the published tree into the draft tree.
func (d *decoder) drafts(published *branch) error {
	files := d.draftFiles()
	if len(files) == 0 {
		d.out.Draft = d.out.Published
		return nil
	}
	b := newBranch(d, draftFolder)
	b.rootID, b.pointer = published.rootID, published.pointer
	b.blocks = maps.Clone(published.blocks)
	b.detachedList = slices.Clone(published.detachedList)
	roots := b.draftRoots(files)
	for i, r := range roots {
		b.defineDraft(r.file)
		roots[i].id = b.files[r.file]
		d.out.DraftRoots = append(d.out.DraftRoots, roots[i].id)
	}
	loose := make(map[string]bool)
	for _, file := range files {
		if _, read := b.files[file]; !read {
			loose[file] = true
			b.defineDraft(file)
		}
	}
	for _, r := range roots {
		b.placeDraft(r)
	}
	b.settle(files, loose)
	d.out.Draft = b.tree()
	return d.stop()
}

// draftFiles lists drafts/TYPE/….xml. The root of a course has no drafts.
func (d *decoder) draftFiles() []string {
	var list []string
	for _, file := range d.view.Paths() {
		rest, ok := strings.CutPrefix(file, draftFolder)
		tag, _, deep := strings.Cut(rest, "/")
		if !ok || !deep || !strings.HasSuffix(rest, ".xml") || strings.HasPrefix(baseOf(rest), "._") {
			continue
		}
		if tag == d.out.Key.Root().Type {
			d.fileProblem(ruleDraftNoParent, file, "the %s itself cannot have a draft", tag)
			continue
		}
		list = append(list, file)
	}
	return list
}

func baseOf(file string) string { return file[strings.LastIndexByte(file, '/')+1:] }

// draftDefinition takes type and name of a draft from its path.
func draftDefinition(file string) (tag string, def definition) {
	rest := strings.TrimSuffix(strings.TrimPrefix(file, draftFolder), ".xml")
	tag, name, _ := strings.Cut(rest, "/")
	return tag, newDefinition(tag, strings.ReplaceAll(name, "/", ":"))
}

// draftRoots finds the files that say where they belong, in the order of their index.
func (b *branch) draftRoots(files []string) []draftRoot {
	var roots []draftRoot
	for _, file := range files {
		p := b.parse(file)
		if p.doc == nil {
			continue
		}
		if place := draftPlaceOf(p.doc.root.attr); place.given {
			roots = append(roots, draftRoot{file: file, doc: p.doc, place: place})
		}
	}
	slices.SortStableFunc(roots, func(x, y draftRoot) int { return cmp.Compare(x.place.index, y.place.index) })
	return roots
}

// defineDraft reads one file under drafts/, unless another draft has led to it already.
func (b *branch) defineDraft(file string) {
	if _, read := b.files[file]; read {
		return
	}
	tag, def := draftDefinition(file)
	if first, taken := b.own[def.id]; taken {
		taken := def.id
		def.id.Name = derivedName(def.id.Name, file)
		b.report(def.id, b.parse(file).start(file).problem(ruleDuplicateInline, fmt.Sprintf("%s stands in %s already; this definition is kept as %s", taken, first, def.id)))
	}
	b.defineFile(file, tag, def)
}

// placeDraft puts a draft into its parent's list of children.
func (b *branch) placeDraft(r draftRoot) {
	parent := b.draftParent(r)
	if parent == nil || b.stopped != nil {
		return
	}
	at := min(r.place.index, len(parent.Children))
	if at < r.place.index {
		b.report(r.id, r.doc.problem(ruleDraftIndex, r.doc.root.start, fmt.Sprintf("the draft of %s has no place in the list of %s; it was put at the end", r.id, parent.ID)))
	}
	b.blocks[parent.ID] = insertChild(parent, at, r.id)
}

// draftParent finds the block that the draft names as its parent, if that does not list it yet. It is nil when there is none that
// could have the draft as a child, or when the parent's own draft has another list.
func (b *branch) draftParent(r draftRoot) *modulestore.Block {
	id := r.place.parent
	if id.Type == b.rootID.Type {
		id = b.rootID
	}
	parent := b.blocks[id]
	if parent == nil || parent.Broken != "" || !field.Container(id.Type) || b.owns(id) || lists(parent, r.id) || b.reaches(r.id, id) {
		return nil
	}
	return parent
}

// reaches reports whether a block is another one or contains it.
func (b *branch) reaches(from, id key.BlockID) (found bool) {
	below(&modulestore.Tree{Blocks: b.blocks}, from, func(block *modulestore.Block) { found = found || block.ID == id })
	return found
}

// below calls visit for a block and everything below it, each once.
func below(t *modulestore.Tree, top key.BlockID, visit func(*modulestore.Block)) {
	seen := map[key.BlockID]bool{top: true}
	for open := []key.BlockID{top}; len(open) > 0; {
		b := t.Blocks[open[len(open)-1]]
		open = open[:len(open)-1]
		if b == nil {
			continue
		}
		visit(b)
		for _, c := range b.Children {
			if !seen[c.ID] {
				seen[c.ID] = true
				open = append(open, c.ID)
			}
		}
	}
}

func lists(b *modulestore.Block, id key.BlockID) bool {
	return slices.ContainsFunc(b.Children, func(c modulestore.Child) bool { return c.ID == id })
}

// insertChild returns a copy of the block with a further child; markup between children stays with its neighbours.
func insertChild(parent *modulestore.Block, at int, id key.BlockID) *modulestore.Block {
	copied := *parent
	copied.Children = slices.Insert(slices.Clone(parent.Children), at, modulestore.Child{ID: id})
	copied.Loose = slices.Clone(parent.Loose)
	for i := range copied.Loose {
		if copied.Loose[i].Before >= at {
			copied.Loose[i].Before++
		}
	}
	return &copied
}

// settle looks where the drafts have come to. Loose ones, which no other draft leads to and which do not say where they belong, are those of the
// published block of their name. What no block of the draft tree leads to is detached, so that it is not lost.
func (b *branch) settle(files []string, loose map[string]bool) {
	reached := b.tree().Blocks
	listed := make(map[key.BlockID]bool)
	for id := range b.own {
		if reached[id] == nil && b.blocks[id] != nil {
			for _, c := range b.blocks[id].Children {
				listed[c.ID] = true
			}
		}
	}
	for _, file := range files {
		id := b.files[file]
		_, placed := b.placed[id]
		switch {
		case b.blocks[id] == nil || listed[id]:
		case reached[id] == nil:
			b.detachedList = append(b.detachedList, id)
			b.reportStray(file, id)
		case loose[file] && !placed:
			b.report(id, b.own[id].problem(ruleDraftNoIndex, fmt.Sprintf("the draft of %s does not say where it belongs; it was taken for that block", id)))
		}
	}
}

func (b *branch) reportStray(file string, id key.BlockID) {
	p := b.parse(file)
	if p.doc != nil && draftPlaceOf(p.doc.root.attr).given {
		b.report(id, p.start(file).problem(ruleDraftParent, fmt.Sprintf("the draft of %s belongs to a parent that is not in the course, or whose list it is not in", id)))
		return
	}
	b.report(id, p.start(file).problem(ruleDraftNoParent, fmt.Sprintf("the draft of %s names no parent, and no block has it as a child", id)))
}
