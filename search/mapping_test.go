package search

import (
	"slices"
	"testing"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/google/go-cmp/cmp"
)

// properties are what a field is used for.
type properties struct {
	phrases, listed, stored bool
}

func TestEachFieldHasWhatItIsUsedFor(t *testing.T) {
	var (
		filter = properties{}
		facet  = filter // columns are made of what filters need
		text   = properties{}
		exact  = properties{phrases: true}
	)
	every := map[string]properties{
		fieldContext: facet, fieldOrg: facet, fieldSubject: facet, fieldTitle: text, fieldTitleX: exact, fieldTitleEdge: text, fieldAll: text, fieldAllX: exact,
		fieldModified: facet, fieldMade: {listed: true},
	}
	blocks := map[string]properties{fieldType: facet, fieldKind: facet, fieldResponses: facet, fieldLang: facet, fieldOffline: facet, fieldAbove: filter}
	for k, own := range map[Kind]map[string]properties{
		Content: {fieldAccess: filter, fieldPublished: filter},
		Studio:  {fieldState: facet, fieldKids: filter, fieldBlock: filter, fieldBlockX: exact, fieldHidden: exact},
		Catalog: {
			fieldShort: text, fieldNumber: filter, fieldNumberX: exact, fieldLanguage: facet, fieldPacing: facet, fieldTranscripts: facet, fieldInvitation: facet,
			fieldStart: facet, fieldEnd: facet, fieldEnrolStart: facet, fieldEnrolEnd: facet, fieldVisible: filter, fieldPopular: facet,
		},
	} {
		want := make(map[string]properties)
		for _, fields := range []map[string]properties{every, own} {
			for name, p := range fields {
				want[name] = p
			}
		}
		if k != Catalog {
			for name, p := range blocks {
				want[name] = p
			}
		}
		m, err := newMapping(k)
		if err != nil {
			t.Fatal(err)
		}
		if m.ScoringModel != "bm25" || m.IndexDynamic || m.StoreDynamic || m.DocValuesDynamic {
			t.Errorf("the mapping of %s is not static, or does not score by BM25", k)
		}
		for name, d := range m.TypeMapping {
			if name == typeStamp {
				continue
			}
			got := make(map[string]properties)
			eachField(t, d, func(f *mapping.FieldMapping) {
				got[f.Name] = properties{f.IncludeTermVectors, f.DocValues, f.Store}
				if f.IncludeInAll || !f.Index {
					t.Errorf("%s of %s is not indexed, or indexed twice", f.Name, k)
				}
				if stemmed := slices.Contains([]string{fieldTitle, fieldAll, fieldShort}, f.Name); stemmed && f.Analyzer != name {
					t.Errorf("%s of %s documents is analysed by %s", f.Name, name, f.Analyzer)
				}
			})
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(properties{})); diff != "" {
				t.Errorf("%s documents of %s (-want +got):\n%s", name, k, diff)
			}
		}
	}
}

func eachField(t *testing.T, d *mapping.DocumentMapping, use func(*mapping.FieldMapping)) {
	t.Helper()
	if d.Dynamic {
		t.Error("a mapping takes fields that it does not know")
	}
	for name, property := range d.Properties {
		if name == "_all" && property.Enabled {
			t.Error("everything is indexed once more in _all")
		}
		for _, f := range property.Fields {
			use(f)
		}
	}
}

func TestEachLanguageHasItsAnalyser(t *testing.T) {
	m, err := newMapping(Content)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		language, analyzer, text string
		want                     []string
	}{
		{"en", "en", "The Running Cells", []string{"run", "cell"}},
		{"en-GB", "en", "cells", []string{"cell"}},
		{"pt_BR", "pt", "células", []string{"celul"}},
		{"zh-Hans", "cjk", "数学很好", []string{"数学", "学很", "很好"}},
		{"th", Bigram, "ไทย", []string{"ไท", "ทย"}},
		{"pl", Exact, "To be", []string{"to", "be"}},
		{"", Exact, "To be", []string{"to", "be"}},
		{"tlh", Exact, "tlhIngan", []string{"tlhingan"}},
		{"", Exact, "Will it? No.", []string{"will", "it", "no"}},
		{"", Exact, "ภาษา ລາວ", []string{"ภ", "า", "ษ", "า", "ລ", "າ", "ວ"}},
	} {
		if got := Analyzer(c.language); c.analyzer != got {
			t.Errorf("%q is analysed by %q, want %q", c.language, got, c.analyzer)
		}
		var got []string
		for _, token := range m.AnalyzerNamed(c.analyzer).Analyze([]byte(c.text)) {
			got = append(got, string(token.Term))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q in %q (-want +got):\n%s", c.text, c.language, diff)
		}
	}
}

func TestTheFirstLettersOfTitlesAreThere(t *testing.T) {
	m, err := newMapping(Catalog)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, token := range m.AnalyzerNamed(Edge).Analyze([]byte("Go ภาษา")) {
		got = append(got, string(token.Term))
	}
	if diff := cmp.Diff([]string{"go", "ภา", "ภาษ", "ภาษา"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheSchemaTellsMappingsAndClassesApart(t *testing.T) {
	names := make(map[string]bool)
	for _, k := range Kinds() {
		m, err := newMapping(k)
		if err != nil {
			t.Fatal(err)
		}
		for version := range 2 {
			name, err := schema(m, version)
			again, _ := schema(m, version)
			if err != nil || name != again {
				t.Errorf("the schema of %s is %s and %s (%v)", k, name, again, err)
			}
			names[name] = true
		}
	}
	if len(names) != 6 {
		t.Errorf("there are %d schemas, want 6", len(names))
	}
}
