package field

// Severity says how bad a fault is.
type Severity int

// Error: the text has no meaning for its field. Warning: it has one, but likely not the one its author meant. Info: worth knowing.
const (
	Error Severity = iota
	Warning
	Info
)

// String returns "error", "warning" or "info".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return "info"
	}
}

// Fault says what is wrong with the text of a field. The text itself is never changed: it stays with the caller.
type Fault struct {
	Rule     string // stable name of the rule, such as "field.date"
	Severity Severity
	Message  string // what is wrong, one sentence
	Fix      string // what to do, one sentence
}
