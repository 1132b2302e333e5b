package olx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	uni "golang.org/x/text/encoding/unicode"
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
	src  []byte // UTF-8, without byte order mark
	root *element
	// before and after are comments, instructions and a document type outside the root element.
	before, after []node
	// plain says that src is the file itself, so that parts of it may be copied back.
	plain    bool
	problems []Problem
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

type attr struct{ name, value string }

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

func blank(b []byte) bool { return len(bytes.TrimLeft(b, " \t\r\n")) == 0 }

// position turns an offset into line and column, both from 1; the column counts characters.
func position(src []byte, offset int) (line, column int) {
	offset = min(max(offset, 0), len(src))
	start := bytes.LastIndexByte(src[:offset], '\n') + 1
	return bytes.Count(src[:start], []byte("\n")) + 1, utf8.RuneCount(src[start:offset]) + 1
}

// problem makes a problem at an offset of the document.
func (d *document) problem(rule Rule, offset int, message string) Problem {
	line, column := position(d.src, offset)
	return Problem{Severity: rule.Severity, Rule: rule.ID, File: d.path, Line: line, Column: column, Message: message, Fix: rule.Fix}
}

// fault says why a file is not XML we can use. A fatal one ends the import, any other makes a broken block.
type fault struct {
	Problem
	fatal bool
}

func (f *fault) Error() string { return f.Message }

// parseXML reads one file. It is stricter than encoding/xml, as strict as libxml2: what it accepts, Open edX accepts.
func parseXML(path string, data []byte) (*document, *fault) {
	d := &document{path: path, plain: true}
	if len(data) > MaxXMLBytes {
		return nil, d.fatalf(ruleXMLSize, 0, "the file has %d bytes; an XML file may have at most %d", len(data), MaxXMLBytes)
	}
	if f := d.decodeText(data); f != nil {
		return nil, f
	}
	p := &xmlParser{d: d}
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

var (
	bomUTF8    = []byte("\xef\xbb\xbf")
	bomUTF16LE = []byte("\xff\xfe")
	bomUTF16BE = []byte("\xfe\xff")
)

// decodeText finds the encoding (byte order mark, then declaration, then UTF-8) and leaves UTF-8 in d.src.
func (d *document) decodeText(data []byte) *fault {
	switch {
	case bytes.HasPrefix(data, bomUTF8):
		d.src, d.plain = data[len(bomUTF8):], false
		d.problems = append(d.problems, d.problem(ruleXMLBOM, 0, "the file starts with a byte order mark"))
	case bytes.HasPrefix(data, bomUTF16LE), bytes.HasPrefix(data, bomUTF16BE):
		return d.transcode(data, uni.UTF16(uni.LittleEndian, uni.UseBOM), "UTF-16")
	default:
		d.src = data
	}
	if lead := len(d.src) - len(bytes.TrimLeft(d.src, " \t\r\n")); lead > 0 && bytes.HasPrefix(d.src[lead:], []byte("<?xml ")) {
		d.problems = append(d.problems, d.problem(ruleXMLLeadingBlank, 0, "there is white space before the XML declaration"))
		d.src, d.plain = d.src[lead:], false
	}
	if name := declaredEncoding(d.src); name != "" && !strings.EqualFold(name, "utf-8") && !strings.EqualFold(name, "us-ascii") {
		enc, err := htmlindex.Get(name)
		if err != nil || enc == encoding.Replacement {
			return d.faultf(ruleXMLEncoding, 0, "the declared encoding %q is not one we can read", name)
		}
		return d.transcode(d.src, enc, name)
	}
	return d.checkUTF8()
}

func (d *document) transcode(data []byte, enc encoding.Encoding, name string) *fault {
	text, err := enc.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		d.src = nil
		return d.faultf(ruleXMLEncoding, 0, "the file says it is %s, but its bytes are not", name)
	}
	d.src, d.plain = text, false
	d.problems = append(d.problems, d.problem(ruleXMLTranscoded, 0, fmt.Sprintf("the file is written in %s and was read as such", name)))
	return nil
}

func (d *document) checkUTF8() *fault {
	if utf8.Valid(d.src) {
		return nil
	}
	at := invalidUTF8(d.src)
	return d.faultf(ruleXMLEncoding, at, "byte %d (0x%02x) is not UTF-8, and the file declares no other encoding", at, d.src[at])
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, len(b) if there is none.
func invalidUTF8(b []byte) int {
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return at
}

// declaredEncoding returns the name in the encoding declaration of an ASCII-compatible file, or "".
func declaredEncoding(src []byte) string {
	if !bytes.HasPrefix(src, []byte("<?xml ")) {
		return ""
	}
	end := bytes.Index(src, []byte("?>"))
	if end < 0 {
		return ""
	}
	decl := string(src[:end])
	at := strings.Index(decl, "encoding")
	if at < 0 {
		return ""
	}
	rest := strings.TrimLeft(decl[at+len("encoding"):], " \t\r\n=")
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return ""
	}
	name, _, ok := strings.Cut(rest[1:], rest[:1])
	if !ok {
		return ""
	}
	return name
}

// xmlParser builds the tree of elements from the tokens of encoding/xml, which checks names, characters and
// references; the parser adds the checks that it leaves out.
type xmlParser struct {
	d     *document
	dec   *xml.Decoder
	stack []*element
}

func (p *xmlParser) run() *fault {
	d := p.d
	p.dec = xml.NewDecoder(bytes.NewReader(d.src))
	p.dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		start := int(p.dec.InputOffset())
		token, err := p.dec.RawToken()
		end := int(p.dec.InputOffset())
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

func (p *xmlParser) token(token xml.Token, start, end int) *fault {
	d := p.d
	switch t := token.(type) {
	case xml.StartElement:
		return p.startElement(start, end)
	case xml.EndElement:
		return p.endElement(t, start, end)
	case xml.CharData:
		if len(p.stack) == 0 && !blank(d.src[start:end]) {
			at := start + len(d.src[start:end]) - len(bytes.TrimLeft(d.src[start:end], " \t\r\n"))
			return d.faultf(ruleXMLMalformed, at, "there is text outside the root element")
		}
		p.add(node{kind: textNode, start: start, end: end})
	case xml.Comment:
		p.add(node{kind: commentNode, start: start, end: end})
	case xml.ProcInst:
		if strings.EqualFold(t.Target, "xml") {
			if start != 0 || t.Target != "xml" {
				return d.faultf(ruleXMLMalformed, start, "an XML declaration may stand only at the very start of a file")
			}
			return nil
		}
		p.add(node{kind: instructionNode, start: start, end: end})
	case xml.Directive:
		return p.directive(string(t), start, end)
	}
	return nil
}

// directive accepts a bare document type and refuses declarations: nothing in a course needs them, and they are how
// entity attacks begin.
func (p *xmlParser) directive(text string, start, end int) *fault {
	d := p.d
	if strings.Contains(text, "[") || strings.HasPrefix(text, "ENTITY") || !strings.HasPrefix(text, "DOCTYPE") {
		return d.fatalf(ruleXMLEntity, start, "the file declares entities or an internal document type, which is refused")
	}
	if len(p.stack) > 0 || d.root != nil {
		return d.faultf(ruleXMLMalformed, start, "a document type may stand only before the root element")
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
		line, column := position(d.src, e.start)
		return d.faultf(ruleXMLMalformed, start, "</%s> stands where <%s> of line %d, column %d should be closed", name, e.name, line, column)
	}
	e.close, e.end = start, end
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
		a := attr{name: d.text(nameStart, at)}
		if e.has(a.name) {
			return d.faultf(ruleXMLMalformed, nameStart, "the attribute %s stands twice in <%s>", a.name, e.name)
		}
		for d.src[at] != '"' && d.src[at] != '\'' {
			at++
		}
		quote := d.src[at]
		valueStart := at + 1
		at = valueStart + bytes.IndexByte(d.src[valueStart:], quote)
		a.value = attributeValue(d.src[valueStart:at])
		at++
		e.attrs = append(e.attrs, a)
	}
}

func tagSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// attributeValue applies XML's attribute-value normalisation: raw line ends and tabs become blanks, references stand for themselves.
func attributeValue(raw []byte) string {
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexAny(raw, "\t\r\n") < 0 {
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
	digits, base := strings.TrimPrefix(name, "#"), 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	r, err := strconv.ParseInt(digits, base, 32)
	if err != nil {
		return "&" + name + ";"
	}
	return string(rune(r))
}

// checkPrefixes refuses a namespace prefix that no open element declares.
func (p *xmlParser) checkPrefixes(e *element) *fault {
	if f := p.checkPrefix(e, e.name); f != nil {
		return f
	}
	for _, a := range e.attrs {
		if a.name != "xmlns" && !strings.HasPrefix(a.name, "xmlns:") {
			if f := p.checkPrefix(e, a.name); f != nil {
				return f
			}
		}
	}
	return nil
}

func (p *xmlParser) checkPrefix(e *element, name string) *fault {
	prefix, _, ok := strings.Cut(name, ":")
	if !ok || prefix == "xml" {
		return nil
	}
	for i := len(p.stack) - 1; i >= 0; i-- {
		if p.stack[i].has("xmlns:" + prefix) {
			return nil
		}
	}
	return p.d.faultf(ruleXMLMalformed, e.start, "the namespace prefix %q of %s is not declared", prefix, name)
}

// syntaxFault turns an error of encoding/xml into a place and a sentence.
func (p *xmlParser) syntaxFault(err error, start, end int) *fault {
	d := p.d
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		if errors.Is(err, io.EOF) {
			return d.faultf(ruleXMLMalformed, start, "the file ends in the middle of a tag or comment")
		}
		return d.faultf(ruleXMLMalformed, end, "%s", err.Error())
	}
	at := min(end, len(d.src))
	if amp := bytes.LastIndexByte(d.src[start:at], '&'); amp >= 0 && strings.Contains(syntax.Msg, "character entity") {
		return p.entityFault(start + amp)
	}
	switch {
	case strings.Contains(syntax.Msg, "unexpected EOF"):
		return d.faultf(ruleXMLMalformed, start, "the file ends in the middle of what begins here")
	case strings.Contains(syntax.Msg, "illegal character code"):
		return d.faultf(ruleXMLMalformed, max(at-1, 0), "%s", syntax.Msg)
	}
	return d.faultf(ruleXMLMalformed, max(at-1, start), "%s", syntax.Msg)
}

func (p *xmlParser) entityFault(at int) *fault {
	d := p.d
	end := at + 1
	for end < len(d.src) && end-at < 32 && (d.src[end] == '#' || isNameByte(d.src[end])) {
		end++
	}
	if end < len(d.src) && d.src[end] == ';' && end > at+1 {
		name := d.text(at, end+1)
		if p.isHTMLEntity(name) {
			return d.faultf(ruleXMLHTMLEntity, at, "%s is an HTML entity, which XML does not know", name)
		}
		return d.faultf(ruleXMLMalformed, at, "%s is not an entity of XML", name)
	}
	return d.faultf(ruleXMLMalformed, at, "a bare & must be written &amp;")
}

func (p *xmlParser) isHTMLEntity(ref string) bool {
	_, ok := xml.HTMLEntity[strings.Trim(ref, "&;")]
	return ok
}

func isNameByte(b byte) bool {
	return b < utf8.RuneSelf && (unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b)))
}
