package search

import (
	"encoding/json"
	"slices"

	"lectern/modulestore"
	"lectern/modulestore/field"
)

// setting is what a block sets itself, its policy before its attribute; null if it does not, or if nobody can read it. body may be nil: a value that stands in
// the body is null then.
func setting(b *modulestore.Block, body *modulestore.Body, name string) field.Value {
	def, known := field.Lookup(b.ID.Type, name)
	if !known {
		return field.Value{}
	}
	policy := !field.PureXBlock(b.ID.Type) || b.ID.Type == "discussion"
	if text, set := b.PolicyEntry(name, body); set && policy {
		v, _ := def.FromPolicy(text)
		return v
	}
	text, set := b.Attr(name, body)
	switch {
	case !set:
		return field.Value{}
	case field.PureXBlock(b.ID.Type):
		v, _ := def.FromPure(text)
		return v
	}
	v, _ := def.FromAttribute(text)
	return v
}

// tab is what the course says about one of its pages.
type tab struct {
	Type      string `json:"type"`
	Name      string `json:"name"`
	Slug      string `json:"url_slug"`
	Hidden    bool   `json:"is_hidden"`
	StaffOnly bool   `json:"course_staff_only"`
}

// pages gives the custom pages that a course lists in its tabs, by the names of their blocks.
func pages(root *modulestore.Block, body *modulestore.Body) map[string]tab {
	var list []tab
	source, _ := root.PolicyEntry("tabs", body)
	if json.Unmarshal([]byte(source), &list) != nil {
		return nil // the check of the course tells of it
	}
	byName := make(map[string]tab, len(list))
	for _, t := range list {
		if t.Type == "static_tab" {
			byName[t.Slug] = t
		}
	}
	return byName
}

// subjects are those that a course names in its other settings, {"subjects": ["Biology"]}: OLX has no place of its own for them.
func subjects(root *modulestore.Block, body *modulestore.Body) []string {
	var other struct{ Subjects []string }
	if json.Unmarshal([]byte(setting(root, body, "other_course_settings").JSON()), &other) != nil {
		return nil
	}
	slices.Sort(other.Subjects)
	return slices.Compact(other.Subjects)
}
