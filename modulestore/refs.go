package modulestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lectern/modulestore/key"
)

// Refs is what a course keeps beside its content. It is a part of each version, so that it changes together with content or not at all, but an
// import and a restore leave it as it is.
type Refs struct {
	Tags     []Tag        // sorted by name
	Branches []SideBranch // sorted by name
	Orders   []Order      // sorted by time and number
	// Pruned are the versions whose content was given up, sorted, with a kept version between any two of them.
	Pruned []Span
}

// Tag is a name for a version, which is then kept for ever.
type Tag struct {
	Name    string
	Version uint64
	Author  string
	Time    time.Time
}

// SideBranch is a line of versions beside the main one, which is the log. Its versions have commits like others, but no numbers: each change of
// it is a version of the main line that changes nothing but Refs.
type SideBranch struct {
	Name   string
	Commit ID
	Roots  Roots // content alone
	// Base is the commit that the branch has in common with the main line, and BaseRoots what that holds.
	Base      ID
	BaseRoots Roots
	// Version is the number of the version of the main line in which the branch got this commit.
	Version   uint64
	Author    string
	Time      time.Time
	Operation string
	Message   string
}

// Order is an order to publish a block at a time in the future. What will be published is the draft of the version that it names.
type Order struct {
	Number uint64 // that of the version that made the order
	Block  key.BlockID
	// Alone leaves the blocks below out.
	Alone bool
	// At is when to publish, UTC.
	At time.Time
	// Version is what to publish from.
	Version uint64
	Author  string
	Time    time.Time
}

// Span is a run of version numbers, both ends included.
type Span struct{ From, To uint64 }

func (r *Refs) isZero() bool {
	return len(r.Tags) == 0 && len(r.Branches) == 0 && len(r.Orders) == 0 && len(r.Pruned) == 0
}

func (r *Refs) object() Object {
	e := newEncoder()
	e.documents("t", len(r.Tags), func(i int) {
		t := &r.Tags[i]
		e.text("n", t.Name)
		e.int("s", int64(t.Version))
		e.text("u", t.Author)
		e.time("w", t.Time)
	})
	e.documents("b", len(r.Branches), func(i int) {
		b := &r.Branches[i]
		e.text("n", b.Name)
		e.id("c", b.Commit)
		e.roots("r", b.Roots)
		e.id("b", b.Base)
		e.roots("a", b.BaseRoots)
		e.int("s", int64(b.Version))
		e.text("u", b.Author)
		e.time("w", b.Time)
		e.text("o", b.Operation)
		e.text("m", b.Message)
	})
	e.documents("o", len(r.Orders), func(i int) {
		o := &r.Orders[i]
		e.int("n", int64(o.Number))
		e.key(o.Block)
		e.flag("l", o.Alone)
		e.time("a", o.At)
		e.int("s", int64(o.Version))
		e.text("u", o.Author)
		e.time("w", o.Time)
	})
	e.documents("p", len(r.Pruned), func(i int) {
		e.int("f", int64(r.Pruned[i].From))
		e.int("t", int64(r.Pruned[i].To))
	})
	return e.object(KindRefs)
}

func decodeRefs(data []byte) (*Refs, error) {
	d := newDecoder(data)
	r := &Refs{}
	d.documents("t", func() {
		r.Tags = append(r.Tags, Tag{Name: d.text("n"), Version: uint64(d.int("s")), Author: d.text("u"), Time: d.time("w")})
	})
	d.documents("b", func() {
		r.Branches = append(r.Branches, SideBranch{
			Name: d.text("n"), Commit: d.id("c"), Roots: d.roots("r"), Base: d.id("b"), BaseRoots: d.roots("a"),
			Version: uint64(d.int("s")), Author: d.text("u"), Time: d.time("w"), Operation: d.text("o"), Message: d.text("m"),
		})
	})
	d.documents("o", func() {
		r.Orders = append(r.Orders, Order{
			Number: uint64(d.int("n")), Block: d.key(), Alone: d.flag("l"), At: d.time("a"),
			Version: uint64(d.int("s")), Author: d.text("u"), Time: d.time("w"),
		})
	})
	d.documents("p", func() { r.Pruned = append(r.Pruned, Span{From: uint64(d.int("f")), To: uint64(d.int("t"))}) })
	return r, d.done()
}

// roots writes the roots of content.
func (e *encoder) roots(name string, r Roots) {
	e.document(name, func() {
		e.id("draft", r.Draft)
		e.id("published", r.Published)
		e.id("files", r.Files)
	})
}

func (d *decoder) roots(name string) (r Roots) {
	d.document(name, func() { r = Roots{Draft: d.id("draft"), Published: d.id("published"), Files: d.id("files")} })
	return r
}

// Refs loads what the course keeps beside its content in a version. The result may be changed.
func (s *Store) Refs(ctx context.Context, v Version) (*Refs, error) {
	if v.Roots.Refs.IsZero() {
		return &Refs{}, nil
	}
	found, err := s.get(ctx, KindRefs, []ID{v.Roots.Refs})
	if err == nil {
		var r *Refs
		if r, err = decodeRefs(found[v.Roots.Refs]); err == nil {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%s: its tags, branches and orders: %w", v, err)
}

// Refs returns what the course keeps beside its content, with the changes made so far. It must not be changed.
func (e *Edit) Refs() (*Refs, error) {
	if e.refs != nil {
		return e.refs, nil
	}
	return e.store.Refs(e.ctx, e.base)
}

// SetRefs replaces what the course keeps beside its content.
func (e *Edit) SetRefs(r *Refs) { e.refs = r }

// finishRefs stores the changed Refs.
func (e *Edit) finishRefs(next *outcome) error {
	if e.refs == nil {
		return nil
	}
	if err := e.refs.check(); err != nil {
		return err
	}
	if e.refs.isZero() {
		next.roots.Refs = ID{}
		return nil
	}
	o := e.refs.object()
	if len(o.Data) > maxObject {
		return errors.New("there are too many tags, branches and orders")
	}
	next.roots.Refs = o.ID
	next.objects = append(next.objects, o)
	return nil
}
