package outline

// Fields is a [Rule] that also knows something about blocks, collected once for a version and the same for all learners: how long a text is, how many points
// a problem gives.
type Fields interface {
	Rule
	// Field gives what is known of a block under a name: a value that becomes JSON. ok is false when there is nothing to tell.
	Field(node int, name string) (value any, ok bool)
}

// Field gives what the transformers of the course know of a block under a name. Of several that know something, the first in the list counts.
func (c *Course) Field(node int, name string) (value any, ok bool) {
	for _, f := range c.fields {
		if value, ok := f.Field(node, name); ok {
			return value, true
		}
	}
	return nil, false
}
