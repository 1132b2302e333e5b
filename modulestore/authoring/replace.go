package authoring

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
	"lectern/modulestore/olx"
)

// Where says which texts a replacement looks at.
type Where string

// The places to look at: what stands between the tags of a leaf or in a file of its own; attributes and policies; titles of blocks.
const (
	Everywhere Where = "all"
	InTexts    Where = "text"
	InSettings Where = "settings"
	InNames    Where = "names"
)

// Wheres lists what there is to choose from.
func Wheres() []Where { return []Where{Everywhere, InTexts, InSettings, InNames} }

// ReplaceOptions say what to replace by what, and where.
type ReplaceOptions struct {
	// Find is a text, or a regular expression (RE2). A text is found in markup however its & < > " ' are written, and what comes in its place is
	// then written in the same way. A regular expression sees the source.
	Find   string
	Regexp bool
	// With comes in its place; of a regular expression $1 is the first group.
	With       string
	IgnoreCase bool
	WholeWords bool // where letters and digits end
	In         Where
	Types      []string    // block types; none for all
	Below      key.BlockID // a block with all below it; zero for the whole course
	DraftOnly  bool        // leave what is published as it is
	// SkipRefused replaces in the other blocks when some would be damaged. Without it nothing is replaced at all then.
	SkipRefused bool
	Preview     bool // write nothing
	Author      string
	Message     string
}

// ReplaceReport says what a replacement does, or would do.
type ReplaceReport struct {
	Course  key.Course `json:"course"`
	Version uint64     `json:"version"` // the new one, or the last if there is none
	Changed bool       `json:"changed"`
	Preview bool       `json:"preview"`
	// Matches and Fields count what Blocks lists. What is in both branches counts once.
	Matches int                        `json:"matches"`
	Fields  int                        `json:"fields"`
	Blocks  []BlockReport[FieldMatch]  `json:"blocks"`
	Refused []BlockReport[olx.Problem] `json:"refused"`
	Broken  []BrokenBlock              `json:"broken"` // not searched
}

// FieldMatch is what was found in one text of a block.
type FieldMatch struct {
	Part     Part      `json:"in"`
	Field    string    `json:"field,omitempty"` // none for markup
	Count    int       `json:"count"`
	Excerpts []Excerpt `json:"excerpts"` // the first ones
}

// ReplaceRefusedError says that a replacement would damage blocks; nothing has changed.
type ReplaceRefusedError struct {
	Blocks []BlockReport[olx.Problem]
}

func (e *ReplaceRefusedError) Error() string {
	first, more := e.Blocks[0], ""
	if n := len(e.Blocks) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("nothing was replaced: %s could not be read afterwards%s: %s", first.Block, more, first.Items[0])
}

// Replace replaces a text in all blocks of a course, in one version: in the draft and, unless DraftOnly is set, in what is published. Names
// and keys of blocks, pointers at children and paths of files stay. With a *ReplaceRefusedError comes the report that says why.
func Replace(ctx context.Context, store *modulestore.Store, course key.Course, o ReplaceOptions) (*ReplaceReport, error) {
	if o.In == "" {
		o.In = Everywhere
	}
	if !slices.Contains(Wheres(), o.In) {
		return nil, &OptionError{"In", fmt.Sprintf("%q is no place to search in", o.In)}
	}
	search, err := newSearch(o)
	if err != nil {
		return nil, err
	}
	s := &sweep{
		course: course, below: o.Below, draftOnly: o.DraftOnly, preview: o.Preview,
		name: "replace", author: o.Author, why: o.Message,
	}
	var op *replacing
	version, changed, err := s.run(ctx, store, func() operation {
		op = &replacing{ReplaceOptions: o, search: search, course: course}
		return op
	})
	if _, refused := errors.AsType[*ReplaceRefusedError](err); err != nil && !refused {
		return nil, err
	}
	report := &ReplaceReport{
		Course: course, Version: version.Seq, Changed: changed, Preview: o.Preview,
		Blocks: op.found.list(), Refused: op.refused.list(), Broken: s.broken,
	}
	report.Matches = total(report.Blocks, func(m FieldMatch) int { return m.Count })
	report.Fields = total(report.Blocks, func(FieldMatch) int { return 1 })
	return report, err
}

// replacing is one replacement on its way through a course.
type replacing struct {
	ReplaceOptions
	search  *search
	course  key.Course
	root    *opened
	found   collector[FieldMatch]
	refused collector[olx.Problem]
}

func (r *replacing) begin(root *opened) error {
	r.root = root
	return nil
}

func (r *replacing) visit(branch modulestore.Branch, o *opened) (bool, error) {
	if len(r.Types) > 0 && !slices.Contains(r.Types, o.block.ID.Type) {
		return false, nil
	}
	before := o.clone()
	title := o.setting("display_name").Str()
	var matches []FieldMatch
	o.each(func(part Part, name, text string) string {
		if !r.looksAt(o.block.ID.Type, part, name) {
			return text
		}
		m := FieldMatch{Part: part, Field: name}
		text = r.text(&m, text)
		if m.Count > 0 {
			matches = append(matches, m)
		}
		return text
	})
	if len(matches) == 0 {
		return false, nil
	}
	problems, err := r.damage(before, o, matches)
	if err != nil {
		return false, err
	}
	if len(problems) > 0 {
		r.refused.add(branch, o, title, problems)
		return false, nil
	}
	r.found.add(branch, o, title, matches)
	return true, nil
}

// damage is what is wrong with a block after the replacement and was not before. A page, or the text of an html pair, can be any text.
func (r *replacing) damage(before, after *opened, matches []FieldMatch) ([]olx.Problem, error) {
	blockType := after.block.ID.Type
	inElement := func(m FieldMatch) bool { return m.Part != InText }
	if (blockType == "html" || field.Detached(blockType)) && !slices.ContainsFunc(matches, inElement) {
		return nil, nil
	}
	return newErrors(r.course, r.root, before, after)
}

func (r *replacing) message() (string, error) {
	if refused := r.refused.list(); len(refused) > 0 && !r.SkipRefused && !r.Preview {
		return "", &ReplaceRefusedError{refused}
	}
	return fmt.Sprintf("%q by %q", shortened(r.Find), shortened(r.With)), nil
}

// text replaces in one text and counts it in m.
func (r *replacing) text(m *FieldMatch, text string) string {
	replace := func(text string) []splice {
		list := r.search.splices(text)
		if len(list) > 0 {
			m.Count += len(list)
			shown := excerpts(text, list)
			m.Excerpts = append(m.Excerpts, shown[:min(len(shown), mostExcerpts-len(m.Excerpts))]...)
		}
		return list
	}
	if m.Part == InMarkup || m.Part == InText && m.Field == "data" || m.Part != InPolicy && !holdsJSON(text) {
		return spliced(text, replace(text))
	}
	return spliceJSON(text, func(member, text string) []splice {
		if slices.Contains(nameMembers, member) && m.Field != "grading_policy" {
			return nil
		}
		return replace(text)
	})
}

// looksAt reports whether a text of a block of that type is to be searched.
func (r *replacing) looksAt(blockType string, part Part, name string) bool {
	where := InSettings
	switch {
	case part == InMarkup, part == InText && name != "grading_policy":
		where = InTexts
	case part != InText && namesThings(blockType, part, name):
		return false
	case name == "display_name":
		where = InNames
	}
	return r.In == Everywhere || r.In == where
}

// nameAttributes are settings that name blocks, files or kinds of things. A replacement in them would cut ties.
var nameAttributes = []string{
	"slug", "parent_url", "parent_sequential_url", "index_in_children_list", "xblock-family", "upstream", "copied_from_block",
	"top_level_downstream_parent_key", "entrance_exam_id", "required_prereq", "source_library_id", "discussion_id", "group_id_to_child", "impl",
	"advanced_modules",
}

// nameMembers are members of JSON objects that do the same. In a grading policy the type is the name that people see.
var nameMembers = []string{"id", "type", "url_slug", "scheme", "status"}

// namesThings reports whether a setting is a name or key, not a text.
func namesThings(blockType string, part Part, name string) bool {
	if slices.Contains(nameAttributes, name) || part == InAttribute && field.Reserved(name) {
		return true
	}
	def, _ := field.Lookup(blockType, name)
	switch def.Kind {
	case field.Reference, field.References, field.ReferenceMap:
		return true
	}
	return def.Form == field.Internal
}
