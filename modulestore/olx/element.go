package olx

import (
	"bytes"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// writer writes definitions in Studio's formatting (libxml2's): two blanks a level between the elements of a container,
// attribute values in double quotes, leaf content exactly as its source.
type writer struct {
	bytes.Buffer
	unit *unit
	enc  *encoder
	// source, when set, is the file that unchanged parts are copied from.
	source *sourceMap
	// written are the blocks that stand in the file already; a second place gets a pointer.
	written map[key.BlockID]bool
}

func (w *writer) indent(depth int) {
	for range depth {
		w.WriteString("  ")
	}
}

// file writes a whole definition file.
func (w *writer) file(b *modulestore.Block) error {
	w.outside(b, modulestore.BeforeRoot)
	if err := w.block(b, 0); err != nil {
		return err
	}
	w.WriteByte('\n')
	w.outside(b, modulestore.AfterRoot)
	return nil
}

// outside writes the markup that stands around the root element, a line each.
func (w *writer) outside(b *modulestore.Block, where int) {
	for _, l := range b.Loose {
		if l.Before == where {
			w.WriteString(l.Source)
			w.WriteByte('\n')
		}
	}
}

// block writes one element with everything inline below it. The caller has written the indentation.
func (w *writer) block(b *modulestore.Block, depth int) error {
	w.written[b.ID] = true
	body, err := w.enc.body(b)
	if err != nil {
		return err
	}
	markup := ""
	if body != nil {
		markup = body.Markup
	}
	container := field.Container(b.ID.Type)
	loose := slices.DeleteFunc(slices.Clone(b.Loose), func(l modulestore.Loose) bool { return l.Before < 0 })
	empty := markup == ""
	if container {
		empty = len(b.Children) == 0 && len(loose) == 0
	}
	if err := w.startTag(b, depth, empty); err != nil || empty {
		return err
	}
	if !container {
		w.WriteString(markup)
	} else if err := w.container(b, loose, depth); err != nil {
		return err
	}
	w.WriteString("</" + b.ID.Type + ">")
	return nil
}

// startTag writes the start tag of a block, which is also its end if it is empty.
func (w *writer) startTag(b *modulestore.Block, depth int, empty bool) error {
	body, err := w.enc.body(b)
	if err != nil {
		return err
	}
	w.WriteByte('<')
	w.WriteString(b.ID.Type)
	w.attrs(w.elementAttrs(b, body, depth))
	if empty {
		w.WriteByte('/')
	}
	w.WriteByte('>')
	return nil
}

// container writes children and the markup between them, a line each.
func (w *writer) container(b *modulestore.Block, loose []modulestore.Loose, depth int) error {
	w.WriteByte('\n')
	for i, c := range b.Children {
		for len(loose) > 0 && loose[0].Before <= i {
			w.loose(loose[0], depth+1)
			loose = loose[1:]
		}
		w.indent(depth + 1)
		if err := w.child(b, c, depth+1, true); err != nil {
			return err
		}
		w.WriteByte('\n')
	}
	for _, l := range loose {
		w.loose(l, depth+1)
	}
	w.indent(depth)
	return nil
}

func (w *writer) loose(l modulestore.Loose, depth int) {
	w.indent(depth)
	w.WriteString(l.Source)
	w.WriteByte('\n')
}

// child writes a pointer, or the definition itself where the block stands inside its parent and this is its place.
func (w *writer) child(parent *modulestore.Block, c modulestore.Child, depth int, moved bool) error {
	b := w.unit.tree.Blocks[c.ID]
	if b == nil || w.unit.homes[c.ID] != parent.ID || w.written[c.ID] {
		w.pointer(c)
		return nil
	}
	if w.source != nil {
		if e := w.source.elements[c.ID]; e != nil {
			return w.patch(b, e, depth, moved)
		}
	}
	return w.block(b, depth)
}

func (w *writer) pointer(c modulestore.Child) {
	spelling := c.Spelling
	if spelling == nil {
		name := c.ID.Name
		if b := w.unit.tree.Blocks[c.ID]; b != nil {
			name = sourceName(b)
		}
		spelling = []modulestore.Attr{{Name: "url_name", Value: name}}
	}
	w.WriteByte('<')
	w.WriteString(c.ID.Type)
	w.attrs(spelling)
	w.WriteString("/>")
}

func (w *writer) attrs(list []modulestore.Attr) {
	for _, a := range list {
		w.WriteByte(' ')
		w.WriteString(a.Name)
		w.WriteString(`="`)
		_, _ = attributeEscaper.WriteString(&w.Buffer, a.Value)
		w.WriteByte('"')
	}
}

// attributeEscaper escapes as libxml2 does.
var attributeEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;", "\t", "&#9;")

// studioOrder puts attributes into the order in which Studio writes them: what the type writes itself, then settings by name, then
// what no field knows, then where a draft belongs. Blocks of the newer kind write their attributes in an order of their own, which is kept.
func studioOrder(blockType string, list []modulestore.Attr) []modulestore.Attr {
	if field.PureXBlock(blockType) {
		return list
	}
	var own, settings, unknown, draft []modulestore.Attr
	for _, a := range list {
		def, known := field.Lookup(blockType, a.Name)
		switch {
		case a.Name == draftParent || a.Name == draftOldParent || a.Name == draftIndex:
			draft = append(draft, a)
		case writtenByType(blockType, a.Name):
			own = append(own, a)
		case known && def.Scope == field.Settings:
			settings = append(settings, a)
		default:
			unknown = append(unknown, a)
		}
	}
	slices.SortStableFunc(settings, func(a, b modulestore.Attr) int { return strings.Compare(a.Name, b.Name) })
	return slices.Concat(own, settings, unknown, draft)
}

// writtenByType reports attributes that come before all settings.
func writtenByType(blockType, name string) bool {
	switch name {
	case "url_name", "slug", "filename":
		return true
	case "license":
		return blockType == "course" || blockType == "video"
	case "youtube", "sub", "transcripts":
		return blockType == "video"
	case "group_id_to_child", "user_partition_id":
		return blockType == "split_test"
	}
	return blockType == "problem" && !knownSetting(blockType, name)
}

func knownSetting(blockType, name string) bool {
	def, known := field.Lookup(blockType, name)
	return known && def.Scope == field.Settings
}
