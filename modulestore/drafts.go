package modulestore

import (
	"context"
	"fmt"
	"slices"

	fields "lectern/modulestore/field"
	"lectern/modulestore/key"
)

// HasChanges reports whether publishing a block would change what learners see: whether the block or anything below it differs between the two
// branches by content. So an edit that was undone by hand is no change, and neither is what only a draft says of itself: where it
// belongs, and whether it stands in a file of its own.
func HasChanges(draft, published *Tree, id key.BlockID) bool {
	if draft == published {
		return false
	}
	seen := make(map[key.BlockID]bool)
	var differs func(id key.BlockID) bool
	differs = func(id key.BlockID) bool {
		if seen[id] {
			return false
		}
		seen[id] = true
		now, public := draft.Blocks[id], published.Blocks[id]
		if now == nil || public == nil {
			return now != public
		}
		return !sameContent(now, public) || !sameList(now.Children, public.Children) || !slices.Equal(inside(now.Loose), inside(public.Loose)) ||
			slices.ContainsFunc(now.Children, func(c Child) bool { return differs(c.ID) })
	}
	return differs(id)
}

// sameContent reports whether two records of a block say the same, whatever their children are.
func sameContent(a, b *Block) bool {
	if a == b {
		return true
	}
	x, y := a.Loose, b.Loose
	if a.Inline != b.Inline { // then one of them has no file in which anything could stand around the element
		x, y = inside(x), inside(y)
	}
	return a.Body == b.Body && a.Broken == b.Broken && a.SourceName == b.SourceName && a.Unnamed == b.Unnamed &&
		slices.Equal(withoutPlace(a.Attrs), withoutPlace(b.Attrs)) && slices.Equal(a.Policy, b.Policy) && sameSources(x, y)
}

// inside is the loose markup inside the element.
func inside(list []Loose) []Loose {
	return slices.DeleteFunc(slices.Clone(list), func(l Loose) bool { return l.Before < 0 })
}

func sameSources(a, b []Loose) bool {
	return slices.EqualFunc(a, b, func(x, y Loose) bool { return x.Source == y.Source })
}

// draftPlace reports whether an attribute is one in which a draft of an archive says where it belongs.
func draftPlace(name string) bool {
	return name == "parent_url" || name == "parent_sequential_url" || name == "index_in_children_list"
}

// saysPlace reports whether a says where a draft belongs. A value of that length in the body does not.
func saysPlace(a Attr) bool { return draftPlace(a.Name) && !a.Long }

func withoutPlace(attrs []Attr) []Attr {
	if !slices.ContainsFunc(attrs, saysPlace) {
		return attrs
	}
	return slices.DeleteFunc(slices.Clone(attrs), saysPlace)
}

// placeless is a block that does not say where it belongs as a draft: b itself, or a copy.
func placeless(b *Block) *Block {
	if !slices.ContainsFunc(b.Attrs, saysPlace) {
		return b
	}
	other := *b
	other.Attrs = withoutPlace(b.Attrs)
	return &other
}

// settlingDrafts changes branches by f. Drafts that have no changes any more then, because they were published or given up, do not say any longer
// where they belong: an archive has no drafts of them.
func (e *Edit) settlingDrafts(f func() error) error {
	draft, err := e.branch(Draft)
	if err != nil {
		return err
	}
	published, err := e.branch(Published)
	if err != nil {
		return err
	}
	draft.lent, published.lent = true, true
	was, public := draft.tree, published.tree
	if err := f(); err != nil {
		return err
	}
	draft.lent = true
	for id, b := range draft.tree.Blocks {
		if p := placeless(b); p != b && HasChanges(was, public, id) && !HasChanges(draft.tree, published.tree, id) {
			draft.replace(p)
		}
	}
	return nil
}

// DraftState says how the draft of a block and what is published of it stand to each other.
type DraftState string

// The states.
const (
	StatePublished DraftState = "published"       // and the draft is the same
	StateChanged   DraftState = "changed"         // the draft has changes that are not published
	StateDraft     DraftState = "never published" // there is a draft alone
	StateRemoved   DraftState = "removed"         // it is published, and gone from the draft
)

// BlockStatus is the state of one block with all below it.
type BlockStatus struct {
	Block key.BlockID
	Title string // of the draft, if there is one
	State DraftState
}

// DraftStatus lists the blocks of a version that are published one by one: the units and what else stands in the outline or has no parent. Blocks of
// the outline itself are listed only if their own records differ between the branches or, in changed order or by a move, their lists. It follows the
// draft; removed blocks stand at the end.
func (s *Store) DraftStatus(ctx context.Context, v Version) ([]BlockStatus, error) {
	if v.Deleted() {
		return nil, fmt.Errorf("%s: %w", v, &DeletedError{v})
	}
	var trees [2]*Tree
	for i, root := range []ID{v.Roots.Draft, v.Roots.Published} {
		trees[i] = &Tree{}
		if root.IsZero() {
			continue
		}
		paged, err := s.tree(ctx, root)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", v, err)
		}
		trees[i] = paged.tree
	}
	return draftStatus(trees[0], trees[1]), nil
}

func draftStatus(draft, published *Tree) (list []BlockStatus) {
	add := func(b *Block, state DraftState) {
		list = append(list, BlockStatus{Block: b.ID, Title: displayName(b), State: state})
	}
	draft.Walk(func(b *Block, parent key.BlockID) bool {
		public := published.Blocks[b.ID]
		outline := inOutline(draft, b.ID)
		switch {
		case !outline && !parent.IsZero() && !inOutline(draft, parent):
			// its unit stands for it
		case public == nil:
			add(b, StateDraft)
		case outline && outlineChanged(draft, published, b.ID), !outline && HasChanges(draft, published, b.ID):
			add(b, StateChanged)
		case !outline:
			add(b, StatePublished)
		}
		return true
	})
	published.Walk(func(b *Block, parent key.BlockID) bool {
		if draft.Blocks[b.ID] == nil && (parent.IsZero() || draft.Blocks[parent] != nil && inOutline(published, parent)) {
			add(b, StateRemoved)
		}
		return true
	})
	return list
}

// inOutline reports whether a block is one of those whose changes are published at once and whose children have drafts of their own.
func inOutline(t *Tree, id key.BlockID) bool {
	return id == t.Root || fields.AlwaysPublished(id.Type) && !fields.Detached(id.Type)
}

// outlineChanged compares a block of the outline without those children that only one branch has: they have states of their own.
func outlineChanged(draft, published *Tree, id key.BlockID) bool {
	now, public := draft.Blocks[id], published.Blocks[id]
	common := func(b *Block, other *Tree) []Child {
		return slices.DeleteFunc(slices.Clone(b.Children), func(c Child) bool { return other.Blocks[c.ID] == nil })
	}
	return !sameContent(now, public) || !sameList(common(now, published), common(public, draft))
}
