package field_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"lectern/modulestore/field"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/fields.golden")

// knownTypes are all block types of the table, and "" for a type that is not in it: it has the fields of every block.
var knownTypes = []string{
	"", "about", "annotatable", "chapter", "conditional", "course", "course_info", "custom_tag_template", "customtag", "discussion", "done",
	"drag-and-drop-v2", "edx_sga", "google-calendar", "google-document", "html", "itembank", "legacy_library_content", "library",
	"library_content", "lti", "lti_consumer", "openassessment", "poll", "poll_question", "problem", "problemset", "randomize", "recommender",
	"section", "sequential", "split_test", "staffgradedxblock", "static_tab", "survey", "ubcpi", "vertical", "video", "videosequence",
	"word_cloud", "wrapper",
}

// TestFieldTable compares the whole table with a dump that people review.
func TestFieldTable(t *testing.T) {
	const golden = "testdata/fields.golden"
	got := dump()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the table is not the one in %s; if the change is meant, run with -update (-golden +table):\n%s", golden, diff)
	}
}

// dump prints the fields of every block once and, for each type, the fields that are its own.
func dump() string {
	var b strings.Builder
	for _, blockType := range knownTypes {
		if blockType == "" {
			fmt.Fprint(&b, "every block\n")
		} else {
			fmt.Fprintf(&b, "\n%s%s\n", blockType, traits(blockType))
		}
		for _, d := range field.Fields(blockType) {
			if common, ok := field.Lookup("", d.Name); blockType == "" || !ok || !cmp.Equal(common, d) {
				fmt.Fprintf(&b, "  %-39s %-14s %-9s %-10s default %s;%s %s\n", d.Name, d.Kind, d.Scope, d.Form, d.Default, rules(d), d.Doc)
			}
		}
	}
	return b.String()
}

func traits(blockType string) string {
	var words []string
	for _, trait := range []struct {
		name string
		has  func(string) bool
	}{
		{"container", field.Container}, {"pure", field.PureXBlock}, {"always published", field.AlwaysPublished}, {"detached", field.Detached},
	} {
		if trait.has(blockType) {
			words = append(words, trait.name)
		}
	}
	if words == nil {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

func rules(d field.Def) string {
	var b strings.Builder
	if d.Inherited {
		b.WriteString(" inherited;")
	}
	if d.NonNegative {
		b.WriteString(" not negative;")
	}
	if d.Values != nil {
		fmt.Fprintf(&b, " one of %s;", strings.Join(d.Values, ", "))
	}
	return b.String()
}

func TestEveryDefinitionIsSound(t *testing.T) {
	for _, blockType := range knownTypes {
		if blockType != "" && !field.Known(blockType) {
			t.Errorf("block type %s is not known", blockType)
		}
		for _, d := range field.Fields(blockType) {
			name := blockType + "." + d.Name
			v, fault := d.FromPolicy(d.Default)
			if fault != nil {
				t.Errorf("%s: default %s: %s", name, d.Default, fault.Message)
			}
			if got := d.ToPolicy(v); got != d.Default {
				t.Errorf("%s: default %s is not canonical; it would be written %s", name, d.Default, got)
			}
			if d.Doc == "" || d.Name == "" {
				t.Errorf("%s lacks a name or a line for people", name)
			}
			if got, ok := field.Lookup(blockType, d.Name); !ok || !cmp.Equal(got, d) {
				t.Errorf("%s: Fields and Lookup disagree", name)
			}
		}
	}
}

func TestFieldsAreSortedAndUnique(t *testing.T) {
	for _, blockType := range knownTypes {
		var names []string
		for _, d := range field.Fields(blockType) {
			names = append(names, d.Name)
		}
		if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
			t.Errorf("fields of %q are not sorted and unique: %v", blockType, names)
		}
	}
}

func TestInheritable(t *testing.T) {
	want := []string{
		"course_edit_method", "days_early_for_beta", "due", "edxnotes", "edxnotes_visibility", "giturl", "graceperiod", "graded", "group_access",
		"hide_from_toc", "in_entrance_exam", "matlab_api_key", "max_attempts", "relative_weeks_due", "rerandomize", "self_paced",
		"show_correctness", "show_reset_button", "showanswer", "start", "static_asset_path", "use_latex_compiler", "user_partitions",
		"video_auto_advance", "video_bumper", "video_speed_optimizations", "visible_to_staff_only", "xqa_key",
	}
	if diff := cmp.Diff(want, field.Inheritable()); diff != "" {
		t.Errorf("inheritable fields (-want +got):\n%s", diff)
	}
	for _, blockType := range knownTypes {
		for _, d := range field.Fields(blockType) {
			if d.Inherited != slices.Contains(want, d.Name) {
				t.Errorf("%s.%s: inherited is %t", blockType, d.Name, d.Inherited)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		name, blockType, field string
		ok                     bool
		wantDefault            string
	}{
		{"a field of every block", "problem", "due", true, `null`},
		{"a type's own default comes before that of every block", "course", "display_name", true, `"Empty"`},
		{"a block of unknown type has the fields of every block", "no_such_type", "start", true, `"2030-01-01T00:00:00Z"`},
		{"an unknown type has no others", "no_such_type", "weight", false, ``},
		{"a setting of another type is no field", "html", "markdown", false, ``},
		{"an unknown attribute is no field", "course", "ispublic", false, ``},
		{"user state is no field", "problem", "attempts", false, ``},
		{"the old names of sequential have its fields", "videosequence", "hide_after_due", true, `false`},
		{"a limit of its own is still inherited", "drag-and-drop-v2", "max_attempts", true, `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, ok := field.Lookup(c.blockType, c.field)
			if ok != c.ok || d.Default != c.wantDefault {
				t.Errorf("Lookup(%q, %q) = %+v, %t", c.blockType, c.field, d, ok)
			}
		})
	}
}

func TestNamesOfEnumerations(t *testing.T) {
	for got, want := range map[fmt.Stringer]string{
		field.String: "string", field.Randomization: "randomization", field.Kind(-1): "unknown", field.Kind(99): "unknown",
		field.Settings: "settings", field.Content: "content",
		field.Attribute: "attribute", field.Internal: "internal", field.Form(-1): "unknown", field.Form(99): "unknown",
		field.Error: "error", field.Warning: "warning", field.Info: "info",
	} {
		if got.String() != want {
			t.Errorf("%T(%d) is %q, want %q", got, got, got.String(), want)
		}
	}
}
