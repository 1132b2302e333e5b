package key

import "strings"

const (
	blockShape    = "block-v1:ORG+CODE+RUN+type@TYPE+block@NAME"
	libBlockShape = "lib-block-v1:ORG+CODE+type@TYPE+block@NAME"
	i4xShape      = "i4x://ORG/CODE/TYPE/NAME"
	blockShapes   = blockShape + ", " + libBlockShape + " or " + i4xShape
	blockIDShape  = "TYPE/NAME or TYPE@NAME"
)

// Block names a block of a course or library wherever it is read: Open edX calls it a usage key.
type Block struct {
	Course Course
	ID     BlockID
}

// ParseBlock reads a usage key, in the new form or the old one (i4x://ORG/CODE/TYPE/NAME, perhaps with @REVISION). A branch or version
// in the new form is refused; a revision in the old form is left out, since it tells only that some draft was meant, long ago.
func ParseBlock(s string) (Block, error) {
	b, at, err := ParseBlockAt(s)
	if err != nil {
		return Block{}, err
	}
	if at != (At{}) && !b.Course.isOld() {
		return Block{}, unwantedAt(KindBlock, s, at)
	}
	return b, nil
}

// ParseBlockAt reads a usage key, and the branch and version if the key carries them. The revision of an old key is a branch.
func ParseBlockAt(s string) (Block, At, error) {
	p := parser{kind: KindBlock, input: s}
	var b Block
	var at At
	switch {
	case !p.fits(s):
	case p.begins("block-v1:", "+", blockShape):
		b.Course, at, b.ID = p.course(), p.at(), p.blockID()
	case p.begins("lib-block-v1:", "+", libBlockShape):
		b.Course, at, b.ID = p.library(), p.at(), p.blockID()
	case p.begins("i4x://", "/", i4xShape):
		b.Course, b.ID, at.Branch = p.old()
	default:
		p.refuse(blockShapes)
	}
	if p.end(); p.err != nil {
		return Block{}, At{}, p.err
	}
	return b, at, nil
}

// blockID takes the end of a new usage key.
func (p *parser) blockID() BlockID {
	return BlockID{Type: p.required("type", partChars), Name: p.required("block", partChars)}
}

// String gives the key in the new form, or in the old one if only that can tell its course. It is empty for the zero value.
func (b Block) String() string { return b.At(At{}) }

// At gives the key with the branch and version of at, if any. The old form has room for a branch alone.
func (b Block) At(at At) string {
	switch {
	case b.IsZero():
		return ""
	case b.Course.isOld():
		s := "i4x://" + b.Course.Org + "/" + b.Course.Code + "/" + b.ID.String()
		if at.Branch != "" {
			s += "@" + at.Branch
		}
		return s
	}
	namespace := "block-v1:"
	if b.Course.Library {
		namespace = "lib-block-v1:"
	}
	return namespace + b.Course.plus() + at.suffix() + "+type@" + b.ID.Type + "+block@" + b.ID.Name
}

// IsZero reports whether b names nothing.
func (b Block) IsZero() bool { return b == Block{} }

// MarshalText gives the text of String.
func (b Block) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads what ParseBlock reads, and the zero value from the empty text.
func (b *Block) UnmarshalText(text []byte) error { return unmarshalText(b, text, ParseBlock) }

// ParseBlockID reads the id of a block inside a known course, TYPE/NAME or TYPE@NAME, as people type it.
func ParseBlockID(s string) (BlockID, error) {
	p := parser{kind: KindBlockID, input: s, shape: blockIDShape}
	if p.fits(s) {
		separator := strings.IndexAny(s, "/@")
		if separator < 0 {
			p.fail("", "it has no / between type and name; write "+blockIDShape)
			return BlockID{}, p.err
		}
		p.parts = []string{s[:separator], s[separator+1:]}
	}
	id := BlockID{Type: p.next("type", partChars), Name: p.next("name", partChars)}
	if p.err != nil {
		return BlockID{}, p.err
	}
	return id, nil
}
