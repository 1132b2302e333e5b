package key

// BlockID names a block inside one course: ids are unique per type, not per course, so problem/a and html/a are two blocks.
// Name is the exact bytes of the url_name; no folding or normalising is ever done to it.
type BlockID struct {
	Type string
	Name string
}

// String gives the form TYPE/NAME used in messages, policy files and on the command line.
func (id BlockID) String() string { return id.Type + "/" + id.Name }

// IsZero reports whether id names nothing.
func (id BlockID) IsZero() bool { return id == BlockID{} }
