package olx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of one XML file. They keep an import within memory and keep what we accept acceptable to libxml2, which is what
// Open edX reads our exports with.
const (
	MaxXMLBytes      = 8 << 20
	MaxXMLDepth      = 256
	MaxXMLAttributes = 1000
)

// document is one parsed XML file that still knows its source: every element and node is an extent of src.
type document struct {
	path string
	mark []byte // the byte order mark, if the file has one
	src  []byte // UTF-8, the file without its mark
	root *element
	// before and after are comments, instructions and a document type outside the root element.
	before, after []node
	// plain says that mark and src are the file itself, so that parts of it may be copied back.
	plain    bool
	problems []Problem
	lines    *lines
}

type nodeKind int

const (
	textNode nodeKind = iota
	commentNode
	instructionNode
	doctypeNode
	elementNode
)

type node struct {
	kind       nodeKind
	start, end int
	el         *element // for elementNode
}

type attr struct {
	name, value string
	start       int // of the name
}

// element is <name attrs>nodes</name>: src[start:open] is the start tag, src[close:end] the end tag (empty for <name/>).
type element struct {
	name                    string
	attrs                   []attr
	start, open, close, end int
	nodes                   []node
}

func (e *element) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

func (e *element) has(name string) bool {
	_, ok := e.attr(name)
	return ok
}

// empty reports whether the element holds nothing but blank text: no element, comment, instruction or word.
func (d *document) empty(e *element) bool {
	for _, n := range e.nodes {
		if n.kind != textNode || !blank(d.src[n.start:n.end]) {
			return false
		}
	}
	return true
}

func (d *document) text(start, end int) string { return string(d.src[start:end]) }

// firstWord is the offset of the first character between start and end that is not white space.
func (d *document) firstWord(start, end int) int {
	return end - len(bytes.TrimLeft(d.src[start:end], xmlBlanks))
}

// xmlBlanks is the white space of XML.
const xmlBlanks = " \t\r\n"

func blank(b []byte) bool { return len(bytes.TrimLeft(b, xmlBlanks)) == 0 }

// position turns an offset into line and column.
func (d *document) position(offset int) (line, column int) {
	if d.lines == nil {
		d.lines = newLines(d.src)
	}
	return d.lines.at(offset)
}

// problem makes a problem at an offset of the document.
func (d *document) problem(rule Rule, offset int, message string) Problem {
	line, column := d.position(offset)
	return Problem{Severity: rule.Severity, Rule: rule.ID, File: d.path, Line: line, Column: column, Message: message, Fix: rule.Fix}
}

// fault says why a file is not XML we can use. A fatal one ends the import, any other makes a broken block.
type fault struct {
	Problem
	fatal bool
}

// parseXML reads one file. It is stricter than encoding/xml, as strict as libxml2: what it accepts, Open edX accepts.
func parseXML(path string, data []byte) (*document, *fault) {
	d := &document{path: path, plain: true}
	if len(data) > MaxXMLBytes {
		return nil, d.fatalf(ruleXMLSize, 0, "the file has %d bytes; an XML file may have at most %d", len(data), MaxXMLBytes)
	}
	if f := d.decodeText(data); f != nil {
		return nil, f
	}
	if f := d.checkCharacters(); f != nil {
		return nil, f
	}
	p := &xmlParser{d: d, prefixes: make(map[string]int)}
	if f := p.run(); f != nil {
		return nil, f
	}
	return d, nil
}

func (d *document) fatalf(rule Rule, offset int, format string, args ...any) *fault {
	return &fault{d.problem(rule, offset, fmt.Sprintf(format, args...)), true}
}

func (d *document) faultf(rule Rule, offset int, format string, args ...any) *fault {
	return &fault{d.problem(rule, offset, fmt.Sprintf(format, args...)), false}
}

// xmlParser builds the tree of elements from the tokens of encoding/xml, which checks names and references; the parser
// adds the checks that it leaves out.
type xmlParser struct {
	d        *document
	stack    []*element
	begin    int            // where the document begins: after white space that stands before an XML declaration
	prefixes map[string]int // namespace prefix -> how many open elements declare it
}

func (p *xmlParser) run() *fault {
	d := p.d
	p.skipBlanks()
	dec := xml.NewDecoder(bytes.NewReader(d.src[p.begin:]))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		start := p.begin + int(dec.InputOffset())
		token, err := dec.RawToken()
		end := p.begin + int(dec.InputOffset())
		if errors.Is(err, io.EOF) && end == len(d.src) {
			break
		}
		if err != nil {
			return p.syntaxFault(err, start, end)
		}
		if f := p.token(token, start, end); f != nil {
			return f
		}
	}
	if n := len(p.stack); n > 0 {
		e := p.stack[n-1]
		return d.faultf(ruleXMLMalformed, e.start, "<%s> is never closed", e.name)
	}
	if d.root == nil {
		return d.faultf(ruleXMLMalformed, 0, "the file holds no element")
	}
	return nil
}

// skipBlanks steps over white space before the XML declaration, where no other reader allows it.
func (p *xmlParser) skipBlanks() {
	d := p.d
	lead := d.firstWord(0, len(d.src))
	if lead > 0 && declarationForm.Match(d.src[lead:]) {
		d.problems = append(d.problems, d.problem(ruleXMLLeadingBlank, 0, "there is white space before the XML declaration"))
		p.begin = lead
	}
}

func (p *xmlParser) token(token xml.Token, start, end int) *fault {
	d := p.d
	switch t := token.(type) {
	case xml.StartElement:
		return p.startElement(start, end)
	case xml.EndElement:
		return p.endElement(t, start, end)
	case xml.CharData:
		if len(p.stack) == 0 && !blank(d.src[start:end]) {
			return d.faultf(ruleXMLMalformed, d.firstWord(start, end), "there is text outside the root element")
		}
		if at := surrogateReference(d.src[start:end]); at >= 0 && !bytes.HasPrefix(d.src[start:end], []byte("<![CDATA[")) {
			return d.faultf(ruleXMLMalformed, start+at, "this number is not that of a character")
		}
		p.add(node{kind: textNode, start: start, end: end})
	case xml.Comment:
		p.add(node{kind: commentNode, start: start, end: end})
	case xml.ProcInst:
		if strings.EqualFold(t.Target, "xml") {
			return p.declaration(start, end)
		}
		if !instructionForm.Match(d.src[start:end]) {
			return d.faultf(ruleXMLMalformed, start, "a processing instruction is written <?name …?>")
		}
		p.add(node{kind: instructionNode, start: start, end: end})
	case xml.Directive:
		return p.directive(string(t), start, end)
	}
	return nil
}

// declaration checks <?xml …?>.
func (p *xmlParser) declaration(start, end int) *fault {
	d := p.d
	if start != p.begin {
		return d.faultf(ruleXMLMalformed, start, "an XML declaration may stand only at the very start of a file")
	}
	if !declarationForm.Match(d.src[start:end]) {
		return d.faultf(ruleXMLMalformed, start, "the XML declaration must read like <?xml version=\"1.0\" encoding=\"UTF-8\"?>")
	}
	return nil
}

// directive accepts a bare document type and refuses declarations: nothing in a course needs them, and they are how
// entity attacks begin.
func (p *xmlParser) directive(text string, start, end int) *fault {
	d := p.d
	doctype := strings.HasPrefix(text, "DOCTYPE")
	switch {
	case doctype && strings.Contains(text, "["), strings.HasPrefix(text, "ENTITY"):
		return d.fatalf(ruleXMLEntity, start, "the file declares entities or an internal document type, which is refused")
	case !doctype:
		return d.faultf(ruleXMLMalformed, start, "<! begins neither a comment, which is written <!-- … -->, nor a document type")
	case len(p.stack) > 0 || d.root != nil:
		return d.faultf(ruleXMLMalformed, start, "a document type may stand only before the root element")
	case !doctypeForm.Match(d.src[start:end]):
		return d.faultf(ruleXMLMalformed, start, "the document type is not written <!DOCTYPE name SYSTEM \"address\">")
	case slices.ContainsFunc(d.before, func(n node) bool { return n.kind == doctypeNode }):
		return d.faultf(ruleXMLMalformed, start, "the file has a second document type")
	}
	d.problems = append(d.problems, d.problem(ruleXMLDoctype, start, "the document type is kept but not used"))
	p.add(node{kind: doctypeNode, start: start, end: end})
	return nil
}

// add puts a node under the open element, or before or after the root.
func (p *xmlParser) add(n node) {
	switch {
	case len(p.stack) > 0:
		top := p.stack[len(p.stack)-1]
		top.nodes = append(top.nodes, n)
	case n.kind == textNode:
	case p.d.root == nil:
		p.d.before = append(p.d.before, n)
	default:
		p.d.after = append(p.d.after, n)
	}
}

func (p *xmlParser) startElement(start, end int) *fault {
	d := p.d
	if len(p.stack) == 0 && d.root != nil {
		return d.faultf(ruleXMLMalformed, start, "the file has a second root element")
	}
	if len(p.stack) >= MaxXMLDepth {
		return d.fatalf(ruleXMLDepth, start, "elements are nested more than %d deep", MaxXMLDepth)
	}
	e := &element{start: start, open: end, close: end, end: end}
	if f := p.startTag(e); f != nil {
		return f
	}
	if len(p.stack) == 0 {
		d.root = e
	} else {
		p.add(node{kind: elementNode, start: start, end: end, el: e})
	}
	p.stack = append(p.stack, e)
	p.declare(e, 1)
	return p.checkPrefixes(e)
}

func (p *xmlParser) endElement(t xml.EndElement, start, end int) *fault {
	d := p.d
	n := len(p.stack)
	name := qualified(t.Name)
	if n == 0 {
		return d.faultf(ruleXMLMalformed, start, "</%s> closes nothing", name)
	}
	e := p.stack[n-1]
	if e.name != name {
		line, column := d.position(e.start)
		return d.faultf(ruleXMLMalformed, start, "</%s> stands where <%s> of line %d, column %d should be closed", name, e.name, line, column)
	}
	e.close, e.end = start, end
	p.declare(e, -1)
	p.stack = p.stack[:n-1]
	if n > 1 {
		parent := p.stack[n-2]
		parent.nodes[len(parent.nodes)-1].end = end
	}
	return nil
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// startTag reads name and attributes from the source of a start tag that encoding/xml has accepted.
func (p *xmlParser) startTag(e *element) *fault {
	d := p.d
	at := e.start + 1
	name := at
	for !tagSpace(d.src[at]) && d.src[at] != '>' && d.src[at] != '/' {
		at++
	}
	e.name = d.text(name, at)
	for {
		gap := at
		for tagSpace(d.src[at]) {
			at++
		}
		if d.src[at] == '>' || d.src[at] == '/' {
			return nil
		}
		if gap == at {
			return d.faultf(ruleXMLMalformed, at, "there must be a blank between two attributes")
		}
		if len(e.attrs) >= MaxXMLAttributes {
			return d.fatalf(ruleXMLAttributes, at, "<%s> has more than %d attributes", e.name, MaxXMLAttributes)
		}
		nameStart := at
		for d.src[at] != '=' && !tagSpace(d.src[at]) {
			at++
		}
		a := attr{name: d.text(nameStart, at), start: nameStart}
		if e.has(a.name) {
			return d.faultf(ruleXMLMalformed, nameStart, "the attribute %s stands twice in <%s>", a.name, e.name)
		}
		for d.src[at] != '"' && d.src[at] != '\'' {
			at++
		}
		quote := d.src[at]
		valueStart := at + 1
		at = valueStart + bytes.IndexByte(d.src[valueStart:], quote)
		if bad := surrogateReference(d.src[valueStart:at]); bad >= 0 {
			return d.faultf(ruleXMLMalformed, valueStart+bad, "this number is not that of a character")
		}
		a.value = attributeValue(d.src[valueStart:at])
		at++
		e.attrs = append(e.attrs, a)
	}
}

func tagSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// attributeValue applies XML's attribute-value normalisation: raw line ends and tabs become blanks, references stand for themselves.
func attributeValue(raw []byte) string {
	if bytes.IndexByte(raw, '&') < 0 && !bytes.ContainsAny(raw, "\t\r\n") {
		return string(raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			b.WriteByte(' ')
		case '\t', '\n':
			b.WriteByte(' ')
		case '&':
			end := i + bytes.IndexByte(raw[i:], ';')
			b.WriteString(reference(string(raw[i+1 : end])))
			i = end
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// reference decodes the inside of &…; that encoding/xml has accepted.
func reference(name string) string {
	switch name {
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "amp":
		return "&"
	case "apos":
		return "'"
	case "quot":
		return `"`
	}
	code, ok := referencedCode(name)
	if !ok {
		return "&" + name + ";"
	}
	return string(code)
}

// referencedCode reads #123 or #x7b.
func referencedCode(name string) (rune, bool) {
	digits, base := strings.TrimPrefix(name, "#"), 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	code, err := strconv.ParseInt(digits, base, 32)
	return rune(code), err == nil
}

// surrogateReference finds a reference to half of a surrogate pair, which encoding/xml takes for U+FFFD; -1 if there is none.
func surrogateReference(raw []byte) int {
	for at := 0; ; {
		next := bytes.Index(raw[at:], []byte("&#"))
		if next < 0 {
			return -1
		}
		start := at + next
		at = start + len("&#")
		for at < len(raw) && isNameByte(raw[at]) {
			at++
		}
		if code, ok := referencedCode(string(raw[start+1 : at])); ok && code >= 0xd800 && code <= 0xdfff {
			return start
		}
	}
}

// declare counts the namespace prefixes that an element declares into scope, or out of it with -1.
func (p *xmlParser) declare(e *element, by int) {
	for _, a := range e.attrs {
		if prefix, ok := strings.CutPrefix(a.name, "xmlns:"); ok {
			p.prefixes[prefix] += by
		}
	}
}

// checkPrefixes refuses a namespace prefix that no open element declares, and a declaration that is none.
func (p *xmlParser) checkPrefixes(e *element) *fault {
	if f := p.checkPrefix(e.name, e.start); f != nil {
		return f
	}
	for _, a := range e.attrs {
		if f := p.checkPrefix(a.name, a.start); f != nil {
			return f
		}
		if strings.HasPrefix(a.name, "xmlns:") && (a.value == "" || a.name == "xmlns:xmlns") {
			return p.d.faultf(ruleXMLMalformed, a.start, "%s declares a prefix without a namespace", a.name)
		}
	}
	return nil
}

func (p *xmlParser) checkPrefix(name string, at int) *fault {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		return nil
	}
	if first, _ := utf8.DecodeRuneInString(local); first != '_' && !unicode.IsLetter(first) {
		return p.d.faultf(ruleXMLMalformed, at, "%s is no name: a name follows the namespace prefix", name)
	}
	if p.prefixes[prefix] == 0 && prefix != "xml" && prefix != "xmlns" {
		return p.d.faultf(ruleXMLMalformed, at, "the namespace prefix %q of %s is not declared", prefix, name)
	}
	return nil
}
