package field

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// node is a decoded JSON value. The package has its own reader because the texts were written by Python: NaN and Infinity are numbers, whole
// numbers have any size, the order of an object's members counts, and a member that occurs twice is worth a warning.
type node struct {
	kind    nodeKind
	text    string // of a string; the digits of a whole number
	truth   bool
	number  float64
	keys    []string // of an object, in the order of the first occurrence
	members []node   // of an array, or of an object beside keys
}

type nodeKind int

const (
	nullNode nodeKind = iota
	stringNode
	boolNode
	wholeNode
	numberNode
	arrayNode
	objectNode
)

// maxDepth is how deep arrays and objects may be nested; a deeper text is no JSON to us.
const maxDepth = 200

// textNode is the JSON string that holds s.
func textNode(s string) node { return node{kind: stringNode, text: s} }

// parseJSON reads a text that is one JSON value with nothing but blanks around it. duplicate is the name of a member that an object holds
// twice, if there is one: the last counts.
func parseJSON(text string) (n node, duplicate string, ok bool) {
	if !utf8.ValidString(text) {
		return node{}, "", false
	}
	p := jsonParser{rest: text}
	n, ok = p.value(0)
	p.skipBlanks()
	return n, p.duplicate, ok && p.rest == ""
}

// jsonParser eats the text from the front.
type jsonParser struct {
	rest      string
	duplicate string
}

func (p *jsonParser) skipBlanks() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// take eats prefix if the rest begins with it.
func (p *jsonParser) take(prefix string) bool {
	rest, found := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return found
}

func (p *jsonParser) value(depth int) (node, bool) {
	p.skipBlanks()
	switch {
	case depth > maxDepth:
		return node{}, false
	case p.take("{"):
		return p.object(depth)
	case p.take("["):
		return p.array(depth)
	case strings.HasPrefix(p.rest, `"`):
		text, ok := p.str()
		return textNode(text), ok
	case p.take("null"):
		return node{}, true
	case p.take("true"):
		return node{kind: boolNode, truth: true}, true
	case p.take("false"):
		return node{kind: boolNode}, true
	case p.take("NaN"):
		return node{kind: numberNode, number: math.NaN()}, true
	case p.take("Infinity"):
		return node{kind: numberNode, number: math.Inf(1)}, true
	case p.take("-Infinity"):
		return node{kind: numberNode, number: math.Inf(-1)}, true
	default:
		return p.num()
	}
}

func (p *jsonParser) object(depth int) (node, bool) {
	n := node{kind: objectNode}
	places := map[string]int{}
	for p.skipBlanks(); !p.take("}"); p.skipBlanks() {
		if len(places) > 0 && !p.take(",") {
			return node{}, false
		}
		p.skipBlanks()
		key, ok := p.str()
		if !ok {
			return node{}, false
		}
		p.skipBlanks()
		if !p.take(":") {
			return node{}, false
		}
		member, ok := p.value(depth + 1)
		if !ok {
			return node{}, false
		}
		if i, twice := places[key]; twice {
			p.duplicate = key
			n.members[i] = member
			continue
		}
		places[key] = len(n.keys)
		n.keys = append(n.keys, key)
		n.members = append(n.members, member)
	}
	return n, true
}

func (p *jsonParser) array(depth int) (node, bool) {
	n := node{kind: arrayNode}
	for p.skipBlanks(); !p.take("]"); p.skipBlanks() {
		if len(n.members) > 0 && !p.take(",") {
			return node{}, false
		}
		member, ok := p.value(depth + 1)
		if !ok {
			return node{}, false
		}
		n.members = append(n.members, member)
	}
	return n, true
}

// str reads a JSON string. Half of a surrogate pair becomes U+FFFD.
func (p *jsonParser) str() (string, bool) {
	end := closingQuote(p.rest)
	if end < 0 {
		return "", false
	}
	var s string
	err := json.Unmarshal([]byte(p.rest[:end+1]), &s)
	p.rest = p.rest[end+1:]
	return s, err == nil
}

// closingQuote returns where the JSON string that text begins with ends, or -1.
func closingQuote(text string) int {
	if !strings.HasPrefix(text, `"`) {
		return -1
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

var jsonNumber = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`)

func (p *jsonParser) num() (node, bool) {
	m := jsonNumber.FindStringSubmatch(p.rest)
	if m == nil {
		return node{}, false
	}
	p.rest = p.rest[len(m[0]):]
	if m[1] == "" && m[2] == "" {
		return node{kind: wholeNode, text: m[0]}, true
	}
	number, _ := strconv.ParseFloat(m[0], 64) // its only possible error is a range error, and then number is infinite, as it is upstream
	return node{kind: numberNode, number: number}, true
}

// collection returns the value of an array or object.
func (n node) collection() Value { return Value{shape: isJSON, text: string(n.append(nil))} }

// append writes canonical JSON: ASCII, ", " and ": " as separators, as upstream writes it.
func (n node) append(b []byte) []byte {
	switch n.kind {
	case stringNode:
		return appendQuoted(b, n.text)
	case boolNode:
		return strconv.AppendBool(b, n.truth)
	case wholeNode:
		if n.text == "-0" {
			return append(b, '0')
		}
		return append(b, n.text...)
	case numberNode:
		return append(b, formatFloat(n.number)...)
	case arrayNode:
		return append(n.appendMembers(append(b, '[')), ']')
	case objectNode:
		return append(n.appendMembers(append(b, '{')), '}')
	default:
		return append(b, "null"...)
	}
}

func (n node) appendMembers(b []byte) []byte {
	for i, m := range n.members {
		if i > 0 {
			b = append(b, ", "...)
		}
		if n.kind == objectNode {
			b = append(appendQuoted(b, n.keys[i]), ": "...)
		}
		b = m.append(b)
	}
	return b
}

// quoteJSON returns s as a JSON string in ASCII.
func quoteJSON(s string) string { return string(appendQuoted(nil, s)) }

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r <= '~':
			b = append(b, byte(r))
		case strings.ContainsRune("\b\f\n\r\t", r):
			b = append(b, '\\', "btn_fr"[r-'\b'])
		default:
			b = appendEscaped(b, r)
		}
	}
	return append(b, '"')
}

// appendEscaped writes r as one or two \u escapes.
func appendEscaped(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	for _, unit := range utf16.Encode([]rune{r}) {
		b = append(b, '\\', 'u', digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
	}
	return b
}

// formatFloat writes a number as Python does: always with a point or an exponent, so that it reads as a number that is not whole.
func formatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
