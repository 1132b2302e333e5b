package olx

import (
	"encoding/json"
	"html"
	"iter"
	"net/url"
	"path"
	"slices"
	"strings"

	"lectern/modulestore"
	"lectern/modulestore/field"
	"lectern/modulestore/key"
)

// links checks the links in everything that a block says: markup, texts, attributes and policy.
func (c *checker) links(it *item) {
	if it.body != nil {
		c.scan(it, it.body.Markup, it.markup(0))
		for _, t := range it.body.Texts {
			c.textLinks(it, t)
		}
	}
	for _, a := range it.attributes() {
		if a.Name == "markdown" || a.Name == "source_code" { // an older spelling of the markup, if anything
			continue
		}
		if def, ok := field.Lookup(it.ID.Type, a.Name); ok && (def.Kind == field.List || def.Kind == field.Object) {
			c.scanJSON(it, a.Value, it.attribute(a.Name))
		} else {
			c.scan(it, a.Value, it.attribute(a.Name))
		}
	}
	for _, p := range it.policies() {
		c.scanJSON(it, p.Value, it.policy(p.Name))
	}
}

func (c *checker) textLinks(it *item, t modulestore.Attr) {
	switch at := it.text(t.Name, 0); {
	case t.Name == "data":
		c.scan(it, t.Value, at)
	case !it.isRoot(): // the grading policy holds no links
		c.scanJSON(it, strings.TrimPrefix(t.Value, string(bomUTF8)), at)
	}
}

func (it *item) isRoot() bool { return it.ID == it.tree.Root }

// scan checks the links of a text that starts at a spot.
func (c *checker) scan(it *item, text string, at spot) {
	for offset, link := range findLinks(text) {
		c.link(it, link, at.at(offset))
	}
}

// scanJSON checks the links in all texts of a JSON value.
func (c *checker) scanJSON(it *item, src string, at spot) {
	if !strings.Contains(src, "/") {
		return
	}
	for literal, text := range jsonTexts(src) {
		from, rest := literal.start, src[literal.start:literal.end]
		for _, link := range findLinks(text) {
			if n := strings.Index(rest, link); n >= 0 {
				from, rest = from+n, rest[n:]
			} else { // it is written with escapes: the place of the last one must do
				rest = ""
			}
			c.link(it, link, at.at(from))
		}
	}
}

// jsonTexts gives the texts in a JSON value, keys included, with the extents of their literals.
func jsonTexts(src string) iter.Seq2[extent, string] {
	return func(yield func(extent, string) bool) {
		dec := json.NewDecoder(strings.NewReader(src))
		dec.UseNumber()
		for {
			from := int(dec.InputOffset())
			token, err := dec.Token()
			if err != nil {
				return
			}
			end := int(dec.InputOffset())
			if text, ok := token.(string); ok {
				start := from + strings.IndexByte(src[from:end], '"')
				if !yield(extent{start, end}, text) {
					return
				}
			}
		}
	}
}

// linkMarks are what a link that can be checked has in it.
var linkMarks = [...]string{"/static/", "/jump_to_id/", "/c4x/", "/courses/", "asset-v1:", "block-v1:"}

// Bounds of a link: how much can stand before its mark (a host), and from the mark on.
const (
	maxLinkHead = 300
	maxLinkTail = 1000
)

// findLinks gives the links of an HTML or XML text, as they are spelled: those in tags, scripts and styles, in quotes or brackets. A text
// without tags may itself be a link. Nobody follows what stands in plain text or in a comment.
func findLinks(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		if !strings.Contains(text, "<") {
			linksIn(text, extent{0, len(text)}, yield)
			return
		}
		for part := range liveParts(text) {
			if !linksIn(text, part, yield) {
				return
			}
		}
	}
}

// linksIn gives the links in a part of a text; false when yield wants no more.
func linksIn(text string, part extent, yield func(int, string) bool) bool {
	var next [len(linkMarks)]int // where each mark comes next
	for i := range next {
		next[i] = -1
	}
	for at := part.start; at < part.end; {
		first := part.end
		for i, mark := range linkMarks {
			if next[i] < at {
				next[i] = part.end
				if n := strings.Index(text[at:part.end], mark); n >= 0 {
					next[i] = at + n
				}
			}
			first = min(first, next[i])
		}
		if first == part.end {
			break
		}
		link, ok := linkAround(text, part, first)
		if at = max(link.end, first+1); ok && !yield(link.start, text[link.start:link.end]) {
			return false
		}
	}
	return true
}

// linkAround finds the link that has a mark at some place: it stands between two quotes or brackets, or is the whole text. Where there is
// none, the extent ends where the next one may begin.
func linkAround(text string, part extent, mark int) (link extent, ok bool) {
	low, high := max(part.start, mark-maxLinkHead), min(part.end, mark+maxLinkTail)
	from := low + strings.LastIndexAny(text[low:mark], " \t\r\n\"'()<>=,;") + 1
	var closing string
	switch {
	case from == 0 && part == extent{0, len(text)}:
		return part, !strings.ContainsAny(text, "\"'<>\n") && len(text) == high
	case from == low:
		return extent{}, false
	case text[from-1] == '(':
		closing = ")"
	case text[from-1] == '"' || text[from-1] == '\'':
		closing = text[from-1:from] + `\` // a backslash before the quote: a text within a text
	default:
		return extent{}, false
	}
	n := strings.IndexAny(text[mark:high], closing+"\"'<>\n")
	if n < 0 {
		return extent{end: high}, false
	}
	return extent{from, mark + n}, strings.IndexByte(closing, text[mark+n]) >= 0
}

// liveParts gives the parts of an HTML or XML text in which browsers look for links: tags, and what stands in script and style elements.
func liveParts(text string) iter.Seq[extent] {
	return func(yield func(extent) bool) {
		for at := 0; ; {
			n := strings.IndexByte(text[at:], '<')
			if n < 0 {
				return
			}
			at += n
			switch rest := text[at:]; {
			case strings.HasPrefix(rest, "<!--"):
				at = indexAfter(text, at+len("<!--"), "-->")
			case len(rest) < 2 || !isNameByte(rest[1]): // an end tag, or no tag
				at++
			default:
				tag := extent{at, tagEnd(text, at)}
				if !yield(tag) {
					return
				}
				raw := extent{tag.end, rawEnd(text, tag)}
				if raw.end > raw.start && !yield(raw) {
					return
				}
				at = raw.end
			}
		}
	}
}

// indexAfter returns where the next occurrence of a word ends, or the end of the text.
func indexAfter(text string, from int, word string) int {
	if n := strings.Index(text[from:], word); n >= 0 {
		return from + n + len(word)
	}
	return len(text)
}

// tagEnd returns where the tag ends that begins at some place: after the first > that is in no quotes.
func tagEnd(text string, at int) int {
	for at < len(text) {
		n := strings.IndexAny(text[at:], `>"'`)
		if n < 0 {
			break
		}
		if at += n + 1; text[at-1] == '>' {
			return at
		}
		at = indexAfter(text, at, text[at-1:at])
	}
	return len(text)
}

// rawEnd returns where the text of a script or style element ends; where its tag ends, for any other.
func rawEnd(text string, tag extent) int {
	open := text[tag.start+1 : tag.end]
	name := strings.ToLower(open[:max(strings.IndexAny(open, " \t\r\n/>"), 0)])
	if name != "script" && name != "style" || strings.HasSuffix(open, "/>") {
		return tag.end
	}
	for at := tag.end; ; {
		n := strings.Index(text[at:], "</")
		if n < 0 {
			return len(text)
		}
		at += n
		if rest := text[at+2:]; len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			return at
		}
		at += 2
	}
}

// link checks one link.
func (c *checker) link(it *item, spelled string, at spot) {
	link := html.UnescapeString(spelled)
	if strings.ContainsAny(link, "${}") || strings.Contains(link, "%%") || strings.Contains(link, "<%") { // put together while the page is shown
		return
	}
	if name, ok := strings.CutPrefix(link, "/static/"); ok {
		c.assetLink(it, name, at)
		return
	}
	if name, ok := strings.CutPrefix(link, "/jump_to_id/"); ok {
		c.blockLink(it, name, at)
		return
	}
	c.keyLink(it, link, at)
}

// platformFiles are files of Open edX that the templates of its authoring tool link to. Files below js/capa are its own, too.
var platformFiles = []string{
	"images/placeholder-faculty.png", "images/placeholder-image.png", "images/voltage_divider.png", "images/high_pass_filter.png",
}

// assetLink checks a link to a static file.
func (c *checker) assetLink(it *item, name string, at spot) {
	_, escape := url.PathUnescape(name)
	switch {
	case c.settings.elsewhere, name == "", strings.HasSuffix(name, "/"), c.assets.has(name):
	case path.Ext(name) == "" || escape != nil: // the beginning of a name, or a pattern for names
	case strings.HasPrefix(name, "js/capa/") || slices.Contains(platformFiles, name):
		c.report(ruleAssetPlatform, at, "/static/%s is a file of Open edX itself, not of the course", name)
	default:
		c.report(ruleAssetMissing, at, "/static/%s is not in the course%s", name, c.assets.hint(name))
	}
}

// blockLink checks a link to a block by its name.
func (c *checker) blockLink(it *item, name string, at spot) {
	if end := strings.IndexAny(name, "/?#"); end >= 0 {
		name = name[:end]
	}
	if decoded, err := url.PathUnescape(name); err == nil {
		name = decoded
	}
	names := c.published
	if it.draft {
		names = c.draft
	}
	switch {
	case name == "" || names[name]:
	case c.draft[name]:
		c.report(ruleLinkBlock, at, "the block %s is only a draft", name)
	default:
		c.report(ruleLinkBlock, at, "there is no block named %s in the course", name)
	}
}

// keyLink checks a link that names a course by its key.
func (c *checker) keyLink(it *item, link string, at spot) {
	t, ok := linkTarget(link)
	absolute := strings.Contains(link, "//")
	switch {
	case !ok:
	case !c.own(t.course):
		if !absolute {
			c.report(ruleLinkCourse, at, "the link leads into %s", t.course)
		}
	case t.asset != "" && !c.assets.has(t.asset):
		c.report(ruleAssetMissing, at, "%s is not among the files of the course%s", t.asset, c.assets.hint(t.asset))
	case absolute:
		c.report(ruleLinkAbsolute, at, "the link leads to this course on %s", host(link))
	case t.block != "":
		c.blockLink(it, t.block, at)
	}
}

// target is what a link with a key leads to: a course, and perhaps a file or a block in it.
type target struct {
	course key.Course
	asset  string
	block  string
}

// linkTarget reads the key in a link, the last one if there are several: /courses/KEY/jump_to/USAGEKEY.
func linkTarget(link string) (target, bool) {
	if end := strings.IndexAny(link, "?#"); end >= 0 {
		link = link[:end]
	}
	if decoded, err := url.PathUnescape(link); err == nil {
		link = decoded
	}
	if at := strings.Index(link, "asset-v1:"); at >= 0 {
		text := strings.Replace(link[at:], "/block/", "+block@", 1)
		a, err := key.ParseAsset(text)
		return target{course: a.Course, asset: a.Path}, err == nil
	}
	if at := strings.Index(link, "/c4x/"); at >= 0 {
		a, err := key.ParseAsset(link[at:])
		return target{course: a.Course, asset: a.Path}, err == nil
	}
	if at := strings.Index(link, "block-v1:"); at >= 0 && !strings.HasSuffix(link[:at], "lib-") {
		text, _, _ := strings.Cut(link[at:], "/")
		b, _, err := key.ParseBlockAt(text)
		return target{course: b.Course, block: b.ID.Name}, err == nil
	}
	_, rest, ok := strings.Cut(link, "/courses/")
	if !ok {
		return target{}, false
	}
	if strings.HasPrefix(rest, "course-v1:") {
		text, more, _ := strings.Cut(rest, "/")
		course, _, err := key.ParseCourseAt(text)
		_, block, _ := strings.Cut(more, "jump_to_id/")
		return target{course: course, block: block}, err == nil
	}
	if parts := strings.SplitN(rest, "/", 4); len(parts) == 4 {
		course, err := key.ParseCourse(strings.Join(parts[:3], "/"))
		_, block, _ := strings.Cut(parts[3], "jump_to_id/")
		return target{course: course, block: block}, err == nil
	}
	return target{}, false
}

// host is the site of an absolute link.
func host(link string) string {
	_, rest, _ := strings.Cut(link, "//")
	site, _, _ := strings.Cut(rest, "/")
	return site
}

// own reports whether a key is that of the course itself. Old keys name no run, and old exports call every run "course".
func (c *checker) own(k key.Course) bool {
	self := c.course.Key
	return k.Org == self.Org && k.Code == self.Code && k.Library == self.Library && (k.Run == self.Run || k.Run == "" || self.Run == "course")
}
