package olx

import (
	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// Counts are the totals of one branch of a course. Blocks are counted once each, however many places point at them;
// blocks without a parent (about pages, tabs, updates) are not counted.
type Counts struct {
	Chapters    int `json:"chapters"`
	Sequentials int `json:"sequentials"`
	// Units are the verticals directly under sequentials; Verticals are all, with those inside split tests and conditionals.
	Units     int            `json:"units"`
	Verticals int            `json:"verticals"`
	Blocks    int            `json:"blocks"`
	Leaves    map[string]int `json:"leaves"` // by type
	Assets    int            `json:"assets"` // files under static/
	Drafts    int            `json:"drafts"` // draft roots
	Removed   int            `json:"removed"`
}

// Count counts the blocks of a tree. Assets, Drafts and Removed are not the tree's to know.
func Count(t *modulestore.Tree) Counts {
	c := Counts{Leaves: make(map[string]int)}
	attached := &modulestore.Tree{Root: t.Root, Blocks: t.Blocks}
	units := make(map[key.BlockID]bool)
	attached.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		c.Blocks++
		switch {
		case b.ID.Type == "chapter":
			c.Chapters++
		case b.ID.Type == "sequential":
			c.Sequentials++
			for _, child := range b.Children {
				if child.ID.Type == "vertical" && t.Blocks[child.ID] != nil {
					units[child.ID] = true
				}
			}
		case b.ID.Type == "vertical":
			c.Verticals++
		case !field.Container(b.ID.Type):
			c.Leaves[b.ID.Type]++
		}
		return true
	})
	c.Units = len(units)
	return c
}
