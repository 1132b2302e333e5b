package search

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"lectern/modulestore/key"
	"lectern/search/query"
)

// What one search may take, whatever is asked. The time is measured in a large store, and only if somebody asks for it.
const (
	hostileBytes = 50 << 20
	hostileTime  = 250 * time.Millisecond
)

// hostile are searches that nobody means well with.
func (m *made) hostile() []asked {
	fixed := func(text string) func() string { return func() string { return text } }
	everything := Request{Scope: Scope{Everything: true}}
	all := Request{Scope: Scope{Everything: true}, Facets: FacetNames(Content)}
	learner := Request{Scope: m.learner(200), Facets: FacetNames(Content)}
	with := func(r Request, change func(*Request)) Request {
		change(&r)
		return r
	}
	common := "the of and to in is that it for you this with are be on as"
	many := func(n int) Scope {
		var s Scope
		for i := range n {
			s.Courses = append(s.Courses, Access{Course: key.Course{Org: "Org", Code: fmt.Sprint("C", i), Run: "run"}, All: true})
		}
		for i := range m.courses {
			for j := range 100 {
				s.Courses = append(s.Courses, Access{Course: m.courses[i], Classes: []key.BlockID{{Type: "chapter", Name: fmt.Sprint("x", j)}}})
			}
		}
		return s
	}
	return []asked{
		{"10 KB of one letter", fixed(strings.Repeat("a", 10<<10)), everything},
		{"10 KB of words", fixed(strings.Repeat("course unit video ", 600)), all},
		{"1,000 words", fixed(strings.Join(m.words[:1000], " ")), all},
		{"quotation marks alone", fixed(strings.Repeat(`"`, 10000)), everything},
		{"quotation marks that are not closed", fixed(strings.Repeat(`"course “unit „video `, 500)), everything},
		{"wildcards", fixed(`* *a* ` + strings.Repeat("?", 50)), everything},
		{"200 wildcards", fixed(strings.Repeat("*a* ", 200)), all},
		{"regular expressions", fixed(`/.*/ /[a-z]{1,200}/ /(.*a){24}.*/`), all},
		{"the language of queries of other engines", fixed(`title:foo^5 AND (ctx:* OR -_all:*) +x~2 [1 TO *] mod:>=2000 {"match_all":{}}`), all},
		{"500 unclear words", fixed(strings.Repeat("word~2 ", 500)), everything},
		{"an unclear word of 5,000 letters", fixed(strings.Repeat("ab", 2500) + "~2"), everything},
		{"letters that nobody sees", fixed(strings.Repeat("c\u200bo\u200du\ufeffr\u00adse ", 500)), everything},
		{"letters from right to left", fixed(strings.Repeat("\u202eesruoc\u202c \u2067مادة\u2069 ", 200)), everything},
		{"markup", fixed(`<script>alert("course")</script><b onclick='x'>unit</b>&amp;<mark>`), everything},
		{"one letter", fixed("a"), all},
		{"one letter, as one types", fixed("a"), with(everything, func(r *Request) { r.Typing = true })},
		{"two letters, as one types", fixed("co"), with(all, func(r *Request) { r.Typing = true })},
		{"16 words with typos", fixed("courze studant learnng problm vidio assigment qustion contant sectin exampel discusion advanc componnt setings grdes pagse"), all},
		{"the same for a learner", fixed("courze studant learnng problm vidio assigment qustion contant sectin exampel discusion advanc componnt setings grdes pagse"), learner},
		{"16 words of every text", fixed(common), all},
		{"a phrase of words of every text", fixed(`"` + common + `"`), all},
		{"one word, 16 times", fixed(`"` + strings.Repeat("the ", 16) + `"`), all},
		{"16 words that nothing may have", fixed("-" + strings.ReplaceAll(common, " ", " -")), all},
		{"any course of 32 that are nowhere", func() string { return many32("course:" + strings.Repeat("x", 1000)) }, all},
		{"inside of 32 sections that are nowhere", func() string { return many32("in:" + strings.Repeat("y", 1000)) }, all},
		{"a field with a value of 1 MB", fixed("course:" + strings.Repeat("x", 1<<20)), everything},
		{"every facet of everything", fixed(""), all},
		{"every facet of all that a learner has", fixed(""), learner},
		{"the newest of everything, far on", fixed(""), with(everything, func(r *Request) { r.Order, r.Offset, r.Size = Newest, MaxOffset, MaxSize })},
		{"a word of every text, far on", fixed("course"), with(all, func(r *Request) { r.Offset, r.Size = MaxOffset, MaxSize })},
		{"a page of ten million", fixed("course"), with(everything, func(r *Request) { r.Size = 10_000_000 })},
		{"hits from the thousand millionth on", fixed("course"), with(everything, func(r *Request) { r.Offset = 1_000_000_000 })},
		{"hits before the first", fixed("course"), with(everything, func(r *Request) { r.Offset = -1 })},
		{"a next page that nobody gave", fixed("course"), with(everything, func(r *Request) { r.After = strings.Repeat("A", 1<<20) })},
		{"more courses and classes than there are", fixed("course"), Request{Scope: many(20000)}},
		{"SQL, and what is no text", fixed("'; DROP TABLE blocks; -- \x00\xff\xfe course"), everything},
		{"accents upon accents", fixed(strings.Repeat("e"+strings.Repeat("\u0301", 50), 100)), everything},
		{"a page of Chinese", fixed(strings.Repeat("课程内容学习问题视频", 400)), everything},
		{"pictures", fixed(strings.Repeat("👩‍👩‍👧‍👦🏳️‍🌈", 300)), everything},
		{"numbers", fixed("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"), all},
	}
}

// many32 writes 32 fields that differ at their ends.
func many32(field string) string {
	var b strings.Builder
	for i := range query.MaxFilters {
		fmt.Fprintf(&b, "%s%d ", field, i)
	}
	return b.String()
}

// checkHostile asks all of them: each is answered or refused in words, and takes little of what others need.
func (m *made) checkHostile(t *testing.T, measure bool) {
	for _, a := range m.hostile() {
		r := a.ask
		r.Kind = Content
		if r.Size == 0 {
			r.Size = 10
		}
		text := a.text()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began, used := time.Now(), processorTime()
		r.Query, _ = query.Parse(text)
		result, err := m.index.Search(t.Context(), r)
		took, processor := time.Since(began), processorTime()-used
		runtime.ReadMemStats(&after)
		bytes := after.TotalAlloc - before.TotalAlloc
		answer := "refused"
		if err == nil {
			answer = fmt.Sprint(result.Total, " hits")
		}
		t.Logf("%-45s %7.1f ms, of the processor %6.1f ms, %6.1f MB  %s", a.name, float64(took.Microseconds())/1000, float64(processor.Microseconds())/1000,
			float64(bytes)/(1<<20), answer)
		switch {
		case err != nil && !errors.Is(err, ErrRequest) && !errors.Is(err, ErrTooBroad):
			t.Errorf("%s: %v", a.name, err)
		case bytes > hostileBytes:
			t.Errorf("%s: took %d MB of memory", a.name, bytes>>20)
		case measure && took > hostileTime:
			t.Errorf("%s: took %s", a.name, took)
		}
	}
}
