package olx

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
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
	// Files is the record of the archive the version came from; nil if it came from none.
	Files *modulestore.Files
	// Read returns the bytes of a file of the record.
	Read func(modulestore.Blob) ([]byte, error)

	// formerRun is the run under which the policy file has the root, if that is not its own; see UnderOwnKey.
	formerRun string
}

// Options say how to write.
type Options struct {
	Branch Branch // empty means Both
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
	if o.Branch == "" {
		o.Branch = Both
	}
	if v.Files == nil {
		v.Files = &modulestore.Files{}
	}
	e := &encoder{
		v: v, o: o,
		planned: make(map[string]Output),
		defined: make(map[string]key.BlockID),
		bodies:  make(map[modulestore.ID]*modulestore.Body),
	}
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
	root    string                 // folder of the course in the record, with its slash
	planned map[string]Output      // by path
	defined map[string]key.BlockID // definition files
	bodies  map[modulestore.ID]*modulestore.Body
	// places says which files of the record hold a facet of a block.
	places map[place][]recorded
}

type place struct {
	block key.BlockID
	facet modulestore.Facet
}

// recorded is a facet of a block in a file of the record.
type recorded struct {
	path string // below the course folder
	hash modulestore.ID
}

func (e *encoder) indexParts() {
	e.places = make(map[place][]recorded)
	for _, f := range e.v.Files.Entries {
		for _, p := range f.Parts {
			at := place{p.Block, p.Facet}
			e.places[at] = append(e.places[at], recorded{strings.TrimPrefix(f.Path, e.root), p.Hash})
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
	e.plan(rel, Output{Blob: &blob})
}

func (e *encoder) write(rel string, data []byte) { e.plan(rel, Output{Data: data}) }

// plan puts a file at a path below the course folder.
func (e *encoder) plan(rel string, out Output) {
	out.Path = e.root + rel
	e.planned[out.Path] = out
}

func (e *encoder) plannedAt(rel string) (Output, bool) {
	out, ok := e.planned[e.root+rel]
	return out, ok
}

// branches writes the trees that the options ask for, and the policies of their blocks.
func (e *encoder) branches() error {
	if e.o.Branch == Draft {
		if err := e.tree(withoutDraftPlaces(e.v.Draft), []string{draftFolder, ""}); err != nil {
			return err
		}
		return e.policies(e.v.Draft)
	}
	published, err := e.published()
	if err != nil {
		return err
	}
	if err := e.tree(published, []string{"", draftFolder}); err != nil {
		return err
	}
	if e.o.Branch == Published || e.v.Draft == e.v.Published {
		return e.policies(published)
	}
	if err := e.drafts(published); err != nil {
		return err
	}
	return e.policies(published, e.v.Draft)
}

// published is the published tree as it is to be written: a block that was published from a draft does not say any more
// where the draft belonged.
func (e *encoder) published() (*modulestore.Tree, error) {
	t := withoutDraftPlaces(e.v.Published)
	for id, b := range e.v.Published.Blocks {
		if t.Blocks[id] == b {
			continue
		}
		asRead, err := e.asRead(b, "")
		if err != nil {
			return nil, err
		}
		if asRead {
			t.Blocks[id] = b
		}
	}
	return t, nil
}

// asRead reports whether the element of a block is what a file of the record below that folder says.
func (e *encoder) asRead(b *modulestore.Block, folder string) (bool, error) {
	for _, r := range e.places[place{b.ID, modulestore.Element}] {
		if strings.HasPrefix(r.path, draftFolder) != (folder == draftFolder) {
			continue
		}
		body, err := e.body(b)
		if err != nil {
			return false, err
		}
		if modulestore.ElementHash(b, body) == r.hash {
			return true, nil
		}
	}
	return false, nil
}

// tree writes all files of one tree: the root file, definitions and texts. sources are the folders of the record to look in for
// files that can be copied, best first.
func (e *encoder) tree(t *modulestore.Tree, sources []string) error {
	root := t.Blocks[t.Root]
	if root == nil {
		return fmt.Errorf("the tree has no root block %s: %w", t.Root, modulestore.ErrInvalid)
	}
	l, err := e.newLayout(t, "", sources)
	if err != nil {
		return err
	}
	var blocks []*modulestore.Block
	t.Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		blocks = append(blocks, b)
		return true
	})
	if err := e.texts(l, blocks); err != nil {
		return err
	}
	for _, u := range l.units(nil) {
		if err := e.unit(u); err != nil {
			return err
		}
	}
	return e.rootFile(t, root)
}

// rootFile writes course.xml where that only points at the definition.
func (e *encoder) rootFile(t *modulestore.Tree, root *modulestore.Block) error {
	if root.Inline {
		return nil
	}
	if f, ok := e.entry(courseFile); ok && len(f.Parts) == 0 && !e.o.Canonical {
		if e.v.formerRun == "" {
			e.copy(courseFile, f)
			return nil
		}
		if patched, err := e.patchRootFile(f, t.Pointer); patched || err != nil {
			return err
		}
	}
	pointer := t.Pointer
	if len(pointer) == 0 {
		pointer = []modulestore.Attr{{Name: "url_name", Value: sourceName(root)}, {Name: "org", Value: e.v.Course.Org}, {Name: "course", Value: e.v.Course.Code}}
	}
	w := &writer{enc: e}
	w.outside(root, modulestore.BeforePointer)
	w.rootPointer(pointerOrder(pointer))
	for _, l := range root.Loose {
		if l.Before == modulestore.AfterPointer {
			w.WriteByte('\n')
			w.WriteString(l.Source)
		}
	}
	e.write(courseFile, w.Bytes())
	return nil
}

// patchRootFile writes a root file with another pointer in the place of its own. It reports false when the file cannot be edited in place.
func (e *encoder) patchRootFile(f *modulestore.File, pointer []modulestore.Attr) (bool, error) {
	data, err := e.v.Read(f.Blob)
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.Path, err)
	}
	doc, fault := parseXML(f.Path, data)
	if fault != nil || !doc.plain {
		return false, nil
	}
	w := &writer{enc: e}
	w.Write(doc.mark)
	w.Write(doc.src[:doc.root.start])
	w.rootPointer(pointer)
	w.Write(doc.src[doc.root.end:])
	e.write(courseFile, w.Bytes())
	return true, nil
}

// rootPointer writes the element of a root file that only points at the definition.
func (w *writer) rootPointer(attrs []modulestore.Attr) {
	w.WriteString("<course")
	w.attrs(attrs)
	w.WriteString("/>")
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

// sourceName is the url_name of a block in files.
func sourceName(b *modulestore.Block) string {
	if b.SourceName != "" {
		return b.SourceName
	}
	return b.ID.Name
}

// unit writes one definition file: copied while its blocks are what they were, else with what changed written anew.
func (e *encoder) unit(u *unit) error {
	if other, taken := e.defined[u.path]; taken {
		return fmt.Errorf("%s and %s would both be written to %s; give one of them another name: %w", other, u.blocks[0].ID, u.path, modulestore.ErrInvalid)
	}
	if escapes(u.path) {
		return fmt.Errorf("%s would be written to %s; give it another name: %w", u.blocks[0].ID, u.path, modulestore.ErrInvalid)
	}
	e.defined[u.path] = u.blocks[0].ID
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
	if isRaw(top) {
		var raw []byte // of an empty file
		if body != nil {
			raw = body.Raw
		}
		e.write(u.path, raw)
		return nil
	}
	w := &writer{enc: e, unit: u, written: make(map[key.BlockID]bool)}
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

// isRaw reports whether a block is a file that was not understood.
func isRaw(b *modulestore.Block) bool { return b.Broken != "" && !b.Inline && len(b.Attrs) == 0 }

// copyUnit copies the file of the record that still holds exactly the unit's blocks.
func (e *encoder) copyUnit(u *unit) (bool, error) {
	for _, f := range e.sourceFiles(u) {
		same, err := e.unchanged(f, u)
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

// sourceFiles are the files of the record that a unit may have come from, best first.
func (e *encoder) sourceFiles(u *unit) []*modulestore.File {
	var files []*modulestore.File
	for _, folder := range u.sources {
		if f, ok := e.entry(folder + strings.TrimPrefix(u.path, u.prefix)); ok {
			files = append(files, f)
		}
	}
	return files
}

// unchanged reports whether the file defines exactly the unit's blocks with their present content.
func (e *encoder) unchanged(f *modulestore.File, u *unit) (bool, error) {
	parts := elementParts(f)
	if len(parts) != len(u.blocks) {
		return false, nil
	}
	for i, p := range parts {
		b := u.blocks[i]
		if _, moved := u.filenames[b.ID]; moved || b.ID != p.Block {
			return false, nil
		}
		body, err := e.body(b)
		if err != nil || modulestore.ElementHash(b, body) != p.Hash {
			return false, err
		}
	}
	return true, nil
}

// elementParts are the blocks that a file defines, in document order.
func elementParts(f *modulestore.File) []modulestore.Part {
	var parts []modulestore.Part
	for _, p := range f.Parts {
		if p.Facet == modulestore.Element {
			parts = append(parts, p)
		}
	}
	return parts
}

// rest copies what no block stands for: assets, README, orphans, junk, files outside the course folder.
func (e *encoder) rest() error {
	for i := range e.v.Files.Entries {
		f := &e.v.Files.Entries[i]
		rel, inside := strings.CutPrefix(f.Path, e.root)
		if !inside {
			blob := f.Blob
			e.planned[f.Path] = Output{Path: f.Path, Blob: &blob}
			continue
		}
		_, done := e.planned[f.Path]
		if done || len(f.Parts) > 0 || e.o.Branch != Both && strings.HasPrefix(rel, draftFolder) {
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

// neverDraft reports types that Studio always publishes at once.
func neverDraft(id key.BlockID) bool {
	return field.AlwaysPublished(id.Type) || field.Detached(id.Type) || id.Type == "library"
}
