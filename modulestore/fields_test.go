package modulestore

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lectern/modulestore/key"
)

// fill gives every field of a value something that is not zero, so that a field which is added to the model and forgotten by the
// encoder cannot go unnoticed.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("filled")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}

func filled[T any]() T {
	var v T
	fill(reflect.ValueOf(&v).Elem())
	return v
}

func TestEveryFieldOfTheModelIsStored(t *testing.T) {
	t.Run("Tree and Block", func(t *testing.T) {
		root, detached := filled[Block](), filled[Block]()
		root.ID, detached.ID = blockID(0), blockID(1)
		tree := filled[Tree]()
		tree.Root = root.ID
		tree.Blocks = map[key.BlockID]*Block{root.ID: &root, detached.ID: &detached}
		tree.Detached = []key.BlockID{detached.ID}
		s := shelf{}
		if diff := cmp.Diff(&tree, s.load(t, s.mustPage(t, &tree, nil).root).tree); diff != "" {
			t.Errorf("-written +read:\n%s", diff)
		}
	})
	t.Run("Body", func(t *testing.T) {
		body := filled[Body]()
		got, err := DecodeBody(body.Object().Data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&body, got); diff != "" {
			t.Errorf("-written +read:\n%s", diff)
		}
	})
	t.Run("Files", func(t *testing.T) {
		files := filled[Files]()
		root, objects, err := pageFiles(&files)
		if err != nil {
			t.Fatal(err)
		}
		page, err := decodeFilesPage(objects[0].Data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := joinFiles(root, map[ID]*filesPage{root: page})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&files, got); diff != "" {
			t.Errorf("-written +read:\n%s", diff)
		}
	})
}

func TestHashesOfFacets(t *testing.T) {
	longAttrs := []Attr{{Name: "display_name", Value: "Quiz"}, {Name: "markdown", Value: padding(LongText).Value}}
	short, long := SplitLong(longAttrs)
	block := Block{
		ID: key.BlockID{Type: "problem", Name: "quiz"}, Attrs: short, Policy: []Attr{{Name: "weight", Value: "1.0"}},
		Children: []Child{{ID: blockID(1)}}, Loose: []Loose{{Source: "<!-- -->"}},
	}
	body := Body{Markup: "<p/>", Attrs: long, Texts: []Attr{{Name: "data", Value: "<b/>"}}}
	policy := PolicyFacet
	data := Facet("data")

	for _, c := range []struct {
		name    string
		change  func(b *Block, body *Body)
		changes []Facet
	}{
		{"nothing", func(*Block, *Body) {}, nil},
		{"the key", func(b *Block, _ *Body) { b.ID.Name = "other" }, nil},
		{"the spelling of the name", func(b *Block, _ *Body) { b.SourceName = "quiz?" }, []Facet{Element}},
		{"whether the source gives a name", func(b *Block, _ *Body) { b.Unnamed = true }, []Facet{Element}},
		{"whether the definition is inline", func(b *Block, _ *Body) { b.Inline = true }, []Facet{Element}},
		{"a short attribute", func(b *Block, _ *Body) { b.Attrs = []Attr{{Name: "display_name", Value: "Test"}, short[1]} }, []Facet{Element}},
		{"a long attribute", func(_ *Block, body *Body) {
			body.Attrs = []Attr{{Name: "markdown", Value: padding(LongText + 1).Value}}
		}, []Facet{Element}},
		{"the order of attributes", func(b *Block, _ *Body) { b.Attrs = []Attr{short[1], short[0]} }, []Facet{Element}},
		{"where a long value stands", func(b *Block, body *Body) { b.Attrs, body.Attrs = longAttrs, nil }, nil},
		{"loose markup", func(b *Block, _ *Body) { b.Loose = []Loose{{Before: 1, Source: "<!-- -->"}} }, []Facet{Element}},
		{"a child", func(b *Block, _ *Body) { b.Children = []Child{{ID: blockID(2)}} }, []Facet{Element}},
		{"the spelling of a child", func(b *Block, _ *Body) { b.Children = []Child{{ID: blockID(1), Spelling: []Attr{{Name: "slug"}}}} }, []Facet{Element}},
		{"whether the block is broken", func(b *Block, _ *Body) { b.Broken = "olx.syntax" }, []Facet{Element}},
		{"the markup", func(_ *Block, body *Body) { body.Markup = "<q/>" }, []Facet{Element}},
		{"the bytes of a broken block", func(_ *Block, body *Body) { body.Raw = []byte("<") }, []Facet{Element}},
		{"the policy", func(b *Block, _ *Body) { b.Policy = []Attr{{Name: "weight", Value: "1"}} }, []Facet{policy}},
		{"a whole-file text", func(_ *Block, body *Body) { body.Texts = []Attr{{Name: "data", Value: "<i/>"}} }, []Facet{data}},
	} {
		t.Run(c.name, func(t *testing.T) {
			changedBlock, changedBody := block, body
			c.change(&changedBlock, &changedBody)
			var changed []Facet
			for _, f := range []Facet{Element, policy, data} {
				before, _ := FacetHash(f, &block, &body)
				after, ok := FacetHash(f, &changedBlock, &changedBody)
				if !ok {
					t.Errorf("the block has no facet %s", f)
				}
				if before != after {
					changed = append(changed, f)
				}
			}
			if diff := cmp.Diff(c.changes, changed); diff != "" {
				t.Errorf("facets with another hash (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("a facet that is not there has none", func(t *testing.T) {
		for _, f := range []Facet{policy, data} {
			if _, ok := FacetHash(f, &Block{}, nil); ok {
				t.Errorf("an empty block has facet %s", f)
			}
		}
	})
	t.Run("facets never look alike", func(t *testing.T) {
		seen := make(map[ID]Facet)
		for _, f := range []Facet{Element, policy, data} {
			id, _ := FacetHash(f, &Block{Policy: []Attr{{Name: "a"}}}, &Body{Texts: []Attr{{Name: "data"}}})
			if other, ok := seen[id]; ok {
				t.Errorf("facets %s and %s have one hash", f, other)
			}
			seen[id] = f
		}
	})
	t.Run("hashes in stored records stay valid", func(t *testing.T) {
		for f, want := range map[Facet]string{
			Element: "5257511e76c03385775eaec14be94aaeb4ecf97bd029144164f3ef294e46b6a0",
			policy:  "2c56709f5ec5e3011d6d1654c0721ed8607a12f1828503a254d862144d9fcd0d",
			data:    "517910319ae69829566bc68906c4299f04e28b2538baa4236123da225b9e7daa",
		} {
			if got, _ := FacetHash(f, &block, &body); got.String() != want {
				t.Errorf("facet %s has hash %s, want %s", f, got, want)
			}
		}
	})
}
