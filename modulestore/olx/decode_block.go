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

// maxName is the longest url_name that becomes a key; the store takes no longer ones.
const maxName = 1000

// definition is what is known of a block before its element is read.
type definition struct {
	id      key.BlockID
	name    string // url_name as the source spells it
	inline  bool
	unnamed bool
	broken  string
}

// newDefinition makes the key of a block from its type and name.
func newDefinition(blockType, name string) definition {
	id := key.BlockID{Type: blockType, Name: name}
	if !validName(name) {
		id.Name = standIn(name)
	}
	return definition{id: id, name: name}
}

// sourceName is the Block.SourceName that the definition gives.
func (def definition) sourceName() string {
	if def.name == def.id.Name || def.unnamed {
		return ""
	}
	return def.name
}

// childElement is a child of a container where it stands.
type childElement struct {
	doc     *document
	e       *element
	parent  key.BlockID
	ordinal int // among the children of parent
}

func (c childElement) origin() origin { return origin{c.doc, c.e.start} }

// derivedName makes a name from the child's place: stable as long as nothing before it moves.
func (c childElement) derivedName(prefix string) string {
	return derivedName(prefix, fmt.Sprintf("%s/%s/%s/%d", c.parent.Type, c.parent.Name, c.e.name, c.ordinal))
}

func derivedName(prefix, place string) string {
	sum := sha256.Sum256([]byte(place))
	return prefix + "_" + hex.EncodeToString(sum[:6])
}

// standIn makes a name for a block whose own name keys do not allow: the same every time.
func standIn(name string) string {
	sum := sha256.Sum256([]byte(name))
	clean := []rune(strings.ReplaceAll(key.CleanName(name), "%", "_"))
	return string(clean[:min(len(clean), 100)]) + "_" + hex.EncodeToString(sum[:4])
}

// validName reports whether a url_name can be the name of a key as it is.
func validName(name string) bool { return len(name) <= maxName && key.ValidName(name) }

// origin is a place in a file, for messages that name two places.
type origin struct {
	doc *document
	at  int
}

func (o origin) String() string {
	line, column := o.doc.position(o.at)
	return fmt.Sprintf("%s, line %d, column %d", o.doc.path, line, column)
}

func (o origin) problem(rule Rule, message string) Problem { return o.doc.problem(rule, o.at, message) }

// start is where the root element of a file begins, or the file itself when it is not understood.
func (p parsed) start(file string) origin {
	if p.doc == nil {
		return origin{&document{path: file}, 0}
	}
	return origin{p.doc, p.doc.root.start}
}

// reportChild reports a problem of a child element.
func (b *branch) reportChild(c childElement, id key.BlockID, rule Rule, format string, args ...any) {
	b.report(id, c.doc.problem(rule, c.e.start, fmt.Sprintf(format, args...)))
}

// child reads one child element of a container and returns its place in the list of children.
func (b *branch) child(c childElement) modulestore.Child {
	name, how := blockName(c.e)
	if how == unnamed {
		return b.unnamedChild(c)
	}
	child := b.namedChild(c, name, how)
	if how == byTitle {
		b.reportChild(c, child.ID, ruleNameFromTitle, "<%s> has no url_name; it is called %s after its title", c.e.name, name)
	}
	if !validName(name) {
		b.reportChild(c, child.ID, ruleNameCharacters, "the url_name %.100q of <%s> cannot be part of a usage key; its key says %s", name, c.e.name, child.ID.Name)
	}
	return child
}

func (b *branch) namedChild(c childElement, name string, how namedBy) modulestore.Child {
	def := newDefinition(c.e.name, name)
	file := b.prefix + definitionPath(c.e.name, name)
	if c.doc.isPointer(c.e) {
		return b.pointedChild(c, def, file)
	}
	if how == byTitle || !c.doc.empty(c.e) || c.e.has("xblock-family") || c.e.has("filename") || !b.has[file] {
		return b.inlineChild(c, def)
	}
	b.reportChild(c, def.id, rulePointerAttrs, "<%s url_name=%q> has further attributes beside a definition in %s", c.e.name, name, file)
	return b.pointedChild(c, def, file)
}

func (b *branch) unnamedChild(c childElement) modulestore.Child {
	id := key.BlockID{Type: c.e.name, Name: c.derivedName(c.e.name)}
	if len(c.e.attrs) == 0 && c.doc.empty(c.e) {
		b.reportChild(c, id, ruleEmptyBlock, "<%s/> has neither name nor content", c.e.name)
	}
	b.reportChild(c, id, ruleNoName, "<%s> has no url_name; it is called %s", c.e.name, id.Name)
	return b.inlineChild(c, definition{id: id, unnamed: true})
}

// inlineChild defines a block inside its parent's file.
func (b *branch) inlineChild(c childElement, def definition) modulestore.Child {
	if b.owns(def.id) || b.borrowed[def.id] {
		def = b.secondDefinition(c, def)
	}
	def.inline = true
	b.placed[def.id] = c.origin()
	b.define(c.doc, c.e, def)
	return modulestore.Child{ID: def.id}
}

// secondDefinition gives a definition whose name is taken a key of its own.
func (b *branch) secondDefinition(c childElement, def definition) definition {
	taken := def.id
	def.id.Name = c.derivedName(def.id.Name)
	first := b.placed[taken]
	if b.owns(taken) {
		first = b.own[taken]
	}
	b.reportChild(c, def.id, ruleDuplicateInline, "%s stands in %s already; this definition is kept as %s", taken, first, def.id)
	return def
}

// pointedChild follows a pointer to its definition file. A pointer means the file, whatever key the block in it has got.
func (b *branch) pointedChild(c childElement, def definition, file string) modulestore.Child {
	known := b.owns(def.id)
	if id, read := b.files[file]; read {
		def.id, known = id, true
	} else if known && b.has[file] {
		def, known = b.secondDefinition(c, def), false
	}
	switch {
	case escapes(def.name):
		return b.brokenPointer(c, def, ruleReference, "the name %q leads out of the folder %s/", def.name, c.e.name)
	case b.open[def.id]:
		return b.brokenPointer(c, def, ruleCycle, "%s contains itself: this pointer closes the circle", def.id)
	case known:
		if first, twice := b.placed[def.id]; twice {
			b.reportChild(c, def.id, ruleSecondPointer, "%s has a place in %s already", def.id, first)
		}
	case len(b.open) >= MaxDepth:
		return b.brokenPointer(c, def, ruleDepth, "%s is nested more than %d blocks deep", def.id, MaxDepth)
	case b.has[file]:
		b.placed[def.id] = c.origin()
		b.defineFile(file, c.e.name, def)
	case b.prefix != "" && b.blocks[def.id] != nil:
		b.borrowed[def.id] = true
		b.reportChild(c, def.id, ruleDraftFallback, "%s is not among the drafts; its published version is used", file)
	case b.existing != nil && b.existing.Blocks[def.id] != nil:
	case field.PureXBlock(c.e.name):
		return b.inlineChild(c, def)
	default:
		return b.brokenPointer(c, def, ruleMissingFile, "%s is not in the archive", file)
	}
	if _, listed := b.placed[def.id]; !listed {
		b.placed[def.id] = c.origin()
	}
	return modulestore.Child{ID: def.id, Spelling: pointerSpelling(c.e, def.id)}
}

// pointerSpelling keeps a pointer that is anything but the url_name of its block.
func pointerSpelling(e *element, id key.BlockID) []modulestore.Attr {
	if len(e.attrs) == 1 && e.attrs[0].name == "url_name" && e.attrs[0].value == id.Name {
		return nil
	}
	return attrs(e)
}

// brokenPointer keeps a pointer that leads nowhere as a block of its own.
func (b *branch) brokenPointer(c childElement, def definition, why Rule, format string, args ...any) modulestore.Child {
	if b.owns(def.id) {
		def.id.Name = c.derivedName(def.id.Name)
	}
	b.reportChild(c, def.id, why, format, args...)
	def.inline, def.broken = true, why.ID
	b.placed[def.id] = c.origin()
	b.define(c.doc, c.e, def)
	return modulestore.Child{ID: def.id}
}

// defineFile reads the definition file of a pointer; a file that is not understood becomes a broken block that keeps its bytes.
func (b *branch) defineFile(file, tag string, def definition) {
	b.files[file] = def.id
	p := b.parse(file)
	if p.fault != nil {
		b.report(def.id, p.fault.Problem)
		b.defineRaw(file, p.raw, def, p.fault.Rule)
		return
	}
	b.reportNotes(def.id, p.doc)
	root := p.doc.root
	name, how := blockName(root)
	switch {
	case root.name != tag:
		b.report(def.id, p.doc.problem(ruleTagMismatch, root.start, fmt.Sprintf("the file holds <%s>, but the pointer at it says <%s>", root.name, tag)))
		b.defineRaw(file, p.raw, def, ruleTagMismatch.ID)
		return
	case p.doc.isPointer(root) && name == def.name:
		b.report(def.id, p.doc.problem(ruleSelfPointer, root.start, fmt.Sprintf("the file only points at itself, so %s has no definition", def.id)))
		b.defineRaw(file, p.raw, def, ruleSelfPointer.ID)
		return
	case how == byURLName && name != def.name:
		b.report(def.id, p.doc.problem(ruleExtraURLName, root.start, fmt.Sprintf("the file says url_name=%q, but it is the definition of %s", name, def.id)))
	}
	b.define(p.doc, root, def)
}

// defineRaw keeps a file that was not understood as a block.
func (b *branch) defineRaw(file string, raw []byte, def definition, rule string) {
	defer b.enter(def.id, parsed{}.start(file))()
	part := b.addPart(file, def.id, modulestore.Element)
	block := &modulestore.Block{ID: def.id, SourceName: def.sourceName(), Broken: rule}
	b.finish(def, block, &modulestore.Body{Raw: raw}, part)
}

// define reads the element that defines a block, with everything inline below it.
func (b *branch) define(doc *document, e *element, def definition) {
	if b.stopped != nil {
		return
	}
	defer b.enter(def.id, origin{doc, e.start})()
	part := b.addPart(doc.path, def.id, modulestore.Element)
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
		b.container(doc, e, block)
	} else {
		body.Markup = doc.text(e.open, e.close)
		b.content(doc, e, def, block, body)
	}
	if doc.root == e {
		block.Loose = append(block.Loose, outside(doc, doc.after, modulestore.AfterRoot)...)
	}
	b.finish(def, block, body, part)
}

// finish files a block that has been read, and its hash in the record of its file.
func (b *branch) finish(def definition, block *modulestore.Block, body *modulestore.Body, part *modulestore.Part) {
	b.applyPolicy(def, block, body)
	block.Body = b.addBody(body)
	b.blocks[def.id] = block
	part.Hash = modulestore.ElementHash(block, body)
}

// enter marks a block as being read until the returned function is called.
func (b *branch) enter(id key.BlockID, from origin) (leave func()) {
	outer := b.current
	b.own[id], b.open[id], b.current = from, true, id
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
func (b *branch) container(doc *document, e *element, block *modulestore.Block) {
	for _, n := range e.nodes {
		switch {
		case n.kind == elementNode && !looseElement(e.name, n.el):
			block.Children = append(block.Children, b.child(childElement{doc, n.el, block.ID, len(block.Children)}))
			continue
		case n.kind == textNode && blank(doc.src[n.start:n.end]):
			continue
		case n.kind == textNode:
			b.problem(doc.problem(ruleStrayText, doc.firstWord(n.start, n.end), fmt.Sprintf("there is text between the children of %s", block.ID)))
		}
		source := strings.Trim(doc.text(n.start, n.end), xmlBlanks)
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
	paths, missing := contentFiles(e.name, def.name, filename), ruleMissingContent
	if htmlFamily(e.name) {
		missing = ruleMissingHTML
	}
	file, found := b.firstOf(paths)
	if !found {
		b.problem(doc.problem(missing, e.start, fmt.Sprintf("%s needs %s%s, which is not in the archive", def.id, b.prefix, paths[0])))
		block.Broken = missing.ID
		return
	}
	if file == doc.path {
		return // a definition that names itself as its content is its content
	}
	if !doc.empty(e) {
		b.problem(doc.problem(ruleHTMLInline, doc.firstWord(e.open, e.close), fmt.Sprintf("%s has text of its own and the file %s; the file holds", def.id, file)))
	}
	text, ok := b.readText(block.ID, file)
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
