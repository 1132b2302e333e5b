package extract

import (
	"slices"
	"strings"

	"lectern/modulestore"
)

// Version is raised whenever the same block gives another text, so that indexes know that they are stale.
const Version = 3

// Text is what a block says, split by who may find it.
type Text struct {
	// Title is the display name, or what stands in for it: the first heading of a text, the first prompt of a problem. It may be empty.
	Title string
	// Body is what a learner reads, one line for each block of the page.
	Body string
	// Hidden is what only authors may find: solutions, hints, scripts, answers, feedback. It never has a part in Title or Body.
	Hidden string
	// Kind is the content_type of edx-search: Text, CAPA, Video, Sequence …; empty for types that have none.
	Kind string
	// Responses are the sorted tags of the responses of a problem.
	Responses []string
	// Lang is the language that the block states itself; empty for nearly all.
	Lang string
	// Cut says that something is missing because it was too long: text beyond MaxText, a word beyond MaxWord.
	Cut bool
	// Assets are the sorted names of the static files that the public part refers to, as it spells them after /static/.
	Assets []string
}

// Block gives the text of a block of any type, of a broken one too. body may be nil.
func Block(b *modulestore.Block, body *modulestore.Body) Text {
	s := newSource(b, body)
	p := s.page()
	p.closeTo(1)
	t := p.finish(s.title(p))
	t.Kind = kinds[s.ID.Type]
	return t
}

// page reads a block by its type.
func (s source) page() *page {
	if g, ok := givens[s.ID.Type]; ok {
		p := s.fromAttributes(g)
		if s.ID.Type == "drag-and-drop-v2" {
			s.dragAndDrop(p)
		}
		return p
	}
	p := newPage(htmlRules)
	switch s.ID.Type {
	case "html", "static_tab", "annotatable", "poll_question":
		readHTML(withoutCDATA(s.markup), p)
	case "course_info":
		s.courseInfo(p)
	case "about":
		if aboutTexts[s.ID.Name] {
			readHTML(s.markup, p)
		}
	case "problem":
		return problem(s.markup)
	case "openassessment":
		return openResponse(s.markup)
	case "video":
		p.asset(s.text("handout"))
		p.asset(s.text("track"))
	}
	return p
}

// withoutCDATA takes away the marks around text that stands in a definition as it is.
func withoutCDATA(markup string) string {
	if !strings.Contains(markup, "<![CDATA[") && !strings.Contains(markup, "]]>") {
		return markup
	}
	return marksOfCDATA.Replace(markup)
}

var marksOfCDATA = strings.NewReplacer("<![CDATA[", "", "]]>", "")

// courseInfo takes the updates from their list, if there is one, else the page.
func (s source) courseInfo(p *page) {
	if items, ok := s.body.Text("items"); ok {
		updates(p, items)
		return
	}
	readHTML(s.markup, p)
}

// defaultTitles are display names that nobody has chosen.
var defaultTitles = []string{"", "Text", "Raw HTML"}

// title is the display name, or what stands in for it.
func (s source) title(p *page) string {
	title := s.text("display_name")
	switch s.ID.Type {
	case "html", "static_tab", "course_info":
		if slices.Contains(defaultTitles, title) {
			return firstText(titleLine(p.heading), title)
		}
	case "problem":
		return firstText(title, firstText(titleLine(p.label), titleLine(p.shown.String())))
	case "openassessment":
		return firstText(title, titleLine(p.shown.String()))
	case "poll", "survey", "word_cloud":
		for _, name := range questions {
			title = firstText(title, titleLine(HTML([]byte(s.text(name))).Body))
		}
	}
	return title
}

// aboutTexts are the pages about a course that are texts. The others are settings: an effort in hours, the id of a video.
var aboutTexts = set(`overview short_description description title subtitle syllabus about_sidebar_html prerequisites requirements faq key_dates course_staff_short
	course_staff_extended textbook more_info university number`)

// About gives the text of a page about a course by its name (overview, short_description …); of those that are no text but a setting, nothing.
func About(name string, data []byte) string {
	if !aboutTexts[name] {
		return ""
	}
	return HTML(data).Body
}
