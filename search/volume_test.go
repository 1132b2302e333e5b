package search

import (
	"context"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/importer"
	"lectern/importer/sample"
	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/sqlitestore"
	"lectern/modulestore/storetest"
	"lectern/search/query"
)

var (
	volumeDocuments = flag.Int("documents", 0, "measure searches and a rebuild in a store of so many documents")
	volumeFolder    = flag.String("documentsin", "", "folder that keeps this store and its index from one run to the next; none for a temporary one")
)

// The courses that are made have the shape of real ones: 210 blocks, 160 of them leaves.
const (
	volumeSections    = 5
	volumeSubsections = 3 // of a section
	volumeUnits       = 3 // of a subsection
	volumeLeaves      = 3 // of a unit
	volumeCourse      = volumeSections * (1 + volumeSubsections*(1+volumeUnits*(1+volumeLeaves)))
)

// leaf is a text of a real course.
type leaf struct {
	problem bool
	title   string
	lines   []string
}

// volume makes courses out of the texts of real ones: each copy of a text drops 12 % of its lines, replaces 5 % of the words by others of the texts, and 1 % by
// words of the course's own.
type volume struct {
	leaves []leaf
	words  []string // of all texts, as often as they are there
	random *rand.Rand
	next   int
	text   int // bytes that were made: what each document says, its title, and the names of what is above it
}

// newVolume reads the texts of the example course and, if they are there, of the sample courses.
func newVolume(t testing.TB) *volume {
	t.Helper()
	store := newStore(t)
	imported(t, store, sample.Course(), "")
	archives, _ := filepath.Glob(filepath.Join(os.Getenv("LECTERN_CORPUS"), "*.tar.gz"))
	for _, path := range archives {
		if _, err := importer.Run(t.Context(), store, importer.Source{Path: path}, importer.Options{Author: "test", Limits: importer.DefaultLimits()}); err != nil {
			t.Fatal(err)
		}
	}
	x := filled(t, store)
	courses, err := store.Courses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v := &volume{random: rand.New(rand.NewPCG(qualitySeed, 1))}
	for _, c := range courses {
		if c.Course.Library {
			continue
		}
		for _, d := range judgedDocuments(t, x, c.Course) {
			if d.Title == "" || d.Body == "" {
				continue
			}
			v.leaves = append(v.leaves, leaf{strings.Contains(d.ID, "+type@problem+"), d.Title, strings.Split(d.Body, "\n")})
			v.words = append(v.words, strings.Fields(d.Body)...)
		}
	}
	return v
}

// course makes the n-th course. Its html is in files of its own, as Studio writes it.
func (v *volume) course(n int) map[string]string {
	var b strings.Builder
	source := make(map[string]string)
	own := make([]string, 50)
	for i := range own {
		own[i] = v.invented()
	}
	fmt.Fprintf(&b, `<course org="Org%d" course="C%d" url_name="run" display_name=%s language="en">`, n%20, n, quoted(v.title(own)))
	above := 0 // bytes of the names of what is above
	each := func(tag string, count int, inside func(name string)) func(string) {
		return func(upper string) {
			for i := range count {
				name, title := upper+strconv.Itoa(i), v.title(own)
				fmt.Fprintf(&b, `<%s url_name="%s%s" display_name=%s>`, tag, tag, name, quoted(title))
				above += len(title)
				v.text += above
				inside(name)
				above -= len(title)
				fmt.Fprintf(&b, `</%s>`, tag)
			}
		}
	}
	leaves := func(upper string) {
		for i := range volumeLeaves {
			l := &v.leaves[v.next%len(v.leaves)]
			v.next++
			name, title, body := fmt.Sprint("l", upper, i), v.varied(l.title, own), v.body(l, own)
			v.text += len(title) + above
			if l.problem {
				fmt.Fprintf(&b, `<problem url_name="%s" display_name=%s>%s</problem>`, name, quoted(title), body)
				continue
			}
			fmt.Fprintf(&b, `<html url_name="%s" display_name=%s filename="%s"/>`, name, quoted(title), name)
			source["html/"+name+".html"] = body
		}
	}
	each("chapter", volumeSections, each("sequential", volumeSubsections, each("vertical", volumeUnits, leaves)))("")
	b.WriteString("</course>")
	source["course.xml"] = b.String()
	return source
}

func (v *volume) title(own []string) string {
	return v.varied(v.leaves[v.random.IntN(len(v.leaves))].title, own)
}

// body gives a copy of a text, as markup.
func (v *volume) body(l *leaf, own []string) string {
	var b strings.Builder
	for _, line := range l.lines {
		if len(l.lines) == 1 || v.random.Float64() >= 0.12 {
			text := v.varied(line, own)
			v.text += len(text)
			fmt.Fprintf(&b, "<p>%s</p>\n", escaped(text))
		}
	}
	return b.String()
}

func (v *volume) varied(text string, own []string) string {
	words := strings.Fields(text)
	for i := range words {
		switch at := v.random.Float64(); {
		case at < 0.01:
			words[i] = own[v.random.IntN(len(own))]
		case at < 0.06:
			words[i] = v.words[v.random.IntN(len(v.words))]
		}
	}
	return strings.Join(words, " ")
}

func (v *volume) invented() string {
	var b strings.Builder
	for range 2 + v.random.IntN(3) {
		b.WriteByte("bdfgklmnprstvz"[v.random.IntN(14)])
		b.WriteByte("aeiou"[v.random.IntN(5)])
	}
	return b.String()
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

func quoted(text string) string { return `"` + escaped(text) + `"` }

// made is a store with many documents, and its index.
type made struct {
	*volume
	store     *modulestore.Store
	index     *Index
	courses   []key.Course
	documents int
}

// newMade makes a store of about so many documents and the content index of it, or opens those of the run before.
func newMade(t testing.TB, documents int, folder string) *made {
	t.Helper()
	if folder == "" {
		folder = t.TempDir()
	}
	m := &made{volume: newVolume(t)}
	db, err := sqlitestore.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	m.store = modulestore.New(db)
	t.Cleanup(func() { _ = m.store.Close() })
	known, err := m.store.Courses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for n := range (documents + volumeCourse - 1) / volumeCourse {
		source := m.course(n)
		if n >= len(known) {
			imported(t, m.store, files(source), "")
		}
	}
	t.Logf("courses in the store after %.1f s", time.Since(began).Seconds())
	list, err := m.store.Courses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		m.courses = append(m.courses, c.Course)
	}
	if m.index, err = Open(t.Context(), Options{Folder: filepath.Join(folder, "search"), Store: m.store, Classes: subsections}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.index.Close() })
	return m
}

// subsections gives each section and each subsection access of its own.
func subsections(_ context.Context, s *modulestore.Snapshot) (func(key.BlockID) key.BlockID, error) {
	return func(id key.BlockID) (point key.BlockID) {
		for _, above := range s.Path(id) {
			if above.Type == "chapter" || above.Type == "sequential" {
				point = above
			}
		}
		return point
	}, nil
}

// fill makes the content index anew, and tells what it took.
func (m *made) fill(t testing.TB) {
	t.Helper()
	memory := watchMemory()
	began := time.Now()
	report, err := m.index.rebuild(t.Context(), []Kind{Content}, nil)
	if err != nil {
		t.Fatal(err)
	}
	took, peak := time.Since(began), memory()
	m.documents = report.Counts[Content].Written
	t.Logf("indexed %d documents of %d courses in %.1f s, %.0f a second; memory at most %d MB above idle", m.documents, len(m.courses), took.Seconds(),
		float64(m.documents)/took.Seconds(), peak>>20)
	if *volumeDocuments > 0 && peak > mostMemory {
		t.Errorf("it took %d MB of memory", peak>>20)
	}
}

// watchMemory notes the memory of the process that is no file; what it returns stops that and gives how much more than at the start it was at most. 0 where nobody tells.
func watchMemory() (peak func() int64) {
	debug.FreeOSMemory()
	before, most := anonymous(), int64(0)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			most = max(most, anonymous())
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() int64 {
		close(done)
		watching.Wait()
		return most - before
	}
}

func anonymous() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10
}

// learner gives the scope of somebody who may find most of some courses: of each, all subsections of the first four of its sections.
func (m *made) learner(courses int) Scope {
	var scope Scope
	step := max(1, len(m.courses)/courses)
	for n := 0; n < len(m.courses) && len(scope.Courses) < courses; n += step {
		a := Access{Course: m.courses[n]}
		for i := range volumeSections - 1 {
			a.Classes = append(a.Classes, key.BlockID{Type: "chapter", Name: fmt.Sprintf("chapter%d", i)})
			for j := range volumeSubsections {
				a.Classes = append(a.Classes, key.BlockID{Type: "sequential", Name: fmt.Sprintf("sequential%d%d", i, j)})
			}
		}
		scope.Courses = append(scope.Courses, a)
	}
	return scope
}

// enrolled gives the scope of somebody who may find everything in some courses.
func (m *made) enrolled(courses int) Scope {
	scope := m.learner(courses)
	for i := range scope.Courses {
		scope.Courses[i].All, scope.Courses[i].Classes = true, nil
	}
	return scope
}

// asked is a kind of search.
type asked struct {
	name string
	text func() string
	ask  Request
}

// plain makes n different words of the texts, each of at least so many letters. Words that are used often are taken often, as people do.
func (v *volume) plain(n, letters int) string {
	var list []string
	for len(list) < n {
		if word := bareWord(v.words[v.random.IntN(len(v.words))]); len(word) >= letters && !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return strings.Join(list, " ")
}

// together takes n words that stand side by side in a text, each of at least so many letters.
func (v *volume) together(n, letters int) string {
	for {
		at := v.random.IntN(len(v.words) - n)
		words := slices.Clone(v.words[at : at+n])
		for i := range words {
			words[i] = bareWord(words[i])
		}
		if !slices.ContainsFunc(words, func(w string) bool { return len(w) < letters }) {
			return strings.Join(words, " ")
		}
	}
}

// bareWord is a word without what stands around it; empty if it is none.
func bareWord(word string) string {
	word = strings.ToLower(strings.Trim(word, `.,:;!?()"'“”‘’`))
	if strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return ""
	}
	return word
}

func (v *volume) mistyped() string {
	for {
		word := v.plain(1, 7)
		at := 2 + v.random.IntN(len(word)-3)
		return word[:at] + word[at+1:]
	}
}

// searches are the kinds of searches that are measured.
func (m *made) searches() []asked {
	one, three := func() string { return m.plain(1, 4) }, func() string { return m.together(3, 4) }
	everything, twenty, hundreds := Scope{Everything: true}, m.learner(20), m.learner(200)
	facets := []FacetName{FacetOrg, FacetType, FacetLang}
	return []asked{
		{"one word", one, Request{Scope: everything}},
		{"two words", func() string { return m.together(2, 4) }, Request{Scope: everything}},
		{"three words", three, Request{Scope: everything}},
		{"one word, one course", one, Request{Scope: m.enrolled(1)}},
		{"one word, 20 courses", one, Request{Scope: m.enrolled(20)}},
		{"one word, 200 courses", one, Request{Scope: m.enrolled(200)}},
		{"one word, 320 classes of 20 courses", one, Request{Scope: twenty}},
		{"one word, 3,200 classes of 200 courses", one, Request{Scope: hundreds}},
		{"three words, 320 classes of 20 courses", three, Request{Scope: twenty}},
		{"phrase of three words", func() string { return `"` + m.together(3, 3) + `"` }, Request{Scope: everything}},
		{"phrase, 320 classes of 20 courses", func() string { return `"` + m.together(3, 3) + `"` }, Request{Scope: twenty}},
		{"one word with a typo", m.mistyped, Request{Scope: everything}},
		{"one word with a typo, 320 classes of 20 courses", m.mistyped, Request{Scope: twenty}},
		{"beginning of a word, as one types", func() string { return m.plain(1, 4)[:3] }, Request{Scope: everything, Typing: true}},
		{"one word, 3 facets", one, Request{Scope: everything, Facets: facets}},
		{"one word, 3 facets, one course", one, Request{Scope: m.enrolled(1), Facets: facets}},
		{"one word, 3 facets, 320 classes of 20 courses", one, Request{Scope: twenty, Facets: facets}},
		{"one word, 3 facets, 3,200 classes of 200 courses", one, Request{Scope: hundreds, Facets: facets}},
		{"no word, 3 facets", func() string { return "" }, Request{Scope: everything, Facets: facets}},
		{"no word, 3 facets, one course", func() string { return "" }, Request{Scope: m.enrolled(1), Facets: facets}},
		{"one word, newest first", one, Request{Scope: everything, Order: Newest}},
		{"one word, hits 1,000 to 1,010", one, Request{Scope: everything, Offset: MaxOffset}},
	}
}

// latencies are those of the searches of one kind, in order. Processor time says more where others use the machine, too. The first time, the courses of a page have to be read.
type latencies struct {
	wall, processor, first []time.Duration
	hits                   int // on average
}

// latency asks n different searches of a kind, in three rounds; of each, the best counts.
func (m *made) latency(t testing.TB, a asked, n int) (l latencies) {
	t.Helper()
	requests := make([]Request, n)
	for i := range requests {
		requests[i] = a.ask
		requests[i].Kind, requests[i].Size = Content, 10
		requests[i].Query, _ = query.Parse(a.text())
	}
	l.wall, l.processor = slices.Repeat([]time.Duration{time.Hour}, n), slices.Repeat([]time.Duration{time.Hour}, n)
	for round := range 3 {
		for i, r := range requests {
			began, used := time.Now(), processorTime()
			result, err := m.index.Search(t.Context(), r)
			if err != nil {
				t.Fatalf("%s: %v", r.Query, err)
			}
			l.wall[i], l.processor[i] = min(l.wall[i], time.Since(began)), min(l.processor[i], processorTime()-used)
			if l.hits += result.Total; round == 0 {
				l.first = append(l.first, time.Since(began))
			}
		}
	}
	slices.Sort(l.wall)
	slices.Sort(l.processor)
	slices.Sort(l.first)
	l.hits /= 3 * n
	return l
}

func (l *latencies) String() string {
	return fmt.Sprintf("p50 %6.1f  p95 %6.1f  p99 %6.1f ms, of the processor %6.1f %6.1f %6.1f ms, the first time %6.1f %6.1f %6.1f ms, %6d hits", percentile(l.wall, 50), percentile(l.wall, 95), percentile(l.wall, 99),
		percentile(l.processor, 50), percentile(l.processor, 95), percentile(l.processor, 99),
		percentile(l.first, 50), percentile(l.first, 95), percentile(l.first, 99), l.hits)
}

func percentile(times []time.Duration, p int) float64 {
	if len(times) == 0 {
		return 0
	}
	return float64(times[max(0, (len(times)*p+99)/100-1)].Microseconds()) / 1000 // the nearest rank
}

// What the index of a large store may take.
const (
	mostMemory = 550 << 20 // while it is made
	mostDisk   = 2.8       // bytes for each byte of text
)

// fewDocuments are enough to see that everything works.
const fewDocuments = 2000

// TestVolume carries out all kinds of searches, hostile ones and a rebuild in a store of some documents, made through import and index from the texts of the sample
// courses. It measures them if it is told how many documents there are to be:
//
//	LECTERN_CORPUS=FOLDER go test -run=Volume -v -timeout=60m ./search -documents=200000
func TestVolume(t *testing.T) {
	storetest.Plainly(t)
	measure := *volumeDocuments > 0
	documents, n := fewDocuments, 2
	if measure {
		documents, n = *volumeDocuments, 300
	}
	m := newMade(t, documents, *volumeFolder)
	if _, ok := m.index.Stamp(Content, m.courses[0]); !ok { // it is not kept from another run
		m.fill(t)
	}
	if measure {
		m.settle(t)
	}
	m.reopen(t)
	t.Run("every kind of search finds something", func(t *testing.T) {
		for _, a := range m.searches() {
			t.Run(a.name, func(t *testing.T) {
				l := m.latency(t, a, n)
				t.Logf("%-50s %s", a.name, &l)
				if measure && l.hits == 0 {
					t.Error("found nothing")
				}
			})
		}
	})
	t.Run("hostile searches are answered or refused", func(t *testing.T) { m.checkHostile(t, measure) })
	t.Run("a rebuild fails no search", m.checkRebuild)
}

// checkRebuild makes the index anew while others search in it.
func (m *made) checkRebuild(t *testing.T) {
	old := m.index.shelf.live[Content].folder
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var searching sync.WaitGroup
	var mu sync.Mutex
	var times []time.Duration
	for range 2 {
		searching.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				r := Request{Kind: Content, Scope: Scope{Everything: true}, Size: 10, Facets: []FacetName{FacetType}}
				r.Query, _ = query.Parse("course")
				result, err := m.index.Search(t.Context(), r)
				mu.Lock()
				times = append(times, time.Since(began))
				mu.Unlock()
				if err != nil || result.Total == 0 || len(result.Hits) == 0 || result.Withheld > 0 {
					t.Errorf("a search during the rebuild: %+v, %v", result, err)
					return
				}
			}
		})
	}
	m.fill(t)
	time.Sleep(50 * time.Millisecond) // some more searches, in the new index
	cancel()
	searching.Wait()
	slices.Sort(times)
	t.Logf("%d searches meanwhile: p50 %.1f, p99 %.1f ms, longest %.1f ms", len(times), percentile(times, 50), percentile(times, 99), percentile(times, 100))
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the old index: %v", err)
	}
	for _, file := range openFiles() {
		if strings.HasPrefix(file, old+string(filepath.Separator)) {
			t.Errorf("still open: %s", file)
		}
	}
}

// openFiles lists the files that the process has open, where the system tells.
func openFiles() (list []string) {
	const folder = "/proc/self/fd"
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if name, err := os.Readlink(filepath.Join(folder, e.Name())); err == nil {
			list = append(list, name)
		}
	}
	return list
}

// settle waits until no segments are merged any more, which goes on for some seconds after an index was filled.
func (m *made) settle(t testing.TB) {
	t.Helper()
	before, since := m.size(t), time.Now()
	for time.Since(since) < 5*time.Second {
		time.Sleep(100 * time.Millisecond)
		if now := m.size(t); now != before {
			before, since = now, time.Now()
		}
	}
}

// size is that of the files of the index.
func (m *made) size(t testing.TB) (size int64) {
	t.Helper()
	err := filepath.Walk(m.index.shelf.folder, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		if errors.Is(err, os.ErrNotExist) { // merged meanwhile
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// reopen closes the index, opens it again and tells the size of its files.
func (m *made) reopen(t testing.TB) {
	t.Helper()
	folder := m.index.shelf.folder
	if err := m.index.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var err error
	if m.index, err = Open(t.Context(), Options{Folder: folder, Store: m.store, Classes: subsections}); err != nil {
		t.Fatal(err)
	}
	opened := time.Since(began)
	size := m.size(t)
	t.Logf("opened in %.1f ms; %d MB on the disk, %.2f times the text", float64(opened.Microseconds())/1000, size>>20, float64(size)/float64(m.text))
	if *volumeDocuments > 0 && float64(size) > mostDisk*float64(m.text) {
		t.Errorf("it takes %d MB of the disk for %d MB of text", size>>20, m.text>>20)
	}
}
