package modulestore

import (
	"context"
	"fmt"
	"slices"
)

// filesPage is one object of a Files record: either entries, or links to pages that hold them in order. The record is cut by
// path with the rule of child lists.
type filesPage struct {
	Root    string // Files.Root, only in the first page
	Entries []File
	Links   []filesLink
}

type filesLink struct {
	Page    ID
	Entries int // in Page and below
}

func (p *filesPage) object() Object {
	e := newEncoder()
	e.text("g", p.Root)
	e.documents("e", len(p.Entries), func(i int) { e.file(&p.Entries[i]) })
	e.documents("x", len(p.Links), func(i int) {
		e.id("p", p.Links[i].Page)
		e.int("n", int64(p.Links[i].Entries))
	})
	return e.object(KindFiles)
}

func decodeFilesPage(data []byte) (*filesPage, error) {
	d := newDecoder(data)
	p := &filesPage{Root: d.text("g")}
	p.Entries = documentList(d, "e", d.file)
	d.documents("x", func() {
		p.Links = append(p.Links, filesLink{Page: d.id("p"), Entries: int(d.int("n"))})
	})
	if err := d.done(); err != nil {
		return nil, err
	}
	if len(p.Entries) > 0 && len(p.Links) > 0 {
		return nil, fmt.Errorf("%w: a page has both entries and links", ErrCorrupt)
	}
	for _, l := range p.Links {
		if l.Page.IsZero() || l.Entries <= 0 {
			return nil, fmt.Errorf("%w: a link leads nowhere", ErrCorrupt)
		}
	}
	return p, nil
}

func (e *encoder) file(f *File) {
	e.text("n", f.Path)
	e.id("h", f.Blob.ID)
	e.int("s", f.Blob.Size)
	e.flag("m", f.Blob.Manifest)
	e.documents("p", len(f.Parts), func(i int) {
		part := &f.Parts[i]
		e.key(part.Block)
		if part.Facet != Element {
			e.text("f", string(part.Facet))
		}
		e.id("h", part.Hash)
	})
}

func (d *decoder) file() (f File) {
	f.Path = d.text("n")
	f.Blob = Blob{ID: d.id("h"), Size: d.int("s"), Manifest: d.flag("m")}
	d.documents("p", func() {
		part := Part{Block: d.key(), Facet: Facet(d.text("f")), Hash: d.id("h")}
		switch part.Facet {
		case "":
			part.Facet = Element
		case Element:
			d.fail("the facet %q is written out", Element)
		}
		f.Parts = append(f.Parts, part)
	})
	return f
}

// pageFiles cuts a record into pages. The record of no files is the zero ID and no objects.
func pageFiles(f *Files) (ID, []Object, error) {
	if f == nil || f.Root == "" && len(f.Entries) == 0 {
		return ID{}, nil, nil
	}
	if err := checkFiles(f); err != nil {
		return ID{}, nil, invalid(err)
	}
	var objects []Object
	emit := func(p *filesPage) ID {
		o := p.object()
		objects = append(objects, o)
		return o.ID
	}
	first := firstFilesPage(f, emit)
	root := emit(first)
	for _, o := range objects {
		if len(o.Data) > maxObject {
			return ID{}, nil, invalid(fmt.Errorf("a page of the record of files has %d MB; the limit is %d MB", len(o.Data)>>20, maxObject>>20))
		}
	}
	return root, objects, nil
}

func firstFilesPage(f *Files, emit func(*filesPage) ID) *filesPage {
	whole := &filesPage{Root: f.Root, Entries: f.Entries}
	if len(whole.object().Data) <= longList {
		return whole
	}
	pieces := cut(len(f.Entries), maxCut, func(i int) string { return f.Entries[i].Path })
	if len(pieces) == 1 {
		return whole
	}
	var links []filesLink
	var keys []string
	for _, c := range pieces {
		page := emit(&filesPage{Entries: f.Entries[c.from:c.to]})
		links = append(links, filesLink{Page: page, Entries: c.to - c.from})
		keys = append(keys, f.Entries[c.from].Path)
	}
	for len(links) > longestCut {
		pieces := cut(len(links), maxUpperCut, func(i int) string { return keys[i] })
		if len(pieces) == 1 {
			break
		}
		for i, c := range pieces {
			above := filesLink{Page: emit(&filesPage{Links: links[c.from:c.to]})}
			for _, l := range links[c.from:c.to] {
				above.Entries += l.Entries
			}
			links[i], keys[i] = above, keys[c.from]
		}
		links, keys = links[:len(pieces)], keys[:len(pieces)]
	}
	return &filesPage{Root: f.Root, Links: links}
}

// checkFiles refuses a record that Find could not search or that could not be written back.
func checkFiles(f *Files) error {
	for i := range f.Entries {
		e := &f.Entries[i]
		switch {
		case e.Path == "":
			return fmt.Errorf("file %d has no path", i)
		case i > 0 && f.Entries[i-1].Path >= e.Path:
			return fmt.Errorf("file %q is out of order", e.Path)
		case e.Blob.ID.IsZero() || e.Blob.Size < 0:
			return fmt.Errorf("file %q has no content", e.Path)
		case slices.ContainsFunc(e.Parts, func(p Part) bool { return p.Facet == "" }):
			return fmt.Errorf("file %q has a part without a facet", e.Path)
		}
	}
	return nil
}

// loadFiles reads a record.
func (s *Store) loadFiles(ctx context.Context, root ID) (*Files, error) {
	pages, err := s.filesPages(ctx, root)
	if err != nil {
		return nil, err
	}
	return joinFiles(root, pages)
}

// filesPages reads the pages of a record level by level.
func (s *Store) filesPages(ctx context.Context, root ID) (map[ID]*filesPage, error) {
	pages := make(map[ID]*filesPage)
	for level := []ID{root}; len(level) > 0; level = nextFiles(pages, level) {
		objects, err := s.get(ctx, KindFiles, level)
		if err != nil {
			return nil, err
		}
		for id, data := range objects {
			if pages[id], err = decodeFilesPage(data); err != nil {
				return nil, fmt.Errorf("%s %s: %w", KindFiles, id.Short(), err)
			}
		}
	}
	return pages, nil
}

// nextFiles lists the pages that the pages of a level lead to and that are not there yet. Pages may be missing.
func nextFiles(pages map[ID]*filesPage, level []ID) (next []ID) {
	for _, id := range level {
		if pages[id] == nil {
			continue
		}
		for _, l := range pages[id].Links {
			if pages[l.Page] == nil {
				next = append(next, l.Page)
			}
		}
	}
	return unique(next)
}

// joinFiles is the inverse of pageFiles. It takes the pages out of the map, so that none is used twice.
func joinFiles(root ID, pages map[ID]*filesPage) (*Files, error) {
	f := &Files{Root: pages[root].Root}
	pages[root].Root = ""
	err := f.join(root, pages)
	if err == nil {
		err = checkFiles(f)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %w", KindFiles, root.Short(), ErrCorrupt, err)
	}
	return f, nil
}

func (f *Files) join(id ID, pages map[ID]*filesPage) error {
	p := pages[id]
	delete(pages, id)
	if p == nil || p.Root != "" {
		return fmt.Errorf("page %s is not in its place", id.Short())
	}
	f.Entries = append(f.Entries, p.Entries...)
	for _, l := range p.Links {
		before := len(f.Entries)
		if err := f.join(l.Page, pages); err != nil {
			return err
		}
		if n := len(f.Entries) - before; n != l.Entries {
			return fmt.Errorf("page %s has %d entries, not %d", l.Page.Short(), n, l.Entries)
		}
	}
	return nil
}
