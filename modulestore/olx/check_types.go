package olx

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/key"
)

// blockType runs the checks of one block type.
func (c *checker) blockType(it *item) {
	if it.Broken != "" {
		return
	}
	switch it.ID.Type {
	case "sequential", "problemset", "videosequence":
		c.subsection(it)
	case "split_test":
		c.splitTest(it)
	case "conditional":
		c.conditional(it)
	case "video":
		c.video(it)
	case "lti", "lti_consumer":
		c.lti(it)
	case "discussion":
		c.discussion(it)
	case "poll_question":
		c.pollQuestion(it)
	case "customtag":
		c.customTag(it)
	case "openassessment":
		c.assessment(it)
	case "ubcpi":
		c.peerInstruction(it)
	case "problem":
		c.problem(it)
	}
}

// content parses what stands between the tags of a leaf. Offsets of the elements in it count from inner; nil when it has no elements, or
// uses a prefix that is declared further out.
func (it *item) content() *element {
	if it.body == nil || !strings.Contains(it.body.Markup, "<") {
		return nil
	}
	doc, fault := parseXML("", []byte("<"+wrapper+">"+it.body.Markup+"</"+wrapper+">"))
	if fault != nil {
		return nil
	}
	return doc.root
}

const wrapper = "c"

// child is the place of an element below content.
func (it *item) child(e *element) spot { return it.markup(e.start - len("<"+wrapper+">")) }

// children gives the child elements of that name.
func (e *element) children(name string) []*element {
	if e == nil {
		return nil
	}
	var list []*element
	for _, n := range e.nodes {
		if n.kind == elementNode && n.el.name == name {
			list = append(list, n.el)
		}
	}
	return list
}

// value is an attribute, empty where there is none.
func (e *element) value(name string) string {
	v, _ := e.attr(name)
	return v
}

// subsection remembers it for grading, and checks what it waits for.
func (c *checker) subsection(it *item) {
	if !it.draft {
		c.subsections = append(c.subsections, it)
	}
	text, at := it.textSetting("required_prereq")
	if text == "" {
		return
	}
	usage, _, err := key.ParseBlockAt(text)
	switch {
	case err != nil || it.tree.Blocks[usage.ID] == nil:
		c.report(rulePrerequisite, at, "%s waits for %s, which is not in the course", it.ID, text)
	case c.waitsFor(it.tree, usage.ID, it.ID, make(map[key.BlockID]bool)):
		c.report(ruleWaitsForItself, at, "%s waits for itself, by way of %s", it.ID, usage.ID)
	}
}

// waitsFor reports whether doing all of a block needs another one to be open, directly or by way of others. seen are the blocks that need no second look.
func (c *checker) waitsFor(tree *modulestore.Tree, id, other key.BlockID, seen map[key.BlockID]bool) bool {
	b := tree.Blocks[id]
	if id == other || b == nil || seen[id] {
		return id == other
	}
	seen[id] = true
	if b.ID.Type == "chapter" {
		return slices.ContainsFunc(b.Children, func(child modulestore.Child) bool { return c.waitsFor(tree, child.ID, other, seen) })
	}
	text, _ := (&item{Block: b, body: c.course.Bodies[b.Body], tree: tree}).textSetting("required_prereq")
	usage, _, err := key.ParseBlockAt(text)
	return err == nil && c.waitsFor(tree, usage.ID, other, seen)
}

// splitTest checks which child each group of a content experiment gets.
func (c *checker) splitTest(it *item) {
	text, ok := it.Attr("group_id_to_child", it.body)
	var children map[string]string
	switch {
	case !ok:
		c.report(ruleSplitMap, it.element(), "%s has no group_id_to_child", it.ID)
	case json.Unmarshal([]byte(text), &children) != nil:
		c.report(ruleSplitMap, it.attribute("group_id_to_child"), "group_id_to_child of %s is not a JSON object of texts", it.ID)
	}
	at := it.attribute("group_id_to_child")
	listed := make(map[key.BlockID]bool, len(it.Children))
	for _, child := range it.Children {
		listed[child.ID] = true
	}
	for _, group := range slices.Sorted(maps.Keys(children)) {
		usage, _, err := key.ParseBlockAt(children[group])
		switch {
		case err != nil:
			c.report(ruleSplitMap, at, "the group %s of %s gets %q, which is not the key of a block", group, it.ID, children[group])
		case !listed[usage.ID]:
			c.report(ruleSplitChild, at, "the group %s of %s gets %s, which is not among its children", group, it.ID, usage.ID)
		}
	}
	c.splitPartition(it, children)
}

// splitPartition checks that the partition exists and that no group of it is forgotten.
func (c *checker) splitPartition(it *item, children map[string]string) {
	v, at, ok := it.setting("user_partition_id")
	id, whole := v.Int()
	if !ok || !whole || id < 0 {
		c.report(ruleSplitPartition, it.element(), "%s names no partition", it.ID)
		return
	}
	p, known := c.settings.partitions[id]
	switch {
	case !known && id >= firstStaticPartition && !c.course.Key.Library:
		c.report(ruleSplitPartition, at, "%s names the partition %d, which the course does not have", it.ID, id)
	case children != nil: // else reported
		c.splitGroups(it, children, p)
	}
}

// splitGroups finds groups that get no child. The first is named: a partition may be far larger than the map.
func (c *checker) splitGroups(it *item, children map[string]string, p partition) {
	forgotten := len(p.groups)
	for text := range children {
		id, err := strconv.ParseInt(text, 10, 64)
		if _, known := p.groups[id]; err == nil && known && strconv.FormatInt(id, 10) == text {
			forgotten--
		}
	}
	if forgotten == 0 {
		return
	}
	for _, id := range p.order {
		if _, ok := children[strconv.FormatInt(id, 10)]; ok {
			continue
		}
		more := ""
		if forgotten > 1 {
			more = fmt.Sprintf(" (and %d more)", forgotten-1)
		}
		c.report(ruleSplitGroups, it.attribute("group_id_to_child"), "the group %q%s of the partition %q gets no child of %s", p.groups[id], more, p.name, it.ID)
		return
	}
}

// conditional checks the blocks that it depends on and shows.
func (c *checker) conditional(it *item) {
	text, ok := it.Attr("sources", it.body)
	at := it.attribute("sources")
	if strings.TrimSpace(text) == "" {
		if !ok {
			at = it.element()
		}
		c.report(ruleConditionalSource, at, "%s depends on no block", it.ID)
	}
	c.references(it, ruleConditionalSource, at, "depends on", text)
	place := 0
	for _, l := range it.Loose {
		if l.Before < 0 { // outside the element
			continue
		}
		place++
		if doc, fault := parseXML("", []byte(l.Source)); fault == nil && doc.root.name == "show" {
			c.references(it, ruleConditionalShow, it.looseMarkup(place), "shows", doc.root.value("sources"))
		}
	}
}

// references checks a list of usage keys, separated by semicolons.
func (c *checker) references(it *item, rule Rule, at spot, verb, text string) {
	for one := range strings.SplitSeq(text, ";") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		usage, _, err := key.ParseBlockAt(one)
		switch {
		case err != nil:
			c.report(rule, at, "%s %s %q, which is not the key of a block", it.ID, verb, one)
		case it.tree.Blocks[usage.ID] == nil:
			c.report(rule, at, "%s %s %s, which is not in the course", it.ID, verb, usage.ID)
		case !c.own(usage.Course):
			c.report(rule, at, "%s %s %s of another course (%s); the block of that name in this course is taken", it.ID, verb, usage.ID, one)
		}
	}
}

// lti checks that the course has the passport that the tool asks for.
func (c *checker) lti(it *item) {
	id, at := it.textSetting("lti_id")
	version, _ := it.textSetting("lti_version")
	if id = strings.TrimSpace(id); id == "" || version == "lti_1p3" || c.course.Key.Library || c.settings.passports[id] {
		return
	}
	c.report(ruleLTIPassport, at, "%s needs the passport %q, which lti_passports of the course does not have", it.ID, id)
}

// discussion finds topics that two discussions share.
func (c *checker) discussion(it *item) {
	id, at := it.textSetting("discussion_id")
	if id == "" {
		return
	}
	if first, taken := c.discussions[id]; taken && first != it.ID {
		c.report(ruleDiscussionID, at, "%s and %s have the same discussion_id %s", first, it.ID, id)
		return
	}
	c.discussions[id] = it.ID
}

func (c *checker) pollQuestion(it *item) {
	for _, e := range it.content().children("answer") {
		if e.value("id") != "" {
			return
		}
	}
	c.report(rulePollAnswers, it.element(), "%s has no answer with an id", it.ID)
}

// customTag checks that its template is there.
func (c *checker) customTag(it *item) {
	at, name := it.attribute("impl"), it.attr("impl")
	if name == "" {
		at = it.element()
		for _, e := range it.content().children("impl") {
			at, name = it.child(e), strings.TrimSpace(it.inner(e))
		}
	}
	if it.tree.Blocks[key.BlockID{Type: "custom_tag_template", Name: name}] == nil {
		c.report(ruleCustomTag, at, "%s uses the template %q, but there is no custom_tags/%s", it.ID, name, name)
	}
}

// inner is the source between the tags of an element below content.
func (it *item) inner(e *element) string {
	head := len("<" + wrapper + ">")
	return it.body.Markup[e.open-head : e.close-head]
}

// peerInstruction checks that one option is the correct one.
func (c *checker) peerInstruction(it *item) {
	for _, list := range it.content().children("options") {
		for _, option := range list.children("option") {
			if strings.EqualFold(option.value("correct"), "true") {
				return
			}
		}
		c.report(rulePeerOption, it.child(list), "no option of %s is correct", it.ID)
	}
}

// markdownResponses are the kinds of response that the simple editor writes.
var markdownResponses = []string{"multiplechoiceresponse", "choiceresponse", "optionresponse", "stringresponse", "numericalresponse"}

// problem compares the simple-editor text with the XML, as far as it is plain that one was not made from the other.
func (c *checker) problem(it *item) {
	text, at := it.textSetting("markdown")
	if strings.TrimSpace(text) == "" {
		return
	}
	if other := foreignResponse(it.content()); other != "" {
		c.report(ruleMarkdown, at, "the XML of %s has <%s>, which its simple-editor text cannot have made", it.ID, other)
	}
}

// foreignResponse finds a response or script that the simple editor does not write.
func foreignResponse(e *element) string {
	if e == nil {
		return ""
	}
	for _, n := range e.nodes {
		if n.kind != elementNode {
			continue
		}
		if name := n.el.name; strings.HasSuffix(name, "response") && !slices.Contains(markdownResponses, name) {
			return name
		}
		if found := foreignResponse(n.el); found != "" {
			return found
		}
	}
	return ""
}
