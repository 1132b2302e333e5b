package content

import (
	"context"
	"fmt"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Course is one branch of one version of a course.
type Course struct {
	Key     key.Course
	Version modulestore.Version
	// Root names the content: equal roots are equal courses, whatever the version.
	Root modulestore.ID
	// Blocks are all blocks that can be reached from the course, each once, in document order; the first is the course itself. What is below a block
	// follows it at once.
	Blocks []Block

	places map[key.BlockID]int
}

// Block is a block at its first place in the course.
type Block struct {
	ID key.BlockID
	// Parent is the block that lists it first, Parents are all that do; -1 and none for the course.
	Parent  int
	Parents []int
	// Children are in document order, those with an earlier place elsewhere among them.
	Children []int
	// End is the place after the last block below this one: Blocks[i+1:End] are those that have their first place there.
	End int
	// Title is the display name as it is set; empty where it is not.
	Title string

	stored *modulestore.Block
	body   *modulestore.Body // nil unless some setting is too long to stand in the block
}

// Setting is what a setting comes to for a block.
type Setting struct {
	Value field.Value
	// From is the place of the block that sets it: the block itself, or one above it. NotSet: nobody does, and Value is the default.
	From int
	// Fault says what is wrong with the text that Value was read from; nil for nothing. With a severity of field.Error, Value stands in for it.
	Fault *field.Fault
}

// NotSet is the place of nobody.
const NotSet = -1

// Read reads one branch of a version. It reads the outline, and of the content only the settings that are too long to stand there.
func Read(ctx context.Context, s *modulestore.Snapshot) (*Course, error) {
	c := &Course{Key: s.Version().Course, Version: s.Version(), Root: s.Root()}
	return c, c.read(s.Tree(), func(ids []key.BlockID) (map[key.BlockID]*modulestore.Body, error) { return s.Bodies(ctx, ids) })
}

// ReadEdit reads the draft as it is after the changes of an edit made so far. It has no version and no root yet.
func ReadEdit(ctx context.Context, course key.Course, e *modulestore.Edit) (*Course, error) {
	c := &Course{Key: course}
	return c, c.read(e.Tree(modulestore.Draft), func(ids []key.BlockID) (map[key.BlockID]*modulestore.Body, error) {
		bodies := make(map[key.BlockID]*modulestore.Body, len(ids))
		for _, id := range ids {
			body, err := e.Body(ctx, modulestore.Draft, id)
			if err != nil {
				return nil, err
			}
			bodies[id] = body
		}
		return bodies, nil
	})
}

// read takes the blocks of a tree. bodies reads those of some blocks.
func (c *Course) read(tree *modulestore.Tree, bodies func([]key.BlockID) (map[key.BlockID]*modulestore.Body, error)) error {
	c.places = make(map[key.BlockID]int, len(tree.Blocks))
	c.place(tree)
	if err := c.readLong(bodies); err != nil {
		return fmt.Errorf("read the settings of %s: %w", c.Key, err)
	}
	for i := range c.Blocks {
		c.Blocks[i].Title = c.Setting(i, "display_name").Value.Str()
	}
	return nil
}

// place gives each block that the root leads to its place.
func (c *Course) place(tree *modulestore.Tree) {
	tree.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		if parent.IsZero() && b.ID != tree.Root {
			return false // detached blocks come last
		}
		block := Block{ID: b.ID, Parent: NotSet, stored: b}
		if b.ID != tree.Root {
			block.Parent = c.places[parent]
		}
		c.places[b.ID] = len(c.Blocks)
		c.Blocks = append(c.Blocks, block)
		return true
	})
	for i := range c.Blocks {
		for _, child := range c.Blocks[i].stored.Children {
			if at, ok := c.places[child.ID]; ok {
				c.Blocks[i].Children = append(c.Blocks[i].Children, at)
				c.Blocks[at].Parents = append(c.Blocks[at].Parents, i)
			}
		}
	}
	for i := len(c.Blocks) - 1; i >= 0; i-- {
		b := &c.Blocks[i]
		b.End = max(b.End, i+1)
		if b.Parent != NotSet {
			c.Blocks[b.Parent].End = max(c.Blocks[b.Parent].End, b.End)
		}
	}
}

func (c *Course) readLong(read func([]key.BlockID) (map[key.BlockID]*modulestore.Body, error)) error {
	var long []key.BlockID
	for i := range c.Blocks {
		if b := c.Blocks[i].stored; anyLong(b.Attrs) || anyLong(b.Policy) {
			long = append(long, b.ID)
		}
	}
	bodies, err := read(long)
	if err != nil {
		return err
	}
	for id, body := range bodies {
		c.Blocks[c.places[id]].body = &modulestore.Body{Attrs: body.Attrs, Policy: body.Policy}
	}
	return nil
}

func anyLong(list []modulestore.Attr) bool {
	for _, a := range list {
		if a.Long {
			return true
		}
	}
	return false
}

// Find gives the place of a block; ok is false for one that the course does not lead to.
func (c *Course) Find(id key.BlockID) (at int, ok bool) {
	at, ok = c.places[id]
	return at, ok
}

// Broken is the rule that says why the block was not understood; empty for a sound block.
func (c *Course) Broken(at int) string { return c.Blocks[at].stored.Broken }

// Setting tells what a setting comes to for the block at a place. A setting that the block's type does not know is null and set by nobody.
func (c *Course) Setting(at int, name string) Setting {
	def, known := field.Lookup(c.Blocks[at].ID.Type, name)
	if !known {
		return Setting{From: NotSet}
	}
	for from := at; from != NotSet; from = c.Blocks[from].Parent {
		if own, ok := c.Own(from, name); ok {
			own.From = from
			return own
		}
		if !def.Inherited {
			break
		}
	}
	v, _ := def.FromPolicy(def.Default)
	return Setting{Value: v, From: NotSet}
}

// Own is what the block at a place sets itself, its policy before its attribute. ok is false when it sets nothing; a text that cannot be read is set, and
// has a fault.
func (c *Course) Own(at int, name string) (own Setting, ok bool) {
	b := &c.Blocks[at]
	def, known := field.Lookup(b.ID.Type, name)
	if !known {
		return Setting{From: NotSet}, false
	}
	own.From = at
	if text, set := b.stored.PolicyEntry(name, b.body); set && policyHolds(b.ID.Type) {
		own.Value, own.Fault = def.FromPolicy(text)
		return own, true
	}
	text, set := b.stored.Attr(name, b.body)
	switch {
	case !set:
		return Setting{From: NotSet}, false
	case field.PureXBlock(b.ID.Type):
		own.Value, own.Fault = def.FromPure(text)
	default:
		own.Value, own.Fault = def.FromAttribute(text)
	}
	return own, true
}

// Scored reports whether the block at a place gives points, whatever its weight. Types that are not known say so themselves.
func (c *Course) Scored(at int) bool {
	switch kind := c.Blocks[at].ID.Type; kind {
	case "problem", "openassessment", "drag-and-drop-v2", "edx_sga", "staffgradedxblock":
		return true
	default:
		return !field.Container(kind) && c.Setting(at, "has_score").Value.Bool()
	}
}

// policyHolds reports whether policy.json applies to blocks of a type.
func policyHolds(blockType string) bool {
	return !field.PureXBlock(blockType) || blockType == "discussion"
}
