package olx

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// Branch selects what an export holds.
type Branch string

// Both writes the published tree with its drafts beside it, as Studio does. Draft is one tree as authors see it, Published has no drafts.
const (
	Both      Branch = "both"
	Draft     Branch = "draft"
	Published Branch = "published"
)

// Version is one version of a course as Encode needs it.
type Version struct {
	Course           key.Course
	Published, Draft *modulestore.Tree
	// Body returns a body by its name.
	Body func(modulestore.ID) (*modulestore.Body, error)
	// Files is the record of the archive the version came from.
	Files *modulestore.Files
	// Read returns the bytes of a file of the record.
	Read func(modulestore.Blob) ([]byte, error)
}

// Options say how to write.
type Options struct {
	Branch Branch
	// Canonical writes every definition with Studio's paths and formatting. Otherwise a file is copied as it came as long as
	// the blocks in it are what they were, and else only what changed in it is written anew.
	Canonical bool
}

// Output is one file of an export: bytes, or a blob to copy.
type Output struct {
	Path string
	Data []byte
	Blob *modulestore.Blob
}

// Encode lays out a version as files, sorted by path. The same version and options always give the same bytes.
func Encode(v Version, o Options) ([]Output, error) {
	e := &encoder{v: v, o: o, planned: make(map[string]Output), bodies: make(map[modulestore.ID]*modulestore.Body), filenames: make(map[*modulestore.Block]string)}
	if v.Files.Root != "" {
		e.root = v.Files.Root + "/"
	}
	e.indexParts()
	if err := e.branches(); err != nil {
		return nil, err
	}
	if err := e.rest(); err != nil {
		return nil, err
	}
	list := make([]Output, 0, len(e.planned))
	for _, out := range e.planned {
		list = append(list, out)
	}
	slices.SortFunc(list, func(a, b Output) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

type encoder struct {
	v       Version
	o       Options
	root    string // folder of the course in the record, with its slash
	planned map[string]Output
	bodies  map[modulestore.ID]*modulestore.Body
	// places says which files of the record hold a facet of a block.
	places map[place][]string
	// filenames are html blocks whose text cannot keep its place, with the filename they get instead.
	filenames map[*modulestore.Block]string
}

type place struct {
	block key.BlockID
	facet modulestore.Facet
}

func (e *encoder) indexParts() {
	e.places = make(map[place][]string)
	for _, f := range e.v.Files.Entries {
		for _, p := range f.Parts {
			at := place{p.Block, p.Facet}
			e.places[at] = append(e.places[at], strings.TrimPrefix(f.Path, e.root))
		}
	}
}

// body returns a block's body, nil when it has none.
func (e *encoder) body(b *modulestore.Block) (*modulestore.Body, error) {
	if b.Body.IsZero() {
		return nil, nil
	}
	if body, ok := e.bodies[b.Body]; ok {
		return body, nil
	}
	body, err := e.v.Body(b.Body)
	if err != nil {
		return nil, fmt.Errorf("content of %s: %w", b.ID, err)
	}
	e.bodies[b.Body] = body
	return body, nil
}

// entry returns a file of the record by its path below the course folder.
func (e *encoder) entry(rel string) (*modulestore.File, bool) { return e.v.Files.Find(e.root + rel) }

func (e *encoder) copy(rel string, f *modulestore.File) {
	blob := f.Blob
	e.planned[rel] = Output{Path: e.root + rel, Blob: &blob}
}

func (e *encoder) write(rel string, data []byte) {
	e.planned[rel] = Output{Path: e.root + rel, Data: data}
}

// branches writes the trees that the options ask for.
func (e *encoder) branches() error {
	switch e.o.Branch {
	case Draft:
		return e.tree(layout{tree: withoutDraftPlaces(e.v.Draft), sources: []string{draftFolder, ""}})
	case Published:
		return e.tree(layout{tree: e.v.Published, sources: []string{""}})
	}
	if err := e.tree(layout{tree: e.v.Published, sources: []string{""}}); err != nil {
		return err
	}
	if e.v.Draft == e.v.Published {
		return nil
	}
	return e.drafts()
}

// tree writes all files of one tree: the root file, definitions, texts and policies.
func (e *encoder) tree(l layout) error {
	root := l.tree.Blocks[l.tree.Root]
	if root == nil {
		return fmt.Errorf("the tree has no root block %s", l.tree.Root)
	}
	units := e.units(l, l.tree.Root)
	for _, id := range l.tree.Detached {
		if b := l.tree.Blocks[id]; b != nil && len(e.placesOf(id, modulestore.Element, l.sources)) > 0 {
			units = append(units, e.units(l, id)...) // a draft without a parent, taken for its own sake
		}
	}
	if err := e.texts(l); err != nil {
		return err
	}
	for _, u := range units {
		if err := e.unit(u); err != nil {
			return err
		}
	}
	if err := e.policies(l); err != nil {
		return err
	}
	return e.rootFile(l.tree, root)
}

// rootFile writes course.xml where that only points at the definition.
func (e *encoder) rootFile(t *modulestore.Tree, root *modulestore.Block) error {
	if root.Inline {
		return nil
	}
	if f, ok := e.entry(courseFile); ok && !e.o.Canonical {
		e.copy(courseFile, f)
		return nil
	}
	pointer := t.Pointer
	if len(pointer) == 0 {
		pointer = []modulestore.Attr{{Name: "url_name", Value: sourceName(root)}, {Name: "org", Value: e.v.Course.Org}, {Name: "course", Value: e.v.Course.Code}}
	}
	w := &writer{enc: e}
	w.outside(root, modulestore.BeforePointer)
	w.WriteString("<course")
	w.attrs(pointerOrder(pointer))
	w.WriteString("/>")
	for _, l := range root.Loose {
		if l.Before == modulestore.AfterPointer {
			w.WriteByte('\n')
			w.WriteString(l.Source)
		}
	}
	e.write(courseFile, w.Bytes())
	return nil
}

// pointerOrder puts url_name, org and course first, as Studio writes them.
func pointerOrder(list []modulestore.Attr) []modulestore.Attr {
	var first, rest []modulestore.Attr
	for _, name := range []string{"url_name", "org", "course"} {
		for _, a := range list {
			if a.Name == name {
				first = append(first, a)
			}
		}
	}
	for _, a := range list {
		if a.Name != "url_name" && a.Name != "org" && a.Name != "course" {
			rest = append(rest, a)
		}
	}
	return append(first, rest...)
}

func sourceName(b *modulestore.Block) string {
	if b.SourceName != "" {
		return b.SourceName
	}
	return b.ID.Name
}

// elementAttrs are the attributes of a block's element as they are to be written.
func (e *encoder) elementAttrs(b *modulestore.Block, body *modulestore.Body) []modulestore.Attr {
	var long []modulestore.Attr
	if body != nil {
		long = body.Attrs
	}
	list := modulestore.JoinLong(b.Attrs, long)
	if name, ok := e.filenames[b]; ok {
		list = slices.Clone(list)
		for i := range list {
			if list[i].Name == "filename" {
				list[i].Value = name
			}
		}
	}
	if b.Unnamed {
		list = append([]modulestore.Attr{{Name: "url_name", Value: b.ID.Name}}, list...)
	}
	return studioOrder(b.ID.Type, list)
}

// unit writes one definition file: copied while its blocks are what they were, else with what changed written anew.
func (e *encoder) unit(u *unit) error {
	if !e.o.Canonical {
		done, err := e.copyUnit(u)
		if done || err != nil {
			return err
		}
	}
	top := u.blocks[0]
	body, err := e.body(top)
	if err != nil {
		return err
	}
	if body != nil && len(body.Raw) > 0 {
		e.write(u.path, body.Raw)
		return nil
	}
	w := &writer{enc: e, unit: u, written: make(map[*modulestore.Block]bool)}
	if !e.o.Canonical {
		patched, err := e.patchUnit(w)
		if patched || err != nil {
			return err
		}
	}
	if err := w.file(top); err != nil {
		return err
	}
	e.write(u.path, w.Bytes())
	return nil
}

// copyUnit copies the file of the record that still holds exactly the unit's blocks.
func (e *encoder) copyUnit(u *unit) (bool, error) {
	for _, prefix := range u.sources {
		f, ok := e.entry(prefix + strings.TrimPrefix(u.path, u.prefix))
		if !ok {
			continue
		}
		same, err := e.unchanged(f, u.blocks)
		if err != nil {
			return false, err
		}
		if same {
			e.copy(u.path, f)
			return true, nil
		}
	}
	return false, nil
}

// unchanged reports whether the file defines exactly these blocks with their present content.
func (e *encoder) unchanged(f *modulestore.File, blocks []*modulestore.Block) (bool, error) {
	next := 0
	for _, p := range f.Parts {
		if p.Facet != modulestore.Element {
			continue
		}
		if next >= len(blocks) || blocks[next].ID != p.Block {
			return false, nil
		}
		same, err := e.samePart(p, blocks[next])
		if !same || err != nil {
			return false, err
		}
		next++
	}
	return next == len(blocks), nil
}

func (e *encoder) samePart(p modulestore.Part, b *modulestore.Block) (bool, error) {
	if _, moved := e.filenames[b]; moved && p.Facet == modulestore.Element {
		return false, nil
	}
	body, err := e.body(b)
	if err != nil {
		return false, err
	}
	hash, ok := modulestore.FacetHash(p.Facet, b, body)
	return ok && hash == p.Hash, nil
}

// rest copies what no block stands for: assets, README, orphans, junk, files outside the course folder.
func (e *encoder) rest() error {
	for i := range e.v.Files.Entries {
		f := &e.v.Files.Entries[i]
		rel, inside := strings.CutPrefix(f.Path, e.root)
		if !inside {
			blob := f.Blob
			e.planned["\x00"+f.Path] = Output{Path: f.Path, Blob: &blob}
			continue
		}
		if _, done := e.planned[rel]; done || len(f.Parts) > 0 {
			continue
		}
		if e.o.Branch != Both && strings.HasPrefix(rel, draftFolder) {
			continue
		}
		if err := e.other(rel, f); err != nil {
			return err
		}
	}
	return nil
}

// other copies a file without blocks; the canonical form lays out policy files as Studio does.
func (e *encoder) other(rel string, f *modulestore.File) error {
	if !e.o.Canonical || !strings.HasPrefix(rel, "policies/") || !strings.HasSuffix(rel, ".json") || f.Blob.Size > MaxXMLBytes {
		e.copy(rel, f)
		return nil
	}
	data, err := e.v.Read(f.Blob)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	e.write(rel, studioJSON(data))
	return nil
}

func sameBytes(a, b Output) bool {
	if a.Blob != nil && b.Blob != nil {
		return a.Blob.ID == b.Blob.ID
	}
	return a.Blob == nil && b.Blob == nil && bytes.Equal(a.Data, b.Data)
}
