package main

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/courses"
	"lectern/courses/content"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/search"
	"lectern/search/extract"
)

// scanned is a document as a walk through the store finds it, without any index.
type scanned struct {
	id, org, kind, lang, offline string
	course                       key.Course
	block                        key.BlockID
	subjects, above              []string
	title, text                  []string // their words
}

// values are what a facet counts of a document.
func (d *scanned) values(f search.FacetName) []string {
	one := map[search.FacetName]string{
		search.FacetCourse: d.course.String(), search.FacetOrg: d.org, search.FacetType: d.block.Type, search.FacetKind: d.kind, search.FacetLang: d.lang, search.FacetOffline: d.offline,
	}
	switch v, single := one[f]; {
	case !single:
		return d.subjects
	case v == "":
		return nil
	default:
		return []string{v}
	}
}

// page tells whether a block is a page of the course, which stands beside the outline.
func page(id key.BlockID) bool { return id.Type == "static_tab" || id.Type == "course_info" }

// scan reads all that is published.
func scan(t testing.TB, store *modulestore.Store) (list []*scanned) {
	t.Helper()
	all, err := store.Courses(t.Context())
	must(t, err)
	for _, c := range all {
		if !c.Course.Library {
			list = append(list, scanCourse(t, store, c.Course)...)
		}
	}
	return list
}

func scanCourse(t testing.TB, store *modulestore.Store, c key.Course) (list []*scanned) {
	t.Helper()
	head, err := store.Head(t.Context(), c)
	must(t, err)
	snap, err := store.Snapshot(t.Context(), head, modulestore.Published)
	must(t, err)
	s := &scanner{TB: t, store: store, course: c, snap: snap}
	s.content, err = content.Read(t.Context(), snap)
	must(t, err)
	s.files, err = store.Files(t.Context(), head)
	must(t, err)
	s.lang = search.Language(s.own(0, "language").Str())
	var other struct{ Subjects []string }
	_ = json.Unmarshal([]byte(s.own(0, "other_course_settings").JSON()), &other)
	s.subjects = other.Subjects
	_ = json.Unmarshal([]byte(s.own(0, "tabs").JSON()), &s.tabs)
	snap.Tree().Walk(func(b *modulestore.Block, _ key.BlockID) bool {
		list = append(list, s.block(b)...)
		return true
	})
	return list
}

type scanner struct {
	testing.TB
	store    *modulestore.Store
	course   key.Course
	snap     *modulestore.Snapshot
	content  *content.Course
	files    *modulestore.Files
	lang     string
	subjects []string
	tabs     []struct {
		Type, Name string
		Slug       string `json:"url_slug"`
		Hidden     bool   `json:"is_hidden"`
		StaffOnly  bool   `json:"course_staff_only"`
	}
}

// own is what a block says itself of a setting.
func (s *scanner) own(at int, name string) field.Value {
	own, _ := s.content.Own(at, name)
	return own.Value
}

// block gives the documents of one block: its own, and one for each transcript in another language.
func (s *scanner) block(b *modulestore.Block) []*scanned {
	if b.ID == s.course.Root() || field.Detached(b.ID.Type) && !page(b.ID) {
		return nil
	}
	body, err := s.snap.Body(s.Context(), b.ID)
	must(s, err)
	text := extract.Block(b, body)
	for _, tab := range s.tabs {
		if b.ID.Type == "static_tab" && tab.Slug == b.ID.Name {
			if tab.Hidden || tab.StaffOnly {
				return nil
			}
			if tab.Name != "" {
				text.Title = tab.Name
			}
		}
	}
	own := &scanned{id: s.course.Block(b.ID).String(), org: s.course.Org, kind: text.Kind, course: s.course, block: b.ID, subjects: s.subjects}
	if !field.Container(b.ID.Type) {
		own.offline = map[bool]string{true: "t", false: "f"}[extract.Offline(b, body)]
	}
	names := ""
	if way := s.snap.Path(b.ID); len(way) > 1 && !field.Detached(b.ID.Type) {
		for _, id := range way[1 : len(way)-1] {
			own.above = append(own.above, s.course.Block(id).String())
			if at, there := s.content.Find(id); there {
				names += "\n" + s.own(at, "display_name").Str()
			}
		}
	}
	list := []*scanned{own}
	said := s.transcripts(b, body)
	main := slices.IndexFunc(said, func(t saying) bool { return s.lang == "" || search.Language(t.lang) == s.lang })
	for i, transcript := range said {
		if i == main {
			continue
		}
		further := *own
		further.id, further.text = own.id+"#"+strings.ToLower(transcript.lang), wordsOf(transcript.text)
		further.lang = firstOf(search.Language(transcript.lang), search.Language(text.Lang), s.lang, extract.Language(transcript.text))
		list = append(list, &further)
	}
	if main >= 0 {
		text.Body += "\n" + said[main].text
	}
	own.title, own.text = wordsOf(text.Title), wordsOf(text.Body+"\n"+text.Title+names)
	own.lang = firstOf(search.Language(text.Lang), s.lang, extract.Language(strings.TrimPrefix(text.Body, "\n")))
	if main >= 0 && said[main].there {
		own.lang = firstOf(search.Language(said[main].lang), own.lang)
	}
	return list
}

type saying struct {
	lang, text string
	there      bool
}

// transcripts reads those of a video, in the order in which it names them. Of one that is missing nothing is said.
func (s *scanner) transcripts(b *modulestore.Block, body *modulestore.Body) (list []saying) {
	for _, track := range extract.Tracks(b, body) {
		if slices.ContainsFunc(list, func(t saying) bool { return strings.EqualFold(t.lang, track.Lang) }) {
			continue
		}
		one := saying{lang: track.Lang}
		for _, name := range track.Files {
			if f, there := s.files.Find(path.Join(s.files.Root, name)); there {
				data, err := s.store.ReadBlob(s.Context(), f.Blob)
				must(s, err)
				if read, err := extract.ReadTranscript(f.Path, data); err == nil {
					one.text, one.there = read.Body, true
				}
				break
			}
		}
		list = append(list, one)
	}
	return list
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

const punctuation = ".,;:!?()[]{}\"'“”‘’…«»<>/*=+-–—_&%$#@|\\`"

// wordsOf are what stands between blanks, without punctuation at their ends, in lower case.
func wordsOf(text string) (list []string) {
	for _, s := range strings.Fields(strings.ToLower(text)) {
		if s = strings.Trim(s, punctuation); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// open says what somebody may find of a course.
type openTo struct{ yes, titleOnly bool }

// permitted asks the outline engine about every single block of a course, not about classes.
func permitted(t testing.TB, g *courses.Gradebook, c key.Course, user learner.ID, at time.Time) func(key.BlockID) openTo {
	t.Helper()
	look := courses.ViewOptions{Options: outline.Options{UnenrolledAccess: true}}
	known, err := g.View(t.Context(), user, c, at, look)
	must(t, err)
	facts := *known.Outline.Facts
	if facts.Staff {
		return func(key.BlockID) openTo { return openTo{yes: true} }
	}
	compiled := compiledForSearch(t, g, known.Course)
	if !user.IsZero() {
		all, err := g.Learners.Access(t.Context(), c, []learner.ID{user}, learner.AccessQuery{Done: true})
		must(t, err)
		facts.Drawn = compiled.Drawn(func(id key.BlockID) bool { _, tried := all[user].Scores[id]; return tried })
	}
	titles := !facts.Enrolled && compiled.Visibility == outline.PublicOutline
	facts.Enrolled = facts.Enrolled || titles
	v := compiled.Evaluate(&facts, at, look.Options)
	return func(id key.BlockID) openTo {
		if page(id) {
			id = c.Root() // a page is open to whom the course is
		}
		node, there := compiled.Find(id)
		if !there {
			return openTo{}
		}
		verdict := v.Verdict(node)
		return openTo{yes: verdict.Listed && verdict.Accessible, titleOnly: titles}
	}
}

// must ends a test at an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// compiledForSearch compiles a course with the rules for those who search.
func compiledForSearch(t testing.TB, g *courses.Gradebook, known *courses.Course) *outline.Course {
	t.Helper()
	snap, err := g.Courses.Snapshot(t.Context(), known.Content.Version, modulestore.Published)
	must(t, err)
	read, err := content.Read(t.Context(), snap)
	must(t, err)
	return outline.Compile(outline.Build(read), known.Outline.Policy, outline.ForSearch())
}
