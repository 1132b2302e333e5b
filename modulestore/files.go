package modulestore

import "lectern/modulestore/key"

// Files is the record of the archive that a version came from: every file with the hash of its bytes, and for a file
// that defines blocks, which parts of which blocks, each with the hash it had when it was read. Edits never touch it;
// an export copies a file as long as the hashes still match.
type Files struct {
	// Root is the folder that holds course.xml or library.xml, empty when that is the top of the record. The folders that all
	// files have in common are not part of the record: they are the wrapper of the archive, not of the course.
	Root string
	// Entries are sorted by Path, bytewise; paths are unique.
	Entries []File
}

// File is one file of an archive. Path is data, compared byte for byte.
type File struct {
	Path string
	Blob Blob
	// Parts are the parts of blocks that the file defines, in document order; none for assets, README, orphans and junk.
	Parts []Part
}

// Part says that a file holds one facet of one block, and what that facet hashed to when the file was read.
type Part struct {
	Block key.BlockID
	Facet Facet
	Hash  ID
}

// Facet is the part of a block that one file can hold.
type Facet string

// Element is the block's own element (attributes, markup, loose markup, child keys), PolicyFacet its entries in a policy
// file; every other facet is the name of one of Body.Texts.
const (
	Element     Facet = "element"
	PolicyFacet Facet = "policy"
)

// Blob names stored bytes: a single chunk, or a manifest of chunks for more than ChunkSize bytes. The zero Blob is no blob;
// an empty file has a chunk of no bytes.
type Blob struct {
	ID       ID
	Size     int64
	Manifest bool
}

// Find returns the entry of path.
func (f *Files) Find(path string) (*File, bool) {
	lo, hi := 0, len(f.Entries)
	for lo < hi {
		mid := (lo + hi) / 2
		if f.Entries[mid].Path < path {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(f.Entries) && f.Entries[lo].Path == path {
		return &f.Entries[lo], true
	}
	return nil, false
}
