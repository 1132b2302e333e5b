package modulestore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// The values of Field.In beside InAttribute and InPolicy.
const (
	InMarkup = "markup" // what is between the tags of a leaf; it has no name
	InText   = "text"   // a whole file that belongs to the block, see Body.Texts
)

// Field is what one field of a block says from now on.
type Field struct {
	Name string
	// In says where it stands: InAttribute, InPolicy, InMarkup or InText. FieldPlaces knows where attributes and policy entries belong.
	In string
	// Value is the source: the text of an attribute, the JSON of a policy entry.
	Value string
	// Remove says that the field is to be absent.
	Remove bool
}

// FieldPlaces lists where a block says what a field is: InAttribute, InPolicy or both, and for a field that the block does not set, where
// archives say it. It is empty for a field that is neither an attribute nor a policy entry of such a block.
func FieldPlaces(b *Block, name string) (places []string) {
	if fields.Detached(b.ID.Type) {
		return nil
	}
	if has(b.Attrs, name) {
		places = append(places, InAttribute)
	}
	if has(b.Policy, name) {
		places = append(places, InPolicy)
	}
	if len(places) > 0 {
		return places
	}
	switch def, known := fields.Lookup(b.ID.Type, name); {
	case !known || def.Form == fields.Attribute:
		return []string{InAttribute}
	case def.Form == fields.Policy:
		return []string{InPolicy}
	}
	return nil
}

func has(list []Attr, name string) bool {
	return slices.ContainsFunc(list, func(a Attr) bool { return a.Name == name })
}

// Change sets and removes fields of one block of the draft.
func (e *Edit) Change(ctx context.Context, id key.BlockID, changes ...Field) error {
	_, l, err := e.drafted()
	if err != nil {
		return err
	}
	b, err := e.block(l, id)
	if err != nil {
		return err
	}
	body, err := e.Body(ctx, Draft, id)
	if err != nil {
		return err
	}
	c := newContent(b, body)
	for _, f := range changes {
		if err := c.change(f); err != nil {
			return invalid(err)
		}
	}
	if err := c.check(); err != nil {
		return invalid(err)
	}
	b, body = c.block()
	if err := e.Put(Draft, *b, body); err != nil {
		return err
	}
	return e.PublishOutline(ctx, id)
}

// change sets or removes one field.
func (c *content) change(f Field) error {
	if len(c.raw) > 0 && f.In != InPolicy {
		return fmt.Errorf("%s cannot be changed in part: its definition was not understood (%s); write it anew", c.record.ID, c.record.Broken)
	}
	switch f.In {
	case InAttribute:
		if slices.Contains([]string{attrName, attrSlug, attrTextFile}, f.Name) {
			return fmt.Errorf("%s of %s cannot be changed: it names the block or its file", f.Name, c.record.ID)
		}
		c.attrs = f.apply(c.attrs)
	case InPolicy:
		c.policy = f.apply(c.policy)
	case InMarkup:
		if fields.Container(c.record.ID.Type) || fields.Detached(c.record.ID.Type) {
			return fmt.Errorf("%s cannot have markup: blocks of type %s have none", c.record.ID, c.record.ID.Type)
		}
		c.markup = f.Value
		if f.Remove {
			c.markup = ""
		}
	case InText:
		return c.changeText(f)
	default:
		return fmt.Errorf("a field is in attribute, policy, markup or text, not in %q", f.In)
	}
	return nil
}

func (f *Field) apply(list []Attr) []Attr {
	if f.Remove {
		return withoutAttrs(list, f.Name)
	}
	return withAttr(list, f.Name, f.Value)
}

// changeText sets or removes a whole file. A text that comes to be gets a file of the block's own.
func (c *content) changeText(f Field) error {
	id := c.record.ID
	_, had := lookup(c.texts, f.Name)
	data := f.Name == textData
	switch {
	case had || fields.Detached(id.Type):
	case !data || fields.Container(id.Type) || fields.PureXBlock(id.Type):
		return fmt.Errorf("%s has no text %q: blocks of type %s have none of that name", id, f.Name, id.Type)
	}
	if data && f.Remove && fields.Detached(id.Type) {
		return fmt.Errorf("%s is nothing but its text; delete the block", id)
	}
	c.texts = f.apply(c.texts)
	switch {
	case data && f.Remove:
		c.attrs = withoutAttrs(c.attrs, attrTextFile)
	case data && !had:
		c.nameText()
	}
	return nil
}

// jsonText writes a text as JSON, as people would.
func jsonText(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
