package modulestore

import (
	"fmt"
	"reflect"
)

// InContent is the value of FieldConflict.In for what a block holds: "markup", "comments" (all that stands between children), "children"
// (their keys, one on each line), "source" (the bytes of a broken block), or the name of a text.
const InContent = "content"

// State is a block with its body (nil for none), as one side of a merge has it.
type State struct {
	Block *Block // nil: the side has no such block
	Body  *Body
}

// FieldConflict is one field of a block that both sides of a merge have changed, and not alike.
type FieldConflict struct {
	// In and Name say which field: as in FieldChange, and InContent.
	In, Name string
	// What the three have; nil where it does not exist.
	Base, Theirs, Ours *string
}

// mergeBlock merges two states of a block that descend from base, field by field. What one side has changed is taken, and what both have
// changed alike; other fields are conflicts and stand in merged as theirs has them. A field is an attribute, an entry of the policy, the
// markup, a text, a piece of loose markup, a child, or how the source spells the block's name and place. theirs and ours must have the block.
// Without a base.Block no common state is known: then fields that are not equal are conflicts. Each side's body must be there if
// its block has one. The merged block has the key of ours.
func mergeBlock(base, theirs, ours State) (merged State, conflicts []FieldConflict) {
	m := blockMerge{known: base.Block != nil}
	switch {
	case m.known && sameState(base, theirs), sameState(theirs, ours):
		return ours, nil
	case m.known && sameState(base, ours):
		return withKey(theirs, ours), nil
	case !m.known:
		base.Block = &Block{}
	}
	if theirs.Block.Broken != ours.Block.Broken {
		// Of a definition that is not understood there are no fields that could be merged with those of a sound one.
		m.conflict(InContent, "source", m.ifKnown(source(base)), source(theirs), source(ours))
		return withKey(theirs, ours), m.conflicts
	}
	return m.fields(base, theirs, ours), m.conflicts
}

// blockMerge merges the fields of one block.
type blockMerge struct {
	known     bool // a common state is known
	conflicts []FieldConflict
}

// pick decides about one field, each side's text of which is given, nil where it does not exist. It reports whether the field is taken from ours,
// not from theirs.
func (m *blockMerge) pick(in, name string, base, theirs, ours *string) (fromOurs bool) {
	switch {
	case same(theirs, ours), m.known && same(base, ours):
		return false
	case m.known && same(base, theirs):
		return true
	}
	m.conflict(in, name, m.ifKnown(base), theirs, ours)
	return false
}

func (m *blockMerge) conflict(in, name string, base, theirs, ours *string) {
	m.conflicts = append(m.conflicts, FieldConflict{In: in, Name: name, Base: base, Theirs: theirs, Ours: ours})
}

func (m *blockMerge) ifKnown(text *string) *string {
	if !m.known {
		return nil
	}
	return text
}

func (m *blockMerge) fields(base, theirs, ours State) State {
	b, body := *theirs.Block, Body{}
	b.ID = ours.Block.ID
	b.Attrs, body.Attrs = SplitLong(m.list(InAttribute, attrsOf(base), attrsOf(theirs), attrsOf(ours)))
	b.Policy, body.Policy = SplitLong(m.list(InPolicy, policyOf(base), policyOf(theirs), policyOf(ours)))
	if m.pick(InSource, "url_name", nameText(base.Block), nameText(theirs.Block), nameText(ours.Block)) {
		b.SourceName, b.Unnamed = ours.Block.SourceName, ours.Block.Unnamed
	}
	if m.pick(InSource, "inline", yesNo(base.Block.Inline), yesNo(theirs.Block.Inline), yesNo(ours.Block.Inline)) {
		b.Inline = ours.Block.Inline
	}
	if m.pick(InSource, "origin", base.Block.Origin.text(), theirs.Block.Origin.text(), ours.Block.Origin.text()) {
		b.Origin = ours.Block.Origin
	}
	b.Children = m.children(base.Block.Children, theirs.Block.Children, ours.Block.Children)
	b.Loose = m.loose(base.Block, theirs.Block, ours.Block, b.Children)
	old, their, our := bodyOf(base), bodyOf(theirs), bodyOf(ours)
	body.Markup = their.Markup
	if m.pick(InContent, "markup", optional(old.Markup), optional(their.Markup), optional(our.Markup)) {
		body.Markup = our.Markup
	}
	body.Texts = m.list(InContent, old.Texts, their.Texts, our.Texts)
	body.Raw = their.Raw
	if m.pick(InContent, "source", source(base), source(theirs), source(ours)) {
		body.Raw = our.Raw
	}
	return stateOf(b, &body)
}

// list merges lists of names and texts by name.
func (m *blockMerge) list(in string, base, theirs, ours []Attr) (merged []Attr) {
	was, old := named(base)
	they, their := named(theirs)
	we, our := named(ours)
	order, _ := mergeOrder(was, they, we)
	for _, k := range order {
		value := their[k]
		if m.pick(in, k.name, old[k], their[k], our[k]) {
			value = our[k]
		}
		if value != nil {
			merged = append(merged, Attr{Name: k.name, Value: *value})
		}
	}
	return merged
}

// nameOf tells entries of a list apart that have the same name.
type nameOf struct {
	name string
	nth  int
}

func named(list []Attr) (order []nameOf, values map[nameOf]*string) {
	seen, values := make(map[string]int), make(map[nameOf]*string, len(list))
	for i, a := range list {
		k := nameOf{a.Name, seen[a.Name]}
		seen[a.Name]++
		order = append(order, k)
		values[k] = &list[i].Value
	}
	return order, values
}

func attrsOf(s State) []Attr  { return JoinLong(s.Block.Attrs, bodyAttrs(s.Body)) }
func policyOf(s State) []Attr { return JoinLong(s.Block.Policy, bodyPolicy(s.Body)) }

func bodyOf(s State) *Body {
	if s.Body == nil {
		return &Body{}
	}
	return s.Body
}

// source gives the bytes of a block that was not understood.
func source(s State) *string { return optional(string(bodyOf(s).Raw)) }

// nameText is the name that the source gives a block, nil if it gives none.
func nameText(b *Block) *string {
	if b.Unnamed {
		return optional(b.SourceName)
	}
	return sourceName(b)
}

// stateOf names the body in the block.
func stateOf(b Block, body *Body) State {
	b.Body = ID{}
	if body.IsZero() {
		return State{Block: &b}
	}
	b.Body = body.Object().ID
	return State{&b, body}
}

func withKey(s, of State) State {
	b := *s.Block
	b.ID = of.Block.ID
	return State{&b, s.Body}
}

// sameState reports whether two states say the same; their keys do not count.
func sameState(x, y State) bool {
	a, b := *x.Block, *y.Block
	b.ID = a.ID
	return a.Body == b.Body && reflect.DeepEqual(a, b)
}

// text writes an origin; nil for none.
func (o *Origin) text() *string {
	if o == nil {
		return nil
	}
	text := fmt.Sprintf("%s of %s, state %s", o.Block, o.Course, o.Base)
	if !o.Declined.IsZero() {
		text += ", declined " + o.Declined.String()
	}
	return &text
}
