package field

// Kind is the type of a field's values; it decides how texts are read and written.
type Kind int

// The kinds of fields.
const (
	String        Kind = iota // any text
	Boolean                   // true or false
	Integer                   // a whole number
	Float                     // a number
	Date                      // an instant; a date without a zone is UTC
	Duration                  // a length of time written "1 day 5 hours"
	RelativeTime              // a position in a video, HH:MM:SS
	List                      // a JSON array
	Object                    // a JSON object
	Reference                 // the key of a block
	References                // keys of blocks: a JSON array, or separated by semicolons
	ReferenceMap              // a JSON object whose values are keys of blocks
	Randomization             // when a problem draws new values; old courses spell it as a Boolean
)

// String returns the name of the kind in lower case, as messages and the golden table use it.
func (k Kind) String() string {
	names := [...]string{
		"string", "boolean", "integer", "float", "date", "duration", "relative time", "list", "object",
		"reference", "references", "reference map", "randomization",
	}
	if k < 0 || int(k) >= len(names) {
		return "unknown"
	}
	return names[k]
}

// Scope says which part of a block a field belongs to.
type Scope int

// Settings can be overridden by policy.json and are written in sorted order; content is read from the element by rules of each block type.
const (
	Settings Scope = iota
	Content
)

// String returns "settings" or "content".
func (s Scope) String() string {
	if s == Content {
		return "content"
	}
	return "settings"
}

// Form says where an archive holds a field.
type Form int

// The forms of fields.
const (
	Attribute Form = iota // an XML attribute with the field's name
	Policy                // policy.json alone; an attribute of that name has no effect
	Child                 // a child element
	File                  // a file of its own
	Body                  // the element itself, by rules of its block type: its text, its children, attributes with other names
	Internal              // nowhere: the block tree itself, or bookkeeping
)

// String returns the name of the form in lower case.
func (f Form) String() string {
	names := [...]string{"attribute", "policy", "child", "file", "body", "internal"}
	if f < 0 || int(f) >= len(names) {
		return "unknown"
	}
	return names[f]
}

// Def defines one field of one block type.
type Def struct {
	Name        string
	Kind        Kind
	Scope       Scope
	Default     string // as JSON text; "null" when there is none
	Inherited   bool   // a block that does not set it takes the nearest ancestor's value
	Form        Form
	NonNegative bool     // a number below zero is a fault
	Values      []string // the texts that mean something; empty when any text does
	Doc         string   // one line for people
}
