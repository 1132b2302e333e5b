package main

import (
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/courses"
	"lectern/courses/content/contenttest"
	"lectern/courses/learner"
	"lectern/courses/outline"
	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
	"lectern/search"
	"lectern/search/query"
)

// searchable is a store with learners and a search index, for tests of who finds what.
type searchable struct {
	testing.TB
	store *modulestore.Store
	grade *courses.Gradebook
	index *search.Index
}

func newSearchable(t testing.TB) *searchable {
	t.Helper()
	dir := t.TempDir()
	db, err := sqlitestore.Open(t.Context(), filepath.Join(dir, "store"))
	must(t, err)
	store := modulestore.New(db)
	t.Cleanup(func() { must(t, store.Close()) })
	learners, err := learner.Open(t.Context(), filepath.Join(dir, "learners.db"))
	must(t, err)
	t.Cleanup(func() { must(t, learners.Close()) })
	s := &searchable{TB: t, store: store, grade: courses.NewGradebook(store, learners)}
	s.index, err = search.Open(t.Context(), search.Options{Folder: filepath.Join(dir, "search"), Store: store, Classes: s.grade.Classes, ClassesVersion: courses.ClassesVersion})
	must(t, err)
	t.Cleanup(func() { must(t, s.index.Close()) })
	return s
}

func (s *searchable) take(source importer.Source) key.Course {
	s.Helper()
	report, err := importer.Run(s.Context(), s.store, source, importer.Options{Author: "test", Limits: importer.DefaultLimits()})
	must(s, err)
	return report.Course
}

func (s *searchable) files(texts map[string]string) key.Course {
	s.Helper()
	return s.take(importer.Source{FS: contenttest.Files(texts)})
}

func (s *searchable) update() *search.Report {
	s.Helper()
	report, err := s.index.UpdateAll(s.Context())
	must(s, err)
	return report
}

// ask searches as somebody at an instant.
func (s *searchable) ask(user learner.ID, at time.Time, r search.Request, text string) *search.Result {
	s.Helper()
	var err error
	r.Scope, err = findable(s.Context(), s.grade, user, at, "")
	must(s, err)
	return s.askIn(r, text)
}

func (s *searchable) askIn(r search.Request, text string) *search.Result {
	s.Helper()
	r.Query, _ = query.Parse(text)
	result, err := s.index.Search(s.Context(), r)
	if err != nil {
		s.Fatalf("%s: %v", text, err)
	}
	return result
}

// asker is somebody who asks.
type asker struct {
	name string
	id   learner.ID
}

// askers are ten kinds of users, and some more, in each of some courses.
func (s *searchable) askers(list []key.Course) (all []asker) {
	s.Helper()
	enrol := func(name string, at time.Time, more func(learner.Target)) {
		user := learner.NewID()
		s.grade.Learners.Now = func() time.Time { return at }
		for _, c := range list {
			target := learner.Target{Learner: user, Course: c}
			_, err := s.grade.Learners.Enrol(s.Context(), learner.Enrolment{Target: target})
			must(s, err)
			more(target)
		}
		all = append(all, asker{name, user})
	}
	role := func(name string) func(learner.Target) {
		return func(at learner.Target) {
			_, err := s.grade.Learners.Grant(s.Context(), learner.ID{}, at.Learner, name, at.Course.String())
			must(s, err)
		}
	}
	early, late := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	all = append(all, asker{"nobody who is signed in", learner.ID{}}, asker{"somebody who is not enrolled", learner.NewID()})
	enrol("somebody who enrolled before the start", early, func(learner.Target) {})
	enrol("somebody who enrolled after the start", late, func(learner.Target) {})
	enrol("somebody who has left", late, func(at learner.Target) {
		_, err := s.grade.Learners.Unenrol(s.Context(), learner.Enrolment{Target: at})
		must(s, err)
	})
	enrol("a beta tester", late, role("beta_testers"))
	enrol("staff", late, role("staff"))
	enrol("somebody on the verified track", late, func(at learner.Target) {
		_, err := s.grade.Learners.ChangeMode(s.Context(), learner.Enrolment{Target: at, Mode: "verified"})
		must(s, err)
	})
	enrol("a member of a cohort", late, s.cohort)
	enrol("somebody in a group of an experiment", late, s.experiment)
	enrol("somebody with more time", late, s.moreTime)
	enrol("somebody who has answered everything", late, s.answerAll)
	return all
}

func (s *searchable) course(c key.Course) *courses.Course {
	course, err := s.grade.Course(s.Context(), c)
	must(s, err)
	return course
}

// cohort puts somebody into a cohort of the second group of each partition of cohorts.
func (s *searchable) cohort(at learner.Target) {
	for _, p := range s.course(at.Course).Outline.Partitions.All() {
		if p.Scheme == "cohort" && len(p.Groups) > 0 {
			name := fmt.Sprint("cohort of ", p.ID)
			must(s, s.grade.Learners.CreateCohort(s.Context(), learner.ID{}, at.Course,
				learner.CohortPayload{Name: name, Assignment: "manual", Partition: p.ID, Group: p.Groups[len(p.Groups)-1].ID}))
			_, err := s.grade.Learners.AssignCohort(s.Context(), at, name)
			must(s, err)
		}
	}
}

func (s *searchable) experiment(at learner.Target) {
	for _, p := range s.course(at.Course).Outline.Partitions.All() {
		if p.Scheme == "random" && len(p.Groups) > 0 {
			_, err := s.grade.Learners.AssignGroup(s.Context(), at, p.ID, p.Groups[len(p.Groups)-1].ID)
			must(s, err)
		}
	}
}

func (s *searchable) moreTime(at learner.Target) {
	for _, n := range s.course(at.Course).Outline.Nodes {
		if n.Level == outline.SequenceLevel {
			at.Block = n.ID
			must(s, s.grade.Learners.Extend(s.Context(), at, learner.Extension{Due: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Force: true}))
		}
	}
}

func (s *searchable) answerAll(at learner.Target) {
	for i, n := range s.course(at.Course).Outline.Nodes {
		if n.ID.Type == "problem" && i < 400 {
			at.Block = n.ID
			earned := 1.0
			_, err := s.grade.Learners.Submit(s.Context(), at, learner.AttemptPayload{Earned: &earned, Possible: 1})
			must(s, err)
		}
	}
}

// wanted is a search that a walk through all documents can answer, too.
type wanted struct {
	text string // as somebody types it
	has  func(d *scanned, words []string) bool
	// by facet: what a facet counts whose values were chosen
	but map[search.FacetName]func(d *scanned, words []string) bool
}

func everyWord(list ...string) func(*scanned, []string) bool {
	return func(_ *scanned, words []string) bool {
		return !slices.ContainsFunc(list, func(w string) bool { return !slices.Contains(words, w) })
	}
}

func ofType(kind string) func(*scanned, []string) bool {
	return func(d *scanned, _ []string) bool { return d.block.Type == kind }
}

func sideBySide(a, b string) func(*scanned, []string) bool {
	return func(_ *scanned, words []string) bool {
		for i := 1; i < len(words); i++ {
			if words[i-1] == a && words[i] == b {
				return true
			}
		}
		return false
	}
}

func both(a, b func(*scanned, []string) bool) func(*scanned, []string) bool {
	return func(d *scanned, words []string) bool { return a(d, words) && b(d, words) }
}

func not(a func(*scanned, []string) bool) func(*scanned, []string) bool {
	return func(d *scanned, words []string) bool { return !a(d, words) }
}

// types says what the facet of types counts when a type was chosen.
func types(counted func(*scanned, []string) bool) map[search.FacetName]func(*scanned, []string) bool {
	return map[search.FacetName]func(*scanned, []string) bool{search.FacetType: counted}
}

var anything = everyWord()

// searches are some that use words and phrases of the documents.
func searches(t testing.TB, all []*scanned) (list []wanted) {
	t.Helper()
	plain := plainWords(all)
	if len(plain) < 4 {
		t.Fatalf("there are only the words %q to look for", plain)
	}
	list = append(list, wanted{text: "", has: anything})
	for _, kind := range []string{"problem", "video", "html", "vertical", "static_tab"} {
		list = append(list, wanted{"type:" + kind, ofType(kind), types(anything)})
	}
	list = append(list, wanted{text: "-type:vertical -type:html", has: both(not(ofType("vertical")), not(ofType("html")))})
	for i, w := range plain[:4] {
		other := plain[(i+1)%4]
		list = append(list,
			wanted{text: w, has: everyWord(w)},
			wanted{text: w + " " + other, has: everyWord(w, other)},
			wanted{text: w + " -" + other, has: both(everyWord(w), not(everyWord(other)))},
			wanted{text: "-" + w, has: not(everyWord(w))},
			wanted{text: w + " type:html", has: both(everyWord(w), ofType("html")), but: types(everyWord(w))},
			wanted{text: w[:len(w)-2] + "q" + w[len(w)-1:], has: everyWord(w)}, // a typo, so nothing has it as it is
		)
	}
	for _, d := range all {
		if len(d.above) > 1 && len(list) < 34 {
			section := d.above[0]
			list = append(list, wanted{text: "in:" + section, has: func(d *scanned, _ []string) bool { return d.id == section || slices.Contains(d.above, section) }})
		}
	}
	for _, d := range all {
		for i := 1; i < len(d.title); i++ {
			if a, b := d.title[i-1], d.title[i]; len(list) < 37 && lettersOnly(a) && lettersOnly(b) && clean(all, a) && clean(all, b) {
				list = append(list, wanted{text: `"` + a + " " + b + `"`, has: sideBySide(a, b)})
			}
		}
	}
	return list
}

func lettersOnly(w string) bool {
	return len(w) > 3 && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") == ""
}

// clean reports whether a word always stands alone between blanks and punctuation, so that all analysers see it where a plain eye does.
func clean(all []*scanned, w string) bool {
	for _, d := range all {
		if slices.ContainsFunc(d.text, func(other string) bool { return strings.Contains(other, w) && other != w }) {
			return false
		}
	}
	return true
}

// plainWords are the most frequent words that have no other forms in any document, and no synonyms, so that they are found exactly where they stand; and that no
// other word is one letter away from.
func plainWords(all []*scanned) (list []string) {
	count := make(map[string]int)
	for _, d := range all {
		for _, w := range slices.Compact(slices.Sorted(slices.Values(d.text))) {
			count[w]++
		}
	}
	frequent := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	for _, w := range frequent {
		q, _ := query.Parse(w)
		if len(w) < 7 || !lettersOnly(w) || len(query.BuiltinSynonyms().Expand(q)) > 0 {
			continue
		}
		if !slices.ContainsFunc(frequent, func(other string) bool {
			return other != w && (strings.Contains(other, w) || strings.HasPrefix(other, w[:4]) || strings.Contains(other, w[:4]) && !lettersOnly(other))
		}) {
			list = append(list, w)
		}
		if len(list) == 8 {
			break
		}
	}
	return list
}

// scanFor answers a search by looking at every document.
func scanFor(all []*scanned, may func(*scanned) openTo, has func(*scanned, []string) bool) (list []*scanned) {
	for _, d := range all {
		allowed := may(d)
		words := d.text
		if allowed.titleOnly {
			words = d.title
		}
		if allowed.yes && has(d, words) {
			list = append(list, d)
		}
	}
	return list
}

func countValues(list []*scanned, f search.FacetName) map[string]int {
	count := make(map[string]int)
	for _, d := range list {
		for _, v := range d.values(f) {
			count[v]++
		}
	}
	return count
}

// manyHits are so many that to read all pages of them takes long; of all documents together they are read.
const manyHits = 300

// compare carries out searches as somebody, and looks at every document instead: hits, totals and the counts of all facets are the same.
func (s *searchable) compare(who asker, at time.Time, all []*scanned, list []wanted) (hits int) {
	s.Helper()
	may := make(map[key.Course]func(key.BlockID) openTo)
	for _, d := range all {
		if may[d.course] == nil {
			may[d.course] = permitted(s, s.grade, d.course, who.id, at)
		}
	}
	open := func(d *scanned) openTo { return may[d.course](d.block) }
	for _, w := range list {
		want := scanFor(all, open, w.has)
		r := s.ask(who.id, at, search.Request{Kind: search.Content, Size: search.MaxSize, Facets: search.FacetNames(search.Content)}, w.text)
		name := fmt.Sprintf("%s at %s who looks for %q", who.name, at.Format(time.DateOnly), w.text)
		if r.Total != len(want) || r.Withheld != 0 {
			s.Errorf("%s: %d in total and %d withheld, a scan gives %d\n%s", name, r.Total, r.Withheld, len(want), s.difference(who, at, w, want))
			continue
		}
		for _, f := range r.Facets {
			counted := want
			if has := w.but[f.Name]; has != nil {
				counted = scanFor(all, open, has)
			}
			got := make(map[string]int)
			for _, v := range f.Values {
				got[v.Value] = v.Count
			}
			if diff := cmp.Diff(countValues(counted, f.Name), got); diff != "" || f.Other != 0 {
				s.Errorf("%s: the facet %s (-scan +search, %d others):\n%s", name, f.Name, f.Other, diff)
			}
		}
		if len(want) > manyHits && w.text != "" {
			continue
		}
		if got := s.ids(who, at, w.text, r); !slices.Equal(got, idsOf(want)) {
			s.Errorf("%s: (-scan +search)\n%s", name, cmp.Diff(idsOf(want), got))
		}
		hits += len(want)
	}
	return hits
}

func (s *searchable) difference(who asker, at time.Time, w wanted, want []*scanned) string {
	r := s.ask(who.id, at, search.Request{Kind: search.Content, Size: search.MaxSize}, w.text)
	diff := cmp.Diff(idsOf(want), s.ids(who, at, w.text, r))
	return diff[:min(len(diff), 2000)]
}

func idsOf(list []*scanned) (ids []string) {
	for _, d := range list {
		ids = append(ids, d.id)
	}
	slices.Sort(ids)
	return ids
}

// ids gives the hits of all pages, sorted.
func (s *searchable) ids(who asker, at time.Time, text string, r *search.Result) (ids []string) {
	for {
		for i := range r.Hits {
			ids = append(ids, r.Hits[i].ID)
		}
		if r.Next == "" || len(ids) > r.Total {
			break
		}
		r = s.ask(who.id, at, search.Request{Kind: search.Content, Size: search.MaxSize, After: r.Next}, text)
	}
	slices.Sort(ids)
	return ids
}

// instants are before most courses begin, while they run, and long after they have ended.
var instants = []time.Time{time.Date(2012, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)}

// compareAll does that for all kinds of users, at three instants.
func (s *searchable) compareAll() {
	s.Helper()
	s.update()
	all := scan(s, s.store)
	var list []key.Course
	for _, d := range all {
		if !slices.Contains(list, d.course) {
			list = append(list, d.course)
		}
	}
	asked := searches(s, all)
	hits, users := 0, s.askers(list)
	for _, who := range users {
		for _, at := range instants {
			hits += s.compare(who, at, all, asked)
		}
	}
	s.Logf("%d users at %d instants, %d searches in %d documents of %d courses: %d hits", len(users), len(instants), len(asked), len(all), len(list), hits)
}

func TestWhatIsFoundIsWhatAScanOfTheStoreFinds(t *testing.T) {
	storetest.Plainly(t)
	s := newSearchable(t)
	s.files(ruled("Private", ""))
	s.files(ruled("Outline", `course_visibility="public_outline" `))
	s.files(ruled("Public", `course_visibility="public" `))
	s.take(importer.Source{FS: sample.Course()})
	s.compareAll()
}

func TestWhatIsFoundInTheSampleCoursesIsWhatAScanFinds(t *testing.T) {
	storetest.Plainly(t)
	if testing.Short() {
		t.Skip("left out: -short was given")
	}
	s := newSearchable(t)
	for _, archive := range storetest.Corpus(t) {
		s.take(importer.Source{Path: archive})
	}
	s.compareAll()
}

// Whatever rules stand in a course, and wherever, it is found by whom the outline engine lets in.
func TestInAnyCourseWhatIsFoundIsWhatAScanFinds(t *testing.T) {
	storetest.Plainly(t)
	s := newSearchable(t)
	before := flag.Lookup("rapid.checks").Value.String()
	must(t, flag.Set("rapid.checks", "8"))
	defer func() { must(t, flag.Set("rapid.checks", before)) }()
	n, asked := 0, randomSearches()
	rapid.Check(t, func(r *rapid.T) {
		n++
		c := s.files(randomCourse(r, fmt.Sprint("Random", n)))
		s.update()
		all := scan(s, s.store)
		users := s.askers([]key.Course{c})
		for _, who := range users {
			s.compare(who, rapid.SampledFrom(instants).Draw(r, "instant"), all, asked)
		}
		_, err := s.store.Delete(t.Context(), c, "test")
		must(t, err)
		if t.Failed() {
			r.Fatalf("in this course")
		}
	})
}

// randomSearches are those for what random courses say.
func randomSearches() []wanted {
	glaciers, weather, nothing, inText := everyWord("glaciers"), everyWord("weather"), everyWord("nothing"), ofType("html")
	asPhrase := both(sideBySide("glaciers", "and"), sideBySide("and", "weather"))
	return []wanted{
		{text: "", has: anything},
		{text: "-type:html", has: not(inText)},
		{text: "type:html", has: inText, but: types(anything)},
		{text: "glaciers", has: glaciers},
		{text: "glacier", has: glaciers},
		{text: "weather", has: weather},
		{text: "weathqr", has: weather}, // nothing has it, so a typo is allowed
		{text: "weather type:html", has: both(weather, inText), but: types(weather)},
		{text: "glaciers weather", has: both(glaciers, weather)},
		{text: "weather nothing", has: both(weather, nothing)},
		{text: "the weather", has: weather}, // a stop word means nothing
		{text: `"glaciers and weather"`, has: asPhrase},
		{text: `"and weather" type:html`, has: both(sideBySide("and", "weather"), inText), but: types(sideBySide("and", "weather"))},
		{text: "-glaciers", has: not(glaciers)},
		{text: "weather -glaciers", has: both(weather, not(glaciers))},
		{text: `weather -"glaciers and"`, has: both(weather, not(sideBySide("glaciers", "and")))},
		{text: "-weather -nothing -type:html", has: both(not(inText), both(not(weather), not(nothing)))},
	}
}

// randomCourse makes a small course with rules in random places.
func randomCourse(r *rapid.T, code string) map[string]string {
	rules := rapid.SampledFrom([]string{
		"", "", "", `visible_to_staff_only="true"`, `start="2011-01-01T00:00:00Z"`, `start="2030-01-01T00:00:00Z"`, `hide_from_toc="true"`, `due="2026-01-20T00:00:00Z" hide_after_due="true"`,
		`group_access="{&quot;101&quot;: [1]}"`, `group_access="{&quot;101&quot;: [2]}"`, `group_access="{&quot;101&quot;: [1, 2], &quot;102&quot;: [2]}"`, `group_access="{&quot;50&quot;: [2]}"`, `group_access="{not json"`,
		`is_time_limited="true" default_time_limit_minutes="30"`,
	})
	kinds := rapid.SampledFrom([]string{"html", "html", "html", "vertical", "library_content", "itembank", "randomize", "conditional"})
	words := rapid.SampledFrom([]string{"glaciers", "weather", "glaciers and weather", "nothing"})
	blocks := 0
	var element func(kind string, depth int) string
	element = func(kind string, depth int) string {
		blocks++
		name := fmt.Sprint("b", blocks)
		text, attributes := "", rules.Draw(r, "rule")
		switch {
		case kind == "html":
			text = "&lt;p&gt;" + words.Draw(r, "text") + "&lt;/p&gt;"
		case kind == "library_content" || kind == "itembank":
			attributes += ` max_count="1"`
		}
		if kind != "html" {
			for range rapid.IntRange(0, 3).Draw(r, "children") {
				below := map[string]string{"chapter": "sequential", "sequential": "vertical"}[kind]
				switch {
				case below != "":
				case depth > 4:
					below = "html"
				default:
					below = kinds.Draw(r, "kind")
				}
				text += element(below, depth+1)
			}
		}
		return fmt.Sprintf(`<%s url_name="%s" display_name="%s" %s>%s</%s>`, kind, name, words.Draw(r, "title"), attributes, text, kind)
	}
	sections := ""
	for range rapid.IntRange(1, 3).Draw(r, "sections") {
		sections += element("chapter", 0)
	}
	settings := rapid.SampledFrom([]string{"", `course_visibility="public"`, `course_visibility="public_outline"`}).Draw(r, "visibility")
	return map[string]string{
		"course.xml": fmt.Sprintf(`<course org="Org" course=%q url_name="run"/>`, code),
		"course/run.xml": `<course display_name="Any" language="en" ` + rapid.SampledFrom([]string{`start="2012-01-01T00:00:00Z" `, `start="2026-01-01T00:00:00Z" `, `start="2039-01-01T00:00:00Z" `}).Draw(r, "start") + settings + `
			user_partitions="[{&quot;id&quot;: 101, &quot;name&quot;: &quot;Groups&quot;, &quot;scheme&quot;: &quot;cohort&quot;, &quot;version&quot;: 3, &quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;Red&quot;}, {&quot;id&quot;: 2, &quot;name&quot;: &quot;Green&quot;}]},
			{&quot;id&quot;: 102, &quot;name&quot;: &quot;Trial&quot;, &quot;scheme&quot;: &quot;random&quot;, &quot;version&quot;: 3, &quot;groups&quot;: [{&quot;id&quot;: 1, &quot;name&quot;: &quot;A&quot;}, {&quot;id&quot;: 2, &quot;name&quot;: &quot;B&quot;}]}]">` + sections + `</course>`,
	}
}
