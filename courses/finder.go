package courses

import (
	"context"
	"sync"

	"lectern/courses/content"
	"lectern/courses/outline"
	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// finder is a version of a course as far as it decides what is found in it. It is a small part of what [Compile] makes: whoever searches everywhere needs one
// for each course, and reads no content for it. It never changes and may be shared.
type finder struct {
	Course  // nothing but what facts about learners are made with
	classes *outline.Classes
	banks   bool // something is drawn
	whole   bool // no block is left out of the classes
}

func newFinder(ctx context.Context, s *modulestore.Snapshot) (*finder, error) {
	read, err := content.Read(ctx, s)
	if err != nil {
		return nil, err
	}
	o := outline.Build(read)
	compiled := outline.Compile(o, datePolicy, outline.ForSearch())
	o.Source = nil // the texts of all settings are not needed any more
	return &finder{
		Course:  Course{Content: &content.Course{Key: read.Key, Version: read.Version, Root: read.Root}, Outline: compiled},
		classes: compiled.Classes(), banks: compiled.Draws(), whole: whole(o, s.Tree()),
	}, nil
}

// whole reports whether every block is in the outline, or is a page beside it.
func whole(o *outline.Outline, tree *modulestore.Tree) bool {
	for id := range tree.Blocks {
		if _, there := o.Find(id); !there && !field.Detached(id.Type) {
			return false
		}
	}
	return true
}

// Classes gives the class of each block in a branch of a course, for who puts it into an index. (Who asks the index names the classes that are open to them: see
// [Gradebook.Findable].)
func (g *Gradebook) Classes(ctx context.Context, s *modulestore.Snapshot) (func(key.BlockID) key.BlockID, error) {
	f, err := g.finders.get(finderKey{s.Version().Course, s.Root()}, func() (*finder, error) { return newFinder(ctx, s) })
	if err != nil {
		return nil, err
	}
	return f.classes.Class, nil
}

// finder gives what decides about finding in the published branch of a version.
func (g *Gradebook) finder(ctx context.Context, v modulestore.Version) (*finder, error) {
	return g.finders.get(finderKey{v.Course, v.Roots.Published}, func() (*finder, error) {
		snapshot, err := g.Courses.Snapshot(ctx, v, modulestore.Published)
		if err != nil {
			return nil, err
		}
		return newFinder(ctx, snapshot)
	})
}

// finders keeps those that were used last, by the course and the root of the branch.
type finders struct {
	mu      sync.Mutex
	known   map[finderKey]*keptFinder
	blocks  int // of all that are known
	uses    int64
	private map[key.Course]uint64 // courses that are for nobody but the enrolled, with the number of the version in which that was so
}

type finderKey struct {
	course key.Course
	root   modulestore.ID
}

type keptFinder struct {
	*finder
	used int64
}

// mostBlocks is the number of blocks of all courses in the cache, about a kilobyte each.
const mostBlocks = 500_000

// get gives a finder, made by read if it is not there.
func (c *finders) get(k finderKey, read func() (*finder, error)) (*finder, error) {
	if f := c.find(k); f != nil {
		return f, nil
	}
	f, err := read()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept := c.known[k]; kept != nil { // somebody else was faster
		return kept.finder, nil
	}
	if c.known == nil {
		c.known = make(map[finderKey]*keptFinder)
	}
	c.uses++
	c.known[k] = &keptFinder{f, c.uses}
	c.blocks += len(f.Outline.Nodes)
	for c.blocks > mostBlocks && len(c.known) > 1 {
		c.dropOldest()
	}
	return f, nil
}

func (c *finders) find(k finderKey) *finder {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := c.known[k]
	if kept == nil {
		return nil
	}
	c.uses++
	kept.used = c.uses
	return kept.finder
}

func (c *finders) dropOldest() {
	var oldest finderKey
	used := c.uses + 1
	for k, kept := range c.known {
		if kept.used < used {
			oldest, used = k, kept.used
		}
	}
	c.blocks -= len(c.known[oldest].Outline.Nodes)
	delete(c.known, oldest)
}

// isPrivate reports whether a course was found to be for the enrolled alone and has no other version since, as far as the list of courses tells. If that list
// is behind, a course that has become public is found a little later; one that has become private never is found by mistake, because its head is read.
func (c *finders) isPrivate(listed modulestore.Context) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.private[listed.Course] == listed.Seq
}

// notePrivate keeps what a version was found to be, if it is the one that is listed.
func (c *finders) notePrivate(listed modulestore.Context, head modulestore.Version) {
	if listed.Seq != head.Seq {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.private == nil {
		c.private = make(map[key.Course]uint64)
	}
	c.private[listed.Course] = listed.Seq
}
