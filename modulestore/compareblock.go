package modulestore

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// fieldKinds are the kinds of changes within a block, in the order in which they are listed.
var fieldKinds = []ChangeKind{ChangeBroken, ChangeRenamed, ChangeDates, ChangeSettings, ChangeContent, ChangeReformatted}

// both compares a block that both trees have.
func (c *comparison) both(id key.BlockID) {
	if c.moved[id] || c.elsewhere(id) {
		change := c.add(ChangeMoved, c.b, id)
		change.From, change.To = c.a.shown(id), c.b.shown(id)
	}
	d := blockDiff{withText: c.options.Text}
	if p, ok := c.pointers[id]; ok {
		d.field(ChangeReformatted, "pointer", InPointer, spelled(p[0]), spelled(p[1]))
	}
	if id == c.b.tree.Root && id == c.a.tree.Root {
		c.compareRoots(&d)
	}
	if old, now := c.a.tree.Blocks[id], c.b.tree.Blocks[id]; old != now {
		c.compareBlocks(&d, old, now)
	}
	for _, kind := range fieldKinds {
		if len(d.fields[kind])+len(d.texts[kind]) > 0 {
			change := c.add(kind, c.b, id)
			change.Fields, change.Texts = d.fields[kind], d.texts[kind]
		}
	}
}

// compareRoots compares what the root file says of the root beside its definition.
func (c *comparison) compareRoots(d *blockDiff) {
	old, now := c.a.tree.Pointer, c.b.tree.Pointer
	named := false
	differing(old, now, func(name string, from, to *string) {
		d.field(ChangeSettings, name, InPointer, from, to)
		named = named || name == "url_name"
	})
	d.order("pointer", old, now)
	if c.rootName != "" && !named {
		d.field(ChangeSettings, "url_name", InSource, &c.rootName, &c.b.tree.Root.Name)
	}
}

func (c *comparison) compareBlocks(d *blockDiff, old, now *Block) {
	before, after := c.bodies(old, now)
	d.field(ChangeSettings, "origin", InSource, old.Origin.text(), now.Origin.text())
	kind := ChangeContent
	if old.Broken == now.Broken {
		d.attributes(JoinLong(old.Attrs, bodyAttrs(before)), JoinLong(now.Attrs, bodyAttrs(after)), now.ID.Type)
		d.field(ChangeReformatted, "url_name", InSource, sourceName(old), sourceName(now))
		d.field(ChangeReformatted, "inline", InSource, yesNo(old.Inline), yesNo(now.Inline))
	} else {
		// A definition that is not understood has no attributes that could be compared with those of a sound one.
		kind = ChangeBroken
		d.field(kind, "broken", InSource, optional(old.Broken), optional(now.Broken))
	}
	d.policy(JoinLong(old.Policy, bodyPolicy(before)), JoinLong(now.Policy, bodyPolicy(after)), now.ID.Type)
	stays := c.staying(old, now)
	differing(contentOf(old, before, stays), contentOf(now, after, stays), func(name string, from, to *string) {
		if slices.Contains(jsonTexts, name) && sameJSON(from, to) {
			d.text(ChangeReformatted, name, from, to)
			return
		}
		d.text(kind, name, from, to)
	})
}

// jsonTexts are the texts that are JSON files.
var jsonTexts = []string{"grading_policy", "items"}

// sameJSON reports whether two texts are JSON that differs in white space alone.
func sameJSON(a, b *string) bool {
	if a == nil || b == nil {
		return false
	}
	var x, y bytes.Buffer
	return json.Compact(&x, []byte(*a)) == nil && json.Compact(&y, []byte(*b)) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// bodies gives the bodies of two versions of a block, nil for both if they are the same.
func (c *comparison) bodies(old, now *Block) (before, after *Body) {
	if old.Body == now.Body {
		return nil, nil
	}
	get := func(id ID) *Body {
		if id.IsZero() {
			return nil
		}
		body, err := c.body(id)
		if err != nil && c.err == nil {
			c.err = err
		}
		return body
	}
	return get(old.Body), get(now.Body)
}

// staying reports which children two versions of a block have in common, in the same order.
func (c *comparison) staying(old, now *Block) func(key.BlockID) bool {
	before := make(map[key.BlockID]bool, len(old.Children))
	for i := range old.Children {
		before[old.Children[i].ID] = true
	}
	both := make(map[key.BlockID]bool, len(now.Children))
	for i := range now.Children {
		id := now.Children[i].ID
		both[id] = before[id] && !c.moved[id]
	}
	return func(id key.BlockID) bool { return both[id] }
}

// contentOf lists the parts of a block's content under their names.
func contentOf(b *Block, body *Body, stays func(key.BlockID) bool) (list []Attr) {
	add := func(name, text string) {
		if text != "" {
			list = append(list, Attr{Name: name, Value: text})
		}
	}
	add("other markup", looseText(b, stays))
	if body != nil {
		add("markup", body.Markup)
		list = append(list, body.Texts...)
		add("source", string(body.Raw))
	}
	return list
}

// looseText writes the loose markup of a block as one text, each piece after its place: before which of the children that stay.
func looseText(b *Block, stays func(key.BlockID) bool) string {
	var s strings.Builder
	for _, l := range b.Loose {
		where := "at the end"
		switch {
		case l.Before == BeforeRoot:
			where = "before the element"
		case l.Before == AfterRoot:
			where = "after the element"
		case l.Before == BeforePointer:
			where = "before the pointer"
		case l.Before == AfterPointer:
			where = "after the pointer"
		default:
			next := slices.IndexFunc(b.Children[l.Before:], func(c Child) bool { return stays(c.ID) })
			if next >= 0 {
				where = "before " + b.Children[l.Before+next].ID.String()
			}
		}
		s.WriteString("[" + where + "]\n" + l.Source + "\n")
	}
	return s.String()
}

// blockDiff gathers what differs between two versions of a block.
type blockDiff struct {
	withText bool
	fields   map[ChangeKind][]FieldChange
	texts    map[ChangeKind][]TextChange
}

func (d *blockDiff) field(kind ChangeKind, name, in string, from, to *string) {
	if same(from, to) {
		return
	}
	if d.fields == nil {
		d.fields = make(map[ChangeKind][]FieldChange)
	}
	d.fields[kind] = append(d.fields[kind], FieldChange{Name: name, In: in, From: from, To: to})
}

func (d *blockDiff) text(kind ChangeKind, name string, from, to *string) {
	change := TextChange{Name: name}
	old, now := "", ""
	if from != nil {
		old = *from
		change.FromSize, change.FromHash = len(old), sha256.Sum256([]byte(old))
	}
	if to != nil {
		now = *to
		change.ToSize, change.ToHash = len(now), sha256.Sum256([]byte(now))
	}
	if d.withText {
		change.Diff = unifiedDiff(name, old, now)
	}
	if d.texts == nil {
		d.texts = make(map[ChangeKind][]TextChange)
	}
	d.texts[kind] = append(d.texts[kind], change)
}

// sources are the attributes that hold the source of a block's content.
var sources = []string{"data", "markdown"}

func (d *blockDiff) attributes(old, now []Attr, blockType string) {
	differing(old, now, func(name string, from, to *string) {
		if slices.Contains(sources, name) {
			d.text(ChangeContent, name, from, to)
			return
		}
		d.field(kindOfField(blockType, name), name, InAttribute, from, to)
	})
	d.order("attributes", old, now)
}

func (d *blockDiff) policy(old, now []Attr, blockType string) {
	differing(old, now, func(name string, from, to *string) {
		kind := kindOfField(blockType, name)
		if sameJSON(from, to) {
			kind = ChangeReformatted
		}
		d.field(kind, name, InPolicy, from, to)
	})
	d.order("policy", old, now)
}

// order tells of lists that say the same in another order.
func (d *blockDiff) order(list string, old, now []Attr) {
	was, is := names(old), names(now)
	if slices.Equal(was, is) || !slices.Equal(slices.Sorted(slices.Values(was)), slices.Sorted(slices.Values(is))) {
		return
	}
	from, to := strings.Join(was, " "), strings.Join(is, " ")
	d.field(ChangeReformatted, "order of "+list, InSource, &from, &to)
}

// kindOfField says what a change of a field is.
func kindOfField(blockType, name string) ChangeKind {
	def, ok := fields.Lookup(blockType, name)
	switch {
	case name == "display_name":
		return ChangeRenamed
	case ok && (def.Kind == fields.Date || def.Kind == fields.Duration), name == "relative_weeks_due":
		return ChangeDates
	}
	return ChangeSettings
}

// differing calls each for the texts of two lists that are not the same under one name: first those of the new list, then those that
// only the old one has, each in its order.
func differing(old, now []Attr, each func(name string, from, to *string)) {
	was := make(map[string][]*string, len(old))
	for i := range old {
		was[old[i].Name] = append(was[old[i].Name], &old[i].Value)
	}
	next := func(name string) (value *string) {
		if list := was[name]; len(list) > 0 {
			value, was[name] = list[0], list[1:]
		}
		return value
	}
	for i := range now {
		if from, to := next(now[i].Name), &now[i].Value; !same(from, to) {
			each(now[i].Name, from, to)
		}
	}
	for i := range old {
		if from := next(old[i].Name); from != nil {
			each(old[i].Name, from, nil)
		}
	}
}

func same(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func yesNo(b bool) *string {
	text := strconv.FormatBool(b)
	return &text
}

// sourceName is the name that the source gives a block, nil if it gives none.
func sourceName(b *Block) *string {
	if b.Unnamed {
		return nil
	}
	name := cmp.Or(b.SourceName, b.ID.Name)
	return &name
}

// spelled writes the attributes of a pointer; nil for a plain one.
func spelled(attrs []Attr) *string {
	parts := make([]string, len(attrs))
	for i, a := range attrs {
		parts[i] = a.Name + "=" + strconv.Quote(a.Value)
	}
	return optional(strings.Join(parts, " "))
}
