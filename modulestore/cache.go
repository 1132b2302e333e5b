package modulestore

import (
	"container/list"
	"sync"
)

// treeCache keeps the trees that were used last, up to a number of blocks. Trees are named by their content and never change,
// so nothing in it can be out of date.
type treeCache struct {
	mu     sync.Mutex
	limit  int
	blocks int
	trees  map[ID]*list.Element
	recent list.List // of *pagedTree, the last used in front
}

func newTreeCache(limit int) *treeCache {
	return &treeCache{limit: limit, trees: make(map[ID]*list.Element)}
}

func (c *treeCache) get(root ID) (*pagedTree, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.trees[root]
	if !ok {
		return nil, false
	}
	c.recent.MoveToFront(e)
	return e.Value.(*pagedTree), true
}

// put keeps t. A tree that comes from an edit replaces the same tree from the store, since it knows its sizes.
func (c *treeCache) put(t *pagedTree) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.trees[t.root]; ok {
		if t.sizes != nil {
			e.Value = t
		}
		c.recent.MoveToFront(e)
		return
	}
	c.trees[t.root] = c.recent.PushFront(t)
	c.blocks += len(t.tree.Blocks)
	for c.blocks > c.limit && c.recent.Len() > 1 {
		oldest := c.recent.Back()
		out := c.recent.Remove(oldest).(*pagedTree)
		delete(c.trees, out.root)
		c.blocks -= len(out.tree.Blocks)
	}
}
