package olx

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// The levels of a course below its root. Containers that choose what to show (content experiments, conditionals, problem banks) stand where
// components do and hold units or components.
const (
	sectionLevel    = "chapter"
	subsectionLevel = "sequential"
	unitLevel       = "vertical"
	componentLevel  = ""
)

// parentLevels are the levels that a block can stand in, the usual one first.
var parentLevels = map[string][]string{
	sectionLevel:    {"course"},
	subsectionLevel: {sectionLevel},
	unitLevel:       {subsectionLevel, componentLevel},
	componentLevel:  {unitLevel, componentLevel},
}

// level says which level of a course a block type is.
func level(blockType string) string {
	switch blockType {
	case "course", sectionLevel, subsectionLevel, unitLevel:
		return blockType
	case "problemset", "videosequence":
		return subsectionLevel
	}
	return componentLevel
}

// structure checks where a block stands, what it holds, and what it is called.
func (c *checker) structure(it *item) {
	c.obsolete(it)
	if it.Broken != "" || field.Detached(it.ID.Type) {
		return
	}
	c.nameCase(it)
	c.contentFile(it)
	if c.course.Key.Library { // a library is a list of components
		return
	}
	c.nesting(it)
	here := level(it.ID.Type)
	if here == componentLevel {
		return
	}
	if len(it.Children) == 0 && !(it.Unnamed && len(it.Attrs) == 0) { // an element of nothing at all has been reported
		c.report(ruleEmptyContainer, it.element(), "%s has no content", it.ID)
	}
	unit := it.parent != nil && level(it.parent.ID.Type) == subsectionLevel
	if title, _ := it.textSetting("display_name"); title == "" && (here != unitLevel || unit) {
		c.report(ruleNoTitle, it.element(), "%s has no display_name", it.ID)
	}
}

// nesting checks a block's parent.
func (c *checker) nesting(it *item) {
	if it.parent == nil {
		return
	}
	fitting := parentLevels[level(it.ID.Type)]
	if slices.Contains(fitting, level(it.parent.ID.Type)) {
		return
	}
	want := "nothing"
	if len(fitting) > 0 {
		want = "a " + fitting[0]
	}
	c.report(ruleNesting, it.element(), "%s stands in %s, but <%s> belongs in %s", it.ID, it.parent.ID, it.ID.Type, want)
}

// named is a block with the name that its file has.
type named struct {
	id   key.BlockID
	name string
}

// nameCase finds names that some file systems take for one.
func (c *checker) nameCase(it *item) {
	name := sourceName(it.Block)
	folded := it.ID.Type + "/" + foldName(name)
	first, taken := c.names[folded]
	switch {
	case !taken:
		c.names[folded] = named{it.ID, name}
	case first.name != name: // two definitions under one name have been reported
		c.report(ruleNameCase, it.element(), "the names of %s and %s differ only in case or Unicode form", it.ID, first.id)
	}
}

// foldName takes away what file systems of other machines do not tell apart.
func foldName(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFC.String(name))) }

// contentFile checks the XML that a filename attribute names.
func (c *checker) contentFile(it *item) {
	text, ok := it.body.Text("data")
	if !ok || htmlFamily(it.ID.Type) {
		return
	}
	doc, fault := parseXML("", []byte(text))
	if fault != nil {
		if c.full(ruleContentXML.ID) {
			return
		}
		p := fault.Problem // its place is one in the text, which is the whole file
		p.Severity, p.Rule, p.Fix = ruleContentXML.Severity, ruleContentXML.ID, ruleContentXML.Fix
		p.File, p.Block = c.finder.file(it.text("data", 0)), it.ID.String()
		p.Message = fmt.Sprintf("the content of %s cannot be read: %s", it.ID, fault.Message)
		c.list(p)
		return
	}
	if name, how := blockName(doc.root); how == byURLName && name != sourceName(it.Block) {
		c.report(ruleExtraURLName, it.text("data", doc.root.start), "the file says url_name=%q, but it is the content of %s", name, it.ID)
	}
}

// obsoleteTags are block types that Open edX had once, with what took their place.
var obsoleteTags = map[string]string{
	"videosequence": "sequential", "problemset": "sequential", "discuss": "discussion", "image": "html", "slides": "html", "book": "html",
	"videodev": "video", "videoalpha": "video",
}

// obsoleteAttrs are attributes that Open edX read once, for a block type or for all.
var obsoleteAttrs = []struct{ blockType, name, instead string }{
	{"", "slug", "url_name"},
	{"", "name", "display_name"},
	{"", draftOldParent, draftParent},
	{"discussion", "id", "discussion_id"},
	{"discussion", "for", "discussion_target"},
	{"problem", "attempts", "max_attempts"},
	{"video", "from", "start_time"},
	{"video", "to", "end_time"},
}

func (c *checker) obsolete(it *item) {
	if instead, ok := obsoleteTags[it.ID.Type]; ok {
		c.report(ruleObsolete, it.element(), "<%s> is obsolete; use <%s>", it.ID.Type, instead)
	}
	for _, o := range obsoleteAttrs {
		if o.blockType != it.ID.Type && (o.blockType != "" || !field.Known(it.ID.Type) || field.PureXBlock(it.ID.Type)) {
			continue
		}
		if value, _ := it.Attr(o.name, it.body); strings.TrimSpace(value) != "" {
			c.report(ruleObsolete, it.attribute(o.name), "the attribute %s of %s is obsolete; use %s", o.name, it.ID, o.instead)
		}
	}
}

// orphanFiles finds definition files that no block came from. A container that could not be read may point at any of them; a file with a
// problem was read for a block.
func (c *checker) orphanFiles() {
	used := make(map[string]bool)
	for _, p := range c.course.Problems {
		used[p.File] = true
	}
	for _, b := range c.course.Draft.Blocks {
		if b.Broken != "" && field.Container(b.ID.Type) {
			return
		}
	}
	for _, file := range c.view.Paths() {
		folder, rest, _ := strings.Cut(file, "/")
		text := folder == "html" && strings.HasSuffix(rest, ".html")
		if !text && !strings.HasSuffix(rest, ".xml") || !field.Known(folder) || field.Detached(folder) || noise(baseOf(file)) {
			continue
		}
		if !used[file] && len(c.course.Parts[file]) == 0 {
			c.reportFile(ruleOrphanFile, file, 1, 1, "nothing in the course points at this file")
		}
	}
}
