package field

import (
	"slices"
	"strings"
)

// trait is something that is true of a block type; traits are added up.
type trait int

const (
	container       trait = 1 << iota // its children are blocks
	pure                              // of the newer kind: see PureXBlock
	alwaysPublished                   // has no drafts
	detached                          // stands outside the tree
	leaf            trait = 0
)

// blockTypes are the block types this package knows.
var blockTypes = map[string]trait{
	"course":                 container | alwaysPublished,
	"chapter":                container | alwaysPublished,
	"sequential":             container | alwaysPublished,
	"vertical":               container,
	"videosequence":          container, // an old name for sequential
	"problemset":             container, // an old name for sequential
	"section":                container,
	"wrapper":                container,
	"conditional":            container,
	"split_test":             container,
	"randomize":              container,
	"library_content":        container,
	"legacy_library_content": container,
	"itembank":               container,
	"library":                container | pure,
	"about":                  alwaysPublished | detached,
	"static_tab":             alwaysPublished | detached,
	"course_info":            alwaysPublished | detached,
	"custom_tag_template":    detached,
	"annotatable":            leaf,
	"customtag":              leaf,
	"html":                   leaf,
	"lti":                    leaf,
	"poll_question":          leaf,
	"problem":                leaf,
	"video":                  leaf,
	"word_cloud":             leaf,
	"discussion":             pure,
	"done":                   pure,
	"drag-and-drop-v2":       pure,
	"edx_sga":                pure,
	"google-calendar":        pure,
	"google-document":        pure,
	"lti_consumer":           pure,
	"openassessment":         pure,
	"poll":                   pure,
	"recommender":            pure,
	"staffgradedxblock":      pure,
	"survey":                 pure,
	"ubcpi":                  pure,
}

// settingElements are child elements of a container that are settings of it, not blocks.
var settingElements = []string{"wiki", "textbook", "show", "source", "grading_policy", "policy", "entrance_exam", "meta"}

// reservedAttributes name or place a block, or belong to other files; upstream never reads a setting from them.
var reservedAttributes = []string{
	"course", "data_dir", "discussion_blackouts", "filename", "grading_policy", "org", "tabs", "url_name", "x-is-pointer-node", "xml_attributes",
}

// Known reports whether this package knows the block type.
func Known(blockType string) bool {
	_, known := blockTypes[blockType]
	return known
}

// Container reports whether the child elements of the block type are blocks.
func Container(blockType string) bool { return blockTypes[blockType]&container != 0 }

// PureXBlock reports whether the block type is of the newer kind, without upstream's older XML layer: it stands inside its parent's file, its
// attributes are read by [Def.FromPure], and policy.json does not apply to it (except for discussion).
func PureXBlock(blockType string) bool { return blockTypes[blockType]&pure != 0 }

// AlwaysPublished reports whether the block type has no drafts: what is saved is published.
func AlwaysPublished(blockType string) bool { return blockTypes[blockType]&alwaysPublished != 0 }

// Detached reports whether blocks of the type stand outside the tree: pages of the course that have no parent.
func Detached(blockType string) bool { return blockTypes[blockType]&detached != 0 }

// LooseChild reports whether an element inside a block of that type is a setting of the block, not a child block. A tag with a prefix, such as
// "option:help", always is.
func LooseChild(blockType, tag string) bool {
	return Container(blockType) && (strings.Contains(tag, ":") || slices.Contains(settingElements, tag))
}

// Reserved reports whether an attribute of that name is never a setting, though some of these names are fields too: it names or places the
// block, or its field is read from another file.
func Reserved(attribute string) bool { return slices.Contains(reservedAttributes, attribute) }
