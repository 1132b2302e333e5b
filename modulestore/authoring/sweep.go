package authoring

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// OptionError says that an operation was asked for in a way that has no meaning; nothing has changed.
type OptionError struct {
	Option  string // the field of the options
	Message string
}

func (e *OptionError) Error() string { return e.Message }

// Part says in which part of a block a text stands.
type Part string

// The parts of a block: the source of a leaf, a file of its own, an attribute of its element, an entry of its policy.
const (
	InMarkup    Part = "markup"
	InText      Part = "text"
	InAttribute Part = "attribute"
	InPolicy    Part = "policy"
)

// BlockReport is what an operation found in one block. What is the same in both branches is reported once.
type BlockReport[T any] struct {
	Block  string             `json:"block"`
	Title  string             `json:"title,omitempty"`
	Branch modulestore.Branch `json:"branch"` // draft, published or both
	Items  []T                `json:"items"`
}

// BrokenBlock is a block that an operation left alone because an import did not understand it.
type BrokenBlock struct {
	Block string `json:"block"`
	Rule  string `json:"rule"`
}

// operation is what a sweep does with the blocks of a course. It is made anew for each try.
type operation interface {
	// begin is called with the root of a branch before the blocks of that branch.
	begin(root *opened) error
	// visit changes a block that is not broken, and reports whether it is to be stored.
	visit(branch modulestore.Branch, o *opened) (bool, error)
	// message says for the history what was done, or why it must not be.
	message() (string, error)
}

// sweep carries an operation over the blocks of a course, as one version.
type sweep struct {
	course    key.Course
	below     key.BlockID // zero for the whole course
	draftOnly bool
	preview   bool
	name      string // of the operation, in the history
	author    string
	why       string // for the history, instead of what the operation says

	broken []BrokenBlock // of the last try
}

// errPreview ends an edit of which only the report is wanted.
var errPreview = errors.New("this is a preview")

// run gives the version that it made, or the last one if there is none: nothing to change, a preview, an error.
func (s *sweep) run(ctx context.Context, store *modulestore.Store, start func() operation) (v modulestore.Version, changed bool, err error) {
	var base modulestore.Version
	v, changed, err = store.Update(ctx, s.course, func(e *modulestore.Edit) error {
		if err := e.Existing(); err != nil {
			return err
		}
		base, _ = e.Base()
		s.broken = []BrokenBlock{}
		op := start()
		if err := s.branches(ctx, store, e, op); err != nil {
			return err
		}
		message, err := op.message()
		switch {
		case err != nil:
			return err
		case s.preview:
			return errPreview
		case s.why != "":
			message = s.why
		}
		e.Describe(s.author, s.name, message)
		return nil
	})
	switch {
	case errors.Is(err, errPreview):
		return base, false, nil
	case err != nil:
		return base, false, err
	}
	return v, changed, nil
}

// branches visits the draft and, unless it is to stay as it is, what is published.
func (s *sweep) branches(ctx context.Context, store *modulestore.Store, e *modulestore.Edit, op operation) error {
	base, _ := e.Base()
	branches := []modulestore.Branch{modulestore.Draft, modulestore.Published}
	if s.draftOnly {
		branches = branches[:1]
	}
	found := false
	for _, branch := range branches {
		snapshot, err := store.Snapshot(ctx, base, branch)
		if errors.Is(err, modulestore.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		ids := s.blocks(snapshot.Tree())
		found = found || len(ids) > 0
		if err := s.branch(ctx, e, snapshot, ids, op); err != nil {
			return err
		}
	}
	if !found {
		return modulestore.NotFound("%s has no block %s", s.course, s.below)
	}
	return nil
}

// blocks are the blocks of a branch that the sweep is about, in the order of the course.
func (s *sweep) blocks(t *modulestore.Tree) (ids []key.BlockID) {
	if !s.below.IsZero() {
		t = &modulestore.Tree{Root: s.below, Blocks: t.Blocks}
	}
	t.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		ids = append(ids, b.ID)
		return true
	})
	return ids
}

// batch is how many blocks of a branch are in memory with their bodies at a time.
const batch = 500

func (s *sweep) branch(ctx context.Context, e *modulestore.Edit, snapshot *modulestore.Snapshot, ids []key.BlockID, op operation) error {
	root, err := snapshot.Body(ctx, snapshot.Tree().Root)
	if err != nil {
		return err
	}
	if err := op.begin(open(snapshot.Tree().Blocks[snapshot.Tree().Root], root)); err != nil {
		return err
	}
	for some := range slices.Chunk(ids, batch) {
		bodies, err := snapshot.Bodies(ctx, some)
		if err != nil {
			return err
		}
		for _, id := range some {
			if err := s.block(e, snapshot.Branch(), open(snapshot.Tree().Blocks[id], bodies[id]), op); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sweep) block(e *modulestore.Edit, branch modulestore.Branch, o *opened, op operation) error {
	if o.block.Broken != "" {
		if b := (BrokenBlock{o.block.ID.String(), o.block.Broken}); !slices.Contains(s.broken, b) {
			s.broken = append(s.broken, b)
		}
		return nil
	}
	changed, err := op.visit(branch, o)
	if err != nil || !changed {
		return err
	}
	block, body := o.close()
	if err := e.Put(branch, block, body); err != nil {
		return err
	}
	e.About(block.ID)
	return nil
}

// opened is a block with all its texts at hand, for changing.
type opened struct {
	block modulestore.Block // with attributes and policies whole, however long
	body  modulestore.Body  // its attributes and policies are not looked at
}

func open(b *modulestore.Block, body *modulestore.Body) *opened {
	if body == nil {
		body = &modulestore.Body{}
	}
	o := &opened{block: *b, body: *body}
	o.block.Attrs = slices.Clone(modulestore.JoinLong(b.Attrs, body.Attrs))
	o.block.Policy = slices.Clone(modulestore.JoinLong(b.Policy, body.Policy))
	o.body.Texts = slices.Clone(body.Texts)
	return o
}

// close gives the block as it is stored.
func (o *opened) close() (modulestore.Block, *modulestore.Body) {
	block, body := o.block, o.body
	block.Attrs, body.Attrs = modulestore.SplitLong(o.block.Attrs)
	block.Policy, body.Policy = modulestore.SplitLong(o.block.Policy)
	return block, &body
}

// clone copies a block before it is changed.
func (o *opened) clone() *opened {
	block, body := o.close()
	return open(&block, body)
}

// each calls visit for every text of the block and puts what that returns in its place.
func (o *opened) each(visit func(part Part, name, text string) string) {
	for i, a := range o.block.Attrs {
		o.block.Attrs[i].Value = visit(InAttribute, a.Name, a.Value)
	}
	for i, a := range o.block.Policy {
		o.block.Policy[i].Value = visit(InPolicy, a.Name, a.Value)
	}
	if o.body.Markup != "" {
		o.body.Markup = visit(InMarkup, "", o.body.Markup)
	}
	for i, t := range o.body.Texts {
		o.body.Texts[i].Value = visit(InText, t.Name, t.Value)
	}
}

// setting is what the block itself sets a field to, in its policy or else as attribute; null when it does not.
func (o *opened) setting(name string) field.Value {
	def, known := field.Lookup(o.block.ID.Type, name)
	if !known {
		return field.Value{}
	}
	body := &modulestore.Body{}
	if text, ok := o.block.PolicyEntry(name, body); ok {
		v, _ := def.FromPolicy(text)
		return v
	}
	text, ok := o.block.Attr(name, body)
	if !ok {
		return field.Value{}
	}
	v, _ := fromAttribute(o.block.ID.Type, def, text)
	return v
}

// fromAttribute reads an attribute by the rules of its block type.
func fromAttribute(blockType string, def field.Def, text string) (field.Value, *field.Fault) {
	if field.PureXBlock(blockType) {
		return def.FromPure(text)
	}
	return def.FromAttribute(text)
}

// collector gathers what an operation found, by branch.
type collector[T any] struct {
	branches map[modulestore.Branch][]BlockReport[T]
}

func (c *collector[T]) add(branch modulestore.Branch, o *opened, title string, items []T) {
	if c.branches == nil {
		c.branches = make(map[modulestore.Branch][]BlockReport[T])
	}
	c.branches[branch] = append(c.branches[branch], BlockReport[T]{o.block.ID.String(), title, branch, items})
}

// list is what was found in the draft, in the order of the course, and then what is only so in what is published.
func (c *collector[T]) list() []BlockReport[T] {
	all := append([]BlockReport[T]{}, c.branches[modulestore.Draft]...)
	place := make(map[string]int, len(all))
	for i, r := range all {
		place[r.Block] = i
	}
	for _, r := range c.branches[modulestore.Published] {
		if i, ok := place[r.Block]; ok && all[i].Title == r.Title && reflect.DeepEqual(all[i].Items, r.Items) {
			all[i].Branch = modulestore.BothBranches
		} else {
			all = append(all, r)
		}
	}
	return all
}

// total adds up a number over the items of a list.
func total[T any](list []BlockReport[T], count func(T) int) (n int) {
	for _, r := range list {
		for _, item := range r.Items {
			n += count(item)
		}
	}
	return n
}
