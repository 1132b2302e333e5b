package modulestore

import "lectern/modulestore/key"

// LongText is the size in bytes from which the value of an attribute or policy entry is kept in the block's Body
// instead of beside the outline, so that reading an outline never loads problem sources or course-wide settings.
const LongText = 512

// Attr is a name and a text as the source spelled it. It is used for attributes of an element (Value after XML
// unescaping) and for entries of a policy file (Value is the JSON source of the value).
type Attr struct {
	Name  string
	Value string
	// Long says that Value is empty here and stands in the block's Body under the same name.
	Long bool
}

// Child is one place in a block's list of children.
type Child struct {
	ID key.BlockID
	// Spelling holds the attributes of the element that points at the child when they are anything but
	// url_name="NAME" alone; it is written back as it came.
	Spelling []Attr
}

// Loose is markup of a container that is no block: comments, processing instructions, stray text, textbook, wiki,
// show, asides. It survives where it stood.
type Loose struct {
	// Before is the index of the child it stands before; len(Children) puts it after the last.
	// BeforeRoot and AfterRoot are for markup outside the root element of a definition file, BeforePointer and AfterPointer
	// for markup around the pointer in the root file.
	Before int
	Source string
}

// Places of Loose markup outside the element itself.
const (
	BeforeRoot    = -1
	AfterRoot     = -2
	BeforePointer = -3
	AfterPointer  = -4
)

// Block is one node of a course tree without its subtree. A Block that has been handed to a Tree is never changed;
// edits replace it by a copy.
type Block struct {
	ID key.BlockID
	// SourceName is the url_name as the source spells it, where a key cannot hold it (a character that keys do not
	// allow, a second definition under one name); empty when it equals ID.Name.
	SourceName string
	// Unnamed says that the source gave the block no name at all and ID.Name was derived from its place.
	Unnamed bool
	// Inline says that the block is defined inside its parent's definition, not in a file of its own.
	Inline bool
	// Attrs are the attributes of the defining element in source order, names that no field has included.
	Attrs []Attr
	// Policy are the block's entries of policy.json, in source order.
	Policy []Attr
	Loose  []Loose
	// Children in document order. A child may have several parents; then all of them list it.
	Children []Child
	// Broken is the stable id of the rule that says why the block was not understood; empty for a sound block.
	Broken string
	// Body is the name of the block's Body; zero when it has none.
	Body ID
	// Origin says where the block was copied from; nil for one that was not, or that has been cut off from its source.
	Origin *Origin
}

// Origin says which block a block is a copy of, and what that was when the two were last the same. It is never changed.
type Origin struct {
	Course key.Course
	Block  key.BlockID
	// Base is the first page of a tree that holds the source block alone, with its body and the keys of its children, as it was at the
	// last synchronisation. With it the changes made here and there since can be told apart, even when the source is gone.
	Base ID
	// Declined is the Base of the state of the source that was offered last and declined; zero if none was.
	Declined ID
}

// Body is what a block holds besides its place in the outline. It is stored as an object of its own.
type Body struct {
	// Markup is the source between start and end tag of a leaf, byte for byte (UTF-8).
	Markup string
	// Texts are whole files that belong to the block: "data" for the .html of an html pair, an about page or a tab,
	// "items" for updates.items.json, "grading_policy" for the root.
	Texts []Attr
	// Attrs and Policy hold the values that are Long in the block, in the same order.
	Attrs, Policy []Attr
	// Raw are the bytes of a definition that was not understood, exported as they came.
	Raw []byte
}

// IsZero reports whether b holds nothing; such a body is not stored.
func (b *Body) IsZero() bool {
	return b == nil || b.Markup == "" && len(b.Texts) == 0 && len(b.Attrs) == 0 && len(b.Policy) == 0 && len(b.Raw) == 0
}

// Text returns the whole-file text of that name.
func (b *Body) Text(name string) (string, bool) {
	if b == nil {
		return "", false
	}
	return lookup(b.Texts, name)
}

// Attr returns the text of an attribute of the defining element, with ok false when the source has none.
// body may be nil as long as the attribute is not Long.
func (b *Block) Attr(name string, body *Body) (value string, ok bool) {
	return longLookup(b.Attrs, bodyAttrs(body), name)
}

// PolicyEntry returns the JSON source of the block's entry of that name in policy.json.
func (b *Block) PolicyEntry(name string, body *Body) (value string, ok bool) {
	return longLookup(b.Policy, bodyPolicy(body), name)
}

func bodyAttrs(b *Body) []Attr {
	if b == nil {
		return nil
	}
	return b.Attrs
}

func bodyPolicy(b *Body) []Attr {
	if b == nil {
		return nil
	}
	return b.Policy
}

func longLookup(short, long []Attr, name string) (string, bool) {
	for _, a := range short {
		if a.Name == name {
			if a.Long {
				return lookup(long, name)
			}
			return a.Value, true
		}
	}
	return "", false
}

func lookup(list []Attr, name string) (string, bool) {
	for _, a := range list {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// SplitLong separates values of LongText bytes and more from the rest: short goes into the Block, long into its Body.
func SplitLong(all []Attr) (short, long []Attr) {
	for _, a := range all {
		if len(a.Value) >= LongText {
			long = append(long, Attr{Name: a.Name, Value: a.Value})
			a = Attr{Name: a.Name, Long: true}
		}
		short = append(short, a)
	}
	return short, long
}

// JoinLong is the inverse of SplitLong.
func JoinLong(short, long []Attr) []Attr {
	if len(long) == 0 {
		return short
	}
	all := make([]Attr, len(short))
	next := 0
	for i, a := range short {
		if a.Long && next < len(long) {
			a = long[next]
			next++
		}
		all[i] = a
	}
	return all
}

// Tree is one immutable version of a course tree.
type Tree struct {
	Root key.BlockID
	// Pointer holds the attributes of the element in the root file (course.xml) when that only points at the root's own
	// definition file; none when the root is defined in the root file itself.
	Pointer []Attr
	Blocks  map[key.BlockID]*Block
	// Detached are blocks without a parent (about pages, custom tabs, updates, drafts whose parent is unknown), sorted by type and name.
	Detached []key.BlockID
}

// Walk calls visit for every block reachable from the root and then from the detached blocks, each once, parents before
// children, in document order. parent is the block that lists it first (zero for the root and detached blocks).
// It stops when visit returns false.
func (t *Tree) Walk(visit func(b *Block, parent key.BlockID) bool) {
	seen := make(map[key.BlockID]bool, len(t.Blocks))
	type place struct{ id, parent key.BlockID }
	stack := make([]place, 0, 64)
	run := func(from key.BlockID) bool {
		stack = append(stack[:0], place{id: from})
		for len(stack) > 0 {
			p := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			b := t.Blocks[p.id]
			if b == nil || seen[p.id] {
				continue
			}
			seen[p.id] = true
			if !visit(b, p.parent) {
				return false
			}
			for i := len(b.Children) - 1; i >= 0; i-- {
				if c := b.Children[i].ID; !seen[c] {
					stack = append(stack, place{c, p.id})
				}
			}
		}
		return true
	}
	if !run(t.Root) {
		return
	}
	for _, id := range t.Detached {
		if !run(id) {
			return
		}
	}
}
