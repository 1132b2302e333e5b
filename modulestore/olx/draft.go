package olx

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lectern/modulestore"
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
	file     string
	def      definition
	tag      string
	doc      *document
	index    int
	hasIndex bool
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
	for _, r := range roots {
		b.draftRoot(r)
	}
	b.looseDrafts(files)
	if d.stopped != nil {
		return d.stopped
	}
	d.out.Draft = b.tree()
	return nil
}

// draftFiles lists drafts/TYPE/….xml.
func (d *decoder) draftFiles() []string {
	var list []string
	for _, file := range d.view.Paths() {
		rest, ok := strings.CutPrefix(file, draftFolder)
		if ok && strings.HasSuffix(rest, ".xml") && strings.Contains(rest, "/") && !strings.HasPrefix(baseOf(rest), "._") {
			list = append(list, file)
		}
	}
	return list
}

func baseOf(file string) string { return file[strings.LastIndexByte(file, '/')+1:] }

// draftDefinition takes type and name of a draft from its path.
func draftDefinition(file string) (tag string, def definition) {
	rest := strings.TrimSuffix(strings.TrimPrefix(file, draftFolder), ".xml")
	tag, name, _ := strings.Cut(rest, "/")
	name = strings.ReplaceAll(name, "/", ":")
	return tag, definition{id: key.BlockID{Type: tag, Name: name}, name: name}
}

// draftRoots finds the files that say where they belong, in the order of their index.
func (b *branch) draftRoots(files []string) []draftRoot {
	var roots []draftRoot
	for _, file := range files {
		p := b.parse(file)
		if p.doc == nil || !p.doc.root.has(draftIndex) && !p.doc.root.has(draftParent) && !p.doc.root.has(draftOldParent) {
			continue
		}
		r := draftRoot{file: file, doc: p.doc}
		r.tag, r.def = draftDefinition(file)
		text, _ := p.doc.root.attr(draftIndex)
		index, err := strconv.Atoi(strings.TrimSpace(text))
		r.index, r.hasIndex = index, err == nil && index >= 0
		roots = append(roots, r)
	}
	slices.SortStableFunc(roots, func(x, y draftRoot) int { return cmp.Compare(x.index, y.index) })
	return roots
}

// draftRoot defines a draft and puts it into its parent's list of children.
func (b *branch) draftRoot(r draftRoot) {
	b.out.DraftRoots = append(b.out.DraftRoots, r.def.id)
	if !b.own[r.def.id] { // else another draft has it among its children
		b.defineFile(r.file, r.tag, r.def)
	}
	parent, ok := b.draftParent(r)
	if !ok {
		b.problem(r.doc.problem(ruleDraftParent, r.doc.root.start, fmt.Sprintf("the draft of %s belongs to a parent that is not in the course", r.def.id)))
		if !b.listed(r.def.id) {
			b.detachedList = append(b.detachedList, r.def.id)
		}
		return
	}
	if lists(parent, r.def.id) {
		return
	}
	at := len(parent.Children)
	if r.hasIndex && r.index <= at {
		at = r.index
	} else {
		b.problem(r.doc.problem(ruleDraftIndex, r.doc.root.start, fmt.Sprintf("the draft of %s has no place in the list of %s; it was put at the end", r.def.id, parent.ID)))
	}
	b.blocks[parent.ID] = insertChild(parent, at, r.def.id)
}

// draftParent finds the block that the draft names as its parent; the course part of the key does not matter.
func (b *branch) draftParent(r draftRoot) (*modulestore.Block, bool) {
	for _, name := range []string{draftParent, draftOldParent} {
		text, ok := r.doc.root.attr(name)
		if !ok {
			continue
		}
		if usage, _, err := key.ParseBlockAt(text); err == nil {
			id := usage.ID
			if id.Type == b.rootID.Type {
				id = b.rootID
			}
			parent, ok := b.blocks[id]
			return parent, ok
		}
	}
	return nil, false
}

func lists(b *modulestore.Block, id key.BlockID) bool {
	return slices.ContainsFunc(b.Children, func(c modulestore.Child) bool { return c.ID == id })
}

// listed reports whether any block of the branch has id as a child.
func (b *branch) listed(id key.BlockID) bool {
	for _, block := range b.blocks {
		if lists(block, id) {
			return true
		}
	}
	return slices.Contains(b.detachedList, id)
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

// looseDrafts deals with the files that no draft root leads to.
func (b *branch) looseDrafts(files []string) {
	for _, file := range files {
		tag, def := draftDefinition(file)
		if b.own[def.id] || len(b.out.Parts[file]) > 0 {
			continue
		}
		p := b.parse(file)
		if b.blocks[def.id] != nil {
			b.fileProblem(ruleDraftNoIndex, file, "the draft of %s does not say where it belongs; it was taken for that block", def.id)
			b.defineFile(file, tag, def)
			continue
		}
		if p.fault != nil {
			b.problem(p.fault.Problem)
		}
		b.fileProblem(ruleDraftNoParent, file, "the draft of %s names no parent, and there is no such block in the course", def.id)
	}
}
