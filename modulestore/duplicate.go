package modulestore

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Duplicate copies a block of the draft with all below it under fresh names, and returns the key of each copy by that of its original.
// A zero parent is the one that the original has, and position -1 there is the place right behind it; elsewhere -1 is behind all children. A
// block that stands twice below the original is copied once and stands twice below the copy; a child that does not exist is listed by both.
// Where a copy refers to a block that was copied too, it refers to the copy.
func (e *Edit) Duplicate(ctx context.Context, id, parent key.BlockID, position int) (map[key.BlockID]key.BlockID, error) {
	be, l, err := e.drafted()
	if err != nil {
		return nil, err
	}
	if _, err := e.block(l, id); err != nil {
		return nil, err
	}
	if id == l.tree.Root {
		return nil, invalid(fmt.Errorf("%s is the root; there can be only one", id))
	}
	if places := l.places[id]; parent.IsZero() && len(places) > 0 {
		parent = places[0].parent
		if position == -1 {
			position = places[0].index + 1
		}
	}
	below := subtree(l.tree, id)
	d := newDuplicator(e.course, below)
	above, err := e.withNew(l, parent, d.copies[id], position)
	if err != nil {
		return nil, err
	}
	var made []key.BlockID
	for _, old := range below {
		body, err := e.Body(ctx, Draft, old)
		if err != nil {
			return nil, err
		}
		b, body := d.copy(l.tree.Blocks[old], body, old == id)
		if err := e.Put(Draft, *b, body); err != nil {
			return nil, err
		}
		made = append(made, b.ID)
	}
	be.attach(above, d.copies[id])
	return d.copies, e.PublishOutline(ctx, made...)
}

// duplicator makes copies of blocks.
type duplicator struct {
	course key.Course
	copies map[key.BlockID]key.BlockID // by their originals
}

// newDuplicator chooses the names of copies.
func newDuplicator(course key.Course, ids []key.BlockID) *duplicator {
	d := &duplicator{course: course, copies: make(map[key.BlockID]key.BlockID, len(ids))}
	for _, id := range ids {
		d.copies[id] = key.BlockID{Type: id.Type, Name: freshName()}
	}
	return d
}

// copy makes the copy of one block. The top of what is copied gets a title of its own.
func (d *duplicator) copy(b *Block, body *Body, top bool) (*Block, *Body) {
	c := newContent(b, body)
	r := &c.record
	r.ID, r.SourceName, r.Unnamed = d.copies[b.ID], "", false
	c.attrs = withoutAttrs(withoutPlace(c.attrs), attrSlug)
	if r.Inline || has(c.attrs, attrName) {
		c.attrs = append([]Attr{{Name: attrName, Value: r.ID.Name}}, withoutAttrs(c.attrs, attrName)...)
	}
	if _, paired := lookup(c.texts, textData); paired {
		c.nameText()
	}
	if top {
		c.attrs, c.policy = copyTitles(c.attrs, c.policy)
	}
	d.follow(b.ID.Type, c)
	r.Children = slices.Clone(b.Children)
	for i, child := range r.Children {
		r.Children[i] = d.child(child)
	}
	return c.block()
}

// child is the place of a child in the copy of its parent.
func (d *duplicator) child(c Child) Child {
	copied, ok := d.copies[c.ID]
	if !ok {
		return c
	}
	spelling := c.Spelling
	if len(spelling) > 0 {
		spelling = withAttr(withoutAttrs(spelling, attrSlug), attrName, copied.Name)
	}
	if len(spelling) == 1 {
		spelling = nil
	}
	return Child{ID: copied, Spelling: spelling}
}

// copyTitles marks titles as those of a copy, in attributes and policy entries.
func copyTitles(attrs, policy []Attr) (_, _ []Attr) {
	if title, ok := lookup(attrs, fieldTitle); ok && title != "" {
		attrs = withAttr(attrs, fieldTitle, titleOfCopy(title))
	}
	var title string
	if source, ok := lookup(policy, fieldTitle); ok && json.Unmarshal([]byte(source), &title) == nil && title != "" {
		policy = withAttr(policy, fieldTitle, jsonText(titleOfCopy(title)))
	}
	return attrs, policy
}

func titleOfCopy(title string) string { return "Copy of “" + title + "”" }

// follow makes the references of a copy lead to copies.
func (d *duplicator) follow(blockType string, c *content) {
	for _, list := range [][]Attr{c.attrs, c.policy} {
		for i, a := range list {
			if refers(blockType, a.Name) {
				list[i].Value = d.rewrite(a.Value)
			}
		}
	}
	if !slices.ContainsFunc(fields.Fields(blockType), func(f fields.Def) bool { return f.Form == fields.Child && isReference(f.Kind) }) {
		return
	}
	c.record.Loose = slices.Clone(c.record.Loose)
	for i, l := range c.record.Loose {
		c.record.Loose[i].Source = d.rewrite(l.Source)
	}
}

// refers reports whether an attribute or policy entry holds keys of blocks.
func refers(blockType, name string) bool {
	if blockType == "conditional" && name == "sources" { // how its element spells that field
		name = "sources_list"
	}
	def, ok := fields.Lookup(blockType, name)
	return ok && isReference(def.Kind)
}

func isReference(k fields.Kind) bool {
	return k == fields.Reference || k == fields.References || k == fields.ReferenceMap
}

// usageKey finds what may be the key of a block, in the new form or the old one.
var usageKey = regexp.MustCompile(`(?:(?:lib-)?block-v1:|i4x://)[^\s"',;<>\[\]{}]+`)

// rewrite replaces the keys of copied blocks of the course by those of their copies.
func (d *duplicator) rewrite(text string) string {
	return usageKey.ReplaceAllStringFunc(text, func(source string) string {
		b, at, err := key.ParseBlockAt(source)
		if err != nil || b.Course.Org != d.course.Org || b.Course.Code != d.course.Code || b.Course.Run != "" && b.Course != d.course {
			return source
		}
		copied, ok := d.copies[b.ID]
		if !ok {
			return source
		}
		b.ID = copied
		return b.At(at)
	})
}
