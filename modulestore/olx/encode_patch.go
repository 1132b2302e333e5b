package olx

import (
	"slices"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// sourceMap is the file that a definition came from, with the element of every block it defines.
type sourceMap struct {
	doc      *document
	elements map[key.BlockID]*element
	hashes   map[key.BlockID]modulestore.ID
}

// patchUnit rewrites only what changed inside the file that the unit came from. It reports false when there is no such
// file or it cannot be edited in place (another encoding, broken); the whole file is written anew then.
func (e *encoder) patchUnit(w *writer) (bool, error) {
	u := w.unit
	for _, f := range e.sourceFiles(u) {
		if f.Blob.Size > MaxXMLBytes {
			continue
		}
		data, err := e.v.Read(f.Blob)
		if err != nil {
			return false, err
		}
		source := mapSource(f, data)
		if source == nil || source.elements[u.blocks[0].ID] != source.doc.root {
			continue
		}
		w.source = source
		top := source.doc.root
		w.Write(source.doc.mark)
		w.Write(source.doc.src[:top.start])
		if err := w.patch(u.blocks[0], top, 0, false); err != nil {
			return false, err
		}
		w.Write(source.doc.src[top.end:])
		e.write(u.path, w.Bytes())
		return true, nil
	}
	return false, nil
}

// mapSource finds the elements that define the blocks which the record names, both in document order.
func mapSource(f *modulestore.File, data []byte) *sourceMap {
	doc, fault := parseXML(f.Path, data)
	if fault != nil || !doc.plain {
		return nil
	}
	s := &sourceMap{doc: doc, elements: make(map[key.BlockID]*element), hashes: make(map[key.BlockID]modulestore.ID)}
	parts := elementParts(f)
	if !s.match(doc.root, &parts) || len(parts) > 0 {
		return nil
	}
	return s
}

// match gives the root element to the first part, and what is below it to the others. It reports whether everything that
// must define a block found its part.
func (s *sourceMap) match(root *element, parts *[]modulestore.Part) bool {
	if len(*parts) == 0 || (*parts)[0].Block.Type != root.name {
		return false
	}
	return s.take(root, parts)
}

// take gives an element the next part, and goes on below it.
func (s *sourceMap) take(e *element, parts *[]modulestore.Part) bool {
	id := (*parts)[0].Block
	s.elements[id], s.hashes[id] = e, (*parts)[0].Hash
	*parts = (*parts)[1:]
	ok := true
	for i, c := range blockElements(e) {
		child := childElement{s.doc, c, id, i}
		switch {
		case len(*parts) > 0 && child.canDefine((*parts)[0].Block):
			ok = s.take(c, parts) && ok
		case !s.doc.empty(c):
			ok = false
		}
	}
	return ok
}

// canDefine reports whether the element, if it is no pointer, defines the block.
func (c childElement) canDefine(id key.BlockID) bool {
	name, how := blockName(c.e)
	if how == unnamed {
		name = c.derivedName(c.e.name)
	}
	own := newDefinition(c.e.name, name).id
	return id == own || id.Type == own.Type && id.Name == c.derivedName(own.Name)
}

// blockElements are the children of a container that are blocks.
func blockElements(e *element) []*element {
	if !field.Container(e.name) {
		return nil
	}
	var list []*element
	for _, n := range e.nodes {
		if n.kind == elementNode && !looseElement(e.name, n.el) {
			list = append(list, n.el)
		}
	}
	return list
}

// patch writes a block from its source: with its start tag where that is unchanged, with a new one where nothing else
// changed, and else anew. Blocks inside are treated the same. A block without a name gets one when it may have moved, since the
// one it goes by depends on its place.
func (w *writer) patch(b *modulestore.Block, e *element, depth int, moved bool) error {
	tag, inside, err := w.unchanged(b, e)
	if err != nil {
		return err
	}
	tag = tag && !(moved && b.Unnamed)
	children := blockElements(e)
	if !inside || field.Container(e.name) && len(children) != len(b.Children) {
		return w.block(b, depth)
	}
	w.written[b.ID] = true
	src := w.source.doc.src
	from := e.start
	if !tag {
		if err := w.startTag(b, depth, e.open == e.end); err != nil {
			return err
		}
		from = e.open
	}
	for i, el := range children {
		c := b.Children[i]
		defined := w.source.elements[c.ID] == el
		if defined || w.unit.homes[c.ID] == b.ID && !w.written[c.ID] {
			w.Write(src[from:el.start])
			if err := w.child(b, c, depth+1, false); err != nil {
				return err
			}
			from = el.end
		}
	}
	w.Write(src[from:e.end])
	return nil
}

// unchanged reports whether a block's start tag, and what is between its tags apart from blocks, are what the source says.
func (w *writer) unchanged(b *modulestore.Block, e *element) (tag, inside bool, err error) {
	body, err := w.enc.body(b)
	if err != nil {
		return false, false, err
	}
	recorded := w.source.hashes[b.ID]
	if _, moved := w.unit.filenames[b.ID]; !moved && modulestore.ElementHash(b, body) == recorded {
		return true, true, nil
	}
	before, content := *b, modulestore.Body{}
	if body != nil {
		content = *body
	}
	before.Attrs, content.Attrs = modulestore.SplitLong(attrs(e))
	return false, modulestore.ElementHash(&before, &content) == recorded, nil
}

// elementAttrs are the attributes of a block's element as they are to be written.
func (w *writer) elementAttrs(b *modulestore.Block, body *modulestore.Body, depth int) []modulestore.Attr {
	var long []modulestore.Attr
	if body != nil {
		long = body.Attrs
	}
	list := slices.Clone(modulestore.JoinLong(b.Attrs, long))
	if name, ok := w.unit.filenames[b.ID]; ok {
		list = setAttr(list, "filename", name)
	}
	name, _ := nameOf(func(name string) (string, bool) { return lookupAttr(list, name) })
	switch {
	case nameOnly(b, body) && b.ID != w.unit.tree.Root && (depth == 0 || b.Unnamed):
		list = nil // with a name it would be read as a pointer
	case depth > 0 && name != sourceName(b):
		list = setAttr(list, "url_name", sourceName(b))
	}
	if w.enc.o.Canonical {
		return studioOrder(b.ID.Type, list)
	}
	return list
}

// setAttr sets an attribute where it stands, or else before all others.
func setAttr(list []modulestore.Attr, name, value string) []modulestore.Attr {
	for i := range list {
		if list[i].Name == name {
			list[i].Value = value
			return list
		}
	}
	return append([]modulestore.Attr{{Name: name, Value: value}}, list...)
}

func lookupAttr(list []modulestore.Attr, name string) (string, bool) {
	for _, a := range list {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}
