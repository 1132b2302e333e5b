package search

import (
	"context"
	"errors"
	"strings"
	"time"

	"lectern/modulestore"
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

// show reads what the hits of the page were made from and cuts their snippets.
func (s *run) show(ctx context.Context) error {
	shown := shower{run: s, courses: make(map[key.Course]*Reader), matchers: make(map[string]query.Matcher)}
	for _, found := range s.hits {
		h, ok, err := shown.hit(ctx, found)
		if err != nil && !gone(err) && !errors.Is(err, modulestore.ErrCorrupt) { // one course is no reason to show nothing of the others
			return err
		}
		if err != nil || !ok {
			s.result.Withheld++
			continue
		}
		h.Score, h.Runs = found.Score, found.others
		s.result.Hits = append(s.result.Hits, h)
	}
	return nil
}

// shower keeps what several hits need.
type shower struct {
	*run
	courses  map[key.Course]*Reader
	matchers map[string]query.Matcher
}

// hit makes one hit from the content as it is now. It is not shown (ok is false) if that is not to be found any more, because it is gone or
// its rights have changed since it was indexed.
func (s *shower) hit(ctx context.Context, found foldable) (h Hit, ok bool, err error) {
	named, err := identified(found.ID)
	if err != nil {
		return h, false, err
	}
	r, err := s.reader(ctx, named.Course)
	if err != nil {
		return h, false, err
	}
	if s.Kind == Catalog {
		if r.p.visibility() != inCatalog {
			return h, false, nil
		}
		h, err = s.course(ctx, found, r)
		return h, err == nil, err
	}
	titleOnly := false
	if s.Kind == Content {
		allowed := false
		if allowed, titleOnly = s.Scope.allows(r.Version().Course, r.Root(), r.p.pointOf(named.ID)); !allowed {
			return h, false, nil
		}
	}
	sources, err := r.Read(ctx, []string{found.ID})
	if err != nil {
		return h, false, err
	}
	source, ok := sources[found.ID]
	if !ok {
		return h, false, nil
	}
	h = Hit{
		ID: found.ID, Course: named.Course, Block: named.ID, Kind: source.Kind, Lang: source.Lang, Title: source.Title, CourseTitle: r.p.name(r.p.root), Above: source.Above,
	}
	matcher := s.matcher(source.Lang)
	h.TitleHTML = query.Mark(source.Title, matcher)
	if !titleOnly {
		s.snippet(&h, &source, matcher)
	}
	return h, true, nil
}

// identified reads the id of a document.
func identified(id string) (key.Block, error) {
	if c, err := key.ParseCourse(id); err == nil {
		return c.Block(c.Root()), nil
	}
	return key.ParseBlock(usageOf(id))
}

// reader opens a course as it is now.
func (s *shower) reader(ctx context.Context, c key.Course) (*Reader, error) {
	if r := s.courses[c]; r != nil {
		return r, nil
	}
	head, err := s.store.Head(ctx, c)
	if err != nil {
		return nil, err
	}
	r, err := s.readerOf(ctx, s.Kind, head)
	if err == nil {
		err = s.classify(ctx, r.p)
	}
	if err == nil {
		s.courses[c] = r
	}
	return r, err
}

// matcher finds the words of the query in texts of a language.
func (s *shower) matcher(lang string) query.Matcher {
	name := Analyzer(lang)
	if known := s.matchers[name]; known != nil {
		return known
	}
	analyser := func(name string) query.Analyser {
		return func(text string) []query.Token { return s.tokens(name, text) }
	}
	m := query.Analysers{Words: analyser(name), Exact: analyser(Exact)}.Matcher(s.Query, s.plan.synonyms.Expand(s.Query), s.result.Relaxed)
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

// course makes the hit of a course in the catalog.
func (s *shower) course(ctx context.Context, found foldable, r *Reader) (Hit, error) {
	short, rest, err := r.p.aboutTexts(ctx)
	if err != nil {
		return Hit{}, err
	}
	title := r.p.value("display_name").Str()
	lang := r.p.catalogLanguage(short, rest)
	matcher := s.matcher(lang)
	text, offset := query.Snippet(short, matcher, snippetWidth)
	for i := 0; i < len(rest) && offset < 0; i++ {
		var better string
		if better, offset = query.Snippet(rest[i], matcher, snippetWidth); offset >= 0 || text == "" {
			text = better
		}
	}
	c := r.p.course
	return Hit{
		ID: found.ID, Course: c, Block: c.Root(), Lang: lang, Title: title, TitleHTML: query.Mark(title, matcher), SnippetHTML: text, CourseTitle: title,
		About: r.p.about(short, lang),
	}, nil
}
