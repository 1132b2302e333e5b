package field_test

import (
	"slices"
	"testing"

	"lectern/modulestore/field"
)

func TestTraitsOfBlockTypes(t *testing.T) {
	for _, c := range []struct {
		name  string
		has   func(string) bool
		types []string
	}{
		{"containers hold blocks", field.Container, []string{
			"chapter", "conditional", "course", "itembank", "legacy_library_content", "library", "library_content", "problemset", "randomize",
			"section", "sequential", "split_test", "vertical", "videosequence", "wrapper",
		}},
		{"pure XBlocks", field.PureXBlock, []string{
			"discussion", "done", "drag-and-drop-v2", "edx_sga", "google-calendar", "google-document", "library", "lti_consumer", "openassessment",
			"poll", "recommender", "staffgradedxblock", "survey", "ubcpi",
		}},
		{"types without drafts", field.AlwaysPublished, []string{"about", "chapter", "course", "course_info", "sequential", "static_tab"}},
		{"pages outside the tree", field.Detached, []string{"about", "course_info", "custom_tag_template", "static_tab"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, blockType := range append(knownTypes, "no_such_type") {
				if got, want := c.has(blockType), slices.Contains(c.types, blockType); got != want {
					t.Errorf("%q: %t, want %t", blockType, got, want)
				}
			}
		})
	}
}

func TestUnknownType(t *testing.T) {
	for _, blockType := range []string{"", "azure_media_services", "Course"} {
		if field.Known(blockType) {
			t.Errorf("%q is known", blockType)
		}
	}
}

func TestLooseChild(t *testing.T) {
	for _, c := range []struct {
		name, blockType, tag string
		want                 bool
	}{
		{"a wiki of a course", "course", "wiki", true},
		{"a textbook of a course", "course", "textbook", true},
		{"a list of blocks to show", "conditional", "show", true},
		{"settings as JSON", "vertical", "meta", true},
		{"an option of a library", "library", "option:advanced_modules", true},
		{"a tag with any prefix", "vertical", "x:html", true},
		{"a block", "vertical", "html", false},
		{"a block of unknown type", "vertical", "azure_media_services", false},
		{"an element of a leaf is content, neither setting nor block", "video", "source", false},
	} {
		if got := field.LooseChild(c.blockType, c.tag); got != c.want {
			t.Errorf("%s: LooseChild(%q, %q) = %t", c.name, c.blockType, c.tag, got)
		}
	}
}

func TestReserved(t *testing.T) {
	for _, name := range []string{
		"course", "data_dir", "discussion_blackouts", "filename", "grading_policy", "org", "tabs", "url_name", "x-is-pointer-node", "xml_attributes",
	} {
		if !field.Reserved(name) {
			t.Errorf("%s is not reserved", name)
		}
	}
	for _, name := range []string{"display_name", "start", "discussion_topics", "slug"} {
		if field.Reserved(name) {
			t.Errorf("%s is reserved", name)
		}
	}
}
