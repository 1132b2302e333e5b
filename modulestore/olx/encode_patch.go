package olx

import (
	"strings"

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
	for _, prefix := range u.sources {
		f, ok := e.entry(prefix + strings.TrimPrefix(u.path, u.prefix))
		if !ok || f.Blob.Size > MaxXMLBytes {
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
		w.Write(source.doc.src[:top.start])
		if err := w.patch(u.blocks[0], top, 0); err != nil {
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
	var parts []modulestore.Part
	for _, p := range f.Parts {
		if p.Facet == modulestore.Element {
			parts = append(parts, p)
		}
	}
	s.match(doc.root, &parts)
	if len(parts) > 0 {
		return nil
	}
	return s
}

// match gives an element to the next part if it defines that block, and goes on below it.
func (s *sourceMap) match(e *element, parts *[]modulestore.Part) {
	if len(*parts) == 0 || (*parts)[0].Block.Type != e.name {
		return
	}
	next := (*parts)[0]
	if name, _ := blockName(e); e != s.doc.root && s.doc.isPointer(e) && name != next.Block.Name {
		return
	}
	*parts = (*parts)[1:]
	s.elements[next.Block], s.hashes[next.Block] = e, next.Hash
	if !field.Container(e.name) {
		return
	}
	for _, n := range e.nodes {
		if n.kind == elementNode && !looseElement(e.name, n.el) {
			s.match(n.el, parts)
		}
	}
}

// patch writes a block from its source where it is unchanged, descending to inline children, and anew where it is not.
func (w *writer) patch(b *modulestore.Block, e *element, depth int) error {
	body, err := w.enc.body(b)
	if err != nil {
		return err
	}
	if modulestore.ElementHash(b, body) != w.source.hashes[b.ID] {
		return w.block(b, depth)
	}
	w.written[b] = true
	src := w.source.doc.src
	if !field.Container(e.name) {
		w.Write(src[e.start:e.end])
		return nil
	}
	from := e.start
	next := 0
	for _, n := range e.nodes {
		if n.kind != elementNode || looseElement(e.name, n.el) {
			continue
		}
		id := b.Children[next].ID
		next++
		if child := w.unit.inline[id]; child != nil && w.source.elements[id] == n.el && !w.written[child] {
			w.Write(src[from:n.start])
			if err := w.patch(child, n.el, depth+1); err != nil {
				return err
			}
			from = n.end
		}
	}
	w.Write(src[from:e.end])
	return nil
}
