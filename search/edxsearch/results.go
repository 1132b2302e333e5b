package edxsearch

import (
	"html"
	"strings"
	"time"

	"lectern/search"
)

// Results is the answer to a search.
type Results struct {
	Took         int64          `json:"took"` // milliseconds
	Total        int            `json:"total"`
	MaxScore     float64        `json:"max_score"` // of the page
	AccessDenied int            `json:"access_denied_count"`
	Results      []Result       `json:"results"`
	Aggs         map[string]Agg `json:"aggs"`
}

// Result is one hit.
type Result struct {
	ID    string  `json:"_id"`
	Index string  `json:"_index"`
	Type  string  `json:"_type"`
	Score float64 `json:"score"`
	Data  any     `json:"data"` // a *Block, or a *Course from the catalog
}

// Agg counts the hits by the values of a field.
type Agg struct {
	Terms map[string]int `json:"terms"`
	Total int            `json:"total"`
	Other int            `json:"other"`
}

// The names of the indexes, and the one type of document that there is.
const (
	contentIndex = "courseware_content"
	catalogIndex = "course_info"
	documentType = "_doc"
)

// Block is the data of a hit in a course.
type Block struct {
	ID          string            `json:"id"`
	Course      string            `json:"course"`
	Org         string            `json:"org"`
	CourseName  string            `json:"course_name"`
	ContentType string            `json:"content_type"`
	Location    []string          `json:"location"` // the names of section, subsection and unit
	Content     map[string]string `json:"content"`  // display_name, and html_content or transcript_LANGUAGE
	Excerpt     string            `json:"excerpt"`
	URL         string            `json:"url"`
}

// NewResults gives the answer to a search in courses, or in the catalog.
func NewResults(r *search.Result) *Results {
	answer := &Results{Took: r.Took.Milliseconds(), Total: r.Total, Results: make([]Result, len(r.Hits)), Aggs: make(map[string]Agg)}
	for i := range r.Hits {
		h := &r.Hits[i]
		answer.MaxScore = max(answer.MaxScore, h.Score)
		answer.Results[i] = Result{ID: h.ID, Index: contentIndex, Type: documentType, Score: h.Score}
		if h.About != nil {
			answer.Results[i].Index, answer.Results[i].Data = catalogIndex, newCourse(h)
		} else {
			answer.Results[i].Data = newBlock(h)
		}
	}
	for _, f := range r.Facets {
		answer.Aggs[facetField(f.Name)] = newAgg(f)
	}
	return answer
}

// levels is the number of names in a location; deeper ones are left out.
const levels = 3

func newBlock(h *search.Hit) *Block {
	usage := h.Course.Block(h.Block).String()
	b := &Block{
		ID: usage, Course: h.Course.String(), Org: h.Course.Org, CourseName: h.CourseTitle, ContentType: h.Kind, Location: []string{},
		Content: map[string]string{"display_name": h.Title}, Excerpt: excerpt(h),
		URL: "/courses/" + h.Course.String() + "/jump_to/" + usage,
	}
	for _, c := range h.Above[:min(levels, len(h.Above))] {
		b.Location = append(b.Location, c.Name())
	}
	switch {
	case h.SnippetHTML == "":
	case h.Kind == "Text":
		b.Content["html_content"] = plain(h.SnippetHTML)
	case h.Kind == "Video" && h.Lang != "":
		b.Content["transcript_"+h.Lang] = plain(h.SnippetHTML)
	}
	return b
}

// excerpt is the snippet or, without one, the title, with <b> around what was found.
func excerpt(h *search.Hit) string {
	text := h.SnippetHTML
	if text == "" {
		text = h.TitleHTML
	}
	return strings.NewReplacer("<mark>", "<b>", "</mark>", "</b>").Replace(text)
}

// plain is a snippet as text.
func plain(snippet string) string {
	return html.UnescapeString(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(snippet))
}

// facetField is the name that edx-search has for a facet.
func facetField(n search.FacetName) string {
	switch n {
	case search.FacetKind:
		return "content_type"
	case search.FacetLang:
		return "language"
	case search.FacetResponses:
		return "problem_types"
	}
	return string(n)
}

func newAgg(f search.Facet) Agg {
	a := Agg{Terms: make(map[string]int, len(f.Values)), Total: f.Other, Other: f.Other}
	for _, v := range f.Values {
		a.Terms[v.Value] = v.Count
		a.Total += v.Count
	}
	return a
}

// Course is the data of a hit in the catalog.
type Course struct {
	ID              string            `json:"id"`
	Course          string            `json:"course"`
	Org             string            `json:"org"`
	Number          string            `json:"number"`
	Content         map[string]string `json:"content"` // display_name, number, short_description, overview
	Language        string            `json:"language,omitempty"`
	SelfPaced       bool              `json:"self_paced"`
	Modes           []string          `json:"modes"`
	Start           string            `json:"start,omitempty"`
	End             string            `json:"end,omitempty"`
	EnrollmentStart string            `json:"enrollment_start,omitempty"`
	EnrollmentEnd   string            `json:"enrollment_end,omitempty"`
	Excerpt         string            `json:"excerpt"`
	URL             string            `json:"url"`
}

func newCourse(h *search.Hit) *Course {
	about := h.About
	return &Course{
		ID: h.Course.String(), Course: h.Course.String(), Org: h.Course.Org, Number: h.Course.Code,
		Content:  map[string]string{"display_name": h.Title, "number": h.Course.Code, "short_description": about.Short, "overview": plain(h.SnippetHTML)},
		Language: about.Language, SelfPaced: about.Pacing == "self", Modes: []string{},
		Start: instant(about.Start), End: instant(about.End), EnrollmentStart: instant(about.EnrolStart), EnrollmentEnd: instant(about.EnrolEnd),
		Excerpt: excerpt(h), URL: "/courses/" + h.Course.String() + "/about",
	}
}

// instant spells a time as Python does; nothing for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05") + "+00:00"
}
