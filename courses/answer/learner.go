package answer

import (
	"encoding/xml"
	"slices"
	"strings"
)

// ForLearner gives the markup of the problem as anybody may see it: without answers, marks of what is right, hints, feedback, solutions, settings, scripts and
// comments. Fields and choices carry the ids and names that a response to them has. What it does not know it leaves out rather than show an answer:
// elements that are neither HTML nor questions lose their attributes, and inside questions all that is in them; elements keep the attributes that are
// listed here and no others.
func (p *Problem) ForLearner() string {
	w := writer{problem: p}
	w.element(&node{}, "problem", nil, func() { w.children(p.root) })
	return w.b.String()
}

// innerMarkup gives what is in an element as markup, without scripts and whatever else a page must not have from the author of a problem.
func innerMarkup(n *node) string {
	var w writer
	w.children(n)
	return strings.TrimSpace(w.b.String())
}

// choiceMarkup gives the text of a choice, without the hints in it.
func choiceMarkup(n *node) string {
	w := writer{asking: true}
	w.children(n)
	return strings.TrimSpace(w.b.String())
}

// secret are elements that are left out with all that is in them.
var secret = []string{
	"additional_answer", "answer", "codeparam", "compoundhint", "correcthint", "choicehint", "demandhint", "hintgroup", "openendedparam", "openendedrubric",
	"optionhint", "regexphint", "responseparam", "script", "solution", "solutionset", "stringequalhint", "style", "targetedfeedback", "targetedfeedbackset",
}

// shownTags are the elements of HTML that stay.
var shownTags = strings.Fields(`a abbr article aside audio b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em
	figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd label legend li mark nav ol p picture pre q rp rt ruby s samp section small source span
	strong sub summary sup table tbody td tfoot th thead time tr track tt u ul var video wbr description clarification`)

// voidTags are those of them that hold nothing; a page would take an end tag for another one.
var voidTags = []string{"br", "col", "hr", "img", "source", "track", "wbr"}

// bare are elements of OLX around text that is shown.
var bare = []string{"text", "startouttext", "math"}

// shownAttrs are the attributes that stay on them.
var shownAttrs = strings.Fields(`align alt aria-describedby aria-hidden aria-label border cellpadding cellspacing class cols colspan controls dir height href
	hreflang inline kind label lang mode poster rel reversed role rows rowspan scope size span src srclang start style tabindex target title trailing_text type
	width`)

// links are the attributes that name another resource.
var links = []string{"href", "src", "poster"}

// writer writes a tree as markup.
type writer struct {
	b       strings.Builder
	problem *Problem // nil for markup without fields
	asking  bool     // inside a question, where answers are
}

func (w *writer) children(n *node) {
	for _, c := range n.children {
		w.node(c)
	}
}

func (w *writer) node(n *node) {
	switch part := w.part(n); {
	case n.name == "":
		w.b.WriteString(escape(n.text))
	case slices.Contains(secret, n.name):
	case part != nil:
		w.field(n, part)
	case slices.Contains(fieldTags, n.name): // of no question
	case isResponse(n):
		w.question(n)
	case slices.Contains(shownTags, n.name):
		w.element(n, n.name, nil, func() { w.children(n) })
	case !w.asking || slices.Contains(bare, n.name):
		w.children(n)
	}
}

// part gives the part whose field n is, or nil.
func (w *writer) part(n *node) *Part {
	if w.problem == nil {
		return nil
	}
	if i, ok := w.problem.fields[n]; ok {
		return &w.problem.Parts[i]
	}
	return nil
}

func (w *writer) question(n *node) {
	asking := w.asking
	w.asking = true
	w.element(&node{}, n.name, nil, func() { w.children(n) })
	w.asking = asking
}

// field writes a field with its id and its choices. Without choices it is empty: what an author puts in it is for a program.
func (w *writer) field(n *node, part *Part) {
	attrs := []xml.Attr{{Name: xml.Name{Local: "id"}, Value: part.ID}}
	if n.get("shuffle") == "true" {
		attrs = append(attrs, xml.Attr{Name: xml.Name{Local: "shuffle"}, Value: "true"})
	}
	w.element(n, n.name, attrs, func() {
		tag := "choice"
		if part.Kind == Dropdown {
			tag = "option"
		}
		for _, c := range part.Choices {
			w.element(&node{}, tag, []xml.Attr{{Name: xml.Name{Local: "name"}, Value: c.Name}}, func() { w.b.WriteString(c.Text) })
		}
	})
}

// element writes a tag with what is shown of the attributes of n, and more, around what body writes.
func (w *writer) element(n *node, tag string, more []xml.Attr, body func()) {
	w.b.WriteString("<" + tag)
	for _, a := range more {
		w.attr(a)
	}
	for _, a := range n.attrs {
		if shown(a) {
			w.attr(a)
		}
	}
	if slices.Contains(voidTags, tag) {
		w.b.WriteString("/>")
		return
	}
	w.b.WriteByte('>')
	body()
	w.b.WriteString("</" + tag + ">")
}

// shown reports whether an attribute stays: one of the list, and if it is a link, one that runs nothing.
func shown(a xml.Attr) bool {
	if a.Name.Space != "" || !slices.Contains(shownAttrs, a.Name.Local) {
		return false
	}
	if !slices.Contains(links, a.Name.Local) {
		return true
	}
	clean := strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, a.Value))
	return !strings.HasPrefix(clean, "javascript:") && !strings.HasPrefix(clean, "vbscript:") && !strings.HasPrefix(clean, "data:text")
}

func (w *writer) attr(a xml.Attr) {
	w.b.WriteString(" " + a.Name.Local + `="` + escape(a.Value) + `"`)
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// escape writes a text as markup.
func escape(text string) string { return escaper.Replace(text) }
