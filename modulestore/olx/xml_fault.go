package olx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// syntaxFault turns an error of encoding/xml in the token from start into a sentence and the place where an author would look.
func (p *xmlParser) syntaxFault(err error, start, end int) *fault {
	d := p.d
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		if errors.Is(err, io.EOF) {
			return d.faultf(ruleXMLMalformed, start, "the file ends in the middle of a tag or comment")
		}
		return d.faultf(ruleXMLMalformed, start, "%s", strings.TrimPrefix(err.Error(), "xml: "))
	}
	token := d.src[start:min(end, len(d.src))]
	last := start + max(len(token)-1, 0) // the character at which encoding/xml gave up
	reference := start + max(bytes.LastIndexByte(token, '&'), 0)
	switch msg := syntax.Msg; {
	case strings.Contains(msg, "character entity"):
		return p.entityFault(reference)
	case strings.Contains(msg, "illegal character code"):
		return d.faultf(ruleXMLMalformed, reference, "this reference is to a character that may not stand in XML")
	case strings.Contains(msg, "unexpected EOF"):
		return d.faultf(ruleXMLMalformed, start, "the file ends in the middle of what begins here")
	case strings.Contains(msg, "]]>"):
		return d.faultf(ruleXMLMalformed, last-len("]]"), "]]> must be written ]]&gt; in text")
	case strings.Contains(msg, `"--"`):
		return d.faultf(ruleXMLMalformed, start+bytes.LastIndex(token, []byte("--")), "-- may not stand in a comment")
	case strings.HasSuffix(msg, "element name after <"), p.badTagName(msg, start):
		return d.faultf(ruleXMLMalformed, start, "no element has such a name; a < that begins no tag must be written &lt;")
	case strings.Contains(msg, "attribute name without ="):
		return d.faultf(ruleXMLMalformed, start+bytes.LastIndexAny(token[:len(token)-1], xmlBlanks)+1, "an attribute is written name=\"value\"")
	case strings.HasPrefix(msg, "invalid characters between </"), strings.HasPrefix(msg, "invalid sequence <!"),
		strings.HasPrefix(msg, "invalid <!["), strings.HasPrefix(msg, "expected target name"):
		return d.faultf(ruleXMLMalformed, start, "%s", msg)
	default:
		return d.faultf(ruleXMLMalformed, last, "%s", msg)
	}
}

// badTagName reports whether a message about a bad name is about that of the tag from start, not of an attribute in it.
func (p *xmlParser) badTagName(msg string, start int) bool {
	name, ok := strings.CutPrefix(msg, "invalid XML name: ")
	return ok && bytes.HasPrefix(p.d.src[start+1:], []byte(name))
}

func (p *xmlParser) entityFault(at int) *fault {
	d := p.d
	end := at + 1
	for end < len(d.src) && end-at < 32 && (d.src[end] == '#' || isNameByte(d.src[end])) {
		end++
	}
	if end < len(d.src) && d.src[end] == ';' && end > at+1 {
		name := d.text(at, end+1)
		if _, html := xml.HTMLEntity[strings.Trim(name, "&;")]; html {
			return d.faultf(ruleXMLHTMLEntity, at, "%s is an HTML entity, which XML does not know", name)
		}
		return d.faultf(ruleXMLMalformed, at, "%s is not an entity of XML", name)
	}
	return d.faultf(ruleXMLMalformed, at, "a bare & must be written &amp;")
}

func isNameByte(b byte) bool {
	return b < utf8.RuneSelf && (unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b)))
}
