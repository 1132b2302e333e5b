package search

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	bq "github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lectern/modulestore/storetest"
)

// letters are documents of a few letters each, in an index of several segments.
type letters struct {
	index bleve.Index
	texts map[string]string // by id
}

const alphabet = "abcde"

// inMemory makes an empty index for learners.
func inMemory(t rapid.TB) bleve.Index {
	m, err := newMapping(Content)
	if err != nil {
		t.Fatal(err)
	}
	x, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// someLetters writes, changes and deletes documents, a batch at a time.
func someLetters(t *rapid.T) *letters {
	x := inMemory(t)
	l := &letters{index: x, texts: make(map[string]string)}
	for range rapid.IntRange(1, 5).Draw(t, "batches") {
		batch := x.NewBatch()
		for range rapid.IntRange(1, 30).Draw(t, "changes") {
			id := fmt.Sprintf("d%02d", rapid.IntRange(0, 60).Draw(t, "document"))
			text := rapid.StringOfN(rapid.SampledFrom([]rune(alphabet+" ")), 0, 8, -1).Draw(t, "text")
			if rapid.IntRange(0, 5).Draw(t, "delete") == 0 {
				batch.Delete(id)
				delete(l.texts, id)
				continue
			}
			spaced := ""
			for _, r := range text {
				spaced += string(r) + " "
			}
			l.texts[id] = spaced
			if err := put(x, batch, &document{id: id, analyzer: Exact, fields: map[string]any{fieldAll: spaced, fieldAllX: spaced, fieldTitle: spaced[:len(spaced)/2]}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Batch(batch); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// found tells which documents a query finds, and how good they are.
func (l *letters) found(t *rapid.T, q bq.Query) map[string]float64 {
	r, err := l.index.Search(bleve.NewSearchRequestOptions(q, 100, 0, false))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]float64, len(r.Hits))
	for _, h := range r.Hits {
		found[h.ID] = h.Score
	}
	if int(r.Total) != len(found) {
		t.Fatalf("%d in total, and %d hits", r.Total, len(found))
	}
	return found
}

// pair is a query, and what it should find.
type pair struct {
	query bq.Query
	has   func(id string) bool
}

// someQuery makes a query of queries.
func (l *letters) someQuery(t *rapid.T, depth int) pair {
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	if depth == 0 {
		kind = 0
	}
	parts := func() (queries []bq.Query, has []func(string) bool) {
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			p := l.someQuery(t, depth-1)
			queries, has = append(queries, p.query), append(has, p.has)
		}
		return queries, has
	}
	holds := func(id string) func(func(string) bool) bool {
		return func(has func(string) bool) bool { return has(id) }
	}
	switch kind {
	case 1:
		queries, has := parts()
		return pair{&anyOf{Queries: queries, Lean: rapid.Bool().Draw(t, "lean")}, func(id string) bool { return slices.ContainsFunc(has, holds(id)) }}
	case 2:
		queries, has := parts()
		return pair{&allOf{queries}, func(id string) bool {
			return !slices.ContainsFunc(has, func(one func(string) bool) bool { return !one(id) })
		}}
	case 3:
		p := l.someQuery(t, depth-1)
		better, _ := parts()
		return pair{&preferring{p.query, better}, p.has}
	case 4:
		p := l.someQuery(t, depth-1)
		ids := rapid.SliceOf(rapid.SampledFrom(append(slices.Sorted(maps.Keys(l.texts)), "none"))).Draw(t, "set")
		in := &limited{p.query, func(_ context.Context, reader index.IndexReader, _ mapping.IndexMapping) (*roaring.Bitmap, error) {
			return oneOf(fieldID, ids...).in(reader)
		}}
		return pair{in, func(id string) bool { return p.has(id) && slices.Contains(ids, id) }}
	}
	letter := rapid.SampledFrom([]rune(alphabet+"z")).Draw(t, "letter")
	return pair{term(fieldAll, string(letter), 1), func(id string) bool { return slices.Contains([]rune(l.texts[id]), letter) }}
}

// Queries of queries find what they should, whichever asks which for the document after another one.
func TestQueriesOfQueriesFindWhatTheyShould(t *testing.T) {
	storetest.Plainly(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := someLetters(rt)
		defer l.index.Close()
		for range 10 {
			p := l.someQuery(rt, 3)
			var want []string
			for id := range l.texts {
				if p.has(id) {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(l.found(rt, p.query)))); diff != "" {
				rt.Fatalf("(-wanted +found)\n%s", diff)
			}
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(l.found(rt, &unranked{p.query})))); diff != "" {
				rt.Fatalf("in any order: (-wanted +found)\n%s", diff)
			}
		}
	})
}

// Words side by side are found where they stand so, however many they are, in all documents and in a few.
func TestWordsSideBySideAreFoundWhereTheyStandSo(t *testing.T) {
	storetest.Plainly(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := someLetters(rt)
		defer l.index.Close()
		ids := slices.Sorted(maps.Keys(l.texts))
		for range 10 {
			text := rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), 2, 3, -1).Draw(rt, "words")
			if len(ids) > 0 && rapid.Bool().Draw(rt, "taken from a text") {
				text = strings.ReplaceAll(l.texts[rapid.SampledFrom(ids).Draw(rt, "document")], " ", "")
			}
			if len(text) < 2 {
				continue
			}
			words := strings.Split(text, "")
			q := &sideBySide{bq.NewMatchPhraseQuery(strings.Join(words, " ")), fieldAllX, words}
			q.Query.(*bq.MatchPhraseQuery).SetField(fieldAllX)
			var want, few []string
			for i, id := range ids {
				if strings.Contains(strings.ReplaceAll(l.texts[id], " ", ""), text) {
					want = append(want, id)
					if i%3 == 0 {
						few = append(few, id)
					}
				}
			}
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(l.found(rt, q)))); diff != "" {
				rt.Fatalf("%s: (-wanted +found)\n%s", text, diff)
			}
			some := &limited{q, func(_ context.Context, reader index.IndexReader, _ mapping.IndexMapping) (*roaring.Bitmap, error) {
				var third []string
				for i := 0; i < len(ids); i += 3 {
					third = append(third, ids[i])
				}
				return oneOf(fieldID, third...).in(reader)
			}}
			if diff := cmp.Diff(few, slices.Sorted(maps.Keys(l.found(rt, some)))); diff != "" {
				rt.Fatalf("%s in some: (-wanted +found)\n%s", text, diff)
			}
		}
	})
}

// What limits a query changes no score, and what is preferred is worth more in whichever way a document is come to.
func TestALimitChangesNoScore(t *testing.T) {
	storetest.Plainly(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := someLetters(rt)
		defer l.index.Close()
		better := []bq.Query{term(fieldTitle, "b", 2), term(fieldTitle, "a", 2)}
		if rapid.Bool().Draw(rt, "nothing is better") {
			better = []bq.Query{term(fieldTitle, "y", 2), term(fieldTitle, "z", 2)}
		}
		q := &preferring{term(fieldAll, "a", 1), better}
		plain := bleve.NewBooleanQuery()
		plain.AddMust(term(fieldAll, "a", 1))
		plain.AddShould(better...)
		all := l.found(rt, plain)
		if diff := cmp.Diff(all, l.found(rt, q), nearly()); diff != "" {
			rt.Fatalf("(-bleve's +ours)\n%s", diff)
		}
		if rapid.Bool().Draw(rt, "side by side") { // words are looked for by their places, and alone
			q = &preferring{term(fieldAllX, "a", 1), []bq.Query{bq.NewPhraseQuery([]string{"a", "b"}, fieldAllX), term(fieldAllX, "b", 2), bq.NewPhraseQuery([]string{"b", "a"}, fieldAllX)}}
			all = l.found(rt, q)
		}
		ids := rapid.SliceOf(rapid.SampledFrom(append(slices.Sorted(maps.Keys(l.texts)), "none"))).Draw(rt, "set")
		few := rapid.Bool().Draw(rt, "few")
		var limitedQuery bq.Query = q
		if rapid.Bool().Draw(rt, "read ahead") {
			words := []wantedTerm{{fieldTerm{fieldAllX, "a"}, true}, {fieldTerm{fieldAllX, "b"}, true}, {fieldTerm{fieldAll, "a"}, false}, {fieldTerm{fieldTitle, "b"}, false}, {fieldTerm{fieldTitle, "z"}, false}}
			limitedQuery = &readAhead{q, words, unguarded}
		}
		part := l.found(rt, &limited{limitedQuery, func(_ context.Context, reader index.IndexReader, _ mapping.IndexMapping) (*roaring.Bitmap, error) {
			if !few {
				return everythingIn(reader)
			}
			return oneOf(fieldID, ids...).in(reader)
		}})
		for id, score := range all {
			limited, there := part[id]
			if there != (!few || slices.Contains(ids, id)) {
				rt.Fatalf("%s is found: %t", id, there)
			}
			if diff := cmp.Diff(score, limited, nearly()); there && diff != "" {
				rt.Fatalf("%s: (-all +limited)\n%s", id, diff)
			}
		}
	})
}

// Of words that a few texts have very often, the places are not kept, and found all the same.
func TestPlacesOfWordsAreKeptUpToALimit(t *testing.T) {
	const documents, times = 12, mostPlaces / 8
	x := inMemory(t)
	defer x.Close()
	batch := x.NewBatch()
	for i := range documents {
		if err := put(x, batch, &document{id: fmt.Sprint(i), analyzer: Exact, fields: map[string]any{fieldAll: strings.Repeat("often ", times) + "seldom"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Batch(batch); err != nil {
		t.Fatal(err)
	}
	err := inSnapshot(x, func(reader index.IndexReader) error {
		set, err := everythingIn(reader)
		if err != nil {
			return err
		}
		if reader, err = narrowed(reader, set); err != nil {
			return err
		}
		words := []wantedTerm{{fieldTerm{fieldAllX, "often"}, true}, {fieldTerm{fieldAllX, "seldom"}, true}, {fieldTerm{fieldAllX, "never"}, true}}
		if err := (&readAhead{words: words, guard: unguarded}).readIn(t.Context(), reader.(*narrow)); err != nil {
			return err
		}
		for _, word := range []string{"seldom", "often", "seldom", "often"} {
			r, err := reader.TermFieldReader(t.Context(), []byte(word), fieldAllX, true, true, true)
			if err != nil {
				return err
			}
			found := 0
			for d, err := r.Next(nil); d != nil || err != nil; d, err = r.Next(nil) {
				if err != nil {
					return err
				}
				if found++; word == "often" && len(d.Vectors) != times {
					t.Errorf("%d places of %s, want %d", len(d.Vectors), word, times)
				}
			}
			if found != documents {
				t.Errorf("%d documents have %s, want %d", found, word, documents)
			}
			if err := r.Close(); err != nil {
				return err
			}
		}
		places := 0
		for _, known := range reader.(*narrow).read {
			for _, d := range known.list {
				places += len(d.Vectors)
			}
		}
		if places != documents {
			t.Errorf("%d places are kept, want those of the one word that has few", places)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func unguarded(use func(bleve.Index) error) error { return use(nil) }

func nearly() cmp.Option {
	return cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
}
