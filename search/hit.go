package search

import (
	"strings"
	"time"

	"lectern/modulestore/key"
	"lectern/search/query"
)

// Hit is one thing that was found.
type Hit struct {
	// ID names the document: the usage key of a block, with # and a language for a transcript in a further one, or the key of a course.
	ID     string
	Course key.Course
	Block  key.BlockID // of the course itself, in the catalog
	Kind   string      // content_type of Open edX: Text, CAPA, Video, Sequence, …; empty where that has none
	Lang   string
	Title  string
	// TitleHTML and SnippetHTML are text in which nothing but <mark> is markup. There is no snippet where only titles may be found.
	TitleHTML, SnippetHTML string
	CourseTitle            string
	Above                  []Crumb // from the section down
	// At is where the snippet is said in a video, a moment before it; Timed tells that there is such a place.
	At    time.Duration
	Timed bool
	// Score is 1 for the first hit of a page, and less for each further one: it says in which order they are and nothing else. What bleve gives depends on how often texts use
	// a word that who asks may not find, and has another scale from page to page.
	Score float64
	// Runs is how many other runs of the same course were found, in the catalog.
	Runs int
	// About is what the catalog says of a course; nil for blocks.
	About *About
}

// About is what the catalog says of a course. A zero time is one that the course does not set.
type About struct {
	Short                            string // the short description, as text
	Start, End, EnrolStart, EnrolEnd time.Time
	Language                         string
	Pacing                           string // self or instructor
	Subjects                         []string
}

const (
	snippetWidth = 200
	// leadIn is how long before a cue a video begins.
	leadIn = 2 * time.Second
)

// usageOf is the usage key in the id of a document.
func usageOf(id string) string {
	usage, _, _ := strings.Cut(id, "#")
	return usage
}

// courseOf tells runs of one course from other courses.
func courseOf(id string) string {
	c, err := key.ParseCourse(id)
	if err != nil {
		return id
	}
	return c.Org + "+" + c.Code
}

// identified reads the id of a document.
func identified(id string) (key.Block, error) {
	if c, err := key.ParseCourse(id); err == nil {
		return c.Block(c.Root()), nil
	}
	return key.ParseBlock(usageOf(id))
}

// block makes the hit of a block.
func (s *shower) block(found *showing, p *projection, source *Source) *Hit {
	h := &Hit{
		ID: found.ID, Course: p.course, Block: source.Block, Kind: source.Kind, Lang: source.Lang, Title: source.Title, CourseTitle: p.name(p.root), Above: source.Above,
	}
	matcher := s.matcher(source.Lang)
	h.TitleHTML = query.Mark(source.Title, matcher)
	if !found.titleOnly {
		s.snippet(h, source, matcher)
	}
	return h
}

// matcher finds the words of the query in texts of a language.
func (s *shower) matcher(lang string) query.Matcher {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := Analyzer(lang)
	if known, ok := s.matchers[name]; ok {
		return known
	}
	analyser := func(name string) query.Analyser {
		return func(text string) []query.Token { return s.tokens(name, text) }
	}
	m := query.Analysers{Words: analyser(name), Exact: analyser(Exact), Alike: alike(name)}.Matcher(s.Query, s.plan.synonyms.Expand(s.Query), s.result.Relaxed)
	s.matchers[name] = m
	return m
}

// snippet cuts the best piece of the body or, for authors, of what learners do not see.
func (s *shower) snippet(h *Hit, source *Source, matcher query.Matcher) {
	text, offset := query.Snippet(source.Body, matcher, snippetWidth)
	if offset < 0 && source.Hidden != "" && s.Kind == Studio {
		if hidden, at := query.Snippet(source.Hidden, matcher, snippetWidth); at >= 0 {
			text = hidden
		}
	}
	h.SnippetHTML = text
	if source.Transcript != nil && offset >= source.Start {
		h.At, h.Timed = max(source.Transcript.At(offset-source.Start)-leadIn, 0), true
	}
}

// listed makes the hit of a course in the catalog.
func (s *shower) listed(id string, p *projection, short string, rest []string) *Hit {
	title := p.value("display_name").Str()
	lang := p.catalogLanguage(short, rest)
	matcher := s.matcher(lang)
	text, offset := query.Snippet(short, matcher, snippetWidth)
	for i := 0; i < len(rest) && offset < 0; i++ {
		var better string
		if better, offset = query.Snippet(rest[i], matcher, snippetWidth); offset >= 0 || text == "" {
			text = better
		}
	}
	return &Hit{
		ID: id, Course: p.course, Block: p.course.Root(), Lang: lang, Title: title, TitleHTML: query.Mark(title, matcher), SnippetHTML: text, CourseTitle: title,
		About: p.about(short, lang),
	}
}
