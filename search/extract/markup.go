package extract

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attribute is one of an element; names are in lower case.
type attribute struct{ name, value string }

// errMarkup says that a source is not well-formed XML.
var errMarkup = errors.New("not well-formed")

// readXML tells the page what a well-formed source holds. After an error the page is worth nothing.
func readXML(source string, p *page) error {
	d := xml.NewDecoder(strings.NewReader(source))
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // what the store holds is UTF-8, whatever it declares
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errMarkup, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if len(p.open) > maxOpen {
				return errMarkup
			}
			p.start(xmlName(token.Name), xmlAttributes(token.Attr))
		case xml.EndElement:
			if p.top().name != xmlName(token.Name) || len(p.open) == 1 {
				return errMarkup
			}
			p.end(p.top().name)
		case xml.CharData:
			p.text(string(token))
		}
	}
	if len(p.open) > 1 {
		return errMarkup
	}
	return nil
}

// decoded gives the page that a text defined inside its element comes to: what stands before the first element is markup, whether it is spelled with entities or stands in
// CDATA. What is not well-formed stays as it is.
func decoded(source string) string {
	if !strings.ContainsAny(source, "<&\r") {
		return source
	}
	d := xml.NewDecoder(strings.NewReader(source))
	var page strings.Builder
	for {
		at := d.InputOffset()
		token, _ := d.RawToken()
		switch token := token.(type) {
		case xml.CharData:
			page.Write(token)
		case xml.Comment:
		default:
			return page.String() + source[at:]
		}
	}
}

func xmlName(n xml.Name) string {
	if n.Space == "" {
		return strings.ToLower(n.Local)
	}
	return strings.ToLower(n.Space + ":" + n.Local)
}

func xmlAttributes(list []xml.Attr) []attribute {
	attrs := make([]attribute, len(list))
	for i, a := range list {
		attrs[i] = attribute{xmlName(a.Name), a.Value}
	}
	return attrs
}

// readHTML tells the page what a source holds, whatever it is.
func readHTML(source string, p *page) {
	if source != "" && !strings.ContainsAny(source, "<&\r\x00") {
		p.text(source) // most texts are no markup, and a tokenizer costs more than all they say
		return
	}
	z := html.NewTokenizer(strings.NewReader(source))
	z.AllowCDATA(p.wary)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		if p.wary && astray(kind, z.Raw()) {
			p.hideRest()
		}
		switch kind {
		case html.TextToken:
			p.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := tag(z)
			p.start(name, attrs)
			if raw := name == "script" || name == "style"; !raw {
				if p.wary || kind == html.SelfClosingTagToken {
					z.NextIsNotRawText() // a problem is XML: no other element has text that is not markup
				}
				if kind == html.SelfClosingTagToken || void(name) {
					p.end(name)
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			p.end(string(name))
		}
	}
}

// astray reports whether a tag or declaration has swallowed the beginning of another one, so that nobody can tell what is inside of what.
func astray(kind html.TokenType, raw []byte) bool {
	if kind == html.TextToken || len(raw) == 0 {
		return false
	}
	if kind == html.CommentToken && bytes.HasPrefix(raw, []byte("<!--")) {
		return false
	}
	return bytes.IndexByte(raw[1:], '<') >= 0
}

func tag(z *html.Tokenizer) (name string, attrs []attribute) {
	b, more := z.TagName()
	name = string(b)
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		attrs = append(attrs, attribute{string(key), string(value)})
	}
	return name, attrs
}

// rootElement gives the first element of a source.
func rootElement(source string) (name string, attrs []attribute) {
	if !strings.Contains(source, "<") {
		return "", nil
	}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return "", nil
		case html.StartTagToken, html.SelfClosingTagToken:
			return tag(z)
		}
	}
}

// void reports whether an element of HTML has no content and no end tag.
func void(name string) bool {
	switch atom.Lookup([]byte(name)) {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}
