package olx

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// drafts writes the folder drafts/: what the record has as drafts and still is, and every unit in which the draft tree differs from
// the published one, with all that belongs to it.
func (e *encoder) drafts(published *modulestore.Tree) error {
	d := &draftChoice{e: e, draft: e.v.Draft, published: published, parents: make(map[key.BlockID]key.BlockID), chosen: make(map[key.BlockID]bool)}
	if err := d.recorded(); err != nil {
		return err
	}
	tree := d.changed()
	if len(d.chosen) == 0 {
		return nil
	}
	l := &layout{tree: tree, prefix: draftFolder, sources: []string{draftFolder, ""}, filenames: make(map[key.BlockID]string)}
	var err error
	if l.homes, err = d.homes(tree); err != nil {
		return err
	}
	units := l.units(d.chosen)
	var blocks []*modulestore.Block
	for _, u := range units {
		blocks = append(blocks, u.blocks...)
	}
	if err := e.texts(l, blocks); err != nil {
		return err
	}
	for _, u := range units {
		if err := e.unit(u); err != nil {
			return err
		}
	}
	return nil
}

// draftChoice chooses the blocks that get a definition under drafts/.
type draftChoice struct {
	e                *encoder
	draft, published *modulestore.Tree
	parents          map[key.BlockID]key.BlockID // in the draft tree, the first of each block
	chosen           map[key.BlockID]bool
}

// recorded chooses what the record has under drafts/. A draft that has been published or discarded since is none any more.
func (d *draftChoice) recorded() error {
	var tops []key.BlockID
	d.draft.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		d.parents[b.ID] = parent
		if d.inArchive(b.ID) {
			d.chosen[b.ID] = true
			if !d.chosen[parent] {
				tops = append(tops, b.ID)
			}
		}
		return true
	})
	for _, top := range tops {
		still, err := d.stillDraft(top)
		if err != nil {
			return err
		}
		if !still {
			below(d.draft, top, func(b *modulestore.Block) { delete(d.chosen, b.ID) })
		}
	}
	return nil
}

// homes says inside which draft's element an inline block is written: the first that holds it in the order in which drafts are read.
func (d *draftChoice) homes(t *modulestore.Tree) (map[key.BlockID]key.BlockID, error) {
	homes := make(map[key.BlockID]key.BlockID)
	seen := make(map[key.BlockID]bool)
	var failed error
	var visit func(b *modulestore.Block)
	visit = func(b *modulestore.Block) {
		for _, c := range b.Children {
			child := t.Blocks[c.ID]
			if child == nil || seen[c.ID] {
				continue
			}
			inline := child.Inline && !d.borrowed(child, b.ID)
			if inline {
				stands, err := d.e.canStandInline(child)
				failed = errors.Join(failed, err)
				if stands {
					homes[c.ID] = b.ID
				} else {
					d.chosen[c.ID] = true
				}
			}
			if inline || d.chosen[c.ID] {
				seen[c.ID] = true
				visit(child)
			}
		}
	}
	order := inOrder(t, slices.Collect(maps.Keys(d.chosen)))
	for _, inline := range []bool{false, true} { // an inline draft that no other draft holds has a file too
		for _, r := range order {
			if b := t.Blocks[r.id]; b.Inline == inline && !seen[r.id] {
				seen[r.id] = true
				visit(b)
			}
		}
	}
	return homes, failed
}

// borrowed reports whether a draft of the archive points at a block that is inline in the published tree, and that is unchanged with all
// that is inline below it: the draft goes on pointing at it.
func (d *draftChoice) borrowed(b *modulestore.Block, parent key.BlockID) bool {
	if !d.inArchive(parent) || d.inArchive(b.ID) {
		return false
	}
	seen := map[key.BlockID]bool{b.ID: true}
	for open := []*modulestore.Block{b}; len(open) > 0; {
		b := open[len(open)-1]
		open = open[:len(open)-1]
		if !d.unchanged(b) {
			return false
		}
		for _, c := range b.Children {
			if child := d.draft.Blocks[c.ID]; child != nil && child.Inline && !seen[c.ID] && !d.inArchive(c.ID) {
				seen[c.ID] = true
				open = append(open, child)
			}
		}
	}
	return true
}

// draftOrder is what decides when a draft is read.
type draftOrder struct {
	id    key.BlockID
	loose bool // it does not say where it belongs
	index int
	file  string
}

// inOrder sorts drafts of a tree as they are read: those that say where they belong by index, then the others, all of them by file.
func inOrder(t *modulestore.Tree, ids []key.BlockID) []draftOrder {
	var list []draftOrder
	for _, id := range ids {
		b := t.Blocks[id]
		place := placeOf(b)
		list = append(list, draftOrder{id, !place.given, place.index, definitionPath(id.Type, sourceName(b))})
	}
	slices.SortFunc(list, func(x, y draftOrder) int {
		switch {
		case x.loose == y.loose:
			return cmp.Or(cmp.Compare(x.index, y.index), strings.Compare(x.file, y.file), compareIDs(x.id, y.id))
		case x.loose:
			return 1
		default:
			return -1
		}
	})
	return list
}

// placeOf is where a block says it belongs.
func placeOf(b *modulestore.Block) draftPlace {
	return draftPlaceOf(func(name string) (string, bool) { return b.Attr(name, nil) })
}

// inArchive reports whether the record has a draft of a block.
func (d *draftChoice) inArchive(id key.BlockID) bool {
	return len(d.e.placesOf(id, modulestore.Element, []string{draftFolder})) > 0
}

// stillDraft reports whether a draft of the record differs from what is published, or never did.
func (d *draftChoice) stillDraft(top key.BlockID) (bool, error) {
	differs, touched := false, false
	var failed error
	below(d.draft, top, func(b *modulestore.Block) {
		other := d.published.Blocks[b.ID]
		if !sameBlock(b, other) {
			differs = true
			return
		}
		draftAsRead, err := d.e.asRead(b, draftFolder)
		publishedAsRead, otherErr := d.e.asRead(other, "")
		failed = errors.Join(failed, err, otherErr)
		touched = touched || d.chosen[b.ID] && !(draftAsRead && publishedAsRead)
	})
	return differs || !touched, failed
}

// changed chooses the units whose draft differs from what is published, with everything below them, and returns the tree in
// which their tops say where they belong.
func (d *draftChoice) changed() *modulestore.Tree {
	covered := make(map[key.BlockID]bool) // chosen, or inline in a chosen block's file
	var changed []key.BlockID
	d.draft.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		covered[b.ID] = d.chosen[b.ID] || b.Inline && covered[parent]
		if !covered[b.ID] && d.canBeDraft(b.ID) && !d.unchanged(b) {
			changed = append(changed, b.ID)
		}
		return true
	})
	out := *d.draft
	out.Blocks = maps.Clone(d.draft.Blocks)
	done := make(map[key.BlockID]bool)
	for _, id := range changed {
		top := d.unitOf(id)
		if done[top] {
			continue
		}
		done[top] = true
		below(d.draft, top, func(b *modulestore.Block) {
			if !b.Inline || b.ID == top {
				d.chosen[b.ID] = true
			}
		})
		if parent := d.draft.Blocks[d.parents[top]]; parent != nil && !placeOf(out.Blocks[top]).given {
			out.Blocks[top] = d.placed(out.Blocks[top], parent)
		}
	}
	d.correctPlaces(&out)
	return &out
}

// correctPlaces makes drafts say anew where they belong where reading what they say would not give the list of children that they are in.
func (d *draftChoice) correctPlaces(t *modulestore.Tree) {
	t.Walk(func(parent *modulestore.Block, _ key.BlockID) bool {
		published := d.published.Blocks[parent.ID]
		if published == nil || d.chosen[parent.ID] {
			return true
		}
		read := d.withDrafts(t, published, parent)
		if slices.EqualFunc(read.Children, parent.Children, func(x, y modulestore.Child) bool { return x.ID == y.ID }) {
			return true
		}
		for _, c := range parent.Children {
			if d.chosen[c.ID] && !lists(published, c.ID) {
				t.Blocks[c.ID] = d.placed(t.Blocks[c.ID], parent)
			}
		}
		return true
	})
}

// canBeDraft reports whether a block may stand under drafts/: any but those that Studio publishes at once, and even those as long as
// they are not published.
func (d *draftChoice) canBeDraft(id key.BlockID) bool {
	return !neverDraft(id) || d.published.Blocks[id] == nil && !field.Detached(id.Type)
}

// unchanged reports whether a block of the draft tree is the published one, apart from the drafts that put themselves into it.
func (d *draftChoice) unchanged(b *modulestore.Block) bool {
	return sameBlock(b, d.withDrafts(d.draft, d.published.Blocks[b.ID], b))
}

// withDrafts is a published block with those children of its draft that say themselves that they belong there.
func (d *draftChoice) withDrafts(t *modulestore.Tree, published, draft *modulestore.Block) *modulestore.Block {
	if published == nil {
		return nil
	}
	listed := make(map[key.BlockID]bool)
	for _, c := range published.Children {
		listed[c.ID] = true
	}
	var inserted []key.BlockID
	for _, c := range draft.Children {
		if b := t.Blocks[c.ID]; b != nil && d.chosen[c.ID] && !listed[c.ID] && d.rootOr(placeOf(b).parent) == draft.ID {
			inserted = append(inserted, c.ID)
		}
	}
	for _, r := range inOrder(t, inserted) {
		published = insertChild(published, min(r.index, len(published.Children)), r.id)
	}
	return published
}

// rootOr is the id of the root for any name of it.
func (d *draftChoice) rootOr(id key.BlockID) key.BlockID {
	if id.Type == d.draft.Root.Type {
		return d.draft.Root
	}
	return id
}

// unitOf climbs to the topmost block that can be a draft.
func (d *draftChoice) unitOf(id key.BlockID) key.BlockID {
	for parent := d.parents[id]; !parent.IsZero() && d.canBeDraft(parent); parent = d.parents[id] {
		id = parent
	}
	return id
}

// placed says in a draft's own element where it belongs, as Studio does.
func (d *draftChoice) placed(b, parent *modulestore.Block) *modulestore.Block {
	placed := *withoutDraftPlace(b)
	placed.Inline = false
	index := slices.IndexFunc(parent.Children, func(c modulestore.Child) bool { return c.ID == b.ID })
	placed.Attrs = append(slices.Clone(placed.Attrs),
		modulestore.Attr{Name: draftParent, Value: d.e.v.Course.Block(parent.ID).String()},
		modulestore.Attr{Name: draftIndex, Value: strconv.Itoa(index)})
	return &placed
}

// sameBlock reports whether two blocks are equal in everything but where a draft belongs.
func sameBlock(a, b *modulestore.Block) bool {
	if a == nil || b == nil || a == b {
		return a == b
	}
	a, b = withoutDraftPlace(a), withoutDraftPlace(b)
	return a.SourceName == b.SourceName && a.Unnamed == b.Unnamed && a.Inline == b.Inline && a.Broken == b.Broken && a.Body == b.Body &&
		slices.Equal(a.Attrs, b.Attrs) && slices.Equal(a.Policy, b.Policy) && slices.Equal(a.Loose, b.Loose) &&
		slices.EqualFunc(a.Children, b.Children, func(x, y modulestore.Child) bool { return x.ID == y.ID && slices.Equal(x.Spelling, y.Spelling) })
}
