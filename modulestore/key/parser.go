package key

import (
	"fmt"
	"slices"
	"strings"
)

// maxLen is the length in bytes of the longest key that is read. Open edX stores keys in 255 characters.
const maxLen = 1024

// A parser takes the parts of one key from front to back. It keeps the first fault and goes on, so that a grammar reads as the list of its
// parts; what was taken counts only if err is nil at the end.
type parser struct {
	kind  string
	input string
	shape string   // how such a key is written, for messages
	parts []string // the parts not taken yet
	err   error
}

// fail records a fault of a part of the input unless there was one before.
func (p *parser) fail(part, reason string) {
	if p.err == nil {
		p.err = &Error{Kind: p.kind, Input: p.input, Part: part, Reason: reason}
	}
}

// fits reports whether a key is short enough, and records a fault if not.
func (p *parser) fits(key string) bool {
	if len(key) <= maxLen {
		return true
	}
	p.fail("", fmt.Sprintf("it is %d bytes long, and a key has at most %d", len(key), maxLen))
	return false
}

// begins reports whether the input begins with prefix; if so, the parts are what separator cuts the rest into.
func (p *parser) begins(prefix, separator, shape string) bool {
	rest, ok := strings.CutPrefix(p.input, prefix)
	if ok {
		p.shape, p.parts = shape, strings.Split(rest, separator)
	}
	return ok
}

// refuse records the fault of an input that begins like no key of the kind, however well known its namespace is elsewhere.
func (p *parser) refuse(shapes string) {
	namespace, _, found := strings.Cut(p.input, ":")
	switch {
	case !found:
		p.fail("", "it has no namespace; write "+shapes)
	case slices.Contains([]string{"lib", "lib-collection", "lb", "lct"}, namespace):
		p.kind = KindV2Library
		p.fail(namespace+":", "begins a key of a v2 library; of libraries, only v1 ones can be read (library-v1:ORG+CODE)")
	case slices.Contains([]string{"ccx-v1", "ccx-block-v1"}, namespace):
		p.fail(namespace+":", "begins a key of a custom course (CCX), which cannot be read; use the key of the course it was made from")
	default:
		p.fail(namespace+":", "begins no "+p.kind+"; write "+shapes)
	}
}

// take gives the next part, whatever is in it.
func (p *parser) take(what string) string {
	if len(p.parts) == 0 {
		p.fail("", "the "+what+" is missing; write "+p.shape)
		return ""
	}
	part := p.parts[0]
	p.parts = p.parts[1:]
	return part
}

// next gives the next part, which must be made of characters of set.
func (p *parser) next(what string, set charset) string {
	return p.check(what, p.take(what), set)
}

// check gives part back and records a fault if it is not made of characters of set.
func (p *parser) check(what, part string, set charset) string {
	if part == "" {
		p.fail("", "the "+what+" is empty; write "+p.shape)
	}
	if r, found := set.stranger(part); found {
		p.fail(part, fmt.Sprintf("cannot be the %s: it holds %#U, and only %s are allowed", what, r, set))
	}
	return part
}

// labelled gives the value of the next part if it is label@value, else nothing.
func (p *parser) labelled(label string, set charset) string {
	if len(p.parts) == 0 {
		return ""
	}
	value, ok := strings.CutPrefix(p.parts[0], label+"@")
	if !ok {
		return ""
	}
	p.parts = p.parts[1:]
	return p.check(label, value, set)
}

// required gives the value of the next part, which must be label@value.
func (p *parser) required(label string, set charset) string {
	value := p.labelled(label, set)
	switch {
	case value != "":
	case len(p.parts) > 0:
		p.fail(p.parts[0], fmt.Sprintf("stands where %s@… belongs; write %s", label, p.shape))
	default:
		p.fail("", fmt.Sprintf("the part %s@… is missing; write %s", label, p.shape))
	}
	return value
}

// at takes the branch and the version of a new key; either may be absent.
func (p *parser) at() At {
	at := At{Branch: p.labelled("branch", partChars), Version: p.labelled("version", partChars)}
	if at.Version != "" && !isObjectID(at.Version) {
		p.fail(at.Version, "cannot be the version, which is 24 hexadecimal digits in lower case")
	}
	return at
}

// isObjectID reports whether s is an id of a version as Open edX writes it.
func isObjectID(s string) bool {
	return len(s) == 24 && strings.Trim(s, "0123456789abcdef") == ""
}

// course takes the org, code and run of a new key.
func (p *parser) course() Course {
	return Course{Org: p.next("org", partChars), Code: p.next("course code", partChars), Run: p.next("run", partChars)}
}

// library takes the org and code of a new key.
func (p *parser) library() Course {
	return Course{Library: true, Org: p.next("org", partChars), Code: p.next("library code", partChars), Run: libraryRun}
}

// old takes what i4x and c4x keys have in common: ORG/CODE/TYPE/NAME, perhaps with @REVISION.
func (p *parser) old() (c Course, id BlockID, revision string) {
	c.Org = p.next("org", oldPartChars)
	c.Code = p.next("course code", oldPartChars)
	id.Type = p.next("type", partChars)
	name, revision, found := strings.Cut(p.take("name"), "@")
	id.Name = p.check("name", name, nameChars)
	if found {
		p.check("revision", revision, nameChars)
	}
	return c, id, revision
}

// end records a fault if anything is left.
func (p *parser) end() {
	if len(p.parts) > 0 {
		p.fail(p.parts[0], "has no place there; write "+p.shape)
	}
}
