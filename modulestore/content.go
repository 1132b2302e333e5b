package modulestore

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	fields "lectern/modulestore/field"
)

// Names with a meaning of their own.
const (
	attrName     = "url_name"     // the attribute that names an inline block
	attrSlug     = "slug"         // an old form of it
	attrTextFile = "filename"     // the attribute that names the file of a text
	fieldTitle   = "display_name" // the field that people see
	textData     = "data"         // the text of an html pair or a page
)

// content is all that a block holds, on its way to becoming something else. Long values stand among the others.
type content struct {
	record        Block
	attrs, policy []Attr
	markup        string
	texts         []Attr
	raw           []byte
}

func newContent(b *Block, body *Body) *content {
	c := &content{record: *b, attrs: slices.Clone(JoinLong(b.Attrs, bodyAttrs(body))), policy: slices.Clone(JoinLong(b.Policy, bodyPolicy(body)))}
	if body != nil {
		c.markup, c.texts, c.raw = body.Markup, slices.Clone(body.Texts), body.Raw
	}
	return c
}

// block is the inverse of newContent.
func (c *content) block() (*Block, *Body) {
	b, body := c.record, &Body{Markup: c.markup, Texts: c.texts, Raw: c.raw}
	b.Attrs, body.Attrs = SplitLong(c.attrs)
	b.Policy, body.Policy = SplitLong(c.policy)
	if body.IsZero() {
		return &b, nil
	}
	return &b, body
}

// check refuses what an archive could not hold.
func (c *content) check() error {
	id := c.record.ID
	if fields.Detached(id.Type) && len(c.attrs)+len(c.policy) > 0 {
		return fmt.Errorf("%s: blocks of type %s have texts and no fields", id, id.Type)
	}
	for _, a := range c.attrs {
		if !validAttribute(a.Name) || !validText(a.Value) {
			return fmt.Errorf("%s: XML has no room for the attribute %.100q = %.100q", id, a.Name, a.Value)
		}
	}
	for _, a := range c.policy {
		if a.Name == "" || !utf8.ValidString(a.Name) || !json.Valid([]byte(a.Value)) {
			return fmt.Errorf("%s: the policy entry %.100q = %.100q is not JSON; a text stands in quotation marks", id, a.Name, a.Value)
		}
	}
	for _, list := range [][]Attr{c.attrs, c.policy, c.texts} {
		if name := twice(list); name != "" {
			return fmt.Errorf("%s: %q is set twice", id, name)
		}
	}
	if !validText(c.markup) || slices.ContainsFunc(c.texts, func(t Attr) bool { return !utf8.ValidString(t.Value) }) {
		return fmt.Errorf("%s: its text is not UTF-8, or has control characters", id)
	}
	return nil
}

// twice returns a name that stands twice in a list.
func twice(list []Attr) string {
	for i, a := range list {
		if slices.ContainsFunc(list[:i], func(b Attr) bool { return a.Name == b.Name }) {
			return a.Name
		}
	}
	return ""
}

// validAttribute reports whether a name can be that of an XML attribute, a prefix included.
func validAttribute(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsAny(name, " \t\r\n\"'<>/=&;") && !strings.ContainsAny(name[:1], "-.:0123456789") && validText(name)
}

// validText reports whether XML can hold a text.
func validText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

// nameText makes the filename attribute of a block with a text lead to a file of the block's own.
func (c *content) nameText() {
	if !fields.Detached(c.record.ID.Type) {
		c.attrs = withAttr(c.attrs, attrTextFile, c.record.ID.Name)
	}
}

// withAttr sets a value where it stands, or else behind all others.
func withAttr(list []Attr, name, value string) []Attr {
	if i := slices.IndexFunc(list, func(a Attr) bool { return a.Name == name }); i >= 0 {
		list = slices.Clone(list)
		list[i].Value = value
		return list
	}
	return append(slices.Clip(list), Attr{Name: name, Value: value})
}

// withoutAttrs leaves out values.
func withoutAttrs(list []Attr, names ...string) []Attr {
	return slices.DeleteFunc(slices.Clone(list), func(a Attr) bool { return slices.Contains(names, a.Name) })
}
