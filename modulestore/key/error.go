package key

import (
	"fmt"
	"strings"
)

// The values of Error.Kind.
const (
	KindCourse  = "course key"
	KindBlock   = "usage key"
	KindAsset   = "asset key"
	KindBlockID = "block id"
	// KindV2Library marks a well-known key that is refused for what it names: a v2 library or something in one.
	KindV2Library = "v2 library key"
)

// Error is the error of every function of this package that reads or checks a key.
type Error struct {
	Kind   string // what was being read: one of the Kind constants
	Input  string // all that was given
	Part   string // the part of Input at fault, as it stands there; empty if something is missing or Input is at fault as a whole
	Reason string // what is wrong with the part and what is allowed there
}

// Error gives one sentence that quotes the input and the part at fault.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Kind, quote(e.Input))
	if e.Part != "" {
		b.WriteString(quote(e.Part) + " ")
	}
	b.WriteString(e.Reason)
	return b.String()
}

// quote puts s in quotes on one line, cut short if it is too long for a message.
func quote(s string) string {
	const longest = 100
	if len(s) <= longest {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:longest], ""))
}
