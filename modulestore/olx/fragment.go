package olx

import (
	"fmt"
	"maps"
	"slices"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Fragment is what the OLX of one block says: the block itself first, then the blocks that are inline below it.
type Fragment struct {
	Blocks   []*modulestore.Block
	Bodies   map[modulestore.ID]*modulestore.Body
	Problems []Problem

	file  string
	data  []byte
	parts map[string][]modulestore.Part
}

// DecodeBlock reads the OLX of one block that is in the tree already, as an editor has changed it. body is the block's body as it is; what an
// element cannot say (policy, the text of an html pair, where a draft belongs) is taken over from it. Children are pointers at
// blocks of the tree or inline definitions. file names the text in messages. The error is a *FatalError when the text is not the
// block's OLX; every other finding is a problem.
func DecodeBlock(tree *modulestore.Tree, id key.BlockID, body *modulestore.Body, file string, data []byte) (*Fragment, error) {
	old := tree.Blocks[id]
	if old == nil {
		return nil, fatal(ruleMissingFile, file, fmt.Sprintf("there is no block %s in the course", id))
	}
	view := fragmentView{file: data}
	b := newBranch(newDecoder(view), "")
	b.rootID, b.existing = tree.Root, tree
	p := b.parse(file)
	if p.fault != nil {
		return nil, &FatalError{p.fault.Problem}
	}
	root := p.doc.root
	if root.name != id.Type {
		return nil, &FatalError{p.doc.problem(ruleTagMismatch, root.start, fmt.Sprintf("the file holds <%s>, but the block is %s", root.name, id))}
	}
	if name, ok := root.attr("url_name"); ok && name != sourceName(old) {
		return nil, &FatalError{p.doc.problem(ruleExtraURLName, root.start, fmt.Sprintf("the file says url_name=%q, but the block is %s", name, id))}
	}
	if filename, ok := root.attr("filename"); ok {
		if text, had := body.Text("data"); had {
			view[b.textPlace(id, sourceName(old), filename)] = []byte(text)
			b.has[b.textPlace(id, sourceName(old), filename)] = true
		}
	}
	b.reportNotes(id, p.doc)
	b.define(p.doc, root, definition{id: id, name: sourceName(old), inline: old.Inline, unnamed: old.Unnamed})
	if err := b.stop(); err != nil {
		return nil, err
	}
	return b.fragment(old, body, file, data), nil
}

// textPlace is where the text of a block with a filename attribute is looked for first.
func (b *branch) textPlace(id key.BlockID, name, filename string) string {
	if htmlFamily(id.Type) {
		return textPaths(name, filename)[0]
	}
	return contentPaths(id.Type, filename)[0]
}

// fragment collects what was read and adds what the block keeps.
func (b *branch) fragment(old *modulestore.Block, oldBody *modulestore.Body, file string, data []byte) *Fragment {
	f := &Fragment{Bodies: b.out.Bodies, file: file, data: data}
	b.keep(old, oldBody)
	below := &modulestore.Tree{Root: old.ID, Blocks: b.blocks}
	below.Walk(func(block *modulestore.Block, _ key.BlockID) bool {
		if was := b.existing.Blocks[block.ID]; was != nil {
			block.Origin = was.Origin // OLX cannot say it
		}
		if block.ID != old.ID && b.existing.Blocks[block.ID] != nil && !inlineBelow(b.existing, old, block.ID) {
			b.fileProblem(ruleDuplicateInline, file, "the course has a block %s already; point at it, or choose another name", block.ID)
		}
		f.Blocks = append(f.Blocks, block)
		return true
	})
	f.parts = make(map[string][]modulestore.Part)
	for name, parts := range b.fileParts {
		for _, p := range parts {
			f.parts[name] = append(f.parts[name], *p)
		}
	}
	f.Problems = b.out.Problems
	SortProblems(f.Problems)
	return f
}

// inlineBelow reports whether the old definition of a block held another one inline.
func inlineBelow(t *modulestore.Tree, old *modulestore.Block, id key.BlockID) bool {
	for _, c := range old.Children {
		child := t.Blocks[c.ID]
		if child != nil && child.Inline && (c.ID == id || inlineBelow(t, child, id)) {
			return true
		}
	}
	return false
}

// keep gives the edited block what its element does not say.
func (b *branch) keep(old *modulestore.Block, oldBody *modulestore.Body) {
	block := *b.blocks[old.ID]
	body := &modulestore.Body{}
	if had := b.out.Bodies[block.Body]; had != nil {
		*body = *had
	}
	delete(b.out.Bodies, block.Body)
	block.Policy = old.Policy
	if oldBody != nil {
		body.Policy = oldBody.Policy
		for _, t := range oldBody.Texts {
			if _, read := body.Text(t.Name); !read && (t.Name != "data" || field.Detached(old.ID.Type)) {
				body.Texts = append(slices.Clone(body.Texts), t)
			}
		}
	}
	all := modulestore.JoinLong(block.Attrs, body.Attrs)
	if _, named := block.Attr("url_name", body); old.Inline && !old.Unnamed && !named {
		all = append([]modulestore.Attr{{Name: "url_name", Value: sourceName(old)}}, all...)
	}
	for _, name := range []string{draftParent, draftOldParent, draftIndex} {
		value, placed := old.Attr(name, oldBody)
		if _, given := block.Attr(name, body); placed && !given {
			all = append(slices.Clone(all), modulestore.Attr{Name: name, Value: value})
		}
	}
	block.Attrs, body.Attrs = modulestore.SplitLong(all)
	block.Loose = keepLoose(old, &block)
	block.Body = b.addBody(body)
	b.blocks[old.ID] = &block
}

// keepLoose keeps the markup around the pointer in the root file, and leaves out markup around the fragment of an inline block,
// for which its parent's file has no place.
func keepLoose(old, block *modulestore.Block) []modulestore.Loose {
	list := slices.DeleteFunc(slices.Clone(block.Loose), func(l modulestore.Loose) bool {
		return block.Inline && (l.Before == modulestore.BeforeRoot || l.Before == modulestore.AfterRoot)
	})
	for _, l := range old.Loose {
		if l.Before == modulestore.BeforePointer || l.Before == modulestore.AfterPointer {
			list = append(list, l)
		}
	}
	return list
}

// Check adds the findings of the check rules about the fragment's blocks, as they will be in the course. root is the body of the
// course's root, paths are its files.
func (f *Fragment) Check(course key.Course, tree *modulestore.Tree, root *modulestore.Body, paths []string) {
	after := *tree
	after.Blocks = maps.Clone(tree.Blocks)
	mine := make(map[string]bool, len(f.Blocks))
	for _, b := range f.Blocks {
		after.Blocks[b.ID] = b
		mine[b.ID.String()] = true
	}
	c := &Course{Key: course, Published: &after, Draft: &after, Bodies: maps.Clone(f.Bodies), Parts: f.parts}
	if root != nil {
		if top := after.Blocks[after.Root]; c.Bodies[top.Body] == nil {
			c.Bodies[top.Body] = root
		}
	}
	view := fragmentView{f.file: f.data}
	for _, p := range paths {
		if _, ok := view[p]; !ok {
			view[p] = nil
		}
	}
	Check(c, view)
	for _, p := range c.Problems {
		if mine[p.Block] {
			f.Problems = append(f.Problems, p)
		}
	}
	SortProblems(f.Problems)
}

// fragmentView is the one file of a fragment, and the names of the course's files.
type fragmentView map[string][]byte

func (v fragmentView) Paths() []string { return slices.Sorted(maps.Keys(v)) }

func (v fragmentView) Read(file string) ([]byte, error) { return v[file], nil }

// EncodeBlock writes the OLX of one block as DecodeBlock reads it: its element in Studio's layout, with what is inline below it.
// body returns a body by its name.
func EncodeBlock(tree *modulestore.Tree, id key.BlockID, body func(modulestore.ID) (*modulestore.Body, error)) ([]byte, error) {
	b := tree.Blocks[id]
	if b == nil {
		return nil, fmt.Errorf("there is no block %s in the course", id)
	}
	e := &encoder{v: Version{Published: tree, Draft: tree, Body: body}, bodies: make(map[modulestore.ID]*modulestore.Body)}
	own, err := e.body(b)
	if err != nil {
		return nil, err
	}
	if own != nil && len(own.Raw) > 0 {
		return own.Raw, nil
	}
	l, err := e.newLayout(tree, "", nil)
	if err != nil {
		return nil, err
	}
	u := &unit{layout: l}
	u.add(b)
	w := &writer{enc: e, unit: u, written: make(map[key.BlockID]bool)}
	if err := w.file(b); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}
