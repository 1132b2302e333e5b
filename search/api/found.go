// Package api is the JSON form of what a search has found, the same for lectern search --json and for servers. It is pure: results go in, values come out that encode themselves.
package api

import (
	"strings"
	"time"

	"lectern/search"
)

// Found is what was found. Every number counts only what whoever asked may find.
type Found struct {
	Query     string   `json:"query"` // as it was understood
	Notes     []string `json:"notes,omitempty"`
	Relaxed   bool     `json:"relaxed"` // nothing had all words as they are
	Corrected string   `json:"corrected,omitempty"`
	Total     int      `json:"total"`
	Hits      []Hit    `json:"hits"`
	Facets    []Facet  `json:"facets,omitempty"`
	Next      string   `json:"next,omitempty"` // asks for the page that follows
	Withheld  int      `json:"withheld,omitempty"`
	TookMS    float64  `json:"took_ms"`
}

// Hit is one hit. TitleHTML and SnippetHTML are text in which nothing but <mark> is markup.
type Hit struct {
	ID          string  `json:"id"`
	Course      string  `json:"course"`
	CourseTitle string  `json:"course_title,omitempty"`
	Block       string  `json:"block,omitempty"` // empty for a course
	Type        string  `json:"type"`
	Lang        string  `json:"lang,omitempty"`
	Title       string  `json:"title"`
	TitleHTML   string  `json:"title_html"`
	SnippetHTML string  `json:"snippet_html,omitempty"`
	Breadcrumbs []Crumb `json:"breadcrumbs,omitempty"` // from the section down
	URL         string  `json:"url,omitempty"`
	T           *int    `json:"t,omitempty"` // the second at which a video is to begin
	About       *About  `json:"about,omitempty"`
	OtherRuns   int     `json:"other_runs,omitempty"` // of the same course that were found, too
	Score       float64 `json:"score"`
}

// Crumb is a block above a hit.
type Crumb struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// About is what the catalog says of a course. What a course does not set is left out.
type About struct {
	Short           string     `json:"short_description,omitempty"`
	Start           *time.Time `json:"start,omitempty"`
	End             *time.Time `json:"end,omitempty"`
	EnrollmentStart *time.Time `json:"enrollment_start,omitempty"`
	EnrollmentEnd   *time.Time `json:"enrollment_end,omitempty"`
	Language        string     `json:"language,omitempty"`
	Pacing          string     `json:"pacing"`
	Subjects        []string   `json:"subjects,omitempty"`
}

// Facet counts the hits by their values, the most frequent first.
type Facet struct {
	Name   string  `json:"name"`
	Values []Value `json:"values"`
	Other  int     `json:"other"` // hits with values that are not listed
}

// Value is a value of a facet.
type Value struct {
	Value    string `json:"value"`
	Count    int    `json:"count"`
	Selected bool   `json:"selected"`
}

// NewFound gives the JSON form of a result. url tells where a hit is to be read; nil for nowhere.
func NewFound(r *search.Result, url func(*search.Hit) string) *Found {
	f := &Found{
		Query: r.Query.String(), Relaxed: r.Relaxed, Total: r.Total, Hits: make([]Hit, len(r.Hits)), Next: r.Next, Withheld: r.Withheld,
		TookMS: float64(r.Took.Microseconds()) / 1000,
	}
	for _, n := range r.Notes {
		f.Notes = append(f.Notes, string(n))
	}
	if r.Corrected != nil {
		f.Corrected = r.Corrected.String()
	}
	for i := range r.Hits {
		f.Hits[i] = newHit(&r.Hits[i])
		if url != nil {
			f.Hits[i].URL = url(&r.Hits[i])
		}
	}
	for _, facet := range r.Facets {
		f.Facets = append(f.Facets, newFacet(facet))
	}
	return f
}

func newHit(h *search.Hit) Hit {
	shown := Hit{
		ID: h.ID, Course: h.Course.String(), CourseTitle: h.CourseTitle, Type: h.Block.Type, Lang: h.Lang, Title: h.Title, TitleHTML: h.TitleHTML, SnippetHTML: h.SnippetHTML,
		OtherRuns: h.Runs, About: newAbout(h.About), Score: h.Score,
	}
	if h.Block != h.Course.Root() {
		shown.Block = h.Course.Block(h.Block).String()
	}
	for _, c := range h.Above {
		shown.Breadcrumbs = append(shown.Breadcrumbs, Crumb{ID: h.Course.Block(c.Block).String(), Name: c.Name()})
	}
	if h.Timed {
		seconds := int(h.At / time.Second)
		shown.T = &seconds
	}
	return shown
}

func newAbout(a *search.About) *About {
	if a == nil {
		return nil
	}
	at := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.UTC()
		return &t
	}
	return &About{
		Short: strings.TrimSpace(a.Short), Start: at(a.Start), End: at(a.End), EnrollmentStart: at(a.EnrolStart), EnrollmentEnd: at(a.EnrolEnd),
		Language: a.Language, Pacing: a.Pacing, Subjects: a.Subjects,
	}
}

func newFacet(f search.Facet) Facet {
	shown := Facet{Name: string(f.Name), Values: make([]Value, len(f.Values)), Other: f.Other}
	for i, v := range f.Values {
		shown.Values[i] = Value(v)
	}
	return shown
}
