package authoring

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf8"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// Create makes a new block of the draft that is what its OLX says, with what stands inline in it. A file that ends in .html is the text of an
// html pair; for a page any file is its text. Without a name in n the block gets that of the file's url_name. The text is checked as an
// import is; with an error in it the result is a *RefusedError, and the edit must be given up.
func Create(ctx context.Context, store *modulestore.Store, e *modulestore.Edit, n modulestore.NewBlock, file string, data []byte) (key.BlockID, []olx.Problem, error) {
	if len(data) > olx.MaxXMLBytes {
		return key.BlockID{}, nil, fmt.Errorf("%s has more than %d bytes, which is the most that a block may have: %w", file, olx.MaxXMLBytes, modulestore.ErrInvalid)
	}
	if field.Detached(n.Type) || n.Type == "html" && strings.HasSuffix(file, ".html") {
		if !utf8.Valid(data) {
			return key.BlockID{}, nil, fmt.Errorf("%s is not UTF-8; save it as UTF-8: %w", file, modulestore.ErrInvalid)
		}
		n.Body = &modulestore.Body{Texts: []modulestore.Attr{{Name: "data", Value: string(data)}}}
		id, err := e.Create(ctx, n)
		return id, nil, err
	}
	if n.Name == "" {
		n.Name = nameIn(data)
	}
	title := n.Title
	n.Title = ""
	id, err := e.Create(ctx, n)
	if err != nil {
		return key.BlockID{}, nil, err
	}
	problems, added, err := define(ctx, store, e, id, file, data)
	if err != nil {
		return id, problems, err
	}
	if title != "" {
		attribute := modulestore.Field{Name: "display_name", In: modulestore.InAttribute, Value: title}
		if err := e.Change(ctx, id, attribute); err != nil {
			return id, problems, err
		}
	}
	return id, problems, e.PublishOutline(ctx, added...)
}

// define gives a block of the draft the content that its OLX says, and returns it with the blocks that are inline in it.
func define(ctx context.Context, store *modulestore.Store, e *modulestore.Edit, id key.BlockID, file string, data []byte) ([]olx.Problem, []key.BlockID, error) {
	base, _ := e.Base()
	files, err := store.Files(ctx, base)
	if err != nil {
		return nil, nil, err
	}
	tree := e.Tree(modulestore.Draft)
	fragment, err := olx.DecodeBlock(tree, id, nil, file, data)
	if err != nil {
		return nil, nil, err
	}
	root, err := e.Body(ctx, modulestore.Draft, tree.Root)
	if err != nil {
		return nil, nil, err
	}
	fragment.Check(base.Course, tree, root, relativePaths(files))
	for _, p := range fragment.Problems {
		if p.Severity == olx.Error {
			return fragment.Problems, nil, &RefusedError{Block: id, New: true, Problems: fragment.Problems}
		}
	}
	var added []key.BlockID
	for _, b := range fragment.Blocks {
		if err := e.Put(modulestore.Draft, *b, fragment.Bodies[b.Body]); err != nil {
			return nil, nil, err
		}
		added = append(added, b.ID)
	}
	return fragment.Problems, added, nil
}

// nameIn finds the url_name of the root element. What is not understood has none: reading it as a block says why.
func nameIn(data []byte) string {
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		if start, ok := token.(xml.StartElement); ok {
			for _, a := range start.Attr {
				if a.Name.Space == "" && a.Name.Local == "url_name" {
					return a.Value
				}
			}
			return ""
		}
	}
}
