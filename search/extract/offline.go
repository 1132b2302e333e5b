package extract

import (
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"lectern/modulestore"
)

// workOffline are the types that need nothing but what the course holds, unless it refers to something outside.
var workOffline = set(`html problem static_tab course_info annotatable poll_question about drag-and-drop-v2 problem-builder step-builder`)

// Offline reports whether a block can be used without a network: it is of a type that can, and refers to nothing outside of the course that it loads by itself. A video
// can if one of its sources is a file of the course.
func Offline(b *modulestore.Block, body *modulestore.Body) bool {
	s := newSource(b, body)
	switch {
	case b.ID.Type == "video":
		return slices.ContainsFunc(s.videoSources(), func(source string) bool { return source != "" && !outside(source) })
	case !workOffline[b.ID.Type]:
		return false
	}
	return !loadsFromOutside(s.markup)
}

// videoSources are the files of a video, wherever it names them.
func (s source) videoSources() (list []string) {
	list = append(list, s.text("source"))
	var more []string
	if json.Unmarshal([]byte(s.text("html5_sources")), &more) == nil {
		list = append(list, more...)
	}
	return append(list, elementAttributes(s.markup, map[string][]string{"source": {"src"}, "encoded_video": {"url"}})...)
}

// loading are the attributes whose address a page loads without being asked, by the elements that have them.
var loading = map[string][]string{
	"iframe": {"src"}, "embed": {"src"}, "object": {"data"}, "script": {"src"}, "link": {"href"}, "img": {"src"}, "image": {"src"}, "audio": {"src"}, "video": {"src"},
	"source": {"src"}, "track": {"src"}, "jsinput": {"html_file"}, "imageinput": {"src"}, "drag_and_drop_input": {"img"},
}

func loadsFromOutside(markup string) bool {
	return slices.ContainsFunc(elementAttributes(withoutCDATA(markup), loading), outside)
}

// outside reports whether an address is one of another server.
func outside(address string) bool {
	address = strings.ToLower(strings.TrimSpace(address))
	return strings.HasPrefix(address, "//") || strings.Contains(address, "://")
}

// elementAttributes gives the values of some attributes of some elements.
func elementAttributes(markup string, wanted map[string][]string) (values []string) {
	if !strings.Contains(markup, "<") {
		return nil
	}
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return values
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := tag(z)
			for _, a := range attrs {
				if slices.Contains(wanted[name], a.name) {
					values = append(values, a.value)
				}
			}
		}
	}
}
