package search

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/mapping"
	bq "github.com/blevesearch/bleve/v2/search/query"

	"lectern/modulestore/key"
	"lectern/search/query"
)

// Bleve finds nothing, and says nothing, where a query names a field that an index does not have, or wants a phrase of one without positions.
func TestEveryQueryAsksFieldsThatCanAnswer(t *testing.T) {
	store := newStore(t)
	c := imported(t, store, files(small), "")
	x := filled(t, store)
	for _, k := range Kinds() {
		fields := mapped(t, k)
		for _, typing := range []bool{false, true} {
			s := wide(t, x, k, c, typing)
			pages := []bq.Query{s.whole(s.plan.strict(), "")}
			if relaxed, ok := s.plan.relaxed(); ok {
				pages = append(pages, s.whole(relaxed, ""))
			}
			for _, relaxed := range []bool{false, true} {
				if ranked, ok := s.plan.ranked(relaxed); ok {
					pages = append(pages, s.whole(ranked, ""))
				}
			}
			pages = append(pages, s.plan.unwanted(fieldAll, fieldAllX)...)
			pages = append(pages, s.plan.unwanted(fieldTitle, fieldTitleX)...)
			if k == Catalog {
				pages = append(pages, dates(fieldStart, time.Now(), time.Time{}), dates(fieldEnd, time.Now(), time.Time{}))
			}
			if k == Content {
				pages = append(pages, term(fieldAbove, "x", 1))
			}
			eachQuery(reflect.ValueOf(pages), func(q bq.FieldableQuery) {
				f := fields[q.Field()]
				_, phrase := q.(*bq.MatchPhraseQuery)
				switch {
				case f == nil:
					t.Errorf("%s: %T asks for the field %q, which is not there", k, q, q.Field())
				case phrase && !f.IncludeTermVectors:
					t.Errorf("%s: a phrase is looked for in %s, which keeps no positions", k, q.Field())
				}
			})
			for _, c := range append(slices.Collect(maps.Values(s.wanted)), s.unwanted) {
				for _, v := range c {
					if v.field != fieldID && fields[v.field] == nil {
						t.Errorf("%s: the field %q is chosen by, which is not there", k, v.field)
					}
				}
			}
		}
		for _, name := range FacetNames(k) {
			if f := fields[name.field(k)]; f == nil || f.Analyzer != keyword.Name {
				t.Errorf("%s: the facet %s counts the terms of %s, which are no values", k, name, name.field(k))
			}
		}
		if f := fields[fieldModified]; f == nil || f.Type != "datetime" {
			t.Errorf("%s: hits are sorted by %s, which has no dates", k, fieldModified)
		}
	}
}

// mapped are the fields of an index. They are the same for documents of all languages.
func mapped(t *testing.T, k Kind) map[string]*mapping.FieldMapping {
	t.Helper()
	m, err := newMapping(k)
	if err != nil {
		t.Fatal(err)
	}
	fields := make(map[string]*mapping.FieldMapping)
	for _, d := range m.TypeMapping {
		eachField(t, d, func(f *mapping.FieldMapping) { fields[f.Name] = f })
	}
	return fields
}

// wide is a search that asks for everything that can be asked for.
func wide(t *testing.T, x *Index, k Kind, c key.Course, typing bool) *run {
	t.Helper()
	text := `orbital clouds course-v1:Org+C+run ai "two words" -without -"these words" lang:en org:Org course:C -course:D`
	if k != Catalog { // courses have neither, so that nothing is found
		text += ` type:html -type:video in:block-v1:Org+C+run+type@chapter+block@one`
	}
	q, _ := query.Parse(text)
	g := x.shelf.take(k)
	defer g.leave()
	some := []key.BlockID{{Type: "chapter", Name: "one"}}
	scope := Scope{Courses: []Access{{Course: c, All: true}, {Course: c, Classes: some}, {Course: c, All: true, TitlesOnly: true}, {Course: c, Classes: some, TitlesOnly: true}}}
	if k != Content {
		scope = Scope{Everything: true}
	}
	s := &run{Index: x, generation: g, index: g.index, result: &Result{}, Request: Request{Kind: k, Query: q, Typing: typing, Scope: scope}}
	if err := s.limit(); err != nil {
		t.Fatal(err)
	}
	if err := s.prepare(g.courses()); err != nil {
		t.Fatal(err)
	}
	return s
}

// eachQuery calls use for every query in a tree of them that names a field.
func eachQuery(v reflect.Value, use func(bq.FieldableQuery)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if q, ok := v.Interface().(bq.FieldableQuery); ok {
			use(q)
			return
		}
		eachQuery(v.Elem(), use)
	case reflect.Slice:
		for i := range v.Len() {
			eachQuery(v.Index(i), use)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachQuery(v.Field(i), use)
			}
		}
	}
}

// Every field that a file of this package names is one of the mapping: it is in some index, or says how documents are mapped.
func TestEveryFieldThatIsNamedIsMapped(t *testing.T) {
	known := map[string]bool{"fieldID": true, "fieldAnalyzer": true, "fieldStamp": true, "fieldStamped": true}
	fields := make(map[string]bool)
	for _, k := range Kinds() {
		for name := range mapped(t, k) {
			fields[name] = true
		}
	}
	constants := fieldConstants(t)
	for name, value := range constants {
		known[name] = known[name] || fields[value]
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, path := range sources {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		ast.Inspect(parsed(t, path), func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && constants[id.Name] != "" {
				used[id.Name] = true
				if !known[id.Name] {
					t.Errorf("%s names %s, which is in no index", path, id.Name)
				}
			}
			return true
		})
	}
	if missing := slices.Sorted(maps.Keys(fields)); len(used) < len(missing) {
		t.Errorf("there are %d fields, and %d are named", len(missing), len(used))
	}
}

func parsed(t *testing.T, path string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// fieldConstants are the names of fields, by the constants that stand for them.
func fieldConstants(t *testing.T) map[string]string {
	t.Helper()
	constants := make(map[string]string)
	ast.Inspect(parsed(t, "mapping.go"), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if value, ok := spec.Values[min(i, len(spec.Values)-1)].(*ast.BasicLit); ok && strings.HasPrefix(name.Name, "field") {
				constants[name.Name] = strings.Trim(value.Value, `"`)
			}
		}
		return true
	})
	if len(constants) < 30 {
		t.Fatalf("there are only the constants %v", constants)
	}
	return constants
}
