package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lectern/modulestore/key"
	"lectern/search/query"
)

// FacetName is something by which hits are counted.
type FacetName string

// The facets.
const (
	FacetCourse      FacetName = "course"
	FacetOrg         FacetName = "org"
	FacetType        FacetName = "type" // of the block
	FacetKind        FacetName = "kind" // content_type of Open edX: Text, CAPA, Video, Sequence, …
	FacetLang        FacetName = "lang"
	FacetSubject     FacetName = "subject"
	FacetOffline     FacetName = "offline"     // t: works without a network
	FacetState       FacetName = "state"       // of a draft
	FacetResponses   FacetName = "responses"   // what kinds of questions a problem asks
	FacetPacing      FacetName = "pacing"      // of a course
	FacetTranscripts FacetName = "transcripts" // languages of those of a course
)

// maxValues is the number of values of a facet that are listed; the others are counted together.
const maxValues = 50

// FacetNames lists the facets of an index.
func FacetNames(k Kind) []FacetName {
	switch k {
	case Studio:
		return []FacetName{FacetCourse, FacetOrg, FacetType, FacetKind, FacetLang, FacetSubject, FacetOffline, FacetState, FacetResponses}
	case Catalog:
		return []FacetName{FacetOrg, FacetLang, FacetSubject, FacetPacing, FacetTranscripts}
	}
	return []FacetName{FacetCourse, FacetOrg, FacetType, FacetKind, FacetLang, FacetSubject, FacetOffline}
}

// field is the field that is counted.
func (n FacetName) field(k Kind) string {
	switch n {
	case FacetCourse:
		return fieldContext
	case FacetLang:
		return languageField(k)
	case FacetResponses:
		return fieldResponses
	case FacetTranscripts:
		return fieldTranscripts
	}
	return string(n)
}

// queryField is the field of a query in which a value of the facet is chosen; empty if it only counts.
func (n FacetName) queryField() query.Field {
	switch n {
	case FacetCourse, FacetOrg, FacetType, FacetLang:
		return query.Field(n)
	case FacetSubject:
		return query.Tag
	}
	return ""
}

// among reports whether a value is one of those that were chosen, however they were typed.
func (n FacetName) among(selected []string, value string) bool {
	if c, err := key.ParseCourse(value); n == FacetCourse && err == nil {
		return len(named(selected, []key.Course{c})) > 0
	}
	return slices.ContainsFunc(selected, func(s string) bool { return strings.EqualFold(s, value) })
}

// Facet counts the hits by their values.
type Facet struct {
	Name   FacetName
	Values []Value
	Other  int // hits with values that are not listed
}

// chosen reports whether values of a facet are.
func (s *run) chosen(n FacetName) bool {
	_, ok := s.wanted[n.queryField()]
	return ok
}

// counting lists the fields that are counted with the page.
func (s *run) counting() (fields []string) {
	for _, name := range s.Facets {
		if field := name.field(s.Kind); !s.chosen(name) && !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// facets lists the counts of what was found. The values of a facet of which some are chosen are counted as if none were: they say what another choice would find.
func (s *run) facets(ctx context.Context) (list []Facet, err error) {
	for _, name := range s.Facets {
		field, counts := name.field(s.Kind), s.counts
		if s.chosen(name) {
			q := &observed{Query: s.whole(s.text(), name.queryField()), columns: &s.generation.columns, fields: []string{field}}
			if _, err = s.count(ctx, q); err != nil {
				return nil, err
			}
			counts = q.counts
		}
		list = append(list, s.facet(name, counts[field]))
	}
	return list, nil
}

// facet makes a facet of how many hits have each value.
func (s *run) facet(name FacetName, counts map[string]int) Facet {
	f := Facet{Name: name}
	selected, _ := s.Query.Values(name.queryField())
	for value, n := range counts {
		f.Values = append(f.Values, Value{Value: value, Count: n})
	}
	slices.SortFunc(f.Values, func(a, b Value) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	listed := min(maxValues, len(f.Values))
	for _, v := range f.Values[listed:] {
		f.Other += v.Count
	}
	f.Values = f.Values[:listed]
	for i := range f.Values {
		f.Values[i].Selected = name.among(selected, f.Values[i].Value)
	}
	return f
}

// Value is one of the values of a facet.
type Value struct {
	Value    string
	Count    int
	Selected bool
}
