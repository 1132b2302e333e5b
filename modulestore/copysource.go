package modulestore

import (
	"context"
	"fmt"
	"slices"

	"lectern/modulestore/key"
)

// copySource is a tree that blocks are copied from, and the states in which it was copied before.
type copySource struct {
	store  *Store
	course key.Course
	tree   *Tree
	pages  map[key.BlockID]statePage
	bases  map[ID]*Block // nil for one that is not stored
	bodies map[ID]*Body  // also of copies
}

// statePage is a block of the source as Origin.Base names it.
type statePage struct {
	id      ID
	objects []Object
}

// page makes the page that holds a block of the source alone, as it is now.
func (s *copySource) page(id key.BlockID) statePage {
	page, ok := s.pages[id]
	if !ok {
		b := s.plain(s.tree.Blocks[id])
		page = pageOfState(b)
		s.pages[id], s.bases[page.id] = page, b
	}
	return page
}

// plain is what a copy of a block is made from: without where it was copied from itself, where its draft belongs, how its children are pointed
// at, and children that are not there.
func (s *copySource) plain(b *Block) *Block {
	plain := *b
	for _, c := range b.Children {
		if s.tree.Blocks[c.ID] == nil {
			plain = *withoutChild(&plain, c.ID)
		}
	}
	children := plain.Children
	plain.Origin, plain.Children = nil, nil
	for _, c := range children {
		plain.Children = append(plain.Children, Child{ID: c.ID})
	}
	plain.Attrs = slices.DeleteFunc(slices.Clone(b.Attrs), func(a Attr) bool { return draftPlace(a.Name) && !a.Long })
	return &plain
}

// pageOfState makes the page of a tree of one block. A tree of one block always can be cut into pages.
func pageOfState(b *Block) statePage {
	alone := &Tree{Root: b.ID, Blocks: map[key.BlockID]*Block{b.ID: b}}
	paged, objects, err := pageTree(alone, nil)
	if err != nil {
		return statePage{}
	}
	return statePage{paged.root, objects}
}

// base finds the state of the source that a copy was last made from; nil if it is not known.
func (s *copySource) base(ctx context.Context, o *Origin) (*Block, error) {
	if o == nil || o.Course != s.course || o.Base.IsZero() {
		return nil, nil
	}
	if _, ok := s.bases[o.Base]; !ok {
		if err := s.loadBases(ctx, []ID{o.Base}); err != nil {
			return nil, err
		}
	}
	return s.bases[o.Base], nil
}

// loadBases loads states of the source that are not loaded yet, with one call of the backend for each thousand, as a rule. Some may be missing:
// a copy from an archive or another store can do without.
func (s *copySource) loadBases(ctx context.Context, ids []ID) error {
	ids = slices.DeleteFunc(unique(ids), func(id ID) bool {
		_, ok := s.bases[id]
		return ok || id.IsZero()
	})
	for batch := range slices.Chunk(ids, batchObjects) {
		missing, err := s.store.backend.Has(ctx, s.store.generation(), KindPage, batch)
		if err != nil {
			return err
		}
		for _, id := range missing {
			s.bases[id] = nil
		}
		there := slices.DeleteFunc(slices.Clone(batch), func(id ID) bool { return slices.Contains(missing, id) })
		pages, err := s.store.loadPages(ctx, there)
		if err != nil {
			return err
		}
		for _, id := range there {
			t, err := assemble(id, pages)
			if err != nil {
				return err
			}
			s.bases[id] = t.tree.Blocks[t.tree.Root]
		}
	}
	return nil
}

// loadBodies loads bodies that are not loaded yet, a thousand with one call of the backend.
func (s *copySource) loadBodies(ctx context.Context, ids []ID) error {
	ids = slices.DeleteFunc(unique(ids), func(id ID) bool { return s.bodies[id] != nil || id.IsZero() })
	for batch := range slices.Chunk(ids, batchObjects) {
		found, err := s.store.get(ctx, KindBody, batch)
		if err != nil {
			return err
		}
		for id, data := range found {
			if s.bodies[id], err = DecodeBody(data); err != nil {
				return fmt.Errorf("%s %s: %w", KindBody, id.Short(), err)
			}
		}
	}
	return nil
}

// load gives a state the body that its block names.
func (s *copySource) load(ctx context.Context, state *State) error {
	id := state.Block.Body
	if state.Body != nil || id.IsZero() {
		return nil
	}
	if err := s.loadBodies(ctx, []ID{id}); err != nil {
		return err
	}
	state.Body = s.bodies[id]
	return nil
}
