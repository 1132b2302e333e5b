package olx

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// folder draws the files of a small course with all the oddities that a course may have and still be read.
type folder struct {
	t      *rapid.T
	files  map[string]string
	left   int    // blocks that may still be drawn
	prefix string // "" or "drafts/"
	// tidy says that nothing is broken, missing or named twice.
	tidy  bool
	names int
}

func drawFolder(t *rapid.T, tidy bool) map[string]string {
	f := &folder{t: t, files: make(map[string]string), left: 14, tidy: tidy}
	root := f.element("course", "", f.children("course", 0))
	if f.chance(4) { // the whole course in course.xml
		f.files["course.xml"] = f.around(strings.Replace(root, "<course", `<course url_name="r" org="O" course="C" lang="x"`, 1))
	} else {
		f.files["course.xml"] = f.around(`<course url_name="r" org="O" course="C"/>`)
		f.files["course/r.xml"] = f.around(root)
	}
	if !tidy {
		f.drafts()
	}
	f.others()
	return f.files
}

func (f *folder) chance(oneIn int) bool { return rapid.IntRange(1, oneIn).Draw(f.t, "chance") == oneIn }

func (f *folder) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(f.t, label)
}

// name draws a name from a few, so that some are used twice.
func (f *folder) name() string {
	if f.tidy {
		f.names++
		return fmt.Sprintf("%s%d", f.pick("name", "n", "é", "a:", "50%", "x y"), f.names)
	}
	return f.pick("name", "a", "b", "c", "a", "b", "c", "a:b", "d", "e", "é", "A", "50%", "x y", "..:a", "it's", "../a", "f", "g")
}

// value draws an attribute value in one of the ways to write it, with its quotes.
func (f *folder) value() string {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{
		"a", "1", "é", "\u00a0", " ", "&amp;", "&lt;", ">", "&gt;", "&quot;", "&apos;", "&#10;", "&#13;", "&#9;", "&#xE9;", "\n", "\t", "]]>", "--", "{", "😀", "null",
	}), 0, 5).Draw(f.t, "value")
	text := strings.Join(parts, "")
	if f.chance(3) {
		return "'" + text + "\"'"
	}
	return `"` + text + `'"`
}

// attributes draws attributes; name, unless empty, stands among them as url_name or slug.
func (f *folder) attributes(name string) string {
	var b strings.Builder
	if name != "" {
		escaped := strings.NewReplacer("'", "&apos;", "&", "&amp;").Replace(name)
		fmt.Fprintf(&b, " %s='%s'", f.pick("named by", "url_name", "url_name", "url_name", "slug"), escaped)
	}
	for _, attr := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"display_name", "weight", "start", "odd", "xml:lang", "markdown"}), 0, 3, rapid.ID).Draw(f.t, "attributes") {
		b.WriteString(f.pick("gap", " ", "\n  ", "\t") + attr + f.pick("equals", "=", " = ") + f.value())
	}
	return b.String()
}

// element draws one element with what is between its tags.
func (f *folder) element(tag, name, inside string) string {
	attrs := f.attributes(name)
	if inside == "" && f.chance(2) {
		return "<" + tag + attrs + f.pick("end", "/>", " />")
	}
	return "<" + tag + attrs + ">" + inside + "</" + tag + f.pick("end", ">", " >")
}

// markup draws the content of a leaf.
func (f *folder) markup() string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
		"text", " ", "\n", "\r\n", "<p>a</p>", "<b/>", "<b></b>", "&amp;", "&#160;", "é", "<!-- c -->", "<![CDATA[ <&> ]]>", "<?pi x?>", "<i a='1'>x</i>", "<vertical url_name='no'/>",
	}), 0, 4).Draw(f.t, "markup"), "")
}

// around draws what stands before and after the root element of a file.
func (f *folder) around(root string) string {
	before := f.pick("before", "", "", "", "", "\n", "<!-- before -->\n", "<?xml version=\"1.0\"?>\n", "\n<?xml version='1.0' encoding='UTF-8'?>", "\xef\xbb\xbf", "<!DOCTYPE x>\n", "<?pi?>")
	return before + root + f.pick("after", "", "\n", "\n", "\r\n", "\n<!-- after -->\n")
}

// children draws what a container holds.
func (f *folder) children(container string, depth int) string {
	var b strings.Builder
	for range rapid.IntRange(0, 4).Draw(f.t, "children") {
		b.WriteString(f.pick("between", "", "\n  ", "\n  ", " ", "\n<!-- c -->\n", "<?pi?>", " stray ", "\u00a0", "<wiki slug='w'/>", "<a xblock-family='xblock_asides.v1'/>"))
		b.WriteString(f.block(container, depth))
	}
	b.WriteString(f.pick("between", "", "\n", "<!-- last -->"))
	return b.String()
}

var usualChild = map[string]string{"course": "chapter", "chapter": "sequential", "sequential": "vertical"}

// block draws a child of a container: an inline definition, or a pointer with its file.
func (f *folder) block(container string, depth int) string {
	if f.left--; f.left < 0 || depth > 5 {
		return ""
	}
	tag := usualChild[container]
	if tag == "" || f.chance(6) {
		tag = f.pick("tag", "html", "problem", "problem", "video", "poll", "done", "frob", "split_test", "vertical")
	}
	name := f.name()
	switch form := rapid.IntRange(0, 9).Draw(f.t, "form"); {
	case form < 4: // inline
		if f.chance(8) && !f.tidy {
			name = ""
		}
		inside := f.inside(tag, depth)
		if f.tidy { // or it might be a pointer
			inside += "<!-- defined here -->"
		}
		return f.element(tag, name, inside)
	case form == 4 && !f.tidy: // a pointer to whatever is there
		return fmt.Sprintf("<%s url_name=\"%s\"/>", tag, name)
	case form == 5: // a pointer with more attributes
		f.file(tag, name, depth)
		return fmt.Sprintf("<%s url_name=\"%s\" weight='1'/>", tag, name)
	default:
		f.file(tag, name, depth)
		return fmt.Sprintf("<%s %s=\"%s\"/>", tag, f.pick("named by", "url_name", "url_name", "slug"), name)
	}
}

func (f *folder) inside(tag string, depth int) string {
	if tag == "vertical" || tag == "split_test" || usualChild[tag] != "" {
		return f.children(tag, depth+1)
	}
	return f.markup()
}

// file draws a definition file, unless there is one of that name.
func (f *folder) file(tag, name string, depth int) {
	path := f.prefix + definitionPath(tag, name)
	if _, taken := f.files[path]; taken || escapes(name) {
		return
	}
	f.files[path] = "" // so that nothing below takes the place
	if tag == "html" && f.chance(2) {
		filename := f.pick("filename", "t", "u", "a", "a.html", "../a", "none")
		if f.tidy {
			filename = "t"
		}
		f.files[path] = fmt.Sprintf("<html filename='%s'%s/>\n", filename, f.attributes(""))
		if filename != "none" && !escapes(filename) {
			f.files[f.prefix+textPath(name, filename)] = f.pick("text", "", "<p>a<br>b", "\xef\xbb\xbf<p/>", "a\r\nb\n")
			if f.chance(8) && !f.tidy {
				f.files[f.prefix+textPath(name, filename)] = "\xff"
			}
		}
		return
	}
	f.files[path] = f.pick("broken", "", "<"+tag+">&nbsp;</"+tag+">", "<other/>", "<"+tag+" url_name='"+name+"'/>\n", "\xff")
	if f.tidy || !f.chance(6) {
		f.files[path] = f.around(f.element(tag, "", f.inside(tag, depth)))
	}
}

// drafts draws drafts of blocks that may or may not be there, with parents that may or may not be there.
func (f *folder) drafts() {
	f.prefix, f.left = draftFolder, 6
	for range rapid.IntRange(0, 3).Draw(f.t, "drafts") {
		tag, name := f.pick("draft", "vertical", "vertical", "problem", "html"), f.name()
		if f.files[f.prefix+definitionPath(tag, name)] != "" || escapes(name) {
			continue
		}
		where := ""
		if !f.chance(4) {
			where = fmt.Sprintf(" parent_url='block-v1:O+C+r+type@%s+block@%s' index_in_children_list='%s'",
				f.pick("parent", "sequential", "vertical", "chapter", "course", "html"), f.pick("parent", "a", "b", "c", "d"), f.pick("index", "0", "0", "1", "2", "99", "x"))
		}
		f.files[f.prefix+definitionPath(tag, name)] = strings.Replace(f.around(f.element(tag, "", f.inside(tag, 3))), "<"+tag, "<"+tag+where, 1)
	}
}

// others draws what stands beside the tree.
func (f *folder) others() {
	value := func() string {
		return f.pick("json", "1", "null", `"é"`, `{"a": [1, 2.50]}`, "\"\\u00e9\\/\"", "true")
	}
	if f.chance(2) {
		f.files["policies/r/policy.json"] = fmt.Sprintf(`{"course/r": {"display_name": %s, "graded":%s}, "problem/a": {"weight": %s}, "vertical/b": {}, "html/gone": {"x": %s}}`,
			value(), value(), value(), value())
	}
	if f.chance(4) {
		f.files["policies/r/grading_policy.json"] = f.pick("grading", "{}", "{\"GRADER\":\n[]}", "broken")
	}
	if f.chance(3) {
		f.files["about/overview.html"] = f.markup()
		f.files["info/updates.items.json"] = f.pick("items", "[]", "[")
	}
	if f.chance(3) {
		f.files["static/a.bin"] = "\x00"
		f.files["README"] = "read me"
	}
}

// TestAnyCourseComesBackAsItWas draws courses and checks both forms of their export.
func TestAnyCourseComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := drawFolder(t, false)
		t.Logf("the course is\n%s", show(files))
		checkRoundTrip(t, files)
	})
}

// edit draws one change of a block below the subsections: what can be a draft.
func drawEdit(t *rapid.T, e *editor, n int) {
	var leaves, containers, subsections []string
	parents := make(map[string]string)
	e.tree.Walk(func(b *modulestore.Block, parent key.BlockID) bool {
		switch {
		case b.ID.Type == "sequential":
			subsections = append(subsections, b.ID.String())
		case neverDraft(b.ID):
		case field.Container(b.ID.Type):
			containers = append(containers, b.ID.String())
		default:
			leaves = append(leaves, b.ID.String())
		}
		if !neverDraft(b.ID) && !parent.IsZero() && !neverDraft(parent) {
			parents[b.ID.String()] = parent.String()
		}
		return true
	})
	one := func(list []string) string {
		if len(list) == 0 {
			t.Skip("there is nothing to edit")
		}
		return rapid.SampledFrom(list).Draw(t, "block")
	}
	at := func(container string) int {
		return rapid.IntRange(0, len(e.tree.Blocks[blockID(container)].Children)).Draw(t, "at")
	}
	movable := slices.Sorted(maps.Keys(parents))
	switch rapid.IntRange(0, 8).Draw(t, "edit") {
	case 8:
		target := one(subsections)
		e.add(target, fmt.Sprintf("vertical/new%d", n), at(target), modulestore.Block{}, modulestore.Body{})
	case 0:
		e.setAttr(one(slices.Concat(leaves, containers)), "display_name", rapid.SampledFrom([]string{"", "T", "<é & \"q\">", "a\n\tb"}).Draw(t, "title"))
	case 1:
		e.setMarkup(one(leaves), rapid.SampledFrom([]string{"", " ", "<p>new</p>"}).Draw(t, "markup"))
	case 2:
		child := one(movable)
		e.remove(parents[child], child)
	case 3:
		child, target := one(movable), one(containers)
		if holds(e.tree, blockID(child), blockID(target)) {
			return
		}
		e.remove(parents[child], child)
		e.insert(target, child, at(target))
	case 4:
		target := one(containers)
		e.add(target, fmt.Sprintf("problem/new%d", n), at(target), modulestore.Block{Inline: rapid.Bool().Draw(t, "inline")}, modulestore.Body{Markup: "new"})
	case 5:
		target := one(containers)
		e.add(target, fmt.Sprintf("html/new%d", n), at(target), modulestore.Block{}, modulestore.Body{Texts: []modulestore.Attr{{Name: "data", Value: "new"}}})
	case 6:
		target := one(slices.Concat(leaves, containers))
		e.change(target, func(b *modulestore.Block, _ *modulestore.Body) {
			outside := slices.ContainsFunc(b.Loose, func(l modulestore.Loose) bool { return l.Before < 0 })
			b.Inline = !b.Inline && !outside // comments around a root element have no place in another file
		})
	case 7:
		target := one(leaves)
		if _, paired := e.course.Bodies[e.tree.Blocks[blockID(target)].Body].Text("data"); paired {
			e.setText(target, "data", fmt.Sprintf("edited %d", n))
		}
	}
}

func holds(t *modulestore.Tree, from, id key.BlockID) (found bool) {
	below(t, from, func(b *modulestore.Block) { found = found || b.ID == id })
	return found
}

// TestAnyEditIsReadAsItWasMade draws courses and edits of them, for everybody or as drafts, and reads the exports; then it edits what it has read.
func TestAnyEditIsReadAsItWasMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		files := drawFolder(t, true)
		for round := range 2 {
			course := decodeFiles(t, files)
			version := versionOf(course, files)
			version.Draft = editTree(course.Draft)
			for n := range rapid.IntRange(1, 4).Draw(t, "edits") {
				drawEdit(t, &editor{t, course, version.Draft}, 10*round+n)
			}
			if rapid.Bool().Draw(t, "published") {
				version.Published = version.Draft
			}
			t.Logf("round %d, published %t\n%s", round, version.Published == version.Draft, show(files))
			checkReadAsMade(t, course, version, Options{Canonical: true})
			files = checkReadAsMade(t, course, version, Options{})
		}
	})
}
