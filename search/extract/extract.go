package extract

import "lectern/modulestore"

// Version is raised whenever the same block gives another text, so that indexes know that they are stale.
const Version = 1

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
	// Cut says that Body or Hidden was longer than MaxText.
	Cut bool
	// Assets are the sorted names of the static files that the block refers to, as it spells them after /static/.
	Assets []string
}

// Block gives the text of a block of any type, of a broken one too. body may be nil.
func Block(b *modulestore.Block, body *modulestore.Body) Text {
	title, _ := b.Attr("display_name", body)
	return Text{Title: title}
}

// HTML gives the text of a page of HTML: a custom tab, handouts, an update. Its Title is its first heading.
func HTML(data []byte) Text { return Text{Body: string(data)} }

// About gives the text of a page about a course by its name (overview, short_description …); of those that are no text but a setting, nothing.
func About(name string, data []byte) string { return HTML(data).Body }

// Language tells the language of a text of at least 200 letters by its script and its commonest words; empty when that is not sure.
func Language(text string) string { return "" }
