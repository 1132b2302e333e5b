package olx

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// MaxProblems is how many problems of one rule Check lists; a last one then says how many more there are.
const MaxProblems = 1000

// Check adds to a course's problems what is well-formed but will not do what its author meant: values that do not parse,
// links that lead nowhere, tabs without a page, grading policies that do not add up. It changes nothing else and never fails. view is
// the folder that the course was decoded from; where it has a method Size(path string) int64, large files are noted too.
//
// The rules stand in rules_check.go, each with what was found and what to do. The checks of one subject stand in one file: fields and dates,
// structure, course-wide settings, assets, links, block types.
func Check(course *Course, view View) {
	c := newChecker(course, view)
	c.orphanFiles()
	c.assetFiles()
	c.tree(course.Published, false)
	if course.Draft != course.Published {
		c.tree(course.Draft, true)
	}
	c.grading()
	c.finish()
	SortProblems(course.Problems)
}

// checker holds what the checks of one course share.
type checker struct {
	course   *Course
	view     View
	finder   *finder
	assets   *assets
	settings courseSettings
	// published and draft are the names of the blocks of each tree.
	published, draft map[string]bool
	// checked are the blocks that both trees have in common, once they have been checked.
	checked map[*modulestore.Block]bool
	// names are the blocks by type and folded name; discussions by discussion_id.
	names       map[string]named
	discussions map[string]key.BlockID
	subsections []*item // of the published tree: subsections have no drafts

	reported map[Problem]bool
	// listed and left are how many problems of each rule are on the list, and how many were left out.
	listed, left map[string]int
}

func newChecker(course *Course, view View) *checker {
	return &checker{
		course: course, view: view, finder: newFinder(course, view), assets: newAssets(view.Paths()),
		published: blockNames(course.Published), draft: blockNames(course.Draft),
		checked: make(map[*modulestore.Block]bool),
		names:   make(map[string]named), discussions: make(map[string]key.BlockID),
		reported: make(map[Problem]bool), listed: make(map[string]int), left: make(map[string]int),
	}
}

// blockNames are the names by which links can find the blocks of a tree.
func blockNames(t *modulestore.Tree) map[string]bool {
	names := make(map[string]bool, len(t.Blocks))
	for id := range t.Blocks {
		names[id.Name] = true
	}
	return names
}

// item is a block on its way through the checks, with its surroundings.
type item struct {
	*modulestore.Block
	body   *modulestore.Body
	tree   *modulestore.Tree
	draft  bool  // of the draft tree
	parent *item // nil for the root and for blocks without a parent

	// What holds for the block, its own setting or the nearest one above it.
	start, due time.Time // zero when there is none
	graded     bool
	access     *reach
}

// tree checks the blocks of one tree that have not been checked with the other.
func (c *checker) tree(t *modulestore.Tree, draft bool) {
	items := make(map[key.BlockID]*item, len(t.Blocks))
	t.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		it := &item{Block: b, body: c.course.Bodies[b.Body], tree: t, draft: draft, parent: items[parent]}
		items[b.ID] = it
		if b.ID == t.Root {
			c.courseSettings(it)
		}
		c.inherit(it)
		if !c.checked[b] {
			c.checked[b] = true
			c.block(it)
		}
		return true
	})
}

// block runs all checks of one block.
func (c *checker) block(it *item) {
	c.fields(it)
	c.structure(it)
	c.dates(it)
	c.groupAccess(it)
	c.links(it)
	c.blockType(it)
}

// attributes are the attributes of a block's element, long values included.
func (it *item) attributes() []modulestore.Attr {
	if it.body == nil {
		return it.Attrs
	}
	return modulestore.JoinLong(it.Attrs, it.body.Attrs)
}

// policies are the block's entries of policy.json, long values included.
func (it *item) policies() []modulestore.Attr {
	if it.body == nil {
		return it.Policy
	}
	return modulestore.JoinLong(it.Policy, it.body.Policy)
}

// setting is what a block itself sets a field to, in its policy or else as attribute; ok is false when it does not, or in a way that
// cannot be read.
func (it *item) setting(name string) (v field.Value, at spot, ok bool) {
	def, known := field.Lookup(it.ID.Type, name)
	if !known {
		return field.Value{}, spot{}, false
	}
	if text, set := it.PolicyEntry(name, it.body); set {
		v, fault := def.FromPolicy(text)
		return v, it.policy(name), !isFieldError(fault)
	}
	if text, set := it.Attr(name, it.body); set && !field.Reserved(name) {
		v, fault := fromAttribute(it.ID.Type, def, text)
		return v, it.attribute(name), !isFieldError(fault)
	}
	return field.Value{}, spot{}, false
}

// textSetting is a setting that is a text, empty where there is none.
func (it *item) textSetting(name string) (text string, at spot) {
	v, at, _ := it.setting(name)
	return v.Str(), at
}

// fromAttribute reads an attribute by the rules of its block type.
func fromAttribute(blockType string, def field.Def, text string) (field.Value, *field.Fault) {
	if field.PureXBlock(blockType) {
		return def.FromPure(text)
	}
	return def.FromAttribute(text)
}

func isFieldError(f *field.Fault) bool { return f != nil && f.Severity == field.Error }

// report adds a problem of a block.
func (c *checker) report(rule Rule, at spot, format string, args ...any) {
	if c.full(rule.ID) {
		return
	}
	c.add(Problem{Severity: rule.Severity, Rule: rule.ID, Message: fmt.Sprintf(format, args...), Fix: rule.Fix}, at)
}

// fieldFault adds what package field found in a text.
func (c *checker) fieldFault(f *field.Fault, at spot) {
	if f == nil || c.full(f.Rule) {
		return
	}
	severity := Error
	switch f.Severity {
	case field.Warning:
		severity = Warning
	case field.Info:
		severity = Info
	}
	c.add(Problem{Severity: severity, Rule: f.Rule, Message: f.Message, Fix: f.Fix}, at)
}

// reportFile adds a problem of a file that belongs to no block.
func (c *checker) reportFile(rule Rule, file string, line, column int, format string, args ...any) {
	if c.full(rule.ID) {
		return
	}
	c.list(Problem{
		Severity: rule.Severity, Rule: rule.ID, File: file, Line: line, Column: column,
		Message: fmt.Sprintf(format, args...), Fix: rule.Fix,
	})
}

// full reports whether no more problems of a rule are listed, and counts those that are not. Their places are not even looked up.
func (c *checker) full(rule string) bool {
	if c.listed[rule] < MaxProblems {
		return false
	}
	c.left[rule]++
	return true
}

// add lists a problem at its place.
func (c *checker) add(p Problem, at spot) {
	p.Block = at.item.ID.String()
	p.File, p.Line, p.Column = c.finder.find(at)
	c.list(p)
}

// list puts a problem on the list, once: a parent in which a draft was put is in both trees.
func (c *checker) list(p Problem) {
	if c.reported[p] {
		return
	}
	c.reported[p] = true
	c.listed[p.Rule]++
	c.course.Problems = append(c.course.Problems, p)
}

// finish says how many problems were not listed.
func (c *checker) finish() {
	rules := make(map[string]Rule)
	for _, r := range Rules() {
		rules[r.ID] = r
	}
	for _, id := range slices.Sorted(maps.Keys(c.left)) {
		c.course.Problems = append(c.course.Problems, Problem{
			Severity: rules[id].Severity, Rule: id, Fix: rules[id].Fix,
			Message: fmt.Sprintf("%d more problems of this kind are not listed", c.left[id]),
		})
	}
}
