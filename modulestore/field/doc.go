// Package field says what the settings of a course block mean.
//
// A block (a course, a section, a problem, a video …) has fields: its title, its due date, how often it may be tried. In a course archive
// a field is a text: an XML attribute, or a JSON value in policy.json. The content store keeps that text exactly as it came. This package
// is the other half: a table of the fields that each block type has, and pure functions that turn a text into a typed [Value] and back.
//
// # Reading a field
//
//	def, ok := field.Lookup("sequential", "due")
//	if !ok {
//		// Not a field of this block type: an unknown attribute, kept as text and given back on export.
//	}
//	value, fault := def.FromAttribute(`2026-02-01T00:00:00Z`)
//	due, ok := value.Time()
//
// Three spellings exist, each with its own rules, and each has its own method: [Def.FromAttribute] for the attributes of most block types,
// [Def.FromPure] for the newer kind of block (see [PureXBlock]), and [Def.FromPolicy] for the native JSON of policy.json and for the
// defaults of the table.
//
// # Faults
//
// A text that cannot be read, or that is read as something other than its author can have meant, gives a [Fault]: a rule, a severity, a
// plain sentence and what to do about it. Reading always gives a value too, so that one bad date does not take a course away from its
// learners. A value that came with a fault of severity [Error] is a stand-in: null for dates and durations, the text itself for strings,
// the default of the field for everything else.
//
// # Null and absent
//
// An explicit null is a [Value] whose Null method reports true; it stops inheritance ("max_attempts" null under a course that says 3 means no
// limit). An absent field has no Value at all: absence is the business of whoever holds the block's attributes.
//
// # Adding a field
//
// Add one line to table.go and run
//
//	go test ./modulestore/field -run TestFieldTable -update
//
// which writes the readable dump in testdata/fields.golden, so that the change can be reviewed.
package field
