package search

import (
	"lectern/modulestore"
)

// Kind is one of the three indexes.
type Kind string

// The indexes.
const (
	Content Kind = "content" // what is published, for learners
	Studio  Kind = "studio"  // drafts and libraries, for authors
	Catalog Kind = "catalog" // courses, for everybody
)

// Kinds lists them all.
func Kinds() []Kind { return []Kind{Content, Studio, Catalog} }

// reads gives those roots of a version that the documents of an index are made from.
func (k Kind) reads(r modulestore.Roots) modulestore.Roots {
	r.Refs = modulestore.ID{}
	if k != Studio {
		r.Draft = modulestore.ID{}
	}
	return r
}
