package query

// Query is what somebody typed, understood. Slices that hold nothing are nil.
type Query struct {
	Words   []string // all of them are wanted; as typed, folded (see [Fold]), in their order
	Phrases []string // wanted with their words side by side
	Not     Unwanted
	Filters []Filter // sorted, each once
}

// Unwanted is the text that a hit must not have.
type Unwanted struct {
	Words   []string
	Phrases []string
}

// Filter demands a value of a field. Values of one field are alternatives, fields add up. With Not a hit must not have the value.
type Filter struct {
	Field Field
	Value string // exactly as it stands in the index, as far as the field tells: the block type html for type:text, the code de for lang:German
	Not   bool
}

// Field is one of those that can be typed before a colon.
type Field string

// The fields.
const (
	Type   Field = "type"   // block type
	Course Field = "course" // course key, or its org, number or run
	Lang   Field = "lang"   // language of the text
	Org    Field = "org"
	Tag    Field = "tag"
	In     Field = "in" // usage key of a section, subsection or unit: what is inside it
)

// IsZero tells whether nothing was asked for.
func (q Query) IsZero() bool {
	return len(q.Words)+len(q.Phrases)+len(q.Not.Words)+len(q.Not.Phrases)+len(q.Filters) == 0
}

// HasText tells whether wanted words or phrases were given, so that hits can be ranked and marked.
func (q Query) HasText() bool { return len(q.Words)+len(q.Phrases) > 0 }

// Values gives the wanted and the unwanted values of a field.
func (q Query) Values(f Field) (wanted, unwanted []string) {
	for _, filter := range q.Filters {
		switch {
		case filter.Field != f:
		case filter.Not:
			unwanted = append(unwanted, filter.Value)
		default:
			wanted = append(wanted, filter.Value)
		}
	}
	return wanted, unwanted
}
