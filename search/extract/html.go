package extract

import "strings"

// set makes a set of names that blanks divide.
func set(names ...string) map[string]bool {
	m := make(map[string]bool)
	for _, list := range names {
		for _, name := range strings.Fields(list) {
			m[name] = true
		}
	}
	return m
}

var (
	// blockElements of HTML begin and end a line; all others stand in one.
	blockElements = set(`address article aside blockquote body br button caption center col colgroup dd details dialog dir div dl dt fieldset figcaption figure footer form
		frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search section select summary table tbody td textarea tfoot th
		thead tr ul video audio`)
	// inlineElements of HTML are those that may stand in a problem besides.
	inlineElements = set(`a abbr acronym area b bdi bdo big canvas cite code data del dfn em embed figure font i img input ins kbd label link map mark meter nobr object
		output param picture progress q rp rt ruby s samp small source span strike strong sub sup time track tt u var wbr`)
	// droppedElements hold nothing to read.
	droppedElements = set(`script style noscript template head svg iframe`)
	// headElements may stand in a head; all others end it.
	headElements = set(`base link meta noscript script style template title`)
	headings     = set(`h1 h2 h3 h4 h5 h6`)
	// roots are elements that may hold a whole page, whose language is that of the page.
	roots = set(`html body main article section div`)
	// codeElements hold what is never set as a formula.
	codeElements = set(`code pre tt textarea script`)
	// mathWords are the elements of MathML whose text is text; each is a word.
	mathWords = set(`mi mn mtext`)
	// titledElements are those whose title is a text of the page: pictures and what stands for one.
	titledElements = set(`img area imageinput jsinput`)
)

// followers are elements before which an open one of the same list ends, though its end tag is left out.
var followers = map[string][]string{
	"li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "option": {"option", "optgroup"},
	"td": {"td", "th", "tr"}, "th": {"td", "th", "tr"}, "tr": {"tr"},
}

// ownLine reports whether an element begins and ends a line.
func ownLine(name string) bool { return blockElements[name] || ownLineInProblem[name] }

// htmlRules are those of pages: everything is public but what a browser does not show.
func htmlRules(parent frame, name string) (mode, string) {
	switch {
	case droppedElements[name]:
		return dropped, ""
	case name == "math":
		return formula, ""
	case parent.mode == formula:
		return inFormula(name), ""
	}
	return public, ""
}

func inFormula(name string) mode {
	if mathWords[name] {
		return public
	}
	return formula
}

// textAttribute reports whether an attribute is read out or shown to those who read the page.
func textAttribute(element, name string) bool {
	switch name {
	case "alt", "aria-label", "label", "placeholder", "trailing_text":
		return true
	case "title":
		return titledElements[element] || element == "annotation"
	case "body":
		return element == "annotation"
	case "summary":
		return element == "table"
	case "alttext":
		return element == "math"
	}
	return false
}

// HTML gives the text of a page of HTML: a custom tab, handouts, an update. Its Title is its first heading.
func HTML(data []byte) Text {
	p := newPage(htmlRules)
	readHTML(string(data), p)
	p.closeTo(1)
	return p.finish(titleLine(p.heading))
}
