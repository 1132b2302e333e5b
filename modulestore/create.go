package modulestore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// NewBlock is a block to be created.
type NewBlock struct {
	Type string
	// Name is empty for one of 32 random hex digits.
	Name string
	// Parent is zero for a block without a place in the outline: a page, or an orphan.
	Parent key.BlockID
	// Position is the number of children that the block stands behind, -1 for all.
	Position int
	// Title is what people see, empty for none.
	Title string
	// Attrs and Policy are the attributes and policy entries, long values included.
	Attrs, Policy []Attr
	// Body has markup and texts alone; nil for neither.
	Body *Body
}

// Create makes a new block of the draft and returns its key.
func (e *Edit) Create(ctx context.Context, n NewBlock) (key.BlockID, error) {
	be, l, err := e.drafted()
	if err != nil {
		return key.BlockID{}, err
	}
	if n.Name == "" {
		n.Name = freshName()
	}
	id := key.BlockID{Type: n.Type, Name: n.Name}
	if err := e.checkNew(l, id); err != nil {
		return key.BlockID{}, err
	}
	parent, err := e.withNew(l, n.Parent, id, n.Position)
	if err != nil {
		return key.BlockID{}, err
	}
	b, body, err := n.block(id)
	if err != nil {
		return key.BlockID{}, err
	}
	if err := e.Put(Draft, *b, body); err != nil {
		return key.BlockID{}, err
	}
	be.attach(parent, id)
	return id, e.PublishOutline(ctx, id)
}

// checkNew refuses a key that no new block can have.
func (e *Edit) checkNew(l *layout, id key.BlockID) error {
	published, err := e.branch(Published)
	if err != nil {
		return err
	}
	published.tidy()
	switch {
	case !key.ValidName(id.Type) || !key.ValidName(id.Name) || len(id.Type) > maxKey || len(id.Name) > maxKey:
		return invalid(fmt.Errorf("%.100q cannot be the key of a block: a type or name has letters, digits and _ - ~ . : in it", id))
	case slices.ContainsFunc(strings.Split(id.Name, ":"), func(part string) bool { return strings.Trim(part, ".") == "" }):
		return invalid(fmt.Errorf("%s cannot be the key of a block: no file can have its name", id))
	case id.Type == l.tree.Root.Type:
		return invalid(fmt.Errorf("%s cannot be made: there is one %s, the root", id, id.Type))
	case l.tree.Blocks[id] != nil:
		return invalid(fmt.Errorf("there is a block %s already; choose another name", id))
	case len(l.places[id]) > 0:
		return invalid(fmt.Errorf("%s lists a block %s already, which does not exist; choose another name, or remove that first", l.places[id][0].parent, id))
	case published.tree.Blocks[id] != nil:
		return invalid(fmt.Errorf("there is a published block %s still; choose another name, or publish its removal first", id))
	}
	return nil
}

// block makes the record and the body.
func (n *NewBlock) block(id key.BlockID) (*Block, *Body, error) {
	b := &Block{ID: id, Inline: fields.PureXBlock(id.Type) && !n.Parent.IsZero()}
	d := newContent(b, n.Body)
	d.attrs, d.policy = slices.Clone(n.Attrs), slices.Clone(n.Policy)
	if b.Inline { // its element stands in the file of its parent and says its name
		d.attrs = slices.Insert(d.attrs, 0, Attr{Name: attrName, Value: id.Name})
	}
	if n.Title != "" {
		d.attrs = withAttr(d.attrs, fieldTitle, n.Title)
	}
	if _, ok := n.Body.Text(textData); ok {
		d.nameText()
	}
	if err := d.check(); err != nil {
		return nil, nil, invalid(err)
	}
	b, body := d.block()
	return b, body, nil
}
