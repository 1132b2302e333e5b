package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

var authorCases = []storeCase{
	{name: "no edit is lost when several authors edit old versions at once", test: manyAuthors},
}

// manyAuthors lets authors edit versions that they saw some time ago, all at once. Each edit is acknowledged or a conflict, and at the end the
// course is what the acknowledged edits make of it, one after the other.
func manyAuthors(s store) {
	authors, edits := 4, 30
	if testing.Short() {
		authors, edits = 3, 8
	}
	first := s.draw(courseA, "course/c", authored)
	var mu sync.Mutex
	var done []acknowledged
	var merged, refused int
	stores := []store{s, s.cold()}
	var all sync.WaitGroup
	for n := range authors {
		all.Go(func() {
			a := author{store: stores[n%2], name: fmt.Sprintf("author%d", n), saw: first, random: rand.New(rand.NewPCG(uint64(n), 7))}
			for i := range edits {
				ack, err := a.edit(i)
				mu.Lock()
				switch {
				case errors.Is(err, modulestore.ErrConflict):
					refused++
				case err != nil:
					s.t.Errorf("%s: %v", a.name, err)
				case ack.Changed:
					done = append(done, ack)
					if ack.Merged {
						merged++
					}
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	s.t.Logf("%d edits were acknowledged, %d of them merged, and %d refused", len(done), merged, refused)
	if merged+refused == 0 || refused == 0 && !testing.Short() { // with few edits chance decides
		s.t.Errorf("%d edits were merged and %d refused: the test tests nothing", merged, refused)
	}
	s.wantAcknowledged(first, done)
}

// wantAcknowledged checks that the head is what edits make of the first version.
func (s store) wantAcknowledged(first modulestore.Version, done []acknowledged) {
	s.t.Helper()
	slices.SortFunc(done, func(x, y acknowledged) int { return cmp.Compare(x.Version.Seq, y.Version.Seq) })
	want := s.facts(first)
	for i, ack := range done {
		if ack.Version.Seq != uint64(i)+2 {
			s.t.Fatalf("edit %d is version %d", i, ack.Version.Seq)
		}
		ack.what.apply(want)
	}
	head, err := s.Head(s.ctx(), courseA)
	if err != nil {
		s.t.Fatal(err)
	}
	if head.Seq != uint64(len(done))+1 {
		s.t.Errorf("the head is version %d after %d edits", head.Seq, len(done))
	}
	s.same("the course", want, s.facts(head))
}

// fact is what is known of a block: its name, its text and the block that lists it.
type fact struct {
	Name, Text string
	Parent     key.BlockID
}

func (s store) facts(v modulestore.Version) map[key.BlockID]fact {
	s.t.Helper()
	snap := s.cold().snapshot(v, draft)
	bodies, err := snap.Bodies(s.ctx(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	facts := make(map[key.BlockID]fact)
	for id, b := range snap.Tree().Blocks {
		f := fact{}
		f.Name, _ = b.Attr("display_name", nil)
		if body := bodies[id]; body != nil {
			f.Text = body.Markup
		}
		switch parents := snap.Parents(id); len(parents) {
		case 0:
		case 1:
			f.Parent = parents[0]
		default:
			s.t.Errorf("%s has the parents %v", id, parents)
		}
		facts[id] = f
	}
	return facts
}

const authored drawing = `
course/c Course
	vertical/1 One
		html/a A | a
		html/b B | b
		html/c C | c
	vertical/2 Two
		html/d D | d
		html/e E | e
		html/f F | f
	vertical/3 Three
		html/g G | g
		html/h H | h
		html/i I | i
`

// author edits the draft as he saw it last.
type author struct {
	store
	name   string
	saw    modulestore.Version
	random *rand.Rand
}

type acknowledged struct {
	modulestore.Rebased
	what authorsEdit
}

// authorsEdit is one change: of the name, of the text, or of the place of a block.
type authorsEdit struct {
	kind  string // rename, rewrite, create, move, remove
	block key.BlockID
	to    key.BlockID
	text  string
}

func (a *author) edit(i int) (acknowledged, error) {
	if a.random.IntN(4) == 0 { // looks at the course again
		head, err := a.Head(a.ctx(), courseA)
		if err != nil {
			return acknowledged{}, err
		}
		a.saw = head
	}
	var what authorsEdit
	r, err := a.UpdateFrom(a.ctx(), a.saw, func(e *modulestore.Edit) error {
		if what.kind == "" { // else the edit is made again
			what = a.choose(e.Tree(draft), i)
		}
		return what.make(a, e)
	})
	if conflict, ok := errors.AsType[*modulestore.ConflictError](err); ok {
		if len(conflict.Conflicts) == 0 {
			a.t.Errorf("%s: a conflict about nothing", a.name)
		}
		a.saw = conflict.Theirs
	}
	if err == nil && a.random.IntN(2) == 0 { // else goes on with what he saw before
		a.saw = r.Version
	}
	return acknowledged{r, what}, err
}

func (a *author) choose(t *modulestore.Tree, i int) authorsEdit {
	var leaves, units []key.BlockID
	t.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		switch b.ID.Type {
		case "html":
			leaves = append(leaves, b.ID)
		case "vertical":
			units = append(units, b.ID)
		}
		return true
	})
	pick := func(list []key.BlockID) key.BlockID { return list[a.random.IntN(len(list))] }
	what := authorsEdit{to: pick(units), text: fmt.Sprintf("%s-%d", a.name, i)}
	kinds := []string{"rename", "rewrite", "create", "move", "remove"}
	if len(leaves) == 0 {
		kinds = []string{"create"}
	}
	switch what.kind = kinds[a.random.IntN(len(kinds))]; what.kind {
	case "create":
		what.block = idOfBlock("html", what.text)
	default:
		what.block = pick(leaves)
	}
	return what
}

// make makes the edit.
func (w authorsEdit) make(a *author, e *modulestore.Edit) error {
	t := e.Tree(draft)
	list := func() error {
		unit := *t.Blocks[w.to]
		unit.Children = append(slices.Clip(unit.Children), modulestore.Child{ID: w.block})
		return e.Put(draft, unit, nil)
	}
	unlist := func() error {
		for id, b := range t.Blocks {
			if slices.ContainsFunc(b.Children, func(c modulestore.Child) bool { return c.ID == w.block }) {
				return e.Remove(draft, id, w.block)
			}
		}
		return nil
	}
	switch w.kind {
	case "rename":
		return rename(a.ctx(), e, w.block, w.text)
	case "rewrite":
		return e.Put(draft, *t.Blocks[w.block], &modulestore.Body{Markup: w.text})
	case "create":
		return errors.Join(e.Put(draft, block(w.block, w.text), nil), list())
	case "move":
		if slices.ContainsFunc(t.Blocks[w.to].Children, func(c modulestore.Child) bool { return c.ID == w.block }) {
			return nil
		}
		return errors.Join(unlist(), list())
	}
	return unlist()
}

// apply says what the edit makes of what is known.
func (w authorsEdit) apply(facts map[key.BlockID]fact) {
	f := facts[w.block]
	switch w.kind {
	case "rename":
		f.Name = w.text
	case "rewrite":
		f.Text = w.text
	case "create":
		f = fact{Name: w.text, Parent: w.to}
	case "move":
		f.Parent = w.to
	case "remove":
		delete(facts, w.block)
		return
	}
	facts[w.block] = f
}
