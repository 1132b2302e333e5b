package modulestore

// kindFacet tells hashes of facets from hashes of objects; facets are not stored.
const kindFacet Kind = 'h'

// ElementHash hashes what the block's own element says: everything but its policy entries, its whole-file texts and the
// content of its children. A file that defines the block can be copied as long as it is the same.
func ElementHash(b *Block, body *Body) ID {
	e := newFacetEncoder(Element)
	e.text("s", b.SourceName)
	e.flag("u", b.Unnamed)
	e.flag("l", b.Inline)
	e.attrs("a", JoinLong(b.Attrs, bodyAttrs(body)))
	e.loose("o", b.Loose)
	e.documents("c", len(b.Children), func(i int) {
		e.key(b.Children[i].ID)
		e.attrs("a", b.Children[i].Spelling)
	})
	e.text("x", b.Broken)
	if body != nil {
		e.text("m", body.Markup)
		e.bytes("r", body.Raw)
	}
	return e.object(kindFacet).ID
}

// FacetHash hashes one facet of a block: Element, PolicyFacet or the name of a whole-file text. ok is false when the block
// has no such facet.
func FacetHash(f Facet, b *Block, body *Body) (id ID, ok bool) {
	e := newFacetEncoder(f)
	switch f {
	case Element:
		return ElementHash(b, body), true
	case PolicyFacet:
		if len(b.Policy) == 0 {
			return ID{}, false
		}
		e.attrs("p", JoinLong(b.Policy, bodyPolicy(body)))
	default:
		text, ok := body.Text(string(f))
		if !ok {
			return ID{}, false
		}
		e.text("t", text)
	}
	return e.object(kindFacet).ID, true
}

func newFacetEncoder(f Facet) *encoder {
	e := newEncoder()
	e.text("f", string(f))
	return e
}
