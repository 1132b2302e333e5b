package key

import "strings"

const (
	assetShape  = "asset-v1:ORG+CODE+RUN+type@asset+block@NAME"
	c4xShape    = "/c4x/ORG/CODE/asset/NAME"
	assetShapes = assetShape + " or " + c4xShape
)

// Asset names a static file of a course or library as Open edX keeps it.
type Asset struct {
	Course Course
	Type   string // "asset", or "thumbnail" for a small picture made from one
	Path   string // the name that AssetName makes from the path of the file: no slashes
}

// ParseAsset reads an asset key, in the new form or the old ones (/c4x/ORG/CODE/asset/NAME and c4x://ORG/CODE/asset/NAME, perhaps with
// @REVISION, which is left out). A new key without run is of a library: Open edX writes such keys.
func ParseAsset(s string) (Asset, error) {
	p := parser{kind: KindAsset, input: s}
	var a Asset
	switch {
	case !p.fits(s):
	case p.begins("asset-v1:", "+", assetShape):
		a = p.asset()
	case p.begins("/c4x/", "/", c4xShape), p.begins("c4x://", "/", c4xShape):
		var id BlockID
		a.Course, id, _ = p.old()
		a.Type, a.Path = id.Type, id.Name
	default:
		p.refuse(assetShapes)
	}
	if p.end(); p.err != nil {
		return Asset{}, p.err
	}
	return a, nil
}

// asset takes the parts of a new asset key.
func (p *parser) asset() Asset {
	var a Asset
	// No run holds an @, so the type in place of the run tells a library.
	if len(p.parts) > 2 && strings.HasPrefix(p.parts[2], "type@") {
		a.Course = p.library()
	} else {
		a.Course = p.course()
	}
	a.Type = p.required("type", partChars)
	a.Path = p.required("block", nameChars)
	return a
}

// String gives the key in the new form, or in the old one if only that can tell its course. It is empty for the zero value.
func (a Asset) String() string {
	switch {
	case a.IsZero():
		return ""
	case a.Course.isOld():
		return "/c4x/" + a.Course.Org + "/" + a.Course.Code + "/" + a.Type + "/" + a.Path
	}
	return "asset-v1:" + a.Course.plus() + "+type@" + a.Type + "+block@" + a.Path
}

// IsZero reports whether a names nothing.
func (a Asset) IsZero() bool { return a == Asset{} }

// MarshalText gives the text of String.
func (a Asset) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what ParseAsset reads, and the zero value from the empty text.
func (a *Asset) UnmarshalText(text []byte) error { return unmarshalText(a, text, ParseAsset) }
