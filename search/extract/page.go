package extract

import (
	"maps"
	"slices"
	"strings"
)

// mode says what becomes of text.
type mode int

const (
	public  mode = iota // learners read it
	formula             // public, inside <math>: only its letters and numbers are text
	hidden              // for authors
	dropped             // for nobody: styles, pictures
)

// frame is an open element.
type frame struct {
	name string
	mode mode
	// context is the nearest element at or above that is not of HTML: what may stand here depends on it.
	context string
	// code says that formulas are not set here.
	code bool
	// sealed says that only its own end tag ends it in markup that is not well-formed.
	sealed bool
	// mark is where the public text of the element begins, for those that can give a title; -1 for others.
	mark int
}

// rules decide what becomes of an element whose parent is public.
type rules func(parent frame, name string) (m mode, context string)

// maxOpen is how many elements are kept open. Deeper ones that change nothing are forgotten at once.
const maxOpen = 256

// maxRaw limits what is kept of a page before it is made readable, in bytes.
const maxRaw = 4 * MaxText

// page collects the text of markup. Its first frame stands for the block.
type page struct {
	rules rules
	// problem says that placeholders are no text, and that some attributes are answers.
	problem bool
	// encoded says that text is markup, spelled with entities.
	encoded bool
	// wary says that the source is not well-formed.
	wary bool
	// inner says that this markup stands in a text of other markup; base is how many frames an end tag cannot close, those around it among them.
	inner bool
	base  int

	open           []frame
	begun          bool // an element has been seen
	shown, secret  lines
	heading, label string // the first of each, as it came
	responses      map[string]bool
	assets         map[string]bool
	lang           string
}

func newPage(r rules) *page {
	return &page{rules: r, base: 1, open: []frame{{mark: -1}}, responses: make(map[string]bool), assets: make(map[string]bool)}
}

// lines is text that grows to a limit.
type lines struct {
	strings.Builder
	cut bool
}

func (l *lines) add(text string) {
	if room := maxRaw - l.Len(); len(text) > room {
		l.cut = l.cut || strings.TrimSpace(text) != ""
		text = text[:room]
	}
	l.WriteString(text)
}

func (p *page) top() *frame { return &p.open[len(p.open)-1] }

func (p *page) start(name string, attrs []attribute) {
	p.closeImplied(name)
	parent := *p.top()
	f := frame{name: name, mode: parent.mode, context: parent.context, code: parent.code || codeElements[name], mark: -1}
	p.breakLine(name)
	if m, context := p.rules(parent, name); parent.mode <= formula || m == dropped {
		f.mode, f.context = m, context
	}
	if f.mode <= formula && unseen(attrs) {
		f.mode = hidden
	}
	f.sealed = f.mode >= hidden && parent.mode < hidden || p.problem && hiddenElement(name)
	if f.mode == public && (name == "label" || headings[name]) {
		f.mark = p.shown.Len()
	}
	if p.problem && f.mode == public && responseTypes[name] {
		p.responses[name] = true
	}
	if p.lang == "" && (!p.begun && roots[name] || name == "body") {
		p.lang = language(attrs)
	}
	p.begun = true
	p.attributes(f, attrs)
	switch {
	case len(p.open) <= maxOpen || f.mode != parent.mode:
		p.open = append(p.open, f)
	case p.wary: // its end tag could be taken for that of another one
		p.hideRest()
	}
}

// end closes the nearest element of that name, and those inside it that were left open.
func (p *page) end(name string) {
	for i := len(p.open) - 1; i >= p.base; i-- {
		if p.open[i].name == name {
			p.closeTo(i)
			return
		}
		if p.open[i].name == "" || p.wary && p.open[i].sealed {
			return
		}
	}
}

func (p *page) closeTo(n int) {
	for len(p.open) > n {
		f := p.top()
		if f.mark >= 0 {
			p.titled(*f, p.shown.String()[f.mark:])
		}
		p.breakLine(f.name)
		if f.mode == public && mathWords[f.name] {
			p.shown.add(" ")
		}
		p.open = p.open[:len(p.open)-1]
	}
}

func (p *page) titled(f frame, text string) {
	if f.name == "label" {
		p.label = firstText(p.label, text)
	} else {
		p.heading = firstText(p.heading, text)
	}
}

// firstText is the first of two texts that is not blank.
func firstText(a, b string) string {
	if strings.TrimSpace(a) != "" {
		return a
	}
	return b
}

// breakLine begins a new line where an element does. Of what is hidden, elements that nobody knows do so, too: words of two of them are not one.
func (p *page) breakLine(name string) {
	own := ownLine(name)
	if own {
		p.shown.add("\n")
	}
	if own || !inlineElements[name] {
		p.secret.add("\n")
	}
}

// closeImplied closes what HTML lets its authors leave open: a paragraph before the next one, a head before what cannot stand in it.
func (p *page) closeImplied(name string) {
	if p.problem || len(p.open) == p.base {
		return
	}
	switch top := p.top().name; {
	case top == "head" && !headElements[name],
		top == "p" && name != "br" && ownLine(name),
		slices.Contains(followers[top], name):
		p.closeTo(len(p.open) - 1)
	}
}

// text takes text where it stands. Text of a problem that holds elements of one, in CDATA or as entities, is read as markup once more: no element is text.
func (p *page) text(text string) {
	f := p.top()
	if f.mode == public && (p.problem && holdsElement(text) || p.encoded && !p.inner && strings.Contains(text, "<")) {
		p.nested(text)
		return
	}
	p.put(f.mode, f.code, text)
}

// put writes text. Its own line breaks count in code alone.
func (p *page) put(m mode, code bool, text string) {
	if code {
		text = withoutDelimiters.Replace(text)
	} else {
		text = strings.ReplaceAll(text, "\n", " ")
	}
	if m == public && p.problem {
		text = withoutPlaceholders(text)
	}
	p.write(m, text)
}

// putLine writes text on a line of its own.
func (p *page) putLine(m mode, text string) {
	p.write(m, "\n")
	p.put(m, false, text)
	p.write(m, "\n")
}

func (p *page) write(m mode, text string) {
	switch m {
	case public:
		p.shown.add(text)
	case hidden:
		p.secret.add(text)
	}
}

// nested reads text as markup where it stands. Text inside that would have to be read once more is hidden.
func (p *page) nested(text string) {
	if p.inner {
		p.put(hidden, false, text)
		return
	}
	base, wary := p.base, p.wary
	p.inner, p.base, p.wary = true, len(p.open), true
	readHTML(text, p)
	p.closeTo(p.base)
	p.inner, p.base, p.wary = false, base, wary
}

// hideRest hides all that follows in this markup: no end tag closes a frame without a name.
func (p *page) hideRest() {
	if p.top().name != "" || len(p.open) == p.base {
		p.open = append(p.open, frame{mode: hidden, mark: -1})
	}
}

// language is the language that the attributes of an element state.
func language(attrs []attribute) string {
	for _, a := range attrs {
		if a.name == "xml:lang" || a.name == "lang" {
			return strings.TrimSpace(a.value)
		}
	}
	return ""
}

// unseen reports whether attributes say that nobody sees the element.
func unseen(attrs []attribute) bool {
	for _, a := range attrs {
		switch value := strings.ToLower(strings.Join(strings.Fields(a.value), "")); a.name {
		case "hidden":
			if value != "false" {
				return true
			}
		case "aria-hidden":
			if value == "true" {
				return true
			}
		case "style":
			if strings.Contains(value, "display:none") {
				return true
			}
		}
	}
	return false
}

// attributes takes the text that stands in attributes.
func (p *page) attributes(f frame, attrs []attribute) {
	for _, a := range attrs {
		switch {
		case p.problem && answerAttributes[a.name]:
			p.attribute(hidden, a.value)
		case p.problem && f.name == "optioninput" && a.name == "options":
			for _, option := range quotedList(a.value) {
				p.attribute(f.mode, option)
			}
		case f.name != "problem" && textAttribute(f.name, a.name):
			mark := p.shown.Len()
			p.attribute(f.mode, a.value)
			if a.name == "label" && f.name != "draggable" {
				p.label = firstText(p.label, p.shown.String()[mark:])
			}
		case f.mode <= formula:
			p.asset(a.value)
		}
	}
}

// attribute takes the value of one attribute. In a problem, one that holds elements is for authors.
func (p *page) attribute(m mode, value string) {
	value = strings.TrimSpace(value)
	if value == "" || m == hidden && (strings.EqualFold(value, "true") || strings.EqualFold(value, "false")) {
		return
	}
	if m == formula {
		m, value = public, formulaText(value)
	}
	if m == public && p.problem && holdsElement(value) {
		m = hidden
	}
	p.putLine(m, value)
}

// asset remembers the file of the course that a value names.
func (p *page) asset(value string) {
	value = strings.TrimSpace(value)
	name, ok := strings.CutPrefix(value, "/static/")
	if !ok {
		_, name, ok = strings.Cut(value, "type@asset+block@")
	}
	name, _, _ = strings.Cut(name, "?")
	name, _, _ = strings.Cut(name, "#")
	if ok && name != "" && len(name) <= 1000 {
		p.assets[name] = true
	}
}

// finish makes the text of what the page has collected, once all its elements are closed.
func (p *page) finish(title string) Text {
	var t Text
	var cut [3]bool
	t.Body, cut[0] = clean(readable(p.shown.String()))
	t.Hidden, cut[1] = clean(p.secret.String())
	t.Title, cut[2] = clean(title)
	t.Cut = cut[0] || cut[1] || p.shown.cut || p.secret.cut
	t.Responses = slices.Sorted(maps.Keys(p.responses))
	t.Assets = slices.Sorted(maps.Keys(p.assets))
	t.Lang = p.lang
	return t
}
