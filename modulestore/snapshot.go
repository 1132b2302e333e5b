package modulestore

import (
	"context"
	"fmt"
	"slices"

	"lectern/modulestore/key"
)

// Snapshot is one branch of one version. It is immutable and safe for concurrent use.
type Snapshot struct {
	store   *Store
	version Version
	branch  Branch
	paged   *pagedTree
}

// Version returns the version.
func (s *Snapshot) Version() Version { return s.version }

// Branch returns the branch.
func (s *Snapshot) Branch() Branch { return s.branch }

// Root returns the name of the branch's first page: snapshots with the same one have the same content.
func (s *Snapshot) Root() ID { return s.paged.root }

// Tree returns the tree, which must not be changed.
func (s *Snapshot) Tree() *Tree { return s.paged.tree }

// Block returns one block.
func (s *Snapshot) Block(id key.BlockID) (*Block, bool) {
	b, ok := s.paged.tree.Blocks[id]
	return b, ok
}

// Parents returns the blocks that list id, the first in document order first; none for the root and detached blocks.
func (s *Snapshot) Parents(id key.BlockID) []key.BlockID { return s.paged.index.parents(id) }

// Path returns the blocks from the root down to id by first parents, both included. It starts at a detached block for
// what is below one, and is empty if there is no such block.
func (s *Snapshot) Path(id key.BlockID) []key.BlockID {
	if _, ok := s.Block(id); !ok {
		return nil
	}
	return s.paged.index.path(id)
}

// Body loads the body of a block. It is nil if the block has none.
func (s *Snapshot) Body(ctx context.Context, id key.BlockID) (*Body, error) {
	bodies, err := s.Bodies(ctx, []key.BlockID{id})
	return bodies[id], err
}

// Bodies loads the bodies of blocks, of all blocks if ids is nil, with one call of the backend for each thousand. Blocks without
// a body are not in the map. In the place of a body that was taken down stands a comment that says so.
func (s *Snapshot) Bodies(ctx context.Context, ids []key.BlockID) (map[key.BlockID]*Body, error) {
	bodies, err := s.store.bodies(ctx, s.paged.tree, ids)
	if err != nil {
		return nil, fmt.Errorf("%s: the %s branch: %w", s.version, s.branch, s.store.explainLoss(ctx, s.version, err))
	}
	return bodies, nil
}

func (s *Store) bodies(ctx context.Context, t *Tree, ids []key.BlockID) (map[key.BlockID]*Body, error) {
	users := make(map[ID][]key.BlockID)
	var names []ID
	want := func(b *Block) {
		if b.Body.IsZero() {
			return
		}
		if users[b.Body] == nil {
			names = append(names, b.Body)
		}
		users[b.Body] = append(users[b.Body], b.ID)
	}
	if ids == nil {
		for _, b := range t.Blocks {
			want(b)
		}
	}
	for _, id := range ids {
		b := t.Blocks[id]
		if b == nil {
			return nil, fmt.Errorf("block %s: %w", id, ErrNotFound)
		}
		want(b)
	}
	bodies := make(map[key.BlockID]*Body, len(names))
	err := s.eachBody(ctx, names, func(id ID, body *Body, purged *Tombstone) {
		for _, user := range users[id] {
			if purged != nil {
				body = purged.instead(t.Blocks[user])
			}
			bodies[user] = body
		}
	})
	if err != nil {
		return nil, err
	}
	return bodies, nil
}

// eachBody loads bodies, and the tombstones of those that were taken down.
func (s *Store) eachBody(ctx context.Context, ids []ID, use func(id ID, body *Body, purged *Tombstone)) error {
	var buried map[ID]Tombstone
	for batch := range slices.Chunk(ids, batchObjects) {
		found, err := s.find(ctx, KindBody, batch)
		if err != nil {
			return err
		}
		if len(found) < len(batch) && buried == nil {
			if buried, err = s.buried(ctx); err != nil {
				return err
			}
		}
		for _, id := range batch {
			data, ok := found[id]
			if t, purged := buried[id]; purged && !ok {
				use(id, nil, &t)
				continue
			}
			if !ok {
				return s.missing(ctx, KindBody, id)
			}
			body, err := DecodeBody(data)
			if err != nil {
				return fmt.Errorf("%s %s: %w", KindBody, id.Short(), err)
			}
			use(id, body, nil)
		}
	}
	return nil
}
