package main

import (
	"fmt"
	"html"
	"strings"
	"time"

	"lectern/search"
)

func (a *app) printFound(r *search.Result) error {
	if a.quiet {
		return nil
	}
	for _, n := range r.Notes {
		a.printf("%s\n", string(n))
	}
	if r.Relaxed {
		a.printf("Nothing has all of these words; most of them, or words spelled nearly so, are in:\n")
	}
	m := a.marks()
	for i := range r.Hits {
		a.printHit(&r.Hits[i], m)
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
		return fmt.Sprintf("%s, %d not shown because the course has changed meanwhile", plural(r.Total, "hit"), r.Withheld)
	case len(r.Hits) < r.Total:
		return fmt.Sprintf("%d of %s", len(r.Hits), plural(r.Total, "hit"))
	}
	return plural(r.Total, "hit")
}

func (a *app) printHit(h *search.Hit, m marks) {
	title := titleOr(h.Title, h.Block.String())
	if h.TitleHTML != "" {
		title = m.title.text(h.TitleHTML)
	}
	fmt.Fprintf(a.out, "%s%s\n", title, safe(kindOf(h)))
	if h.About == nil {
		a.printf("  %s\n", strings.Join(pathOf(h), " › "))
	}
	if h.SnippetHTML != "" {
		fmt.Fprintf(a.out, "  %s\n", m.snippet.text(h.SnippetHTML))
	}
	a.printf("  %s\n", placeOf(h))
}

// kindOf is what stands behind the title of a hit: its type, the language of a further transcript, and where in a video it is.
func kindOf(h *search.Hit) string {
	if h.About != nil {
		return ""
	}
	kind := h.Block.Type
	if strings.Contains(h.ID, "#") {
		kind += ", " + h.Lang
	}
	if h.Timed {
		return fmt.Sprintf(" (%s) at %d:%02d", kind, int(h.At.Minutes()), int(h.At.Seconds())%60)
	}
	return " (" + kind + ")"
}

// pathOf gives the names of what is above a hit, the course first.
func pathOf(h *search.Hit) []string {
	path := []string{titleOr(h.CourseTitle, h.Course.String())}
	for _, c := range h.Above {
		path = append(path, c.Name())
	}
	return path
}

// placeOf is the key of a hit, and what the catalog says of a course.
func placeOf(h *search.Hit) string {
	if h.About == nil {
		return h.Course.Block(h.Block).String()
	}
	said := []string{h.Course.String()}
	day := func(word string, t time.Time) {
		if !t.IsZero() {
			said = append(said, word+" "+t.UTC().Format(time.DateOnly))
		}
	}
	day("starts", h.About.Start)
	day("ends", h.About.End)
	if h.Runs > 0 {
		said = append(said, plural(h.Runs, "other run"))
	}
	return strings.Join(said, " · ")
}

// marks are how what was found is marked in titles and snippets.
type marks struct{ title, snippet marking }

type marking struct{ open, close string }

// marks makes bold on a terminal. Elsewhere snippets have asterisks.
func (a *app) marks() marks {
	if isTerminal(a.stdout) && a.colors() {
		bold := marking{"\x1b[1m", "\x1b[0m"}
		return marks{bold, bold}
	}
	return marks{snippet: marking{"*", "*"}}
}

// text makes one line of a piece of text in which nothing but <mark> is markup. What is in it is made safe to be shown.
func (m marking) text(marked string) string {
	var b strings.Builder
	marked = strings.Join(strings.Fields(marked), " ")
	for i, piece := range strings.Split(marked, "<mark>") {
		in, after, closed := strings.Cut(piece, "</mark>")
		if i > 0 && closed {
			b.WriteString(m.open + safe(html.UnescapeString(in)) + m.close)
			in = after
		}
		b.WriteString(safe(html.UnescapeString(in)))
	}
	return b.String()
}

func (a *app) printFacet(f search.Facet) error {
	rows := [][]string{{string(f.Name) + ":"}}
	for _, v := range f.Values {
		value := "  " + v.Value
		if v.Selected {
			value = "* " + v.Value
		}
		rows = append(rows, []string{value, grouped(int64(v.Count))})
	}
	if f.Other > 0 {
		rows = append(rows, []string{"  others", grouped(int64(f.Other))})
	}
	return a.table(rows)
}
