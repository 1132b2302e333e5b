package main

import (
	"fmt"
	"html"
	"strings"
	"time"

	"lectern/search"
)

// foundJSON is the --json form of what was found.
type foundJSON struct {
	Query     string      `json:"query"` // as it was understood
	Notes     []string    `json:"notes,omitempty"`
	Relaxed   bool        `json:"relaxed"`
	Corrected string      `json:"corrected,omitempty"`
	Total     int         `json:"total"`
	Hits      []hitJSON   `json:"hits"`
	Facets    []facetJSON `json:"facets,omitempty"`
	Next      string      `json:"next,omitempty"`
	Withheld  int         `json:"withheld,omitempty"`
	TookMS    float64     `json:"took_ms"`
}

// hitJSON is one hit. Block is empty for a course; T is the second at which a video is to begin.
type hitJSON struct {
	ID          string     `json:"id"`
	Course      string     `json:"course"`
	Block       string     `json:"block,omitempty"`
	Type        string     `json:"type"`
	Lang        string     `json:"lang,omitempty"`
	Title       string     `json:"title"`
	TitleHTML   string     `json:"title_html"`
	SnippetHTML string     `json:"snippet_html,omitempty"`
	Breadcrumbs []linkJSON `json:"breadcrumbs,omitempty"`
	T           *int       `json:"t,omitempty"`
	Runs        int        `json:"other_runs,omitempty"`
	Score       float64    `json:"score"`
}

type linkJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type facetJSON struct {
	Name   string      `json:"name"`
	Values []valueJSON `json:"values"`
	Other  int         `json:"other"`
}

type valueJSON struct {
	Value    string `json:"value"`
	Count    int    `json:"count"`
	Selected bool   `json:"selected"`
}

func shownResult(r *search.Result) *foundJSON {
	f := &foundJSON{
		Query: r.Query.String(), Relaxed: r.Relaxed, Total: r.Total, Hits: make([]hitJSON, len(r.Hits)), Next: r.Next, Withheld: r.Withheld,
		TookMS: float64(r.Took.Microseconds()) / 1000,
	}
	for _, n := range r.Notes {
		f.Notes = append(f.Notes, string(n))
	}
	if r.Corrected != nil {
		f.Corrected = r.Corrected.String()
	}
	for i := range r.Hits {
		f.Hits[i] = shownHit(&r.Hits[i])
	}
	for _, facet := range r.Facets {
		shown := facetJSON{Name: string(facet.Name), Values: make([]valueJSON, len(facet.Values)), Other: facet.Other}
		for i, v := range facet.Values {
			shown.Values[i] = valueJSON(v)
		}
		f.Facets = append(f.Facets, shown)
	}
	return f
}

func shownHit(h *search.Hit) hitJSON {
	shown := hitJSON{
		ID: h.ID, Course: h.Course.String(), Type: h.Block.Type, Lang: h.Lang, Title: h.Title, TitleHTML: h.TitleHTML, SnippetHTML: h.SnippetHTML, Runs: h.Runs, Score: h.Score,
	}
	if h.Block != h.Course.Root() {
		shown.Block = h.Course.Block(h.Block).String()
	}
	for _, c := range h.Above {
		shown.Breadcrumbs = append(shown.Breadcrumbs, linkJSON{ID: h.Course.Block(c.Block).String(), Name: titleOr(c.Title, c.Block.String())})
	}
	if h.Timed {
		seconds := int(h.At / time.Second)
		shown.T = &seconds
	}
	return shown
}

func (a *app) printFound(r *search.Result, request search.Request) error {
	if a.quiet {
		return nil
	}
	for _, n := range r.Notes {
		a.printf("%s\n", string(n))
	}
	if r.Relaxed {
		a.printf("Nothing has all of these words; most of them, or words spelled nearly so, are in:\n")
	}
	for i := range r.Hits {
		a.printHit(&r.Hits[i])
	}
	a.printf("%s\n", counted(r))
	if r.Corrected != nil {
		a.printf("Did you mean %s?\n", r.Corrected.String())
	}
	for _, f := range r.Facets {
		if err := a.printFacet(f); err != nil {
			return err
		}
	}
	if r.Next != "" {
		a.printf("more: --after %s\n", r.Next)
	}
	return nil
}

func counted(r *search.Result) string {
	switch {
	case r.Total == 0:
		return "nothing was found"
	case r.Withheld > 0:
		return fmt.Sprintf("%s, %d not shown because its course has changed meanwhile", plural(r.Total, "hit"), r.Withheld)
	case len(r.Hits) < r.Total:
		return fmt.Sprintf("%d of %s", len(r.Hits), plural(r.Total, "hit"))
	}
	return plural(r.Total, "hit")
}

func (a *app) printHit(h *search.Hit) {
	title := titleOr(h.Title, h.Block.String())
	if h.Block != h.Course.Root() {
		title += " (" + h.Block.Type + ")"
	}
	if h.Timed {
		title += fmt.Sprintf(" at %d:%02d", int(h.At.Minutes()), int(h.At.Seconds())%60)
	}
	a.printf("%s\n", title)
	path := []string{h.Course.String()}
	for _, c := range h.Above {
		path = append(path, titleOr(c.Title, c.Block.String()))
	}
	a.printf("  %s\n", strings.Join(path, " › "))
	if h.SnippetHTML != "" {
		a.printf("  %s\n", strings.Join(strings.Fields(plainSnippet(h.SnippetHTML)), " "))
	}
	if h.Block != h.Course.Root() {
		a.printf("  %s\n", h.Course.Block(h.Block).String())
	}
}

// plainSnippet shows a snippet without markup; what was found stands between asterisks.
func plainSnippet(snippet string) string {
	return html.UnescapeString(strings.NewReplacer("<mark>", "*", "</mark>", "*").Replace(snippet))
}

func (a *app) printFacet(f search.Facet) error {
	rows := [][]string{{string(f.Name) + ":"}}
	for _, v := range f.Values {
		rows = append(rows, []string{"  " + v.Value, grouped(int64(v.Count))})
	}
	if f.Other > 0 {
		rows = append(rows, []string{"  others", grouped(int64(f.Other))})
	}
	return a.table(rows)
}
