package main

import (
	"encoding/xml"
	"slices"
	"strings"
)

// plainText turns markup into text for a terminal: paragraphs, lists and what pictures are said to show.
func plainText(markup string) string { return plainWith(markup, nil) }

// plainLine is plainText in one line.
func plainLine(markup string) string { return strings.Join(strings.Fields(plainText(markup)), " ") }

// plainWith is plainText for a question: field, if there is one, gives the text in place of an element with an id.
func plainWith(markup string, field func(id string) string) string {
	decoder := xml.NewDecoder(strings.NewReader(markup))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	w := &plainWriter{}
	for {
		token, err := decoder.Token()
		if err != nil { // the end, or what no reader of markup would understand
			return w.text()
		}
		switch t := token.(type) {
		case xml.CharData:
			w.words(string(t))
		case xml.EndElement:
			w.tag(t.Name.Local)
		case xml.StartElement:
			if id := attribute(t, "id"); id != "" && field != nil {
				w.block(field(id))
				_ = decoder.Skip()
				continue
			}
			w.start(t)
		}
	}
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// lineTags are elements that begin a line of their own.
var lineTags = strings.Fields(`article blockquote br dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr label li ol p pre section table tr ul description legend`)

// plainWriter collects paragraphs.
type plainWriter struct {
	lines []string
	line  strings.Builder
	space bool // there was a blank since the last word
}

// words adds running text, with one blank wherever there is any.
func (w *plainWriter) words(text string) {
	for i, word := range strings.FieldsFunc(text, isBlank) {
		if w.line.Len() > 0 && (i > 0 || w.space || isBlank(rune(text[0]))) {
			w.line.WriteByte(' ')
		}
		w.line.WriteString(word)
		w.space = false
	}
	w.space = w.space || text != "" && isBlank(rune(text[len(text)-1]))
}

func isBlank(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' }

func (w *plainWriter) start(t xml.StartElement) {
	w.tag(t.Name.Local)
	switch t.Name.Local {
	case "li":
		w.words("- ")
	case "img":
		if alt := attribute(t, "alt"); alt != "" {
			w.words("[picture: " + alt + "]")
		} else {
			w.words("[picture: " + attribute(t, "src") + "]")
		}
	case "td", "th":
		w.words(" ")
	}
}

func (w *plainWriter) tag(name string) {
	if slices.Contains(lineTags, name) {
		w.end()
	}
}

func (w *plainWriter) end() {
	if w.line.Len() > 0 {
		w.lines = append(w.lines, w.line.String())
	}
	w.line.Reset()
	w.space = false
}

// block adds lines as they are.
func (w *plainWriter) block(text string) {
	w.end()
	w.lines = append(w.lines, text)
}

func (w *plainWriter) text() string {
	w.end()
	return strings.Join(w.lines, "\n")
}
