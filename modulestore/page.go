package modulestore

import (
	"fmt"

	"lectern/modulestore/key"
)

// page is one object of a tree. It is one of two things: a subtree, whose first block is the root of it, or a segment, a run
// of the children of a block whose list was too long. Blocks stand in document order, and every entry of Blocks and
// Links is referred to exactly once, in order; so a page alone is always a proper piece of a tree.
type page struct {
	Blocks []record
	Links  []link
	// Run is what a segment holds, nil in a subtree.
	Run *run
	// Detached is the run of blocks without a parent, and Pointer is Tree.Pointer; only in the first page of a tree.
	Detached []int
	Pointer  []Attr
}

// record is one block as a page holds it: Children stands in the run.
type record struct {
	Block
	run
}

// run is a list of children or a part of it. A reference >= 0 is a block of the page, -1 is the first of its links, -2 the second.
type run struct {
	Refs      []int
	Spellings []spelling
}

// spelling holds Child.Spelling of the child at that position of the run.
type spelling struct {
	At    int
	Attrs []Attr
}

// link stands for blocks that are elsewhere: with id and page, a subtree in a page of its own; with a page alone, a
// segment; with an id alone, a child that is stored where the tree mentions it first, or that is not in the tree at all.
type link struct {
	ID     key.BlockID
	Page   ID
	Blocks int // in Page and below
}

func (l *link) segment() bool { return l.ID.IsZero() }
func (l *link) bare() bool    { return l.Page.IsZero() }

func (p *page) object() Object {
	e := newEncoder()
	e.documents("b", len(p.Blocks), func(i int) { e.record(&p.Blocks[i]) })
	e.documents("x", len(p.Links), func(i int) { e.link(&p.Links[i]) })
	if p.Run != nil {
		e.document("r", func() { e.run(p.Run) })
	}
	e.ints("z", p.Detached)
	e.attrs("q", p.Pointer)
	return e.object(KindPage)
}

func decodePage(data []byte) (*page, error) {
	d := newDecoder(data)
	p := &page{}
	p.Blocks = documentList(d, "b", d.record)
	p.Links = documentList(d, "x", d.link)
	var r run
	if d.document("r", func() { r = d.run() }) {
		p.Run = &r
	}
	p.Detached = d.ints("z")
	p.Pointer = d.attrs("q")
	if err := d.done(); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return p, nil
}

func (e *encoder) key(id key.BlockID) {
	e.text("t", id.Type)
	e.text("i", id.Name)
}

func (d *decoder) key() key.BlockID { return key.BlockID{Type: d.text("t"), Name: d.text("i")} }

func (e *encoder) record(r *record) {
	e.key(r.ID)
	e.text("s", r.SourceName)
	e.flag("u", r.Unnamed)
	e.flag("l", r.Inline)
	e.attrs("a", r.Attrs)
	e.attrs("p", r.Policy)
	e.loose("o", r.Loose)
	e.run(&r.run)
	e.text("x", r.Broken)
	e.id("d", r.Body)
	if o := r.Origin; o != nil {
		e.document("f", func() { e.origin(o) })
	}
}

func (e *encoder) origin(o *Origin) {
	e.text("k", o.Course.String())
	e.key(o.Block)
	e.id("b", o.Base)
	e.id("n", o.Declined)
}

func (d *decoder) origin() *Origin {
	name := d.text("k")
	course, err := key.ParseCourse(name)
	if err != nil || course.String() != name {
		d.fail("a block comes from %q, which is no course", name)
	}
	return &Origin{Course: course, Block: d.key(), Base: d.id("b"), Declined: d.id("n")}
}

func (d *decoder) record() (r record) {
	r.ID = d.key()
	r.SourceName = d.text("s")
	r.Unnamed = d.flag("u")
	r.Inline = d.flag("l")
	r.Attrs = d.attrs("a")
	r.Policy = d.attrs("p")
	r.Loose = d.loose("o")
	r.run = d.run()
	r.Broken = d.text("x")
	r.Body = d.id("d")
	d.document("f", func() { r.Origin = d.origin() })
	return r
}

func (e *encoder) loose(name string, list []Loose) {
	e.documents(name, len(list), func(i int) {
		e.int("w", int64(list[i].Before))
		e.text("s", list[i].Source)
	})
}

func (d *decoder) loose(name string) []Loose {
	return documentList(d, name, func() Loose { return Loose{Before: int(d.int("w")), Source: d.text("s")} })
}

func (e *encoder) run(r *run) {
	e.ints("c", r.Refs)
	e.documents("k", len(r.Spellings), func(i int) {
		e.int("j", int64(r.Spellings[i].At))
		e.attrs("a", r.Spellings[i].Attrs)
	})
}

func (d *decoder) run() (r run) {
	r.Refs = d.ints("c")
	r.Spellings = documentList(d, "k", func() spelling { return spelling{At: int(d.int("j")), Attrs: d.attrs("a")} })
	return r
}

func (e *encoder) link(l *link) {
	e.key(l.ID)
	e.id("p", l.Page)
	e.int("n", int64(l.Blocks))
}

func (d *decoder) link() link {
	return link{ID: d.key(), Page: d.id("p"), Blocks: int(d.int("n"))}
}

// isSegment reports whether ref leads to a segment. It may be out of range.
func (p *page) isSegment(ref int) bool {
	i := -1 - ref
	return i >= 0 && i < len(p.Links) && p.Links[i].segment()
}

// inner reports whether p can be another page than the first.
func (p *page) inner() bool { return len(p.Detached) == 0 && len(p.Pointer) == 0 }

// below lists the pages that p leads to.
func (p *page) below() (ids []ID) {
	for i := range p.Links {
		if l := &p.Links[i]; !l.bare() {
			ids = append(ids, l.Page)
		}
	}
	return ids
}

// blocks counts the blocks of the page and of the pages below.
func (p *page) blocks() int {
	n := len(p.Blocks)
	for i := range p.Links {
		n += p.Links[i].Blocks
	}
	return n
}

// check finds what the encoding alone does not rule out.
func (p *page) check() error {
	for i := range p.Links {
		if l := &p.Links[i]; l.bare() && (l.segment() || l.Blocks != 0) || l.Blocks < 0 {
			return fmt.Errorf("link %d leads nowhere", i)
		}
	}
	c := refChecker{page: p}
	if p.Run != nil {
		if len(p.Run.Refs) == 0 || !p.inner() {
			return fmt.Errorf("a segment must be a run of children and nothing else")
		}
		c.run(p.Run)
	} else {
		c.refs([]int{0})
		c.refs(p.Detached)
	}
	if c.err == nil && (c.blocks != len(p.Blocks) || c.links != len(p.Links)) {
		c.err = fmt.Errorf("%d blocks and %d links are not in the tree", len(p.Blocks)-c.blocks, len(p.Links)-c.links)
	}
	return c.err
}

// refChecker walks a page in document order and counts what it meets; what it meets next must be the next entry.
type refChecker struct {
	page          *page
	blocks, links int
	depth         int
	err           error
}

func (c *refChecker) refs(refs []int) {
	c.depth++
	for _, ref := range refs {
		switch {
		case c.err != nil:
		case c.depth > maxDepth:
			c.err = errTooDeep
		case ref == c.blocks && ref < len(c.page.Blocks):
			c.blocks++
			c.run(&c.page.Blocks[ref].run)
		case ref == -1-c.links && c.links < len(c.page.Links):
			c.links++
		default:
			c.err = fmt.Errorf("reference %d is not the next block or link", ref)
		}
	}
	c.depth--
}

func (c *refChecker) run(r *run) {
	last := -1
	for _, s := range r.Spellings {
		if s.At <= last || s.At >= len(r.Refs) || len(s.Attrs) == 0 || c.page.isSegment(r.Refs[s.At]) {
			c.err = fmt.Errorf("spelling of child %d is out of place", s.At)
		}
		last = s.At
	}
	c.refs(r.Refs)
}
