package olx

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// MaxDepth is how deep blocks may contain each other across files.
const MaxDepth = 256

// definition is what is known of a block before its element is read.
type definition struct {
	id      key.BlockID
	name    string // url_name as the source spells it
	inline  bool
	unnamed bool
	broken  string
}

// child reads one child element of a container and returns its place in the list of children.
func (b *branch) child(doc *document, e *element, parent definition, ordinal int) modulestore.Child {
	name, how := blockName(e)
	if how == unnamed {
		return b.unnamedChild(doc, e, parent, ordinal)
	}
	if how == byTitle {
		b.problem(doc.problem(ruleNameFromTitle, e.start, fmt.Sprintf("<%s> has no url_name; it is called %s after its title", e.name, name)))
	}
	id := b.blockID(doc, e, name)
	file := b.prefix + definitionPath(e.name, name)
	if escapes(name) && doc.isPointer(e) {
		b.problem(doc.problem(ruleReference, e.start, fmt.Sprintf("the name %q leads out of the folder %s/", name, e.name)))
		return b.brokenPointer(doc, e, id, parent, ordinal, ruleReference)
	}
	if !doc.isPointer(e) {
		if !doc.empty(e) || e.has("xblock-family") || how == byTitle || !b.has[file] {
			return b.inlineChild(doc, e, definition{id: id, name: name}, parent, ordinal)
		}
		b.problem(doc.problem(rulePointerAttrs, e.start, fmt.Sprintf("<%s url_name=%q> has further attributes beside a definition in %s", e.name, name, file)))
	}
	return b.pointedChild(doc, e, definition{id: id, name: name}, parent, ordinal, file)
}

// blockID makes the key of a block; a name that keys do not allow gets a stand-in that is the same every time.
func (b *branch) blockID(doc *document, e *element, name string) key.BlockID {
	if key.ValidName(name) {
		return key.BlockID{Type: e.name, Name: name}
	}
	sum := sha256.Sum256([]byte(name))
	stand := strings.ReplaceAll(key.CleanName(name), "%", "_") + "_" + hex.EncodeToString(sum[:4])
	b.problem(doc.problem(ruleNameCharacters, e.start, fmt.Sprintf("the url_name %q of <%s> has characters that a usage key cannot hold; its key says %s", name, e.name, stand)))
	return key.BlockID{Type: e.name, Name: stand}
}

// placeName derives a name from a block's place: stable as long as nothing before it moves.
func placeName(prefix string, parent key.BlockID, tag string, ordinal int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%s/%d", parent.Type, parent.Name, tag, ordinal))
	return prefix + "_" + hex.EncodeToString(sum[:6])
}

func (b *branch) unnamedChild(doc *document, e *element, parent definition, ordinal int) modulestore.Child {
	id := key.BlockID{Type: e.name, Name: placeName(e.name, parent.id, e.name, ordinal)}
	if len(e.attrs) == 0 && doc.empty(e) {
		b.problem(doc.problem(ruleEmptyBlock, e.start, fmt.Sprintf("<%s/> has neither name nor content", e.name)))
	}
	b.problem(doc.problem(ruleNoName, e.start, fmt.Sprintf("<%s> has no url_name; it is called %s", e.name, id.Name)))
	return b.inlineChild(doc, e, definition{id: id, unnamed: true}, parent, ordinal)
}

// inlineChild defines a block inside its parent's file, under a derived key if the name is taken.
func (b *branch) inlineChild(doc *document, e *element, def definition, parent definition, ordinal int) modulestore.Child {
	def.inline = true
	if b.own[def.id] {
		taken := def.id
		def.id.Name = placeName(def.id.Name, parent.id, e.name, ordinal)
		b.problem(doc.problem(ruleDuplicateInline, e.start, fmt.Sprintf("there is another definition of %s; this one is kept as %s", taken, def.id)))
	}
	b.placed[def.id] = true
	b.define(doc, e, def)
	return modulestore.Child{ID: def.id}
}

// pointedChild follows a pointer to its definition file.
func (b *branch) pointedChild(doc *document, e *element, def, parent definition, ordinal int, file string) modulestore.Child {
	child := modulestore.Child{ID: def.id, Spelling: pointerSpelling(e, def.name)}
	switch {
	case len(b.open) >= MaxDepth:
		b.problem(doc.problem(ruleDepth, e.start, fmt.Sprintf("%s is nested more than %d blocks deep", def.id, MaxDepth)))
		return b.brokenPointer(doc, e, def.id, parent, ordinal, ruleDepth)
	case b.open[def.id]:
		b.problem(doc.problem(ruleCycle, e.start, fmt.Sprintf("%s contains itself: this pointer closes the circle", def.id)))
		return b.brokenPointer(doc, e, def.id, parent, ordinal, ruleCycle)
	case b.own[def.id]:
		if b.placed[def.id] {
			b.problem(doc.problem(ruleSecondPointer, e.start, fmt.Sprintf("%s has another place in the course already", def.id)))
		}
		b.placed[def.id] = true
		return child
	case b.has[file]:
		b.placed[def.id] = true
		b.defineFile(file, e.name, def)
		return child
	case b.prefix != "" && b.blocks[def.id] != nil:
		b.problem(doc.problem(ruleDraftFallback, e.start, fmt.Sprintf("%s is not among the drafts; its published version is used", file)))
		return child
	case field.PureXBlock(e.name):
		return b.inlineChild(doc, e, def, parent, ordinal)
	}
	b.problem(doc.problem(ruleMissingFile, e.start, fmt.Sprintf("%s is not in the archive", file)))
	return b.brokenPointer(doc, e, def.id, parent, ordinal, ruleMissingFile)
}

// pointerSpelling keeps a pointer that is not url_name alone.
func pointerSpelling(e *element, name string) []modulestore.Attr {
	if len(e.attrs) == 1 && e.attrs[0] == (attr{"url_name", name}) && key.ValidName(name) {
		return nil
	}
	return attrs(e)
}

// brokenPointer keeps a pointer that leads nowhere as a block of its own.
func (b *branch) brokenPointer(doc *document, e *element, id key.BlockID, parent definition, ordinal int, why Rule) modulestore.Child {
	if b.own[id] {
		id.Name = placeName(id.Name, parent.id, e.name, ordinal)
	}
	b.placed[id] = true
	b.define(doc, e, definition{id: id, name: id.Name, inline: true, broken: why.ID})
	return modulestore.Child{ID: id}
}

// defineFile reads the definition file of a pointer; a file that is not understood becomes a broken block that keeps its bytes.
func (b *branch) defineFile(file, tag string, def definition) {
	p := b.parse(file)
	if p.fault != nil {
		p.fault.Block = def.id.String()
		b.problem(p.fault.Problem)
		b.defineRaw(file, p.raw, def, p.fault.Rule)
		return
	}
	root := p.doc.root
	name, how := blockName(root)
	switch {
	case root.name != tag:
		b.problem(p.doc.problem(ruleTagMismatch, root.start, fmt.Sprintf("the file holds <%s>, but the pointer at it says <%s>", root.name, tag)))
		b.defineRaw(file, p.raw, def, ruleTagMismatch.ID)
		return
	case p.doc.isPointer(root) && how == byURLName && name == def.name:
		b.problem(p.doc.problem(ruleSelfPointer, root.start, fmt.Sprintf("the file only points at itself, so %s has no definition", def.id)))
		b.defineRaw(file, p.raw, def, ruleSelfPointer.ID)
		return
	case how == byURLName && name != def.name:
		b.problem(p.doc.problem(ruleExtraURLName, root.start, fmt.Sprintf("the file says url_name=%q, but it is the definition of %s", name, def.id)))
	}
	b.define(p.doc, root, def)
}

func (b *branch) defineRaw(file string, raw []byte, def definition, rule string) {
	body := &modulestore.Body{Raw: raw}
	block := &modulestore.Block{ID: def.id, SourceName: def.sourceName(), Broken: rule, Body: b.addBody(body)}
	b.own[def.id] = true
	b.blocks[def.id] = block
	b.addPart(file, def.id, modulestore.Element, modulestore.ElementHash(block, body))
}

func (def definition) sourceName() string {
	if def.name == def.id.Name || def.unnamed {
		return ""
	}
	return def.name
}

// define reads the element that defines a block, with everything inline below it.
func (b *branch) define(doc *document, e *element, def definition) {
	if b.stopped != nil {
		return
	}
	defer b.enter(def.id)()
	part := b.addPart(doc.path, def.id, modulestore.Element, modulestore.ID{})
	block := &modulestore.Block{ID: def.id, SourceName: def.sourceName(), Unnamed: def.unnamed, Inline: def.inline, Broken: def.broken}
	body := &modulestore.Body{}
	block.Attrs, body.Attrs = modulestore.SplitLong(attrs(e))
	if def.id == b.rootID {
		block.Loose = append(block.Loose, b.around...)
	}
	if doc.root == e {
		block.Loose = append(block.Loose, outside(doc, doc.before, modulestore.BeforeRoot)...)
	}
	if field.Container(e.name) {
		b.container(doc, e, def, block)
	} else {
		body.Markup = doc.text(e.open, e.close)
		b.content(doc, e, def, block, body)
	}
	if doc.root == e {
		block.Loose = append(block.Loose, outside(doc, doc.after, modulestore.AfterRoot)...)
	}
	b.applyPolicy(def, block, body)
	block.Body = b.addBody(body)
	b.blocks[def.id] = block
	b.out.Parts[doc.path][part].Hash = modulestore.ElementHash(block, body)
}

// enter marks a block as being read until the returned function is called.
func (b *branch) enter(id key.BlockID) (leave func()) {
	outer := b.current
	b.own[id], b.open[id], b.current = true, true, id
	return func() {
		delete(b.open, id)
		b.current = outer
	}
}

// outside keeps markup before or after the root element of a file.
func outside(doc *document, nodes []node, where int) []modulestore.Loose {
	var list []modulestore.Loose
	for _, n := range nodes {
		list = append(list, modulestore.Loose{Before: where, Source: doc.text(n.start, n.end)})
	}
	return list
}

// container reads children and the markup between them.
func (b *branch) container(doc *document, e *element, def definition, block *modulestore.Block) {
	for _, n := range e.nodes {
		switch {
		case n.kind == elementNode && !looseElement(e.name, n.el):
			block.Children = append(block.Children, b.child(doc, n.el, def, len(block.Children)))
			continue
		case n.kind == textNode && blank(doc.src[n.start:n.end]):
			continue
		case n.kind == textNode:
			b.problem(doc.problem(ruleStrayText, n.start, fmt.Sprintf("there is text between the children of %s", def.id)))
		}
		source := strings.TrimSpace(doc.text(n.start, n.end))
		block.Loose = append(block.Loose, modulestore.Loose{Before: len(block.Children), Source: source})
	}
}

// looseElement reports whether a child element of a container is no block: a setting or an aside.
func looseElement(container string, e *element) bool {
	family, _ := e.attr("xblock-family")
	return field.LooseChild(container, e.name) || strings.HasPrefix(family, "xblock_asides")
}

// content reads the text that a filename attribute names.
func (b *branch) content(doc *document, e *element, def definition, block *modulestore.Block, body *modulestore.Body) {
	filename, ok := e.attr("filename")
	if !ok || filename == "" || field.PureXBlock(e.name) {
		return
	}
	if escapes(filename) {
		b.problem(doc.problem(ruleReference, e.start, fmt.Sprintf("the filename %q leads out of the folder %s/", filename, e.name)))
		block.Broken = ruleReference.ID
		return
	}
	paths, missing := contentPaths(e.name, filename), ruleMissingContent
	if htmlFamily(e.name) {
		paths, missing = textPaths(def.name, filename), ruleMissingHTML
	}
	file, found := b.firstOf(paths)
	if !found {
		b.problem(doc.problem(missing, e.start, fmt.Sprintf("%s needs %s%s, which is not in the archive", def.id, b.prefix, paths[0])))
		block.Broken = missing.ID
		return
	}
	if !doc.empty(e) {
		b.problem(doc.problem(ruleHTMLInline, e.start, fmt.Sprintf("%s has text of its own and the file %s; the file holds", def.id, file)))
	}
	text, ok := b.readText(file)
	if !ok {
		block.Broken = ruleHTMLEncoding.ID
		return
	}
	b.addText(file, "data", text, block, body)
}

func (b *branch) firstOf(paths []string) (string, bool) {
	for _, p := range paths {
		if b.has[b.prefix+p] {
			return b.prefix + p, true
		}
	}
	return "", false
}
