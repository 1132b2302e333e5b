package modulestore

import (
	"slices"
	"sync"
)

// treeCache keeps the trees that were used last, up to a number of blocks. Trees are named by their content and never change,
// so nothing in it can be out of date.
type treeCache struct {
	limit int

	mu     sync.Mutex
	blocks int
	clock  uint64 // counts uses
	trees  map[ID]*cachedTree
	// byTop are the trees whose first page leads to a page. With a thousand courses in memory, to look at each takes longer than to read one.
	byTop map[ID][]*cachedTree
}

type cachedTree struct {
	*pagedTree
	used uint64
}

func newTreeCache(limit int) *treeCache {
	return &treeCache{limit: limit, trees: make(map[ID]*cachedTree), byTop: make(map[ID][]*cachedTree)}
}

func (c *treeCache) get(root ID) (*pagedTree, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.trees[root]
	if !ok {
		return nil, false
	}
	c.clock++
	t.used = c.clock
	return t.pagedTree, true
}

// nearest gives the tree that has most in common with one that begins with that page; nil for none. It has no shared blocks, and a page in common that both first pages lead to.
func (c *treeCache) nearest(first *page) (near *pagedTree) {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := 0
	seen := make(map[*cachedTree]bool)
	for _, top := range first.below() {
		for _, t := range c.byTop[top] {
			if seen[t] {
				continue
			}
			seen[t] = true
			if n := t.common(first); n > most && !t.index.shared() {
				near, most = t.pagedTree, n
			}
		}
	}
	return near
}

// put keeps t. A tree that comes from an edit replaces the same tree from the store, since it knows its sizes.
func (c *treeCache) put(t *pagedTree) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	if known, ok := c.trees[t.root]; ok {
		if known.used = c.clock; t.sizes != nil {
			known.pagedTree = t
		}
		return
	}
	kept := &cachedTree{pagedTree: t, used: c.clock}
	c.trees[t.root] = kept
	for _, top := range t.tops {
		c.byTop[top] = append(c.byTop[top], kept)
	}
	c.blocks += len(t.tree.Blocks)
	for c.blocks > c.limit && len(c.trees) > 1 {
		c.evict()
	}
}

// evict drops the tree that was not used for the longest time.
func (c *treeCache) evict() {
	var oldest *cachedTree
	for _, t := range c.trees {
		if oldest == nil || t.used < oldest.used {
			oldest = t
		}
	}
	delete(c.trees, oldest.root)
	for _, top := range oldest.tops {
		if c.byTop[top] = slices.DeleteFunc(c.byTop[top], func(t *cachedTree) bool { return t == oldest }); len(c.byTop[top]) == 0 {
			delete(c.byTop, top)
		}
	}
	c.blocks -= len(oldest.tree.Blocks)
}
